"""The local cube method: samples that are balanced on columns and well spread over places."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.auxiliary import (
    auxiliary_columns,
    complete_coordinates,
    enough_numbers,
    reduced_columns,
)
from citysample.sampling.select.cube_flight import local_flight
from citysample.sampling.select.cube_landing import land, workspace
from citysample.sampling.select.neighbours import neighbour_tree
from citysample.sampling.select.ranking import smallest_first
from citysample.sampling.select.size import sample_size

__all__ = ["select_local_cube", "uniforms_local_cube"]


def uniforms_local_cube(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """Random numbers that the local cube takes for N cities: N for ties, 2 for each step at most.

    >>> uniforms_local_cube(100, 10)
    300
    """
    return 3 * N


def select_local_cube(
    pi: FloatArray, uniforms: FloatArray, balance: FloatArray, coordinates: FloatArray
) -> BoolArray:
    """Selection of exactly n cities, balanced on columns and spread over the coordinates.

    Use it when figures go with columns of the frame and with the place, too.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (3N,)
        The first N numbers decide between cities at the same distance (the smaller is nearer). Then
        two for each step of the flight: the first picks a city, the second decides the step. The
        steps of the landing take one each.
    balance : array (N, p)
        Columns to balance on, the most important first; as in ``select_cube``.
    coordinates : array (N, q)
        Any columns with comparable units, see ``sphere_points`` and ``standardise``.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Raises
    ------
    FrameError
        A column has missing or infinite values.
    DesignError
        The columns do not fit the cities, or there are too few numbers.

    Notes
    -----
    The flight of the cube, but each step moves a random live city and its p + 1 nearest live
    cities (p independent columns besides pi), until fewer are left; then the landing of the cube,
    with the cities in the order of the frame. pi_k holds exactly. The live cities stand in a list,
    at first in the order of the frame; number u picks place floor(u L) of L, and a city that ends
    gives its place to the last of the list. Near cities are seldom drawn together: many pairs have
    pi_kl = 0 or nearly, and no unbiased variance estimator exists.

    References
    ----------
    Grafstrom, A., Tille, Y. (2013). Doubly balanced spatial sampling with spreading and restitution
    of auxiliary totals. Environmetrics 24, 120-131.

    Examples
    --------
    Four cities on a line, two of each size: the sample takes one of each pair and one of each size.

    >>> size, place = np.array([[1.0], [2.0], [2.0], [1.0]]), np.array([[0.0], [1.0], [8.0], [9.0]])
    >>> select_local_cube(np.full(4, 0.5), np.linspace(0.1, 0.9, 12), size, place).tolist()
    [True, False, True, False]
    """
    N = pi.size
    table = auxiliary_columns(balance, N, "balancing columns")
    points = complete_coordinates(coordinates, N)
    enough_numbers(uniforms, uniforms_local_cube(N, 0))
    sample_size(pi)
    auxiliary = reduced_columns(table, pi)[1]
    values = pi.astype(np.float64)
    used = N + _fly(values, auxiliary, points, uniforms) if N else 0
    land(values, auxiliary, np.zeros(N, dtype=np.int64), np.arange(N), uniforms[used:])
    # What is left is 0 or 1 but for rounding.
    return np.asarray(values > 0.5)


def _fly(values: FloatArray, auxiliary: FloatArray, points: FloatArray, uniforms: FloatArray) -> int:
    """Flight among neighbours; changes ``values`` in place; how many numbers it used for steps."""
    N, width = auxiliary.shape
    ranks = np.empty(N, dtype=np.int64)
    ranks[smallest_first(uniforms[:N])] = np.arange(N)
    tree = neighbour_tree(points, ranks)
    places = np.empty(N, dtype=np.int64)
    places[tree.order] = np.arange(N)
    now = values[tree.order]
    used: int = local_flight(
        N * (800.0 + 0.6 * (width + 2.0) ** 3),
        now,
        auxiliary[tree.order].ravel(),
        width,
        points[tree.order].ravel(),
        points.shape[1],
        ranks[tree.order],
        tree.low,
        tree.high,
        tree.first,
        places,
        tree.order.copy(),
        np.zeros(N, dtype=np.int64),
        np.ascontiguousarray(uniforms[N:]),
        np.zeros(width + 2),
        np.zeros(2 * tree.first.size.bit_length(), dtype=np.int64),
        np.zeros(2 * tree.first.size.bit_length()),
        *workspace(width + 2, width),
    )
    values[tree.order] = now
    return used
