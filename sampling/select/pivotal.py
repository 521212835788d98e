"""Pivotal sampling."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["select_pivotal"]


def select_pivotal(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Pivotal selection in random order: duels between cities until each has 0 or 1.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities.
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
    order = np.argsort(uniforms[: pi.size], kind="stable").tolist()
    duels = uniforms[pi.size :].tolist()
    probabilities = pi.tolist()
    selected = np.zeros(pi.size, dtype=np.bool_)
    holder = order[0]
    held = probabilities[holder]
    for challenger, u in zip(order[1:], duels, strict=False):
        other = probabilities[challenger]
        total = held + other
        if total < 1.0:
            if u >= held / total:
                holder = challenger
            held = total
        else:
            winner, loser = holder, challenger
            if u >= (1.0 - other) / (2.0 - total):
                winner, loser = challenger, holder
            selected[winner] = True
            holder, held = loser, total - 1.0
    # What is left is 0 or 1 but for rounding.
    selected[holder] |= held > 0.5
    return selected
