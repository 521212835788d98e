"""Conditional Poisson sampling (maximum entropy): its odds and its joint probabilities."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.joint.odds import odds_for
from citysample.sampling.joint.poisson_binomial import count_law, joint
from citysample.sampling.select.size import sample_size

__all__ = ["conditional_poisson_odds", "joint_conditional_poisson"]


def conditional_poisson_odds(pi: FloatArray) -> FloatArray:
    """Odds omega_k of the conditional Poisson design that has the inclusion probabilities pi exactly.

    Use it to draw several samples of one design: the odds need to be found only once.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with an integer sum n.

    Returns
    -------
    array (N,)
        Odds omega_k > 0, scaled so that sum omega_k / (1 + omega_k) = n. They give pi_k and 1 - pi_k to 1e-12
        relative, or to 1e-15.

    Raises
    ------
    DesignError
        ``DESIGN-ODDS-NOT-FOUND`` if the search ends without such odds.

    Notes
    -----
    pi_k = p_k P(S_-k = n - 1) / P(S = n), see :func:`joint_conditional_poisson`. Newton steps, 1 to 6
    as a rule, in log omega_k and logit pi_k. The time grows as N.

    References
    ----------
    Chen, X.-H., Dempster, A. P., Liu, J. S. (1994). Weighted finite population sampling to maximize
    entropy. Biometrika 81, 457-469.
    Hajek, J. (1964). Asymptotic theory of rejective sampling with varying probabilities from a
    finite population. Ann. Math. Statist. 35, 1491-1523.

    Examples
    --------
    >>> conditional_poisson_odds(np.array([0.5, 0.5, 0.5, 0.5])).round(12).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return odds_for(pi)


def joint_conditional_poisson(pi: FloatArray, members: IntArray | None = None) -> FloatArray:
    """Exact joint inclusion probabilities of conditional Poisson sampling.

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
        ``DESIGN-ODDS-NOT-FOUND``, see :func:`conditional_poisson_odds`.

    Notes
    -----
    pi_kl = p_k p_l P(S_-kl = n - 2) / P(S = n), where S is the count of independent entries with
    probabilities p_k = omega_k / (1 + omega_k), and S_-kl the count without k and l. Both come from the
    characteristic function; cities with equal odds need no care. The time grows as N + m^2.

    References
    ----------
    Chen, X.-H., Dempster, A. P., Liu, J. S. (1994). Weighted finite population sampling to maximize
    entropy. Biometrika 81, 457-469.
    Aires, N. (1999). Algorithms to find exact inclusion probabilities for conditional Poisson
    sampling and Pareto pi-ps sampling designs. Methodol. Comput. Appl. Probab. 1, 457-469.

    Examples
    --------
    >>> joint_conditional_poisson(np.full(4, 0.5)).round(12)[0].tolist()
    [0.5, 0.166666666667, 0.166666666667, 0.166666666667]
    """
    found = joint(count_law(conditional_poisson_odds(pi), sample_size(pi)), members)
    np.fill_diagonal(found, pi if members is None else pi[members])
    return found
