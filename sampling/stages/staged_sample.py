"""The units that were drawn inside the sampled cities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import FrameError, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    labels,
    plain_text,
    require_columns,
    with_text_names,
)
from citysample.sampling.plan import CITY_COLUMNS
from citysample.sampling.record import DrawRecord, RowLinks
from citysample.sampling.stages.draw_stage import (
    StageRecord,
    ancestors,
    draw_stage,
    first_stage,
)
from citysample.sampling.stages.stage_frame import SEPARATOR, StageFrame, stage_frame

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.rounds.round_sample import AnySample
    from citysample.sampling.stages.stage import Stage
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["UNIT_ID", "StagedSample", "draw_units", "with_full_ids"]

UNIT_ID = "unit_id"
"""Name of the full ids of units, ``city/unit``."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StagedSample:
    """Units that were drawn inside the cities of a sample. Made by ``draw_units`` of the sample.

    Parameters
    ----------
    sample : CitySample or RoundSample
        The sample of cities.
    stages : tuple of Stage
        The decisions of each stage after the cities.
    frames : tuple of StageFrame
        The units that could be drawn at each of these stages.
    tables : tuple of pandas.DataFrame
        The rows of the lists that were drawn, in the order of the record of the stage.
    records : tuple of StageRecord
        What was drawn at each of these stages.

    Notes
    -----
    The inclusion probability of a unit is the product over the stages. The cities and their frame stay
    what they are: in estimates N counts cities, and n counts units.
    """

    sample: AnySample
    stages: tuple[Stage, ...]
    frames: tuple[StageFrame, ...]
    tables: tuple[pd.DataFrame, ...]
    records: tuple[StageRecord, ...]

    def __repr__(self) -> str:
        return f"StagedSample(n={self.n} units in {self.sample.n} cities)"

    @property
    def frame(self) -> CityFrame:
        """The frame of the cities."""
        return self.sample.frame

    @property
    def covered(self) -> BoolArray:
        """True for the cities of the frame that had a chance to be drawn, shape (N,)."""
        return self.sample.covered

    @property
    def added(self) -> tuple[str, ...]:
        """Units added on purpose; there are none."""
        return ()

    @property
    def listed(self) -> tuple[str, ...]:
        """Ids of all units that could be drawn at the last stage."""
        return self.frames[-1].full_ids

    @property
    def n(self) -> int:
        """Number of sampled units of the last stage."""
        return len(self.records[-1].units)

    @property
    def rows(self) -> pd.DataFrame:
        """The sampled units, indexed by ``unit_id``: the city, the columns of the frame, of the lists."""
        index = _index(self.records[-1].units)
        city_rows, *unit_rows = self._ancestors()
        cities = self.sample.rows
        table = cities.iloc[city_rows].set_axis(index, axis=0)
        table.insert(0, "city_id", cities.index[city_rows].tolist())
        for listed, places in zip(self.tables, unit_rows, strict=True):
            own = listed.iloc[places].set_axis(index, axis=0)
            table = table.join(own.drop(columns=[name for name in own.columns if name in table.columns]))
        return table

    @property
    def units(self) -> pd.DataFrame:
        """The sampled units, indexed by ``unit_id``, which is ``city/unit``.

        The columns of the frame and of the lists of units, then ``stratum`` of the city, ``stratum_2`` of the
        unit inside it, ``pi_1`` of the city, ``pi_2`` of the unit given its city, and so on; ``pi`` (their
        product), ``certainty`` and ``design_weight`` (1/pi).
        """
        record, table = self.record(), self.rows
        city_rows, *unit_rows = self._ancestors()
        table["stratum"] = self.sample.cities["stratum"].to_numpy()[city_rows]
        table["pi_1"] = self.sample.record().row_pi()[city_rows]
        for stage, places in zip(self.records, unit_rows, strict=True):
            if self.frames[stage.stage - 2].strata is not None:
                table[f"stratum_{stage.stage}"] = np.array(stage.strata, dtype=object)[places]
            table[f"pi_{stage.stage}"] = stage.pi[places]
        table["pi"] = record.row_pi()
        table["certainty"] = record.certain_rows()
        table["design_weight"] = record.weights()
        return table

    @property
    def pi(self) -> FloatArray:
        """Inclusion probabilities of the sampled units, shape (n,): the product over the stages."""
        return self.record().row_pi()

    def _ancestors(self) -> tuple[IntArray, ...]:
        """Rows of the sampled cities, and of the units of each stage, for each unit of the last one."""
        rows = ancestors(self.records)
        return (self.records[0].parent_rows[rows[0]], *rows)

    def draw_units(self, stage: Stage, table: pd.DataFrame) -> StagedSample:
        """Draw units inside the units of the last stage; see :meth:`CitySample.draw_units`."""
        return _drawn(self, self.records[-1], stage, table)

    def record(self) -> DrawRecord:
        """The record of all draws: the rows are the units of the last stage."""
        cities = self.sample.record()
        city = self._ancestors()[0]
        links = None if cities.links is None else _unit_links(cities.links, city)
        return replace(cities, psu=cities.psu[city], links=links, stages=self.records)

    def with_data(
        self,
        data: pd.DataFrame,
        *,
        period: str | int | None = None,
        id: str | Sequence[str] = UNIT_ID,
    ) -> WeightedSample:
        """Join the data of the sampled units, by unit id, and give design weights.

        Parameters
        ----------
        data : pandas.DataFrame
            One row for each unit of the last stage; see :meth:`CitySample.with_data`.
        period : str or int, optional
            Reference period of the data.
        id : str or sequence of str
            Column with the full id, ``city/unit``; or the columns of its parts, such as
            ``["city_id", "area_id"]``.

        Returns
        -------
        WeightedSample
        """
        from citysample.weighting.weighted_sample import WeightedSample

        if not isinstance(id, str):
            data, id = with_full_ids(data, list(id)), UNIT_ID
        return WeightedSample.from_draw(self, data, period=period, id=id)


def draw_units(sample: AnySample, stage: Stage, table: pd.DataFrame) -> StagedSample:
    """Draw units inside the cities of a sample; see :meth:`CitySample.draw_units`."""
    cities = sample.rows.index.tolist()
    none = np.ones(len(cities))
    first = first_stage(cities, [""] * len(cities), none, "")
    return _drawn(StagedSample(sample, (), (), (), ()), first, stage, table)


def _drawn(before: StagedSample, parents: StageRecord, stage: Stage, table: pd.DataFrame) -> StagedSample:
    """The sample with one more stage, drawn inside the units of the record of the stage before."""
    table = with_text_names(table, "FRAME")
    columns = [stage.city, *(earlier.unit for earlier in before.stages)]
    known = before.frames[-1].full_ids if before.frames else before.frame.table.index
    frame = stage_frame(
        table, parents=columns, unit=stage.unit, stratum=stage.strata, size=stage.size, known=set(known)
    )
    record = draw_stage(parents, frame, stage.n, stage.selection(before.sample.seed))
    place = {full: row for row, full in enumerate(frame.full_ids)}
    listed = table.iloc[[place[unit] for unit in record.units]].drop(columns=columns)
    sample = replace(
        before,
        stages=(*before.stages, stage),
        frames=(*before.frames, frame),
        tables=(*before.tables, listed),
        records=(*before.records, record),
    )
    _refuse_clashes(sample)
    return sample


def _refuse_clashes(sample: StagedSample) -> None:
    """No column of a list may have the name of a column of the draw, or contradict the frame."""
    stage = sample.stages[-1]
    listed = sample.tables[-1]
    numbers = range(1, len(sample.stages) + 2)
    own = {"city_id", UNIT_ID, *CITY_COLUMNS, *(f"{word}_{k}" for word in ("pi", "stratum") for k in numbers)}
    before = replace(sample, tables=(*sample.tables[:-1], listed[[]])).rows
    clash = [name for name in listed.columns if name in own]
    clash += [
        name
        for name in listed.columns
        if name in before.columns and labels(before[name]) != labels(listed[name])
    ]
    if clash:
        raise FrameError(
            "FRAME-COLUMN-RESERVED",
            "The list of units has columns of the draw, or columns that contradict the city frame.",
            where=f"units '{stage.unit}'",
            got=f"columns {quoted(clash)}",
            expected="other names",
            remedy="Rename these columns in the list of units.",
        )


def _unit_links(links: RowLinks, city: IntArray) -> RowLinks:
    """Links of the units: those of their cities."""
    of_city: dict[int, list[int]] = {}
    for link, row in enumerate(links.row.tolist()):
        of_city.setdefault(row, []).append(link)
    pairs = [(unit, link) for unit, row in enumerate(city.tolist()) for link in of_city[row]]
    units = np.array([unit for unit, _ in pairs], dtype=np.int64)
    chosen = np.array([link for _, link in pairs], dtype=np.int64)
    return RowLinks(units, links.psu[chosen], links.share[chosen])


def with_full_ids(data: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The data with the full ids of their units in place of the parts."""
    data = with_text_names(data, "DATA")
    require_columns(data, columns, "DATA", "ids of the units")
    cells = zip(*(data[name].tolist() for name in columns), strict=True)
    full = [SEPARATOR.join(plain_text(cell) or "" for cell in row) for row in cells]
    return data.drop(columns=columns).assign(**{UNIT_ID: full})


def _index(units: Sequence[str]) -> pd.Index:
    import pandas as pd

    return pd.Index(list(units), dtype=object, name=UNIT_ID)
