"""The variance form for balanced samples."""

from __future__ import annotations

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.forms.algebra import scatter
from citysample.reference_frames.columns import FloatArray

__all__ = ["balanced", "residuals"]


def balanced(
    expanded: FloatArray, pi: FloatArray, balance: FloatArray, imbalance: FloatArray | None = None
) -> FloatArray:
    """Deville and Tille's form for balanced samples, with what the landing of the draw missed.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables z-check_k of the m PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    balance : array (m, p)
        Balancing variables x_k, pi_k among them; m must be above their rank r.
    imbalance : array (p,), optional
        d = sum_s x-check_k - sum_U x_k, what the draw missed; zeros if it is not given.

    Returns
    -------
    array (q, q)
        sum_k c_k (z-check_k - x-check_k' B)(z-check_k - x-check_k' B)' + B' d d' B
        with c_k = (1 - pi_k) m/(m - r), x-check = x/pi and B the regression of z-check on x-check with
        weights c_k. With pi_k alone it is the Hajek form.

    Raises
    ------
    EstimateError
        ``ESTIMATE-VARIANCE-INVALID`` if m is not above r.

    Notes
    -----
    The first term is that of Deville and Tille. It takes the draw as balanced exactly. A draw of few
    cities is not: the landing adds a variance that may be larger than the first term, above all with
    skew balancing variables. The second term estimates it. It has expectation B' V(d) B for a fixed B.

    References
    ----------
    Deville, J.-C., Tille, Y. (2005). Variance approximation under balanced sampling. J. Statist.
    Planning Inference 128, 569-591, estimator with c_k of their equation (7). Breidt, F. J., Chauvet, G.
    (2011). Improved variance estimation for balanced samples drawn via the cube method. J. Statist.
    Planning Inference 141, 479-487 (on the variance of the landing).

    Examples
    --------
    >>> from citysample.estimators.forms.approximations import hajek
    >>> z, pi = np.array([[2.0], [6.0], [3.0]]), np.array([0.5, 0.5, 0.6])
    >>> bool(np.allclose(balanced(z, pi, pi[:, None]), hajek(z, pi)))
    True
    """
    m = pi.size
    residual, rank, missed = residuals(expanded, pi, balance, imbalance)
    value = scatter(residual, (1.0 - pi) * m / (m - float(rank)), np.zeros(expanded.shape[1]))
    return np.asarray(value + np.outer(missed, missed), dtype=np.float64)


def residuals(
    expanded: FloatArray, pi: FloatArray, balance: FloatArray, imbalance: FloatArray | None
) -> tuple[FloatArray, int, FloatArray]:
    """What the balancing variables leave: residuals (m, q), rank r of these variables, and d' B (q,).

    The parameters are those of :func:`balanced`.
    """
    auxiliary = balance / pi[:, None]
    root = np.sqrt(1.0 - pi)[:, None]
    coefficients, _, rank, _ = np.linalg.lstsq(root * auxiliary, root * expanded, rcond=1e-10)
    if pi.size <= rank:
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            "There are as many balancing constraints as sampled cities, so nothing is left for a variance.",
            got=f"{pi.size} cities that are not certain, {rank} constraints",
            expected="more cities than constraints",
            remedy="Balance on fewer columns, or use variance = 'deville', which ignores the balancing.",
        )
    missed = np.zeros(expanded.shape[1]) if imbalance is None else imbalance @ coefficients
    return expanded - auxiliary @ coefficients, int(rank), missed
