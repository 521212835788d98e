"""Whole-number allocation: no allocation within the bounds is better, compared with all of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.sampling.allocate.apportion import apportion


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], int, list[int], list[int]]:
    H = draw(st.integers(1, 4))
    weight = draw(st.lists(st.integers(0, 60), min_size=H, max_size=H))
    lower = draw(st.lists(st.integers(1, 3), min_size=H, max_size=H))
    upper = [low + draw(st.integers(0, 5)) for low in lower]
    return weight, draw(st.integers(sum(lower), sum(upper))), lower, upper


def variance(weight: list[int], allocation: tuple[int, ...]) -> Fraction:
    """The part of the variance of a stratified SRS total that n_h changes: sum of a_h^2 / n_h."""
    return sum((Fraction(a * a, n) for a, n in zip(weight, allocation, strict=True)), Fraction(0))


@given(problems())
def test_no_allocation_within_the_bounds_is_better(
    problem: tuple[list[int], int, list[int], list[int]],
) -> None:
    weight, n, lower, upper = problem
    found = tuple(apportion(np.array(weight, float), n, np.array(lower), np.array(upper)).tolist())
    every = [
        allocation
        for allocation in product(*(range(low, high + 1) for low, high in zip(lower, upper, strict=True)))
        if sum(allocation) == n
    ]
    assert found in every
    assert variance(weight, found) == min(variance(weight, allocation) for allocation in every)
    assert len(every) >= 1


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=12),
    st.data(),
)
def test_sum_and_bounds(weight: list[float], data: st.DataObject) -> None:
    H = len(weight)
    lower = np.array(data.draw(st.lists(st.integers(0, 4), min_size=H, max_size=H)))
    upper = lower + np.array(data.draw(st.lists(st.integers(0, 30), min_size=H, max_size=H)))
    n = data.draw(st.integers(int(lower.sum()), int(upper.sum())))
    found = apportion(np.array(weight), n, lower, upper)
    assert found.sum() == n
    assert ((lower <= found) & (found <= upper)).all()
    assert found.shape == (H,)


@given(st.lists(st.integers(1, 100), min_size=2, max_size=6), st.integers(1, 40))
def test_one_city_more_takes_none_from_another_stratum(weight: list[int], extra: int) -> None:
    H = len(weight)
    lower, upper = np.full(H, 1), np.full(H, 50)
    before = apportion(np.array(weight, float), H + extra, lower, upper)
    after = apportion(np.array(weight, float), H + extra + 1, lower, upper)
    assert sorted((after - before).tolist()) == [0] * (H - 1) + [1]


@pytest.mark.parametrize(
    ("weight", "n", "upper", "expected"),
    [
        ([1.0, 1.0, 1.0], 8, 9, [3, 3, 2]),
        ([2.0, 1.0, 1.0], 8, 9, [4, 2, 2]),
        ([1.0, 1.0, 2.0], 8, 9, [2, 2, 4]),
        ([0.0, 1.0, 1.0], 8, 9, [2, 3, 3]),
        ([100.0, 1.0, 1.0], 8, 3, [3, 3, 2]),
        ([0.0, 0.0, 0.0], 6, 9, [2, 2, 2]),
    ],
)
def test_ties_go_to_the_first_stratum(weight: list[float], n: int, upper: int, expected: list[int]) -> None:
    found = apportion(np.array(weight), n, np.full(3, 2), np.full(3, upper))
    assert found.tolist() == expected
