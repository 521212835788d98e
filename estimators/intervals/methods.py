"""Confidence intervals: t, normal and logit. Pure functions of estimate, standard error and df."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["INTERVALS", "Interval", "logit_interval", "normal_interval", "t_interval"]

Interval: TypeAlias = Callable[[float, float, float, float], tuple[float, float]]


def t_interval(estimate: float, se: float, df: float, confidence_level: float) -> tuple[float, float]:
    """Student t interval: estimate -+ t_{df, 1 - alpha/2} se.

    Parameters
    ----------
    estimate, se : float
        Estimate and its standard error, in the same unit; se >= 0.
    df : float
        Degrees of freedom, above 0.
    confidence_level : float
        1 - alpha, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper limit.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 2.11.

    Examples
    --------
    >>> [round(limit, 3) for limit in t_interval(10.0, 1.0, 5, 0.95)]
    [7.429, 12.571]
    """
    from scipy.special import stdtrit

    half = float(stdtrit(df, 0.5 + confidence_level / 2.0)) * se
    return estimate - half, estimate + half


def normal_interval(estimate: float, se: float, df: float, confidence_level: float) -> tuple[float, float]:  # noqa: ARG001  one signature for all
    """Normal interval: estimate -+ z_{1 - alpha/2} se. Too short with few cities; for comparison.

    Parameters
    ----------
    estimate, se, df, confidence_level : float
        As in :func:`t_interval`; df is not used.

    Returns
    -------
    tuple of float
        Lower and upper limit.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 2.11.

    Examples
    --------
    >>> [round(limit, 3) for limit in normal_interval(10.0, 1.0, 5, 0.95)]
    [8.04, 11.96]
    """
    from scipy.special import ndtri

    half = float(ndtri(0.5 + confidence_level / 2.0)) * se
    return estimate - half, estimate + half


def logit_interval(estimate: float, se: float, df: float, confidence_level: float) -> tuple[float, float]:
    """Logit interval for a share: a t interval of log(p / (1 - p)), turned back. Stays in (0, 1).

    Parameters
    ----------
    estimate : float
        Share p, between 0 and 1.
    se, df, confidence_level : float
        As in :func:`t_interval`.

    Returns
    -------
    tuple of float
        Lower and upper limit; NaN if p is not above 0 and below 1.

    Notes
    -----
    The standard error of the logit is se / (p (1 - p)).

    References
    ----------
    Korn, E. L., Graubard, B. I. (1999). Analysis of Health Surveys, Wiley.

    Examples
    --------
    >>> [round(limit, 3) for limit in logit_interval(0.9, 0.05, 10, 0.95)]
    [0.723, 0.969]
    """
    if not 0.0 < estimate < 1.0:
        return math.nan, math.nan
    centre = math.log(estimate / (1.0 - estimate))
    low, high = t_interval(centre, se / (estimate * (1.0 - estimate)), df, confidence_level)
    return _expit(low), _expit(high)


def _expit(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    power = math.exp(x)
    return power / (1.0 + power)


INTERVALS: dict[str, Interval] = {"t": t_interval, "normal": normal_interval, "logit": logit_interval}
"""The interval methods by name."""
