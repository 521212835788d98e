"""Cities that two simple random samples of a stratum are expected to have in common."""

from __future__ import annotations

import math

import numpy as np

from citysample.errors import DesignError
from citysample.sampling.rounds.coordination import ExpectedOverlap, check_shift, overlap_probabilities

__all__ = ["srs_overlap"]


def srs_overlap(
    common: int,
    deaths: int,
    births: int,
    n1: int,
    n2: int,
    *,
    shift: float = 0.0,
    mirror: bool = False,
) -> ExpectedOverlap:
    """Expected number of cities that two simple random samples of a stratum have in common.

    Parameters
    ----------
    common : int
        Cities that are in the stratum in both rounds.
    deaths, births : int
        Cities that are in the stratum in the first round only, and in the second round only.
    n1, n2 : int
        Sample sizes of the two rounds, 0 <= n1 <= common + deaths, 0 <= n2 <= common + births.
    shift : float
        Shift of the second round, in [0, 1).
    mirror : bool
        True if the second round uses 1 - u_k.

    Returns
    -------
    ExpectedOverlap
        ``exact`` if the stratum keeps its cities, or if the second round uses the same numbers (shift 0,
        no mirror); else ``poisson``, the value of Poisson samples with the same inclusion probabilities.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a count or the shift is out of range.

    Notes
    -----
    Same cities, N of them, shift c: the second sample starts at rank K, with K ~ Bin(N, 1 - c), and the
    overlap of two runs of n1 and n2 ranks on a circle of N is averaged over K. It is min(n1, n2) at
    c = 0; for the mirror it is max(0, n1 + n2 - N).

    Same numbers, C common cities, D deaths, B births: C times the integral over u in (0, 1) of
    sum_a P(A = a) P(a + D_u < n1) P(a + B_u < n2), with A ~ Bin(C - 1, u), D_u ~ Bin(D, u) and
    B_u ~ Bin(B, u). The integrand is a polynomial, for which Gauss-Legendre quadrature is exact.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9.

    Examples
    --------
    >>> srs_overlap(60, 0, 0, 20, 20)
    ExpectedOverlap(cities=20.0, formula='exact')
    >>> round(srs_overlap(60, 0, 1, 20, 20).cities, 6)
    19.672131
    """
    N1, N2 = common + deaths, common + births
    if min(common, deaths, births) < 0 or not (0 <= n1 <= N1 and 0 <= n2 <= N2):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The numbers of cities of two rounds do not fit.",
            got=f"n1 = {n1} of {N1}, n2 = {n2} of {N2}, {common} of them in both rounds",
            expected="no sample larger than its stratum, and no negative number",
            remedy="Correct the numbers.",
        )
    check_shift(shift)
    if not common or not n1 or not n2:
        return ExpectedOverlap(0.0, "exact")
    same = np.full(1, n1 / N1), np.full(1, n2 / N2)
    chance = float(overlap_probabilities(*same, shift=shift, mirror=mirror)[0])
    if deaths or births:
        if shift or mirror:
            return ExpectedOverlap(common * chance, "poisson")
        return ExpectedOverlap(_same_numbers(common, deaths, births, n1, n2), "exact")
    if mirror:
        return ExpectedOverlap(float(max(0, n1 + n2 - common)), "exact")
    return ExpectedOverlap(_same_cities(common, n1, n2, shift), "exact")


def _same_cities(N: int, n1: int, n2: int, shift: float) -> float:
    """Expected overlap of runs of n1 ranks from 0 and n2 ranks from K on a circle of N."""
    from scipy.stats import binom

    start = np.arange(N + 1)
    ahead = np.maximum(np.minimum(n1, start + n2) - start, 0)
    around = np.maximum(np.minimum(n1, start + n2 - N), 0)
    chances = binom.pmf(start, N, (1.0 - shift) % 1.0)
    return math.fsum((chances * (ahead + around)).tolist())


def _same_numbers(common: int, deaths: int, births: int, n1: int, n2: int) -> float:
    """Expected overlap of the n1 and n2 smallest numbers of two frames that share cities."""
    from scipy.special import roots_legendre
    from scipy.stats import binom

    degree = common - 1 + deaths + births
    nodes, weights = roots_legendre(degree // 2 + 1)
    u = ((nodes + 1.0) / 2.0)[:, np.newaxis]
    below = np.arange(min(n1, n2, common))
    chance = (
        binom.pmf(below, common - 1, u)
        * binom.cdf(n1 - 1 - below, deaths, u)
        * binom.cdf(n2 - 1 - below, births, u)
    )
    return common * math.fsum((np.asarray(weights) / 2.0 * np.asarray(chance).sum(axis=1)).tolist())
