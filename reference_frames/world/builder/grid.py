"""Geometry of a triangular grid of the sphere: corners, areas and neighbours of cells.

A cell index is ``face * 4**level + path``: one of 20 faces of an icosahedron, then one of four
children at each level. Corners are unit vectors.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = [
    "EARTH_RADIUS_KM",
    "areas_km2",
    "cell_name",
    "centroids",
    "corners",
    "corner_pairs",
    "edge_pairs",
    "expand_runs",
    "lon_lat",
    "unit",
    "unit_vectors",
]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
SAME_POINT = 1e-8
"""Two corners closer than this (6 cm on the Earth) are one; cells are 1 km wide."""


def expand_runs(ends: IntArray, chosen: npt.NDArray[np.bool_]) -> IntArray:
    """The cell indices of the chosen runs; run r holds the indices ends[r - 1] to ends[r] - 1.

    >>> expand_runs(np.array([3, 5, 9]), np.array([True, False, True])).tolist()
    [0, 1, 2, 5, 6, 7, 8]
    """
    starts = np.concatenate([[0], ends[:-1]])[chosen]
    lengths = ends[chosen] - starts
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def cell_name(cell: int) -> str:
    """Permanent name of a cell: its index in hexadecimal digits.

    >>> cell_name(176_429_381)
    'T3-0A841945'
    """
    return f"T3-{cell:08X}"


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors of length one, along the last axis."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def corners(cells: IntArray, level: int, faces: FloatArray) -> FloatArray:
    """Corners of cells, shape (n, 3, 3): cell, corner, coordinate.

    Parameters
    ----------
    cells : array (n,)
        Cell indices.
    level : int
        Level of the grid.
    faces : array (20, 3, 3)
        Corners of the faces of the icosahedron.
    """
    path = cells & (4**level - 1)
    triangle = faces[cells >> (2 * level)]
    rows = np.arange(len(cells))
    for shift in range(2 * (level - 1), -1, -2):
        a, b, c = triangle[:, 0], triangle[:, 1], triangle[:, 2]
        ab, bc, ca = unit(a + b), unit(b + c), unit(c + a)
        children = np.stack(
            [np.stack(child, axis=1) for child in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
        triangle = children[(path >> shift) & 3, rows]
    return np.asarray(triangle)


def areas_km2(triangles: FloatArray) -> FloatArray:
    """Areas of spherical triangles in km2, shape (n,).

    tan(E / 2) = abs(a . (b x c)) / (1 + a.b + b.c + c.a), with the spherical excess E.

    References
    ----------
    Van Oosterom and Strackee (1983), The solid angle of a plane triangle, eq. 8.
    """
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    triple = np.abs(np.sum(a * np.cross(b, c), axis=1))
    rest = 1 + np.sum(a * b, axis=1) + np.sum(b * c, axis=1) + np.sum(c * a, axis=1)
    return np.asarray(2 * np.arctan2(triple, rest) * EARTH_RADIUS_KM**2)


def centroids(triangles: FloatArray) -> FloatArray:
    """Middle points of cells as unit vectors, shape (n, 3)."""
    return unit(triangles.sum(axis=1))


def edge_pairs(triangles: FloatArray) -> IntArray:
    """Pairs of cells that share an edge, shape (m, 2): their edges have one middle point."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    return _pairs_of(np.concatenate([unit(a + b), unit(b + c), unit(c + a)]), len(triangles))


def corner_pairs(triangles: FloatArray) -> IntArray:
    """Pairs of cells that share a corner, shape (m, 2); neighbours by an edge are among them."""
    return _pairs_of(np.concatenate([triangles[:, 0], triangles[:, 1], triangles[:, 2]]), len(triangles))


def _pairs_of(points: FloatArray, n: int) -> IntArray:
    pairs = cKDTree(points).query_pairs(SAME_POINT, output_type="ndarray")
    # The tree gives pairs in an order of its own; sorted, the result does not depend on it.
    found = np.unique(np.sort(pairs % n, axis=1), axis=0)
    return np.asarray(found, dtype=np.int64).reshape(-1, 2)


def unit_vectors(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Unit vectors of positions in degrees, shape (n, 3)."""
    east, north = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def lon_lat(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes in degrees of unit vectors.

    >>> lon_lat(np.array([[0.0, 1.0, 0.0]]))
    (array([90.]), array([0.]))
    """
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1, 1)))
