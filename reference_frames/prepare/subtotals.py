"""Rows that sum up other rows: found by their name, and by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citysample.reference_frames.checks.folding import TOTAL_NAMES, fold, fold_name, is_total

__all__ = ["Line", "Subtotal", "find_subtotals"]

FEWEST = 3
"""A city that is as large as the sum of so many rows above it is doubtful."""


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
    """A row that sums up others, or may do so: position, code, and the sum of the other rows."""

    position: int
    code: str
    total: float | None = None
    by_name: bool = False


def find_subtotals(lines: Sequence[Line]) -> list[Subtotal]:
    """Find rows that sum up other rows.

    A row called a total is one. A row without a name, or with the name of its region, is one if its
    size is the sum of its block. A row with any other name is doubtful if its size is the sum of
    three or more rows above it. The block is: the rows above or below it to the next row that sums
    up, the rows of the region it names, or all cities.

    >>> rows = [Line(("A",), "A", "N", 2), Line(("B",), "B", "N", 3), Line(("Total N",), "Total N", None, 5)]
    >>> [(found.position, found.code) for found in find_subtotals(rows)]
    [(2, 'SUBTOTAL-ROW')]
    """
    named = [any(map(is_total, line.texts)) for line in lines]
    marks = [by_name or line.nameless for by_name, line in zip(named, lines, strict=True)]
    for position in _region_rows(lines, marks):
        marks[position] = True
    by_region, everything = _known_sums(lines, marks)
    above = _sums_before(lines, marks, FEWEST)
    found = [
        Subtotal(position, "SUBTOTAL-DOUBT", line.size)
        for position, (line, total) in enumerate(zip(lines, above, strict=True))
        if not marks[position] and _equal(line.size, total)
    ]
    for position, line in enumerate(lines):
        if not marks[position]:
            continue
        words = [f" {fold_name(text)} " for text in (*line.texts, line.region or "")]
        own = [total for region, total in by_region.items() if any(f" {region} " in word for word in words)]
        sums = [*_neighbours(lines, marks, position), *own, everything]
        known = [total for total in sums if total is not None]
        if any(_equal(line.size, total) for total in known):
            found.append(Subtotal(position, "SUBTOTAL-ROW", line.size, named[position]))
        elif named[position]:
            code = _code_without_sum(line, bool(known))
            found.append(Subtotal(position, code, known[0] if known else None, named[position]))
    return sorted(found, key=lambda each: each.position)


def _code_without_sum(line: Line, known: bool) -> str:
    """A row called a total that is the sum of nothing."""
    if any(fold_name(text) in TOTAL_NAMES for text in line.texts) and line.region is not None:
        # Somme is a sum, and a region of France; Ensemble may be a city.
        return "SUBTOTAL-DOUBT"
    return "SUBTOTAL-MISMATCH" if known and line.size is not None else "SUBTOTAL-ROW"


def _is_region(line: Line) -> bool:
    return line.name is not None and line.region is not None and fold(line.name) == fold(line.region)


def _region_rows(lines: Sequence[Line], marks: Sequence[bool]) -> list[int]:
    """Rows with the name of their region whose size is that of the rows right above or below."""
    above = _sums_before(lines, marks, 2)
    below = _sums_before(lines[::-1], marks[::-1], 2)[::-1]
    return [
        position
        for position, (line, *sums) in enumerate(zip(lines, above, below, strict=True))
        if not marks[position] and _is_region(line) and any(_equal(line.size, total) for total in sums)
    ]


def _sums_before(lines: Sequence[Line], marks: Sequence[bool], fewest: int) -> list[float | None]:
    """For each row the sum of the rows right before it with the same region; None if they are few."""
    sums: list[float | None] = []
    total, count = 0.0, 0
    for position, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        if mark or (position > 0 and line.region != lines[position - 1].region):
            total, count = 0.0, 0
        sums.append(total if count >= fewest else None)
        if not mark and line.size is not None:
            total, count = total + line.size, count + 1
    return sums


def _known_sums(lines: Sequence[Line], marks: Sequence[bool]) -> tuple[dict[str, float], float | None]:
    """The sums of the cities of each region, and of all cities."""
    by_region: dict[str, float] = {}
    cities = [line for line, mark in zip(lines, marks, strict=True) if not mark]
    for line in cities:
        if line.region is not None and line.size is not None:
            key = fold_name(line.region)
            by_region[key] = by_region.get(key, 0) + line.size
    return by_region, _sum(cities)


def _neighbours(lines: Sequence[Line], marks: Sequence[bool], position: int) -> list[float | None]:
    """The sums of the rows above and below, to the next row that sums up."""
    above = position
    while above > 0 and not marks[above - 1]:
        above -= 1
    below = position + 1
    while below < len(lines) and not marks[below]:
        below += 1
    return [_sum(lines[above:position]), _sum(lines[position + 1 : below])]


def _sum(block: Sequence[Line]) -> float | None:
    sizes = [line.size for line in block if line.size is not None]
    return sum(sizes) if sizes else None


def _equal(size: float | None, total: float | None) -> bool:
    return size is not None and total is not None and total > 0 and abs(size - total) <= 1e-9 * total
