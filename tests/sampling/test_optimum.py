"""Optimal size classes: the same as an exhaustive search; the bound is below every division."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.errors import CitySampleError
from citysample.reference_frames.classes import class_codes, quantile_bounds
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.allocate.apportion import apportion
from citysample.sampling.stratify import search
from citysample.sampling.stratify.anticipated import residual_variances, sort_target
from citysample.sampling.stratify.boundaries import cumulative_root_frequency, geometric
from citysample.sampling.stratify.optimum import Optimum, optimum, take_none_bound

Refused = Callable[..., AbstractContextManager[None]]


def skew(N: int, seed: int, *, ties: bool) -> FloatArray:
    """Log-normal sizes; with ties only about N / 2 of them are different."""
    rng = np.random.default_rng(seed)
    x = np.round(np.exp(rng.normal(6, 1.2, N)), 1)
    return np.sort(x[rng.integers(0, N, N)] if ties else x)


def answer(x: FloatArray, classes: int, n: int, **options: Any) -> Optimum | str:
    """The optimum, or the code of its refusal."""
    try:
        return optimum(x, classes, n, **options)
    except CitySampleError as error:
        return error.code


def divisions(x: FloatArray, classes: int) -> Iterator[list[FloatArray]]:
    """All divisions of the sizes into consecutive classes; equal sizes stay together."""
    steps = [k for k in range(1, x.size) if x[k] > x[k - 1]]
    for inner in combinations(steps, classes - 1):
        yield [x[a:b] for a, b in pairwise([0, *inner, x.size])]


def noise_of(part: FloatArray, x: FloatArray, r2: float, gamma: float) -> float:
    """Mean residual variance in a class, from the definition of r2."""
    scale = x.var(ddof=1) * (1 / r2 - 1) / np.mean(x ** (2 * gamma))
    return float(np.mean(scale * part ** (2 * gamma)))


def variance_of(part: FloatArray, x: FloatArray, r2: float, gamma: float) -> float:
    return float(part.var(ddof=1)) + noise_of(part, x, r2, gamma) if part.size > 1 else 0.0


def least_neyman(
    x: FloatArray, sampled: FloatArray, classes: int, n: int, r2: float, gamma: float, take_all: bool
) -> float:
    """The smallest variance over all divisions and all whole n_h; infinite if none fits."""
    best = np.inf
    for parts in divisions(sampled, classes):
        S2 = [variance_of(part, x, r2, gamma) for part in parts]
        ranges = [range(min(2, part.size), min(part.size, n) + 1) for part in parts]
        if take_all:
            ranges[-1] = range(parts[-1].size, parts[-1].size + 1)
        for head in product(*ranges[:-1]):
            last = n - sum(head)
            if last in ranges[-1]:
                sizes = (*head, last)
                cost = sum(
                    part.size**2 * s2 * (1 / m - 1 / part.size)
                    for part, s2, m in zip(parts, S2, sizes, strict=True)
                )
                best = min(best, cost)
    return best


def least_proportional(
    x: FloatArray, sampled: FloatArray, classes: int, n: int, r2: float, gamma: float, take_all: bool
) -> float:
    best = np.inf
    for parts in divisions(sampled, classes):
        some = parts[:-1] if take_all else parts
        N = sum(part.size for part in some)
        rest = n - (parts[-1].size if take_all else 0)
        if rest < 1 or any(rest * part.size < 2 * N for part in some):
            continue
        cost = (N / rest - 1) * sum(part.size * variance_of(part, x, r2, gamma) for part in some)
        best = min(best, cost)
    return best


LEAST = {"neyman": least_neyman, "proportional": least_proportional}
CASES = [
    (N, classes, seed, ties, take_all)
    for N, classes in ((6, 2), (9, 3), (12, 4), (17, 3), (24, 3))
    for seed in range(4)
    for ties in (False, True)
    for take_all in (False, True)
]


@pytest.mark.parametrize("allocation", ["neyman", "proportional"])
@pytest.mark.parametrize("take_none", [0.0, 0.15])
def test_the_optimum_is_that_of_an_exhaustive_search(allocation: str, take_none: float) -> None:
    compared = refused = 0
    for N, classes, seed, ties, take_all in CASES:
        x = skew(N, seed, ties=ties)
        n = classes + 2 + seed * (N - classes - 3) // 6
        r2, gamma = (1.0, 0.5, 0.9, 0.7)[seed], (0.0, 0.5, 1.0, 0.75)[seed]
        strata = classes if not take_none or classes == 2 else classes - 1
        sampled = x
        if take_none and classes > 2:
            share = np.cumsum(x) / x.sum()
            sampled = x[[share[x <= value].max() > take_none for value in x]]
        expected = LEAST[allocation](x, sampled, strata, n, r2, gamma, take_all)
        share_out = take_none if classes > 2 else 0.0
        found = answer(
            x,
            classes,
            n,
            r2=r2,
            gamma=gamma,
            allocation=allocation,
            take_all=take_all,
            take_none=share_out,
        )
        if isinstance(found, str):
            assert found in {"DESIGN-N-IMPOSSIBLE", "FRAME-CLASSES-INVALID", "DESIGN-VALUE-INVALID"}
            assert not np.isfinite(expected) or n >= sampled.size or sampled.size == N
            refused += 1
            continue
        assert found.objective == pytest.approx(expected, rel=1e-9, abs=1e-9 * x.var() * N)
        assert found.gap == 0
        check_consistent(found, x, n, r2, gamma, take_all)
        compared += 1
    assert compared >= 45
    assert compared + refused == len(CASES)


def check_consistent(found: Optimum, x: FloatArray, n: int, r2: float, gamma: float, take_all: bool) -> None:
    """Counts, sample sizes and variance of the result, computed again from its bounds."""
    codes = class_codes(x, list(found.bounds))
    parts = [x[codes == h] for h in range(len(found.bounds) + 1)]
    assert found.N.tolist() == [part.size for part in parts]
    assert found.n.sum() == n
    assert (found.n <= found.N).all()
    sampled = found.n > 0
    assert (found.n[sampled] >= np.minimum(2, found.N[sampled])).all()
    if take_all:
        assert found.n[-1] == found.N[-1]
    variance = sum(
        part.size**2 * variance_of(part, x, r2, gamma) * (1 / m - 1 / part.size)
        for part, m in zip(parts, found.n.tolist(), strict=True)
        if m
    )
    assert found.variance == pytest.approx(variance, rel=1e-9, abs=1e-9 * x.var() * x.size)
    assert found.cv == pytest.approx(np.sqrt(found.variance) / x.sum())
    left_out = sum(float(part.sum()) for part, m in zip(parts, found.n.tolist(), strict=True) if not m)
    assert found.left_out == pytest.approx(left_out / x.sum())


def test_a_narrowed_search_reports_a_bound_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = near = 0
    for seed in range(60):
        x = skew(14, seed, ties=False)
        best = least_neyman(x, x, 4, 9, 1.0, 0.75, take_all=False)
        for work in (0, 60, 300):
            monkeypatch.setattr(search, "WORK", work)
            found = optimum(x, 4, 9, r2=1.0)
            assert found.lower_bound <= best * (1 + 1e-9)
            assert best * (1 - 1e-9) <= found.objective <= best * 1.5
            assert ("near-optimal" in found.note) == (found.gap > 0)
            if found.gap == 0:
                assert found.objective == pytest.approx(best, rel=1e-9)
            near += found.gap > 0
            compared += 1
    assert compared == 180
    assert near >= 15


def test_the_least_sum_of_spreads_is_not_the_optimum() -> None:
    """Neyman's formula without whole n_h, caps and fpc is the sum of N_h S_h; its best division is worse."""
    worse = []
    for seed in range(10):
        x = skew(20, seed, ties=False)
        plain = min(
            divisions(x, 4),
            key=lambda parts: sum(part.size * np.sqrt(variance_of(part, x, 0.9, 0.75)) for part in parts),
        )
        bounds = [float(part[0]) for part in plain[1:]]
        found = optimum(x, 4, 10, r2=0.9)
        worse.append(tuple(bounds) != found.bounds)
    assert sum(worse) >= 5


@st.composite
def sizes(draw: st.DrawFn) -> FloatArray:
    values = draw(st.lists(st.integers(0, 10**7), min_size=8, max_size=40))
    return np.array(values, dtype=np.float64)


@given(
    sizes(), st.integers(2, 5), st.integers(1, 20), st.booleans(), st.sampled_from(["neyman", "proportional"])
)
def test_any_sizes_are_divided_or_refused(
    x: FloatArray, classes: int, n: int, take_all: bool, allocation: str
) -> None:
    found = answer(x, classes, n, r2=0.7, take_all=take_all, allocation=allocation)
    if isinstance(found, str):
        assert found in {"DESIGN-N-IMPOSSIBLE", "FRAME-CLASSES-INVALID", "FRAME-VALUE-INVALID"}
        return
    check_consistent(found, x, n, 0.7, 0.75, take_all)
    assert found.lower_bound <= found.objective * (1 + 1e-9)
    assert found.gap == 0


@given(sizes(), st.permutations(range(8)), st.sampled_from([0.001, 7.0, 1e6]))
def test_order_and_unit_do_not_matter(x: FloatArray, order: list[int], unit: float) -> None:
    x = x[:8] + 1.0
    found = answer(x, 3, 5, r2=0.6)
    if isinstance(found, str):
        return
    moved = optimum(unit * x[order], 3, 5, r2=0.6)
    assert moved.objective == pytest.approx(unit**2 * found.objective, rel=1e-9)
    assert moved.cv == pytest.approx(found.cv, rel=1e-9)


def test_a_national_frame_is_solved_exactly() -> None:
    rng = np.random.default_rng(5)
    x = np.exp(rng.normal(10, 1.3, 300)).round().astype(np.float64)
    found = optimum(x, 5, 60, r2=0.8)
    assert found.gap == 0
    assert found.n.sum() == 60
    compared = 0
    for bounds in (
        quantile_bounds(x, 5),
        geometric(x, 5),
        cumulative_root_frequency(x, 5, bins=200),
        [bound * 1.05 for bound in found.bounds],
        [bound * 0.95 for bound in found.bounds],
    ):
        parts = [x[class_codes(x, bounds) == h] for h in range(5)]
        N = np.array([part.size for part in parts])
        S2 = np.array([variance_of(part, x, 0.8, 0.75) for part in parts])
        n = apportion(N * np.sqrt(S2), 60, np.minimum(2, N), N)
        assert (N**2 * S2 * (1 / n - 1 / N)).sum() > found.variance
        compared += 1
    assert compared == 5


@given(sizes(), st.floats(0.05, 1.0), st.floats(0.0, 2.0))
def test_residual_variances_have_the_squared_correlation_asked_for(
    x: FloatArray, r2: float, gamma: float
) -> None:
    x = x + 1.0
    noise = residual_variances(x, r2=r2, gamma=gamma)
    explained = x.var(ddof=1)
    if explained > 0:
        assert explained / (explained + noise.mean()) == pytest.approx(r2, rel=1e-9)
    given_sigma = residual_variances(x, sigma=0.3, gamma=gamma)
    assert given_sigma == pytest.approx((0.3 * x**gamma) ** 2, rel=1e-9)


@given(sizes(), st.integers(0, 7))
def test_variances_of_strata_are_those_of_numpy(x: FloatArray, start: int) -> None:
    target = sort_target(x, residual_variances(x, sigma=2.0, gamma=0.5))
    start = min(start, target.values.size - 1)
    N, S2 = target.strata_from(start)
    compared = 0
    for j in range(N.size):
        part = x[(x >= target.values[start]) & (x <= target.values[start + j])]
        assert N[j] == part.size
        if part.size > 1:
            assert S2[j] == pytest.approx(part.var(ddof=1) + 4.0 * part.mean(), rel=1e-9)
            compared += 1
    assert compared >= N.size - 1


def test_take_none_leaves_out_the_most_cities_within_the_share() -> None:
    x = np.array([1.0, 1.0, 3.0, 5.0, 10.0])
    assert [take_none_bound(x, share) for share in (0.1, 0.2, 0.25, 0.5, 0.99)] == [3.0, 3.0, 5.0, 10.0, 10.0]


def test_refusals(refused: Refused) -> None:
    x = np.arange(1.0, 21.0)
    with refused("DESIGN-VALUE-INVALID", "neither r2 nor sigma"):
        optimum(x, 3, 8)
    with refused("DESIGN-VALUE-INVALID", "r2 = 0"):
        optimum(x, 3, 8, r2=0)
    with refused("DESIGN-VALUE-INVALID", "gamma"):
        optimum(x, 3, 8, r2=0.5, gamma=float("nan"))
    with refused("DESIGN-VALUE-INVALID", "neymann", "Did you mean 'neyman'"):
        optimum(x, 3, 8, r2=0.5, allocation="neymann")
    with refused("DESIGN-VALUE-INVALID", "take_none = 1"):
        optimum(x, 3, 8, r2=0.5, take_none=1)
    with refused("DESIGN-VALUE-INVALID", "smallest cities, 0.0047619"):
        optimum(x, 3, 8, r2=0.5, take_none=0.001)
    with refused("DESIGN-VALUE-INVALID", "different sizes"):
        take_none_bound(np.zeros(3), 0.1)
    with refused("DESIGN-VALUE-INVALID", "3 or more"):
        optimum(x, 2, 8, r2=0.5, take_none=0.1, take_all=True)
    with refused("DESIGN-N-IMPOSSIBLE", "n below 20"):
        optimum(x, 3, 20, r2=0.5)
    with refused("DESIGN-N-IMPOSSIBLE", "at least 4 cities"):
        optimum(np.repeat([1.0, 2.0, 3.0], 5)[:14], 2, 3, r2=0.5)
    with refused("DESIGN-N-IMPOSSIBLE", "n N_h / N"):
        optimum(np.repeat([1.0, 2.0, 3.0], [30, 5, 1]), 3, 6, r2=0.5, allocation="proportional")
    with refused("DESIGN-N-IMPOSSIBLE", "taken whole (9 or more cities)"):
        optimum(np.repeat([1.0, 2.0, 3.0], 9), 3, 8, r2=0.5, take_all=True)
    with refused("FRAME-CLASSES-INVALID", "2 different sizes"):
        optimum(np.repeat([1.0, 2.0], 9), 3, 8, r2=0.5)
    with refused("FRAME-VALUE-INVALID", "0 or more"):
        optimum(np.array([-1.0, 2.0, 3.0, 4.0]), 2, 3, r2=0.5)
    with refused("DESIGN-VALUE-INVALID", "classes = 2.5"):
        optimum(x, 2.5, 8, r2=0.5)  # type: ignore[arg-type]
