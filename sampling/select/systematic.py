"""Systematic sampling."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.size import sample_size

__all__ = ["select_systematic"]


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
    n = sample_size(pi)
    cumulated = np.cumsum(pi)
    cumulated[-1] = n
    # A start so small that n - u rounds to n would give a point too many.
    points_up_to = np.minimum(np.floor(cumulated - uniforms[0]), n - 1).astype(np.int64)
    return np.asarray(np.diff(points_up_to, prepend=-1) > 0)
