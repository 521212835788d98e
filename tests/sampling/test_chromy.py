"""Chromy's sequential sampling: the exact law of the selector, with and without a random start."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.conftest import Refused
from tests.sampling.support import LARGEST, SMALLEST, exact, joint_of, lognormal, uniforms

from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.joint import chromy as joint_module
from citysample.sampling.joint.chromy import joint_chromy
from citysample.sampling.joint.zeros import zero_pairs
from citysample.sampling.select.chromy import select_chromy, uniforms_chromy
from citysample.sampling.select.cumulated import cumulated

Path = tuple[Fraction, list[Fraction], set[int]]

DESIGNS = [
    "1/2 1/2",
    "1/2 1/3 1/6",
    "9/10 7/10 4/10",
    "1/4 1/4 1/4 1/4",
    "1/2 1/2 1/2 1/2",
    "9/10 1/10 3/10 7/10",
    "2/5 2/5 2/5 2/5 2/5",
    "19/20 1/20 1/4 1/4 1/2",
    "3/4 1/2 9/10 3/5 1/4",
    "1/10 1/5 3/5 9/10 4/5 2/5",
    "9/10 7/10 4/5 19/20 13/20",
    "99/100 98/100 97/100 96/100 95/100 15/100",
]


def walks(pi: list[Fraction]) -> Iterator[Path]:
    """All walks from the first city: probability, numbers, sample. Written from Chromy (1979).

    The count of selected cities goes to I_k + 1 with the probability that his table gives for the
    count before; else to I_k.
    """

    def go(
        k: int, total: Fraction, count: int, chance: Fraction, numbers: list[Fraction], taken: set[int]
    ) -> Iterator[Path]:
        if k == len(pi):
            yield chance, numbers, taken
            return
        new = total + pi[k]
        F, before = new - floor(new), total - floor(total)
        if F == 0:
            to_high = Fraction(0)
        elif count == floor(total):
            to_high = (F - before) / (1 - before) if before <= F else Fraction(0)
        else:
            to_high = F / before if before > F else Fraction(1)
        grown = {floor(new) + 1: to_high, floor(new): 1 - to_high}
        assert all(after - count in (0, 1) for after, share in grown.items() if share > 0)
        take = grown.get(count + 1, Fraction(0))
        if take > 0:
            yield from go(k + 1, new, count + 1, chance * take, [*numbers, take / 2], taken | {k})
        if take < 1:
            yield from go(k + 1, new, count, chance * (1 - take), [*numbers, (1 + take) / 2], taken)

    yield from go(0, Fraction(0), 0, Fraction(1), [], set())


@pytest.mark.parametrize("text", DESIGNS)
def test_every_walk_takes_the_cities_of_the_definition(text: str) -> None:
    pi = exact(text)
    as_floats = np.array([float(p) for p in pi])
    paths = []
    for chance, numbers, sample in walks(pi):
        selected = select_chromy(as_floats, np.array([float(u) for u in numbers]), random_start=False)
        assert set(np.flatnonzero(selected).tolist()) == sample
        assert len(sample) == sum(pi)
        paths.append((chance, sample))
    assert sum(chance for chance, _ in paths) == 1
    assert len(paths) >= 2
    expected = joint_of(paths, len(pi))
    assert np.diag(expected).tolist() == as_floats.tolist()
    joint = joint_chromy(as_floats, random_start=False)
    np.testing.assert_allclose(joint, expected, rtol=1e-12, atol=0)
    assert ((joint == 0) == (expected == 0)).all()


@pytest.mark.parametrize("text", DESIGNS)
def test_every_start_and_walk_gives_the_exact_joint_probabilities(text: str) -> None:
    pi = exact(text)
    N, n = len(pi), sum(pi)
    as_floats = np.array([float(p) for p in pi])
    paths = []
    for start in range(N):
        circle = [*pi[start:], *pi[:start]]
        u = float((sum(pi[:start], Fraction(0)) + pi[start] / 2) / n)
        for chance, numbers, sample in walks(circle):
            selected = select_chromy(as_floats, np.array([u, *map(float, numbers)]))
            expected_sample = {(start + place) % N for place in sample}
            assert set(np.flatnonzero(selected).tolist()) == expected_sample
            paths.append((chance * pi[start] / n, expected_sample))
    assert sum(chance for chance, _ in paths) == 1
    joint = joint_chromy(as_floats)
    np.testing.assert_allclose(joint, joint_of(paths, N), rtol=1e-12, atol=1e-16)
    assert (zero_pairs(joint) == 0) == (n > 1)


@given(st.lists(st.floats(0.05, 20.0), min_size=2, max_size=25), st.booleans(), st.data())
@settings(max_examples=150)
def test_exactly_n_are_taken_whatever_the_numbers(
    size: list[float], circle: bool, data: st.DataObject
) -> None:
    pi = inclusion_probabilities(np.array(size), data.draw(st.integers(1, len(size) - 1)))
    pi = pi[pi < 1.0]
    count = uniforms_chromy(pi.size, round(pi.sum()), random_start=circle)
    number = st.floats(SMALLEST, LARGEST) | st.sampled_from([SMALLEST, LARGEST])
    numbers = data.draw(st.lists(number, min_size=count, max_size=count))
    assert select_chromy(pi, np.array(numbers), random_start=circle).sum() == round(pi.sum())


@pytest.mark.parametrize("chance", [(1, 10), (1, 3), (2, 3), (7, 10), (99, 100)])
@pytest.mark.parametrize("N", [300, 3000])
def test_sums_that_round_and_probabilities_next_to_1(chance: tuple[int, int], N: int) -> None:
    n = N * chance[0] // chance[1]
    next_to_1 = np.concatenate([np.full(N, 1.0 - 2.0**-53), np.full(N, n / N)])
    compared = 0
    for key in range(10):
        for pi, size in ((np.full(N, n / N), n), (next_to_1, N + n), (next_to_1[::-1].copy(), N + n)):
            numbers = uniforms(key, pi.size + 1)
            assert select_chromy(pi, numbers).sum() == size
            assert select_chromy(pi, numbers[1:], random_start=False).sum() == size
            compared += 2
    assert compared == 60


@pytest.mark.parametrize("circle", [True, False])
def test_inclusion_frequencies_agree_with_pi(circle: bool) -> None:
    pi = lognormal(60, 24)
    count, draws = uniforms_chromy(pi.size, 0, random_start=circle), 6000
    numbers = uniforms(8, draws * count).reshape(draws, count)
    frequency = np.mean([select_chromy(pi, row, random_start=circle) for row in numbers], axis=0)
    z = (frequency - pi) / np.sqrt(pi * (1.0 - pi) / draws)
    assert z.size > 40
    assert np.abs(z).max() < norm.isf(0.005 / z.size)


def test_the_count_never_strays_from_the_cumulated_probabilities() -> None:
    pi = lognormal(200, 60)
    V = cumulated(pi)
    compared = 0
    for key in range(50):
        counts = np.cumsum(select_chromy(pi, uniforms(key, pi.size), random_start=False))
        assert ((counts - V.whole) >= 0).all()
        assert ((counts - V.whole) <= 1).all()
        compared += counts.size
    assert compared > 5000


def test_plain_and_compiled_loops_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    compared = 0
    for N, n in ((20, 3), (400, 150), (5000, 4000)):
        pi = lognormal(N, n)
        numbers = uniforms(9, pi.size + 1)
        members = np.arange(0, pi.size, 5)
        masks, joints = [], []
        for switch in ("0", "1"):
            monkeypatch.setenv("CITYSAMPLE_FAST", switch)
            masks.append(select_chromy(pi, numbers))
            joints.append(joint_chromy(pi, members, random_start=False))
        assert (masks[0] == masks[1]).all()
        assert (joints[0] == joints[1]).all()
        compared += 1
    assert compared == 3


@pytest.mark.parametrize("circle", [True, False])
@pytest.mark.parametrize(("N", "n"), [(12, 1), (60, 24), (100, 40), (300, 12), (30, 27)])
def test_joint_probabilities_sum_to_n_pi(N: int, n: int, circle: bool) -> None:
    pi = lognormal(N, n, 0.6)
    joint = joint_chromy(pi, random_start=circle)
    np.testing.assert_allclose(joint.sum(axis=1), round(pi.sum()) * pi, rtol=1e-11)
    np.testing.assert_allclose(joint, joint.T, rtol=1e-14, atol=0)
    V = cumulated(pi)
    inside = V.whole_before[(V.whole == V.whole_before) | (V.part == 0.0)]
    same_interval = np.unique(inside, return_counts=True)[1]
    never = int((same_interval * (same_interval - 1) // 2).sum())
    if circle:
        never = 0 if n > 1 else pi.size * (pi.size - 1) // 2
    assert zero_pairs(joint) == never


@given(st.integers(0, 10**6), st.booleans(), st.integers(5, 40), st.data())
def test_some_cities_have_the_joint_probabilities_that_they_have_among_all(
    key: int, circle: bool, N: int, data: st.DataObject
) -> None:
    pi = inclusion_probabilities(0.1 + uniforms(key, N), data.draw(st.integers(1, N - 1)))
    pi = pi[pi < 1.0]
    members = np.array(
        data.draw(st.lists(st.integers(0, pi.size - 1), unique=True, max_size=pi.size)), dtype=np.int64
    )
    whole = joint_chromy(pi, random_start=circle)
    some = joint_chromy(pi, members, random_start=circle)
    np.testing.assert_allclose(some, whole[np.ix_(members, members)], rtol=1e-9, atol=1e-14)


def test_blocks_of_starts_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    pi = lognormal(50, 20)
    whole = joint_chromy(pi)
    monkeypatch.setattr(joint_module, "BLOCK", 700)
    np.testing.assert_allclose(joint_chromy(pi), whole, rtol=1e-13)


def test_what_touches_in_fractions_touches_in_floats() -> None:
    """Twenty cities with 1/10: the first ten lie in one unit interval, although 10 times 0.1 is below 1."""
    joint = joint_chromy(np.full(20, 0.1), random_start=False)
    expected = np.kron(np.array([[0.0, 0.01], [0.01, 0.0]]), np.ones((10, 10)))
    np.fill_diagonal(expected, 0.1)
    np.testing.assert_allclose(joint, expected, rtol=1e-12, atol=0)
    assert zero_pairs(joint) == 90


def test_probabilities_next_to_1_keep_the_joint_probabilities_finite() -> None:
    pi = np.concatenate([np.full(5, 1.0 - 2.0**-53), [0.5, 0.25, 0.25], np.full(3, 1.0 - 1e-13)])
    for circle in (True, False):
        joint = joint_chromy(pi, random_start=circle)
        assert np.isfinite(joint).all()
        np.testing.assert_allclose(joint.sum(axis=1), 9 * pi, rtol=1e-9)


def test_too_many_starts_are_refused(refused: Refused) -> None:
    pi = np.full(20_001 * 3, 1 / 3)
    with refused("DESIGN-JOINT-TOO-LARGE", "60003 cities", "20000"):
        joint_chromy(pi, np.arange(3))
    assert joint_chromy(pi, np.arange(3), random_start=False).shape == (3, 3)
