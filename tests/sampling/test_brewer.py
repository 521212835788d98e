"""Brewer's method: the exact law of the selector, and its joint probabilities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.conftest import Refused
from tests.sampling.support import LARGEST, SMALLEST, exact, uniforms

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.joint.brewer import joint_brewer, joint_brewer_feasible
from citysample.sampling.select import brewer
from citysample.sampling.select.brewer import select_brewer, uniforms_brewer

Law = dict[frozenset[int], Fraction]

DESIGNS = [
    "1/2 1/2",
    "1/2 1/3 1/6",
    "9/10 7/10 4/10",
    "9/10 1/10 3/10 7/10",
    "4/5 4/5 4/5 3/5",
    "99/100 1/100 1/2 1/2",
    "19/20 1/20 1/4 1/4 1/2",
    "3/4 1/2 9/10 3/5 1/4",
    "9/10 7/10 4/5 19/20 13/20",
    "1/2 1/2 1/2 1/2 1/2 1/2",
    "9/10 1/10 1/5 3/5 4/5 2/5",
    "99/100 98/100 97/100 96/100 95/100 15/100",
]


def law(pi: list[Fraction]) -> Law:
    """Probability of each sample: all orders of draws, with Brewer's weights; Tille (2006), 6.10."""
    n = int(sum(pi))
    found: Law = defaultdict(Fraction)

    def draw(taken: tuple[int, ...], chance: Fraction) -> None:
        if len(taken) == n:
            found[frozenset(taken)] += chance
            return
        left = n - len(taken)
        rest = n - sum(pi[k] for k in taken)
        weights = {
            k: pi[k] * (rest - pi[k]) / (rest - left * pi[k]) for k in range(len(pi)) if k not in taken
        }
        whole = sum(weights.values())
        for k, weight in weights.items():
            draw((*taken, k), chance * weight / whole)

    draw((), Fraction(1))
    return found


@pytest.mark.parametrize("text", DESIGNS)
def test_the_law_of_the_draws_has_the_inclusion_probabilities(text: str) -> None:
    pi = exact(text)
    found = law(pi)
    assert sum(found.values()) == 1
    for k, chance in enumerate(pi):
        assert sum(p for sample, p in found.items() if k in sample) == chance
    assert len(found) == len(list(combinations(pi, int(sum(pi)))))


def paths(pi: list[float], n: int) -> Iterator[tuple[float, list[float], frozenset[int]]]:
    """All paths of the selector with one proposal for a draw: probability, numbers, sample.

    Numbers of a draw: the proposal, the draw after a refusal, acceptance. Each stands for the
    interval in which the outcome is the same.
    """

    def weights(taken: frozenset[int], left: int) -> list[float]:
        rest = sum(pi[k] for k in range(len(pi)) if k not in taken)
        return [0.0 if k in taken else pi[k] * (rest - pi[k]) / (rest - left * pi[k]) for k in range(len(pi))]

    def middle(table: list[float], k: int) -> float:
        return (sum(table[:k]) + table[k] / 2) / sum(table)

    def draw(
        taken: frozenset[int], old: list[float], chance: float, numbers: list[float]
    ) -> Iterator[tuple[float, list[float], frozenset[int]]]:
        left = n - len(taken)
        if left == 0:
            yield chance, numbers, taken
            return
        new = weights(taken, left)

        def anew(
            chance: float, first: float, last: float
        ) -> Iterator[tuple[float, list[float], frozenset[int]]]:
            for k in range(len(pi)):
                if new[k] > 0:
                    share = new[k] / sum(new)
                    yield from draw(taken | {k}, new, chance * share, [*numbers, first, middle(new, k), last])

        if not taken:
            yield from anew(chance, 0.5, 0.5)
            return
        for k in range(len(pi)):
            if old[k] == 0:
                continue
            share, accept = old[k] / sum(old), new[k] / old[k]
            if accept > 0:
                taking = [middle(old, k), 0.5, accept / 2]
                yield from draw(taken | {k}, old, chance * share * accept, [*numbers, *taking])
            if accept < 1 - 1e-12:
                yield from anew(chance * share * (1 - accept), middle(old, k), (1 + accept) / 2)

    yield from draw(frozenset(), [], 1.0, [])


@pytest.mark.parametrize("text", DESIGNS[:8])
def test_every_path_of_proposals_and_refusals_gives_the_law(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of each path are given to the selector: it takes the sample of the path."""
    monkeypatch.setenv("CITYSAMPLE_FAST", "0")
    monkeypatch.setattr(brewer, "PROPOSALS", 1)
    monkeypatch.setattr(brewer, "NUMBERS", 3)
    pi = exact(text)
    n = int(sum(pi))
    as_floats = [float(p) for p in pi]
    found: dict[frozenset[int], float] = defaultdict(float)
    walked = 0
    for chance, numbers, sample in paths(as_floats, n):
        selected = select_brewer(np.array(as_floats), np.array(numbers))
        assert frozenset(np.flatnonzero(selected).tolist()) == sample
        found[sample] += chance
        walked += 1
    expected = law(pi)
    assert set(found) == set(expected)
    assert all(found[taken] == pytest.approx(float(p), abs=1e-12) for taken, p in expected.items())
    assert walked >= len(expected)


def test_samples_come_as_often_as_the_law_says() -> None:
    """With the eight proposals of use; largest |z| over 20 samples of 3 of 6 cities."""
    pi = exact("9/10 1/10 1/5 3/5 4/5 2/5")
    expected = {sample: float(chance) for sample, chance in law(pi).items()}
    count, draws = uniforms_brewer(6, 3), 20_000
    numbers = uniforms(21, draws * count).reshape(draws, count)
    as_floats = np.array([float(p) for p in pi])
    seen = Counter(frozenset(np.flatnonzero(select_brewer(as_floats, row)).tolist()) for row in numbers)
    z = [
        (seen[sample] - draws * p) / np.sqrt(draws * p * (1 - p))
        for sample, p in expected.items()
        if draws * p > 10
    ]
    assert len(z) >= 15
    assert max(map(abs, z)) < norm.isf(0.005 / len(z))


@pytest.mark.parametrize(("N", "n", "sigma"), [(40, 4, 1.0), (60, 24, 0.7), (30, 27, 0.5)])
def test_inclusion_frequencies_agree_with_pi(N: int, n: int, sigma: float) -> None:
    size = np.exp(sigma * norm.ppf((np.arange(N) * 0.6180339887 + 0.3) % 1.0))
    pi = inclusion_probabilities(size, n)
    pi = pi[pi < 1.0]
    count, draws = uniforms_brewer(pi.size, round(pi.sum())), 6000
    numbers = uniforms(7, draws * count).reshape(draws, count)
    frequency = np.mean([select_brewer(pi, row) for row in numbers], axis=0)
    z = (frequency - pi) / np.sqrt(pi * (1.0 - pi) / draws)
    assert z.size > 10
    assert np.abs(z).max() < norm.isf(0.005 / z.size)


@given(
    st.lists(st.floats(0.05, 20.0), min_size=2, max_size=25),
    st.sampled_from(["smallest", "largest", "mixed", "even"]),
    st.data(),
)
@settings(max_examples=150)
def test_exactly_n_are_taken_whatever_the_numbers(size: list[float], kind: str, data: st.DataObject) -> None:
    pi = inclusion_probabilities(np.array(size), data.draw(st.integers(1, len(size) - 1)))
    pi = pi[pi < 1.0]
    n = round(pi.sum())
    count = uniforms_brewer(pi.size, n)
    numbers = {
        "smallest": np.full(count, SMALLEST),
        "largest": np.full(count, LARGEST),
        "mixed": np.where(np.arange(count) % 2 == 0, SMALLEST, LARGEST),
        "even": uniforms(3, count),
    }[kind]
    assert select_brewer(pi, numbers).sum() == n


@pytest.mark.parametrize("rest", [1e-3, 1e-9, 2.0**-52, 2.0**-53])
def test_probabilities_next_to_1_are_neither_slow_nor_wrong(
    rest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 cities next to 1 and one drawn from the others: the weights are computed a few times only."""
    few = np.full(100, (1.0 + 300 * rest) / 100)
    pi = np.concatenate([np.full(300, 1.0 - rest), few])
    calls = []
    draws = brewer._draws

    def counted(*arguments: object) -> int:
        calls.append(draws(*arguments))  # type: ignore[arg-type]
        return int(calls[-1])

    monkeypatch.setattr(brewer, "_draws", counted)
    selected = select_brewer(pi, uniforms(5, uniforms_brewer(400, 301)))
    assert selected.sum() == 301
    assert selected[:300].sum() >= 295
    assert len(calls) < 60


def test_weights_that_fall_by_halves_need_few_new_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    pi: FloatArray = 1.0 - np.exp2(-(np.arange(2000) % 50 + 1.0))
    pi = np.concatenate([pi, np.full(3, (np.ceil(pi.sum()) + 1 - pi.sum()) / 3)])
    n = round(pi.sum())
    calls = []
    draws = brewer._draws

    def counted(*arguments: object) -> int:
        calls.append(draws(*arguments))  # type: ignore[arg-type]
        return int(calls[-1])

    monkeypatch.setattr(brewer, "_draws", counted)
    assert select_brewer(pi, uniforms(6, uniforms_brewer(pi.size, n))).sum() == n
    assert len(calls) < 300


def test_plain_and_compiled_loops_take_the_same_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    compared = 0
    for N, n in ((20, 3), (300, 120), (2000, 1900)):
        pi = inclusion_probabilities(np.exp(norm.ppf((np.arange(N) + 0.5) / N)), n)
        pi = pi[pi < 1.0]
        numbers = uniforms(9, uniforms_brewer(pi.size, round(pi.sum())))
        masks = []
        for switch in ("0", "1"):
            monkeypatch.setenv("CITYSAMPLE_FAST", switch)
            masks.append(select_brewer(pi, numbers))
        assert (masks[0] == masks[1]).all()
        compared += 1
    assert compared == 3


@pytest.mark.parametrize("text", DESIGNS)
def test_joint_probabilities_are_those_of_the_law(text: str) -> None:
    pi = exact(text)
    expected = np.zeros((len(pi), len(pi)))
    for sample, chance in law(pi).items():
        expected[np.ix_(list(sample), list(sample))] += float(chance)
    joint = joint_brewer(np.array([float(p) for p in pi]))
    np.testing.assert_allclose(joint, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(joint.sum(axis=1), float(sum(pi)) * np.diag(joint), rtol=1e-12)


@pytest.mark.parametrize(("N", "n"), [(500, 1), (500, 2), (500, 499), (20, 10), (30, 5), (60, 3)])
def test_joint_probabilities_sum_to_n_pi_and_are_positive(N: int, n: int) -> None:
    pi = n / N * (1.0 + 0.9 * min(1.0, (N - n) / n) * np.sin(np.arange(N)))
    pi *= n / pi.sum()
    assert joint_brewer_feasible(N, n)
    joint = joint_brewer(pi)
    np.testing.assert_allclose(joint.sum(axis=1), n * pi, rtol=1e-9)
    assert (joint == joint.T).all() or np.allclose(joint, joint.T, rtol=1e-14, atol=0)
    assert (joint > 0).all() == (n > 1)


def test_too_many_sets_are_refused(refused: Refused) -> None:
    assert not joint_brewer_feasible(60, 24)
    with refused("DESIGN-JOINT-TOO-LARGE", "n = 24 of N = 60", "200000"):
        joint_brewer(np.full(60, 0.4))
