"""Variance forms for unequal probabilities and a fixed size, from the pi_k of the sample alone.

They are approximations, made for designs of large entropy. For equal pi_k all of them are the srs form.
"""

from __future__ import annotations

from citysample.estimators.forms.algebra import laplacian_form, scatter
from citysample.reference_frames.columns import FloatArray

__all__ = ["brewer", "deville", "hajek", "hartley_rao"]


def hajek(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Hajek's approximation for fixed-size sampling with unequal probabilities.

    For Pareto samples it is Rosen's estimator, with the exact pi_k in place of those aimed at.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.

    Returns
    -------
    array (q, q)
        sum_k c_k (z-check_k - B)(z-check_k - B)', c_k = (1 - pi_k) m/(m - 1) and
        B = sum c_k z-check_k / sum c_k.

    References
    ----------
    Hajek, J. (1964). Ann. Math. Statist. 35, 1491-1523. Rosen, B. (1997). On sampling with probability
    proportional to size. J. Statist. Planning Inference 62, 159-191. Matei, A., Tille, Y. (2005).
    Evaluation of variance approximations and estimators in maximum entropy sampling with unequal
    probability and fixed sample size. J. Off. Statist. 21, 543-570.

    Examples
    --------
    >>> import numpy as np
    >>> hajek(np.array([[2.0], [6.0]]), np.array([0.5, 0.75])).round(4).tolist()
    [[5.3333]]
    """
    m = pi.size
    return _weighted_scatter(expanded, (1.0 - pi) * m / (m - 1.0))


def deville(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Deville's approximation for fixed-size sampling with unequal probabilities.

    It is called Deville's second estimator, too; his first one is that of Hajek.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.

    Returns
    -------
    array (q, q)
        As for Hajek, with c_k = (1 - pi_k) / (1 - sum_l a_l^2), a_k = (1 - pi_k) / sum_l (1 - pi_l).

    References
    ----------
    Deville, J.-C. (1993). Estimation de la variance pour les enquetes en deux phases. INSEE.
    Matei and Tille (2005), as above, where it is "Deville 2".

    Examples
    --------
    >>> import numpy as np
    >>> deville(np.array([[2.0], [6.0]]), np.array([0.5, 0.75])).tolist()
    [[6.0]]
    """
    chance = 1.0 - pi
    share = chance / chance.sum()
    return _weighted_scatter(expanded, chance / (1.0 - (share**2).sum()))


def brewer(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Brewer's approximation for fixed-size sampling with unequal probabilities.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.

    Returns
    -------
    array (q, q)
        sum_k (1/c_k - pi_k)(z-check_k - mean)(z-check_k - mean)', c_k = (m - 1) / (m - pi_k), so that
        1/c_k - pi_k = (1 - pi_k) m/(m - 1). The centre is the plain mean, not a weighted one.

    References
    ----------
    Brewer, K. R. W. (2002). Combined Survey Sampling Inference, sec. 9.3. Brewer, K. R. W., Donadio, M. E.
    (2003). The high entropy variance of the Horvitz-Thompson estimator. Survey Methodology 29, 189-196.

    Examples
    --------
    >>> import numpy as np
    >>> brewer(np.array([[2.0], [6.0]]), np.array([0.5, 0.75])).tolist()
    [[6.0]]
    """
    m = pi.size
    return scatter(expanded, (1.0 - pi) * m / (m - 1.0), expanded.mean(axis=0))


def hartley_rao(expanded: FloatArray, pi: FloatArray, squares: FloatArray | None = None) -> FloatArray:
    """Hartley and Rao's approximation, made for systematic sampling in random order.

    Use it where all pi_k are small. It may be negative where some are above 1/2.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    squares : array (), optional
        sum_U pi_k^2 over all cities of the stratum that are not certain, if the frame is known.

    Returns
    -------
    array (q, q)
        1/(m - 1) times the sum over pairs k < l of (1 - pi_k - pi_l + P)
        (z-check_k - z-check_l)(z-check_k - z-check_l)', with P = sum_U pi_k^2 / m. Without the frame
        P = sum_s pi_k / m estimates it, and the form is that of Brewer.

    References
    ----------
    Hartley, H. O., Rao, J. N. K. (1962). Sampling with unequal probabilities and without replacement.
    Ann. Math. Statist. 33, 350-374.

    Examples
    --------
    >>> import numpy as np
    >>> hartley_rao(np.array([[2.0], [6.0]]), np.array([0.5, 0.75])).tolist()
    [[6.0]]
    """
    m = pi.size
    mean_square = (pi.sum() if squares is None else float(squares)) / m
    pairs = 1.0 - pi[:, None] - pi[None, :] + mean_square
    return laplacian_form(expanded, pairs / (m - 1.0))


def _weighted_scatter(expanded: FloatArray, c: FloatArray) -> FloatArray:
    return scatter(expanded, c, c @ expanded / c.sum())
