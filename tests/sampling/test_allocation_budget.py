"""A budget in whole cities: no affordable allocation is better, compared with all of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.sampling.allocate import budget as budget_module
from citysample.sampling.allocate.budget import spend

Problem = tuple[list[int], list[int], Fraction, list[int], list[int]]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Weights, whole costs, budget and bounds of up to four strata."""
    H = draw(st.integers(1, 4))
    weight = draw(st.lists(st.integers(0, 60), min_size=H, max_size=H))
    cost = draw(st.lists(st.integers(1, 9), min_size=H, max_size=H))
    lower = draw(st.lists(st.integers(1, 3), min_size=H, max_size=H))
    upper = [low + draw(st.integers(0, 5)) for low in lower]
    least = sum(c * low for c, low in zip(cost, lower, strict=True))
    extra = draw(st.fractions(0, sum(c * (u - low) for c, u, low in zip(cost, upper, lower, strict=True))))
    return weight, cost, least + extra.limit_denominator(8), lower, upper


def value(weight: list[int], n: tuple[int, ...]) -> Fraction:
    return sum((Fraction(a * a, m) for a, m in zip(weight, n, strict=True)), Fraction(0))


@given(problems())
def test_no_affordable_allocation_is_better(problem: Problem) -> None:
    weight, cost, budget, lower, upper = problem
    found = spend(
        np.array(weight, float), np.array(cost, float), float(budget), np.array(lower), np.array(upper)
    )
    every = [
        n
        for n in product(*(range(low, high + 1) for low, high in zip(lower, upper, strict=True)))
        if sum(c * m for c, m in zip(cost, n, strict=True)) <= budget
    ]
    n = tuple(int(m) for m in found.n)
    assert n in every
    assert value(weight, n) == min(value(weight, one) for one in every)
    assert found.bound == found.value == pytest.approx(float(value(weight, n)), rel=1e-12)
    assert len(every) >= 1


def test_costs_that_are_not_whole_and_unequal_by_orders_of_magnitude() -> None:
    random = np.random.default_rng(5)
    compared = 0
    for _ in range(40):
        weight = random.lognormal(2, 2, 4)
        cost = random.lognormal(0, 3, 4)
        lower, upper = np.full(4, 1), random.integers(2, 8, 4)
        budget = float(cost @ lower + random.random() * (cost @ (upper - lower)))
        found = spend(weight, cost, budget, lower, upper)
        every = np.array(list(product(*(range(1, high + 1) for high in upper))))
        affordable = every[every @ cost <= budget * (1 + 1e-12)]
        best = (weight**2 / affordable).sum(axis=1).min()
        assert found.value == pytest.approx(best, rel=1e-12)
        assert cost @ found.n <= budget * (1 + 1e-11)
        compared += len(affordable)
    assert compared > 5000


def test_a_budget_that_pays_for_all_is_not_spent_on_strata_that_do_not_vary() -> None:
    found = spend(np.array([5.0, 0.0]), np.array([2.0, 3.0]), 1e6, np.array([2, 2]), np.array([9, 9]))
    assert found.n.tolist() == [9, 2]


def test_the_smallest_budget() -> None:
    cost = np.array([0.1, 0.2, 0.3])
    found = spend(np.array([5.0, 1.0, 3.0]), cost, float(cost.sum()) * 2, np.full(3, 2), np.full(3, 9))
    assert found.n.tolist() == [2, 2, 2]


def test_a_search_that_gives_up_returns_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    weight, cost = random.lognormal(3, 1, 40), random.lognormal(0, 1, 40)
    lower, upper = np.full(40, 2), np.full(40, 60)
    budget = float(cost.sum() * 12.34)
    best = spend(weight, cost, budget, lower, upper)
    assert best.value == best.bound
    monkeypatch.setattr(budget_module, "MOST_STATES", 3)
    found = spend(weight, cost, budget, lower, upper)
    assert found.bound < best.value <= found.value
    assert found.value < found.bound * 1.001
    assert cost @ found.n <= budget
