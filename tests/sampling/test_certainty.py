"""Certainty cities: by threshold, by id, by size, and what is left for the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]
METHODS = ["srs", "systematic", "pivotal"]


def frame() -> cs.CityFrame:
    people = [900, 40, 35, 30, 28, 26, 800, 50, 45, 42, 38, 34]
    table = pd.DataFrame({"id": list("abcdefghijkl"), "people": people, "zone": ["N"] * 6 + ["S"] * 6})
    return cs.CityFrame.from_table(table, id="id", size="people")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("certainty", [800, 800.0, ["a", "g"]], ids=["int", "float", "ids"])
def test_certainty_cities_are_set_aside(method: str, certainty: float | list[str]) -> None:
    design = cs.SampleDesign(strata=["zone"], n=8, method=method, certainty=certainty)
    plan = design.plan(frame())
    assert plan.cities.index[plan.cities["certainty"]].tolist() == ["a", "g"]
    assert plan.strata["n_certainty"].tolist() == [1, 1]
    assert plan.strata["n"].tolist() == [4, 4]
    assert plan.cities["pi"].sum() == pytest.approx(8)
    assert [decision.rule for decision in plan.decisions] == ["certainty"]
    assert "2 cities" in plan.decisions[0].what
    for seed in range(20):
        drawn = plan.draw(seed).cities
        assert {"a", "g"} <= set(drawn.index)
        assert drawn.loc["a", "design_weight"] == 1.0
        assert len(drawn) == 8


def test_the_rest_is_drawn_among_the_others() -> None:
    plan = cs.SampleDesign(n=5, certainty=["a"]).plan(frame())
    np.testing.assert_allclose(plan.cities["pi"], [1.0, *[4 / 11] * 11])
    by_size = cs.SampleDesign(n=5, method="systematic", certainty=["a"]).plan(frame())
    # Of the 4 left, the largest would have 4 * 800 / 1168 > 1: it is certain by its size.
    assert by_size.cities.loc["g", "pi"] == 1.0
    rest = [40, 35, 30, 28, 26, 50, 45, 42, 38, 34]
    np.testing.assert_allclose(by_size.cities["pi"].drop(["a", "g"]), 3 * np.array(rest) / sum(rest))
    assert [decision.where for decision in by_size.decisions] == ["design", "all"]
    assert "'g'" in by_size.decisions[1].what


def test_a_city_alone_may_be_named_by_its_text() -> None:
    plan = cs.SampleDesign(n=5, certainty="g").plan(frame())
    assert plan.cities.index[plan.cities["certainty"]].tolist() == ["g"]


def test_a_city_named_twice_counts_once() -> None:
    plan = cs.SampleDesign(n=5, certainty=["g", "g"]).plan(frame())
    assert plan.strata["n_certainty"].tolist() == [1]
    assert "1 cities" in plan.decisions[0].what


@pytest.mark.parametrize("certainty", [10**6, []], ids=["threshold", "ids"])
def test_no_certainty_city(certainty: float | list[str]) -> None:
    plan = cs.SampleDesign(n=5, certainty=certainty).plan(frame())
    assert plan.strata["n_certainty"].tolist() == [0]


def test_threshold_includes_the_city_that_equals_it() -> None:
    plan = cs.SampleDesign(n=8, certainty=45).plan(frame())
    assert plan.cities.index[plan.cities["certainty"]].tolist() == ["a", "g", "h", "i"]


def test_allocation_counts_the_certainty_cities() -> None:
    explicit = cs.Explicit({"N": 3, "S": 4})
    plan = cs.SampleDesign(strata=["zone"], allocation=explicit, certainty=["a", "g", "h"], single_psu="fail")
    table = plan.plan(frame()).strata
    assert table["n"].tolist() == [3, 4]
    assert table["n_certainty"].tolist() == [1, 2]
    np.testing.assert_allclose(table["pi_min"], [2 / 5, 2 / 4])


def test_neyman_spread_is_that_of_the_others() -> None:
    allocation = cs.Neyman(n=8, proxy="people")
    plan = cs.SampleDesign(strata=["zone"], allocation=allocation, certainty=["a", "g"]).plan(frame())
    north, south = np.std([40, 35, 30, 28, 26], ddof=1), np.std([50, 45, 42, 38, 34], ddof=1)
    assert 0.5 < north / south < 2  # without the two large cities the strata spread alike
    assert plan.strata["n"].tolist() == [4, 4]


@given(st.integers(2, 12), st.sampled_from(METHODS))
def test_all_cities_of_a_census_are_certain(n: int, method: str) -> None:
    plan = cs.SampleDesign(n=n, method=method, single_psu="adjust").plan(frame())
    assert plan.cities["certainty"].all() == (n == 12)
    assert (plan.cities["certainty"] == (plan.cities["pi"] == 1.0)).all()
    assert plan.n == n


def test_unknown_certainty_cities(refused: Refused) -> None:
    with refused("DESIGN-CERTAINTY-UNKNOWN", "2 take-all", "cities 'x', 'y'", "Known: 'a', 'b'"):
        cs.SampleDesign(n=5, certainty=["a", "x", "y"]).plan(frame())


def test_certainty_ids_are_text(refused: Refused) -> None:
    table = pd.DataFrame({"id": range(1, 9), "people": range(10, 18)})
    numbered = cs.CityFrame.from_table(table, id="id", size="people")
    plan = cs.SampleDesign(n=4, certainty=["3", "5"]).plan(numbered)
    assert plan.cities.index[plan.cities["certainty"]].tolist() == ["3", "5"]
    with refused("DESIGN-CERTAINTY-UNKNOWN", "cities '3', '5'"):
        cs.SampleDesign(n=4, certainty=[3, 5]).plan(numbered)  # type: ignore[list-item]  # on purpose


@pytest.mark.parametrize("certainty", [np.int64(800), np.float64(800)])
def test_threshold_of_numpy(certainty: float) -> None:
    plan = cs.SampleDesign(n=8, certainty=certainty).plan(frame())
    assert plan.cities.index[plan.cities["certainty"]].tolist() == ["a", "g"]


@pytest.mark.parametrize("certainty", [float("nan"), True])
def test_threshold_that_is_no_number(refused: Refused, certainty: float) -> None:
    with refused("DESIGN-VALUE-INVALID", "certainty"):
        cs.SampleDesign(n=8, certainty=certainty).plan(frame())
