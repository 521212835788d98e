"""Pivotal selection, enumerated: every order, every path of duels, exact probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from citysample.sampling.select.pivotal import select_pivotal

Paths = Callable[[list[Fraction]], Iterator[tuple[Fraction, list[Fraction], set[int]]]]

DESIGNS = [
    ("one of two", ["1/2", "1/2"]),
    ("one of three", ["1/2", "1/3", "1/6"]),
    ("two of three", ["9/10", "7/10", "4/10"]),
    ("one of four", ["1/4", "1/4", "1/4", "1/4"]),
    ("two of four", ["1/2", "1/2", "1/2", "1/2"]),
    ("two of four, unequal", ["9/10", "1/10", "3/10", "7/10"]),
    ("three of four", ["4/5", "4/5", "4/5", "3/5"]),
    ("one of five", ["1/2", "1/4", "1/8", "1/16", "1/16"]),
    ("two of five", ["2/5", "2/5", "2/5", "2/5", "2/5"]),
    ("two of five, unequal", ["19/20", "1/20", "1/4", "1/4", "1/2"]),
    ("three of five", ["3/4", "1/2", "9/10", "3/5", "1/4"]),
    ("four of five", ["9/10", "7/10", "4/5", "19/20", "13/20"]),
]


@pytest.mark.parametrize(("name", "texts"), DESIGNS, ids=[name for name, _ in DESIGNS])
def test_every_order_and_path_gives_the_exact_inclusion_probabilities(
    pivotal_paths: Paths, name: str, texts: list[str]
) -> None:
    assert name
    pi = [Fraction(text) for text in texts]
    N, n = len(pi), int(sum(pi))
    as_floats = np.array([float(p) for p in pi])
    compared = 0
    for order in permutations(range(N)):
        ranks = np.empty(N)
        ranks[list(order)] = (np.arange(N) + 0.5) / N
        ordered = [pi[k] for k in order]
        chances = np.zeros(N)
        whole = Fraction(0)
        for chance, numbers, sample in pivotal_paths(ordered):
            uniforms = np.concatenate([ranks, [float(u) for u in numbers], np.full(N - len(numbers), 0.5)])
            selected = select_pivotal(as_floats, uniforms)
            assert selected.sum() == n == len(sample)
            # Where a sum is exactly 1 in fractions and not in floats, the same two outcomes have other names.
            chances += float(chance) * selected
            whole += chance
            compared += 1
        assert whole == 1
        np.testing.assert_allclose(chances, as_floats, rtol=0, atol=1e-12)
    assert compared >= 2 * np.prod(np.arange(1, N + 1))


def test_paths_take_the_cities_that_the_definition_takes(pivotal_paths: Paths) -> None:
    pi = [Fraction(text) for text in ("1/2", "1/4", "1/2", "3/4")]  # all sums are exact in binary
    compared = 0
    for chance, numbers, sample in pivotal_paths(pi):
        uniforms = np.array([0.1, 0.2, 0.3, 0.4, *map(float, numbers), 0.5])
        selected = select_pivotal(np.array([float(p) for p in pi]), uniforms)
        assert set(np.flatnonzero(selected).tolist()) == sample
        assert chance > 0
        compared += 1
    assert compared >= 4


def test_order_comes_from_the_first_numbers_and_ties_keep_the_order_of_ids() -> None:
    pi = np.array([0.5, 0.5, 0.5, 0.5])
    duels = [0.4, 0.4, 0.4, 0.4]
    # Two neighbours in the order duel; below the threshold the first of the two is taken.
    assert select_pivotal(pi, np.array([0.1, 0.2, 0.3, 0.4, *duels])).tolist() == [True, False, True, False]
    assert select_pivotal(pi, np.array([0.4, 0.3, 0.2, 0.1, *duels])).tolist() == [False, True, False, True]
    assert select_pivotal(pi, np.array([0.1, 0.1, 0.1, 0.1, *duels])).tolist() == [True, False, True, False]
