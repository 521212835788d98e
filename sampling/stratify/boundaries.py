"""Boundaries of size classes by two classical rules: cumulative root frequency, and geometric."""

from __future__ import annotations

import numpy as np

from citysample.errors import FrameError
from citysample.reference_frames.columns import FloatArray

__all__ = ["cumulative_root_frequency", "geometric", "snapped"]


def cumulative_root_frequency(x: FloatArray, classes: int, bins: int | None = None) -> list[float]:
    """Boundaries that divide the cumulative root of the frequencies into equal parts.

    Use it for a first set of size classes when the sample will have about the same number of
    cities in each class. The result depends on the number of bins. For very skew sizes most
    cities lie in the first bins: ask for more bins, or use :func:`geometric` or the optimum.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities.
    classes : int
        Number of classes L, 2 or more.
    bins : int, optional
        Number of bins of equal width between the smallest and the largest size, at least L. The
        default is 15 L, or the number of different sizes if that is smaller.

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
        bins = min(15 * classes, len(np.unique(x)))
    low, high = float(x.min()), float(x.max())
    edges = low + (high - low) * np.arange(bins + 1) / bins
    # A city on an edge belongs to the higher bin, and the largest city to the last bin.
    place = np.minimum(np.searchsorted(edges, x, side="right") - 1, bins - 1)
    cumulated = np.cumsum(np.sqrt(np.bincount(place, minlength=bins)))
    wanted = cumulated[-1] * np.arange(1, classes) / classes
    nearest = [int(np.argmin(np.abs(cumulated - part))) for part in wanted]
    return _filled(x, edges[np.array(nearest) + 1].tolist(), f"{bins} bins")


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
    rising = np.sort(x)
    places = [0, *np.searchsorted(rising, bounds, side="left").tolist(), rising.size]
    empty = [h + 1 for h in range(len(places) - 1) if places[h] >= places[h + 1]]
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
