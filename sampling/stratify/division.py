"""The question and the answer of the search for optimal size classes."""

from __future__ import annotations

from dataclasses import dataclass

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.stratify.anticipated import SortedTarget

__all__ = ["ROUNDING", "Division", "DivisionProblem", "refuse_division", "stratum_variances"]

ROUNDING = 1e-11
"""Relative difference of variances that may be rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class DivisionProblem:
    """Divide cities in order of size into consecutive strata and give each stratum a sample size.

    Parameters
    ----------
    target : SortedTarget
        The cities that can be sampled, and the model of the target.
    strata : int
        Number of strata, the take-all stratum included.
    n : int
        Cities to sample, below the number of cities.
    minimum : int
        Smallest n_h; all cities of a stratum that has fewer.
    take_all : bool
        True: all cities of the highest stratum are taken.
    """

    target: SortedTarget
    strata: int
    n: int
    minimum: int
    take_all: bool


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Strata and sample sizes.

    Parameters
    ----------
    cuts : list of int, length L + 1
        Places among the different sizes at which the strata begin, and their end.
    n : array (L,) of int
        Sample sizes.
    objective : float
        What was minimised: the anticipated variance of the estimated total.
    lower_bound : float
        No division has a smaller objective than this.
    """

    cuts: list[int]
    n: IntArray
    objective: float
    lower_bound: float


def stratum_variances(N: FloatArray, S2: FloatArray, n: FloatArray) -> FloatArray:
    """Variance of the estimated total of each stratum: N_h^2 S_h^2 (1/n_h - 1/N_h)."""
    return N**2 * S2 * (1 / n - 1 / N)


def refuse_division(problem: DivisionProblem, why: str) -> DesignError:
    """The error for a question without an answer."""
    top = f", the highest taken whole ({int(problem.target.counts[-1])} or more cities)"
    return DesignError(
        "DESIGN-N-IMPOSSIBLE",
        f"No division into {problem.strata} classes fits the sample size.",
        where=f"{int(problem.target.counts.sum())} cities of {problem.target.values.size} different sizes",
        got=f"n = {problem.n}, {problem.strata} classes{top if problem.take_all else ''}",
        expected=why,
        remedy="Raise n, ask for fewer classes, or lower min_per_class.",
    )
