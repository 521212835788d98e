"""Brewer's method: one city after the other, with exact inclusion probabilities for any n."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import TypeVar

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.compiled import helper, kernel, read_only
from citysample.sampling.select.size import sample_size

__all__ = ["select_brewer", "uniforms_brewer"]

Number = TypeVar("Number", float, FloatArray)

PROPOSALS = 8
"""Proposals for one draw before the weights are computed anew."""
NUMBERS = 2 * PROPOSALS + 1
"""Random numbers for one draw."""


def uniforms_brewer(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_brewer` takes: 17 for each of the n draws."""
    return n * NUMBERS


def select_brewer(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Brewer's draw-by-draw selection with probabilities pi.

    Use it as a method with probability proportional to size whose entropy is high, at any n/N.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (17 n,)
        Numbers in (0, 1), 17 for each draw: eight that propose a city, one for the draw after eight
        refusals, and eight that accept or refuse. Not all are used.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Notes
    -----
    Draw j takes city k of those not yet selected with a probability proportional to

        w_k = pi_k (R - pi_k) / (R - r pi_k),

    where R is the sum of pi over the cities not yet selected and r = n - j + 1.

    Speed: a city is proposed with the weights w* that an earlier draw had, and accepted with
    probability w_k / w*_k; a city selected since then is refused. After eight refusals the weights
    are computed anew and the city is drawn with them.

    Why this is exact: (1) w_k <= w*_k. Both are pi_k f(pi_k) with f(p) = (R - p)/(R - r p) and
    f(0) = 1; R falls and R/r does not fall from draw to draw, so f/f* falls with p from 1 on. So a
    city that is accepted has probabilities proportional to w_k. (2) Proposals are independent, so
    this holds whatever was refused before. (3) The draw after eight refusals has its own random
    number and probabilities proportional to the same w_k. So each way of finding the city of draw j
    has the probabilities of draw j; w* decides only how long it takes.

    With D = sum of 1 - pi over the selected cities, R - r pi_k = D + r (1 - pi_k): there is no
    difference of nearly equal numbers, even for pi_k next to 1.

    References
    ----------
    Brewer, K. R. W. (1975). A simple procedure for sampling pi-ps wor. Austral. J. Statist. 17,
    166-172. Tille, Y. (2006). Sampling Algorithms, Springer, algorithm 6.10.

    Examples
    --------
    >>> pi = np.array([0.2, 0.7, 0.4, 0.7])
    >>> select_brewer(pi, np.linspace(0.05, 0.95, uniforms_brewer(4, 2))).tolist()
    [False, True, False, True]
    """
    n = sample_size(pi)
    selected = np.zeros(pi.size, dtype=np.bool_)
    draw = 0
    while draw < n:
        lacking = float(np.cumsum(np.where(selected, 1.0 - pi, 0.0))[-1])
        weights = np.where(selected, 0.0, pi * _factor(lacking, n - draw, 1.0 - pi))
        sums = np.cumsum(weights)
        left = uniforms[draw * NUMBERS : n * NUMBERS]
        # Most draws take their first proposal, and NumPy finds all of these at once.
        numbers = left[::NUMBERS].copy()
        numbers[0] = left[PROPOSALS]
        proposed = np.searchsorted(sums[:-1], sums[-1] * numbers)
        draw += _draws(
            15 * (n - draw),
            lacking,
            read_only(pi),
            read_only(left),
            read_only(sums),
            read_only(proposed),
            selected,
        )
    return selected


@helper
def _factor(lacking: float, r: float, rest: Number) -> Number:
    """(R - pi_k) / (R - r pi_k) from D, r and 1 - pi_k: numbers in a loop, or arrays."""
    return (lacking + r - 1.0 + rest) / (lacking + r * rest)


@kernel
def _draws(
    lacking: float,
    pi: Sequence[float],
    uniforms: Sequence[float],
    sums: Sequence[float],
    proposed: Sequence[int],
    selected: MutableSequence[bool],
) -> int:
    """Draw until all proposals for a draw are refused; return how many draws were done.

    At the first of these draws D is ``lacking``, and ``sums`` are the cumulated weights; that draw takes
    the city of the number after the proposals. ``proposed`` holds the first proposal of each draw.
    """
    left = len(proposed)
    old_lacking = lacking
    old_r = float(left)
    total = sums[len(sums) - 1]
    for draw in range(left):
        r = old_r - draw
        number = draw * NUMBERS
        found = False
        for j in range(PROPOSALS):
            sought = total * uniforms[number + j]
            low = proposed[draw] if j == 0 else 0
            high = low if j == 0 else len(sums) - 1
            while low < high:
                middle = (low + high) // 2
                if sums[middle] < sought:
                    low = middle + 1
                else:
                    high = middle
            if selected[low]:
                continue
            rest = 1.0 - pi[low]
            f, old_f = _factor(lacking, r, rest), _factor(old_lacking, old_r, rest)
            if draw == 0 or uniforms[number + PROPOSALS + 1 + j] * old_f < f:
                selected[low] = True
                lacking += rest
                found = True
                break
        if not found:
            return draw
    return left
