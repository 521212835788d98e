"""Design weights and expanded totals of primary sampling units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.weighting.design_weights import design_weights, psu_totals


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=20))
def test_design_weights_are_one_over_pi(pi: list[float]) -> None:
    weights = design_weights(np.array(pi))
    assert weights.tolist() == [1.0 / chance for chance in pi]
    assert (weights >= 1.0).all()


@st.composite
def clusters(draw: st.DrawFn) -> tuple[list[list[float]], list[float], list[int], int]:
    m, q = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    extra = draw(st.lists(st.integers(0, m - 1), max_size=8))
    psu = draw(st.permutations([*range(m), *extra]))
    number = st.floats(-1e6, 1e6)
    values = draw(st.lists(st.lists(number, min_size=q, max_size=q), min_size=len(psu), max_size=len(psu)))
    weights = draw(st.lists(st.floats(0.5, 100.0), min_size=len(psu), max_size=len(psu)))
    return values, weights, psu, m


@given(clusters())
def test_totals_are_those_of_a_plain_loop(
    case: tuple[list[list[float]], list[float], list[int], int],
) -> None:
    values, weights, psu, m = case
    q = len(values[0])
    expected = [[0.0] * q for _ in range(m)]
    for row, weight, code in zip(values, weights, psu, strict=True):
        for j, value in enumerate(row):
            expected[code][j] += weight * value
    found = psu_totals(np.array(values), np.array(weights), np.array(psu), m)
    assert found.shape == (m, q)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=0), np.array(weights) @ np.array(values), rtol=1e-9, atol=1e-5)


def test_rows_that_are_their_own_psu_are_only_expanded() -> None:
    values, weights = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([2.0, 10.0])
    found = psu_totals(values, weights, np.array([0, 1]), 2)
    assert found.tolist() == [[2.0, 4.0], [30.0, 40.0]]
    assert psu_totals(values, weights, np.array([1, 0]), 2).tolist() == [[30.0, 40.0], [2.0, 4.0]]


@pytest.mark.parametrize("psu", [[0, 0], [1, 0], [0, 1]])
def test_undefined_values_stay_undefined(psu: list[int]) -> None:
    values = np.array([[np.nan, 1.0], [1.0, 1.0]])
    found = psu_totals(values, np.ones(2), np.array(psu), 2)
    assert np.isnan(found[psu[0], 0])
    assert not np.isnan(found[:, 1]).any()
