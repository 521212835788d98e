"""The variables behind the totals: one column for each term, one row for each sampled unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.errors import DataError, EstimateError, did_you_mean, quoted
from citysample.estimators.functions.term import Leaf, QuantileLeaf, Term
from citysample.reference_frames.columns import (
    CITIES,
    BoolArray,
    FloatArray,
    first_cities,
    labels,
    numbers,
    ordered_levels,
    require_columns,
)

if TYPE_CHECKING:
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["Variables"]

LabelArray: TypeAlias = npt.NDArray[np.object_]


class Variables:
    """The variables of one call; each column is read and checked once.

    Parameters
    ----------
    survey : WeightedSample
        The table and the record of the draw.
    """

    def __init__(self, survey: WeightedSample) -> None:
        self._survey = survey
        self._columns: dict[str, FloatArray] = {CITIES: np.ones(len(survey.table))}
        self._texts: dict[str, LabelArray] = {}
        self._gaps: dict[str, bool] = {}
        self._found: dict[Leaf, FloatArray] = {}

    def read(self, leaves: Sequence[Leaf]) -> None:
        """Read the number columns of all leaves of the call in one go, where they have no gaps.

        One by one they would cost more than all else of a call. What is not read here is read, and refused
        if need be, when an expression asks for it.
        """
        table = self._survey.table
        named = {column for leaf in leaves for column in leaf.columns}
        dtypes = zip(table.columns, table.dtypes.tolist(), strict=True)
        wanted = [column for column, dtype in dtypes if column in named and dtype == np.float64]
        values = table[wanted].to_numpy()
        for column, numbers_read in zip(wanted, np.ascontiguousarray(values.T), strict=True):
            if np.isfinite(numbers_read).all():
                self._columns[column], self._gaps[column] = numbers_read, False

    def of(self, leaves: Sequence[Leaf]) -> FloatArray:
        """The variables of some leaves, shape (n, p); for a quantile, its column.

        Raises
        ------
        DataError
            A column is unknown, holds text where numbers are needed, a flag is not 0 or 1, a logarithm of a
            number that is not positive is needed, or a sampled city has no value.
        EstimateError
            A level occurs neither in the sample nor in the frame, or a stratum not in the draw.
        """
        self._refuse_missing(leaves)
        columns = [self._variable(leaf) for leaf in leaves]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self._survey.table), 0))

    def _variable(self, leaf: Leaf) -> FloatArray:
        if leaf not in self._found:
            assert isinstance(leaf, (Term, QuantileLeaf))
            self._found[leaf] = (
                self._numbers(leaf.column) if isinstance(leaf, QuantileLeaf) else self._term(leaf)
            )
        return self._found[leaf]

    def _term(self, term: Term) -> FloatArray:
        if term.level is not None:
            return self._level(term.column, term.level)
        values = self._numbers(term.column)
        if term.binary:
            self._refuse_other(term.column, values, np.isin(values, (0.0, 1.0)))
        if term.logarithm:
            self._refuse_not_positive(term.column, values)
            values = np.log(values)
        # What is too large here becomes infinite, and is named when the total is taken.
        with np.errstate(over="ignore", invalid="ignore"):
            if term.centred:
                values = values - values.mean()
            if term.times is not None:
                other = self._numbers(term.times)
                values = values * (other - other.mean() if term.centred else other)
        if term.stratum is not None:
            values = values * self._in_stratum(term.stratum)
        return values

    def _numbers(self, column: str) -> FloatArray:
        """A number column, shape (n,); NaN where a city has no value."""
        if column not in self._columns:
            require_columns(self._survey.table, [column], "DATA")
            self._columns[column] = numbers(self._survey.table, column, "DATA", allow_missing=True)
        return self._columns[column]

    def _labels(self, column: str) -> LabelArray:
        """The labels of a column, shape (n,); None where a city has no value."""
        if column not in self._texts:
            require_columns(self._survey.table, [column], "DATA")
            self._texts[column] = np.array(labels(self._survey.table[column]), dtype=object)
        return self._texts[column]

    def _level(self, column: str, level: str) -> FloatArray:
        found = self._labels(column)
        _refuse_unknown_level(self._survey, column, level)
        return np.asarray(found == level, dtype=np.float64)

    def _in_stratum(self, stratum: str) -> FloatArray:
        draw = self._survey.draw
        if stratum not in draw.strata or draw.links is not None:
            raise EstimateError(
                "ESTIMATE-LEVEL-UNKNOWN",
                f"The draw has no stratum '{stratum}'.",
                got=repr(stratum),
                expected=f"strata {quoted(draw.strata)}",
                remedy=did_you_mean(stratum, draw.strata),
            )
        return np.asarray(draw.stratum[draw.psu] == draw.strata.index(stratum), dtype=np.float64)

    def _refuse_other(self, column: str, values: FloatArray, good: BoolArray) -> None:
        bad = np.flatnonzero(~good)
        if bad.size:
            raise DataError(
                "DATA-VALUE-INVALID",
                f"proportion({column}) needs a column of 0 and 1.",
                where=first_cities(self._survey.table.index[bad]),
                got=", ".join(f"{value:.15g}" for value in values[bad][:5]),
                expected="0 or 1, False or True",
                remedy=f"Write proportion({column}, 'label') for a column of labels.",
            )

    def _refuse_not_positive(self, column: str, values: FloatArray) -> None:
        bad = np.flatnonzero(values <= 0.0)
        if bad.size:
            raise DataError(
                "DATA-VALUE-INVALID",
                f"geometric_mean({column}) needs numbers above 0.",
                where=first_cities(self._survey.table.index[bad]),
                got=", ".join(f"{value:.15g}" for value in values[bad][:5]),
                expected="numbers above 0",
                remedy="A geometric mean with zeros is 0 and says nothing. Use mean or quantile.",
            )

    def _refuse_missing(self, leaves: Sequence[Leaf]) -> None:
        """Refuse an expression for which a sampled city has no value."""
        columns = []
        for leaf in leaves:
            text = isinstance(leaf, Term) and leaf.level is not None
            columns += [column for column in leaf.columns if self._has_gaps(column, text=text)]
        if not columns:
            return
        columns = list(dict.fromkeys(columns))
        absent = {column: self._survey.table[column].isna().to_numpy() for column in columns}
        cities = self._survey.table.index[np.logical_or.reduce([absent[column] for column in columns])]
        without_row = sum(city in self._survey.missing for city in cities)
        raise DataError(
            "DATA-VALUE-MISSING",
            f"{len(cities)} sampled cities have no value, and no weighting step handles them.",
            where=f"columns {', '.join(columns)}; {first_cities(cities)}",
            got=f"{without_row} of them have no row in the data",
            expected="a value for each sampled city",
            remedy="Collect the values. A city must not be dropped: the others do not stand for it.",
        )

    def _has_gaps(self, column: str, *, text: bool) -> bool:
        """True if a sampled city has no value; looked up once."""
        if column not in self._gaps:
            self._gaps[column] = (
                any(label is None for label in self._labels(column))
                if text
                else bool(np.isnan(self._numbers(column)).any())
            )
        return self._gaps[column]


def _refuse_unknown_level(survey: WeightedSample, column: str, level: str) -> None:
    known = ordered_levels(survey.table[column])
    if survey.frame is not None and column in survey.frame.table.columns:
        known = ordered_levels(survey.frame.table[column])
    if level not in known:
        raise EstimateError(
            "ESTIMATE-LEVEL-UNKNOWN",
            f"Column '{column}' has no value '{level}'.",
            got=repr(level),
            remedy=did_you_mean(level, known)
            + " If the count may be zero, make a column of 0 and 1 and use proportion(column).",
        )
