"""Samples drawn elsewhere: what each option means for weights, probabilities, strata and certainty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs

from_table = cs.CitySample.from_table


def table(**change: Any) -> pd.DataFrame:
    start = pd.DataFrame(
        {
            "code": ["07", "08", "01", "02", "03"],
            "zone": ["S", "S", "N", "N", "N"],
            "y": [1.0, 3.0, 2.0, 6.0, 4.0],
            "N_h": [8, 8, 12, 12, 12],
            "f_h": [0.25, 0.25, 0.25, 0.25, 0.25],
            "chance": [0.5, 0.25, 0.2, 0.4, 0.8],
            "w": [2.0, 4.0, 5.0, 2.5, 1.25],
        }
    )
    return start.assign(**change)


def test_fpc_alone_gives_the_weights() -> None:
    survey = from_table(table(), strata="zone", fpc="N_h")
    assert survey.weights.tolist() == [4.0, 4.0, 4.0, 4.0, 4.0]
    assert survey.draw.pi.tolist() == [0.25] * 5
    assert survey.draw.strata == ("N", "S")
    assert survey.draw.stratum.tolist() == [1, 1, 0, 0, 0]
    assert survey.draw.method == "srs"
    assert not survey.draw.certainty.any()


@pytest.mark.parametrize("fpc", ["f_h", 0.25])
def test_fpc_may_be_the_sampling_fraction(fpc: str | float) -> None:
    survey = from_table(table(), strata="zone", fpc=fpc)
    assert survey.weights.tolist() == [4.0] * 5


def test_fpc_may_be_one_number() -> None:
    survey = from_table(table(), fpc=50)
    assert survey.weights.tolist() == [10.0] * 5
    assert survey.draw.strata == ("all",)


def test_rows_without_ids_are_numbered() -> None:
    assert from_table(table(), fpc=50).cities.index.tolist() == ["1", "2", "3", "4", "5"]
    survey = from_table(table(), id="code", fpc=50, period=2024)
    assert survey.cities.index.tolist() == ["07", "08", "01", "02", "03"]
    assert survey.cities.index.name == "city_id"
    assert survey.period == "2024"
    assert survey.frame is None


def test_weights_that_are_given_are_kept_and_the_fpc_is_that_of_the_strata() -> None:
    survey = from_table(table(), strata="zone", weights="w", fpc="N_h")
    assert survey.weights.tolist() == table()["w"].tolist()
    assert survey.draw.pi.tolist() == [0.25] * 5


@pytest.mark.parametrize("method", ["systematic", "pivotal"])
def test_unequal_probabilities(method: str) -> None:
    survey = from_table(table(), strata="zone", pi="chance", method=method)
    assert survey.weights.tolist() == [2.0, 4.0, 5.0, 2.5, 1.25]
    assert survey.draw.pi.tolist() == table()["chance"].tolist()
    assert survey.draw.method == method


def test_probability_1_is_certainty() -> None:
    survey = from_table(table(chance=[1.0, 0.25, 0.2, 0.4, 1.0]), pi="chance", method="pivotal")
    assert survey.draw.certainty.tolist() == [True, False, False, False, True]


def test_take_all_stratum_is_certain() -> None:
    survey = from_table(table(N_h=[2, 2, 12, 12, 12]), strata="zone", fpc="N_h")
    assert survey.draw.certainty.tolist() == [True, True, False, False, False]
    assert survey.weights.tolist() == [1.0, 1.0, 4.0, 4.0, 4.0]


@pytest.mark.parametrize("weights", [{"weights": "w"}, {"pi": "chance"}])
def test_with_replacement(weights: dict[str, Any]) -> None:
    survey = from_table(table(), strata="zone", method="with_replacement", **weights)
    assert survey.weights.tolist() == [2.0, 4.0, 5.0, 2.5, 1.25]
    assert np.isnan(survey.draw.pi).all()
    assert not survey.draw.certainty.any()
    assert survey.estimate(cs.Total("y")).rows[0].variance_method == "with_replacement"


@pytest.mark.parametrize("certainty", ["sure", ["07", "01"]], ids=["column", "ids"])
@pytest.mark.parametrize(
    "flags", [[1, 0, 1, 0, 0], [True, False, True, False, False], [1.0, 0.0, 1.0, 0.0, 0.0]]
)
def test_certainty_units_leave_the_others_their_part_of_the_stratum(certainty: Any, flags: list[Any]) -> None:
    survey = from_table(table(sure=flags), id="code", strata="zone", fpc="N_h", certainty=certainty)
    assert survey.draw.certainty.tolist() == [True, False, True, False, False]
    np.testing.assert_allclose(survey.draw.pi, [1, 1 / 7, 1, 2 / 11, 2 / 11])
    np.testing.assert_allclose(survey.weights, [1, 7, 1, 5.5, 5.5])


def test_clusters() -> None:
    survey = from_table(table(block=["q", "q", "p", "r", "p"]), strata="zone", psu="block", fpc="N_h")
    # Blocks p, q, r: q lies in S (1 of 8), p and r in N (2 of 12).
    assert survey.draw.psu.tolist() == [1, 1, 0, 2, 0]
    assert survey.draw.stratum.tolist() == [0, 1, 0]
    np.testing.assert_allclose(survey.draw.pi, [2 / 12, 1 / 8, 2 / 12])
    np.testing.assert_allclose(survey.weights, [8, 8, 6, 6, 6])


def test_clusters_with_probabilities() -> None:
    clustered = table(block=[1, 1, 2, 3, 2], chance=[0.5, 0.5, 0.2, 0.4, 0.2])
    survey = from_table(clustered, psu="block", pi="chance", method="pivotal")
    assert survey.draw.pi.tolist() == [0.5, 0.2, 0.4]
    assert survey.weights.tolist() == [2.0, 2.0, 5.0, 2.5, 5.0]


@pytest.mark.parametrize("rule", ["fail", "adjust", "average", "certainty"])
def test_single_psu_rule_is_recorded(rule: str) -> None:
    assert from_table(table(), fpc=50, single_psu=rule).draw.single_psu == rule


@pytest.mark.parametrize(
    ("zones", "names"),
    [
        ([10, 10, 9, 9, 9], ("9", "10")),
        ([10.0, 10.0, 9.0, 9.0, 9.0], ("9", "10")),
        (pd.Categorical(["S", "S", "N", "N", "N"], categories=["S", "x", "N"]), ("S", "N")),
        (pd.Categorical([2.0, 2.0, 1.0, 1.0, 1.0]), ("1", "2")),
        (pd.Series([2, 2, 1, 1, 1], dtype="Int64"), ("1", "2")),
        (pd.Series([2.0, 2.0, "1", "1", "1"], dtype=object), ("1", "2")),
    ],
    ids=["whole", "float", "categories", "number categories", "Int64", "mixed"],
)
def test_strata_of_any_storage(zones: Any, names: tuple[str, ...]) -> None:
    survey = from_table(table(zone=zones), strata="zone", fpc="N_h")
    assert survey.draw.strata == names


def test_a_drawn_sample_and_its_table_are_the_same_survey() -> None:
    people = [17, 5, 9, 30, 12, 8, 21, 3, 14, 6, 11, 19]
    frame_table = pd.DataFrame({"id": list("abcdefghijkl"), "people": people, "zone": ["N", "S"] * 6})
    frame = cs.CityFrame.from_table(frame_table, id="id", size="people")
    compared = 0
    for method in ("srs", "systematic", "pivotal"):
        design = cs.SampleDesign(strata=["zone"], n=8, method=method, certainty=["d"])
        sample = design.plan(frame).draw("seed")
        cities = sample.cities.assign(y=lambda t: t["people"] ** 2 + 1.0)
        drawn = sample.with_data(cities[["y"]])
        options: dict[str, Any] = {"fpc": "N_h"} if method == "srs" else {"pi": "pi"}
        elsewhere = from_table(
            cities.assign(N_h=6).reset_index(),
            id="city_id", strata="zone", certainty="certainty", method=method, **options,
        )  # fmt: skip
        for expression in (cs.Total("y"), cs.Ratio("y", "people"), cs.Mean("people")):
            here, there = drawn.estimate(expression).rows[0], elsewhere.estimate(expression).rows[0]
            assert here.estimate == pytest.approx(there.estimate, rel=1e-13)
            assert here.se == pytest.approx(there.se, rel=1e-12)
            assert (here.df, here.n_certainty) == (there.df, there.n_certainty)
            compared += 1
    assert compared == 9


@given(st.permutations(range(5)))
def test_order_of_rows_is_irrelevant(order: list[int]) -> None:
    options: dict[str, Any] = {"id": "code", "strata": "zone", "psu": "block", "fpc": "N_h"}
    blocks = table(block=["q", "s", "p", "r", "p"])
    survey, shuffled = from_table(blocks, **options), from_table(blocks.iloc[order], **options)
    expected, found = survey.estimate(cs.Mean("y")).rows[0], shuffled.estimate(cs.Mean("y")).rows[0]
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-14)
    assert found.se == pytest.approx(expected.se, rel=1e-12)
    assert shuffled.cities["weight"].to_dict() == survey.cities["weight"].to_dict()


def test_the_table_is_copied() -> None:
    start = table()
    survey = from_table(start, fpc=50)
    start.loc[:, "y"] = 0.0
    assert survey.cities["y"].tolist() == [1.0, 3.0, 2.0, 6.0, 4.0]


def test_certainty_units_with_other_weights_are_said() -> None:
    data = pd.DataFrame({"y": [9.0, 1.0, 2.0, 3.0], "sure": [1, 0, 0, 0], "w": [3.0, 4.0, 4.0, 4.0]})
    heavy = cs.CitySample.from_table(data, weights="w", certainty="sure", fpc=13).estimate("total(y)")
    assert [found.rule for found in heavy.decisions if "other than 1" in found.what] == ["certainty"]
    light = cs.CitySample.from_table(data.assign(w=[1.0, 4, 4, 4]), weights="w", certainty="sure", fpc=13)
    assert not [found for found in light.estimate("total(y)").decisions if found.rule == "certainty"]
