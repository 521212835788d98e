"""Balance of the columns against the frame: totals by plain sums, the unit against all samples."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citysample.sampling.balance import balance_table

Refused = Callable[..., AbstractContextManager[None]]


def test_totals_are_plain_sums() -> None:
    pi, selected = np.array([1.0, 0.5, 0.25, 0.25]), np.array([True, True, False, False])
    X = np.array([[10.0, 1.0], [3.0, -1.0], [2.0, 1.0], [4.0, -1.0]])
    table = balance_table(pi, selected, X, ["people", "sign"])
    assert table.names == ("people", "sign")
    assert table.frame_total.tolist() == [19.0, 0.0]
    assert table.estimated_total.tolist() == [16.0, -1.0]
    np.testing.assert_allclose(table.relative_deviation, [-3 / 19, np.nan])
    np.testing.assert_allclose(table.standard_deviations, [-3.0, -1.0] / table.standard_error)


def test_the_unit_is_the_standard_error_over_all_simple_random_samples() -> None:
    x = np.array([[1.0], [4.0], [4.0], [9.0], [2.0], [7.0]])
    pi, compared = np.full(6, 0.5), 0
    estimates, deviations = [], []
    for sample in combinations(range(6), 3):
        table = balance_table(pi, np.isin(np.arange(6), sample), x, ["x"])
        estimates.append(table.estimated_total[0])
        deviations.append(table.standard_deviations[0])
        compared += 1
    assert compared == 20
    np.testing.assert_allclose(table.standard_error, np.std(estimates), rtol=1e-12)
    np.testing.assert_allclose([np.mean(deviations), np.std(deviations)], [0, 1], atol=1e-12)


def test_the_unit_is_hajeks_formula_in_a_loop() -> None:
    pi, x = [1.0, 0.7, 0.6, 0.4, 0.3, 1.0], [50.0, 4.0, 4.0, 9.0, 2.0, 70.0]
    random = [k for k in range(6) if pi[k] < 1]
    c = {k: pi[k] * (1 - pi[k]) for k in random}
    centre = sum(c[k] * x[k] / pi[k] for k in random) / sum(c.values())
    variance = 4 / 3 * sum(c[k] * (x[k] / pi[k] - centre) ** 2 for k in random)
    table = balance_table(np.array(pi), np.ones(6, dtype=bool), np.array(x)[:, None], ["x"])
    np.testing.assert_allclose(table.standard_error, [variance**0.5], rtol=1e-14)


def test_no_deviation_is_possible_for_a_column_in_proportion_to_pi_and_for_a_census() -> None:
    pi = np.array([0.1, 0.3, 0.7, 0.9])
    X = np.column_stack([3e6 * pi, [1.0, 2.0, 3.0, 4.0], np.zeros(4)])
    table = balance_table(pi, np.array([False, False, True, True]), X, ["pi", "x", "zero"])
    assert table.standard_error[[0, 2]].tolist() == [0.0, 0.0]
    assert np.isnan(table.standard_deviations).tolist() == [True, False, True]
    assert np.isnan(table.relative_deviation).tolist() == [False, False, True]
    census = balance_table(np.ones(4), np.ones(4, dtype=bool), X, ["pi", "x", "zero"])
    assert census.relative_deviation[:2].tolist() == [0.0, 0.0]
    assert np.isnan(census.standard_deviations).all()
    one_random = balance_table(np.array([1.0, 1.0, 1.0, 0.5]), np.ones(4, dtype=bool), X, ["a", "b", "c"])
    assert np.isnan(one_random.standard_deviations).all()


@given(st.integers(2, 20), st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_deviations_do_not_depend_on_the_unit_or_the_order(N: int, key: int, unit: float) -> None:
    generator = np.random.default_rng(key)
    pi, X, selected = generator.uniform(0.1, 0.9, N), generator.random((N, 2)), generator.random(N) < 0.5
    table = balance_table(pi, selected, X, ["a", "b"])
    order = generator.permutation(N)
    again = balance_table(pi[order], selected[order], unit * X[order], ["a", "b"])
    np.testing.assert_allclose(again.relative_deviation, table.relative_deviation, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(again.standard_deviations, table.standard_deviations, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(again.standard_error, unit * table.standard_error, rtol=1e-9)


def test_refusals(refused: Refused) -> None:
    pi, selected = np.full(3, 0.5), np.ones(3, dtype=bool)
    with refused("FRAME-VALUE-MISSING", "column 1"):
        balance_table(pi, selected, np.array([[1.0], [np.nan], [2.0]]), ["x"])
    with refused("DESIGN-VALUE-INVALID", "2 names for 1 columns"):
        balance_table(pi, selected, np.ones((3, 1)), ["x", "y"])
    with refused("DESIGN-VALUE-INVALID", "(2, 1)"):
        balance_table(pi, selected, np.ones((2, 1)), ["x"])
