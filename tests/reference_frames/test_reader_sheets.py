"""The cells of a sheet as a table: header, types, ids, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import citysample as cs
from citysample.reference_frames.readers.read_table import parse_table
from citysample.reference_frames.readers.reading import Options
from citysample.reference_frames.readers.sheet_table import sheet_reading
from citysample.reference_frames.readers.spreadsheet import Cell, Sheet

Refused = Callable[..., AbstractContextManager[None]]


def workbook(
    rows: list[list[Any]], formats: dict[str, str] | None = None, merged: tuple[str, ...] = ()
) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for place, text in (formats or {}).items():
        sheet[place].number_format = text
    for place in merged:
        sheet.merge_cells(place)
    book.save(file)
    return file.getvalue()


def read(rows: list[list[Any]], formats: dict[str, str] | None = None, **options: Any) -> Any:
    return parse_table(workbook(rows, formats), "t.xlsx", "t.xlsx", text=["id"], **options)


COLUMNS: list[tuple[list[Any], list[Any], str, str]] = [
    ([5, 6, 7], [5, 6, 7], "int64", ""),
    ([5, None, 7], [5.0, None, 7.0], "float64", ""),
    ([5, 6.5, 7], [5.0, 6.5, 7.0], "float64", ""),
    ([1.15, 2.25, 1.125], [1.15, 2.25, 1.125], "float64", ""),
    (["a", "NA", None], ["a", "NA", None], "object", ""),
    ([" Nord", "Nord ", "x"], ["Nord", "Nord", "x"], "object", ""),
    (["5", "6", "7"], [5, 6, 7], "int64", "numbers stored as text were read as numbers"),
    ([5, "6", 7], [5, 6, 7], "int64", "numbers stored as text were read as numbers"),
    (["5", None, 7], [5.0, None, 7.0], "float64", "numbers stored as text were read as numbers"),
    (["1E5", "2E5", "3"], ["1E5", "2E5", "3"], "object", ""),
    (["007", "8", 9], ["007", "8", "9"], "object", ""),
    (["1.50", "2.25", 3], ["1.50", "2.25", "3"], "object", ""),
    ([5, "12 345*", 7], ["5", "12 345*", "7"], "object", ""),
    (["23,5", 7, "0,25"], [23.5, 7.0, 0.25], "float64", "decimal comma detected"),
    (["1,150", 7, 8], ["1,150", "7", "8"], "object", ""),
    ([True, False, True], [True, False, True], "bool", ""),
    ([True, None, False], [True, None, False], "object", ""),
    ([True, 5, "a"], ["True", "5", "a"], "object", ""),
    ([date(2025, 3, 1), None, "x"], ["2025-03-01", None, "x"], "object", "dates became text"),
    (
        [datetime.fromisoformat("2025-03-01 12:30"), 5, None],
        ["2025-03-01 12:30:00", "5", None],
        "object",
        "dates became",
    ),
]


@pytest.mark.parametrize(("cells", "expected", "dtype", "note"), COLUMNS, ids=lambda value: str(value)[:24])
def test_types_of_columns(cells: list[Any], expected: list[Any], dtype: str, note: str) -> None:
    reading = read([["id", "x"], *([f"c{k}", cell] for k, cell in enumerate(cells))])
    column = reading.table["x"]
    assert str(column.dtype) == dtype
    assert column.astype(object).where(column.notna(), None).tolist() == expected
    assert len(reading.notes) == bool(note)
    assert all(found.startswith(note) and found.endswith("in columns 'x'") for found in reading.notes)


def test_zeros_that_only_the_format_shows_are_kept_for_ids_and_codes() -> None:
    formats = {"A2": "00000", "A3": "00000", "B2": "00", "B3": "00", "C2": "#,##0", "D2": "000"}
    reading = read([["id", "region", "people", "n"], [7, 1, 1500, 100], [12012, 12, 900, 200]], formats)
    assert reading.table.to_dict("list") == {
        "id": ["00007", "12012"],
        "region": ["01", "12"],
        "people": [1500, 900],
        "n": [100, 200],
    }
    assert reading.notes == (
        "zeros that only the number format shows were kept in columns 'id'",
        "zeros that only the number format shows were kept as text in columns 'region'",
    )


def test_signs_that_are_given_hold_for_cells_of_text() -> None:
    rows: list[list[Any]] = [["id", "x", "y"], ["a", "1.234,5", "1 234 567"], ["b", 7.25, "850"]]
    table = read([row[:2] for row in rows], decimal=",", thousands=".").table
    assert table["x"].tolist() == [1234.5, 7.25]
    table = read([[row[0], row[2]] for row in rows], thousands=" ").table
    assert table["y"].tolist() == [1234567, 850]


def test_missing_codes_are_texts_or_numbers() -> None:
    reading = read([["id", "x", "y"], ["a", -99, "n.d."], ["b", 5, 6]], missing=["-99", "n.d."])
    assert reading.table["x"].isna().tolist() == [True, False]
    assert reading.table["y"].isna().tolist() == [True, False]


def test_blank_rows_and_columns_are_no_data() -> None:
    reading = read(
        [[None] * 4, [None, "id", None, "x"], [None, "a", None, 5], [" "] * 4, [None, "b", None, 6]]
    )
    assert reading.table.to_dict("list") == {"id": ["a", "b"], "x": [5, 6]}


def test_years_may_be_headers() -> None:
    assert read([["id", 2015, 2025], ["a", 5, 6]]).table.columns.tolist() == ["id", "2015", "2025"]


REFUSED: list[tuple[str, list[list[Any]], str, tuple[str, ...]]] = [
    ("date as id", [["id", "x"], [date(2025, 2, 1), 1], ["b", 2]], "TABLE-CELL-INVALID",
     ("column 'id', cells 'A2'", "'2025-02-01'", "Format the column as Text")),
    ("fraction as id", [["id"], ["a"], [1.5], [2.5]], "TABLE-CELL-INVALID",
     ("cells 'A3', 'A4'", "'1.5', '2.5'")),
    ("digits lost", [["id"], [1234567890123456]], "TABLE-CELL-INVALID", ("more than 15 digits", "'A2'")),
    ("flag as id", [["id"], [True]], "TABLE-CELL-INVALID", ("'True'",)),
    ("only a header", [["id", "x"]], "TABLE-EMPTY", ("sheet 'Sheet'", "'id', 'x'")),
    ("nothing", [[None]], "TABLE-EMPTY", ("t.xlsx",)),
    ("only blanks", [["  ", " "], [None, "\n"]], "TABLE-EMPTY", ("t.xlsx", "blanks")),
    ("a blank name", [["id", " "], ["a", 1]], "TABLE-HEADER-INVALID", ("empty: 'B1'",)),
    ("title", [["Cities of 2025"], ["id", "x"], ["a", 1]], "TABLE-HEADER-INVALID",
     ("row 1", "'Cities of 2025'; empty: 'B1'", "Remove the rows above")),
    ("no name", [["id", None, "y"], ["a", 1, 2]], "TABLE-HEADER-INVALID", ("empty: 'B1'",)),
    ("same name", [["id", "x", "x "], ["a", 1, 2]], "TABLE-HEADER-INVALID", ("repeated: 'x'",)),
    ("no header", [["a", 1.5], ["b", 2.5]], "TABLE-HEADER-INVALID", ("'1.5'",)),
    ("two header rows", [["id", "x"], ["code", "people"], ["a", 5], ["b", 6]], "TABLE-HEADER-INVALID",
     ("two header rows", "columns 'x'", "'people', above numbers")),
]  # fmt: skip


@pytest.mark.parametrize(("what", "rows", "code", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_sheets_that_are_refused(
    refused: Refused, what: str, rows: list[list[Any]], code: str, words: tuple[str, ...]
) -> None:
    assert what
    with refused(code, *words):
        read(rows)


@pytest.mark.parametrize("place", ["A1:B1", "B2:B3"])
def test_merged_cells_are_refused(refused: Refused, place: str) -> None:
    content = workbook([["id", "x"], ["a", "North"], ["b", None]], merged=(place,))
    with refused("TABLE-MERGED", f"'{place}'", "frames prepare"):
        parse_table(content, "t.xlsx", "t.xlsx")


def test_merged_cells_that_are_empty_do_not_matter() -> None:
    content = workbook([["id", "x"], ["a", 1]], merged=("D5:E6",))
    assert parse_table(content, "t.xlsx", "t.xlsx").table.shape == (1, 2)


def test_several_sheets_need_a_name(tmp_path: Path, refused: Refused) -> None:
    book = openpyxl.Workbook()
    for title, population in (("Villes", 5), ("Notes", 6)):
        sheet = book.create_sheet(title)
        sheet.append(["id", "people"])
        sheet.append(["a", population])
    path = tmp_path / "frame.xlsx"
    book.save(path)
    with refused("TABLE-SHEET-UNKNOWN", "'Villes', 'Notes'", "sheet = 'NAME'"):
        cs.CityFrame.read(path, id="id")
    with refused("TABLE-SHEET-UNKNOWN", "Did you mean 'Villes'"):
        cs.CityFrame.read(path, id="id", sheet="Ville")
    assert cs.CityFrame.read(path, id="id", size="people", sheet="Notes").cities["people"].tolist() == [6]


def test_a_hidden_sheet_is_noted() -> None:
    rows = ((Cell("id"), Cell("x")), (Cell("a"), Cell(5)))
    sheet = Sheet("Data", ("Data",), rows, hidden=("Data",))
    assert sheet_reading(sheet, "t.xlsx", Options()).notes == ("sheet 'Data' is hidden",)


def test_text_that_is_no_number_is_refused_where_a_number_is_needed(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "frame.xlsx"
    path.write_bytes(workbook([["id", "people"], ["a", 900], ["b", "1.2 M"], ["c", "12 345*"]]))
    with refused("FRAME-NUMBER-TEXT", "2 cells", "cities 'b', 'c'", "'1.2 M', '12 345*'", "frames prepare"):
        cs.CityFrame.read(path, id="id", size="people")
    path.write_bytes(workbook([["id", "people"], ["a", "1.50"], ["b", "2.25"]]))
    with refused("FRAME-NUMBER-TEXT", "stored as text", "decimal = '.'"):
        cs.CityFrame.read(path, id="id", size="people")
    frame = cs.CityFrame.read(path, id="id", size="people", decimal=".")
    assert frame.cities["people"].tolist() == [1.5, 2.25]


def test_old_and_open_workbooks_are_read_like_new_ones() -> None:
    """An .xls name with the content of an .xlsx file is common, and harmless."""
    content = workbook([["id", "x"], ["007", 5]])
    for name in ("t.xlsx", "t.xlsm", "t.xls", "T.XLS"):
        assert parse_table(content, name, name, text=["id"]).table.to_dict("list") == {
            "id": ["007"],
            "x": [5],
        }
