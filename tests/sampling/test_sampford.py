"""Sampford sampling: joint probabilities of all samples, and the exact law of the selector."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.sampling.support import LARGEST, SMALLEST, lognormal, probabilities

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.joint.poisson_binomial import count_law, summed_inclusion
from citysample.sampling.joint.sampford import first_city_probabilities, joint_sampford
from citysample.sampling.select.conditional_poisson import count_tree, select_from_tree
from citysample.sampling.select.sampford import select_sampford, uniforms_sampford

SMALL = [
    [0.5, 0.5],
    [0.2, 0.3, 0.5],
    [0.9, 0.95, 0.15],
    [0.2, 0.7, 0.4, 0.7],
    [0.001, 0.999, 0.5, 0.5],
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5],
    [0.25, 0.25, 0.25, 0.25, 1e-6, 1.0 - 1e-6],
    [0.99, 0.98, 0.97, 0.96, 0.95, 0.15],
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.2],
]


def ordered(pi: FloatArray, n: int) -> dict[tuple[int, frozenset[int]], float]:
    """Chance of each (first city, other cities) of an accepted sample; Sampford (1967)."""
    odds = pi / (1.0 - pi)
    weights = {}
    for first in range(pi.size):
        others = [k for k in range(pi.size) if k != first]
        for rest in combinations(others, n - 1):
            weights[first, frozenset(rest)] = float(pi[first] * np.prod(odds[list(rest)]))
    whole = sum(weights.values())
    return {key: weight / whole for key, weight in weights.items()}


@pytest.mark.parametrize("values", SMALL, ids=str)
def test_joint_probabilities_are_those_of_all_samples(values: list[float]) -> None:
    pi = np.array(values)
    n = round(pi.sum())
    expected, firsts = np.zeros((pi.size, pi.size)), np.zeros(pi.size)
    for (first, rest), chance in ordered(pi, n).items():
        sample = [first, *rest]
        expected[np.ix_(sample, sample)] += chance
        firsts[first] += chance
    np.testing.assert_allclose(np.diag(expected), pi, rtol=1e-12, atol=0.0)
    np.testing.assert_allclose(joint_sampford(pi), expected, rtol=1e-9, atol=0.0)
    np.testing.assert_allclose(first_city_probabilities(pi), firsts, rtol=1e-9, atol=0.0)


@pytest.mark.parametrize("values", SMALL, ids=str)
def test_the_selector_draws_the_first_city_and_a_conditional_poisson_sample(values: list[float]) -> None:
    """The law of conditional Poisson selection from given odds has its own test."""
    pi = np.array(values)
    n = round(pi.sum())
    limits = np.concatenate([[0.0], np.cumsum(first_city_probabilities(pi))])
    compared = 0
    for first in range(pi.size):
        others = np.delete(np.arange(pi.size), first)
        for inside in (1e-3, 0.5, 0.999):
            u = limits[first] + inside * (limits[first + 1] - limits[first])
            for rest in np.linspace(0.03, 0.97, 7):
                uniforms = np.full(uniforms_sampford(pi.size, n), rest)
                uniforms[0] = u
                expected = {first}
                if n > 1:
                    odds = pi[others] / (1.0 - pi[others])
                    drawn = select_from_tree(count_tree(odds, n - 1), n - 1, uniforms[1:])
                    expected |= set(others[drawn].tolist())
                assert set(np.flatnonzero(select_sampford(pi, uniforms)).tolist()) == expected
                compared += 1
    assert compared == 21 * pi.size


@given(probabilities())
@settings(max_examples=150)
def test_identities_of_joint_probabilities(pi: FloatArray) -> None:
    n = round(pi.sum())
    joint = joint_sampford(pi)
    assert (joint == joint.T).all()
    assert (np.diag(joint) == pi).all()
    np.testing.assert_allclose(joint.sum(axis=1), n * pi, rtol=1e-10, atol=0.0)
    off_diagonal = ~np.eye(pi.size, dtype=np.bool_)
    assert (joint <= np.outer(pi, pi) * (1.0 + 1e-12) + 1e-15)[off_diagonal].all()
    assert (joint >= 0.0).all()
    if n > 1 and pi.min() > 1e-4:
        assert (joint > 0.0).all()


@given(probabilities(), st.data())
@settings(max_examples=100)
def test_exactly_n_are_selected(pi: FloatArray, data: st.DataObject) -> None:
    numbers = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    length = uniforms_sampford(pi.size, round(pi.sum()))
    uniforms = np.array(data.draw(st.lists(numbers, min_size=length, max_size=length)))
    assert select_sampford(pi, uniforms).sum() == round(pi.sum())


@pytest.mark.parametrize("u", [SMALLEST, 0.5, LARGEST])
@pytest.mark.parametrize(
    ("N", "n"), [(60, 24), (100, 40), (1000, 1), (1000, 999), (2000, 1000), (10_000, 1000)]
)
def test_exactly_n_where_rejection_fails(N: int, n: int, u: float) -> None:
    for pi in (np.full(N, n / N), lognormal(N, n)):
        assert select_sampford(pi, np.full(pi.size - 1, u)).sum() == round(pi.sum())


def test_large_strata_have_the_probabilities_asked_for() -> None:
    for N, n in ((2000, 200), (10_000, 1000), (1500, 1490)):
        pi = lognormal(N, n)
        law = count_law(pi / (1.0 - pi), round(pi.sum()))
        inside, outside = summed_inclusion(law, 1.0 - pi)
        np.testing.assert_allclose(inside, pi, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(outside, 1.0 - pi, rtol=1e-12, atol=1e-15)
    pi = lognormal(2000, 200)
    joint = joint_sampford(pi)
    np.testing.assert_allclose(joint.sum(axis=1), round(pi.sum()) * pi, rtol=1e-11)
    assert joint.min() > 0.0


def test_equal_probabilities_are_simple_random_sampling() -> None:
    joint = joint_sampford(np.full(500, 0.4))
    expected = 200 * 199 / (500 * 499)
    np.testing.assert_allclose(joint[~np.eye(500, dtype=np.bool_)], expected, rtol=1e-11)


def test_joint_probabilities_of_some_cities() -> None:
    pi = lognormal(300, 60)
    members = np.array([7, 250, 3, 8])
    found = joint_sampford(pi, members)
    np.testing.assert_allclose(found, joint_sampford(pi)[np.ix_(members, members)], rtol=1e-12)


def test_inclusion_frequencies() -> None:
    pi = lognormal(30, 12, 0.7)
    n, draws = round(pi.sum()), 4000
    stream = np.random.Generator(np.random.Philox(key=17))
    selected = np.array(
        [select_sampford(pi, stream.uniform(SMALLEST, 1.0, pi.size - 1)) for _ in range(draws)]
    )
    assert (selected.sum(axis=1) == n).all()
    z = (selected.mean(axis=0) - pi) / np.sqrt(pi * (1.0 - pi) / draws)
    assert np.abs(z).max() < norm.isf(0.005 / pi.size)


def test_empty_strata() -> None:
    assert uniforms_sampford(0, 0) == 0
    assert select_sampford(np.zeros(0), np.zeros(0)).tolist() == []
    assert select_sampford(np.zeros(2), np.full(1, 0.5)).tolist() == [False, False]
