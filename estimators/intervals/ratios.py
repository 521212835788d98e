"""Intervals for positive quantities, on the scale of logarithms, and for ratios by Fieller's theorem."""

from __future__ import annotations

import numpy as np

from citysample.estimators.intervals.symmetric import Numbers, t_quantile
from citysample.reference_frames.columns import FloatArray

__all__ = ["fieller_interval", "log_interval"]

ROUNDING = 1e-12
"""A sum of variances that is below zero by this part of its terms is zero."""


def log_interval(
    estimate: Numbers, se: Numbers, df: Numbers, confidence_level: float
) -> tuple[FloatArray, FloatArray]:
    """Interval for a quantity that is above 0: a t interval of its logarithm, turned back.

    For quantities with a long upper tail, such as a total of which a few large cities hold most. The
    lower limit is never below 0.

    Parameters
    ----------
    estimate, se, df, confidence_level : array (q,), float
        As in :func:`t_interval`.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits; NaN where the estimate or df is not above 0, or the upper limit is
        too large for a number.

    Notes
    -----
    estimate times exp(-+ t se / estimate); the standard error of the logarithm is se / estimate.

    References
    ----------
    Korn, E. L., Graubard, B. I. (1999). Analysis of Health Surveys, Wiley. Wolter, K. M. (2007).
    Introduction to Variance Estimation, 2nd ed., Springer, ch. 9 (transformations).

    Examples
    --------
    >>> [round(float(limit), 3) for limit in log_interval(10.0, 5.0, 10, 0.95)]
    [3.282, 30.467]
    """
    value = np.asarray(estimate, dtype=np.float64)
    value = np.where(value > 0.0, value, np.nan)
    with np.errstate(over="ignore"):
        factor = np.exp(t_quantile(df, confidence_level) * se / value)
        lower, upper = value / factor, value * factor
    known = np.isfinite(upper)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def fieller_interval(
    numerator: Numbers,
    denominator: Numbers,
    var_numerator: Numbers,
    var_denominator: Numbers,
    covariance: Numbers,
    df: Numbers,
    confidence_level: float,
) -> tuple[FloatArray, FloatArray]:
    """Fieller's interval for a ratio whose denominator is imprecise. Not symmetric around the ratio.

    Parameters
    ----------
    numerator, denominator : array (q,)
        Estimates of numerator and denominator of the outermost quotient.
    var_numerator, var_denominator, covariance : array (q,)
        Their estimated variances and covariance.
    df : array (q,)
        Degrees of freedom of the variances.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits. NaN where df is not above 0, where the covariance is more than the
        variances allow, and where the t interval of the denominator covers zero: the ratios that fit
        the data are then not bounded.

    Notes
    -----
    The limits are the two r with abs(numerator - r denominator) = t se(numerator - r denominator): the
    roots of (1 - g) r^2 - 2 (R - h) r + R^2 - f = 0, where R is the ratio and f, h, g are t^2 times
    variance of the numerator, covariance and variance of the denominator, over the denominator
    squared. They exist for g < 1.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation. J. Roy. Statist. Soc. B 16, 175-185.

    Examples
    --------
    >>> limits = fieller_interval(10.0, 5.0, 4.0, 1.0, 1.0, 20, 0.95)
    >>> [round(float(limit), 3) for limit in limits]
    [1.269, 3.153]
    """
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    t = t_quantile(df, confidence_level)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio, unit = top / bottom, (t / bottom) ** 2
        f, h, g = unit * var_numerator, unit * covariance, unit * var_denominator
        # The discriminant, written so that nothing cancels for small variances.
        under = f - 2.0 * ratio * h + g * ratio * ratio - (f * g - h * h)
        rounding = ROUNDING * (f + g * ratio * ratio)
        half = np.sqrt(np.where(np.abs(under) <= rounding, np.maximum(under, 0.0), under))
        scale = np.where(g < 1.0, 1.0 - g, np.nan)
        lower, upper = (ratio - h - half) / scale, (ratio - h + half) / scale
    known = np.isfinite(lower) & np.isfinite(upper)
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)
