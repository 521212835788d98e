"""The draw: random numbers of the seed, selection group by group, substitutes in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, did_you_mean, located, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.allocate.controlled import controlled_counts, uniforms_controlled
from citysample.sampling.allocate.rules import Controlled
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.methods import SamplingMethod, sampling_method
from citysample.sampling.randomness import random_stream
from citysample.sampling.record import Decision
from citysample.sampling.rounds.coordination import check_shift, moved_numbers, require_coordination
from citysample.sampling.rounds.substitutes import draw_with_substitutes, rank_substitutes
from citysample.sampling.stratify.strata import WHOLE_COUNTRY
from citysample.sampling.tasks import SelectionTask

if TYPE_CHECKING:
    from citysample.sampling.plan import SamplePlan

__all__ = ["Drawn", "Lot", "draw_cities", "lots", "task_of"]

ORDER = "substitutes"
"""Purpose of the random numbers that put a draw with substitutes in its order."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The outcome of a draw over the N cities of the frame.

    Parameters
    ----------
    main : array (N,) of bool
        The main sample, certainty cities and kept cities included.
    rank : array (N,) of int
        1, 2, ... for the substitutes of a stratum, in the order in which they are released; else 0.
    aims : array (N,)
        Probabilities that the draw of main sample and substitutes aimed at.
    reserve : mapping of str to int
        Substitutes of each stratum.
    shift : float
        What was added to the permanent random numbers.
    mirror : bool
        True if the numbers 1 - u_k were used.
    decisions : tuple of Decision
        What was decided by rule at the draw.
    """

    main: BoolArray
    rank: IntArray
    aims: FloatArray
    reserve: Mapping[str, int]
    shift: float = 0.0
    mirror: bool = False
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Lot:
    """Cities that are drawn together: their label, their places in the frame, n and the substitutes."""

    label: str
    members: IntArray
    task: SelectionTask
    substitutes: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where the random numbers of a draw come from."""

    method: SamplingMethod
    seed: str
    shift: float
    mirror: bool

    def of(self, label: str, names: list[str], n: int) -> FloatArray:
        """The numbers for these cities, shifted or mirrored if the round asks for it."""
        u = self.method.uniforms(self.seed, label, names, n)
        return moved_numbers(u, self.shift, mirror=self.mirror)


def lots(plan: SamplePlan, reserve: Mapping[str, int]) -> Iterator[Lot]:
    """The lots of a plan, with the probabilities of the main sample."""
    for label, members in plan.groups():
        yield Lot(label, members, task_of(plan, members), reserve.get(label, 0))


def task_of(plan: SamplePlan, members: IntArray) -> SelectionTask:
    """What the selection of these cities is handed."""
    arrays = plan.arrays
    whole = SelectionTask(
        pi=arrays.aims,
        balance=arrays.balance if arrays.balance is not None else np.zeros((arrays.aims.size, 0)),
        coordinates=arrays.coordinates,
        order=arrays.order,
        strata=arrays.codes if plan.design.over == "frame" else None,
    )
    return whole.part(members, arrays.aims[members])


def draw_cities(
    plan: SamplePlan,
    seed: str,
    substitutes: int | Mapping[str, int] = 0,
    shift: float = 0.0,
    *,
    mirror: bool = False,
) -> Drawn:
    """Draw main sample and substitutes; see :meth:`SamplePlan.draw`."""
    method = sampling_method(plan.design.method)
    if shift or mirror:
        require_coordination(method.name)
        check_shift(shift, mirror=mirror)
    reserve, decisions = _reserve(plan, method, substitutes)
    aims = plan.arrays.aims.copy()
    main = plan.arrays.aims == 1.0
    rank = np.zeros(main.size, dtype=np.int64)
    ids = plan.cities_table.index
    controlled = _controlled(plan, seed)
    numbers = Numbers(method, seed, shift, mirror)
    for lot in lots(plan, reserve):
        names = ids[lot.members].tolist()
        with located(f"stratum '{lot.label}'"):
            if lot.label in controlled:
                n = controlled[lot.label]
                lot_task = lot.task.part(np.arange(lot.task.N), np.full(lot.task.N, n / lot.task.N))
                main[lot.members] = method.select(lot_task, numbers.of(lot.label, names, n))
            elif lot.substitutes:
                chosen = _with_substitutes(lot, names, numbers)
                main[lot.members], rank[lot.members], aims[lot.members] = chosen
            elif lot.task.n or not method.fixed_size:
                u = numbers.of(lot.label, names, lot.task.n)
                main[lot.members] = method.select(lot.task, u)
    if plan.arrays.kept is not None:
        main |= plan.arrays.kept
    return Drawn(main, rank, aims, reserve, shift, mirror, decisions)


def _reserve(
    plan: SamplePlan, method: SamplingMethod, substitutes: int | Mapping[str, int]
) -> tuple[dict[str, int], tuple[Decision, ...]]:
    """Substitutes of each stratum: what was asked for, as far as the stratum has cities; and where not."""
    labels = [label for label, _ in plan.groups()]
    asked = dict(substitutes) if isinstance(substitutes, Mapping) else dict.fromkeys(labels, substitutes)
    for label, count in asked.items():
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 0:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The number of substitutes must be a whole number.",
                where=f"stratum '{label}'",
                got=repr(count),
                expected="int >= 0",
                remedy="Correct substitutes.",
            )
    if not any(asked.values()):
        return {}, ()
    fixed = method.fixed_size and plan.design.recorded_as == plan.design.method
    if not fixed or (plan.design.over == "frame" and method.balanced):
        raise DesignError(
            "DESIGN-OPTION-UNUSED",
            "Substitutes need strata of fixed sample size.",
            got=f"method '{method.name}', over '{plan.design.over}', an earlier sample or controlled sizes",
            expected="a method of fixed size, stratum by stratum",
            remedy="Draw without substitutes, and plan a larger n for the expected response.",
        )
    known = labels if plan.design.over == "frame" else [*plan.strata_table.index]
    unknown = [label for label in asked if label not in known]
    if unknown:
        raise DesignError(
            "DESIGN-STRATUM-UNKNOWN",
            "Substitutes are asked for in a stratum that does not exist.",
            got=quoted(unknown),
            expected="labels of strata",
            remedy=did_you_mean(unknown[0], known),
        )
    room = {
        label: members.size - round(float(plan.arrays.aims[members].sum()))
        for label, members in plan.groups()
    }
    reserve = {label: min(int(count), room.get(label, 0)) for label, count in asked.items()}
    fewer = tuple(
        Decision(
            "substitutes", label, f"{reserve[label]} in place of {count}: the stratum has no more cities"
        )
        for label, count in asked.items()
        if reserve[label] < count
    )
    return reserve, fewer


def _with_substitutes(lot: Lot, names: list[str], numbers: Numbers) -> tuple[BoolArray, IntArray, FloatArray]:
    """Main sample, ranks of the substitutes, and the probabilities that the draw of both aimed at."""
    method = numbers.method
    n, r = lot.task.n, lot.substitutes
    if method.ranking is not None:
        u = numbers.of(lot.label, names, n)
        found = rank_substitutes(method.ranking(lot.task.pi, u), n, r)
        return found.main, found.rank, lot.task.pi
    pi_all = inclusion_probabilities(lot.task.pi, n + r)
    random = np.flatnonzero(pi_all < 1.0)
    u = numbers.of(lot.label, [names[k] for k in random], n + r - int((pi_all >= 1.0).sum()))
    found = draw_with_substitutes(
        pi_all,
        r,
        lambda pi, uniforms: method.select(lot.task.part(random, pi), uniforms),
        u,
        random_stream(numbers.seed, lot.label, ORDER, n + r),
    )
    return found.main, found.rank, pi_all


def _controlled(plan: SamplePlan, seed: str) -> dict[str, int]:
    """The numbers of cities of the strata under a controlled allocation; empty for other rules."""
    rule = plan.design.allocation
    if not isinstance(rule, Controlled):
        return {}
    members = dict(plan.groups())
    labels = list(members)
    N = np.array([members[label].size for label in labels], dtype=np.int64)
    rows, columns = controlled_margins(plan, labels)
    n = round(float(sum(plan.arrays.aims[cities].sum() for cities in members.values())))
    u = random_stream(seed, WHOLE_COUNTRY, "controlled", uniforms_controlled(rows, columns))
    counts = controlled_counts(N, n, rows, columns, u)
    return dict(zip(labels, counts.tolist(), strict=True))


def controlled_margins(plan: SamplePlan, labels: list[str]) -> tuple[IntArray, IntArray]:
    """Row and column of each stratum in the table of a controlled allocation."""
    rule = plan.design.allocation
    assert isinstance(rule, Controlled)
    row_names = list(rule.rows) if rule.rows is not None else list(plan.design.strata[:1])
    other = [name for name in plan.design.strata if name not in row_names]
    table = plan.strata_table
    lines = [tuple(table.loc[label, name] for name in row_names) for label in labels]
    pillars = [tuple(table.loc[label, name] for name in other) for label in labels]
    return _codes(lines), _codes(pillars)


def _codes(keys: Sequence[tuple[object, ...]]) -> IntArray:
    first = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    return np.array([first[key] for key in keys], dtype=np.int64)
