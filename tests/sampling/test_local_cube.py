"""The local cube: exact probabilities and sizes, balance and spread at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.sampling.support import LARGEST, SMALLEST

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.balance import balance_table
from citysample.sampling.select.cube import select_cube
from citysample.sampling.select.local_cube import select_local_cube, uniforms_local_cube
from citysample.sampling.select.local_pivotal import select_local_pivotal
from citysample.sampling.spread import voronoi_spread

EveryPath = Callable[..., Iterator[tuple[float, BoolArray]]]
Refused = Callable[..., AbstractContextManager[None]]


def numbers(count: int, key: int) -> FloatArray:
    raw = np.random.Philox(key=key).random_raw(count)
    return np.asarray((raw >> np.uint64(11)) / 2.0**53 + 2.0**-54)


DESIGNS = [
    ([0.9, 0.7, 0.4], [[3.0, 1.0, 2.0]], [0, 0, 1]),
    ([0.25, 0.25, 0.25, 0.25], [[1.0, 2.0, 4.0, 9.0]], [0, 1, 2, 3]),
    ([0.9, 0.1, 0.3, 0.7], [[1.0, 2.0, 4.0, 9.0], [1.0, 1.0, 1.0, 3.0]], [0, 1, 5, 7]),
    ([0.6, 0.6, 0.6, 0.6, 0.6], [[1.0, 2.0, 3.0, 4.0, 5.0]], [0, 1, 2, 3, 4]),
    ([0.3, 0.7, 0.25, 0.25, 0.5], [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 0.0, 0.0, 1.0, 7.0]], [0, 1, 3, 6, 6]),
    ([1 / 3, 1 / 3, 1 / 3, 0.25, 0.35, 0.4], [[6.0, 1.0, 2.0, 3.0, 5.0, 5.0]], [0, 1, 2, 3, 5, 5]),
]


@pytest.mark.parametrize(("pi", "columns", "places"), DESIGNS)
def test_every_path_together_gives_the_exact_inclusion_probabilities(
    every_path: EveryPath, pi: list[float], columns: list[list[float]], places: list[float]
) -> None:
    """All picks and both outcomes of all steps, for some numbers that decide ties."""
    N, X, points = len(pi), np.array(columns).T, np.array(places)[:, None]
    compared = 0
    for ties in list(permutations(np.linspace(0.1, 0.9, N).tolist()))[
        :: 1 if N < 5 else 41 if N < 6 else 720
    ]:
        chances, whole = np.zeros(N), 0.0
        for chance, selected in every_path(
            ties, 2 * N, lambda u: select_local_cube(np.array(pi), u, X, points)
        ):
            assert selected.sum() == round(sum(pi))
            chances += chance * selected
            whole += chance
            compared += 1
        assert abs(whole - 1.0) < 1e-12
        np.testing.assert_allclose(chances, pi, rtol=0, atol=1e-12)
    assert compared >= 12


@given(st.integers(2, 30), st.data())
@settings(max_examples=100)
def test_takes_exactly_n_for_any_numbers_columns_and_places(N: int, data: st.DataObject) -> None:
    n, p = data.draw(st.integers(1, N - 1)), data.draw(st.integers(0, 4))
    value = st.sampled_from([0.0, 1.0, 1e9, 1 / 3]) | st.floats(-1e3, 1e3)
    X = np.array(data.draw(st.lists(value, min_size=N * p, max_size=N * p))).reshape(N, p)
    places = np.array(data.draw(st.lists(value, min_size=2 * N, max_size=2 * N))).reshape(N, 2)
    uniform = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    uniforms = np.array(data.draw(st.lists(uniform, min_size=3 * N, max_size=3 * N)))
    assert select_local_cube(np.full(N, n / N), uniforms, X, places).sum() == n


def test_is_as_balanced_as_the_cube_and_nearly_as_spread_as_local_pivotal() -> None:
    N, n = 400, 50
    X, places = numbers(2 * N, 1).reshape(N, 2) + 0.5, numbers(2 * N, 2).reshape(N, 2)
    pi = np.full(N, n / N)
    error = dict.fromkeys(("local_cube", "cube", "local_pivotal"), 0.0)
    spread = error.copy()
    for key in range(12):
        u = numbers(3 * N, key)
        for name, selected in (
            ("local_cube", select_local_cube(pi, u, X, places)),
            ("cube", select_cube(pi, u[: 2 * N], X)),
            ("local_pivotal", select_local_pivotal(pi, u, places)),
        ):
            deviations = balance_table(pi, selected, X, ["a", "b"]).standard_deviations
            error[name] += float(np.mean(deviations**2)) / 12
            spread[name] += voronoi_spread(pi, selected, places) / 12
            assert selected.sum() == n
    assert max(error["local_cube"], error["cube"]) < 0.1 * error["local_pivotal"]
    assert spread["local_pivotal"] < spread["local_cube"] < 0.6 * spread["cube"]


def test_inclusion_frequencies_agree_with_pi() -> None:
    draws, N = 1200, 20
    size = np.arange(1.0, N + 1)
    pi, places, X = 6 * size / size.sum(), numbers(2 * N, 9).reshape(N, 2), numbers(2 * N, 8).reshape(N, 2)
    hits = np.zeros(N)
    for key in range(draws):
        hits += select_local_cube(pi, numbers(3 * N, 1000 + key), X, places)
    z = (hits - draws * pi) / np.sqrt(draws * pi * (1 - pi))
    assert hits.sum() == 6 * draws
    assert np.abs(z).max() < norm.isf(0.001 / (2 * N))


def test_plain_and_compiled_code_take_the_same_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    N = 500
    X, places = numbers(5 * N, 1).reshape(N, 5), np.floor(numbers(3 * N, 2).reshape(N, 3) * 6)
    found = []
    for fast in ("0", "1"):
        monkeypatch.setenv("CITYSAMPLE_FAST", fast)
        found.append(select_local_cube(np.full(N, 0.3), numbers(3 * N, 3), X, places))
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0].sum() == 150


def test_edges() -> None:
    assert uniforms_local_cube(7, 2) == 21
    assert select_local_cube(np.empty(0), np.empty(0), np.empty((0, 3)), np.empty((0, 1))).tolist() == []
    many = numbers(40, 1).reshape(4, 10)
    assert select_local_cube(np.full(4, 0.5), numbers(12, 2), many, many).sum() == 2
    # A column that follows from pi is left out, and the sample stays.
    pi, u, places = np.full(12, 0.25), numbers(36, 3), numbers(12, 4)[:, None]
    alone = select_local_pivotal(pi, u, places)
    np.testing.assert_array_equal(select_local_cube(pi, u, np.full((12, 1), 7.0), places), alone)


def test_bad_columns_and_places_are_refused(refused: Refused) -> None:
    pi, uniforms, good = np.full(4, 0.5), np.full(12, 0.5), np.arange(4.0)[:, None]
    bad = np.array([[0.0], [np.nan], [1.0], [2.0]])
    with refused("FRAME-VALUE-MISSING", "balancing columns", "places 2"):
        select_local_cube(pi, uniforms, bad, good)
    with refused("FRAME-VALUE-MISSING", "coordinates", "places 2"):
        select_local_cube(pi, uniforms, good, bad)
    with refused("DESIGN-VALUE-INVALID", "12 numbers"):
        select_local_cube(pi, uniforms[:8], good, good)
