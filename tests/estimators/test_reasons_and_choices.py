"""Why a row has no value or no interval, and what was chosen for it: cases that lie close together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused
from tests.sampling.support import frame

import citysample as cs

TABLE = pd.DataFrame(
    {
        "zone": list("NNNNNSSSSS"),
        "N_h": [12] * 5 + [30] * 5,
        "part": list("aabbbaabbb"),
        "y": [3.0, 8.0, 4.0, 6.0, 2.0, 20.0, 31.0, 26.0, 17.0, 40.0],
        "x": [10.0, 12.0, 20.0, 9.0, 8.0, 50.0, 60.0, 55.0, 31.0, 90.0],
        "se": [0.5] * 10,
        "none": 0,
    }
)


def survey(**change: Any) -> cs.WeightedSample:
    return cs.CitySample.from_table(TABLE.assign(**change), strata="zone", fpc="N_h")


def drawn() -> cs.WeightedSample:
    sample = cs.SampleDesign(strata=["zone"], n=10, method="srs").plan(frame(24)).draw(seed="a")
    ids = sample.cities.index.tolist()
    return sample.with_data(pd.DataFrame({"city_id": ids, "y": np.arange(10.0), "half": list("ab") * 5}))


def test_the_interval_that_an_indicator_names_is_its_own() -> None:
    named = {"own": cs.Indicator("mean(y)", interval="log"), "call": cs.Indicator("mean(y)")}
    rows = survey().estimate(named, interval="normal").rows
    assert [row.interval_method for row in rows] == ["log", "normal"]


def test_a_studentised_interval_of_a_domain_is_that_of_the_variables_within_it() -> None:
    inside = TABLE["part"] == "a"
    sample = survey(y_a=TABLE["y"] * inside, x_a=TABLE["x"] * inside)
    options: dict[str, Any] = {"variance": "bootstrap", "replicates": 60, "interval": "studentised"}
    domain = sample.estimate("ratio(y, x)", by="part", **options).rows[1]
    whole = sample.estimate("ratio(y_a, x_a)", **options).rows[0]
    assert domain.domain == "a"
    assert (domain.lower, domain.upper) == pytest.approx((whole.lower, whole.upper), rel=1e-9)


@pytest.mark.parametrize(
    "options", [{"psu": "part"}, {"psu": ["part", None], "fpc": [9, 20]}], ids=["clusters", "stages"]
)
def test_exact_limits_are_refused_for_clusters(refused: Refused, options: dict[str, Any]) -> None:
    sample = cs.CitySample.from_table(TABLE, **{"fpc": 9, **options})
    with refused("ESTIMATE-INTERVAL-INVALID", "simple random samples"):
        sample.estimate("proportion(none)", interval="exact")


def test_a_share_of_none_that_was_measured_with_error_has_no_beta_interval() -> None:
    row = survey().with_errors({"none": "se"}).estimate("mean(none)").rows[0]
    assert row.estimate == 0.0
    assert row.se > 0.0
    assert row.interval_method == "none"


def test_auto_takes_log_only_where_no_city_is_below_zero() -> None:
    gain = [-4.0, 3.0, 0.0, 9.0, 2.5, 5.0, -3.0, 11.0, 6.0, 1.0]
    found = survey(gain=gain).estimate({"gain": "total(gain)", "y": "total(y)", "m": "mean(gain)"})
    assert all(row.estimate > 0.0 for row in found.rows)
    assert [row.interval_method for row in found.rows] == ["t", "log", "t"]


def test_satterthwaite_takes_the_proxy_that_was_named() -> None:
    by_proxy = {
        proxy: drawn().estimate("total(y)", df="satterthwaite", proxy=proxy).rows[0].df
        for proxy in (None, "people", "area")
    }
    assert by_proxy[None] == by_proxy["people"] != by_proxy["area"]


def test_satterthwaite_needs_the_domains_in_the_frame(refused: Refused) -> None:
    with refused("ESTIMATE-PROXY-MISSING", "domain 'a'"):
        drawn().estimate("total(y)", by="half", df="satterthwaite")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("total(none) ** 0.5", "the logarithm of a number that is not positive"),
        ("log(-total(y)) + total(y)", "the logarithm of a number that is not positive"),
        ("1 / total(none) * log(-total(y))", "division by a total that is zero"),
    ],
)
def test_the_first_reason_is_told(text: str, why: str) -> None:
    assert survey().estimate(text).rows[0].note == f"not defined: {why}"


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_a_regressor_does_not_make_it_collinear(unit: float) -> None:
    before = survey().estimate("coefficient(y, x)").rows[0]
    after = survey(x=TABLE["x"] * unit).estimate("coefficient(y, x)").rows[0]
    assert after.estimate * unit == pytest.approx(before.estimate, rel=1e-9)
    assert after.se * unit == pytest.approx(before.se, rel=1e-9)


def test_a_certainty_city_with_a_weight_is_no_census() -> None:
    rows = cs.CitySample.from_table(TABLE.assign(w=2.0), fpc=10, weights="w").estimate("total(y)").rows
    assert rows[0].interval_method == "none"
    assert rows[0].note == "only certainty units of this domain are in the sample"


@pytest.mark.parametrize("c", [0.1, 0.3, 0.7, 1 / 3, 1e-7])
@pytest.mark.parametrize("interval", ["auto", "wilson", "beta", "t"])
def test_a_ratio_that_all_cities_share_has_no_interval(c: float, interval: str) -> None:
    row = survey(part_of=c * TABLE["x"]).estimate("ratio(part_of, x)", interval=interval).rows[0]
    assert row.estimate == pytest.approx(c, rel=1e-12)
    assert (row.se, row.interval_method) == (0.0, "none")
    assert math.isnan(row.lower)
    assert "the sampled cities are alike" in row.note


def test_a_level_is_a_label() -> None:
    assert cs.Proportion("c", 3) == cs.Proportion("c", "3") == cs.Proportion("c", 3.0)  # type: ignore[arg-type]
