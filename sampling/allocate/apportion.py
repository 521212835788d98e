"""A fixed number of cities, shared among strata in whole numbers: exact."""

from __future__ import annotations

import heapq

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["apportion", "share"]


def apportion(weight: FloatArray, n: int, lower: IntArray, upper: IntArray) -> IntArray:
    """Share n cities among strata in proportion to a weight, in whole numbers, within bounds.

    With weight N_h S_h it is the exact integer Neyman allocation: no other allocation of n within
    the bounds has a smaller variance of the stratified SRS total.

    Parameters
    ----------
    weight : array (H,)
        Weights a_h >= 0.
    n : int
        Cities to share, sum(lower) <= n <= sum(upper).
    lower, upper : array (H,) of int
        Bounds of n_h.

    Returns
    -------
    array (H,) of int
        n_h with sum n. Ties go to the stratum that comes first.

    Notes
    -----
    Start at the lower bounds; give each further city to the stratum below its upper bound with
    the largest a_h / sqrt(n_h (n_h + 1)). This minimises sum a_h^2 / n_h.

    References
    ----------
    Wright, T. (2012). The equivalence of Neyman optimum allocation for sampling and equal
    proportions for apportioning the U.S. House of Representatives. Amer. Statist. 66, 217-224.

    Examples
    --------
    >>> apportion(np.array([30.0, 60.0, 10.0]), 10, np.array([2, 2, 2]), np.array([3, 9, 9])).tolist()
    [3, 5, 2]
    """
    allocated = lower.astype(np.int64).copy()

    def priority(h: int) -> tuple[float, float, int]:
        have = int(allocated[h])
        divisor = np.sqrt(have * (have + 1.0))
        first = -np.inf if weight[h] > 0 else 0.0
        return (-(float(weight[h]) / divisor) if have else first, -float(weight[h]), h)

    queue = [priority(h) for h in range(weight.size) if allocated[h] < upper[h]]
    heapq.heapify(queue)
    for _ in range(n - int(allocated.sum())):
        h = heapq.heappop(queue)[2]
        allocated[h] += 1
        if allocated[h] < upper[h]:
            heapq.heappush(queue, priority(h))
    return allocated


def share(weight: FloatArray, n: int, lower: IntArray, upper: IntArray, N: IntArray) -> IntArray:
    """The same as :func:`apportion`, but strata of weight 0 share what the others cannot take.

    Parameters
    ----------
    weight, n, lower, upper
        As in :func:`apportion`.
    N : array (H,) of int
        Cities of each stratum.

    Returns
    -------
    array (H,) of int
        n_h with sum n. Cities left over when each stratum of positive weight is at its upper bound
        go to the strata of weight 0 in proportion to N_h.

    Examples
    --------
    >>> N, two = np.array([5, 30, 10]), np.array([2, 2, 2])
    >>> share(np.array([7.0, 0.0, 0.0]), 15, two, N, N).tolist()
    [5, 7, 3]
    """
    positive = weight > 0
    filled = lower + np.where(positive, upper - lower, 0)
    if int(filled.sum()) >= n:
        return apportion(weight, n, lower, np.where(positive, upper, lower))
    return apportion(N.astype(np.float64), n, filled, np.where(positive, filled, upper))
