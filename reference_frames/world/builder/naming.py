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
    "with_near_places",
]

TextArray = npt.NDArray[np.str_]

NEAR_KM = 3.0
"""A place this near may be the main place of a cluster; positions and outlines are known to about 1 km."""


def clusters_of_places(place_cells: IntArray, cells: IntArray, labels: IntArray) -> IntArray:
    """Cluster of the cell in which each place lies, -1 for none; ``cells`` rises.

    >>> clusters_of_places(np.array([7, 8]), np.array([5, 7]), np.array([0, 3])).tolist()
    [3, -1]
    """
    at = np.minimum(np.searchsorted(cells, place_cells), len(cells) - 1)
    return np.asarray(np.where(cells[at] == place_cells, labels[at], -1))


def nearest_clusters(
    place_points: FloatArray,
    place_country: TextArray,
    points: FloatArray,
    labels: IntArray,
    country: TextArray,
) -> IntArray:
    """Cluster of the same country whose nearest cell is within ``NEAR_KM`` of a place, -1 for none.

    Parameters
    ----------
    place_points : array (n, 3)
        Positions of the places that lie in no cluster, as unit vectors.
    place_country : array (n,) of text
        Their countries.
    points : array (m, 3)
        Middle points of the cells.
    labels : array (m,)
        Cluster of each cell.
    country : array (clusters,) of text
        Country of each cluster.
    """
    distance, at = cKDTree(points).query(place_points)
    cluster = labels[at]
    near = (distance * EARTH_RADIUS_KM <= NEAR_KM) & (country[cluster] == place_country)
    return np.asarray(np.where(near, cluster, -1))


def with_near_places(inside: IntArray, near: IntArray, people: IntArray, clusters: int) -> IntArray:
    """Cluster of each place: the one it lies in, or the near one whose main place it must be.

    A place near a cluster belongs to it if no place inside has more people: its point is a little
    off. All other places near a cluster are suburbs or neighbours.

    >>> inside, near = np.array([0, -1, -1]), np.array([-1, 0, 0])
    >>> with_near_places(inside, near, np.array([50, 90, 20]), 1).tolist()
    [0, 0, -1]
    """
    most = np.full(clusters, -1, dtype=np.int64)
    lies = inside >= 0
    np.maximum.at(most, inside[lies], people[lies])
    joins = ~lies & (near >= 0) & ((people > most[near]) | (most[near] < 0))
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
    geoname_id: IntArray, people: IntArray, n_names: IntArray, capital: BoolArray, named_before: BoolArray
) -> tuple[npt.NDArray[np.generic], ...]:
    """Sort keys of places, the best name last.

    A place that named a city in the edition before goes on naming it. Then comes the country's
    capital; then people times the number of names that GeoNames knows, because a suburb can have
    more people than the city that gave it its life (Zapopan and Guadalajara); then people; then
    the lowest GeoNames number.

    >>> people, names = np.array([1_476_491, 1_385_629]), np.array([19, 46])
    >>> no = np.zeros(2, dtype=bool)
    >>> int(np.lexsort(naming_order(np.array([3979770, 4005539]), people, names, no, no))[-1])
    1
    """
    return (-geoname_id, people, people * n_names, capital, named_before)
