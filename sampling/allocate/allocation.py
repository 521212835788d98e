"""Allocation of n cities to strata: equal, proportional, Neyman, explicit."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["Allocation", "Equal", "Explicit", "Neyman", "Proportional", "apportion"]


def apportion(weight: FloatArray, n: int, lower: IntArray, upper: IntArray) -> IntArray:
    """Share n cities among strata in proportion to a weight, in whole numbers, within bounds.

    With weight N_h S_h it is the exact integer Neyman allocation: no other allocation of n within
    the bounds has a smaller variance of the stratified SRS total.

    Parameters
    ----------
    weight : array (H,)
        Weights a_h >= 0.
    n : int
        Cities to share, sum(lower) <= n <= sum(upper).
    lower, upper : array (H,) of int
        Bounds of n_h.

    Returns
    -------
    array (H,) of int
        n_h with sum n. Ties go to the stratum that comes first.

    Notes
    -----
    Start at the lower bounds; give each further city to the stratum below its upper bound with
    the largest a_h / sqrt(n_h (n_h + 1)). This minimises sum a_h^2 / n_h.

    References
    ----------
    Wright, T. (2012). The equivalence of Neyman optimum allocation for sampling and equal
    proportions for apportioning the U.S. House of Representatives. Amer. Statist. 66, 217-224.

    Examples
    --------
    >>> apportion(np.array([30.0, 60.0, 10.0]), 10, np.array([2, 2, 2]), np.array([3, 9, 9])).tolist()
    [3, 5, 2]
    """
    allocated = lower.astype(np.int64).copy()

    def priority(h: int) -> tuple[float, float, int]:
        have = int(allocated[h])
        divisor = np.sqrt(have * (have + 1.0))
        first = -np.inf if weight[h] > 0 else 0.0
        return (-(float(weight[h]) / divisor) if have else first, -float(weight[h]), h)

    queue = [priority(h) for h in range(weight.size) if allocated[h] < upper[h]]
    heapq.heapify(queue)
    for _ in range(n - int(allocated.sum())):
        h = heapq.heappop(queue)[2]
        allocated[h] += 1
        if allocated[h] < upper[h]:
            heapq.heappush(queue, priority(h))
    return allocated


@dataclass(frozen=True, slots=True)
class Equal:
    """The same number of cities in each stratum, as far as the strata allow.

    Parameters
    ----------
    n : int
        Sample size of the country, certainty cities included.
    min_per_stratum : int
        Smallest number of randomly drawn cities in a stratum; 2 are needed for a variance.
    """

    n: int
    min_per_stratum: int = 2

    def __post_init__(self) -> None:
        _check_counts(self.n, self.min_per_stratum)

    def weights(self, N: IntArray, S: FloatArray | None) -> FloatArray:
        """The same weight for each stratum."""
        return np.ones(N.size)


@dataclass(frozen=True, slots=True)
class Proportional:
    """Cities in proportion to the number of cities N_h in the stratum.

    Parameters
    ----------
    n, min_per_stratum : int
        As in :class:`Equal`.
    """

    n: int
    min_per_stratum: int = 2

    def __post_init__(self) -> None:
        _check_counts(self.n, self.min_per_stratum)

    def weights(self, N: IntArray, S: FloatArray | None) -> FloatArray:
        """N_h."""
        return N.astype(np.float64)


@dataclass(frozen=True, slots=True)
class Neyman:
    """Cities in proportion to N_h S_h, with S_h the standard deviation of a proxy variable.

    Use it when a frame column behaves like the indicator. It is the allocation with the smallest
    variance of the estimated total of the proxy under stratified SRS, in whole numbers.

    Parameters
    ----------
    n, min_per_stratum : int
        As in :class:`Equal`.
    proxy : str
        A number column of the frame, known for every city.
    """

    n: int
    proxy: str
    min_per_stratum: int = 2

    def __post_init__(self) -> None:
        _check_counts(self.n, self.min_per_stratum)

    def weights(self, N: IntArray, S: FloatArray | None) -> FloatArray:
        """N_h S_h."""
        assert S is not None
        return N * S


@dataclass(frozen=True, slots=True)
class Explicit:
    """A given number of cities n_h for each stratum.

    Parameters
    ----------
    n_by_stratum : mapping of str to int
        n_h for each stratum label, certainty cities included.
    """

    n_by_stratum: Mapping[str, int]

    def __post_init__(self) -> None:
        for stratum, n in self.n_by_stratum.items():
            if not _is_count(n) or n < 0:
                raise DesignError(
                    "DESIGN-VALUE-INVALID",
                    "The sample size of a stratum must be a whole number.",
                    where=f"stratum '{stratum}'",
                    got=repr(n),
                    expected="int >= 0",
                    remedy="Correct the explicit allocation.",
                )

    @property
    def n(self) -> int:
        """Sample size of the country."""
        return sum(self.n_by_stratum.values())


Allocation: TypeAlias = Equal | Proportional | Neyman | Explicit


def allocate(
    allocation: Allocation, labels: list[str], N: IntArray, n_certainty: IntArray, S: FloatArray | None
) -> IntArray:
    """Number of randomly drawn cities m_h of each stratum, shape (H,).

    Parameters
    ----------
    allocation : Allocation
        The rule.
    labels : list of str, length H
        Labels of the strata.
    N : array (H,) of int
        Cities of the stratum that are not certainty cities.
    n_certainty : array (H,) of int
        Certainty cities of the stratum.
    S : array (H,) or None
        Standard deviation S_h of the proxy over the N cities (for Neyman).
    """
    if isinstance(allocation, Explicit):
        return _explicit(allocation, labels, N, n_certainty)
    weight = allocation.weights(N, S)
    lower = np.minimum(allocation.min_per_stratum, N)
    rest = allocation.n - int(n_certainty.sum())
    if not int(lower.sum()) <= rest <= int(N.sum()):
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "The sample size does not fit the strata.",
            where=f"{len(labels)} strata, {int(N.sum() + n_certainty.sum())} cities, "
            f"{int(n_certainty.sum())} of them taken with certainty",
            got=f"n = {allocation.n}",
            expected=f"n from {int(lower.sum() + n_certainty.sum())} "
            f"(certainty cities and {allocation.min_per_stratum} for each stratum) "
            f"to {int(N.sum() + n_certainty.sum())}",
            remedy="Change n, use fewer strata, or lower min_per_stratum.",
        )
    if not (weight > 0).any() and rest > int(lower.sum()):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The proxy is constant in every stratum, so Neyman allocation has nothing to go by.",
            got="S_h = 0 in each stratum",
            expected="a proxy that varies",
            remedy="Use another proxy, or proportional allocation.",
        )
    return apportion(weight, rest, lower, N)


def _explicit(allocation: Explicit, labels: list[str], N: IntArray, n_certainty: IntArray) -> IntArray:
    given = allocation.n_by_stratum
    unknown = [stratum for stratum in given if stratum not in labels]
    absent = [label for label in labels if label not in given]
    if unknown or absent:
        raise DesignError(
            "DESIGN-STRATUM-UNKNOWN",
            "The explicit allocation does not name the strata of the frame.",
            where=f"unknown: {quoted(unknown)}" if unknown else f"not named: {quoted(absent)}",
            expected="each stratum once",
            remedy=did_you_mean(unknown[0], labels) if unknown else "Give n_h for each stratum.",
        )
    n = np.array([given[label] for label in labels], dtype=np.int64)
    for h, label in enumerate(labels):
        if n[h] > N[h] + n_certainty[h]:
            raise DesignError(
                "DESIGN-STRATUM-TOO-SMALL",
                "A stratum is asked for more cities than it has.",
                where=f"stratum '{label}'",
                got=f"n_h = {n[h]}",
                expected=f"n_h <= N_h = {N[h] + n_certainty[h]}",
                remedy="Lower n_h, or merge the stratum with another.",
            )
        if n[h] < n_certainty[h] or (n[h] == n_certainty[h] and N[h] > 0):
            raise DesignError(
                "DESIGN-N-IMPOSSIBLE",
                "A stratum has cities that could never be drawn.",
                where=f"stratum '{label}': {N[h]} cities besides {n_certainty[h]} certainty cities",
                got=f"n_h = {n[h]}",
                expected=f"n_h > {n_certainty[h]}",
                remedy="Raise n_h. Each city of the frame needs a chance to be drawn.",
            )
    return n - n_certainty


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _check_counts(n: object, min_per_stratum: object) -> None:
    for name, value, least in (("n", n, 1), ("min_per_stratum", min_per_stratum, 1)):
        if not _is_count(value) or value < least:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                f"'{name}' of the allocation must be a whole number.",
                got=repr(value),
                expected=f"int >= {least}",
                remedy=f"Correct '{name}'.",
            )
