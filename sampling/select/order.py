"""Orders of the cities for methods that walk through them: by columns, or along a curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from citysample.errors import DesignError, FrameError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray, first_cities

__all__ = ["hilbert_order", "order_by_columns"]

LEVELS = 20
"""The square is divided in half this many times along each side."""


def order_by_columns(columns: Sequence[npt.NDArray[np.number]], *, city_ids: Sequence[str] = ()) -> IntArray:
    """Order of the cities by one or more columns.

    Use it before ``systematic``, ``chromy`` or ordered ``pivotal``: what is near in the order is
    hardly selected together, so the sample is spread over the columns.

    Parameters
    ----------
    columns : sequence of arrays (N,)
        Numbers, or ranks of labels. The first column counts most.
    city_ids : sequence of str, optional
        Ids, to name cities in an error.

    Returns
    -------
    array (N,) of int
        Positions of the cities, first to last. Cities with equal values keep their order.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID`` if there is no column, or if columns differ in length.
    FrameError
        ``FRAME-VALUE-MISSING`` if a value is not a number.

    References
    ----------
    Madow, W. G. (1949). On the theory of systematic sampling, II. Ann. Math. Statist. 20, 333-354.

    Examples
    --------
    >>> zone, people = np.array([1, 1, 2, 2]), np.array([5, 9, 4, 8])
    >>> order_by_columns([zone, people]).tolist()
    [0, 1, 2, 3]
    """
    lengths = [column.shape for column in columns]
    if not columns or len(set(lengths)) > 1 or len(lengths[0]) != 1:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The order needs columns with one value for each city.",
            got=f"columns of the shapes {lengths}",
            expected="at least one column, all of the same length",
            remedy="Name the columns of the order.",
        )
    group = np.zeros(lengths[0], dtype=np.int64)
    for number, column in enumerate(columns, start=1):
        missing = np.isnan(column.astype(np.float64))
        if missing.any():
            raise _missing(f"column {number} of the order", missing, city_ids)
        levels, rank = np.unique(column, return_inverse=True)
        group = np.unique(group * levels.size + rank, return_inverse=True)[1]
    return np.argsort(group, kind="stable")


def hilbert_order(coordinates: FloatArray, *, geographic: bool, city_ids: Sequence[str] = ()) -> IntArray:
    """Order of the cities along a Hilbert curve, which visits neighbours one after the other.

    Use it before ``systematic``, ``chromy`` or ordered ``pivotal`` to spread the sample over the
    map.

    Parameters
    ----------
    coordinates : array (N, 2)
        Longitude and latitude in degrees, or x and y in one unit of length.
    geographic : bool
        True for longitude (-180 to 360) and latitude (-90 to 90).
    city_ids : sequence of str, optional
        Ids, to name cities in an error.

    Returns
    -------
    array (N,) of int
        Positions of the cities, first to last. Cities in the same cell of the curve, such as two
        cities at the same place, keep their order.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID`` if there are not two coordinates for each city.
    FrameError
        ``FRAME-VALUE-MISSING`` if a coordinate is not a number, ``FRAME-VALUE-INVALID`` if it is
        infinite or out of range.

    Notes
    -----
    Longitudes are read on the circle that is cut open in the middle of the largest gap between cities,
    so that a country on both sides of the antimeridian stays in one piece; they are multiplied by
    the cosine of the middle latitude. The smallest square with the cities, from their lower left
    corner, is divided into 2^20 x 2^20 cells. The curve starts in that corner.

    References
    ----------
    Hilbert, D. (1891). Ueber die stetige Abbildung einer Linie auf ein Flaechenstueck. Math. Annalen
    38, 459-460. Lister, A. J., Scott, C. T. (2009). Use of space-filling curves to select sample
    locations in natural resource monitoring studies. Environ. Monit. Assess. 149, 71-80.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> hilbert_order(corners, geographic=False).tolist()
    [0, 3, 2, 1]
    >>> hilbert_order(np.array([[179.0, 10.0], [-179.0, 10.0], [177.0, 10.0]]), geographic=True).tolist()
    [2, 0, 1]
    """
    _check_coordinates(coordinates, geographic, city_ids)
    x, y = coordinates[:, 0], coordinates[:, 1]
    if x.size == 0:
        return np.zeros(0, dtype=np.int64)
    if geographic:
        x = _cut_open(x) * np.cos(np.radians((y.min() + y.max()) / 2.0))
    x, y = x - x.min(), y - y.min()
    side = max(float(x.max()), float(y.max()))
    cells = 2**LEVELS
    scale = cells / side if side > 0.0 else 0.0
    column, row = (np.minimum((v * scale).astype(np.int64), cells - 1) for v in (x, y))
    return np.argsort(_along_the_curve(column, row), kind="stable")


def _cut_open(longitude: FloatArray) -> FloatArray:
    """Longitudes as degrees east of the eastern end of the largest gap between them."""
    turned = longitude % 360.0
    values = np.unique(turned)
    gaps = np.diff(values, append=values[0] + 360.0)
    start = values[(int(np.argmax(gaps)) + 1) % values.size]
    return np.asarray((turned - start) % 360.0)


def _along_the_curve(x: IntArray, y: IntArray) -> IntArray:
    """Number of each cell on the curve, from the coarsest division of the square to the finest."""
    number = np.zeros(x.size, dtype=np.int64)
    for level in range(LEVELS - 1, -1, -1):
        right, upper = (x >> level) & 1, (y >> level) & 1
        number = 4 * number + (3 * right ^ upper)
        # The lower quarters are mirrored at a diagonal, so that the pieces of the curve meet.
        turned = right & ~upper & 1 == 1
        side = 2**level - 1
        x, y = x & side, y & side
        x, y = np.where(turned, side - x, x), np.where(turned, side - y, y)
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
    return number


def _check_coordinates(coordinates: FloatArray, geographic: bool, city_ids: Sequence[str]) -> None:
    if coordinates.ndim != 2 or coordinates.shape[1] != 2:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "A curve needs two coordinates for each city.",
            got=f"an array of the shape {coordinates.shape}",
            expected="shape (N, 2)",
            remedy="Give two columns, such as longitude and latitude.",
        )
    missing: BoolArray = np.asarray(np.isnan(coordinates).any(axis=1))
    if missing.any():
        raise _missing("the coordinates", missing, city_ids)
    outside: BoolArray = np.asarray(np.isinf(coordinates).any(axis=1))
    if geographic:
        lon, lat = coordinates[:, 0], coordinates[:, 1]
        outside |= (lon < -180.0) | (lon > 360.0) | (np.abs(lat) > 90.0)
    if outside.any():
        first = coordinates[np.flatnonzero(outside)[0]]
        raise FrameError(
            "FRAME-VALUE-INVALID",
            f"{int(outside.sum())} cities have coordinates out of range.",
            where=_named(outside, city_ids),
            got=f"({first[0]}, {first[1]})",
            expected="longitude from -180 to 360 and latitude from -90 to 90"
            if geographic
            else "finite numbers",
            remedy="Correct the coordinates. Longitude comes first.",
        )


def _missing(what: str, missing: BoolArray, city_ids: Sequence[str]) -> FrameError:
    return FrameError(
        "FRAME-VALUE-MISSING",
        f"{int(missing.sum())} cities have no place in the order: no value in {what}.",
        where=_named(missing, city_ids),
        got="NaN",
        expected="a number for each city",
        remedy="Fill in the values, or choose another order.",
    )


def _named(marked: BoolArray, city_ids: Sequence[str]) -> str:
    """The first five marked cities, by id, or by row where no ids are known."""
    rows = np.flatnonzero(marked).tolist()
    if len(city_ids) == marked.size:
        return first_cities(city_ids[row] for row in rows)
    return f"rows {', '.join(str(row + 1) for row in rows[:5])}" + (
        f", ... ({len(rows)} in all)" if len(rows) > 5 else ""
    )
