"""Degrees of freedom of a variance estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.reference_frames.columns import BoolArray

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["design_df", "nominal_df"]


def design_df(draw: DrawRecord, domain: BoolArray) -> int:
    """Cities that are not certain, minus their strata; only strata that hold cities of the domain.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    domain : array (n,) of bool
        True for the rows of the domain.

    Returns
    -------
    int
        sum_h (m_h - 1) over strata with m_h random PSUs, at least one of them with rows of the
        domain. 0 if there is no such stratum.

    Notes
    -----
    Certainty cities and take-all strata add no variance, so they give no degrees of freedom.

    References
    ----------
    Korn, E. L., Graubard, B. I. (1999). Analysis of Health Surveys, Wiley, p. 62.

    Examples
    --------
    >>> from citysample.sampling.record import DrawRecord
    >>> certain = np.array([True, False, False, False])
    >>> pi = np.where(certain, 1.0, 0.5)
    >>> draw = DrawRecord("srs", ("all",), np.arange(4), np.zeros(4, int), pi, certain, "fail")
    >>> design_df(draw, np.ones(4, bool))
    2
    """
    psu_in_domain = np.bincount(draw.psu, weights=domain, minlength=draw.pi.size) > 0
    return sum(int(psus.size) - 1 for _, psus in draw.random_psus() if psu_in_domain[psus].any())


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
    Lumley, T. (2010). Complex Surveys, Wiley, p. 20 (``degf`` of R survey).
    """
    return int(draw.pi.size) - int(np.unique(draw.stratum).size)
