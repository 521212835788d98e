"""Intervals for any figure: Student t and normal, the estimate in the middle."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["Numbers", "normal_interval", "t_interval", "t_quantile"]

Numbers: TypeAlias = FloatArray | float
"""Numbers of q estimates, array (q,); one number stands for all."""


def t_quantile(df: Numbers, confidence_level: float) -> FloatArray:
    """Quantile t_{df, 1 - alpha/2} of Student's distribution: how many standard errors to each side.

    Parameters
    ----------
    df : array (q,)
        Degrees of freedom; infinity gives the normal quantile.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    array (q,)
        NaN where df is not above 0.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika 6, 1-25.

    Examples
    --------
    >>> t_quantile(np.array([5.0, np.inf, 0.0]), 0.95).round(3).tolist()
    [2.571, 1.96, nan]
    """
    from scipy.special import stdtrit

    # Domains share their df, and a quantile costs much more than a look-up.
    different, which = np.unique(np.asarray(df, dtype=np.float64), return_inverse=True)
    return np.asarray(stdtrit(different, 0.5 + confidence_level / 2.0)[which], dtype=np.float64)


def t_interval(
    estimate: Numbers, se: Numbers, df: Numbers, confidence_level: float
) -> tuple[FloatArray, FloatArray]:
    """Student t interval: estimate -+ t_{df, 1 - alpha/2} se. For totals, means and all else.

    Parameters
    ----------
    estimate, se : array (q,)
        Estimates and their standard errors, in the same unit; se >= 0.
    df : array (q,)
        Degrees of freedom.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits; NaN where df is not above 0.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 2.11.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in t_interval(10.0, 1.0, 5, 0.95)]
    [7.429, 12.571]
    """
    half = t_quantile(df, confidence_level) * se
    return estimate - half, estimate + half


def normal_interval(
    estimate: Numbers, se: Numbers, df: Numbers, confidence_level: float
) -> tuple[FloatArray, FloatArray]:
    """Normal interval: estimate -+ z_{1 - alpha/2} se. Too short with few cities; for comparison.

    Parameters
    ----------
    estimate, se, df, confidence_level : array (q,), float
        As in :func:`t_interval`; df only tells where there is a variance estimate at all.

    Returns
    -------
    tuple of array (q,)
        Lower and upper limits; NaN where df is not above 0.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 2.11.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in normal_interval(10.0, 1.0, 5, 0.95)]
    [8.04, 11.96]
    """
    from scipy.special import ndtri

    quantile = float(ndtri(0.5 + confidence_level / 2.0))
    half = np.where(np.greater(df, 0.0), quantile, np.nan) * se
    return estimate - half, estimate + half
