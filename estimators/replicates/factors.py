"""Factors of replicates, from the cells of a variance form, their constants and random numbers.

Each function starts from the variance form, so the replicates keep what the form knows: the finite
population correction, the strata, and the certain units, whose factor is 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from citysample.estimators.replicates.hadamard import hadamard_matrix
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = [
    "balanced_factors",
    "half_sample_factors",
    "jackknife_factors",
    "mixed_factors",
    "not_negative",
    "rao_wu_factors",
]


def jackknife_factors(
    cells: Sequence[IntArray], constants: Sequence[float], u: int
) -> tuple[FloatArray, FloatArray]:
    """The jackknife: each replicate leaves out one unit of one cell.

    Parameters
    ----------
    cells : sequence of array (m,) of int
        Units of each cell.
    constants : sequence of float
        c of each cell: the form is c m/(m - 1) sum (z-check - mean)^2, or c z-check^2 for one unit.
    u : int
        Number of units in all.

    Returns
    -------
    factors : array (R, u)
        0 for the unit that is left out, m/(m - 1) for the others of its cell, 1 elsewhere.
    rscales : array (R,)
        c (m - 1)/m. A cell of one unit, whose form is c z-check^2, has c.

    References
    ----------
    Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd ed., Springer, sec. 4.5, (4.5.3).

    Examples
    --------
    >>> factors, rscales = jackknife_factors([np.array([0, 1])], [0.9], 3)
    >>> factors.tolist(), rscales.tolist()
    ([[0.0, 2.0, 1.0], [2.0, 0.0, 1.0]], [0.45, 0.45])
    """
    factors = np.ones((sum(units.size for units in cells), u))
    rscales = np.empty(factors.shape[0])
    row = 0
    for units, c in zip(cells, constants, strict=True):
        m = units.size
        rows = np.arange(row, row + m)
        factors[np.ix_(rows, units)] = m / max(m - 1.0, 1.0)
        factors[rows, units] = 0.0
        rscales[rows] = c * max(m - 1.0, 1.0) / m
        row += m
    return factors, rscales


def balanced_factors(
    cells: Sequence[IntArray], constants: Sequence[float], u: int, R: int, rho: float
) -> FloatArray:
    """Balanced repeated replication of cells of two units, with Fay's coefficient.

    Parameters
    ----------
    cells : sequence of array (2,) of int
        Units of each cell.
    constants : sequence of float
        c of each cell: the form is c (z-check_1 - z-check_2)^2.
    u : int
        Number of units in all.
    R : int
        Order of a Hadamard matrix, above the number of cells.
    rho : float
        Fay's coefficient, 0 <= rho < 1; 0 gives half samples.

    Returns
    -------
    array (R, u)
        1 + h (1 - rho) sqrt(c) for one unit and 1 - h (1 - rho) sqrt(c) for the other, h = +1 or -1. The
        scale is 1 / (R (1 - rho)^2).

    References
    ----------
    McCarthy, P. J. (1969). Pseudo-replication: half samples. Rev. Int. Statist. Inst. 37, 239-264. Judkins,
    D. R. (1990). Fay's method for variance estimation. J. Off. Statist. 6, 223-239.

    Examples
    --------
    >>> balanced_factors([np.array([0, 1])], [1.0], 3, 2, 0.0).tolist()
    [[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]
    """
    factors = np.ones((R, u))
    signs = hadamard_matrix(R)[:, 1 : len(cells) + 1]
    for units, c, sign in zip(cells, constants, signs.T, strict=True):
        step = (1.0 - rho) * np.sqrt(c) * sign
        factors[:, units[0]] += step
        factors[:, units[1]] -= step
    return factors


def rao_wu_factors(m: int, c: float, uniforms: FloatArray) -> FloatArray:
    """Rao and Wu's rescaled bootstrap of one cell: m - 1 of its m units, with replacement.

    Parameters
    ----------
    m : int
        Units of the cell, at least 2.
    c : float
        Constant of the cell.
    uniforms : array (R, m - 1)
        Numbers in (0, 1); each draws one unit.

    Returns
    -------
    array (R, m)
        1 + sqrt(c) (t_rk m/(m - 1) - 1), t_rk being how often unit k was drawn.

    References
    ----------
    Rao, J. N. K., Wu, C. F. J. (1988). Resampling inference with complex survey data. J. Amer. Statist.
    Assoc. 83, 231-241. Rao, J. N. K., Wu, C. F. J., Yue, K. (1992). Surv. Methodol. 18, 209-217.

    Examples
    --------
    >>> rao_wu_factors(3, 1.0, np.array([[0.1, 0.2], [0.5, 0.9]])).tolist()
    [[3.0, 0.0, 0.0], [0.0, 1.5, 1.5]]
    """
    R = uniforms.shape[0]
    drawn = (uniforms * m).astype(np.int64) + m * np.arange(R)[:, None]
    times = np.bincount(drawn.ravel(), minlength=R * m).reshape(R, m)
    return np.asarray(1.0 + np.sqrt(c) * (times * (m / (m - 1.0)) - 1.0), dtype=np.float64)


def half_sample_factors(uniforms: FloatArray) -> FloatArray:
    """Half of the units of a cell, without replacement: the draw of Preston's bootstrap.

    Parameters
    ----------
    uniforms : array (R, m)
        Numbers in (0, 1), m >= 2; the floor(m/2) smallest of each row are drawn.

    Returns
    -------
    array (R, m)
        m / m* for a unit that was drawn, else 0, with m* = floor(m/2).

    References
    ----------
    Preston, J. (2009). Rescaled bootstrap for stratified multistage sampling. Surv. Methodol. 35, 227-234.

    Examples
    --------
    >>> half_sample_factors(np.array([[0.3, 0.1, 0.2], [0.5, 0.9, 0.8]])).tolist()
    [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0]]
    """
    R, m = uniforms.shape
    drawn = np.zeros((R, m))
    half = m // 2
    chosen = np.argpartition(uniforms, half - 1, axis=1)[:, :half]
    np.put_along_axis(drawn, chosen, m / half, axis=1)
    return drawn


def mixed_factors(root: FloatArray, numbers: FloatArray) -> FloatArray:
    """1 + sum_l B_lk x_rl: factors whose covariance matrix is the form of a cell.

    Parameters
    ----------
    root : array (d, m)
        B with B'B = Q.
    numbers : array (R, d)
        Uncorrelated numbers x with mean 0 and variance 1: columns of a Hadamard matrix, or random ones.

    Returns
    -------
    array (R, m)
        The factors a_rk; some may be negative.

    References
    ----------
    Fay, R. E. (1984). Some properties of estimates of variance based on replication methods. Proc. Survey
    Research Methods Section, ASA, 495-500. Bertail, P., Combris, P. (1997). Bootstrap generalise d'un
    sondage. Ann. Econ. Statist. 46, 49-83. Beaumont, J.-F., Patak, Z. (2012). On the generalized bootstrap
    for sample surveys with special attention to Poisson sampling. Int. Statist. Rev. 80, 127-148.

    Examples
    --------
    >>> root = np.array([[0.5, -0.5], [-0.5, 0.5]])
    >>> mixed_factors(root, np.array([[1.0, -1.0], [-1.0, -1.0]])).tolist()
    [[2.0, 0.0], [1.0, 1.0]]
    """
    return np.asarray(1.0 + numbers @ root, dtype=np.float64)


def not_negative(factors: FloatArray) -> tuple[FloatArray, float]:
    """Factors drawn towards 1 until none is negative, and what the scale is multiplied with.

    Parameters
    ----------
    factors : array (R, u)
        Factors with mean 1.

    Returns
    -------
    factors : array (R, u)
        1 + (a - 1) / tau with the smallest tau >= 1 that leaves no factor below 0.
    correction : float
        tau^2. The variance of a total is as before; that of other functions of totals is nearly so.

    References
    ----------
    Beaumont, J.-F., Patak, Z. (2012). Int. Statist. Rev. 80, 127-148, sec. 5.

    Examples
    --------
    >>> factors, correction = not_negative(np.array([[-1.0, 3.0], [2.0, 0.0]]))
    >>> factors.tolist(), correction
    ([[0.0, 2.0], [1.5, 0.5]], 4.0)
    """
    tau = max(1.0, 1.0 - float(factors.min(initial=1.0)))
    if tau == 1.0:
        return factors, 1.0
    return np.maximum(1.0 + (factors - 1.0) / tau, 0.0), tau**2
