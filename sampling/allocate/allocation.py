"""Allocation of a sample to strata: the rules applied to the strata of a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.allocate.apportion import share
from citysample.sampling.allocate.bethel_integers import cheapest_whole
from citysample.sampling.allocate.bounds import BoundedRule, Bounds, costs_of, find_bounds
from citysample.sampling.allocate.budget import spend
from citysample.sampling.allocate.controlled import expected_counts
from citysample.sampling.allocate.rules import (
    Allocation,
    Bethel,
    Controlled,
    Equal,
    Explicit,
    Neyman,
    Optimal,
    Power,
    Proportional,
)
from citysample.sampling.allocate.summary import StrataSummary
from citysample.sampling.allocate.targets import constraints, expected_cv

__all__ = ["AllocationResult", "allocate_strata"]


@dataclass(frozen=True, slots=True, eq=False)
class AllocationResult:
    """The numbers of cities that a rule gives to the strata.

    Parameters
    ----------
    expected : array (H,)
        Expected number of randomly drawn cities of each stratum.
    n_random : array (H,) of int, or None
        Their number. None for :class:`Controlled`: there it is drawn before the cities are.
    cost : float or None
        What the sample costs, certainty cities included, if the rule knows costs.
    bound : float or None
        For a budget: no allocation has a smaller sum N_h^2 S_h^2 / n_h than this share of the one
        found. For precision targets: none is cheaper than this share of it. 1 is proved optimal.
    cv : tuple of (str, float, float)
        For precision targets: figure, largest CV, CV of this allocation.
    notes : tuple of str
        What was decided by rule.
    """

    expected: FloatArray
    n_random: IntArray | None
    cost: float | None = None
    bound: float | None = None
    cv: tuple[tuple[str, float, float], ...] = ()
    notes: tuple[str, ...] = ()


def allocate_strata(rule: Allocation, strata: StrataSummary) -> AllocationResult:
    """The numbers of randomly drawn cities that a rule gives to the strata.

    Parameters
    ----------
    rule : Allocation
        The rule.
    strata : StrataSummary
        The strata, with the columns of :func:`citysample.sampling.allocate.rules.needed_columns`.

    Returns
    -------
    AllocationResult
        n_h of the random part; certainty cities are not counted in it.

    Raises
    ------
    DesignError
        The rule does not fit the strata, or the bounds do not fit n, the budget or the targets.

    Examples
    --------
    >>> from citysample.sampling.allocate.summary import summarise_strata
    >>> codes, nobody = np.repeat([0, 1, 2], [3, 6, 20]), np.zeros(29, bool)
    >>> strata = summarise_strata(codes, ["A", "B", "C"], nobody, {})
    >>> allocate_strata(Proportional(12, max_per_stratum={"C": 6}), strata).n_random.tolist()
    [2, 4, 6]
    """
    return _RULES[type(rule)](rule, strata)


def _shared(weight: FloatArray, n: int, rule: BoundedRule, strata: StrataSummary) -> AllocationResult:
    bounds = find_bounds(rule, strata)
    rest = n - int(strata.n_certainty.sum())
    bounds.require(n, rest, strata)
    if not (weight > 0).any() and rest > int(bounds.lower.sum()):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The proxy is constant in every stratum, so the allocation has nothing to go by.",
            got="S_h = 0 in each stratum",
            expected="a proxy that varies",
            remedy="Use another proxy, or proportional allocation.",
        )
    n_random = share(weight, rest, bounds.lower, bounds.upper, strata.N)
    return AllocationResult(n_random.astype(np.float64), n_random, notes=_notes(n_random, bounds, strata))


def _notes(n_random: IntArray, bounds: Bounds, strata: StrataSummary) -> tuple[str, ...]:
    """Strata that are taken whole: their cities become certain."""
    whole = [label for h, label in enumerate(strata.labels) if 0 < strata.N[h] == n_random[h]]
    small = [label for h, label in enumerate(strata.labels) if 0 < strata.N[h] < bounds.asked[h]]
    notes = []
    if small:
        notes.append(f"fewer cities than min_per_stratum, taken whole: {quoted(small)}")
    if rest := [label for label in whole if label not in small]:
        notes.append(f"n_h reaches N_h, taken whole: {quoted(rest)}")
    return tuple(notes)


def _equal(rule: Equal, strata: StrataSummary) -> AllocationResult:
    return _shared(np.ones(strata.H), rule.n, rule, strata)


def _proportional(rule: Proportional, strata: StrataSummary) -> AllocationResult:
    return _shared(strata.N.astype(np.float64), rule.n, rule, strata)


def _neyman(rule: Neyman, strata: StrataSummary) -> AllocationResult:
    return _shared(strata.N * strata.S(rule.proxy), rule.n, rule, strata)


def _power(rule: Power, strata: StrataSummary) -> AllocationResult:
    total = strata.total(rule.total)
    _refuse_strata(strata, total < 0, f"total of '{rule.total}'", total, "0 or more")
    weight = np.where(strata.N > 0, total**rule.q, 0.0)
    if rule.proxy is not None:
        mean = strata.total(rule.proxy)
        varies = strata.S(rule.proxy) > 0
        _refuse_strata(strata, varies & (mean <= 0), f"mean of '{rule.proxy}'", mean, "above 0")
        weight = weight * np.where(varies, strata.N * strata.S(rule.proxy) / np.where(varies, mean, 1.0), 0.0)
    return _shared(weight, rule.n, rule, strata)


def _refuse_strata(
    strata: StrataSummary,
    bad: BoolArray,
    what: str,
    values: FloatArray,
    expected: str,
) -> None:
    if bad.any():
        h = int(np.argmax(bad))
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"The {what} of a stratum cannot be used for an allocation.",
            where=f"strata {quoted(label for label, b in zip(strata.labels, bad, strict=True) if b)}",
            got=f"sum over the stratum = {values[h]:.15g}",
            expected=expected,
            remedy="Choose another column, or correct the frame.",
        )


def _optimal(rule: Optimal, strata: StrataSummary) -> AllocationResult:
    cost, fixed = costs_of(rule.cost, strata)
    weight = strata.N * strata.S(rule.proxy)
    if rule.n is not None:
        found = _shared(weight / np.sqrt(cost), rule.n, rule, strata)
        spent = fixed + float((cost * found.expected).sum())
        return AllocationResult(found.expected, found.n_random, cost=spent, notes=found.notes)
    assert rule.budget is not None
    bounds = find_bounds(rule, strata)
    least = fixed + float((cost * bounds.lower).sum())
    if rule.budget < least * (1.0 - 1e-12):
        raise DesignError(
            "DESIGN-BUDGET-TOO-SMALL",
            "The budget does not pay for the smallest sample that the design allows.",
            where=f"{strata.H} strata, {int(strata.n_certainty.sum())} certainty cities",
            got=f"budget = {rule.budget:.15g}",
            expected=f"at least {least:.15g}: certainty cities and min_per_stratum cities of each stratum",
            remedy="Raise the budget, use fewer strata or certainty cities, or lower min_per_stratum.",
        )
    spending = spend(weight, cost, max(rule.budget - fixed, least - fixed), bounds.lower, bounds.upper)
    return AllocationResult(
        spending.n.astype(np.float64),
        spending.n,
        cost=fixed + float((cost * spending.n).sum()),
        bound=spending.bound / spending.value if spending.value > 0 else 1.0,
        notes=_notes(spending.n, bounds, strata),
    )


def _bethel(rule: Bethel, strata: StrataSummary) -> AllocationResult:
    cost, fixed = costs_of(rule.cost, strata)
    bounds = find_bounds(rule, strata)
    wanted = constraints(rule.targets, strata)
    drawn = strata.N > 0
    load = np.array([one.load(strata)[drawn] for one in wanted if (one.S2[drawn] > 0).any()])
    load = load.reshape(len(load), int(drawn.sum()))
    upper = bounds.upper.astype(np.float64)
    for one in wanted:
        best = expected_cv(one, strata, upper)
        if best > one.cv * (1.0 + 1e-13):
            raise DesignError(
                "DESIGN-TARGET-IMPOSSIBLE",
                "No sample that the design allows reaches a precision target.",
                where=f"target for {one.name}",
                got=f"cv = {one.cv:.6g}",
                expected=f"cv of at least {best:.6g}, with max_per_stratum cities of each stratum",
                remedy="Raise max_per_stratum, or relax the target.",
            )
    n_random = np.zeros(strata.H, dtype=np.int64)
    bound = 1.0
    if drawn.any():
        found = cheapest_whole(load, cost[drawn], bounds.lower[drawn], bounds.upper[drawn])
        n_random[drawn] = found.n
        bound = found.bound / found.cost
    m = n_random.astype(np.float64)
    return AllocationResult(
        m,
        n_random,
        cost=fixed + float((cost * m).sum()),
        bound=bound,
        cv=tuple((one.name, one.cv, expected_cv(one, strata, m)) for one in wanted),
        notes=_notes(n_random, bounds, strata),
    )


def _controlled(rule: Controlled, strata: StrataSummary) -> AllocationResult:
    _require_table(rule, strata)
    rest = rule.n - int(strata.n_certainty.sum())
    if not 1 <= rest <= int(strata.N.sum()):
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "The sample size does not fit the cells.",
            where=f"{strata.H} cells, {int(strata.N.sum() + strata.n_certainty.sum())} cities, "
            f"{int(strata.n_certainty.sum())} of them taken with certainty",
            got=f"n = {rule.n}",
            expected=f"n from {int(strata.n_certainty.sum()) + 1} "
            f"to {int(strata.N.sum() + strata.n_certainty.sum())}",
            remedy="Change n.",
        )
    expected = expected_counts(strata.N, rest)
    empty = int((np.floor(expected) == 0).sum())
    note = f"cells get their cities by controlled rounding; {empty} of {strata.H} may get none"
    return AllocationResult(expected, None, notes=(note,))


def _require_table(rule: Controlled, strata: StrataSummary) -> None:
    """The strata must form a table of rows and columns, one stratum for each cell."""
    rows = strata.columns[:1] if rule.rows is None else tuple(rule.rows)
    if rule.rows is None and len(strata.columns) > 2:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "A controlled allocation needs to know what forms the rows of its table.",
            where=f"strata {quoted(strata.columns)}",
            got="no rows",
            expected=f"rows = ['{strata.columns[0]}'], for example; the other columns form the columns",
            remedy="Name the columns of the strata that form the rows.",
        )
    if unknown := [name for name in rows if name not in strata.columns]:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The rows of a controlled allocation are not columns of the strata.",
            got=f"rows = {quoted(unknown)}",
            expected=f"some of {quoted(strata.columns)}",
            remedy=did_you_mean(unknown[0], strata.columns),
        )
    if len(set(strata.levels)) < len(strata.levels):
        twice = [
            label
            for label, cell in zip(strata.labels, strata.levels, strict=True)
            if strata.levels.count(cell) > 1
        ]
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Two strata lie in the same cell of the table of a controlled allocation.",
            where=f"strata {quoted(twice)}",
            expected="one stratum for each cell",
            remedy="Do not collapse strata here: a controlled allocation needs no collapsing.",
        )


def _explicit(rule: Explicit, strata: StrataSummary) -> AllocationResult:
    given, labels, N, fixed = rule.n_by_stratum, list(strata.labels), strata.N, strata.n_certainty
    unknown = [stratum for stratum in given if stratum not in labels]
    absent = [label for label in labels if label not in given]
    if unknown or absent:
        raise DesignError(
            "DESIGN-STRATUM-UNKNOWN",
            "The explicit allocation does not name the strata of the frame.",
            where=f"unknown: {quoted(unknown)}" if unknown else f"not named: {quoted(absent)}",
            expected="each stratum once",
            remedy=did_you_mean(unknown[0], labels) if unknown else "Give n_h for each stratum.",
        )
    n = np.array([given[label] for label in labels], dtype=np.int64)
    for h, label in enumerate(labels):
        if n[h] > N[h] + fixed[h]:
            raise DesignError(
                "DESIGN-STRATUM-TOO-SMALL",
                "A stratum is asked for more cities than it has.",
                where=f"stratum '{label}'",
                got=f"n_h = {n[h]}",
                expected=f"n_h <= N_h = {N[h] + fixed[h]}",
                remedy="Lower n_h, or merge the stratum with another.",
            )
        if n[h] < fixed[h] or (n[h] == fixed[h] and N[h] > 0):
            raise DesignError(
                "DESIGN-N-IMPOSSIBLE",
                "A stratum has cities that could never be drawn.",
                where=f"stratum '{label}': {N[h]} cities besides {fixed[h]} certainty cities",
                got=f"n_h = {n[h]}",
                expected=f"n_h > {fixed[h]}",
                remedy="Raise n_h. Each city of the frame needs a chance to be drawn.",
            )
    return AllocationResult((n - fixed).astype(np.float64), n - fixed)


_RULES: Mapping[type, Callable[[Any, StrataSummary], AllocationResult]] = {
    Equal: _equal,
    Proportional: _proportional,
    Neyman: _neyman,
    Optimal: _optimal,
    Power: _power,
    Bethel: _bethel,
    Explicit: _explicit,
    Controlled: _controlled,
}
