"""The interval methods by name, what each needs to know, and which figures it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from citysample.errors import EstimateError, quoted
from citysample.estimators.intervals.bootstrap import percentile_interval, studentised_interval
from citysample.estimators.intervals.exact import CityCounts, exact_interval
from citysample.estimators.intervals.ratios import fieller_interval, log_interval
from citysample.estimators.intervals.shares import beta_interval, logit_interval, wilson_interval
from citysample.estimators.intervals.symmetric import normal_interval, t_interval
from citysample.reference_frames.columns import FloatArray

__all__ = ["INTERVALS", "KINDS", "IntervalInput", "IntervalMethod"]

KINDS: dict[str, str] = {
    "any": "a total, a mean, a difference, any other figure",
    "positive": "a quantity that is above 0",
    "ratio": "a quotient of two estimates",
    "share": "a figure from 0 to 1: a share of people, of land",
    "proportion": "a share of cities, each of which has the attribute or not",
    "count": "a number of cities that have an attribute",
}
"""The kinds of figures that differ in the intervals they may have."""

Limits: TypeAlias = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class IntervalInput:
    """What q estimates tell an interval method. What no method of the call needs stays None.

    Parameters
    ----------
    estimate, se, df : array (q,)
        Estimates, standard errors, degrees of freedom.
    confidence_level : float
        1 - alpha, between 0 and 1.
    n : array (q,), optional
        Sampled cities of the domain.
    numerator, denominator, var_numerator, var_denominator, covariance : array (q,), optional
        Both sides of the outermost quotient, and their estimated variances and covariance.
    counts : CityCounts, optional
        Cities drawn and cities with the attribute, by stratum.
    replicates, replicate_se : array (R, q), optional
        Bootstrap replicates of the estimates, and their standard errors.
    """

    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    confidence_level: float
    n: FloatArray | None = None
    numerator: FloatArray | None = None
    denominator: FloatArray | None = None
    var_numerator: FloatArray | None = None
    var_denominator: FloatArray | None = None
    covariance: FloatArray | None = None
    counts: CityCounts | None = None
    replicates: FloatArray | None = None
    replicate_se: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class IntervalMethod:
    """An interval method: its function, the parts of ``IntervalInput`` it takes, and what it is for.

    Parameters
    ----------
    function : callable
        Takes the parts in the order of ``takes``, gives lower and upper limits, NaN where there is none.
    takes : tuple of str
        Names of fields of ``IntervalInput``.
    fits : tuple of str
        Keys of ``KINDS``: the figures it is for. One for ``"any"`` figure is for all kinds.
    absent : str
        Why a figure may have no such interval, for the note beside it.
    """

    function: Callable[..., Limits]
    takes: tuple[str, ...]
    fits: tuple[str, ...]
    absent: str

    @property
    def needs(self) -> tuple[str, ...]:
        """What it takes beside estimate, standard error, degrees of freedom and level."""
        return tuple(name for name in self.takes if name not in (*ESTIMATE, "confidence_level"))

    def limits(self, known: IntervalInput) -> Limits:
        """Lower and upper limits of all estimates, each an array (q,)."""
        missing = [name for name in self.needs if getattr(known, name) is None]
        if missing:
            raise EstimateError(
                "ESTIMATE-INTERVAL-INVALID",
                "The interval cannot be computed for this figure.",
                where="interval",
                got=f"no {quoted(missing)}",
                expected="; or ".join(KINDS[kind] for kind in self.fits),
                remedy="Ask for another interval; 't' fits any figure.",
            )
        return self.function(*(getattr(known, name) for name in self.takes))


ESTIMATE = ("estimate", "se", "df")
_STANDARD = (*ESTIMATE, "confidence_level")
_QUOTIENT = ("numerator", "denominator", "var_numerator", "var_denominator", "covariance", "df")
_NO_SHARE = "the estimate is not above 0 and below 1"

INTERVALS: dict[str, IntervalMethod] = {
    "t": IntervalMethod(t_interval, _STANDARD, ("any",), "no degrees of freedom"),
    "normal": IntervalMethod(normal_interval, _STANDARD, ("any",), "no degrees of freedom"),
    "logit": IntervalMethod(logit_interval, _STANDARD, ("share", "proportion"), _NO_SHARE),
    "wilson": IntervalMethod(
        wilson_interval, (*_STANDARD, "n"), ("share", "proportion"), "the estimate is not from 0 to 1"
    ),
    "beta": IntervalMethod(
        beta_interval, (*_STANDARD, "n"), ("proportion",), "the estimate is not from 0 to 1, or n is 1"
    ),
    "log": IntervalMethod(
        log_interval,
        _STANDARD,
        ("positive", "ratio", "share", "proportion", "count"),
        "the estimate is not above 0",
    ),
    "fieller": IntervalMethod(
        fieller_interval,
        (*_QUOTIENT, "confidence_level"),
        ("ratio", "share", "proportion"),
        "the interval of the denominator covers 0, so that of the ratio has no limits",
    ),
    "exact": IntervalMethod(
        exact_interval, ("counts", "confidence_level"), ("count", "proportion"), "no sampled city"
    ),
    "percentile": IntervalMethod(
        percentile_interval,
        ("replicates", "confidence_level"),
        ("any",),
        "too few replicates, or the figure does not exist in some of them",
    ),
    "studentised": IntervalMethod(
        studentised_interval,
        ("estimate", "se", "replicates", "replicate_se", "confidence_level"),
        ("any",),
        "too few replicates, or too many without a standard error",
    ),
}
"""The interval methods by name."""
