"""CSV reads back to the same numbers; figures for people are rounded by their standard error."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reporting.tables import csv_bytes, decimals_for, df_text, number_text, percent, rounded

TEXTS = [
    "007",
    "1E5",
    "=1+1",
    "a,b",
    'a "b"',
    "two\nlines",
    "two\r\nlines",
    "one\rline",
    "Zürich",
    "城市",
    "NA",
    "-",
]


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_floats_read_back_exactly(values: list[float]) -> None:
    table = pd.DataFrame({"x": values}, index=pd.Index([f"c{k}" for k in range(len(values))], name="city_id"))
    rows = read(csv_bytes(table))
    assert [float(row[1]) for row in rows[1:]] == values
    assert len(rows) == len(values) + 1


@pytest.mark.parametrize(
    "value", [0.1 + 0.2, 1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 2.0**53 + 2]
)
def test_a_float_is_written_in_the_shortest_text(value: float) -> None:
    rows = read(csv_bytes(pd.DataFrame({"x": [value]})))
    assert rows[1][1] == repr(value)
    assert math.copysign(1.0, float(rows[1][1])) == math.copysign(1.0, value)


def test_texts_read_back_exactly() -> None:
    table = pd.DataFrame({"name": TEXTS[::-1]}, index=pd.Index(TEXTS, name="city_id"))
    rows = read(csv_bytes(table))
    assert rows == [["city_id", "name"], *([a, b] for a, b in zip(TEXTS, TEXTS[::-1], strict=True))]
    assert len(rows) == 13


def test_missing_values_are_empty_cells_and_counts_stay_whole() -> None:
    table = pd.DataFrame(
        {
            "x": [1.5, np.nan],
            "name": ["a", None],
            "N": pd.array([3, None], dtype="Int64"),
            "flag": [True, False],
        },
        index=pd.Index(["a", "b"], name="city_id"),
    )
    assert read(csv_bytes(table)) == [
        ["city_id", "x", "name", "N", "flag"],
        ["a", "1.5", "a", "3", "True"],
        ["b", "", "", "", "False"],
    ]


def test_lines_end_the_same_on_each_machine() -> None:
    content = csv_bytes(pd.DataFrame({"x": [1, 2]}))
    assert content.count(b"\n") == 3
    assert b"\r" not in content


def test_a_byte_order_mark_tells_excel_the_encoding() -> None:
    content = csv_bytes(pd.DataFrame({"name": ["S\u00e9gou"]}))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (136783.4, 0, "136\u202f783"),
        (-1234.56, 1, "\u22121\u202f234.6"),
        (0.0, 2, "0.00"),
        (1e15, 0, "1\u202f000\u202f000\u202f000\u202f000\u202f000"),
        (1e-12, 8, "0.00000000"),
        (math.nan, 3, "\u2013"),
        (999.5, 0, "1\u202f000"),
        (-0.0, 1, "0.0"),
        (-0.04, 1, "0.0"),
    ],
)
def test_numbers_for_people(value: float, decimals: int, text: str) -> None:
    assert number_text(value, decimals) == text


@pytest.mark.parametrize(
    ("se", "value", "decimals"),
    [
        (10.0, 120.0, 0),
        (1.0, 120.0, 1),
        (0.0123, 0.5, 3),
        (1234.0, 1e6, 0),
        (1e-12, 1e-10, 8),
        (0.0, 0.1234, 4),
        (0.0, 1234567.0, 0),
        (0.0, 0.0, 0),
        (math.nan, 12.5, 2),
        (math.nan, math.nan, 0),
        (math.inf, 12.5, 2),
        (0.0, -0.5, 4),
    ],
)
def test_decimals_show_two_digits_of_the_standard_error(se: float, value: float, decimals: int) -> None:
    assert decimals_for(se, value) == decimals


@pytest.mark.parametrize(
    ("df", "text"),
    [
        (9.0, "9"),
        (9.37, "9.4"),
        (0.0, "0"),
        (math.nan, "\u2013"),
        (math.inf, "\u221e"),
        (1234.5, "1\u202f234.5"),
    ],
)
def test_degrees_of_freedom_for_people(df: float, text: str) -> None:
    assert df_text(df) == text


@given(st.floats(min_value=1e-6, max_value=1e12), st.floats(min_value=-1e12, max_value=1e12))
def test_the_rounding_hides_little_of_the_standard_error(se: float, value: float) -> None:
    step = 10.0 ** -decimals_for(se, value)
    assert step <= max(1.0, se / 9.9)


def test_shares_are_shown_as_per_cent(estimate_row: Callable[..., cs.Estimate]) -> None:
    assert percent("share") == (100.0, "%")
    assert percent("ha") == (1.0, "ha")
    row = pd.Series({"unit": "share", "estimate": 0.12345, "se": 0.0061, "lower": 0.11, "upper": 0.136})
    assert [rounded(row, column) for column in ("estimate", "se", "lower", "upper")] == [
        "12.35",
        "0.61",
        "11.00",
        "13.60",
    ]
    assert estimate_row().unit == "ha"


def test_a_domain_is_rounded_like_the_country() -> None:
    country = pd.Series({"unit": "ha", "estimate": 120.0, "se": 10.0})
    domain = pd.Series({"unit": "ha", "estimate": 12.3456, "se": 0.5})
    assert (rounded(domain, "estimate"), rounded(domain, "estimate", country)) == ("12.35", "12")
