"""The sample size that inclusion probabilities ask for."""

from __future__ import annotations

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["sample_size", "sample_sizes"]

ROUNDING = 1e-6
"""How far a sum of probabilities may be from a whole number by rounding."""


def sample_size(pi: FloatArray) -> int:
    """The whole number n = sum pi_k; a sum that is none is refused.

    >>> sample_size(np.full(30, 0.1))
    3
    """
    return int(sample_sizes(np.array([pi.sum()]))[0])


def sample_sizes(sums: FloatArray) -> IntArray:
    """The whole numbers n_h that sums of probabilities are but for rounding, shape (H,)."""
    whole = np.rint(np.where(np.isfinite(sums), sums, -1.0))
    far = ~(np.abs(sums - whole) <= ROUNDING)
    if far.any():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The inclusion probabilities do not add up to a whole number.",
            got=f"a sum of {float(sums[far][0]):.9g}",
            expected="a whole number n, for a method of fixed sample size",
            remedy="Scale the probabilities to a whole number, or use Poisson sampling.",
        )
    return whole.astype(np.int64)
