"""Optimal size classes for proportional allocation, by dynamic programming."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.allocate.apportion import apportion
from citysample.sampling.stratify.anticipated import SortedTarget
from citysample.sampling.stratify.division import Division, DivisionProblem, refuse_division

__all__ = ["optimum_proportional"]


def optimum_proportional(problem: DivisionProblem) -> Division:
    """The division with the smallest variance under proportional allocation. It is exact.

    Parameters
    ----------
    problem : DivisionProblem
        The cities, the number of strata and n.

    Returns
    -------
    Division
        ``objective`` is the variance with n_h = n N_h / N in fractions; ``n`` holds whole numbers.

    Raises
    ------
    DesignError
        ``DESIGN-N-IMPOSSIBLE``: no division gives each stratum its smallest n_h.

    Notes
    -----
    With n_h = n N_h / N the variance is (N / n - 1) sum_h N_h S_h^2, a sum over strata, so the best
    division of the first j sizes into h strata follows from those into h - 1 strata. Strata with
    n N_h / N below the smallest n_h are not allowed. With a take-all stratum, n and N are those of
    the other cities, and each possible take-all stratum is tried unless a lower bound excludes it.

    References
    ----------
    Buhler, W., Deutler, T. (1975). Optimal stratification and grouping by dynamic programming.
    Metrika 22, 161-175.
    """
    target, D = problem.target, problem.target.values.size
    layers = problem.strata - int(problem.take_all)
    cities = np.concatenate([[0], np.cumsum(target.counts)])
    stops = np.arange(1, D) if problem.take_all else np.array([D])
    rest = problem.n - (cities[-1] - cities[stops])
    stops, rest = stops[rest >= 1], rest[rest >= 1]
    # A stratum is large enough if n N_h >= minimum N, in whole numbers.
    smallest = -(-problem.minimum * cities[stops] // rest)
    factor = cities[stops] / rest - 1
    tables: dict[int, tuple[FloatArray, IntArray]] = {}

    def table(least: int) -> tuple[FloatArray, IntArray]:
        if least not in tables:
            tables[least] = _best_prefixes(target, layers, least)
        return tables[least]

    bounds = factor * table(int(smallest.min()))[0][layers, stops] if stops.size else np.empty(0)
    best, chosen = np.inf, -1
    for place in np.argsort(bounds, kind="stable").tolist():
        if bounds[place] >= best:
            break
        value = factor[place] * table(int(smallest[place]))[0][layers, stops[place]]
        if value < best:
            best, chosen = float(value), place
    if chosen < 0:
        raise refuse_division(problem, f"n N_h / N of at least {problem.minimum} in each class")
    cuts = _cuts(table(int(smallest[chosen]))[1], layers, int(stops[chosen]))
    return _division(problem, cuts, int(rest[chosen]), best)


def _best_prefixes(target: SortedTarget, strata: int, smallest: int) -> tuple[FloatArray, IntArray]:
    """Least sum of N_h S_h^2 of the first j sizes in h strata, and where the last of them begins."""
    D = target.values.size
    least = np.full((strata + 1, D + 1), np.inf)
    origin = np.zeros((strata + 1, D + 1), dtype=np.int64)
    least[0, 0] = 0.0
    for start in range(D):
        N, S2 = target.strata_from(start)
        cost = np.where(smallest <= N, N * S2, np.inf)
        reached = least[:-1, start, None] + cost
        better = reached < least[1:, start + 1 :]
        least[1:, start + 1 :][better] = reached[better]
        origin[1:, start + 1 :][better] = start
    return least, origin


def _cuts(origin: IntArray, strata: int, stop: int) -> list[int]:
    cuts = [stop]
    for h in range(strata, 0, -1):
        cuts.append(int(origin[h, cuts[-1]]))
    return cuts[::-1]


def _division(problem: DivisionProblem, cuts: list[int], rest: int, objective: float) -> Division:
    counts = problem.target.counts
    N = np.array([counts[start:stop].sum() for start, stop in pairwise(cuts)])
    n = apportion(N.astype(np.float64), rest, np.minimum(problem.minimum, N), N)
    if problem.take_all:
        top = int(counts[cuts[-1] :].sum())
        cuts, n = [*cuts, counts.size], np.append(n, top)
    return Division(cuts, n, objective, objective)
