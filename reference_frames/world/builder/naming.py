"""Which places lie in which cluster, and which one of them names it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.reference_frames.world.builder.grid import EARTH_RADIUS_KM

__all__ = [
    "NEAR_KM",
    "clusters_of_places",
    "naming_order",
    "naming_places",
    "nearest_clusters",
    "reach_km",
    "with_near_places",
]

TextArray = npt.NDArray[np.str_]

NEAR_KM = 3.0
"""A place this near may be the main place of a cluster; positions and outlines are known to about 1 km."""
USUAL_PER_KM2 = 3_000
"""Usual density of an urban centre, from which the reach of a large place follows."""


def clusters_of_places(place_cells: IntArray, cells: IntArray, labels: IntArray) -> IntArray:
    """Cluster of the cell in which each place lies, -1 for none; ``cells`` rises.

    >>> clusters_of_places(np.array([7, 8]), np.array([5, 7]), np.array([0, 3])).tolist()
    [3, -1]
    """
    at = np.minimum(np.searchsorted(cells, place_cells), len(cells) - 1)
    return np.asarray(np.where(cells[at] == place_cells, labels[at], -1))


def reach_km(people: IntArray) -> FloatArray:
    """How far from its point a place may have its main cluster, in km.

    3 km, or the radius of the disc that its people fill at 3,000 per km2 if that is more: the point
    of a large city can lie in a business district where few people live.

    >>> reach_km(np.array([800, 639_111])).round(1).tolist()
    [3.0, 8.2]
    """
    return np.asarray(np.maximum(NEAR_KM, np.sqrt(people / (np.pi * USUAL_PER_KM2))))


def nearest_clusters(
    place_points: FloatArray,
    place_country: TextArray,
    reach: FloatArray,
    points: FloatArray,
    labels: IntArray,
    country: TextArray,
) -> IntArray:
    """Cluster of the same country whose nearest cell is within the reach of a place, -1 for none.

    Parameters
    ----------
    place_points : array (n, 3)
        Positions of the places that lie in no cluster, as unit vectors.
    place_country : array (n,) of text
        Their countries.
    reach : array (n,)
        How far they look, in km.
    points : array (m, 3)
        Middle points of the cells.
    labels : array (m,)
        Cluster of each cell.
    country : array (clusters,) of text
        Country of each cluster.
    """
    found = np.full(len(place_points), -1, dtype=np.int64)
    for name in np.unique(place_country):
        here, cells = np.flatnonzero(place_country == name), np.flatnonzero(country[labels] == name)
        if len(cells):
            distance, at = cKDTree(points[cells]).query(place_points[here])
            cluster = labels[cells[np.asarray(at)]]
            found[here] = np.where(distance * EARTH_RADIUS_KM <= reach[here], cluster, -1)
    return found


def with_near_places(
    inside: IntArray, near: IntArray, people: IntArray, named_before: BoolArray, clusters: int
) -> IntArray:
    """Cluster of each place: the one it lies in, or the near one whose main place it must be.

    A place near a cluster belongs to it if no place inside has as many people, or none lies inside,
    or if it named a city before: its point is a little off. All other places near a cluster are
    suburbs or neighbours.

    >>> inside, near, no = np.array([0, -1, -1]), np.array([-1, 0, 0]), np.zeros(3, dtype=bool)
    >>> with_near_places(inside, near, np.array([50, 90, 20]), no, 1).tolist()
    [0, 0, -1]
    """
    most = np.full(clusters, -1, dtype=np.int64)
    lies = inside >= 0
    np.maximum.at(most, inside[lies], people[lies])
    joins = ~lies & (near >= 0) & ((people > most[near]) | named_before)
    return np.asarray(np.where(joins, near, inside))


def naming_places(cluster: IntArray, order: tuple[npt.NDArray[np.generic], ...], clusters: int) -> IntArray:
    """Row of the place that names each cluster, -1 for none: the last one in the given order.

    Parameters
    ----------
    cluster : array (n,)
        Cluster of each place, -1 for none.
    order : tuple of arrays (n,)
        Sort keys of the places, the most important one last, as for ``numpy.lexsort``.
    clusters : int
        Number of clusters.

    >>> naming_places(np.array([0, 0, -1]), (np.array([2, 1, 9]),), 1).tolist()
    [0]
    """
    found = np.full(clusters, -1, dtype=np.int64)
    for row in np.lexsort(order):
        if cluster[row] >= 0:
            found[cluster[row]] = row
    return found


def naming_order(
    geoname_id: IntArray, people: IntArray, n_names: IntArray, capital: BoolArray, named_before: IntArray
) -> tuple[npt.NDArray[np.generic], ...]:
    """Sort keys of places, the best name last.

    A place that named a city of this class in the edition before goes on naming it (2), then one that
    named a city of another class (1). Then comes the country's
    capital; then people times the number of names that GeoNames knows, because a suburb can have
    more people than the city that gave it its life (Zapopan and Guadalajara); then people; then
    the lowest GeoNames number.

    >>> people, names = np.array([1_476_491, 1_385_629]), np.array([19, 46])
    >>> no = np.zeros(2, dtype=bool)
    >>> int(np.lexsort(naming_order(np.array([3979770, 4005539]), people, names, no, no.astype(int)))[-1])
    1
    """
    return (-geoname_id, people, people * n_names, capital, named_before)
