"""Boundaries of size classes by two classical rules: cumulative root frequency, and geometric."""

from __future__ import annotations

import numpy as np

from citysample.errors import FrameError
from citysample.reference_frames.columns import FloatArray

__all__ = ["cumulative_root_frequency", "enough_bins", "geometric", "snapped"]

MOST_BINS = 2**20
"""Bins up to which the default number of bins is doubled."""


def cumulative_root_frequency(x: FloatArray, classes: int, bins: int | None = None) -> list[float]:
    """Boundaries that divide the cumulative root of the frequencies into equal parts.

    Use it for a first set of size classes when the sample will have about the same number of
    cities in each class. The result depends on the number of bins. For very skew sizes most cities
    lie in the first bins, so that more of them are needed; :func:`geometric` and the optimum need none.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities.
    classes : int
        Number of classes L, 2 or more.
    bins : int, optional
        Number of bins of equal width between the smallest and the largest size, at least L. The
        default is that of :func:`enough_bins`.

    Returns
    -------
    list of float
        The L - 1 rising boundaries; each is an edge of a bin. A size equal to a boundary belongs to
        the higher class.

    Raises
    ------
    FrameError
        ``FRAME-CLASSES-INVALID``: two boundaries fall on the same edge, or a class has no cities.

    Notes
    -----
    With f_j cities in bin j and Q = sum_j sqrt(f_j), boundary h is the edge at which the cumulated
    sqrt(f) is nearest to h Q / L; of two edges equally near, the lower one.

    References
    ----------
    Dalenius, T., Hodges, J. L. (1959). Minimum variance stratification. J. Amer. Statist. Assoc.
    54, 88-101.
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, section 5A.7.

    Examples
    --------
    >>> x = np.repeat([2.5, 7.5, 12.5, 17.5], [16, 9, 4, 1])
    >>> cumulative_root_frequency(x, 2, bins=3)
    [7.5]
    """
    x = np.asarray(x, dtype=np.float64)
    _refuse_too_few(x, classes)
    if bins is None:
        bins = enough_bins(x, classes)
    return _filled(x, _root_frequency_bounds(x, classes, bins), f"{bins} bins")


def enough_bins(x: FloatArray, classes: int) -> int:
    """The number of bins by default: 15 L, doubled until each class has cities.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities.
    classes : int
        Number of classes L, 2 or more.

    Returns
    -------
    int
        It starts at 15 L, or at the number of different sizes if that is smaller, and ends at 2^20.

    Raises
    ------
    FrameError
        ``FRAME-CLASSES-INVALID``: there are fewer different sizes than classes.

    Examples
    --------
    >>> skew = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1000.0])
    >>> enough_bins(skew, 3), enough_bins(skew[:9], 3)
    (160, 9)
    """
    _refuse_too_few(x, classes)
    bins = min(15 * classes, len(np.unique(x)))
    while bins < MOST_BINS and _empty_classes(x, _root_frequency_bounds(x, classes, bins)):
        bins = min(2 * bins, MOST_BINS)
    return bins


def _root_frequency_bounds(x: FloatArray, classes: int, bins: int) -> list[float]:
    low, high = float(x.min()), float(x.max())
    edges = low + (high - low) * np.arange(bins + 1) / bins
    # A city on an edge belongs to the higher bin, and the largest city to the last bin.
    place = np.minimum(np.searchsorted(edges, x, side="right") - 1, bins - 1)
    cumulated = np.cumsum(np.sqrt(np.bincount(place, minlength=bins)))
    wanted = cumulated[-1] * np.arange(1, classes) / classes
    nearest = [int(np.argmin(np.abs(cumulated - part))) for part in wanted]
    bounds: list[float] = edges[np.array(nearest) + 1].tolist()
    return bounds


def geometric(x: FloatArray, classes: int) -> list[float]:
    """Boundaries in geometric progression between the smallest and the largest size.

    Use it for skew sizes when nothing but the sizes is known. It makes the coefficients of
    variation of the classes about equal. A few very small cities spoil it: leave them out first.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities, above 0.
    classes : int
        Number of classes L, 2 or more.

    Returns
    -------
    list of float
        The L - 1 rising boundaries. A size equal to a boundary belongs to the higher class.

    Raises
    ------
    FrameError
        ``FRAME-VALUE-INVALID``: a size is not above 0. ``FRAME-CLASSES-INVALID``: a class has no
        cities.

    Notes
    -----
    Boundary h = a r^h, with a the smallest size, b the largest and r = (b / a)^(1/L).

    References
    ----------
    Gunning, P., Horgan, J. M. (2004). A new algorithm for the construction of stratum boundaries
    in skewed populations. Survey Methodology 30, 159-166.

    Examples
    --------
    >>> [round(bound, 6) for bound in geometric(np.array([1.0, 5.0, 50.0, 500.0, 1000.0]), 3)]
    [10.0, 100.0]
    """
    x = np.asarray(x, dtype=np.float64)
    _refuse_too_few(x, classes)
    smallest = float(x.min())
    if not smallest > 0:
        raise FrameError(
            "FRAME-VALUE-INVALID",
            "Geometric boundaries need sizes above 0.",
            got=f"a smallest size of {smallest:.15g}",
            expected="numbers above 0",
            remedy="Correct the sizes, or use another rule.",
        )
    ratio = float(x.max()) / smallest
    return _filled(x, [smallest * ratio ** (h / classes) for h in range(1, classes)], "geometric")


def snapped(x: FloatArray, bounds: list[float]) -> list[float]:
    """Each boundary raised to the next size that occurs, which leaves the classes as they are.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities.
    bounds : list of float
        Rising boundaries, none above the largest size.

    >>> snapped(np.array([1.0, 5.0, 50.0]), [4.47, 9.2])
    [5.0, 50.0]
    """
    rising = np.sort(x)
    return [float(value) for value in rising[np.searchsorted(rising, bounds, side="left")]]


def _refuse_too_few(x: FloatArray, classes: int) -> None:
    different = len(np.unique(x))
    if different < classes:
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            f"The cities cannot be divided into {classes} classes.",
            got=f"{different} different sizes",
            expected=f"at least {classes} different sizes",
            remedy="Ask for fewer classes.",
        )


def _filled(x: FloatArray, bounds: list[float], rule: str) -> list[float]:
    """The boundaries, if each class holds cities."""
    empty = _empty_classes(x, bounds)
    if empty:
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            f"{len(empty)} of {len(bounds) + 1} classes would have no cities.",
            where=f"class {', '.join(map(str, empty[:5]))} ({rule})",
            got=f"bounds {', '.join(f'{bound:.6g}' for bound in bounds)}",
            expected="at least one city in each class",
            remedy="Ask for fewer classes, for more bins, or for another rule.",
        )
    return bounds


def _empty_classes(x: FloatArray, bounds: list[float]) -> list[int]:
    """Numbers of the classes without cities, from 1."""
    rising = np.sort(x)
    places = [0, *np.searchsorted(rising, bounds, side="left").tolist(), rising.size]
    return [h + 1 for h in range(len(places) - 1) if places[h] >= places[h + 1]]
