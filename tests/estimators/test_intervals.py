"""Intervals from estimate and standard error: second implementations, properties, and what `auto` takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special, stats

import citysample as cs
from citysample.estimators.intervals.methods import INTERVALS, KINDS, IntervalInput, Limits
from citysample.estimators.intervals.ratios import log_interval
from citysample.estimators.intervals.shares import beta_interval, logit_interval, wilson_interval
from citysample.estimators.intervals.symmetric import normal_interval, t_interval

ESTIMATES = st.floats(-1e6, 1e6)
ERRORS = st.floats(1e-3, 1e5)
LEVELS = st.floats(0.5, 0.999)
SHARES = st.floats(0.001, 0.999)
SHARE_ERRORS = st.floats(1e-3, 0.4)
DF = st.integers(1, 60)
SIZES = st.integers(2, 100)

Refused = Callable[..., AbstractContextManager[None]]

PLAIN = [name for name, method in INTERVALS.items() if method.needs in ((), ("n",))]
FOR_SHARES = ["logit", "wilson", "beta"]


def limits(name: str, estimate: float, se: float, df: float, level: float, n: float = 20.0) -> Limits:
    """The limits of one estimate by name."""
    known = IntervalInput(np.array([estimate]), np.array([se]), np.array([df]), level, n=np.array([n]))
    lower, upper = INTERVALS[name].limits(known)
    assert lower.shape == upper.shape == (1,)
    return lower, upper


def pair(found: Limits) -> tuple[float, float]:
    return np.asarray(found[0]).item(), np.asarray(found[1]).item()


@given(ESTIMATES, ERRORS, st.integers(1, 200) | st.floats(0.5, 50), LEVELS)
def test_t_interval(estimate: float, se: float, df: float, level: float) -> None:
    expected = stats.t.interval(level, df, loc=estimate, scale=se)
    assert pair(t_interval(estimate, se, df, level)) == pytest.approx(expected, rel=1e-8, abs=1e-8 * se)


@given(ESTIMATES, ERRORS, LEVELS)
def test_normal_interval(estimate: float, se: float, level: float) -> None:
    expected = stats.norm.interval(level, loc=estimate, scale=se)
    assert pair(normal_interval(estimate, se, 3, level)) == pytest.approx(expected, rel=1e-10, abs=1e-10 * se)


@given(ESTIMATES, ERRORS, LEVELS)
def test_infinite_df_give_the_normal_interval(estimate: float, se: float, level: float) -> None:
    expected = pair(normal_interval(estimate, se, math.inf, level))
    assert pair(t_interval(estimate, se, math.inf, level)) == pytest.approx(expected, rel=1e-12)


@given(SHARES, SHARE_ERRORS, DF, LEVELS)
def test_logit_interval(p: float, se: float, df: int, level: float) -> None:
    half = stats.t.ppf(0.5 + level / 2, df) * se / (p * (1 - p))
    expected = special.expit(special.logit(p) - half), special.expit(special.logit(p) + half)
    assert pair(logit_interval(p, se, df, level)) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@given(SHARES, SHARE_ERRORS, DF, LEVELS)
def test_wilson_limits_are_where_the_score_test_turns(p: float, se: float, df: int, level: float) -> None:
    t, size = stats.t.ppf(0.5 + level / 2, df), p * (1 - p) / se**2
    for limit in pair(wilson_interval(p, se, df, level, 10)):
        assert (p - limit) ** 2 == pytest.approx(t**2 * limit * (1 - limit) / size, rel=1e-7, abs=1e-11)


@given(st.integers(0, 40), st.integers(2, 40), LEVELS)
def test_wilson_is_that_of_a_binomial_share(x: int, n: int, level: float) -> None:
    assume(x <= n)
    p = x / n
    found = pair(wilson_interval(p, math.sqrt(p * (1 - p) / n), math.inf, level, n))
    expected = stats.binomtest(x, n).proportion_ci(level, method="wilson")
    assert found == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-12)


@given(st.integers(0, 40), st.integers(2, 40), LEVELS)
def test_beta_is_clopper_pearson_without_a_design_effect(x: int, n: int, level: float) -> None:
    assume(x <= n)
    p = x / n
    found = pair(beta_interval(p, math.sqrt(p * (1 - p) / n), n - 1, level, n))
    expected = stats.binomtest(x, n).proportion_ci(level, method="exact")
    assert found == pytest.approx((expected.low, expected.high), rel=1e-8, abs=1e-12)


@given(SHARES, SHARE_ERRORS, DF, LEVELS, SIZES)
def test_beta_interval(p: float, se: float, df: int, level: float, n: int) -> None:
    factor = stats.t.ppf(0.5 + level / 2, n - 1) / stats.t.ppf(0.5 + level / 2, df)
    size = min(n, p * (1 - p) / se**2 * factor**2)
    expected = (
        stats.beta.ppf(0.5 - level / 2, size * p, size * (1 - p) + 1),
        stats.beta.ppf(0.5 + level / 2, size * p + 1, size * (1 - p)),
    )
    assert pair(beta_interval(p, se, df, level, n)) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(st.floats(1e-3, 1e6), ERRORS, DF, LEVELS)
def test_log_interval(estimate: float, se: float, df: int, level: float) -> None:
    half = stats.t.ppf(0.5 + level / 2, df) * se / estimate
    assume(half < 600)
    expected = math.exp(math.log(estimate) - half), math.exp(math.log(estimate) + half)
    assert pair(log_interval(estimate, se, df, level)) == pytest.approx(expected, rel=1e-7)


@given(st.sampled_from(PLAIN), SHARES, SHARE_ERRORS, DF, LEVELS, SIZES)
def test_limits_are_around_the_estimate(
    name: str, p: float, se: float, df: int, level: float, n: int
) -> None:
    lower, upper = limits(name, p, se, df, level, n)
    # Korn and Graubard hold the median of the beta distribution, which lies beside p by less than 1 / n*.
    assert lower <= p <= upper or (name == "beta" and level < 0.6)
    if name in FOR_SHARES:
        assert 0.0 <= lower <= upper <= 1.0
    if name == "log":
        assert lower >= 0.0


@given(st.sampled_from(PLAIN), st.floats(0.1, 0.9), st.floats(0.001, 0.2), st.integers(1, 30), SIZES)
def test_a_higher_level_gives_a_wider_interval(name: str, p: float, se: float, df: int, n: int) -> None:
    narrow, wide = limits(name, p, se, df, 0.8, n), limits(name, p, se, df, 0.95, n)
    assert wide[0] < narrow[0] < p < narrow[1] < wide[1]


@given(st.sampled_from(FOR_SHARES), st.floats(0.0, 1.0), SHARE_ERRORS, DF, LEVELS)
def test_interval_of_the_rest_is_the_mirror(name: str, p: float, se: float, df: int, level: float) -> None:
    assume(1e-6 < p < 1 - 1e-6)
    lower, upper = limits(name, p, se, df, level)
    below, above = limits(name, 1 - p, se, df, level)
    assert (1 - above[0], 1 - below[0]) == pytest.approx((lower[0], upper[0]), rel=1e-6, abs=1e-8)


@given(st.sampled_from(["t", "normal", "log"]), st.floats(0.1, 1e4), st.floats(0.01, 2.0), DF, LEVELS)
def test_a_change_of_unit_scales_the_limits(name: str, unit: float, se: float, df: int, level: float) -> None:
    lower, upper = limits(name, 3.0 * unit, se * unit, df, level)
    one = limits(name, 3.0, se, df, level)
    known = [not math.isnan(limit[0]) for limit in one]
    assert known == [True, True]
    assert (lower[0], upper[0]) == pytest.approx((one[0][0] * unit, one[1][0] * unit), rel=1e-9)


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "beta"])
def test_a_tiny_standard_error_leaves_the_estimate(name: str) -> None:
    assert limits(name, 0.3, 1e-9, 5, 0.95) == pytest.approx((0.3, 0.3), abs=1e-8)


def test_beta_keeps_the_sampled_cities_as_the_largest_effective_size() -> None:
    exact = stats.binomtest(6, 20).proportion_ci(0.95, method="exact")
    for se in (1e-9, 0.01, 0.0):
        assert limits("beta", 0.3, se, 19, 0.95, 20) == pytest.approx((exact.low, exact.high), rel=1e-9)
    assert limits("beta", 0.3, 0.2, 19, 0.95, 20)[1] > exact.high


@pytest.mark.parametrize(("x", "p"), [(0, 0.0), (18, 1.0), (0, 1e-16), (18, 1 + 2e-16), (18, 1 - 2e-16)])
@pytest.mark.parametrize("se", [0.0, 1e-17])
def test_a_share_of_zero_or_one_has_limits(x: int, p: float, se: float) -> None:
    test = stats.binomtest(x, 18)
    expected = test.proportion_ci(0.95, method="exact")
    assert limits("beta", p, se, 17, 0.95, 18) == pytest.approx((expected.low, expected.high), rel=1e-10)
    ratio = stats.t.ppf(0.975, 17) ** 2 / 18
    wilson = (0.0, ratio / (1 + ratio)) if x == 0 else (1 / (1 + ratio), 1.0)
    found = limits("wilson", p, se, 17, 0.95, 18)
    assert found == pytest.approx(wilson, rel=1e-10)
    assert (found[0][0] == 0.0) if x == 0 else (found[1][0] == 1.0)


def test_few_degrees_of_freedom_make_the_interval_of_a_share_of_one_wider() -> None:
    # With 4 strata and 18 cities: n* = 18 (t_17 / t_14)^2 = 17.42; svy 0.35 prints 0.809.
    assert limits("beta", 1.0, 0.0, 14, 0.95, 18)[0] == pytest.approx(0.809, abs=5e-4)


@pytest.mark.parametrize("name", PLAIN)
def test_without_degrees_of_freedom_or_variance_there_is_no_interval(name: str) -> None:
    cases = [
        (0.4, 0.1, 0.0),
        (0.4, 0.1, -1.0),
        (0.4, 0.1, math.nan),
        (0.4, math.nan, 5.0),
        (math.nan, 0.1, 5.0),
    ]
    for case in cases:
        assert np.isnan(limits(name, *case, 0.95)).all(), case
    if name != "log":
        assert np.isnan(limits(name, 1.0, math.nan, 5.0, 0.95)).all()


@pytest.mark.parametrize(
    ("name", "estimates"),
    [
        ("logit", [0.0, 1.0, -0.1, 1.5]),
        ("wilson", [-0.1, 1.5, 1 + 1e-9]),
        ("beta", [-0.1, 1.5, -1e-9]),
        ("log", [0.0, -2.0]),
    ],
)
def test_a_figure_that_is_no_share_or_not_positive_has_no_limits(name: str, estimates: list[float]) -> None:
    for estimate in estimates:
        assert np.isnan(limits(name, estimate, 0.1, 5, 0.95)).all()


def test_log_limits_that_are_too_large_are_none() -> None:
    assert np.isnan(limits("log", 1.0, 1e5, 1, 0.95)).all()


def test_all_estimates_of_a_call_at_once() -> None:
    rng = np.random.default_rng(5)
    p, se, df = rng.random(50), rng.uniform(0.0, 0.2, 50), rng.integers(0, 9, 50).astype(np.float64)
    n = rng.integers(2, 40, 50).astype(np.float64)

    def known(rows: slice) -> IntervalInput:
        return IntervalInput(
            p[rows],
            se[rows],
            df[rows],
            0.9,
            n=n[rows],
            numerator=p[rows],
            denominator=n[rows],
            var_numerator=se[rows],
            var_denominator=se[rows],
            covariance=np.divide(se[rows], 2.0),
        )

    compared = 0
    for name in (*PLAIN, "fieller"):
        together = np.array(INTERVALS[name].limits(known(slice(None))))
        for q in range(50):
            alone = np.array(INTERVALS[name].limits(known(slice(q, q + 1))))
            assert np.array_equal(together[:, q : q + 1], alone, equal_nan=True)
            compared += 1
    assert compared == 50 * 7


def test_the_registry_says_what_each_method_needs(refused: Refused) -> None:
    assert {name: method.needs for name, method in INTERVALS.items() if method.needs} == {
        "wilson": ("n",),
        "beta": ("n",),
        "fieller": ("numerator", "denominator", "var_numerator", "var_denominator", "covariance"),
        "exact": ("counts",),
        "percentile": ("replicates",),
        "studentised": ("replicates", "replicate_se"),
    }
    figure = np.array([0.5])
    for method in INTERVALS.values():
        assert method.absent
        assert set(method.fits) <= set(KINDS)
        if method.needs:
            with refused("ESTIMATE-INTERVAL-INVALID", f"'{method.needs[0]}'"):
                method.limits(IntervalInput(figure, figure, figure, 0.95))


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
        ("total(y)", "log"),
        ("mean(flag)", "logit"),
        ("mean(y)", "log"),
        ("total(y) - total(x)", "t"),
        ("geometric_mean(x)", "log"),
        ("total(y) / total(x)", "t"),
        ("100 * ratio(y, x)", "t"),
    ],
)
def test_auto_takes_logit_for_shares(text: str, method: str) -> None:
    found = SURVEY.estimate(text)
    row = found.rows[0]
    assert row.interval_method == method
    assert limits(method, row.estimate, row.se, 3, 0.95) == pytest.approx((row.lower, row.upper), rel=1e-12)
    assert [(d.rule, d.where) for d in found.decisions] == [("interval", text)]
    assert found.decisions[0].what.startswith(method)


def test_ratio_with_a_negative_part_is_no_share() -> None:
    survey = cs.CitySample.from_table(TABLE.assign(y=[-1.0, 3.0, 2.0, 5.0]), fpc=20)
    assert survey.estimate("ratio(y, x)").rows[0].interval_method == "t"


@pytest.mark.parametrize("name", PLAIN)
def test_interval_that_is_asked_for(name: str) -> None:
    found = SURVEY.estimate("ratio(y, x)", interval=name, confidence_level=0.9)
    row = found.rows[0]
    assert (row.interval_method, row.confidence_level) == (name, 0.9)
    assert limits(name, row.estimate, row.se, 3, 0.9, 4) == pytest.approx((row.lower, row.upper), rel=1e-12)
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
