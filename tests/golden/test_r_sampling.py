"""Inclusion probabilities and systematic selection against R sampling; inclusion.R wrote the numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.select.systematic import select_systematic

HERE = Path(__file__).resolve().parent

TOLERANCE = 1e-12
"""Relative. Both programs divide the same sums of whole numbers; only rounding can differ."""


class Canton(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    n: int
    pi: list[float]


class Country(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """pi of each hundredth commune, and sums over all."""

    n: int
    certain: int
    sum: float
    sum_of_squares: float
    pi: list[float]


class Systematic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    n: int
    start: float
    communes: list[int]


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    canton: list[Canton]
    country: list[Country]
    systematic: list[Systematic]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    sampling: str
    blocks: Blocks


GOLDEN = msgspec.json.decode((HERE / "inclusion.json").read_bytes(), type=Golden).blocks


@cache
def communes() -> pd.DataFrame:
    return pd.read_csv(HERE.parents[1] / "examples" / "switzerland" / "frame.csv")


def ticino() -> pd.DataFrame:
    table = communes()
    return table[table["canton"] == "TI"]


def sizes(table: pd.DataFrame) -> FloatArray:
    return table["population"].to_numpy(dtype=np.float64)


def compared(ours: FloatArray, theirs: list[float]) -> int:
    """Compare arrays; the count of numbers that were compared."""
    assert ours.shape == (len(theirs),)
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=0.0)
    assert ((ours == 1.0) == (np.array(theirs) == 1.0)).all()
    return ours.size


@pytest.mark.parametrize("golden", GOLDEN.canton, ids=lambda golden: f"n = {golden.n}")
def test_inclusion_probabilities_in_a_canton(golden: Canton) -> None:
    assert compared(inclusion_probabilities(sizes(ticino()), golden.n), golden.pi) == 245


@pytest.mark.parametrize("golden", GOLDEN.country, ids=lambda golden: f"n = {golden.n}")
def test_inclusion_probabilities_in_the_country(golden: Country) -> None:
    pi = inclusion_probabilities(sizes(communes()), golden.n)
    assert int((pi == 1.0).sum()) == golden.certain
    assert compared(np.array([pi.sum(), (pi**2).sum()]), [golden.sum, golden.sum_of_squares]) == 2
    assert compared(pi[::100], golden.pi) == 29


@pytest.mark.parametrize(
    "golden", GOLDEN.systematic, ids=lambda golden: f"n = {golden.n}, start {golden.start}"
)
def test_systematic_selection_from_a_given_start(golden: Systematic) -> None:
    table = ticino()
    pi = inclusion_probabilities(sizes(table), golden.n)
    random = pi < 1.0
    selected = select_systematic(pi[random], np.array([golden.start]))
    assert table["commune"][random][selected].tolist() == golden.communes
    assert len(golden.communes) == golden.n - int((~random).sum())


def test_count_of_r_results() -> None:
    assert (len(GOLDEN.canton), len(GOLDEN.country), len(GOLDEN.systematic)) == (5, 6, 10)
