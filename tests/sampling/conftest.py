"""Enumeration of all that a selection can do with its random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pytest

Select = Callable[[npt.NDArray[np.object_]], npt.NDArray[np.bool_]]
EveryPath = Callable[[Sequence[float], int, Select], Iterator[tuple[float, npt.NDArray[np.bool_]]]]


class Script:
    """The choices of one path through the selection, and its probability."""

    def __init__(self, choices: list[int]) -> None:
        self.choices = choices
        self.widths: list[int] = []
        self.chance = 1.0

    def choose(self, chances: list[float]) -> int:
        if len(self.widths) == len(self.choices):
            self.choices.append(0)
        chosen = self.choices[len(self.widths)]
        self.widths.append(len(chances))
        self.chance *= chances[chosen]
        return chosen

    def following(self) -> list[int] | None:
        """The choices of the next path; None after the last."""
        choices = self.choices[: len(self.widths)]
        while choices and choices[-1] + 1 == self.widths[len(choices) - 1]:
            choices.pop()
        return [*choices[:-1], choices[-1] + 1] if choices else None


class Number:
    """A random number that takes each side of a threshold, and each place of a list, in turn."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def __lt__(self, threshold: float) -> bool:
        return self.script.choose([threshold, 1.0 - threshold]) == 0

    def __mul__(self, length: int) -> float:
        return self.script.choose([1.0 / length] * length) + 0.5


def _every_path(
    first: Sequence[float], more: int, select: Select
) -> Iterator[tuple[float, npt.NDArray[np.bool_]]]:
    choices: list[int] | None = []
    while choices is not None:
        script = Script(choices)
        uniforms = np.array([*first, *(Number(script) for _ in range(more))], dtype=np.object_)
        selected = select(uniforms)
        yield script.chance, selected
        choices = script.following()


@pytest.fixture
def every_path(monkeypatch: pytest.MonkeyPatch) -> EveryPath:
    """All paths of a selector: numbers at the start, how many more it takes, the selector.

    Gives the probability and the sample of each path. The code is run as plain Python.
    """
    monkeypatch.setenv("CITYSAMPLE_FAST", "0")
    return _every_path
