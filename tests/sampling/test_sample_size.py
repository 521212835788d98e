"""Sample sizes: published numbers, the precision that they reach, the smallest stratified sample."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.sampling.allocate.allocation import allocate_strata
from citysample.sampling.allocate.response import few_respondents_risk, single_psu_risk
from citysample.sampling.allocate.rules import Equal, Neyman, Optimal, Power, Proportional, Target
from citysample.sampling.allocate.sample_size import (
    SampleSize,
    size_for_mean,
    size_for_ratio,
    size_for_share,
    size_for_total,
)
from citysample.sampling.allocate.stratified_size import size_for_targets
from citysample.sampling.allocate.summary import StrataSummary, summarise_strata

Refused = Callable[..., AbstractContextManager[None]]

HUGE = 10**12
Z = 1.959963984540054


def test_the_steps_of_another_program() -> None:
    """svy gives 323, 485, 142, 168 for a share of 0.3 with a margin of 0.05, N = 200."""
    found = size_for_share(200, 0.3, margin=0.05, deff=1.5, response=0.85)
    assert found == SampleSize(323, 485, 142, 168)


def test_published_sizes_for_a_cv() -> None:
    """Valliant, Dever, Kreuter: vignette of PracTools, population CV of 2."""
    assert size_for_mean(500, 2.0, mean=1.0, cv=0.05).n == 381
    sizes = [size_for_mean(HUGE, 2.0, mean=1.0, cv=0.01 + 0.02 * k).n for k in range(11)]
    assert sizes == [40000, 4445, 1600, 817, 494, 331, 237, 178, 139, 111, 91]


def test_published_sizes_for_a_share() -> None:
    """The same source: share of 0.5, margins of error from 0.01 to 0.08."""
    sizes = [size_for_share(HUGE, 0.5, margin=0.01 * k).n for k in range(1, 9)]
    assert sizes == [9604, 2401, 1068, 601, 385, 267, 196, 151]


@given(
    st.integers(2, 3000),
    st.floats(0.1, 10),
    st.floats(0.01, 0.5),
    st.floats(0.5, 3),
    st.booleans(),
)
def test_a_mean_reaches_its_target_and_one_city_fewer_does_not(
    N: int, S: float, goal: float, deff: float, relative: bool
) -> None:
    def standard_error(m: int) -> float:
        return float(np.sqrt(deff * S**2 * (1 / m - 1 / N))) if m < N else 0.0

    target = {"cv": goal, "mean": -2.0} if relative else {"margin": goal}
    allowed = goal * 2.0 if relative else goal / Z
    # With a design effect V = deff S^2 / n - S^2 deff / N, as in the formula.
    found = size_for_mean(N, S, deff=deff, **target)
    assert standard_error(found.respondents) <= allowed * (1 + 1e-9)
    if found.respondents > 1:
        assert standard_error(found.respondents - 1) > allowed * (1 - 1e-9)
    assert found.n == found.respondents
    assert found.simple >= 1


def test_share_total_and_ratio_are_means() -> None:
    flags = np.array([1.0] * 30 + [0.0] * 90)
    S = float(flags.std(ddof=1))
    by_share = size_for_share(120, 0.25, margin=0.08)
    by_mean = size_for_mean(120, S, margin=0.08)
    assert by_share.respondents == by_mean.respondents == 59
    assert size_for_total(120, S, margin=0.08 * 120) == by_mean
    assert size_for_total(120, S, total=30.0, cv=0.2) == size_for_mean(120, S, mean=0.25, cv=0.2)
    assert size_for_ratio(120, S, mean_x=4.0, margin=0.02) == by_mean
    assert size_for_ratio(120, S, ratio=0.0625, mean_x=4.0, cv=0.2) == size_for_mean(
        120, S, mean=0.25, cv=0.2
    )
    assert (
        size_for_share(120, 0.25, cv=0.2).respondents == size_for_mean(120, S, mean=0.25, cv=0.2).respondents
    )


BAD: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({}, "DESIGN-VALUE-INVALID", ("neither", "margin = 0.05")),
    ({"cv": 0.1, "margin": 1.0}, "DESIGN-VALUE-INVALID", ("cv = 0.1 and margin = 1.0",)),
    ({"cv": 0.1}, "DESIGN-VALUE-INVALID", ("needs the mean", "None")),
    ({"cv": 0.1, "mean": 0.0}, "DESIGN-VALUE-INVALID", ("needs the mean", "0.0")),
    ({"cv": 0.1, "mean": float("nan")}, "DESIGN-VALUE-INVALID", ("nan",)),
    ({"margin": -1.0}, "DESIGN-VALUE-INVALID", ("'margin'", "-1.0")),
    ({"margin": "1"}, "DESIGN-VALUE-INVALID", ("'margin'", "'1'")),
    ({"margin": 1.0, "deff": 0.0}, "DESIGN-VALUE-INVALID", ("'deff'",)),
    ({"margin": 1.0, "response": 1.2}, "DESIGN-VALUE-INVALID", ("'response'", "1.2", "at most 1")),
    ({"margin": 1.0, "response": 0}, "DESIGN-VALUE-INVALID", ("'response'", "above 0")),
    ({"margin": 1.0, "confidence_level": 95}, "DESIGN-VALUE-INVALID", ("'confidence_level'", "below 1")),
    ({"margin": 0.1, "response": 0.5}, "DESIGN-N-IMPOSSIBLE", ("of N = 50", "0.5", "at most 25")),
    ({"margin": 1.0, "N": 0}, "DESIGN-VALUE-INVALID", ("'N'", "int >= 1")),
    ({"margin": 1.0, "S": 0.0}, "DESIGN-VALUE-INVALID", ("'S'",)),
    ({"margin": 1.0, "S": float("inf")}, "DESIGN-VALUE-INVALID", ("'S'", "inf")),
]


@pytest.mark.parametrize(("options", "code", "words"), BAD)
def test_refusals(refused: Refused, options: dict[str, Any], code: str, words: tuple[str, ...]) -> None:
    with refused(code, *words):
        size_for_mean(**{"N": 50, "S": 4.0, **options})


def test_refusals_of_shares_totals_and_ratios(refused: Refused) -> None:
    for p in (0, 1, 1.5, "0.3", float("nan"), True):
        with refused("DESIGN-VALUE-INVALID", "'p'", repr(p)):
            size_for_share(50, p, margin=0.1)  # type: ignore[arg-type]
    with refused("DESIGN-VALUE-INVALID", "'N'"):
        size_for_total(0, 1.0, margin=1.0)
    with refused("DESIGN-VALUE-INVALID", "'mean_x'"):
        size_for_ratio(50, 1.0, mean_x=0.0, margin=1.0)


def country() -> StrataSummary:
    random = np.random.default_rng(2)
    counts = [15, 25, 40]
    codes = np.repeat(np.arange(3), counts)
    x = random.lognormal(np.array([3.0, 2.0, 1.0])[codes], 0.7)
    taken = np.zeros(80, dtype=np.bool_)
    taken[[0, 1]] = True
    levels = [("N",), ("S",), ("W",)]
    return summarise_strata(codes, ["N", "S", "W"], taken, {"x": x}, columns=("zone",), levels=levels)


RULES = [Equal(9), Proportional(9), Neyman(9, "x"), Power(9, total="x"), Optimal("x", "x", budget=1.0)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("response", [1.0, 0.8])
def test_the_smallest_stratified_sample(rule: Any, response: float) -> None:
    strata = country()
    targets = [Target("x", 0.08), Target("x", 0.3, by="zone")]
    found = size_for_targets(rule, strata, targets, response=response)
    total = float((strata.total("x") + strata.certainty_total("x")).sum())

    def cv(n: int) -> float:
        sized = (
            Optimal("x", "x", n=n)
            if isinstance(rule, Optimal)
            else type(rule)(n, *(["x"] if rule not in RULES[:2] else []))
        )
        m = response * allocate_strata(sized, strata).expected
        return float(np.sqrt((strata.N**2 * strata.S("x") ** 2 * (1 / m - 1 / strata.N)).sum())) / total

    assert found.allocation.expected.sum() + 2 == found.n
    assert all(reached <= cv * (1 + 1e-12) for _, cv, reached in found.cv)
    assert found.cv[0][2] == pytest.approx(cv(found.n), rel=1e-9)
    assert [name for name, _, _ in found.cv] == [
        "'x'",
        "'x' in zone 'N'",
        "'x' in zone 'S'",
        "'x' in zone 'W'",
    ]
    fewer = size_for_targets(rule, strata, [Target("x", 0.08)], response=response)
    assert cv(fewer.n) <= 0.08 < cv(fewer.n - 1)
    assert fewer.n <= found.n


def test_targets_that_cannot_be_reached(refused: Refused) -> None:
    with refused("DESIGN-TARGET-IMPOSSIBLE", "'x'", "cv = 0.01", "all 80 cities", "response of 0.5"):
        size_for_targets(Neyman(9, "x"), country(), [Target("x", 0.01)], response=0.5)
    with refused("DESIGN-VALUE-INVALID", "'response'"):
        size_for_targets(Neyman(9, "x"), country(), [Target("x", 0.01)], response=0.0)


def test_a_loose_target_needs_the_minimum() -> None:
    found = size_for_targets(Proportional(50), country(), [Target("x", 10.0)])
    assert found.n == 2 + 3 * 2


def test_risk_of_strata_with_few_respondents() -> None:
    assert single_psu_risk(np.full(10, 2), 0.85) == pytest.approx(1 - (0.85**2) ** 10)
    assert round(single_psu_risk(np.full(10, 2), 0.85), 2) == 0.96
    assert single_psu_risk(np.array([2, 5]), 1.0) == 0.0
    assert single_psu_risk(np.array([1, 5]), 1.0) == 1.0
    assert single_psu_risk(np.array([0, 0]), 0.5) == 0.0
    assert single_psu_risk(np.zeros(0, dtype=np.int64), 0.5) == 0.0
    assert single_psu_risk(np.array([3]), 0.0) == 1.0


def test_the_risk_is_the_share_of_response_patterns() -> None:
    compared = 0
    for n in range(1, 6):
        for r in (0.3, 0.85):
            chance = 0.0
            for pattern in range(2**n):
                answers = bin(pattern).count("1")
                if answers < 2:
                    chance += r**answers * (1 - r) ** (n - answers)
            assert few_respondents_risk(np.array([n]), r)[0] == pytest.approx(chance, rel=1e-12)
            compared += 1
    assert compared == 10
    assert few_respondents_risk(np.array([2, 2]), np.array([1.0, 0.5])).tolist() == [0.0, 0.75]


@pytest.mark.parametrize("response", [-0.1, 1.1, float("nan")])
def test_response_must_be_a_share(refused: Refused, response: float) -> None:
    with refused("DESIGN-VALUE-INVALID", "expected response", "0 to 1"):
        single_psu_risk(np.array([2]), response)


def test_steps_do_not_shrink() -> None:
    found = size_for_mean(1000, 7.0, margin=1.0, deff=1.3, response=0.9)
    n_0 = (Z * 7) ** 2
    assert found.simple == ceil(n_0)
    assert found.with_design_effect == ceil(1.3 * n_0)
    assert found.respondents == ceil(1.3 * n_0 / (1 + 1.3 * n_0 / 1000))
    assert found.n == ceil(found.respondents / 0.9)
