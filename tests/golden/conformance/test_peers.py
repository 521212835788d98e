"""Figures against the Python packages svy and samplics, where they are right; run_peers.py wrote theirs."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from tests.golden.conformance.support import HERE, Key, close, estimates_of, survey_of
from tests.golden.conformance.test_designs import CASES

import citysample as cs

ROWS = list(csv.DictReader((HERE / "peers.csv").read_text(encoding="utf-8").splitlines()))
SAMPLES = {case.block: case for case in CASES}
BLOCKS = list(dict.fromkeys(row["block"] for row in ROWS))

NO_SECOND_STAGE = ("two stages", "two stages, strata")
"""Blocks in which samplics has no fpc for the second stage, so that its standard errors are others."""

ALL = ("estimate", "se", "lower", "upper")

DF = {"svy": "design", "samplics": "nominal"}
"""svy counts the PSUs of the domain, samplics all."""


def estimates(program: str, block: str, interval: str) -> tuple[dict[Key, cs.Estimate], list[dict[str, str]]]:
    """Our figures by key, and the rows of the other program."""
    rows = [
        row for row in ROWS if (row["program"], row["block"], row["interval"]) == (program, block, interval)
    ]
    options: dict[str, Any] = {"df": DF[program], "interval": interval}
    case = SAMPLES[block]
    found = estimates_of(survey_of(case.data, case.design), map(key, rows), **options)
    return {(row.name, row.by, row.domain): row for row in found.rows}, rows


def key(row: dict[str, str]) -> Key:
    return row["name"], row["by"], row["domain"]


def compare(block: str, program: str, national: tuple[str, ...], domain: tuple[str, ...]) -> int:
    """Compare these parts of all figures; the count of numbers that were compared."""
    ours, rows = estimates(program, block, "t")
    numbers = 0
    for row in rows:
        for name in national if row["by"] == "national" else domain:
            theirs = float(row[name])
            assert close(getattr(ours[key(row)], name), theirs), (name, row, getattr(ours[key(row)], name))
            numbers += 1
    return numbers


@pytest.mark.parametrize("block", BLOCKS)
def test_svy(block: str) -> None:
    assert compare(block, "svy", ALL, ALL) == 112


@pytest.mark.parametrize("block", [block for block in BLOCKS if block not in NO_SECOND_STAGE])
def test_samplics(block: str) -> None:
    assert compare(block, "samplics", ALL, ALL) == 112


@pytest.mark.parametrize("block", NO_SECOND_STAGE)
def test_estimates_of_samplics_with_two_stages(block: str) -> None:
    assert compare(block, "samplics", ALL[:1], ALL[:1]) == 28


@pytest.mark.parametrize("interval", ["logit", "beta"])
@pytest.mark.parametrize("block", BLOCKS)
def test_intervals_of_shares(block: str, interval: str) -> None:
    ours, (row,) = estimates("svy", block, interval)
    (found,) = ours.values()
    for name in ALL:
        assert close(getattr(found, name), float(row[name])), (name, row, found)
    assert found.interval_method == interval


@pytest.mark.parametrize("block", BLOCKS)
def test_wilson_interval(block: str) -> None:
    """svy counts few degrees of freedom twice, in the t quantile and in the effective size."""
    ours, (row,) = estimates("svy", block, "wilson")
    (found,) = ours.values()
    theirs = {name: float(row[name]) for name in ALL}
    assert close(found.se, theirs["se"])
    if block == "simple random":  # df = n - 1: the effective size stays as it is
        assert close(found.lower, theirs["lower"])
        assert close(found.upper, theirs["upper"])
    else:
        assert theirs["lower"] < found.lower < found.upper < theirs["upper"]
