"""Quantiles of the cities' values, for several domains or replicates at once.

Pure functions of values and weights: one column of weights for each domain, zero outside it.
Intervals and standard errors: ``estimators/woodruff.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from citysample.errors import EstimateError, did_you_mean
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["QUANTILE_RULES", "Ranking", "invert", "rank", "weighted_quantile"]

TIE = 1e-10
"""The distribution function reaches p if it is not further below: sums of weights have rounding errors."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Values in ascending order with the distribution function of each domain.

    Parameters
    ----------
    values : array (n,)
        Ascending.
    weights : array (D, n)
        Weights in this order; zero outside the domain.
    used : array (D, n) of bool
        True where the weight is not zero.
    share : array (D, n)
        F-hat, the cumulated weights over their sum.
    absent : array (D,) of bool
        True if the domain has no quantile: no city, or one without a value.
    """

    values: FloatArray
    weights: FloatArray
    used: BoolArray
    share: FloatArray
    absent: BoolArray


QuantileRule: TypeAlias = Callable[[Ranking, FloatArray], FloatArray]


def rank(values: FloatArray, weights: FloatArray) -> Ranking:
    """Sort the cities once for all domains.

    Parameters
    ----------
    values : array (n,)
        Values y_k; what stands where all weights are zero is not used.
    weights : array (n,) or (n, D)
        Weights w_k, zero outside the domain. Replicate weights may be negative.

    Returns
    -------
    Ranking

    Notes
    -----
    Equal values stand in the order of their largest weight over the domains, so that no result
    depends on the order of the rows.
    """
    columns = weights if weights.ndim == 2 else weights[:, None]
    if len(values) == 0:
        values, columns = np.zeros(1), np.zeros((1, columns.shape[1]))
    order = np.argsort(values, kind="stable")
    if (values[order[1:]] == values[order[:-1]]).any():
        order = np.lexsort((columns.max(axis=1), values))
    ascending = values[order]
    ordered = np.ascontiguousarray(columns[order].T, dtype=np.float64)
    cumulated = ordered.cumsum(axis=1)
    total = cumulated[:, -1]
    absent = ~(total > 0.0)
    used = ordered != 0.0
    if np.isnan(ascending[-1]):
        absent |= (used & np.isnan(ascending)).any(axis=1)
    cumulated /= np.where(total > 0.0, total, 1.0)[:, None]
    return Ranking(ascending, ordered, used, cumulated, absent)


def weighted_quantile(
    values: FloatArray, weights: FloatArray, p: float | FloatArray, rule: str = "math"
) -> FloatArray:
    """Quantiles of the cities' values in several domains.

    Parameters
    ----------
    values : array (n,)
        Values y_k.
    weights : array (n,) or (n, D)
        Weights w_k, zero outside the domain.
    p : float or array (D,)
        Above 0 and below 1; 0.5 is the median.
    rule : str
        A key of ``QUANTILE_RULES``.

    Returns
    -------
    array (D,)
        In the unit of the values; NaN for a domain without cities. D = 1 for weights (n,).

    Raises
    ------
    EstimateError
        ``ESTIMATE-CHOICE-UNKNOWN``: unknown rule, or p is not between 0 and 1.

    Notes
    -----
    F-hat(x) = sum of w_k over y_k <= x, divided by the sum of w_k. The rules:

    - ``math``: the smallest value of a city at which F-hat reaches p. R: ``"math"`` = ``"hf1"``.
    - ``school``: the same, but the mean of this value and the next one where F-hat = p, so that
      the median of 1, 2, 3, 4 is 2.5. R: ``"school"`` = ``"hf2"``.
    - ``hf4`` to ``hf9``: linear between the values, at the positions
      (C_k - a w_k) / (C_n + b w_n), with C_k the cumulated weights in ascending order; (a, b) is
      (0, 0), (1/2, 0), (0, 1), (1, -1), (1/3, 1/3), (3/8, 1/4). Outside the positions the smallest
      or largest value. For equal weights these are the types of Hyndman and Fan.

    With ``math`` a city of weight 2 counts as two cities of weight 1; with ``hf5`` to ``hf9`` not.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. Amer. Statist. 50, 361-365.
    Lumley, T., R survey 4.1-1 (2021), vignette "Estimating quantiles", for the weights.

    Examples
    --------
    >>> values, weights = np.array([4.0, 1.0, 3.0, 2.0]), np.ones(4)
    >>> [float(weighted_quantile(values, weights, 0.5, rule)[0]) for rule in ("math", "school", "hf6")]
    [2.0, 2.5, 2.5]
    """
    if rule not in QUANTILE_RULES:
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no quantile rule '{rule}'.",
            where="rule",
            remedy=did_you_mean(rule, QUANTILE_RULES),
        )
    chances = np.asarray(p, dtype=np.float64)
    if not ((chances > 0.0) & (chances < 1.0)).all():
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            "A quantile needs a p between 0 and 1.",
            where="p",
            got=repr(p),
            expected="a number above 0 and below 1, such as 0.5",
            remedy="Divide per cent by 100. For the extremes name the cities.",
        )
    return invert(rank(values, weights), chances, rule)


def invert(ranking: Ranking, p: float | FloatArray, rule: str) -> FloatArray:
    """The values at which F-hat reaches p, by a rule.

    Parameters
    ----------
    ranking : Ranking
        From :func:`rank`.
    p : float or array (D,)
        From 0 to 1, both included.
    rule : str
        A key of ``QUANTILE_RULES``.

    Returns
    -------
    array (D,)
        NaN where the domain has no quantile, or p is NaN.
    """
    chances = np.broadcast_to(np.asarray(p, dtype=np.float64), ranking.absent.shape)
    found = QUANTILE_RULES[rule](ranking, chances)
    return np.where(ranking.absent | np.isnan(chances), np.nan, found)


def _math(ranking: Ranking, p: FloatArray) -> FloatArray:
    return ranking.values[_reached(ranking, p)]


def _school(ranking: Ranking, p: FloatArray) -> FloatArray:
    position = _reached(ranking, p)
    above = ranking.used & (ranking.share > p[:, None] + TIE)
    level = ranking.share[np.arange(len(p)), position] <= p + TIE
    following = np.where(level & above.any(axis=1), _first(above), position)
    return (ranking.values[position] + ranking.values[following]) / 2.0


def _reached(ranking: Ranking, p: FloatArray) -> IntArray:
    return _first(ranking.used & (ranking.share >= p[:, None] - TIE))


def _linear(a: float, b: float) -> QuantileRule:
    """The rule that is linear between the positions (C_k - a w_k) / (C_n + b w_n)."""

    def rule(ranking: Ranking, p: FloatArray) -> FloatArray:
        rows = np.arange(len(p))
        smallest, largest = _first(ranking.used), _last(ranking.used)
        total = ranking.weights.sum(axis=1)
        whole = total + b * ranking.weights[rows, largest]
        scale = np.where(whole > 0.0, whole, 1.0)[:, None]
        positions = (ranking.share * total[:, None] - a * ranking.weights) / scale
        reached = positions <= p[:, None] + TIE
        below, above = ranking.used & reached, ranking.used & ~reached
        i = np.where(below.any(axis=1), _last(below), smallest)
        j = np.where(above.any(axis=1), _first(above), largest)
        start, stop = positions[rows, i], positions[rows, j]
        between = (p - start > TIE) & (stop > start)
        part = np.where(between, p - start, 0.0) / np.where(between, stop - start, 1.0)
        low, high = ranking.values[i], ranking.values[j]
        return low + np.minimum(part, 1.0) * (high - low)

    return rule


QUANTILE_RULES: dict[str, QuantileRule] = {
    "math": _math,
    "school": _school,
    "hf4": _linear(0.0, 0.0),
    "hf5": _linear(0.5, 0.0),
    "hf6": _linear(0.0, 1.0),
    "hf7": _linear(1.0, -1.0),
    "hf8": _linear(1.0 / 3.0, 1.0 / 3.0),
    "hf9": _linear(0.375, 0.25),
}
"""Which value is the quantile, by name; see :func:`weighted_quantile`."""


def _first(mask: BoolArray) -> IntArray:
    """Position of the first True of each row; 0 if there is none."""
    return np.asarray(mask.argmax(axis=1), dtype=np.int64)


def _last(mask: BoolArray) -> IntArray:
    """Position of the last True of each row; the last position if there is none."""
    return np.asarray(mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1), dtype=np.int64)
