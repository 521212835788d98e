"""The sample size that inclusion probabilities ask for."""

from __future__ import annotations

from citysample.reference_frames.columns import FloatArray

__all__ = ["sample_size"]


def sample_size(pi: FloatArray) -> int:
    """The whole number n = sum pi_k.

    >>> import numpy as np
    >>> sample_size(np.full(30, 0.1))
    3
    """
    return round(float(pi.sum()))
