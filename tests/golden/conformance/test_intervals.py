"""Intervals of several methods and levels, and contrasts of estimates after the fact, against R survey."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
import pytest
from scipy import stats
from tests.golden.conformance.support import HERE, Block, Figure, Key, close, estimates_of, survey_of

import citysample as cs

DESIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "simple random": ("apisrs", {"weights": "pw", "fpc": "fpc"}),
    "stratified": ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc"}),
    "clusters": ("apiclus1", {"psu": "district", "weights": "pw", "fpc": "fpc"}),
    "two stages": ("apiclus2", {"psu": ["district", "school"], "fpc": ["fpc1", "fpc2"]}),
    "towns": ("mu284_stratified", {"strata": "zone", "fpc": "N_h"}),
}
COUNTS = {"simple random": 104, "stratified": 104, "clusters": 104, "two stages": 104, "towns": 56}


class Contrast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A linear contrast of estimates with these weights, or the quotient of two."""

    design: str
    kind: Literal["linear", "quotient"]
    name: str
    keys: list[Key]
    weights: list[float]
    value: float
    error: float

    def gradient(self, estimates: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
        if self.kind == "linear":
            return np.array(self.weights)
        first, second = estimates
        return np.array([1.0 / second, -first / second**2])


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    intervals: dict[str, Block]
    contrasts: list[Contrast]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    blocks: Blocks


GOLDEN = msgspec.json.decode((HERE / "intervals.json").read_bytes(), type=Golden).blocks


def survey(block: str) -> cs.WeightedSample:
    data, design = DESIGNS[block]
    return survey_of(data, design)


@pytest.mark.parametrize("block", DESIGNS)
def test_intervals(block: str) -> None:
    numbers = 0
    sample = survey(block)
    for figure in GOLDEN.intervals[block].figures:
        options = {"interval": figure.interval, "confidence_level": figure.level, "df": figure.df}
        (row,) = estimates_of(sample, [figure.key], **options).rows
        assert row.interval_method == figure.interval
        assert figure.se is not None
        assert figure.lower is not None
        assert figure.upper is not None
        assert close(row.estimate, figure.estimate), figure
        assert close(row.se, figure.se), figure
        if figure.interval == "beta" and uncapped_size(figure, row.n) > row.n:
            assert row.lower < figure.lower < figure.upper < row.upper
        else:
            assert close(row.lower, figure.lower), (figure, row.lower)
            assert close(row.upper, figure.upper), (figure, row.upper)
        numbers += 4
    assert numbers == COUNTS[block]


def uncapped_size(figure: Figure, n: int) -> float:
    """The effective size that R takes; citysample takes n at most, so its interval is then wider."""
    assert figure.se is not None
    p, chance = figure.estimate, (1.0 - figure.level) / 2.0
    factor = (stats.t.ppf(chance, n - 1) / stats.t.ppf(chance, figure.df)) ** 2
    return float(p * (1.0 - p) / figure.se**2 * factor)


@pytest.mark.parametrize("contrast", GOLDEN.contrasts, ids=lambda contrast: contrast.name)
def test_contrasts_by_the_covariances(contrast: Contrast) -> None:
    """The covariances of the estimates give the standard error of what a reader makes of them later."""
    found = estimates_of(survey(contrast.design), contrast.keys)
    rows = {(row.name, row.by, row.domain): row.estimate for row in found.rows}
    estimates = np.array([rows[key] for key in contrast.keys])
    gradient = contrast.gradient(estimates)
    covariance = found.cov().loc[contrast.keys, contrast.keys].to_numpy(dtype="float64")
    value = gradient @ estimates if contrast.kind == "linear" else estimates[0] / estimates[1]
    assert close(value, contrast.value)
    assert close(np.sqrt(gradient @ covariance @ gradient), contrast.error)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "separate ratio total",
            "3700000 * separate_ratio(api00, api99, 'E', 2600000, 'H', 460000, 'M', 640000)",
        ),
        ("combined ratio total", "3700000 * ratio(api00, api99)"),
    ],
)
def test_ratio_estimators_of_a_total(name: str, text: str) -> None:
    (theirs,) = [contrast for contrast in GOLDEN.contrasts if contrast.name == name]
    (row,) = survey("stratified").estimate(text).rows
    assert close(row.estimate, theirs.value)
    assert close(row.se, theirs.error)


def test_each_block_of_r_is_compared() -> None:
    assert list(DESIGNS) == list(GOLDEN.intervals)
    assert len(GOLDEN.contrasts) == 8
