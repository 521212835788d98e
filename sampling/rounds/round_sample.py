"""The sample of a later round: the panel, the births, and the weights they have in the new frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.allocate.rules import Explicit
from citysample.sampling.city_sample import CitySample
from citysample.sampling.design import SampleDesign
from citysample.sampling.record import Decision, DrawRecord, RowLinks
from citysample.sampling.rounds.joined_record import joined_record
from citysample.sampling.rounds.next_round import FrameLinks, births_plan, link_frames
from citysample.sampling.rounds.register import CityRegister, register_round
from citysample.sampling.rounds.round_tables import (
    births_label,
    decisions_of_round,
    table_of_cases,
    table_of_strata,
)
from citysample.sampling.rounds.weight_share import CityLinks, weight_share
from citysample.sampling.select.srs import select_srs
from citysample.sampling.stages.drawn_cities import DrawnCities
from citysample.sampling.stratify.strata import form_strata

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.plan import SamplePlan
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["AnySample", "RoundSample", "next_round"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoundSample(DrawnCities):
    """The cities of a later round. Made by ``next_round`` of the sample of the round before.

    Parameters
    ----------
    previous : CitySample or RoundSample
        The sample of the round before.
    frame : CityFrame
        The frame of this round.
    links : FrameLinks
        What became of each city since the round before.
    births : CitySample or None
        The sample of the cities that are new in the frame; None if there are no new cities.
    name : str
        Name of the round, such as ``"2030"``.

    Attributes
    ----------
    weights : array (N,)
        Weight of each city of the frame; 0 outside the sample.
    selected : array (N,) of bool
        True for the cities of the sample.
    covered : array (N,) of bool
        True for the cities of the frame that had a chance to be in the sample.

    Notes
    -----
    Cities that stay keep their weight. A city merged from L cities of the old frame that could be drawn has
    w = (1/L) sum I_j/pi_j over its parts, each part of a split city the weight of that city. Dead cities
    stay in the record and contribute zero. The variance is that of the cities that were drawn first.
    """

    previous: AnySample
    frame: CityFrame
    links: FrameLinks
    births: CitySample | None
    name: str
    weights: FloatArray = field(init=False)
    selected: BoolArray = field(init=False)
    covered: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        old = np.zeros(self.previous.frame.N)
        old[self.previous.selected] = self.previous.record().weights()
        links = self._possible_links()
        weights = weight_share(links, old).weights
        if self.births is not None:
            weights[self._born()] = 1.0 / self.births.pi[self.births.selected]
        found: dict[str, FloatArray | BoolArray] = {
            "weights": weights,
            "selected": weights > 0.0,
            "covered": np.asarray((links.parents > 0) | self.links.links.births),
        }
        for name, array in found.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        return f"RoundSample({self.name!r}, n={self.n} of N={self.frame.N})"

    @property
    def plan(self) -> SamplePlan:
        """The plan of the first round."""
        return self.previous.plan

    @property
    def design(self) -> SampleDesign:
        """The design of the first round."""
        return self.plan.design

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the frame of this round."""
        return self.frame.fingerprint()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be looked at before the round; nothing is planned anew."""
        return ()

    @property
    def seed(self) -> str:
        """The seed, the same in all rounds."""
        return self.previous.seed

    @property
    def number(self) -> int:
        """Number of this round; the draw was the first."""
        return _number(self.previous) + 1

    @property
    def added(self) -> tuple[str, ...]:
        """Cities added on purpose; none in a later round."""
        return ()

    @property
    def n(self) -> int:
        """Number of cities in the sample."""
        return int(self.selected.sum())

    @property
    def cities(self) -> pd.DataFrame:
        """The cities of the sample, indexed by ``city_id``.

        The columns of the frame, then ``stratum`` and ``pi`` of the draw (no ``pi`` for a merged city),
        ``certainty``, ``design_weight``, ``random_number`` (that of the first id of the city) and ``role``:
        ``same``, ``new id``, ``merge``, ``split``, ``regrouped`` or ``birth``.
        """
        record = self.record()
        table = self.frame.cities[self.selected].copy()
        table["stratum"] = [record.strata[h] for h in record.stratum[record.psu]]
        table["pi"] = record.row_pi()
        table["certainty"] = record.certain_rows()
        table["design_weight"] = record.weights()
        table["random_number"] = self.register().random_numbers(table.index.tolist())
        table["role"] = np.array(self.links.new_cases, dtype=object)[self.selected]
        return table

    @property
    def ineligible(self) -> pd.DataFrame:
        """Sampled cities of the round before that are not in the frame any more: they contribute zero."""
        table = self.previous.cities
        dead = np.array(self.links.old_cases, dtype=object)[self.previous.selected] == "death"
        gone: pd.DataFrame = table.loc[self.previous.rows.index[dead]]
        return gone

    @property
    def cases(self) -> pd.DataFrame:
        """How many cities, and how many sampled ones, stayed, merged and so on; indexed by ``case``.

        Deaths are counted in the frame of the round before, all others in the frame of this round.
        """
        return table_of_cases(self)

    @property
    def strata(self) -> pd.DataFrame:
        """The strata of all draws: those of the first round, then the births of each later one."""
        return table_of_strata(self)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided by rule, in the earlier rounds and in this one."""
        return self.previous.decisions + decisions_of_round(self)

    def record(self) -> DrawRecord:
        """The record of the draws: PSUs are the cities that were drawn, rows the cities of this round."""
        before = self.previous.record()
        links = self._links(before)
        if self.births is not None:
            births = self.births.record()
            labels = tuple(births_label(self.name, label) for label in births.strata)
            before = joined_record(before, births, labels)
        return replace(before, psu=_first(links), links=links, population=None)

    def _possible_links(self) -> CityLinks:
        """The links from old cities that had a chance to be drawn; only they can share a weight."""
        links = self.links.links
        possible = self.previous.covered[links.old]
        return CityLinks(links.old[possible], links.new[possible], links.N_old, links.N_new)

    def _born(self) -> IntArray:
        """Rows of the frame of the births that were drawn."""
        assert self.births is not None
        found: IntArray = self.frame.table.index.get_indexer(self.births.rows.index)
        return found

    def _links(self, before: DrawRecord) -> RowLinks:
        """Links from the rows of this round to the cities that were drawn, in parts theta."""
        links = self._possible_links()
        rows = np.cumsum(self.selected) - 1
        old_rows = np.cumsum(self.previous.selected) - 1
        sampled = self.previous.selected[links.old]
        old, new = links.old[sampled], links.new[sampled]
        first = before.links or RowLinks(np.arange(before.psu.size), before.psu, np.ones(before.psu.size))
        psus_of: dict[int, list[tuple[int, float]]] = {}
        for row, psu, theta in zip(first.row.tolist(), first.psu.tolist(), first.share.tolist(), strict=True):
            psus_of.setdefault(row, []).append((psu, theta))
        parts: dict[tuple[int, int], float] = {}
        shares = 1.0 / links.parents[new]
        for j, k, share in zip(old_rows[old].tolist(), rows[new].tolist(), shares.tolist(), strict=True):
            for psu, theta in psus_of[j]:
                parts[k, psu] = parts.get((k, psu), 0.0) + share * theta
        if self.births is not None:
            for number, k in enumerate(rows[self._born()].tolist()):
                parts[k, before.pi.size + number] = 1.0
        keys = sorted(parts)
        return RowLinks(
            np.array([k for k, _ in keys], dtype=np.int64),
            np.array([psu for _, psu in keys], dtype=np.int64),
            np.array([parts[key] for key in keys]),
        )

    def with_data(
        self, data: pd.DataFrame, *, period: str | int | None = None, id: str = "city_id"
    ) -> WeightedSample:
        """Join the indicators of the cities, by city id; see :meth:`CitySample.with_data`."""
        from citysample.weighting.weighted_sample import WeightedSample

        return WeightedSample.from_draw(self, data, period=self.name if period is None else period, id=id)

    def register(self, name: str = "round 1") -> CityRegister:
        """The register of all cities of all rounds; ``name`` is that of the first round.

        See :meth:`CitySample.register`.
        """
        before = self.previous.register(name)
        ids = self.frame.table.index.tolist()
        return register_round(before, self.name, self.seed, ids, self.selected, self.links.renamed)


AnySample: TypeAlias = CitySample | RoundSample


def next_round(
    sample: AnySample,
    frame: CityFrame,
    links: pd.DataFrame | None = None,
    *,
    name: str | None = None,
    births: int = 2,
) -> RoundSample:
    """The sample of the next round; see :meth:`CitySample.next_round`."""
    name = f"round {_number(sample) + 1}" if name is None else str(name)
    if isinstance(births, bool) or not isinstance(births, (int, np.integer)) or births < 2:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The number of births of a stratum must be a whole number.",
            got=f"births = {births!r}",
            expected="int >= 2: a variance needs two cities",
            remedy="Correct births.",
        )
    found = link_frames(sample.frame.table.index.tolist(), frame.table.index.tolist(), links)
    new = np.flatnonzero(found.links.births)
    drawn = _draw_births(sample, frame, new, births) if new.size else None
    made = RoundSample(sample, frame, found, drawn, name)
    made.register()  # refuses ids of other cities, and a name that is taken
    return made


def _draw_births(sample: AnySample, frame: CityFrame, new: IntArray, least: int) -> CitySample:
    """Births in strata of their own: the sampling fraction of the panel, but at least ``least``."""
    design = sample.plan.design
    classes = {size_class.name for size_class in design.size_classes}
    columns = [column for column in design.strata if column not in classes]
    part = replace(frame, table=frame.table.iloc[new])
    strata = form_strata(part.table, columns)
    counts = np.bincount(strata.codes, minlength=len(strata.labels))
    covered = int(sample.covered.sum())
    n = births_plan(counts, fraction=sample.n / covered if covered else 0.0, at_least=least)
    rule = Explicit(dict(zip(strata.labels, n.tolist(), strict=True)))
    plan = SampleDesign(strata=columns, allocation=rule).plan(part)
    drawn = plan.arrays.aims == 1.0
    u = sample.register().random_numbers(plan.frame.table.index.tolist())
    for _, members in plan.groups():
        drawn[members] = select_srs(plan.arrays.aims[members], u[members])
    return CitySample.of_mask(plan, sample.seed, drawn)


def _number(sample: AnySample) -> int:
    return 1 if isinstance(sample, CitySample) else sample.number


def _first(links: RowLinks) -> IntArray:
    """The first PSU of each row."""
    rows, first = np.unique(links.row, return_index=True)
    assert rows.size == 0 or rows[-1] + 1 == rows.size
    return links.psu[first]
