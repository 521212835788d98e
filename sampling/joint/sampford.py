"""Sampford sampling: the chances of its first city and its joint probabilities."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.joint.odds import checked_size
from citysample.sampling.joint.poisson_binomial import CountLaw, count_law, inclusion, summed_joint

__all__ = ["first_city_probabilities", "joint_sampford"]


def first_city_probabilities(pi: FloatArray) -> FloatArray:
    """Chance of each city to be the first one of an accepted Sampford sample.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with an integer sum n > 0.

    Returns
    -------
    array (N,)
        Probabilities with sum 1.

    Notes
    -----
    Sampford's first city has probability pi_k / n; the other n - 1 are drawn with odds
    omega_k = pi_k / (1 - pi_k), and the sample is accepted if all differ. So the chance is proportional
    to pi_k times the sum over samples of n - 1 other cities of their product of odds.

    References
    ----------
    Sampford, M. R. (1967). On sampling without replacement with unequal probabilities of selection.
    Biometrika 54, 499-513.

    Examples
    --------
    >>> first_city_probabilities(np.array([0.5, 0.3, 0.2])).round(12).tolist()
    [0.5, 0.3, 0.2]
    """
    chance = (1.0 - pi) * inclusion(_law(pi))[0]
    return np.asarray(chance / chance.sum())


def joint_sampford(pi: FloatArray, members: IntArray | None = None) -> FloatArray:
    """Exact joint inclusion probabilities of Sampford sampling.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with an integer sum n, of all cities of the stratum.
    members : array (m,) of int, optional
        Positions of the cities that are wanted, for example the sampled ones; default all.

    Returns
    -------
    array (m, m)
        pi_kl; pi_k on the diagonal. All are positive if n > 1, and pi_kl <= pi_k pi_l for k != l.

    Raises
    ------
    DesignError
        ``DESIGN-ODDS-NOT-FOUND`` if a probability is not in (0, 1) or n is no whole number.

    Notes
    -----
    p(s) is proportional to (sum over s of (1 - pi_k)) times the product over s of
    pi_k / (1 - pi_k), which is a conditional Poisson design with a further weight. The sums over
    all samples come from the characteristic function of the count. The time grows as N + m^2.

    References
    ----------
    Sampford, M. R. (1967). On sampling without replacement with unequal probabilities of selection.
    Biometrika 54, 499-513.

    Examples
    --------
    >>> joint_sampford(np.array([0.5, 0.5, 0.5, 0.5])).round(12)[0].tolist()
    [0.5, 0.166666666667, 0.166666666667, 0.166666666667]
    """
    found = summed_joint(_law(pi), 1.0 - pi, members)
    np.fill_diagonal(found, pi if members is None else pi[members])
    return found


def _law(pi: FloatArray) -> CountLaw:
    n = checked_size(pi)
    return count_law(pi / (1.0 - pi), n)
