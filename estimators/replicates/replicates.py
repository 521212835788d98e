"""Replicates: what the weights are multiplied with, replicate by replicate, and the variance from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["Replicates", "replicate_covariance", "replicate_totals"]

BLOCK = 1024
"""Replicates that are computed at a time; it bounds the memory, not the result."""


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Replicates of a sample. R is their number, u the number of units whose weights vary together.

    The variance of an estimate theta is ``scale * sum_r rscales_r (theta_r - centre)^2``. The spread of the
    theta_r is that of the estimate only after each deviation is multiplied with
    sqrt(R scale rscales_r): do so before you read off percentiles.

    Parameters
    ----------
    method : str
        A key of ``REPLICATE_METHODS``, or what was delivered.
    unit : array (n,) of int
        Unit of each row, 0 to u - 1: its PSU, a unit drawn inside a certainty city, or the row itself.
    factors : array (R, u)
        a_rk: what the weights of the rows of unit k are multiplied with in replicate r; 1 for units that
        are certain.
    scale : float
        Common factor, above 0.
    rscales : array (R,)
        Factor of each replicate, at least 0.
    mse : bool
        True: deviations from the estimate of the full sample; False: from the mean of the replicates.
    """

    method: str
    unit: IntArray
    factors: FloatArray
    scale: float
    rscales: FloatArray
    mse: bool = True

    @property
    def R(self) -> int:
        """Number of replicates."""
        return int(self.factors.shape[0])


def replicate_totals(totals: FloatArray, factors: FloatArray) -> FloatArray:
    """Estimated totals in each replicate.

    Parameters
    ----------
    totals : array (u, c)
        Expanded totals of the units, the sums of w_k y_k over their rows, for c variables.
    factors : array (R, u)
        Factors of the units.

    Returns
    -------
    array (R, c)
        T-hat_r = T-hat + sum_k (a_rk - 1) t-check_k.

    References
    ----------
    Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd ed., Springer, ch. 3 to 5.

    Examples
    --------
    >>> replicate_totals(np.array([[2.0], [6.0]]), np.array([[2.0, 0.0], [0.0, 2.0]])).tolist()
    [[4.0], [12.0]]
    """
    found = np.empty((factors.shape[0], totals.shape[1]))
    for start in range(0, factors.shape[0], BLOCK):
        # Factors less 1, so that a variance far smaller than the total keeps its digits.
        np.matmul(factors[start : start + BLOCK] - 1.0, totals, out=found[start : start + BLOCK])
    found += totals.sum(axis=0)
    return found


def replicate_covariance(
    estimates: FloatArray, full: FloatArray, scale: float, rscales: FloatArray, mse: bool
) -> FloatArray:
    """Estimated covariance matrix of q estimators from their replicates.

    Parameters
    ----------
    estimates : array (R, q)
        The estimates of each replicate; not finite where one does not exist.
    full : array (q,)
        The estimates of the full sample.
    scale : float
        Common factor.
    rscales : array (R,)
        Factor of each replicate.
    mse : bool
        True: deviations from ``full``; False: from the mean of the replicates with rscales above 0.

    Returns
    -------
    array (q, q)
        scale sum_r rscales_r (theta_r - centre)(theta_r - centre)'; NaN in the rows and columns of an
        estimate that does not exist in all replicates with rscales above 0.

    References
    ----------
    Wolter, K. M. (2007), sec. 3.2 and 4.4. R survey 4.1-1 (2021), ``svrVar``.

    Examples
    --------
    >>> replicates = np.array([[4.0], [12.0]])
    >>> replicate_covariance(replicates, np.array([8.0]), 0.25, np.ones(2), mse=True).tolist()
    [[8.0]]
    """
    used = rscales > 0.0
    found = estimates[used]
    defined = np.isfinite(found).all(axis=0) & np.isfinite(full)
    found = np.where(defined, found, 0.0)
    centre = np.where(defined, full, 0.0) if mse else found.mean(axis=0)
    deviations = (found - centre) * np.sqrt(scale * rscales[used])[:, None]
    covariance = deviations.T @ deviations
    covariance[~defined, :] = covariance[:, ~defined] = np.nan
    return np.asarray(covariance, dtype=np.float64)
