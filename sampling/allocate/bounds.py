"""Bounds and costs of the strata, as the rules say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.allocate.rule_checks import Cost
from citysample.sampling.allocate.rules import Bethel, Equal, Neyman, Optimal, Power, Proportional
from citysample.sampling.allocate.summary import StrataSummary

__all__ = ["BoundedRule", "Bounds", "costs_of", "find_bounds"]

BoundedRule: TypeAlias = Equal | Proportional | Neyman | Optimal | Power | Bethel
"""The rules that bound the number of cities of a stratum."""
DEFAULT_MINIMUM = 2
"""Cities of a stratum that a mapping does not name; a variance needs two."""


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Bounds of the numbers of randomly drawn cities.

    Parameters
    ----------
    lower, upper : array (H,) of int
        Bounds of n_h.
    asked : array (H,) of int
        min_per_stratum as it was asked for; ``lower`` is smaller where N_h is.
    said : str
        min_per_stratum and max_per_stratum in words, for messages.
    """

    lower: IntArray
    upper: IntArray
    asked: IntArray
    said: str

    def require(self, n: int, rest: int, strata: StrataSummary) -> None:
        """Refuse a sample size whose random part ``rest`` does not fit the bounds."""
        certain = int(strata.n_certainty.sum())
        if not int(self.lower.sum()) <= rest <= int(self.upper.sum()):
            raise DesignError(
                "DESIGN-N-IMPOSSIBLE",
                "The sample size does not fit the strata.",
                where=f"{strata.H} strata, {int(strata.N.sum()) + certain} cities, "
                f"{certain} of them taken with certainty",
                got=f"n = {n}",
                expected=f"n from {int(self.lower.sum()) + certain} (certainty cities and {self.said}) "
                f"to {int(self.upper.sum()) + certain}",
                remedy="Change n, use fewer strata, lower min_per_stratum, or raise max_per_stratum.",
            )


def find_bounds(rule: BoundedRule, strata: StrataSummary) -> Bounds:
    """The bounds that a rule sets, cut to the numbers of cities N_h.

    Raises
    ------
    DesignError
        A bound names an unknown stratum, asks for more cities than a stratum has, or contradicts
        the other bound.
    """
    least, most = rule.min_per_stratum, rule.max_per_stratum
    asked = np.full(strata.H, DEFAULT_MINIMUM if isinstance(least, Mapping) else least, dtype=np.int64)
    upper = strata.N.copy()
    if isinstance(least, Mapping):
        for h, value in _by_stratum("min_per_stratum", least, strata):
            asked[h] = value
            if value > strata.N[h]:
                raise DesignError(
                    "DESIGN-STRATUM-TOO-SMALL",
                    "min_per_stratum asks a stratum for more cities than it has.",
                    where=f"stratum '{strata.labels[h]}'",
                    got=f"min_per_stratum = {value}",
                    expected=f"at most {strata.N[h]} cities that are not certain",
                    remedy="Lower min_per_stratum for this stratum, or leave it out.",
                )
    if isinstance(most, Mapping):
        for h, value in _by_stratum("max_per_stratum", most, strata):
            upper[h] = min(upper[h], value)
    elif most is not None:
        upper = np.minimum(upper, most)
    lower = np.minimum(asked, strata.N)
    if (lower > upper).any():
        h = int(np.argmax(lower > upper))
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "max_per_stratum is below min_per_stratum.",
            where=f"stratum '{strata.labels[h]}'",
            got=f"max_per_stratum = {upper[h]}",
            expected=f"at least {lower[h]}",
            remedy="Raise max_per_stratum, or lower min_per_stratum.",
        )
    said = "min_per_stratum" if isinstance(least, Mapping) else f"{least}"
    return Bounds(lower, upper, asked, f"{said} for each stratum")


def costs_of(cost: Cost | None, strata: StrataSummary) -> tuple[FloatArray, float]:
    """Cost of a city of each stratum, and of all certainty cities together.

    Parameters
    ----------
    cost : str, mapping or None
        A frame column: the mean over the cities drawn by chance counts. A mapping by stratum label.
        None: each city costs 1.
    strata : StrataSummary
        The strata.

    Returns
    -------
    c : array (H,)
        Costs c_h > 0.
    fixed : float
        What the certainty cities cost.
    """
    if cost is None:
        return np.ones(strata.H), float(strata.n_certainty.sum())
    if isinstance(cost, Mapping):
        absent = [label for label in strata.labels if label not in cost]
        if absent:
            raise DesignError(
                "DESIGN-STRATUM-UNKNOWN",
                "The costs do not name all strata of the frame.",
                where=f"not named: {quoted(absent)}",
                expected="each stratum once",
                remedy="Give the cost of a city for each stratum.",
            )
        c = np.ones(strata.H)
        for h, value in _by_stratum("cost", cost, strata):
            c[h] = value
        return c, float((c * strata.n_certainty).sum())
    total = strata.total(cost)
    bad = (strata.N > 0) & ~(total > 0)
    if bad.any():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The cost of a stratum must be above 0.",
            where=f"strata {quoted(label for label, b in zip(strata.labels, bad, strict=True) if b)}",
            got=f"sum of '{cost}' = {total[int(np.argmax(bad))]:.15g}",
            expected="above 0",
            remedy="Correct the costs in the frame.",
        )
    c = np.where(strata.N > 0, total, 1.0) / np.maximum(strata.N, 1)
    return c, float(strata.certainty_total(cost).sum())


def _by_stratum(name: str, given: Mapping[str, float], strata: StrataSummary) -> list[tuple[int, float]]:
    unknown = [stratum for stratum in given if stratum not in strata.labels]
    if unknown:
        raise DesignError(
            "DESIGN-STRATUM-UNKNOWN",
            f"'{name}' names strata that the frame does not have.",
            where=f"unknown: {quoted(unknown)}",
            expected="labels of the strata",
            remedy=did_you_mean(unknown[0], strata.labels),
        )
    return [(strata.labels.index(stratum), value) for stratum, value in given.items()]
