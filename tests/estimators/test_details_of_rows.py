"""Small things that a row says: which degrees of freedom, which interval, which note, and for whom."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from tests.conftest import Refused

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


def test_errors_inside_random_cities_leave_the_degrees_of_freedom() -> None:
    row = survey().with_errors({"y": "se"}).estimate("total(y)", interval="t").rows[0]
    assert row.df == 8.0
    half = student.ppf(0.975, 8) * row.se
    assert (row.lower, row.upper) == pytest.approx((row.estimate - half, row.estimate + half), rel=1e-9)


def test_a_quantile_without_standard_error_takes_none_from_its_neighbours() -> None:
    found = survey().estimate({"t": "total(y)", "top": "quantile(y, 0.9999)", "m": "mean(y)"}, by="part")
    assert [row.name for row in found.rows if "beyond the quantile" in row.note] == ["top"] * 3
    assert all(row.se > 0.0 for row in found.rows if row.name != "top")


def test_no_cv_where_the_standard_error_is_zero_by_design() -> None:
    row = survey().estimate("total(cities)").rows[0]
    assert (row.se, row.interval_method) == (0.0, "none")
    assert math.isnan(row.cv)


def test_the_interval_of_an_indicator_goes_before_that_of_the_call() -> None:
    named = {
        "auto": cs.Indicator("proportion(none)", interval="auto"),
        "logit": cs.Indicator("proportion(none)", interval="logit"),
        "call": cs.Indicator("proportion(none)"),
    }
    by_logit = survey().estimate(named, interval="logit").rows
    assert [row.interval_method for row in by_logit] == ["beta", "none", "none"]
    by_auto = survey().estimate(named).rows
    assert [row.interval_method for row in by_auto] == ["beta", "none", "beta"]


@pytest.mark.parametrize("interval", ["beta", "wilson", "exact"])
def test_one_random_city_gives_no_interval_for_a_share(interval: str) -> None:
    sample = cs.CitySample.from_table(TABLE.iloc[:1].assign(one=1), fpc=9, single_psu="adjust")
    row = sample.estimate("proportion(one)", interval=interval).rows[0]
    assert (row.estimate, row.df, row.interval_method) == (1.0, 0.0, "none")
    assert row.note == "one randomly drawn unit in this domain: no variance"


def test_a_quantile_of_one_random_city_has_no_interval_method() -> None:
    row = survey(part=["alone"] + ["others"] * 9).estimate("quantile(y, 0.5)", by="part").rows[1]
    assert (row.domain, row.n, row.df, row.interval_method) == ("alone", 1, 0.0, "none")
    assert math.isnan(row.se)


def test_rows_of_one_cluster_are_one_random_unit() -> None:
    table = TABLE.assign(block=np.repeat(list("pqrst"), 2), here=["in"] * 2 + ["out"] * 8)
    row = cs.CitySample.from_table(table, psu="block", fpc=20).estimate("mean(y)", by="here").rows[1]
    assert (row.domain, row.n, row.df) == ("in", 2, 0.0)
    assert row.note == "one randomly drawn unit in this domain: no variance"


@pytest.mark.parametrize(("column", "sign"), [("y", 1.0), ("x", -1.0)])
def test_a_common_error_moves_a_slope_as_its_scale(column: str, sign: float) -> None:
    """y that is 2 % too large makes the slope 2 % too large; x that is makes it 2 % too small."""
    row = survey().with_errors(common={column: 0.02}).estimate("coefficient(y, x)").rows[0]
    assert f"would move it by {sign * 2:+.3g} %" in row.note


def test_each_common_error_has_its_words() -> None:
    row = survey().with_errors(common={"y": 0.02, "x": -0.01}).estimate("ratio(y, x)").rows[0]
    assert "+2 % in 'y' would move it by +2 %; " in row.note
    assert "-1 % in 'x' would move it by +1 %" in row.note


@pytest.mark.parametrize("interval", ["t", "normal", "log", "logit"])
def test_a_share_of_none_has_no_interval_that_rests_on_a_variance(interval: str) -> None:
    row = survey().estimate("proportion(none)", interval=interval).rows[0]
    assert (row.estimate, row.se, row.interval_method) == (0.0, 0.0, "none")
    assert math.isnan(row.lower)


def test_a_separate_ratio_has_no_domain_not_even_one(refused: Refused) -> None:
    text = "separate_ratio(y, x, 'N', 150, 'S', 1500)"
    with refused("ESTIMATE-CHOICE-UNKNOWN", "separate ratio", "no breakdown"):
        survey(all="everywhere").estimate(text, by="all")


def test_errors_inside_the_cities_in_a_separate_ratio_by_hand() -> None:
    """v(z_k) = (share_h / X-hat_h)^2 v(y_k) for a city of stratum h: cities of other strata have no part."""
    text = "separate_ratio(y, x, 'N', 150, 'S', 1500)"
    plain, found = survey().estimate(text), survey().with_errors({"y": "se"}).estimate(text)
    expected = 0.0
    for row in TABLE.itertuples():
        stratum = TABLE[TABLE["zone"] == row.zone]
        share = {"N": 150, "S": 1500}[str(row.zone)] / 1650
        weight = {"N": 12, "S": 30}[str(row.zone)] / 5
        expected += weight * (share / (weight * stratum["x"].sum())) ** 2 * 0.5**2
    added = found.rows[0].se ** 2 - plain.rows[0].se ** 2
    assert added == pytest.approx(expected, rel=1e-9)


def test_a_denominator_that_is_never_negative_needs_no_warning() -> None:
    """Its interval covers 0, but the total of such a variable cannot have the other sign."""
    rows = (
        survey(seldom=[0] * 9 + [1]).estimate({"s": "ratio(y, seldom)", "m": "mean(y) / mean(seldom)"}).rows
    )
    assert [row.note for row in rows] == [
        "",
        "the interval of the denominator covers 0: the quotient may be anything",
    ]


def test_a_linearised_variable_that_overflows_is_no_standard_error_of_zero() -> None:
    """The total of a is 0 and that of b is 1e200: the product is 0, its derivative times a is no number."""
    far = survey(a=[1e300, -1e300] + [0.0] * 8, b=1e199)
    found = far.estimate({"product": "total(a) * total(b)", "t": "total(y)"})
    assert math.isnan(found.rows[0].estimate)
    assert found.rows[0].note == "not defined: a number that is too large"
    assert found.rows[1].se > 0.0


def test_degrees_of_freedom_are_those_of_the_form_that_was_asked_for() -> None:
    """Successive differences of m units count 2 (m - 1)^2 / (3 m - 4), Deville's form counts m - 1."""
    table = TABLE.assign(pi=0.3, place=range(10))
    sample = cs.CitySample.from_table(table, pi="pi", method="systematic", order="place")
    forms = {form: sample.estimate("total(y)", variance=form).rows[0].df for form in ("design", "deville")}
    assert forms == {"design": 2 * 81 / 26, "deville": 9.0}
