"""Conditional Poisson (maximum entropy) sampling, without rejection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.joint.conditional_poisson import conditional_poisson_odds
from citysample.sampling.joint.poisson_binomial import centred_odds
from citysample.sampling.select.size import sample_size

__all__ = ["count_tree", "select_conditional_poisson", "select_from_tree", "uniforms_conditional_poisson"]

NEGLIGIBLE = 1e-20
"""Counts with a chance below this part of the largest are left out of a block's distribution."""


@dataclass(frozen=True, slots=True)
class Level:
    """Blocks of cities, and the distribution of the number of cities that enter from each.

    Parameters
    ----------
    low : array (B,) of int
        The smallest count of each block that is kept.
    chance : array (B, W)
        Probabilities of the counts low, low + 1, ..., low + W - 1.
    """

    low: IntArray
    chance: FloatArray


def uniforms_conditional_poisson(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_conditional_poisson` takes: N - 1.

    >>> uniforms_conditional_poisson(100, 10)
    99
    """
    return max(N - 1, 0)


def select_conditional_poisson(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Conditional Poisson sampling: the design of largest entropy with these probabilities.

    Use it when the variance shall be estimated with exact joint probabilities: they are cheap and
    all positive here.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with an integer sum n.
    uniforms : array (N - 1,)
        Numbers in (0, 1), one for each block that is halved; the whole stratum comes first.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Raises
    ------
    DesignError
        ``DESIGN-ODDS-NOT-FOUND`` if no odds with these probabilities are found.

    Notes
    -----
    p(s) is proportional to the product over s of the odds omega_k, which are found so that the
    inclusion probabilities are pi_k. The cities stand in a binary tree of blocks. A block that
    holds m of the sample gives i of them to its first half with probability
    P(L = i) P(R = m - i) / P(L + R = m), where L and R are the counts of independent entries in the
    halves; so each sample has its exact probability and none is rejected.

    References
    ----------
    Hajek, J. (1981). Sampling from a Finite Population, Marcel Dekker, ch. 7.
    Chen, X.-H., Dempster, A. P., Liu, J. S. (1994). Weighted finite population sampling to maximize
    entropy. Biometrika 81, 457-469.

    Examples
    --------
    >>> pi = np.array([0.2, 0.7, 0.4, 0.7])
    >>> select_conditional_poisson(pi, np.array([0.5, 0.9, 0.1])).tolist()
    [True, False, False, True]
    """
    n = sample_size(pi)
    if not 0 < n < pi.size:
        return np.full(pi.size, n > 0)
    return select_from_tree(count_tree(conditional_poisson_odds(pi), n), n, uniforms)


def count_tree(odds: FloatArray, n: int) -> tuple[Level, ...]:
    """The distributions of the counts of all blocks, from single cities to the two largest blocks.

    Use it with :func:`select_from_tree` to draw many samples of one design.

    Parameters
    ----------
    odds : array (N,)
        Odds omega_k > 0 of conditional Poisson sampling, up to a common factor.
    n : int
        Sample size, 0 < n < N.

    Returns
    -------
    tuple of Level
        Blocks of 1, 2, 4, ... cities in the order of the cities. A block without a partner goes up
        as it is.

    References
    ----------
    Chen, S. X., Liu, J. S. (1997). Statistical applications of the Poisson-binomial and conditional
    Bernoulli distributions. Statist. Sinica 7, 875-892.

    Examples
    --------
    >>> [level.chance.shape for level in count_tree(np.array([1.0, 2.0, 0.5, 1.0, 1.0]), 2)]
    [(5, 2), (3, 3), (2, 5)]
    """
    odds = centred_odds(odds, n)
    chance = np.stack([1.0 / (1.0 + odds), odds / (1.0 + odds)], axis=1)
    levels = [Level(np.zeros(odds.size, dtype=np.int64), chance)]
    while levels[-1].low.size > 2:
        levels.append(_joined(levels[-1]))
    return tuple(levels)


def select_from_tree(tree: tuple[Level, ...], n: int, uniforms: FloatArray) -> BoolArray:
    """Draw one conditional Poisson sample of n cities.

    Parameters
    ----------
    tree : tuple of Level
        From :func:`count_tree`.
    n : int
        Sample size.
    uniforms : array (N - 1,)
        Numbers in (0, 1).

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    References
    ----------
    As for :func:`select_conditional_poisson`; Hajek (1981).

    Examples
    --------
    >>> select_from_tree(count_tree(np.ones(3), 1), 1, np.array([0.1, 0.5])).tolist()
    [False, False, True]
    """
    counts = np.array([n])
    used = 0
    for level in reversed(tree):
        halved = level.low.size // 2
        first = _first_half(level, counts[:halved], uniforms[used : used + halved])
        used += halved
        below = np.repeat(counts, 2)[: level.low.size]
        below[0 : 2 * halved : 2] = first
        below[1 : 2 * halved : 2] -= first
        counts = below
    return np.asarray(counts == 1)


def _joined(level: Level) -> Level:
    """The level of blocks of twice the size."""
    blocks, width = level.chance.shape
    paired = blocks // 2
    first, second = level.chance[0 : 2 * paired : 2], level.chance[1 : 2 * paired : 2]
    chance = np.zeros((blocks - paired, 2 * width - 1))
    for i in range(width):  # sums of positive products, so that small chances are exact, too
        chance[:paired, i : i + width] += first[:, i : i + 1] * second
    low = level.low[::2].copy()
    low[:paired] += level.low[1::2]
    if blocks % 2:
        chance[-1, :width] = level.chance[-1]
    return _trimmed(low, chance)


def _trimmed(low: IntArray, chance: FloatArray) -> Level:
    """The level without the negligible counts at both ends."""
    kept = chance > NEGLIGIBLE * chance.max(axis=1, keepdims=True)
    start = kept.argmax(axis=1)
    end = kept.shape[1] - kept[:, ::-1].argmax(axis=1)
    width = int((end - start).max())
    start = np.minimum(start, kept.shape[1] - width)
    if width < kept.shape[1]:
        chance = np.take_along_axis(chance, start[:, None] + np.arange(width), axis=1)
    return Level(low + start, chance)


def _first_half(level: Level, counts: IntArray, uniforms: FloatArray) -> IntArray:
    """How many of each block's cities of the sample lie in its first half."""
    width, paired = level.chance.shape[1], counts.size
    low, other = level.low[0 : 2 * paired : 2], level.low[1 : 2 * paired : 2]
    rest = (counts - low - other)[:, None] - np.arange(width)
    possible = (rest >= 0) & (rest < width)
    second = np.take_along_axis(level.chance[1 : 2 * paired : 2], np.clip(rest, 0, width - 1), axis=1)
    cumulated = np.cumsum(level.chance[0 : 2 * paired : 2] * np.where(possible, second, 0.0), axis=1)
    whole = cumulated[:, -1]
    # Below the whole even after rounding, so that a count with a positive chance is taken.
    limit = np.minimum(uniforms * whole, np.nextafter(whole, 0.0))
    return np.asarray(low + (cumulated <= limit[:, None]).sum(axis=1))
