"""Reading delimited text: what becomes a number, what stays text, and how cells are split."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.text_table import parse_text_table

CELL_TYPES = [
    (["1", "20", "-3"], [1, 20, -3], "int64"),
    (["1", "", "3"], [1.0, None, 3.0], "float64"),
    (["1.5", "2e3", ".5"], [1.5, 2000.0, 0.5], "float64"),
    (["007", "012", "100"], ["007", "012", "100"], "object"),
    (["0", "0.5", "10"], [0.0, 0.5, 10.0], "float64"),
    (["NA", "KE", "UG"], ["NA", "KE", "UG"], "object"),
    (["nan", "inf", "1"], ["nan", "inf", "1"], "object"),
    (["1,000", "2", "3"], ["1,000", "2", "3"], "object"),
    (["1 000", "2", "3"], ["1 000", "2", "3"], "object"),
    (["\u0661\u0662", "1", "2"], ["\u0661\u0662", "1", "2"], "object"),
    (["True", "False", "True"], ["True", "False", "True"], "object"),
    (["", "", ""], [None, None, None], "object"),
    (["999999999999999999", "1", "2"], [999999999999999999, 1, 2], "int64"),
    (["9999999999999999999", "1", "2"], ["9999999999999999999", "1", "2"], "object"),
    (["9007199254740993", "", "2"], ["9007199254740993", None, "2"], "object"),
]


def as_csv(rows: list[list[str]], delimiter: str = ",") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode()


@pytest.mark.parametrize(("cells", "expected", "dtype"), CELL_TYPES, ids=lambda value: str(value)[:20])
def test_column_is_numeric_only_if_each_cell_is_a_plain_number(
    cells: list[str], expected: list[object], dtype: str
) -> None:
    table = parse_text_table(
        as_csv([["id", "x"], *([str(k), cell] for k, cell in enumerate(cells))]), "t.csv"
    )
    found = table["x"].astype(object).where(table["x"].notna(), None).tolist()
    assert str(table["x"].dtype) == dtype
    assert found == expected
    assert len(found) == 3


def test_text_columns_stay_text() -> None:
    content = b"id,zone,people\n007,1,5\n8,2,6\n"
    table = parse_text_table(content, "t.csv", text=["id", "zone"])
    assert table["id"].tolist() == ["007", "8"]
    assert table["zone"].tolist() == ["1", "2"]
    assert table["people"].tolist() == [5, 6]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("id,name\n1,Z\u00fcrich\n".encode(), "utf-8-sig"),
        ("\ufeffid,name\n1,Z\u00fcrich\n".encode(), "utf-8-sig"),
        ("id,name\n1,Z\u00fcrich\n".encode("cp1252"), "cp1252"),
        ("id,name\n1,Z\u00fcrich\n".encode("utf-16"), "utf-16"),
    ],
    ids=["utf-8", "utf-8 with byte-order mark", "cp1252", "utf-16"],
)
def test_encodings(content: bytes, encoding: str) -> None:
    table = parse_text_table(content, "t.csv", encoding=encoding)
    assert table.columns.tolist() == ["id", "name"]
    assert table["name"].tolist() == ["Z\u00fcrich"]


def test_byte_order_mark_is_skipped_by_default(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_bytes(b"\xef\xbb\xbfid,people\n001,5\n")
    assert parse_text_table(path.read_bytes(), "t.csv").columns.tolist() == ["id", "people"]
    assert cs.CityFrame.read(path, id="id", size="people").cities.index.tolist() == ["001"]


@pytest.mark.parametrize(
    "content",
    [
        b"id,x\na,1\nb,2\n",
        b"id,x\r\na,1\r\nb,2\r\n",
        b"id,x\na,1\nb,2",
        b"\n\nid,x\n\na,1\n , \n,\nb,2\n\n\n",
        b' id , x \n a ,1 \n"b",2\n',
        b'"id","x"\n"a","1"\n"b","2"\n',
    ],
    ids=["LF", "CRLF", "no last line end", "blank lines", "blanks around cells", "quoted"],
)
def test_layouts_that_mean_the_same(content: bytes) -> None:
    table = parse_text_table(content, "t.csv")
    assert table.to_dict("list") == {"id": ["a", "b"], "x": [1, 2]}


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends() -> None:
    table = parse_text_table(b'id,name\n1,"Bern, ""Bundesstadt"""\n2,"two\nlines"\n', "t.csv")
    assert table["name"].tolist() == ['Bern, "Bundesstadt"', "two\nlines"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    table = parse_text_table(as_csv([["id", "x"], ["a", "1"]], delimiter), "t.csv", delimiter=delimiter)
    assert table.to_dict("list") == {"id": ["a"], "x": [1]}


def test_one_column_is_a_table() -> None:
    assert parse_text_table(b"id\na\nb\n", "t.csv")["id"].tolist() == ["a", "b"]


def test_missing_codes_are_declared() -> None:
    content = b"id,x,country\na,-99,NA\nb,5,KE\nc,..,UG\n"
    kept = parse_text_table(content, "t.csv")
    assert kept["x"].tolist() == ["-99", "5", ".."]
    assert kept["country"].tolist() == ["NA", "KE", "UG"]
    declared = parse_text_table(content, "t.csv", missing=["-99", ".."])
    assert str(declared["x"].dtype) == "float64"
    assert declared["x"].isna().tolist() == [True, False, True]
    assert declared["country"].tolist() == ["NA", "KE", "UG"]


def test_namibia_stays_namibia_in_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_bytes(b"id,country,people\n001,NA,5\n010,KE,7\n")
    frame = cs.CityFrame.read(path, id="id", size="people")
    assert frame.cities.index.tolist() == ["001", "010"]
    assert frame.cities["country"].tolist() == ["NA", "KE"]
    assert frame.source == str(path)


def test_numeric_ids_and_names_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_bytes(b"id,name,people\n7,1,5\n10,2,7\n")
    cities = cs.CityFrame.read(path, id="id", size="people", name="name").cities
    assert cities.index.tolist() == ["10", "7"]
    assert cities["name"].tolist() == ["2", "1"]
    assert cities["people"].tolist() == [7, 5]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1).map(str.strip)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_any_text_comes_back(cells: list[tuple[str, str]], delimiter: str) -> None:
    rows = [["row", "a", "b"], *([str(k), *pair] for k, pair in enumerate(cells))]
    table = parse_text_table(as_csv(rows, delimiter), "t.csv", text=["a", "b"], delimiter=delimiter)
    found = [[value or "" for value in pair] for pair in zip(table["a"], table["b"], strict=True)]
    assert found == [list(pair) for pair in cells]
    assert len(found) == len(cells)


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=8))
def test_whole_numbers_come_back(values: list[int]) -> None:
    table = parse_text_table(as_csv([["x"], *([str(value)] for value in values)]), "t.csv")
    assert str(table["x"].dtype) == "int64"
    assert table["x"].tolist() == values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_floats_come_back(values: list[float]) -> None:
    table = parse_text_table(as_csv([["x"], *([repr(value)] for value in values)]), "t.csv")
    assert table["x"].tolist() == values
