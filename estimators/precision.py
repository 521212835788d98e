"""Standard error and interval of an estimate, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.estimators.degrees_of_freedom import random_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citysample.estimators.domains import Domain
    from citysample.reference_frames.columns import FloatArray
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["DomainCounts", "Found", "Precision", "count_domains", "precision"]

EXACT = 1e-12
"""A standard error below this part of its estimate is zero but for rounding."""


@dataclass(frozen=True, slots=True)
class DomainCounts:
    """What the draw says of a domain.

    Parameters
    ----------
    n, n_certainty : int
        Sampled units of the domain, and those taken with certainty.
    n_random_psus : int
        PSUs that were drawn by chance and hold units of the domain; in certainty cities, units so.
    df : float
        Degrees of freedom.
    census : bool
        True if all units of the domain are in the sample with certainty and weight 1.
    frame_known : bool
        True if the sample was drawn from a frame that is at hand.
    """

    n: int
    n_certainty: int
    n_random_psus: int
    df: float
    census: bool
    frame_known: bool


@dataclass(frozen=True, slots=True)
class Precision:
    """Standard error and interval of an estimate; NaN where there is none, and a note.

    Parameters
    ----------
    se, lower, upper : float
        In the unit of the estimate.
    method : str
        Interval method, ``"census"`` or ``"none"``.
    note : str
        Why there is no interval; empty if there is one.
    """

    se: float
    lower: float
    upper: float
    method: str
    note: str


def count_domains(survey: WeightedSample, domains: Sequence[Domain], df: FloatArray) -> list[DomainCounts]:
    """Count the units of each domain.

    Parameters
    ----------
    survey : WeightedSample
        The sample, with the record of the draw and the weights.
    domains : sequence of Domain, length D
        The domains.
    df : array (D,)
        Degrees of freedom.
    """
    draw = survey.draw
    certain, city, unit_weight = draw.certain_rows(), draw.city_rows(), survey.weights == 1.0
    all_certain = bool(certain.all())
    masks = np.stack([domain.mask for domain in domains], axis=1)
    random = random_counts(draw, masks).sum(axis=0)
    counts = []
    for d, domain in enumerate(domains):
        n, n_certainty = int(domain.mask.sum()), int(certain[domain.mask].sum())
        whole = n_certainty == n and np.unique(city[domain.mask]).size == domain.N
        census = n > 0 and (all_certain or whole) and bool(unit_weight[domain.mask].all())
        counts.append(
            DomainCounts(n, n_certainty, int(random[d]), float(df[d]), census, survey.frame is not None)
        )
    return counts


@dataclass(frozen=True, slots=True)
class Found:
    """What was computed of an estimate, before it is judged.

    Parameters
    ----------
    value, variance : float
        Estimate and its estimated variance.
    undefined : str
        Why the estimate does not exist; empty if it does.
    interval : str
        Interval method.
    lower, upper : float
        Its limits; NaN where the method gives none.
    absent : str
        Why the method may give none.
    at_edge : bool
        True if the method gives an interval for a share of 0 or 1, too.
    within : bool
        True if errors inside the cities are part of the variance.
    no_se : str
        Why the variance does not tell the standard error; empty if it does.
    """

    value: float
    variance: float
    undefined: str
    interval: str
    lower: float
    upper: float
    absent: str = ""
    at_edge: bool = False
    within: bool = False
    no_se: str = ""


def precision(found: Found, counts: DomainCounts) -> Precision:
    """Standard error and interval of an estimate.

    Parameters
    ----------
    found : Found
        What was computed.
    counts : DomainCounts
        Units and degrees of freedom of the domain.

    Returns
    -------
    Precision

    Notes
    -----
    A standard error of zero in a domain that was drawn by chance gives no interval: the sampled
    cities do not differ, which says little of the others. Intervals for counts of cities are the exception:
    they know how many cities were seen.
    """

    def without(note: str, se: float = math.nan) -> Precision:
        return Precision(se, math.nan, math.nan, "none", note)

    if counts.n == 0:
        return without("no sampled city in this domain")
    if found.undefined:
        return without(found.undefined)
    if not math.isfinite(found.variance):
        return without("not defined: a number that is too large")
    alike_variance = (EXACT * found.value) ** 2
    if found.variance < -alike_variance:
        return without("the variance estimate is below zero: no standard error")
    se = math.sqrt(max(found.variance, 0.0))
    if counts.census and not (found.within and se > 0.0):
        note = "all cities of the domain are in the sample with certainty"
        return Precision(se, found.value, found.value, "census", note)
    if counts.n_random_psus == 0:
        return _certain_only(found, counts, se)
    if found.no_se:
        limits = (found.lower, found.upper) if counts.df > 0 else (math.nan, math.nan)
        method = "none" if math.isnan(limits[0]) else found.interval
        return Precision(math.nan, *limits, method, found.no_se)
    alike = se <= EXACT * abs(found.value)
    edge = alike and found.at_edge and found.value in (0.0, 1.0) and not math.isnan(found.lower)
    if edge and counts.df > 0:
        note = "the sampled cities are alike: the interval rests on their number"
        return Precision(0.0, found.lower, found.upper, found.interval, note)
    if counts.n_random_psus == 1 and alike:
        return without("one randomly drawn unit in this domain: no variance")
    if counts.df <= 0:
        one = "one randomly drawn unit in this domain: no interval"
        return without(one if counts.n_random_psus == 1 else "no degrees of freedom: no interval", se)
    if alike:
        note = "no interval: the figure is known from the design, or the sampled cities are alike"
        return without(note, 0.0)
    if math.isnan(found.lower) or math.isnan(found.upper):
        return without(f"no {found.interval} interval: {found.absent}", se)
    return Precision(se, found.lower, found.upper, found.interval, "")


def _certain_only(found: Found, counts: DomainCounts, se: float) -> Precision:
    """A domain whose sampled cities are all certain: the only errors are those inside them."""
    whole = counts.census or not counts.frame_known
    if found.within and se > 0.0 and whole:
        note = "no sampling of cities: the standard error is that inside the cities"
        return Precision(se, found.lower, found.upper, found.interval, note)
    note = "only certainty units of this domain are in the sample"
    # Without a frame they may be the whole domain; then the standard error is 0.
    if counts.frame_known:
        return Precision(math.nan, math.nan, math.nan, "none", note + ": no variance")
    return Precision(se, math.nan, math.nan, "none", note)
