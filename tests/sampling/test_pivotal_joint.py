"""Ordered pivotal sampling: its law, and the joint probabilities of both pivotal methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.conftest import Refused
from tests.sampling.support import LARGEST, SMALLEST, exact, joint_of, lognormal, uniforms

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.joint.pivotal import joint_ordered_pivotal, joint_pivotal
from citysample.sampling.joint.srs import joint_srs
from citysample.sampling.joint.zeros import zero_pairs
from citysample.sampling.select.pivotal import (
    select_ordered_pivotal,
    select_pivotal,
    uniforms_pivotal,
)

Paths = Callable[[list[Fraction]], Iterator[tuple[Fraction, list[Fraction], set[int]]]]

DESIGNS = [
    "1/2 1/2",
    "1/2 1/3 1/6",
    "9/10 7/10 4/10",
    "1/2 1/2 1/2 1/2",
    "9/10 1/10 3/10 7/10",
    "4/5 4/5 4/5 3/5",
    "19/20 1/20 1/4 1/4 1/2",
    "3/4 1/2 9/10 3/5 1/4",
    "2/5 2/5 2/5 2/5 2/5",
    "9/10 7/10 4/5 19/20 13/20",
    "1/10 1/5 3/5 9/10 4/5 2/5",
    "99/100 98/100 97/100 96/100 95/100 15/100",
]


def floats(values: list[Fraction]) -> FloatArray:
    return np.array([float(value) for value in values])


@pytest.mark.parametrize("text", DESIGNS)
def test_every_path_of_duels_gives_the_exact_joint_probabilities(pivotal_paths: Paths, text: str) -> None:
    pi = exact(text)
    chances: dict[frozenset[int], float] = defaultdict(float)
    paths = []
    for chance, numbers, sample in pivotal_paths(pi):
        duels = [*map(float, numbers), *[0.5] * (len(pi) - 1 - len(numbers))]
        selected = select_ordered_pivotal(floats(pi), np.array(duels))
        assert selected.sum() == sum(pi)
        chances[frozenset(np.flatnonzero(selected).tolist())] += float(chance)
        paths.append((chance, sample))
    expected = joint_of(paths, len(pi))
    joint = joint_ordered_pivotal(floats(pi))
    np.testing.assert_allclose(joint, expected, rtol=1e-12, atol=0)
    assert ((joint == 0) == (expected == 0)).all()
    # Where a sum is exactly 1 in fractions and not in floats, paths change their names, not their law.
    law: dict[frozenset[int], float] = defaultdict(float)
    for chance, sample in paths:
        law[frozenset(sample)] += float(chance)
    assert all(chances[taken] == pytest.approx(law[taken], abs=1e-12) for taken in {*law, *chances})
    assert len(paths) >= 2


@pytest.mark.parametrize("text", DESIGNS[:9])
def test_random_order_is_the_mean_over_all_orders(pivotal_paths: Paths, text: str) -> None:
    pi = exact(text)
    orders = list(permutations(range(len(pi))))
    paths = [
        (chance / len(orders), {order[place] for place in sample})
        for order in orders
        for chance, _, sample in pivotal_paths([pi[k] for k in order])
    ]
    assert sum(chance for chance, _ in paths) == 1
    joint = joint_pivotal(floats(pi))
    np.testing.assert_allclose(joint, joint_of(paths, len(pi)), rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(joint.sum(axis=1), float(sum(pi)) * floats(pi), rtol=1e-12)
    assert (zero_pairs(joint) == 0) == (sum(pi) > 1)


@pytest.mark.parametrize(("N", "n"), [(2, 1), (5, 3), (8, 2), (8, 7)])
def test_equal_probabilities_in_random_order_are_simple_random_sampling_for_pairs(N: int, n: int) -> None:
    np.testing.assert_allclose(joint_pivotal(np.full(N, n / N)), joint_srs(N, n), rtol=1e-12, atol=1e-16)


def test_pairs_of_random_order_come_as_often_as_computed() -> None:
    pi = np.array([0.9, 0.1, 0.3, 0.7, 0.55, 0.45])
    draws = 15_000
    numbers = uniforms(31, draws * 12).reshape(draws, 12)
    taken = np.array([select_pivotal(pi, row) for row in numbers], dtype=np.float64)
    joint = joint_pivotal(pi)
    upper = np.triu_indices(6)
    p = joint[upper]
    z = ((taken.T @ taken / draws)[upper] - p) / np.sqrt(p * (1.0 - p) / draws)
    assert z.size == 21
    assert np.abs(z).max() < norm.isf(0.005 / z.size)


@pytest.mark.parametrize("ordered", [True, False])
def test_inclusion_frequencies_agree_with_pi(ordered: bool) -> None:
    pi = lognormal(60, 24)
    select = select_ordered_pivotal if ordered else select_pivotal
    count, draws = 2 * pi.size, 8000
    numbers = uniforms(8, draws * count).reshape(draws, count)
    frequency = np.mean([select(pi, row) for row in numbers], axis=0)
    z = (frequency - pi) / np.sqrt(pi * (1.0 - pi) / draws)
    assert z.size > 40
    assert np.abs(z).max() < norm.isf(0.005 / z.size)


@given(st.lists(st.floats(0.05, 20.0), min_size=2, max_size=25), st.data())
@settings(max_examples=150)
def test_ordered_pivotal_takes_exactly_n_whatever_the_numbers(size: list[float], data: st.DataObject) -> None:
    pi = inclusion_probabilities(np.array(size), data.draw(st.integers(1, len(size) - 1)))
    pi = pi[pi < 1.0]
    count = pi.size - 1
    number = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    numbers = data.draw(st.lists(number, min_size=count, max_size=count))
    assert select_ordered_pivotal(pi, np.array(numbers)).sum() == round(pi.sum())


def test_sums_that_round_and_probabilities_next_to_1_give_n() -> None:
    next_to_1 = np.concatenate([np.full(300, 1.0 - 2.0**-53), np.full(300, 0.1)])
    compared = 0
    for key in range(20):
        for pi, n in ((np.full(3000, 0.1), 300), (next_to_1, 330), (next_to_1[::-1].copy(), 330)):
            numbers = uniforms(key, uniforms_pivotal(pi.size, n))
            assert select_pivotal(pi, numbers).sum() == n
            assert select_ordered_pivotal(pi, numbers).sum() == n
            compared += 1
    assert compared == 60
    assert select_ordered_pivotal(np.zeros(0), np.zeros(0)).size == 0


def test_plain_and_compiled_duels_take_the_same_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    compared = 0
    for N, n in ((20, 3), (400, 150), (5000, 4000)):
        pi = lognormal(N, n)
        numbers = uniforms(9, 2 * pi.size)
        masks = []
        for switch in ("0", "1"):
            monkeypatch.setenv("CITYSAMPLE_FAST", switch)
            masks.append((select_pivotal(pi, numbers), select_ordered_pivotal(pi, numbers)))
        assert (masks[0][0] == masks[1][0]).all()
        assert (masks[0][1] == masks[1][1]).all()
        assert masks[0][0].sum() == masks[0][1].sum() == round(pi.sum())
        compared += 1
    assert compared == 3


def test_equal_numbers_keep_the_order_of_the_cities() -> None:
    """Many ties among the numbers that order the cities."""
    pi = np.full(200, 0.25)
    ranks = np.repeat([0.75, 0.25, 0.5, 0.125], 50)
    duels = uniforms(3, 200)
    order = np.argsort(ranks, kind="stable")
    expected = np.zeros(200, dtype=np.bool_)
    expected[order] = select_ordered_pivotal(pi[order], duels)
    assert (select_pivotal(pi, np.concatenate([ranks, duels])) == expected).all()


def test_more_cities_than_orders_can_be_gone_through_are_refused(refused: Refused) -> None:
    with refused("DESIGN-JOINT-TOO-LARGE", "9 cities", "at most 8"):
        joint_pivotal(np.full(9, 1 / 3))
