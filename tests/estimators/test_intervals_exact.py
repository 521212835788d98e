"""The exact interval of a number of cities: coverage by enumeration, and second implementations."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from citysample.estimators.intervals import exact
from citysample.estimators.intervals.exact import CityCounts, exact_interval, hypergeometric_table

Refused = Callable[..., AbstractContextManager[None]]

SMALL = [(N, n) for N in range(1, 13) for n in range(1, N + 1)]
LEVELS = (0.8, 0.9, 0.95, 0.99)

STRATA = [
    ((5, 7), (2, 3)),
    ((3, 8), (1, 4)),
    ((4, 4), (2, 2)),
    ((1, 9), (1, 3)),
    ((3, 4, 5), (1, 2, 2)),
    ((2, 6, 4), (2, 3, 1)),
    ((3, 3, 3), (2, 2, 2)),
]


def limits(
    N: Sequence[int],
    n: Sequence[int],
    k: Sequence[Sequence[int]],
    level: float,
    free: list[list[int]] | None = None,
) -> list[tuple[int, int]]:
    opened = None if free is None else np.array(free)
    counts = CityCounts(np.array(N), np.array(n), np.array(k), np.ones(len(k)), opened)
    lower, upper = exact_interval(counts, level)
    return [(int(a), int(b)) for a, b in zip(lower, upper, strict=True)]


def chance(N: int, n: int, K: int, k: int) -> Fraction:
    return Fraction(math.comb(K, k) * math.comb(N - K, n - k), math.comb(N, n)) if n - k >= 0 else Fraction(0)


def splits(N: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(size + 1) for size in N))


@pytest.mark.parametrize("level", LEVELS)
def test_one_stratum_covers_at_least_as_often_as_it_says(level: float) -> None:
    checked = 0
    for N, n in SMALL:
        found = limits([N], [n], [[k] for k in range(n + 1)], level)
        for K in range(N + 1):
            covered = sum(chance(N, n, K, k) for k, (low, high) in enumerate(found) if low <= K <= high)
            assert covered >= level - 1e-12, (N, n, K)
            checked += 1
    assert checked == sum(N + 1 for N, _ in SMALL) == 728


@pytest.mark.parametrize("level", LEVELS)
def test_one_stratum_is_the_inverted_test(level: float) -> None:
    tail, checked = (1.0 - level) / 2.0, 0
    for N, n in [*SMALL, (92, 20), (2896, 100)]:
        ks = range(n + 1) if N <= 12 else (0, 1, 3, n // 2, n)
        K = np.arange(N + 1)
        for k, (low, high) in zip(ks, limits([N], [n], [[k] for k in ks], level), strict=True):
            possible = np.isin(K, range(k, N - n + k + 1))
            at_least, at_most = stats.hypergeom.sf(k - 1, N, K, n), stats.hypergeom.cdf(k, N, K, n)
            assert low == K[possible & (at_least >= tail * (1 - 1e-9))].min(), (N, n, k)
            assert high == K[possible & (at_most >= tail * (1 - 1e-9))].max(), (N, n, k)
            assert low <= N * k / n <= high
            assert limits([N], [n], [[n - k]], level) == [(N - high, N - low)]
            checked += 1
    assert checked == sum(n + 1 for _, n in SMALL) + 10


def test_a_tail_of_exactly_half_alpha_is_kept() -> None:
    # One city of 40, drawn, with the attribute: P(k = 1 | K = 1) = 1/40 = 0.025.
    assert limits([40], [1], [[1], [0]], 0.95) == [(1, 40), (0, 39)]


@pytest.mark.parametrize(("N", "n"), STRATA)
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_several_strata_cover_at_least_as_often_as_they_say(
    N: tuple[int, ...], n: tuple[int, ...], level: float
) -> None:
    samples = list(splits(n))
    found = dict(zip(samples, limits(N, n, samples, level), strict=True))
    checked = 0
    for K in splits(N):
        covered = Fraction(0)
        for k, (low, high) in found.items():
            if low <= sum(K) <= high:
                covered += math.prod(chance(*numbers) for numbers in zip(N, n, K, k, strict=True))
        assert covered >= level - 1e-12, K
        checked += 1
    assert checked == math.prod(size + 1 for size in N)
    for k, (low, high) in found.items():
        estimate = sum(size * seen / drawn for size, drawn, seen in zip(N, n, k, strict=True))
        assert low <= estimate <= high, k


@pytest.mark.parametrize(("N", "n"), STRATA)
def test_several_strata_are_the_inverted_test_in_plain_loops(N: tuple[int, ...], n: tuple[int, ...]) -> None:
    def estimate(k: Sequence[int]) -> Fraction:
        return sum(
            (Fraction(size * seen, drawn) for size, drawn, seen in zip(N, n, k, strict=True)), Fraction(0)
        )

    samples, alpha = list(splits(n)), Fraction(1, 10)
    for k, found in zip(samples, limits(N, n, samples, 0.9), strict=True):
        kept: list[list[int]] = [[], []]
        for K in splits(N):
            if any(not (a <= b <= size - m + a) for a, b, size, m in zip(k, K, N, n, strict=True)):
                continue
            at_least = at_most = Fraction(0)
            for other in samples:
                weight = math.prod(chance(*numbers) for numbers in zip(N, n, K, other, strict=True))
                at_least += weight if estimate(other) >= estimate(k) else 0
                at_most += weight if estimate(other) <= estimate(k) else 0
            if at_least >= alpha / 2:
                kept[0].append(sum(K))
            if at_most >= alpha / 2:
                kept[1].append(sum(K))
        assert found == (min(kept[0]), max(kept[1])), k
    assert len(samples) >= 8


def test_a_domain_whose_cities_are_known_covers_and_is_shorter() -> None:
    """Eight cities, four of them in the domain: who lies in the domain is known for all."""
    N, D, n, level = 8, 4, 3, 0.9
    samples = [
        (k, j) for k in range(n + 1) for j in range(n + 1 - k) if k + j <= D
    ]  # with it; in D without it
    free = [[D - k - j] for k, j in samples]
    found = dict(zip(samples, limits([N], [n], [[k] for k, _ in samples], level, free), strict=True))
    for K in range(D + 1):
        total = covered = Fraction(0)
        for (k, j), (low, high) in found.items():
            ways = math.comb(K, k) * math.comb(D - K, j) * math.comb(N - D, n - k - j)
            weight = Fraction(ways, math.comb(N, n))
            total += weight
            covered += weight if low <= K <= high else 0
        assert total == 1
        assert covered >= level
    everywhere = dict(zip(samples, limits([N], [n], [[k] for k, _ in samples], level), strict=True))
    assert all(high <= everywhere[sample][1] for sample, (_, high) in found.items())
    assert any(high < everywhere[sample][1] for sample, (_, high) in found.items())
    assert found[0, 3] == (0, 1)


def test_strata_that_are_known_add_their_number() -> None:
    alone = limits([12, 9], [4, 3], [[1, 2], [0, 0], [4, 3]], 0.95)
    more = limits([3, 12, 9, 1], [3, 4, 3, 1], [[2, 1, 2, 1], [0, 0, 0, 0], [3, 4, 3, 1]], 0.95)
    assert more == [(low + add, high + add) for (low, high), add in zip(alone, (3, 0, 4), strict=True)]
    assert limits([3, 1], [3, 1], [[2, 1]], 0.95) == [(3, 3)]


def test_a_share_of_cities_is_the_number_over_all_cities() -> None:
    N, n, k = np.array([40, 12]), np.array([10, 4]), np.array([[3, 1], [3, 1], [0, 0]])
    lower, upper = exact_interval(CityCounts(N, n, k, np.array([1.0, 1 / 52, 1 / 52])), 0.95)
    assert (lower[1], upper[1]) == pytest.approx((lower[0] / 52, upper[0] / 52), rel=1e-15)
    assert lower[2] == 0.0
    assert 0.0 < upper[2] < 0.5


def test_a_higher_level_is_never_shorter() -> None:
    k = list(splits((3, 4)))
    found = [limits([9, 11], [3, 4], k, level) for level in (0.5, 0.8, 0.9, 0.95, 0.99)]
    for narrow, wide in itertools.pairwise(found):
        assert all(b[0] <= a[0] and a[1] <= b[1] for a, b in zip(narrow, wide, strict=True))
    assert found[0] != found[-1]


def test_the_table_is_the_hypergeometric_distribution() -> None:
    for N, n in [(1, 1), (7, 3), (60, 25), (3000, 40)]:
        K = np.unique(np.linspace(0, N, 30).astype(np.int64))
        expected = stats.hypergeom.pmf(np.arange(n + 1), N, K[:, None], n)
        assert hypergeometric_table(N, n, K) == pytest.approx(expected, rel=1e-8, abs=1e-15)


def test_strata_that_are_too_many_are_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    with refused("ESTIMATE-EXACT-TOO-LARGE", "12 strata", "5000000 cells", "wilson"):
        limits([40] * 12, [10] * 12, [[2] * 12], 0.95)
    # A common multiple of the n_h that does not fit into whole numbers.
    primes = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149]
    monkeypatch.setattr(exact, "LARGEST_TABLE", 10**40)
    with refused("ESTIMATE-EXACT-TOO-LARGE"):
        limits([prime + 1 for prime in primes], primes, [[1] * 10], 0.95)


@pytest.mark.parametrize(
    ("N", "n", "k", "free"),
    [
        ([5], [6], [[1]], None),
        ([5], [0], [[0]], None),
        ([5], [2], [[3]], None),
        ([5], [2], [[-1]], None),
        ([5], [2], [[1]], [[4]]),
        ([5], [2], [[1]], [[-1]]),
        ([5, 5], [2], [[1]], None),
        ([5], [2], [[1]], [[1], [1]]),
    ],
)
def test_numbers_that_contradict_each_other(
    refused: Refused, N: list[int], n: list[int], k: list[list[int]], free: list[list[int]] | None
) -> None:
    with refused("ESTIMATE-COUNTS-INVALID"):
        limits(N, n, k, 0.95, free)
