"""Clusters of cells, their gaps and edges, on plain arrays of one grid with cells of 1 km2."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.reference_frames.degurba.rules import ClusterRule

__all__ = [
    "Labels",
    "clusters",
    "fill_gaps",
    "five_of_eight",
    "majority",
    "near",
    "optimal_built_up",
    "reaches",
    "smooth_edges",
]

Labels: TypeAlias = npt.NDArray[np.int32]
Wins: TypeAlias = Callable[[IntArray, IntArray], BoolArray]

# Sums and quotients of decimals miss a threshold by a few units in the last of 16 digits.
ROUNDING = 1e-12


def reaches(values: FloatArray, threshold: float) -> BoolArray:
    """True where a value is at least the threshold, or misses it by rounding errors only.

    >>> reaches(np.array([0.1 + 0.2 - 1e-16, 0.2999]), 0.3).tolist()
    [True, False]
    """
    return np.asarray(values >= threshold * (1 - ROUNDING))


def clusters(cells: BoolArray, population: FloatArray, rule: ClusterRule) -> Labels:
    """Label contiguous cells 1..n, in row order; groups with fewer people than the rule asks get 0.

    Parameters
    ----------
    cells : array (rows, columns) of bool
        Cells that are dense enough.
    population : array (rows, columns)
        People in each cell, no missing values.
    rule : ClusterRule
        Contiguity (4 or 8) and least total.

    Returns
    -------
    array (rows, columns) of int
        The label of each cell, 0 outside clusters.

    References
    ----------
    European Commission et al. (2021), Applying the Degree of Urbanisation.

    Examples
    --------
    >>> cells = np.array([[True, False], [False, True]])
    >>> clusters(cells, np.array([[4.0, 0.0], [0.0, 3.0]]), ClusterRule(1, 4, 4)).tolist()
    [[1, 0], [0, 0]]
    """
    from scipy import ndimage

    rank = {4: 1, 8: 2}[rule.contiguity]
    found = np.zeros(cells.shape, dtype=np.int32)
    count = int(ndimage.label(cells, ndimage.generate_binary_structure(2, rank), output=found))
    totals = np.bincount(found.ravel(), population.ravel(), minlength=count + 1)
    kept = reaches(totals.astype(np.float64), rule.total)
    kept[0] = False
    new = np.cumsum(kept, dtype=np.int32)
    return np.where(kept, new, np.int32(0))[found]


def fill_gaps(labels: Labels, may_join: BoolArray, gap_area: float) -> Labels:
    """Fill the gaps of each cluster that are smaller than ``gap_area``.

    A gap is a group of cells that share sides, lies outside the cluster and is enclosed by it: it does
    not reach the edge of the grid. Cells of other clusters and cells that may not join count in the
    area of the gap and stay what they are.

    Parameters
    ----------
    labels : array (rows, columns) of int
        Clusters 1..n, 0 elsewhere.
    may_join : array (rows, columns) of bool
        False for missing cells.
    gap_area : float
        Area in km2 (cells). A gap of this area stays.

    Returns
    -------
    array (rows, columns) of int
        New labels.

    References
    ----------
    Schiavina, Melchiorri, Pesaresi et al. (2023), GHSL Data Package 2023.

    Examples
    --------
    >>> ring = np.ones((3, 3), dtype=np.int32)
    >>> ring[1, 1] = 0
    >>> int(fill_gaps(ring, np.ones((3, 3), dtype=bool), 2)[1, 1])
    1
    """
    from scipy import ndimage

    filled = labels.copy()
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        if min(side.stop - side.start for side in box) < 3:  # nothing can be enclosed
            continue
        # The frame of one cell connects everything that is open to the outside: label 1.
        outside, count = ndimage.label(np.pad(labels[box] != label, 1, constant_values=True))
        if count == 1:
            continue
        areas = np.bincount(outside.ravel())
        small = areas < gap_area
        small[:2] = False
        gap = small[outside[1:-1, 1:-1]]
        here = filled[box]
        here[gap & (here == 0) & may_join[box]] = label
    return filled


def five_of_eight(votes: IntArray, _voters: IntArray) -> BoolArray:
    """At least 5 of the 8 cells around, whatever the others are."""
    return votes >= 5


def majority(votes: IntArray, voters: IntArray) -> BoolArray:
    """More than half of the cells around that count."""
    return 2 * votes > voters


def smooth_edges(labels: Labels, may_join: BoolArray, counted: BoolArray, wins: Wins) -> Labels:
    """Let cells join the cluster that has the majority of the cells around them, until none joins.

    All cells of one pass are decided on the state before it, so no result depends on the order of
    cells. A cell joins one cluster, and clusters that meet stay apart.

    Parameters
    ----------
    labels : array (rows, columns) of int
        Clusters 1..n, 0 elsewhere.
    may_join, counted : array (rows, columns) of bool
        Cells that may join a cluster, and cells that count among the 8 around another one. Cells
        outside the grid count, and belong to no cluster.
    wins : function
        Of the number of cells around that count and belong to the cluster, and of the number that
        count. At most one cluster may win.

    Returns
    -------
    array (rows, columns) of int
        New labels.

    References
    ----------
    Schiavina, Melchiorri, Pesaresi et al. (2022, 2023), GHSL Data Package.

    Examples
    --------
    >>> corner = np.array([[1, 1, 1], [1, 0, 0], [1, 0, 0]], dtype=np.int32)
    >>> land = np.ones((3, 3), dtype=bool)
    >>> smooth_edges(corner, land, land, five_of_eight).tolist()
    [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    """
    padded = np.pad(labels, 1)
    width = padded.shape[1]
    around = np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
    flat, free = padded.ravel(), np.pad(may_join, 1).ravel()
    votes = np.pad(counted, 1, constant_values=True).ravel()
    changed = np.flatnonzero(flat)
    while changed.size:
        candidates = np.unique(changed[:, None] + around)
        candidates = candidates[free[candidates] & (flat[candidates] == 0)]
        neighbours = candidates[:, None] + around
        winner = _winners(flat[neighbours], votes[neighbours], wins)
        changed = candidates[winner > 0]
        flat[changed] = winner[winner > 0]
    return flat.reshape(padded.shape)[1:-1, 1:-1].copy()


def _winners(labels: Labels, counted: BoolArray, wins: Wins) -> Labels:
    """The label that wins among the 8 neighbours (n, 8) of each candidate, 0 if none does."""
    labels = np.where(counted, labels, np.int32(0))
    voters = counted.sum(axis=1)
    winner = np.zeros(len(labels), dtype=np.int32)
    for column in range(8):
        label = labels[:, column]
        votes = (labels == label[:, None]).sum(axis=1)
        won = (label > 0) & wins(votes, voters)
        winner[won] = label[won]
    return winner


def near(cells: BoolArray, distance: int) -> BoolArray:
    """Cells within ``distance`` cells of a given cell, also diagonally; the given cells are among them.

    >>> near(np.array([[True, False, False, False]]), 2).tolist()
    [[True, True, True, False]]
    """
    from scipy import ndimage

    size = 2 * min(distance, max(cells.shape)) + 1
    return np.asarray(ndimage.maximum_filter(cells, size=size, mode="constant", cval=False))


def optimal_built_up(built_up: FloatArray, dense: BoolArray) -> float | None:
    """Mean built-up share of the cells of dense clusters, rounded up to whole per cent.

    None if there are no such cells, or nothing is built up in them.

    Parameters
    ----------
    built_up : array (rows, columns)
        Built-up share of each cell, 0 to 1.
    dense : array (rows, columns) of bool
        Cells of clusters with the density of an urban centre and at least 5,000 people.

    Returns
    -------
    float or None
        A share, 0 to 1.

    References
    ----------
    Schiavina, Melchiorri, Pesaresi et al. (2023), GHSL Data Package 2023: the mean. Van Migerode et
    al. (2024), flexurba: the rounding, found by comparison with the published layer.

    Examples
    --------
    >>> optimal_built_up(np.array([[0.191, 0.195, 0.9]]), np.array([[True, True, False]]))
    0.2
    """
    if not dense.any():
        return None
    percent = float(built_up[dense].mean()) * 100
    return math.ceil(percent * (1 - ROUNDING)) / 100 or None
