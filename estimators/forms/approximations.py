"""Variance quadratic forms, one stratum at a time.

Each form takes the expanded variables of the m PSUs of a stratum that are not certain, and their
inclusion probabilities, and returns the estimated covariance matrix of the stratum totals. Most
forms are sum_k c_k (z-check_k - B)(z-check_k - B)', with their own c_k and centre B.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysample.errors import EstimateError
from citysample.reference_frames.columns import FloatArray

__all__ = [
    "FORMS",
    "VarianceForm",
    "balanced",
    "deville",
    "hajek",
    "poisson",
    "srs",
    "syg",
    "with_replacement",
]


def srs(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Simple random sampling without replacement, with finite population correction.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables z-check_k = w_k z_k of the m >= 2 PSUs.
    pi : array (m,)
        m / M for each PSU; M is the number of PSUs of the population of the stratum.

    Returns
    -------
    array (q, q)
        (1 - f) m/(m - 1) sum_k (z-check_k - mean)(z-check_k - mean)', f = m/M.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 3.3.

    Examples
    --------
    >>> srs(np.array([[2.0], [6.0]]), np.array([0.5, 0.5])).tolist()
    [[8.0]]
    """
    m = pi.size
    fraction = float(pi[0])
    return (1.0 - fraction) * m / (m - 1.0) * _scatter(expanded, np.ones(m), expanded.mean(axis=0))


def with_replacement(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Sampling with replacement: no finite population correction.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Not used.

    Returns
    -------
    array (q, q)
        m/(m - 1) sum_k (z-check_k - mean)(z-check_k - mean)'.

    References
    ----------
    Hansen, M. H., Hurwitz, W. N. (1943). Ann. Math. Statist. 14, 333-362.
    """
    m = pi.size
    return m / (m - 1.0) * _scatter(expanded, np.ones(m), expanded.mean(axis=0))


def hajek(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Hajek's approximation for fixed-size sampling with unequal probabilities.

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
    Hajek, J. (1964). Ann. Math. Statist. 35, 1491-1523. Matei, A., Tille, Y. (2005). Evaluation of
    variance approximations and estimators in maximum entropy sampling with unequal probability
    and fixed sample size. J. Off. Statist. 21, 543-570.
    """
    m = pi.size
    return _weighted_scatter(expanded, (1.0 - pi) * m / (m - 1.0))


def deville(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Deville's approximation for fixed-size sampling with unequal probabilities.

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
        Equal to the srs form where all pi_k are equal.

    References
    ----------
    Deville, J.-C. (1993). Estimation de la variance pour les enquetes en deux phases. INSEE.
    Matei and Tille (2005), as above.
    """
    chance = 1.0 - pi
    share = chance / chance.sum()
    return _weighted_scatter(expanded, chance / (1.0 - (share**2).sum()))


def poisson(expanded: FloatArray, pi: FloatArray) -> FloatArray:
    """Poisson sampling: independent draws, random sample size.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 1 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.

    Returns
    -------
    array (q, q)
        sum_k (1 - pi_k) z-check_k z-check_k'.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, p. 86.

    Examples
    --------
    >>> poisson(np.array([[2.0], [6.0]]), np.array([0.5, 0.75])).tolist()
    [[11.0]]
    """
    return _scatter(expanded, 1.0 - pi, np.zeros(expanded.shape[1]))


def syg(expanded: FloatArray, pi: FloatArray, joint: FloatArray) -> FloatArray:
    """Sen-Yates-Grundy with exact joint inclusion probabilities, for a fixed sample size.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    joint : array (m, m)
        pi_kl > 0 of the sampled PSUs; the diagonal is not used.

    Returns
    -------
    array (q, q)
        sum over pairs k < l of (pi_k pi_l - pi_kl) / pi_kl times
        (z-check_k - z-check_l)(z-check_k - z-check_l)'. Unbiased if no pi_kl of the population is 0.

    References
    ----------
    Sen, A. R. (1953). J. Indian Soc. Agric. Statist. 5, 119-127. Yates, F., Grundy, P. M. (1953). J. Roy.
    Statist. Soc. B 15, 253-261.

    Examples
    --------
    >>> joint = np.array([[0.5, 1 / 6], [1 / 6, 0.5]])
    >>> syg(np.array([[2.0], [6.0]]), np.array([0.5, 0.5]), joint).round(12).tolist()
    [[8.0]]
    """
    weight = np.outer(pi, pi) / joint - 1.0
    np.fill_diagonal(weight, 0.0)
    # Written as a Laplacian: sum over pairs of a_kl (x_k - x_l)(x_k - x_l)' = X' (diag(A 1) - A) X.
    laplacian = np.diag(weight.sum(axis=1)) - weight
    return np.asarray(expanded.T @ laplacian @ expanded, dtype=np.float64)


def balanced(
    expanded: FloatArray, pi: FloatArray, balance: FloatArray, imbalance: FloatArray | None = None
) -> FloatArray:
    """Deville and Tille's form for balanced samples, with what the landing of the draw missed.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m PSUs.
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
    >>> z, pi = np.array([[2.0], [6.0], [3.0]]), np.array([0.5, 0.5, 0.6])
    >>> bool(np.allclose(balanced(z, pi, pi[:, None]), hajek(z, pi)))
    True
    """
    m = pi.size
    auxiliary = balance / pi[:, None]
    root = np.sqrt(1.0 - pi)[:, None]
    coefficients, _, rank, _ = np.linalg.lstsq(root * auxiliary, root * expanded, rcond=1e-10)
    if m <= rank:
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            "There are as many balancing constraints as sampled cities, so nothing is left for a variance.",
            got=f"{m} cities that are not certain, {rank} constraints",
            expected="more cities than constraints",
            remedy="Balance on fewer columns, or use variance = 'deville', which ignores the balancing.",
        )
    residual = expanded - auxiliary @ coefficients
    value = _scatter(residual, (1.0 - pi) * m / (m - float(rank)), np.zeros(expanded.shape[1]))
    if imbalance is None:
        return value
    missed = imbalance @ coefficients
    return np.asarray(value + np.outer(missed, missed), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class VarianceForm:
    """A quadratic form and what it takes.

    Parameters
    ----------
    function : callable
        Takes the expanded variables, pi, and the arrays named in ``needs``.
    needs : tuple of str
        ``"joint"``, ``"balance"``, ``"imbalance"``: what the record of the draw must hold.
    one_psu : bool
        True if one PSU in a stratum is enough.
    """

    function: Callable[..., FloatArray]
    needs: tuple[str, ...] = ()
    one_psu: bool = False


FORMS: dict[str, VarianceForm] = {
    "srs": VarianceForm(srs),
    "hajek": VarianceForm(hajek),
    "deville": VarianceForm(deville),
    "syg": VarianceForm(syg, needs=("joint",)),
    "poisson": VarianceForm(poisson, one_psu=True),
    "balanced": VarianceForm(balanced, needs=("balance", "imbalance")),
    "with_replacement": VarianceForm(with_replacement),
}
"""The variance forms by name."""


def _weighted_scatter(expanded: FloatArray, c: FloatArray) -> FloatArray:
    return _scatter(expanded, c, c @ expanded / c.sum())


def _scatter(expanded: FloatArray, c: FloatArray, centre: FloatArray) -> FloatArray:
    """sum_k c_k (z-check_k - B)(z-check_k - B)', shape (q, q)."""
    deviation = expanded - centre
    return np.asarray((deviation * c[:, None]).T @ deviation, dtype=np.float64)
