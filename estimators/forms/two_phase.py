"""The variance when drawn units answer by chance: a Poisson draw after the draw."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["two_phase"]


def two_phase(
    first: FloatArray, expanded: FloatArray, response: FloatArray, diagonal: FloatArray
) -> FloatArray:
    """Two-phase variance: the variance of the draw, and that of the response.

    Use it where the units that were drawn answer independently, with known probabilities p_k.

    Parameters
    ----------
    first : array (q, q)
        The form of the draw, with all units that were drawn, where the units without an answer count as
        zero.
    expanded : array (n, q)
        Expanded variables z-check_k = w_k z_k of the units that answered, with w_k = 1/(pi_k p_k).
    response : array (n,)
        Probability p_k that the unit answers if it is drawn, in (0, 1].
    diagonal : array (n,)
        Q_kk, how often the form of the draw counts z-check_k z-check_k'; 0 for a certainty city.

    Returns
    -------
    array (q, q)
        first + sum_k (1 - p_k)(1 - Q_kk) z-check_k z-check_k'.

    Notes
    -----
    The form of the draw is sum_k sum_l Q_kl z_k z_l' / (pi_k pi_l) over the units drawn. Its estimate from
    the units that answered divides by p_k on the diagonal and by p_k p_l elsewhere, so it is ``first``
    less sum_k (1 - p_k) Q_kk z-check_k z-check_k'. The response adds
    sum_k (1 - p_k) z-check_k z-check_k'. The whole is unbiased where the form of the draw is.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, result 9.3.1 and
    sec. 15.6.

    Examples
    --------
    A certainty city that answered with the probability 1/2:

    >>> two_phase(np.zeros((1, 1)), np.array([[4.0]]), np.array([0.5]), np.zeros(1)).tolist()
    [[8.0]]
    """
    factor = (1.0 - response) * (1.0 - diagonal)
    return np.asarray(first + (expanded * factor[:, None]).T @ expanded, dtype=np.float64)
