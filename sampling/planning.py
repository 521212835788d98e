"""From the design to the plan, step by step: classes, strata, take-all cities, n_h and pi_k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, FrameError, did_you_mean, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    first_cities,
    numbers,
    require_columns,
)
from citysample.sampling.allocate.allocation import AllocationResult, allocate_strata
from citysample.sampling.allocate.rules import needed_columns
from citysample.sampling.allocate.summary import StrataSummary, summarise_strata
from citysample.sampling.auxiliaries import (
    CURVE,
    balancing_variables,
    coordinates,
    draw_order,
    spread_columns,
)
from citysample.sampling.design import NUMBER, SampleDesign
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.methods import sampling_method
from citysample.sampling.plan import CITY_COLUMNS, TAKE_NONE, PlanArrays, SamplePlan, refuse_reserved_columns
from citysample.sampling.plan_checks import check_plan
from citysample.sampling.planning_legacy import with_legacy
from citysample.sampling.record import Decision
from citysample.sampling.rounds.legacy import union_probabilities
from citysample.sampling.size_formula import size_values
from citysample.sampling.stratify.strata import Strata, form_strata

if TYPE_CHECKING:
    from citysample.reference_frames.city_frame import CityFrame

__all__ = ["make_plan", "summary_of"]


def make_plan(design: SampleDesign, frame: CityFrame) -> SamplePlan:
    """Apply a design to a frame; see :meth:`SampleDesign.plan`."""
    refuse_reserved_columns(frame, design)
    decisions: list[Decision] = []
    fingerprint = frame.fingerprint()
    frame, size, certain, take_none, strata = _groundwork(design, frame, decisions)
    allocation = _allocation(design, frame, strata, certain, take_none)
    decisions += _allocation_decisions(allocation)
    aims = _aims(design, frame, strata, certain, size, allocation, decisions)
    aims[take_none] = 0.0
    aims, pi1, kept = with_legacy(design, frame, strata, aims, decisions)
    pi = union_probabilities(pi1, _exact(design, strata, aims))
    arrays = PlanArrays(
        codes=strata.codes,
        aims=aims,
        pi=pi,
        size=size,
        kept=kept,
        balance=balancing_variables(frame.table, design.balance) if design.balance else None,
        coordinates=_coordinates(design, frame),
        order=draw_order(frame.table, design.order, design.spread),
        fingerprint=fingerprint,
    )
    plan = SamplePlan.assemble(design, frame, strata, arrays, tuple(decisions))
    return replace(plan, decisions=plan.decisions + check_plan(plan))


def summary_of(design: SampleDesign, frame: CityFrame, columns: Sequence[str]) -> StrataSummary:
    """Counts, totals and variances of the strata of a design; see :meth:`SampleDesign.summary`."""
    refuse_reserved_columns(frame, design)
    frame, _, certain, take_none, strata = _groundwork(design, frame, [])
    return _summary(design, frame, strata, certain, take_none, dict.fromkeys(columns, "summary"))


def _groundwork(
    design: SampleDesign, frame: CityFrame, decisions: list[Decision]
) -> tuple[CityFrame, FloatArray | None, BoolArray, BoolArray, Strata]:
    """The frame with its size classes, the sizes, the certain and the left-out cities, the strata."""
    frame, take_all, take_none = _with_size_classes(design, frame, decisions)
    size = _sizes(design, frame)
    if design.take_none is not None and size is not None:
        take_none = take_none | _below_threshold(design.take_none, size, decisions)
    _refuse_no_size(design, frame, size, take_none)
    certain = _certainty(design, frame, size, decisions) | take_all
    strata = _strata(design, frame, take_none, certain, decisions)
    _refuse_left_out(frame, certain & take_none)
    return frame, size, certain, take_none, strata


def _with_size_classes(
    design: SampleDesign, frame: CityFrame, decisions: list[Decision]
) -> tuple[CityFrame, BoolArray, BoolArray]:
    """The frame with the class columns, and the cities of take-all and take-none classes."""
    import pandas as pd

    take_all, take_none = np.zeros(frame.N, dtype=np.bool_), np.zeros(frame.N, dtype=np.bool_)
    table = frame.table
    for classes in design.size_classes:
        if classes.name in table.columns or classes.name in CITY_COLUMNS:
            raise FrameError(
                "FRAME-COLUMN-RESERVED",
                f"The name '{classes.name}' of size classes is taken by a column of the frame or plan.",
                where="size_classes",
                expected="a new name for the size classes",
                remedy="Rename the size classes.",
            )
        found = classes.classify(size_values(table, classes.column), table.index.tolist())
        labels = list(found.labels)
        column = pd.Categorical([labels[code] for code in found.codes], categories=labels, ordered=True)
        table = table.assign(**{classes.name: column})
        take_all |= np.isin(found.codes, found.take_all)
        take_none |= np.isin(found.codes, found.take_none)
        decisions += [Decision("size_classes", classes.name, text) for text in found.decisions]
    return replace(frame, table=table), take_all, take_none


def _sizes(design: SampleDesign, frame: CityFrame) -> FloatArray | None:
    if design.size is not None:
        return size_values(frame.table, design.size)
    size = frame.sizes()
    needed = (
        not design.equal_probability or isinstance(design.certainty, NUMBER) or design.take_none is not None
    )
    if size is None and needed:
        raise DesignError(
            "DESIGN-SIZE-MISSING",
            "The design needs a size measure and the frame names none.",
            where=f"method '{design.method}', certainty = {design.certainty!r}",
            expected="a column with a size above 0 for each city",
            remedy="Name the column: size = 'population'. Or say probabilities = 'equal'.",
        )
    return size


def _refuse_no_size(
    design: SampleDesign, frame: CityFrame, size: FloatArray | None, take_none: BoolArray
) -> None:
    if size is None:
        return
    bad = (size < 0) | ((size == 0) & ~take_none)
    if bad.any():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"Size measure '{design.size or frame.size}' is not positive for {int(bad.sum())} cities.",
            where=first_cities(frame.table.index[bad]),
            expected="a number above 0 for each city",
            remedy="Choose another size measure, correct the frame, or leave small cities out: take_none.",
        )


def _below_threshold(threshold: float, size: FloatArray, decisions: list[Decision]) -> BoolArray:
    below = np.asarray(size < threshold)
    what = (
        f"{int(below.sum())} cities with a size below {threshold:.15g} are not drawn; they hold "
        f"{100 * float(size[below].sum() / size.sum()):.2g} % of the size"
    )
    decisions.append(Decision("take_none", "design", what))
    return below


def _refuse_left_out(frame: CityFrame, both: BoolArray) -> None:
    if both.any():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Cities are to be taken with certainty and to be left out.",
            where=first_cities(frame.table.index[both]),
            expected="one of the two",
            remedy="Lower take_none, or take the cities off the list.",
        )


def _strata(
    design: SampleDesign,
    frame: CityFrame,
    take_none: BoolArray,
    certain: BoolArray,
    decisions: list[Decision],
) -> Strata:
    """Strata of the cities that can be drawn; -1 for the others."""
    if take_none.all():
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "All cities are left out.",
            got=f"take_none = {design.take_none!r}",
            expected="a threshold below the size of the largest city",
            remedy="Lower take_none.",
        )
    strata = form_strata(frame.table[~take_none], design.strata)
    if design.collapse is not None:
        table = frame.table[~take_none]
        strata, texts = design.collapse.apply(strata, design.strata, table, certain=certain[~take_none])
        decisions += [Decision("collapse", "strata", text) for text in texts]
    if take_none.any() and TAKE_NONE in strata.labels:
        raise DesignError(
            "DESIGN-LABELS-AMBIGUOUS",
            "A stratum has the label of the cities that are left out.",
            where=f"columns {quoted(design.strata)}",
            got=f"'{TAKE_NONE}'",
            expected="another label",
            remedy="Rename the value in the frame.",
        )
    codes = np.full(frame.N, -1, dtype=np.int64)
    codes[~take_none] = strata.codes
    return replace(strata, codes=codes)


def _certainty(
    design: SampleDesign, frame: CityFrame, size: FloatArray | None, decisions: list[Decision]
) -> BoolArray:
    index = frame.table.index
    chosen = np.zeros(frame.N, dtype=np.bool_)
    if isinstance(design.certainty, NUMBER):
        assert size is not None
        chosen = np.asarray(size >= design.certainty)
        what = f"{int(chosen.sum())} cities with a size of {design.certainty:.15g} or more are taken"
        decisions.append(Decision("certainty", "design", what))
    elif design.certainty is not None:
        ids = (
            [design.certainty] if isinstance(design.certainty, str) else list(dict.fromkeys(design.certainty))
        )
        _require_cities(ids, frame, "take-all")
        chosen = np.asarray(index.isin(ids))
        decisions.append(Decision("certainty", "design", f"{len(ids)} cities named in the design are taken"))
    if design.purposive:
        _require_cities(design.purposive, frame, "purposive")
        what = (
            f"{len(set(design.purposive))} cities chosen on purpose stand for themselves: "
            f"{quoted(design.purposive)}"
        )
        decisions.append(Decision("purposive", "design", what))
        chosen = chosen | np.asarray(index.isin(design.purposive))
    return chosen


def _require_cities(ids: Sequence[str], frame: CityFrame, kind: str) -> None:
    unknown = [city for city in ids if city not in frame.table.index]
    if unknown:
        raise DesignError(
            "DESIGN-CERTAINTY-UNKNOWN",
            f"{len(unknown)} {kind} cities are not in the frame.",
            where=first_cities(unknown),
            remedy=did_you_mean(unknown[0], frame.table.index),
        )


def _allocation(
    design: SampleDesign, frame: CityFrame, strata: Strata, certain: BoolArray, take_none: BoolArray
) -> AllocationResult:
    assert design.allocation is not None
    columns = needed_columns(design.allocation)
    return allocate_strata(design.allocation, _summary(design, frame, strata, certain, take_none, columns))


def _summary(
    design: SampleDesign,
    frame: CityFrame,
    strata: Strata,
    certain: BoolArray,
    take_none: BoolArray,
    columns: Mapping[str, str],
) -> StrataSummary:
    """The strata as an allocation sees them, with these number columns and the role of each."""
    covered = ~take_none
    variables = {}
    for column, role in columns.items():
        require_columns(frame.table, [column], "FRAME", role)
        variables[column] = numbers(frame.table[covered], column, "FRAME")
    return summarise_strata(
        strata.codes[covered],
        strata.labels,
        certain[covered],
        variables,
        columns=design.strata,
        levels=strata.values,
    )


def _allocation_decisions(allocation: AllocationResult) -> list[Decision]:
    """What the allocation did by rule, what precision it expects, and how near it is to the best one."""
    texts = list(allocation.notes)
    texts += [f"expected CV of {name}: {cv:.4g} (target {target:.4g})" for name, target, cv in allocation.cv]
    if allocation.bound is not None and allocation.bound < 1.0:
        gap = 100 * (1.0 - allocation.bound)
        texts.append(
            f"the allocation is not proved to be the best one; a better one gains {gap:.2g} % at most"
        )
    return [Decision("allocation", "design", text) for text in texts]


def _aims(
    design: SampleDesign,
    frame: CityFrame,
    strata: Strata,
    certain: BoolArray,
    size: FloatArray | None,
    allocation: AllocationResult,
    decisions: list[Decision],
) -> FloatArray:
    """The probabilities that the draw aims at, (N,): 1 for certainty cities."""
    aims = np.ones(strata.codes.size)
    for h, label in enumerate(strata.labels):
        members = np.flatnonzero((strata.codes == h) & ~certain)
        if not members.size:
            continue
        if design.equal_probability:
            aims[members] = allocation.expected[h] / members.size
        else:
            assert size is not None
            aims[members] = inclusion_probabilities(size[members], round(float(allocation.expected[h])))
            _refuse_never_drawn(frame, members[aims[members] <= 0.0])
        decisions += _certainty_decisions(design, frame, label, members[aims[members] == 1.0])
    return aims


def _refuse_never_drawn(frame: CityFrame, never: IntArray) -> None:
    if never.size:
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "Cities are so small beside the others that they could never be drawn.",
            where=first_cities(frame.table.index[never]),
            got="an inclusion probability of 0",
            expected="a chance for each city",
            remedy="Raise n_h, put the largest cities into a stratum of their own, or correct the sizes.",
        )


def _certainty_decisions(
    design: SampleDesign, frame: CityFrame, label: str, certain: IntArray
) -> list[Decision]:
    if not certain.size:
        return []
    cause = "all cities of the stratum are taken" if design.equal_probability else "pi_k would be 1 or more"
    what = f"{certain.size} cities are certain, because {cause}: {quoted(frame.table.index[certain])}"
    return [Decision("certainty", label, what)]


def _exact(design: SampleDesign, strata: Strata, aims: FloatArray) -> FloatArray:
    """The inclusion probabilities that the method really has, where they differ from its aims."""
    exact_pi = sampling_method(design.method).exact_pi
    if exact_pi is None:
        return aims
    pi = aims.copy()
    groups = strata.codes if design.over == "stratum" else np.minimum(strata.codes, 0)
    for group in np.unique(groups[groups >= 0]):
        members = np.flatnonzero((groups == group) & (aims > 0.0) & (aims < 1.0))
        if members.size and np.ptp(aims[members]) > 0.0:
            pi[members] = exact_pi(aims[members], round(float(aims[members].sum())))
    return pi


def _coordinates(design: SampleDesign, frame: CityFrame) -> FloatArray | None:
    """Coordinates of the cities if the draw is spread, by its method or by an order along the curve."""
    if not sampling_method(design.method).spread and tuple(design.order) != (CURVE,):
        return None
    return coordinates(frame.table, spread_columns(frame.table, design.spread))
