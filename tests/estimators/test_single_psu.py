"""Strata with one random city: each rule, computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.forms.single_psu import single_psu_decisions

Refused = Callable[..., AbstractContextManager[None]]

# Stratum C has one city of five; A and B have two of ten; D is taken as a whole.
TABLE = pd.DataFrame(
    {
        "zone": list("AABBCDD"),
        "N_h": [10, 10, 10, 10, 5, 2, 2],
        "y": [1.0, 3.0, 2.0, 7.0, 6.0, 90.0, 10.0],
    }
)
VARIANCE_A = 10**2 * 0.8 * 2.0 / 2
VARIANCE_B = 10**2 * 0.8 * 12.5 / 2
EXPANDED_C = 5 * 6.0


def survey(rule: str, table: pd.DataFrame = TABLE, **options: Any) -> cs.WeightedSample:
    return cs.CitySample.from_table(table, strata="zone", fpc="N_h", single_psu=rule, **options)


@pytest.mark.parametrize(
    ("rule", "variance"),
    [
        ("certainty", VARIANCE_A + VARIANCE_B),
        ("adjust", VARIANCE_A + VARIANCE_B + 0.8 * EXPANDED_C**2),
        ("average", (VARIANCE_A + VARIANCE_B) * 3 / 2),
    ],
)
def test_rules(rule: str, variance: float) -> None:
    found = survey(rule).estimate("total(y)")
    row = found.rows[0]
    assert row.estimate == pytest.approx(20 + 45 + 30 + 100)
    assert row.se**2 == pytest.approx(variance, rel=1e-12)
    assert row.df == 2
    assert [(d.rule, d.where) for d in found.decisions if d.rule == "single_psu"] == [("single_psu", "C")]
    assert repr(rule) in next(d.what for d in found.decisions if d.rule == "single_psu")


def test_fail_names_the_stratum(refused: Refused) -> None:
    words = (
        "1 strata",
        "strata 'C'",
        "single_psu = 'fail'",
        "'collapse'",
        "'adjust'",
        "'average'",
        "'certainty'",
    )
    with refused("ESTIMATE-SINGLE-PSU", *words):
        survey("fail").estimate("total(y)")


def test_take_all_stratum_of_one_city_is_no_single_psu() -> None:
    table = TABLE.drop(index=[4, 6]).assign(N_h=[10, 10, 10, 10, 1])
    row = survey("fail", table).estimate("total(y)").rows[0]
    assert row.se**2 == pytest.approx(VARIANCE_A + VARIANCE_B, rel=1e-12)


def test_stratum_left_with_one_city_beside_a_certainty_city() -> None:
    table = TABLE.assign(sure=[1, 0, 0, 0, 0, 0, 0], N_h=[10, 10, 10, 10, 1, 2, 2])
    row = survey("certainty", table, certainty="sure").estimate("total(y)").rows[0]
    assert row.se**2 == pytest.approx(VARIANCE_B, rel=1e-12)
    assert row.estimate == pytest.approx(1.0 + 9 * 3.0 + 45 + 6 + 100)


def test_adjust_has_no_finite_population_correction_with_replacement() -> None:
    table = pd.DataFrame({"zone": list("AAC"), "w": [5.0, 5.0, 5.0], "y": [1.0, 3.0, 6.0]})
    found = cs.CitySample.from_table(
        table, strata="zone", weights="w", method="with_replacement", single_psu="adjust"
    ).estimate("total(y)")
    between = 2 * ((5.0 - 10.0) ** 2 + (15.0 - 10.0) ** 2)
    assert found.covariance[0, 0] == pytest.approx(between + 30.0**2, rel=1e-12)


def test_adjust_takes_the_covariance_too() -> None:
    found = survey("adjust", TABLE.assign(x=2 * TABLE["y"])).estimate({"y": "total(y)", "x": "total(x)"})
    np.testing.assert_allclose(
        found.covariance, found.covariance[0, 0] * np.array([[1, 2], [2, 4]]), rtol=1e-12
    )


def test_average_needs_another_stratum(refused: Refused) -> None:
    alone = TABLE.iloc[[4, 5, 6]]
    with refused("ESTIMATE-SINGLE-PSU", "strata 'C'", "single_psu = 'average'"):
        survey("average", alone).estimate("total(y)")
    row = survey("adjust", alone).estimate("total(y)").rows[0]
    assert row.se == pytest.approx(np.sqrt(0.8) * EXPANDED_C)
    assert row.df == 0
    assert np.isnan(row.lower)
    assert row.note == "one randomly drawn unit in this domain: no interval"


def test_average_counts_domains_like_the_country() -> None:
    rows = survey("average").estimate("total(y)", by="zone").rows
    by_zone = {row.domain: row for row in rows}
    assert by_zone["A"].se ** 2 == pytest.approx(VARIANCE_A * 3 / 2, rel=1e-12)
    assert by_zone["C"].df == 0
    assert len(rows) == 5


@pytest.mark.parametrize("rule", ["adjust", "average", "certainty"])
def test_rule_of_the_design_reaches_the_estimate(rule: str) -> None:
    table = pd.DataFrame({"id": [f"c{k}" for k in range(9)], "zone": list("AAAABBBBB")})
    frame = cs.CityFrame.from_table(table, id="id")
    allocation = cs.Explicit({"A": 1, "B": 3})
    sample = cs.SampleDesign(strata=["zone"], allocation=allocation, single_psu=rule).plan(frame).draw("s")
    data = pd.DataFrame({"city_id": sample.cities.index, "y": [6.0, 1.0, 2.0, 3.0]})
    variance = 5**2 * 0.4 * 1.0 / 3
    expected = {"adjust": variance + 0.75 * 24.0**2, "average": 2 * variance, "certainty": variance}
    row = sample.with_data(data).estimate("total(y)").rows[0]
    assert row.se**2 == pytest.approx(expected[rule], rel=1e-12)


def test_collapse_compares_the_city_with_the_most_similar_stratum() -> None:
    table = TABLE.assign(height=[5.0, 5.0, 90.0, 90.0, 80.0, 1.0, 1.0])
    weighted = survey("collapse", table, collapse_by="height")
    found = weighted.estimate("total(y)", by="zone")
    row = found.rows[0]
    # The city of C stands for 5, those of B for 5 each.
    assert row.se**2 == pytest.approx(VARIANCE_A + VARIANCE_B + (5 * 6.0 - 5 * 4.5) ** 2, rel=1e-12)
    assert row.df == 3
    (decision,) = single_psu_decisions(weighted.draw, "srs")
    assert decision.where == "B + C"
    assert decision.what == "strata 'B', 'C' merged for the variance, scores 90, 80; one random unit in 'C'"
    # In a domain the groups are the same: values outside it are zero.
    by_zone = {each.domain: each for each in found.rows}
    assert by_zone["C"].se ** 2 == pytest.approx(EXPANDED_C**2, rel=1e-12)
    assert by_zone["A"].se ** 2 == pytest.approx(VARIANCE_A, rel=1e-12)
    assert [by_zone[zone].df for zone in "ABCD"] == [1, 1, 0, 0]


def test_collapse_needs_a_stratum_that_is_drawn_by_chance(refused: Refused) -> None:
    alone = TABLE.iloc[[4, 5, 6]].assign(height=1.0)
    with refused("ESTIMATE-SINGLE-PSU", "strata 'C'", "single_psu = 'collapse'"):
        survey("collapse", alone, collapse_by="height").estimate("total(y)")
