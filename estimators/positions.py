"""Quantiles of a column in each domain, with what their interval and their covariances need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysample.estimators.functions.term import QuantileLeaf
from citysample.estimators.quantiles import Ranking, invert, rank
from citysample.estimators.woodruff import (
    ROUNDING,
    WoodruffInterval,
    distribution_scores,
    quantile_influence,
    woodruff_interval,
)
from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["Positions", "positions_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Estimated quantiles of a column in D domains.

    Parameters
    ----------
    leaf : QuantileLeaf
        Which quantile, by which rule.
    ranking : Ranking
        The cities of each domain in the order of their values.
    value : array (D,)
        The quantiles; NaN where there is none.
    share, se_share : array (D,)
        The estimated distribution function at the quantiles, and its standard error.
    influence : array (n, D)
        Linearised variables of the quantiles; zero outside the domain.
    """

    leaf: QuantileLeaf
    ranking: Ranking
    value: FloatArray
    share: FloatArray
    se_share: FloatArray
    influence: FloatArray

    @property
    def alike(self) -> BoolArray:
        """True where the distribution function has no variance and tells no standard error, shape (D,)."""
        return self.se_share <= ROUNDING

    def interval(self, df: FloatArray, confidence_level: float) -> WoodruffInterval:
        """Woodruff's interval in each domain."""
        return woodruff_interval(
            self.ranking, self.leaf.p, self.leaf.rule, self.share, self.se_share, df, confidence_level
        )


def positions_of(
    leaf: QuantileLeaf,
    values: FloatArray,
    weights: FloatArray,
    masks: BoolArray,
    df: FloatArray,
    variance: Callable[[FloatArray], FloatArray],
) -> Positions:
    """Estimate a quantile in each domain.

    Parameters
    ----------
    leaf : QuantileLeaf
        Which quantile.
    values : array (n,)
        The column.
    weights : array (n,)
        Weights w_k.
    masks : array (n, D) of bool
        True for the units of each domain.
    df : array (D,)
        Degrees of freedom.
    variance : callable
        Takes the linearised variables (n, D) of the distribution functions, gives their covariance matrix.
    """
    inside = weights[:, None] * masks
    ranking = rank(values, inside)
    found = invert(ranking, leaf.p, leaf.rule)
    share, scores = distribution_scores(values, inside, found)
    se_share = np.sqrt(np.clip(np.diag(variance(scores)), 0.0, None))
    influence = quantile_influence(ranking, leaf.rule, share, se_share, df, scores)
    return Positions(leaf, ranking, found, share, se_share, influence)
