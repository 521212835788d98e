"""The way from a weighted sample to estimates: totals, influence, variance, interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import located
from citysample.estimators.design_effect import design_effect, kish_deff, srs_variance
from citysample.estimators.df_rules import degrees_of_freedom
from citysample.estimators.domains import form_domains
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
    if isinstance(options.df, str):
        df = np.minimum(df, variances.most_df(masks))
    counts = count_domains(survey, domains, masks, df)
    variables = Variables(survey)
    variables.read([leaf for indicator in named.values() for leaf in indicator.function.terms()])
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
        counts=counts,
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
    with np.errstate(divide="ignore", invalid="ignore"):
        sampled_share = masks.sum(axis=0) / (survey.weights @ masks)
    return Estimates(
        rows,
        covariance,
        texts,
        tuple(decisions),
        np.tile(sampled_share, len(figures)),
        np.tile(kish_deff(survey.weights, masks), len(figures)),
    )


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


def _interval_df(df: FloatArray, counts: DomainCounts, times: int, *, within: bool) -> FloatArray:
    """Degrees of freedom of each figure; infinite where only the cities' own errors are left."""
    return np.tile(np.where((counts.n_random == 0) & within, np.inf, df), times)


def _rows(
    figures: Sequence[Figures],
    evidence: Evidence,
    counts: DomainCounts,
    covariance: FloatArray,
    limits: Limits,
) -> tuple[Estimate, ...]:
    """One row for each figure, indicator by indicator, domain by domain."""
    survey = evidence.survey
    variance = np.diag(covariance)
    judged = precision(_found(figures, evidence, variance, limits), counts)
    z = np.hstack([part.found.z for part in figures])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        srs = srs_variance(z, survey.weights, np.tile(evidence.masks, len(figures)))
        deff = np.where(np.isnan(judged.se), math.nan, design_effect(variance, srs))
        sampled = np.tile(counts.n > 0, len(figures))
        estimate = np.where(sampled, evidence.estimate, math.nan)
        told = (judged.se > 0.0) | np.tile(counts.census, len(figures))
        cv = judged.se / np.abs(estimate)
        cv = np.where(np.isfinite(cv) & told, cv, math.nan)
    notes = _notes(figures, evidence, judged.notes, limits.notes, estimate)
    numbers = (estimate, judged.se, cv, judged.lower, judged.upper, deff)
    columns = zip(*(column.tolist() for column in numbers), judged.methods, notes, strict=True)
    drawn = list(zip(counts.n.tolist(), counts.n_certainty.tolist(), counts.df.tolist(), strict=True))
    rows = []
    for part in figures:
        for domain, (n, n_certainty, df) in zip(evidence.domains, drawn, strict=True):
            value, se, relative, lower, upper, effect, method, note = next(columns)
            rows.append(
                Estimate(
                    name=part.name,
                    indicator=part.indicator.code,
                    estimand=part.indicator.estimand,
                    unit=part.indicator.unit,
                    period=survey.period,
                    by=domain.by,
                    domain=domain.label,
                    estimate=value,
                    se=se,
                    cv=relative,
                    lower=lower,
                    upper=upper,
                    confidence_level=float(evidence.confidence_level),
                    df=df,
                    interval_method=method,
                    variance_method=evidence.variances.name,
                    deff=effect,
                    n=n,
                    n_respondents=n,
                    n_certainty=n_certainty,
                    N=domain.N,
                    frame_share=domain.frame_share,
                    quality="",
                    note=note,
                    record_id="",
                )
            )
    return tuple(rows)


def _found(figures: Sequence[Figures], evidence: Evidence, variance: FloatArray, limits: Limits) -> Found:
    """What was computed, as the judgement takes it."""
    without = np.zeros(evidence.estimate.size, dtype=np.bool_)
    for i, part in enumerate(figures):
        for leaf in part.leaves:
            if leaf in evidence.quantiles:
                without[i * evidence.D : (i + 1) * evidence.D] |= evidence.quantiles[leaf].alike
    return Found(
        value=evidence.estimate,
        variance=variance,
        undefined=[note for part in figures for note in part.found.notes()],
        methods=limits.methods,
        lower=limits.lower,
        upper=limits.upper,
        absent=[INTERVALS[name].absent if name in INTERVALS else NO_WOODRUFF for name in limits.methods],
        at_edge=np.array([name in AT_EDGE for name in limits.methods]),
        without_se=without,
        within=bool(evidence.survey.errors.columns),
    )


NO_WOODRUFF = "no sampled city lies above the quantile, or there are no degrees of freedom"


def _notes(
    figures: Sequence[Figures],
    evidence: Evidence,
    judged: Sequence[str],
    limits: Sequence[str],
    estimate: FloatArray,
) -> list[str]:
    """All remarks on each figure; what concerns its size only where it has one."""
    sized = (limits, common_notes(figures, evidence), denominator_notes(figures, evidence))
    notes = list(judged)
    for row in np.flatnonzero(~np.isnan(estimate)).tolist():
        remarks = [remark[row] for remark in sized if remark[row]]
        if remarks:
            notes[row] = "; ".join(filter(None, (judged[row], *remarks)))
    return notes
