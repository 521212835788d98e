"""Woodruff's interval and the linearised variable of quantiles."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from citysample.estimators.quantiles import QUANTILE_RULES, rank, weighted_quantile
from citysample.estimators.woodruff import (
    WOODRUFF_LIMITS,
    WoodruffInterval,
    distribution_scores,
    quantile_influence,
    woodruff_interval,
)

Floats = npt.NDArray[np.float64]

by_limits = pytest.mark.parametrize("limits", WOODRUFF_LIMITS)


def srs_se(scores: Floats, N: int) -> Floats:
    """Standard error of totals under simple random sampling without replacement."""
    n = len(scores)
    return np.asarray(N * np.sqrt((1.0 - n / N) * scores.var(axis=0, ddof=1) / n))


def interval(
    values: Floats, p: float, rule: str = "math", limits: str = "mean", level: float = 0.95, N: int = 1000
) -> WoodruffInterval:
    """The interval of a simple random sample."""
    n = len(values)
    weights = np.full(n, N / n)
    share, scores = distribution_scores(values, weights, weighted_quantile(values, weights, p, rule))
    df = np.array([n - 1.0])
    return woodruff_interval(rank(values, weights), p, rule, share, srs_se(scores, N), df, level, limits)


def influence(
    values: Floats, weights: Floats, p: float, se: Floats, df: Floats, rule: str = "math"
) -> Floats:
    share, scores = distribution_scores(values, weights, weighted_quantile(values, weights, p, rule))
    return quantile_influence(rank(values, weights), rule, share, se, df, scores)


def test_scores_are_those_of_the_share_at_or_below_the_quantile() -> None:
    """By hand: weights 1, 2, 1 in the domain, q = 2, F-hat = 3/4."""
    values, weights = np.array([1.0, 2.0, 3.0, 9.0]), np.array([[1.0], [2.0], [1.0], [0.0]])
    share, scores = distribution_scores(values, weights, np.array([2.0]))
    assert share.tolist() == [0.75]
    assert scores[:, 0].tolist() == [0.0625, 0.0625, -0.1875, 0.0]
    assert weights[:, 0] @ scores[:, 0] == 0.0


def test_the_share_at_the_largest_value_is_exactly_one() -> None:
    rng = np.random.default_rng(1)
    for n in range(1, 60):
        weights = rng.uniform(0.1, 9.0, n)
        share, scores = distribution_scores(np.arange(n, dtype=float), weights, np.array([n - 1.0]))
        assert share[0] == 1.0
        assert not scores.any()


def test_the_interval_is_woodruff_by_hand() -> None:
    """n = 100 of N = 1000, median: F-hat = 0.5, se = sqrt(0.9 / 99) / 2, t with 99 degrees of freedom."""
    values = np.arange(1.0, 101.0)
    half = stats.t.ppf(0.975, 99) * math.sqrt(0.9 / 99.0) / 2.0
    found = interval(values, 0.5)
    assert found.lower.tolist() == [math.ceil(100.0 * (0.5 - half))]
    assert found.upper.tolist() == [math.ceil(100.0 * (0.5 + half))]
    assert (found.cut_lower[0], found.cut_upper[0], found.edge[0]) == (False, False, False)


@by_limits
@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_the_upper_limit_is_finite_with_eighteen_cities(rule: str, limits: str) -> None:
    values = np.exp(np.linspace(0.0, 4.0, 18))
    found = interval(values, 0.9, rule, limits, N=60)
    assert found.upper.tolist() == [values[-1]]
    assert found.cut_upper.tolist() == [True]
    assert not found.cut_lower[0]
    assert found.lower[0] < weighted_quantile(values, np.ones(18), 0.9, rule)[0]


@by_limits
def test_a_side_is_cut_where_all_cities_may_lie_on_the_other(limits: str) -> None:
    """Cut above if 0.9^m > 0.025, m being about n: from 36 cities on no more. Symmetric below."""
    cut = {}
    for n in (20, 30, 45, 80):
        values = np.arange(1.0, n + 1.0)
        above, below = (
            interval(values, 0.9, limits=limits, N=10**6),
            interval(values, 0.1, limits=limits, N=10**6),
        )
        assert above.cut_upper[0] == below.cut_lower[0]
        assert (above.cut_lower[0], below.cut_upper[0]) == (False, False)
        cut[n] = bool(above.cut_upper[0])
    assert cut == {20: True, 30: True, 45: False, 80: False}


def test_no_city_above_the_quantile_gives_a_lower_limit_and_a_flag() -> None:
    """n = 5, p = 0.9: the largest city is the quantile; its share of 1 has standard error 0."""
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    found = interval(values, 0.9)
    assert (found.edge[0], found.cut_upper[0]) == (True, True)
    # Clopper-Pearson: 5 of 5 at or below; 0.025^(1/5) = 0.478, so the third value.
    assert (found.lower[0], found.upper[0]) == (3.0, 5.0)


@by_limits
def test_no_degrees_of_freedom_and_empty_domains_give_no_interval(limits: str) -> None:
    values, weights = np.array([1.0, 2.0, 3.0]), np.array([[1.0, 0.0]] * 3)
    q = weighted_quantile(values, weights, 0.5)
    share, scores = distribution_scores(values, weights, q)
    ranking, se = rank(values, weights), np.array([0.2, 0.0])
    for df in (np.array([0.0, 2.0]), np.array([-1.0, 0.0])):
        found = woodruff_interval(ranking, 0.5, "math", share, se, df, 0.95, limits)
        assert np.isnan([found.lower, found.upper]).all()
        assert not (found.cut_lower | found.cut_upper).any()
    assert not quantile_influence(ranking, "math", share, se, np.array([2.0, 2.0]), scores)[:, 1].any()


@by_limits
@given(
    values=st.lists(st.integers(-30, 30), min_size=2, max_size=25),
    p=st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]),
    rule=st.sampled_from(sorted(QUANTILE_RULES)),
)
def test_the_interval_holds_the_estimate_and_grows_with_the_level(
    limits: str, values: list[int], p: float, rule: str
) -> None:
    y = np.array(values, dtype=np.float64)
    q = weighted_quantile(y, np.ones(len(y)), p, rule)[0]
    found = [interval(y, p, rule, limits, level) for level in (0.5, 0.9, 0.99)]
    for one in found:
        assert y.min() <= one.lower[0] <= one.upper[0] <= y.max()
        # Rules that interpolate invert F-hat at its own value, which may lie beyond the estimate.
        if rule in ("math", "school"):
            assert one.lower[0] <= q <= one.upper[0]
    for narrow, wide in pairwise(found):
        assert wide.lower[0] <= narrow.lower[0]
        assert narrow.upper[0] <= wide.upper[0]


@given(
    values=st.lists(st.integers(-5, 5), min_size=8, max_size=30),
    p=st.sampled_from([0.2, 0.5, 0.8]),
    limits=st.sampled_from(sorted(WOODRUFF_LIMITS)),
)
def test_the_interval_of_a_monotone_function_is_the_function_of_the_interval(
    values: list[int], p: float, limits: str
) -> None:
    y = np.array(values, dtype=np.float64)
    plain, mapped = interval(y, p, limits=limits), interval(np.exp(y), p, limits=limits)
    np.testing.assert_array_equal(np.exp([plain.lower, plain.upper]), [mapped.lower, mapped.upper])
    np.testing.assert_array_equal([plain.cut_lower, plain.cut_upper], [mapped.cut_lower, mapped.cut_upper])


def test_the_standard_error_is_the_interval_over_twice_t() -> None:
    rng = np.random.default_rng(5)
    values, N = np.exp(rng.normal(size=80)), 500
    weights, df = np.full(80, N / 80), np.array([79.0])
    compared = 0
    for p in (0.3, 0.5, 0.7):
        share, scores = distribution_scores(values, weights, weighted_quantile(values, weights, p))
        z = quantile_influence(rank(values, weights), "math", share, srs_se(scores, N), df, scores)
        found = interval(values, p, N=N)
        expected = (found.upper[0] - found.lower[0]) / (2.0 * stats.t.ppf(0.975, 79))
        assert srs_se(z, N)[0] == pytest.approx(expected, rel=1e-12)
        compared += 1
    assert compared == 3


def test_the_influence_scales_with_the_unit_and_is_negative_below_the_quantile() -> None:
    values, weights = np.arange(1.0, 41.0), np.full(40, 5.0)
    se, df = np.array([0.07]), np.array([39.0])
    z = influence(values, weights, 0.5, se, df)
    assert (np.sign(z[:, 0]) == np.repeat([-1.0, 1.0], 20)).all()
    np.testing.assert_allclose(influence(100.0 * values, weights, 0.5, se, df), 100.0 * z, rtol=1e-12)


def test_a_cut_limit_does_not_shrink_the_standard_error() -> None:
    """Equally spaced values: the slope of the distribution function is the same over any range."""
    values, weights = np.arange(1.0, 11.0), np.full(10, 4.0)
    wide = influence(values, weights, 0.8, np.array([0.15]), np.array([9.0]), "hf4")
    narrow = influence(values, weights, 0.8, np.array([0.05]), np.array([9.0]), "hf4")
    np.testing.assert_allclose(wide, narrow, rtol=1e-12)


def test_without_degrees_of_freedom_the_standard_error_takes_the_normal_quantile() -> None:
    values, weights = np.arange(1.0, 41.0) ** 2, np.full(40, 5.0)
    se = np.array([0.1])
    none = influence(values, weights, 0.5, se, np.array([0.0]))
    np.testing.assert_array_equal(none, influence(values, weights, 0.5, se, np.array([np.inf])))
    assert np.abs(none).min() > 0.0


def test_strata_on_either_side_of_the_quantile_have_no_standard_error_and_a_wide_interval() -> None:
    values = np.concatenate([np.arange(1.0, 11.0), np.arange(101.0, 111.0)])
    weights, df = np.full(20, 3.0), np.array([18.0])
    share, scores = distribution_scores(values, weights, weighted_quantile(values, weights, 0.5))
    found = woodruff_interval(rank(values, weights), 0.5, "math", share, np.zeros(1), df, 0.95)
    assert (found.edge[0], found.cut_lower[0], found.cut_upper[0]) == (True, False, False)
    assert found.lower[0] < 10.0
    assert found.upper[0] > 101.0
    assert not quantile_influence(rank(values, weights), "math", share, np.zeros(1), df, scores).any()


def test_domains_do_not_mix() -> None:
    rng = np.random.default_rng(8)
    values, weights = rng.normal(size=60), rng.uniform(1.0, 5.0, 60)
    inside = rng.integers(0, 3, 60)[:, None] == np.arange(3)
    columns, p, df, se = (
        weights[:, None] * inside,
        0.4,
        np.array([9.0, 12.0, 20.0]),
        np.array([0.1, 0.08, 0.2]),
    )
    share, scores = distribution_scores(values, columns, weighted_quantile(values, columns, p))
    ranking = rank(values, columns)
    found = woodruff_interval(ranking, p, "math", share, se, df, 0.9)
    z = quantile_influence(ranking, "math", share, se, df, scores)
    for d in range(3):
        mine = inside[:, d]
        own = values[mine], weights[mine]
        s, u = distribution_scores(*own, weighted_quantile(*own, p))
        one = woodruff_interval(rank(*own), p, "math", s, se[[d]], df[[d]], 0.9)
        assert (found.lower[d], found.upper[d]) == (one.lower[0], one.upper[0])
        np.testing.assert_allclose(
            z[mine, d], quantile_influence(rank(*own), "math", s, se[[d]], df[[d]], u)[:, 0], rtol=1e-12
        )
        assert not z[~mine, d].any()


def test_coverage_over_all_samples_of_a_small_population() -> None:
    """All 2002 samples of 5 out of 14 cities cover the median in 95 per cent or more."""
    population, covered, samples = np.arange(1.0, 15.0) ** 2, 0, 0
    for values in combinations(population, 5):
        found = interval(np.array(values), 0.5, N=14)
        covered += bool(found.lower[0] <= 49.0 <= found.upper[0])
        samples += 1
    assert samples == 2002
    assert covered / samples >= 0.95
