"""Substitutes: main sample and each release have the probabilities of their formulas, by enumeration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.joint.pareto import pareto_probabilities
from citysample.sampling.rounds.substitutes import (
    MainAndSubstitutes,
    approached_joint,
    approached_probabilities,
    draw_with_substitutes,
    rank_substitutes,
)
from citysample.sampling.select.pareto import select_pareto
from citysample.sampling.select.srs import select_srs
from citysample.sampling.select.systematic import select_systematic

Refused = Callable[..., AbstractContextManager[None]]


def approached(found: MainAndSubstitutes, released: int) -> BoolArray:
    return found.main | ((found.rank >= 1) & (found.rank <= released))


def systematic_starts(pi: FloatArray) -> Iterator[tuple[float, float]]:
    """Starts in the middle of the intervals in which the sample is the same, and their lengths."""
    breaks = np.unique(np.concatenate([[0.0, 1.0], np.cumsum(pi) % 1.0]))
    for low, high in pairwise(breaks.tolist()):
        if high - low > 1e-12:
            yield (low + high) / 2, high - low


@pytest.mark.parametrize("released", [0, 1, 2])
def test_srs_with_substitutes_has_its_probabilities_over_all_orders(released: int) -> None:
    N, n, r = 5, 2, 2
    count, joint = 0, np.zeros((N, N))
    for order in permutations(range(N)):
        u = (np.array(order) + 0.5) / N
        found = rank_substitutes(u, n, r)
        assert found.main.tolist() == select_srs(np.full(N, n / N), u).tolist()
        taken = approached(found, released)
        joint += np.outer(taken, taken)
        count += 1
    joint /= count
    all_joint = np.full((N, N), (n + r) * (n + r - 1) / (N * (N - 1)))
    np.fill_diagonal(all_joint, (n + r) / N)
    assert count == 120
    np.testing.assert_allclose(np.diagonal(joint), (n + released) / N, atol=1e-12)
    np.testing.assert_allclose(joint, approached_joint(all_joint, r, released), atol=1e-12)
    np.testing.assert_allclose(
        np.diagonal(joint), approached_probabilities(np.full(N, 0.8), r, released), atol=1e-12
    )


@pytest.mark.parametrize("sizes", [[0.9, 0.5, 0.6, 0.7, 0.9, 0.4], [1.0, 0.3, 0.8, 0.5, 1.0, 0.4]])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_random_order_gives_the_probabilities_of_each_release(sizes: list[float], n: int) -> None:
    """All starts of the systematic draw and all orders of the four drawn cities; some are certain."""
    pi_all = np.array(sizes)
    r, N = 4 - n, pi_all.size
    random = pi_all < 1.0
    everything, joint_all, paths = 0.0, np.zeros((N, N)), 0
    joint = np.zeros((r + 1, N, N))
    for start, length in systematic_starts(pi_all[random]):
        for order in permutations(range(4)):
            numbers = (np.array(order) + 0.5) / 4
            found = draw_with_substitutes(pi_all, r, select_systematic, np.array([start]), numbers)
            chance = length / 24
            everything += chance
            for released in range(r + 1):
                taken = approached(found, released)
                assert taken.sum() == n + released
                joint[released] += chance * np.outer(taken, taken)
            joint_all += chance * np.outer(taken, taken)
            paths += 1
    assert paths >= 72
    assert everything == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(np.diagonal(joint_all), pi_all, atol=1e-12)
    for released in range(r + 1):
        expected = approached_joint(joint_all, r, released)
        np.testing.assert_allclose(joint[released], expected, atol=1e-12)
        pi = approached_probabilities(pi_all, r, released)
        np.testing.assert_allclose(np.diagonal(joint[released]), pi, atol=1e-12)
        np.testing.assert_allclose(expected.sum(axis=1), (n + released) * pi, atol=1e-12)


def pareto_by_quadrature(odds: FloatArray, m: int) -> FloatArray:
    """Chance to be among the m smallest u/(1-u)/odds: at u_k = v the ranking of k is v/(1-v)/odds_k."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    chances = np.zeros(odds.size)
    for v, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        for k in range(odds.size):
            ratio = v / (1 - v) / odds[k]
            others = np.delete(odds, k)
            below = others * ratio / (1 + others * ratio)
            counts = np.array([1.0])
            for p in below:
                counts = np.convolve(counts, [1 - p, p])
            chances[k] += weight * counts[:m].sum()
    return chances


@pytest.mark.parametrize("released", [0, 1, 2])
def test_pareto_with_substitutes_is_a_pareto_sample_of_each_size(released: int) -> None:
    targets = np.array([0.2, 0.5, 0.6, 0.3, 0.4])
    odds, n, r = targets / (1 - targets), 2, 2
    exact = pareto_probabilities(odds, n + released)
    np.testing.assert_allclose(exact, pareto_by_quadrature(odds, n + released), atol=1e-7)
    assert exact.sum() == pytest.approx(n + released, abs=1e-10)
    words = np.random.Philox(key=11).random_raw(4000 * 5) >> np.uint64(11)
    uniforms = (words.astype(np.float64) + 0.5).reshape(4000, 5) / 2.0**53
    hits = np.zeros(5)
    for u in uniforms:
        found = rank_substitutes(u / (1 - u) / odds, n, r)
        hits += approached(found, released)
        assert found.main.tolist() == select_pareto(targets, u).tolist()
    z = (hits / 4000 - exact) / np.sqrt(exact * (1 - exact) / 4000)
    assert np.abs(z).max() < 3.5


@given(st.lists(st.floats(2.0**-54, 1 - 2.0**-53), min_size=1, max_size=12), st.data())
def test_ranks_are_one_to_r_and_no_city_is_both(numbers: list[float], data: st.DataObject) -> None:
    N = len(numbers)
    n = data.draw(st.integers(1, N))
    r = data.draw(st.integers(0, N - n))
    found = rank_substitutes(np.array(numbers), n, r)
    assert found.main.sum() == n
    assert sorted(found.rank[found.rank > 0].tolist()) == list(range(1, r + 1))
    assert not (found.main & (found.rank > 0)).any()
    for j in range(r + 1):
        expected = sorted(range(N), key=lambda k: (numbers[k], k))[: n + j]
        assert np.flatnonzero(approached(found, j)).tolist() == sorted(expected)


def test_a_take_all_draw_with_substitutes_is_put_in_a_random_order() -> None:
    found = draw_with_substitutes(np.ones(3), 2, select_srs, np.zeros(0), np.array([0.9, 0.1, 0.5]))
    assert found.main.tolist() == [False, True, False]
    assert found.rank.tolist() == [2, 0, 1]


def test_worked_probabilities_after_release() -> None:
    """n = 4 and r = 2 of N = 12: main 4/12, after one release 5/12, pairs (5 4)/(12 11)."""
    pi_all = np.full(12, 6 / 12)
    joint_all = np.full((12, 12), 30 / 132)
    np.fill_diagonal(joint_all, 0.5)
    assert approached_probabilities(pi_all, 2, 0)[0] == pytest.approx(4 / 12)
    assert approached_probabilities(pi_all, 2, 1)[0] == pytest.approx(5 / 12)
    assert approached_joint(joint_all, 2, 1)[0, 1] == pytest.approx(20 / 132)


@pytest.mark.parametrize("released", [-1, 3])
def test_no_more_substitutes_are_released_than_were_drawn(released: int, refused: Refused) -> None:
    with refused("DATA-SUBSTITUTE-INVALID", f"{released} released", "0 to 2"):
        approached_probabilities(np.full(5, 0.8), 2, released)
    with refused("DATA-SUBSTITUTE-INVALID", "0 to 2"):
        approached_joint(np.eye(5) * 0.8, 2, released)


def test_sizes_that_do_not_fit_are_refused(refused: Refused) -> None:
    with refused("DESIGN-STRATUM-TOO-SMALL", "n = 3 and 2 substitutes", "at most 4"):
        rank_substitutes(np.array([0.1, 0.2, 0.3, 0.4]), 3, 2)
    for n, r in ((0, 1), (1, -1)):
        with refused("DESIGN-VALUE-INVALID", f"n = {n} and {r} substitutes"):
            rank_substitutes(np.array([0.1, 0.2]), n, r)
    with refused("DESIGN-VALUE-INVALID", "n = 0 and 2 substitutes"):
        approached_probabilities(np.full(4, 0.5), 2, 0)


def test_a_method_of_random_size_is_refused(refused: Refused) -> None:
    def poisson(pi: FloatArray, uniforms: FloatArray) -> BoolArray:
        return uniforms < pi

    with refused("DESIGN-VALUE-INVALID", "3 cities drawn", "2 of each"):
        draw_with_substitutes(np.full(4, 0.5), 1, poisson, np.array([0.1, 0.2, 0.3, 0.9]), np.ones(2) / 2)
    with refused("DESIGN-VALUE-INVALID", "1 numbers for their order"):
        draw_with_substitutes(np.full(4, 0.5), 1, select_systematic, np.array([0.5]), np.ones(1) / 2)


def test_probabilities_of_the_drawn_cities_alone_are_refused(refused: Refused) -> None:
    joint_all = np.full((12, 12), 30 / 132)
    np.fill_diagonal(joint_all, 0.45)
    with refused("DESIGN-VALUE-INVALID", "sum 2.25 over 5 cities", "not only of those"):
        approached_joint(joint_all[:5, :5], 2, 1)
    with refused("DESIGN-VALUE-INVALID", "no whole sum"):
        approached_probabilities(np.array([0.5, float("nan")]), 0, 0)
