"""Cumulated inclusion probabilities, free of the rounding errors of long sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.select.size import sample_size

__all__ = ["Cumulated", "cumulated"]

BITS = 62
"""A probability is cumulated as a whole number of 2**-62; only its part below 1 is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Cumulated:
    """V_k = pi_1 + ... + pi_k as a whole number and a part below 1.

    Parameters
    ----------
    whole : array (N,) of int
        Whole number of V_k; it grows by 0 or 1 from city to city and ends at n.
    part : array (N,)
        V_k - whole_k in [0, 1); 0 at the last city.
    """

    whole: IntArray
    part: FloatArray

    @property
    def whole_before(self) -> IntArray:
        """Whole number of V_{k-1}, shape (N,)."""
        return np.concatenate([np.zeros(1, dtype=np.int64), self.whole[:-1]])

    @property
    def part_before(self) -> FloatArray:
        """Part of V_{k-1}, shape (N,)."""
        return np.concatenate([np.zeros(1), self.part[:-1]])


def cumulated(pi: FloatArray) -> Cumulated:
    """Cumulate inclusion probabilities so that V_k meets whole numbers exactly where it should.

    Use it where a method acts when V_k passes a whole number. Ten times 0.1 is less than 1 in
    floating point; here it is 1.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n, up to rounding.

    Returns
    -------
    Cumulated

    Notes
    -----
    The sums are taken in whole numbers. What is left is the rounding of the pi_k themselves: at most
    2**-53 of each. So V_k within n 2**-50 of a whole number is taken to be that number. In any case
    V_k lies between n - (N - k) and n.

    Examples
    --------
    >>> V = cumulated(np.full(20, 0.1))
    >>> V.whole[8:11].tolist(), V.part[8:11].round(12).tolist()
    ([0, 1, 1], [0.9, 0.0, 0.1])
    """
    n, N = sample_size(pi), pi.size
    units = np.cumsum((pi * 2.0**BITS).astype(np.int64)) & (2**BITS - 1)
    passes = np.diff(units, prepend=0) < 0
    whole = np.cumsum(passes)
    part = units * 2.0**-BITS
    rounding = max(n, 1) * 2.0**-50
    whole[part > 1.0 - rounding] += 1
    part[(part < rounding) | (part > 1.0 - rounding)] = 0.0
    # These limits act only where the sum of pi is not whole, or at pi_k next to 1.
    at_most, at_least = whole >= n, whole < n - np.arange(N - 1, -1, -1)
    if at_least.any() or at_most[:-1].any() or not at_most[-1:].all():
        whole = np.clip(whole, np.maximum(n - np.arange(N - 1, -1, -1), 0), n)
    part[at_most | at_least] = 0.0
    return Cumulated(whole, part)
