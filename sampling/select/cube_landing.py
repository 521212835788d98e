"""Flight of the cube over arrays of cities, and the landing that ends it."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.select.cube_flight import flight

__all__ = ["fly", "land", "workspace"]


def fly(
    values: FloatArray,
    auxiliary: FloatArray,
    strata: IntArray,
    order: IntArray,
    rows: int,
    steps: FloatArray,
    *,
    each_stratum: bool,
) -> int:
    """Flight of the live cities in this order on the first columns; how many numbers it used."""
    live = order[(values[order] > 0.0) & (values[order] < 1.0)]
    codes = np.ascontiguousarray(strata[live], dtype=np.int64)
    breaks = np.flatnonzero(np.diff(codes)) + 1 if each_stratum else np.empty(0, dtype=np.int64)
    bounds = np.concatenate([[0], breaks, [live.size]]).astype(np.int64)
    now = values[live]
    used: int = flight(
        live.size * (50.0 + 0.6 * (rows + 2.0) ** 3),
        now,
        auxiliary[live].ravel(),
        auxiliary.shape[1],
        rows,
        codes,
        bounds,
        np.ascontiguousarray(steps),
        *workspace(live.size, rows),
    )
    values[live] = now
    return used


def land(
    values: FloatArray, auxiliary: FloatArray, strata: IntArray, order: IntArray, steps: FloatArray
) -> None:
    """End the flight: all strata together, with fewer columns each time, until only n_h is balanced.

    Changes ``values`` (N,) in place. ``order`` lists cities, those of one stratum together.
    """
    used = 0
    for rows in range(auxiliary.shape[1], -1, -1):
        used += fly(values, auxiliary, strata, order, rows, steps[used:], each_stratum=False)


def workspace(
    cities: int, rows: int
) -> tuple[IntArray, FloatArray, FloatArray, IntArray, FloatArray, FloatArray]:
    """Empty arrays for the loops: block, matrix, scale, places, vector, change."""
    return (
        np.zeros(cities, dtype=np.int64),
        np.zeros(rows * (rows + 1)),
        np.zeros(rows),
        np.zeros(rows + 1, dtype=np.int64),
        np.zeros(rows + 1),
        np.zeros(cities),
    )
