"""Pareto sampling: its exact inclusion probabilities."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.joint.poisson_binomial import (
    NEGLIGIBLE,
    CountLaw,
    count_law,
    summed_inclusion,
    summed_joint,
)

__all__ = ["joint_pareto", "pareto_probabilities"]


def pareto_probabilities(odds: FloatArray, n: int) -> FloatArray:
    """Exact inclusion probabilities of Pareto sampling.

    Use it for the weights of a Pareto sample: the targets lambda_k are only near pi_k.

    Parameters
    ----------
    odds : array (N,)
        Odds omega_k > 0, up to a common factor; lambda_k / (1 - lambda_k) for targets lambda_k.
    n : int
        Sample size, 0 < n < N.

    Returns
    -------
    array (N,)
        pi_k, the chance that city k has one of the n smallest numbers u_k / (1 - u_k) / omega_k.

    Notes
    -----
    p(s) = (sum over s of c_k) times the product over s of omega_k, with c_k the integral over x > 0 of
    x^(n-1) / (1 + omega_k x) times the product over U of 1 / (1 + omega_l x). With x = exp(y) the integrand
    is analytic, and the trapezoidal rule is exact to rounding. The sums over all samples come from
    the characteristic function of the count. The time grows as N.

    References
    ----------
    Bondesson, L., Traat, I., Lundqvist, A. (2006). Pareto sampling versus Sampford and conditional
    Poisson sampling. Scand. J. Statist. 33, 699-720.
    Traat, I., Bondesson, L., Meister, K. (2004). Sampling design and sample selection through
    distribution theory. J. Statist. Plann. Inference 123, 395-413.

    Examples
    --------
    >>> target = np.array([0.2, 0.7, 0.4, 0.7])
    >>> pareto_probabilities(target / (1.0 - target), 2).round(6).tolist()
    [0.18562, 0.715851, 0.382678, 0.715851]
    """
    law = count_law(odds, n)
    return summed_inclusion(law, _constants(law))[0]


def joint_pareto(odds: FloatArray, n: int, members: IntArray | None = None) -> FloatArray:
    """Exact joint inclusion probabilities of Pareto sampling.

    Parameters
    ----------
    odds : array (N,)
        Odds omega_k > 0 of all cities of the stratum, up to a common factor.
    n : int
        Sample size, 0 < n < N.
    members : array (m,) of int, optional
        Positions of the cities that are wanted, for example the sampled ones; default all.

    Returns
    -------
    array (m, m)
        pi_kl; pi_k, as :func:`pareto_probabilities` gives it, on the diagonal.

    Notes
    -----
    The formula of p(s) is that of :func:`pareto_probabilities`. The time grows as N + m^2.

    References
    ----------
    Bondesson, L., Traat, I., Lundqvist, A. (2006). Pareto sampling versus Sampford and conditional
    Poisson sampling. Scand. J. Statist. 33, 699-720.

    Examples
    --------
    >>> joint_pareto(np.ones(4), 2).round(12)[0].tolist()
    [0.5, 0.166666666667, 0.166666666667, 0.166666666667]
    """
    law = count_law(odds, n)
    return summed_joint(law, _constants(law), members)


def _constants(law: CountLaw) -> FloatArray:
    """The integrals c_k (N,) up to a common factor."""
    n, odds = law.n, law.p / law.q
    logs = np.log(odds)

    def log_integrand(y: float) -> float:
        return n * y - float(np.logaddexp(0.0, logs + y).sum())

    # Without 1 / (1 + omega_k x), which is 1 at the left end and may be small at the peak, y = 0.
    floor = log_integrand(0.0) - NEGLIGIBLE - float(np.log1p(odds.max()))
    width = 1.0 / np.sqrt(float((law.p * law.q).sum()))
    low, high = -min(width, 1.0), min(width, 1.0)
    while log_integrand(low) > floor:
        low *= 1.25
    while log_integrand(high) > floor:
        high *= 1.25
    # The integrand is analytic for abs(Im y) < pi, and near its peak a normal curve of this width.
    points = int((high - low) / min(0.25, 0.5 * width)) + 2
    y = np.linspace(low, high, points)
    heights = np.array([log_integrand(value) for value in y])
    constants = np.zeros(odds.size)
    for value, mass in zip(y, np.exp(heights - heights.max()), strict=True):
        constants += mass / (1.0 + odds * np.exp(value))
    return np.asarray(constants / constants.max())
