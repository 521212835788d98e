"""The variance form for samples that are spread over the map."""

from __future__ import annotations

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.forms.algebra import scatter
from citysample.estimators.forms.balanced import residuals
from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["NEIGHBOURHOOD", "local_mean"]

NEIGHBOURHOOD = 5
"""Cities of a neighbourhood, the city itself among them: with fewer, smooth variables get too little."""

SAME_DISTANCE = 1e-9
"""Relative difference up to which two distances are equal; coordinates on the sphere have 9 decimals."""


def local_mean(
    expanded: FloatArray,
    pi: FloatArray,
    coordinates: FloatArray,
    balance: FloatArray | None = None,
    imbalance: FloatArray | None = None,
) -> FloatArray:
    """Deviations from the mean of the neighbourhood: for spatially balanced samples.

    Use it where neighbours are alike. It is a form of citysample: those that were published for samples
    without balance have no factor 1 - pi_k, and so are not zero when all cities are in the sample.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables z-check_k of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    coordinates : array (m, p)
        Where the PSUs lie, in units that make distances comparable.
    balance, imbalance : array (m, b) and array (b,), optional
        If the draw was balanced, too: see ``balanced``. The form is then that of the residuals e_k.

    Returns
    -------
    array (q, q)
        (m - 1)/(m - r) sum_k (1 - pi_k) a_k/(a_k - 1) (e_k - mean of e in D_k)(e_k - mean of e in D_k)'
        + B' d d' B. D_k holds city k and its 4 nearest sampled cities, and all others at the distance
        of the fourth; a_k is their number. Without balance e = z-check, r = 1 and d = 0.

    Raises
    ------
    EstimateError
        ``ESTIMATE-VARIANCE-INVALID`` if a coordinate is missing.

    Notes
    -----
    If the place tells nothing of z-check, the factors a_k/(a_k - 1) give the expectation of the form
    ``brewer``; if all cities are one neighbourhood it is that form. It is positive semidefinite.

    References
    ----------
    Stevens, D. L., Olsen, A. R. (2003). Variance estimation for spatially balanced samples of
    environmental resources. Environmetrics 14, 593-610. Grafstrom, A., Schelin, L. (2014). How to select
    representative samples. Scand. J. Statist. 41, 277-290. Grafstrom, A., Tille, Y. (2013). Doubly balanced
    spatial sampling with spreading and restitution of auxiliary totals. Environmetrics 24, 120-131.

    Examples
    --------
    >>> z, pi = np.array([[2.0], [6.0], [3.0]]), np.full(3, 0.5)
    >>> local_mean(z, pi, np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).round(12).tolist()
    [[6.5]]
    """
    m = pi.size
    if not np.isfinite(coordinates).all():
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            "Some sampled cities have no coordinates.",
            got=f"{int((~np.isfinite(coordinates)).any(axis=1).sum())} of {m} cities without coordinates",
            expected="coordinates of all sampled cities",
            remedy="Use variance = 'deville', which needs no coordinates.",
        )
    rank, missed, left = 1, np.zeros(expanded.shape[1]), expanded
    if balance is not None:
        left, rank, missed = residuals(expanded, pi, balance, imbalance)
    near = _neighbourhoods(coordinates)
    count = near.sum(axis=1)
    centre = near @ left / count[:, None]
    factor = (1.0 - pi) * count / (count - 1.0) * (m - 1.0) / (m - rank)
    return np.asarray(scatter(left, factor, centre) + np.outer(missed, missed), dtype=np.float64)


def _neighbourhoods(coordinates: FloatArray) -> BoolArray:
    """True where the city of the column belongs to the neighbourhood of the city of the row, (m, m)."""
    m = len(coordinates)
    square = np.zeros((m, m))
    for column in coordinates.T:
        square += (column[:, None] - column[None, :]) ** 2
    np.fill_diagonal(square, -1.0)
    last = min(NEIGHBOURHOOD, m) - 1
    farthest = np.partition(square, last, axis=1)[:, last]
    return np.asarray(square <= farthest[:, None] * (1.0 + 2.0 * SAME_DISTANCE))
