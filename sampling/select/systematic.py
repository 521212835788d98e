"""Systematic sampling."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.cumulated import cumulated
from citysample.sampling.select.size import sample_size

__all__ = ["select_systematic"]


def select_systematic(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Systematic selection with probabilities pi, in the given order, from one random start.

    With pi_k = n/N it is systematic sampling with equal probabilities; N need not be a multiple of n.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
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
    n = sample_size(pi)
    cumulated_pi = np.cumsum(pi)
    cumulated_pi[-1:] = n
    cumulated_pi -= uniforms[0]
    points = np.floor(cumulated_pi, out=cumulated_pi)
    # A start so small that n - u rounds to n would give a point too many.
    if points[-2:].max(initial=0.0) >= n:
        np.minimum(points, n - 1.0, out=points)
    selected = np.empty(pi.size, dtype=np.bool_)
    selected[:1] = points[:1] > -1.0
    np.greater(points[1:], points[:-1], out=selected[1:])
    if np.count_nonzero(selected) == n:
        return np.asarray(selected)
    # Rounding put two points into one city, which can happen for pi_k next to 1.
    exact = cumulated(pi)
    passed = exact.whole + (exact.part >= uniforms[0])
    return np.asarray(np.diff(passed, prepend=0) > 0)
