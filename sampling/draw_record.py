"""From a drawn sample to the record of the draw: probabilities of the cities approached, pi_kl."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.drawing import Drawn, Lot, controlled_margins, lots
from citysample.sampling.methods import SamplingMethod, sampling_method
from citysample.sampling.record import DrawRecord, FramePopulation
from citysample.sampling.rounds.substitutes import approached_joint, approached_probabilities
from citysample.sampling.stratify.similarity import similarity_scores
from citysample.sampling.stratify.strata import WHOLE_COUNTRY

if TYPE_CHECKING:
    from citysample.sampling.city_sample import CitySample
    from citysample.sampling.plan import SamplePlan

__all__ = ["JointOnDemand", "approached_cities", "approached_pi", "balancing_table", "record_of"]


def approached_cities(plan: SamplePlan, drawn: Drawn, released: Mapping[str, int]) -> BoolArray:
    """True for the main sample and the released substitutes, shape (N,)."""
    approached = drawn.main.copy()
    for label, members in plan.groups() if released else ():
        rank = drawn.rank[members]
        approached[members] |= (rank > 0) & (rank <= released.get(label, 0))
    return approached


def approached_pi(plan: SamplePlan, drawn: Drawn, released: Mapping[str, int]) -> FloatArray:
    """Inclusion probabilities of the cities approached, shape (N,)."""
    pi = plan.arrays.pi.copy()
    method = sampling_method(plan.design.method)
    for lot in lots(plan, drawn.reserve) if any(drawn.reserve.values()) else ():
        if lot.substitutes:
            aims = drawn.aims[lot.members]
            pi[lot.members] = _lot_pi(method, lot, aims, released.get(lot.label, 0))
    return pi


def _lot_pi(method: SamplingMethod, lot: Lot, aims: FloatArray, released: int) -> FloatArray:
    if method.ranking is None:
        return approached_probabilities(aims, lot.substitutes, released)
    m = lot.task.n + released
    if m == lot.task.N:
        return np.ones(lot.task.N)
    equal = np.full(lot.task.N, m / lot.task.N)
    return equal if method.exact_pi is None else method.exact_pi(lot.task.pi, m)


class JointOnDemand(Mapping[int, FloatArray]):
    """Exact pi_kl of the random cities of each stratum, computed when a variance asks for them."""

    def __init__(self, sample: CitySample) -> None:
        self._sample = sample
        self._method = sampling_method(sample.plan.design.method)
        self._lots = {self._code(lot.label): lot for lot in lots(sample.plan, sample.drawn.reserve)}
        self._found: dict[int, FloatArray] = {}

    def _code(self, label: str) -> int:
        if self._sample.plan.design.over == "frame":
            return 0
        return self._sample.plan.strata_table.index.tolist().index(label)

    def __getitem__(self, h: int) -> FloatArray:
        if h not in self._found:
            joint = self._joint(self._lots[h])
            if joint is None:
                raise KeyError(h)
            self._found[h] = joint
        return self._found[h]

    def __iter__(self) -> Iterator[int]:
        return iter(self._lots)

    def __len__(self) -> int:
        return len(self._lots)

    def _joint(self, lot: Lot) -> FloatArray | None:
        sample = self._sample
        approached = np.flatnonzero(sample.selected[lot.members] & (sample.pi[lot.members] < 1.0))
        released = sample.released.get(lot.label, 0)
        if not lot.substitutes:
            return self._method.joint_of(lot.task, lot.task.n, approached)
        if self._method.ranking is not None:
            return self._method.joint_of(lot.task, lot.task.n + released, approached)
        return self._subsample_joint(lot, approached, released)

    def _subsample_joint(self, lot: Lot, approached: IntArray, released: int) -> FloatArray | None:
        """pi_kl of the first cities of a draw with substitutes; some were certain in that draw."""
        aims = self._sample.drawn.aims[lot.members]
        random = np.flatnonzero(aims < 1.0)
        task = lot.task.part(random, aims[random])
        drawn = self._method.joint_of(task, task.n, np.arange(random.size))
        if drawn is None:
            return None
        whole = np.outer(aims, aims)
        whole[np.ix_(random, random)] = drawn
        np.fill_diagonal(whole, aims)
        return approached_joint(whole, lot.substitutes, released)[np.ix_(approached, approached)]


def record_of(sample: CitySample) -> DrawRecord:
    """The record of the draw; see :meth:`CitySample.record`."""
    plan, arrays = sample.plan, sample.plan.arrays
    members = np.flatnonzero(sample.selected)
    method = plan.design.recorded_as
    by_stratum = plan.design.over == "stratum" and method != "controlled"
    labels = tuple(str(label) for label in plan.strata_table.index) if by_stratum else (WHOLE_COUNTRY,)
    codes = arrays.codes if by_stratum else np.minimum(arrays.codes, 0)
    pi = sample.pi[members]
    balance = _recorded_balance(plan, sample.pi)
    exact = method not in ("legacy", "controlled")
    return DrawRecord(
        method=method,
        strata=labels,
        psu=np.arange(members.size, dtype=np.int64),
        stratum=codes[members],
        pi=pi,
        certainty=pi == 1.0,
        single_psu=plan.design.single_psu,
        joint=JointOnDemand(sample) if exact else {},
        balance=None if balance is None else balance[members],
        coordinates=None if arrays.coordinates is None else arrays.coordinates[members],
        position=_positions(arrays.order, members),
        imbalance=_imbalance(codes, sample, balance),
        scores=similarity_scores(plan, codes, len(labels)) if plan.design.single_psu == "collapse" else None,
        population=FramePopulation(codes, sample.pi, arrays.size),
    )


def balancing_table(plan: SamplePlan, pi: FloatArray) -> FloatArray:
    """What a balanced draw keeps, for all cities, (N, p): pi, over the frame by stratum; then the columns."""
    arrays = plan.arrays
    first = pi[:, None] * (_indicators(arrays.codes) if plan.design.over == "frame" else 1.0)
    return first if arrays.balance is None else np.hstack([first, arrays.balance])


def _recorded_balance(plan: SamplePlan, pi: FloatArray) -> FloatArray | None:
    """Balancing variables of the record, (N, p): those of the draw, or the margins of controlled sizes."""
    design, codes = plan.design, plan.arrays.codes
    if design.recorded_as == "controlled":
        labels = [str(label) for label in plan.strata_table.index]
        return np.hstack(
            [pi[:, None] * _indicators(margin[codes]) for margin in controlled_margins(plan, labels)]
        )
    balanced = design.recorded_as == design.method and sampling_method(design.method).balanced
    return balancing_table(plan, pi) if balanced else None


def _imbalance(groups: IntArray, sample: CitySample, balance: FloatArray | None) -> dict[int, FloatArray]:
    """What the draw missed in each balancing variable, for the random cities of each stratum."""
    if balance is None:
        return {}
    pi = sample.pi
    random = (pi > 0.0) & (pi < 1.0)
    found = {}
    for h in np.unique(groups[random]).tolist():
        cities = random & (groups == h)
        drawn = cities & sample.selected
        estimated = (balance[drawn] / pi[drawn, None]).sum(axis=0)
        found[h] = np.asarray(estimated - balance[cities].sum(axis=0), dtype=np.float64)
    return found


def _indicators(codes: IntArray) -> FloatArray:
    return np.asarray(codes[:, None] == np.unique(codes)[None, :], dtype=np.float64)


def _positions(order: IntArray | None, members: IntArray) -> IntArray | None:
    if order is None:
        return None
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    return place[members]
