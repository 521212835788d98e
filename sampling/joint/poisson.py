"""Joint inclusion probabilities of Poisson sampling."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["joint_poisson"]


def joint_poisson(pi: FloatArray, members: IntArray | None = None) -> FloatArray:
    """Joint inclusion probabilities of Poisson sampling.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1).
    members : array (m,) of int, optional
        Positions of the cities that are wanted; default all.

    Returns
    -------
    array (m, m)
        pi_kl = pi_k pi_l; pi_k on the diagonal.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 85-87.

    Examples
    --------
    >>> joint_poisson(np.array([0.5, 0.25])).tolist()
    [[0.5, 0.125], [0.125, 0.25]]
    """
    alone = pi if members is None else pi[members]
    both = np.outer(alone, alone)
    np.fill_diagonal(both, alone)
    return both
