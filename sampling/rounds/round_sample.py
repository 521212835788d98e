"""The sample of a later round: the panel, the births, and the weights they have in the new frame."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.allocate.rules import Explicit
from citysample.sampling.city_sample import CitySample
from citysample.sampling.design import SampleDesign
from citysample.sampling.randomness import permanent_random_numbers
from citysample.sampling.record import DrawRecord, RowLinks
from citysample.sampling.rounds.next_round import FrameLinks, births_plan, link_frames
from citysample.sampling.rounds.register import CityRegister, register_round
from citysample.sampling.rounds.weight_share import weight_share
from citysample.sampling.stratify.strata import form_strata

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["AnySample", "RoundSample", "next_round"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoundSample:
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

    Notes
    -----
    Cities that stay keep their weight. A city merged from L cities of the old frame has
    w = (1/L) sum I_j/pi_j over its parts, each part of a split city the weight of that city. Dead cities
    stay in the record and contribute zero. The variance is that of the cities that were drawn first.
    """

    previous: AnySample
    frame: CityFrame
    links: FrameLinks
    births: CitySample | None
    name: str

    def __repr__(self) -> str:
        return f"RoundSample({self.name!r}, n={self.n} of N={self.frame.N})"

    @property
    def seed(self) -> str:
        """The seed, the same in all rounds."""
        return self.previous.seed

    @property
    def weights(self) -> FloatArray:
        """Weight of each city of the frame, shape (N,); 0 outside the sample."""
        old = np.zeros(self.links.links.N_old)
        old[self.previous.selected] = self.previous.record().weights()
        weights = weight_share(self.links.links, old).weights
        if self.births is not None:
            drawn = self.births
            rows = self.frame.table.index.get_indexer(drawn.frame.table.index[drawn.selected])
            weights[rows] = 1.0 / drawn.pi[drawn.selected]
        return weights

    @property
    def selected(self) -> BoolArray:
        """True for the cities of the sample, shape (N,)."""
        return self.weights > 0.0

    @property
    def covered(self) -> BoolArray:
        """True for the cities of the frame that had a chance to be in the sample, shape (N,)."""
        links = self.links.links
        found = np.bincount(links.new, weights=self.previous.covered[links.old], minlength=links.N_new) > 0
        return np.asarray(found | links.births)

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
        ``certainty``, ``role`` (``same``, ``new id``, ``merge``, ``split``, ``regrouped`` or ``birth``),
        ``design_weight`` and ``random_number``.
        """
        record = self.record()
        table = self.frame.cities[self.selected].copy()
        table["stratum"] = [record.strata[h] for h in record.stratum[record.psu]]
        table["pi"] = record.row_pi()
        table["certainty"] = record.certain_rows()
        table["role"] = np.array(self.links.new_cases, dtype=object)[self.selected]
        table["design_weight"] = record.weights()
        old_ids = [self.links.renamed.get(city, city) for city in table.index]
        table["random_number"] = permanent_random_numbers(self.seed, old_ids)
        return table

    @property
    def ineligible(self) -> pd.DataFrame:
        """Sampled cities of the round before that are not in the frame any more: they contribute zero."""
        table = self.previous.cities
        dead = np.array(self.links.old_cases, dtype=object)[self.previous.selected] == "death"
        gone: pd.DataFrame = table.loc[self.previous.frame.table.index[self.previous.selected][dead]]
        return gone

    def record(self) -> DrawRecord:
        """The record of the draws: PSUs are the cities that were drawn, rows the cities of this round."""
        before = self.previous.record()
        if self.births is None:
            return replace(before, psu=_first(self._links(before, 0)), links=self._links(before, 0))
        births = self.births.record()
        links = self._links(before, births.pi.size)
        H, m = len(before.strata), births.pi.size
        return replace(
            before,
            strata=(*before.strata, *(f"births {self.name}: {label}" for label in births.strata)),
            psu=_first(links),
            stratum=np.concatenate([before.stratum, births.stratum + H]),
            pi=np.concatenate([before.pi, births.pi]),
            certainty=np.concatenate([before.certainty, births.certainty]),
            stratum_methods=(*_methods(before), *(births.method for _ in births.strata)),
            balance=_longer(before.balance, m),
            coordinates=_longer(before.coordinates, m),
            position=None,
            links=links,
        )

    def _links(self, before: DrawRecord, births: int) -> RowLinks:
        """Links from the rows of this round to the cities that were drawn, in parts theta."""
        frame_links = self.links.links
        rows = np.cumsum(self.selected) - 1
        old_rows = np.cumsum(self.previous.selected) - 1
        sampled = self.previous.selected[frame_links.old]
        old, new = frame_links.old[sampled], frame_links.new[sampled]
        share = 1.0 / frame_links.parents[new]
        first = before.links or RowLinks(np.arange(before.psu.size), before.psu, np.ones(before.psu.size))
        parts: dict[tuple[int, int], float] = {}
        psus_of: dict[int, list[tuple[int, float]]] = {}
        for row, psu, theta in zip(first.row.tolist(), first.psu.tolist(), first.share.tolist(), strict=True):
            psus_of.setdefault(row, []).append((psu, theta))
        for j, k, part in zip(old_rows[old].tolist(), rows[new].tolist(), share.tolist(), strict=True):
            for psu, theta in psus_of[j]:
                parts[k, psu] = parts.get((k, psu), 0.0) + part * theta
        if self.births is not None:
            chosen = self.births.frame.table.index[self.births.selected]
            for number, k in enumerate(rows[self.frame.table.index.get_indexer(chosen)].tolist()):
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

    def next_round(
        self,
        frame: CityFrame,
        links: pd.DataFrame | None = None,
        *,
        name: str | None = None,
        births: int = 2,
    ) -> RoundSample:
        """The sample of the round after this one; see :meth:`CitySample.next_round`."""
        return next_round(self, frame, links, name=name, births=births)

    def register(self) -> CityRegister:
        """The register of all cities of all rounds, with their permanent random numbers."""
        return register_round(
            self.previous.register(),
            self.name,
            self.seed,
            self.frame.table.index.tolist(),
            self.selected,
            self.links.renamed,
        )

    def rounds(self) -> int:
        """Number of this round; the draw was the first."""
        return 2 if isinstance(self.previous, CitySample) else self.previous.rounds() + 1

    def design(self) -> SampleDesign:
        """The design of the first round."""
        return self.previous.plan.design if isinstance(self.previous, CitySample) else self.previous.design()


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
    number = 2 if isinstance(sample, CitySample) else sample.rounds() + 1
    name = f"round {number}" if name is None else str(name)
    found = link_frames(sample.frame.table.index.tolist(), frame.table.index.tolist(), links)
    new = np.flatnonzero(found.links.births)
    drawn = _draw_births(sample, frame, new, births) if new.size else None
    return RoundSample(sample, frame, found, drawn, name)


def _draw_births(sample: AnySample, frame: CityFrame, new: IntArray, least: int) -> CitySample:
    """Births in strata of their own: the sampling fraction of the panel, but at least ``least``."""
    if isinstance(least, bool) or not isinstance(least, (int, np.integer)) or least < 2:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The number of births of a stratum must be a whole number.",
            got=f"births = {least!r}",
            expected="int >= 2: a variance needs two cities",
            remedy="Correct births.",
        )
    design = sample.design() if isinstance(sample, RoundSample) else sample.plan.design
    classes = {size_class.name for size_class in design.size_classes}
    columns = [column for column in design.strata if column not in classes]
    part = replace(frame, table=frame.table.iloc[new])
    strata = form_strata(part.table, columns)
    counts = np.bincount(strata.codes, minlength=len(strata.labels))
    covered = int(sample.covered.sum())
    n = births_plan(counts, fraction=sample.n / covered if covered else 0.0, at_least=least)
    rule = Explicit(dict(zip(strata.labels, n.tolist(), strict=True)))
    plan = SampleDesign(strata=columns, allocation=rule, single_psu=design.single_psu).plan(part)
    return plan.draw(sample.seed)


def _first(links: RowLinks) -> IntArray:
    """The first PSU of each row."""
    rows, first = np.unique(links.row, return_index=True)
    assert rows.size == 0 or rows[-1] + 1 == rows.size
    return links.psu[first]


def _methods(record: DrawRecord) -> Collection[str]:
    return record.stratum_methods or tuple(record.method for _ in record.strata)


def _longer(values: FloatArray | None, more: int) -> FloatArray | None:
    """The array with rows of NaN for the PSUs that have no such values."""
    return None if values is None else np.vstack([values, np.full((more, values.shape[1]), np.nan)])
