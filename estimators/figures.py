"""Figures on their way: each indicator in each domain, as estimates with linearised variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.errors import EstimateError, located
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.indicator import SHARE_UNIT
from citysample.estimators.functions.shares import refuse_no_share, refuse_percent
from citysample.estimators.functions.term import Leaf, Term
from citysample.estimators.influence import Linearised, linearise
from citysample.estimators.positions import Positions
from citysample.reference_frames.columns import BoolArray, FloatArray

if TYPE_CHECKING:
    from citysample.estimators.domains import Domain
    from citysample.estimators.functions.indicator import Indicator
    from citysample.estimators.functions.variables import Variables

__all__ = ["Figures", "figures_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """One indicator in D domains.

    Parameters
    ----------
    name : str
        The name that was given.
    indicator : Indicator
        The expression with its words.
    leaves : tuple of Leaf, length p
        Totals and quantiles of the expression.
    variables : array (n, p)
        Their variables.
    found : Linearised
        Estimates and linearised variables.
    """

    name: str
    indicator: Indicator
    leaves: tuple[Leaf, ...]
    variables: FloatArray
    found: Linearised

    @property
    def expression(self) -> Expression:
        """What is estimated."""
        return self.indicator.function


def figures_of(
    name: str,
    indicator: Indicator,
    variables: Variables,
    weights: FloatArray,
    masks: BoolArray,
    domains: Sequence[Domain],
    quantiles: Mapping[Leaf, Positions],
) -> Figures:
    """Estimate one indicator in all domains."""
    leaves = indicator.function.terms()
    with located(f"estimate '{name}'"):
        by_stratum = any(isinstance(leaf, Term) and leaf.stratum is not None for leaf in leaves)
        if by_stratum and masks.shape[1] > 1:
            raise _no_domains(indicator)
        found_variables = variables.of(leaves)
        refuse_percent(indicator, leaves, found_variables)
        found = linearise(indicator.function, leaves, found_variables, weights, masks, quantiles)
    if indicator.unit == SHARE_UNIT:
        for domain, value in zip(domains, found.value, strict=True):
            refuse_no_share(name, indicator, domain.label, float(value))
    return Figures(name, indicator, leaves, found_variables, found)


def _no_domains(indicator: Indicator) -> EstimateError:
    return EstimateError(
        "ESTIMATE-CHOICE-UNKNOWN",
        "A separate ratio is that of the country: the known totals of domains are not given.",
        where="by",
        got=str(indicator.function),
        expected="no breakdown",
        remedy="Estimate it in a call of its own without 'by'; use ratio(y, x) in domains.",
    )
