"""The design effect: the variance against simple random sampling of as many cities; and Kish's."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["design_effect", "effective_sample_size", "kish_deff", "srs_variance"]


def srs_variance(
    z: FloatArray, weights: FloatArray, masks: BoolArray | None = None, *, replacement: bool = False
) -> FloatArray:
    """Estimated variance of sum w_k z_k if the rows of the domain were a simple random sample.

    Parameters
    ----------
    z : array (n,) or (n, q)
        Linearised variables; numbers outside the domain, too, which do not count.
    weights : array (n,)
        Weights w_k.
    masks : array (n,) or (n, q) of bool, optional
        True for the rows of the domain of each estimate; all rows if it is not given.
    replacement : bool, optional
        The sample it is compared with: without replacement (default), or with replacement.

    Returns
    -------
    array () or (q,)
        N-hat^2 (1 - n/N-hat) S-hat^2 / n without replacement, N-hat^2 S-hat^2 / n with it; n are the rows
        of the domain, N-hat = sum w_k. NaN where n < 2, 0 for a constant.

    Notes
    -----
    S-hat^2 = n/(n - 1) sum w_k (z_k - z-bar)^2 / N-hat, with z-bar the weighted mean.

    References
    ----------
    Kish, L. (1965). Survey Sampling, Wiley, sec. 8.2. R survey 4.1-1 (2021), options ``deff = TRUE`` and
    ``deff = "replace"`` of ``svytotal``.

    Examples
    --------
    >>> float(srs_variance(np.array([1.0, 3.0]), np.array([2.0, 2.0])))
    8.0
    """
    inside = np.ones(z.shape, dtype=np.bool_) if masks is None else masks
    n, N = inside.sum(axis=0), weights @ inside
    within = z * inside
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = weights @ within / N
        deviation = (z - mean) * inside
        spread = n / (n - 1.0) * (weights @ deviation**2) / N
        # A constant has no spread but for rounding.
        constant = np.sqrt(spread) <= 1e-12 * np.abs(within).max(axis=0, initial=0.0)
        factor = 1.0 if replacement else 1.0 - n / N
        variance = np.where(constant, 0.0, N**2 * factor * spread / n)
    return np.where(n < 2, np.nan, variance)


def design_effect(variance: FloatArray | float, reference: FloatArray | float) -> FloatArray:
    """Design effect: estimated variance over that of simple random sampling of as many cities.

    Parameters
    ----------
    variance : array (q,)
        Estimated variances under the design.
    reference : array (q,)
        Variances of :func:`srs_variance`. Without replacement it gives deff, with replacement the
        square of deft.

    Returns
    -------
    array (q,)
        NaN where the reference is not above 0.

    References
    ----------
    Kish, L. (1965). Survey Sampling, Wiley, sec. 8.2: deff. Kish, L. (1995). Methods for design effects.
    J. Official Statistics 11, 55-77: deft.

    Examples
    --------
    >>> design_effect(np.array([12.0, 1.0]), np.array([8.0, 0.0])).tolist()
    [1.5, nan]
    """
    below = np.asarray(reference, dtype=np.float64)
    known = below > 0.0
    return np.where(known, variance / np.where(known, below, 1.0), np.nan)


def kish_deff(weights: FloatArray, masks: BoolArray | None = None) -> FloatArray:
    """Kish's approximate design effect of unequal weights. It knows no variable and no strata.

    For planning and for a look at the weights. It is the design effect only if the weights have
    nothing to do with the variable, and neither have strata nor clusters. A sample that is drawn with
    probability proportional to size on purpose may do far better.

    Parameters
    ----------
    weights : array (n,)
        Weights w_k.
    masks : array (n,) or (n, q) of bool, optional
        True for the rows of each domain; all rows if it is not given.

    Returns
    -------
    array () or (q,)
        n sum w_k^2 / (sum w_k)^2, at least 1: the reference is a sample of n cities with equal weights,
        drawn with replacement. NaN for a domain without rows.

    References
    ----------
    Kish, L. (1965). Survey Sampling, Wiley, sec. 11.7. Kish, L. (1992). Weighting for unequal Pi.
    J. Official Statistics 8, 183-200.

    Examples
    --------
    >>> round(float(kish_deff(np.array([1.0, 1.0, 4.0]))), 6)
    1.5
    """
    inside = np.ones(weights.shape, dtype=np.bool_) if masks is None else masks
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(inside.sum(axis=0) * (weights**2 @ inside) / (weights @ inside) ** 2)


def effective_sample_size(n: FloatArray | float, deff: FloatArray | float) -> FloatArray:
    """Effective sample size: how many cities of a simple random sample tell as much.

    Parameters
    ----------
    n : array (q,)
        Sampled cities of the domain.
    deff : array (q,)
        A design effect; its reference says which simple random sample is meant.

    Returns
    -------
    array (q,)
        n / deff; NaN where deff is not above 0.

    References
    ----------
    Kish, L. (1965). Survey Sampling, Wiley, sec. 8.2.

    Examples
    --------
    >>> effective_sample_size(np.array([30, 30]), np.array([1.5, 0.0])).tolist()
    [20.0, nan]
    """
    return design_effect(n, deff)
