"""The parts of a study file on estimates: figures, contrasts, variances, intervals, errors inside cities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from citysample.errors import StudyError, did_you_mean, quoted
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.intervals.methods import INTERVALS
from citysample.estimators.options import OTHER_INTERVALS
from citysample.estimators.replicates.methods import REPLICATE_METHODS
from citysample.estimators.replicates.request import DEFAULT_R, LARGEST_R

if TYPE_CHECKING:
    from citysample.study.study_file import StudyFile

__all__ = [
    "ContrastPart",
    "CovariancePart",
    "EstimatePart",
    "EstimationPart",
    "replicate_number",
    "refuse_wrong_estimation",
]

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]

VARIANCES = ("design", *FORMS, *REPLICATE_METHODS)
INTERVAL_NAMES = (*OTHER_INTERVALS, *INTERVALS)
OF_REPLICATES = ("form", "replicates", "seed", "fay")
"""Keys that say how replicates are made; they mean nothing without replicates."""
WITH_FAY = ("fay", "exact")
"""Replicates that take Fay's coefficient."""


class EstimationPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[estimation]``: what holds for all estimates."""

    by: tuple[str | tuple[str, ...], ...] = ()
    variance: str = "design"
    interval: str = "auto"
    confidence_level: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.95
    df: Literal["design", "nominal", "satterthwaite"] | Annotated[float, msgspec.Meta(gt=0)] = "design"
    proxy: Text | None = None
    form: str | None = None
    replicates: Annotated[int, msgspec.Meta(ge=2, le=LARGEST_R)] | None = None
    seed: Text | None = None
    fay: Annotated[float, msgspec.Meta(ge=0, lt=1)] | None = None


class EstimatePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[estimate]]``: one figure."""

    name: Text
    formula: Text
    unit: str = ""
    estimand: str = ""
    interval: str | None = None


class ContrastPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[contrast]]``: a function of figures."""

    name: Text
    formula: Text
    unit: str = ""


class CovariancePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[data.covariances]]``: two columns with errors, and the column with their covariances; or 0."""

    of: tuple[Text, ...]
    column: Text | int


def replicate_number(part: EstimationPart) -> int | None:
    """Number of replicates; None where the method takes as many as the design asks for."""
    method = REPLICATE_METHODS.get(part.variance)
    drawn = method is not None and method.random
    return DEFAULT_R if part.replicates is None and drawn else part.replicates


def refuse_wrong_estimation(study: StudyFile, where: str) -> None:
    """Names of variances and intervals must be known, names given once, and no key without an effect.

    Raises
    ------
    StudyError
        ``STUDY-VALUE-INVALID``.
    """
    part = study.estimation
    _refuse_unknown("variance", part.variance, VARIANCES, f"{where}: estimation.variance")
    _refuse_unknown("interval", part.interval, INTERVAL_NAMES, f"{where}: estimation.interval")
    if part.form is not None:
        _refuse_unknown("form", part.form, ("design", *FORMS), f"{where}: estimation.form")
    for position, estimate in enumerate(study.estimate):
        if estimate.interval is not None:
            place = f"{where}: estimate[{position}].interval"
            _refuse_unknown("interval", estimate.interval, INTERVAL_NAMES, place)
    _refuse_twice("estimate", [estimate.name for estimate in study.estimate], where)
    _refuse_twice("contrast", [contrast.name for contrast in study.contrast], where)
    _refuse_without_effect(part, where)
    if study.data is not None:
        _refuse_covariances(study.data.covariances, study.data.errors, where)


def _refuse_unknown(what: str, name: str, known: Sequence[str], place: str) -> None:
    if name not in known:
        raise StudyError(
            "STUDY-VALUE-INVALID",
            f"There is no {what} '{name}'.",
            where=place,
            got=f"'{name}'",
            expected=f"one of {', '.join(map(repr, known))}",
            remedy=did_you_mean(name, known),
        )


def _refuse_twice(heading: str, names: Sequence[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(
            "STUDY-VALUE-INVALID",
            f"Two {heading}s have the same name.",
            where=f"{where}: {heading}",
            got=f"name = '{twice[0]}' more than once",
            expected=f"a different name for each [[{heading}]]",
            remedy="Rename one of them.",
        )


def _refuse_without_effect(part: EstimationPart, where: str) -> None:
    """A key that changes nothing is a misunderstanding: somebody expects a bootstrap, and gets none."""
    given = [key for key in OF_REPLICATES if getattr(part, key) is not None]
    if given and part.variance not in REPLICATE_METHODS:
        methods = ", ".join(map(repr, REPLICATE_METHODS))
        raise _no_effect(
            where, given[0], f"variance = '{part.variance}'", f"a variance by replicates: {methods}"
        )
    if part.fay is not None and part.variance not in WITH_FAY:
        expected = f"variance = {' or '.join(map(repr, WITH_FAY))}"
        raise _no_effect(where, "fay", f"variance = '{part.variance}'", expected)
    if part.seed is not None and not REPLICATE_METHODS[part.variance].random:
        drawn = [name for name, method in REPLICATE_METHODS.items() if method.random]
        expected = f"variance = {' or '.join(map(repr, drawn))}"
        raise _no_effect(where, "seed", f"variance = '{part.variance}'", expected)
    if part.proxy is not None and part.df != "satterthwaite":
        raise _no_effect(where, "proxy", f"df = {part.df!r}", "df = 'satterthwaite'")


def _no_effect(where: str, key: str, got: str, expected: str) -> StudyError:
    return StudyError(
        "STUDY-VALUE-INVALID",
        f"'{key}' has no effect here.",
        where=f"{where}: estimation.{key}",
        got=got,
        expected=expected,
        remedy=f"Leave out '{key}', or change the other key.",
    )


def _refuse_covariances(covariances: Sequence[CovariancePart], errors: dict[str, str], where: str) -> None:
    """Each pair stands once, and both of its columns have standard errors."""
    seen: set[frozenset[str]] = set()
    for position, part in enumerate(covariances):
        pair = frozenset(part.of)
        if len(part.of) != 2 or len(pair) < 2 or pair in seen or not pair <= set(errors):
            raise StudyError(
                "STUDY-VALUE-INVALID",
                "A covariance is that of two columns with standard errors, and stands once.",
                where=f"{where}: data.covariances[{position}].of",
                got=quoted(part.of),
                expected=f"two of the columns under [data.errors]: {quoted(errors)}",
                remedy="Correct the two columns, or leave out the part.",
            )
        if isinstance(part.column, int) and part.column != 0:
            raise StudyError(
                "STUDY-VALUE-INVALID",
                "The covariances inside the cities stand in a column.",
                where=f"{where}: data.covariances[{position}].column",
                got=str(part.column),
                expected="the name of a column; 0 for columns that were measured independently",
                remedy="Name the column.",
            )
        seen.add(pair)
