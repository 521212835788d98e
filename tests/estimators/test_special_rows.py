"""Rows that are no plain estimate: censuses, empty domains, values that do not exist."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.estimates import Estimate

CITIES = pd.DataFrame(
    {
        "id": list("abcdefgh"),
        "people": [80.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 1.0],
        "zone": list("AAAABBBB"),
        "part": list("dddeeeef"),
        "size": ["big", *["small"] * 7],
        "capital": ["yes", "yes", *["no"] * 6],
    }
)
Y = {"a": 10.0, "b": 2.0, "c": 3.0, "e": 4.0, "f": 8.0}
LIMITS = ("se", "cv", "lower", "upper", "deff")


def survey() -> cs.WeightedSample:
    """City a with certainty; b, c of the three others of A; e, f of the four of B."""
    frame = cs.CityFrame.from_table(CITIES, id="id", size="people")
    plan = cs.SampleDesign(strata=["zone"], n=5, certainty=["a"]).plan(frame)
    assert plan.strata["n"].tolist() == [3, 2]
    sample = cs.CitySample.of_mask(plan, "fixed", CITIES["id"].isin(Y.keys()).to_numpy())
    return sample.with_data(pd.DataFrame({"city_id": Y.keys(), "y": Y.values(), "zero": 0.0}))


def rows_of(text: str, by: str) -> dict[str, Estimate]:
    return {row.domain: row for row in survey().estimate(text, by=by).rows}


def undefined(row: Estimate, names: tuple[str, ...] = LIMITS) -> list[bool]:
    return [math.isnan(getattr(row, name)) for name in names]


@pytest.mark.parametrize("text", ["total(y)", "mean(y)", "ratio(y, people)"])
def test_domain_without_a_sampled_city_has_a_row_that_says_so(text: str) -> None:
    row = rows_of(text, "part")["f"]
    assert (row.n, row.n_respondents, row.n_certainty, row.N) == (0, 0, 0, 1)
    assert math.isnan(row.estimate)
    assert undefined(row) == [True] * 5
    assert row.note == "no sampled city in this domain"
    assert row.frame_share == pytest.approx(1 / 120)
    assert row.df == 0


def test_domains_of_the_frame_are_all_there() -> None:
    found = rows_of("total(y)", "part")
    assert list(found) == ["all", "d", "e", "f"]
    assert [row.N for row in found.values()] == [8, 3, 4, 1]
    assert [row.n for row in found.values()] == [5, 3, 2, 0]
    assert [row.frame_share for row in found.values()] == pytest.approx([1, 97 / 120, 22 / 120, 1 / 120])


def test_domain_that_is_taken_as_a_whole_is_a_census() -> None:
    row = rows_of("total(y)", "size")["big"]
    assert (row.estimate, row.se, row.lower, row.upper) == (10.0, 0.0, 10.0, 10.0)
    assert (row.interval_method, row.n, row.N, row.n_certainty) == ("census", 1, 1, 1)
    assert row.note == "all cities of the domain are in the sample with certainty"


@pytest.mark.parametrize("df", ["design", "nominal", 7])
def test_domain_of_which_only_certainty_cities_are_sampled_has_no_variance(df: str | float) -> None:
    changed = CITIES.assign(capital=["yes", "no", "no", "yes", "no", "no", "no", "no"])
    frame = cs.CityFrame.from_table(changed, id="id", size="people")
    plan = cs.SampleDesign(strata=["zone"], n=5, certainty=["a"]).plan(frame)
    sample = cs.CitySample.of_mask(plan, "fixed", CITIES["id"].isin(Y.keys()).to_numpy())
    data = pd.DataFrame({"city_id": Y.keys(), "y": Y.values()})
    rows = sample.with_data(data).estimate("mean(y)", by="capital", df=df).rows
    row = next(row for row in rows if row.domain == "yes")
    assert (row.n, row.n_certainty, row.N) == (1, 1, 2)
    assert row.estimate == 10.0
    assert undefined(row) == [True] * 5
    assert row.note == "only certainty units of this domain are in the sample: no variance"


def test_domain_with_one_random_city() -> None:
    frame = cs.CityFrame.from_table(CITIES.assign(part=list("dgddeeee")), id="id", size="people")
    plan = cs.SampleDesign(strata=["zone"], n=5, certainty=["a"]).plan(frame)
    sample = cs.CitySample.of_mask(plan, "fixed", CITIES["id"].isin(Y.keys()).to_numpy())
    estimates = sample.with_data(pd.DataFrame({"city_id": Y.keys(), "y": Y.values()})).estimate(
        {"total": "total(y)", "mean": "mean(y)"}, by="part"
    )
    rows = {(row.name, row.domain): row for row in estimates.rows}
    # The total has a variance: another sample would have missed the city. The mean shows none.
    assert rows["total", "g"].se ** 2 == pytest.approx(3**2 * (1 / 3) * 2.0 / 2, rel=1e-12)
    assert rows["mean", "g"].estimate == 2.0
    assert undefined(rows["mean", "g"]) == [True] * 5
    assert rows["mean", "g"].note == "one randomly drawn unit in this domain: no variance"


@pytest.mark.parametrize("method", ["srs", "systematic", "pivotal"])
def test_census_of_the_country(method: str) -> None:
    frame = cs.CityFrame.from_table(CITIES, id="id", size="people")
    sample = cs.SampleDesign(strata=["zone"], n=8, method=method).plan(frame).draw("seed")
    values = np.arange(8.0)
    found = sample.with_data(pd.DataFrame({"city_id": CITIES["id"], "y": values})).estimate(
        {"t": "total(y)", "m": "mean(y)", "p": "proportion(capital, 'yes')"}, by="part"
    )
    assert len(found.rows) == 12
    assert {row.interval_method for row in found.rows} == {"census"}
    assert max(row.se for row in found.rows) == 0.0
    assert all(row.lower == row.estimate == row.upper for row in found.rows)
    assert found.rows[0].estimate == values.sum()
    assert found.rows[8].estimate == 0.25
    assert {row.df for row in found.rows} == {0.0}


def test_census_that_was_taken_elsewhere() -> None:
    table = CITIES.assign(y=1.0)
    rows = cs.CitySample.from_table(table, id="id", fpc=8).estimate("total(y)", by="zone").rows
    assert [row.interval_method for row in rows] == ["census"] * 3
    assert [(row.estimate, row.lower, row.upper) for row in rows] == [(8, 8, 8), (4, 4, 4), (4, 4, 4)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ratio(y, zero)", "division by a total that is zero"),
        ("total(y) / total(zero)", "division by a total that is zero"),
        ("log(total(zero))", "not positive"),
        ("log(-total(y))", "not positive"),
        ("(-total(y)) ** 0.5", "negative number"),
        ("exp(total(y) * 1000)", "too large"),
    ],
)
def test_values_that_do_not_exist_get_a_note(text: str, words: str) -> None:
    found = survey().estimate({"bad": text, "good": "total(y)"})
    bad, good = found.rows
    assert math.isnan(bad.estimate)
    assert undefined(bad) == [True] * 5
    assert bad.note.startswith("not defined: ")
    assert words in bad.note
    alone = survey().estimate("total(y)").rows[0]
    assert (good.estimate, good.se, good.note) == (alone.estimate, alone.se, "")
    assert np.isnan(found.covariance).tolist() == [[True, True], [True, False]]


def test_value_that_exists_in_some_domains_only() -> None:
    found = rows_of("log(total(y) - 30)", "part")
    assert {domain: math.isnan(row.estimate) for domain, row in found.items()} == {
        "all": False,
        "d": True,
        "e": True,
        "f": True,
    }
    assert found["all"].estimate == pytest.approx(math.log(10 + 7.5 + 24 - 30))
    assert found["d"].note.startswith("not defined: ")


def test_equal_cities_have_no_interval() -> None:
    table = pd.DataFrame({"y": [5.0, 5.0, 5.0]})
    row = cs.CitySample.from_table(table, fpc=9).estimate("mean(y)").rows[0]
    assert (row.estimate, row.se, row.interval_method) == (5.0, 0.0, "none")
    assert undefined(row, ("lower", "upper")) == [True, True]
    assert row.note == "no interval: the figure is known from the design, or the sampled cities are alike"


def test_overflow_is_no_figure() -> None:
    found = survey().estimate("1e308 * total(y)").rows[0]
    assert math.isnan(found.estimate)
    assert found.note.startswith("not defined: ")
