"""Rules that share a fixed n: proportions, bounds, redistribution, published allocations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.sampling.allocate.allocation import AllocationResult, allocate_strata
from citysample.sampling.allocate.apportion import apportion
from citysample.sampling.allocate.rules import (
    Allocation,
    Equal,
    Explicit,
    Neyman,
    Optimal,
    Power,
    Proportional,
    needed_columns,
)
from citysample.sampling.allocate.summary import StrataSummary, summarise_strata

N = [3, 6, 20, 40, 60]


def summary(
    counts: Sequence[int], certain: Sequence[int] = (), **columns: Sequence[Sequence[float]]
) -> StrataSummary:
    """Strata A, B, ... with these counts; a column gives the values of each stratum's cities."""
    codes = np.repeat(np.arange(len(counts)), counts)
    taken = np.zeros(codes.size, dtype=np.bool_)
    taken[list(certain)] = True
    values = {name: np.concatenate([np.asarray(v, float) for v in parts]) for name, parts in columns.items()}
    labels = [chr(ord("A") + h) for h in range(len(counts))]
    return summarise_strata(
        codes, labels, taken, values, columns=("zone",), levels=[(label,) for label in labels]
    )


def spread(counts: Sequence[int], S: Sequence[float], mean: Sequence[float]) -> list[list[float]]:
    """Cities with exactly this standard deviation (divisor N - 1) and mean in each stratum."""
    parts = []
    for count, one, centre in zip(counts, S, mean, strict=True):
        values = np.zeros(count)
        if count > 1:
            values[:2] = one * np.sqrt((count - 1) / 2) * np.array([-1, 1])
        parts.append((values + centre).tolist())
    return parts


def n_random(result: AllocationResult) -> list[int]:
    assert result.n_random is not None
    assert result.expected.tolist() == result.n_random.tolist()
    return [int(value) for value in result.n_random]


def test_equal_proportional_and_power_with_caps() -> None:
    strata = summary(N, people=[[10.0] * count for count in N])
    assert n_random(allocate_strata(Equal(30), strata)) == [3, 6, 7, 7, 7]
    assert n_random(allocate_strata(Proportional(30), strata)) == [2, 2, 4, 9, 13]
    assert n_random(allocate_strata(Power(30, total="people", q=1.0), strata)) == [2, 2, 4, 9, 13]
    assert n_random(allocate_strata(Power(30, total="people", q=0.0), strata)) == [3, 6, 7, 7, 7]
    # Another program gives 2, 3, 6, 9, 10 for N_h to the power of one half.
    assert n_random(allocate_strata(Power(30, total="people"), strata)) == [2, 3, 6, 9, 10]


def test_certainty_cities_are_set_aside() -> None:
    strata = summary([4, 6, 10], certain=[0, 1, 4])
    assert strata.N.tolist() == [2, 5, 10]
    assert strata.n_certainty.tolist() == [2, 1, 0]
    result = allocate_strata(Proportional(12), strata)
    assert n_random(result) == [2, 2, 5]
    assert result.notes == ("n_h reaches N_h, taken whole: 'A'",)


def test_a_stratum_of_certainty_cities_only_gets_nothing() -> None:
    strata = summary([2, 6], certain=[0, 1], x=[[5.0, 9.0], [1, 2, 3, 4, 5, 6]])
    rules = (
        Equal(5),
        Proportional(5),
        Neyman(5, "x"),
        Power(5, total="x", proxy="x"),
        Optimal("x", {"A": 2.0, "B": 3.0}, n=5),
        Optimal("x", {"A": 2.0, "B": 3.0}, budget=13.5),
        Explicit({"A": 2, "B": 3}),
    )
    for rule in rules:
        assert n_random(allocate_strata(rule, strata)) == [0, 3]
    assert len(rules) == 7


def test_bounds_by_stratum() -> None:
    strata = summary([10, 10, 10])
    assert n_random(allocate_strata(Equal(12, min_per_stratum={"B": 6}), strata)) == [3, 6, 3]
    assert n_random(allocate_strata(Equal(12, max_per_stratum={"B": 2}), strata)) == [5, 2, 5]
    assert n_random(allocate_strata(Equal(12, 1, {"A": 1, "B": 1}), strata)) == [1, 1, 10]
    assert n_random(allocate_strata(Equal(9, np.int64(3), 3), strata)) == [3, 3, 3]  # type: ignore[arg-type]


def test_a_small_stratum_is_taken_whole_and_announced() -> None:
    result = allocate_strata(Proportional(8, min_per_stratum=3), summary([2, 20]))
    assert n_random(result) == [2, 6]
    assert result.notes == ("fewer cities than min_per_stratum, taken whole: 'A'",)


def test_what_varying_strata_cannot_take_goes_to_the_others_in_proportion() -> None:
    counts = [4, 10, 30]
    strata = summary(counts, x=spread(counts, [5.0, 0.0, 0.0], [1.0, 1.0, 1.0]))
    assert n_random(allocate_strata(Neyman(20, "x"), strata)) == [4, 4, 12]


def test_the_standard_deviation_of_a_constant_is_exactly_zero() -> None:
    strata = summary([7], x=[[0.1] * 7])
    assert strata.S("x").tolist() == [0.0]


def test_moments_are_those_of_numpy() -> None:
    random = np.random.default_rng(4)
    codes, taken = random.integers(0, 5, 200), random.random(200) < 0.1
    x, y = random.lognormal(3, 1, 200), random.normal(1e6, 1, 200)
    strata = summarise_strata(codes, list("ABCDE"), taken, {"x": x, "y": y})
    compared = 0
    for h in range(5):
        inside = (codes == h) & ~taken
        assert strata.N[h] == inside.sum()
        assert strata.total("x")[h] == pytest.approx(x[inside].sum(), rel=1e-13)
        assert strata.certainty_total("y")[h] == pytest.approx(y[(codes == h) & taken].sum(), rel=1e-13)
        assert strata.S2[h] == pytest.approx(np.cov(x[inside], y[inside]), rel=1e-8)
        residual = y - 2.5 * x
        assert strata.residual_variance("y", "x", 2.5)[h] == pytest.approx(residual[inside].var(ddof=1))
        compared += 5
    assert compared == 25


HOSPITALS = [215, 65, 252, 50, 149, 144]
SPREAD = [26787207.0, 10645109.0, 6909676.0, 11085034.0, 9817762.0, 44553355.0]
PRICES = [1400.0, 200.0, 300.0, 600.0, 450.0, 1000.0]


def published() -> StrataSummary:
    return summary(HOSPITALS, y=spread(HOSPITALS, SPREAD, [11664181.0] * 6))


def standard_error(n: Sequence[float]) -> float:
    """Of the mean, with fpc."""
    M, S, m = np.array(HOSPITALS), np.array(SPREAD), np.array(n)
    return float(np.sqrt((M * (M - m) * S**2 / m).sum())) / sum(HOSPITALS)


def test_published_neyman_allocation() -> None:
    """Valliant, Dever, Kreuter: vignette of PracTools on single-stage samples."""
    real = [34.641683, 4.161947, 10.473487, 3.333804, 8.798970, 38.590108]
    found = n_random(allocate_strata(Neyman(100, "y"), published()))
    assert found == [35, 4, 10, 3, 9, 39]
    assert standard_error(real) == pytest.approx(1727173, rel=1e-6)
    assert 1 <= standard_error(found) / 1727173 < 1.001


def test_published_allocation_for_a_budget() -> None:
    """The same source: costs and a budget of 100,000."""
    real = np.array([30.605403, 9.728474, 19.989127, 4.499121, 13.711619, 40.340301])
    cost = dict(zip("ABCDEF", PRICES, strict=True))
    result = allocate_strata(Optimal("y", cost, budget=100_000), published())
    assert np.abs(np.array(n_random(result)) - real).max() < 1
    assert result.cost is not None
    assert result.cost <= 100_000
    assert result.bound == 1.0
    assert standard_error(real.tolist()) == pytest.approx(1636053, rel=1e-6)
    assert 1 <= standard_error(n_random(result)) / 1636053 < 1.002


def test_published_allocation_in_a_box() -> None:
    """Wojciak: README of stratallo, 4 strata with lower and upper bounds."""
    weight = np.array([3000, 4000, 5000, 2000]) * np.array([48.0, 79.0, 76.0, 16.0])
    found = apportion(weight, 1284, np.array([100, 90, 500, 50]), np.array([300, 400, 800, 90]))
    assert np.abs(found - np.array([228.9496, 400, 604.1727, 50.8777])).max() < 1
    assert found.sum() == 1284


def test_the_cost_optimal_mix_for_a_fixed_n() -> None:
    counts, S, cost = [30, 40, 20], [4.0, 2.0, 9.0], {"A": 1.0, "B": 4.0, "C": 9.0}
    strata = summary(counts, y=spread(counts, S, [1.0] * 3))
    result = allocate_strata(Optimal("y", cost, n=22), strata)
    assert n_random(result) == [12, 4, 6]  # in proportion to 120, 40, 60
    assert result.cost == 12 * 1 + 4 * 4 + 6 * 9


def test_costs_from_a_column() -> None:
    strata = summary([3, 2], certain=[0], y=[[9.0, 1, 3], [2.0, 4]], fare=[[50.0, 10, 30], [5.0, 7]])
    result = allocate_strata(Optimal("y", "fare", n=5), strata)
    assert n_random(result) == [2, 2]
    assert result.cost == 50 + 2 * 20 + 2 * 6


def test_power_allocation_minimises_the_loss_of_bankier() -> None:
    counts = [6, 5, 7]
    random = np.random.default_rng(8)
    y = [random.lognormal(1, 0.8, count).tolist() for count in counts]
    x = [random.lognormal(3, 0.5, count).tolist() for count in counts]
    strata = summary(counts, y=y, x=x)
    compared = 0
    for q, n in product((0.0, 0.3, 0.5, 1.0), (7, 10, 13)):
        found = n_random(allocate_strata(Power(n, total="x", q=q, proxy="y"), strata))
        loss: dict[tuple[int, ...], float] = {}
        for one in product(*(range(2, count + 1) for count in counts)):
            if sum(one) == n:
                loss[one] = sum(
                    (sum(x[h]) ** q * np.std(y[h], ddof=1) / np.mean(y[h])) ** 2
                    * (1 / one[h] - 1 / counts[h])
                    for h in range(3)
                )
        assert loss[tuple(found)] == pytest.approx(min(loss.values()), rel=1e-12)
        compared += len(loss)
    assert compared > 100


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), min_size=1, max_size=6),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(4, 9)),
    st.data(),
)
def test_each_rule_keeps_n_and_the_bounds(
    shape: list[tuple[int, int]], least: int, most: int | None, data: st.DataObject
) -> None:
    counts = [count for count, _ in shape]
    values = [[float(step * k + 1) for k in range(count)] for count, step in shape]
    strata = summary(counts, y=values)
    lower = [min(least, count) for count in counts]
    upper = [count if most is None else min(most, count) for count in counts]
    n = data.draw(st.integers(sum(lower), sum(upper)))
    options: dict[str, Any] = {"min_per_stratum": least, "max_per_stratum": most}
    rules: list[Allocation] = [
        Equal(n, **options),
        Proportional(n, **options),
        Power(n, total="y", **options),
    ]
    if any(count > 1 and step for count, step in shape):
        rules += [Neyman(n, "y", **options), Optimal("y", "y", n=n, **options)]
    for rule in rules:
        found = n_random(allocate_strata(rule, strata))
        assert sum(found) == n
        assert all(low <= m <= high for low, m, high in zip(lower, found, upper, strict=True))


def test_needed_columns() -> None:
    assert needed_columns(Equal(5)) == {}
    assert list(needed_columns(Optimal("y", "fare", n=9))) == ["y", "fare"]
    assert list(needed_columns(Optimal("y", {"A": 1.0}, n=9))) == ["y"]
