"""Intervals for shares, which stay between 0 and 1: logit, Wilson, Korn-Graubard."""

from __future__ import annotations

import numpy as np

from citysample.estimators.intervals.symmetric import Numbers, t_quantile
from citysample.reference_frames.columns import FloatArray

__all__ = ["beta_interval", "effective_size", "logit_interval", "wilson_interval"]

ROUNDING = 1e-12
"""A share so near to 0 or 1, or a standard error so near to 0, is there but for rounding."""


def logit_interval(
    estimate: Numbers, se: Numbers, df: Numbers, confidence_level: float
) -> tuple[FloatArray, FloatArray]:
    """Logit interval for a share: a t interval of log(p / (1 - p)), turned back. Stays in (0, 1).

    Parameters
    ----------
    estimate : array (q,)
        Shares p, between 0 and 1.
    se, df, confidence_level : array (q,), float
        As in :func:`t_interval`.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits; NaN where p is not above 0 and below 1, or df not above 0.

    Notes
    -----
    The standard error of the logit is se / (p (1 - p)).

    References
    ----------
    Korn, E. L., Graubard, B. I. (1999). Analysis of Health Surveys, Wiley.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in logit_interval(0.9, 0.05, 10, 0.95)]
    [0.723, 0.969]
    """
    from scipy.special import expit, logit

    p = np.asarray(estimate, dtype=np.float64)
    p = np.where((p > 0.0) & (p < 1.0), p, np.nan)
    half = t_quantile(df, confidence_level) * se / (p * (1.0 - p))
    centre = logit(p)
    return expit(centre - half), expit(centre + half)


def effective_size(estimate: Numbers, se: Numbers, n: Numbers) -> FloatArray:
    """Effective sample size of a share: of how many cities, drawn with replacement, p has this variance.

    Parameters
    ----------
    estimate, se : array (q,)
        Shares p between 0 and 1, and their standard errors.
    n : array (q,)
        Sampled cities of the domain.

    Returns
    -------
    array (q,)
        p (1 - p) / se^2; n where p is 0 or 1, or se is 0: the sampled cities are alike there, and
        the variance tells nothing. NaN where there is no se.

    References
    ----------
    Korn, E. L., Graubard, B. I. (1998). Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data. Survey Methodology 24, 193-201.

    Examples
    --------
    >>> effective_size(np.array([0.5, 1.0]), np.array([0.1, 0.0]), np.array([30, 30])).round(6).tolist()
    [25.0, 30.0]
    """
    p, error = np.asarray(estimate, dtype=np.float64), np.asarray(se, dtype=np.float64)
    silent = (error <= ROUNDING) | (p <= ROUNDING) | (p >= 1.0 - ROUNDING)
    size = np.where(silent, n, p * (1.0 - p) / np.where(silent, 1.0, error) ** 2)
    return np.where(error >= 0.0, size, np.nan)


def wilson_interval(
    estimate: Numbers,
    se: Numbers,
    df: Numbers,
    confidence_level: float,
    n: Numbers,
) -> tuple[FloatArray, FloatArray]:
    """Wilson's score interval for a share. Stays in [0, 1], and exists where p is 0 or 1.

    Parameters
    ----------
    estimate, se, df, confidence_level : array (q,), float
        As in :func:`logit_interval`.
    n : array (q,)
        Sampled cities of the domain, used where p is 0 or 1 or se is 0; see :func:`effective_size`.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits; NaN where p is not from 0 to 1, or df not above 0.

    Notes
    -----
    The p_0 with (p - p_0)^2 <= t^2 p_0 (1 - p_0) / n_eff, n_eff being the effective sample size:
    (p + t^2 / (2 n_eff) -+ t sqrt(p (1 - p) / n_eff + t^2 / (4 n_eff^2))) / (1 + t^2 / n_eff).

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    J. Amer. Statist. Assoc. 22, 209-212. With the effective sample size: Franco, C., Little,
    R. J. A., Louis, T. A., Slud, E. V. (2019). Comparative study of confidence intervals for
    proportions in complex sample surveys. J. Survey Statist. Methodology 7, 334-364.

    Examples
    --------
    >>> lower, upper = wilson_interval(np.array([0.9, 1.0]), np.array([0.05, 0.0]), 17, 0.95, 18)
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.747, 0.802], [0.965, 1.0])
    """
    p = _share(estimate)
    size = effective_size(p, se, n)
    t = t_quantile(df, confidence_level)
    ratio = t * t / size
    scale = 1.0 + ratio
    centre = (p + ratio / 2.0) / scale
    half = np.sqrt(ratio * (p * (1.0 - p) + ratio / 4.0)) / scale
    # At p = 0 and 1 the limit is p itself; rounding must not put it beside.
    lower = np.where(p == 0.0, 0.0 * half, centre - half)
    return lower, np.where(p == 1.0, 1.0 + 0.0 * half, centre + half)


def beta_interval(
    estimate: Numbers,
    se: Numbers,
    df: Numbers,
    confidence_level: float,
    n: Numbers,
) -> tuple[FloatArray, FloatArray]:
    """Interval of Korn and Graubard for a share of cities: Clopper-Pearson with an effective size.

    For shares of cities that are near 0 or 1, or of few cities. It is on the wide side. Not for
    shares of people or land: their effective size may be far above n, where it is capped.

    Parameters
    ----------
    estimate, se, df, confidence_level : array (q,), float
        As in :func:`logit_interval`.
    n : array (q,)
        Sampled cities of the domain.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits; NaN where p is not from 0 to 1, df not above 0 or n not above 1.

    Notes
    -----
    n* = min(n, n_eff (t_{n-1} / t_df)^2), n_eff from :func:`effective_size`. With x = n* p, the limits
    are the quantile alpha/2 of Beta(x, n* - x + 1) and 1 - alpha/2 of Beta(x + 1, n* - x). The factor
    makes up for a variance that is estimated with few degrees of freedom. R survey has no cap, and
    no limits at p = 0 and 1.

    References
    ----------
    Korn, E. L., Graubard, B. I. (1998). Survey Methodology 24, 193-201. Parker, J. D., Talih, M.,
    Malec, D. J., et al. (2017). National Center for Health Statistics data presentation standards
    for proportions. Vital and Health Statistics 2(175): the cap.

    Examples
    --------
    >>> lower, upper = beta_interval(np.array([0.9, 1.0]), np.array([0.08, 0.0]), 14, 0.95, 18)
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.619, 0.809], [0.994, 1.0])
    """
    from scipy.special import betaincinv

    p, n = _share(estimate), np.asarray(n, dtype=np.float64)
    adjustment = t_quantile(n - 1.0, confidence_level) / t_quantile(df, confidence_level)
    size = np.minimum(n, effective_size(p, se, n) * adjustment**2)
    x, rest = size * p, size * (1.0 - p)
    tail = (1.0 - confidence_level) / 2.0
    lower, upper = betaincinv(x, rest + 1.0, tail), betaincinv(x + 1.0, rest, 1.0 - tail)
    return np.where(x == 0.0, 0.0, lower), np.where(rest == 0.0, 1.0, upper)


def _share(estimate: Numbers) -> FloatArray:
    """Shares, exactly 0 or 1 where they differ from it by rounding; NaN where they are no shares."""
    p = np.asarray(estimate, dtype=np.float64)
    p = np.where(np.abs(p) <= ROUNDING, 0.0, np.where(np.abs(1.0 - p) <= ROUNDING, 1.0, p))
    return np.where((p >= 0.0) & (p <= 1.0), p, np.nan)
