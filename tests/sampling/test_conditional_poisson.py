"""Conditional Poisson sampling: odds, joint probabilities, and the exact law of the selector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.sampling.support import LARGEST, SMALLEST, lognormal, probabilities

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.joint.conditional_poisson import conditional_poisson_odds, joint_conditional_poisson
from citysample.sampling.joint.poisson_binomial import count_law, inclusion
from citysample.sampling.joint.sampford import joint_sampford
from citysample.sampling.select.conditional_poisson import (
    count_tree,
    select_conditional_poisson,
    select_from_tree,
    uniforms_conditional_poisson,
)

Refused = Callable[..., AbstractContextManager[None]]

SMALL = [
    [0.5, 0.5],
    [0.9, 0.1],
    [0.2, 0.3, 0.5],
    [0.9, 0.95, 0.15],
    [0.2, 0.7, 0.4, 0.7],
    [0.5, 0.5, 0.5, 0.5],
    [0.001, 0.999, 0.5, 0.5],
    [0.25, 0.25, 0.25, 0.25, 1e-6, 1.0 - 1e-6],
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5],
    [0.95, 0.9, 0.8, 0.75, 0.6],
    [0.99, 0.98, 0.97, 0.96, 0.95, 0.15],
]


def enumerated(odds: FloatArray, n: int) -> dict[tuple[int, ...], float]:
    """p(s) of each sample by its definition."""
    weights = {s: float(np.prod(odds[list(s)])) for s in combinations(range(odds.size), n)}
    whole = sum(weights.values())
    return {s: weight / whole for s, weight in weights.items()}


def pairs(law: dict[tuple[int, ...], float], N: int) -> FloatArray:
    joint = np.zeros((N, N))
    for sample, chance in law.items():
        joint[np.ix_(sample, sample)] += chance
    return joint


def selector_law(
    select: Callable[[FloatArray], BoolArray], length: int, given: tuple[float, ...] = ()
) -> Iterator[tuple[tuple[int, ...], float]]:
    """The samples of a selector whose decisions are monotone steps of one number after the other.

    The steps are found by bisection, to the last digit of the number.
    """
    if len(given) == length:
        yield tuple(np.flatnonzero(select(np.array(given))).tolist()), 1.0
        return

    def outcome(u: float) -> bytes:
        return select(np.array([*given, u, *[0.5] * (length - len(given) - 1)])).tobytes()

    def steps(low: float, high: float) -> Iterator[float]:
        if outcome(low) == outcome(high):
            return
        middle = (low + high) / 2.0
        if high - low < 1e-14:
            yield middle
            return
        yield from steps(low, middle)
        yield from steps(middle, high)

    limits = [0.0, *steps(SMALLEST, LARGEST), 1.0]
    for low, high in pairwise(limits):
        for sample, chance in selector_law(select, length, (*given, (low + high) / 2.0)):
            yield sample, chance * (high - low)


@pytest.mark.parametrize("values", SMALL, ids=str)
def test_odds_and_joint_probabilities_are_those_of_all_samples(values: list[float]) -> None:
    pi = np.array(values)
    n = round(pi.sum())
    expected = pairs(enumerated(conditional_poisson_odds(pi), n), pi.size)
    np.testing.assert_allclose(np.diag(expected), pi, rtol=1e-10, atol=0.0)
    found = joint_conditional_poisson(pi)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=0.0)
    if n == 1:
        assert np.count_nonzero(found) == pi.size


@pytest.mark.parametrize("values", SMALL, ids=str)
def test_the_selector_has_the_law_of_all_samples(values: list[float]) -> None:
    """The law does not depend on how p(s) is written: it is the selector itself that is integrated."""
    pi = np.array(values)
    n = round(pi.sum())
    found: dict[tuple[int, ...], float] = {}
    tree = count_tree(conditional_poisson_odds(pi), n)
    for sample, chance in selector_law(lambda u: select_from_tree(tree, n, u), pi.size - 1):
        found[sample] = found.get(sample, 0.0) + chance
    law = enumerated(conditional_poisson_odds(pi), n)
    assert found.keys() == {sample for sample, chance in law.items() if chance > 1e-13}
    for sample, chance in found.items():
        assert chance == pytest.approx(law[sample], abs=1e-11)
    np.testing.assert_allclose(np.diag(pairs(found, pi.size)), pi, rtol=0, atol=1e-10)


def test_the_selector_is_its_parts() -> None:
    pi = lognormal(30, 9)
    n = round(pi.sum())
    uniforms = np.linspace(0.01, 0.99, uniforms_conditional_poisson(pi.size, n))
    tree = count_tree(conditional_poisson_odds(pi), n)
    assert select_conditional_poisson(pi, uniforms).tolist() == select_from_tree(tree, n, uniforms).tolist()


def test_blocks_have_the_distribution_of_their_counts() -> None:
    """Against plain convolution, city by city, without trimming; 1000 cities."""
    odds = np.geomspace(0.01, 3.0, 1000)
    tree = count_tree(odds, 300)
    law = count_law(odds, 300)
    plain = np.ones(1)
    for p in law.p[:512]:
        plain = np.convolve(plain, [1.0 - p, p])
    top = tree[-1]
    kept = plain[top.low[0] : top.low[0] + top.chance.shape[1]]
    big = kept > 1e-18
    np.testing.assert_allclose(top.chance[0][: kept.size][big], kept[big], rtol=1e-11)
    assert 100 < kept.size < 400
    assert plain.sum() - kept.sum() < 1e-15


@given(probabilities())
@settings(max_examples=150)
def test_identities_of_joint_probabilities(pi: FloatArray) -> None:
    n = round(pi.sum())
    joint = joint_conditional_poisson(pi)
    assert (joint == joint.T).all()
    assert (np.diag(joint) == pi).all()
    np.testing.assert_allclose(joint.sum(axis=1), n * pi, rtol=1e-10, atol=0.0)
    assert (joint >= 0.0).all()
    off_diagonal = ~np.eye(pi.size, dtype=np.bool_)
    assert (joint <= np.outer(pi, pi) * (1.0 + 1e-12) + 1e-15)[off_diagonal].all()
    if n > 1 and pi.min() > 1e-4:
        assert (joint > 0.0).all()


@given(probabilities(), st.data())
@settings(max_examples=100)
def test_exactly_n_are_selected(pi: FloatArray, data: st.DataObject) -> None:
    numbers = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    length = uniforms_conditional_poisson(pi.size, round(pi.sum()))
    uniforms = np.array(data.draw(st.lists(numbers, min_size=length, max_size=length)))
    assert select_conditional_poisson(pi, uniforms).sum() == round(pi.sum())


@pytest.mark.parametrize("u", [SMALLEST, 1e-16, 0.5, LARGEST])
@pytest.mark.parametrize(("N", "n"), [(1000, 1), (1000, 300), (1000, 999), (4097, 2000), (3000, 2)])
def test_exactly_n_at_the_ends_of_the_interval(N: int, n: int, u: float) -> None:
    assert select_conditional_poisson(np.full(N, n / N), np.full(N - 1, u)).sum() == n


@pytest.mark.parametrize("n", [1, 2, 200, 1000, 1950])
def test_equal_probabilities_are_simple_random_sampling(n: int) -> None:
    N = 2000
    joint = joint_conditional_poisson(np.full(N, n / N))
    expected = n * (n - 1) / (N * (N - 1))
    np.testing.assert_allclose(joint[~np.eye(N, dtype=np.bool_)], expected, rtol=1e-11, atol=0.0)


@pytest.mark.parametrize("chance", [0.5, 0.1, 0.01])
def test_few_frequencies_are_enough_and_the_probability_of_n_is_exact(chance: float) -> None:
    """The count of equal entries is binomial: its probabilities without k and l are known."""
    compared = 0
    for N in (*range(2, 260, 2), 1000, 10_000):
        n = round(N * chance)
        if n < 2:
            continue
        law = count_law(np.full(N, 1.0), n)
        assert law.z.size <= 33
        pair = (law.weight * (law.p[0] * law.z * law.inverse[:, 0]) ** 2).sum().real
        assert pair == pytest.approx(n * (n - 1) / (N * (N - 1)), rel=1e-12)
        compared += 1
    assert compared >= 25


def test_large_strata() -> None:
    for N, n in ((10_000, 1000), (100_000, 10_000), (1500, 1490)):
        pi = lognormal(N, n)
        inside, outside = inclusion(count_law(conditional_poisson_odds(pi), round(pi.sum())))
        np.testing.assert_allclose(inside, pi, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(outside, 1.0 - pi, rtol=1e-12, atol=1e-15)
        uniforms = np.full(pi.size - 1, 0.3)
        assert select_conditional_poisson(pi, uniforms).sum() == round(pi.sum())
    joint = joint_conditional_poisson(lognormal(2000, 200))
    n = round(float(np.trace(joint)))
    np.testing.assert_allclose(joint.sum(axis=1), n * np.diag(joint), rtol=1e-11)
    assert joint.min() > 0.0


def test_probabilities_from_a_millionth_on() -> None:
    pi = np.concatenate([np.geomspace(1e-6, 0.5, 200), 1.0 - np.geomspace(1e-6, 0.5, 200)])
    inside, outside = inclusion(count_law(conditional_poisson_odds(pi), 200))
    np.testing.assert_allclose(inside, pi, rtol=2e-11)
    np.testing.assert_allclose(outside, 1.0 - pi, rtol=2e-11)


def test_joint_probabilities_of_some_cities() -> None:
    pi = lognormal(300, 60)
    members = np.array([7, 250, 3, 8])
    found = joint_conditional_poisson(pi, members)
    np.testing.assert_allclose(found, joint_conditional_poisson(pi)[np.ix_(members, members)], rtol=1e-12)


def test_inclusion_frequencies() -> None:
    pi = lognormal(40, 14)
    n, draws = round(pi.sum()), 6000
    tree = count_tree(conditional_poisson_odds(pi), n)
    stream = np.random.Generator(np.random.Philox(key=41))
    selected = np.array(
        [select_from_tree(tree, n, stream.uniform(SMALLEST, 1.0, pi.size - 1)) for _ in range(draws)]
    )
    assert (selected.sum(axis=1) == n).all()
    z = (selected.mean(axis=0) - pi) / np.sqrt(pi * (1.0 - pi) / draws)
    assert np.abs(z).max() < norm.isf(0.005 / pi.size)
    both = (selected.T.astype(float) @ selected) / draws
    joint = joint_conditional_poisson(pi)
    upper = np.triu_indices(pi.size, 1)
    z_pairs = ((both - joint) / np.sqrt(joint * (1.0 - joint) / draws))[upper]
    assert np.abs(z_pairs).max() < norm.isf(0.005 / z_pairs.size)


@pytest.mark.parametrize(
    "values",
    [[0.5, np.nan, 0.5], [0.0, 0.5, 0.5], [1.0, 0.5, 0.5], [1e-9], [1.0 - 1e-9]],
    ids=str,
)
def test_impossible_probabilities_are_refused(refused: Refused, values: list[float]) -> None:
    for search in (conditional_poisson_odds, joint_conditional_poisson, joint_sampford):
        with refused("DESIGN-ODDS-NOT-FOUND", "whole number", "pivotal"):
            search(np.array(values))


def test_empty_and_full_strata() -> None:
    assert uniforms_conditional_poisson(0, 0) == uniforms_conditional_poisson(1, 1) == 0
    assert select_conditional_poisson(np.zeros(0), np.zeros(0)).tolist() == []
    assert select_conditional_poisson(np.zeros(2), np.full(1, 0.5)).tolist() == [False, False]
    assert select_conditional_poisson(np.ones(2), np.full(1, 0.5)).tolist() == [True, True]
