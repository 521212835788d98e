"""What a plan is checked for before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.allocate.response import few_respondents_risk, single_psu_risk
from citysample.sampling.draw_record import balancing_table
from citysample.sampling.methods import sampling_method
from citysample.sampling.record import Decision
from citysample.sampling.select.cube import independent_columns
from citysample.sampling.stratify.similarity import similarity_scores

if TYPE_CHECKING:
    from citysample.sampling.plan import SamplePlan

__all__ = ["WARNING", "check_plan"]

WARNING = "warning"
"""Rule name of a decision that asks for attention before the draw."""
TOLERABLE_RISK = 0.05
SAME = 1e-9
"""Relative difference up to which probabilities are the same but for rounding."""


def check_plan(plan: SamplePlan) -> tuple[Decision, ...]:
    """Refuse a plan that cannot be estimated from; give warnings for what is risky."""
    by_stratum = plan.design.over == "stratum" and plan.design.recorded_as == plan.design.method
    fixed = sampling_method(plan.design.method).fixed_size
    notes: list[Decision] = []
    _refuse_unequal(plan)
    if by_stratum and fixed:
        if plan.design.single_psu == "fail":
            _refuse_single_psu(plan)
        if plan.design.single_psu == "collapse":
            _refuse_alone(plan)
        notes += _response_warnings(plan)
    if not fixed or plan.arrays.kept is not None:
        notes.append(_size_note(plan))
    if plan.design.balance:
        notes += _check_balance(plan)
    return tuple(notes)


def _refuse_unequal(plan: SamplePlan) -> None:
    """Simple random sampling gives all cities that are drawn together the same probability."""
    if plan.design.recorded_as == "controlled" or not sampling_method(plan.design.method).equal_probability:
        return
    for label, members in plan.groups():
        aims = plan.arrays.aims[members]
        if np.ptp(aims) > SAME * aims.max():
            raise DesignError(
                "DESIGN-OPTION-UNUSED",
                f"Method '{plan.design.method}' gives cities that are drawn together the same probability.",
                where=f"stratum '{label}'",
                got=f"probabilities from {aims.min():.4g} to {aims.max():.4g}",
                expected="equal ones; strata drawn over the frame, or an earlier sample, make them differ",
                remedy="Use 'pareto' with probabilities = 'equal', or draw each stratum: over = 'stratum'.",
            )


def _n_random(plan: SamplePlan) -> IntArray:
    table = plan.strata_table
    return (table["n"] - table["n_certainty"]).to_numpy().astype(np.int64)


def _refuse_single_psu(plan: SamplePlan) -> None:
    single = plan.strata_table.index[_n_random(plan) == 1]
    if len(single):
        raise DesignError(
            "DESIGN-SINGLE-PSU",
            f"{len(single)} strata would have one random city, so their variance is unknown.",
            where=f"strata {quoted(single)}",
            got="n_h - certainty cities = 1",
            expected="0 or at least 2",
            remedy="Raise n or min_per_stratum, merge strata, take the city with certainty, "
            "or choose a rule now: single_psu = 'collapse', 'adjust', 'average' or 'certainty'.",
        )


def _refuse_alone(plan: SamplePlan) -> None:
    """A stratum with one random city needs another one with random cities, and the scores of both."""
    similarity_scores(plan, plan.arrays.codes, len(plan.strata_table))
    n = _n_random(plan)
    if n.sum() == 1:
        raise DesignError(
            "DESIGN-SINGLE-PSU",
            "One city would be drawn by chance, and its stratum has none to be merged with.",
            where=f"stratum '{plan.strata_table.index[int(np.argmax(n))]}'",
            got="single_psu = 'collapse', 1 random city in all strata",
            expected="another stratum with random cities",
            remedy="Raise n, or take the city with certainty.",
        )


def _response_warnings(plan: SamplePlan) -> list[Decision]:
    """Strata that may end with fewer than two responding cities."""
    n = _n_random(plan)
    labels = plan.strata_table.index
    response = _response(plan)
    drawn = n > 0
    two = [str(label) for label in labels[n == 2]]
    risk = single_psu_risk(n[drawn], response[drawn])
    if risk <= TOLERABLE_RISK or plan.design.single_psu != "fail":
        return []
    worst = few_respondents_risk(n[drawn], response[drawn])
    most = str(labels[drawn][int(np.argmax(worst))])
    small = f"{len(two)} strata have n_h = 2. " if two else ""
    what = (
        f"{small}With the expected response, at least one stratum ends with fewer than 2 cities with a "
        f"chance of {100 * risk:.0f} %; most likely '{most}' ({100 * float(worst.max()):.0f} %). Choose the "
        "rule for such strata before the draw: single_psu = 'collapse', 'adjust', 'average' or 'certainty'; "
        "or collapse small strata"
    )
    return [Decision(WARNING, "response", what)]


def _response(plan: SamplePlan) -> FloatArray:
    response = plan.design.response
    labels = [str(label) for label in plan.strata_table.index]
    if not isinstance(response, Mapping):
        return np.full(len(labels), float(response))
    unknown = [label for label in response if label not in labels]
    absent = [label for label, n in zip(labels, _n_random(plan), strict=True) if n and label not in response]
    if unknown or absent:
        raise DesignError(
            "DESIGN-STRATUM-UNKNOWN",
            "The expected response does not name the strata.",
            where="response",
            got=f"unknown: {quoted(unknown)}" if unknown else f"not named: {quoted(absent)}",
            expected="each stratum that is drawn by chance once",
            remedy=did_you_mean(unknown[0], labels) if unknown else "Give the response of each stratum.",
        )
    return np.array([float(response.get(label, 1.0)) for label in labels])


def _size_note(plan: SamplePlan) -> Decision:
    """The sample size is random: its expectation and its spread under independent draws."""
    pi = plan.arrays.pi
    spread = float(np.sqrt((pi * (1.0 - pi)).sum()))
    what = (
        f"the sample size is random: {float(pi.sum()):.4g} cities expected, "
        f"standard deviation up to {spread:.2g}"
    )
    return Decision("size", "design", what)


def _check_balance(plan: SamplePlan) -> list[Decision]:
    """Each group needs more cities than constraints; columns that add nothing are announced."""
    columns = plan.design.balance
    table = balancing_table(plan, plan.arrays.aims)
    notes = []
    for label, members in plan.groups():
        aims = plan.arrays.aims[members]
        n = round(float(aims.sum()))
        # Besides pi_k itself, which always counts and is not among those kept.
        kept = set(independent_columns(table[members], aims).tolist())
        if n < len(kept) + 2:
            raise DesignError(
                "DESIGN-BALANCE-INVALID",
                "There are too few cities for the balancing columns.",
                where=f"stratum '{label}'",
                got=f"n = {n} cities that are not certain, {len(kept) + 1} constraints with the sample size",
                expected=f"at least {len(kept) + 2} cities",
                remedy="Balance on fewer columns, raise n, or balance over the whole frame: over = 'frame'.",
            )
        first = table.shape[1] - len(columns)
        dropped = [column for i, column in enumerate(columns) if first + i not in kept]
        if dropped:
            what = f"columns that say nothing new beside the others are not balanced: {quoted(dropped)}"
            notes.append(Decision("balance", label, what))
    return notes
