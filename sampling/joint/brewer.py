"""Joint inclusion probabilities of Brewer's method, where they can be computed."""

from __future__ import annotations

from math import comb

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.select.size import sample_size

__all__ = ["joint_brewer", "joint_brewer_feasible"]

MOST_SETS = 200_000
"""Sets of cities of one size up to which all sets are gone through."""


def joint_brewer_feasible(N: int, n: int) -> bool:
    """Whether :func:`joint_brewer` computes the joint probabilities of n of N cities.

    True for n <= 2 and for n = N - 1; else for N <= 62 with at most 200,000 sets of 1, 2, ..., n
    cities: 20 cities with any n, 30 cities with n = 5, 60 cities with n = 3.
    """
    return n <= 2 or n >= N - 1 or (N <= 62 and comb(N, min(n, N // 2)) <= MOST_SETS)


def joint_brewer(pi: FloatArray) -> FloatArray:
    """Exact joint inclusion probabilities of Brewer's method, for n = 2 and for small strata.

    Use it where :func:`joint_brewer_feasible` says so. Elsewhere use Monte Carlo
    (:func:`~citysample.sampling.joint.monte_carlo.joint_monte_carlo`) or a named approximation.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.

    Returns
    -------
    array (N, N)
        pi_kl; pi_k on the diagonal. All pi_kl > 0 if n >= 2.

    Raises
    ------
    DesignError
        ``DESIGN-JOINT-TOO-LARGE`` if there are too many sets of cities.

    Notes
    -----
    For n = 2, pi_kl = pi_k pi_l (1/(1 - pi_k) + 1/(1 - pi_l)) / sum_U (pi_j (2 - pi_j) / (1 - pi_j)).
    For n = N - 1, pi_kl = pi_k + pi_l - 1, as for every method. Else the probability of each set of
    j cities follows from those of the sets of j - 1 cities, for j = 1, ..., n: the draws depend on
    the set, not on the order in which it was drawn.

    References
    ----------
    Brewer, K. R. W. (1963). A model of systematic sampling with unequal probabilities. Austral. J.
    Statist. 5, 5-13. Tille, Y. (2006). Sampling Algorithms, Springer, algorithm 6.10.

    Examples
    --------
    >>> joint_brewer(np.array([0.2, 0.7, 0.4, 0.7])).round(4).tolist()[0]
    [0.2, 0.0846, 0.0308, 0.0846]
    """
    N, n = pi.size, sample_size(pi)
    if not joint_brewer_feasible(N, n):
        raise DesignError(
            "DESIGN-JOINT-TOO-LARGE",
            "The exact joint probabilities of Brewer's method would take too long.",
            got=f"n = {n} of N = {N} cities",
            expected=f"n <= 2, n = N - 1, or at most {MOST_SETS} sets of cities",
            remedy="Use Monte Carlo joint probabilities, or a variance form that needs none.",
        )
    if n <= 1:
        joint = np.zeros((N, N))
    elif n == N - 1:
        joint = 1.0 - (1.0 - pi)[:, None] - (1.0 - pi)
    elif n == 2:
        odds = 1.0 / (1.0 - pi)
        joint = np.outer(pi, pi) * (odds[:, None] + odds) / (pi * (2.0 - pi) * odds).sum()
    else:
        joint = _pairs_of_sets(*_all_sets(pi, n), N)
    np.fill_diagonal(joint, pi)
    return np.asarray(joint)


def _all_sets(pi: FloatArray, n: int) -> tuple[IntArray, FloatArray]:
    """All sets of n cities as bits, and their probabilities."""
    sets: IntArray = np.zeros(1, dtype=np.int64)
    chances: FloatArray = np.ones(1)
    lacking: FloatArray = np.zeros(1)
    cities = np.arange(pi.size)
    rest = 1.0 - pi
    for r in range(n, 0, -1):
        free = (sets[:, None] >> cities) & 1 == 0
        weights = pi * (lacking[:, None] + r - 1.0 + rest) / (lacking[:, None] + r * rest)
        weights = np.where(free, weights, 0.0)
        shares = chances[:, None] * weights / weights.sum(axis=1, keepdims=True)
        grown = (sets[:, None] | (1 << cities))[free]
        sets, first, place = np.unique(grown, return_index=True, return_inverse=True)
        chances = np.bincount(place, weights=shares[free]).astype(np.float64)
        lacking = (lacking[:, None] + rest)[free][first]
    return sets, chances


def _pairs_of_sets(sets: IntArray, chances: FloatArray, N: int) -> FloatArray:
    """How likely each two cities are in the set together."""
    inside = ((sets[:, None] >> np.arange(N)) & 1).astype(np.float64)
    return np.asarray(inside.T @ (inside * chances[:, None]))
