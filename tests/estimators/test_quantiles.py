"""Weighted quantiles: rules, ties, zero weights, and two other implementations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.estimators.quantiles import QUANTILE_RULES, invert, rank, weighted_quantile

Floats = npt.NDArray[np.float64]
Refused = Callable[..., AbstractContextManager[None]]

NUMPY: dict[str, Any] = {
    "math": "inverted_cdf",
    "school": "averaged_inverted_cdf",
    "hf4": "interpolated_inverted_cdf",
    "hf5": "hazen",
    "hf6": "weibull",
    "hf7": "linear",
    "hf8": "median_unbiased",
    "hf9": "normal_unbiased",
}
"""The names of the same rules in numpy, for equal weights."""

by_rule = pytest.mark.parametrize("rule", QUANTILE_RULES)
values_and_weights = st.lists(
    st.tuples(st.integers(-20, 20), st.integers(1, 6)), min_size=1, max_size=12
).map(lambda rows: tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)))
chances = st.fractions(Fraction(1, 40), Fraction(39, 40), max_denominator=40)


def one(values: Floats, weights: Floats, p: float, rule: str = "math") -> float:
    return float(weighted_quantile(values, weights, p, rule)[0])


def test_the_rules_are_those_of_numpy() -> None:
    assert set(NUMPY) == set(QUANTILE_RULES)


@by_rule
@given(
    values=st.lists(st.integers(-50, 50), min_size=1, max_size=15), p=chances, factor=st.sampled_from([1, 3])
)
def test_equal_weights_give_the_quantiles_of_numpy(
    rule: str, values: list[int], p: Fraction, factor: int
) -> None:
    y = np.array(values, dtype=np.float64)
    theirs = np.quantile(y, float(p), method=NUMPY[rule])
    # Where F-hat = p, numpy depends on rounding; the exact answer stands in the test of definitions.
    if rule in ("math", "school") and (p * len(values)).denominator == 1:
        return
    assert one(y, np.full(len(y), float(factor)), float(p), rule) == pytest.approx(
        theirs, rel=1e-12, abs=1e-12
    )


@given(values_and_weights, chances)
def test_math_and_school_are_their_definitions_in_exact_fractions(
    table: tuple[Floats, Floats], p: Fraction
) -> None:
    values, weights = table
    total = Fraction(int(weights.sum()))
    levels = sorted(set(values.tolist()))
    share = {x: Fraction(int(weights[values <= x].sum())) / total for x in levels}
    smallest = min(x for x in levels if share[x] >= p)
    following = [x for x in levels if x > smallest]
    halfway = (smallest + following[0]) / 2 if share[smallest] == p else smallest
    # Weights that are no whole numbers: sums of them are not exact.
    for factor in (1.0, 0.1, 1.0 / 3.0):
        assert one(values, weights * factor, float(p)) == smallest
        assert one(values, weights * factor, float(p), "school") == halfway


@given(values_and_weights, chances)
def test_a_city_of_weight_two_is_two_cities(table: tuple[Floats, Floats], p: Fraction) -> None:
    values, weights = table
    copies = np.repeat(values, weights.astype(int))
    for rule in ("math", "school"):
        assert one(values, weights, float(p), rule) == one(copies, np.ones(len(copies)), float(p), rule)


@by_rule
@given(table=values_and_weights, p=chances, domains=st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_a_domain_is_its_cities_alone_and_domains_do_not_mix(
    rule: str, table: tuple[Floats, Floats], p: Fraction, domains: list[int]
) -> None:
    values, weights = table
    inside = np.array(domains[: len(values)])[:, None] == np.arange(4)
    found = weighted_quantile(values, weights[:, None] * inside, float(p), rule)
    for d in range(4):
        mine = inside[:, d]
        if mine.any():
            assert found[d] == pytest.approx(one(values[mine], weights[mine], float(p), rule), rel=1e-12)
        else:
            assert np.isnan(found[d])


@by_rule
@given(table=values_and_weights, p=chances, seed=st.integers(0, 99))
def test_order_of_rows_scale_of_weights_and_unit_are_irrelevant(
    rule: str, table: tuple[Floats, Floats], p: Fraction, seed: int
) -> None:
    values, weights = table
    order = np.random.default_rng(seed).permutation(len(values))
    first = one(values, weights, float(p), rule)
    assert one(values[order], weights[order], float(p), rule) == first
    assert one(values, 1000.0 * weights, float(p), rule) == pytest.approx(first, rel=1e-12, abs=1e-12)
    assert one(5.0 * values + 3.0, weights, float(p), rule) == pytest.approx(
        5.0 * first + 3.0, rel=1e-12, abs=1e-11
    )
    assert values.min() <= first <= values.max()


@given(values_and_weights, chances)
def test_the_quantile_of_a_monotone_function_is_the_function_of_the_quantile(
    table: tuple[Floats, Floats], p: Fraction
) -> None:
    values, weights = table
    assert one(np.exp(values), weights, float(p)) == np.exp(one(values, weights, float(p)))


@by_rule
@given(table=values_and_weights)
def test_quantiles_do_not_fall_with_p(rule: str, table: tuple[Floats, Floats]) -> None:
    ranking = rank(*table)
    found = [float(invert(ranking, p, rule)[0]) for p in np.linspace(0.0, 1.0, 41)]
    assert (np.diff(found) >= -1e-12).all()
    assert (found[0], found[-1]) == (table[0].min(), table[0].max())


@by_rule
def test_one_city_is_each_quantile(rule: str) -> None:
    for p in (0.01, 0.5, 0.99):
        assert one(np.array([7.0]), np.array([3.5]), p, rule) == 7.0


@by_rule
def test_what_is_missing_is_no_number(rule: str) -> None:
    values = np.array([1.0, np.nan, 3.0])
    weights = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    found = weighted_quantile(values, weights, 0.5, rule)
    assert 1.0 <= found[0] <= 3.0
    assert np.isnan(found[1:]).all()
    assert np.isnan(weighted_quantile(np.zeros(0), np.zeros((0, 2)), 0.5, rule)).tolist() == [True, True]


def test_negative_replicate_weights_follow_the_definition() -> None:
    """F-hat of (2, -1, 3) / 4 is 0.5, 0.25, 1: it reaches 0.5 at the first value, 0.6 at the last."""
    values, weights = np.array([10.0, 20.0, 30.0]), np.array([2.0, -1.0, 3.0])
    assert [one(values, weights, p) for p in (0.3, 0.5, 0.6)] == [10.0, 10.0, 30.0]
    assert np.isnan(one(values, -weights, 0.5))


def test_bootstrap_counts_are_columns_of_weights() -> None:
    rng = np.random.default_rng(3)
    values, counts = rng.integers(0, 30, 40).astype(float), rng.poisson(1.0, (40, 50))
    found = weighted_quantile(values, counts.astype(float), 0.3)
    copies = [np.repeat(values, count) for count in counts.T]
    assert found.tolist() == [one(y, np.ones(len(y)), 0.3) for y in copies]
    assert len(set(found)) > 5


def test_p_and_rule_are_checked(refused: Refused) -> None:
    y, w = np.array([1.0, 2.0]), np.ones(2)
    for p in (0.0, 1.0, -0.1, 50, float("nan")):
        with refused("ESTIMATE-CHOICE-UNKNOWN", "between 0 and 1", repr(p)):
            weighted_quantile(y, w, p)
    with refused("ESTIMATE-CHOICE-UNKNOWN", "'maths'", "Did you mean 'math'?"):
        weighted_quantile(y, w, 0.5, "maths")
