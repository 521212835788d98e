"""When loops are compiled."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import Any

import numpy as np
import pytest

from citysample.sampling import compiled
from citysample.sampling.compiled import WORK, Kernel, kernel


def doubled(values: MutableSequence[float]) -> int:
    for k in range(len(values)):
        values[k] = 2.0 * values[k]
    return len(values)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the loops that were asked to be compiled; they run as plain Python all the same."""
    names: list[str] = []

    def stand_in(source: Callable[..., Any]) -> Callable[..., Any]:
        names.append(source.__name__)
        return source

    monkeypatch.setattr(compiled, "_compiled", stand_in)
    monkeypatch.setattr(compiled, "find_spec", lambda name: object() if name == "numba" else None)
    monkeypatch.delenv("CITYSAMPLE_FAST", raising=False)
    return names


def test_one_large_run_is_compiled(compilations: list[str]) -> None:
    loop = kernel(doubled)
    values = np.ones(3)
    assert loop(WORK, values) == 3
    assert values.tolist() == [2.0, 2.0, 2.0]
    assert compilations == ["doubled"]


def test_many_small_runs_are_compiled_once_they_took_as_long_as_a_large_one(compilations: list[str]) -> None:
    loop = kernel(doubled)
    values = np.ones(3)
    for _ in range(9):
        loop(WORK / 10, values)
    assert compilations == []
    for _ in range(3):
        loop(WORK / 10, values)
    assert compilations == ["doubled"] * 3
    assert values.tolist() == [2.0**12] * 3


@pytest.mark.parametrize(("switch", "expected"), [("0", []), ("1", ["doubled"])])
def test_the_environment_decides_first(
    switch: str, expected: list[str], compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYSAMPLE_FAST", switch)
    Kernel(doubled)(2 * WORK if switch == "0" else 1, np.ones(2))
    assert compilations == expected


def test_plain_python_runs_where_numba_is_not_installed(
    compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    monkeypatch.setenv("CITYSAMPLE_FAST", "1")
    values = np.ones(2)
    Kernel(doubled)(2 * WORK, values)
    assert compilations == []
    assert values.tolist() == [2.0, 2.0]
