"""Precision targets: optimality conditions, all whole allocations, published numbers, domains, ratios."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.allocate import bethel_integers
from citysample.sampling.allocate.allocation import allocate_strata
from citysample.sampling.allocate.bethel import cheapest
from citysample.sampling.allocate.bethel_integers import cheapest_whole
from citysample.sampling.allocate.rules import Bethel, Neyman, Target
from citysample.sampling.allocate.summary import StrataSummary, summarise_strata


def problem(seed: int, H: int, J: int, most: int, cv: float) -> tuple[FloatArray, IntArray]:
    """Loads of random strata, and their numbers of cities."""
    random = np.random.default_rng(seed)
    N = random.integers(2, most, H)
    S2 = random.lognormal(0, 1, (J, H)) ** 2 * (random.random((J, H)) < 0.9)
    total = (random.lognormal(1, 0.5, (J, H)) * N).sum(axis=1)
    limit = (random.uniform(0.5, 1.5, J) * cv * total) ** 2 + (N * S2).sum(axis=1)
    load: FloatArray = N**2 * S2 / limit[:, None]
    return load, N


@pytest.mark.parametrize("seed", range(30))
def test_the_real_optimum_meets_the_conditions_of_karush_kuhn_tucker(seed: int) -> None:
    load, N = problem(seed, 4 + seed, 1 + seed % 7, 150, 0.06)
    cost = np.random.default_rng(seed).lognormal(0, 0.7, N.size) if seed % 2 else np.ones(N.size)
    lower, upper = np.minimum(2.0, N), N.astype(float)
    found = cheapest(load, cost, lower, upper)
    reached = (load / found.n).sum(axis=1)
    assert (reached <= 1 + 1e-9).all()
    assert (found.multipliers >= 0).all()
    # A target with a multiplier is just reached.
    assert found.multipliers * (1 - reached) == pytest.approx(0, abs=1e-6 * found.cost)
    # The derivative of the Lagrange function is 0 inside the bounds and points outwards at them.
    slope = (cost - (found.multipliers[:, None] * load).sum(axis=0) / found.n**2) / cost
    inside = (found.n > lower * (1 + 1e-6)) & (found.n < upper * (1 - 1e-6))
    assert slope[inside] == pytest.approx(0, abs=1e-4)
    free = lower < upper
    assert (slope[free & (found.n <= lower)] >= -1e-4).all()
    assert (slope[free & (found.n >= upper)] <= 1e-4).all()
    assert found.bound <= found.cost <= found.bound * (1 + 1e-8)


def test_published_cost_minimum_for_a_target_cv() -> None:
    """Valliant, Dever, Kreuter: vignette of PracTools, CV of 0.05 with costs."""
    N = np.array([215, 65, 252, 50, 149, 144])
    S = np.array([26787207.0, 10645109.0, 6909676.0, 11085034.0, 9817762.0, 44553355.0])
    cost = np.array([1400.0, 200.0, 300.0, 600.0, 450.0, 1000.0])
    limit = (0.05 * 11664181 * N.sum()) ** 2 + (N * S**2).sum()
    load = (N**2 * S**2 / limit)[None, :]
    found = cheapest(load, cost, np.full(6, 2.0), N.astype(float))
    real = [104.54922, 33.23283, 68.28362, 15.36917, 46.83941, 137.80400]
    assert found.n == pytest.approx(real, rel=1e-6)
    whole = cheapest_whole(load, cost, np.full(6, 2), N)
    assert np.abs(whole.n - np.array(real)).max() < 2
    assert found.cost <= whole.cost < found.cost + cost.min()


def test_published_cost_minimum_with_upper_bounds() -> None:
    """Wojciak: README of stratallo, minimum cost for a variance of 10^6."""
    weight, cost = np.array([3000.0, 4000.0, 5000.0, 2000.0]), np.array([0.5, 0.6, 0.6, 0.3])
    load = (weight**2 / (1e6 + 70000))[None, :]
    found = cheapest(load, cost, np.full(4, 1.0), np.array([100.0, 90.0, 70.0, 80.0]))
    assert found.n == pytest.approx([40.39682, 49.16944, 61.46181, 34.76805], rel=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 3), st.floats(0.05, 0.5), st.booleans())
def test_no_whole_allocation_that_reaches_the_targets_is_cheaper(
    seed: int, H: int, J: int, cv: float, dear: bool
) -> None:
    load, N = problem(seed, H, J, 9, cv)
    cost = np.random.default_rng(seed).integers(1, 6, H).astype(float) if dear else np.ones(H)
    lower = np.minimum(2, N)
    found = cheapest_whole(load, cost, lower, N)
    every = np.array(list(product(*(range(low, high + 1) for low, high in zip(lower, N, strict=True)))))
    reached = every[((load[None] / every[:, None, :]).sum(axis=2) <= 1 + 1e-12).all(axis=1)]
    assert len(reached) >= 1
    assert found.n.tolist() in reached.tolist()
    assert found.cost == cost @ found.n == (reached @ cost).min()
    assert found.bound == found.cost


def test_costs_that_are_not_whole_numbers() -> None:
    compared = 0
    for seed in range(25):
        load, N = problem(seed, 4, 2, 9, 0.2)
        cost = np.random.default_rng(seed).lognormal(0, 1, 4)
        lower = np.minimum(2, N)
        found = cheapest_whole(load, cost, lower, N)
        every = np.array(list(product(*(range(low, high + 1) for low, high in zip(lower, N, strict=True)))))
        reached = every[((load[None] / every[:, None, :]).sum(axis=2) <= 1 + 1e-12).all(axis=1)]
        assert found.cost == pytest.approx((reached @ cost).min(), rel=1e-9)
        compared += len(reached)
    assert compared > 500


def test_many_strata_and_targets_are_near_the_bound() -> None:
    proved = 0
    for seed in (1, 2, 3, 5):
        load, N = problem(seed, 30, 5, 100, 0.05)
        found = cheapest_whole(load, np.ones(30), np.minimum(2, N), N)
        assert ((load / found.n).sum(axis=1) <= 1 + 1e-12).all()
        assert found.real.cost <= found.bound <= found.cost <= found.bound + 2
        proved += found.bound == found.cost
    assert proved >= 3


def test_a_search_that_gives_up_returns_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    load, N = problem(3, 30, 4, 100, 0.05)
    cost = np.random.default_rng(3).lognormal(0, 1, 30)
    monkeypatch.setattr(bethel_integers, "MOST_NODES", 10)
    found = cheapest_whole(load, cost, np.minimum(2, N), N)
    assert found.real.bound == found.bound < found.cost < found.bound * 1.05
    assert ((load / found.n).sum(axis=1) <= 1 + 1e-12).all()


def country(seed: int = 6) -> StrataSummary:
    random = np.random.default_rng(seed)
    counts = [12, 20, 9, 30, 16, 5]
    codes = np.repeat(np.arange(6), counts)
    levels = [(zone, size) for zone in ("North", "South") for size in ("large", "middle", "small")]
    people = random.lognormal(3, 0.6, codes.size)
    built = people * random.uniform(0.1, 0.4, codes.size)
    taken = np.zeros(codes.size, dtype=np.bool_)
    taken[[0, 41]] = True
    labels = [" / ".join(level) for level in levels]
    columns = {"people": people, "built": built}
    return summarise_strata(codes, labels, taken, columns, columns=("zone", "size"), levels=levels)


def test_targets_for_the_country_for_zones_and_for_a_ratio() -> None:
    strata = country()
    targets = [
        Target("people", 0.05),
        Target("built", 0.1, by="zone"),
        Target("built", 0.06, over="people"),
        Target("built", 0.15, over="people", by="size"),
    ]
    result = allocate_strata(Bethel(targets), strata)
    assert result.n_random is not None
    assert [name for name, _, _ in result.cv] == [
        "'people'",
        "'built' in zone 'North'",
        "'built' in zone 'South'",
        "'built' over 'people'",
        "'built' over 'people' in size 'large'",
        "'built' over 'people' in size 'middle'",
        "'built' over 'people' in size 'small'",
    ]
    assert all(reached <= cv * (1 + 1e-12) for _, cv, reached in result.cv)
    assert any(reached > 0.95 * cv for _, cv, reached in result.cv)
    assert result.cost == result.n_random.sum() + 2
    for h in range(6):  # no city can be spared
        fewer = result.n_random.copy()
        fewer[h] -= 1
        if fewer[h] >= 2:
            with np.errstate(invalid="ignore"):
                missed = [cv for name, cv, _ in result.cv if cv_by_hand(strata, name, fewer) > cv]
            assert missed


def cv_by_hand(strata: StrataSummary, name: str, n: IntArray) -> float:
    """The CV of a figure of ``country()``, city by city totals and variances from scratch."""
    words = name.replace("'", "").split(" in ")
    figure = words[0].split(" over ")
    inside = np.ones(6, dtype=np.bool_)
    if len(words) > 1:
        level = words[1].split()[1]
        inside = np.array([level in one for one in strata.levels])
    j = strata.names.index(figure[0])
    whole = strata.totals + strata.certainty_totals
    total = whole[inside, j].sum()
    S2 = strata.S2[:, j, j]
    if len(figure) > 1:
        i = strata.names.index(figure[1])
        R = total / whole[inside, i].sum()
        S2 = S2 - 2 * R * strata.S2[:, j, i] + R**2 * strata.S2[:, i, i]
    variance = (strata.N**2 * (1 / n - 1 / strata.N) * S2)[inside].sum()
    return float(np.sqrt(variance) / total)


def test_the_cvs_are_those_computed_by_hand() -> None:
    strata = country(9)
    targets = [
        Target("people", 0.06),
        Target("built", 0.2, by="zone"),
        Target("built", 0.1, over="people", by="size"),
    ]
    result = allocate_strata(Bethel(targets, cost=dict.fromkeys(strata.labels, 2.5)), strata)
    assert result.n_random is not None
    for name, _, reached in result.cv:
        assert reached == pytest.approx(cv_by_hand(strata, name, result.n_random), rel=1e-9)
    assert len(result.cv) == 6


def test_one_target_with_equal_costs_is_the_smallest_neyman_allocation() -> None:
    strata = country(2)
    result = allocate_strata(Bethel([Target("people", 0.04)]), strata)
    assert result.n_random is not None
    n = int(result.n_random.sum()) + 2
    whole = float((strata.total("people") + strata.certainty_total("people")).sum())

    def cv(n: int) -> float:
        m = allocate_strata(Neyman(n, "people"), strata).n_random
        assert m is not None
        return float(np.sqrt((strata.N * (strata.N - m) * strata.S("people") ** 2 / m).sum())) / whole

    assert cv(n) <= 0.04 < cv(n - 1)


def test_a_proportional_ratio_has_no_variance() -> None:
    codes = np.repeat([0, 1], 5)
    x = np.arange(1.0, 11.0)
    strata = summarise_strata(codes, ["A", "B"], np.zeros(10, dtype=np.bool_), {"x": x, "y": 0.3 * x})
    result = allocate_strata(Bethel([Target("y", 0.01, over="x")]), strata)
    assert result.n_random is not None
    assert result.n_random.tolist() == [2, 2]
    assert result.cv[0][2] == 0


def test_a_take_all_country() -> None:
    codes = np.zeros(3, dtype=np.int64)
    strata = summarise_strata(codes, ["all"], np.ones(3, dtype=np.bool_), {"x": np.array([1.0, 2.0, 3.0])})
    result = allocate_strata(Bethel([Target("x", 0.01)]), strata)
    assert result.n_random is not None
    assert result.n_random.tolist() == [0]
    assert result.cost == 3


def test_a_hard_target_takes_all_cities() -> None:
    strata = country()
    result = allocate_strata(Bethel([Target("people", 1e-9)]), strata)
    assert result.n_random is not None
    assert result.n_random.tolist() == strata.N.tolist()
    assert result.cv[0][2] == 0
