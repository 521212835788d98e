"""Class variables of a frame: bounds, quantiles, growth rates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import FrameError, quoted
from citysample.reference_frames.columns import (
    FloatArray,
    IntArray,
    first_cities,
    numbers,
    require_columns,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["annual_growth", "class_codes", "class_labels", "growth_of_columns", "quantile_bounds"]


def class_codes(values: FloatArray, bounds: Sequence[float]) -> IntArray:
    """The class of each value: 0 below the first bound, 1 from the first bound on, and so on.

    A value equal to a bound belongs to the higher class.

    Parameters
    ----------
    values : array (N,)
        Values of the cities, in the unit of the bounds.
    bounds : sequence of float
        Rising bounds.

    >>> class_codes(np.array([1999.0, 2000.0, 9000.0]), [2000, 8000]).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(np.asarray(bounds, dtype=np.float64), values, side="right").astype(np.int64)


def class_labels(bounds: Sequence[float], labels: Sequence[str] | None = None) -> list[str]:
    """One label for each class; given labels are checked.

    >>> class_labels([2000, 8000])
    ['under 2000', '2000 to under 8000', '8000 and over']
    """
    rising = all(low < high for low, high in pairwise(bounds))
    if not bounds or not rising or not all(np.isfinite(bound) for bound in bounds):
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            "The bounds of the classes must rise.",
            got=quoted(bounds),
            expected="one or more finite numbers, each larger than the one before",
            remedy="Correct the bounds.",
        )
    if labels is not None:
        if len(labels) != len(bounds) + 1 or len(set(labels)) != len(labels):
            raise FrameError(
                "FRAME-CLASSES-INVALID",
                "The labels do not fit the bounds.",
                got=f"{len(labels)} labels: {quoted(labels)}",
                expected=f"{len(bounds) + 1} different labels for {len(bounds)} bounds",
                remedy="Give one label more than there are bounds.",
            )
        return list(labels)
    text = [f"{bound:.15g}" for bound in bounds]
    middle = [f"{low} to under {high}" for low, high in pairwise(text)]
    return [f"under {text[0]}", *middle, f"{text[-1]} and over"]


def quantile_bounds(values: FloatArray, classes: int) -> list[float]:
    """Bounds that put about the same number of cities into each class.

    The i-th bound is the value at place ceil(N i / classes) + 1 in rising order, so each bound is a
    value that occurs, and equal values are in one class.

    Parameters
    ----------
    values : array (N,)
        Values of the cities.
    classes : int
        Number of classes, 2 or more.

    Returns
    -------
    list of float
        ``classes`` - 1 rising bounds.

    Raises
    ------
    FrameError
        ``FRAME-CLASSES-INVALID``: too few different values for so many classes.

    Examples
    --------
    >>> quantile_bounds(np.array([5.0, 1.0, 4.0, 2.0, 3.0, 6.0]), 3)
    [3.0, 5.0]
    """
    if classes != int(classes) or classes < 2:
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            "The number of quantile classes is not valid.",
            got=str(classes),
            expected="a whole number, 2 or more",
            remedy="Correct the number of classes.",
        )
    rising = np.sort(values)
    places = [-(-len(rising) * i // classes) for i in range(1, int(classes))]
    bounds = [float(rising[place]) for place in places if place < len(rising)]
    low = [float(rising[0]), *bounds]
    if len(bounds) < classes - 1 or any(a >= b for a, b in pairwise(low)):
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            f"The values do not fall into {classes} classes of about the same size.",
            got=f"{len(np.unique(rising))} different values for {len(rising)} cities",
            expected="a class must not begin and end at the same value",
            remedy="Ask for fewer classes, or give bounds.",
        )
    return bounds


def annual_growth(start: FloatArray, end: FloatArray, years: float) -> FloatArray:
    """Mean growth rate in per cent a year: 100 ln(end / start) / years.

    Use it for growth classes. It is the population growth rate of SDG 11.3.1.

    Parameters
    ----------
    start, end : array (N,)
        Values at the two dates, above 0.
    years : float
        Years between the dates, above 0.

    Returns
    -------
    array (N,)
        Growth rates in per cent a year; negative where the city shrinks.

    References
    ----------
    UN-Habitat, SDG indicator 11.3.1 metadata (2021): PGR = ln(Pop(t+n) / Pop(t)) / y.

    Examples
    --------
    >>> annual_growth(np.array([100.0]), np.array([200.0]), 10).round(3).tolist()
    [6.931]
    """
    return np.asarray(100 * np.log(end / start) / years)


def growth_of_columns(table: pd.DataFrame, start: str, end: str, years: float) -> FloatArray:
    """Growth rates of :func:`annual_growth` from two columns of a frame, checked."""
    require_columns(table, [start, end], "FRAME", "growth")
    for column in (start, end):
        low = numbers(table, column, "FRAME") <= 0
        if low.any():
            raise FrameError(
                "FRAME-VALUE-INVALID",
                f"{int(low.sum())} cities have no growth rate: a value is zero or negative.",
                where=f"column '{column}', {first_cities(table.index[low])}",
                got=quoted(table[column][low]),
                expected="numbers above 0",
                remedy="Correct the values, or make the classes from another column.",
            )
    if not years > 0:
        raise FrameError(
            "FRAME-VALUE-INVALID",
            "The number of years between the two dates is not valid.",
            got=str(years),
            expected="a number above 0",
            remedy="Correct the number of years.",
        )
    return annual_growth(numbers(table, start, "FRAME"), numbers(table, end, "FRAME"), years)
