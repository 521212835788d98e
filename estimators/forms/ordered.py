"""The variance form for samples drawn along an order."""

from __future__ import annotations

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.forms.algebra import scatter
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["successive_difference"]


def successive_difference(expanded: FloatArray, pi: FloatArray, position: IntArray) -> FloatArray:
    """Differences of cities that follow each other in the sample: for draws along an order.

    Use it where neighbours in the order are alike. An order with a period makes it wrong.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    position : array (m,) of int
        Place of each PSU in the order of the draw; all different.

    Returns
    -------
    array (q, q)
        1/2 times the sum over k = 1, ..., m in the order of the draw of
        (1 - (pi_k-1 + pi_k)/2)(z-check_k - z-check_k-1)(z-check_k - z-check_k-1)', where the last PSU
        comes before the first one: k - 1 = m for k = 1.

    Raises
    ------
    EstimateError
        ``ESTIMATE-VARIANCE-INVALID`` if two PSUs have the same place.

    Notes
    -----
    For equal pi_k the factor is 1 - f, and without the difference between the first and the last PSU it is
    v2 of Wolter for a total, but for m/(m - 1). For a variable that rises along the order, the variance of a
    systematic draw is of the order of the square of the rise from the first to the last PSU, since all
    PSUs move together. The difference between the two ends holds it; without it the form would be far
    too small. If the order tells nothing of z-check, the expectation is near that of the form ``brewer``,
    and the degrees of freedom are about two thirds of m. Positive semidefinite.

    References
    ----------
    Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd ed., sec. 8.2. Fay, R. E., Train, G. F.
    (1995). Aspects of survey and model-based postcensal estimation of income and poverty characteristics for
    states and counties. Proc. Government Statistics Section, Amer. Statist. Assoc., 154-159 (the circle).

    Examples
    --------
    >>> z, pi = np.array([[2.0], [6.0], [3.0]]), np.full(3, 0.5)
    >>> successive_difference(z, pi, np.array([0, 7, 2])).tolist()
    [[6.5]]
    """
    m = pi.size
    if np.unique(position).size < m:
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            "Two cities have the same place in the order of the draw.",
            got=f"{m - np.unique(position).size} places that are taken again",
            expected="a different place for each city",
            remedy="Correct the places, or use variance = 'deville', which needs none.",
        )
    order = np.argsort(position)
    before = np.roll(order, 1)
    chance = 1.0 - (pi[order] + pi[before]) / 2.0
    return scatter(expanded[order] - expanded[before], chance / 2.0, np.zeros(expanded.shape[1]))
