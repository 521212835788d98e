"""Joint probabilities of systematic sampling, and its use with equal probabilities."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sampling.support import exact

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.joint.srs import joint_srs
from citysample.sampling.joint.systematic import joint_systematic
from citysample.sampling.joint.zeros import zero_pairs
from citysample.sampling.select.cumulated import cumulated
from citysample.sampling.select.systematic import select_systematic

DESIGNS = [
    "1/2 1/2",
    "1/2 1/3 1/6",
    "9/10 7/10 4/10",
    "1/4 1/4 1/4 1/4",
    "2/5 2/5 2/5 2/5 2/5",
    "19/20 1/20 1/4 1/4 1/2",
    "1/10 1/5 3/5 9/10 4/5 2/5",
    "99/100 98/100 97/100 96/100 95/100 15/100",
]


def by_starts(pi: list[Fraction]) -> FloatArray:
    """All starts: between breakpoints the sample is the same; in exact fractions."""
    limits = [Fraction(0)]
    for chance in pi:
        limits.append(limits[-1] + chance)
    breaks = sorted({*(limit - floor(limit) for limit in limits), Fraction(1)})
    joint = [[Fraction(0)] * len(pi) for _ in pi]
    for low, high in pairwise(breaks):
        points = [(low + high) / 2 + j for j in range(int(limits[-1]))]
        sample = [k for k, (a, b) in enumerate(pairwise(limits)) if any(a < point <= b for point in points)]
        selected = select_systematic(np.array([float(p) for p in pi]), np.array([float((low + high) / 2)]))
        assert np.flatnonzero(selected).tolist() == sample
        for k in sample:
            for other in sample:
                joint[k][other] += high - low
    return np.array(joint, dtype=np.float64)


@pytest.mark.parametrize("text", DESIGNS)
def test_joint_probabilities_are_those_of_all_starts(text: str) -> None:
    pi = exact(text)
    expected = by_starts(pi)
    joint = joint_systematic(np.array([float(p) for p in pi]))
    np.testing.assert_allclose(joint, expected, rtol=1e-12, atol=0)
    assert ((joint == 0) == (expected == 0)).all()


@given(st.lists(st.integers(1, 15), min_size=2, max_size=12))
def test_joint_probabilities_in_sixteenths_are_exact(parts: list[int]) -> None:
    parts = [part for part in (*parts, -sum(parts) % 16) if part]
    pi = [Fraction(part, 16) for part in parts]
    assert (joint_systematic(np.array([float(p) for p in pi])) == by_starts(pi)).all()


@given(st.lists(st.floats(0.01, 20.0), min_size=2, max_size=40), st.data())
def test_joint_probabilities_sum_to_n_pi(size: list[float], data: st.DataObject) -> None:
    pi = inclusion_probabilities(np.array(size), data.draw(st.integers(1, len(size) - 1)))
    pi = pi[pi < 1.0]
    joint = joint_systematic(pi)
    np.testing.assert_allclose(joint.sum(axis=1), round(pi.sum()) * pi, rtol=1e-9, atol=1e-12)
    assert (joint == joint.T).all()
    assert (np.diag(joint) == pi).all()
    members = np.array(data.draw(st.lists(st.integers(0, pi.size - 1), unique=True)), dtype=np.int64)
    assert (joint_systematic(pi, members) == joint[np.ix_(members, members)]).all()


@pytest.mark.parametrize(("N", "n"), [(10, 1), (20, 2), (30, 10), (17, 5), (100, 99), (1000, 300)])
def test_equal_probabilities(N: int, n: int) -> None:
    """The sample takes each N/n-th city; N need not be a multiple of n."""
    pi = np.full(N, n / N)
    gaps = np.concatenate(
        [
            np.diff(np.flatnonzero(select_systematic(pi, np.array([u]))))
            for u in (1e-9, 0.123, 0.5, 0.987, 1.0 - 1e-9)
        ]
    )
    assert gaps.size == 5 * (n - 1)
    assert set(gaps.tolist()) <= {N // n, -(-N // n)}
    joint = joint_systematic(pi)
    np.testing.assert_allclose(joint.sum(axis=1), n * pi, rtol=1e-10)
    if N % n == 0:
        step = N // n
        same = np.subtract.outer(np.arange(N), np.arange(N)) % step == 0
        np.testing.assert_allclose(joint, np.where(same, n / N, 0.0), rtol=1e-10, atol=0)
        assert zero_pairs(joint) == N * (N - 1) // 2 - step * (n * (n - 1) // 2)


def test_exactly_n_are_taken_where_two_points_would_round_into_one_city() -> None:
    generator = np.random.Philox(key=4)
    compared = 0
    for _ in range(300):
        raw = (generator.random_raw(20) >> np.uint64(11)) / 2.0**53 + 2.0**-54
        pi = np.concatenate([np.full(9, 1.0 - 2.0**-53), [raw[0] * 0.999, 1.0 - raw[0] * 0.999]])
        pi = pi[np.argsort(raw[1:12])]
        V = np.cumsum(pi)
        for start in (*(V - np.floor(V)), *raw[12:]):
            u = min(max(float(np.nextafter(start, 1.0)), 2.0**-54), 1.0 - 2.0**-53)
            assert select_systematic(pi, np.array([u])).sum() == 10
            compared += 1
    assert compared == 300 * 19


@given(st.lists(st.floats(0.001, 20.0), min_size=2, max_size=60), st.data())
def test_cumulated_probabilities_rise_by_less_than_one_whole_number(
    size: list[float], data: st.DataObject
) -> None:
    pi = inclusion_probabilities(np.array(size), data.draw(st.integers(1, len(size) - 1)))
    pi = pi[pi < 1.0]
    V = cumulated(pi)
    n = round(pi.sum())
    assert set((V.whole - V.whole_before).tolist()) <= {0, 1}
    assert ((V.part >= 0.0) & (V.part < 1.0)).all()
    assert (V.whole[-1], V.part[-1]) == (n, 0.0)
    np.testing.assert_allclose(V.whole + V.part, np.cumsum(pi), rtol=0, atol=1e-12)
    total = Fraction(0)
    for k, chance in enumerate(pi.tolist()):
        total += Fraction(chance)
        assert abs(total - int(V.whole[k]) - Fraction(float(V.part[k]))) < n * Fraction(1, 2**49)


@pytest.mark.parametrize("extra", [-1e-9, 1e-9])
def test_a_sum_that_is_not_quite_whole_still_gives_n(extra: float) -> None:
    pi = np.full(40, 0.25)
    pi[-1] += extra
    V = cumulated(pi)
    assert (V.whole[-1], V.part[-1]) == (10, 0.0)
    assert set(np.diff(V.whole, prepend=0).tolist()) == {0, 1}
    near_1 = np.concatenate([np.full(36, 0.25), [0.25 + 0.75 - 1e-12]])
    assert np.diff(cumulated(near_1).whole).max() == 1


def test_simple_random_sampling_has_the_pairs_of_all_samples() -> None:
    compared = 0
    for N in range(1, 8):
        for n in range(N + 1):
            joint = joint_srs(N, n)
            np.testing.assert_allclose(joint.sum(axis=1), n * n / N, rtol=1e-14)
            assert joint[0, 0] == n / N
            assert (zero_pairs(joint) > 0) == (n < 2 <= N)
            compared += 1
    assert compared == 35
