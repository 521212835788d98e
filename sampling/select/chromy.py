"""Chromy's sequential sampling: a walk through the cities that never strays from the cumulated pi."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.compiled import kernel, read_only
from citysample.sampling.select.cumulated import cumulated
from citysample.sampling.select.size import sample_size

__all__ = ["select_chromy", "selection_chances", "uniforms_chromy"]


def uniforms_chromy(N: int, n: int, *, random_start: bool = True) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_chromy` takes: N, and one for the start."""
    return N + 1 if random_start else N


def select_chromy(pi: FloatArray, uniforms: FloatArray, *, random_start: bool = True) -> BoolArray:
    """Chromy's sequential selection with probabilities pi, in the given order.

    Use it to spread the sample over an order of the cities (along a curve, or sorted by columns)
    and still have pi_kl > 0 for all pairs, which systematic sampling does not give.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (N + 1,)
        Numbers in (0, 1). The first one chooses the city at which the walk starts; the others
        decide about the cities in the order of the walk. Without a random start there is no such
        first number, and the array is (N,).
    random_start : bool
        True: the order is a circle and the walk starts at city a with probability pi_a / n. False:
        it starts at the first city; then pairs of neighbours have pi_kl = 0. Without a random start
        the design is the one of :func:`~citysample.sampling.select.pivotal.select_ordered_pivotal`.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Notes
    -----
    Let V_k = pi_1 + ... + pi_k along the walk, with whole number I_k and part F_k. The number of
    cities selected among the first k is I_k or I_k + 1. It is I_k + 1 with probability F_k, because
    city k is selected with these probabilities:

    ================================== ==================================== ===============
    selected before                    I_k = I_{k-1}                        I_k > I_{k-1}
    ================================== ==================================== ===============
    I_{k-1}                            (F_k - F_{k-1}) / (1 - F_{k-1})      1
    I_{k-1} + 1                        0                                    F_k / F_{k-1}
    ================================== ==================================== ===============

    References
    ----------
    Chromy, J. R. (1979). Sequential sample selection methods. Proc. Survey Research Methods Section,
    Amer. Statist. Assoc., 401-406. Chauvet, G. (2021). A note on Chromy's sampling procedure. J.
    Survey Statist. Methodol. 9, 1050-1061.

    Examples
    --------
    >>> pi = np.array([0.2, 0.7, 0.4, 0.7])
    >>> select_chromy(pi, np.array([0.1, 0.3, 0.8, 0.6, 0.9]), random_start=True).tolist()
    [False, True, False, True]
    >>> select_chromy(pi, np.array([0.1, 0.8, 0.6, 0.9]), random_start=False).tolist()
    [True, False, False, True]
    """
    start = _start(pi, float(uniforms[0])) if random_start else 0
    numbers = uniforms[1:] if random_start else uniforms
    V = cumulated(np.roll(pi, -start))
    passes = V.whole > V.whole_before
    if_low, if_high = selection_chances(V.part_before, V.part, passes)
    selected = np.zeros(pi.size, dtype=np.bool_)
    _walk(4 * pi.size, read_only(if_low), read_only(if_high), read_only(passes), read_only(numbers), selected)
    return np.roll(selected, start)


def selection_chances(
    before: FloatArray, part: FloatArray, passes: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Probability of selecting each city if the count so far is low (I_{k-1}), and if it is high.

    Parameters
    ----------
    before, part : array (..., N)
        F_{k-1} and F_k.
    passes : array (..., N) of bool
        True where V_k reaches a whole number that V_{k-1} does not.

    Returns
    -------
    if_low, if_high : array (..., N)
        The table of :func:`select_chromy`.

    References
    ----------
    Chromy, J. R. (1979). Sequential sample selection methods. Proc. Survey Research Methods Section,
    Amer. Statist. Assoc., 401-406.
    """
    if_low = np.where(passes, 1.0, (part - before) / (1.0 - before))
    if_high = np.where(passes & (before > 0.0), part / np.where(before > 0.0, before, 1.0), 0.0)
    return if_low, if_high


def _start(pi: FloatArray, u: float) -> int:
    """The city at which u n falls into the cumulated pi."""
    sums = np.cumsum(pi)
    return int(np.searchsorted(sums, u * sums[-1])) if pi.size and sample_size(pi) else 0


@kernel
def _walk(
    if_low: Sequence[float],
    if_high: Sequence[float],
    passes: Sequence[bool],
    uniforms: Sequence[float],
    selected: MutableSequence[bool],
) -> None:
    """Go from city to city; ``high`` says that one city more than I_k is selected."""
    high = False
    for k in range(len(if_low)):
        chance = if_high[k] if high else if_low[k]
        taken = uniforms[k] < chance
        selected[k] = taken
        # One more is selected, and the whole number may rise with it.
        high = (high and taken) if passes[k] else (high or taken)
