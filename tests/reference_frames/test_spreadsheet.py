"""Sheets of workbooks: values as stored, shown zeros, merged ranges, and files that are no workbook."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from citysample import FileError
from citysample.reference_frames.readers.spreadsheet import Cell, Sheet, cell_name, read_sheet, shown_zeros

MIDNIGHT = dt.datetime.fromisoformat("2024-02-01")
SIX = dt.datetime.fromisoformat("2024-02-01T06:00")
Refused = Callable[..., AbstractContextManager[None]]


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def written(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book)
    return buffer.getvalue()


def one_sheet(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return saved(book)


def with_part(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with a change in the text of one of its parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            assert name != part or old in text
            after.writestr(name, text.replace(old, new) if name == part else text)
    return buffer.getvalue()


def values(sheet: Sheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.rows]


FORMATS = [
    (7, "00000", "00007"),
    (123456, "00000", "123456"),
    (12007, "000-000", "012-007"),
    (1234567, "000-000", "1234-567"),
    (7, "000\\-000", "000-007"),
    (7, '"KE-"000', "KE-007"),
    (7, "[$-40C]00000", "00007"),
    (7, "00000;-00000", "00007"),
    (0, "00", "00"),
    (7, "0", None),
    (7, "General", None),
    (7, "#,##0", None),
    (7, "0.00", None),
    (7, "00%", None),
    (7, "00E+00", None),
    (7, "[>9]00;000", None),
    (7, "000,000", None),
    (-7, "00000", None),
    (7, "@", None),
    (7, "", None),
]


@pytest.mark.parametrize(("value", "number_format", "shown"), FORMATS)
def test_zeros_that_only_a_format_shows(value: int, number_format: str, shown: str | None) -> None:
    assert shown_zeros(value, number_format) == shown


@given(st.integers(0, 10**12), st.integers(2, 12))
def test_a_format_of_zeros_is_a_text_padded_with_zeros(value: int, places: int) -> None:
    assert shown_zeros(value, "0" * places) == str(value).zfill(places)


@given(st.integers(0, 2000), st.integers(0, 16_383))
def test_names_of_cells_are_those_of_openpyxl(row: int, column: int) -> None:
    assert cell_name(row, column) == f"{get_column_letter(column + 1)}{row + 1}"


def test_values_keep_their_kind() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    row: list[object] = [" x\u00a0", 1.0, 1.5, 123456789012345, True, MIDNIGHT]
    row += [
        SIX,
        dt.time(3, 4),
        None,
        "",
        "#N/A",
        "\U0001f3d9",
        "\u0627\u0644\u0645\u062f\u064a\u0646\u0629",
    ]
    sheet.append(row)
    sheet["A2"], sheet["A2"].number_format = 7, "00000"
    sheet["B2"], sheet["B2"].number_format = 7.5, "00000"
    found = read_sheet(saved(book), "t.xlsx")
    first = [cell.value for cell in found.rows[0]]
    assert first[:6] == [" x\u00a0", 1, 1.5, 123456789012345, True, dt.date(2024, 2, 1)]
    assert first[6:] == [SIX, "03:04:00", None, None, "#N/A", *row[11:]]
    assert [type(value) for value in first[1:5]] == [int, float, int, bool]
    assert found.rows[1][:3] == (Cell(7, "00007"), Cell(7.5), Cell())
    assert {len(cells) for cells in found.rows} == {13}


def test_merged_ranges_and_the_cut() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B2"], sheet["C4"] = "North", 5
    sheet.merge_cells("B2:B4")
    sheet["F9"].number_format = "00000"
    found = read_sheet(saved(book), "t.xlsx")
    assert found.merged == ((1, 1, 3, 1),)
    assert values(found) == [
        [None, None, None],
        [None, "North", None],
        [None, None, None],
        [None, None, 5],
    ]


def test_stored_results_of_formulas_are_values() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("a")
        sheet.write_row(0, 0, ["x", 2])
        sheet.write_formula(1, 0, "=B1*21", None, 42)
        sheet.write_formula(1, 1, '=IF(B1>0,"","x")', None, "empty")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")

    content = with_part(written(fill), "xl/worksheets/sheet1.xml", b"<v>empty</v>", b"<v></v>")
    assert values(read_sheet(content, "t.xlsx")) == [["x", 2, None], [42, None, "#DIV/0!"]]


def test_a_formula_without_a_result_is_refused_wherever_it_stands(refused: Refused) -> None:
    with refused("TABLE-FORMULA", "2 formulas", "'B2', 'A900'", "sheet 'Sheet'", "save it"):
        book = openpyxl.Workbook()
        book.worksheets[0]["A1"], book.worksheets[0]["B2"], book.worksheets[0]["A900"] = 1, "=A1", "=B2"
        read_sheet(saved(book), "t.xlsx")
    with refused("TABLE-FORMULA", "'A1'"):
        read_sheet(one_sheet(["=1+1"]), "t.xlsx")


def test_a_stray_cell_in_the_last_corner_is_refused_by_its_place(refused: Refused) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"], book.worksheets[0]["XFD1048576"] = 1, 2
    with refused("TABLE-TOO-LARGE", "1048576 rows and 16384 columns", "XFD1048576", "Ctrl+End"):
        read_sheet(saved(book), "t.xlsx")


def two_sheets(*, hide: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "notes"
    for name in ("cities", "old"):
        book.create_sheet(name).append([name])
        if name == hide:
            book[name].sheet_state = "hidden"
    return saved(book)


def test_the_only_sheet_with_cells_is_taken() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("cities").append(["x"])
    found = read_sheet(saved(book), "t.xlsx")
    assert (found.name, found.names, found.hidden) == ("cities", ("cities",), ())


def test_line_ends_of_windows_are_line_ends() -> None:
    content = written(lambda book: book.add_worksheet("a").write(0, 0, "two\r\nlines") and None)
    assert values(read_sheet(content, "t.xlsx")) == [["two\nlines"]]


def test_the_first_sheet_of_a_prepared_frame_is_taken() -> None:
    book = openpyxl.Workbook()
    for name in ("cities", "findings", "about"):
        book.create_sheet(name).append([name])
    assert read_sheet(saved(book), "t.xlsx").name == "cities"
    assert read_sheet(saved(book), "t.xlsx", "about").name == "about"


def test_several_sheets_need_a_name(refused: Refused) -> None:
    with refused("TABLE-SHEET-UNKNOWN", "'cities', 'old' (hidden)", "--sheet"):
        read_sheet(two_sheets(hide="old"), "t.xlsx")
    found = read_sheet(two_sheets(hide="old"), "t.xlsx", "old")
    assert (found.name, found.names, found.hidden) == ("old", ("cities", "old"), ("old",))
    assert values(found) == [["old"]]


@pytest.mark.parametrize("name", ["citys", "notes"])
def test_a_sheet_that_is_not_there_or_is_empty(refused: Refused, name: str) -> None:
    with refused("TABLE-SHEET-UNKNOWN", f"no sheet '{name}'", "Known: 'cities', 'old'"):
        read_sheet(two_sheets(), "t.xlsx", name)


def test_a_workbook_without_cells(refused: Refused) -> None:
    with refused("TABLE-EMPTY", "t.xlsx"):
        read_sheet(saved(openpyxl.Workbook()), "t.xlsx")


NO_WORKBOOKS = [
    (b"", "an empty file", "again"),
    (b"id,name\n1,a\n", "text", ".csv"),
    (b"\xef\xbb\xbf <html><table>", "web page", ".xlsx"),
    (b"PK\x03\x04 broken", "", ".xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "", ".xlsx"),
    (b"\x00\x01\x02" * 100, "", ".xlsx"),
]


@pytest.mark.parametrize(("content", "got", "remedy"), NO_WORKBOOKS)
def test_files_that_are_no_workbook(refused: Refused, content: bytes, got: str, remedy: str) -> None:
    with refused("FILE-FORMAT", "t.xlsx", got, remedy):
        read_sheet(content, "t.xlsx")


def test_a_zip_that_is_no_workbook_and_a_strict_one(refused: Refused) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    with refused("FILE-FORMAT"):
        read_sheet(buffer.getvalue(), "t.zip")
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "xl/workbook.xml", '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
        )
    with refused("FILE-FORMAT", "Strict"):
        read_sheet(buffer.getvalue(), "t.xlsx")


def test_an_encrypted_workbook(refused: Refused) -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    with refused("FILE-ENCRYPTED", "remove the password"):
        read_sheet(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + name, "t.xlsx")


GOOD = written(lambda book: book.add_worksheet("a").write_row(0, 0, ["id", "name", 5]) and None)


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=8), st.integers(0, 99)
)
def test_a_damaged_workbook_is_refused_or_read(changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(GOOD)
    for place, byte in changes:
        content[place] = byte
    for damaged in (bytes(content), bytes(content[: -cut or None])):
        try:
            found = read_sheet(damaged, "t.xlsx").name
        except FileError as error:
            found = error.code
        assert found in ("a", "FILE-FORMAT", "FILE-ENCRYPTED", "TABLE-EMPTY")


def test_no_warning_of_the_library_escapes() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("a")
        sheet.write_row(0, 0, ["x", 3_000_000_000_000])
        sheet.write(1, 0, 99_999_999, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.data_validation("A1:A5", {"validate": "list", "source": ["x"]})
        sheet.conditional_format("A1:A5", {"type": "data_bar", "data_bar_2010": True})
        sheet.set_header("&Z&&&&")

    assert values(read_sheet(written(fill), "t.xlsx"))[0] == ["x", 3_000_000_000_000]


def test_a_sheet_of_empty_formatted_rows_is_quick() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet, zeros = book.add_worksheet("a"), book.add_format({"num_format": "00000"})
        sheet.write_row(0, 0, ["code", 5])
        for row in range(1, 100_000):
            sheet.write_blank(row, 0, None, zeros)

    content = written(fill)
    start = time.perf_counter()
    assert values(read_sheet(content, "t.xlsx")) == [["code", 5]]
    assert time.perf_counter() - start < 5


def test_an_open_document_sheet_is_read_without_formats() -> None:
    cells = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>code</text:p>'
        "</table:table-cell>"
        '<table:table-cell office:value-type="float" office:value="7"/></table:table-row>'
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="cities">{cells}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    found = read_sheet(buffer.getvalue(), "t.ods")
    assert found.rows == ((Cell("code"), Cell(7)),)
    assert (found.name, found.merged) == ("cities", ())
