"""Each error of a sample drawn elsewhere: its code and the words that say where, what and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pandas as pd
import pytest

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]


def table(**change: Any) -> pd.DataFrame:
    start = pd.DataFrame(
        {
            "code": ["a", "b", "c", "d", "e"],
            "zone": ["S", "S", "N", "N", "N"],
            "y": [1.0, 3.0, 2.0, 6.0, 4.0],
            "N_h": [8, 8, 12, 12, 12],
            "chance": [0.5, 0.25, 0.2, 0.4, 0.8],
            "w": [2.0, 4.0, 5.0, 2.5, 1.25],
            "block": [1, 1, 2, 2, 3],
        }
    )
    return start.assign(**change)


SRS: dict[str, Any] = {"id": "code", "strata": "zone", "fpc": "N_h"}
PIVOTAL: dict[str, Any] = {"id": "code", "strata": "zone", "pi": "chance", "method": "pivotal"}

# what, changed columns, options, code, words
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str, tuple[str, ...]]] = [
    ("method", {}, SRS | {"method": "sr"}, "DESIGN-METHOD-UNKNOWN", ("'sr'", "Did you mean 'srs'?")),
    ("rule", {}, SRS | {"single_psu": "drop"}, "DESIGN-VALUE-INVALID", ("'drop'", "'fail', 'collapse'")),
    (
        "weights and pi",
        {},
        SRS | {"weights": "w", "pi": "chance"},
        "DESIGN-VALUE-INVALID",
        ("weights = 'w', pi = 'chance'", "one of the two"),
    ),
    (
        "weights and pi, with replacement",
        {},
        {"method": "with_replacement", "weights": "w", "pi": "chance"},
        "DESIGN-VALUE-INVALID",
        ("one of the two for 'with_replacement'",),
    ),
    (
        "infinite weight",
        {"w": [2.0, float("inf"), 5.0, 1.0, 1.0]},
        SRS | {"weights": "w"},
        "DATA-VALUE-INVALID",
        ("'w'", "infinite", "cities 'b'"),
    ),
    ("infinite fpc", {"N_h": [float("inf")] * 5}, SRS, "DATA-VALUE-INVALID", ("'N_h'", "infinite")),
    ("weights as text", {"w": ["2"] * 5}, SRS | {"weights": "w"}, "DATA-NUMBER-TEXT", ("'w'", "5 cells")),
    ("pi as text", {"chance": ["2"] * 5}, PIVOTAL, "DATA-NUMBER-TEXT", ("'chance'", "5 cells")),
    (
        "counts and fractions",
        {"N_h": [0.5, 0.5, 12, 12, 12]},
        SRS,
        "DATA-WEIGHT-INVALID",
        ("stratum 'S'", "fpc = 0.5", "or fractions for all"),
    ),
    (
        "N of 1 among counts",
        {"N_h": [1, 1, 12, 12, 12]},
        SRS,
        "DATA-WEIGHT-INVALID",
        ("stratum 'S': 2 sampled PSUs", "fpc = 1", "N_h >= 2"),
    ),
    (
        "fpc below n, all certain",
        {"N_h": [1.5, 1.5, 12, 12, 12]},
        SRS | {"certainty": ["a", "b"]},
        "DATA-WEIGHT-INVALID",
        ("stratum 'S': 2 sampled PSUs, 2 of them certain", "fpc = 1.5"),
    ),
    (
        "collapse without a score",
        {},
        SRS | {"single_psu": "collapse"},
        "DESIGN-VALUE-INVALID",
        ("collapse_by = None", "Give collapse_by"),
    ),
    (
        "a score without collapse",
        {},
        SRS | {"collapse_by": "N_h"},
        "DESIGN-OPTION-UNUSED",
        ("single_psu = 'fail'", "Remove collapse_by"),
    ),
    (
        "a score that varies",
        {},
        SRS | {"single_psu": "collapse", "collapse_by": "y"},
        "DATA-FPC-VARIES",
        ("'y' is not constant in a stratum", "cities 'b'"),
    ),
    (
        "response 0",
        {"r": [0.5, 0.0, 1.5, 1.0, 1.0]},
        SRS | {"response": "r"},
        "DATA-WEIGHT-INVALID",
        ("'r' has 2 values", "cities 'b', 'c'", "at most 1"),
    ),
    (
        "missing response",
        {"r": [0.5, None, 0.5, 1.0, 1.0]},
        SRS | {"response": "r"},
        "DATA-VALUE-MISSING",
        ("'r'", "cities 'b'"),
    ),
    (
        "order of an srs",
        {},
        SRS | {"order": "y"},
        "DESIGN-OPTION-UNUSED",
        ("'order'", "'srs'", "'systematic'"),
    ),
    (
        "coordinates of an srs",
        {},
        SRS | {"coordinates": ["y", "w"]},
        "DESIGN-OPTION-UNUSED",
        ("'coordinates'", "'local_pivotal'"),
    ),
    (
        "balance of a pivotal sample",
        {},
        PIVOTAL | {"balance": ["y"]},
        "DESIGN-OPTION-UNUSED",
        ("'balance'", "'pivotal'", "'cube'"),
    ),
    (
        "one place twice",
        {"place": [1, 1, 3, 4, 4]},
        PIVOTAL | {"order": "place"},
        "DATA-VALUE-INVALID",
        ("'place'", "cities 'a', 'b', 'd', 'e'", "a different number"),
    ),
    (
        "balance that varies in a psu",
        {"chance": 0.5},
        PIVOTAL | {"method": "cube", "balance": "y", "psu": "block"},
        "DATA-FPC-VARIES",
        ("'y' is not constant in a primary sampling unit",),
    ),
    (
        "missing coordinate",
        {"lon": [1.0, 2.0, None, 3.0, 4.0], "lat": 0.0},
        PIVOTAL | {"method": "local_pivotal", "coordinates": ["lon", "lat"]},
        "DATA-VALUE-MISSING",
        ("'lon'", "cities 'c'"),
    ),
    (
        "unknown balance",
        {},
        PIVOTAL | {"method": "cube", "balance": ["yy"]},
        "DATA-COLUMN-UNKNOWN",
        ("'yy'",),
    ),
    (
        "no balance",
        {},
        PIVOTAL | {"method": "cube"},
        "DESIGN-VALUE-INVALID",
        ("'cube' needs the columns", "'pivotal'", "cautious"),
    ),
    ("no fpc", {}, SRS | {"fpc": None}, "DATA-FPC-MISSING", ("no fpc", "N_h", "'with_replacement'")),
    ("no fpc, weights", {}, {"weights": "w"}, "DATA-FPC-MISSING", ("no fpc", "'with_replacement'")),
    ("no pi", {}, {"method": "pivotal"}, "DATA-WEIGHT-INVALID", ("Method 'pivotal'", "no pi", "Give pi")),
    (
        "weights are no pi",
        {},
        {"method": "systematic", "weights": "w"},
        "DATA-WEIGHT-INVALID",
        ("Method 'systematic'", "no pi"),
    ),
    (
        "no weights",
        {},
        {"method": "with_replacement"},
        "DATA-WEIGHT-INVALID",
        ("with replacement", "neither weights nor pi"),
    ),
    ("id column", {}, SRS | {"id": "cod"}, "DATA-COLUMN-UNKNOWN", ("'cod'", "Did you mean 'code'?")),
    ("strata column", {}, SRS | {"strata": "zones"}, "DATA-COLUMN-UNKNOWN", ("Did you mean 'zone'?",)),
    ("psu column", {}, SRS | {"psu": "blocks"}, "DATA-COLUMN-UNKNOWN", ("Did you mean 'block'?",)),
    ("fpc column", {}, SRS | {"fpc": "N"}, "DATA-COLUMN-UNKNOWN", ("'N'", "from_table")),
    ("weights column", {}, SRS | {"weights": "weight"}, "DATA-COLUMN-UNKNOWN", ("'weight'",)),
    ("certainty column", {}, SRS | {"certainty": "sure"}, "DATA-COLUMN-UNKNOWN", ("'sure'",)),
    ("count column", {"cities": 1}, SRS, "DATA-COLUMN-RESERVED", ("'cities'", "Rename")),
    ("missing id", {"code": ["a", None, "c", "d", "e"]}, SRS, "DATA-ID-INVALID", ("data rows 2",)),
    ("repeated id", {"code": list("aabcd")}, SRS, "DATA-ID-DUPLICATE", ("'a' in 2 rows",)),
    (
        "missing stratum",
        {"zone": ["S", None, "N", "N", "N"]},
        SRS,
        "DATA-VALUE-MISSING",
        ("'zone'", "cities 'b'"),
    ),
    (
        "missing psu",
        {"block": [1, 1, None, 2, 3]},
        SRS | {"psu": "block"},
        "DATA-VALUE-MISSING",
        ("'block'", "cities 'c'"),
    ),
    (
        "psu in two strata",
        {"block": [1, 2, 2, 2, 3]},
        SRS | {"psu": "block"},
        "DATA-PSU-NOT-NESTED",
        ("column 'block': '2'", "each PSU in one stratum"),
    ),
    ("missing fpc", {"N_h": [8, None, 12, 12, 12]}, SRS, "DATA-VALUE-MISSING", ("'N_h'", "cities 'b'")),
    ("fpc 0", {"N_h": [0, 0, 12, 12, 12]}, SRS, "DATA-WEIGHT-INVALID", ("cities 'a', 'b'", "above 0")),
    ("fpc below 0", {}, SRS | {"fpc": -5}, "DATA-WEIGHT-INVALID", ("fpc = -5",)),
    ("fpc nan", {}, SRS | {"fpc": float("nan")}, "DATA-WEIGHT-INVALID", ("fpc = nan",)),
    (
        "fpc below n",
        {"N_h": [8, 8, 2, 2, 2]},
        SRS,
        "DATA-WEIGHT-INVALID",
        ("stratum 'N': 3 sampled PSUs", "fpc = 2", "N_h >= 3"),
    ),
    (
        "fpc varies",
        {"N_h": [8, 8, 12, 12, 13]},
        SRS,
        "DATA-FPC-VARIES",
        ("'N_h' is not constant in a stratum", "cities 'e'", "13"),
    ),
    (
        "fraction with certainty",
        {},
        SRS | {"fpc": 0.5, "certainty": ["a"]},
        "DATA-WEIGHT-INVALID",
        ("stratum 'S': 2 sampled PSUs, 1 of them certain", "Give N_h, not a fraction"),
    ),
    ("fpc as text", {"N_h": ["8"] * 5}, SRS, "DATA-NUMBER-TEXT", ("'N_h'", "5 cells")),
    (
        "weight 0",
        {"w": [2.0, 0.0, 5.0, -1.0, 1.0]},
        SRS | {"weights": "w"},
        "DATA-WEIGHT-INVALID",
        ("'w' has 2 values", "cities 'b', 'd'", "'0.0', '-1.0'", "above 0"),
    ),
    (
        "missing weight",
        {"w": [2.0, None, 5.0, 1.0, 1.0]},
        SRS | {"weights": "w"},
        "DATA-VALUE-MISSING",
        ("'w'", "cities 'b'"),
    ),
    (
        "pi above 1",
        {"chance": [0.5, 1.5, 0.2, 0.0, 0.8]},
        PIVOTAL,
        "DATA-WEIGHT-INVALID",
        ("2 values", "cities 'b', 'd'", "at most 1"),
    ),
    ("missing pi", {"chance": [0.5, None, 0.2, 0.4, 0.8]}, PIVOTAL, "DATA-VALUE-MISSING", ("cities 'b'",)),
    (
        "pi varies in a psu",
        {},
        PIVOTAL | {"psu": "block"},
        "DATA-FPC-VARIES",
        ("'chance' is not constant in a primary sampling unit", "cities 'b', 'd'"),
    ),
    (
        "flags",
        {"sure": [0, 2, 0, 0, 1]},
        SRS | {"certainty": "sure"},
        "DATA-WEIGHT-INVALID",
        ("'sure'", "cities 'b'", "1 or 0"),
    ),
    (
        "unknown certainty units",
        {},
        SRS | {"certainty": ["a", "x"]},
        "DESIGN-CERTAINTY-UNKNOWN",
        ("cities 'x'", "Known: 'a', 'b'"),
    ),
    ("number as certainty unit", {}, SRS | {"certainty": [1]}, "DESIGN-CERTAINTY-UNKNOWN", ("cities '1'",)),
]


@pytest.mark.parametrize(("what", "change", "options", "code", "words"), CASES, ids=[row[0] for row in CASES])
def test_tables_that_are_refused(
    refused: Refused,
    what: str,
    change: dict[str, Any],
    options: dict[str, Any],
    code: str,
    words: tuple[str, ...],
) -> None:
    assert what
    with refused(code, *words):
        cs.CitySample.from_table(table(**change), **options)


def test_all_cases_start_from_tables_that_are_accepted() -> None:
    for options in (SRS, PIVOTAL, SRS | {"psu": "block"}, SRS | {"weights": "w"}, SRS | {"certainty": ["a"]}):
        assert len(cs.CitySample.from_table(table(), **options).table) == 5


def test_certainty_that_varies_in_a_psu_is_refused(refused: Refused) -> None:
    flags = table(sure=[0, 0, 0, 1, 0])
    with refused("DATA-FPC-VARIES", "'sure'", "primary sampling unit", "cities 'd'"):
        cs.CitySample.from_table(flags, **SRS, psu="block", certainty="sure")


def test_certainty_that_contradicts_pi_is_refused(refused: Refused) -> None:
    with refused("DATA-WEIGHT-INVALID", "'chance'", "cities 'a'", "1 for a certainty unit"):
        cs.CitySample.from_table(table(), **PIVOTAL, certainty=["a"])


def test_empty_table_is_refused(refused: Refused) -> None:
    with refused("DATA-EMPTY", "0 rows"):
        cs.CitySample.from_table(table().iloc[:0], **SRS)


def test_id_column_that_is_the_stratum_column_is_refused(refused: Refused) -> None:
    with refused("DATA-ID-INVALID", "'code'"):
        cs.CitySample.from_table(table(), id="code", strata="code", fpc=50)


def test_repeated_columns_are_refused(refused: Refused) -> None:
    twice = pd.concat([table(), table()[["y"]]], axis=1)
    with refused("TABLE-HEADER-INVALID", "'y'"):
        cs.CitySample.from_table(twice, **SRS)
