"""Replicate weights that come with the data: columns, scales, factors, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused

import citysample as cs
from citysample.weighting.delivered_replicates import REPLICATE_SCALES, DeliveredReplicates

from_table = cs.CitySample.from_table


def table(**change: Any) -> pd.DataFrame:
    start = pd.DataFrame(
        {
            "y": [1.0, 4.0, 2.0, 5.0],
            "w": [2.0, 2.0, 3.0, 3.0],
            "rep_1": [4.0, 0.0, 6.0, 0.0],
            "rep_2": [0.0, 4.0, 6.0, 0.0],
            "other": [1.0, 1.0, 1.0, 1.0],
            "rep_10": [4.0, 0.0, 0.0, 6.0],
            "rep_11": [0.0, 4.0, 0.0, 6.0],
        }
    )
    return start.assign(**change)


NAMES = ("rep_1", "rep_2", "rep_10", "rep_11")
BRR: dict[str, Any] = {"weights": "w", "replicates": "rep_*", "replicate_method": "brr"}


def delivered(**options: Any) -> DeliveredReplicates:
    found = from_table(table(), **(BRR | options)).replicates
    assert found is not None
    return found


def test_columns_by_a_pattern() -> None:
    survey = from_table(table(), **BRR)
    assert survey.replicates is not None
    assert survey.replicates.names == NAMES
    assert len(survey.replicates) == 4
    np.testing.assert_array_equal(survey.replicates.weights, table()[list(NAMES)])
    assert survey.table.columns.tolist() == ["y", "w", "other"]
    assert survey.weights.tolist() == [2.0, 2.0, 3.0, 3.0]


def test_columns_by_name_keep_their_order() -> None:
    assert delivered(replicates=["rep_10", "rep_1"]).names == ("rep_10", "rep_1")


def test_the_design_may_be_unknown_or_known() -> None:
    assert from_table(table(), **BRR).draw.method == "with_replacement"
    known = from_table(table(), **BRR, fpc=20)
    assert (known.draw.method, known.draw.pi.tolist()) == ("srs", [0.2] * 4)
    assert from_table(table(), fpc=20).replicates is None


@pytest.mark.parametrize(
    ("method", "options", "scale"),
    [
        ("jk1", {}, 3 / 4),
        ("jkn", {"rscales": 0.5}, 1.0),
        ("brr", {}, 1 / 4),
        ("fay", {"fay": 0.5}, 1.0),
        ("bootstrap", {}, 1 / 3),
        ("sdr", {}, 1.0),
        ("other", {"scale": 0.7}, 0.7),
        ("jk1", {"scale": 0.6}, 0.6),
        ("bootstrap", {"scale": 1 / 4}, 1 / 4),
    ],
)
def test_scales(method: str, options: dict[str, Any], scale: float) -> None:
    found = delivered(replicate_method=method, **options)
    assert found.scale == pytest.approx(scale)
    assert (found.method, found.mse) == (method, True)
    assert found.rscales.tolist() == [options.get("rscales", 1.0)] * 4
    assert method in REPLICATE_SCALES


def test_scales_of_single_replicates_and_the_centre() -> None:
    found = delivered(replicate_method="jkn", rscales=[0.5, 0.5, 0.25, 0.0], mse=False)
    assert (found.rscales.tolist(), found.mse) == ([0.5, 0.5, 0.25, 0.0], False)


def test_factors_are_multiplied_with_the_weights() -> None:
    factors = table()[["y", "w"]].join(table()[list(NAMES)].div(table()["w"], axis=0))
    found = from_table(factors, **BRR, combined=False).replicates
    assert found is not None
    np.testing.assert_array_equal(found.weights, delivered().weights)


def test_some_producers_have_negative_weights(refused: Refused) -> None:
    negative = table(rep_1=[4.0, -1.0, 6.0, 0.0])
    assert from_table(negative, **(BRR | {"replicate_method": "sdr"})).replicates is not None
    with refused("DATA-REPLICATES-INVALID", "negative", "'rep_1'", "only with 'sdr', 'other'"):
        from_table(negative, **BRR)


# what, changed columns, options, code, words
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str, tuple[str, ...]]] = [
    ("no column", {}, {"replicates": "wt*"}, "DATA-REPLICATES-INVALID", ("no column like 'wt*'",)),
    ("one column", {}, {"replicates": ["rep_1"]}, "DATA-REPLICATES-INVALID", ("1 columns: 'rep_1'",)),
    ("twice", {}, {"replicates": ["rep_1", "rep_1"]}, "DATA-REPLICATES-INVALID", ("different columns",)),
    ("unknown column", {}, {"replicates": ["rep_1", "rep_3"]}, "DATA-COLUMN-UNKNOWN", ("'rep_3'",)),
    ("missing", {"rep_2": [0.0, None, 6.0, 0.0]}, {}, "DATA-VALUE-MISSING", ("'rep_2'", "cities '2'")),
    ("text", {"rep_2": ["x"] * 4}, {}, "DATA-NUMBER-TEXT", ("'rep_2'",)),
    ("infinite", {"rep_2": [0.0, np.inf, 6.0, 0.0]}, {}, "DATA-VALUE-INVALID", ("'rep_2'", "infinite")),
    ("no weight", {"rep_2": 0.0}, {}, "DATA-REPLICATES-INVALID", ("no weight at all", "'rep_2'")),
    ("no method", {}, {"replicate_method": None}, "DESIGN-VALUE-INVALID", ("Say replicate_method",)),
    ("method", {}, {"replicate_method": "br"}, "DESIGN-VALUE-INVALID", ("'br'", "Did you mean 'brr'?")),
    ("no fay", {}, {"replicate_method": "fay"}, "DATA-REPLICATES-INVALID", ("fay = None", "below 1")),
    ("fay 1", {}, {"replicate_method": "fay", "fay": 1.0}, "DATA-REPLICATES-INVALID", ("fay = 1.0",)),
    ("fay with brr", {}, {"fay": 0.3}, "DESIGN-OPTION-UNUSED", ("'fay'", "'brr'")),
    ("scale with brr", {}, {"scale": 0.3}, "DESIGN-OPTION-UNUSED", ("'scale'", "the method fixes")),
    (
        "no rscales",
        {},
        {"replicate_method": "jkn"},
        "DATA-REPLICATES-INVALID",
        ("no rscales", "(n_h - 1)/n_h"),
    ),
    (
        "short rscales",
        {},
        {"replicate_method": "jkn", "rscales": [1.0, 1.0]},
        "DATA-REPLICATES-INVALID",
        ("shape (2,)", "4 numbers"),
    ),
    (
        "negative rscales",
        {},
        {"replicate_method": "jkn", "rscales": [1.0, 1.0, 1.0, -1.0]},
        "DATA-REPLICATES-INVALID",
        ("'-1.0'",),
    ),
    (
        "text as rscales",
        {},
        {"replicate_method": "jkn", "rscales": ["a", "b", "c", "d"]},
        "DATA-REPLICATES-INVALID",
        ("rscales must be numbers",),
    ),
    ("no scale", {}, {"replicate_method": "other"}, "DATA-REPLICATES-INVALID", ("no scale",)),
    ("scale 0", {}, {"replicate_method": "jk1", "scale": 0.0}, "DATA-REPLICATES-INVALID", ("scale = 0.0",)),
    ("scale nan", {}, {"replicate_method": "jk1", "scale": np.nan}, "DATA-REPLICATES-INVALID", ("nan",)),
    ("scale text", {}, {"replicate_method": "jk1", "scale": "1"}, "DATA-REPLICATES-INVALID", ("'1'",)),
    (
        "weights called factors",
        {},
        {"combined": False},
        "DATA-REPLICATES-INVALID",
        ("2.6 times", "combined = False", "True if they hold weights"),
    ),
    (
        "factors called weights",
        dict.fromkeys(NAMES, 1.0),
        {},
        "DATA-REPLICATES-INVALID",
        ("0.4 times", "combined = True"),
    ),
    ("kind of replicates", {}, {"replicates": 5}, "DESIGN-VALUE-INVALID", ("replicates = 5",)),
    ("kind of combined", {}, {"combined": "no"}, "DESIGN-VALUE-INVALID", ("combined = 'no'",)),
    (
        "weights among them",
        {"rep_0": 2.5},
        {"weights": "rep_0"},
        "DATA-REPLICATES-INVALID",
        ("'rep_0'", "a narrower pattern"),
    ),
    ("no weights", {}, {"weights": None}, "DATA-WEIGHT-INVALID", ("neither weights nor pi",)),
    (
        "options alone",
        {},
        {"replicates": None, "scale": 0.5, "fpc": 20},
        "DESIGN-OPTION-UNUSED",
        ("'replicate_method', 'scale'", "without replicates"),
    ),
]


@pytest.mark.parametrize(("what", "change", "options", "code", "words"), CASES, ids=[row[0] for row in CASES])
def test_replicates_that_are_refused(
    refused: Refused,
    what: str,
    change: dict[str, Any],
    options: dict[str, Any],
    code: str,
    words: tuple[str, ...],
) -> None:
    assert what
    with refused(code, *words):
        from_table(table(**change), **(BRR | options))


@pytest.mark.parametrize(
    ("weights", "names", "words"),
    [
        (np.ones((4, 3)), NAMES, ("wrong shape", "(4, 3) for 4 names")),
        (np.ones(4), NAMES, ("wrong shape", "(4,)")),
        (np.full((4, 4), np.nan), NAMES, ("missing or infinite",)),
    ],
)
def test_arrays_that_are_refused(
    refused: Refused, weights: Any, names: tuple[str, ...], words: tuple[str, ...]
) -> None:
    with refused("DATA-REPLICATES-INVALID", *words):
        DeliveredReplicates(weights, 1.0, np.ones(4), "brr", True, names)
