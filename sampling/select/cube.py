"""The cube method: samples that are balanced on auxiliary columns, over the whole frame or with strata."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.select.auxiliary import auxiliary_columns, enough_numbers, reduced_columns
from citysample.sampling.select.cube_landing import fly, land
from citysample.sampling.select.ranking import smallest_first
from citysample.sampling.select.size import sample_sizes

__all__ = ["independent_columns", "select_cube", "select_cube_stratified", "uniforms_cube"]


def uniforms_cube(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """Random numbers that the cube method takes for N cities: N for their order, N for steps at most.

    >>> uniforms_cube(100, 10)
    200
    """
    return 2 * N


def select_cube(pi: FloatArray, uniforms: FloatArray, balance: FloatArray) -> BoolArray:
    """Balanced selection of exactly n cities: estimated totals of the columns equal the true totals.

    Use it when the frame has columns that go with the figures, such as population, area or income.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.
    uniforms : array (2N,)
        The first N numbers order the cities (smallest first); the others decide the steps in turn.
    balance : array (N, p)
        Columns x to balance on, the most important first. pi need not be among them. Columns that
        follow from pi and earlier columns are left out, see :func:`independent_columns`.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Raises
    ------
    FrameError
        A column has missing or infinite values.
    DesignError
        The columns do not fit the cities, or there are too few numbers.

    Notes
    -----
    Values begin as pi. Flight: a block of p + 2 cities moves along a vector u with
    sum u_k = 0 and sum u_k x_k / pi_k = 0, to the first point up (distance a) or down (distance b)
    where a value is 0 or 1; up with probability b / (a + b), so that no expectation changes and pi_k
    holds exactly. The next city of the order takes the place. When no such vector is left, at most
    p + 1 cities are open. Landing: the last column is dropped and the flight goes on, until only n is
    balanced. So n is exact, early columns are kept longest, and the balance is exact but for the
    landing. The landing costs little where n is large against p, and much where n is small and
    x_k / pi_k uneven: see what is left with ``balance_table``. Pairs of cities may have pi_kl = 0
    where n or N is small.

    References
    ----------
    Deville, J.-C., Tille, Y. (2004). Efficient balanced sampling: the cube method. Biometrika 91, 893-912.
    Chauvet, G., Tille, Y. (2006). A fast algorithm for balanced sampling. Computational Statistics 21, 53-62.

    Examples
    --------
    Two of four cities, balanced on the area: one small and one large city.

    >>> area = np.array([[1.0], [5.0], [5.0], [1.0]])
    >>> numbers = np.array([0.1, 0.2, 0.3, 0.4, 0.2, 0.6, 0.3, 0.5])
    >>> select_cube(np.full(4, 0.5), numbers, area).tolist()
    [True, False, True, False]
    """
    return select_cube_stratified(pi, uniforms, balance, np.zeros(pi.size, dtype=np.int64))


def select_cube_stratified(
    pi: FloatArray, uniforms: FloatArray, balance: FloatArray, strata: IntArray
) -> BoolArray:
    """Balanced selection over the whole frame with exactly n_h cities in each stratum.

    Use it in place of :func:`select_cube` when the design has strata, also many small ones.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n_h in each stratum.
    uniforms : array (2N,)
        The first N numbers order the cities of each stratum (smallest first); the others decide the
        steps in turn.
    balance : array (N, p)
        Columns to balance on over all strata together, the most important first.
    strata : array (N,) of int
        Stratum of each city.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n_h in each stratum.

    Raises
    ------
    FrameError
        A column has missing or infinite values.
    DesignError
        The columns do not fit the cities, or there are too few numbers.

    Notes
    -----
    As :func:`select_cube`, with sum u_k = 0 in each stratum. First a flight in each stratum, in the
    order of the codes; then a flight over the open cities of all strata; then the landing, which
    drops columns from the last and never the strata. The directions are sought among differences of
    cities of one stratum, so a step costs the same for any number of strata.

    References
    ----------
    Chauvet, G. (2009). Stratified balanced sampling. Survey Methodology 35, 115-119.
    Hasler, C., Tille, Y. (2014). Fast balanced sampling for highly stratified population.
    Computational Statistics and Data Analysis 74, 81-94.

    Examples
    --------
    >>> area = np.array([[1.0], [2.0], [1.0], [2.0]])
    >>> numbers = np.array([0.1, 0.2, 0.3, 0.4, 0.2, 0.6, 0.3, 0.5])
    >>> select_cube_stratified(np.full(4, 0.5), numbers, area, np.array([0, 0, 1, 1])).tolist()
    [True, False, False, True]
    """
    N = pi.size
    table = auxiliary_columns(balance, N, "balancing columns")
    enough_numbers(uniforms, uniforms_cube(N, 0))
    sums = np.bincount(np.unique(strata, return_inverse=True)[1], weights=pi)
    sample_sizes(np.asarray(sums, dtype=np.float64))
    auxiliary = reduced_columns(table, pi)[1]
    order = smallest_first(uniforms[:N])
    order = order[np.argsort(strata[order], kind="stable")]
    values, steps = pi.astype(np.float64), uniforms[N:]
    used = fly(values, auxiliary, strata, order, auxiliary.shape[1], steps, each_stratum=True)
    land(values, auxiliary, strata, order, steps[used:])
    # What is left in a stratum is 0 or 1 but for rounding.
    return np.asarray(values > 0.5)


def independent_columns(balance: FloatArray, pi: FloatArray) -> IntArray:
    """The columns that the cube can use: those that do not follow from pi and earlier columns.

    Use it to say which columns of a design are left out. A constant column is one of them if all pi
    are equal; the sum of two earlier columns always is.

    Parameters
    ----------
    balance : array (N, p)
        Columns x, the most important first.
    pi : array (N,)
        Inclusion probabilities in (0, 1).

    Returns
    -------
    array of int
        Positions of the columns that are kept, rising.

    Raises
    ------
    FrameError
        A column has missing or infinite values.
    DesignError
        The columns do not fit the cities.

    Notes
    -----
    Gaussian elimination on x_k / pi_k, column by column, each pivot being the city with the largest
    remainder. A column is left out if each of its remainders is below 1e-13 of the largest number
    it was computed from, so the unit of a column does not matter.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th ed., sec. 3.4.

    Examples
    --------
    >>> x = np.array([[1.0, 1.0, 2.0], [1.0, 5.0, 6.0], [1.0, 2.0, 3.0]])
    >>> independent_columns(x, np.full(3, 1 / 3)).tolist()
    [1]
    """
    return reduced_columns(auxiliary_columns(balance, pi.size, "balancing columns"), pi)[0]
