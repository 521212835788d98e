"""Poisson sampling."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["select_poisson", "uniforms_poisson"]


def uniforms_poisson(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_poisson` takes: N.

    >>> uniforms_poisson(100, 10)
    100
    """
    return N


def select_poisson(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Poisson sampling: each city enters on its own if its permanent random number is below pi_k.

    Use it where rounds shall overlap as much as they can and a random sample size does no harm.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1); their sum is the expected sample size.
    uniforms : array (N,)
        Permanent random numbers u_k in (0, 1).

    Returns
    -------
    array (N,) of bool
        True for the selected cities. Their number is random, and can be zero.

    Notes
    -----
    k is selected if u_k < pi_k; pi_kl = pi_k pi_l.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 85-87.

    Examples
    --------
    >>> select_poisson(np.array([0.2, 0.7, 0.4]), np.array([0.7, 0.1, 0.3])).tolist()
    [False, True, True]
    """
    return np.asarray(uniforms < pi)
