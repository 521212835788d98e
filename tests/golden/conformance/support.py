"""What the tests of the matrix share: figures of R, the samples, and the comparison of one figure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

import citysample as cs
from citysample.reference_frames.columns import FloatArray

HERE = Path(__file__).resolve().parent

TOLERANCE = 1e-9
"""Relative. Both programs evaluate the same formula in double precision and differ by rounding only."""

ROUNDING = 1e-8
"""A standard error of R below this part of its estimate is zero: the root of a rounding error of 1e-16."""

Key = tuple[str, str, str]
"""Name, breakdown and domain of an estimate; the name is the text of the expression."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure of R. None is NaN in R; no interval was made where its name is ``none``."""

    name: str
    by: str
    domain: str
    interval: str
    estimate: float
    se: float | None
    lower: float | None
    upper: float | None
    deff: float | msgspec.UnsetType | None = msgspec.UNSET
    rule: str = ""
    level: float = 0.95
    df: float = math.nan

    @property
    def key(self) -> Key:
        return (self.name, self.by, self.domain)


class Covariance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: list[Key]
    values: list[list[float]]


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    degf: float
    figures: list[Figure]
    covariances: dict[str, Covariance] = {}
    scale: float = 1.0
    rscales: list[float] = []


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    blocks: dict[str, Block]
    sampling: str = ""
    laeken: str = ""


@dataclass(frozen=True)
class Case:
    """A block of R, the sample and its design in citysample, and how many numbers are compared."""

    file: str
    block: str
    numbers: int
    covariances: int
    data: str
    design: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    replicates: str = ""
    """File of the replicate weights that were delivered with the sample."""

    def __str__(self) -> str:
        return self.block

    @property
    def golden(self) -> Block:
        return golden(self.file).blocks[self.block]

    def survey(self) -> cs.WeightedSample:
        design = self.design
        if design.get("replicate_method") in ("jk1", "jkn", "bootstrap"):
            design = design | {"scale": self.golden.scale, "rscales": self.golden.rscales}
        return survey_of(self.data, design, self.replicates)

    def estimate(self, keys: Iterable[Key], **options: Any) -> cs.Estimates:
        return estimates_of(self.survey(), keys, **{"df": self.golden.degf, **self.options, **options})


@cache
def golden(file: str) -> Golden:
    return msgspec.json.decode((HERE / f"{file}.json").read_bytes(), type=Golden)


def read_table(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / f"{name}.csv")


def survey_of(data: str, design: dict[str, Any], replicates: str = "") -> cs.WeightedSample:
    """The sample; a design may name the file of its joint probabilities."""
    table = read_table(data)
    if "joint" in design:
        design = design | {"joint": read_table(design["joint"]).to_numpy()}
    if replicates:
        weights = read_table(replicates)
        table = pd.concat([table, weights], axis=1)
        design = design | {"replicates": list(weights.columns)}
    return cs.CitySample.from_table(table, **design)


def estimates_of(survey: cs.WeightedSample, keys: Iterable[Key], **options: Any) -> cs.Estimates:
    wanted = list(keys)
    names = dict.fromkeys(name for name, _, _ in wanted)
    breakdowns = [by for by in dict.fromkeys(by for _, by, _ in wanted) if by != "national"]
    return survey.estimate({name: name for name in names}, by=breakdowns, **options)


def close(ours: float, theirs: float, scale: float | None = None) -> bool:
    """Equal up to the tolerance, relative to the other number or to a given scale."""
    return abs(ours - theirs) <= TOLERANCE * abs(theirs if scale is None else scale)


def compared(ours: cs.Estimate, figure: Figure) -> int:
    """Compare a figure; the count of numbers that were compared."""
    assert close(ours.estimate, figure.estimate), ("estimate", figure, ours.estimate)
    if figure.se is None or figure.se <= ROUNDING * abs(figure.estimate):
        return 1 + _compared_zero(ours, figure)
    names = ("se",) if figure.interval == "none" else ("se", "lower", "upper")
    for name in names:
        assert close(getattr(ours, name), getattr(figure, name)), (name, figure, getattr(ours, name))
    if figure.interval != "none":
        assert ours.interval_method == figure.interval, (figure, ours.interval_method, ours.note)
    return 1 + len(names) + _compared_deff(ours, figure)


def _compared_zero(ours: cs.Estimate, figure: Figure) -> int:
    """R gives an interval of width zero, or NaN as the root of a rounding error; citysample gives none."""
    assert ours.interval_method == "none", (figure, ours)
    assert ours.note
    assert math.isnan(ours.se) or ours.se <= ROUNDING * abs(ours.estimate), (figure, ours.se)
    assert math.isnan(ours.lower)
    assert math.isnan(ours.upper)
    return 1


def _compared_deff(ours: cs.Estimate, figure: Figure) -> int:
    if figure.deff is msgspec.UNSET or figure.deff is None:
        return 0
    assert close(ours.deff, figure.deff), (figure, ours.deff)
    return 1


def compare_figures(case: Case) -> None:
    """All figures of the block, with their intervals and design effects; their number is checked."""
    numbers: Counter[str] = Counter()
    by_interval: dict[str, list[Figure]] = {}
    for figure in case.golden.figures:
        by_interval.setdefault(figure.interval, []).append(figure)
    for interval, figures in by_interval.items():
        keys = [figure.key for figure in figures]
        assert len(set(keys)) == len(keys)
        estimates = case.estimate(keys, interval="t" if interval == "none" else interval)
        ours = {(row.name, row.by, row.domain): row for row in estimates.rows}
        for figure in figures:
            numbers[interval] += compared(ours[figure.key], figure)
    assert numbers.total() == case.numbers, numbers


def compare_covariances(case: Case) -> None:
    numbers = 0
    for matrix in case.golden.covariances.values():
        estimates = case.estimate(matrix.keys)
        found = estimates.cov().loc[matrix.keys, matrix.keys].to_numpy(dtype="float64")
        theirs = np.array(matrix.values)
        known = {(row.name, row.by, row.domain): row.estimate for row in estimates.rows}
        allowed = _allowed(theirs, np.array([known[key] for key in matrix.keys]))
        differ = np.abs(found - theirs) > allowed
        assert not differ.any(), (matrix.keys, found[differ], theirs[differ])
        numbers += found.size
    assert numbers == case.covariances


def _allowed(covariance: FloatArray, estimates: FloatArray) -> FloatArray:
    """By how much covariances may differ: by a part of the product of the standard errors.

    Where a variance is zero, R has a rounding error of 1e-16 of the squared estimate, and of 1e-16 of both
    estimates for a covariance.
    """
    root = np.sqrt(np.abs(np.diag(covariance)))
    rounding = np.where(root <= ROUNDING * np.abs(estimates), ROUNDING * np.abs(estimates), 0.0)
    scale = np.maximum(root, 10.0 * rounding)
    return np.asarray(TOLERANCE * np.outer(scale, scale) + np.outer(rounding, rounding))


def check_blocks(file: str, cases: list[Case]) -> None:
    """Each block of R is compared, and each expression is written once in a block."""
    assert [case.block for case in cases] == list(golden(file).blocks)
    assert {bool(case.covariances) for case in cases} >= {True}
    for case in cases:
        assert bool(case.covariances) == bool(case.golden.covariances)
