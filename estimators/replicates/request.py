"""What is asked of the replicates, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.estimators.replicates.hadamard import hadamard_order
from citysample.estimators.replicates.refusals import refused
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.randomness import random_stream

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["Request"]

DEFAULT_R = 1000
"""Replicates of a method that draws them at random."""

LARGEST_R = 100_000
"""Replicates at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What is asked for: the draw, its variance form and the options of the replicates."""

    draw: DrawRecord
    form: str
    method: str
    R: int | None
    seed: str
    rho: float
    random: bool

    def __post_init__(self) -> None:
        R = self.R
        whole = isinstance(R, (int, np.integer)) and not isinstance(R, bool) and 2 <= R <= LARGEST_R
        if not (R is None or whole):
            raise refused(
                "The number of replicates is not valid.",
                got=f"R = {R!r}",
                expected=f"a whole number from 2 to {LARGEST_R}",
                remedy="Write for example 1000.",
            )
        if self.method in ("fay", "exact") and not 0.0 <= self.rho < 1.0:
            raise refused(
                "Fay's coefficient is out of range.",
                got=f"{self.rho!r}",
                expected="a number from 0 to below 1",
                remedy="Write for example 0.5.",
            )
        if self.random and not self.seed:
            raise refused(
                f"The method '{self.method}' needs a seed.",
                got=repr(self.seed),
                expected="the seed of the sample, or another text",
                remedy="Give a seed, and publish it.",
            )

    @property
    def number(self) -> int:
        """Number of replicates of a method that draws them at random."""
        return DEFAULT_R if self.R is None else self.R

    def uniforms(self, label: str, count: int) -> FloatArray:
        """Random numbers for one cell, shape (R, count); those of the first replicates stay if R grows."""
        numbers = random_stream(self.seed, label, self.method, self.number * count)
        return numbers.reshape(self.number, count)

    def order(self, columns: int) -> int:
        """Order of the Hadamard matrix: so many columns, and the first one, which is not used."""
        least = hadamard_order(columns + 1)
        if self.R is None:
            return least
        R = self.R
        if least > R or hadamard_order(R) != R:
            raise refused(
                f"The number of replicates does not suit the method '{self.method}'.",
                got=f"R = {R}",
                expected=f"the order of a Hadamard matrix, {least} or more",
                remedy=f"Leave R out, or write {hadamard_order(max(R, least))}.",
            )
        return R
