"""Approximate joint inclusion probabilities, from pi alone, for designs of high entropy.

They fit methods whose entropy is near the largest that is possible: conditional Poisson, Sampford,
Brewer, pivotal in random order, Pareto. They do not fit methods that spread the sample over an
order or in space.
"""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.select.size import sample_size

__all__ = ["joint_brewer_donadio", "joint_hajek", "joint_hartley_rao"]


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
        diagonal. All pi_kl > 0 if d >= 1.

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
    return _with_diagonal(joint, pi)


def joint_hartley_rao(pi: FloatArray) -> FloatArray:
    """Hartley and Rao's approximation of pi_kl, made for systematic sampling in random order.

    Use it for small sampling fractions: it is a series in 1/N, for n small against N.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n >= 1.

    Returns
    -------
    array (N, N)
        pi_kl to the order N^-4; pi_k on the diagonal.

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
    return _with_diagonal(product * series * (n - 1) / n, pi)


def joint_brewer_donadio(pi: FloatArray) -> FloatArray:
    """Brewer and Donadio's approximation of pi_kl for designs of high entropy.

    Use it as the first choice among the approximations: it is exact for equal probabilities.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with a whole sum n >= 1.

    Returns
    -------
    array (N, N)
        pi_kl = pi_k pi_l (c_k + c_l) / 2 with
        c_k = (n - 1) / (n - (2n - 1)/(n - 1) pi_k + sum_U pi_j^2 / (n - 1)); pi_k on the diagonal.

    References
    ----------
    Brewer, K. R. W., Donadio, M. E. (2003). The high entropy variance of the Horvitz-Thompson
    estimator. Survey Methodology 29, 189-196, eq. 18.

    Examples
    --------
    >>> joint_brewer_donadio(np.full(10, 0.2)).round(5).tolist()[0][:3]
    [0.2, 0.02222, 0.02222]
    """
    n = sample_size(pi)
    if n < 2:
        return _with_diagonal(np.zeros((pi.size, pi.size)), pi)
    c = (n - 1.0) / (n - (2.0 * n - 1.0) / (n - 1.0) * pi + float((pi**2).sum()) / (n - 1.0))
    return _with_diagonal(np.outer(pi, pi) * (c[:, None] + c) / 2.0, pi)


def _with_diagonal(joint: FloatArray, pi: FloatArray) -> FloatArray:
    np.fill_diagonal(joint, pi)
    return joint
