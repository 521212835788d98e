"""What may be called a share, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import pandas as pd
import pytest

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]

TABLE = pd.DataFrame(
    {"part": [1.0, 2.0, 3.0, 2.0], "whole": [4.0, 5.0, 9.0, 6.0], "percent": [25.0, 40.0, 33.0, 33.0]}
)


def survey() -> cs.WeightedSample:
    return cs.CitySample.from_table(TABLE, fpc=20)


@pytest.mark.parametrize("unit", ["%", "percent", "Per cent", " pct"])
def test_per_cent_is_no_unit_of_a_share(refused: Refused, unit: str) -> None:
    with refused("ESTIMATE-SHARE-INVALID", "estimate 'x'", "unit = 'share'"):
        survey().estimate({"x": cs.Indicator("ratio(part, whole)", unit=unit)})
    row = survey().estimate({"x": cs.Indicator("100 * ratio(part, whole)", unit=unit)}).rows[0]
    assert row.estimate == pytest.approx(100 * 8 / 24)


@pytest.mark.parametrize("formula", ["mean(percent)", "ratio(whole, part)", "-ratio(part, whole)"])
def test_a_share_outside_0_and_1_is_refused(refused: Refused, formula: str) -> None:
    with refused("ESTIMATE-SHARE-INVALID", "'x'", "domain 'all'", formula, "per cent already"):
        survey().estimate({"x": cs.Indicator(formula, unit="share")})


def test_the_unit_share_asks_for_a_logit_interval() -> None:
    formulas = ["ratio(part, whole)", "total(part) / total(whole)"]
    rows = [survey().estimate(cs.Indicator(formula, unit="share")).rows[0] for formula in formulas]
    assert [row.interval_method for row in rows] == ["logit", "logit"]
    assert rows[0].lower == pytest.approx(rows[1].lower, rel=1e-12)
    plain = survey().estimate("total(part) / total(whole)").rows[0]
    assert plain.interval_method == "t"


@pytest.mark.parametrize("text", ["1e200 * total(part)", "total(part) ** total(whole)", "1e160 * mean(part)"])
def test_figures_that_are_too_large_have_no_precision(text: str) -> None:
    row = survey().estimate(text).rows[0]
    assert row.note.startswith("not defined: ")
    assert [math.isnan(value) for value in (row.se, row.lower, row.upper)] == [True] * 3
