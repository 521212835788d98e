"""Variance forms that are unbiased: with exact joint inclusion probabilities, and for Poisson draws."""

from __future__ import annotations

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.forms.algebra import laplacian_form, scatter
from citysample.reference_frames.columns import FloatArray

__all__ = ["ht", "poisson", "syg"]

ROUNDING = 1e-6
"""Relative error of a probability that a search for odds may leave."""


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
    return scatter(expanded, 1.0 - pi, np.zeros(expanded.shape[1]))


def syg(expanded: FloatArray, pi: FloatArray, joint: FloatArray) -> FloatArray:
    """Sen-Yates-Grundy with exact joint inclusion probabilities, for a fixed sample size.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    joint : array (m, m)
        pi_kl > 0 of the sampled PSUs, pi_k on the diagonal.

    Returns
    -------
    array (q, q)
        sum over pairs k < l of (pi_k pi_l - pi_kl) / pi_kl times
        (z-check_k - z-check_l)(z-check_k - z-check_l)'. Unbiased if no pi_kl of the population is 0.
        It cannot be negative where pi_kl <= pi_k pi_l for all pairs.

    Raises
    ------
    EstimateError
        ``ESTIMATE-VARIANCE-INVALID`` if the joint probabilities cannot belong to pi.

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
    _check_joint(joint, pi)
    return laplacian_form(expanded, np.outer(pi, pi) / joint - 1.0)


def ht(expanded: FloatArray, pi: FloatArray, joint: FloatArray) -> FloatArray:
    """Horvitz-Thompson with exact joint inclusion probabilities, for a fixed or a random sample size.

    Use it to compare with programs that have no other exact form. For a fixed size ``syg`` is better:
    this form is often negative there, and is not zero where all z-check are equal.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded variables of the m >= 2 PSUs.
    pi : array (m,)
        Inclusion probabilities, 0 < pi_k < 1.
    joint : array (m, m)
        pi_kl > 0 of the sampled PSUs, pi_k on the diagonal.

    Returns
    -------
    array (q, q)
        sum over k and l of (pi_kl - pi_k pi_l) / pi_kl z-check_k z-check_l', with pi_kk = pi_k.
        Unbiased if no pi_kl of the population is 0. It may be negative.

    Raises
    ------
    EstimateError
        ``ESTIMATE-VARIANCE-INVALID`` if the joint probabilities cannot belong to pi.

    References
    ----------
    Horvitz, D. G., Thompson, D. J. (1952). J. Amer. Statist. Assoc. 47, 663-685.

    Examples
    --------
    >>> joint = np.array([[0.5, 1 / 6], [1 / 6, 0.5]])
    >>> ht(np.array([[2.0], [6.0]]), np.array([0.5, 0.5]), joint).round(12).tolist()
    [[8.0]]
    """
    _check_joint(joint, pi)
    factors = 1.0 - np.outer(pi, pi) / joint
    np.fill_diagonal(factors, 1.0 - pi)
    return np.asarray(expanded.T @ factors @ expanded, dtype=np.float64)


def _check_joint(joint: FloatArray, pi: FloatArray) -> None:
    """Refuse joint probabilities that no draw with these pi_k has."""
    m = pi.size
    if joint.shape != (m, m):
        raise _no_joint(f"shape {joint.shape}", f"one row and one column for each city, ({m}, {m})")
    above = joint > np.minimum.outer(pi, pi) * (1.0 + ROUNDING)
    off = ~np.eye(m, dtype=np.bool_)
    faults = (
        (~(joint > 0.0), "above 0; a pair that cannot be drawn together has no unbiased variance"),
        (above & off, "at most the smaller one of pi_k and pi_l"),
        (~np.isclose(joint, joint.T, rtol=ROUNDING, atol=0.0), "pi_kl = pi_lk"),
        (~np.isclose(joint, pi[:, None], rtol=ROUNDING, atol=0.0) & ~off, "pi_k on the diagonal"),
    )
    for wrong, expected in faults:
        if wrong.any():
            k, other = np.argwhere(wrong)[0].tolist()
            raise _no_joint(
                f"{joint[k, other]:.6g} for rows {k + 1} and {other + 1}, "
                f"with pi = {pi[k]:.6g} and {pi[other]:.6g}",
                expected,
            )


def _no_joint(got: str, expected: str) -> EstimateError:
    return EstimateError(
        "ESTIMATE-VARIANCE-INVALID",
        "The joint inclusion probabilities do not belong to the inclusion probabilities.",
        got=got,
        expected=expected,
        remedy="Correct the joint probabilities, or use variance = 'deville', which needs none.",
    )
