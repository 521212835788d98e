"""Two-stage samples read from a table against R survey. elsewhere.R wrote the figures; README.md says how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.forms.stratified import design_covariance, variance_form

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-12
"""Relative. Both programs evaluate the same closed formula in double precision."""

TOWNS: dict[str, Any] = {"psu": ["id1", "id2"]}
SCHOOLS: dict[str, Any] = {"psu": ["dnum", "snum"]}
DESIGNS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mu284, counts": ("mu284", "y1", TOWNS | {"fpc": ["n1", "n2"]}),
    "mu284, fractions": ("mu284", "y1", TOWNS | {"fpc": ["f1", "f2"]}),
    "schools": ("schools", "api00", SCHOOLS | {"fpc": ["fpc1", "fpc2"]}),
    "schools, given weights": ("schools", "api00", SCHOOLS | {"fpc": ["fpc1", "fpc2"], "weights": "pw"}),
    "schools, with replacement": (
        "schools",
        "api00",
        SCHOOLS | {"weights": "pw", "method": "with_replacement"},
    ),
}


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    total: float
    se: float


def figures() -> dict[str, Figure]:
    return msgspec.json.decode((HERE / "elsewhere.json").read_bytes(), type=dict[str, Figure])


def total(survey: cs.WeightedSample, column: str) -> tuple[float, float]:
    """Estimated total and its standard error."""
    y = survey.table[[column]].to_numpy(dtype=np.float64)
    form = variance_form(survey.draw, "design")
    variance = design_covariance(y, survey.weights, survey.draw, form)[0, 0]
    return float(survey.weights @ y[:, 0]), float(np.sqrt(variance))


@pytest.mark.parametrize("name", DESIGNS)
def test_totals_of_two_stage_samples(name: str) -> None:
    data, column, design = DESIGNS[name]
    table = pd.read_csv(HERE / f"elsewhere_{data}.csv")
    if data == "mu284":
        table = table.assign(f1=5 / table["n1"], f2=3 / table["n2"])
    expected = figures()[name]
    found = total(cs.CitySample.from_table(table, **design), column)
    assert found == pytest.approx((expected.total, expected.se), rel=TOLERANCE)


def test_a_three_stage_sample_with_strata_inside_cities() -> None:
    """The homes of two_stage.R, read from their table: the weights of R, and totals of persons and rooms."""
    homes = pd.read_csv(HERE / "two_stage.csv", dtype={"home": str})
    options: dict[str, Any] = {"psu": ["city", "area", "home"], "fpc": ["N", "M_kind", "K"]}
    survey = cs.CitySample.from_table(homes, strata=["stratum", "kind", None], **options)
    block = msgspec.json.decode((HERE / "two_stage.json").read_bytes())["blocks"]["homes in areas in cities"]
    np.testing.assert_allclose(survey.weights, block["weights"], rtol=1e-14)
    compared = 0
    for figure in block["figures"]:
        column = figure["name"].removeprefix("total(").removesuffix(")")
        if figure["by"] == "national" and column in ("persons", "rooms"):
            assert total(survey, column) == pytest.approx((figure["estimate"], figure["se"]), rel=TOLERANCE)
            compared += 1
    assert compared == 2


def test_all_designs_are_compared_and_mu284_is_the_published_example() -> None:
    assert set(figures()) == set(DESIGNS)
    published = figures()["mu284, counts"]
    assert (published.total, round(published.se, 1)) == (15080.0, 2274.3)
