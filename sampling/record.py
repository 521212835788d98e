"""The record of the draw: all that the variance needs to know of how the sample came about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["SINGLE_PSU_RULES", "Decision", "DrawRecord"]

SINGLE_PSU_RULES = ("fail", "adjust", "average", "certainty")
"""What to do with a stratum that has one sampled unit; ``fail`` refuses."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that a rule took, for the report and the audit.

    Parameters
    ----------
    rule : str
        Name of the rule.
    where : str
        Stratum, city or estimate that it concerns.
    what : str
        What was decided.
    """

    rule: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, eq=False)
class DrawRecord:
    """How the sample was drawn, as arrays. m is the number of primary sampling units (PSUs).

    Parameters
    ----------
    method : str
        Sampling method, a key of ``VARIANCE_FORMS``.
    strata : tuple of str, length H
        Labels of the strata.
    psu : array (n,) of int
        PSU of each row, 0 to m - 1. In a city sample each city is its own PSU.
    stratum : array (m,) of int
        Stratum of each PSU, 0 to H - 1.
    pi : array (m,)
        Inclusion probability of each PSU, in (0, 1]. NaN if drawn with replacement.
    certainty : array (m,) of bool
        True for PSUs that were in the sample whatever the chance.
    single_psu : str
        Rule for strata with one PSU that is not certain, one of ``SINGLE_PSU_RULES``.
    """

    method: str
    strata: tuple[str, ...]
    psu: IntArray
    stratum: IntArray
    pi: FloatArray
    certainty: BoolArray
    single_psu: str

    def random_psus(self) -> list[tuple[int, IntArray]]:
        """For each stratum with PSUs that are not certain: its code and these PSUs."""
        random = np.flatnonzero(~self.certainty)
        found = ((h, random[self.stratum[random] == h]) for h in range(len(self.strata)))
        return [(h, psus) for h, psus in found if psus.size]
