"""Cities kept from an earlier probability sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities

__all__ = ["LegacyPlan", "legacy_plan", "needed_probabilities", "union_probabilities"]

NEARLY_ONE = 1.0 - 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class LegacyPlan:
    """A draw of n2 cities that adds to an earlier sample.

    Parameters
    ----------
    n2 : int
        Cities of the new draw. Some of them may be in the earlier sample already.
    pi2 : array (N,)
        Inclusion probabilities of the new draw, in [0, 1], with the sum n2. Cities with 0 are left
        out of it; cities with 1 are taken.
    pi : array (N,)
        Inclusion probabilities of the union of both samples, in (0, 1].
    expected_size : float
        Expected number of cities of the union, sum pi_k. The number itself is random.
    """

    n2: int
    pi2: FloatArray
    pi: FloatArray
    expected_size: float


def needed_probabilities(target: FloatArray, pi1: FloatArray) -> FloatArray:
    """Inclusion probabilities that a new, independent draw needs beside an earlier sample.

    Use it as it is for ``poisson``. A method of fixed size needs a whole sum: :func:`legacy_plan`.

    Parameters
    ----------
    target : array (N,)
        Inclusion probabilities pi_k in (0, 1] that the union should have.
    pi1 : array (N,)
        Inclusion probabilities in [0, 1] of the earlier sample, for all cities of the frame and not
        only for those that were drawn; 0 for cities that could not be drawn then.

    Returns
    -------
    array (N,)
        pi2_k in [0, 1]; 0 where the earlier sample has enough.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a probability is out of range.

    Notes
    -----
    pi2_k = (pi_k - pi1_k) / (1 - pi1_k) where pi_k > pi1_k, else 0. The new draw is made over the
    whole frame, whatever cities the earlier sample holds.

    References
    ----------
    Bankier, M. D. (1986). Estimators based on several stratified samples with applications to
    multiple frame surveys. J. Amer. Statist. Assoc. 81, 1074-1079.

    Examples
    --------
    >>> needed_probabilities(np.array([0.6, 0.6, 0.6]), np.array([0.2, 0.6, 0.0])).round(12).tolist()
    [0.5, 0.0, 0.6]
    """
    _check(target, "target inclusion probabilities", allow_zero=False)
    _check(pi1, "inclusion probabilities of the earlier sample", allow_zero=True)
    needed = np.zeros(target.size)
    short = target > pi1
    needed[short] = (target[short] - pi1[short]) / (1.0 - pi1[short])
    return needed


def union_probabilities(pi1: FloatArray, pi2: FloatArray) -> FloatArray:
    """Inclusion probabilities of the union of two independent samples.

    Parameters
    ----------
    pi1, pi2 : array (N,)
        Inclusion probabilities in [0, 1] of the two samples, for all cities of the frame.

    Returns
    -------
    array (N,)
        pi_k = 1 - (1 - pi1_k)(1 - pi2_k).

    References
    ----------
    Bankier, M. D. (1986). Estimators based on several stratified samples with applications to
    multiple frame surveys. J. Amer. Statist. Assoc. 81, 1074-1079.

    Examples
    --------
    >>> union_probabilities(np.array([0.2, 0.5]), np.array([0.5, 0.0])).round(12).tolist()
    [0.6, 0.5]
    """
    # Equal to 1 - (1 - pi1)(1 - pi2), and exactly 1 or exactly the other value where one is 1 or 0.
    larger, smaller = np.maximum(pi1, pi2), np.minimum(pi1, pi2)
    return larger + smaller * (1.0 - larger)


def legacy_plan(target: FloatArray, pi1: FloatArray, n2: int | None = None) -> LegacyPlan:
    """Plan a draw of fixed size beside an earlier sample, and give what the union then has.

    Call it for each stratum. The needed probabilities rarely have a whole sum, so they are scaled
    to the sum n2 and the probabilities of the union are computed again: they are exact, and near
    the target.

    Parameters
    ----------
    target : array (N,)
        Inclusion probabilities in (0, 1] that the union should have.
    pi1 : array (N,)
        Inclusion probabilities in [0, 1] of the earlier sample, for all cities of the stratum.
    n2 : int, optional
        Cities of the new draw. Default: the whole number that is nearest to the sum of the needed
        probabilities, and at least what cities need that must or could not be drawn before.

    Returns
    -------
    LegacyPlan

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a probability is out of range. ``DESIGN-N-IMPOSSIBLE``: n2 is
        smaller than the number of cities that must be taken, larger than the number of cities that
        need the draw, or leaves cities without a chance.

    Notes
    -----
    Cities with needed probability 1 are taken. The rest of n2 is shared in proportion to the needed
    probabilities, with 1 as upper limit. Then pi_k = 1 - (1 - pi1_k)(1 - pi2_k).

    References
    ----------
    Bankier, M. D. (1986). Estimators based on several stratified samples with applications to
    multiple frame surveys. J. Amer. Statist. Assoc. 81, 1074-1079.

    Examples
    --------
    >>> plan = legacy_plan(np.full(5, 0.5), np.array([0.5, 0.2, 0.2, 0.0, 0.0]))
    >>> plan.n2, plan.pi2.round(4).tolist(), round(plan.expected_size, 4)
    (2, [0.0, 0.4286, 0.4286, 0.5714, 0.5714], 2.7286)
    """
    needed = needed_probabilities(target, pi1)
    sure = needed >= NEARLY_ONE
    some = (needed > 0.0) & ~sure
    least = int(sure.sum()) + int((some & (pi1 == 0.0)).any())
    most = int(sure.sum() + some.sum())
    if n2 is None:
        n2 = min(max(math.floor(float(needed.sum()) + 0.5), least), most)
    if not least <= n2 <= most:
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "The size of the draw beside the earlier sample does not fit.",
            where=f"{int(sure.sum())} cities must be taken, {int(some.sum())} others need a chance",
            got=f"n2 = {n2}",
            expected=f"n2 from {least} to {most}; {float(needed.sum()):.4g} fits the target best",
            remedy="Change n2, or change the target inclusion probabilities.",
        )
    pi2 = sure.astype(np.float64)
    pi2[some] = inclusion_probabilities(needed[some], n2 - int(sure.sum()))
    pi = union_probabilities(pi1, pi2)
    return LegacyPlan(n2, pi2, pi, float(pi.sum()))


def _check(values: FloatArray, name: str, *, allow_zero: bool) -> None:
    valid = (values >= 0.0 if allow_zero else values > 0.0) & (values <= 1.0)
    if not valid.all():
        bad = values[~valid]
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"The {name} are out of range.",
            where=f"{bad.size} cities",
            got=", ".join(f"{value:.6g}" for value in bad[:5].tolist()),
            expected="numbers from 0 to 1" if allow_zero else "numbers above 0 and up to 1",
            remedy="Each city of the frame needs its inclusion probability, not only those drawn.",
        )
