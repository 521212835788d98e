"""City ids that a program may have spoiled. Plain values only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from citysample.reference_frames.columns import IntArray

__all__ = ["invalid_ids", "zeros_lost"]

MOSTLY = 0.9
"""Ids are codes of digits if at least this part of them are."""

COUNTER = 3
"""Numbers that fill at least one in three places from the least to the largest are a counter, no code."""


def invalid_ids(cells: Sequence[object]) -> IntArray:
    """Positions of cells that are there but are no valid id, by the rule of the city frame.

    Valid are texts without blanks around them, and whole numbers.

    >>> invalid_ids(["a", " a", 7, 7.0, True, None]).tolist()
    [1, 3, 4]
    """
    from citysample.reference_frames.columns import is_missing

    def invalid(cell: object) -> bool:
        if isinstance(cell, str):
            return bool(cell.strip()) and cell != cell.strip()
        return isinstance(cell, bool) or (not isinstance(cell, int) and not is_missing(cell))

    return np.array([row for row, cell in enumerate(cells) if invalid(cell)], dtype=np.int64)


def zeros_lost(ids: Sequence[str | None], regions: Sequence[str | None] | None = None) -> IntArray:
    """Positions of ids that seem to have lost leading zeros.

    Only ids of digits are looked at, and only if most ids are such. Let L be the largest length.

    - If an id of length L begins with 0, all shorter ids are named.
    - Else, if there are just the lengths L - 1 and L, the shorter ones are named if the length depends
      on the region alone (the code of a region is the start of its cities' codes), or, without regions,
      if they are fewer and the numbers are no counter such as 1, 2, ..., N.

    Parameters
    ----------
    ids : sequence of str or None
        City ids.
    regions : sequence of str or None, optional
        Regions of the cities.

    >>> zeros_lost(["1001", "1002", "26001", "26002"], ["A", "A", "Z", "Z"]).tolist()
    [0, 1]
    >>> zeros_lost([str(k) for k in range(80, 180)]).tolist()
    []
    """
    digits = [row for row, value in enumerate(ids) if value and value.isascii() and value.isdigit()]
    present = sum(value is not None for value in ids)
    if not digits or len(digits) < MOSTLY * present:
        return np.empty(0, dtype=np.int64)
    lengths = {row: len(ids[row] or "") for row in digits}
    longest = max(lengths.values())
    shorter = [row for row in digits if lengths[row] < longest]
    zero_there = any((ids[row] or "").startswith("0") for row in digits if lengths[row] == longest)
    if zero_there or _two_lengths(ids, regions, lengths, shorter):
        return np.array(shorter, dtype=np.int64)
    return np.empty(0, dtype=np.int64)


def _two_lengths(
    ids: Sequence[str | None],
    regions: Sequence[str | None] | None,
    lengths: dict[int, int],
    shorter: list[int],
) -> bool:
    kinds = Counter(lengths.values())
    if len(kinds) != 2 or max(kinds) - min(kinds) != 1:
        return False
    if regions is not None:
        pairs = {(regions[row], length) for row, length in lengths.items() if regions[row] is not None}
        repeated = len(lengths) >= 2 * len({region for region, _ in pairs})
        return repeated and len(pairs) == len({region for region, _ in pairs}) > 1
    values = [int(ids[row] or 0) for row in lengths]
    counter = max(values) - min(values) + 1 <= COUNTER * len(values)
    return len(shorter) * 2 < len(lengths) and not counter
