"""Interval and linearised variable of quantiles after Woodruff (1952), for several domains at once.

Pure functions. The steps, with V the variance of a total by the design's form:

1. ``ranking = rank(values, weights)``, ``q = invert(ranking, p, rule)``;
2. ``share, scores = distribution_scores(values, weights, q)``, ``se_share = sqrt(V(scores))``;
3. ``woodruff_interval(ranking, p, rule, share, se_share, df, confidence_level)``: the limits;
4. ``quantile_influence(ranking, rule, share, se_share, df, scores)``: z_k; V(z) is the variance of q.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from citysample.estimators.intervals.shares import beta_interval, effective_size, logit_interval
from citysample.estimators.intervals.symmetric import t_interval, t_quantile
from citysample.estimators.quantiles import Ranking, invert
from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = [
    "ROUNDING",
    "WOODRUFF_LIMITS",
    "WoodruffInterval",
    "distribution_scores",
    "quantile_influence",
    "woodruff_interval",
]

SE_LEVEL = 0.95
"""Level of the interval that the standard error comes from, whatever level is asked for."""

ROUNDING = 1e-12
"""A standard error of F-hat below this is zero but for rounding."""

Limits: TypeAlias = Callable[
    [FloatArray, FloatArray, FloatArray, float, FloatArray], tuple[FloatArray, FloatArray]
]


@dataclass(frozen=True, slots=True, eq=False)
class WoodruffInterval:
    """Confidence limits of a quantile in D domains.

    Parameters
    ----------
    lower, upper : array (D,)
        In the unit of the values; NaN where there is no interval.
    cut_lower, cut_upper : array (D,) of bool
        True where no sampled value bounds the quantile at this level. The limit is then the
        smallest or largest sampled value, and the interval is too short on this side.
    edge : array (D,) of bool
        True where the standard error of F-hat(q) is 0: no city drawn by chance lies above the
        quantile, or each stratum lies on one side of it. It says nothing then, and the quantile has
        no standard error, unless all cities of the domain are in the sample with certainty.
    """

    lower: FloatArray
    upper: FloatArray
    cut_lower: BoolArray
    cut_upper: BoolArray
    edge: BoolArray


def distribution_scores(
    values: FloatArray, weights: FloatArray, quantiles: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The distribution function at the quantiles, and its linearised variable.

    Parameters
    ----------
    values : array (n,)
        Values y_k.
    weights : array (n,) or (n, D)
        Weights w_k, zero outside the domain.
    quantiles : array (D,)
        Estimated quantiles.

    Returns
    -------
    share : array (D,)
        F-hat(q), from 0 to 1; NaN where there is no quantile.
    scores : array (n, D)
        z_Fk = (1{y_k <= q} - F-hat(q)) / N-hat, zero outside the domain and where there is no
        quantile. The variance of its total is that of F-hat(q).

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 5.11.

    Examples
    --------
    >>> share, scores = distribution_scores(np.array([1.0, 2.0, 3.0]), np.ones(3), np.array([1.0]))
    >>> share.round(3).tolist(), scores[:, 0].round(3).tolist()
    ([0.333], [0.222, -0.111, -0.111])
    """
    columns = weights if weights.ndim == 2 else weights[:, None]
    below = values[:, None] <= quantiles
    size = columns.sum(axis=0)
    known = ~np.isnan(quantiles) & (size > 0.0)
    size = np.where(known, size, 1.0)
    # The same sum as that of the sizes, so that the share is exactly 1 at the largest value.
    share = (columns * below).sum(axis=0) / size
    scores = np.where(known & (columns != 0.0), (below - share) / size, 0.0)
    return np.where(known, share, np.nan), scores


def woodruff_interval(
    ranking: Ranking,
    p: float | FloatArray,
    rule: str,
    share: FloatArray,
    se_share: FloatArray,
    df: FloatArray,
    confidence_level: float,
    limits: str = "mean",
) -> WoodruffInterval:
    """Woodruff's interval: limits for F(q), turned into values of cities by the same rule.

    Parameters
    ----------
    ranking : Ranking
        From :func:`rank`.
    p : float or array (D,)
        Which quantile.
    rule : str
        A key of ``QUANTILE_RULES``.
    share, se_share : array (D,)
        F-hat(q) from :func:`distribution_scores`, and its standard error by the design.
    df : array (D,)
        Degrees of freedom.
    confidence_level : float
        1 - alpha, between 0 and 1.
    limits : str
        Interval for F(q), a key of ``WOODRUFF_LIMITS``: ``mean`` (F-hat -+ t se, as published),
        ``xlogit`` (on the logit scale) or ``beta`` (Korn and Graubard).

    Returns
    -------
    WoodruffInterval
        NaN limits where df = 0 or the domain has no quantile.

    Notes
    -----
    A limit for F(q) beyond 0 or 1 bounds nothing. Nor does any value if all of m cities drawn by
    chance may lie on one side of the quantile: p^m > alpha / 2 above, (1 - p)^m > alpha / 2 below,
    with the effective number m = F-hat (1 - F-hat) / se^2. The interval is then cut at the smallest
    or largest sampled value, and flagged: the limit is finite, and its true place is beyond. With 18
    cities this is so at p = 0.9. Where the standard error is 0, the limits are those of
    ``beta`` with the number of sampled cities.

    References
    ----------
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. J. Amer.
    Statist. Assoc. 47, 635-646. Korn, E. L., Graubard, B. I. (1998). Confidence intervals for
    proportions with small expected number of positive counts. Survey Methodology 24, 193-201.

    Examples
    --------
    >>> from citysample.estimators.quantiles import rank
    >>> values, weights, p = np.arange(1.0, 101.0), np.ones(100), 0.5
    >>> share, scores = distribution_scores(values, weights, np.array([50.0]))
    >>> found = woodruff_interval(
    ...     rank(values, weights), p, "math", share, np.array([0.05]), np.array([99.0]), 0.95
    ... )
    >>> found.lower.tolist(), found.upper.tolist(), found.cut_upper.tolist()
    ([41.0], [60.0], [False])
    """
    n = ranking.used.sum(axis=1).astype(np.float64)
    edge = se_share <= ROUNDING
    low, high = WOODRUFF_LIMITS[limits](share, se_share, df, confidence_level, n)
    if edge.any():
        at_edge = beta_interval(share, se_share, df, confidence_level, n)
        low, high = np.where(edge, at_edge[0], low), np.where(edge, at_edge[1], high)
    tail, cities = (1.0 - confidence_level) / 2.0, effective_size(share, se_share, n)
    known, p = ~np.isnan(high), np.asarray(p)
    cut_lower = known & ((low <= 0.0) | ((1.0 - p) ** cities > tail))
    cut_upper = known & ((high >= 1.0) | (p**cities > tail))
    low, high = np.where(cut_lower, 0.0, low), np.where(cut_upper, 1.0, high)
    return WoodruffInterval(
        invert(ranking, low, rule), invert(ranking, high, rule), cut_lower, cut_upper, edge
    )


def quantile_influence(
    ranking: Ranking,
    rule: str,
    share: FloatArray,
    se_share: FloatArray,
    df: FloatArray,
    scores: FloatArray,
) -> FloatArray:
    """The linearised variable of quantiles, for their standard errors and covariances.

    Parameters
    ----------
    ranking, rule, share, se_share, df
        As in :func:`woodruff_interval`.
    scores : array (n, D)
        z_Fk from :func:`distribution_scores`.

    Returns
    -------
    array (n, D)
        z_k = -c z_Fk, in the unit of the values; zero where se_share is 0 (see ``edge`` of
        :class:`WoodruffInterval`: this is no standard error).

    Notes
    -----
    c = (U - L) / (F_U - F_L) is the inverse of the density at the quantile: F_L, F_U are
    F-hat -+ t se_F at the level 0.95, no further than 0 and 1, and L, U the values at these
    points by the rule. So the standard error c se_F is (U - L) / (2 t) unless a limit is cut,
    when the slope is taken over the range that the sample covers. It is the same for all
    confidence levels and kinds of limits. With df = 0, t is that of the normal distribution.

    References
    ----------
    Woodruff (1952). Francisco, C. A., Fuller, W. A. (1991). Quantile estimation with a complex
    survey design. Annals of Statistics 19, 454-469.

    Examples
    --------
    >>> from citysample.estimators.quantiles import rank
    >>> values, weights = np.arange(1.0, 101.0), np.ones(100)
    >>> share, scores = distribution_scores(values, weights, np.array([50.0]))
    >>> se_share, df = np.array([0.05]), np.array([99.0])
    >>> z = quantile_influence(rank(values, weights), "math", share, se_share, df, scores)
    >>> z[[0, 99], 0].round(3).tolist()
    [-0.479, 0.479]
    """
    sound = se_share > ROUNDING
    degrees = np.where(df > 0.0, df, np.inf)
    half = t_quantile(degrees, SE_LEVEL) * se_share
    low, high = np.maximum(share - half, 0.0), np.minimum(share + half, 1.0)
    length = invert(ranking, high, rule) - invert(ranking, low, rule)
    inverse_density = np.where(sound, length, 0.0) / np.where(sound, high - low, 1.0)
    return -inverse_density * scores


def _mean_limits(
    share: FloatArray,
    se: FloatArray,
    df: FloatArray,
    confidence_level: float,
    n: FloatArray,  # noqa: ARG001  one signature for all
) -> tuple[FloatArray, FloatArray]:
    return t_interval(share, se, df, confidence_level)


def _logit_limits(
    share: FloatArray,
    se: FloatArray,
    df: FloatArray,
    confidence_level: float,
    n: FloatArray,  # noqa: ARG001  one signature for all
) -> tuple[FloatArray, FloatArray]:
    return logit_interval(share, se, df, confidence_level)


WOODRUFF_LIMITS: dict[str, Limits] = {"mean": _mean_limits, "xlogit": _logit_limits, "beta": beta_interval}
"""Intervals for F(q), by the names of R survey."""
