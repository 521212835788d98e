"""What the interval methods need to know of the figures, computed when a method asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.functions.indicator import Indicator
from citysample.estimators.functions.term import Leaf, Term
from citysample.estimators.functions.totals import Proportion, Total
from citysample.estimators.influence import linearise
from citysample.estimators.intervals.exact import CityCounts
from citysample.estimators.intervals.methods import IntervalInput
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from citysample.estimators.domains import Domain
    from citysample.estimators.figures import Figures
    from citysample.estimators.functions.variables import Variables
    from citysample.estimators.positions import Positions
    from citysample.estimators.precision import DomainCounts
    from citysample.estimators.variances import Variances
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that one call knows of its figures; q = (number of indicators) x D.

    Parameters
    ----------
    survey : WeightedSample
        The sample.
    domains : sequence of Domain, length D
        The domains.
    masks : array (n, D) of bool
        Their units.
    counts : DomainCounts
        How many there are, and how many by chance.
    variables : Variables
        The variables of the call.
    variances : Variances
        The way to covariances.
    quantiles : mapping of Leaf to Positions
        The quantiles of the call.
    estimate, se, df : array (q,)
        Figures, indicator by indicator, domain by domain.
    confidence_level : float
        Between 0 and 1.
    """

    survey: WeightedSample
    domains: Sequence[Domain]
    masks: BoolArray
    counts: DomainCounts
    variables: Variables
    variances: Variances
    quantiles: Mapping[Leaf, Positions]
    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    confidence_level: float

    @property
    def D(self) -> int:
        """Number of domains."""
        return int(self.masks.shape[1])

    def standard(self, own: IntArray) -> IntervalInput:
        """What is known without looking at the indicator, for the figures in the rows ``own``.

        Where the sampled units are alike, an interval rests on how many were drawn by chance and apart:
        units of one cluster, or units that are certain, say nothing of those that were not drawn.
        """
        d, se = own % self.D, self.se[own]
        n = np.where(se > 0.0, self.counts.n[d], self.counts.n_random[d]).astype(np.float64)
        return IntervalInput(self.estimate[own], se, self.df[own], self.confidence_level, n=n)

    def input_for(self, needs: Sequence[str], part: Figures, own: IntArray) -> IntervalInput:
        """What a method takes, for the figures of one indicator in the rows ``own``."""
        known = self.standard(own)
        for finder in dict.fromkeys(FINDERS[name] for name in needs if name in FINDERS):
            known = replace(known, **finder(self, part, own % self.D))
        return known

    def woodruff(self, part: Figures, own: IntArray) -> tuple[FloatArray, FloatArray, list[str]]:
        """Woodruff's limits of a quantile, with a note where a limit is cut."""
        found = self.quantiles[part.leaves[0]].interval(
            self.df[own[0] - own[0] % self.D :][: self.D], self.confidence_level
        )
        d = own % self.D
        notes = [_cut_note(bool(found.cut_lower[i]), bool(found.cut_upper[i])) for i in d]
        return found.lower[d], found.upper[d], notes

    def covariance_of(self, parts: Sequence[Figures]) -> FloatArray:
        """Covariance matrix of other figures of the same sample."""
        return self.variances.covariance(parts, self.masks)


def _cut_note(lower: bool, upper: bool) -> str:
    if not (lower or upper):
        return ""
    sides = " and ".join(word for word, cut in (("lower", lower), ("upper", upper)) if cut)
    return f"{sides} limit cut at the most extreme sampled city: too few cities lie beyond"


def _quotient(evidence: Evidence, part: Figures, d: IntArray) -> dict[str, Any]:
    """Both sides of the outermost quotient, with variances and covariance."""
    sides = part.expression.quotient()
    if sides is None:
        return {}
    parts = []
    for side in sides:
        leaves = side.terms() or part.leaves[:1]
        variables = evidence.variables.of(leaves)
        found = linearise(
            side, leaves, variables, evidence.survey.weights, evidence.masks, evidence.quantiles
        )
        parts.append(
            replace(part, indicator=Indicator(side), leaves=leaves, variables=variables, found=found)
        )
    covariance = evidence.covariance_of(parts)
    other = d + evidence.D
    return {
        "numerator": parts[0].found.value[d],
        "denominator": parts[1].found.value[d],
        "var_numerator": covariance[d, d],
        "var_denominator": covariance[other, other],
        "covariance": covariance[d, other],
    }


def _counts(evidence: Evidence, part: Figures, d: IntArray) -> dict[str, Any]:
    """Cities with the attribute, drawn and listed, by stratum; for simple random samples only."""
    draw, survey = evidence.survey.draw, evidence.survey
    leaf, share = part.leaves[0], isinstance(part.expression, Proportion)
    flags = part.variables[:, 0]
    counted = isinstance(part.expression, (Proportion, Total)) and isinstance(leaf, Term)
    plain = draw.links is None and not draw.stages and draw.pi.size == draw.psu.size
    design = draw.method == "srs" and np.allclose(survey.weights * draw.row_pi(), 1.0, rtol=1e-9)
    if not (counted and plain and design and np.isin(flags, (0.0, 1.0)).all()):
        raise EstimateError(
            "ESTIMATE-INTERVAL-INVALID",
            "An exact interval is for counts and shares of cities in simple random samples.",
            where=f"estimate '{part.name}'",
            got=f"{part.expression}, drawn by '{draw.method}'",
            expected="proportion(flag), or total(flag) of a column of 0 and 1",
            remedy="Use interval = 'beta' for shares, 'log' or 't' for totals.",
        )
    stratum = np.where(draw.certainty, draw.stratum + len(draw.strata), draw.stratum)[draw.psu]
    codes, rows = np.unique(stratum, return_inverse=True)
    n = np.bincount(rows, minlength=codes.size)
    listed = np.rint(np.bincount(rows, weights=survey.weights, minlength=codes.size)).astype(np.int64)
    k = np.stack(
        [np.bincount(rows[mask], weights=flags[mask], minlength=codes.size) for mask in evidence.masks.T]
    )
    open_cities, scale = _open_cities(evidence, rows, n, listed, share, d)
    return {"counts": CityCounts(listed, n, np.rint(k[d]).astype(np.int64), scale, open_cities)}


def _open_cities(
    evidence: Evidence, rows: IntArray, n: IntArray, listed: IntArray, share: bool, d: IntArray
) -> tuple[IntArray | None, FloatArray]:
    """Unsampled cities of each stratum that may count, and the factor that makes a share of a count.

    A domain must be a union of strata: then its number of cities is known.
    """
    inside = np.stack([np.bincount(rows, weights=mask, minlength=n.size) for mask in evidence.masks.T])[d]
    whole = (inside == 0) | (inside == n)
    if share and not whole.all():
        raise EstimateError(
            "ESTIMATE-INTERVAL-INVALID",
            "An exact interval for a share needs domains that are unions of strata.",
            where="by",
            got=f"domain '{evidence.domains[int(d[~whole.all(axis=1)][0])].label}' cuts a stratum",
            expected="each stratum inside the domain, or outside it",
            remedy="Use interval = 'beta' here.",
        )
    left = (listed - n) * (inside > 0) if whole.all() else np.broadcast_to(listed - n, inside.shape)
    size = (listed * (inside > 0)).sum(axis=1)
    scale = 1.0 / np.maximum(size, 1) if share else np.ones(d.size)
    return np.asarray(left, dtype=np.int64), np.asarray(scale, dtype=np.float64)


BOOTSTRAPS = ("bootstrap", "generalized_bootstrap")
"""Replicates that are spread as the estimate is; those of a jackknife or of half samples are not."""


def _replicates(evidence: Evidence, part: Figures, d: IntArray) -> dict[str, Any]:
    """Replicates of the estimates whose spread is that of the estimates."""
    from citysample.estimators.variances import ByReplicates

    variances = evidence.variances
    if not isinstance(variances, ByReplicates) or variances.replicates.method not in BOOTSTRAPS:
        raise EstimateError(
            "ESTIMATE-INTERVAL-INVALID",
            "Percentiles need bootstrap replicates.",
            where=f"estimate '{part.name}'",
            got=f"variance = '{variances.name}'",
            expected="variance = 'bootstrap' or 'generalized_bootstrap'",
            remedy="Choose such a variance, or interval = 't'.",
        )
    found = variances.spread([part], evidence.masks)
    return {"replicates": found[:, d]}


def _replicate_se(evidence: Evidence, part: Figures, d: IntArray) -> dict[str, Any]:
    """Standard errors of the estimates within each replicate."""
    from citysample.estimators.variances import ByReplicates

    assert isinstance(evidence.variances, ByReplicates)
    return {"replicate_se": evidence.variances.spread_of_se(part, evidence.masks)[:, d]}


Finder = Callable[[Evidence, "Figures", IntArray], dict[str, Any]]

FINDERS: dict[str, Finder] = {
    "numerator": _quotient,
    "denominator": _quotient,
    "var_numerator": _quotient,
    "var_denominator": _quotient,
    "covariance": _quotient,
    "counts": _counts,
    "replicates": _replicates,
    "replicate_se": _replicate_se,
}
"""What finds the parts of ``IntervalInput`` that depend on the indicator."""
