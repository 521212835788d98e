"""Poisson sampling: each city on its own."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from citysample.sampling.joint.poisson import joint_poisson
from citysample.sampling.select.poisson import select_poisson, uniforms_poisson

NUMBER = st.floats(2.0**-54, 1.0 - 2.0**-53)


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=20))
def test_a_city_is_taken_if_its_number_is_below_its_probability(pairs: list[tuple[float, float]]) -> None:
    pi, u = np.array(pairs).T
    assert uniforms_poisson(pi.size, round(pi.sum())) == u.size
    assert select_poisson(pi, u).tolist() == [number < chance for chance, number in pairs]


def test_the_law_of_all_samples() -> None:
    """On a grid of eighths that fits the probabilities, each sample has its product of chances."""
    pi = np.array([0.125, 0.5, 0.75])
    grid = (np.arange(8) + 0.5) / 8
    joint, count = np.zeros((3, 3)), 0
    for u in product(grid, repeat=3):
        selected = select_poisson(pi, np.array(u)).astype(np.float64)
        joint += np.outer(selected, selected)
        count += 1
    assert count == 512
    np.testing.assert_allclose(joint / count, joint_poisson(pi), rtol=0, atol=1e-15)


def test_joint_probabilities_of_some_cities() -> None:
    pi = np.linspace(0.1, 0.9, 9)
    members = np.array([5, 0, 8])
    assert (joint_poisson(pi, members) == joint_poisson(pi)[np.ix_(members, members)]).all()
    assert (np.diag(joint_poisson(pi)) == pi).all()


def test_inclusion_frequencies_and_the_random_size() -> None:
    pi, draws = np.linspace(0.02, 0.98, 40), 20_000
    stream = np.random.Generator(np.random.Philox(key=11))
    selected = np.array([select_poisson(pi, u) for u in stream.uniform(2.0**-54, 1.0, (draws, pi.size))])
    z = (selected.mean(axis=0) - pi) / np.sqrt(pi * (1.0 - pi) / draws)
    assert np.abs(z).max() < norm.isf(0.005 / pi.size)
    variance = float((pi * (1.0 - pi)).sum())
    assert abs(selected.sum(axis=1).var() / variance - 1.0) < 5.0 * np.sqrt(2.0 / draws)
