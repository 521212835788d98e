"""Pairs of cities that can never be selected together."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["zero_pairs"]


def zero_pairs(joint: FloatArray) -> int:
    """How many pairs k < l have pi_kl = 0.

    If there is one such pair, no unbiased variance estimator exists, and the form of Sen, Yates and
    Grundy must not be used: it does not see these pairs.

    Parameters
    ----------
    joint : array (N, N)
        Joint inclusion probabilities of the whole stratum. In a sample every pair has pi_kl > 0.

    Returns
    -------
    int

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 43-47.

    Examples
    --------
    >>> zero_pairs(np.array([[0.5, 0.0, 0.5], [0.0, 0.5, 0.0], [0.5, 0.0, 1.0]]))
    2
    """
    return int(np.count_nonzero(joint[np.triu_indices_from(joint, 1)] == 0.0))
