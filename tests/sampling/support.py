"""What the tests of the sampling room share: probabilities, random numbers and a small frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy.stats import norm

import citysample as cs
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.plan import SamplePlan

SMALLEST, LARGEST = 2.0**-54, 1.0 - 2.0**-53
"""The ends of the random numbers."""


def exact(text: str) -> list[Fraction]:
    """Probabilities from a text of fractions."""
    return [Fraction(part) for part in text.split()]


def joint_of(paths: list[tuple[Fraction, set[int]]], N: int) -> FloatArray:
    """pi_kl from the samples of all paths and their chances."""
    joint = [[Fraction(0)] * N for _ in range(N)]
    for chance, sample in paths:
        for k in sample:
            for other in sample:
                joint[k][other] += chance
    return np.array(joint, dtype=np.float64)


def lognormal(N: int, n: int, sigma: float = 1.0) -> FloatArray:
    """Probabilities below 1 for sizes like those of cities."""
    size = np.exp(sigma * norm.ppf((np.arange(N) * 0.6180339887 + 0.3) % 1.0))
    pi = inclusion_probabilities(size, n)
    return pi[pi < 1.0]


@st.composite
def probabilities(draw: st.DrawFn, most: int = 40) -> FloatArray:
    """Probabilities in (0, 1) with a whole sum, from sizes of six orders of magnitude."""
    size = draw(st.lists(st.floats(0.001, 1000.0), min_size=2, max_size=most))
    n = draw(st.integers(1, len(size) - 1))
    pi = inclusion_probabilities(np.array(size), n)
    random = pi[pi < 1.0]
    return random if random.size else np.full(2, 0.5)


def uniforms(key: int, count: int) -> FloatArray:
    """Numbers in (0, 1) from a Philox key."""
    raw = np.random.Philox(key=key).random_raw(count)
    return (raw >> np.uint64(11)) / 2.0**53 + 2.0**-54


def table(N: int = 24, **change: Any) -> pd.DataFrame:
    """Cities with skewed sizes in zones of two thirds and one third, and coordinates on a line."""
    k = np.arange(N)
    columns: dict[str, Any] = {
        "id": [f"c{i:02d}" for i in k],
        "people": 10.0 + (k * 7 % N) ** 1.5,
        "zone": np.where(k % 3 == 0, "N", "S"),
        "coast": np.where(k % 4 < 2, "yes", "no"),
        "area": 5.0 + (k * 5 % N),
        "lon": k / 10,
        "lat": (k * 11 % N) / 10,
    }
    return pd.DataFrame({**columns, **change})


def frame(N: int = 24, **change: Any) -> cs.CityFrame:
    """The table as a frame."""
    return cs.CityFrame.from_table(table(N, **change), id="id", size="people")


def planned(source: cs.CityFrame | None = None, **options: Any) -> SamplePlan:
    """The plan of a design on the frame."""
    return cs.SampleDesign(**options).plan(frame() if source is None else source)
