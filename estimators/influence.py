"""Influence: estimates of functions of totals, and the linearised variable of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from citysample.estimators.functions.dual import REASONS, TOO_LARGE, Dual
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.term import Leaf
from citysample.estimators.positions import Positions
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray

__all__ = ["Linearised", "evaluate_at", "linearise"]


@dataclass(frozen=True, slots=True, eq=False)
class Linearised:
    """Estimates of one expression in D domains.

    Parameters
    ----------
    value : array (D,)
        f(T-hat); NaN where it does not exist.
    gradient : array (D, p)
        Partial derivatives with respect to the p leaves; zero where there is no value.
    z : array (n, D)
        Linearised variables; zero outside the domain, and where there is no value.
    reason : array (D,) of int
        Position in ``REASONS``: why there is no value; 0 where there is one.
    """

    value: FloatArray
    gradient: FloatArray
    z: FloatArray
    reason: IntArray

    def notes(self) -> list[str]:
        """Why the estimate of a domain does not exist, for each domain; empty if it does."""
        return [f"not defined: {REASONS[reason]}" if reason else "" for reason in self.reason.tolist()]


def linearise(
    expression: Expression,
    leaves: Sequence[Leaf],
    variables: FloatArray,
    weights: FloatArray,
    masks: BoolArray | None = None,
    quantiles: Mapping[Leaf, Positions] | None = None,
) -> Linearised:
    """Estimate a function of totals in each domain, with its linearised variable.

    Parameters
    ----------
    expression : Expression
        The function f of totals.
    leaves : sequence of Leaf, length p
        The totals and quantiles that it needs.
    variables : array (n, p)
        Their variables y_jk.
    weights : array (n,)
        Weights w_k.
    masks : array (n, D) of bool, optional
        True for the units of each domain; one domain of all units if not given.
    quantiles : mapping of Leaf to Positions, optional
        The quantiles among the leaves.

    Returns
    -------
    Linearised

    Notes
    -----
    T-hat_j = sum_k w_k y_jk over the domain; estimate = f(T-hat); z_k = sum_j f_j'(T-hat) y_jk. The variance
    of the estimate is approximately that of the total of z (Taylor linearisation). A quantile takes the
    place of a total; its own linearised variable takes that of y_jk.

    References
    ----------
    Woodruff, R. S. (1971). A simple method for approximating the variance of a complicated
    estimate. J. Amer. Statist. Assoc. 66, 411-414. Sarndal, Swensson, Wretman (1992), sec. 5.5.

    Examples
    --------
    >>> from citysample.estimators.functions.totals import Ratio
    >>> ratio = Ratio("y", "x")
    >>> found = linearise(ratio, ratio.terms(), np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2))
    >>> found.value.round(4).tolist(), found.z[:, 0].round(4).tolist()
    ([0.6667], [-0.0556, 0.0556])
    """
    masks = np.ones((weights.size, 1), dtype=np.bool_) if masks is None else masks
    found_quantiles = {j: quantiles[leaf] for j, leaf in enumerate(leaves) if quantiles and leaf in quantiles}
    inside = masks.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        totals = inside.T @ (weights[:, None] * variables)
        for j, quantile in found_quantiles.items():
            totals[:, j] = quantile.value
        found = evaluate_at(expression, leaves, totals, with_gradient=True)
        gradient = np.where((found.reason == 0)[:, None], found.gradient, 0.0)
        own = variables.copy() if found_quantiles else variables
        own[:, list(found_quantiles)] = 0.0
        z = (own @ gradient.T) * inside
        for j, quantile in found_quantiles.items():
            z += quantile.influence * gradient[:, j]
    sound = np.isfinite(z).all(axis=0)
    if not sound.all():
        z[:, ~sound] = 0.0
        found = Dual(found.value, found.gradient, np.where(sound, found.reason, TOO_LARGE))
    value = np.where(found.reason == 0, found.value, np.nan)
    return Linearised(value, gradient, z, found.reason)


def evaluate_at(
    expression: Expression, leaves: Sequence[Leaf], totals: FloatArray, *, with_gradient: bool = False
) -> Dual:
    """The expression at given totals, shape (..., p), with its gradient or without."""
    p = len(leaves)
    gradients = np.zeros((p, *totals.shape[:-1], p if with_gradient else 0))
    if with_gradient:
        for j in range(p):
            gradients[j, ..., j] = 1.0
    reason = np.where(np.isfinite(totals), 0, TOO_LARGE)
    duals: dict[Leaf, Dual] = {
        leaf: Dual(totals[..., j], gradients[j], reason[..., j]) for j, leaf in enumerate(leaves)
    }
    return expression.evaluate(duals)
