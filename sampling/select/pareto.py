"""Pareto sampling."""

from __future__ import annotations

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.ranking import smallest
from citysample.sampling.select.size import sample_size

__all__ = ["select_pareto", "uniforms_pareto"]


def uniforms_pareto(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_pareto` takes: N.

    >>> uniforms_pareto(100, 10)
    100
    """
    return N


def select_pareto(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Pareto sampling: the n smallest ranking numbers; one permanent random number per city.

    Use it when rounds shall overlap, with probability proportional to size.

    Parameters
    ----------
    pi : array (N,)
        Target inclusion probabilities lambda_k in (0, 1) with an integer sum n.
    uniforms : array (N,)
        Permanent random numbers u_k in (0, 1).

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them. A tie goes to the city that comes first.

    Notes
    -----
    The ranking number is u_k (1 - lambda_k) / (lambda_k (1 - u_k)). The inclusion probabilities are
    near lambda_k, not equal: see :func:`citysample.sampling.joint.pareto.pareto_probabilities`.

    References
    ----------
    Rosen, B. (1997). On sampling with probability proportional to size. J. Statist. Plann. Inference
    62, 159-191.

    Examples
    --------
    >>> import numpy as np
    >>> select_pareto(np.array([0.2, 0.7, 0.4, 0.7]), np.array([0.7, 0.1, 0.9, 0.3])).tolist()
    [False, True, False, True]
    """
    ranking = uniforms / (1.0 - uniforms) * ((1.0 - pi) / pi)
    return smallest(ranking, sample_size(pi))
