"""A lower bound for Neyman allocation: each city costs a price, and the strata are a shortest path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.stratify.anticipated import anticipated_variances
from citysample.sampling.stratify.division import (
    ROUNDING,
    DivisionProblem,
    refuse_division,
    stratum_variances,
)

__all__ = ["BestPrice", "best_price", "cheapest_ends", "cheapest_sizes", "top_costs"]

MOST_PRICES = 200
"""Most prices that are tried; ten to twenty are usual."""


@dataclass(frozen=True, slots=True)
class BestPrice:
    """The price with the largest lower bound.

    Parameters
    ----------
    price : float
        Price of a city, 0 or more, in units of variance.
    bound : float
        No division with n cities has a smaller variance.
    known : list of list of int
        Cuts of the cheapest divisions that were met; some are good for n.
    """

    price: float
    bound: float
    known: list[list[int]]


@dataclass(frozen=True, slots=True)
class _Line:
    """The cheapest division at a price: its value at another price p is variance + p n."""

    cuts: list[int]
    variance: float
    n: int

    def at(self, price: float, n: int) -> float:
        return self.variance + price * (self.n - n)


def cheapest_sizes(problem: DivisionProblem, N: FloatArray, S2: FloatArray, price: float) -> FloatArray:
    """The n_h with the least a / n_h + price n_h, a = N_h^2 S_h^2.

    It is the first one with n_h (n_h + 1) >= a / price, within its bounds.
    """
    upper = np.minimum(N, problem.n)
    if price == 0:
        return upper
    wanted = np.ceil(np.sqrt(0.25 + N**2 * S2 / price) - 0.5)
    return np.clip(wanted, np.minimum(problem.minimum, upper), upper)


def stratum_costs(problem: DivisionProblem, N: FloatArray, S2: FloatArray, price: float) -> FloatArray:
    """Variance and price of each stratum at its cheapest n_h."""
    n = cheapest_sizes(problem, N, S2, price)
    return stratum_variances(N, S2, n) + price * n


def top_costs(problem: DivisionProblem, cost: FloatArray, N: FloatArray, price: float) -> float:
    """Cost of the highest stratum, which begins where ``cost`` and ``N`` do."""
    if not problem.take_all:
        return float(cost[-1])
    return price * float(N[-1]) if N[-1] <= problem.n else np.inf


def cheapest_ends(problem: DivisionProblem, price: float) -> tuple[FloatArray, list[int]]:
    """Least cost of the sizes from each place to the end, in each number of strata.

    Returns
    -------
    least : array (L + 1, D + 1)
        Entry [h, i] is the cost of the sizes i, i + 1, ... in h strata.
    cuts : list of int, length L + 1
        The cheapest division of all sizes; empty if there is none.
    """
    L, D = problem.strata, problem.target.values.size
    least = np.full((L + 1, D + 1), np.inf)
    following = np.zeros((L + 1, D + 1), dtype=np.int64)
    least[0, D] = 0.0
    following[1] = D
    for start in range(D - 1, -1, -1):
        N, S2 = problem.target.strata_from(start)
        cost = stratum_costs(problem, N, S2, price)
        least[1, start] = top_costs(problem, cost, N, price)
        reached = cost + least[1:L, start + 1 :]
        chosen = np.argmin(reached, axis=1)
        least[2:, start] = reached[np.arange(L - 1), chosen]
        following[2:, start] = start + 1 + chosen
    if not np.isfinite(least[L, 0]):
        return least, []
    cuts = [0]
    for h in range(L, 0, -1):
        cuts.append(int(following[h, cuts[-1]]))
    return least, cuts


def best_price(problem: DivisionProblem) -> BestPrice:
    """The price at which the cheapest division of :func:`cheapest_ends` gives the largest bound.

    The bound is concave and made of straight pieces. From a price with too many cities and one with
    too few, the next price is where their two lines meet (cutting planes).
    """
    n = problem.n
    many = _line(problem, 0.0)
    # At this price one city more costs more than all variance that it can save.
    few = _line(problem, 4.0 * _whole_variance(problem))
    if many is None or few is None or few.n > n:
        why = f"at least {few.n} cities" if few is not None else "a highest class of at most n cities"
        raise refuse_division(problem, why)
    if many.n == n:
        return BestPrice(0.0, many.variance, [many.cuts])
    known, best, bound = [many.cuts, few.cuts], 0.0, -np.inf
    for _ in range(MOST_PRICES):
        price = (few.variance - many.variance) / (many.n - few.n)
        line = _line(problem, price)
        assert line is not None
        known.append(line.cuts)
        if line.at(price, n) > bound:
            best, bound = price, line.at(price, n)
        met = few.at(price, n)
        if line.n == n or line.at(price, n) >= met - ROUNDING * abs(met):
            break
        many, few = (line, few) if line.n > n else (many, line)
    return BestPrice(best, bound, known)


def _line(problem: DivisionProblem, price: float) -> _Line | None:
    cuts = cheapest_ends(problem, price)[1]
    if not cuts:
        return None
    whole, S2 = anticipated_variances(problem.target, cuts)
    N = whole.astype(np.float64)
    n = cheapest_sizes(problem, N, S2, price)
    if problem.take_all:
        n[-1] = N[-1]
    return _Line(cuts, float(stratum_variances(N, S2, n).sum()), int(n.sum()))


def _whole_variance(problem: DivisionProblem) -> float:
    N, S2 = problem.target.strata_from(0)
    return float(N[-1] ** 2 * S2[-1])
