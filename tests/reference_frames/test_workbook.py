"""The workbook, read back with another library: ids are text, numbers are numbers."""

from __future__ import annotations

import io
import math

import numpy as np
import openpyxl
import pandas as pd
import pytest

from citysample.reference_frames.workbook import workbook_bytes

IDS = [
    "007",
    "1E5",
    "=1+1",
    "+41",
    "-5",
    "@x",
    "http://x.org",
    "12",
    "TRUE",
    "Zürich",
    "a\nb",
    "<b>",
    "_x0041_",
]
NUMBERS = [0.1 + 0.2, 1 / 3, 1e-12, 1e15, -273.15, 0.0, 1e300, 5.0, 2.0**53, -1e-300, 1.0, 2.0, 3.0]


def table() -> pd.DataFrame:
    numbers = list(NUMBERS)
    return pd.DataFrame(
        {
            "name": IDS[::-1],
            "x": numbers,
            "missing": [np.nan, math.inf, -math.inf, *range(10)],
            "N": pd.array([None, *range(12)], dtype="Int64"),
            "flag": [True, False] * 6 + [True],
            "text": [None, "", *(f"t{k}" for k in range(11))],
            "level": pd.Categorical(["low", "high"] * 6 + ["low"], categories=["low", "high"]),
        },
        index=pd.Index(IDS, name="city_id"),
    )


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    content = workbook_bytes({"Estimates": table(), "Empty": table().iloc[:0], "Strata": table().iloc[:2]})
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(book: openpyxl.Workbook, column: int, sheet: str = "Estimates") -> list[object]:
    return [row[column].value for row in book[sheet].iter_rows(min_row=2)]


def test_the_sheets_have_the_given_order_and_header(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["Estimates", "Empty", "Strata"]
    expected = ["city_id", "name", "x", "missing", "N", "flag", "text", "level"]
    for name in book.sheetnames:
        assert [cell.value for cell in next(book[name].iter_rows(max_row=1))] == expected
    assert [book[name].max_row for name in book.sheetnames] == [14, 1, 3]


def test_ids_are_text_and_never_a_formula_or_a_link(book: openpyxl.Workbook) -> None:
    assert cells(book, 0) == IDS
    assert cells(book, 1) == IDS[::-1]
    kinds = [row[column].data_type for row in book["Estimates"].iter_rows(min_row=2) for column in (0, 1)]
    assert kinds == ["s"] * 26
    links = [row[0].hyperlink for row in book["Estimates"].iter_rows(min_row=2)]
    assert links == [None] * 13


def test_numbers_are_equal_to_the_last_bit_that_a_spreadsheet_keeps(book: openpyxl.Workbook) -> None:
    found = cells(book, 2)
    assert [float(str(value)) for value in found] == pytest.approx(NUMBERS, rel=1e-15, abs=0.0)
    assert {row[2].data_type for row in book["Estimates"].iter_rows(min_row=2)} == {"n"}
    assert len(found) == 13


def test_what_does_not_exist_is_blank(book: openpyxl.Workbook) -> None:
    assert cells(book, 3) == [None, None, None, *range(10)]
    assert cells(book, 4) == [None, *range(12)]
    assert cells(book, 6)[:3] == [None, None, "t0"]


def test_flags_and_levels_stay_what_they_are(book: openpyxl.Workbook) -> None:
    assert cells(book, 5) == [True, False] * 6 + [True]
    assert cells(book, 7) == ["low", "high"] * 6 + ["low"]


def test_the_same_tables_give_the_same_bytes() -> None:
    first, second = (workbook_bytes({"Estimates": table()}) for _ in range(2))
    assert first == second
    assert len(first) > 3000


def test_a_column_may_have_the_name_of_the_index() -> None:
    frame = table()[["name", "x"]].rename(columns={"name": "city_id"})
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"Sample": frame})))
    assert [row[2].value for row in book["Sample"].iter_rows(min_row=2)] == pytest.approx(NUMBERS, rel=1e-15)
    assert [row[0].value for row in book["Sample"].iter_rows(min_row=2)] == IDS


def test_a_text_longer_than_a_cell_holds_is_not_cut_in_silence() -> None:
    frame = pd.DataFrame({"x": [1.0]}, index=pd.Index(["x" * 40_000], name="city_id"))
    try:
        content = workbook_bytes({"Sample": frame})
    except ValueError as error:
        assert "32" in str(error)  # noqa: PT017  one of two right answers
    else:
        found = openpyxl.load_workbook(io.BytesIO(content))["Sample"]["A2"].value
        assert found != "x" * 32_767
