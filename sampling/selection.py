"""Selection methods for one stratum: inclusion probabilities and random numbers in, a mask out.

Every selector takes pi (N,) with 0 < pi_k < 1 and an integer sum n, and numbers in (0, 1). The
cities are in the order of the bytes of their ids. Certainty cities are set aside before.
"""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["select_pivotal", "select_srs", "select_systematic"]


def select_srs(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Simple random sampling without replacement: the n smallest permanent random numbers.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities, all n/N.
    uniforms : array (N,)
        Permanent random numbers u_k in (0, 1).

    Returns
    -------
    array (N,) of bool
        True for the n cities with the smallest u_k. A tie goes to the city that comes first.

    Notes
    -----
    Each set of n cities has probability 1 / C(N, n); pi_k = n/N, pi_kl = n(n-1) / (N(N-1)).

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 66.

    Examples
    --------
    >>> select_srs(np.full(4, 0.5), np.array([0.7, 0.1, 0.9, 0.3])).tolist()
    [False, True, False, True]
    """
    selected = np.zeros(pi.size, dtype=np.bool_)
    selected[np.argsort(uniforms, kind="stable")[: _sample_size(pi)]] = True
    return selected


def select_systematic(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Systematic selection with probabilities pi, in the given order, from one random start.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities.
    uniforms : array (1,)
        The random start u in (0, 1).

    Returns
    -------
    array (N,) of bool
        True for city k if one of u, u + 1, u + 2, ... lies in (V_{k-1}, V_k].

    Notes
    -----
    V_k = pi_1 + ... + pi_k. Many pairs have pi_kl = 0, so no unbiased variance estimator exists.

    References
    ----------
    Madow, W. G. (1949). On the theory of systematic sampling, II. Ann. Math. Statist. 20, 333-354.

    Examples
    --------
    >>> select_systematic(np.array([0.2, 0.7, 0.4, 0.7]), np.array([0.5])).tolist()
    [False, True, False, True]
    """
    n = _sample_size(pi)
    cumulated = np.cumsum(pi)
    cumulated[-1] = n
    # A start so small that n - u rounds to n would give a point too many.
    points_up_to = np.minimum(np.floor(cumulated - uniforms[0]), n - 1).astype(np.int64)
    return np.asarray(np.diff(points_up_to, prepend=-1) > 0)


def select_pivotal(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Pivotal selection in random order: duels between cities until each has 0 or 1.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities.
    uniforms : array (2N,)
        The first N numbers order the cities (smallest first); the others decide the duels in turn.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Notes
    -----
    A duel between probabilities a and b with sum c: if c < 1, the first gets c with probability
    a/c and the other 0; if c >= 1, the first gets 1 with probability (1 - b)/(2 - c) and the other
    c - 1. Expectations stay a and b, so the inclusion probabilities hold exactly.

    References
    ----------
    Deville, J.-C., Tille, Y. (1998). Unequal probability sampling without replacement through a
    splitting method. Biometrika 85, 89-101.

    Examples
    --------
    >>> numbers = np.array([0.1, 0.2, 0.3, 0.4, 0.9, 0.2, 0.6, 0.5])
    >>> select_pivotal(np.full(4, 0.5), numbers).tolist()
    [False, True, False, True]
    """
    order = np.argsort(uniforms[: pi.size], kind="stable").tolist()
    duels = uniforms[pi.size :].tolist()
    probabilities = pi.tolist()
    selected = np.zeros(pi.size, dtype=np.bool_)
    holder = order[0]
    held = probabilities[holder]
    for challenger, u in zip(order[1:], duels, strict=False):
        other = probabilities[challenger]
        total = held + other
        if total < 1.0:
            if u >= held / total:
                holder = challenger
            held = total
        else:
            winner, loser = holder, challenger
            if u >= (1.0 - other) / (2.0 - total):
                winner, loser = challenger, holder
            selected[winner] = True
            holder, held = loser, total - 1.0
    # What is left is 0 or 1 but for rounding.
    selected[holder] |= held > 0.5
    return selected


def _sample_size(pi: FloatArray) -> int:
    return round(float(pi.sum()))
