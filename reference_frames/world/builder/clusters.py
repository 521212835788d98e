"""From cells of one class to clusters: contiguous cells, fragments joined, borders respected."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from citysample.reference_frames.columns import IntArray

__all__ = ["anchored_parts", "contiguous", "join_fragments", "split_by_country"]

TextArray = npt.NDArray[np.str_]

LEAST_PEOPLE = 5_000
"""A part of a cluster beyond a border is a city of its own only with this many people: a town's size."""


def contiguous(pairs: IntArray, n: int) -> IntArray:
    """Label 0, 1, ... of each of n cells: cells with one label are connected by neighbours.

    >>> contiguous(np.array([[0, 1], [2, 3]]), 5).tolist()
    [0, 0, 1, 1, 2]
    """
    graph = coo_matrix((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def join_fragments(labels: IntArray, corner_neighbours: IntArray, min_cells: int) -> IntArray:
    """Clusters of fewer than ``min_cells`` cells join the larger cluster that they touch at a corner.

    Such fragments arise where the original square cells were transferred to triangles. If a
    fragment touches several larger clusters, it joins the one with most contacts, then the first.

    >>> join_fragments(np.array([0, 0, 1]), np.array([[1, 2]]), 2).tolist()
    [0, 0, 0]
    """
    size = np.bincount(labels)
    touching = np.concatenate([corner_neighbours, corner_neighbours[:, ::-1]])
    small, large = labels[touching[:, 0]], labels[touching[:, 1]]
    chosen = (size[small] < min_cells) & (size[large] >= min_cells)
    contacts, counts = np.unique(np.stack([small[chosen], large[chosen]], axis=1), axis=0, return_counts=True)
    target = np.arange(len(size))
    # Fewest contacts first, and the larger label first among equals: the last assignment wins.
    for row in np.lexsort((-contacts[:, 1], counts)):
        target[contacts[row, 0]] = contacts[row, 1]
    return np.asarray(np.unique(target[labels], return_inverse=True)[1], dtype=np.int64)


def anchored_parts(cluster: IntArray, country: TextArray, people: IntArray) -> set[tuple[int, str]]:
    """Clusters and countries with places of at least 5,000 people together inside.

    >>> anchored_parts(np.array([0, 0, -1]), np.array(["IT", "VA", "IT"]), np.array([2_318_895, 829, 7]))
    {(0, 'IT')}
    """
    total: dict[tuple[int, str], int] = {}
    for where, name, count in zip(cluster.tolist(), country.tolist(), people.tolist(), strict=True):
        if where >= 0:
            total[where, name] = total.get((where, name), 0) + count
    return {part for part, count in total.items() if count >= LEAST_PEOPLE}


def split_by_country(
    labels: IntArray, country: TextArray, anchored: set[tuple[int, str]], min_cells: int
) -> tuple[IntArray, TextArray]:
    """Clusters that cross a border become one cluster for each country.

    Parameters
    ----------
    labels : array (n,)
        Cluster of each cell.
    country : array (n,) of text
        Country of each cell.
    anchored : set of (cluster, country)
        Clusters with enough people of the country inside; see :func:`anchored_parts`.
    min_cells : int
        A part with fewer cells, or not anchored, stays with the country that has most cells: the
        border is known to about 1 km only.

    Returns
    -------
    labels : array (n,)
        New labels 0, 1, ...
    country : array (clusters,) of text
        Country of each new cluster.
    """
    names, code = np.unique(country, return_inverse=True)
    parts, part, cells = np.unique(
        np.stack([labels, code], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    part = np.asarray(part).reshape(-1)
    main = _largest_part(parts, cells)
    keeps = np.array(
        [
            cells[row] >= min_cells and (int(cluster), str(names[owner])) in anchored
            for row, (cluster, owner) in enumerate(parts)
        ],
        dtype=np.bool_,
    )
    target = np.where(keeps, np.arange(len(parts)), main[parts[:, 0]])
    used, new = np.unique(target[part], return_inverse=True)
    return np.asarray(new, dtype=np.int64).reshape(-1), names[parts[used, 1]]


def _largest_part(parts: IntArray, cells: IntArray) -> IntArray:
    """For each cluster the row of its largest part, the first among equals; shape (clusters,)."""
    main = np.full(int(parts[:, 0].max()) + 1, -1, dtype=np.int64)
    for row in np.lexsort((-np.arange(len(parts)), cells)):
        main[parts[row, 0]] = row
    return main
