"""Quantiles against R survey and laeken, contrasts against svycontrast; quantiles.R wrote the numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from citysample.estimators.contrasts import form_contrasts
from citysample.estimators.quantiles import rank, weighted_quantile
from citysample.estimators.woodruff import distribution_scores, quantile_influence, woodruff_interval

HERE = Path(__file__).resolve().parent

Floats = npt.NDArray[np.float64]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    by: str
    domain: str
    p: float
    rule: str
    estimate: float


class Interval(Record, frozen=True, forbid_unknown_fields=True):
    limits: str
    df: float
    se: float | None
    lower: float | None
    upper: float | None


class Contrast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    estimate: float
    se: float


class ContrastBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    names: list[str]
    values: list[float]
    covariance: list[list[float]]
    contrasts: list[Contrast]


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    intervals: list[Interval]
    laeken: list[Record]
    contrasts: list[ContrastBlock]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    laeken: str
    blocks: Blocks


GOLDEN = msgspec.json.decode((HERE / "quantiles.json").read_bytes(), type=Golden).blocks


@cache
def table() -> pd.DataFrame:
    return pd.read_csv(HERE / "stratified.csv")


@cache
def strata() -> list[tuple[float, npt.NDArray[np.int64]]]:
    groups = table().groupby("stratum").indices.values()
    return [(float(table()["N_h"].iloc[rows[0]]), np.asarray(rows)) for rows in groups]


def domain_weights(record: Record) -> Floats:
    weights = table()["weight"].to_numpy(dtype=np.float64)
    inside = True if record.by == "national" else table()[record.by].to_numpy() == record.domain
    return weights * inside


def values_of(record: Record) -> Floats:
    return table()[record.name].to_numpy(dtype=np.float64)


def standard_error(scores: Floats) -> Floats:
    """Stratified simple random sampling without replacement, from the textbook formula."""
    variance = np.zeros(1)
    for N, rows in strata():
        n = len(rows)
        if n > 1:
            variance += N**2 * (1.0 - n / N) / n * scores[rows].var(axis=0, ddof=1)
    return np.sqrt(variance)


@dataclass(frozen=True)
class Ours:
    """A quantile of citysample, and F-hat with its t limits before anything is cut."""

    estimate: float
    se: float
    lower: float
    upper: float
    cut_lower: bool
    cut_upper: bool
    edge: bool
    t_limits: tuple[float, float]
    smallest: tuple[float, float]
    """The smallest value, and F-hat there."""
    largest: float


def ours(golden: Interval) -> Ours:
    values, weights, df = values_of(golden), domain_weights(golden), np.array([golden.df])
    q = weighted_quantile(values, weights, golden.p, golden.rule)
    share, scores = distribution_scores(values, weights, q)
    ranking, se = rank(values, weights), standard_error(scores)
    found = woodruff_interval(ranking, golden.p, golden.rule, share, se, df, 0.95, golden.limits)
    z = quantile_influence(ranking, golden.rule, share, se, df, scores)
    half = stats.t.ppf(0.975, golden.df) * se[0]
    first = int(ranking.used[0].argmax())
    return Ours(
        float(q[0]),
        float(standard_error(z)[0]),
        float(found.lower[0]),
        float(found.upper[0]),
        bool(found.cut_lower[0]),
        bool(found.cut_upper[0]),
        bool(found.edge[0]),
        (float(share[0] - half), float(share[0] + half)),
        (float(ranking.values[first]), float(ranking.share[0, first])),
        float(values[weights > 0.0].max()),
    )


def close(found: float, expected: float, tolerance: float = 1e-9) -> bool:
    return abs(found - expected) <= tolerance * abs(expected)


def known_difference(golden: Interval, found: Ours) -> str | None:
    """What R does otherwise in a few intervals, see README.md; None if it does the same."""
    assert golden.lower is not None or not found.edge
    if found.edge:
        # Only the certain commune lies above: F-hat has no variance, and R an interval of length 0.
        assert close(golden.lower or 0.0, golden.upper or 0.0)
        assert found.cut_upper
        assert found.lower < found.estimate < found.upper
        return "no variance"
    if (golden.domain, golden.rule, golden.p) == ("Ticino", "hf6", 0.75):
        # Eleven communes of equal weight: 0.75 is exactly the ninth position; R rounds to below it.
        assert (golden.lower or 0.0) < found.lower
        return "exact position"
    if golden.rule == "hf4" and 0.0 < found.t_limits[0] < found.smallest[1]:
        assert (golden.lower or 0.0) < found.smallest[0] == found.lower
        return "below the smallest value"
    return None


def limit(found: float, cut: bool, extreme: float, theirs: float | None) -> str:
    """Compare a limit that is not cut; what kind of limit it is."""
    if cut:
        assert found == extreme
        return "cut"
    assert theirs is not None
    assert close(found, theirs)
    return "limit"


def compared(golden: Interval) -> list[str]:
    """Compare a quantile with R; the kinds of numbers, one for each."""
    found = ours(golden)
    assert close(found.estimate, golden.estimate, 1e-12), (golden, found)
    difference = known_difference(golden, found)
    if difference is not None:
        return ["estimate", difference]
    kinds = [
        "estimate",
        limit(found.lower, found.cut_lower, found.smallest[0], golden.lower),
        limit(found.upper, found.cut_upper, found.largest, golden.upper),
    ]
    low, high = found.t_limits
    if golden.limits == "mean" and low >= found.smallest[1] and high <= 1.0:
        assert golden.se is not None
        assert close(found.se, golden.se), (golden, found)
        kinds.append("se")
    return kinds


def test_quantiles_of_survey() -> None:
    counts = Counter(kind for golden in GOLDEN.intervals for kind in compared(golden))
    assert counts == {
        "estimate": 520,
        "limit": 826,
        "se": 273,
        "cut": 192,
        "no variance": 6,
        "exact position": 2,
        "below the smallest value": 3,
    }


def test_quantiles_of_laeken() -> None:
    for golden in GOLDEN.laeken:
        (found,) = weighted_quantile(values_of(golden), domain_weights(golden), golden.p, golden.rule)
        assert close(float(found), golden.estimate, 1e-12), golden
    assert len(GOLDEN.laeken) == 60


def test_contrasts_of_survey() -> None:
    numbers = 0
    for block in GOLDEN.contrasts:
        found = form_contrasts(
            {contrast.name: contrast.name for contrast in block.contrasts},
            [(name, "national", "all") for name in block.names],
            np.array(block.values),
            np.array(block.covariance),
            np.full(len(block.names), 91.0),
            0.95,
        )
        for row, contrast in zip(found.rows, block.contrasts, strict=True):
            assert close(row.estimate, contrast.estimate), contrast
            assert close(row.se, contrast.se), contrast
            numbers += 2
    assert numbers == 22
