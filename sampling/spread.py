"""How evenly a sample covers the places of its frame."""

from __future__ import annotations

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.select.auxiliary import complete_coordinates

__all__ = ["voronoi_spread"]

SAME = 1e-9
"""Distances that differ by less than this part are the same."""


def voronoi_spread(pi: FloatArray, selected: BoolArray, coordinates: FloatArray) -> float:
    """Voronoi measure of spatial balance: 0 for perfect spread, larger for a sample with holes and clusters.

    Use it to compare samples or designs on the same frame. For 40 of 400 places of a square grid,
    simple random sampling has 0.28 on average and the local pivotal method 0.07.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1]; certainty cities belong to it.
    selected : array (N,) of bool
        The sample.
    coordinates : array (N, q)
        The columns that the sample shall be spread over, as for the selector.

    Returns
    -------
    float
        B >= 0.

    Raises
    ------
    DesignError
        The sample is empty, or the coordinates do not fit the cities.
    FrameError
        A coordinate is missing or infinite.

    Notes
    -----
    B = (1/n) sum over s of (v_k - 1)^2, v_k being the sum of pi_l over the cities l that are nearest to
    sampled city k. A city with several nearest sampled cities is shared equally among them.

    References
    ----------
    Stevens, D. L., Olsen, A. R. (2004). Spatially balanced sampling of natural resources. Journal of
    the American Statistical Association 99, 262-278.
    Grafstrom, A., Lundstrom, N. L. P., Schelin, L. (2012). Spatially balanced sampling through the
    pivotal method. Biometrics 68, 514-520.

    Examples
    --------
    >>> place = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> voronoi_spread(np.full(4, 0.5), np.array([True, False, False, True]), place)
    0.0
    >>> voronoi_spread(np.full(4, 0.5), np.array([True, True, False, False]), place)
    0.25
    """
    points = complete_coordinates(coordinates, pi.size)
    sample = np.flatnonzero(selected)
    if sample.size == 0:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The sample has no cities, so there is nothing that is spread.",
            got="n = 0",
            expected="at least one selected city",
            remedy="Draw a sample first.",
        )
    content = np.zeros(sample.size)
    for cities, nearest in _nearest_sampled(points, points[sample]):
        np.add.at(content, nearest, pi[cities, None] / nearest.shape[1])
    return float(np.mean((content - 1.0) ** 2))


def _nearest_sampled(points: FloatArray, sampled: FloatArray) -> list[tuple[IntArray, IntArray]]:
    """Groups of cities (c,) with the same number t of nearest sampled cities, and these (c, t)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(sampled)
    groups: list[tuple[IntArray, IntArray]] = []
    open_cities = np.arange(len(points))
    asked = min(4, len(sampled))
    while open_cities.size:
        found = tree.query(points[open_cities], k=np.arange(1, asked + 1))
        distance, which = np.asarray(found[0], dtype=np.float64), np.asarray(found[1], dtype=np.int64)
        ties = (distance <= distance[:, :1] * (1.0 + SAME)).sum(axis=1)
        known = (ties < asked) | (asked == len(sampled))
        groups.extend(
            (open_cities[known & (ties == t)], which[known & (ties == t), :t]) for t in np.unique(ties[known])
        )
        open_cities = open_cities[~known]
        asked = min(4 * asked, len(sampled))
    return groups
