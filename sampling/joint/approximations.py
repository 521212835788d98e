"""Approximate joint inclusion probabilities, from pi alone, for designs of high entropy.

They fit methods whose entropy is near the largest that is possible: conditional Poisson, Sampford,
Brewer, pivotal in random order, Pareto. They do not fit methods that spread the sample over an
order or in space. For n = 1 all of them give pi_kl = 0, which is exact.
"""

from __future__ import annotations

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.select.size import sample_size

__all__ = ["joint_brewer_donadio", "joint_fixed_point", "joint_hajek", "joint_hartley_rao"]

STEPS = 10_000
"""Steps of the fixed point before it is given up; some tens are usual."""


def joint_hajek(pi: FloatArray) -> FloatArray:
    """Hajek's approximation of pi_kl for designs of high entropy.

    Use it where d is large. It is the approximation behind the Hajek variance.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.

    Returns
    -------
    array (N, N)
        pi_kl = pi_k pi_l (1 - (1 - pi_k)(1 - pi_l) / d), d = sum_U pi_j (1 - pi_j); pi_k on the
        diagonal.

    Raises
    ------
    DesignError
        ``DESIGN-APPROXIMATION-INVALID`` if a pi_kl is not positive, which can happen for d < 1.

    Notes
    -----
    The sums over l agree with n pi_k only for large d: for equal pi_k = n/N the value is
    n^2/N^2 (1 - (N - n)/(N n)) in place of n (n - 1) / (N (N - 1)).

    References
    ----------
    Hajek, J. (1964). Asymptotic theory of rejective sampling with varying probabilities from a
    finite population. Ann. Math. Statist. 35, 1491-1523.

    Examples
    --------
    >>> joint_hajek(np.array([0.2, 0.7, 0.4, 0.7])).round(4).tolist()[0]
    [0.2, 0.099, 0.0332, 0.099]
    """
    rest = 1.0 - pi
    joint = np.outer(pi, pi) * (1.0 - np.outer(rest, rest) / (pi * rest).sum())
    return _checked(joint, pi, "Hajek's approximation")


def joint_hartley_rao(pi: FloatArray) -> FloatArray:
    """Hartley and Rao's approximation of pi_kl, made for systematic sampling in random order.

    Use it for small sampling fractions: it is a series in 1/N, for n small against N.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.

    Returns
    -------
    array (N, N)
        pi_kl to the order N^-4; pi_k on the diagonal.

    Raises
    ------
    DesignError
        ``DESIGN-APPROXIMATION-INVALID`` if a pi_kl is not positive.

    Notes
    -----
    With S2 = sum_U pi_j^2 and S3 = sum_U pi_j^3, pi_kl = pi_k pi_l (n - 1)/n times

        1 + (pi_k + pi_l)/n - S2/n^2 + 2 (pi_k^2 + pi_l^2 + pi_k pi_l)/n^2
          - 3 (pi_k + pi_l) S2/n^3 + 3 S2^2/n^4 - 2 S3/n^3.

    For equal pi_k it is n (n - 1)/N^2 (1 + 1/N + 1/N^2).

    References
    ----------
    Hartley, H. O., Rao, J. N. K. (1962). Sampling with unequal probabilities and without replacement.
    Ann. Math. Statist. 33, 350-374, eq. 5.15.

    Examples
    --------
    >>> joint_hartley_rao(np.full(10, 0.2)).round(5).tolist()[0][:3]
    [0.2, 0.0222, 0.0222]
    """
    n = max(sample_size(pi), 1)
    squares, cubes = float((pi**2).sum()), float((pi**3).sum())
    product, added = np.outer(pi, pi), pi[:, None] + pi
    series = (
        1.0
        + added / n
        - squares / n**2
        + 2.0 * (added**2 - product) / n**2
        - 3.0 * added * squares / n**3
        + 3.0 * squares**2 / n**4
        - 2.0 * cubes / n**3
    )
    return _checked(product * series * (n - 1) / n, pi, "Hartley and Rao's approximation")


def joint_brewer_donadio(pi: FloatArray) -> FloatArray:
    """Brewer and Donadio's approximation of pi_kl for designs of high entropy.

    Use it where the fixed point (:func:`joint_fixed_point`) does not exist: it needs no search, and is
    exact for equal probabilities.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.

    Returns
    -------
    array (N, N)
        pi_kl = pi_k pi_l (c_k + c_l) / 2 with
        c_k = (n - 1) / (n - (2n - 1)/(n - 1) pi_k + sum_U pi_j^2 / (n - 1)); pi_k on the diagonal.

    Raises
    ------
    DesignError
        ``DESIGN-APPROXIMATION-INVALID`` if a pi_kl is not positive.

    References
    ----------
    Brewer, K. R. W., Donadio, M. E. (2003). The high entropy variance of the Horvitz-Thompson
    estimator. Survey Methodology 29, 189-196, eq. 18.

    Examples
    --------
    >>> joint_brewer_donadio(np.full(10, 0.2)).round(5).tolist()[0][:3]
    [0.2, 0.02222, 0.02222]
    """
    n = max(sample_size(pi), 2)
    c = (n - 1.0) ** 2 / (n * (n - 1.0) - (2.0 * n - 1.0) * pi + float((pi**2).sum()))
    return _checked(np.outer(pi, pi) * (c[:, None] + c) / 2.0, pi, "Brewer and Donadio's approximation")


def joint_fixed_point(pi: FloatArray) -> FloatArray:
    """Fixed-point approximation of pi_kl for designs of high entropy, with exact sums.

    Use it as the first choice among the approximations: its largest error against maximum entropy was
    half of that of the others, or less, in most of the small populations that were enumerated.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n.

    Returns
    -------
    array (N, N)
        pi_kl = pi_k pi_l - b_k b_l / sum_U b_j; pi_k on the diagonal.

    Raises
    ------
    DesignError
        ``DESIGN-APPROXIMATION-INVALID`` if a pi_kl is not positive, or if no b is found, which can happen
        where nearly all of sum_U pi_j (1 - pi_j) comes from two cities.

    Notes
    -----
    b solves b_k - b_k^2 / sum_U b_j = pi_k (1 - pi_k), so that sum over l of pi_kl = n pi_k (l = k
    included). It is found by the iteration b_k = pi_k (1 - pi_k) / (1 - b_k / sum_U b_j).

    References
    ----------
    Hajek, J. (1981). Sampling from a Finite Population, Dekker. Deville, J.-C., Tille, Y. (2005).
    Variance approximation under balanced sampling. J. Statist. Plann. Inference 128, 569-591. Matei,
    A., Tille, Y. (2005). Evaluation of variance approximations and estimators in maximum entropy
    sampling with unequal probability and fixed sample size. J. Off. Statist. 21, 543-570.

    Examples
    --------
    >>> joint_fixed_point(np.full(10, 0.2)).round(5).tolist()[0][:3]
    [0.2, 0.02222, 0.02222]
    """
    if sample_size(pi) < 2:
        return _checked(np.zeros((pi.size, pi.size)), pi, "")
    spread = pi * (1.0 - pi)
    b = spread.copy()
    for _ in range(STEPS if 2.0 * spread.max() < spread.sum() else 0):
        before, b = b, spread / (1.0 - b / b.sum())
        if np.abs(b - before).max() <= 1e-15 * b.max():
            break
    else:
        b = np.full(pi.size, np.nan)
    return _checked(np.outer(pi, pi) - np.outer(b, b) / b.sum(), pi, "The fixed-point approximation")


def _checked(joint: FloatArray, pi: FloatArray, name: str) -> FloatArray:
    """The matrix with pi on its diagonal, if all other values are positive; 0 for n = 1."""
    if sample_size(pi) < 2:
        joint = np.zeros_like(joint)
    elif not (joint > 0.0).all():
        spread = pi * (1.0 - pi)
        raise DesignError(
            "DESIGN-APPROXIMATION-INVALID",
            f"{name} gives no joint inclusion probabilities here.",
            where=f"city in position {int(np.argmax(spread)) + 1} of {pi.size}",
            got=f"sum of pi (1 - pi) = {spread.sum():.6g}, of which this city has {spread.max():.6g}",
            expected="many cities that are neither nearly certain nor nearly excluded",
            remedy="Use joint_brewer_donadio, or exact or Monte Carlo joint probabilities.",
        )
    np.fill_diagonal(joint, pi)
    return joint
