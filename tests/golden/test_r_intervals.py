"""Intervals and design effects against R survey: svyciprop, confint, deff.

The script `intervals.R` wrote the figures; README.md says how.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from citysample.estimators.design_effect import design_effect, srs_variance
from citysample.estimators.intervals.methods import INTERVALS, IntervalInput

HERE = Path(__file__).resolve().parent

TOLERANCE = 1e-9
"""Relative. Both programs evaluate the same closed formula in double precision."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An estimate of R with what its interval is made of, and the limits."""

    name: str
    estimate: float
    se: float
    df: float
    n: float
    level: float
    interval: str
    lower: float
    upper: float


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Design effects of a total, against simple random sampling without and with replacement."""

    name: str
    estimate: float
    se: float
    without: float
    with_: float = msgspec.field(name="with")


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shares: list[Figure]
    positive: list[Figure]
    effects: list[Effect]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    blocks: dict[str, Block]


GOLDEN = msgspec.json.decode((HERE / "intervals.json").read_bytes(), type=Golden)

FILES = {
    "stratified": ("stratified.csv", "weight"),
    "clusters": ("clusters.csv", "weight"),
    "unequal": ("pps.csv", "pi"),
}


def limits(figure: Figure, n: float) -> tuple[float, float]:
    estimate, se, df = (np.array([value]) for value in (figure.estimate, figure.se, figure.df))
    known = IntervalInput(estimate, se, df, figure.level, n=np.array([n]))
    lower, upper = INTERVALS[figure.interval].limits(known)
    return float(lower[0]), float(upper[0])


def effective(figure: Figure) -> float:
    """The effective size of R, which has no cap."""
    from scipy.stats import t

    upper = 0.5 + figure.level / 2
    factor = float(t.ppf(upper, figure.n - 1) / t.ppf(upper, figure.df))
    return figure.estimate * (1 - figure.estimate) / figure.se**2 * factor**2


@pytest.mark.parametrize("block", sorted(GOLDEN.blocks))
def test_intervals_of_shares_and_positive_quantities(block: str) -> None:
    compared: Counter[str] = Counter()
    for figure in (*GOLDEN.blocks[block].shares, *GOLDEN.blocks[block].positive):
        found = limits(figure, figure.n)
        expected = pytest.approx((figure.lower, figure.upper), rel=TOLERANCE)
        if figure.interval == "beta" and effective(figure) > figure.n:
            # citysample keeps n as the largest effective size, R does not.
            assert found[0] < figure.lower
            assert found[1] > figure.upper
            compared["capped"] += 1
        else:
            assert found == expected, figure
            compared[figure.interval] += 1
    shares = len(GOLDEN.blocks[block].shares) // 4
    assert compared["t"] == compared["normal"] == compared["logit"] == shares >= 15
    assert compared["beta"] + compared["capped"] == shares
    assert compared["beta"] >= 6
    assert compared["log"] == 9


@pytest.mark.parametrize("block", sorted(GOLDEN.blocks))
def test_design_effects(block: str) -> None:
    file, column = FILES[block]
    data = pd.read_csv(HERE / file)
    weights = 1.0 / data["pi"].to_numpy() if column == "pi" else data["weight"].to_numpy()
    effects = GOLDEN.blocks[block].effects
    z = data[[effect.name for effect in effects]].to_numpy(np.float64)
    variance = np.array([effect.se**2 for effect in effects])
    assert weights @ z == pytest.approx([effect.estimate for effect in effects], rel=TOLERANCE)
    without = design_effect(variance, srs_variance(z, weights))
    replaced = design_effect(variance, srs_variance(z, weights, replacement=True))
    assert without == pytest.approx([effect.without for effect in effects], rel=TOLERANCE)
    assert replaced == pytest.approx([effect.with_ for effect in effects], rel=TOLERANCE)
    assert len(effects) == 3
