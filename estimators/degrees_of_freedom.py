"""Degrees of freedom of a variance estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.reference_frames.columns import BoolArray
from citysample.sampling.stages.draw_stage import ancestors

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["balancing_constraints", "design_df", "nominal_df", "random_counts"]


def design_df(draw: DrawRecord, domain: BoolArray) -> int:
    """Cities of the domain that are not certain, minus their strata; in certainty cities, units so.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    domain : array (n,) of bool
        True for the rows of the domain.

    Returns
    -------
    int
        sum_h (m_hd - 1), m_hd being the random PSUs of stratum h that hold rows of the domain,
        over strata with m_hd >= 1, less the constraints of a balanced draw. 0 if there is none, or
        one in each stratum. A certainty city with units drawn inside it counts as strata of units.

    Notes
    -----
    Certainty cities and take-all strata add no variance, so they give no degrees of freedom.
    Cities outside the domain say nothing of the spread inside it. For the country, and for a union
    of strata, it is the number of random cities minus their strata.

    References
    ----------
    Korn, E. L., Graubard, B. I. (1999). Analysis of Health Surveys, Wiley. R survey 4.1-1 (2021),
    ``degf`` of a subset, which counts take-all strata, too.

    Examples
    --------
    >>> from citysample.sampling.record import DrawRecord
    >>> certain = np.array([True, False, False, False])
    >>> pi = np.where(certain, 1.0, 0.5)
    >>> draw = DrawRecord("srs", ("all",), np.arange(4), np.zeros(4, int), pi, certain, "fail")
    >>> design_df(draw, np.ones(4, bool))
    2
    """
    counts = random_counts(draw, domain)
    return max(0, sum(count - 1 for count in counts if count) - balancing_constraints(draw))


def random_counts(draw: DrawRecord, domain: BoolArray) -> list[int]:
    """What was drawn first by chance and holds rows of the domain, stratum by stratum.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    domain : array (n,) of bool
        True for the rows of the domain.

    Returns
    -------
    list of int
        The random PSUs of each stratum; then the random units inside each certainty city, or inside
        each stratum of it, and the units inside certain units of certainty cities.
    """
    in_domain = draw.psus_with(domain)
    counts = [int(in_domain[psus].sum()) for _, psus in draw.random_psus()]
    if not draw.stages:
        return counts
    certain = _certain_cities(draw)
    for stage, row in zip(draw.stages, ancestors(draw.stages), strict=True):
        held = np.bincount(row, weights=domain, minlength=len(stage.units)) > 0
        first = held & certain[stage.parent_rows] & (stage.pi < 1.0)
        counts += [int(first[group].sum()) for group in stage.groups()]
        certain = certain[stage.parent_rows] & (stage.pi == 1.0)
    return counts


def _certain_cities(draw: DrawRecord) -> BoolArray:
    """True for each city that is certain with all its PSUs, in the numbers of the parents of stage 2."""
    if draw.links is None:
        return draw.certainty
    certain = np.ones(int(draw.stages[0].parent_rows.max(initial=0)) + 1, dtype=np.bool_)
    certain[draw.city_rows()[draw.links.row[~draw.certainty[draw.links.psu]]]] = False
    return certain


def balancing_constraints(draw: DrawRecord) -> int:
    """Degrees of freedom that a balanced draw uses up, besides one for the size of each stratum.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.

    Returns
    -------
    int
        Rank of the expanded balancing variables minus 1, summed over the strata; 0 if not balanced.

    References
    ----------
    Deville, J.-C., Tille, Y. (2005). Variance approximation under balanced sampling. J. Statist.
    Planning Inference 128, 569-591.
    """
    if draw.balance is None:
        return 0
    expanded = draw.balance / draw.pi[:, None]
    return sum(int(np.linalg.matrix_rank(expanded[psus])) - 1 for _, psus in draw.random_psus())


def nominal_df(draw: DrawRecord) -> int:
    """All PSUs minus all strata: the rule of other software, which counts take-all strata.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.

    Returns
    -------
    int
        m - H.

    References
    ----------
    R survey 4.1-1 (2021), ``degf`` of a design.
    """
    return int(draw.pi.size) - int(np.unique(draw.stratum).size)
