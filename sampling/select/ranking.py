"""The order of random numbers, where a tie goes to the city that comes first."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["smallest", "smallest_first"]


def smallest_first(numbers: FloatArray) -> IntArray:
    """The order of the numbers; equal ones keep their order.

    >>> smallest_first(np.array([0.7, 0.1, 0.7, 0.3])).tolist()
    [1, 3, 0, 2]
    """
    order = np.argsort(numbers)
    ranked = numbers[order]
    # Sorting that keeps ties takes three times as long, and ties hardly occur.
    if (ranked[1:] == ranked[:-1]).any():
        order = np.argsort(numbers, kind="stable")
    return order


def smallest(numbers: FloatArray, n: int) -> BoolArray:
    """True for the n smallest numbers; of equal ones the first are taken. Numbers need not be sorted for it.

    >>> smallest(np.array([0.7, 0.1, 0.7, 0.3]), 3).tolist()
    [True, True, False, True]
    """
    if n == 0:
        return np.zeros(numbers.size, dtype=np.bool_)
    limit = np.partition(numbers, n - 1)[n - 1]
    chosen = np.asarray(numbers < limit)
    chosen[np.flatnonzero(numbers == limit)[: n - np.count_nonzero(chosen)]] = True
    return chosen
