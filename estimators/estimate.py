"""The way from a weighted sample to estimates: totals, influence, variance, interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, did_you_mean, located, quoted
from citysample.estimators.design_effect import srs_variance
from citysample.estimators.domains import Domain, form_domains
from citysample.estimators.estimates import Estimate, Estimates
from citysample.estimators.forms.stratified import design_covariance, single_psu_strata, variance_form
from citysample.estimators.functions.dual import Dual, UndefinedValueError
from citysample.estimators.functions.expressions import Expression, Term
from citysample.estimators.functions.indicator import SHARE_UNIT, Indicator, as_indicator
from citysample.estimators.functions.shares import is_share, refuse_no_share, refuse_percent
from citysample.estimators.functions.terms import refuse_missing, term_variables
from citysample.estimators.intervals.methods import INTERVALS
from citysample.estimators.precision import DomainCounts, count_domain, precision
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.record import Decision

if TYPE_CHECKING:
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["Linearised", "Options", "estimate", "linearise"]


@dataclass(frozen=True, slots=True)
class Options:
    """How variances and intervals are computed; see :meth:`WeightedSample.estimate`."""

    variance: str = "design"
    interval: str = "auto"
    confidence_level: float = 0.95
    df: str | float = "design"

    def __post_init__(self) -> None:
        _check_interval(self.interval)
        level = self.confidence_level
        if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0.0 < level < 1.0:
            raise _unknown_choice("confidence_level", level, "a number above 0 and below 1, such as 0.95")
        given = not isinstance(self.df, bool) and isinstance(self.df, (int, float)) and self.df > 0
        if self.df not in ("design", "nominal") and not given:
            raise _unknown_choice("df", self.df, "'design', 'nominal' or a number above 0")


@dataclass(frozen=True, slots=True, eq=False)
class Linearised:
    """An estimate and its linearised variable.

    Parameters
    ----------
    value : float
        The estimate f(T-hat); NaN if it does not exist.
    z : array (n,)
        Linearised variable z_k = sum_j (df/dT_j) y_jk; zero outside the domain.
    note : str
        Why the estimate does not exist; empty if it does.
    """

    value: float
    z: FloatArray
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """An estimate on its way: what it is, where, its linearised variable, its interval method."""

    name: str
    indicator: Indicator
    domain: Domain
    found: Linearised
    interval: str


def linearise(
    expression: Expression, terms: list[Term], variables: FloatArray, weights: FloatArray
) -> Linearised:
    """Estimate a function of totals and its linearised variable.

    Parameters
    ----------
    expression : Expression
        The function f of totals.
    terms : list of Term, length p
        The totals it needs.
    variables : array (n, p)
        Their variables y_jk, zero outside the domain.
    weights : array (n,)
        Weights w_k.

    Returns
    -------
    Linearised

    Notes
    -----
    T-hat_j = sum_k w_k y_jk; estimate = f(T-hat); z_k = sum_j f_j'(T-hat) y_jk. The variance of the
    estimate is approximately that of the total of z (Taylor linearisation).

    References
    ----------
    Woodruff, R. S. (1971). A simple method for approximating the variance of a complicated
    estimate. J. Amer. Statist. Assoc. 66, 411-414. Sarndal, Swensson, Wretman (1992), sec. 5.5.

    Examples
    --------
    >>> from citysample.estimators.functions.expressions import Ratio
    >>> ratio = Ratio("y", "x")
    >>> found = linearise(ratio, list(ratio.terms()), np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2))
    >>> round(found.value, 4), found.z.round(4).tolist()
    (0.6667, [-0.0556, 0.0556])
    """
    p = len(terms)
    with np.errstate(over="ignore", invalid="ignore"):
        totals = weights @ variables
    unit = np.eye(p)
    duals = {term: Dual(float(totals[j]), unit[j]) for j, term in enumerate(terms)}
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            result = expression.evaluate(duals, p)
            z = variables @ result.gradient
    except UndefinedValueError as error:
        return Linearised(math.nan, np.full(len(weights), math.nan), f"not defined: {error}")
    if not (math.isfinite(result.value) and np.isfinite(z).all()):
        note = "not defined: a number that is too large"
        return Linearised(math.nan, np.full(len(weights), math.nan), note)
    return Linearised(result.value, z)


def estimate(
    survey: WeightedSample,
    indicators: Mapping[str, Expression | Indicator | str] | Expression | Indicator | str,
    *,
    by: str | Sequence[str | tuple[str, ...]],
    options: Options,
) -> Estimates:
    """Estimate each indicator for the country and for each domain."""
    named = _named(indicators)
    form = variance_form(survey.draw, options.variance)
    domains = form_domains(survey, by)
    counts = [count_domain(survey, domain, options.df) for domain in domains]
    results: list[_Result] = []
    decisions: list[Decision] = []
    for name, indicator in named.items():
        terms = list(indicator.function.terms())
        with located(f"estimate '{name}'"):
            variables = term_variables(survey, terms)
            refuse_missing(survey, terms, variables)
            refuse_percent(indicator, terms, variables)
        interval = indicator.interval or options.interval
        if interval == "auto":
            share = indicator.unit == SHARE_UNIT or is_share(indicator.function, terms, variables)
            interval = "logit" if share else "t"
            decisions.append(
                Decision("interval", name, f"{interval}, because it is {'' if share else 'not '}a share")
            )
        for domain in domains:
            found = linearise(indicator.function, terms, variables * domain.mask[:, None], survey.weights)
            refuse_no_share(name, indicator, domain.label, found.value)
            results.append(_Result(name, indicator, domain, found, interval))
    z = np.stack([result.found.z for result in results], axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        covariance = design_covariance(z, survey.weights, survey.draw, form)
    decisions += _single_psu_decisions(survey, form) + _certainty_decisions(survey)
    rows = tuple(
        _row(survey, result, counted, float(covariance[q, q]), form, options.confidence_level)
        for q, (result, counted) in enumerate(zip(results, counts * len(named), strict=True))
    )
    unknown = np.array([math.isnan(row.estimate) for row in rows])
    covariance[unknown, :] = covariance[:, unknown] = math.nan
    texts = {name: str(indicator.function) for name, indicator in named.items()}
    return Estimates(rows, covariance, texts, tuple(decisions))


def _named(
    indicators: Mapping[str, Expression | Indicator | str] | Expression | Indicator | str,
) -> dict[str, Indicator]:
    if isinstance(indicators, Mapping):
        named = {}
        for name, value in indicators.items():
            with located(f"estimate '{name}'"):
                if str(name) in named:
                    raise _unknown_choice("name", name, "a different name for each estimate")
                named[str(name)] = as_indicator(value)
    else:
        indicator = as_indicator(indicators)
        named = {str(indicator.function): indicator}
    for name, indicator in named.items():
        if indicator.interval is not None:
            with located(f"estimate '{name}'"):
                _check_interval(indicator.interval)
        if not isinstance(indicator.function, Expression) or not indicator.function.terms():
            raise EstimateError(
                "EXPRESSION-INVALID",
                f"'{name}' is no function of totals.",
                got=repr(indicator.function),
                expected="an expression with at least one total, mean, ratio or proportion",
                remedy="Write for example cs.Ratio('y', 'x').",
            )
    if not named:
        raise _unknown_choice("indicators", {}, "at least one expression")
    return named


def _row(
    survey: WeightedSample,
    result: _Result,
    counts: DomainCounts,
    variance: float,
    form: str,
    confidence_level: float,
) -> Estimate:
    indicator, domain, found = result.indicator, result.domain, result.found
    found_precision = precision(found.value, variance, found.note, counts, result.interval, confidence_level)
    se = found_precision.se
    srs = srs_variance(found.z[domain.mask], survey.weights[domain.mask])
    return Estimate(
        name=result.name,
        indicator=indicator.code,
        estimand=indicator.estimand,
        unit=indicator.unit,
        period=survey.period,
        by=domain.by,
        domain=domain.label,
        estimate=found.value if counts.n else math.nan,
        se=se,
        cv=se / abs(found.value) if found.value and (se > 0.0 or counts.census) else math.nan,
        lower=found_precision.lower,
        upper=found_precision.upper,
        confidence_level=float(confidence_level),
        df=counts.df,
        interval_method=found_precision.method,
        variance_method=form,
        deff=variance / srs if srs > 0.0 and not math.isnan(se) else math.nan,
        n=counts.n,
        n_respondents=counts.n,
        n_certainty=counts.n_certainty,
        N=domain.N,
        frame_share=domain.frame_share,
        quality="",
        note=found_precision.note,
        record_id="",
    )


def _single_psu_decisions(survey: WeightedSample, form: str) -> list[Decision]:
    rule = survey.draw.single_psu
    return [
        Decision("single_psu", stratum, f"one random unit; rule '{rule}' applied")
        for stratum in single_psu_strata(survey.draw, form)
    ]


def _certainty_decisions(survey: WeightedSample) -> list[Decision]:
    certain = survey.draw.certain_rows()
    heavy = survey.table.index[certain & (survey.weights != 1.0)]
    if not len(heavy):
        return []
    what = f"{len(heavy)} certainty units have a weight other than 1; they add no variance: {quoted(heavy)}"
    return [Decision("certainty", "estimates", what)]


def _check_interval(name: str) -> None:
    if name not in ("auto", *INTERVALS):
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no interval method '{name}'.",
            where="interval",
            got=repr(name),
            remedy=did_you_mean(str(name), ["auto", *INTERVALS]),
        )


def _unknown_choice(option: str, got: object, expected: str) -> EstimateError:
    return EstimateError(
        "ESTIMATE-CHOICE-UNKNOWN",
        f"'{option}' has no such value.",
        got=repr(got),
        expected=expected,
        remedy=f"Correct '{option}'.",
    )
