"""Coordination by permanent random numbers: shifts lose no digit, overlaps are those of the formulas."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.randomness import permanent_random_numbers, words_to_uniforms
from citysample.sampling.rounds.coordination import (
    COORDINATED,
    expected_overlap,
    mirror_numbers,
    overlap_probabilities,
    realised_overlap,
    replaced_share,
    require_coordination,
    rotation_shift,
    shift_numbers,
)
from citysample.sampling.rounds.overlap import srs_overlap
from citysample.sampling.select.poisson import select_poisson
from citysample.sampling.select.srs import select_srs

Refused = Callable[..., AbstractContextManager[None]]
WORDS = st.lists(
    st.integers(0, 2**53 - 1) | st.sampled_from([0, 1, 2**52, 2**53 - 1]),
    min_size=1,
    max_size=20,
    unique=True,
)
SHIFT = st.floats(0.0, 1.0, exclude_max=True) | st.sampled_from([0.0, 0.5, 2.0**-53, 1 - 2.0**-53, 1e-300])
COUNT = st.integers(0, 6)


def uniforms_of(steps: list[int]) -> FloatArray:
    return words_to_uniforms(np.array(steps, dtype=np.uint64) << np.uint64(11))


@given(WORDS, SHIFT)
def test_a_shift_is_exact_keeps_numbers_apart_and_can_be_undone(steps: list[int], shift: float) -> None:
    moved = shift_numbers(uniforms_of(steps), shift)
    whole = int(Fraction(shift) * 2**53)
    expected = [(m + whole) % 2**53 for m in steps]
    assert moved.tolist() == [m / 2**53 if m else 2.0**-54 for m in expected]
    assert len(set(moved.tolist())) == len(steps)
    assert ((moved > 0) & (moved < 1)).all()
    back = shift_numbers(moved, (2**53 - whole) % 2**53 / 2**53)
    assert back.tolist() == uniforms_of(steps).tolist()


@given(WORDS)
def test_the_mirror_reverses_the_order_and_can_be_undone(steps: list[int]) -> None:
    u = uniforms_of(steps)
    mirrored = mirror_numbers(u)
    assert np.argsort(u).tolist() == np.argsort(mirrored)[::-1].tolist()
    assert ((mirrored > 0) & (mirrored < 1)).all()
    assert mirror_numbers(mirrored).tolist() == u.tolist()
    np.testing.assert_allclose(mirrored, 1 - u, rtol=0, atol=2.0**-53)


@given(a=st.integers(0, 32), b=st.integers(0, 32), c=st.integers(0, 31), mirror=st.booleans())
def test_the_overlap_of_poisson_samples_is_counted_on_a_grid(a: int, b: int, c: int, *, mirror: bool) -> None:
    """With probabilities in 32nds the share of the middles of 32 cells is the probability."""
    u = (np.arange(32) + 0.5) / 32
    pi1, pi2, shift = np.full(32, a / 32), np.full(32, b / 32), 0.0 if mirror else c / 32
    moved = mirror_numbers(u) if mirror else shift_numbers(u, shift)
    both = select_poisson(pi1, u) & select_poisson(pi2, moved)
    chances = overlap_probabilities(pi1, pi2, shift=shift, mirror=mirror)
    np.testing.assert_allclose(chances, both.mean(), atol=1e-15)
    expected = expected_overlap(pi1, pi2, shift=shift, mirror=mirror)
    assert expected.formula == "poisson"
    assert expected.cities == pytest.approx(both.sum(), abs=1e-12)


@given(COUNT, COUNT, st.data())
def test_the_mirror_has_the_least_overlap(a: int, b: int, data: st.DataObject) -> None:
    pi1, pi2 = np.array([a / 6]), np.array([b / 6])
    shift = data.draw(SHIFT)
    least = overlap_probabilities(pi1, pi2, mirror=True)[0]
    most = overlap_probabilities(pi1, pi2)[0]
    assert least - 1e-12 <= overlap_probabilities(pi1, pi2, shift=shift)[0] <= most + 1e-12


@pytest.mark.parametrize(
    ("common", "deaths", "births"), [(4, 0, 1), (3, 2, 1), (2, 1, 3), (1, 2, 2), (5, 1, 0)]
)
def test_srs_with_births_and_deaths_over_all_orders(common: int, deaths: int, births: int) -> None:
    """Cities 0.. are common, then deaths, then births; both rounds take the smallest numbers."""
    total = common + deaths + births
    old = np.arange(total) < common + deaths
    new = (np.arange(total) < common) | (np.arange(total) >= common + deaths)
    numbers = [(np.array(order) + 0.5) / total for order in permutations(range(total))]
    compared = 0
    for n1 in range(1, old.sum() + 1):
        for n2 in range(1, new.sum() + 1):
            overlap = 0
            for u in numbers:
                first, second = np.zeros(total, bool), np.zeros(total, bool)
                first[old] = select_srs(np.full(old.sum(), n1 / old.sum()), u[old])
                second[new] = select_srs(np.full(new.sum(), n2 / new.sum()), u[new])
                overlap += int((first & second).sum())
            found = srs_overlap(common, deaths, births, n1, n2)
            assert found.formula == "exact"
            assert found.cities == pytest.approx(overlap / len(numbers), abs=1e-12)
            compared += 1
    assert compared >= 9


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.25, 0.5, 0.7, 0.95])
@pytest.mark.parametrize(("N", "n1", "n2"), [(5, 2, 2), (6, 4, 3), (7, 1, 7), (4, 0, 2)])
def test_srs_with_shifted_numbers_given_the_count_below_the_start(
    N: int, n1: int, n2: int, shift: float
) -> None:
    """K of N numbers lie below 1 - shift; given K the two draws themselves have one overlap."""
    expected, start = 0.0, (1 - shift) % 1.0
    for K in range(N + 1):
        below = start * (np.arange(K) + 0.5) / max(K, 1)
        above = start + (1 - start) * (np.arange(N - K) + 0.5) / max(N - K, 1)
        u = np.concatenate([below, above])
        first = select_srs(np.full(N, n1 / N), u)
        second = select_srs(np.full(N, n2 / N), shift_numbers(u, shift))
        expected += float(binom.pmf(K, N, start)) * int((first & second).sum())
    found = srs_overlap(N, 0, 0, n1, n2, shift=shift)
    assert found.formula == "exact"
    assert found.cities == pytest.approx(expected, abs=1e-12)


def test_srs_overlap_of_the_same_cities_and_numbers_is_the_smaller_sample() -> None:
    for n1, n2 in ((20, 20), (20, 30), (60, 5)):
        assert srs_overlap(60, 0, 0, n1, n2).cities == min(n1, n2)
        assert srs_overlap(60, 0, 0, n1, n2, mirror=True).cities == max(0, n1 + n2 - 60)
    one_birth = srs_overlap(60, 0, 1, 20, 20)
    assert one_birth.cities == pytest.approx(20 - 20 / 61, abs=1e-10)  # the birth enters with chance 20/61
    shifted = srs_overlap(60, 0, 1, 20, 20, shift=0.1)
    assert shifted.formula == "poisson"
    assert shifted.cities == pytest.approx(60 * (20 / 61 - 0.1), abs=1e-12)


def test_the_exact_overlap_of_large_strata_is_found_quickly_and_stays_in_its_bounds() -> None:
    found = srs_overlap(3000, 200, 300, 320, 330)
    assert 320 * 0.85 < found.cities < 320 * 3000 / 3200
    assert srs_overlap(3000, 0, 0, 300, 300, shift=0.05).cities == pytest.approx(150, abs=1.0)


def test_srs_frequencies_agree_with_the_expected_overlap_under_a_shift() -> None:
    N, n, shift = 30, 10, 0.15
    words = np.random.Philox(key=3).random_raw(3000 * N).reshape(3000, N)
    pi = np.full(N, n / N)
    overlaps = np.array(
        [
            (select_srs(pi, u) & select_srs(pi, shift_numbers(u, shift))).sum()
            for u in words_to_uniforms(np.asarray(words, dtype=np.uint64))
        ]
    )
    expected = srs_overlap(N, 0, 0, n, n, shift=shift).cities
    z = (overlaps.mean() - expected) / (overlaps.std() / np.sqrt(3000))
    assert abs(z) < 4
    assert overlaps.size == 3000


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=10), st.floats(0.0, 1.0))
def test_a_rotation_shift_replaces_the_share_asked_for(chances: list[float], part: float) -> None:
    pi = np.array(chances)
    share = part * replaced_share(pi, 0.5)
    shift = rotation_shift(pi, share)
    assert 0.0 <= shift <= 0.5
    assert replaced_share(pi, shift) == pytest.approx(share, abs=1e-6)


def test_worked_rotation(refused: Refused) -> None:
    """n/N = 0.2: a quarter of the sample goes with a shift of 0.05; all of it with 0.2."""
    pi = np.full(100, 0.2)
    assert replaced_share(pi, 0.0) == 0.0
    assert replaced_share(pi, 0.05) == pytest.approx(0.25)
    assert rotation_shift(pi, 0.25) == 0.05
    assert rotation_shift(pi, 1.0) == 0.2
    assert rotation_shift(pi, 0.0) == 0.0
    with refused("DESIGN-COORDINATION-INVALID", "share = 0.5", "0 to 0.25"):
        rotation_shift(np.full(10, 0.8), 0.5)
    for share in (-0.1, float("nan")):
        with refused("DESIGN-COORDINATION-INVALID"):
            rotation_shift(pi, share)


def test_rotation_groups_come_back_when_the_circle_is_closed() -> None:
    """Shifts of 0, 1/4, 1/2, 3/4 at n/N = 1/4: four samples without a common city, each city once."""
    ids = [f"c{k}" for k in range(2000)]
    u = permanent_random_numbers("ROTATION", ids)
    samples = [select_poisson(np.full(2000, 0.25), shift_numbers(u, j / 4)) for j in range(4)]
    assert (np.sum(samples, axis=0) == 1).all()


def test_realised_overlap_counts_ids() -> None:
    found = realised_overlap(["a", "b", "c"], ["c", "d"])
    assert (found.both, found.only_first, found.only_second) == (1, 2, 1)
    assert realised_overlap([], ["a"]).both == 0


@pytest.mark.parametrize("shift", [-0.1, 1.0, 2.5, float("nan")])
def test_a_shift_out_of_range_is_refused(shift: float, refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "from 0 to below 1"):
        shift_numbers(np.array([0.5]), shift)
    with refused("DESIGN-VALUE-INVALID"):
        expected_overlap(np.array([0.5]), np.array([0.5]), shift=shift)
    with refused("DESIGN-VALUE-INVALID"):
        srs_overlap(5, 0, 0, 2, 2, shift=shift)


def test_what_cannot_be_coordinated_is_refused(refused: Refused) -> None:
    for method in COORDINATED:
        require_coordination(method)
    with refused("DESIGN-COORDINATION-INVALID", "'pivotal'", "'srs', 'poisson', 'pareto'"):
        require_coordination("pivotal")
    with refused("DESIGN-VALUE-INVALID", "either shifted or mirrored"):
        overlap_probabilities(np.array([0.5]), np.array([0.5]), shift=0.2, mirror=True)
    with refused("DESIGN-VALUE-INVALID", "n1 = 7 of 6"):
        srs_overlap(5, 1, 0, 7, 2)
    with refused("DESIGN-VALUE-INVALID"):
        srs_overlap(-1, 2, 2, 1, 1)
