"""Simple random sampling."""

from __future__ import annotations

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.ranking import smallest
from citysample.sampling.select.size import sample_size

__all__ = ["select_srs"]


def select_srs(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Simple random sampling without replacement: the n smallest permanent random numbers.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities, all n/N.
    uniforms : array (N,)
        Permanent random numbers u_k in (0, 1).

    Returns
    -------
    array (N,) of bool
        True for the n cities with the smallest u_k. A tie goes to the city that comes first.

    Notes
    -----
    Each set of n cities has probability 1 / C(N, n); pi_k = n/N, pi_kl = n(n-1) / (N(N-1)).

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 66.

    Examples
    --------
    >>> import numpy as np
    >>> select_srs(np.full(4, 0.5), np.array([0.7, 0.1, 0.9, 0.3])).tolist()
    [False, True, False, True]
    """
    return smallest(uniforms, sample_size(pi))
