"""Design weights and expanded totals of primary sampling units."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["design_weights", "psu_totals"]


def design_weights(pi: FloatArray) -> FloatArray:
    """Design weights d_k = 1 / pi_k.

    Parameters
    ----------
    pi : array (n,)
        Inclusion probabilities in (0, 1].

    Returns
    -------
    array (n,)
        Weights, at least 1: the number of cities of the frame that the city stands for.

    References
    ----------
    Horvitz, D. G., Thompson, D. J. (1952). J. Amer. Statist. Assoc. 47, 663-685.

    Examples
    --------
    >>> design_weights(np.array([0.25, 1.0])).tolist()
    [4.0, 1.0]
    """
    return 1.0 / pi


def psu_totals(values: FloatArray, weights: FloatArray, psu: IntArray, m: int) -> FloatArray:
    """Weighted totals of the primary sampling units: sum of w_k z_k over the rows k of each PSU.

    Parameters
    ----------
    values : array (n, q)
        q variables z, in their own units.
    weights : array (n,)
        Weights w_k.
    psu : array (n,) of int
        PSU of each row, 0 to m - 1.
    m : int
        Number of PSUs.

    Returns
    -------
    array (m, q)
        Expanded totals; for a city sample z-check_k = w_k z_k.

    Examples
    --------
    >>> values = np.array([[1.0], [2.0], [5.0]])
    >>> psu_totals(values, np.array([2.0, 2.0, 3.0]), np.array([0, 0, 1]), 2).tolist()
    [[6.0], [15.0]]
    """
    expanded = values * weights[:, None]
    if m == psu.size and np.array_equal(psu, np.arange(m)):
        return expanded
    return np.stack([np.bincount(psu, weights=column, minlength=m) for column in expanded.T], axis=1)
