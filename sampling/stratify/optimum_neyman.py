"""Optimal size classes for Neyman allocation in whole numbers: a bound by a price, then an exact search."""

from __future__ import annotations

from operator import attrgetter

import numpy as np

from citysample.sampling.allocate.apportion import apportion
from citysample.sampling.stratify.anticipated import anticipated_variances
from citysample.sampling.stratify.division import ROUNDING, Division, DivisionProblem, stratum_variances
from citysample.sampling.stratify.price import best_price
from citysample.sampling.stratify.search import collect, search

__all__ = ["optimum_neyman"]

MOST_TRIES = 12
"""How often the search may be narrowed to a quarter before it is given up."""


def optimum_neyman(problem: DivisionProblem) -> Division:
    """The division and the whole n_h with the smallest variance, or a near one with a bound.

    Parameters
    ----------
    problem : DivisionProblem
        The cities, the number of strata and n.

    Returns
    -------
    Division
        It is optimal if ``objective`` equals ``lower_bound``.

    Raises
    ------
    DesignError
        ``DESIGN-N-IMPOSSIBLE``: n is too small for so many strata.

    Notes
    -----
    Minimise sum_h N_h^2 S_h^2 (1/n_h - 1/N_h) with sum n_h = n and whole n_h from the smallest one
    to N_h. If each city costs a price p instead of sum n_h = n, the problem is a shortest path
    over the boundaries, and its value less p n is a lower bound (Lagrange). The best price is found
    by cutting planes. Strata that no division below the best known variance can hold are then left
    out, and dynamic programming over boundary and n together solves the rest exactly. If too much
    is left, only the most promising strata are searched, and the bound stands.

    References
    ----------
    Lavallee, P., Hidiroglou, M. A. (1988). On the stratification of skewed populations. Survey
    Methodology 14, 33-43.
    Geoffrion, A. M. (1974). Lagrangean relaxation for integer programming. Mathematical
    Programming Study 2, 82-114.
    """
    found = best_price(problem)
    known = [division for division in (_allocated(problem, cuts) for cuts in found.known) if division]
    best = min(known, key=attrgetter("objective"))
    rounding = ROUNDING * best.objective
    width = best.objective - found.bound
    for _ in range(MOST_TRIES):
        if best.objective - found.bound <= rounding:
            return _proven(best)
        edges = collect(problem, found.price, found.bound, width + rounding)
        if edges is not None:
            better = search(problem, edges)
            divisions = [best, _allocated(problem, better) if better else None]
            best = min((division for division in divisions if division), key=attrgetter("objective"))
            if best.objective - found.bound <= width + rounding:
                return _proven(best)
            break
        width /= 4
    return Division(best.cuts, best.n, best.objective, max(found.bound, 0.0))


def _allocated(problem: DivisionProblem, cuts: list[int]) -> Division | None:
    """The best whole n_h for given strata; None if n does not fit them."""
    N, S2 = anticipated_variances(problem.target, cuts)
    lower = np.minimum(problem.minimum, N)
    if problem.take_all:
        lower[-1] = N[-1]
    if not int(lower.sum()) <= problem.n <= int(N.sum()):
        return None
    n = apportion(N.astype(np.float64) * np.sqrt(S2), problem.n, lower, N)
    variance = stratum_variances(N.astype(np.float64), S2, n.astype(np.float64))
    return Division(cuts, n, float(variance.sum()), 0.0)


def _proven(division: Division) -> Division:
    return Division(division.cuts, division.n, division.objective, division.objective)
