"""Joint inclusion probabilities of systematic sampling in a given order."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.select.cumulated import cumulated
from citysample.sampling.select.size import sample_size

__all__ = ["joint_systematic"]

TOUCHING = 2.0**-50
"""Times n: arcs that overlap by less than this touch, and what is computed is rounding."""


def joint_systematic(pi: FloatArray, members: IntArray | None = None) -> FloatArray:
    """Exact joint inclusion probabilities of systematic sampling in the given order.

    Use them to see which pairs can be selected together. Most pairs cannot: count them with
    :func:`~citysample.sampling.joint.zeros.zero_pairs`.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n; all n/N for equal probabilities.
    members : array (m,) of int, optional
        Positions of the cities that are wanted. The default is all of them.

    Returns
    -------
    array (m, m)
        pi_kl, exactly 0 for pairs that can never be selected together; pi_k on the diagonal.

    Notes
    -----
    City k is selected if the start u lies, on a circle of length 1, in the arc from V_{k-1} to V_k.
    pi_kl is the length that the arcs of k and l have in common; two arcs can meet at both ends.

    References
    ----------
    Madow, W. G. (1949). On the theory of systematic sampling, II. Ann. Math. Statist. 20, 333-354.
    Tille, Y. (2006). Sampling Algorithms, Springer, section 7.2.

    Examples
    --------
    >>> joint_systematic(np.array([0.5, 0.25, 0.75, 0.5])).tolist()
    [[0.5, 0.0, 0.5, 0.0], [0.0, 0.25, 0.0, 0.25], [0.5, 0.0, 0.75, 0.25], [0.0, 0.25, 0.25, 0.5]]
    """
    chosen = np.arange(pi.size) if members is None else members
    V = cumulated(pi)
    low = V.part_before[chosen]
    high = low + (V.whole - V.whole_before + V.part - V.part_before)[chosen]
    joint = _common(low, high, 0.0)
    later = _common(low, high, 1.0)
    joint += later + later.T
    joint[joint < TOUCHING * sample_size(pi)] = 0.0
    np.fill_diagonal(joint, pi[chosen])
    return joint


def _common(low: FloatArray, high: FloatArray, turn: float) -> FloatArray:
    """Length that arc k has in common with arc l moved by ``turn``."""
    ends = np.minimum(high[:, None], high + turn)
    return np.asarray(np.maximum(ends - np.maximum(low[:, None], low + turn), 0.0))
