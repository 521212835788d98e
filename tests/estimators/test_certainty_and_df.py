"""Certainty cities add their value, no variance and no degrees of freedom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import citysample as cs
from citysample.estimators.degrees_of_freedom import design_df, nominal_df

TABLE = pd.DataFrame(
    {
        "zone": list("AAAABBBCC"),
        "N_h": [10, 10, 10, 10, 8, 8, 8, 2, 2],
        "sure": [1, 0, 0, 0, 0, 0, 0, 0, 0],
        "y": [90.0, 1.0, 3.0, 8.0, 2.0, 7.0, 4.0, 50.0, 60.0],
        "part": list("deddeedfg"),
    }
)


def survey(table: pd.DataFrame = TABLE, **options: Any) -> cs.WeightedSample:
    options = {"strata": "zone", "fpc": "N_h", "certainty": "sure"} | options
    return cs.CitySample.from_table(table, **options)


def test_variance_is_that_of_the_random_cities() -> None:
    row = survey().estimate("total(y)").rows[0]
    first = 9**2 * (1 - 3 / 9) * np.var([1.0, 3.0, 8.0], ddof=1) / 3
    second = 8**2 * (1 - 3 / 8) * np.var([2.0, 7.0, 4.0], ddof=1) / 3
    assert row.se**2 == pytest.approx(first + second, rel=1e-12)
    assert row.estimate == pytest.approx(90 + 3 * 12 + 8 / 3 * 13 + 110)
    assert row.n_certainty == 3


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_values_of_certainty_cities_do_not_touch_the_variance_of_a_total(first: float, last: float) -> None:
    changed = TABLE.assign(y=[first, *TABLE["y"].tolist()[1:-1], last])
    before, after = survey().estimate("total(y)"), survey(changed).estimate("total(y)")
    assert after.covariance[0, 0] == pytest.approx(before.covariance[0, 0], rel=1e-12)
    moved = first - 90.0 + last - 60.0
    assert after.rows[0].estimate == pytest.approx(before.rows[0].estimate + moved, rel=1e-9, abs=1e-6)


@given(st.integers(1, 6))
def test_more_certainty_cities_add_no_degrees_of_freedom(extra: int) -> None:
    more = pd.DataFrame({"zone": "A", "N_h": 10, "sure": 1, "y": 5.0, "part": "d"}, index=range(extra))
    table = pd.concat(
        [TABLE.assign(N_h=TABLE["N_h"] + extra * (TABLE["zone"] == "A")), more], ignore_index=True
    )
    table.loc[table["zone"] == "A", "N_h"] = 10 + extra
    before, after = survey().estimate("total(y)").rows[0], survey(table).estimate("total(y)").rows[0]
    assert (after.df, after.n_certainty) == (before.df, 3 + extra) == (4.0, 3 + extra)
    assert after.se == pytest.approx(before.se, rel=1e-12)
    nominal = survey(table).estimate("total(y)", df="nominal").rows[0]
    assert nominal.df == 9 + extra - 3


@pytest.mark.parametrize(("df", "expected"), [("design", 4.0), ("nominal", 6.0), (11, 11.0), (2.5, 2.5)])
def test_degrees_of_freedom_that_are_asked_for(df: str | float, expected: float) -> None:
    row = survey().estimate("total(y)", df=df, interval="t").rows[0]
    assert row.df == expected
    half = (row.upper - row.lower) / 2
    assert half == pytest.approx(float(stats.t.ppf(0.975, expected)) * row.se, rel=1e-12)


def test_degrees_of_freedom_of_domains_are_those_of_their_random_cities() -> None:
    rows = survey().estimate("total(y)", by="part").rows
    found = {row.domain: (row.df, row.n, row.n_certainty) for row in rows}
    assert found == {
        "all": (4.0, 9, 3),
        "d": (1.0, 4, 1),  # random cities: 2 in one stratum, 1 in another
        "e": (1.0, 3, 0),
        "f": (0.0, 1, 1),  # take-all stratum only
        "g": (0.0, 1, 1),
    }
    by_zone = {row.domain: row.df for row in survey().estimate("total(y)", by="zone").rows}
    assert by_zone == {"all": 4.0, "A": 2.0, "B": 2.0, "C": 0.0}


def test_certainty_city_alone_does_not_bring_its_stratum_into_a_domain() -> None:
    table = TABLE.assign(part=["d", *"eeeedddd"])
    rows = {row.domain: row for row in survey(table).estimate("total(y)", by="part").rows}
    assert rows["d"].df == 1.0  # 2 random cities of B; the part of A in the domain is certain
    assert rows["e"].df == 2.0  # 3 random cities of A, 1 of B


@st.composite
def records(draw: st.DrawFn) -> tuple[pd.DataFrame, list[bool]]:
    H = draw(st.integers(1, 4))
    rows = draw(st.lists(st.tuples(st.integers(0, H - 1), st.booleans()), min_size=1, max_size=12))
    zones = [f"h{h}" for h, _ in rows]
    domain = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    table = pd.DataFrame({"zone": zones, "sure": [sure for _, sure in rows], "N_h": 50, "y": 1.0})
    return table, domain


@given(records())
def test_degrees_of_freedom_are_counted_by_hand(record: tuple[pd.DataFrame, list[bool]]) -> None:
    table, domain = record
    draw = survey(table, single_psu="certainty").draw
    random = table.assign(inside=domain)[~table["sure"]]
    expected = sum(len(group) - 1 for _, group in random[random["inside"]].groupby("zone"))
    assert design_df(draw, np.array(domain)) == expected
    assert nominal_df(draw) == len(table) - table["zone"].nunique()


def test_clusters_count_once() -> None:
    table = pd.DataFrame({"block": [1, 1, 2, 2, 3, 3, 3], "y": np.arange(7.0), "part": list("dededee")})
    rows = cs.CitySample.from_table(table, psu="block", fpc=10).estimate("mean(y)", by="part").rows
    assert [(row.domain, row.df, row.n) for row in rows] == [("all", 2.0, 7), ("d", 2.0, 3), ("e", 2.0, 4)]


def test_certainty_cities_of_a_draw_with_unequal_probabilities() -> None:
    people = [900.0, 40, 35, 30, 28, 26, 50, 45]
    table = pd.DataFrame({"id": list("abcdefgh"), "people": people})
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    sample = cs.SampleDesign(n=4, method="pivotal").plan(frame).draw("seed")
    y = pd.Series(np.linspace(1, 2, 4), index=sample.cities.index, name="y").rename_axis("city_id").to_frame()
    row = sample.with_data(y).estimate("total(y)").rows[0]
    pi, values = sample.cities["pi"].to_numpy()[1:], y["y"].to_numpy()[1:]
    c = 1 - pi
    centre = (c * values / pi).sum() / c.sum()
    expected = (c * (values / pi - centre) ** 2).sum() / (1 - ((c / c.sum()) ** 2).sum())
    assert row.se**2 == pytest.approx(expected, rel=1e-12)
    assert (row.df, row.n_certainty, row.variance_method) == (2.0, 1, "deville")
