"""The design effect: the variance against simple random sampling of as many cities."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["srs_variance"]


def srs_variance(z: FloatArray, weights: FloatArray) -> float:
    """Estimated variance of sum w_k z_k if the n rows were a simple random sample.

    Parameters
    ----------
    z : array (n,)
        Linearised variable of the rows of the domain.
    weights : array (n,)
        Weights w_k.

    Returns
    -------
    float
        N-hat^2 (1 - n/N-hat) S-hat^2 / n without replacement, N-hat = sum w_k; NaN if n < 2, 0 for a
        constant.

    Notes
    -----
    S-hat^2 = n/(n - 1) sum w_k (z_k - z-bar)^2 / N-hat, with z-bar the weighted mean. The design
    effect is V-hat divided by this variance.

    References
    ----------
    Kish, L. (1965). Survey Sampling, Wiley, sec. 8.2. R survey 4.1-1, option ``deff`` of ``svytotal``.

    Examples
    --------
    >>> srs_variance(np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    8.0
    """
    n = z.size
    N = float(weights.sum())
    if n < 2:
        return float("nan")
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(weights @ z) / N
        spread = n / (n - 1.0) * float(weights @ (z - mean) ** 2) / N
        # A constant has no spread but for rounding.
        if np.sqrt(spread) <= 1e-12 * float(np.abs(z).max()):
            return 0.0
        return float(np.float64(N) ** 2 * (1.0 - n / N) * spread / n)
