"""Rows whose size is the sum of other rows: subtotals and the grand total. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["subtotal_sums", "sums_of_groups", "sums_of_rows", "sums_of_rows_above"]

SAME = 1e-9
"""Two sums are the same if they differ by less than this part."""

ROUNDING = 1e-14
"""Prefix sums of decimal fractions are known to this part of the whole sum."""

FINE = 1e-6
"""A size that is known only to a larger part of itself is the sum of nothing."""

LARGEST = 1e15
"""Larger sizes are no people, and their sums are not exact."""

RARE = 0.01
"""Blocks with a kind of boundary count only if chance makes fewer of them than this in the whole list."""

RAREST = 0.0005
"""The same for blocks without a boundary, of which nothing else says that they are blocks."""

FEWEST = 3
"""A block that no boundary ends has at least so many rows."""

ROUNDS = 10
"""Sums of sums of sums: real tables have fewer levels."""

UNITS = tuple(10.0**power for power in range(6, -7, -1))
"""Sizes are people, or thousands of people, with or without decimals."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Rows whose size is the sum of a block of rows directly above or below.

    Parameters
    ----------
    row : array (m,)
        The row.
    first, last : array (m,)
        The block, from its upper to its lower row.
    far : array (m,)
        The row behind the block, seen from ``row``; -1 if the list ends there.
    count : array (m,)
        Rows of the block that were summed.
    """

    row: IntArray
    first: IntArray
    last: IntArray
    far: IntArray
    count: IntArray


def subtotal_sums(sizes: FloatArray, groups: IntArray, known: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Rows that are sums: of the other rows of their group, or of other rows of the list.

    Both ``citysample frames check`` and ``citysample frames prepare`` use it, so that they agree.

    Parameters
    ----------
    sizes : array (N,)
        Sizes in the order of the list; NaN, sizes that are not positive, and sizes from 10^15 on take
        no part.
    groups : array (N,)
        Number of the region, -1 for none.
    known : array (N,)
        True for rows that are sums for another reason, such as their name.

    Returns
    -------
    of_group, of_rows : array (N,)
        True for the rows found; no row is in both, and no known row in either.

    >>> sizes = np.array([3.0, 5.0, 8.0, 7.0, 6.0, 9.0, 22.0, 30.0])
    >>> found = subtotal_sums(sizes, np.array([0, 0, 0, 1, 1, 1, 2, 3]), np.zeros(8, dtype=bool))
    >>> [np.flatnonzero(rows).tolist() for rows in found]
    [[2], [6, 7]]
    """
    sizes = np.where(sizes < LARGEST, sizes, np.nan)
    of_group = np.zeros(len(sizes), dtype=np.bool_)
    of_group[sums_of_groups(sizes, np.where(known, -1, groups))] = True
    return of_group, sums_of_rows(sizes, groups, known | of_group)


def sums_of_groups(sizes: FloatArray, groups: IntArray) -> IntArray:
    """Positions of rows whose size is the sum of the other rows of their group.

    Parameters
    ----------
    sizes : array (N,)
        Sizes; NaN takes no part.
    groups : array (N,)
        Number of the group, -1 for none. A group needs two other rows.

    >>> sums_of_groups(np.array([3.0, 5.0, 8.0, 7.0, 7.0]), np.array([0, 0, 0, 1, 1])).tolist()
    [2]
    """
    usable = (groups >= 0) & (sizes > 0)
    if not usable.any():
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(usable)
    totals = np.bincount(groups[rows], weights=sizes[rows])[groups[rows]]
    counts = np.bincount(groups[rows])[groups[rows]]
    same = np.isclose(totals - sizes[rows], sizes[rows], rtol=SAME, atol=0.0)
    return np.asarray(rows[same & (counts >= 3)], dtype=np.int64)


def sums_of_rows(sizes: FloatArray, groups: IntArray, known: BoolArray) -> BoolArray:
    """True for rows whose size is the sum of rows above or below, or of all rows that are no sums.

    A block of rows directly above or below counts if it runs to the end of the list, or to a row that
    is a sum or may be one, or if it is a whole group; a block of three or more rows counts wherever it
    ends. Of these, a kind counts only if chance alone makes few such rows in the list: with n rows
    larger than their next three and sizes of median m, written in units of u, chance makes about
    n u / m. Rows that are sums are left out of a block, or are counted.

    Parameters
    ----------
    sizes, groups, known
        As for :func:`subtotal_sums`.

    >>> sizes = np.array([12.0, 3.0, 4.0, 5.0, 21.0, 6.0, 7.0, 8.0, 33.0])
    >>> found = sums_of_rows(sizes, np.full(9, -1), np.zeros(9, dtype=bool))
    >>> np.flatnonzero(found).tolist()
    [0, 4, 8]
    """
    marks = known.copy()
    for _ in range(ROUNDS):
        blocks = _all_blocks(sizes, marks)
        found = np.zeros(len(sizes), dtype=np.bool_)
        found[sums_of_rows_above(sizes, marks)] = True
        found[::-1][sums_of_rows_above(sizes[::-1], marks[::-1])] = True
        found[blocks.row[_are_bounded(blocks, sizes, groups, marks)]] = True
        found |= _sums_of_all(sizes, marks, blocks)
        found &= ~marks
        if not found.any():
            break
        marks |= found
    return marks & ~known


def sums_of_rows_above(sizes: FloatArray, known: BoolArray) -> IntArray:
    """Positions of rows whose size is the sum of the rows above, from the last such row on.

    Once a sum was found, a later row may also be the sum of all rows above that are no sums (the grand
    total after subtotals).

    Parameters
    ----------
    sizes : array (N,)
        Sizes in the order of the table; NaN takes no part.
    known : array (N,)
        True for rows that are sums for another reason, such as their name.

    >>> sums_of_rows_above(np.array([3.0, 4.0, 7.0, 5.0, 6.0, 11.0, 18.0]), np.zeros(7, dtype=bool)).tolist()
    [2, 5, 6]
    """
    found: list[int] = []
    run, in_run, whole, in_whole = 0.0, 0, 0.0, 0
    for row, (size, is_sum) in enumerate(zip(sizes.tolist(), known.tolist(), strict=True)):
        if not size > 0:
            continue
        of_run = in_run >= 2 and abs(size - run) <= SAME * size
        of_all = in_whole > in_run and in_whole >= 2 and abs(size - whole) <= SAME * size
        if of_run or of_all:
            found.append(row)
        if of_run or of_all or is_sum:
            run, in_run = 0.0, 0
        else:
            run, in_run, whole, in_whole = run + size, in_run + 1, whole + size, in_whole + 1
    return np.array(found, dtype=np.int64)


def _all_blocks(sizes: FloatArray, marks: BoolArray) -> Blocks:
    """Blocks above and below, with the sums in them left out and, if there are sums, counted."""
    N = len(sizes)
    parts = []
    cities = (sizes > 0) & ~marks
    for used in (cities, sizes > 0) if marks.any() else (cities,):
        above = _blocks_above(sizes, np.flatnonzero(used))
        below = _blocks_above(sizes[::-1], np.flatnonzero(used[::-1]))
        behind = np.where(below.far < 0, -1, N - 1 - below.far)
        parts += [
            above,
            Blocks(N - 1 - below.row, N - 1 - below.last, N - 1 - below.first, behind, below.count),
        ]
    row, first, last, far, count = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("row", "first", "last", "far", "count")
    )
    open_ = ~marks[row]
    return Blocks(row[open_], first[open_], last[open_], far[open_], count[open_])


def _blocks_above(sizes: FloatArray, used: IntArray) -> Blocks:
    """Blocks of two or more of the used rows above a used row: one look-up of a prefix sum for each."""
    x = sizes[used]
    before = np.concatenate([[0.0], np.cumsum(x)])
    wanted = before[:-1] - x
    slack = SAME * x + ROUNDING * before[-1]
    start = np.minimum(np.searchsorted(before, wanted - slack), len(x))
    place = np.arange(len(x))
    same = (np.abs(before[start] - wanted) <= slack) & (slack <= FINE * x)
    hits = np.flatnonzero(same & (place - start >= 2))
    start, place = start[hits], place[hits]
    far = np.where(start > 0, used[np.maximum(start - 1, 0)], -1)
    return Blocks(used[place], used[start], used[place - 1], far, place - start)


def _are_bounded(blocks: Blocks, sizes: FloatArray, groups: IntArray, marks: BoolArray) -> BoolArray:
    """True for blocks that end where a block of a table ends, or that chance would not make."""
    cities = np.flatnonzero((sizes > 0) & ~marks)
    chance = _chance(sizes[cities])
    N = max(len(cities), 1)
    is_below = blocks.first > blocks.row
    end = np.where(is_below, blocks.last, blocks.first)
    edge = blocks.far < 0
    sums = np.concatenate([[0], np.cumsum(marks)])
    upper = np.where(is_below, blocks.last + 1, np.maximum(blocks.far, 0))
    lower = np.where(is_below, np.maximum(blocks.far, 0) + 1, blocks.first)
    at_sum = ~edge & (sums[lower] > sums[upper])
    without_sums = sums[blocks.last + 1] == sums[blocks.first]
    changes = np.concatenate([[0], np.cumsum(np.diff(groups) != 0)])
    one_group = changes[blocks.last] == changes[blocks.first]
    at_change = ~edge & one_group & (groups[end] != groups[blocks.far])
    # The row behind the block must be the sum of a block on its other side.
    candidate = np.zeros((2, len(sizes)), dtype=np.bool_)
    candidate[is_below.astype(np.int64), blocks.row] = True
    boundaries = np.count_nonzero(np.diff(groups[cities])) + np.count_nonzero(marks)
    bounded = edge | (at_sum & without_sums)
    if chance * boundaries / N < RARE:
        bounded |= at_sum | at_change
    if chance * chance / N < RARE:
        bounded |= ~edge & candidate[is_below.astype(np.int64), blocks.far]
    if chance < RAREST:
        bounded |= blocks.count >= FEWEST
    return np.asarray(bounded, dtype=np.bool_)


def _chance(sizes: FloatArray) -> float:
    """How many rows are the sum of a block of three or more next to them if all is chance.

    The sums of longer and longer blocks meet a given size with probability unit / mean size.
    """
    if len(sizes) <= FEWEST:
        return 0.0
    before = np.concatenate([[0.0], np.cumsum(sizes)])
    of_three = before[FEWEST:] - before[:-FEWEST]
    trials = np.count_nonzero(sizes[FEWEST:] >= of_three[:-1]) + np.count_nonzero(
        sizes[:-FEWEST] >= of_three[1:]
    )
    return trials * _unit(sizes) / float(np.median(sizes))


def _unit(sizes: FloatArray) -> float:
    """The largest power of ten of which nine tenths of the sizes are multiples.

    >>> _unit(np.array([12_000.0, 5_000.0])), _unit(np.array([1.5, 2.25]))
    (1000.0, 0.01)
    """
    for unit in UNITS:
        parts = sizes / unit
        if np.count_nonzero(np.abs(parts - np.rint(parts)) < 1e-6 * np.maximum(parts, 1)) >= 0.9 * len(sizes):
            return unit
    return UNITS[-1]


def _sums_of_all(sizes: FloatArray, marks: BoolArray, blocks: Blocks) -> BoolArray:
    """True for the largest row if it is the sum of all rows that are no sums, or of all sums.

    Rows that may be sums of blocks, and rows as large as the next one (the only city of a region),
    are sums if the total is right without them: without one of them, or without all of them.
    """
    found = np.zeros(len(sizes), dtype=np.bool_)
    rows = np.flatnonzero((sizes > 0) & ~marks)
    if len(rows) == 0:
        return found
    largest = rows[::-1][np.argmax(sizes[rows][::-1])]
    known = sizes[(sizes > 0) & marks]
    slack = SAME * sizes[largest]
    if len(known) >= 2 and abs(known.sum() - sizes[largest]) <= slack:
        found[largest] = True
        return found
    surplus = sizes[rows].sum() - 2 * sizes[largest]
    maybe = np.setdiff1d(blocks.row, [largest])
    with_twins = np.setdiff1d(np.union1d(maybe, _twins(sizes, rows)), [largest])
    single = with_twins[np.abs(sizes[with_twins] - surplus) <= slack][:1]
    for left_out in (maybe[:0], single, maybe, with_twins):
        if len(rows) - len(left_out) > 2 and abs(sizes[left_out].sum() - surplus) <= slack:
            found[[largest, *left_out]] = True
            break
    return found


def _twins(sizes: FloatArray, rows: IntArray) -> IntArray:
    """The upper of two rows of the same size, one below the other."""
    return np.asarray(rows[:-1][sizes[rows[:-1]] == sizes[rows[1:]]], dtype=np.int64)
