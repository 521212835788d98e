"""A budget, spent on strata in whole cities: exact by dynamic programming, or with a bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["Spending", "spend"]

MOST_STATES = 100_000
"""Undominated combinations of cost and variance kept at one stratum; beyond it the search gives up."""
ROUNDING = 1e-12
"""A cost above the budget by this share of it is a rounding error."""


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """The cities that a budget is spent on.

    Parameters
    ----------
    n : array (H,) of int
        n_h.
    value : float
        sum a_h^2 / n_h that they reach, over strata with a_h > 0.
    bound : float
        No whole numbers within the budget have a smaller value; equal to ``value`` if ``n`` is
        proved to be optimal.
    """

    n: IntArray
    value: float
    bound: float


def spend(weight: FloatArray, cost: FloatArray, budget: float, lower: IntArray, upper: IntArray) -> Spending:
    """Spend a budget so that sum a_h^2 / n_h is smallest, in whole cities within bounds.

    With weight N_h S_h it is the allocation with the smallest variance of the stratified SRS total
    that the budget pays for.

    Parameters
    ----------
    weight : array (H,)
        Weights a_h >= 0.
    cost : array (H,)
        Costs c_h > 0 of a city.
    budget : float
        At least sum c_h lower_h.
    lower, upper : array (H,) of int
        Bounds of n_h; lower is at least 1 where a_h > 0.

    Returns
    -------
    Spending
        The cities, the value they reach, and a bound.

    Notes
    -----
    The Lagrange function sum (a_h^2 / n_h + t c_h n_h) - t budget is minimised stratum by stratum;
    its largest value over t is a lower bound. A feasible allocation near it leaves few values of
    each n_h that could be better. Among these, dynamic programming over strata keeps each
    combination of cost and value that no other one dominates. If there are too many of them (100,000),
    the feasible allocation is returned with the bound.

    References
    ----------
    Ibaraki, T., Katoh, N. (1988). Resource Allocation Problems: Algorithmic Approaches, MIT Press.
    Everett, H. (1963). Generalized Lagrange multiplier method for solving problems of optimum
    allocation of resources. Operations Research 11, 399-417.

    Examples
    --------
    >>> found = spend(np.array([60.0, 30.0]), np.array([4.0, 1.0]), 24.5, np.array([2, 2]), np.array([9, 9]))
    >>> found.n.tolist(), found.value == found.bound
    ([5, 4], True)
    """
    useful = np.where(weight > 0, upper, lower)
    limit = budget * (1.0 + ROUNDING)
    if float(cost @ useful) <= limit:
        value = _value(weight, useful)
        return Spending(useful, value, value)
    price = _price(weight, cost, limit, lower, useful)
    relaxed = _relaxed(weight, cost, price, lower, useful)
    bound = _value(weight, relaxed) + price * (float(cost @ relaxed) - limit)
    first = _fill(weight, cost, limit, relaxed, useful)
    value = _value(weight, first)
    choices = _choices(weight, cost, price, relaxed, lower, useful, value - bound + 1e-12 * value)
    better = _search(weight, cost, limit, price, choices, value * (1.0 + 1e-12))
    if better is None:
        return Spending(first, value, bound)
    best = better if better.size and _value(weight, better) < value else first
    return Spending(best, _value(weight, best), _value(weight, best))


def _value(weight: FloatArray, n: IntArray) -> float:
    used = weight > 0
    return float((weight[used] ** 2 / n[used]).sum())


def _relaxed(
    weight: FloatArray, cost: FloatArray, price: float, lower: IntArray, upper: IntArray
) -> IntArray:
    """The whole numbers that minimise a_h^2 / n_h + price c_h n_h: the last city still pays its price."""
    real = 0.5 * (np.sqrt(1.0 + 4.0 * weight**2 / (price * cost)) - 1.0)
    return np.clip(np.ceil(np.minimum(real, upper)), lower, upper).astype(np.int64)


def _price(weight: FloatArray, cost: FloatArray, limit: float, lower: IntArray, upper: IntArray) -> float:
    """The smallest price at which the relaxed allocation keeps the budget, by bisection."""
    gain = weight[weight > 0] ** 2 / cost[weight > 0]
    high = float(gain.max())  # here all are at the lower bounds
    low = float(gain.min()) / (2.0 * float(upper.max()) ** 2)  # and here all at the upper bounds
    for _ in range(200):
        middle = np.sqrt(low * high)
        if not low < middle < high:
            break
        if float(cost @ _relaxed(weight, cost, middle, lower, upper)) > limit:
            low = middle
        else:
            high = middle
    return high


def _fill(weight: FloatArray, cost: FloatArray, limit: float, n: IntArray, upper: IntArray) -> IntArray:
    """Spend what is left: again and again the affordable city with the largest gain for its cost."""
    n = n.copy()
    while True:
        affordable = (n < upper) & (float(cost @ n) + cost <= limit)
        if not affordable.any():
            return n
        gain = np.where(affordable, weight**2 / np.maximum(n * (n + 1.0), 1.0) / cost, -1.0)
        n[int(np.argmax(gain))] += 1


def _choices(
    weight: FloatArray,
    cost: FloatArray,
    price: float,
    relaxed: IntArray,
    lower: IntArray,
    upper: IntArray,
    gap: float,
) -> list[IntArray]:
    """For each stratum the n_h that lift the relaxed value by no more than the gap."""
    choices = []
    for h in range(weight.size):
        n = np.arange(lower[h], upper[h] + 1)
        if weight[h] == 0:
            choices.append(n[:1])
            continue
        relaxed_value = weight[h] ** 2 / relaxed[h] + price * cost[h] * relaxed[h]
        choices.append(n[weight[h] ** 2 / n + price * cost[h] * n - relaxed_value <= gap])
    return choices


def _search(
    weight: FloatArray,
    cost: FloatArray,
    limit: float,
    price: float,
    choices: list[IntArray],
    most: float,
) -> IntArray | None:
    """The best allocation among the choices with a value of at most ``most``.

    Empty if there is none; None if there were too many states. A state is bounded by the smallest
    a_h^2 / n_h + price c_h n_h of the strata that follow.
    """
    cheapest = np.array([cost[h] * n[0] for h, n in enumerate(choices)])
    parts = [weight[h] ** 2 / n if weight[h] > 0 else n * 0.0 for h, n in enumerate(choices)]
    smallest = np.array([float((parts[h] + price * cost[h] * n).min()) for h, n in enumerate(choices)])
    spent, reached = np.zeros(1), np.zeros(1)
    steps: list[tuple[IntArray, IntArray]] = []
    for h, n in enumerate(choices):
        total = (spent[:, None] + cost[h] * n).ravel()
        value = (reached[:, None] + parts[h]).ravel()
        rest = float(smallest[h + 1 :].sum())
        keep = total + float(cheapest[h + 1 :].sum()) <= limit
        keep &= value + price * total + rest - price * limit <= most
        kept = np.flatnonzero(keep)
        kept = kept[np.lexsort((value[kept], total[kept]))]
        # Undominated: cheaper states all have a larger value.
        lowest = np.minimum.accumulate(value[kept])
        kept = kept[np.concatenate(([True], value[kept][1:] < lowest[:-1]))] if kept.size else kept
        if kept.size > MOST_STATES:
            return None
        spent, reached = total[kept], value[kept]
        steps.append((kept // n.size, n[kept % n.size]))
    if not spent.size:
        return np.zeros(0, dtype=np.int64)
    return _trace(steps, int(np.argmin(reached)))


def _trace(steps: list[tuple[IntArray, IntArray]], state: int) -> IntArray:
    """The choices that led to a state of the last stratum."""
    n = np.zeros(len(steps), dtype=np.int64)
    for h in range(len(steps) - 1, -1, -1):
        parents, taken = steps[h]
        n[h] = taken[state]
        state = int(parents[state])
    return n
