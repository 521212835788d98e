"""Estimates, variances, intervals, df and design effects against R survey and R sampling.

The R scripts beside this file wrote the figures; README.md says how.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

import citysample as cs

HERE = Path(__file__).resolve().parent

TOLERANCE = 1e-9
"""Relative. Both programs evaluate the same closed formula in double precision. They differ by
rounding only, at most 2e-11 (where sums cancel in svycontrast); a different definition differs by
much more."""

ROUNDING = 1e-12
"""A standard error of R below this part of its estimate is zero but for rounding."""

Key = tuple[str, str, str]
"""Name, breakdown and domain of an estimate."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure of R; deff is None if it does not exist, and unset if R computes none."""

    name: str
    by: str
    domain: str
    interval: str
    estimate: float
    se: float
    lower: float
    upper: float
    deff: float | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def key(self) -> Key:
        return (self.name, self.by, self.domain)


class Covariance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: list[Key]
    values: list[list[float]]


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    degf: float
    degf_random: float
    figures: list[Figure]
    covariances: dict[str, Covariance] = {}


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    blocks: dict[str, Block]
    sampling: str = ""


@dataclass(frozen=True)
class Case:
    """A block of figures of R, what it is in citysample, and how many numbers are compared."""

    file: str
    block: str
    numbers: int
    covariances: int
    design: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.file}: {self.block}"

    @property
    def golden(self) -> Block:
        return golden(self.file).blocks[self.block]

    def survey(self) -> cs.WeightedSample:
        table = pd.read_csv(HERE / f"{self.file}.csv")
        return cs.CitySample.from_table(table, id="commune", **self.design)

    def estimate(self, keys: Iterable[Key], **options: Any) -> cs.Estimates:
        wanted = list(keys)
        names = dict.fromkeys(name for name, _, _ in wanted)
        breakdowns = [by for by in dict.fromkeys(by for _, by, _ in wanted) if by != "national"]
        return self.survey().estimate(
            {name: name for name in names}, by=breakdowns, **({"df": "nominal"} | self.options | options)
        )


SRS = {"strata": "stratum", "fpc": "N_h"}
FRACTION = {"strata": "stratum", "fpc": "fraction"}
REPLACED = {"strata": "stratum", "weights": "weight", "method": "with_replacement"}
PIVOTAL = {"strata": "stratum", "pi": "pi", "method": "pivotal"}
CANTON = {"psu": "canton"}
REPLACED_PI = {"strata": "stratum", "pi": "pi", "method": "with_replacement"}
APART = {"variance": "with_replacement"}

CASES = [
    Case("stratified", "fpc as N_h", 811, 74, SRS),
    Case("stratified", "fpc as a fraction", 399, 74, FRACTION),
    Case("stratified", "adjusted weights", 401, 74, SRS | {"weights": "adjusted_weight"}),
    Case("stratified", "one stratum", 399, 74, {"fpc": 2896}),
    Case("stratified", "with replacement", 399, 74, REPLACED | {"single_psu": "certainty"}),
    Case("clusters", "fpc as N_h", 307, 50, SRS | CANTON),
    Case("clusters", "fpc as a fraction", 307, 50, FRACTION | CANTON),
    Case("clusters", "one stratum", 321, 50, {"fpc": 26} | CANTON),
    Case("clusters", "with replacement", 321, 50, REPLACED | CANTON),
    Case("single_psu", "adjust", 130, 74, SRS | {"single_psu": "adjust"}),
    Case("single_psu", "average", 128, 74, SRS | {"single_psu": "average"}),
    Case("single_psu", "certainty", 128, 74, SRS | {"single_psu": "certainty"}),
    Case("single_psu", "adjust, with replacement", 130, 74, REPLACED | {"single_psu": "adjust"}),
    Case("single_psu", "average, with replacement", 128, 74, REPLACED | {"single_psu": "average"}),
    Case("pps", "deville", 150, 0, PIVOTAL),
    Case("pps", "with replacement, certain communes apart", 150, 0, PIVOTAL, APART),
    Case("pps", "with replacement", 397, 74, REPLACED_PI),
]
FILES = ["stratified", "clusters", "single_psu", "pps"]
by_case = pytest.mark.parametrize("case", CASES, ids=str)


@cache
def golden(file: str) -> Golden:
    return msgspec.json.decode((HERE / f"{file}.json").read_bytes(), type=Golden)


def close(ours: float, theirs: float, scale: float | None = None) -> bool:
    """Equal up to the tolerance, relative to R's number or to a given scale."""
    return abs(ours - theirs) <= TOLERANCE * abs(theirs if scale is None else scale)


def compared(ours: cs.Estimate, figure: Figure) -> int:
    """Compare a figure; the count of numbers that were compared."""
    assert close(ours.estimate, figure.estimate), ("estimate", figure, ours.estimate)
    if figure.se <= ROUNDING * abs(figure.estimate):
        return 1 + compared_without_variance(ours, figure)
    for name in ("se", "lower", "upper"):
        assert close(getattr(ours, name), getattr(figure, name)), (name, figure, getattr(ours, name))
    assert ours.interval_method == figure.interval
    return 4 + compared_deff(ours, figure, 0.0)


def compared_without_variance(ours: cs.Estimate, figure: Figure) -> int:
    """R gives an interval of width zero; citysample says that there is none."""
    assert ours.interval_method == "none"
    if math.isnan(ours.se):
        # R gives 0 for one unit; citysample does not claim that a single city has no variance.
        assert "one randomly drawn unit" in ours.note
        assert math.isnan(ours.deff)
        return 1 + (figure.deff is not msgspec.UNSET)
    assert close(ours.se, 0.0, ours.estimate), (figure, ours.se)
    assert math.isnan(ours.lower)
    assert math.isnan(ours.upper)
    return 1 + compared_deff(ours, figure, TOLERANCE)


def compared_deff(ours: cs.Estimate, figure: Figure, allowed: float) -> int:
    """Compare the design effect; `allowed` is the rounding where the variance is zero."""
    if figure.deff is msgspec.UNSET:
        return 0
    if figure.deff is None:
        assert math.isnan(ours.deff), (figure, ours.deff)
    else:
        assert close(ours.deff, figure.deff) or max(ours.deff, figure.deff) < allowed, (figure, ours.deff)
    return 1


@by_case
def test_figures(case: Case) -> None:
    figures = case.golden.figures
    numbers = 0
    for interval in ("t", "logit"):
        chosen = [figure for figure in figures if figure.interval == interval]
        if not chosen:
            continue
        estimates = case.estimate((figure.key for figure in chosen), interval=interval)
        ours = {(row.name, row.by, row.domain): row for row in estimates.rows}
        numbers += sum(compared(ours[figure.key], figure) for figure in chosen)
    assert numbers == case.numbers


@by_case
def test_degrees_of_freedom(case: Case) -> None:
    key = [("total(population)", "national", "all")]
    (nominal,) = case.estimate(key).rows
    (random,) = case.estimate(key, df="design").rows
    assert (nominal.df, random.df) == (case.golden.degf, case.golden.degf_random)


@pytest.mark.parametrize("case", [case for case in CASES if case.covariances], ids=str)
def test_covariances(case: Case) -> None:
    numbers = 0
    for matrix in case.golden.covariances.values():
        found = case.estimate(matrix.keys).cov().loc[matrix.keys, matrix.keys].to_numpy(dtype="float64")
        for i, row in enumerate(matrix.keys):
            for j, column in enumerate(matrix.keys):
                # A covariance may be near zero; its scale is that of the two standard errors.
                scale = math.sqrt(abs(matrix.values[i][i] * matrix.values[j][j]))
                assert close(found[i, j], matrix.values[i][j], scale), (row, column, found[i, j])
                numbers += 1
    assert numbers == case.covariances


@pytest.mark.parametrize("file", FILES)
def test_each_block_of_r_is_compared(file: str) -> None:
    cases = {case.block: case for case in CASES if case.file == file}
    blocks = golden(file).blocks
    assert set(cases) == set(blocks)
    for name, block in blocks.items():
        assert bool(cases[name].covariances) == bool(block.covariances)
        keys = [(figure.key, figure.interval) for figure in block.figures]
        assert len(set(keys)) == len(keys)
        assert {interval for _, interval in keys} <= {"t", "logit"}


@pytest.mark.parametrize("block", ["one stratum", "adjusted weights"])
def test_a_constant_has_no_design_effect(block: str) -> None:
    """R is no help: svytotal of a constant gives a design effect of rounding errors too."""
    case = next(case for case in CASES if str(case) == f"stratified: {block}")
    (count,) = case.estimate([("total(cities)", "national", "all")]).rows
    assert math.isnan(count.deff)
