"""Confidence intervals against scipy.stats, and which interval `auto` takes."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

import citysample as cs
from citysample.estimators.intervals.methods import INTERVALS, logit_interval, normal_interval, t_interval

ESTIMATES = st.floats(-1e6, 1e6)
ERRORS = st.floats(1e-3, 1e5)
LEVELS = st.floats(0.5, 0.999)


@given(ESTIMATES, ERRORS, st.integers(1, 200) | st.floats(0.5, 50), LEVELS)
def test_t_interval(estimate: float, se: float, df: float, level: float) -> None:
    expected = stats.t.interval(level, df, loc=estimate, scale=se)
    assert t_interval(estimate, se, df, level) == pytest.approx(expected, rel=1e-8, abs=1e-8 * se)


@given(ESTIMATES, ERRORS, LEVELS)
def test_normal_interval(estimate: float, se: float, level: float) -> None:
    expected = stats.norm.interval(level, loc=estimate, scale=se)
    assert normal_interval(estimate, se, 3, level) == pytest.approx(expected, rel=1e-10, abs=1e-10 * se)


@given(st.floats(0.001, 0.999), st.floats(1e-4, 0.5), st.integers(1, 60), LEVELS)
def test_logit_interval(p: float, se: float, df: int, level: float) -> None:
    half = stats.t.ppf(0.5 + level / 2, df) * se / (p * (1 - p))
    lower, upper = logit_interval(p, se, df, level)
    assert (lower, upper) == pytest.approx((special.expit(special.logit(p) - half),
        special.expit(special.logit(p) + half)), rel=1e-8, abs=1e-12)  # fmt: skip
    assert 0.0 <= lower <= p <= upper <= 1.0


@given(st.floats(0.001, 0.999), st.floats(1e-4, 0.2), st.integers(1, 60), LEVELS)
def test_logit_interval_of_the_rest_is_the_mirror(p: float, se: float, df: int, level: float) -> None:
    lower, upper = logit_interval(p, se, df, level)
    below, above = logit_interval(1 - p, se, df, level)
    assert (1 - above, 1 - below) == pytest.approx((lower, upper), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.5])
def test_logit_interval_needs_a_share(p: float) -> None:
    assert [math.isnan(limit) for limit in logit_interval(p, 0.1, 5, 0.95)] == [True, True]


@given(st.sampled_from(sorted(INTERVALS)), st.floats(0.1, 0.9), st.floats(0.001, 0.2), st.integers(1, 30))
def test_a_higher_level_gives_a_wider_interval(name: str, p: float, se: float, df: int) -> None:
    narrow, wide = INTERVALS[name](p, se, df, 0.8), INTERVALS[name](p, se, df, 0.95)
    assert wide[0] < narrow[0] < p < narrow[1] < wide[1]


TABLE = pd.DataFrame(
    {"y": [1.0, 3.0, 2.0, 5.0], "x": [2.0, 4.0, 5.0, 5.0], "flag": [1, 0, 1, 1], "kind": list("abbb")}
)
SURVEY = cs.CitySample.from_table(TABLE, fpc=20)


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("proportion(flag)", "logit"),
        ("proportion(kind, 'a')", "logit"),
        ("ratio(y, x)", "logit"),  # 0 <= y <= x in each city: a share
        ("ratio(x, y)", "t"),
        ("total(y)", "t"),
        ("mean(flag)", "t"),
        ("total(y) / total(x)", "t"),
        ("100 * ratio(y, x)", "t"),
    ],
)
def test_auto_takes_logit_for_shares(text: str, method: str) -> None:
    found = SURVEY.estimate(text)
    row = found.rows[0]
    expected = INTERVALS[method](row.estimate, row.se, 3, 0.95)
    assert row.interval_method == method
    assert (row.lower, row.upper) == pytest.approx(expected, rel=1e-12)
    assert [(d.rule, d.where) for d in found.decisions] == [("interval", text)]
    assert found.decisions[0].what.startswith(method)


def test_ratio_with_a_negative_part_is_no_share() -> None:
    survey = cs.CitySample.from_table(TABLE.assign(y=[-1.0, 3.0, 2.0, 5.0]), fpc=20)
    assert survey.estimate("ratio(y, x)").rows[0].interval_method == "t"


@pytest.mark.parametrize("name", sorted(INTERVALS))
def test_interval_that_is_asked_for(name: str) -> None:
    found = SURVEY.estimate("ratio(y, x)", interval=name, confidence_level=0.9)
    row = found.rows[0]
    assert (row.interval_method, row.confidence_level) == (name, 0.9)
    assert (row.lower, row.upper) == pytest.approx(INTERVALS[name](row.estimate, row.se, 3, 0.9), rel=1e-12)
    assert found.decisions == ()


def test_interval_of_the_indicator_goes_before_that_of_the_call() -> None:
    own = cs.Indicator("ratio(y, x)", interval="normal")
    rows = SURVEY.estimate({"own": own, "call": "ratio(y, x)"}, interval="t").rows
    assert [row.interval_method for row in rows] == ["normal", "t"]


def test_share_of_one_gets_a_note_and_no_limits() -> None:
    survey = cs.CitySample.from_table(TABLE.assign(x=TABLE["y"]), fpc=20)
    row = survey.estimate("ratio(y, x)", interval="logit").rows[0]
    assert row.estimate == 1.0
    assert math.isnan(row.lower)
    assert "no interval" in row.note
    low = SURVEY.estimate("mean(y)", interval="logit").rows[0]
    assert low.interval_method in {"logit", "none"}
    assert math.isnan(low.upper)
    assert low.se > 0
    assert low.note == "no logit interval: the estimate is not above 0 and below 1"
