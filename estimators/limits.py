"""Which interval each figure gets, and its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, located
from citysample.estimators.figures import Figures
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.indicator import SHARE_UNIT
from citysample.estimators.functions.shares import is_share
from citysample.estimators.functions.statistics import Quantile
from citysample.estimators.functions.totals import GeometricMean, Mean, Proportion, Total
from citysample.estimators.intervals.methods import INTERVALS
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.record import Decision

if TYPE_CHECKING:
    from citysample.estimators.evidence import Evidence

__all__ = ["AT_EDGE", "Limits", "interval_limits", "kind_of", "methods_of"]

AT_EDGE = ("beta", "wilson", "exact")
"""Methods that give an interval for a share of 0 or 1, too."""

FOR_SHARES = ("logit", "wilson", "beta")
"""Methods for figures between 0 and 1; a total that happens to lie there is no share."""

NO_SHARE = "a total is no share"

WORDS = {
    "share": "it is a share",
    "proportion": "it is a share of cities",
    "quantile": "it is a quantile",
    "ratio": "it is a quotient",
    "count": "it is a number of cities",
    "positive": "it cannot be below zero",
    "any": "it may have any sign",
}

AUTOMATIC = {
    "share": "logit",
    "proportion": "logit",
    "quantile": "woodruff",
    "positive": "log",
    "count": "log",
}
"""The interval that ``"auto"`` takes by the kind of figure; else t."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Interval limits of all figures, indicator by indicator, domain by domain.

    Parameters
    ----------
    methods : list of str, length q
        Interval method of each figure.
    lower, upper : array (q,)
        Limits; NaN where the method gives none.
    notes : list of str, length q
        Remarks of the method; empty if there is none.
    """

    methods: list[str]
    lower: FloatArray
    upper: FloatArray
    notes: list[str]


def kind_of(figures: Figures) -> str:
    """The kind of a figure: ``"quantile"``, or a key of ``KINDS``."""
    expression, variables = figures.expression, figures.variables
    if isinstance(expression, Quantile):
        return "quantile"
    if isinstance(expression, Proportion) or _is_mean_of_flags(expression, variables):
        return "proportion"
    if figures.indicator.unit == SHARE_UNIT or is_share(expression, figures.leaves, variables):
        return "share"
    if isinstance(expression, Total) and np.isin(variables, (0.0, 1.0)).all():
        return "count"
    if isinstance(expression, (Total, Mean, GeometricMean)) and (variables >= 0.0).all():
        return "positive"
    return "any" if expression.quotient() is None else "ratio"


def _is_mean_of_flags(expression: Expression, variables: FloatArray) -> bool:
    return isinstance(expression, Mean) and bool(np.isin(variables[:, 0], (0.0, 1.0)).all())


def methods_of(figures: Sequence[Figures], interval: str) -> tuple[list[str], list[Decision]]:
    """Interval method of each indicator, with what a rule decided."""
    chosen, decisions = [], []
    for part in figures:
        method = part.indicator.interval or interval
        if method == "auto":
            kind = kind_of(part)
            method = AUTOMATIC.get(kind, "t")
            decisions.append(Decision("interval", part.name, f"{method}, because {WORDS[kind]}"))
        elif method == "woodruff" and not isinstance(part.expression, Quantile):
            raise EstimateError(
                "ESTIMATE-INTERVAL-INVALID",
                "A Woodruff interval is that of a quantile.",
                where=f"estimate '{part.name}'",
                got=str(part.expression),
                expected="quantile(column, p) alone",
                remedy="Use interval = 'auto' or 't'.",
            )
        chosen.append(method)
    return chosen, decisions


def interval_limits(
    figures: Sequence[Figures], methods: Sequence[str], automatic: Sequence[bool], evidence: Evidence
) -> Limits:
    """Limits of each figure by its method.

    Parameters
    ----------
    figures : sequence of Figures
        The indicators, each in D domains.
    methods : sequence of str
        Interval method of each indicator.
    automatic : sequence of bool
        True where ``"auto"`` chose the method. Then a share of cities of 0 or 1 gets a beta interval.
    evidence : Evidence
        Estimates, standard errors and what else the methods need.
    """
    D = evidence.D
    q = D * len(figures)
    rows = Limits(
        [method for method in methods for _ in range(D)], np.full(q, np.nan), np.full(q, np.nan), [""] * q
    )
    for method in dict.fromkeys(methods):
        parts = [i for i, chosen in enumerate(methods) if chosen == method]
        own = (np.array(parts)[:, None] * D + np.arange(D)).ravel()
        if method in INTERVALS and set(INTERVALS[method].needs) <= {"n"}:
            rows.lower[own], rows.upper[own] = INTERVALS[method].limits(evidence.standard(own))
            continue
        for i, of_part in zip(parts, own.reshape(-1, D), strict=True):
            _fill(rows, figures[i], method, of_part, evidence)
    for i, part in enumerate(figures):
        if methods[i] in FOR_SHARES and isinstance(part.expression, Total):
            own = np.arange(i * D, (i + 1) * D)
            rows.lower[own] = rows.upper[own] = np.nan
            rows.notes[own[0] : own[-1] + 1] = [NO_SHARE] * D
        if automatic[i] and AUTOMATIC.get("proportion") == methods[i] and kind_of(part) == "proportion":
            own = np.arange(i * D, (i + 1) * D)
            edge = np.isin(evidence.estimate[own], (0.0, 1.0)) & (evidence.se[own] == 0.0)
            _fill(rows, part, "beta", own[edge], evidence)
    return rows


def _fill(rows: Limits, part: Figures, method: str, own: IntArray, evidence: Evidence) -> None:
    """The limits of some domains of one indicator, for methods that look at it."""
    if not own.size:
        return
    with located(f"estimate '{part.name}'"):
        if method == "woodruff":
            lower, upper, notes = evidence.woodruff(part, own)
        else:
            known = evidence.input_for(INTERVALS[method].needs, part, own)
            lower, upper = INTERVALS[method].limits(known)
            notes = [""] * own.size
    rows.lower[own], rows.upper[own] = lower, upper
    for row, note in zip(own.tolist(), notes, strict=True):
        rows.methods[row], rows.notes[row] = method, note
