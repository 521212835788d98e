"""Joint inclusion probabilities of a planned stratum: exact, approximate, or by drawing many times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.drawing import Lot, lots
from citysample.sampling.joint.approximations import (
    joint_brewer_donadio,
    joint_fixed_point,
    joint_hajek,
    joint_hartley_rao,
)
from citysample.sampling.joint.monte_carlo import joint_monte_carlo
from citysample.sampling.joint.zeros import zero_pairs
from citysample.sampling.methods import sampling_method
from citysample.sampling.randomness import words_to_uniforms

if TYPE_CHECKING:
    import pandas as pd

    from citysample.sampling.plan import SamplePlan

__all__ = ["JointProbabilities", "joint_probabilities"]

APPROXIMATIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "hajek": joint_hajek,
    "hartley_rao": joint_hartley_rao,
    "brewer_donadio": joint_brewer_donadio,
    "fixed_point": joint_fixed_point,
}
"""Approximations of pi_kl from pi_k alone, for methods of high entropy."""
KEY = (0x6369747973616D70, 0x6A6F696E74)
"""Philox key of the Monte Carlo draws: the texts 'citysamp' and 'joint'."""


@dataclass(frozen=True, slots=True, eq=False)
class JointProbabilities:
    """Joint inclusion probabilities of the random cities of a stratum.

    Parameters
    ----------
    city_ids : tuple of str, length M
        The cities.
    matrix : array (M, M)
        pi_kl, with pi_k on the diagonal.
    how : str
        ``"exact"``, ``"monte_carlo"``, or the name of the approximation.
    standard_errors : array (M, M) or None
        Monte Carlo standard errors.
    zero_pairs : int or None
        Pairs of cities with pi_kl = 0. If there are such pairs, no unbiased variance estimator exists.
        None for Monte Carlo: a pair that was never drawn together need not have pi_kl = 0.
    """

    city_ids: tuple[str, ...]
    matrix: FloatArray
    how: str
    standard_errors: FloatArray | None
    zero_pairs: int | None

    def to_frame(self) -> pd.DataFrame:
        """The matrix as a table with city ids as row and column names."""
        import pandas as pd

        return pd.DataFrame(self.matrix, index=list(self.city_ids), columns=list(self.city_ids))


def joint_probabilities(
    plan: SamplePlan, stratum: str, how: str = "auto", draws: int = 10_000
) -> JointProbabilities:
    """Joint inclusion probabilities of a stratum; see :meth:`SamplePlan.joint`."""
    if plan.design.recorded_as != plan.design.method:
        raise DesignError(
            "DESIGN-OPTION-UNUSED",
            "The joint inclusion probabilities of this design are not those of its method.",
            got=f"a sample recorded as '{plan.design.recorded_as}'",
            expected="a design without an earlier sample and without a controlled allocation",
            remedy="Use the variance that the draw records; it needs no joint inclusion probabilities.",
        )
    lot = next((lot for lot in lots(plan, {}) if lot.label == stratum), None)
    if lot is None:
        labels = [label for label, _ in plan.groups()]
        raise DesignError(
            "DESIGN-STRATUM-UNKNOWN",
            f"No stratum '{stratum}' is drawn by chance.",
            where="joint",
            got=repr(stratum),
            expected=f"one of {quoted(labels)}",
            remedy=did_you_mean(stratum, labels),
        )
    method = sampling_method(plan.design.method)
    ids = tuple(plan.cities_table.index[lot.members].tolist())
    if how in APPROXIMATIONS:
        matrix = APPROXIMATIONS[how](lot.task.pi)
        return JointProbabilities(ids, matrix, how, None, zero_pairs(matrix))
    exact = method.joint_of(lot.task, lot.task.n, np.arange(lot.task.N)) if how in ("auto", "exact") else None
    if exact is not None:
        return JointProbabilities(ids, exact, "exact", None, zero_pairs(exact))
    if how not in ("auto", "monte_carlo"):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"Method '{method.name}' has no such joint inclusion probabilities.",
            got=f"how = {how!r}",
            expected=f"'auto', 'monte_carlo', {quoted(APPROXIMATIONS)}"
            + (", 'exact'" if method.joint is not None else ""),
            remedy="Use 'monte_carlo', which gives its standard errors, or an approximation.",
        )
    found = _monte_carlo(plan, lot, draws)
    return JointProbabilities(ids, found[0], "monte_carlo", found[1], None)


def _monte_carlo(plan: SamplePlan, lot: Lot, draws: int) -> tuple[FloatArray, FloatArray]:
    method = sampling_method(plan.design.method)
    count = method.count(lot.task.N, lot.task.n)
    generator = np.random.Philox(counter=0, key=np.array(KEY, dtype=np.uint64))

    def numbers(count: int) -> FloatArray:
        return words_to_uniforms(np.asarray(generator.random_raw(count), dtype=np.uint64))

    found = joint_monte_carlo(lambda u: method.select(lot.task, u), lot.task.N, count, draws, numbers)
    return found.joint, found.standard_errors
