"""Inclusion probabilities proportional to size."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.sampling.inclusion import inclusion_probabilities

Refused = Callable[..., AbstractContextManager[None]]
SIZES = st.lists(st.floats(0.01, 1e5), min_size=1, max_size=25)


def by_hand(size: list[int], n: int) -> list[Fraction]:
    """The definition in exact fractions: certainty for the largest, as long as one reaches 1."""
    order = sorted(range(len(size)), key=lambda k: -size[k])
    pi = [Fraction(1)] * len(size)
    for certain in range(len(size)):
        rest = order[certain:]
        total = sum(size[k] for k in rest)
        if all((n - certain) * size[k] < total for k in rest):
            for k in rest:
                pi[k] = Fraction((n - certain) * size[k], total)
            return pi
    return pi


@given(SIZES, st.data())
def test_sum_range_and_monotony(sizes: list[float], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(sizes)))
    size = np.array(sizes)
    pi = inclusion_probabilities(size, n)
    assert pi.sum() == pytest.approx(n, abs=1e-9)
    assert ((pi > 0.0) & (pi <= 1.0)).all()
    order = np.argsort(size, kind="stable")
    assert (np.diff(pi[order]) >= -1e-15).all()
    assert pi.size == len(sizes)


@given(SIZES, st.data())
def test_probabilities_of_random_cities_are_proportional_to_size(
    sizes: list[float], data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, len(sizes)))
    size = np.array(sizes)
    pi = inclusion_probabilities(size, n)
    random = pi != 1.0
    assert (pi[random] < 1.0 - 1e-13).all()
    np.testing.assert_allclose(
        pi[random] * size[random].sum(), (n - (~random).sum()) * size[random], rtol=1e-12
    )
    if random.any():
        assert size[random].max() <= size[~random].min(initial=np.inf)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=10), st.data())
def test_exact_fractions(size: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(size)))
    expected = by_hand(size, n)
    pi = inclusion_probabilities(np.array(size, dtype=np.float64), n)
    np.testing.assert_allclose(pi, [float(p) for p in expected], rtol=1e-13)
    assert [chance == 1.0 for chance in pi] == [p == 1 for p in expected]


@given(SIZES, st.floats(1e-3, 1e3), st.data())
def test_unit_of_size_is_irrelevant(sizes: list[float], unit: float, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(sizes)))
    pi = inclusion_probabilities(np.array(sizes), n)
    np.testing.assert_allclose(inclusion_probabilities(np.array(sizes) * unit, n), pi, rtol=1e-10)


def test_iteration_example() -> None:
    """n = 4 of six: 100 is certain at once; then 3 * 40 / 70 > 1, so 40 is certain too."""
    pi = inclusion_probabilities(np.array([100.0, 40.0, 10.0, 9.0, 8.0, 3.0]), 4)
    assert pi[:2].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(pi[2:], [20 / 30, 18 / 30, 16 / 30, 6 / 30], rtol=1e-15)


@pytest.mark.parametrize("N", [1, 2, 7, 49, 1000])
def test_all_cities_and_equal_sizes(N: int) -> None:
    assert (inclusion_probabilities(np.linspace(1.0, 2.0, N), N) == 1.0).all()
    assert (inclusion_probabilities(np.full(N, 0.1), N) == 1.0).all()
    equal = inclusion_probabilities(np.full(N, 0.1), 1)
    np.testing.assert_allclose(equal, np.full(N, 1 / N), rtol=1e-12)


def test_value_that_is_1_but_for_rounding_is_certain() -> None:
    size = np.array([0.1 + 0.2, 0.1, 0.1, 0.1])
    pi = inclusion_probabilities(size, 2)
    assert pi[0] == 1.0
    np.testing.assert_allclose(pi[1:], 1 / 3, rtol=1e-12)


def test_a_city_that_could_never_be_drawn_is_refused(refused: Refused) -> None:
    table = pd.DataFrame({"id": ["a", "b", "c"], "people": [1e15, 1.0, 2.0]})
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    with refused("DESIGN-N-IMPOSSIBLE", "cities 'b', 'c'", "never be drawn"):
        cs.SampleDesign(allocation=cs.Explicit({"all": 1}), method="pivotal", single_psu="adjust").plan(frame)
