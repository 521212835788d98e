"""Joining data to a drawn sample: on the city id, never on order or name; nothing dropped in silence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.sampling.plan import CITY_COLUMNS

Refused = Callable[..., AbstractContextManager[None]]

IDS = ["001", "002", "010", "9", "a", "b", "c", "d"]


def drawn_sample() -> cs.CitySample:
    table = pd.DataFrame({"id": IDS, "people": [9, 8, 7, 6, 5, 4, 3, 2], "zone": list("NNNNSSSS")})
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    return cs.SampleDesign(strata=["zone"], n=6, method="srs").plan(frame).draw("seed")


SAMPLE = drawn_sample()
SAMPLED: list[str] = SAMPLE.cities.index.tolist()


def data() -> pd.DataFrame:
    return pd.DataFrame({"city_id": SAMPLED, "y": [float(10 * k + 1) for k in range(len(SAMPLED))]})


@given(st.permutations(range(len(SAMPLED))))
def test_join_is_on_the_id_and_not_on_the_order(order: list[int]) -> None:
    survey = SAMPLE.with_data(data().iloc[order])
    assert survey.cities["y"].to_dict() == dict(zip(SAMPLED, data()["y"], strict=True))
    assert survey.cities.index.tolist() == SAMPLED
    assert survey.missing == ()
    assert survey.cities["weight"].tolist() == SAMPLE.cities["design_weight"].tolist()


@pytest.mark.parametrize("how", ["column", "index", "other column", "other index"])
def test_the_id_may_be_a_column_or_the_index(how: str) -> None:
    name = "code" if how.startswith("other") else "city_id"
    table = data().rename(columns={"city_id": name})
    table = table.set_index(name) if how.endswith("index") else table
    survey = SAMPLE.with_data(table, id=name)
    assert survey.cities["y"].tolist() == data()["y"].tolist()


def test_columns_are_those_of_the_frame_then_those_of_the_data() -> None:
    survey = SAMPLE.with_data(data(), period=2025)
    assert survey.table.columns.tolist() == ["people", "zone", "y"]
    assert survey.cities.columns.tolist() == ["people", "zone", "y", "stratum", "pi", "certainty", "weight"]
    assert survey.period == "2025"
    assert SAMPLE.with_data(data()).period == ""
    assert survey.frame is SAMPLE.plan.frame
    assert repr(survey) == "WeightedSample(6 rows, 0 without data)"


def test_numeric_ids_of_the_data_are_their_digits() -> None:
    frame = cs.CityFrame.from_table(pd.DataFrame({"id": range(1, 7)}), id="id")
    sample = cs.SampleDesign(n=3).plan(frame).draw("seed")
    numbers = [int(city) for city in sample.cities.index]
    survey = sample.with_data(pd.DataFrame({"city_id": numbers[::-1], "y": [3.0, 2.0, 1.0]}))
    assert survey.cities["y"].tolist() == [1.0, 2.0, 3.0]


def test_leading_zeros_are_not_guessed(refused: Refused) -> None:
    zeros = [city for city in SAMPLED if city.startswith("0")]
    assert zeros
    with refused("DATA-ID-NOT-SAMPLED", zeros[0].lstrip("0"), "not even in the frame"):
        SAMPLE.with_data(data().assign(city_id=[city.lstrip("0") for city in SAMPLED]))


def test_sampled_cities_without_a_row_are_listed() -> None:
    survey = SAMPLE.with_data(data().iloc[[0, 2, 3, 5]])
    assert survey.missing == (SAMPLED[1], SAMPLED[4])
    assert survey.cities["y"].isna().tolist() == [False, True, False, False, True, False]
    assert survey.weights.size == 6
    assert repr(survey) == "WeightedSample(6 rows, 2 without data)"


def test_cities_without_data_are_refused_when_they_are_needed(refused: Refused) -> None:
    survey = SAMPLE.with_data(data().iloc[[0, 2, 3, 5]])
    words = (
        "2 sampled cities",
        "columns y",
        f"cities '{SAMPLED[1]}', '{SAMPLED[4]}'",
        "2 of them have no row",
    )
    with refused("DATA-VALUE-MISSING", *words):
        survey.estimate(cs.Mean("y"))
    assert survey.estimate(cs.Total("people")).rows[0].n == 6


def test_empty_data_leave_every_city_missing() -> None:
    survey = SAMPLE.with_data(data().iloc[:0])
    assert list(survey.missing) == SAMPLED


REFUSALS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    (
        "frame column",
        {"people": 1.5},
        "DATA-COLUMN-CLASH",
        ("'people'", "'1.5'", "contradicts", "are not needed in the data: delete them"),
    ),
    ("frame labels", {"zone": list("NNNNNN")}, "DATA-COLUMN-CLASH", ("'zone'", "cities", "'N'", "rename")),
    ("frame column with gaps", {"zone": None}, "DATA-COLUMN-CLASH", ("'zone'", "6 in all")),
    ("count of cities", {"cities": 1.0}, "DATA-COLUMN-RESERVED", ("'cities'", "Rename")),
    ("repeated ids", {"city_id": ["001"] * 6}, "DATA-ID-DUPLICATE", ("cities '001'", "'001' in 6 rows")),
    ("missing id", {"city_id": [None, *SAMPLED[1:]]}, "DATA-ID-INVALID", ("1 rows", "data rows 1")),
    ("float ids", {"city_id": [float(k) for k in range(6)]}, "DATA-ID-INVALID", ("6 rows", "'0.0'")),
    (
        "strange ids",
        {"city_id": [*SAMPLED[:4], "Bern", "Thun"]},
        "DATA-ID-NOT-SAMPLED",
        ("2 cities", "cities 'Bern', 'Thun'", "2 of them are not even in the frame", "6 sampled"),
    ),
]


@pytest.mark.parametrize(("what", "change", "code", "words"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_data_that_are_refused(
    refused: Refused, what: str, change: dict[str, Any], code: str, words: tuple[str, ...]
) -> None:
    assert what
    with refused(code, *words):
        SAMPLE.with_data(data().assign(**change))


def test_city_of_the_frame_that_was_not_drawn_is_refused(refused: Refused) -> None:
    outside = sorted(set(IDS) - set(SAMPLED))
    assert len(outside) == 2
    more = pd.concat([data(), pd.DataFrame({"city_id": outside, "y": [1.0, 2.0]})])
    with refused("DATA-ID-NOT-SAMPLED", "all are in the frame", "was not drawn has no weight"):
        SAMPLE.with_data(more)


def test_columns_that_repeat_the_frame_are_left_out() -> None:
    cities = SAMPLE.cities
    repeated = data().assign(people=cities["people"].astype(float).tolist(), zone=cities["zone"].tolist())
    survey = SAMPLE.with_data(repeated.iloc[::-1])
    assert survey.table.columns.tolist() == ["people", "zone", "y"]
    assert survey.cities["people"].tolist() == cities["people"].tolist()
    assert SAMPLE.with_data(repeated.iloc[:4]).missing == tuple(SAMPLED[4:])


def test_strange_city_is_named_even_if_columns_repeat_the_frame(refused: Refused) -> None:
    repeated = data().assign(zone=SAMPLE.cities["zone"].tolist())
    repeated.loc[0, "city_id"] = "Bern"
    with refused("DATA-ID-NOT-SAMPLED", "cities 'Bern'"):
        SAMPLE.with_data(repeated)


def test_repeated_columns_are_refused(refused: Refused) -> None:
    with refused("TABLE-HEADER-INVALID", "'y'"):
        SAMPLE.with_data(pd.concat([data(), data()[["y"]]], axis=1))


def test_unknown_id_column(refused: Refused) -> None:
    with refused("DATA-COLUMN-UNKNOWN", "city id of the data", "Did you mean 'city_id'?"):
        SAMPLE.with_data(data(), id="cityid")


def test_data_are_copied() -> None:
    table = data()
    survey = SAMPLE.with_data(table)
    table.loc[:, "y"] = 0.0
    copy = survey.cities
    copy.loc[:, "y"] = 0.0
    np.testing.assert_array_equal(survey.cities["y"], data()["y"])


def test_the_columns_of_the_draw_are_those_that_the_sample_adds() -> None:
    added = SAMPLE.cities.columns.tolist()[len(SAMPLE.plan.frame.table.columns) :]
    assert [*added[:3], "weight", *added[3:], "substitute_rank"] == list(CITY_COLUMNS)


@pytest.mark.parametrize("column", CITY_COLUMNS)
@pytest.mark.parametrize("cells", ["FAUX", 0.33, None, 7])
def test_columns_of_the_draw_are_left_out_whatever_they_hold(column: str, cells: Any) -> None:
    survey = SAMPLE.with_data(data().assign(**{column: cells}))
    assert survey.table.columns.tolist() == ["people", "zone", "y"]
    assert survey.cities["weight"].tolist() == SAMPLE.cities["design_weight"].tolist()
    assert survey.cities["stratum"].tolist() == SAMPLE.cities["stratum"].tolist()


def test_columns_of_the_sample_file_may_stay_in_the_data() -> None:
    table = pd.DataFrame({"id": list("abcdef"), "people": [7, 6, 5, 4, 3, 2], "zone": list("NNNSSS")})
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    sample = cs.SampleDesign(strata=["zone"], n=4).plan(frame).draw("copy")
    copy = sample.cities.assign(y=1.5, weight=sample.cities["design_weight"])
    survey = sample.with_data(copy)
    assert survey.table.columns.tolist() == ["people", "zone", "y"]
    assert survey.estimate("total(y)").rows[0].estimate == 1.5 * 6
