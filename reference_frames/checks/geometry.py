"""Distances on the sphere, pairs of near cities, and discs around cities. Arrays only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

__all__ = [
    "EARTH_KM",
    "MOST_PAIRS",
    "Box",
    "close_pairs",
    "distance_km",
    "footprint_pairs",
    "inside_box",
    "legal",
    "linked_groups",
]

EARTH_KM = 6371.0088
"""Mean radius of the Earth in km: (2a + b) / 3 of the ellipsoid; Moritz (2000), GRS 1980."""

MOST_PAIRS = 50
"""More pairs than this for each city mean a wrong unit; the pairs are then not listed."""

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees; west > east means that the box crosses the antimeridian."""

Degrees: TypeAlias = npt.ArrayLike


def distance_km(lon_1: Degrees, lat_1: Degrees, lon_2: Degrees, lat_2: Degrees) -> FloatArray:
    """Great-circle distance in km.

    Formula: d = 2 R asin sqrt(sin^2((lat_2 - lat_1) / 2) + cos lat_1 cos lat_2 sin^2((lon_2 - lon_1) / 2)),
    which is exact for small distances, too.

    Parameters
    ----------
    lon_1, lat_1, lon_2, lat_2 : array or float
        Longitudes and latitudes in degrees.

    Returns
    -------
    array
        Distances in km on a sphere with radius ``EARTH_KM``; NaN where a coordinate is missing.

    References
    ----------
    Sinnott, R. W. (1984). Virtues of the haversine. Sky and Telescope 68(2), 159.

    >>> round(float(distance_km(0.0, 0.0, 90.0, 0.0)))
    10008
    """
    lon_1, lat_1, lon_2, lat_2 = (
        np.radians(np.asarray(x, dtype=np.float64)) for x in (lon_1, lat_1, lon_2, lat_2)
    )
    half = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def legal(lon: FloatArray, lat: FloatArray) -> BoolArray:
    """True where both coordinates are there and in range, shape (N,).

    >>> legal(np.array([10.0, 200.0, np.nan]), np.array([50.0, 0.0, 0.0])).tolist()
    [True, False, False]
    """
    return (np.abs(lon) <= 180) & (np.abs(lat) <= 90)


def inside_box(lon: FloatArray, lat: FloatArray, box: Box) -> BoolArray:
    """True where the point lies in the box, shape (N,).

    Parameters
    ----------
    lon, lat : array (N,)
        Coordinates in degrees.
    box : tuple
        West, south, east, north; west > east crosses the antimeridian.

    >>> inside_box(np.array([179.0, -179.0, 0.0]), np.zeros(3), (177.0, -20.0, -178.0, 0.0)).tolist()
    [True, True, False]
    """
    west, south, east, north = box
    between = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
    return between & (lat >= south) & (lat <= north)


def close_pairs(lon: FloatArray, lat: FloatArray, km: float) -> IntArray | None:
    """Pairs of points at most ``km`` apart.

    Use it for a whole country: a k-d tree on unit vectors needs about N log N steps, not N^2. The
    distance of two unit vectors is the chord 2 sin(d / 2R) of the great-circle distance d.

    Parameters
    ----------
    lon, lat : array (N,)
        Coordinates in degrees; points that are not legal have no neighbours.
    km : float
        Largest distance.

    Returns
    -------
    array (m, 2) or None
        Positions i < j, in rising order. None if there are more than ``MOST_PAIRS`` for each point.

    References
    ----------
    Maneewongvatana, S. and Mount, D. M. (1999). Analysis of approximate nearest neighbor searching with
    clustered point sets (the tree of ``scipy.spatial.cKDTree``).

    >>> close_pairs(np.array([0.0, 0.005, 1.0]), np.zeros(3), km=1.0).tolist()
    [[0, 1]]
    """
    rows = np.flatnonzero(legal(lon, lat))
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    tree, chord = _tree(lon[rows], lat[rows]), float(_chord(km))
    if tree.count_neighbors(tree, chord) > (2 * MOST_PAIRS + 1) * max(len(rows), 20):
        return None
    pairs = np.sort(rows[tree.query_pairs(chord, output_type="ndarray")].reshape(-1, 2), axis=1)
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], dtype=np.int64)


def footprint_pairs(
    points: tuple[FloatArray, FloatArray],
    centres: tuple[FloatArray, FloatArray],
    area_km2: FloatArray,
) -> IntArray | None:
    """Pairs (point, centre) where the point lies in the disc around the centre.

    The footprint of a city is the disc with its area around its point: radius sqrt(area / pi).

    Parameters
    ----------
    points : tuple of arrays (M,)
        Longitudes and latitudes in degrees.
    centres : tuple of arrays (N,)
        Longitudes and latitudes of the discs.
    area_km2 : array (N,)
        Areas of the discs in square kilometres; a disc without a positive area holds nothing.

    Returns
    -------
    array (m, 2) or None
        Positions of the point and of the centre. None if there are more than ``MOST_PAIRS`` for each point.

    >>> centre = (np.zeros(1), np.zeros(1))
    >>> footprint_pairs((np.array([0.05]), np.zeros(1)), centre, np.array([314.0])).tolist()
    [[0, 0]]
    """
    rows = np.flatnonzero(legal(*points))
    discs = np.flatnonzero(legal(*centres) & (area_km2 > 0))
    if not len(rows) or not len(discs):
        return np.empty((0, 2), dtype=np.int64)
    tree = _tree(points[0][rows], points[1][rows])
    vectors = _unit_vectors(centres[0][discs], centres[1][discs])
    chords = _chord(np.sqrt(area_km2[discs] / np.pi))
    counts = tree.query_ball_point(vectors, chords, return_length=True)
    if counts.sum() > MOST_PAIRS * max(len(rows), 20):
        return None
    found = tree.query_ball_point(vectors, chords, return_sorted=True)
    pairs = [(rows[row], disc) for disc, inside in zip(discs, found, strict=True) for row in inside]
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def linked_groups(pairs: Iterable[Sequence[int]]) -> list[tuple[int, ...]]:
    """Groups of positions that pairs link directly or through others, in rising order.

    >>> linked_groups([(4, 1), (1, 2), (7, 9)])
    [(1, 2, 4), (7, 9)]
    """
    group_of: dict[int, list[int]] = {}
    for pair in pairs:
        first, second = (group_of.setdefault(int(k), [int(k)]) for k in pair)
        if first is not second:
            small, large = sorted((first, second), key=len)
            large.extend(small)
            group_of.update(dict.fromkeys(small, large))
    return sorted({tuple(sorted(group)) for group in {id(g): g for g in group_of.values()}.values()})


def _unit_vectors(lon: FloatArray, lat: FloatArray) -> FloatArray:
    east, north = np.radians(lon), np.radians(lat)
    return np.column_stack((np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)))


def _tree(lon: FloatArray, lat: FloatArray) -> cKDTree:
    from scipy.spatial import cKDTree

    return cKDTree(_unit_vectors(lon, lat))


def _chord(km: npt.ArrayLike) -> FloatArray:
    # Half a turn is the largest distance: a larger disc holds everything.
    return np.asarray(2 * np.sin(np.minimum(np.asarray(km) / (2 * EARTH_KM), np.pi / 2)))
