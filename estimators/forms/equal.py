"""Variance forms for equal probabilities, and for draws with replacement."""

from __future__ import annotations

import numpy as np

from citysample.estimators.forms.algebra import scatter
from citysample.reference_frames.columns import FloatArray

__all__ = ["srs", "with_replacement"]


def srs(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Simple random sampling without replacement, with finite population correction.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables z-check_k = w_k z_k of the m >= 2 PSUs.
    pi : array (m,)
        m / M for each PSU; M is the number of PSUs of the population of the stratum.

    Returns
    -------
    array (q, q)
        (1 - f) m/(m - 1) sum_k (z-check_k - mean)(z-check_k - mean)', f = m/M.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 3.3.

    Examples
    --------
    >>> srs(np.array([[2.0], [6.0]]), np.array([0.5, 0.5])).tolist()
    [[8.0]]
    """
    return (1.0 - float(pi[0])) * with_replacement(expanded, pi)


def with_replacement(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Sampling with replacement: no finite population correction.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Not used.

    Returns
    -------
    array (q, q)
        m/(m - 1) sum_k (z-check_k - mean)(z-check_k - mean)'.

    References
    ----------
    Hansen, M. H., Hurwitz, W. N. (1943). Ann. Math. Statist. 14, 333-362.

    Examples
    --------
    >>> with_replacement(np.array([[2.0], [6.0]]), np.array([0.5, 0.5])).tolist()
    [[16.0]]
    """
    m = pi.size
    return m / (m - 1.0) * scatter(expanded, np.ones(m), expanded.mean(axis=0))
