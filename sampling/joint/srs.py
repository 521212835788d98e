"""Joint inclusion probabilities of simple random sampling."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["joint_srs"]


def joint_srs(N: int, n: int) -> FloatArray:
    """Exact joint inclusion probabilities of simple random sampling without replacement.

    Use them for a sample of ``srs``, and for any sample of which each set of n cities is equally
    likely.

    Parameters
    ----------
    N, n : int
        Cities and selected cities, 0 <= n <= N.

    Returns
    -------
    array (N, N)
        pi_kl = n (n - 1) / (N (N - 1)); pi_k = n/N on the diagonal. All pi_kl > 0 if n >= 2.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 66.

    Examples
    --------
    >>> joint_srs(3, 2).round(4).tolist()
    [[0.6667, 0.3333, 0.3333], [0.3333, 0.6667, 0.3333], [0.3333, 0.3333, 0.6667]]
    """
    joint = np.full((N, N), n * (n - 1) / max(N * (N - 1), 1))
    np.fill_diagonal(joint, n / max(N, 1))
    return joint
