"""Pareto sampling: its law by numerical integration, exact probabilities, and the selector."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from tests.sampling.support import LARGEST, SMALLEST, lognormal, probabilities

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.joint.pareto import joint_pareto, pareto_probabilities
from citysample.sampling.select.pareto import select_pareto, uniforms_pareto

SMALL = [
    [0.5, 0.5],
    [0.2, 0.3, 0.5],
    [0.9, 0.95, 0.15],
    [0.2, 0.7, 0.4, 0.7],
    [0.01, 0.99, 0.5, 0.5],
    [0.95, 0.9, 0.8, 0.75, 0.6],
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5],
    [0.9, 0.8, 0.7, 0.8, 0.9, 0.9],
]


def sample_probability(odds: FloatArray, sample: tuple[int, ...]) -> float:
    """Chance that all ranking numbers of the sample are below those of the rest.

    The ranking number of k has distribution function w x / (1 + w x). The largest of the sample is
    at x with density d/dx of the product over s; the rest lies above with the product of 1/(1 + w x).
    With x = t / (1 - t), and by parts: no formula of the package is used.
    """
    inside = odds[list(sample)]
    outside = np.delete(odds, sample)

    def integrand(t: float) -> float:
        x = t / (1.0 - t)
        below = np.prod(inside * x / (1.0 + inside * x))
        density = below * (1.0 / (x * (1.0 + inside * x))).sum()
        return float(density * np.prod(1.0 / (1.0 + outside * x))) / (1.0 - t) ** 2

    edges = [0.0, 1e-4, 1e-2, 0.1, 0.5, 0.9, 0.99, 1.0 - 1e-4, 1.0]
    pieces = [
        quad(integrand, low, high, epsabs=1e-14, epsrel=1e-12, limit=200)[0] for low, high in pairwise(edges)
    ]
    return float(sum(pieces))


@pytest.mark.parametrize("values", SMALL, ids=str)
def test_probabilities_are_those_of_all_samples(values: list[float]) -> None:
    pi = np.array(values)
    N, n = pi.size, round(pi.sum())
    odds = pi / (1.0 - pi)
    expected, whole = np.zeros((N, N)), 0.0
    for sample in combinations(range(N), n):
        chance = sample_probability(odds, sample)
        expected[np.ix_(sample, sample)] += chance
        whole += chance
    assert whole == pytest.approx(1.0, abs=1e-10)
    np.testing.assert_allclose(joint_pareto(odds, n), expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(pareto_probabilities(odds, n), np.diag(expected), rtol=0, atol=1e-10)


def test_two_cities_in_closed_form() -> None:
    """One of two with ratio r of odds: r (r - 1 - log r) / (r - 1)^2 for the city of odds r."""
    compared = 0
    for r in (1e-6, 0.01, 0.4, 3.0, 1e5):
        expected = r * (r - 1.0 - np.log(r)) / (r - 1.0) ** 2
        found = pareto_probabilities(np.array([r, 1.0]), 1)
        np.testing.assert_allclose(found, [expected, 1.0 - expected], rtol=1e-9, atol=1e-15)
        compared += 1
    assert compared == 5


def test_the_selector_takes_the_smallest_ranking_numbers() -> None:
    pi = np.array([0.2, 0.7, 0.4, 0.7, 0.5, 0.5])
    compared = 0
    for order in permutations([0.05, 0.2, 0.35, 0.5, 0.7, 0.9]):
        u = np.array(order)
        ranking = [u[k] * (1 - pi[k]) / (pi[k] * (1 - u[k])) for k in range(6)]
        expected = sorted(range(6), key=lambda k: ranking[k])[:3]
        assert set(np.flatnonzero(select_pareto(pi, u)).tolist()) == set(expected)
        compared += 1
    assert compared == 720
    assert select_pareto(np.full(4, 0.5), np.full(4, 0.3)).tolist() == [True, True, False, False]


@given(probabilities(), st.floats(1e-6, 1e6))
@settings(max_examples=80)
def test_identities(pi: FloatArray, scale: float) -> None:
    n = round(pi.sum())
    odds = pi / (1.0 - pi)
    joint = joint_pareto(odds, n)
    alone = pareto_probabilities(odds, n)
    assert alone.sum() == pytest.approx(n, abs=1e-10)
    assert (joint == joint.T).all()
    np.testing.assert_allclose(np.diag(joint), alone, rtol=1e-13)
    np.testing.assert_allclose(joint.sum(axis=1), n * alone, rtol=1e-9, atol=0.0)
    assert (joint >= 0.0).all()
    np.testing.assert_allclose(pareto_probabilities(scale * odds, n), alone, rtol=1e-8)
    assert (np.diff(alone[np.argsort(odds)]) > -1e-12).all()


def test_large_strata() -> None:
    for N, n in ((2000, 200), (10_000, 1000), (1500, 1490), (2000, 1)):
        pi = lognormal(N, n)
        size = round(pi.sum())
        odds = pi / (1.0 - pi)
        exact = pareto_probabilities(odds, size)
        assert exact.sum() == pytest.approx(size, rel=1e-13)
        assert np.abs(exact - pi).max() < 0.1
    pi = lognormal(2000, 200)
    joint = joint_pareto(pi / (1.0 - pi), round(pi.sum()))
    np.testing.assert_allclose(joint.sum(axis=1), round(pi.sum()) * np.diag(joint), rtol=1e-11)
    assert joint.min() > 0.0


def test_joint_probabilities_of_some_cities() -> None:
    odds = np.geomspace(0.01, 5.0, 200)
    members = np.array([7, 150, 3, 8])
    found = joint_pareto(odds, 40, members)
    np.testing.assert_allclose(found, joint_pareto(odds, 40)[np.ix_(members, members)], rtol=1e-12)


@given(probabilities(), st.data())
@settings(max_examples=100)
def test_exactly_n_are_selected(pi: FloatArray, data: st.DataObject) -> None:
    numbers = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    length = uniforms_pareto(pi.size, round(pi.sum()))
    uniforms = np.array(data.draw(st.lists(numbers, min_size=length, max_size=length)))
    assert select_pareto(pi, uniforms).sum() == round(pi.sum())


def test_inclusion_frequencies() -> None:
    """The frequencies are those of the exact probabilities, which differ visibly from the targets."""
    pi = np.array([0.2, 0.7, 0.4, 0.7])
    n, draws = 2, 40_000
    exact = pareto_probabilities(pi / (1.0 - pi), n)
    stream = np.random.Generator(np.random.Philox(key=23))
    selected = np.array([select_pareto(pi, u) for u in stream.uniform(SMALLEST, 1.0, (draws, pi.size))])
    assert (selected.sum(axis=1) == n).all()
    deviation = np.sqrt(exact * (1.0 - exact) / draws)
    limit = norm.isf(0.005 / pi.size)
    assert (np.abs(selected.mean(axis=0) - exact) / deviation).max() < limit
    assert (np.abs(selected.mean(axis=0) - pi) / deviation).max() > limit
