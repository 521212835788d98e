"""Optimal size classes for a target that is modelled from a size known for each city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError, FrameError, did_you_mean
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.stratify.anticipated import (
    SortedTarget,
    anticipated_variances,
    check_model,
    residual_variances,
    sort_target,
)
from citysample.sampling.stratify.division import Division, DivisionProblem, stratum_variances
from citysample.sampling.stratify.optimum_neyman import optimum_neyman
from citysample.sampling.stratify.optimum_proportional import optimum_proportional

__all__ = ["DIVISIONS", "Optimum", "optimum", "take_none_bound"]

DIVISIONS: dict[str, Callable[[DivisionProblem], Division]] = {
    "neyman": optimum_neyman,
    "proportional": optimum_proportional,
}
"""How n is shared among the classes, and the search that fits it."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Size classes with the smallest anticipated variance of the estimated total.

    Parameters
    ----------
    bounds : tuple of float, length L - 1
        Boundaries. Each is the smallest size of the class above it.
    N, n : arrays (L,) of int
        Cities and sample sizes of the classes. n is 0 in a take-none class.
    objective : float
        What was minimised, in units of x squared. Neyman: the variance. Proportional: the variance
        with n_h = n N_h / N in fractions.
    lower_bound : float
        No other boundaries have a smaller objective than this.
    variance : float
        Anticipated variance of the estimated total with the whole n_h, in units of x squared.
    cv : float
        Square root of the variance, relative to the total of all cities.
    left_out : float
        Share of the total that lies in a take-none class. It is a bias, and not in ``cv``.
    """

    bounds: tuple[float, ...]
    N: IntArray
    n: IntArray
    objective: float
    lower_bound: float
    variance: float
    cv: float
    left_out: float

    @property
    def gap(self) -> float:
        """How far the objective may be from the best one, relative to the bound. 0 means optimal."""
        if self.objective <= self.lower_bound:
            return 0.0
        return self.objective / self.lower_bound - 1 if self.lower_bound > 0 else float("inf")

    @property
    def note(self) -> str:
        """In words: whether the boundaries are optimal, or how near they are."""
        if self.gap == 0:
            return "optimal: no other boundaries have a smaller anticipated variance"
        return (
            f"near-optimal: the anticipated variance is at most {100 * self.gap:.2g} % above "
            "the smallest possible one"
        )


def optimum(
    x: FloatArray,
    classes: int,
    n: int,
    *,
    r2: float | None = None,
    sigma: float | None = None,
    gamma: float = 0.75,
    allocation: str = "neyman",
    take_all: bool = False,
    take_none: float = 0.0,
    min_per_class: int = 2,
) -> Optimum:
    """Boundaries of size classes that minimise the anticipated variance for a sample of n cities.

    Use it when n and the variable of interest are known roughly. The target is modelled as
    y_k = beta x_k + e_k.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities, 0 or more.
    classes : int
        Number of classes L, 2 or more; a take-all and a take-none class count.
    n : int
        Cities to sample, those of a take-all class included.
    r2, sigma, gamma : float
        The model, as in :func:`residual_variances`. Either r2 or sigma is needed.
    allocation : str
        ``"neyman"``: whole n_h with the smallest variance. ``"proportional"``: n_h = n N_h / N.
    take_all : bool
        True: all cities of the highest class are taken. (Neyman allocation may take all cities of a
        class in any case.)
    take_none : float
        Share of the size total, from 0 to below 1. The lowest class is then never sampled: it holds
        the smallest cities, as many as have at most this share together.
    min_per_class : int
        Smallest n_h. A class with fewer cities is taken whole.

    Returns
    -------
    Optimum
        Boundaries, sample sizes, anticipated variance, and a lower bound.

    Raises
    ------
    FrameError
        ``FRAME-CLASSES-INVALID``: there are fewer different sizes than classes.
    DesignError
        ``DESIGN-N-IMPOSSIBLE``: n does not fit. ``DESIGN-VALUE-INVALID``: a value is out of range.

    Notes
    -----
    The anticipated variance is sum_h N_h^2 (1/n_h - 1/N_h) E(S_yh^2) over the classes that are
    sampled, with E(S_yh^2) = beta^2 S_xh^2 + mean of sigma_k^2 in h and beta = 1. Proportional:
    exact. Neyman: exact up to a few hundred cities and usually beyond; else near, with a bound. The
    time grows with the square of the number of different sizes: about 0.2 s for 300, 4 s for 3,000.

    References
    ----------
    Lavallee, P., Hidiroglou, M. A. (1988). On the stratification of skewed populations. Survey
    Methodology 14, 33-43.
    Rivest, L.-P. (2002). A generalization of the Lavallee and Hidiroglou algorithm for
    stratification in business surveys. Survey Methodology 28, 191-198.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 11.0, 12.0, 13.0, 90.0])
    >>> found = optimum(x, 3, 5, r2=0.95)
    >>> found.bounds, found.n.tolist(), found.gap
    ((10.0, 90.0), [2, 2, 1], 0.0)
    """
    # Sorted, so that the rounding of sums does not depend on the order of the cities.
    x = np.sort(np.asarray(x, dtype=np.float64))
    _check(x, classes, n, allocation, take_none, min_per_class)
    check_model(r2, sigma, gamma)
    if classes < 2 + int(take_all and take_none > 0):
        raise _invalid("classes", classes, "2 or more, 3 or more with a take-all and a take-none class")
    target = sort_target(x, residual_variances(x, r2=r2, sigma=sigma, gamma=gamma))
    none = int(np.searchsorted(target.values, take_none_bound(x, take_none))) if take_none else 0
    sampled = target.part(none, target.values.size)
    problem = DivisionProblem(sampled, classes - int(none > 0), n, min_per_class, take_all)
    _refuse_few(problem)
    return _result(target, none, problem, DIVISIONS[allocation](problem))


def _result(target: SortedTarget, none: int, problem: DivisionProblem, division: Division) -> Optimum:
    """The answer in terms of all cities, the ``none`` smallest sizes left out."""
    N, S2 = anticipated_variances(problem.target, division.cuts)
    variance = float(stratum_variances(N.astype(np.float64), S2, division.n.astype(np.float64)).sum())
    sizes = target.values * target.counts
    total, left_out = float(sizes.sum()), float(sizes[:none].sum())
    starts = [none + cut for cut in division.cuts[:-1]]
    left = [int(target.counts[:none].sum())] if none else []
    return Optimum(
        bounds=tuple(float(target.values[start]) for start in starts if start > 0),
        N=np.array([*left, *N], dtype=np.int64),
        n=np.array([*(0 for _ in left), *division.n], dtype=np.int64),
        objective=division.objective,
        lower_bound=division.lower_bound,
        variance=variance,
        cv=float(np.sqrt(variance)) / total,
        left_out=left_out / total,
    )


def take_none_bound(x: FloatArray, share: float) -> float:
    """The smallest size that is not left out when the smallest cities have this share together.

    Parameters
    ----------
    x : array (N,)
        Sizes of the cities, 0 or more.
    share : float
        Largest share of the total to leave out, above 0 and below 1.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: the smallest cities alone have a larger share.

    >>> take_none_bound(np.array([1.0, 1.0, 3.0, 5.0, 10.0]), 0.25)
    5.0
    """
    values, counts = np.unique(x, return_counts=True)
    cumulated = np.cumsum(values * counts)
    # If all sizes are 0, there is one size only, which is refused below.
    shares = cumulated / (cumulated[-1] or 1.0)
    place = min(int(np.searchsorted(shares, share, side="right")), values.size - 1)
    if place == 0:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The take-none class would have no cities.",
            got=f"take_none = {share}",
            expected=f"a share above that of the smallest cities, {shares[0]:.6g}, and different sizes",
            remedy="Raise take_none, or leave it away.",
        )
    return float(values[place])


def _check(
    x: FloatArray, classes: object, n: object, allocation: str, take_none: float, min_per_class: object
) -> None:
    for name, value, least in (("classes", classes, 2), ("n", n, 1), ("min_per_class", min_per_class, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise _invalid(name, value, f"a whole number, {least} or more")
    if not 0 <= take_none < 1:
        raise _invalid("take_none", take_none, "a share of the size total, from 0 to below 1")
    if allocation not in DIVISIONS:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"There is no allocation '{allocation}' for optimal classes.",
            remedy=did_you_mean(allocation, DIVISIONS),
        )
    if not (x >= 0).all() or not np.isfinite(x).all() or not x.any():
        raise FrameError(
            "FRAME-VALUE-INVALID",
            "Optimal classes need sizes of 0 or more.",
            got=f"{int((~(x >= 0)).sum())} cities with another value",
            expected="finite numbers of 0 or more, not all 0",
            remedy="Correct the sizes, or use another column.",
        )


def _invalid(name: str, value: object, expected: str) -> DesignError:
    return DesignError(
        "DESIGN-VALUE-INVALID",
        f"'{name}' of the size classes is not valid.",
        got=f"{name} = {value!r}",
        expected=expected,
        remedy=f"Correct '{name}'.",
    )


def _refuse_few(problem: DivisionProblem) -> None:
    different, cities = problem.target.values.size, int(problem.target.counts.sum())
    if different < problem.strata:
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            f"The cities to sample cannot be divided into {problem.strata} classes.",
            got=f"{different} different sizes",
            expected=f"at least {problem.strata} different sizes",
            remedy="Ask for fewer classes, or lower take_none.",
        )
    if problem.n >= cities:
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "Optimal classes need a sample that is smaller than the number of cities to sample.",
            got=f"n = {problem.n}",
            expected=f"n below {cities}",
            remedy="Lower n. If all cities are taken, no classes are needed.",
        )
