"""The local pivotal method: spatially balanced samples."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.local_cube import select_local_cube, uniforms_local_cube

__all__ = ["select_local_pivotal", "uniforms_local_pivotal"]


def uniforms_local_pivotal(N: int, n: int) -> int:
    """Random numbers that the local pivotal method takes for N cities: N for ties, 2 for each duel.

    >>> uniforms_local_pivotal(100, 10)
    300
    """
    return uniforms_local_cube(N, n)


def select_local_pivotal(pi: FloatArray, uniforms: FloatArray, coordinates: FloatArray) -> BoolArray:
    """Spatially balanced selection of exactly n cities: neighbours duel, so seldom both are drawn.

    Use it when near cities are alike and the sample shall cover the country evenly.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (3N,)
        The first N numbers decide between cities at the same distance (the smaller is nearer). Then
        two for each duel: the first picks a city, the second decides.
    coordinates : array (N, q)
        Any columns with comparable units: ``sphere_points`` for longitude and latitude,
        ``standardise`` for columns in different units. Cities may share a place.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Raises
    ------
    FrameError
        A coordinate is missing or infinite.
    DesignError
        The coordinates do not fit the cities, or there are too few numbers.

    Notes
    -----
    The variant LPM2: a random city and its nearest neighbour duel by the rule of pivotal sampling,
    until each has 0 or 1. LPM1, which asks that the two be nearest to each other, spreads a little
    better and takes up to N times as long. Inclusion probabilities hold exactly. Many pairs of near
    cities have pi_kl = 0 (two cities with pi_k + pi_l <= 1 that are nearest to each other, far from
    the rest, are never drawn together), so no unbiased variance estimator exists. How cities are
    picked from the list is said in ``select_local_cube``, of which this is the case without columns.

    References
    ----------
    Grafstrom, A., Lundstrom, N. L. P., Schelin, L. (2012). Spatially balanced sampling through the
    pivotal method. Biometrics 68, 514-520.

    Examples
    --------
    Two pairs of near cities: one of each pair is drawn.

    >>> places = np.array([[0.0], [1.0], [8.0], [9.0]])
    >>> select_local_pivotal(np.full(4, 0.5), np.linspace(0.1, 0.9, 12), places).tolist()
    [True, False, False, True]
    """
    return select_local_cube(pi, uniforms, np.empty((pi.size, 0)), coordinates)
