"""Allocations that are refused: located, with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

from citysample.sampling.allocate.allocation import allocate_strata
from citysample.sampling.allocate.rules import (
    Bethel,
    Controlled,
    Equal,
    Explicit,
    Neyman,
    Optimal,
    Power,
    Proportional,
    Target,
)
from citysample.sampling.allocate.summary import StrataSummary, summarise_strata

Refused = Callable[..., AbstractContextManager[None]]


def strata() -> StrataSummary:
    """Strata A, B, C with 3, 4, 5 cities; the first city of C is certain."""
    codes = np.repeat([0, 1, 2], [3, 4, 5])
    taken = np.zeros(12, dtype=np.bool_)
    taken[7] = True
    size = np.array([1.0, 2, 4, 8, 1, 3, 9, 50, 4, 4, 5, 6])
    columns = {
        "size": size,
        "flat": np.ones(12),
        "zero": np.where(codes == 0, np.array([1.0, -1.0, 0.0] * 4), size),
        "debt": np.where(codes == 1, -size, size),
        "free": np.where(codes == 1, 0.0, size),
    }
    levels = [("A",), ("B",), ("C",)]
    return summarise_strata(codes, ["A", "B", "C"], taken, columns, columns=("zone",), levels=levels)


RULES: list[tuple[Any, str, tuple[str, ...]]] = [
    (
        Equal(6),
        "DESIGN-N-IMPOSSIBLE",
        ("n = 6", "3 strata, 12 cities, 1 of them", "n from 7", "2 for each", "to 12"),
    ),
    (Equal(13), "DESIGN-N-IMPOSSIBLE", ("n = 13",)),
    (
        Proportional(9, max_per_stratum=2),
        "DESIGN-N-IMPOSSIBLE",
        ("n from 7", "to 7", "raise max_per_stratum"),
    ),
    (
        Proportional(9, 2, {"D": 3}),
        "DESIGN-STRATUM-UNKNOWN",
        ("'max_per_stratum'", "unknown: 'D'", "'A', 'B', 'C'"),
    ),
    (Proportional(9, {"b": 3}), "DESIGN-STRATUM-UNKNOWN", ("'min_per_stratum'", "Did you mean 'B'?")),
    (
        Proportional(9, {"A": 4}),
        "DESIGN-STRATUM-TOO-SMALL",
        ("stratum 'A'", "min_per_stratum = 4", "at most 3"),
    ),
    (
        Proportional(9, {"C": 5}),
        "DESIGN-STRATUM-TOO-SMALL",
        ("stratum 'C'", "at most 4 cities that are not certain"),
    ),
    (
        Proportional(9, 3, {"B": 2}),
        "DESIGN-VALUE-INVALID",
        ("stratum 'B'", "max_per_stratum = 2", "at least 3"),
    ),
    (Neyman(9, "flat"), "DESIGN-VALUE-INVALID", ("constant", "S_h = 0")),
    (Neyman(9, "sizes"), "DESIGN-VALUE-INVALID", ("'sizes'", "Did you mean 'size'?")),
    (Power(9, total="debt"), "DESIGN-VALUE-INVALID", ("total of 'debt'", "'B'", "-21", "0 or more")),
    (Power(9, total="size", proxy="zero"), "DESIGN-VALUE-INVALID", ("mean of 'zero'", "'A'", "above 0")),
    (Optimal("size", {"A": 1.0, "B": 1.0}, n=9), "DESIGN-STRATUM-UNKNOWN", ("not named: 'C'",)),
    (
        Optimal("size", {"A": 1.0, "B": 1.0, "C": 1.0, "D": 1.0}, n=9),
        "DESIGN-STRATUM-UNKNOWN",
        ("'cost'", "unknown: 'D'"),
    ),
    (Optimal("size", "free", budget=99.0), "DESIGN-VALUE-INVALID", ("strata 'B'", "sum of 'free' = 0")),
    (
        Optimal("size", {"A": 1.0, "B": 2.0, "C": 3.0}, budget=14.9),
        "DESIGN-BUDGET-TOO-SMALL",
        ("budget = 14.9", "at least 15", "1 certainty cities"),
    ),
    (
        Bethel([Target("size", 0.001)], max_per_stratum=3),
        "DESIGN-TARGET-IMPOSSIBLE",
        ("target for 'size'", "cv = 0.001", "cv of at least", "Raise max_per_stratum"),
    ),
    (Bethel([Target("size", 0.1, by="size")]), "DESIGN-VALUE-INVALID", ("by = 'size'", "strata of 'zone'")),
    (
        Bethel([Target("zero", 0.1, by="zone")]),
        "DESIGN-VALUE-INVALID",
        ("'zero' in zone 'A'", "total of 'zero' = 0"),
    ),
    (
        Bethel([Target("size", 0.1, over="zero", by="zone")]),
        "DESIGN-VALUE-INVALID",
        ("'size' over 'zero' in zone 'A'",),
    ),
    (Explicit({"A": 2, "B": 2}), "DESIGN-STRATUM-UNKNOWN", ("not named: 'C'",)),
    (Explicit({"A": 4, "B": 2, "C": 2}), "DESIGN-STRATUM-TOO-SMALL", ("stratum 'A'", "n_h = 4")),
    (Explicit({"A": 2, "B": 2, "C": 1}), "DESIGN-N-IMPOSSIBLE", ("stratum 'C'", "n_h > 1")),
]


@pytest.mark.parametrize(("rule", "code", "words"), RULES, ids=lambda value: str(value)[:50])
def test_rules_that_do_not_fit_the_strata(
    refused: Refused, rule: Any, code: str, words: tuple[str, ...]
) -> None:
    with refused(code, *words):
        allocate_strata(rule, strata())


VALUES: list[tuple[Any, dict[str, Any], tuple[str, ...]]] = [
    (Equal, {"n": 0}, ("'n'", "int >= 1")),
    (Equal, {"n": 5, "max_per_stratum": 0}, ("'max_per_stratum'", "0")),
    (Equal, {"n": 5, "min_per_stratum": {"A": 1.5}}, ("'min_per_stratum'", "stratum 'A'", "1.5")),
    (Equal, {"n": 5, "max_per_stratum": {"A": True}}, ("'max_per_stratum'", "stratum 'A'", "True")),
    (Power, {"n": 5, "total": "size", "q": 1.1}, ("'q'", "0 <= q <= 1")),
    (Power, {"n": 5, "total": "size", "q": "0.5"}, ("'q'",)),
    (Optimal, {"proxy": "size", "cost": "fare"}, ("neither", "n or budget")),
    (Optimal, {"proxy": "size", "cost": "fare", "n": 5, "budget": 9.0}, ("n = 5 and budget = 9.0",)),
    (Optimal, {"proxy": "size", "cost": "fare", "budget": float("nan")}, ("'budget'", "nan")),
    (Optimal, {"proxy": "size", "cost": 3.0, "n": 5}, ("cost of a city", "3.0")),
    (Optimal, {"proxy": "size", "cost": {"A": 0.0}, "n": 5}, ("'cost'", "stratum 'A'", "above 0")),
    (Target, {"variable": "size", "cv": 0.0}, ("'cv'", "target for 'size'")),
    (Target, {"variable": "size", "cv": "5%"}, ("'cv'", "'5%'")),
    (Bethel, {"targets": []}, ("at least one target", "Target('population', cv=0.05)")),
    (Bethel, {"targets": 0.05}, ("at least one target",)),
    (Bethel, {"targets": ["size"]}, ("at least one target",)),
    (Bethel, {"targets": [Target("size", 0.1)], "cost": 1}, ("cost of a city",)),
    (Controlled, {"n": 2.0}, ("'n'", "2.0")),
    (Explicit, {"n_by_stratum": {"A": -1}}, ("stratum 'A'", "-1")),
]


@pytest.mark.parametrize(("rule", "options", "words"), VALUES)
def test_values_that_no_rule_takes(
    refused: Refused, rule: Any, options: dict[str, Any], words: tuple[str, ...]
) -> None:
    with refused("DESIGN-VALUE-INVALID", *words):
        rule(**options)


def test_the_smallest_budget_is_enough() -> None:
    result = allocate_strata(Optimal("size", {"A": 1.0, "B": 2.0, "C": 3.0}, budget=15.0), strata())
    assert result.expected.tolist() == [2, 2, 2]
    assert result.cost == 15.0
