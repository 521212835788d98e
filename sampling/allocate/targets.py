"""Precision targets as numbers: one constraint for each target and domain, and the CVs reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.allocate.rules import Target
from citysample.sampling.allocate.summary import StrataSummary

__all__ = ["Constraint", "constraints", "expected_cv"]


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """One precision target in one domain.

    Parameters
    ----------
    name : str
        What is estimated, and the domain, for people.
    cv : float
        Largest coefficient of variation.
    total : float
        Absolute value of the total (for a ratio: of its numerator) over the domain, certainty
        cities included.
    S2 : array (H,)
        Variances S_h^2 of the variable (for a ratio: of y - R x); 0 outside the domain.
    """

    name: str
    cv: float
    total: float
    S2: FloatArray

    def load(self, strata: StrataSummary) -> FloatArray:
        """N_h^2 S_h^2 / ((cv T)^2 + sum N_h S_h^2): the target says sum of load_h / n_h <= 1."""
        limit = (self.cv * self.total) ** 2 + float((strata.N * self.S2).sum())
        return strata.N.astype(np.float64) ** 2 * self.S2 / limit


def constraints(targets: Sequence[Target], strata: StrataSummary) -> list[Constraint]:
    """One constraint for each target and domain.

    Parameters
    ----------
    targets : sequence of Target
        The targets.
    strata : StrataSummary
        The strata, with the columns that the targets need.

    Returns
    -------
    list of Constraint
        In the order of the targets and of the levels of their domains.
    """
    found = []
    for target in targets:
        figure = (
            f"'{target.variable}'" if target.over is None else f"'{target.variable}' over '{target.over}'"
        )
        for level, inside in strata.domains(target.by).items():
            name = f"{figure} in {target.by} '{level}'" if target.by is not None else figure
            total = _domain_total(strata, target.variable, inside, name)
            ratio = 0.0
            if target.over is not None:
                ratio = total / _domain_total(strata, target.over, inside, name)
            S2 = np.where(inside, strata.residual_variance(target.variable, target.over, ratio), 0.0)
            found.append(Constraint(name, target.cv, abs(total), S2))
    return found


def _domain_total(strata: StrataSummary, name: str, inside: BoolArray, target: str) -> float:
    total = float((strata.total(name) + strata.certainty_total(name))[inside].sum())
    if total == 0.0:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "A precision target cannot be set for a total of 0.",
            where=f"target for {target}",
            got=f"total of '{name}' = 0",
            expected="a total that is not 0",
            remedy="Choose another variable, or leave this domain out.",
        )
    return total


def expected_cv(constraint: Constraint, strata: StrataSummary, respondents: FloatArray) -> float:
    """The coefficient of variation that numbers of responding cities lead to.

    Parameters
    ----------
    constraint : Constraint
        The figure.
    strata : StrataSummary
        The strata.
    respondents : array (H,)
        Responding cities m_h among the randomly drawn ones; it need not be whole.

    Returns
    -------
    float
        sqrt(sum N_h (N_h - m_h) S_h^2 / m_h) / T; infinite if a stratum that varies has m_h = 0.
    """
    used = constraint.S2 > 0
    N, m, S2 = strata.N[used], respondents[used], constraint.S2[used]
    if (m <= 0).any():
        return float("inf")
    return float(np.sqrt((N * (N - m) * S2 / m).sum())) / constraint.total
