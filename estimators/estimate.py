"""The way from a weighted sample to estimates: totals, influence, variance, interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import located
from citysample.estimators.design_effect import srs_variance
from citysample.estimators.df_rules import degrees_of_freedom
from citysample.estimators.domains import Domain, form_domains
from citysample.estimators.estimates import Estimate, Estimates
from citysample.estimators.evidence import Evidence
from citysample.estimators.figures import Figures, figures_of
from citysample.estimators.functions.term import Leaf, QuantileLeaf
from citysample.estimators.functions.variables import Variables
from citysample.estimators.intervals.methods import INTERVALS
from citysample.estimators.limits import AT_EDGE, Limits, interval_limits, methods_of
from citysample.estimators.options import AnyIndicator, Options, named_indicators
from citysample.estimators.positions import Positions, positions_of
from citysample.estimators.precision import DomainCounts, Found, count_domains, precision
from citysample.estimators.remarks import certainty_decisions, common_notes, denominator_notes
from citysample.estimators.variances import Variances, variances_of
from citysample.reference_frames.columns import BoolArray, FloatArray

if TYPE_CHECKING:
    from citysample.estimators.functions.indicator import Indicator
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["estimate"]


def estimate(
    survey: WeightedSample,
    indicators: Mapping[str, AnyIndicator] | AnyIndicator,
    *,
    by: str | Sequence[str | tuple[str, ...]],
    options: Options,
) -> Estimates:
    """Estimate each indicator for the country and for each domain; see :meth:`WeightedSample.estimate`."""
    named = named_indicators(indicators)
    variances = variances_of(survey, options)
    domains = form_domains(survey, by)
    masks = np.stack([domain.mask for domain in domains], axis=1)
    df = degrees_of_freedom(survey, domains, masks, options.df, variances.form, options.proxy)
    counts = count_domains(survey, domains, df)
    variables = Variables(survey)
    quantiles = _quantiles(named, variables, survey, masks, df, variances)
    figures = [
        figures_of(name, indicator, variables, survey.weights, masks, domains, quantiles)
        for name, indicator in named.items()
    ]
    covariance = variances.covariance(figures, masks)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    evidence = Evidence(
        survey=survey,
        domains=domains,
        masks=masks,
        variables=variables,
        variances=variances,
        quantiles=quantiles,
        estimate=np.concatenate([part.found.value for part in figures]),
        se=se,
        df=_interval_df(df, counts, len(figures), within=bool(survey.errors.columns)),
        confidence_level=options.confidence_level,
    )
    methods, decisions = methods_of(figures, options.interval)
    automatic = [(part.indicator.interval or options.interval) == "auto" for part in figures]
    limits = interval_limits(figures, methods, automatic, evidence)
    decisions += [*variances.decisions(), *certainty_decisions(survey)]
    rows = _rows(figures, evidence, counts, covariance, limits)
    unknown = np.array([math.isnan(row.estimate) for row in rows])
    covariance[unknown, :] = covariance[:, unknown] = math.nan
    texts = {name: str(indicator.function) for name, indicator in named.items()}
    return Estimates(rows, covariance, texts, tuple(decisions))


def _quantiles(
    named: Mapping[str, Indicator],
    variables: Variables,
    survey: WeightedSample,
    masks: BoolArray,
    df: FloatArray,
    variances: Variances,
) -> dict[Leaf, Positions]:
    """Each quantile that an indicator needs, once."""
    found: dict[Leaf, Positions] = {}
    for name, indicator in named.items():
        for leaf in indicator.function.terms():
            if isinstance(leaf, QuantileLeaf) and leaf not in found:
                with located(f"estimate '{name}'"):
                    values = variables.of([leaf])[:, 0]
                found[leaf] = positions_of(leaf, values, survey.weights, masks, df, variances.of_total)
    return found


def _interval_df(df: FloatArray, counts: Sequence[DomainCounts], times: int, *, within: bool) -> FloatArray:
    """Degrees of freedom of each figure; infinite where only the cities' own errors are left."""
    none = np.array([counted.n_random_psus == 0 for counted in counts])
    return np.tile(np.where(none & within, np.inf, df), times)


def _rows(
    figures: Sequence[Figures],
    evidence: Evidence,
    counts: Sequence[DomainCounts],
    covariance: FloatArray,
    limits: Limits,
) -> tuple[Estimate, ...]:
    survey, D = evidence.survey, evidence.D
    z = np.hstack([part.found.z for part in figures])
    srs = srs_variance(z, survey.weights, np.tile(evidence.masks, len(figures)))
    shared = common_notes(figures, evidence)
    denominators = denominator_notes(figures, evidence)
    variance = np.diag(covariance)
    rows = []
    for i, part in enumerate(figures):
        for d, domain in enumerate(evidence.domains):
            q = i * D + d
            method = limits.methods[q]
            found = Found(
                value=float(part.found.value[d]),
                variance=float(variance[q]),
                undefined=part.found.note(d) if counts[d].n else "",
                interval=method,
                lower=float(limits.lower[q]),
                upper=float(limits.upper[q]),
                absent=INTERVALS[method].absent if method in INTERVALS else NO_WOODRUFF,
                at_edge=method in AT_EDGE,
                within=bool(survey.errors.columns),
                no_se=_no_se(part, evidence, d),
            )
            notes = (limits.notes[q], shared[q], denominators[q])
            rows.append(_row(part, domain, counts[d], found, float(srs[q]), notes, evidence))
    return tuple(rows)


NO_WOODRUFF = "no sampled city lies above the quantile, or there are no degrees of freedom"


def _no_se(part: Figures, evidence: Evidence, d: int) -> str:
    """Why a figure with a quantile has no standard error in a domain; empty if it has one."""
    quantiles = (evidence.quantiles[leaf] for leaf in part.leaves if leaf in evidence.quantiles)
    beyond = any(found.alike[d] for found in quantiles)
    return "no standard error: no randomly drawn city lies beyond the quantile" if beyond else ""


def _row(
    part: Figures,
    domain: Domain,
    counts: DomainCounts,
    found: Found,
    srs: float,
    notes: tuple[str, ...],
    evidence: Evidence,
) -> Estimate:
    judged = precision(found, counts)
    se, value = judged.se, found.value
    remarks = (judged.note, *notes) if counts.n and not math.isnan(value) else (judged.note,)
    return Estimate(
        name=part.name,
        indicator=part.indicator.code,
        estimand=part.indicator.estimand,
        unit=part.indicator.unit,
        period=evidence.survey.period,
        by=domain.by,
        domain=domain.label,
        estimate=value if counts.n else math.nan,
        se=se,
        cv=se / abs(value) if value and (se > 0.0 or counts.census) else math.nan,
        lower=judged.lower,
        upper=judged.upper,
        confidence_level=float(evidence.confidence_level),
        df=counts.df,
        interval_method=judged.method,
        variance_method=evidence.variances.name,
        deff=found.variance / srs if srs > 0.0 and not math.isnan(se) else math.nan,
        n=counts.n,
        n_respondents=counts.n,
        n_certainty=counts.n_certainty,
        N=domain.N,
        frame_share=domain.frame_share,
        quality="",
        note="; ".join(remark for remark in remarks if remark),
        record_id="",
    )
