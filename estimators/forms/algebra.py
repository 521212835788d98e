"""Sums that the variance forms share."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["laplacian_form", "scatter"]


def scatter(expanded: FloatArray, c: FloatArray, centre: FloatArray) -> FloatArray:
    """sum_k c_k (z-check_k - B)(z-check_k - B)', shape (q, q).

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables z-check_k.
    c : array (m,)
        Factors c_k.
    centre : array (q,) or (m, q)
        The centre B, or one for each PSU.
    """
    deviation = expanded - centre
    return np.asarray((deviation * c[:, None]).T @ deviation, dtype=np.float64)


def laplacian_form(expanded: FloatArray, a: FloatArray) -> FloatArray:
    """Sum over pairs k < l of a_kl (z-check_k - z-check_l)(z-check_k - z-check_l)', shape (q, q).

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables z-check_k.
    a : array (m, m)
        Symmetric factors a_kl; the diagonal is not used.
    """
    pairs = a.copy()
    np.fill_diagonal(pairs, 0.0)
    laplacian = np.diag(pairs.sum(axis=1)) - pairs
    # A constant drops out; without it the large parts of nearly equal variables do not cancel.
    deviation = expanded - expanded.mean(axis=0)
    return np.asarray(deviation.T @ laplacian @ deviation, dtype=np.float64)
