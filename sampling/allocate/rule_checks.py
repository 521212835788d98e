"""Checks of the values that allocation rules are made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeGuard

import numpy as np

from citysample.errors import DesignError

__all__ = [
    "Cost",
    "PerStratum",
    "check_bounds",
    "check_costs",
    "check_count",
    "check_positive",
    "invalid",
    "is_count",
    "is_number",
]

PerStratum: TypeAlias = int | Mapping[str, int]
"""One number for each stratum, or numbers by stratum label."""
Cost: TypeAlias = str | Mapping[str, float]
"""A frame column with the cost of each city, or the cost of a city by stratum label."""


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number (True and False are not)."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_count(name: str, value: object, where: str | None = None) -> None:
    """Refuse what is not a whole number of at least 1."""
    if not is_count(value) or value < 1:
        raise invalid(
            f"'{name}' must be a whole number.",
            where=where,
            got=repr(value),
            expected="int >= 1",
            remedy=f"Correct '{name}'.",
        )


def check_positive(name: str, value: object, where: str | None = None) -> None:
    """Refuse what is not a finite number above 0."""
    if not is_number(value) or not 0 < value < np.inf:
        raise invalid(
            f"'{name}' must be a number above 0.",
            where=where,
            got=repr(value),
            expected="a finite number above 0",
            remedy=f"Correct '{name}'.",
        )


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number (True and False are not)."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def check_bounds(least: PerStratum, most: PerStratum | None) -> None:
    """Refuse bounds per stratum that are not whole numbers of at least 1."""
    for name, bound in (("min_per_stratum", least), ("max_per_stratum", most)):
        if isinstance(bound, Mapping):
            for stratum, value in bound.items():
                check_count(name, value, where=f"stratum '{stratum}'")
        elif name == "min_per_stratum" or bound is not None:
            check_count(name, bound)


def check_costs(cost: Cost) -> None:
    """Refuse costs that are neither a column nor numbers above 0 by stratum."""
    if isinstance(cost, Mapping):
        for stratum, value in cost.items():
            check_positive("cost", value, where=f"stratum '{stratum}'")
    elif not isinstance(cost, str):
        raise invalid(
            "The cost of a city must be a column, or numbers by stratum.",
            got=repr(cost),
            expected="cost = 'travel_cost', or cost = {'North': 900, 'South': 400}",
            remedy="Correct 'cost'.",
        )


def invalid(what: str, *, got: str, expected: str, remedy: str, where: str | None = None) -> DesignError:
    """The error for a value of a rule that cannot be used."""
    return DesignError("DESIGN-VALUE-INVALID", what, where=where, got=got, expected=expected, remedy=remedy)
