"""Intervals from bootstrap replicates: percentile and studentised."""

from __future__ import annotations

import numpy as np

from citysample.estimators.intervals.symmetric import Numbers
from citysample.reference_frames.columns import FloatArray

__all__ = ["percentile_interval", "replicate_quantile", "studentised_interval"]


def replicate_quantile(replicates: FloatArray, probability: float) -> FloatArray:
    """Quantile of the replicates of each estimate.

    Parameters
    ----------
    replicates : array (R, q)
        R replicates of q estimates.
    probability : float
        Between 0 and 1.

    Returns
    -------
    array (q,)
        The value of rank (R + 1) probability, on the line between two neighbours if that is no
        whole number. NaN if the rank is below 1 or above R, or a replicate is NaN.

    References
    ----------
    Davison, A. C., Hinkley, D. V. (1997). Bootstrap Methods and their Application, Cambridge, ch. 5.
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. American Statistician
    50, 361-365: definition 6.

    Examples
    --------
    >>> replicate_quantile(np.arange(1.0, 100.0)[:, None], 0.025).tolist()
    [2.5]
    """
    R, q = replicates.shape
    # Steps such as 1000 * 0.025 must not miss their whole number by rounding.
    rank = round((R + 1) * probability, 9)
    if not 1.0 <= rank <= R:
        return np.full(q, np.nan)
    below = int(rank)
    above = min(below + 1, R)
    ordered = np.partition(replicates.T, (below - 1, above - 1), axis=1)
    low, high = ordered[:, below - 1], ordered[:, above - 1]
    with np.errstate(invalid="ignore"):
        value = low if rank == below else low + (rank - below) * (high - low)
    return np.where(np.isnan(replicates).any(axis=0), np.nan, value)


def percentile_interval(replicates: FloatArray, confidence_level: float) -> tuple[FloatArray, FloatArray]:
    """Percentile interval: the quantiles alpha/2 and 1 - alpha/2 of bootstrap replicates.

    For any figure, and for those that are not smooth. With few cities it is too short. Only for
    replicates that vary as the estimate does (bootstrap), not for the jackknife or for BRR.

    Parameters
    ----------
    replicates : array (R, q)
        R bootstrap replicates of q estimates.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits by :func:`replicate_quantile`; NaN with fewer than 2/alpha - 1
        replicates (39 for 95 per cent), or where a replicate is NaN.

    References
    ----------
    Efron, B., Tibshirani, R. J. (1993). An Introduction to the Bootstrap, Chapman and Hall, ch. 13.

    Examples
    --------
    >>> percentile_interval(np.arange(1.0, 1000.0)[:, None], 0.95)
    (array([25.]), array([975.]))
    """
    tail = (1.0 - confidence_level) / 2.0
    return replicate_quantile(replicates, tail), replicate_quantile(replicates, 1.0 - tail)


def studentised_interval(
    estimate: Numbers,
    se: Numbers,
    replicates: FloatArray,
    replicate_se: FloatArray,
    confidence_level: float,
) -> tuple[FloatArray, FloatArray]:
    """Studentised bootstrap interval (bootstrap t): the quantiles of t come from the replicates.

    Follows the skewness of the estimate, better than the percentile interval. It needs a standard
    error for each replicate.

    Parameters
    ----------
    estimate, se : array (q,)
        Estimates and their standard errors.
    replicates, replicate_se : array (R, q)
        R bootstrap replicates of q estimates, and their standard errors.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    tuple of array (q,)
        estimate - t*_{1 - alpha/2} se and estimate - t*_{alpha/2} se, with the quantiles of
        t*_r = (replicate_r - estimate) / replicate_se_r by :func:`replicate_quantile`. NaN as there,
        and where a limit is infinite, because too many replicates have a standard error of 0.

    References
    ----------
    Efron, B., Tibshirani, R. J. (1993). An Introduction to the Bootstrap, Chapman and Hall, sec. 12.5.

    Examples
    --------
    >>> t = np.linspace(-2.0, 2.0, 199)[:, None]
    >>> lower, upper = studentised_interval(np.array([10.0]), np.ones(1), 10.0 + t, np.ones((199, 1)), 0.9)
    >>> lower.round(6).tolist(), upper.round(6).tolist()
    ([8.181818], [11.818182])
    """
    value, error = np.asarray(estimate, dtype=np.float64), np.asarray(se, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (replicates - value) / replicate_se
        low, high = percentile_interval(t, confidence_level)
        lower, upper = value - high * error, value - low * error
    known = np.isfinite(lower) & np.isfinite(upper)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)
