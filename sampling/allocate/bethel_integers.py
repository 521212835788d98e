"""The cheapest sample under several precision targets: whole cities."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.allocate.bethel import RealOptimum, cheapest

__all__ = ["WholeOptimum", "cheapest_whole"]

MOST_NODES = 100_000
"""Partial allocations looked at; beyond it the best one found so far is returned with the bound."""
REACHED = 1.0 + 1e-12
"""A target is reached up to rounding errors."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeOptimum:
    """The cheapest whole sample sizes found, and how far they can be from the optimum.

    Parameters
    ----------
    n : array (H,) of int
        n_h, which keep bounds and targets.
    cost : float
        sum c_h n_h.
    bound : float
        No whole numbers within bounds and targets cost less; equal to ``cost`` if ``n`` is proved
        to be the cheapest.
    real : RealOptimum
        The optimum in real numbers.
    """

    n: IntArray
    cost: float
    bound: float
    real: RealOptimum


def cheapest_whole(load: FloatArray, cost: FloatArray, lower: IntArray, upper: IntArray) -> WholeOptimum:
    """Minimise sum c_h n_h subject to sum_h load_jh / n_h <= 1 for each target j, in whole numbers.

    Parameters
    ----------
    load : array (J, H)
        As in :func:`citysample.sampling.allocate.bethel.cheapest`.
    cost : array (H,)
        Costs c_h > 0.
    lower, upper : array (H,) of int
        Bounds, 1 <= lower_h <= upper_h, at which the targets can be reached.

    Returns
    -------
    WholeOptimum
        Sizes, cost and bound.

    Notes
    -----
    The optimum in real numbers is rounded in several ways, repaired and improved by exchanges.
    Then a search over the strata, bounded by the Lagrange function at the multipliers of the real
    optimum, either proves that nothing is cheaper or finds it. It stops after 100,000 partial
    allocations; the bound then is that of the real optimum, raised to the next cost that whole
    numbers can have.

    References
    ----------
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.
    Land, A. H., Doig, A. G. (1960). An automatic method of solving discrete programming problems.
    Econometrica 28, 497-520.

    Examples
    --------
    >>> load = np.array([[8.0, 2.0], [2.0, 8.0]])
    >>> best = cheapest_whole(load, np.ones(2), np.array([2, 2]), np.array([50, 50]))
    >>> best.n.tolist(), best.cost, best.bound
    ([10, 10], 20.0, 20.0)
    """
    real = cheapest(load, cost, lower.astype(np.float64), upper.astype(np.float64))
    unit = _unit(cost)
    bound = _next_cost(real.bound, unit)
    best = _rounded(load, cost, real.n, lower, upper)
    if _total(cost, best) > bound * REACHED:
        best, proved = _search(load, cost, lower, upper, real, best, unit)
        if not proved:
            return WholeOptimum(best, _total(cost, best), bound, real)
    return WholeOptimum(best, _total(cost, best), _total(cost, best), real)


def _total(cost: FloatArray, n: IntArray) -> float:
    return float((cost * n).sum())


def _reached(load: FloatArray, n: IntArray) -> bool:
    return bool(((load / n).sum(axis=1) <= REACHED).all())


def _unit(cost: FloatArray) -> float:
    """The largest number of which all costs are whole multiples; 0 if they are not whole numbers."""
    if not (cost == np.floor(cost)).all() or float(cost.max()) > 2**53:
        return 0.0
    return float(gcd(*(int(value) for value in cost)))


def _next_cost(bound: float, unit: float) -> float:
    return float(np.ceil(bound / unit * (1.0 - 1e-10)) * unit) if unit else bound


def _rounded(
    load: FloatArray, cost: FloatArray, real: FloatArray, lower: IntArray, upper: IntArray
) -> IntArray:
    """The best of several ways to round the real optimum, each repaired, trimmed and improved."""
    # Ten digits, so that rounding errors of another machine do not lead to another allocation.
    real = np.array([float(f"{value:.10g}") for value in real])
    whole = np.floor(real)
    tried: set[tuple[int, ...]] = set()
    best: IntArray | None = None
    for least in sorted(set((real - whole).round(6).tolist()), reverse=True)[:40]:
        start = np.clip(np.where(real - whole >= least, whole + 1, whole), lower, upper).astype(np.int64)
        if tuple(start) in tried:
            continue
        tried.add(tuple(start))
        found = _exchange(
            load, cost, _trim(load, cost, _repair(load, cost, start, upper), lower), lower, upper
        )
        if best is None or _total(cost, found) < _total(cost, best) * (1.0 - 1e-12):
            best = found
    assert best is not None
    return best


def _repair(load: FloatArray, cost: FloatArray, n: IntArray, upper: IntArray) -> IntArray:
    """Add the city that brings the missed targets nearest for its cost, until all are reached."""
    n = n.copy()
    while True:
        excess = (load / n).sum(axis=1) - 1.0
        missed = excess > REACHED - 1.0
        if not missed.any() or (n >= upper).all():
            return n
        gain = np.minimum(load[missed] / (n * (n + 1.0)), excess[missed, None]).sum(axis=0) / cost
        n[int(np.argmax(np.where(n < upper, gain, -1.0)))] += 1


def _trim(load: FloatArray, cost: FloatArray, n: IntArray, lower: IntArray) -> IntArray:
    """Take cities away, the dearest first, as long as the targets are reached."""
    n = n.copy()
    for h in np.argsort(-cost, kind="stable"):
        while n[h] > lower[h]:
            n[h] -= 1
            if not _reached(load, n):
                n[h] += 1
                break
    return n


def _exchange(load: FloatArray, cost: FloatArray, n: IntArray, lower: IntArray, upper: IntArray) -> IntArray:
    """Give one city to a stratum if the others can then give up more than its cost."""
    improved = True
    while improved:
        improved = False
        for h in range(n.size):
            if n[h] >= upper[h]:
                continue
            more = n.copy()
            more[h] += 1
            floor = lower.copy()
            floor[h] = more[h]
            trimmed = _trim(load, cost, more, floor)
            if _total(cost, trimmed) < _total(cost, n) * (1.0 - 1e-12):
                n, improved = trimmed, True
    return n


def _search(
    load: FloatArray,
    cost: FloatArray,
    lower: IntArray,
    upper: IntArray,
    real: RealOptimum,
    best: IntArray,
    unit: float,
) -> tuple[IntArray, bool]:
    """Depth-first search for a cheaper allocation; whether it went to the end."""
    t = real.multipliers
    weight = (t[:, None] * load).sum(axis=0)
    step = unit * (1.0 - 1e-9) if unit else 1e-9 * _total(cost, best)
    aim = _total(cost, best) - step
    sizes = [np.arange(lower[h], upper[h] + 1) for h in range(best.size)]
    lagrange = [cost[h] * n + weight[h] / n for h, n in enumerate(sizes)]
    smallest = np.array([float(values.min()) for values in lagrange])
    room = aim - (float(smallest.sum()) - float(t.sum()))
    tables = []
    for n, values, least in zip(sizes, lagrange, smallest, strict=True):
        lift = values - least
        near = np.argsort(lift, kind="stable")
        near = near[lift[near] <= room]
        if not near.size:
            return best, True
        tables.append((n[near], lift[near]))
    # The strata with the fewest choices first: the tree is narrow at its top.
    order = sorted(range(best.size), key=lambda h: (tables[h][0].size, h))
    largest = np.array([int(tables[h][0].max()) for h in range(best.size)])
    return _descend(load, cost, tables, order, largest, room, best, step)


def _descend(
    load: FloatArray,
    cost: FloatArray,
    tables: list[tuple[IntArray, FloatArray]],
    order: list[int],
    largest: IntArray,
    room: float,
    best: IntArray,
    step: float,
) -> tuple[IntArray, bool]:
    """The search itself: a stack of partial allocations, each with what it may still lift the bound."""
    H = len(order)
    # least[d]: what the strata from depth d on add to each V_j at their largest sizes.
    parts = load[:, order] / largest[order]
    least = np.concatenate((np.cumsum(parts[:, ::-1], axis=1)[:, ::-1], np.zeros((load.shape[0], 1))), axis=1)
    n = np.zeros(H, dtype=np.int64)
    stack: list[tuple[int, int, float, FloatArray]] = [(0, -1, 0.0, np.zeros(load.shape[0]))]
    lowered = 0.0
    for _ in range(MOST_NODES):
        if not stack:
            return best, True
        depth, index, lift, used = stack.pop()
        h = order[depth]
        choices, lifts = tables[h]
        index += 1
        if index >= choices.size or lift + lifts[index] > room - lowered:
            continue
        stack.append((depth, index, lift, used))
        n[h] = choices[index]
        reached = used + load[:, h] / choices[index]
        if (reached + least[:, depth + 1] > REACHED).any():
            continue
        if depth + 1 < H:
            stack.append((depth + 1, -1, lift + float(lifts[index]), reached))
        elif _total(cost, n) <= _total(cost, best) - step:
            lowered += _total(cost, best) - _total(cost, n)
            best = n.copy()
    return best, False
