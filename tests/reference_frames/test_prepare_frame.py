"""What holds for any list: clean tables stay, each city comes through once, hostile sheets are survived."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.cli import cli
from citysample.reference_frames.prepare.book import workbook
from citysample.reference_frames.prepare.catalogue import CATALOGUE, Finding
from citysample.reference_frames.prepare.prepare import prepare_frame
from citysample.reference_frames.prepare.result import Prepared, Roles
from citysample.reference_frames.prepare.sources import read_source
from citysample.reference_frames.readers.spreadsheet import read_sheet

Refused = Callable[..., AbstractContextManager[None]]
ROOT = Path(__file__).resolve().parents[2]
ROLES = Roles(name="city", region="region", size="people")


def saved(rows: Any, title: str = "s") -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].title = title
    for row in rows:
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def prepared(content: bytes, roles: Roles = ROLES, **options: Any) -> Prepared:
    return prepare_frame(read_sheet(content, "t.xlsx"), roles, **options)


WORD = st.from_regex(
    r"[A-Z\u00c9\u0391\u0416][a-z\u00e9\u03b1\u0436]{2,6}( [A-Z][a-z]{2,5})?", fullmatch=True
).filter(lambda word: not re.search("(?i)total|all|sum|somme|ensemble|source|note", word))
CITY = st.tuples(
    WORD,
    st.sampled_from(["Nord", "Sud", "Est"]),
    st.integers(1, 10**7),
    st.one_of(st.none(), st.integers(-999, 10**6).map(lambda cents: cents / 8)),
    st.integers(0, 99999).map("{:05d}".format),
    st.booleans(),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
)
NAMES = ["city", "region", "people", "area", "code", "coast", "founded"]


@given(st.lists(CITY, min_size=1, max_size=12, unique_by=lambda city: city[0].casefold()))
def test_a_clean_table_gets_ids_and_nothing_else(cities: list[tuple[Any, ...]]) -> None:
    found = prepared(saved([NAMES, *cities]), prefix="K")
    assert found.ids == tuple(f"K-{k:04d}" for k in range(1, len(cities) + 1))
    assert found.names == tuple(NAMES)
    assert found.rows == tuple(cities)
    assert {finding.done for finding in found.findings} <= {"to decide", "kept"}


DIRTY = st.tuples(
    WORD.map(lambda word: f" {word}\u00a0"),
    st.sampled_from(["Nord", "Nord ", "NORD", None]),
    st.sampled_from([12, "1 234", "5*", "1.2 M", "n.d.", "1,150", None, "x"]),
    st.sampled_from(["1-1", dt.date(2024, 2, 1), 5, None, "#N/A"]),
)


@given(st.lists(DIRTY, min_size=1, max_size=12, unique_by=lambda city: city[0].casefold()), st.booleans())
def test_each_city_comes_through_once(cities: list[tuple[Any, ...]], noise: bool) -> None:
    rows: list[Any] = [["city", "region", "people", "zone"]]
    for city in cities:
        rows += [city, *([[None], [None, "Total", 5]] if noise else [])]
    before = [["List of cities"], []] if noise else []
    found = prepared(saved([*before, *rows, *([[], ["Source: INS"]] if noise else [])]))
    assert [row[0] for row in found.rows] == [" ".join(city[0].split()) for city in cities]
    assert len(set(found.ids)) == len(cities)


@given(st.lists(DIRTY, min_size=1, max_size=12, unique_by=lambda city: city[0].casefold()))
def test_preparing_twice_is_preparing_once(cities: list[tuple[Any, ...]]) -> None:
    first = prepared(saved([["city", "region", "people", "zone"], *cities]), prefix="K")
    second = prepared(first.to_bytes(), prefix="K", last_numbers={"K": 99})
    assert (second.ids, second.names, second.rows) == (first.ids, first.names, first.rows)
    assert second.last_numbers == {"K": 99}
    assert {finding.done for finding in second.findings} <= {"to decide", "kept"}
    assert first.to_bytes() == first.to_bytes()


def test_a_new_city_gets_a_number_that_was_never_used(tmp_path: Path) -> None:
    (tmp_path / "cities.xlsx").write_bytes(saved([["city", "people"], ["Kati", 5], ["Bla", 6], ["Kita", 7]]))
    outputs = []
    for source, out in (("cities.xlsx", "frame-1.xlsx"), ("frame-1.xlsx", "frame-2.xlsx")):
        command = [
            "frames",
            "prepare",
            str(tmp_path / source),
            "--out",
            str(tmp_path / out),
            "--name",
            "city",
        ]
        prefix = ["--prefix", "ML"] if source == "cities.xlsx" else []
        result = CliRunner().invoke(cli, [*command, *prefix], catch_exceptions=False)
        assert result.exit_code == 0
        outputs.append(result.output)
        book = openpyxl.load_workbook(tmp_path / out)
        if source == "cities.xlsx":
            book["cities"].delete_rows(4)
            book["cities"].append([None, "Mopti", 8])
            book.save(tmp_path / out)
    assert [row[:2] for row in book["cities"].values] == [
        ("city_id", "city"), ("ML-0001", "Kati"), ("ML-0002", "Bla"), ("ML-0004", "Mopti"),
    ]  # fmt: skip
    assert "1 new ids, 2 kept. The last number used with the prefix 'ML' is 4." in outputs[1]
    frame = cs.CityFrame.read(tmp_path / "frame-2.xlsx", id="city_id", size="people")
    assert frame.cities.index.tolist() == ["ML-0001", "ML-0002", "ML-0004"]


CSV = (
    "Liste des villes;;\n;;\nVille;R\u00e9gion;Population\nKati;Nord;66 895\nBla ;Nord;12345*\n"
    "Total;;79240\n;;\nSource: INS;;\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_files_are_prepared_too(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "villes.csv").write_bytes(CSV.encode(encoding))
    source = read_source(tmp_path / "villes.csv")
    roles = Roles(name="Ville", region="R\u00e9gion", size="Population")
    found = prepare_frame(source.sheet, roles, from_text=source.from_text)
    assert found.rows == (("Kati", "Nord", 66895), ("Bla", "Nord", 12345))
    assert [(f.code, f.cell or f.row) for f in found.findings] == [
        ("TITLE-ROW", 1), ("ROW-EMPTY", 2), ("NUMBER-GROUPED", "C4"), ("TEXT-BLANKS", "A5"),
        ("NUMBER-FOOTNOTE", "C5"), ("SUBTOTAL-ROW", 6), ("ROW-EMPTY", 7), ("FOOTNOTE-ROW", 8),
    ]  # fmt: skip
    assert "delimiter ';' detected" in source.notes


def test_text_files_that_are_no_table(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"")
    with refused("TABLE-EMPTY", "t.csv"):
        read_source(path)
    path.write_bytes(b'a,b\n"x,1\n')
    with refused("TABLE-ROW-RAGGED", "line"):
        read_source(path, delimiter=",")
    path.write_bytes(b"a,b\n\xff,1\n")
    with refused("FILE-ENCODING"):
        read_source(path, encoding="utf-8")


def word_document() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


KINDS = [
    ("t.xlsx", b"%PDF-1.7", "a PDF document"),
    ("t.docx", word_document(), "a Word document"),
    ("t.xlsx", word_document(), "a Word document"),
    ("t.csv", saved([["city"], ["Kati"]]), "Give its name the ending .xlsx."),
    ("t.xlsx", b"city\nKati\n", "ending .csv"),
    ("t.xlsx", b"", "an empty file"),
    ("t.parquet", b"PAR1", "a Parquet file"),
    ("t", b"city\nKati\n", "a name without an ending"),
]


@pytest.mark.parametrize(("name", "content", "words"), KINDS)
def test_a_file_that_is_not_what_its_name_says(
    name: str, content: bytes, words: str, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / name).write_bytes(content)
    with refused("FILE-FORMAT", words, name):
        read_source(tmp_path / name)


def test_the_screen_shows_all_errors_and_ten_of_each(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    rows: list[list[Any]] = [[f"City {k}", None, 5] for k in range(12)]
    path.write_bytes(saved([["city", "people", "area"], *rows, ["Kati", 30, 7], ["Total", 31, 67]]))
    command = ["frames", "prepare", str(path), "--name", "city", "--size", "people"]
    result = CliRunner().invoke(cli, [*command, "--out", str(tmp_path / "o.xlsx")], catch_exceptions=False)
    lines = result.output.splitlines()
    assert "    row 15: Total | 31 | 67; the rows sum to 30; 12 rows without a size" in lines
    shown = [line for line in lines if line.startswith("    B")]
    assert shown == [f"    B{k + 2} (City {k}): (blank)" for k in range(10)]
    assert "    ... and 2 more: see the sheet 'findings'" in lines


REFUSED: list[tuple[Any, str]] = [
    ([["x"]], "TABLE-EMPTY"),
    ([["city", "people"]], "TABLE-EMPTY"),
    ([[5]], "TABLE-HEADER-INVALID"),
    ([[5, 6], [7, 8]], "TABLE-HEADER-INVALID"),
    ([["Source: x"], [None], ["* y"]], "TABLE-EMPTY"),
]


@pytest.mark.parametrize(("rows", "code"), REFUSED)
def test_sheets_without_cities(rows: Any, code: str, refused: Refused) -> None:
    with refused(code, "sheet 's'"):
        prepared(saved(rows), Roles())


def test_a_table_of_totals_only(refused: Refused) -> None:
    with refused("TABLE-EMPTY", "No row of the table is a city"):
        prepared(saved([["city", "people"], ["Total", 5]]), Roles(name="city"))


@pytest.mark.parametrize("header", [0, 3, 99])
def test_a_header_row_that_is_not_there(header: int, refused: Refused) -> None:
    with refused("TABLE-HEADER-INVALID", f"row {header}"):
        prepared(saved([["city"], ["Kati"], [], ["Bla"]]), Roles(), header=header)


def test_wide_and_strange_sheets_are_survived() -> None:
    wide = [[f"c{k}" for k in range(200)], *([row + k for k in range(200)] for row in range(5))]
    assert len(prepared(saved(wide), Roles()).names) == 200
    strange: list[list[Any]] = [
        ["city", "flag", "when", "what"],
        ["\U0001f3d9 \u0627\u0644\u0645\u062f\u064a\u0646\u0629", True, dt.date(2024, 1, 2), "#DIV/0!"],
        ["=x"[1:], False, None, "#N/A"],
        ["http://x.org", None, 5, "-1"],
    ]
    found = prepared(saved(strange), Roles(name="city"))
    again = prepared(found.to_bytes(), Roles(name="city"))
    assert found.rows == again.rows == tuple(map(tuple, strange[1:]))
    expected = [("NUMBER-DATE", "C2"), ("CELL-ERROR", "D2"), ("CELL-ERROR", "D3")]
    assert [(f.code, f.cell) for f in found.findings] == expected


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**18), 10**18),
    st.integers(-(10**9), 10**9).map(lambda value: value / 1024),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
    st.sampled_from(["Total", "#N/A", "1 234", "1.150", "n.d.", "Nord ", "city_id", "cities", "2020"]),
)  # fmt: skip


@given(st.lists(st.lists(CELLS, max_size=5), max_size=8), st.data())
def test_any_sheet_is_prepared_or_refused_with_a_code(rows: list[list[Any]], data: st.DataObject) -> None:
    content = workbook({"s": (["city", "region"], [[*row, *[None] * (5 - len(row))] for row in rows])})
    try:
        sheet = read_sheet(content, "t.xlsx")
        found = prepare_frame(sheet, Roles(name="city") if data.draw(st.booleans()) else Roles())
        again = prepare_frame(read_sheet(found.to_bytes(), "t.xlsx"), found.roles, header=1)
        assert (again.ids, again.names, again.rows) == (found.ids, found.names, found.rows)
    except cs.CitySampleError as error:
        assert error.code.startswith(("TABLE-", "FRAME-"))  # noqa: PT017  either is right


def test_a_hidden_sheet_is_named() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("old")
    book["old"].append(["city"])
    book["old"].append(["Kati"])
    book["old"].sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    found = prepared(buffer.getvalue(), Roles())
    assert [(f.code, f.found) for f in found.findings] == [("SHEET-HIDDEN", "old")]


def test_a_column_of_digits_as_text_is_kept_and_named() -> None:
    content = saved([["city", "people"], ["Kati", "12"], ["Bla", "13"]])
    found = prepared(content, Roles())
    assert found.rows == (("Kati", "12"), ("Bla", "13"))
    assert [(f.code, f.cell) for f in found.findings] == [("TEXT-DIGITS", "B1")]
    assert prepared(content, Roles(numbers=("people",))).rows == (("Kati", 12), ("Bla", 13))
    kept = prepared(saved([["city", "zip"], ["Kati", 12], ["Bla", 13]]), Roles(codes=("zip",)))
    assert kept.rows == (("Kati", "12"), ("Bla", "13"))


def test_a_table_that_does_not_fit_into_a_workbook(refused: Refused) -> None:
    with refused("TABLE-TOO-LARGE", "row 3"):
        workbook({"s": (["a"], [["x"], ["x" * 40_000]])})


def test_the_catalogue_is_used_tested_and_documented() -> None:
    folder = ROOT / "reference_frames" / "prepare"
    package = "".join(path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "catalogue.py")
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_prepare_*.py"))
    for code in CATALOGUE:
        assert f'"{code}"' in package, code
        assert code in tests or code.removeprefix("NUMBER-") in tests, code
    page = (ROOT / "docs" / "how-to" / "prepare-a-frame.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z-]+)` \| (\w+) \| ([\w ]+) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(code, kind.severity, kind.done, kind.meaning) for code, kind in CATALOGUE.items()]
    assert len(rows) > 40
    with pytest.raises(KeyError):
        Finding("NO-SUCH-CODE", 1, "", "", "")
