"""Joint inclusion probabilities of pivotal sampling, in a given order and in random order."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.joint.chromy import joint_chromy
from citysample.sampling.select.chromy import selection_chances
from citysample.sampling.select.size import sample_size

__all__ = ["MOST_CITIES", "joint_ordered_pivotal", "joint_pivotal"]

MOST_CITIES = 8
"""Cities up to which all orders are gone through: 40,320 orders."""


def joint_ordered_pivotal(pi: FloatArray, members: IntArray | None = None) -> FloatArray:
    """Exact joint inclusion probabilities of pivotal sampling in the given order.

    Use them for samples of :func:`~citysample.sampling.select.pivotal.select_ordered_pivotal`.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    members : array (m,) of int, optional
        Positions of the cities that are wanted. The default is all of them.

    Returns
    -------
    array (m, m)
        pi_kl; pi_k on the diagonal. Exactly 0 for pairs that lie wholly in the same unit interval of the
        cumulated pi.

    Notes
    -----
    Ordered pivotal sampling and Chromy's sampling without a random start give each sample the same
    probability, so the joint probabilities are those of
    :func:`~citysample.sampling.joint.chromy.joint_chromy`.

    References
    ----------
    Chauvet, G. (2012). On a characterization of ordered pivotal sampling. Bernoulli 18, 1320-1340.
    Chauvet, G. (2021). A note on Chromy's sampling procedure. J. Survey Statist. Methodol. 9,
    1050-1061.

    Examples
    --------
    >>> joint_ordered_pivotal(np.full(4, 0.5)).tolist()[0]
    [0.5, 0.0, 0.25, 0.25]
    """
    return joint_chromy(pi, members, random_start=False)


def joint_pivotal(pi: FloatArray) -> FloatArray:
    """Exact joint inclusion probabilities of pivotal sampling in random order, for up to 8 cities.

    Use it in small strata. There is no formula for larger ones: use Monte Carlo
    (:func:`~citysample.sampling.joint.monte_carlo.joint_monte_carlo`) or a named approximation.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n; N <= 8.

    Returns
    -------
    array (N, N)
        pi_kl; pi_k on the diagonal.

    Raises
    ------
    DesignError
        ``DESIGN-JOINT-TOO-LARGE`` if there are more than 8 cities.

    Notes
    -----
    The mean of the joint probabilities over all N! orders.

    References
    ----------
    Deville, J.-C., Tille, Y. (1998). Unequal probability sampling without replacement through a
    splitting method. Biometrika 85, 89-101.

    Examples
    --------
    >>> joint_pivotal(np.full(4, 0.5)).round(4).tolist()[0]
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    if pi.size > MOST_CITIES:
        raise DesignError(
            "DESIGN-JOINT-TOO-LARGE",
            "The exact joint probabilities of pivotal sampling in random order would take too long.",
            got=f"{pi.size} cities",
            expected=f"at most {MOST_CITIES} cities",
            remedy="Use Monte Carlo joint probabilities, or a variance form that needs none.",
        )
    N, n = pi.size, sample_size(pi)
    orders = np.array(list(permutations(range(N))), dtype=np.int64)
    part, before, passes = _parts(pi[orders], n)
    if_low, if_high = selection_chances(before, part, passes)
    joint = np.zeros(N * N)
    for i in range(N):
        # P(city at place i selected, state of the chain), as in joint_chromy, for all orders at once.
        high = np.where(passes[:, i], before[:, i] * if_high[:, i], pi[orders[:, i]])
        low = np.where(passes[:, i], 1.0 - before[:, i], 0.0)
        for j in range(i + 1, N):
            taken_high, taken_low = high * if_high[:, j], low * if_low[:, j]
            pair = orders[:, i] * N + orders[:, j]
            joint += np.bincount(pair, weights=taken_high + taken_low, minlength=N * N)
            high, low = (
                np.where(passes[:, j], taken_high, high + taken_low),
                np.where(passes[:, j], low + high - taken_high, low - taken_low),
            )
    square = joint.reshape(N, N) / max(len(orders), 1)
    square = square + square.T
    np.fill_diagonal(square, pi)
    return square


def _parts(pi: FloatArray, n: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    """F_k, F_{k-1}, and where V_k reaches a whole number; each row is an order."""
    V = np.concatenate([np.zeros((len(pi), 1)), np.cumsum(pi, axis=1)], axis=1)
    near = np.abs(V - np.rint(V)) < n * 2.0**-48
    V = np.where(near, np.rint(V), V)
    whole = np.floor(V)
    part = V - whole
    return part[:, 1:], part[:, :-1], np.diff(whole) > 0.0
