"""Two-stage and three-stage samples against R survey. two_stage.R wrote the figures; README.md says how."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.sampling.record import DrawRecord
from citysample.sampling.stages.draw_stage import StageRecord

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-9
"""Relative. Both programs evaluate the same closed formula in double precision."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    by: str
    domain: str
    interval: str
    estimate: float
    se: float
    lower: float
    upper: float


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    degf: float
    weights: list[float]
    figures: list[Figure]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    blocks: dict[str, Block]


@cache
def golden() -> Golden:
    return msgspec.json.decode((HERE / "two_stage.json").read_bytes(), type=Golden)


def homes() -> pd.DataFrame:
    table = pd.read_csv(HERE / "two_stage.csv", dtype={"home": str})
    return table.assign(full_area=table["city"] + "/" + table["area"])


def stage(table: pd.DataFrame, number: int, unit: str, parent: str, N: str, group: str | None) -> StageRecord:
    """The record of a stage: one row of the table for each unit, with the size of its group."""
    parents = list(dict.fromkeys(table[parent]))
    strata = table[group] if group else pd.Series("all", index=table.index)
    together = strata.groupby([table[parent], strata]).transform("size")
    return StageRecord(
        stage=number,
        units=tuple(table[unit]),
        parents=tuple(table[parent]),
        parent_rows=np.array([parents.index(name) for name in table[parent]], dtype=np.int64),
        strata=tuple(strata),
        pi=(together / table[N]).to_numpy(dtype=np.float64),
        N=table[N].to_numpy(dtype=np.int64),
        method="srs",
    )


def survey(table: pd.DataFrame, stages: tuple[StageRecord, ...]) -> cs.WeightedSample:
    cities = table.drop_duplicates("city")
    strata = list(dict.fromkeys(cities["stratum"]))
    stratum = np.array([strata.index(name) for name in cities["stratum"]], dtype=np.int64)
    pi = (np.bincount(stratum)[stratum] / cities["N"]).to_numpy(dtype=np.float64)
    codes = {name: row for row, name in enumerate(cities["city"])}
    psu = np.array([codes[name] for name in table["city"]], dtype=np.int64)
    draw = DrawRecord("srs", tuple(strata), psu, stratum, pi, pi == 1.0, "fail", stages=stages)
    return cs.WeightedSample(table, draw.weights(), draw)


def surveys() -> dict[str, cs.WeightedSample]:
    every = homes()
    areas = every.drop_duplicates("full_area").reset_index(drop=True)
    by_kind = stage(areas, 2, "full_area", "city", "M_kind", "kind")
    return {
        "areas in cities": survey(areas, (stage(areas, 2, "full_area", "city", "M", None),)),
        "areas in strata of cities": survey(areas, (by_kind,)),
        "homes in areas in cities": survey(every, (by_kind, stage(every, 3, "home", "full_area", "K", None))),
    }


@pytest.mark.parametrize(
    "block", ["areas in cities", "areas in strata of cities", "homes in areas in cities"]
)
def test_figures_of_samples_in_stages(block: str) -> None:
    expected, sample = golden().blocks[block], surveys()[block]
    np.testing.assert_allclose(sample.weights, expected.weights, rtol=1e-14)
    names = {figure.name: figure.name for figure in expected.figures}
    rows = sample.estimate(names, by=["stratum", "tenure"], interval="t", df="nominal").rows
    ours = {(row.name, row.by, row.domain): row for row in rows}
    compared = 0
    for figure in expected.figures:
        row = ours[figure.name, figure.by, figure.domain]
        assert row.df == expected.degf
        for what in ("estimate", "se", "lower", "upper"):
            assert getattr(row, what) == pytest.approx(getattr(figure, what), rel=TOLERANCE), (figure, what)
            compared += 1
    assert compared == 4 * 10
    assert set(golden().blocks) == set(surveys())


def test_the_second_stage_inside_take_all_cities_is_part_of_the_figures() -> None:
    """All large cities are in the sample, so their standard error comes from inside the cities alone."""
    for sample in surveys().values():
        (row,) = (r for r in sample.estimate("total(persons)", by="stratum").rows if r.domain == "large")
        assert row.se > 0.0
        assert row.interval_method == "log"
        assert row.n_certainty < row.n
