"""Distances between cities: points on the sphere, comparable columns, and a tree that finds neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

import numpy as np

from citysample.errors import FrameError
from citysample.reference_frames.columns import FloatArray, IntArray, first_cities
from citysample.sampling.select.auxiliary import auxiliary_columns, without_unit
from citysample.sampling.select.cube_flight import LEAF
from citysample.sampling.select.ranking import smallest_first

__all__ = ["NeighbourTree", "neighbour_tree", "sphere_points", "standardise"]


def sphere_points(lon: FloatArray, lat: FloatArray, *, city_ids: Sequence[str] = ()) -> FloatArray:
    """Points in space for longitudes and latitudes, so that near is near, at the antimeridian, too.

    Use it before selectors and measures that take coordinates: longitude and latitude themselves
    are not distances.

    Parameters
    ----------
    lon, lat : array (N,)
        Degrees, lon within -360 to 360, lat within -90 to 90.
    city_ids : sequence of str, optional
        Ids, to name cities in an error.

    Returns
    -------
    array (N, 3)
        Points on the unit sphere, rounded to 1e-9 (6 mm on the Earth), because the sines of two
        machines may differ in the last digit and the sample must not.

    Raises
    ------
    FrameError
        A coordinate is missing or out of range.

    Notes
    -----
    (cos lat cos lon, cos lat sin lon, sin lat). The distance through the Earth rises with the
    distance on its surface, so the nearest city is the same.

    References
    ----------
    Snyder, J. P. (1987). Map Projections: A Working Manual. U.S. Geological Survey, p. 30.

    Examples
    --------
    >>> sphere_points(np.array([0.0, 90.0, 180.0, -180.0]), np.zeros(4)).round(3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]
    """
    degrees = auxiliary_columns(np.column_stack([lon, lat]), len(lon), "coordinates")
    outside = (np.abs(degrees) > np.array([360.0, 90.0])).any(axis=1)
    if outside.any():
        rows = np.flatnonzero(outside)[:5].tolist()
        places = f"cities in places {', '.join(str(row + 1) for row in rows)}"
        raise FrameError(
            "FRAME-VALUE-INVALID",
            f"{int(outside.sum())} cities have no place on the Earth.",
            where=first_cities(city_ids[k] for k in np.flatnonzero(outside).tolist()) if city_ids else places,
            got="; ".join(f"lon {degrees[row, 0]:g}, lat {degrees[row, 1]:g}" for row in rows),
            expected="lon within -360 to 360 and lat within -90 to 90, in degrees",
            remedy="Correct the coordinates. Metres of a map projection are used as they are.",
        )
    east, north = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    points = np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])
    # Adding zero turns -0.0 into 0.0.
    return np.asarray(np.round(points, 9) + 0.0)


def standardise(columns: FloatArray) -> FloatArray:
    """Columns with mean 0 and standard deviation 1, so that none dominates the distance by its unit.

    Use it for columns other than longitude and latitude. Columns in one unit, such as the metres of
    a map, need none.

    Parameters
    ----------
    columns : array (N, q)
        Any numbers.

    Returns
    -------
    array (N, q)
        (x_k - mean) / s with divisor N; 0 for a constant column.

    Raises
    ------
    FrameError
        A value is missing or infinite.

    References
    ----------
    Grafstrom, A., Lundstrom, N. L. P., Schelin, L. (2012). Spatially balanced sampling through the
    pivotal method. Biometrics 68, 514-520.

    Examples
    --------
    >>> standardise(np.array([[1.0, 7.0], [3.0, 7.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    table = auxiliary_columns(columns, len(columns), "coordinates")
    result = np.zeros_like(table)
    for j in range(table.shape[1]):
        if np.ptp(table[:, j]) == 0.0:
            continue
        column = without_unit(table[:, j])
        # Exact sums: the nearest city must not depend on the order in which a machine adds.
        shifted = column - fsum(column.tolist()) / len(column)
        result[:, j] = shifted / sqrt(fsum((shifted * shifted).tolist()) / len(column))
    return result


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourTree:
    """A k-d tree whose nodes 1 to 2L - 1 stand in one row; node i has the children 2i and 2i + 1.

    Parameters
    ----------
    order : array (N,) of int
        Cities in the order of the leaves, at most ``LEAF`` in each.
    low, high : array (2L * q,)
        Corners of the box of each node; inf and -inf for a node without cities.
    first : array (2L,) of int
        Lowest rank among the live cities of each node; N if there is none.
    """

    order: IntArray
    low: FloatArray
    high: FloatArray
    first: IntArray


def neighbour_tree(points: FloatArray, ranks: IntArray) -> NeighbourTree:
    """Tree that finds the nearest live cities: each node is cut across its longest side.

    Parameters
    ----------
    points : array (N, q)
        Coordinates, N and q above 0.
    ranks : array (N,) of int
        The numbers 0 to N - 1: of cities at the same distance, the lower rank is nearer.

    Returns
    -------
    NeighbourTree
        With all cities live.

    References
    ----------
    Bentley, J. L. (1975). Multidimensional binary search trees used for associative searching.
    Communications of the ACM 18, 509-517.
    """
    N, q = points.shape
    depth = ((N - 1) // LEAF).bit_length()
    leaves = 2**depth
    order = _leaf_order(points, depth)
    starts = np.arange(0, N, LEAF)
    low, high = np.full((2 * leaves, q), np.inf), np.full((2 * leaves, q), -np.inf)
    first = np.full(2 * leaves, N, dtype=np.int64)
    used = slice(leaves, leaves + starts.size)
    low[used] = np.minimum.reduceat(points[order], starts, axis=0)
    high[used] = np.maximum.reduceat(points[order], starts, axis=0)
    first[used] = np.minimum.reduceat(ranks[order], starts)
    for level in range(depth - 1, -1, -1):
        here, below = slice(2**level, 2 ** (level + 1)), slice(2 ** (level + 1), 2 ** (level + 2))
        low[here] = low[below].reshape(-1, 2, q).min(axis=1)
        high[here] = high[below].reshape(-1, 2, q).max(axis=1)
        first[here] = first[below].reshape(-1, 2).min(axis=1)
    return NeighbourTree(order, low.ravel(), high.ravel(), first)


def _leaf_order(points: FloatArray, depth: int) -> IntArray:
    """Cities in the order of the leaves: level by level, each node is halved across its longest side."""
    columns = np.ascontiguousarray(points.T)
    N = columns.shape[1]
    places = np.empty(columns.shape, dtype=np.int64)
    for place, column in zip(places, columns, strict=True):
        place[smallest_first(column)] = np.arange(N)
    order = np.arange(N)
    for level in range(depth):
        size = LEAF * 2 ** (depth - level)
        # All nodes of a level have the same size but the last, which may lack cities.
        whole = N - N % size
        for nodes in (order[:whole].reshape(-1, size), order[whole:].reshape(1, -1)):
            if nodes.shape[1] > size // 2:
                nodes[:] = _halved(columns, places, nodes, size // 2)
    for leaves in (order[: N - N % LEAF].reshape(-1, LEAF), order[N - N % LEAF :]):
        leaves.sort()
    return order


def _halved(columns: FloatArray, places: IntArray, nodes: IntArray, half: int) -> IntArray:
    """The cities (m, size) of m nodes; in each, those with the lowest places on its longest side first."""
    sides = np.stack([np.ptp(column[nodes], axis=1) for column in columns])
    keys = places[sides.argmax(axis=0)[:, None], nodes]
    return np.take_along_axis(nodes, np.argpartition(keys, half, axis=1), axis=1)
