"""Standard error and interval of an estimate, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.estimators.degrees_of_freedom import design_df, nominal_df, random_counts
from citysample.estimators.intervals.methods import INTERVALS

if TYPE_CHECKING:
    from citysample.estimators.domains import Domain
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["DomainCounts", "Precision", "count_domain", "precision"]

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


def count_domain(survey: WeightedSample, domain: Domain, df: str | float) -> DomainCounts:
    """Count the units of a domain and its degrees of freedom.

    Parameters
    ----------
    survey : WeightedSample
        The sample, with the record of the draw and the weights.
    domain : Domain
        The domain.
    df : str or float
        ``"design"``, ``"nominal"`` or a number.
    """
    draw = survey.draw
    certain = draw.certain_rows()
    n, n_certainty = int(domain.mask.sum()), int(certain[domain.mask].sum())
    if df == "design":
        degrees = float(design_df(draw, domain.mask))
    else:
        degrees = float(nominal_df(draw) if df == "nominal" else df)
    return DomainCounts(
        n=n,
        n_certainty=n_certainty,
        n_random_psus=sum(random_counts(draw, domain.mask)),
        df=degrees,
        census=n > 0
        and (
            bool(certain.all())
            or (n_certainty == n and np.unique(draw.city_rows()[domain.mask]).size == domain.N)
        )
        and bool((survey.weights[domain.mask] == 1.0).all()),
        frame_known=survey.frame is not None,
    )


def precision(
    value: float,
    variance: float,
    undefined: str,
    counts: DomainCounts,
    interval: str,
    confidence_level: float,
) -> Precision:
    """Standard error and interval of an estimate.

    Parameters
    ----------
    value, variance : float
        Estimate and its estimated variance.
    undefined : str
        Why the estimate does not exist; empty if it does.
    counts : DomainCounts
        Units and degrees of freedom of the domain.
    interval : str
        A key of ``INTERVALS``.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    Precision

    Notes
    -----
    A standard error of zero in a domain that was drawn by chance gives no interval: the sampled
    cities do not differ, which says little of the others.
    """

    def without(note: str, se: float = math.nan) -> Precision:
        return Precision(se, math.nan, math.nan, "none", note)

    if counts.n == 0:
        return without("no sampled city in this domain")
    if undefined:
        return without(undefined)
    if not math.isfinite(variance):
        return without("not defined: a number that is too large")
    se = math.sqrt(max(variance, 0.0))
    if counts.census:
        note = "all cities of the domain are in the sample with certainty"
        return Precision(se, value, value, "census", note)
    if counts.n_random_psus == 0:
        note = "only certainty units of this domain are in the sample"
        # Without a frame they may be the whole domain; then the standard error is 0.
        return without(note + ": no variance") if counts.frame_known else without(note, se)
    alike = se <= EXACT * abs(value)
    if counts.n_random_psus == 1 and alike:
        return without("one randomly drawn unit in this domain: no variance")
    if counts.df <= 0:
        one = "one randomly drawn unit in this domain: no interval"
        return without(one if counts.n_random_psus == 1 else "no degrees of freedom: no interval", se)
    if alike:
        note = "no interval: the figure is known from the design, or the sampled cities are alike"
        return without(note, 0.0)
    lower, upper = INTERVALS[interval](value, se, counts.df, confidence_level)
    if math.isnan(lower):
        return without(f"no {interval} interval: the estimate is not above 0 and below 1", se)
    return Precision(se, lower, upper, interval, "")
