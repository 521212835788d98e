"""Errors inside the cities: standard errors that each city's own survey gives for its indicators."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import FloatArray, first_cities, numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CityErrors", "ErrorColumns", "city_errors"]

LARGEST_SE = 1e150
"""The square of a larger one is no number."""

ErrorColumns: TypeAlias = Mapping[Any, str | float]
"""For a column, the column with its standard errors; for a pair, the column with its covariances."""


@dataclass(frozen=True, slots=True, eq=False)
class CityErrors:
    """How exactly the columns were measured inside each city.

    Parameters
    ----------
    columns : tuple of str, length c
        Columns that were measured with error.
    covariance : array (n, c, c)
        Covariance matrix of these columns in each city; NaN for a pair whose covariance was not given.
    common : mapping of str to float
        Relative error of a column that is the same in all cities, such as 0.02 for 2 %.
    """

    columns: tuple[str, ...] = ()
    covariance: FloatArray = field(default_factory=lambda: np.zeros((0, 0, 0)))
    common: Mapping[str, float] = field(default_factory=dict)


def city_errors(table: pd.DataFrame, errors: ErrorColumns, common: Mapping[str, float]) -> CityErrors:
    """Read the standard errors and covariances inside the cities from the columns of the table.

    Parameters
    ----------
    table : pandas.DataFrame
        The sampled units with their data, n rows.
    errors : mapping
        ``{"built": "built_se"}`` names a column of standard errors, in the unit of ``built``, at least 0.
        ``{("built", "land"): "built_land_cov"}`` names a column of covariances, and
        ``{("built", "land"): 0}`` says that the two were measured independently.
    common : mapping of str to float
        Relative errors that all cities share, above -1.

    Raises
    ------
    DataError
        A column is unknown or holds negative standard errors, or a matrix is no covariance matrix.
    """
    for given in (errors, common):
        if not isinstance(given, Mapping):
            raise _no_mapping(given)
    single = [name for name in errors if isinstance(name, str)]
    pairs = {name: where for name, where in errors.items() if not isinstance(name, str)}
    require_columns(table, [*single, *common], "DATA")
    position = {name: c for c, name in enumerate(single)}
    covariance = np.full((len(table), len(single), len(single)), np.nan)
    for name in single:
        se = _column(table, errors[name], "standard errors")
        if (se < 0.0).any():
            raise _invalid(f"Standard errors of '{name}' are negative.", table.index[se < 0.0])
        if (se > LARGEST_SE).any():
            raise _invalid(f"Standard errors of '{name}' are too large.", table.index[se > LARGEST_SE])
        covariance[:, position[name], position[name]] = se**2
    for pair, where in pairs.items():
        if not isinstance(pair, tuple) or len(pair) != 2 or not set(pair) <= set(single):
            raise DataError(
                "DATA-ERRORS-INVALID",
                "A covariance is given for columns without standard errors.",
                got=repr(pair),
                expected=f"two of the columns {quoted(single)}",
                remedy="Give the standard errors of both columns.",
            )
        first, second = (position[name] for name in pair)
        values = _column(table, where, "covariances")
        covariance[:, first, second] = covariance[:, second, first] = values
    _refuse_no_covariance(table, single, covariance)
    _refuse_common(common)
    return CityErrors(tuple(single), covariance, dict(common))


def _column(table: pd.DataFrame, where: str | float, what: str) -> FloatArray:
    if not isinstance(where, str):
        if isinstance(where, bool) or not isinstance(where, (int, float)) or where != 0:
            raise DataError(
                "DATA-ERRORS-INVALID",
                f"The {what} inside the cities must stand in a column.",
                got=repr(where),
                expected="the name of a column; 0 for columns that were measured independently",
                remedy="Name the column.",
            )
        return np.zeros(len(table))
    require_columns(table, [where], "DATA", what)
    return numbers(table, where, "DATA")


def _refuse_no_covariance(table: pd.DataFrame, columns: list[str], covariance: FloatArray) -> None:
    """Each pair must be a covariance: not above the product of the standard errors."""
    for first, second in combinations(range(len(columns)), 2):
        largest = np.sqrt(covariance[:, first, first] * covariance[:, second, second])
        bad = np.abs(covariance[:, first, second]) > largest * (1.0 + 1e-9)
        if bad.any():
            what = f"A covariance of '{columns[first]}' and '{columns[second]}' is too large."
            raise _invalid(what, table.index[bad])
    known = np.where(np.isnan(covariance), 0.0, covariance)
    if len(columns) > 2 and len(table):
        smallest = np.linalg.eigvalsh(known)[:, 0]
        bad = smallest < -1e-9 * np.abs(known).max(axis=(1, 2))
        if bad.any():
            raise _invalid("The covariances of some cities contradict each other.", table.index[bad])


def _refuse_common(common: Mapping[str, float]) -> None:
    bad = [
        name
        for name, value in common.items()
        if isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not -1.0 < value <= sys.float_info.max
    ]
    if bad:
        raise DataError(
            "DATA-ERRORS-INVALID",
            "A common error must be a relative error.",
            where=f"columns {quoted(bad)}",
            got=quoted([common[name] for name in bad]),
            expected="a number above -1, such as 0.02 for 2 %",
            remedy="Correct the common error.",
        )


def _no_mapping(given: object) -> DataError:
    return DataError(
        "DATA-ERRORS-INVALID",
        "Errors inside the cities are given by column.",
        got=repr(given),
        expected="a mapping, such as {'built': 'built_se'}",
        remedy="Name the column, and the column with its standard errors.",
    )


def _invalid(message: str, cities: pd.Index) -> DataError:
    return DataError(
        "DATA-ERRORS-INVALID",
        message,
        where=first_cities(cities),
        expected="standard errors of at least 0, and covariances not above their product",
        remedy="Correct the values.",
    )
