"""Percentile and studentised intervals: second implementations and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.estimators.intervals.bootstrap import (
    percentile_interval,
    replicate_quantile,
    studentised_interval,
)
from citysample.estimators.intervals.methods import INTERVALS, IntervalInput


@given(st.integers(1, 400), st.integers(1, 5), st.floats(0.5, 0.999), st.integers(0, 99))
def test_percentile_interval(R: int, q: int, level: float, seed: int) -> None:
    replicates = np.random.default_rng(seed).gamma(2.0, size=(R, q))
    tail = (1 - level) / 2
    found = np.array(percentile_interval(replicates, level))
    if (R + 1) * tail < 1 - 1e-9:
        assert np.isnan(found).all()
        return
    expected = np.quantile(replicates, [tail, 1 - tail], axis=0, method="weibull")
    assert found == pytest.approx(expected, rel=1e-6)
    assert (found[0] <= found[1]).all()


def test_the_usual_numbers_of_replicates_give_whole_ranks() -> None:
    for R, level, ranks in (
        (999, 0.95, (25, 975)),
        (199, 0.9, (10, 190)),
        (39, 0.95, (1, 39)),
        (1999, 0.99, (10, 1990)),
    ):
        replicates = np.random.default_rng(R).permutation(np.arange(1.0, R + 1.0))[:, None]
        lower, upper = percentile_interval(replicates, level)
        assert (lower[0], upper[0]) == ranks
    assert np.isnan(percentile_interval(np.arange(38.0)[:, None], 0.95)).all()


def test_a_replicate_that_does_not_exist_leaves_no_interval_for_its_figure_only() -> None:
    replicates = np.random.default_rng(2).normal(size=(199, 3))
    whole = percentile_interval(replicates, 0.95)
    replicates[7, 1] = math.nan
    lower, upper = percentile_interval(replicates, 0.95)
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [False, True, False]
    assert lower[[0, 2]].tolist() == whole[0][[0, 2]].tolist()


@given(st.integers(100, 400), st.integers(0, 99))
def test_percentile_limits_follow_any_rising_function(R: int, seed: int) -> None:
    """With whole ranks, the limits of log(y) are the logarithms of the limits of y."""
    R = R // 20 * 20 - 1
    replicates = np.random.default_rng(seed).lognormal(size=(R, 2))
    for limit, logarithm in zip(
        percentile_interval(replicates, 0.9), percentile_interval(np.log(replicates), 0.9), strict=True
    ):
        assert np.exp(logarithm) == pytest.approx(limit, rel=1e-12)


@given(st.integers(0, 99), st.sampled_from([0.8, 0.9, 0.95]))
def test_studentised_interval(seed: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    estimate, se = rng.normal(size=4), 0.1 + rng.random(4)
    replicates, replicate_se = estimate + rng.gamma(2.0, size=(299, 4)), 0.1 + rng.random((299, 4))
    t = np.sort((replicates - estimate) / replicate_se, axis=0)
    low, high = round(300 * (1 - level) / 2), round(300 * (1 + level) / 2)
    lower, upper = studentised_interval(estimate, se, replicates, replicate_se, level)
    assume_whole = math.isclose(300 * (1 - level) / 2, low)
    if assume_whole:
        assert lower == pytest.approx(estimate - t[high - 1] * se, rel=1e-9, abs=1e-12)
        assert upper == pytest.approx(estimate - t[low - 1] * se, rel=1e-9, abs=1e-12)
    else:
        assert (lower <= estimate - t[high - 2] * se).all()
        assert (upper >= estimate - t[low + 1] * se).all()
    wide = studentised_interval(estimate, se, replicates, replicate_se, 0.99)
    assert (wide[0] <= lower).all()
    assert (wide[1] >= upper).all()


def test_a_few_replicates_without_spread_do_no_harm_and_many_leave_no_limit() -> None:
    rng = np.random.default_rng(4)
    replicates, replicate_se = 5.0 + rng.normal(size=(199, 1)), np.ones((199, 1))
    largest = np.argsort(replicates[:, 0])[::-1]
    expected = studentised_interval(np.array([5.0]), np.array([1.0]), replicates, replicate_se, 0.95)
    replicate_se[largest[:2]] = 0.0
    found = studentised_interval(np.array([5.0]), np.array([1.0]), replicates, replicate_se, 0.95)
    assert np.array_equal(found, expected)
    replicate_se[largest[:9]] = 0.0
    found = studentised_interval(np.array([5.0]), np.array([1.0]), replicates, replicate_se, 0.95)
    assert np.isnan(found).all()
    replicate_se[largest[2:9]] = 1.0
    replicates[0], replicate_se[0] = 5.0, 0.0
    assert np.isnan(
        studentised_interval(np.array([5.0]), np.array([1.0]), replicates, replicate_se, 0.95)
    ).all()


def test_by_name() -> None:
    rng = np.random.default_rng(4)
    one, replicates = np.ones(3), rng.normal(size=(199, 3))
    known = IntervalInput(one, one, one, 0.9, replicates=replicates, replicate_se=np.ones((199, 3)))
    assert np.array_equal(INTERVALS["percentile"].limits(known), percentile_interval(replicates, 0.9))
    expected = studentised_interval(one, one, replicates, np.ones((199, 3)), 0.9)
    assert np.array_equal(INTERVALS["studentised"].limits(known), expected)


@pytest.mark.parametrize("probability", [0.0, 1.0, 0.004])
def test_a_rank_outside_the_replicates_is_no_quantile(probability: float) -> None:
    assert np.isnan(replicate_quantile(np.arange(199.0)[:, None], probability)).all()
