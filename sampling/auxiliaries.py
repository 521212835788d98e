"""Frame columns that steer a draw: balancing variables, coordinates and orders, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, quoted
from citysample.reference_frames.columns import (
    FloatArray,
    IntArray,
    complete_labels,
    numbers,
    ordered_levels,
    require_columns,
)
from citysample.sampling.select.neighbours import sphere_points, standardise
from citysample.sampling.select.order import hilbert_order, order_by_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CURVE", "balancing_variables", "coordinates", "draw_order", "spread_columns"]

CURVE = "curve"
"""The order along a space-filling curve through the coordinates."""
LONGITUDES = ("lon", "longitude")
LATITUDES = ("lat", "latitude")


def spread_columns(table: pd.DataFrame, spread: Sequence[str]) -> tuple[str, ...]:
    """The coordinate columns: those of the design, or the longitude and latitude of the frame."""
    if spread:
        require_columns(table, spread, "FRAME", "spread of the design")
        return tuple(spread)
    by_lower = {str(column).lower(): str(column) for column in table.columns}
    found = [next((by_lower[n] for n in names if n in by_lower), None) for names in (LONGITUDES, LATITUDES)]
    if None in found:
        raise DesignError(
            "DESIGN-SPREAD-MISSING",
            "The design needs coordinates and the frame has no columns 'lon' and 'lat'.",
            got=f"columns {quoted(table.columns)}",
            expected="columns 'lon' and 'lat', or the names of other columns",
            remedy="Name the columns: spread = ['x', 'y'].",
        )
    return tuple(str(column) for column in found)


def coordinates(table: pd.DataFrame, columns: Sequence[str]) -> FloatArray:
    """Coordinates whose distances can be compared, shape (N, q).

    Longitude and latitude become points on the unit sphere, so that the date line does no harm. Other
    columns are standardised.
    """
    values = [numbers(table, column, "FRAME") for column in columns]
    if _are_degrees(columns):
        return sphere_points(*values, city_ids=table.index.tolist())
    return standardise(np.stack(values, axis=1))


def balancing_variables(table: pd.DataFrame, columns: Sequence[str]) -> FloatArray:
    """Balancing variables x_k of all cities, shape (N, p)."""
    require_columns(table, columns, "FRAME", "balance of the design")
    if not columns:
        return np.zeros((len(table), 0))
    return np.stack([numbers(table, column, "FRAME") for column in columns], axis=1)


def draw_order(table: pd.DataFrame, order: Sequence[str], spread: Sequence[str]) -> IntArray | None:
    """The cities in the order of the columns, or along the curve; None for the order of the ids."""
    if not order:
        return None
    if tuple(order) == (CURVE,):
        columns = spread_columns(table, spread)
        return hilbert_order(
            np.stack([numbers(table, column, "FRAME") for column in columns], axis=1),
            geographic=_are_degrees(columns),
            city_ids=table.index.tolist(),
        )
    require_columns(table, order, "FRAME", "order of the design")
    return order_by_columns([_ranks(table, column) for column in order], city_ids=table.index.tolist())


def _ranks(table: pd.DataFrame, column: str) -> FloatArray:
    """Numbers as they are; labels as the ranks of their levels."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(table[column].dtype):
        return numbers(table, column, "FRAME")
    ranks = {level: float(rank) for rank, level in enumerate(ordered_levels(table[column]))}
    return np.array([ranks[label] for label in complete_labels(table, column, "FRAME")])


def _are_degrees(columns: Sequence[str]) -> bool:
    lower = [column.lower() for column in columns]
    return len(lower) == 2 and lower[0] in LONGITUDES and lower[1] in LATITUDES
