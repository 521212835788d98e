"""The variables behind the totals: one column for each term, one row for each sampled unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DataError, EstimateError, did_you_mean
from citysample.estimators.functions.expressions import COUNT, Term
from citysample.reference_frames.columns import (
    FloatArray,
    first_cities,
    labels,
    numbers,
    ordered_levels,
    require_columns,
)

if TYPE_CHECKING:
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["refuse_missing", "term_variables"]


def term_variables(survey: WeightedSample, terms: list[Term]) -> FloatArray:
    """The variables of the terms, shape (n, p); NaN where a city has no value.

    Raises
    ------
    DataError
        A column is unknown, holds text where numbers are needed, or a flag is not 0 or 1.
    EstimateError
        The level of a proportion occurs neither in the sample nor in the frame.
    """
    columns = [_variable(survey, term) for term in terms]
    return np.stack(columns, axis=1) if columns else np.zeros((len(survey.table), 0))


def _variable(survey: WeightedSample, term: Term) -> FloatArray:
    if term == COUNT:
        return np.ones(len(survey.table))
    require_columns(survey.table, [term.column], "DATA")
    if term.level is not None:
        _refuse_unknown_level(survey, term)
        found = labels(survey.table[term.column])
        return np.array([np.nan if label is None else float(label == term.level) for label in found])
    values = numbers(survey.table, term.column, "DATA", allow_missing=True)
    if term.binary:
        bad = np.flatnonzero(~(np.isnan(values) | np.isin(values, (0.0, 1.0))))
        if bad.size:
            raise DataError(
                "DATA-VALUE-INVALID",
                f"proportion({term.column}) needs a column of 0 and 1.",
                where=first_cities(survey.table.index[bad]),
                got=", ".join(f"{value:.15g}" for value in values[bad][:5]),
                expected="0 or 1, False or True",
                remedy=f"Write proportion({term.column}, 'label') for a column of labels.",
            )
    return values


def _refuse_unknown_level(survey: WeightedSample, term: Term) -> None:
    known = ordered_levels(survey.table[term.column])
    if survey.frame is not None and term.column in survey.frame.table.columns:
        known = ordered_levels(survey.frame.table[term.column])
    if term.level not in known:
        raise EstimateError(
            "ESTIMATE-LEVEL-UNKNOWN",
            f"Column '{term.column}' has no value '{term.level}'.",
            got=repr(term.level),
            remedy=did_you_mean(str(term.level), known)
            + " If the count may be zero, make a column of 0 and 1 and use proportion(column).",
        )


def refuse_missing(survey: WeightedSample, terms: list[Term], variables: FloatArray) -> None:
    """Refuse an estimate for which a sampled city has no value."""
    absent = np.isnan(variables)
    if not absent.any():
        return
    rows, positions = np.nonzero(absent)
    cities = survey.table.index[np.unique(rows)]
    columns = [terms[position].column for position in np.unique(positions)]
    without_row = sum(city in survey.missing for city in cities)
    raise DataError(
        "DATA-VALUE-MISSING",
        f"{len(cities)} sampled cities have no value, and no weighting step handles them.",
        where=f"columns {', '.join(columns)}; {first_cities(cities)}",
        got=f"{without_row} of them have no row in the data",
        expected="a value for each sampled city",
        remedy="Collect the values. A city must not be dropped: the others do not stand for it.",
    )
