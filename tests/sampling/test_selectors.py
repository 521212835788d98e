"""Simple random and systematic selection: exact sizes and exact inclusion probabilities."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.select.pivotal import select_pivotal
from citysample.sampling.select.srs import select_srs
from citysample.sampling.select.systematic import select_systematic

SMALLEST, LARGEST = 2.0**-54, 1.0 - 2.0**-53


@st.composite
def probabilities(draw: st.DrawFn, most: int = 8) -> FloatArray:
    """Inclusion probabilities in (0, 1) with an integer sum, as a plan makes them."""
    size = draw(st.lists(st.floats(0.05, 20.0), min_size=2, max_size=most))
    n = draw(st.integers(1, len(size) - 1))
    pi = inclusion_probabilities(np.array(size), n)
    random = pi[pi < 1.0]
    return random if random.size else np.full(2, 0.5)


UNIFORM = st.floats(SMALLEST, LARGEST)


def test_srs_reaches_each_sample_equally_often() -> None:
    uniforms = np.array([0.1, 0.2, 0.4, 0.6, 0.9])
    counts = Counter(
        tuple(np.flatnonzero(select_srs(np.full(5, 0.4), uniforms[list(order)])).tolist())
        for order in permutations(range(5))
    )
    assert counts == dict.fromkeys(combinations(range(5), 2), 12)
    assert len(counts) == 10


@given(st.lists(UNIFORM, min_size=1, max_size=12), st.data())
def test_srs_takes_the_n_smallest(uniforms: list[float], data: st.DataObject) -> None:
    N = len(uniforms)
    n = data.draw(st.integers(0, N))
    selected = select_srs(np.full(N, n / N), np.array(uniforms))
    expected = sorted(range(N), key=lambda k: (uniforms[k], k))[:n]
    assert np.flatnonzero(selected).tolist() == sorted(expected)
    assert selected.sum() == n


def test_srs_sizes_are_exact_for_all_n_and_large_n() -> None:
    compared = 0
    for N in (*range(1, 60), 997, 2896):
        uniforms = np.linspace(0.001, 0.999, N)
        for n in range(0, N + 1, 1 + N // 40):
            assert select_srs(np.full(N, n / N), uniforms).sum() == n
            compared += 1
    assert compared > 1000


def systematic_by_definition(pi: list[Fraction], start: Fraction) -> list[bool]:
    """City k is taken if one of u, u + 1, ... lies in (V_{k-1}, V_k]; in exact fractions."""
    limits = [Fraction(0)]
    for chance in pi:
        limits.append(limits[-1] + chance)
    points = [start + j for j in range(len(pi) + 1)]
    return [any(low < point <= high for point in points) for low, high in pairwise(limits)]


@given(probabilities())
def test_systematic_has_exact_inclusion_probabilities(pi: FloatArray) -> None:
    """The selection is constant between breakpoints of the start, so the integral is a finite sum."""
    cumulated = np.cumsum(pi)
    breaks = np.unique(np.concatenate([[0.0, 1.0], cumulated - np.floor(cumulated)]))
    lengths, middles = np.diff(breaks), (breaks[1:] + breaks[:-1]) / 2
    wide = lengths > 1e-14
    selections = np.array([select_systematic(pi, np.array([middle])) for middle in middles[wide]])
    assert (selections.sum(axis=1) == round(pi.sum())).all()
    np.testing.assert_allclose(lengths[wide] @ selections, pi, rtol=0, atol=1e-12)
    assert len(selections) >= 1


@given(st.lists(st.integers(1, 15), min_size=2, max_size=8), st.integers(0, 200))
def test_systematic_follows_its_definition(parts: list[int], start: int) -> None:
    """With pi in sixteenths all sums are exact; starts that hit a limit are included."""
    parts = [*parts, -sum(parts) % 16]
    parts = [part for part in parts if part]
    pi, u = [Fraction(part, 16) for part in parts], Fraction(2 * (start % 16) + 1 + start // 100, 32)
    u = min(u, Fraction(31, 32))
    found = select_systematic(np.array([float(p) for p in pi]), np.array([float(u)]))
    assert found.tolist() == systematic_by_definition(pi, u)
    assert found.sum() == sum(parts) // 16


@given(probabilities(40), UNIFORM | st.sampled_from([SMALLEST, LARGEST, 1e-16, 0.5]))
@settings(max_examples=200)
def test_systematic_takes_exactly_n(pi: FloatArray, start: float) -> None:
    assert select_systematic(pi, np.array([start])).sum() == round(pi.sum())


@pytest.mark.parametrize("start", [SMALLEST, 1e-16, 0.5, LARGEST])
@pytest.mark.parametrize("n", [1, 4, 40, 400])
def test_systematic_takes_exactly_n_at_the_ends_of_the_interval(n: int, start: float) -> None:
    assert select_systematic(np.full(2 * n, 0.5), np.array([start])).sum() == n


@given(probabilities(40), st.data())
@settings(max_examples=150)
def test_pivotal_takes_exactly_n(pi: FloatArray, data: st.DataObject) -> None:
    numbers = UNIFORM | st.sampled_from([SMALLEST, LARGEST])
    uniforms = data.draw(st.lists(numbers, min_size=2 * pi.size, max_size=2 * pi.size))
    assert select_pivotal(pi, np.array(uniforms)).sum() == round(pi.sum())


@pytest.mark.parametrize("chance", [(1, 10), (1, 3), (2, 3), (7, 10), (99, 100)])
@pytest.mark.parametrize("N", [30, 300, 3000])
def test_equal_probabilities_whose_sums_round_still_give_n(chance: tuple[int, int], N: int) -> None:
    n = N * chance[0] // chance[1]
    pi = np.full(N, n / N)
    generator = np.random.Philox(key=5)
    compared = 0
    for _ in range(20):
        uniforms = (generator.random_raw(2 * N) >> np.uint64(11)) / 2.0**53 + 2.0**-54
        assert select_pivotal(pi, uniforms).sum() == n
        assert select_systematic(pi, uniforms[:1]).sum() == n
        assert select_srs(pi, uniforms[:N]).sum() == n
        compared += 3
    assert compared == 60
