"""The smallest stratified sample that reaches precision targets under an allocation rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from citysample.errors import DesignError
from citysample.sampling.allocate.allocation import AllocationResult, allocate_strata
from citysample.sampling.allocate.bounds import find_bounds
from citysample.sampling.allocate.rules import Equal, Neyman, Optimal, Power, Proportional, Target
from citysample.sampling.allocate.sample_size import check_response
from citysample.sampling.allocate.summary import StrataSummary
from citysample.sampling.allocate.targets import constraints, expected_cv

__all__ = ["StratifiedSize", "size_for_targets"]


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedSize:
    """The smallest stratified sample that reaches precision targets.

    Parameters
    ----------
    n : int
        Cities to draw, certainty cities included.
    allocation : AllocationResult
        Their allocation.
    cv : tuple of (str, float, float)
        Figure, largest CV, CV that is expected with the expected response.
    """

    n: int
    allocation: AllocationResult
    cv: tuple[tuple[str, float, float], ...]


def size_for_targets(
    rule: Equal | Proportional | Neyman | Optimal | Power,
    strata: StrataSummary,
    targets: Sequence[Target],
    *,
    response: float = 1.0,
) -> StratifiedSize:
    """The smallest stratified sample that reaches precision targets under an allocation rule.

    For the cheapest allocation that reaches them use the rule
    :class:`citysample.sampling.allocate.rules.Bethel` instead.

    Parameters
    ----------
    rule : Equal, Proportional, Neyman, Optimal or Power
        The rule. Its own n or budget is not used.
    strata : StrataSummary
        The strata, with the columns of the rule and of the targets.
    targets : sequence of Target
        The targets.
    response : float
        Expected response of the randomly drawn cities, above 0 and at most 1.

    Returns
    -------
    StratifiedSize
        Size, allocation and CVs.

    Raises
    ------
    DesignError
        No sample reaches a target.

    Notes
    -----
    V = sum N_h^2 S_h^2 (1 / m_h - 1 / N_h) with m_h = response n_h. Each rule gives one city more
    to one stratum and takes none away, so V does not rise with n and the smallest n is found by
    bisection, with the whole-number allocation at each step.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 5.9.

    Examples
    --------
    >>> from citysample.sampling.allocate.summary import summarise_strata
    >>> import numpy as np
    >>> size = np.array([9.0, 4, 6, 2, 1, 3, 2, 1])
    >>> strata = summarise_strata(np.repeat([0, 1], 4), ["A", "B"], np.zeros(8, bool), {"size": size})
    >>> size_for_targets(Proportional(8), strata, [Target("size", cv=0.2)]).n
    5
    """
    check_response(response)
    wanted = constraints(targets, strata)
    bounds = find_bounds(rule, strata)
    certain = int(strata.n_certainty.sum())

    def reach(n: int) -> StratifiedSize:
        sized = replace(rule, n=n, budget=None) if isinstance(rule, Optimal) else replace(rule, n=n)
        found = allocate_strata(sized, strata)
        cvs = [expected_cv(one, strata, response * found.expected) for one in wanted]
        cv = tuple((one.name, one.cv, value) for one, value in zip(wanted, cvs, strict=True))
        return StratifiedSize(n, found, cv)

    def reached(size: StratifiedSize) -> bool:
        return all(value <= cv * (1.0 + 1e-12) for _, cv, value in size.cv)

    low, high = max(int(bounds.lower.sum()) + certain, 1), int(bounds.upper.sum()) + certain
    best = reach(high)
    if not reached(best):
        name, cv, value = max(best.cv, key=lambda one: one[2] / one[1])
        raise DesignError(
            "DESIGN-TARGET-IMPOSSIBLE",
            "No sample that the design allows reaches a precision target.",
            where=f"target for {name}",
            got=f"cv = {cv:.6g}",
            expected=f"cv of at least {value:.6g}, with all {high} cities that can be drawn "
            f"and a response of {response:.6g}",
            remedy="Relax the target, raise max_per_stratum, or raise the response.",
        )
    while low < high:
        middle = (low + high) // 2
        size = reach(middle)
        if reached(size):
            best, high = size, middle
        else:
            low = middle + 1
    return best
