"""Exact search for Neyman allocation among the strata that a bound leaves over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.stratify.division import DivisionProblem, stratum_variances
from citysample.sampling.stratify.price import cheapest_ends, cheapest_sizes, stratum_costs, top_costs

__all__ = ["Edges", "collect", "search"]

WORK = 60_000_000
"""Elementary steps of the search, about a second, from which the search is narrowed."""
BLOCK = 1_000_000
"""Elements of a table that are worked on at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Strata with a sample size that a good division may hold, for one place h among the strata.

    Parameters
    ----------
    start, stop : arrays (E,) of int
        The sizes of the stratum are ``start`` to ``stop`` - 1.
    n : array (E,) of int
        Its sample size.
    variance : array (E,)
        Its variance of the estimated total.
    """

    start: IntArray
    stop: IntArray
    n: IntArray
    variance: FloatArray


def collect(problem: DivisionProblem, price: float, bound: float, width: float) -> list[Edges] | None:
    """The strata, with n_h, of all divisions whose variance exceeds the bound by ``width`` at most.

    Returns
    -------
    list of Edges, length L, or None
        None if the search would take too long.

    Notes
    -----
    No division that holds a stratum (start, stop, n_h) at place h costs less than the cheapest way to
    ``start`` in h - 1 strata, plus the stratum, plus the cheapest way from ``stop`` in L - h strata.
    """
    L, D = problem.strata, problem.target.values.size
    ends, _ = cheapest_ends(problem, price)
    begins = np.full((L, D + 1), np.inf)
    begins[0, 0] = 0.0
    room = WORK // (problem.n + 1)
    limit = bound + price * problem.n + width
    found: list[list[Edges]] = [[] for _ in range(L)]
    for start in range(D):
        N, S2 = problem.target.strata_from(start)
        cost = stratum_costs(problem, N, S2, price)
        least = begins[:, start, None] + cost + ends[L - 1 :: -1, start + 1 :]
        least[-1, -1] = begins[-1, start] + top_costs(problem, cost, N, price)
        for h, kept in enumerate(least <= limit):
            places = np.flatnonzero(kept)
            if not places.size:
                continue
            row, n = _sizes(problem, N[places], S2[places], price, limit - least[h, places], h == L - 1)
            room -= n.size
            if room < 0:
                return None
            where = places[row]
            variance = stratum_variances(N[where], S2[where], n.astype(np.float64))
            found[h].append(Edges(np.full(n.size, start), start + 1 + where, n, variance))
        reached = begins[:-1, start, None] + cost
        begins[1:, start + 1 :] = np.minimum(begins[1:, start + 1 :], reached)
    return [_joined(parts) for parts in found]


def _joined(parts: list[Edges]) -> Edges:
    none = np.empty(0, dtype=np.int64)
    return Edges(
        np.concatenate([none, *(part.start for part in parts)]),
        np.concatenate([none, *(part.stop for part in parts)]),
        np.concatenate([none, *(part.n for part in parts)]),
        np.concatenate([np.empty(0), *(part.variance for part in parts)]),
    )


def _sizes(
    problem: DivisionProblem, N: FloatArray, S2: FloatArray, price: float, spare: FloatArray, top: bool
) -> tuple[IntArray, IntArray]:
    """The n_h whose cost exceeds the cheapest one by ``spare`` at most, each with the row of its stratum.

    They solve a / n + price n <= k, a quadratic inequality.
    """
    if top and problem.take_all:
        return np.arange(N.size), N.astype(np.int64)
    a = N**2 * S2
    cheapest = cheapest_sizes(problem, N, S2, price)
    k = a / cheapest + price * cheapest + spare
    root = np.sqrt(np.maximum(k**2 - 4 * price * a, 0.0))
    # The margin keeps a size that fits but for rounding.
    low = np.floor((k - root) / (2 * price) * (1 + 1e-9))
    high = np.ceil((k + root) / (2 * price) * (1 - 1e-9))
    upper = np.minimum(N, problem.n)
    low = np.clip(low, np.minimum(problem.minimum, upper), cheapest).astype(np.int64)
    high = np.clip(high, cheapest, upper).astype(np.int64)
    repeats = high - low + 1
    edge = np.repeat(np.arange(N.size), repeats)
    first = np.cumsum(repeats) - repeats
    return edge, low[edge] + np.arange(edge.size) - first[edge]


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """Least variance of the sizes before each place in ``places``, for each number of cities used."""

    places: IntArray
    least: FloatArray


def search(problem: DivisionProblem, edges: list[Edges]) -> list[int] | None:
    """Cuts of the division with the least variance that consists of the edges and has n cities.

    Returns
    -------
    list of int or None
        None if no division consists of the edges.

    Notes
    -----
    Dynamic programming over the number of strata, the place of the last boundary, and the number of
    cities used.
    """
    first = np.full((1, problem.n + 1), np.inf)
    first[0, 0] = 0.0
    layers = [_Layer(np.array([0]), first)]
    for level in edges:
        layers.append(_next_layer(layers[-1], level))
    place, used = problem.target.values.size, problem.n
    if place not in layers[-1].places or not np.isfinite(layers[-1].least[-1, used]):
        return None
    cuts = [place]
    for level, before in zip(reversed(edges), reversed(layers[:-1]), strict=True):
        place, used = _step_back(before, level, place, used)
        cuts.append(place)
    return cuts[::-1]


def _next_layer(before: _Layer, edges: Edges) -> _Layer:
    known = np.isin(edges.start, before.places)
    start = np.searchsorted(before.places, edges.start[known])
    places, stop = np.unique(edges.stop[known], return_inverse=True)
    n, variance = edges.n[known], edges.variance[known]
    width = before.least.shape[1]
    least = np.full((places.size, width), np.inf)
    for size in np.unique(n).tolist():
        rows = np.flatnonzero(n == size)
        rows = rows[np.argsort(stop[rows], kind="stable")]
        for block in np.array_split(rows, 1 + rows.size * width // BLOCK):
            reached = before.least[start[block], : width - size] + variance[block, None]
            heads = np.flatnonzero(np.diff(stop[block], prepend=-1))
            target = stop[block][heads]
            smallest = np.minimum.reduceat(reached, heads, axis=0)
            least[target, size:] = np.minimum(least[target, size:], smallest)
    return _Layer(places, least)


def _step_back(before: _Layer, edges: Edges, place: int, used: int) -> tuple[int, int]:
    """The last stratum of the best way to ``place`` with ``used`` cities: its start, the cities before it."""
    rows = np.flatnonzero((edges.stop == place) & (edges.n <= used) & np.isin(edges.start, before.places))
    start = np.searchsorted(before.places, edges.start[rows])
    reached = before.least[start, used - edges.n[rows]] + edges.variance[rows]
    chosen = rows[int(np.argmin(reached))]
    return int(edges.start[chosen]), used - int(edges.n[chosen])
