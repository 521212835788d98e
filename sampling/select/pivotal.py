"""Pivotal sampling: duels between cities, in random order or in a given one."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.compiled import kernel, read_only
from citysample.sampling.select.ranking import smallest_first
from citysample.sampling.select.size import sample_size

__all__ = ["select_ordered_pivotal", "select_pivotal", "uniforms_pivotal"]


def uniforms_pivotal(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_pivotal` takes: 2N, the last of which is not used."""
    return 2 * N


def select_pivotal(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Pivotal selection in random order: duels between cities until each has 0 or 1.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (2N,)
        The first N numbers order the cities (smallest first); the others decide the duels in turn.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Notes
    -----
    A duel between probabilities a and b with sum c: if c < 1, the first gets c with probability
    a/c and the other 0; if c >= 1, the first gets 1 with probability (1 - b)/(2 - c) and the other
    c - 1. Expectations stay a and b, so the inclusion probabilities hold exactly.

    References
    ----------
    Deville, J.-C., Tille, Y. (1998). Unequal probability sampling without replacement through a
    splitting method. Biometrika 85, 89-101.

    Examples
    --------
    >>> numbers = np.array([0.1, 0.2, 0.3, 0.4, 0.9, 0.2, 0.6, 0.5])
    >>> select_pivotal(np.full(4, 0.5), numbers).tolist()
    [False, True, False, True]
    """
    order = smallest_first(uniforms[: pi.size])
    selected = np.zeros(pi.size, dtype=np.bool_)
    selected[order] = select_ordered_pivotal(pi[order], uniforms[pi.size :])
    return selected


def select_ordered_pivotal(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Pivotal selection in the given order: the winner of each duel meets the next city.

    Use it to spread the sample over an order of the cities (along a curve, or sorted by columns).
    Two neighbours are rarely selected together.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (N - 1,) or longer
        Numbers in (0, 1). Number k decides the duel of city k + 1; further numbers are not used.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Notes
    -----
    The duels are those of :func:`select_pivotal`; who leaves a duel without 0 or 1 stays for the
    next one. Pairs of cities that lie wholly in the same unit interval of the cumulated pi have
    pi_kl = 0, so no unbiased variance estimator exists.

    References
    ----------
    Deville, J.-C., Tille, Y. (1998). Unequal probability sampling without replacement through a
    splitting method. Biometrika 85, 89-101. Chauvet, G. (2012). On a characterization of ordered
    pivotal sampling. Bernoulli 18, 1320-1340.

    Examples
    --------
    >>> select_ordered_pivotal(np.full(4, 0.5), np.array([0.9, 0.2, 0.6])).tolist()
    [False, True, False, True]
    """
    selected = np.zeros(pi.size, dtype=np.bool_)
    if sample_size(pi):
        _duels(2 * pi.size, read_only(pi), read_only(uniforms), selected)
    return selected


@kernel
def _duels(pi: Sequence[float], uniforms: Sequence[float], selected: MutableSequence[bool]) -> None:
    """All duels; ``holder`` is the city that still has neither 0 nor 1."""
    holder = 0
    held = pi[0]
    for rival in range(1, len(pi)):
        other = pi[rival]
        total = held + other
        u = uniforms[rival - 1]
        if total < 1.0:
            if u >= held / total:
                holder = rival
            held = total
        else:
            if u >= (1.0 - other) / (2.0 - total):
                selected[rival] = True
            else:
                selected[holder] = True
                holder = rival
            held = total - 1.0
    # What is left is 0 or 1 but for rounding.
    if held > 0.5:
        selected[holder] = True
