"""Cities that the samples of two plans are expected to have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.rounds.coordination import ExpectedOverlap, expected_overlap, require_coordination
from citysample.sampling.rounds.overlap import srs_overlap

if TYPE_CHECKING:
    from citysample.sampling.plan import SamplePlan

__all__ = ["plan_overlap"]


def plan_overlap(first: SamplePlan, second: SamplePlan, shift: float, *, mirror: bool) -> ExpectedOverlap:
    """Expected overlap of two plans; see :meth:`SamplePlan.expected_overlap`."""
    for plan in (first, second):
        require_coordination(plan.design.recorded_as)
    if first.design.method != second.design.method:
        raise DesignError(
            "DESIGN-COORDINATION-INVALID",
            "The two plans have different methods.",
            got=f"'{first.design.method}' and '{second.design.method}'",
            expected="one method for both rounds",
            remedy="Plan both rounds with the same method.",
        )
    cities = first.cities_table.index.intersection(second.cities_table.index)
    pi1, pi2 = (plan.arrays.pi[plan.cities_table.index.get_indexer(cities)] for plan in (first, second))
    if first.design.method != "srs":
        return expected_overlap(pi1, pi2, shift=shift, mirror=mirror)
    return _of_strata(first, second, shift, mirror=mirror)


def _of_strata(first: SamplePlan, second: SamplePlan, shift: float, *, mirror: bool) -> ExpectedOverlap:
    """Each pair of strata that share cities, and the certainty cities, which meet each city by its pi."""
    ids = second.cities_table.index
    found = []
    sure1, sure2 = (plan.arrays.aims == 1.0 for plan in (first, second))
    here = ids.get_indexer(first.cities_table.index)
    pi2 = np.where(here < 0, 0.0, second.arrays.pi[here])
    there = first.cities_table.index.get_indexer(ids)
    pi1 = np.where((there < 0) | sure1[there], 0.0, first.arrays.pi[there])
    certain = math.fsum(pi2[sure1].tolist()) + math.fsum(pi1[sure2].tolist())
    row2 = {label: set(ids[members]) for label, members in second.groups()}
    n2 = {label: _size(second.arrays.aims, members) for label, members in second.groups()}
    for _, members in first.groups():
        names = set(first.cities_table.index[members])
        n1 = _size(first.arrays.aims, members)
        for label, others in row2.items():
            common = len(names & others)
            if common:
                sizes = (common, len(names) - common, len(others) - common, n1, n2[label])
                found.append(srs_overlap(*sizes, shift=shift, mirror=mirror))
    exact = all(part.formula == "exact" for part in found)
    cities = certain + math.fsum(part.cities for part in found)
    return ExpectedOverlap(cities, "exact" if exact else "poisson")


def _size(aims: FloatArray, members: IntArray) -> int:
    return round(float(aims[members].sum()))
