"""Sizes that do not fit: off the rank-size line, or of odd density. Arrays only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = [
    "RankSizeLine",
    "coverage",
    "density_outliers",
    "far_below",
    "group_numbers",
    "rank_size_line",
]

CUT = 3.5
"""Robust standard deviations; Iglewicz and Hoaglin (1993), How to detect and handle outliers, p. 11."""

MAD_TO_SD = 1.4826
"""The median absolute deviation times this is the standard deviation of a normal distribution."""

LINE_FACTOR = 3.0
"""A size must be above the rank-size line by this factor, too: most capitals lie less far above it."""

BELOW_FACTOR = 10.0
"""A small size must be below the median by this factor, too."""

DENSITY_FACTOR = 5.0
"""A density must differ from the median by this factor, too."""

FEWEST = 20
"""With fewer cities neither a line nor a spread is known well enough."""

KNOTS = 400
"""The line is fitted to at most so many ranks, evenly spaced on the log scale."""


@dataclass(frozen=True, slots=True)
class RankSizeLine:
    """The line log x = intercept + slope * log(rank - 1/2).

    Parameters
    ----------
    intercept, slope : float
        The line; the slope is near -1 where Zipf's law holds.
    scale : float
        Robust standard deviation of the residuals of the larger half of the cities.
    residuals : array (N,)
        log x minus the line; NaN where the size is not positive.
    """

    intercept: float
    slope: float
    scale: float
    residuals: FloatArray

    @property
    def cut(self) -> float:
        """How many times the line stands out: exp(``CUT`` scale), at least ``LINE_FACTOR``."""
        return max(float(np.exp(CUT * self.scale)), LINE_FACTOR)

    def outliers(self) -> IntArray:
        """Positions of the cities above the line by more than the cut."""
        return np.flatnonzero(self.residuals > np.log(self.cut)).astype(np.int64)


def rank_size_line(sizes: FloatArray) -> RankSizeLine:
    """A robust line of log size on log(rank - 1/2), fitted to the larger half of the cities.

    The slope is the median of the slopes of all pairs (Theil and Sen), so that one wrong size does
    not move it. Below the middle the distribution of real cities bends down, so the line is fitted above.

    Parameters
    ----------
    sizes : array (N,)
        Size measures, at least two of them positive.

    Returns
    -------
    RankSizeLine
        The line, its scale and the residuals.

    References
    ----------
    Gabaix, X. and Ibragimov, R. (2011). Rank - 1/2: a simple way to improve the OLS estimation of tail
    exponents. Journal of Business and Economic Statistics 29(1), 24-39.
    Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. Journal of the
    American Statistical Association 63, 1379-1389.

    >>> line = rank_size_line(1e6 / (np.arange(1, 41) - 0.5))
    >>> round(line.slope, 6), line.outliers().tolist()
    (-1.0, [])
    """
    positive = np.flatnonzero(sizes > 0)
    order = positive[np.argsort(-sizes[positive], kind="stable")]
    y = np.log(sizes[order])
    x = np.log(np.arange(1, len(order) + 1) - 0.5)
    half = max(-(-len(order) // 2), 2)
    knots = np.unique(np.rint(np.geomspace(1, half, min(half, KNOTS))).astype(np.int64)) - 1
    i, j = np.triu_indices(len(knots), 1)
    slope = np.median((y[knots[j]] - y[knots[i]]) / (x[knots[j]] - x[knots[i]]))
    intercept = np.median(y[knots] - slope * x[knots])
    residuals = np.full(len(sizes), np.nan)
    residuals[order] = y - intercept - slope * x
    scale = MAD_TO_SD * np.median(np.abs(residuals[order[knots]]))
    return RankSizeLine(float(intercept), float(slope), float(scale), residuals)


def far_below(sizes: FloatArray) -> IntArray:
    """Positions of cities far smaller than the other small cities.

    With m the median of log x and s = 1.4826 times the median of m - log x over the smaller half, a
    city is far below if m - log x exceeds both ``CUT`` s and log ``BELOW_FACTOR``.

    Parameters
    ----------
    sizes : array (N,)
        Size measures; those that are not positive are left out.

    >>> far_below(np.array([*range(1000, 2000, 20), 1.5])).tolist()
    [50]
    """
    logs = np.log(np.where(sizes > 0, sizes, np.nan))
    below = np.nanmedian(logs) - logs
    scale = MAD_TO_SD * np.median(below[below >= 0])
    return np.flatnonzero(below > max(CUT * scale, np.log(BELOW_FACTOR))).astype(np.int64)


def density_outliers(sizes: FloatArray, area_km2: FloatArray) -> tuple[IntArray, FloatArray]:
    """Positions of cities whose density is far from the median, and all densities.

    With v = log(x / area), m its median and s = 1.4826 median |v - m|, a city is an outlier if
    |v - m| exceeds both ``CUT`` s and log ``DENSITY_FACTOR``.

    Parameters
    ----------
    sizes, area_km2 : array (N,)
        Size measures and areas; a city without positive values is left out.

    Returns
    -------
    positions : array (m,)
    densities : array (N,)
        Per square kilometre; NaN where left out.

    >>> sizes = np.array([*range(1000, 1040), 90_000.0])
    >>> density_outliers(sizes, np.ones(41))[0].tolist()
    [40]
    """
    usable = (sizes > 0) & (area_km2 > 0)
    density = np.full(len(sizes), np.nan)
    density[usable] = sizes[usable] / area_km2[usable]
    apart = np.abs(np.log(density) - np.nanmedian(np.log(density)))
    scale = MAD_TO_SD * np.nanmedian(apart)
    return np.flatnonzero(apart > max(CUT * scale, np.log(DENSITY_FACTOR))).astype(np.int64), density


def coverage(sizes: FloatArray, national: float) -> float:
    """Share of a national total that the positive sizes hold.

    >>> coverage(np.array([30.0, np.nan, 50.0]), 100.0)
    0.8
    """
    return float(sizes[sizes > 0].sum() / national)


def group_numbers(labels: Iterable[str | None]) -> IntArray:
    """A number for each label, -1 for a missing one.

    >>> group_numbers(["b", None, "a", "b"]).tolist()
    [0, -1, 1, 0]
    """
    seen: dict[str, int] = {}
    return np.array(
        [-1 if label is None else seen.setdefault(label, len(seen)) for label in labels], dtype=np.int64
    )
