"""Sampford sampling, without rejection."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.joint.sampford import first_city_probabilities
from citysample.sampling.select.conditional_poisson import count_tree, select_from_tree
from citysample.sampling.select.size import sample_size

__all__ = ["select_sampford", "uniforms_sampford"]


def uniforms_sampford(N: int, n: int) -> int:  # noqa: ARG001  one signature for all methods
    """How many random numbers :func:`select_sampford` takes: N - 1.

    >>> uniforms_sampford(100, 10)
    99
    """
    return max(N - 1, 0)


def select_sampford(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
    """Sampford sampling: probabilities pi without a search for odds.

    Use it like conditional Poisson sampling, which it is close to. It works at any sampling
    fraction, because no sample is rejected.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with an integer sum n.
    uniforms : array (N - 1,)
        Numbers in (0, 1). The first decides the first city, the others halve the blocks of the rest.

    Returns
    -------
    array (N,) of bool
        True for the selected cities; exactly n of them.

    Raises
    ------
    DesignError
        ``DESIGN-ODDS-NOT-FOUND`` if a probability is not in (0, 1) or n is no whole number.

    Notes
    -----
    p(s) is proportional to the sum over k in s of pi_k times the product of
    omega_l = pi_l / (1 - pi_l) over the other l in s. The city k of this sum is drawn first, with its
    exact chance; the other n - 1 are a conditional Poisson sample with odds omega_l from the N - 1
    other cities, see :func:`citysample.sampling.select.conditional_poisson.select_from_tree`.

    References
    ----------
    Sampford, M. R. (1967). On sampling without replacement with unequal probabilities of selection.
    Biometrika 54, 499-513.

    Examples
    --------
    >>> select_sampford(np.array([0.2, 0.7, 0.4, 0.7]), np.array([0.5, 0.9, 0.1])).tolist()
    [False, True, True, False]
    """
    n = sample_size(pi)
    if not 0 < n < pi.size:
        return np.full(pi.size, n > 0)
    limits = np.cumsum(first_city_probabilities(pi))
    first = int(np.searchsorted(limits[:-1], uniforms[0] * limits[-1], side="right"))
    selected = np.zeros(pi.size, dtype=np.bool_)
    selected[first] = True
    if n > 1:
        others = np.delete(np.arange(pi.size), first)
        tree = count_tree(pi[others] / (1.0 - pi[others]), n - 1)
        selected[others] = select_from_tree(tree, n - 1, uniforms[1:])
    return selected
