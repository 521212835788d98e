"""The cheapest sample under several precision targets: the optimum in real numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["RealOptimum", "cheapest"]

STEPS = 500
CLOSE = 1e-11
"""Relative distance of cost and bound at which the iteration stops."""


@dataclass(frozen=True, slots=True, eq=False)
class RealOptimum:
    """The cheapest sample sizes in real numbers.

    Parameters
    ----------
    n : array (H,)
        n_h, which keep bounds and targets.
    multipliers : array (J,)
        Lagrange multipliers: 0 for a target that is reached anyway. If target j is relaxed by the
        share e (V_j <= (1 + e) limit_j), the cost falls by about e times the multiplier.
    cost : float
        sum c_h n_h.
    bound : float
        The dual function at the multipliers: no sample within bounds and targets costs less.
    """

    n: FloatArray
    multipliers: FloatArray
    cost: float
    bound: float


def cheapest(load: FloatArray, cost: FloatArray, lower: FloatArray, upper: FloatArray) -> RealOptimum:
    """Minimise sum c_h n_h subject to sum_h load_jh / n_h <= 1 for each target j, in real numbers.

    Parameters
    ----------
    load : array (J, H)
        N_h^2 S_jh^2 / limit_j, limit_j = (cv_j T_j)^2 + sum N_h S_jh^2; 0 outside the domain.
    cost : array (H,)
        Costs c_h > 0.
    lower, upper : array (H,)
        Bounds, 0 < lower_h <= upper_h. The targets can be reached: sum_h load_jh / upper_h <= 1.

    Returns
    -------
    RealOptimum
        The optimum, its multipliers and a lower bound on the cost.

    Notes
    -----
    For multipliers t_j >= 0 the Lagrange function is least at
    n_h = sqrt(sum_j t_j load_jh / c_h), cut to the bounds. Chromy's rule t_j <- t_j V_j^2, with
    V_j = sum_h load_jh / n_h, starts the iteration; Newton steps on the concave dual function,
    projected on t >= 0, finish it. The dual function bounds the cost from below at each t, so the
    result is checked, not trusted.

    References
    ----------
    Chromy, J. R. (1987). Design optimization with multiple objectives. Proc. Survey Research
    Methods Section, ASA, 194-199.
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.
    Bertsekas, D. P. (1982). Projected Newton methods for optimization problems with simple
    constraints. SIAM J. Control Optim. 20, 221-246.

    Examples
    --------
    >>> load = np.array([[8.0, 2.0], [2.0, 8.0]])
    >>> best = cheapest(load, np.ones(2), np.full(2, 2.0), np.full(2, 50.0))
    >>> best.n.round(6).tolist(), best.multipliers.round(6).tolist()
    ([10.0, 10.0], [10.0, 10.0])
    """
    t = np.sqrt(load * cost).sum(axis=1) ** 2 / max(load.shape[0], 1)
    for _ in range(30):
        t = t * (load / _sizes(load, cost, lower, upper, t)).sum(axis=1) ** 2
    best = _checked(load, cost, lower, upper, t)
    for _ in range(STEPS):
        if best.cost - best.bound <= CLOSE * best.cost:
            break
        t = _newton_step(load, cost, lower, upper, t)
        found = _checked(load, cost, lower, upper, t)
        if found.bound <= best.bound and found.cost >= best.cost:
            break
        best = RealOptimum(
            found.n if found.cost <= best.cost else best.n,
            found.multipliers if found.bound >= best.bound else best.multipliers,
            min(found.cost, best.cost),
            min(max(found.bound, best.bound), found.cost, best.cost),
        )
    return best


def _sizes(
    load: FloatArray, cost: FloatArray, lower: FloatArray, upper: FloatArray, t: FloatArray
) -> FloatArray:
    sizes: FloatArray = np.clip(np.sqrt((t[:, None] * load).sum(axis=0) / cost), lower, upper)
    return sizes


def _dual(load: FloatArray, cost: FloatArray, lower: FloatArray, upper: FloatArray, t: FloatArray) -> float:
    n = _sizes(load, cost, lower, upper, t)
    return float((cost * n).sum() + (t * ((load / n).sum(axis=1) - 1.0)).sum())


def _checked(
    load: FloatArray, cost: FloatArray, lower: FloatArray, upper: FloatArray, t: FloatArray
) -> RealOptimum:
    """The sizes at these multipliers, raised in proportion until each target is reached."""
    n = _sizes(load, cost, lower, upper, t)
    low, high = 1.0, 1.0

    def reached(factor: float) -> bool:
        return bool(((load / np.clip(factor * n, lower, upper)).sum(axis=1) <= 1.0 + 1e-13).all())

    most = float((upper / n).max())
    while not reached(high) and high < most:
        low, high = high, high * 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if reached(middle) else (middle, high)
    n = np.clip(high * n, lower, upper)
    price = float((cost * n).sum())
    # At the optimum the two are equal; rounding errors must not put the bound above the cost.
    return RealOptimum(n, t, price, min(_dual(load, cost, lower, upper, t), price))


def _newton_step(
    load: FloatArray, cost: FloatArray, lower: FloatArray, upper: FloatArray, t: FloatArray
) -> FloatArray:
    """One projected Newton step uphill on the dual function; Chromy's step if that does not climb."""
    n = _sizes(load, cost, lower, upper, t)
    slope = (load / n).sum(axis=1) - 1.0
    small = 1e-9 * max(float(t.max()), 1.0)
    moving = (t > small) | (slope > 0)
    value = _dual(load, cost, lower, upper, t)
    if moving.any():
        part = load[moving]
        inside = (n > lower) & (n < upper)
        # d V_i / d t_j = - 1/2 sum load_ih load_jh / (c_h n_h^3) over the strata inside their bounds.
        curve = 0.5 * np.einsum("ih,jh->ij", part * np.where(inside, 1.0 / (cost * n**3), 0.0), part)
        ridge = 1e-14 * max(float(np.trace(curve)), 1e-300)
        step = np.zeros(t.size)
        step[moving] = np.linalg.solve(curve + ridge * np.eye(curve.shape[0]), slope[moving])
        length = 1.0
        for _ in range(50):
            trial: FloatArray = np.maximum(t + length * step, 0.0)
            trial[~moving] = 0.0
            if _dual(load, cost, lower, upper, trial) > value:
                return trial
            length *= 0.5
    chromy: FloatArray = t * (slope + 1.0) ** 2
    return chromy
