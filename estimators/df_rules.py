"""Degrees of freedom of each domain by the rule that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.degrees_of_freedom import design_df, nominal_df
from citysample.estimators.domains import Domain
from citysample.estimators.satterthwaite import satterthwaite_df
from citysample.reference_frames.columns import BoolArray, FloatArray, numbers, require_columns

if TYPE_CHECKING:
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["DF_RULES", "degrees_of_freedom"]


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    """What a rule may look at; see :func:`degrees_of_freedom`."""

    survey: WeightedSample
    domains: Sequence[Domain]
    masks: BoolArray
    form: str
    proxy: str | None


def degrees_of_freedom(
    survey: WeightedSample,
    domains: Sequence[Domain],
    masks: BoolArray,
    rule: str | float,
    form: str,
    proxy: str | None,
) -> FloatArray:
    """Degrees of freedom of each domain, shape (D,).

    Parameters
    ----------
    survey : WeightedSample
        The sample.
    domains : sequence of Domain, length D
        The domains.
    masks : array (n, D) of bool
        Their units.
    rule : str or float
        A key of ``DF_RULES``, or the number itself.
    form : str
        The variance form.
    proxy : str or None
        Column of the frame for ``"satterthwaite"``.
    """
    if not isinstance(rule, str):
        return np.full(len(domains), float(rule))
    return DF_RULES[rule](_Request(survey, domains, masks, form, proxy))


def _design(request: _Request) -> FloatArray:
    return np.asarray(design_df(request.survey.draw, request.masks, request.form), dtype=np.float64)


def _nominal(request: _Request) -> FloatArray:
    return np.full(len(request.domains), float(nominal_df(request.survey.draw, request.form)))


def _satterthwaite(request: _Request) -> FloatArray:
    survey, domains, proxy = request.survey, request.domains, request.proxy
    members = [domain.members for domain in domains]
    unknown = [domain.label for domain, cities in zip(domains, members, strict=True) if cities is None]
    if survey.frame is None or unknown:
        raise EstimateError(
            "ESTIMATE-PROXY-MISSING",
            "Satterthwaite's degrees of freedom need the cities of each domain in the frame.",
            where=f"domain '{unknown[0]}'" if unknown else "df",
            got="a breakdown by a column that the frame does not have" if unknown else "no frame",
            expected="a sample drawn from a frame that is at hand",
            remedy="Use df = 'design'.",
        )
    table = survey.frame.table
    values = None
    if proxy is not None:
        require_columns(table, [proxy], "FRAME", "proxy")
        values = numbers(table, proxy, "FRAME")
    inside = np.stack([cities for cities in members if cities is not None], axis=1)
    return satterthwaite_df(survey.draw, request.masks, inside, request.form, values)


DF_RULES: dict[str, Callable[[_Request], FloatArray]] = {
    "design": _design,
    "nominal": _nominal,
    "satterthwaite": _satterthwaite,
}
"""The rules for the degrees of freedom, by name."""
