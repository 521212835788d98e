"""The cube: exact probabilities, exact sizes, balance, and columns that say nothing new."""

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
from citysample.sampling.select.auxiliary import reduced_columns
from citysample.sampling.select.cube import (
    independent_columns,
    select_cube,
    select_cube_stratified,
    uniforms_cube,
)
from citysample.sampling.select.cube_flight import null_vector
from citysample.sampling.select.cube_landing import fly
from citysample.sampling.select.pivotal import select_pivotal

EveryPath = Callable[..., Iterator[tuple[float, BoolArray]]]
Refused = Callable[..., AbstractContextManager[None]]


def numbers(count: int, key: int) -> FloatArray:
    raw = np.random.Philox(key=key).random_raw(count)
    return np.asarray((raw >> np.uint64(11)) / 2.0**53 + 2.0**-54)


def unequal(N: int, n: int, key: int) -> FloatArray:
    """Inclusion probabilities in (0, 1) with sum n."""
    return np.full(N, n / N) + (numbers(N, key) - 0.5) @ (np.eye(N) - 1 / N) * min(n / N, 1 - n / N)


DESIGNS = [
    ([0.5, 0.5], [[1.0, 2.0]], [0, 0]),
    ([0.9, 0.7, 0.4], [[3.0, 1.0, 2.0]], [0, 0, 0]),
    ([0.25, 0.25, 0.25, 0.25], [[1.0, 2.0, 4.0, 9.0]], [0, 0, 0, 0]),
    ([0.9, 0.1, 0.3, 0.7], [[1.0, 2.0, 4.0, 9.0]], [0, 0, 1, 1]),
    ([0.8, 0.8, 0.8, 0.6], [[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0]], [0, 0, 0, 0]),
    ([0.6, 0.6, 0.6, 0.6, 0.6], [[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 0.0, 0.0, 1.0, 7.0]], [0] * 5),
    ([0.3, 0.7, 0.25, 0.25, 0.5], [[1.0, 2.0, 3.0, 4.0, 5.0]], [1, 1, 0, 0, 0]),
    ([1 / 3, 1 / 3, 1 / 3, 0.25, 0.35, 0.4], [[6.0, 1.0, 2.0, 3.0, 5.0, 5.0]], [0, 0, 0, 1, 1, 1]),
    ([0.5] * 6, [[1.0, 2.0, 3.0, 4.0, 5.0, 7.0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]], [0, 1, 0, 1, 0, 0]),
]


@pytest.mark.parametrize(("pi", "columns", "strata"), DESIGNS)
def test_every_path_together_gives_the_exact_inclusion_probabilities(
    every_path: EveryPath, pi: list[float], columns: list[list[float]], strata: list[int]
) -> None:
    """Both outcomes of all steps, for each order of up to 5 cities and every seventh of 6."""
    N, codes, balance = len(pi), np.array(strata), np.array(columns).T
    sizes = np.bincount(codes, weights=pi).round()
    compared = orders = 0
    for order in list(permutations(np.linspace(0.1, 0.9, N).tolist()))[:: 1 if N < 6 else 7]:
        orders += 1
        chances, whole = np.zeros(N), 0.0
        for chance, selected in every_path(
            order, N, lambda u: select_cube_stratified(np.array(pi), u, balance, codes)
        ):
            assert (np.bincount(codes, weights=selected) == sizes).all()
            chances += chance * selected
            whole += chance
            compared += 1
        assert abs(whole - 1.0) < 1e-12
        np.testing.assert_allclose(chances, pi, rtol=0, atol=1e-12)
    assert compared >= 2 * orders >= 4


@given(st.integers(2, 30), st.data())
@settings(max_examples=200)
def test_takes_exactly_n_h_for_any_numbers_and_columns(N: int, data: st.DataObject) -> None:
    strata = np.array(data.draw(st.lists(st.integers(0, 3), min_size=N, max_size=N)))
    N_h = np.bincount(strata, minlength=4)
    random = N_h[strata] > 1
    strata = strata[random]
    n_h = np.array([data.draw(st.integers(1, int(N) - 1)) if N > 1 else 0 for N in N_h])
    pi = (n_h / np.maximum(N_h, 1))[strata]
    value = st.sampled_from([0.0, 1.0, 1e12, -1e-12, 1 / 3]) | st.floats(-1e3, 1e3)
    p, M = data.draw(st.integers(0, 4)), strata.size
    balance = np.array(data.draw(st.lists(value, min_size=M * p, max_size=M * p))).reshape(M, p)
    uniform = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    uniforms = np.array(data.draw(st.lists(uniform, min_size=2 * M, max_size=2 * M)))
    selected = select_cube_stratified(pi, uniforms, balance, strata)
    assert (np.bincount(strata, weights=selected, minlength=4) == n_h).all()


@pytest.mark.parametrize(("N", "n", "p"), [(30, 3, 3), (300, 100, 2), (300, 299, 1), (3000, 2100, 0)])
def test_takes_exactly_n_where_the_sum_of_pi_rounds(N: int, n: int, p: int) -> None:
    X = numbers(N * p, 1).reshape(N, p)
    assert select_cube(np.full(N, n / N), numbers(2 * N, 2), X).sum() == n
    assert select_cube(np.full(N, n / N), np.tile([SMALLEST, LARGEST], N), X).sum() == n


def test_many_small_strata_keep_their_sizes_and_the_whole_frame_is_balanced() -> None:
    """Fifty strata of 40 cities, ten columns: every n_h is exact."""
    strata = np.repeat(np.arange(50), 40)
    X = numbers(20_000, 1).reshape(2000, 10) + 1
    pi = np.concatenate([unequal(40, 4 + h % 3, h) for h in range(50)])
    deviations = []
    for key in range(4):
        selected = select_cube_stratified(pi, numbers(4000, key), X, strata)
        assert np.bincount(strata[selected]).tolist() == [4 + h % 3 for h in range(50)]
        deviations.append(balance_table(pi, selected, X, [f"x{j}" for j in range(10)]).standard_deviations)
    assert np.sqrt(np.mean(np.square(deviations))) < 0.2
    alone = select_cube_stratified(np.full(200, 0.5), numbers(400, 1), X[:200], np.repeat(np.arange(100), 2))
    assert (np.bincount(np.repeat(np.arange(100), 2), weights=alone) == 1).all()


def test_the_flight_keeps_all_totals() -> None:
    N, p = 400, 6
    X = np.exp(3 * numbers(N * p, 3).reshape(N, p))
    pi, strata = unequal(N, 60, 4), np.zeros(N, dtype=np.int64)
    auxiliary = reduced_columns(X, pi)[1]
    values = pi.copy()
    used = fly(values, auxiliary, strata, np.arange(N), p, numbers(N, 5), each_stratum=True)
    live = (values > 0) & (values < 1)
    assert 1 < live.sum() <= p + 1
    assert N - p - 1 - used <= live.sum() <= N - used
    np.testing.assert_allclose((values / pi) @ X, X.sum(axis=0), rtol=1e-9)
    assert abs(values.sum() - 60) < 1e-9


def test_the_flight_over_strata_keeps_all_totals_and_sizes() -> None:
    N, p = 400, 5
    X, strata = numbers(N * p, 3).reshape(N, p), np.repeat(np.arange(40), 10)
    pi = np.concatenate([unequal(10, 1 + h % 4, h) for h in range(40)])
    values, auxiliary = pi.copy(), reduced_columns(X, pi)[1]
    order, steps = np.arange(N), numbers(2 * N, 5)
    used = fly(values, auxiliary, strata, order, p, steps, each_stratum=True)
    assert ((values > 0) & (values < 1)).sum() > 2 * p
    used += fly(values, auxiliary, strata, order, p, steps[used:], each_stratum=False)
    live = (values > 0) & (values < 1)
    assert live.sum() - np.unique(strata[live]).size <= p
    np.testing.assert_allclose((values / pi) @ X, X.sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(np.bincount(strata, weights=values), 1 + np.arange(40) % 4, rtol=1e-12)


def test_two_margins_with_whole_numbers_are_kept_exactly() -> None:
    """Counts by region and by class: all corners of this polytope are whole, so nothing is left to land."""
    regions, classes = np.repeat(np.arange(4), 15), np.tile(np.arange(3), 20)
    pi = np.full(60, 0.2)
    columns = [pi * (regions == r) for r in range(4)] + [pi * (classes == c) for c in range(3)]
    balance = np.column_stack(columns)
    assert independent_columns(balance, pi).tolist() == [0, 1, 2, 4, 5]
    samples = set()
    for key in range(100):
        selected = select_cube(pi, numbers(120, key), balance)
        assert np.bincount(regions[selected]).tolist() == [3, 3, 3, 3]
        assert np.bincount(classes[selected]).tolist() == [4, 4, 4]
        samples.add(tuple(np.flatnonzero(selected).tolist()))
        by_strata = select_cube_stratified(pi, numbers(120, key), balance[:, 4:], regions)
        assert np.bincount(regions[by_strata]).tolist() == [3, 3, 3, 3]
        assert np.bincount(classes[by_strata]).tolist() == [4, 4, 4]
    assert len(samples) == 100


def test_balances_better_than_a_method_that_does_not_know_the_columns() -> None:
    N, n = 300, 40
    X = np.exp(numbers(3 * N, 1).reshape(N, 3))
    pi = unequal(N, n, 2)
    errors = {"cube": np.zeros(3), "pivotal": np.zeros(3)}
    for key in range(30):
        for name, selected in (
            ("cube", select_cube(pi, numbers(2 * N, key), X)),
            ("pivotal", select_pivotal(pi, numbers(2 * N, key))),
        ):
            assert selected.sum() == n
            errors[name] += balance_table(pi, selected, X, ["a", "b", "c"]).standard_deviations ** 2 / 30
    assert np.sqrt(errors["cube"]).max() < 0.3
    assert np.sqrt(errors["cube"][0]) < 0.2
    assert np.sqrt(errors["pivotal"]).min() > 0.5


def test_inclusion_frequencies_agree_with_pi() -> None:
    draws, N = 1500, 24
    X, strata = numbers(2 * N, 1).reshape(N, 2) + 0.1, np.repeat([0, 1, 2], 8)
    pi = np.concatenate([unequal(8, n, n) for n in (2, 3, 5)])
    hits = np.zeros((2, N))
    for key in range(draws):
        hits[0] += select_cube(pi, numbers(2 * N, 2 * key), X)
        hits[1] += select_cube_stratified(pi, numbers(2 * N, 2 * key + 1), X, strata)
    z = (hits - draws * pi) / np.sqrt(draws * pi * (1 - pi))
    assert hits.sum(axis=1).tolist() == [10 * draws, 10 * draws]
    assert np.abs(z).max() < norm.isf(0.001 / (4 * N))


def test_columns_that_say_nothing_new_are_left_out() -> None:
    N = 50
    pi, x, z = unequal(N, 10, 1), numbers(N, 2), numbers(N, 3)
    one = np.ones(N)

    def kept(*columns: FloatArray, chances: FloatArray = pi) -> list[int]:
        return [int(j) for j in independent_columns(np.column_stack(columns), chances)]

    assert kept(pi, x) == [1]
    assert kept(3e9 * pi, 1e-9 * x) == [1]
    assert kept(one, x) == [0, 1]
    assert kept(one, x, chances=np.full(N, 0.2)) == [1]
    assert kept(x, z, x + z, 7 * x - z + 2 * pi, one) == [0, 1, 4]
    assert kept(x, 1e6 * x + z, z) == [0, 1]
    assert kept(np.zeros(N), x, x) == [1]
    assert kept(46 + 1e-5 * x, 7e6 + z, one, x, z) == [0, 1, 2]
    # 1 - 1e-9 of a column is another one: nothing is left out but what is rounding.
    assert kept(x, x + 1e-9 * z) == [0, 1]
    rare = np.where(np.arange(N) == 7, 1e-9, pi)
    assert kept(one, x, z, one + x, chances=rare) == [0, 1, 2]


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_left_out_columns_and_units_do_not_change_the_sample(key: int) -> None:
    N = 40
    pi, X, uniforms = unequal(N, 9, key), numbers(2 * N, key + 1).reshape(N, 2), numbers(2 * N, key + 2)
    alone = select_cube(pi, uniforms, X)
    more = np.column_stack([5 * pi, X[:, 0], np.zeros(N), X[:, 1], X.sum(axis=1), X[:, 0] - pi])
    np.testing.assert_array_equal(select_cube(pi, uniforms, more), alone)
    np.testing.assert_array_equal(select_cube(pi, uniforms, X * [2.0**1023, 2.0**-960]), alone)
    assert alone.sum() == 9


def test_a_column_constant_in_a_stratum_is_no_error() -> None:
    strata = np.repeat([0, 1], 10)
    X = np.column_stack([np.where(strata == 0, 5.0, np.arange(20.0)), np.full(20, 3.0)])
    compared = 0
    for key in range(20):
        selected = select_cube_stratified(np.full(20, 0.3), numbers(40, key), X, strata)
        assert np.bincount(strata[selected]).tolist() == [3, 3]
        compared += 1
    assert compared == 20


def test_plain_and_compiled_code_take_the_same_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    N = 1200
    X, pi, strata = numbers(7 * N, 1).reshape(N, 7), unequal(N, 200, 2), np.repeat(np.arange(30), 40)
    equal = np.full(N, 0.15)
    found = {}
    for fast in ("0", "1"):
        monkeypatch.setenv("CITYSAMPLE_FAST", fast)
        found[fast] = [
            select_cube(pi, numbers(2 * N, 3), X),
            select_cube_stratified(equal, numbers(2 * N, 4), X, strata),
            select_cube(pi, numbers(2 * N, 5), X[:, :0]),
        ]
    np.testing.assert_array_equal(found["0"], found["1"])
    assert [int(s.sum()) for s in found["1"]] == [200, 180, 200]


@given(st.integers(0, 8), st.integers(1, 9), st.integers(0, 10_000), st.booleans())
def test_a_null_vector_is_found_if_and_only_if_there_is_one(m: int, k: int, key: int, exact: bool) -> None:
    """Compared with the rank of the matrix; small whole numbers make many of deficient rank."""
    matrix = numbers(m * k, key).reshape(m, k)
    matrix = np.floor(matrix * 3) - 1 if exact else matrix
    scale = np.abs(matrix).max(axis=1, initial=0.0)
    vector = np.zeros(k)
    work = matrix.ravel().tolist()
    found = null_vector(work, scale.tolist(), m, k, [0] * k, solution := vector.tolist())
    assert found == (m == 0 or np.linalg.matrix_rank(matrix) < k)
    if found:
        assert max(abs(v) for v in solution) == 1.0
        np.testing.assert_allclose(matrix @ np.array(solution), 0, atol=1e-12)


def test_edges() -> None:
    assert select_cube(np.empty(0), np.empty(0), np.empty((0, 2))).tolist() == []
    assert uniforms_cube(7, 2) == 14
    more_columns_than_cities = numbers(40, 1).reshape(4, 10)
    assert select_cube(np.full(4, 0.5), numbers(8, 2), more_columns_than_cities).sum() == 2
    assert independent_columns(more_columns_than_cities, np.full(4, 0.5)).tolist() == [0, 1, 2]


def test_bad_columns_are_refused(refused: Refused) -> None:
    pi, uniforms = np.full(4, 0.5), np.full(8, 0.5)
    X = np.array([[0.0, 1.0], [1.0, np.nan], [2.0, np.nan], [3.0, 3.0]])
    with refused("FRAME-VALUE-MISSING", "balancing columns", "column 2", "places 2, 3", "2 missing"):
        select_cube(pi, uniforms, X)
    with refused("FRAME-VALUE-MISSING", "balancing columns"):
        independent_columns(X, pi)
    with refused("FRAME-VALUE-INVALID", "infinite"):
        select_cube(pi, uniforms, np.array([[0.0], [1.0], [2.0], [-np.inf]]))
    with refused("DESIGN-VALUE-INVALID", "(4,)"):
        select_cube(pi, uniforms, X[:, 0])
    with refused("DESIGN-VALUE-INVALID", "7 numbers", "8 numbers"):
        select_cube(pi, uniforms[:7], X[:, :1])
