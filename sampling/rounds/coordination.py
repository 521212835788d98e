"""Coordination of samples by permanent random numbers: the same, shifted or mirrored numbers."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError, quoted
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = [
    "COORDINATED",
    "ExpectedOverlap",
    "RealisedOverlap",
    "check_shift",
    "expected_overlap",
    "mirror_numbers",
    "moved_numbers",
    "overlap_probabilities",
    "realised_overlap",
    "replaced_share",
    "require_coordination",
    "rotation_shift",
    "shift_numbers",
]

COORDINATED = ("srs", "poisson", "pareto")
"""Methods that use one permanent random number for each city, so that rounds can be coordinated."""

STEPS = 2**53


@dataclass(frozen=True, slots=True)
class ExpectedOverlap:
    """Expected number of cities that two rounds have in common.

    Parameters
    ----------
    cities : float
        The expected number.
    formula : str
        ``"exact"`` for the method it was asked for, or ``"poisson"``: exact for Poisson sampling, and
        an approximation for ``srs`` and ``pareto``.
    """

    cities: float
    formula: str


@dataclass(frozen=True, slots=True)
class RealisedOverlap:
    """Cities that two samples have in common.

    Parameters
    ----------
    both, only_first, only_second : int
        Numbers of cities.
    """

    both: int
    only_first: int
    only_second: int


def require_coordination(method: str) -> None:
    """Refuse a method whose rounds cannot be coordinated by permanent random numbers.

    Raises
    ------
    DesignError
        ``DESIGN-COORDINATION-INVALID``.
    """
    if method not in COORDINATED:
        raise DesignError(
            "DESIGN-COORDINATION-INVALID",
            "Rounds of this method cannot be coordinated by permanent random numbers.",
            got=repr(method),
            expected=f"one of {quoted(COORDINATED)}",
            remedy="Keep the panel with next_round, or choose one of these methods.",
        )


def shift_numbers(u: FloatArray, shift: float) -> FloatArray:
    """Permanent random numbers moved along the circle: u_k + shift, modulo 1.

    Use it with a new public number as shift, so that a seed that is known already does not tell the
    next sample; or with a small shift, to rotate a part of the sample (:func:`rotation_shift`).

    Parameters
    ----------
    u : array (N,)
        Permanent random numbers in (0, 1), multiples of 2**-53.
    shift : float
        In [0, 1).

    Returns
    -------
    array (N,)
        Numbers in (0, 1). Different numbers stay different.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: the shift is out of range.

    Notes
    -----
    With the whole numbers m = floor(2**53 u) and s = floor(2**53 shift) the result is
    ((m + s) mod 2**53) / 2**53, and 2**-54 in place of 0: no rounding, the same on each machine.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9.

    Examples
    --------
    >>> shift_numbers(np.array([0.25, 0.875]), 0.5).tolist()
    [0.75, 0.375]
    """
    check_shift(shift)
    return _numbers((_steps(u) + math.floor(shift * STEPS)) % STEPS)


def mirror_numbers(u: FloatArray) -> FloatArray:
    """Permanent random numbers in reverse order: 1 - u_k, for negative coordination.

    Use it for a sample that has as few cities in common with the first as its size allows. For a
    third sample that avoids both, shift by parts of the circle instead.

    Parameters
    ----------
    u : array (N,)
        Permanent random numbers in (0, 1), multiples of 2**-53.

    Returns
    -------
    array (N,)
        Numbers in (0, 1). Different numbers stay different.

    Notes
    -----
    With m = floor(2**53 u) the result is (2**53 - 1 - m) / 2**53, and 2**-54 in place of 0. That is
    1 - u_k - 2**-53: no rounding, and never 1.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9.

    Examples
    --------
    >>> mirror_numbers(np.array([0.25, 0.875])).round(12).tolist()
    [0.75, 0.125]
    """
    return _numbers(STEPS - 1 - _steps(u))


def moved_numbers(u: FloatArray, shift: float, *, mirror: bool) -> FloatArray:
    """The random numbers of a round: mirrored, or shifted, or as they are."""
    if mirror:
        return mirror_numbers(u)
    return shift_numbers(u, shift) if shift else u


def overlap_probabilities(
    pi1: FloatArray, pi2: FloatArray, *, shift: float = 0.0, mirror: bool = False
) -> FloatArray:
    """Chance of each city to be in two Poisson samples that use the same permanent random numbers.

    Parameters
    ----------
    pi1, pi2 : array (N,)
        Inclusion probabilities in [0, 1] of the two rounds; 0 in a round in which the city is not in
        the frame.
    shift : float
        Shift of the second round, in [0, 1).
    mirror : bool
        True if the second round uses 1 - u_k.

    Returns
    -------
    array (N,)
        Probabilities that the city is in both samples. Exact for ``poisson``.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: the shift is out of range, or given beside ``mirror``.

    Notes
    -----
    The city is in the first sample if u_k < pi1_k, and in the second if u_k lies in the interval of
    length pi2_k that starts at 1 - shift on the circle. The result is the length of what the two
    intervals have in common; for the mirror it is max(0, pi1_k + pi2_k - 1).

    References
    ----------
    Brewer, K. R. W., Early, L. J., Joyce, S. F. (1972). Selecting several samples from a single
    population. Austral. J. Statist. 14, 231-239. Ohlsson, E. (1995).

    Examples
    --------
    >>> overlap_probabilities(np.array([0.5, 0.2]), np.array([0.25, 0.4]), shift=0.125).tolist()
    [0.125, 0.2]
    """
    check_shift(shift, mirror=mirror)
    if mirror:
        return np.maximum(pi1 + pi2 - 1.0, 0.0)
    start = (1.0 - shift) % 1.0
    after = np.minimum(pi1, start + pi2) - start
    around = np.minimum(pi1, start + pi2 - 1.0)
    return np.maximum(after, 0.0) + np.maximum(around, 0.0)


def expected_overlap(
    pi1: FloatArray, pi2: FloatArray, *, shift: float = 0.0, mirror: bool = False
) -> ExpectedOverlap:
    """Expected number of cities that two rounds have in common.

    Use it for ``poisson``, where it is exact, and for ``pareto``, where it is an approximation.

    Parameters
    ----------
    pi1, pi2 : array (N,)
        Inclusion probabilities in [0, 1] of the two rounds, over all cities of both frames.
    shift, mirror
        As in :func:`overlap_probabilities`.

    Returns
    -------
    ExpectedOverlap
        With the formula ``poisson``.

    References
    ----------
    Brewer, K. R. W., Early, L. J., Joyce, S. F. (1972). Selecting several samples from a single
    population. Austral. J. Statist. 14, 231-239.

    Examples
    --------
    >>> expected_overlap(np.full(100, 0.25), np.full(100, 0.25), shift=0.125)
    ExpectedOverlap(cities=12.5, formula='poisson')
    """
    chances = overlap_probabilities(pi1, pi2, shift=shift, mirror=mirror)
    return ExpectedOverlap(math.fsum(chances.tolist()), "poisson")


def realised_overlap(first: Collection[str], second: Collection[str]) -> RealisedOverlap:
    """Cities that two samples have in common, by city id.

    Examples
    --------
    >>> realised_overlap(["a", "b", "c"], ["b", "c", "d", "e"])
    RealisedOverlap(both=2, only_first=1, only_second=2)
    """
    both = len(set(first) & set(second))
    return RealisedOverlap(both, len(set(first)) - both, len(set(second)) - both)


def replaced_share(pi: FloatArray, shift: float) -> float:
    """Share of a sample that a round with shifted numbers replaces, in expectation.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1] of both rounds.
    shift : float
        Shift of the second round, in [0, 1).

    Returns
    -------
    float
        1 - expected overlap / n. For equal pi and a shift up to pi and up to 1 - pi it is shift / pi.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: the shift is out of range.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9.

    Examples
    --------
    >>> replaced_share(np.full(80, 0.25), 0.0625)
    0.25
    """
    kept = math.fsum(overlap_probabilities(pi, pi, shift=shift).tolist())
    return max(0.0, 1.0 - kept / math.fsum(pi.tolist()))


def rotation_shift(pi: FloatArray, share: float) -> float:
    """The smallest shift that replaces a given share of the sample, in expectation.

    Use it to plan a rotating panel: with a quarter replaced in each round the shifts of the rounds
    are 0, c, 2c, 3c, ..., and a city stays four rounds.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1] of both rounds.
    share : float
        Share of the sample to replace, in [0, 1].

    Returns
    -------
    float
        The shift, in [0, 1/2], to nine decimals. It is exact for ``poisson``, and near for ``srs``
        and ``pareto``.

    Raises
    ------
    DesignError
        ``DESIGN-COORDINATION-INVALID``: so much cannot be replaced, because pi is large.

    Notes
    -----
    The replaced share does not fall while the shift goes from 0 to 1/2, so it is found by halving.

    References
    ----------
    Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
    Methods, Wiley, ch. 9.

    Examples
    --------
    >>> rotation_shift(np.full(80, 0.25), 0.5)
    0.125
    """
    most = replaced_share(pi, 0.5)
    if not 0.0 <= share <= most + 1e-12:
        raise DesignError(
            "DESIGN-COORDINATION-INVALID",
            "This share of the sample cannot be replaced.",
            got=f"share = {share:.6g}",
            expected=f"0 to {most:.6g}; cities that are nearly certain stay in each sample",
            remedy="Replace a smaller share, or draw a smaller sample.",
        )
    low, high = 0.0, 0.5
    wanted = share - 1e-12
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (low, middle) if replaced_share(pi, middle) >= wanted else (middle, high)
    return round(high, 9)


def _steps(u: FloatArray) -> IntArray:
    return np.floor(u * STEPS).astype(np.int64)


def _numbers(steps: IntArray) -> FloatArray:
    return np.where(steps == 0, 0.5, steps.astype(np.float64)) / STEPS


def check_shift(shift: float, *, mirror: bool = False) -> None:
    """Refuse a shift that is not in [0, 1), and a shift beside the mirror."""
    if not 0.0 <= shift < 1.0:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The shift of the random numbers is out of range.",
            got=f"shift = {shift!r}",
            expected="a number from 0 to below 1",
            remedy="Take the part after the decimal point.",
        )
    if shift and mirror:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The random numbers of a round are either shifted or mirrored.",
            got=f"shift = {shift} and mirror = True",
            expected="one of the two",
            remedy="Leave out one of them.",
        )
