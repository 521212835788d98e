"""Anticipated moments of a target that is modelled from a size known for each city."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["SortedTarget", "anticipated_variances", "residual_variances", "sort_target"]


def residual_variances(
    x: FloatArray, *, r2: float | None = None, sigma: float | None = None, gamma: float = 0.75
) -> FloatArray:
    """Variance of the target around its expectation, for each city.

    Use it when the variable of interest is not known yet and a frame column stands for it. A design
    that is best for the column itself is not best for a target that only follows it.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities, 0 or more.
    r2 : float, optional
        Squared correlation of target and size over the cities of the frame, in (0, 1]. 1 means
        that the target is the size.
    sigma : float, optional
        Instead of r2: standard deviation of the target for a city of size 1, in units in which the
        slope beta is 1.
    gamma : float
        Exponent of the size in the standard deviation: 0 for a constant, 1 for a proportional one.
        Most surveys of establishments lie between 0.5 and 1.

    Returns
    -------
    array (N,)
        sigma_k^2, in units of x squared.

    Notes
    -----
    Model: y_k = beta x_k + e_k with Var(e_k) = sigma^2 x_k^(2 gamma). The slope only changes the unit
    of y, so beta = 1 here. From r2: mean of sigma_k^2 = S_x^2 (1 - r2) / r2.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, chapter 12.
    Brewer, K. (2002). Combined Survey Sampling Inference, on the range of gamma.

    Examples
    --------
    >>> residual_variances(np.array([1.0, 2.0, 3.0]), r2=0.5, gamma=0.5).tolist()
    [0.5, 1.0, 1.5]
    >>> residual_variances(np.array([1.0, 2.0, 3.0]), sigma=0.1, gamma=0).round(4).tolist()
    [0.01, 0.01, 0.01]
    """
    x = np.asarray(x, dtype=np.float64)
    # Sizes in units of the largest one, so that the powers stay in the range of floats.
    largest = float(x.max()) or 1.0
    power = (x / largest) ** (2 * gamma)
    if sigma is not None:
        return np.asarray((sigma * largest**gamma) ** 2 * power)
    assert r2 is not None
    return np.asarray(float(x.var(ddof=1)) * (1 - r2) / r2 * power / power.mean())


@dataclass(frozen=True, slots=True, eq=False)
class SortedTarget:
    """The cities in order of size, equal sizes together, and the model of the target.

    Parameters
    ----------
    values : array (D,)
        The different sizes, rising.
    counts : array (D,) of int
        Cities of each size.
    noise : array (D,)
        Sum of sigma_k^2 over the cities of each size.
    """

    values: FloatArray
    counts: IntArray
    noise: FloatArray

    def part(self, start: int, stop: int) -> SortedTarget:
        """The cities of the sizes ``start`` to ``stop`` - 1."""
        return SortedTarget(self.values[start:stop], self.counts[start:stop], self.noise[start:stop])

    def strata_from(self, start: int) -> tuple[FloatArray, FloatArray]:
        """N and anticipated S^2 of the strata that begin at a size and end at it or at a later one.

        Returns
        -------
        N, S2 : arrays (D - start,)
            Entry j is the stratum of the sizes ``start`` to ``start`` + j. S2 is 0 for one city.

        Notes
        -----
        E(S_yh^2) = S_xh^2 + mean of sigma_k^2 in h. Sizes are measured from the smallest one of the
        stratum, which keeps the squares of much larger cities out of the rounding.
        """
        counts = self.counts[start:]
        distance = self.values[start:] - self.values[start]
        N = np.cumsum(counts).astype(np.float64)
        first = np.cumsum(counts * distance)
        squares = np.maximum(np.cumsum(counts * distance**2) - first**2 / N, 0.0)
        S2 = squares / np.maximum(N - 1, 1.0) + np.cumsum(self.noise[start:]) / N
        return N, np.where(N > 1, S2, 0.0)


def sort_target(x: FloatArray, noise: FloatArray) -> SortedTarget:
    """Sort the cities by size and put equal sizes together.

    >>> target = sort_target(np.array([3.0, 1.0, 3.0]), np.array([0.2, 0.1, 0.2]))
    >>> target.values.tolist(), target.counts.tolist(), target.noise.tolist()
    ([1.0, 3.0], [1, 2], [0.1, 0.4])
    """
    values, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    sums = np.bincount(place, weights=noise, minlength=values.size).astype(np.float64)
    return SortedTarget(values, counts.astype(np.int64), sums)


def anticipated_variances(target: SortedTarget, cuts: list[int]) -> tuple[IntArray, FloatArray]:
    """N_h and anticipated S_h^2 of consecutive strata.

    Parameters
    ----------
    target : SortedTarget
        The cities.
    cuts : list of int, length L + 1
        Rising places among the different sizes, from 0 to D; stratum h holds the sizes
        ``cuts[h]`` to ``cuts[h + 1]`` - 1.

    Returns
    -------
    N, S2 : arrays (L,)
        Numbers of cities, and anticipated variances of the target.
    """
    N, S2 = [], []
    for start, stop in pairwise(cuts):
        cities, variance = target.part(start, stop).strata_from(0)
        N.append(int(cities[-1]))
        S2.append(float(variance[-1]))
    return np.array(N, dtype=np.int64), np.array(S2)


def check_model(r2: float | None, sigma: float | None, gamma: float) -> None:
    """Refuse a model of the target that is missing or out of range.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``.
    """
    if (r2 is None) == (sigma is None):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Optimal boundaries need to know how closely the target follows the size.",
            got="neither r2 nor sigma" if r2 is None else f"r2 = {r2} and sigma = {sigma}",
            expected="r2 = 0.8, or sigma and gamma",
            remedy="Give the squared correlation r2 of target and size; 1 only if the target is the size.",
        )
    bad = [
        (name, value, expected)
        for name, value, expected, fits in (
            ("r2", r2, "a number above 0, at most 1", r2 is None or 0 < r2 <= 1),
            ("sigma", sigma, "a number of 0 or more", sigma is None or 0 <= sigma < np.inf),
            ("gamma", gamma, "a number from 0 to 2", 0 <= gamma <= 2),
        )
        if not fits
    ]
    if bad:
        name, value, expected = bad[0]
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"'{name}' of the model of the target is out of range.",
            got=f"{name} = {value!r}",
            expected=expected,
            remedy=f"Correct '{name}'.",
        )
