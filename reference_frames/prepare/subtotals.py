"""Rows that sum up other rows: found by their name, and by arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.checks.folding import TOTAL_NAMES, fold, fold_name, is_total
from citysample.reference_frames.checks.sizes import group_numbers
from citysample.reference_frames.checks.sums import subtotal_sums
from citysample.reference_frames.columns import BoolArray

__all__ = ["Line", "Subtotal", "find_subtotals"]

MOST_WORDS = 12
"""No name of a region has more words."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a row says.

    Parameters
    ----------
    texts : tuple of str
        Texts of the row that may hold its name.
    name, region : str or None
        Name and region; None if the cell is empty or there is no such column.
    size : float or None
        Size; None if it is not known.
    nameless : bool
        True if there is a column of names, and its cell is empty.
    """

    texts: tuple[str, ...]
    name: str | None = None
    region: str | None = None
    size: float | None = None
    nameless: bool = False


@dataclass(frozen=True, slots=True)
class Subtotal:
    """A row that sums up others, or may do so.

    Parameters
    ----------
    position : int
        Position of the row.
    code : str
        Code of the finding.
    total : float or None
        The sum of the other rows.
    by_name : bool
        True if the row is called a total.
    unsized : int
        How many of the other rows have no size.
    """

    position: int
    code: str
    total: float | None = None
    by_name: bool = False
    unsized: int = 0


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of some rows, and how many of them have no size."""

    total: float
    unsized: int


def find_subtotals(lines: Sequence[Line]) -> list[Subtotal]:
    """Find rows that sum up other rows.

    A row called a total is one. A row without a name, or with the name of its region, is one if its
    size is the sum of its block. The block is: the rows above or below it to the next row that sums
    up, the rows of the region it names, or all cities. Any other row whose size is a sum by the rules
    of ``subtotal_sums`` is doubtful.

    >>> rows = [Line(("A",), "A", "N", 2), Line(("B",), "B", "N", 3), Line(("Total N",), "Total N", None, 5)]
    >>> [(found.position, found.code) for found in find_subtotals(rows)]
    [(2, 'SUBTOTAL-ROW')]
    """
    named = [any(map(is_total, line.texts)) for line in lines]
    sums = _are_sums(lines, named)
    marks = [by_name or line.nameless for by_name, line in zip(named, lines, strict=True)]
    for position in _region_rows(lines, marks):
        marks[position] = True
    # With the doubtful rows as cities, and without them: one of both is right.
    both = list(
        dict.fromkeys((tuple(mark or bool(x) for mark, x in zip(marks, sums, strict=True)), tuple(marks)))
    )
    known = [_known_sums(lines, each) for each in both]
    found = []
    for position, line in enumerate(lines):
        if not marks[position]:
            if sums[position]:
                found.append(Subtotal(position, "SUBTOTAL-DOUBT", line.size))
            continue
        own, others = _sums_of(line, position, lines, both, known)
        if any(_equal(line.size, each.total) for each in own + others):
            found.append(Subtotal(position, "SUBTOTAL-ROW", line.size, named[position]))
        elif named[position]:
            is_last = not own and all(both[0][position:])
            found.append(_without_sum(line, position, known[0][1] if is_last else None, own + others))
        elif sums[position]:
            found.append(Subtotal(position, "SUBTOTAL-DOUBT", line.size))
    return found


def _are_sums(lines: Sequence[Line], known: Sequence[bool]) -> BoolArray:
    """True for rows that are sums by their size, as ``citysample frames check`` finds them."""
    sizes = np.array([np.nan if line.size is None else line.size for line in lines], dtype=np.float64)
    groups = group_numbers(None if line.region is None else fold(line.region) for line in lines)
    of_group, of_rows = subtotal_sums(sizes, groups, np.array(known, dtype=np.bool_))
    return of_group | of_rows


def _sums_of(
    line: Line,
    position: int,
    lines: Sequence[Line],
    both: Sequence[Sequence[bool]],
    known: Sequence[tuple[dict[str, Sum], Sum | None]],
) -> tuple[list[Sum], list[Sum]]:
    """The sums that a row may stand for: of the region that it names, and of other rows."""
    parts = {part for text in (*line.texts, line.region or "") for part in _parts(fold_name(text))}
    own: list[Sum] = []
    others: list[Sum | None] = []
    for marks, (by_region, everything) in zip(both, known, strict=True):
        others += _neighbours(lines, marks, position)
        own += [by_region[part] for part in parts if part in by_region]
        others.append(everything)
    return own, [each for each in others if each is not None]


def _parts(text: str) -> Iterator[str]:
    """The words of a text, and each run of them that may be the name of a region."""
    words = text.split()
    for first in range(len(words)):
        for end in range(first + 1, min(first + MOST_WORDS, len(words)) + 1):
            yield " ".join(words[first:end])


def _without_sum(line: Line, position: int, everything: Sum | None, sums: Sequence[Sum]) -> Subtotal:
    """A row called a total that is the sum of nothing: the last one is compared with all cities."""
    size = line.size
    if any(fold_name(text) in TOTAL_NAMES for text in line.texts) and line.region is not None:
        # Somme is a sum, and a region of France; Ensemble may be a city.
        return Subtotal(position, "SUBTOTAL-DOUBT", by_name=True)
    if size is None or not sums:
        return Subtotal(position, "SUBTOTAL-ROW", by_name=True)
    nearest = everything or min(sums, key=lambda each: abs(each.total - size))
    unsized = nearest.unsized if nearest.total < size else 0
    return Subtotal(position, "SUBTOTAL-MISMATCH", nearest.total, by_name=True, unsized=unsized)


def _is_region(line: Line) -> bool:
    return line.name is not None and line.region is not None and fold(line.name) == fold(line.region)


def _region_rows(lines: Sequence[Line], marks: Sequence[bool]) -> list[int]:
    """Rows with the name of their region whose size is that of the rows right above or below."""
    above = _sums_before(lines, marks)
    below = _sums_before(lines[::-1], marks[::-1])[::-1]
    return [
        position
        for position, (line, *sums) in enumerate(zip(lines, above, below, strict=True))
        if not marks[position] and _is_region(line) and any(_equal(line.size, total) for total in sums)
    ]


def _sums_before(lines: Sequence[Line], marks: Sequence[bool]) -> list[float | None]:
    """For each row the sum of the rows right before it with the same region; None for less than two."""
    sums: list[float | None] = []
    total, count = 0.0, 0
    for position, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        if mark or (position > 0 and line.region != lines[position - 1].region):
            total, count = 0.0, 0
        sums.append(total if count >= 2 else None)
        if not mark and line.size is not None:
            total, count = total + line.size, count + 1
    return sums


def _known_sums(lines: Sequence[Line], marks: Sequence[bool]) -> tuple[dict[str, Sum], Sum | None]:
    """The sums of the cities of each region, and of all cities."""
    cities = [line for line, mark in zip(lines, marks, strict=True) if not mark]
    regions: dict[str, list[Line]] = {}
    for line in cities:
        if line.region is not None:
            regions.setdefault(fold_name(line.region), []).append(line)
    sums = {region: total for region, block in regions.items() if (total := _sum(block)) is not None}
    return sums, _sum(cities)


def _neighbours(lines: Sequence[Line], marks: Sequence[bool], position: int) -> list[Sum | None]:
    """The sums of the rows above and below, to the next row that sums up."""
    above = position
    while above > 0 and not marks[above - 1]:
        above -= 1
    below = position + 1
    while below < len(lines) and not marks[below]:
        below += 1
    return [_sum(lines[above:position]), _sum(lines[position + 1 : below])]


def _sum(block: Sequence[Line]) -> Sum | None:
    sizes = [line.size for line in block if line.size is not None]
    return Sum(sum(sizes), len(block) - len(sizes)) if sizes else None


def _equal(size: float | None, total: float | None) -> bool:
    return size is not None and total is not None and total > 0 and abs(size - total) <= 1e-9 * total
