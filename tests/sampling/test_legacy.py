"""Cities of an earlier sample: the union has the probabilities of its formulas, by enumeration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.rounds.legacy import (
    legacy_plan,
    needed_probabilities,
    union_probabilities,
)
from citysample.sampling.select.systematic import select_systematic

Refused = Callable[..., AbstractContextManager[None]]
Design = list[tuple[float, BoolArray]]


def systematic_design(pi: FloatArray) -> Design:
    """All samples of a systematic draw with their probabilities; cities with 0 or 1 set aside."""
    random = (pi > 0.0) & (pi < 1.0)
    breaks = np.unique(np.concatenate([[0.0, 1.0], np.cumsum(pi[random]) % 1.0]))
    found = []
    for low, high in pairwise(breaks.tolist()):
        if high - low > 1e-12:
            sample = pi == 1.0
            sample[random] = select_systematic(pi[random], np.array([(low + high) / 2]))
            found.append((high - low, sample))
    return found


def srs_design(N: int, n: int) -> Design:
    samples = list(combinations(range(N), n))
    return [(1 / len(samples), np.isin(np.arange(N), sample)) for sample in samples]


def unions(first: Design, second: Design) -> Iterator[tuple[float, BoolArray]]:
    for chance1, sample1 in first:
        for chance2, sample2 in second:
            yield chance1 * chance2, sample1 | sample2


@pytest.mark.parametrize("n2", [2, 3, 4])
def test_the_union_has_its_probabilities_over_all_pairs_of_samples(n2: int) -> None:
    target = np.array([0.6, 0.6, 0.9, 1.0, 0.5, 0.7])
    first = srs_design(6, 2)
    pi1 = np.full(6, 2 / 6)
    plan = legacy_plan(target, pi1, n2)
    second = systematic_design(plan.pi2)
    joint = np.zeros((6, 6))
    size, mean, pairs = 0.0, 0.0, 0
    y = np.array([3.0, 1.0, 8.0, 20.0, 2.0, 5.0])
    for chance, union in unions(first, second):
        joint += chance * np.outer(union, union)
        size += chance * union.sum()
        mean += chance * float((y / plan.pi)[union].sum())
        pairs += 1
    assert pairs >= 30
    np.testing.assert_allclose(np.diagonal(joint), plan.pi, atol=1e-12)
    assert size == pytest.approx(plan.expected_size, abs=1e-12)
    assert mean == pytest.approx(y.sum(), abs=1e-9)
    assert plan.pi2[3] == plan.pi[3] == 1.0


def test_the_union_of_unequal_samples_has_its_joint_probabilities() -> None:
    """The earlier sample has certain cities and cities without a chance, and zero pairs."""
    pi1 = np.array([1.0, 0.5, 0.0, 0.5, 0.0])
    pi2 = np.array([0.0, 0.5, 0.9, 0.2, 0.4])
    first, second = systematic_design(pi1), systematic_design(pi2)
    joint = sum(chance * np.outer(union, union) for chance, union in unions(first, second))
    np.testing.assert_allclose(union_probabilities(pi1, pi2), np.diagonal(joint), atol=1e-12)


def test_worked_numbers() -> None:
    """pi1 = 0.2 and target 0.6 need 0.4/0.8 = 0.5; pi1 = 0.7 needs nothing and keeps 0.7."""
    target, pi1 = np.array([0.6, 0.6, 0.6, 1.0]), np.array([0.2, 0.7, 0.0, 0.4])
    needed = needed_probabilities(target, pi1)
    np.testing.assert_allclose(needed, [0.5, 0.0, 0.6, 1.0], atol=1e-15)
    np.testing.assert_allclose(union_probabilities(pi1, needed), [0.6, 0.7, 0.6, 1.0], atol=1e-15)
    plan = legacy_plan(target, pi1)  # 1 is sure, 1.1 is scaled to 1: 0.5/1.1 and 0.6/1.1
    assert plan.n2 == 2
    np.testing.assert_allclose(plan.pi2, [5 / 11, 0.0, 6 / 11, 1.0], atol=1e-15)
    np.testing.assert_allclose(plan.pi, [1 - 0.8 * 6 / 11, 0.7, 6 / 11, 1.0], atol=1e-15)
    assert plan.expected_size == pytest.approx(plan.pi.sum())


PROBABILITY = st.floats(0.001, 1.0) | st.just(1.0)


@given(st.lists(st.tuples(PROBABILITY, st.floats(0.0, 1.0) | st.sampled_from([0.0, 1.0])), max_size=15))
def test_a_plan_has_a_whole_sum_and_a_chance_for_each_city(cities: list[tuple[float, float]]) -> None:
    assume(cities)
    target, pi1 = (np.array(column) for column in zip(*cities, strict=True))
    needed = needed_probabilities(target, pi1)
    np.testing.assert_allclose(union_probabilities(pi1, needed), np.maximum(target, pi1), atol=1e-12)
    plan = legacy_plan(target, pi1)
    assert plan.pi2.sum() == pytest.approx(plan.n2, abs=1e-9)
    assert (plan.pi2 >= 0).all()
    assert (plan.pi2 <= 1).all()
    assert (plan.pi2[target <= pi1] == 0).all()
    assert (plan.pi > 0).all()
    assert (plan.pi[(target == 1.0) & (pi1 < 1.0)] == 1.0).all()
    np.testing.assert_allclose(plan.pi, 1 - (1 - pi1) * (1 - plan.pi2), atol=1e-12)


def test_no_new_draw_is_needed_where_the_earlier_sample_has_enough() -> None:
    plan = legacy_plan(np.full(3, 0.3), np.full(3, 0.5))
    assert plan.n2 == 0
    assert plan.pi2.tolist() == [0.0, 0.0, 0.0]
    assert plan.expected_size == 1.5


@pytest.mark.parametrize("n2", [0, 1, 4])
def test_a_size_that_does_not_fit_is_refused(n2: int, refused: Refused) -> None:
    with refused("DESIGN-N-IMPOSSIBLE", f"n2 = {n2}", "n2 from 2 to 3", "1 cities must be taken"):
        legacy_plan(np.array([1.0, 0.4, 0.4, 0.4]), np.array([0.1, 0.0, 0.2, 0.6]), n2)


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan"), float("inf")])
def test_probabilities_out_of_range_are_refused(bad: float, refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "earlier sample", "0 to 1", "not only those drawn"):
        needed_probabilities(np.array([0.5, 0.5]), np.array([0.5, bad]))
    with refused("DESIGN-VALUE-INVALID", "target"):
        legacy_plan(np.array([0.5, bad]), np.array([0.5, 0.2]))
    with refused("DESIGN-VALUE-INVALID", "above 0"):
        legacy_plan(np.array([0.5, 0.0]), np.array([0.5, 0.2]))
