"""Joint inclusion probabilities of any method, estimated by drawing many times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["MonteCarloJoint", "joint_monte_carlo"]

BLOCK = 2_000_000
"""Numbers in one block of draws."""


@dataclass(frozen=True, slots=True, eq=False)
class MonteCarloJoint:
    """Frequencies with which pairs of cities were selected together.

    Parameters
    ----------
    joint : array (m, m)
        Frequency of each pair; on the diagonal of each city. Symmetric.
    standard_errors : array (m, m)
        sqrt(p (1 - p) / draws) of each frequency p.
    draws : int
        Number of draws.
    """

    joint: FloatArray
    standard_errors: FloatArray
    draws: int


def joint_monte_carlo(
    select: Callable[[FloatArray], BoolArray],
    N: int,
    count_uniforms: int,
    draws: int,
    uniforms: Callable[[int], FloatArray],
    members: IntArray | None = None,
) -> MonteCarloJoint:
    """Estimate the joint inclusion probabilities of a method by drawing many times.

    Use it where a method has no formula: pivotal in random order, Brewer, local pivotal, cube.

    Parameters
    ----------
    select : callable
        Takes ``count_uniforms`` numbers in (0, 1) and returns the mask (N,) of the selected cities.
    N : int
        Number of cities.
    count_uniforms : int
        How many numbers one draw takes.
    draws : int
        Number of draws, at least 2.
    uniforms : callable
        The source of the numbers: takes a count c and returns the *next* c numbers, shape (c,). The result
        depends on nothing else, so the same source gives the same result.
    members : array (m,) of int, optional
        Positions of the cities that are wanted. The default is all of them.

    Returns
    -------
    MonteCarloJoint

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID`` if there are fewer than 2 draws.

    Notes
    -----
    The frequency p of a pair has the standard error sqrt(p (1 - p) / draws). A pair that was never
    selected has p = 0 and standard error 0. This does not show that pi_kl = 0: with a confidence of
    95 %, pi_kl is below 3 / draws.

    References
    ----------
    Fattorini, L. (2006). Applying the Horvitz-Thompson criterion in complex designs: a
    computer-intensive perspective for estimating inclusion probabilities. Biometrika 93, 269-278.
    Hanley, J. A., Lippman-Hand, A. (1983). If nothing goes wrong, is everything all right? JAMA 249,
    1743-1745.

    Examples
    --------
    >>> numbers = iter([0.1, 0.7, 0.4, 0.6])
    >>> def source(count):
    ...     return np.array([next(numbers) for _ in range(count)])
    >>> found = joint_monte_carlo(lambda u: np.array([u[0] < 0.5, u[0] >= 0.5]), 2, 1, 4, source)
    >>> found.joint.tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    >>> found.standard_errors.tolist()
    [[0.25, 0.0], [0.0, 0.25]]
    """
    if draws < 2:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Monte Carlo joint probabilities need several draws.",
            got=f"draws = {draws}",
            expected="draws >= 2; some thousands are usual",
            remedy="Raise the number of draws.",
        )
    chosen = np.arange(N) if members is None else members
    counts = np.zeros((chosen.size, chosen.size))
    rows = max(1, BLOCK // max(N, 1))
    for first in range(0, draws, rows):
        block = np.empty((min(rows, draws - first), chosen.size))
        for row in block:
            row[:] = select(uniforms(count_uniforms))[chosen]
        # Sums of zeros and ones are exact, in whatever order they are taken.
        counts += block.T @ block
    joint = counts / draws
    return MonteCarloJoint(joint, np.sqrt(joint * (1.0 - joint) / draws), draws)
