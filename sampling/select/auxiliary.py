"""Columns that a selection balances on or measures distances with."""

from __future__ import annotations

import numpy as np

from citysample.errors import DesignError, FrameError
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = [
    "auxiliary_columns",
    "complete_coordinates",
    "enough_numbers",
    "reduced_columns",
    "without_unit",
]

ROUNDING = 1e-13
"""A difference this small against the numbers it comes from is rounding."""


def auxiliary_columns(columns: FloatArray, N: int, role: str) -> FloatArray:
    """The columns as a contiguous array (N, p) of finite numbers, or an error that says what is wrong.

    Raises
    ------
    DesignError
        The array has not the shape (N, p).
    FrameError
        A value is missing or infinite.

    Examples
    --------
    >>> auxiliary_columns(np.arange(6).reshape(3, 2), 3, "coordinates").shape
    (3, 2)
    """
    table = np.ascontiguousarray(columns, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != N:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"The {role} do not fit the cities.",
            got=f"an array of shape {table.shape}",
            expected=f"one row for each of {N} cities, one column for each variable",
            remedy="Give the columns of the same cities, in the same order.",
        )
    missing = np.isnan(table)
    bad = missing if missing.any() else np.isinf(table)
    if bad.any():
        rows = np.flatnonzero(bad.any(axis=1))
        shown = ", ".join(str(row + 1) for row in rows[:5])
        raise FrameError(
            "FRAME-VALUE-MISSING" if missing.any() else "FRAME-VALUE-INVALID",
            f"{rows.size} cities have no {'' if missing.any() else 'finite '}value in the {role}.",
            where=f"column {int(np.flatnonzero(bad.any(axis=0))[0]) + 1}, cities in places {shown}",
            got=f"{int(bad.sum())} {'missing' if missing.any() else 'infinite'} values",
            expected="a number for each city",
            remedy="Fill in the values, or leave the column out of the design.",
        )
    return table


def without_unit(column: FloatArray) -> FloatArray:
    """The column divided by a power of two, so that its largest value is between 0.5 and 1.

    Nothing is rounded, and no later product can be too large.

    Examples
    --------
    >>> without_unit(np.array([3.0, -6.0])).tolist()
    [0.375, -0.75]
    """
    return np.asarray(np.ldexp(column, -np.frexp(np.abs(column).max())[1]))


def complete_coordinates(coordinates: FloatArray, N: int) -> FloatArray:
    """Coordinates (N, q) as :func:`auxiliary_columns` checks them, with at least one column."""
    points = auxiliary_columns(coordinates, N, "coordinates")
    if points.shape[1] == 0:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "There are no coordinates, so no city is near another.",
            expected="at least one column",
            remedy="Name the columns to spread the sample over, or take another method.",
        )
    return points


def reduced_columns(table: FloatArray, pi: FloatArray) -> tuple[IntArray, FloatArray]:
    """Positions of the independent columns (m,), and what is new in each of them (N, m).

    The first j reduced columns and pi span the same space as the first j kept columns x_k / pi_k
    and pi, so balance on the one is balance on the other. They are better conditioned.
    """
    N = pi.size
    if N == 0:
        return np.empty(0, dtype=np.int64), np.empty((0, 0))
    kept, reduced = [], [np.ones(N)]
    # A city of typical pi, because x_k / pi_k may be extreme where pi is small.
    typical = np.partition(pi, N // 2)[N // 2]
    lower = np.count_nonzero(pi < typical)
    pivots, sources = [int(np.flatnonzero(pi == typical)[N // 2 - lower])], [np.ones(N)]
    passing = np.empty(N)
    for j in range(table.shape[1]):
        value = without_unit(table[:, j]) / pi
        source = np.abs(value)
        for pivot, column, behind in zip(pivots, reduced, sources, strict=True):
            factor = value[pivot] / column[pivot]
            # In place: new arrays of this size take longer than the arithmetic.
            value -= np.multiply(factor, column, out=passing)
            np.maximum(source, np.abs(value, out=passing), out=source)
            np.maximum(source, np.multiply(abs(factor), behind, out=passing), out=source)
        value[np.abs(value) <= ROUNDING * source] = 0.0
        if value.any():
            kept.append(j)
            pivots.append(int(np.abs(value).argmax()))
            reduced.append(value)
            sources.append(source)
    return np.array(kept, dtype=np.int64), np.column_stack([np.empty((N, 0)), *reduced[1:]])


def enough_numbers(uniforms: FloatArray, needed: int) -> None:
    """Refuse fewer random numbers than the selection may take."""
    if uniforms.size < needed:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The selection has too few random numbers.",
            got=f"{uniforms.size} numbers",
            expected=f"{needed} numbers",
            remedy="Make as many as the function uniforms_... beside the selector says.",
        )
