"""Columns of a sample drawn elsewhere: positive numbers, codes of labels, values that must not vary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    complete_labels,
    first_cities,
    numbers,
    ordered_levels,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["label_codes", "positive", "refuse_values", "refuse_varying", "unit_numbers"]


def label_codes(table: pd.DataFrame, column: str) -> tuple[list[str], IntArray]:
    """The labels of a column in their order, and the code of each row, shape (n,)."""
    values = complete_labels(table, column, "DATA")
    names = ordered_levels(table[column])
    position = {name: code for code, name in enumerate(names)}
    return names, np.array([position[value] for value in values], dtype=np.int64)


FARTHEST = 1e100
"""Weights beyond this, and probabilities below its inverse, are mistakes; their squares may overflow."""


def positive(table: pd.DataFrame, column: str, highest: float = FARTHEST) -> FloatArray:
    """A column of numbers above 0 and at most ``highest``, shape (n,)."""
    values = numbers(table, column, "DATA")
    expected = "a number above 0" if highest == FARTHEST else f"a number above 0 and at most {highest:g}"
    refuse_values(table, column, ~((values >= 1.0 / FARTHEST) & (values <= highest)), expected)
    return values


def refuse_values(table: pd.DataFrame, column: str, bad: BoolArray, expected: str) -> None:
    """Refuse the values of these rows as out of range."""
    if bad.any():
        raise DataError(
            "DATA-WEIGHT-INVALID",
            f"Column '{column}' has {int(bad.sum())} values out of range.",
            where=first_cities(table.index[bad]),
            got=quoted(table[column][bad].tolist()),
            expected=expected,
            remedy="Correct the values.",
        )


def refuse_varying(
    table: pd.DataFrame, column: str, values: npt.NDArray[Any], first: IntArray, unit: IntArray, group: str
) -> None:
    """Refuse a column that has several values in a unit.

    Parameters
    ----------
    table : pandas.DataFrame
        The table, whose index names the rows.
    column : str
        Name of the column, for the error.
    values : array (n,)
        Its values.
    first : array (m,) of int
        First row of each unit.
    unit : array (n,) of int
        Unit of each row.
    group : str
        What the units are called.
    """
    bad = values != values[first][unit]
    if bad.any():
        raise DataError(
            "DATA-FPC-VARIES",
            f"Column '{column}' is not constant in a {group}.",
            where=first_cities(table.index[bad]),
            got=quoted(values[bad].tolist()),
            expected=f"one value for each {group}",
            remedy="Correct the values.",
        )


def unit_numbers(
    table: pd.DataFrame, column: str, first: IntArray, unit: IntArray, group: str = "primary sampling unit"
) -> FloatArray:
    """A column of numbers with one value for each unit, shape (m,)."""
    values = numbers(table, column, "DATA")
    refuse_varying(table, column, values, first, unit, group)
    return values[first]
