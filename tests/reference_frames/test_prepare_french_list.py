"""A regional list as an office has it, with one of each trap: the exact findings and the exact table."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from citysample.cli import cli
from citysample.reference_frames.prepare.prepare import prepare_frame
from citysample.reference_frames.prepare.result import Prepared, Roles
from citysample.reference_frames.prepare.sources import Source, read_source

Refused = Callable[..., AbstractContextManager[None]]

HEADER = ["Code", "Région", "Ville", "Population\n2020", None, "Superficie", "Zone", "Remarque"]
ROLES = Roles(name="Ville", region="Région", size="Population 2020 (habitants)")

# Row 5 is the header, row 6 its units; the cities begin in row 7.
ROWS: list[list[Any]] = [
    [1001, "Nord ", "Kati", "66 895", None, "12,5", "1-1", None],
    [1002, None, " Bla", "12 345*", None, "7,25", dt.date(2024, 2, 1), "voir note"],
    [1003, None, "Sikasso", 5678, None, "850k", "1-3", None],
    [None, "Sous-total Nord", None, 84918, None, None, None, None],
    [2001, "Nord", "Mopti", "5 678¹", None, "n.d.", "2-1", None],
    [2002, None, "Djenné", "3 456 b", None, "1.150", "2-2", None],
    ["Code", "Région", "Ville", "Population\n2020", None, "Superficie", "Zone", "Remarque"],
    [],
    [3001, "NORD", "Kayes", 150000, None, "3,5", "3-1", None],
    [3002, "Sud", "Kita", "1.2 M", None, "#N/A", "3-2", None],
    [3003, "Sud", "KITA", 2500, None, "4,5", "3-3", None],
    [None, "Total", None, 999999, None, None, None, None],
    [],
    ["Source : Institut national", None, None, None, None, None, None, None],
    ["* estimation", None, None, None, None, None, None, None],
]


def french_list() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Communes"
    sheet["A1"] = "Liste des villes par région"
    sheet["A2"] = "Recensement de 2020, résultats provisoires"
    for column, name in enumerate(HEADER, start=1):
        sheet.cell(5, column, name)
    sheet["D6"], sheet["F6"] = "(habitants)", "(km²)"
    for row, cells in enumerate(ROWS, start=7):
        for column, value in enumerate(cells, start=1):
            sheet.cell(row, column, value)
        if isinstance(sheet.cell(row, 1).value, int):
            sheet.cell(row, 1).number_format = "00000"
    sheet.merge_cells("B7:B9")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("french") / "villes.xlsx"
    path.write_bytes(french_list())
    return path


@pytest.fixture(scope="module")
def source(path: Path) -> Source:
    return read_source(path)


FINDINGS = [
    ("TITLE-ROW", 1, "", "Liste des villes par région", ""),
    ("TITLE-ROW", 2, "", "Recensement de 2020, résultats provisoires", ""),
    ("ROW-EMPTY", 3, "", "rows 3 to 4", ""),
    (
        "HEADER-TWO",
        5,
        "",
        "Code | Région | Ville | Population\n2020 | Superficie | Zone | Remarque / (habitants) | (km²)",
        "Code, Région, Ville, Population 2020 (habitants), Superficie (km²), Zone, Remarque",
    ),
    ("HEADER-BLANKS", 6, "D6", "Population\n2020 (habitants)", "Population 2020 (habitants)"),
    ("COLUMN-EMPTY", 6, "E6", "column E", ""),
    ("CODE-ZEROS", 7, "A7", "1001 shown as 01001", "01001"),
    ("TEXT-BLANKS", 7, "B7", "Nord ", "Nord"),
    ("NUMBER-GROUPED", 7, "D7", "66 895", "66895"),
    ("NUMBER-DECIMAL", 7, "F7", "12,5", "12.5"),
    ("CODE-ZEROS", 8, "A8", "1002 shown as 01002", "01002"),
    ("MERGED-FILLED", 8, "B8", "", "Nord"),
    ("TEXT-BLANKS", 8, "C8", " Bla", "Bla"),
    ("NUMBER-FOOTNOTE", 8, "D8", "12 345*", "12345"),
    ("NUMBER-DECIMAL", 8, "F8", "7,25", "7.25"),
    ("CODE-DATE", 8, "G8", "2024-02-01", ""),
    ("CODE-ZEROS", 9, "A9", "1003 shown as 01003", "01003"),
    ("MERGED-FILLED", 9, "B9", "", "Nord"),
    ("NUMBER-SCALE", 9, "F9", "850k", ""),
    ("SUBTOTAL-ROW", 10, "", "Sous-total Nord | 84918", ""),
    ("CODE-ZEROS", 11, "A11", "2001 shown as 02001", "02001"),
    ("NUMBER-FOOTNOTE", 11, "D11", "5 678¹", "5678"),
    ("NUMBER-MISSING", 11, "F11", "n.d.", ""),
    ("CODE-ZEROS", 12, "A12", "2002 shown as 02002", "02002"),
    ("LABEL-BLANK", 12, "B12", "", ""),
    ("NUMBER-FOOTNOTE", 12, "D12", "3 456 b", "3456"),
    ("NUMBER-AMBIGUOUS", 12, "F12", "1.150", ""),
    (
        "HEADER-AGAIN",
        13,
        "",
        "Code | Région | Ville | Population\n2020 | Superficie | Zone | Remarque",
        "",
    ),
    ("ROW-EMPTY", 14, "", "row 14", ""),
    ("CODE-ZEROS", 15, "A15", "3001 shown as 03001", "03001"),
    ("LABEL-VARIANT", 15, "B15", "NORD beside Nord", ""),
    ("NUMBER-DECIMAL", 15, "F15", "3,5", "3.5"),
    ("CODE-ZEROS", 16, "A16", "3002 shown as 03002", "03002"),
    ("NUMBER-SCALE", 16, "D16", "1.2 M", ""),
    ("CELL-ERROR", 16, "F16", "#N/A", ""),
    ("CODE-ZEROS", 17, "A17", "3003 shown as 03003", "03003"),
    ("NAME-REPEATED", 17, "C17", "KITA; also in row 16", ""),
    ("NUMBER-DECIMAL", 17, "F17", "4,5", "4.5"),
    ("SUBTOTAL-MISMATCH", 18, "", "Total | 999999; the rows sum to 246552; 1 row without a size", ""),
    ("ROW-EMPTY", 19, "", "row 19", ""),
    ("FOOTNOTE-ROW", 20, "", "Source : Institut national", ""),
    ("FOOTNOTE-ROW", 21, "", "* estimation", ""),
]
NAMES = ("Code", "Région", "Ville", "Population 2020 (habitants)", "Superficie (km²)", "Zone", "Remarque")
CITIES = {
    "ML-0001": ("01001", "Nord", "Kati", 66895, 12.5, "1-1", None),
    "ML-0002": ("01002", "Nord", "Bla", 12345, 7.25, dt.date(2024, 2, 1), "voir note"),
    "ML-0003": ("01003", "Nord", "Sikasso", 5678, "850k", "1-3", None),
    "ML-0004": ("02001", "Nord", "Mopti", 5678, None, "2-1", None),
    "ML-0005": ("02002", None, "Djenné", 3456, "1.150", "2-2", None),
    "ML-0006": ("03001", "NORD", "Kayes", 150000, 3.5, "3-1", None),
    "ML-0007": ("03002", "Sud", "Kita", "1.2 M", "#N/A", "3-2", None),
    "ML-0008": ("03003", "Sud", "KITA", 2500, 4.5, "3-3", None),
}


def prepared(source: Source, **roles: Any) -> Prepared:
    return prepare_frame(source.sheet, replace(ROLES, **roles), prefix="ML")


def test_the_findings_are_exactly_these(source: Source) -> None:
    found = [(f.code, f.row, f.cell, f.found, f.now) for f in prepared(source).findings]
    assert found == FINDINGS
    assert len(found) == 42


def test_the_table_is_exactly_this(source: Source) -> None:
    found = prepared(source)
    assert found.names == NAMES
    assert dict(zip(found.ids, found.rows, strict=True)) == CITIES
    assert len(found.ids) == 8
    frame = found.to_frame()
    assert frame.index.tolist() == list(CITIES)
    assert frame.loc["ML-0002", "Code"] == "01002"


def test_the_workbook_holds_table_findings_and_last_number(source: Source) -> None:
    content = prepared(source).to_bytes(source)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["cities", "findings", "about"]
    cities = [[cell.value for cell in row] for row in book["cities"].iter_rows()]
    assert cities[0] == ["city_id", *NAMES]
    assert [row[0] for row in cities[1:]] == list(CITIES)
    assert [tuple(row[1:6]) for row in cities[1:]] == [row[:5] for row in CITIES.values()]
    assert book["cities"]["B2"].data_type == "s"
    assert book["cities"]["G3"].number_format == "yyyy-mm-dd"
    findings = [[cell.value for cell in row] for row in book["findings"].iter_rows(min_row=2)]
    assert [(row[0], row[2]) for row in findings] == [finding[:2] for finding in FINDINGS]
    assert {row[7] for row in findings} == {"removed", "changed", "filled", "kept", "to decide"}
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert about["prefix"] == "ML"
    assert about["last number of ML"] == 8
    assert about["source SHA-256"] == source.sha256
    assert content == prepared(source).to_bytes(source)


def test_blanks_below_a_label_are_filled_only_where_the_user_asks(source: Source) -> None:
    found = prepared(source, fill_down=("Région",))
    assert [row[1] for row in found.rows] == ["Nord"] * 5 + ["NORD", "Sud", "Sud"]
    codes = {f.code: f.cell for f in found.findings if f.code in ("BLANK-FILLED", "LABEL-BLANK")}
    assert codes == {"BLANK-FILLED": "B12"}


def test_the_decimal_sign_decides_what_is_ambiguous(source: Source) -> None:
    assert prepared(source, decimal=",").rows[4][4] == 1150
    assert prepared(source, decimal=".").rows[4][4] == 1.15


def test_preparing_the_result_again_keeps_table_and_ids(source: Source, tmp_path: Path) -> None:
    first = prepared(source)
    (tmp_path / "frame.xlsx").write_bytes(first.to_bytes(source))
    again = read_source(tmp_path / "frame.xlsx")
    assert (again.prefix, again.last_numbers) == ("ML", {"ML": 8})
    second = prepare_frame(again.sheet, ROLES, prefix="ML", last_numbers=again.last_numbers)
    assert (second.ids, second.names, second.rows) == (first.ids, first.names, first.rows)
    assert second.new == 0
    left = Counter(f.code for f in first.findings if f.done == "to decide")
    assert Counter(f.code for f in second.findings if f.done == "to decide") == left
    assert {f.done for f in second.findings} == {"to decide", "kept"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["frames", "prepare", *arguments], catch_exceptions=False)


OPTIONS = ["--name", "Ville", "--region", "Région", "--size", "Population 2020 (habitants)"]


def test_the_command_writes_the_file_and_says_what_is_left(
    path: Path, source: Source, tmp_path: Path
) -> None:
    out = tmp_path / "frame.xlsx"
    result = run(str(path), *OPTIONS, "--prefix", "ML", "--out", str(out))
    assert result.exit_code == 0
    assert out.read_bytes() == prepared(source).to_bytes(source)
    lines = result.output.splitlines()
    assert lines[:4] == [
        "villes.xlsx, sheet 'Communes': header in row 5, 15 rows below it, 8 cities.",
        "8 new ids, 0 kept. The last number used with the prefix 'ML' is 8.",
        "42 findings: 6 errors, 8 warnings, 28 notes.",
        "What was done: 11 removed, 21 changed, 2 filled, 1 kept, 7 to decide.",
    ]
    assert "    F12 (Djenné): 1.150" in lines
    assert "    row 18: Total | 999999; the rows sum to 246552; 1 row without a size" in lines
    assert (
        "The header has two rows. The columns are: Code, Région, Ville, Population 2020 (habitants), "
        "Superficie (km²), Zone, Remarque." in lines
    )
    assert "33 more findings: see the sheet 'findings'." in lines
    listed = [line.split()[0] for line in lines if re.match(r"  [A-Z]", line)]
    assert {f.code for f in prepared(source).findings if f.severity == "error"} < set(listed)
    assert len(listed) == 7
    assert f"Wrote: {out}" in lines
    assert lines[-1].endswith(
        f'citysample frames check "{out}" --id city_id --name Ville --region Région '
        '--size "Population 2020 (habitants)"'
    )


def test_a_file_that_is_there_is_not_overwritten(path: Path, tmp_path: Path, refused: Refused) -> None:
    out = tmp_path / "frame.xlsx"
    out.write_text("mine")
    with refused("FILE-EXISTS"):
        run(str(path), *OPTIONS, "--out", str(out))
    assert out.read_text() == "mine"


def test_the_result_is_a_workbook(path: Path, tmp_path: Path, refused: Refused) -> None:
    with refused("FILE-FORMAT", "'.csv'", "--out frame.xlsx"):
        run(str(path), "--out", str(tmp_path / "frame.csv"))
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_is_not_there_is_refused(path: Path, tmp_path: Path, refused: Refused) -> None:
    with refused("FRAME-COLUMN-UNKNOWN", "Did you mean 'Ville'?", "--header"):
        run(str(path), "--name", "Vile", "--out", str(tmp_path / "frame.xlsx"))
    assert list(tmp_path.iterdir()) == []
