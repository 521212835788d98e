"""Design weights and expanded totals of primary sampling units."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["design_weights", "linked_totals", "psu_totals"]


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


def linked_totals(
    values: FloatArray, pi: FloatArray, row: IntArray, psu: IntArray, share: FloatArray
) -> FloatArray:
    """Expanded totals of the original units, where rows belong to several of them.

    Parameters
    ----------
    values : array (n, q)
        q variables z of the rows of today.
    pi : array (m,)
        Inclusion probabilities of the units that were drawn.
    row, psu : array (p,) of int
        Row and drawn unit of each link.
    share : array (p,)
        Part theta of the row that goes to the unit.

    Returns
    -------
    array (m, q)
        z-check_j = (1/pi_j) sum over the links of j of theta z_k. A unit without links has 0.

    References
    ----------
    Lavallee, P. (2007). Indirect Sampling, Springer, ch. 2.

    Examples
    --------
    >>> one, half = np.array([0, 0]), np.array([0.5, 0.5])
    >>> linked_totals(np.array([[6.0]]), np.array([0.5, 1.0]), one, np.array([0, 1]), half).tolist()
    [[6.0], [3.0]]
    """
    parts = values[row] * (share / pi[psu])[:, None]
    return np.stack([np.bincount(psu, weights=column, minlength=pi.size) for column in parts.T], axis=1)
