"""Delimited text of which something is detected: delimiter, decimal comma, header."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.columns import numbers
from citysample.reference_frames.readers.read_table import parse_table
from citysample.reference_frames.text_table import decimal_commas, parse_text_table

Refused = Callable[..., AbstractContextManager[None]]


def parse(text: str, name: str = "t.csv", **options: str) -> tuple[dict[Hashable, Any], tuple[str, ...]]:
    reading = parse_table(text.encode(), name, name, text=["id"], **options)
    return reading.table.to_dict("list"), reading.notes


@pytest.mark.parametrize(
    ("text", "name", "notes"),
    [
        ("id,x\n007,1\n", "t.csv", ()),
        ("id;x\n007;1\n", "t.csv", ("delimiter ';' detected",)),
        ("id\tx\n007\t1\n", "t.csv", (r"delimiter '\t' detected",)),
        ("id\tx\n007\t1\n", "t.tsv", ()),
        ("id,x\n007,1\n", "t.tsv", ("delimiter ',' detected",)),
        ("id|x\n007|1\n", "t.txt", ("delimiter '|' detected",)),
        ("sep=;\nid;x\n007;1\n", "t.csv", ("delimiter ';' detected",)),
        ('"id";"x"\n"007";"1"\n', "t.csv", ("delimiter ';' detected",)),
    ],
)
def test_delimiters_are_detected_and_noted(text: str, name: str, notes: tuple[str, ...]) -> None:
    assert parse(text, name) == ({"id": ["007"], "x": [1]}, notes)


def test_the_delimiter_that_splits_all_lines_alike_wins() -> None:
    table, notes = parse("id;name, short;x\n1;Bern, BE;3,5\n2;Biel;4,25\n")
    assert table == {"id": ["1", "2"], "name, short": ["Bern, BE", "Biel"], "x": [3.5, 4.25]}
    assert notes == ("delimiter ';' detected", "decimal comma detected in columns 'x'")


def test_two_delimiters_that_fit_equally_are_refused(refused: Refused) -> None:
    with refused("TABLE-DELIMITER", "2 columns", "','", "';'", "delimiter = ',' or delimiter = ';'"):
        parse("id,a;x\nb,1;2\n")


def test_a_ragged_row_is_named_although_the_delimiter_was_detected(refused: Refused) -> None:
    with refused("TABLE-ROW-RAGGED", "line 3", "3 cells"):
        parse("id;x\na;1\nb;1;2\n")


def test_a_title_above_the_header_is_refused(refused: Refused) -> None:
    with refused("TABLE-HEADER-INVALID", "line 1", "Liste des villes", "Remove"):
        parse("Liste des villes\nid;name;x\n1;a;5\n2;b;6\n")
    with refused("TABLE-HEADER-INVALID", "'Liste des villes', '', ''"):
        parse("Liste des villes;;\nid;name;x\n1;a;5\n")


def test_two_header_rows_are_refused(refused: Refused) -> None:
    with refused("TABLE-HEADER-INVALID", "two header rows", "'people', 'ha'", "'pop', 'area'"):
        parse("id,name,pop,area\ncode,text,people,ha\n01,Bern,5,2\n02,Biel,6,3\n")


@pytest.mark.parametrize(
    "text",
    [
        "id,x\na,n.d.\nb,5\n",
        "id,x,y\na,n.d.,3\nb,5,4\nc,6,7\n",
        "id,x\na,one\nb,two\nc,three\n",
        "id,x\na9,one\n1,two\n2,three\n",
    ],
    ids=["one number below", "a number beside", "text below", "numbers as ids"],
)
def test_a_first_row_of_data_is_no_header(text: str) -> None:
    table, _ = parse(text)
    assert str(table["id"][0]).startswith("a")


DECIMALS = [
    (["23,5", "7"], [23.5, 7.0]),
    (["-0,5", "12,25"], [-0.5, 12.25]),
    (["1.234,5", "2.000", "850,25"], [1234.5, 2000.0, 850.25]),
    (["0,125", "1,150"], [0.125, 1.15]),
    (["1234,567", "1,5"], [1234.567, 1.5]),
    (["1,150", "2,300"], None),
    (["1.150", "2.300"], None),
    (["23,5", "1.150"], None),
    (["23,5", "0.5"], None),
    (["23,5", "n.d."], None),
    (["1,234,567", "5,5"], None),
    (["01,5", "2,5"], None),
    (["1 234,5"], None),
    (["12 345*"], None),
    (["1,2 M"], None),
]


@pytest.mark.parametrize(("cells", "expected"), DECIMALS, ids=[" ".join(cells) for cells, _ in DECIMALS])
def test_decimal_commas_are_detected_only_when_they_are_certain(
    cells: list[str], expected: list[float] | None
) -> None:
    text = "id;x\n" + "".join(f"{number};{cell}\n" for number, cell in enumerate(cells))
    table, notes = parse(text)
    noted = "decimal comma detected in columns 'x'" in notes
    assert table["x"] == (cells if expected is None else expected)
    assert noted is (expected is not None)
    assert (decimal_commas(cells) is not None) is noted


def test_commas_are_no_decimal_signs_where_they_may_be_delimiters() -> None:
    table, notes = parse('id,x\n1,"23,5"\n2,"7,25"\n')
    assert table["x"] == ["23,5", "7,25"]
    assert notes == ()


def test_signs_that_are_given_hold_for_the_whole_file_and_need_no_note() -> None:
    table, notes = parse("id;x;y\n1;1,150;1.150\n", decimal=",", delimiter=";")
    assert table == {"id": ["1"], "x": [1.15], "y": ["1.150"]}
    assert notes == ()


@pytest.mark.parametrize(
    ("cells", "shown", "remedy"),
    [
        (["1 234 567", "2 000"], "'1 234 567', '2 000'", "thousands = ' '"),
        (["1\u00a0234", "5"], "'1\u00a0234'", "thousands = ' '"),
        (["1'200", "5"], "'1'200'", 'thousands = "\'"'),
        (["1.2 M", "900"], "'1.2 M'", "citysample frames prepare"),
        (["12 345*", "900"], "'12 345*'", "citysample frames prepare"),
        (["1.150", "900"], "'1.150'", "thousands = '.' or decimal = '.'"),
        (["1,150", "900"], "'1,150'", "decimal = ','"),
    ],
)
def test_numbers_that_are_texts_are_refused_with_cells_and_remedy(
    tmp_path: Path, refused: Refused, cells: list[str], shown: str, remedy: str
) -> None:
    path = tmp_path / "frame.csv"
    path.write_text("id;people\n" + "".join(f"c{k};{cell}\n" for k, cell in enumerate(cells)), "utf-8")
    with refused("FRAME-NUMBER-TEXT", "'people'", "cities 'c0'", shown, remedy):
        cs.CityFrame.read(path, id="id", size="people")


def test_one_blank_stands_for_all_blanks() -> None:
    table, _ = parse("id;x\n1;1 234 567\n2;1\u00a0234\n3;1\u202f234\n", thousands=" ")
    assert table["x"] == [1234567, 1234, 1234]


def test_a_frame_carries_the_notes(tmp_path: Path) -> None:
    path = tmp_path / "villes.csv"
    path.write_bytes("code;nom;aire;pop\n007;Genève;23,5;900\nNA;Zürich;7;800\n".encode("cp1252"))
    frame = cs.CityFrame.read(path, id="code", name="nom", size="pop")
    assert frame.cities.index.tolist() == ["007", "NA"]
    assert frame.cities["nom"].tolist() == ["Genève", "Zürich"]
    assert frame.cities["aire"].tolist() == [23.5, 7.0]
    assert frame.notes == (
        "encoding cp1252 detected; are these cells right? 'Genève', 'Zürich'",
        "delimiter ';' detected",
        "decimal comma detected in columns 'aire'",
    )
    classed = frame.with_classes("size_class", column="pop", bounds=[850])
    assert classed.notes == frame.notes
    assert numbers(frame.table, "aire", "FRAME").tolist() == [23.5, 7.0]


def test_a_reading_can_be_repeated_with_what_was_detected() -> None:
    content = "id;name;x\n1;Zürich;23,5\n".encode("cp1252")
    found = parse_table(content, "t.csv", "t.csv", text=["id"])
    again = parse_table(content, "t.csv", "t.csv", text=["id"], encoding="cp1252", delimiter=";", decimal=",")
    assert found.table.equals(again.table)
    assert again.notes == ()


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00\ufeff"), min_size=1, max_size=8)


@given(st.lists(st.tuples(NAMES, st.integers(0, 99)), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_any_table_is_read_with_the_delimiter_it_was_written_with(
    rows: list[tuple[str, int]], delimiter: str
) -> None:
    """Or refused, if another delimiter fits as well."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows([["id", "name", "x"], *(["a", *row] for row in rows)])
    table = parse_table(buffer.getvalue().encode(), "t.csv", "t.csv", text=["id", "name"]).table
    assert table["name"].tolist() == [name.strip() or None for name, _ in rows]
    assert table["x"].tolist() == [number for _, number in rows]


EMPTY = [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n\r\n  \n", b";;;\n;;;\n", b"sep=;\r\n", b'""\n']


@pytest.mark.parametrize("content", EMPTY)
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt"])
def test_a_file_without_any_cell_is_empty(refused: Refused, content: bytes, name: str) -> None:
    with refused("TABLE-EMPTY", name):
        parse_table(content, name, name)


@pytest.mark.parametrize("content", EMPTY[:2])
def test_a_known_text_without_any_cell_is_empty(refused: Refused, content: bytes) -> None:
    with refused("TABLE-EMPTY", "t.csv", "an empty file"):
        parse_text_table(content, "t.csv")
    with refused("TABLE-EMPTY", "t.csv", "blank lines"):
        parse_text_table(content + b";;\n", "t.csv", delimiter=";")


@pytest.mark.parametrize(
    "content",
    [
        "Liste des communes\nSource: INSTAT\nid;nom\n1;a\n",
        "Liste des communes;\n;\nid;nom\n1;a\n",
        "Communes, 2025\nSource: INSTAT\nid;nom\n1;a\n",
        "id;id\n1;a\n",
    ],
)
def test_titles_are_refused_with_the_command_that_removes_them(content: str) -> None:
    with pytest.raises(cs.FileError) as caught:
        parse_table(content.encode(), "t.csv", "t.csv")
    assert caught.value.code in ("TABLE-HEADER-INVALID", "TABLE-ROW-RAGGED")
    assert "citysample frames prepare FILE" in caught.value.remedy


def test_one_column_may_hold_a_sign_in_its_last_line() -> None:
    assert parse_table(b"nom\nA\nB;c\n", "t.csv", "t.csv").table["nom"].tolist() == ["A", "B;c"]
