"""Scores that say which strata are similar, fixed before any data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray, numbers, require_columns

if TYPE_CHECKING:
    from citysample.sampling.plan import SamplePlan

__all__ = ["similarity_scores", "stratum_means"]


def stratum_means(values: FloatArray, stratum: IntArray, H: int) -> FloatArray:
    """Mean of a variable in each stratum.

    Parameters
    ----------
    values : array (N,)
        The variable, in its own unit.
    stratum : array (N,) of int
        Stratum of each city, 0 to H - 1; cities with -1 are not counted.
    H : int
        Number of strata.

    Returns
    -------
    array (H,)
        The means; NaN for a stratum without cities.

    Examples
    --------
    >>> stratum_means(np.array([1.0, 3.0, 5.0, 9.0]), np.array([0, 0, 2, -1]), 3).tolist()
    [2.0, nan, 5.0]
    """
    here = stratum >= 0
    counts = np.bincount(stratum[here], minlength=H)
    totals = np.bincount(stratum[here], weights=values[here], minlength=H)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def similarity_scores(plan: SamplePlan, stratum: IntArray, H: int) -> FloatArray:
    """Scores of the strata for the rule ``"collapse"``: what the frame says, never the data.

    Parameters
    ----------
    plan : SamplePlan
        The plan.
    stratum : array (N,) of int
        Stratum of each city of the frame; -1 for a city that is not drawn.
    H : int
        Number of strata.

    Returns
    -------
    array (H,)
        Mean over the cities of the stratum of the column ``collapse_by`` of the design; without it of the
        logarithm of the size, or of the size itself if it is not above 0 for all of them.

    Raises
    ------
    DesignError
        ``DESIGN-SIZE-MISSING``: there is no column and no size.
    FrameError
        The column is unknown, holds text or has missing values.
    """
    column = plan.design.collapse_by
    drawn = stratum >= 0
    values = plan.arrays.size
    if column is not None:
        table = plan.frame.table
        require_columns(table, [column], "FRAME", "collapse_by of the design")
        values = np.full(stratum.size, np.nan)
        values[drawn] = numbers(table[drawn], column, "FRAME")
    elif values is None:
        raise DesignError(
            "DESIGN-SIZE-MISSING",
            "The rule 'collapse' needs to know which strata are similar, and the frame has no size.",
            got="single_psu = 'collapse', no size and no collapse_by",
            expected="a number column of the frame",
            remedy="Name the column: collapse_by = 'population'. Or choose another rule for single_psu.",
        )
    elif (values[drawn] > 0.0).all():
        values = np.log(values, where=drawn, out=np.zeros(values.size))
    return stratum_means(values, stratum, H)
