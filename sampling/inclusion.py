"""Inclusion probabilities proportional to size, with certainty cities found by iteration."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["inclusion_probabilities"]


def inclusion_probabilities(size: FloatArray, n: int) -> FloatArray:
    """Inclusion probabilities proportional to size for a sample of fixed size n.

    Use it for methods with probability proportional to size.

    Parameters
    ----------
    size : array (N,)
        Size measures x_k > 0.
    n : int
        Sample size, 0 <= n <= N.

    Returns
    -------
    array (N,)
        pi_k in (0, 1] with sum n; exactly 1.0 for certainty cities.

    Notes
    -----
    pi_k = n x_k / sum_U x_l. A city whose value would be 1 or more is taken with certainty; the
    rest of n is shared among the other cities in the same way, until no value reaches 1.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 89-90.
    Tille, Y. (2006). Sampling Algorithms, Springer, p. 19.

    Examples
    --------
    >>> inclusion_probabilities(np.array([100.0, 40.0, 10.0, 9.0, 8.0, 3.0]), 4).tolist()
    [1.0, 1.0, 0.6666666666666666, 0.6, 0.5333333333333333, 0.2]
    """
    certain = np.zeros(size.size, dtype=np.bool_)
    pi = np.zeros(size.size)
    while not certain.all():
        rest = n - int(certain.sum())
        pi[~certain] = rest * size[~certain] / size[~certain].sum()
        # The margin keeps a value that is 1 but for rounding from staying random.
        new = ~certain & (pi >= 1.0 - 1e-12)
        if not new.any():
            break
        certain |= new
    pi[certain] = 1.0
    return pi
