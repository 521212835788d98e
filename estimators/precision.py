"""Standard errors and intervals of all figures, or the reason why one has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from citysample.estimators.degrees_of_freedom import random_counts
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from citysample.estimators.domains import Domain
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["DomainCounts", "Found", "Precision", "count_domains", "precision"]

EXACT = 1e-12
"""A standard error below this part of its estimate is zero but for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class DomainCounts:
    """What the draw says of D domains.

    Parameters
    ----------
    n, n_certainty : array (D,) of int
        Sampled units of the domain, and those taken with certainty.
    n_random : array (D,) of int
        PSUs that were drawn by chance and hold units of the domain; in certainty cities, units so.
    df : array (D,)
        Degrees of freedom.
    census : array (D,) of bool
        True if all units of the domain are in the sample with certainty and weight 1.
    frame_known : bool
        True if the sample was drawn from a frame that is at hand.
    """

    n: IntArray
    n_certainty: IntArray
    n_random: IntArray
    df: FloatArray
    census: BoolArray
    frame_known: bool


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was computed of q figures, before it is judged.

    Parameters
    ----------
    value, variance : array (q,)
        Estimates and their estimated variances.
    undefined : sequence of str, length q
        Why the estimate does not exist; empty if it does.
    methods : sequence of str, length q
        Interval method.
    lower, upper : array (q,)
        Its limits; NaN where the method gives none.
    absent : sequence of str, length q
        Why the method may give none.
    at_edge : array (q,) of bool
        True if the method gives an interval for a share of 0 or 1, too.
    without_se : array (q,) of bool
        True if the variance of zero tells nothing: a quantile beyond which no random city lies.
    within : bool
        True if errors inside the cities are part of the variance.
    """

    value: FloatArray
    variance: FloatArray
    undefined: Sequence[str]
    methods: Sequence[str]
    lower: FloatArray
    upper: FloatArray
    absent: Sequence[str]
    at_edge: BoolArray
    without_se: BoolArray
    within: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """Standard errors and intervals of q figures; NaN where there is none, and a note.

    Parameters
    ----------
    se, lower, upper : array (q,)
        In the unit of the estimate.
    methods : list of str, length q
        Interval method, ``"census"`` or ``"none"``.
    notes : list of str, length q
        Why there is no interval; empty if there is one.
    open : array (q,) of bool
        True for figures that are not judged yet.
    """

    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    methods: list[str]
    notes: list[str]
    open: BoolArray = field(repr=False)

    def close(
        self,
        where: BoolArray,
        note: str | Sequence[str],
        *,
        se: FloatArray | float = np.nan,
        limits: tuple[FloatArray, FloatArray] | None = None,
        method: str | None = "none",
    ) -> None:
        """Judge the open figures where the condition holds; a method of None keeps that of the figure."""
        rows = np.flatnonzero(self.open & where)
        if not rows.size:
            return
        self.open[rows] = False
        self.se[rows] = se if isinstance(se, float) else se[rows]
        for own, given in zip((self.lower, self.upper), limits or (None, None), strict=True):
            own[rows] = np.nan if given is None else given[rows]
        for row in rows.tolist():
            self.notes[row] = note if isinstance(note, str) else note[row]
            self.methods[row] = self.methods[row] if method is None else method


def count_domains(
    survey: WeightedSample, domains: Sequence[Domain], masks: BoolArray, df: FloatArray
) -> DomainCounts:
    """Count the units of each domain.

    Parameters
    ----------
    survey : WeightedSample
        The sample, with the record of the draw and the weights.
    domains : sequence of Domain, length D
        The domains.
    masks : array (n, D) of bool
        Their units.
    df : array (D,)
        Degrees of freedom.
    """
    draw = survey.draw
    certain, city = draw.certain_rows(), draw.city_rows()
    n, n_certainty = masks.sum(axis=0), (masks & certain[:, None]).sum(axis=0)
    cities = np.array([np.unique(city[mask]).size for mask in masks.T])
    listed = np.array([-1 if domain.N is None else domain.N for domain in domains])
    whole = (n_certainty == n) & (cities == listed)
    one = ~(masks & (survey.weights != 1.0)[:, None]).any(axis=0)
    return DomainCounts(
        n=n,
        n_certainty=n_certainty,
        n_random=random_counts(draw, masks).sum(axis=0),
        df=df,
        census=(n > 0) & (bool(certain.all()) | whole) & one,
        frame_known=survey.frame is not None,
    )


def precision(found: Found, counts: DomainCounts) -> Precision:
    """Standard errors and intervals of q figures: indicator by indicator, domain by domain.

    Parameters
    ----------
    found : Found
        What was computed.
    counts : DomainCounts
        Units and degrees of freedom of the D domains; q is a multiple of D.

    Returns
    -------
    Precision

    Notes
    -----
    The first reason that holds decides. A standard error of zero in a domain that was drawn by chance gives
    no interval: the sampled cities do not differ, which says little of the others. Intervals for counts of
    cities are the exception: they know how many cities were seen.
    """
    times = found.value.size // counts.n.size
    n, n_random, df = (np.tile(array, times) for array in (counts.n, counts.n_random, counts.df))
    census = np.tile(counts.census, times)
    with np.errstate(invalid="ignore", over="ignore"):
        se = np.sqrt(np.clip(found.variance, 0.0, None))
        alike = se <= EXACT * np.abs(found.value)
        negative = found.variance < -((EXACT * found.value) ** 2)
    given = (found.lower, found.upper)
    judged = Precision(
        se,
        found.lower.copy(),
        found.upper.copy(),
        list(found.methods),
        [""] * se.size,
        np.ones(se.size, np.bool_),
    )
    close = judged.close
    close(n == 0, "no sampled city in this domain")
    close(np.array([bool(reason) for reason in found.undefined]), found.undefined)
    close(~np.isfinite(found.variance), "not defined: a number that is too large")
    close(negative, "the variance estimate is below zero: no standard error")
    sure = census & ~(found.within & (se > 0.0))
    both = (found.value, found.value)
    close(
        sure, "all cities of the domain are in the sample with certainty", se=se, limits=both, method="census"
    )
    _close_certain(judged, found, se, n_random == 0, census | (not counts.frame_known), counts.frame_known)
    no_quantile = "no standard error: no randomly drawn city lies beyond the quantile"
    close(found.without_se & (df > 0.0), no_quantile, limits=given, method=None)
    close(found.without_se, no_quantile)
    edge = alike & found.at_edge & np.isin(found.value, (0.0, 1.0)) & ~np.isnan(found.lower) & (df > 0.0)
    by_number = "the sampled cities are alike: the interval rests on their number"
    close(edge, by_number, se=0.0, limits=given, method=None)
    close((n_random == 1) & alike, "one randomly drawn unit in this domain: no variance")
    close((n_random == 1) & (df <= 0.0), "one randomly drawn unit in this domain: no interval", se=se)
    close(df <= 0.0, "no degrees of freedom: no interval", se=se)
    known = "no interval: the figure is known from the design, or the sampled cities are alike"
    close(alike, known, se=0.0)
    none = [f"no {method} interval: {why}" for method, why in zip(found.methods, found.absent, strict=True)]
    close(np.isnan(found.lower) | np.isnan(found.upper), none, se=se)
    return judged


def _close_certain(
    judged: Precision, found: Found, se: FloatArray, certain: BoolArray, whole: BoolArray, frame_known: bool
) -> None:
    """Domains whose sampled cities are all certain: the only errors are those inside them."""
    inside = certain & whole & found.within & (se > 0.0)
    note = "no sampling of cities: the standard error is that inside the cities"
    judged.close(inside, note, se=se, limits=(found.lower, found.upper), method=None)
    note = "only certainty units of this domain are in the sample"
    # Without a frame they may be the whole domain; then the standard error is 0.
    if frame_known:
        judged.close(certain, note + ": no variance")
    else:
        judged.close(certain, note, se=se)
