"""Variance quadratic forms, one stratum at a time.

Each form takes the expanded variables of the m PSUs of a stratum that are not certain, and their
inclusion probabilities, and returns the estimated covariance matrix of the stratum totals. All
forms here are sum_k c_k (z-check_k - B)(z-check_k - B)', with their own c_k and centre B.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["FORMS", "QuadraticForm", "deville", "hajek", "srs", "with_replacement"]

QuadraticForm: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]


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
    m = pi.size
    fraction = float(pi[0])
    return (1.0 - fraction) * m / (m - 1.0) * _scatter(expanded, np.ones(m), expanded.mean(axis=0))


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
    """
    m = pi.size
    return m / (m - 1.0) * _scatter(expanded, np.ones(m), expanded.mean(axis=0))


def hajek(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Hajek's approximation for fixed-size sampling with unequal probabilities.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.

    Returns
    -------
    array (q, q)
        sum_k c_k (z-check_k - B)(z-check_k - B)', c_k = (1 - pi_k) m/(m - 1) and
        B = sum c_k z-check_k / sum c_k.

    References
    ----------
    Hajek, J. (1964). Ann. Math. Statist. 35, 1491-1523. Matei, A., Tille, Y. (2005). Evaluation of
    variance approximations and estimators in maximum entropy sampling with unequal probability
    and fixed sample size. J. Off. Statist. 21, 543-570.
    """
    m = pi.size
    return _weighted_scatter(expanded, (1.0 - pi) * m / (m - 1.0))


def deville(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Deville's approximation for fixed-size sampling with unequal probabilities.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.

    Returns
    -------
    array (q, q)
        As for Hajek, with c_k = (1 - pi_k) / (1 - sum_l a_l^2), a_k = (1 - pi_k) / sum_l (1 - pi_l).
        Equal to the srs form where all pi_k are equal.

    References
    ----------
    Deville, J.-C. (1993). Estimation de la variance pour les enquetes en deux phases. INSEE.
    Matei and Tille (2005), as above.
    """
    chance = 1.0 - pi
    share = chance / chance.sum()
    return _weighted_scatter(expanded, chance / (1.0 - (share**2).sum()))


FORMS: dict[str, QuadraticForm] = {
    "srs": srs,
    "hajek": hajek,
    "deville": deville,
    "with_replacement": with_replacement,
}
"""The variance forms by name."""


def _weighted_scatter(expanded: FloatArray, c: FloatArray) -> FloatArray:
    return _scatter(expanded, c, c @ expanded / c.sum())


def _scatter(expanded: FloatArray, c: FloatArray, centre: FloatArray) -> FloatArray:
    """sum_k c_k (z-check_k - B)(z-check_k - B)', shape (q, q)."""
    deviation = expanded - centre
    return np.asarray((deviation * c[:, None]).T @ deviation, dtype=np.float64)
