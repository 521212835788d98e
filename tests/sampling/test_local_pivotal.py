"""Local pivotal selection: enumerated, rebuilt by hand, and attacked with ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.sampling.support import LARGEST, SMALLEST

import citysample as cs
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.local_pivotal import select_local_pivotal, uniforms_local_pivotal
from citysample.sampling.select.neighbours import neighbour_tree, sphere_points, standardise
from citysample.sampling.select.pivotal import select_pivotal
from citysample.sampling.select.srs import select_srs
from citysample.sampling.spread import voronoi_spread

EveryPath = Callable[..., Iterator[tuple[float, BoolArray]]]
Refused = Callable[..., AbstractContextManager[None]]


def numbers(count: int, key: int) -> FloatArray:
    raw = np.random.Philox(key=key).random_raw(count)
    return np.asarray((raw >> np.uint64(11)) / 2.0**53 + 2.0**-54)


def by_hand(pi: list[Fraction], uniforms: list[float], places: list[tuple[int, int]]) -> set[int]:
    """The method as its documentation says it, in exact numbers, with all distances compared."""
    N = len(pi)
    values, live = list(pi), list(range(N))
    ties, steps = uniforms[:N], iter(uniforms[N:])

    def distance(k: int, other: int) -> int:
        return sum((a - b) ** 2 for a, b in zip(places[k], places[other], strict=True))

    while len(live) > 1:
        k = live[int(Fraction(next(steps)) * len(live))]
        near = min((x for x in live if x != k), key=lambda x: (distance(k, x), ties[x], x))
        total, u = values[k] + values[near], Fraction(next(steps))
        # The direction of the first step is up for the neighbour.
        if total < 1:
            winner, loser = (near, k) if u < values[near] / total else (k, near)
            values[winner], values[loser] = total, Fraction(0)
        else:
            winner, loser = (near, k) if u < (1 - values[k]) / (2 - total) else (k, near)
            values[winner], values[loser] = Fraction(1), total - 1
        for ended in (k, near):
            if values[ended] in (0, 1):
                live[live.index(ended)] = live[-1]
                live.pop()
    return {k for k in range(N) if values[k] == 1}


@st.composite
def sixteenths(draw: st.DrawFn, most: int = 40) -> list[int]:
    parts = draw(st.lists(st.integers(1, 15), min_size=2, max_size=most))
    rest = -sum(parts) % 16
    return [*parts, rest] if rest else parts


@given(sixteenths(), st.data())
@settings(max_examples=150)
def test_takes_the_cities_of_its_definition(parts: list[int], data: st.DataObject) -> None:
    """Places on a small grid, so that most distances occur several times and cities share places."""
    N, key = len(parts), data.draw(st.integers(0, 2**32))
    width = data.draw(st.sampled_from([1, 2, 4, 30]))
    places = [(int(a * width), int(b * width)) for a, b in numbers(2 * N, key).reshape(-1, 2)]
    uniforms = numbers(uniforms_local_pivotal(N, 0), key + 1)
    pi = [Fraction(part, 16) for part in parts]
    selected = select_local_pivotal(np.array([float(p) for p in pi]), uniforms, np.array(places, dtype=float))
    assert set(np.flatnonzero(selected).tolist()) == by_hand(pi, uniforms.tolist(), places)
    assert selected.sum() == sum(parts) // 16


DESIGNS = [
    ([0.5, 0.5], [0, 1]),
    ([0.5, 0.3, 0.2], [0, 1, 1]),
    ([0.9, 0.7, 0.4], [0, 0, 0]),
    ([0.25, 0.25, 0.25, 0.25], [0, 1, 2, 3]),
    ([0.9, 0.1, 0.3, 0.7], [0, 1, 5, 7]),
    ([0.8, 0.8, 0.8, 0.6], [0, 0, 1, 1]),
    ([0.95, 0.05, 0.25, 0.25, 0.5], [0, 1, 3, 6, 10]),
    ([0.6, 0.6, 0.6, 0.6, 0.6], [0, 1, 2, 3, 4]),
    ([1 / 3, 1 / 3, 1 / 3, 0.25, 0.35, 0.4], [0, 1, 2, 3, 5, 5]),
]


@pytest.mark.parametrize(("pi", "places"), DESIGNS)
def test_every_path_together_gives_the_exact_inclusion_probabilities(
    every_path: EveryPath, pi: list[float], places: list[float]
) -> None:
    """All picks and both outcomes of all duels, for some numbers that decide ties."""
    N = len(pi)
    points = np.array(places, dtype=float)[:, None]
    compared = 0
    for ties in list(permutations(np.linspace(0.1, 0.9, N).tolist()))[
        :: 1 if N < 4 else 17 if N < 6 else 719
    ]:
        chances, whole = np.zeros(N), 0.0
        for chance, selected in every_path(
            ties, 2 * N, lambda numbers: select_local_pivotal(np.array(pi), numbers, points)
        ):
            assert selected.sum() == round(sum(pi))
            chances += chance * selected
            whole += chance
            compared += 1
        assert abs(whole - 1.0) < 1e-12
        np.testing.assert_allclose(chances, pi, rtol=0, atol=1e-12)
    assert compared >= 4 ** (N - 1)


def test_near_cities_are_never_drawn_together() -> None:
    places = np.array([[0.0], [1.0], [8.0], [9.0]])
    together = 0
    for key in range(200):
        selected = select_local_pivotal(np.full(4, 0.5), numbers(12, key), places)
        assert selected[:2].sum() == 1
        together += int(selected[0] & selected[2])
    assert 20 < together < 90


def test_cities_on_both_sides_of_the_antimeridian_are_near() -> None:
    lon, lat = np.array([179.9, 0.0, -179.9, 0.2]), np.zeros(4)
    compared = 0
    for key in range(50):
        selected = select_local_pivotal(np.full(4, 0.5), numbers(12, key), sphere_points(lon, lat))
        assert selected[0] != selected[2]
        compared += 1
    assert compared == 50
    np.testing.assert_array_equal(sphere_points(lon, lat), sphere_points(lon + 360 * (lon < 0), lat))
    poles = sphere_points(np.array([0.0, 77.0]), np.array([90.0, 90.0]))
    assert poles[0].tolist() == poles[1].tolist() == [0.0, 0.0, 1.0]


@given(st.integers(2, 40), st.data())
@settings(max_examples=150)
def test_takes_exactly_n_for_any_numbers_and_places(N: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, N - 1))
    size = np.array(data.draw(st.lists(st.floats(0.5, 2.0), min_size=N, max_size=N)))
    pi = np.full(N, n / N) + (size - size.mean()) * min(n / N, 1 - n / N) / 4
    uniform = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    uniforms = np.array(data.draw(st.lists(uniform, min_size=3 * N, max_size=3 * N)))
    place = st.sampled_from([0.0, 1.0, 1e-300, -1e12]) | st.floats(-1e6, 1e6)
    places = np.array(data.draw(st.lists(place, min_size=2 * N, max_size=2 * N))).reshape(N, 2)
    assert select_local_pivotal(pi, uniforms, places).sum() == n


@pytest.mark.parametrize(("N", "n"), [(30, 3), (300, 100), (300, 299), (3000, 2100)])
def test_takes_exactly_n_where_the_sum_of_pi_rounds(N: int, n: int) -> None:
    assert select_local_pivotal(np.full(N, n / N), numbers(3 * N, N), np.zeros((N, 1))).sum() == n
    uniforms = np.tile([SMALLEST, LARGEST, 0.5], N)
    assert select_local_pivotal(np.full(N, n / N), uniforms, np.arange(2.0 * N).reshape(N, 2)).sum() == n


def test_no_random_city_gives_no_sample() -> None:
    assert select_local_pivotal(np.empty(0), np.empty(0), np.empty((0, 2))).tolist() == []


def test_inclusion_frequencies_agree_with_pi() -> None:
    draws, N = 2500, 20
    size = np.arange(1.0, N + 1)
    pi, places = 6 * size / size.sum(), numbers(2 * N, 9).reshape(N, 2)
    hits = np.zeros(N)
    for key in range(draws):
        hits += select_local_pivotal(pi, numbers(3 * N, 1000 + key), places)
    z = (hits - draws * pi) / np.sqrt(draws * pi * (1 - pi))
    assert hits.sum() == 6 * draws
    assert np.abs(z).max() < norm.isf(0.001 / (2 * N))


def mean_spread(pi: FloatArray, places: FloatArray, draws: int = 12) -> dict[str, float]:
    N = pi.size
    sums = {"local_pivotal": 0.0, "pivotal": 0.0, "srs": 0.0}
    for key in range(draws):
        u = numbers(3 * N, key)
        sums["local_pivotal"] += voronoi_spread(pi, select_local_pivotal(pi, u, places), places)
        sums["pivotal"] += voronoi_spread(pi, select_pivotal(pi, u[: 2 * N]), places)
        sums["srs"] += voronoi_spread(pi, select_srs(pi, u[:N]), places)
    return {name: total / draws for name, total in sums.items()}


def test_spreads_better_than_methods_that_do_not_know_the_places() -> None:
    """On a square grid, where many distances are equal, and on the cities of a country."""
    grid = np.column_stack(np.divmod(np.arange(400), 20)).astype(float)
    found = mean_spread(np.full(400, 0.1), grid)
    assert found["local_pivotal"] < 0.10
    assert 0.2 < found["srs"] < 0.4
    assert found["local_pivotal"] < 0.4 * min(found["pivotal"], found["srs"])
    kenya = cs.load_frame("KEN", towns=True).cities
    places = sphere_points(kenya["lon"].to_numpy(), kenya["lat"].to_numpy())
    N = len(places)
    found = mean_spread(np.full(N, round(N / 10) / N), places)
    assert found["local_pivotal"] < 0.6 * min(found["pivotal"], found["srs"])


def test_plain_and_compiled_code_take_the_same_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    compared = 0
    for N, places in ((700, numbers(1400, 3).reshape(-1, 2)), (300, np.ones((300, 3)))):
        pi = np.full(N, 0.3) + 0.2 * (numbers(N, 4) - 0.5)
        pi *= N * 0.3 / pi.sum()
        found = []
        for fast in ("0", "1"):
            monkeypatch.setenv("CITYSAMPLE_FAST", fast)
            found.append(select_local_pivotal(pi, numbers(3 * N, 5), places))
        np.testing.assert_array_equal(found[0], found[1])
        assert found[0].sum() == round(N * 0.3)
        compared += 1
    assert compared == 2


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 1000))
def test_each_node_of_the_tree_holds_its_cities(N: int, q: int, key: int) -> None:
    points = np.floor(numbers(N * q, key) * 9).reshape(N, q)
    ranks = np.argsort(numbers(N, key + 1))
    tree = neighbour_tree(points, ranks)
    assert sorted(tree.order.tolist()) == list(range(N))
    leaves = tree.first.size // 2
    low, high = tree.low.reshape(-1, q), tree.high.reshape(-1, q)
    for node in range(1, 2 * leaves):
        span = leaves // 2 ** (node.bit_length() - 1)
        begin = (node - 2 ** (node.bit_length() - 1)) * span * 8
        cities = tree.order[begin : begin + span * 8]
        assert tree.first[node] == min(ranks[cities].tolist(), default=N)
        if cities.size:
            assert (low[node] == points[cities].min(axis=0)).all()
            assert (high[node] == points[cities].max(axis=0)).all()


def test_standardised_columns_have_mean_0_and_deviation_1() -> None:
    columns = np.column_stack([numbers(50, 1) * 1e300, numbers(50, 2), np.full(50, 0.1)])
    found = standardise(columns)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(found.std(axis=0), [1, 1, 0], rtol=1e-14)
    assert (found[:, 2] == 0).all()


def test_bad_places_are_refused(refused: Refused) -> None:
    pi, uniforms = np.full(4, 0.5), np.full(12, 0.5)
    places = np.array([[0.0, 1.0], [1.0, np.nan], [2.0, 3.0], [3.0, 3.0]])
    with refused("FRAME-VALUE-MISSING", "coordinates", "column 2", "places 2", "1 cities"):
        select_local_pivotal(pi, uniforms, places)
    with refused("FRAME-VALUE-INVALID", "infinite"):
        select_local_pivotal(pi, uniforms, np.array([[0.0], [1.0], [2.0], [np.inf]]))
    with refused("DESIGN-VALUE-INVALID", "(3, 2)", "4 cities"):
        select_local_pivotal(pi, uniforms, places[:3])
    with refused("DESIGN-VALUE-INVALID", "no coordinates"):
        select_local_pivotal(pi, uniforms, np.empty((4, 0)))
    with refused("DESIGN-VALUE-INVALID", "11 numbers", "12 numbers"):
        select_local_pivotal(pi, uniforms[:11], np.arange(4.0)[:, None])
    with refused("FRAME-VALUE-INVALID", "lat 4.8e+06", "places 2"):
        sphere_points(np.array([8.0, 600.0]), np.array([47.0, 4.8e6]))
    with refused("FRAME-VALUE-MISSING", "column 1"):
        sphere_points(np.array([np.nan, 8.0]), np.array([47.0, 47.0]))
    with refused("FRAME-VALUE-MISSING"):
        standardise(places)
