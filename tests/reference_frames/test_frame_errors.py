"""Each error of a city frame: its code, and the words that let a person mend the file or the table."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.errors import CATALOGUE
from citysample.reference_frames.text_table import parse_text_table

Refused = Callable[..., AbstractContextManager[None]]

# bytes of a file, encoding, code, words of the message
FILES: list[tuple[bytes, str, str, tuple[str, ...]]] = [
    (
        "id,people\n\u00e9,1\n".encode("cp1252"),
        "utf-8-sig",
        "FILE-ENCODING",
        ("frame.csv", "utf-8", "cp1252"),
    ),
    (b"id,people\na,1\n", "utf-9", "FILE-ENCODING", ("'utf-9'", "cp1252")),
    (b"id,people\na,1\n", "base64", "FILE-ENCODING", ("'base64'", "cp1252")),
    ("id,people\na,1\n".encode("utf-16"), "utf-8-sig", "FILE-ENCODING", ("frame.csv",)),
    (b"id,people\na,1\nb\n", "utf-8", "TABLE-ROW-RAGGED", ("frame.csv, line 3", "1 cells: 'b'", "2 cells")),
    (b"id,people\na,1\n\nb,1,2\n", "utf-8", "TABLE-ROW-RAGGED", ("line 4", "3 cells", "double quotes")),
    (b'id,people\n"a\nb",1\nc\n', "utf-8", "TABLE-ROW-RAGGED", ("line 4", "1 cells: 'c'")),
    (b'id,people\n"a"b,1\n', "utf-8", "TABLE-ROW-RAGGED", ("line 2", "quotes")),
    (b'id,people\n"a,1\n', "utf-8", "TABLE-ROW-RAGGED", ("frame.csv", "quotes")),
    (b"id,people,people\na,1,2\n", "utf-8", "TABLE-HEADER-INVALID", ("repeated: 'people'",)),
    (b"id, people,people \na,1,2\n", "utf-8", "TABLE-HEADER-INVALID", ("repeated: 'people'",)),
    (b"id,,people\na,1,2\n", "utf-8", "TABLE-HEADER-INVALID", ("'id', '', 'people'", "no empty name")),
    (b"", "utf-8", "TABLE-EMPTY", ("frame.csv", "an empty file")),
    (b"\n\n", "utf-8", "TABLE-EMPTY", ("frame.csv", "blank lines")),
    (b"id;people\na;1\n", "utf-8", "TABLE-DELIMITER", ("'id;people'", "delimiter = ';'")),
    (b"id\tpeople\na\t1\n", "utf-8", "TABLE-DELIMITER", (r"delimiter = '\t'",)),
    (b"id|people\na|1\n", "utf-8", "TABLE-DELIMITER", ("delimiter = '|'",)),
    (b"ident,people\na,1\n", "utf-8", "FRAME-COLUMN-UNKNOWN", ("'id'", "Known: 'ident', 'people'")),
    (b"id,popultion\na,1\n", "utf-8", "FRAME-COLUMN-UNKNOWN", ("'people'", "Known: 'id', 'popultion'")),
    (b"id,peopel\na,1\n", "utf-8", "FRAME-COLUMN-UNKNOWN", ("'people'", "Did you mean 'peopel'?")),
    (b"id,people\n", "utf-8", "FRAME-EMPTY", ("frame.csv", "0 rows", "one row for each city")),
    (b"id,people\na,1\n,2\n", "utf-8", "FRAME-ID-INVALID", ("1 rows", "column 'id', data rows 2", "'None'")),
    (b"id,people\na,1\na,2\nb,3\n", "utf-8", "FRAME-ID-DUPLICATE", ("cities 'a'", "'a' in 2 rows")),
    (b"id,people\na,1\nb,0\nc,-2\n", "utf-8", "FRAME-SIZE-INVALID", ("'people', cities 'b', 'c'", "'-2.0'")),
    (b"id,people\na,1\nb,\n", "utf-8", "FRAME-SIZE-INVALID", ("cities 'b'", "'nan'", "above 0")),
    (b"id,people\na,1\nb,1'200\n", "utf-8", "FRAME-NUMBER-TEXT", ("1 cells", "cities 'b'", "'1'200'")),
    (b"id,people\na,1e999\nb,1\n", "utf-8", "FRAME-VALUE-INVALID", ("infinite", "cities 'a'")),
    (b"id,people,cities\na,1,2\n", "utf-8", "FRAME-COLUMN-RESERVED", ("'cities'", "Rename")),
]


@pytest.mark.parametrize(("content", "encoding", "code", "words"), FILES)
def test_files_that_are_refused(
    tmp_path: Path, refused: Refused, content: bytes, encoding: str, code: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / "frame.csv"
    path.write_bytes(content)
    with refused(code, *words):
        cs.CityFrame.read(path, id="id", size="people", encoding=encoding, delimiter=",")


def test_no_file(tmp_path: Path, refused: Refused) -> None:
    with refused("FILE-NOT-FOUND", "absent.csv", "Check the path"):
        cs.CityFrame.read(tmp_path / "absent.csv", id="id")


def test_folder_instead_of_a_file(tmp_path: Path, refused: Refused) -> None:
    with refused("FILE-UNREADABLE", str(tmp_path)):
        cs.CityFrame.read(tmp_path, id="id")


def test_null_character_in_the_path(refused: Refused) -> None:
    with refused("FILE-UNREADABLE", "null"):
        cs.CityFrame.read("frame\0.csv", id="id")


@pytest.mark.parametrize("delimiter", ["", ";;", "\n"])
def test_delimiter_must_be_one_character(refused: Refused, delimiter: str) -> None:
    with refused("TABLE-DELIMITER", "delimiter"):
        parse_text_table(b"id,x\na,1\n", "t.csv", delimiter=delimiter)


TABLES: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("a float id", {"id": [1.0, 2.0]}, "FRAME-ID-INVALID", ("2 rows", "data rows 1, 2", "'1.0', '2.0'")),
    ("a flag as id", {"id": [True, False]}, "FRAME-ID-INVALID", ("'True'", "a whole number")),
    ("blanks", {"id": ["a", " b"]}, "FRAME-ID-INVALID", ("data rows 2", "' b'", "no blanks")),
    ("an empty id", {"id": ["a", ""]}, "FRAME-ID-INVALID", ("data rows 2",)),
    ("a missing id", {"id": ["a", None]}, "FRAME-ID-INVALID", ("data rows 2",)),
    ("number and its text", {"id": [1, "1"]}, "FRAME-ID-DUPLICATE", ("'1' in 2 rows",)),
    ("text as size", {"people": ["many", "5"]}, "FRAME-NUMBER-TEXT", ("1 cells", "cities 'a'", "'many'")),
    ("digits as text", {"people": ["4", "5"]}, "FRAME-NUMBER-TEXT", ("2 cells", "cities 'a', 'b'")),
    ("infinite size", {"people": [np.inf, 5.0]}, "FRAME-VALUE-INVALID", ("infinite", "cities 'a'")),
    ("no size", {"people": [None, 5.0]}, "FRAME-SIZE-INVALID", ("cities 'a'", "'nan'")),
]


@pytest.mark.parametrize(("what", "change", "code", "words"), TABLES, ids=[row[0] for row in TABLES])
def test_tables_that_are_refused(
    refused: Refused, what: str, change: dict[str, Any], code: str, words: tuple[str, ...]
) -> None:
    assert what
    table = pd.DataFrame({"id": ["a", "b"], "people": [4.0, 5.0]}).assign(**change)
    with refused(code, *words):
        cs.CityFrame.from_table(table, id="id", size="people")


def test_only_the_first_five_cities_are_named(refused: Refused) -> None:
    table = pd.DataFrame({"id": [f"c{k:02}" for k in range(12)], "people": [0.0] * 12})
    with refused("FRAME-SIZE-INVALID", "cities 'c00', 'c01', 'c02', 'c03', 'c04', ... (12 in all)"):
        cs.CityFrame.from_table(table, id="id", size="people")


def test_first_five_cities_are_in_the_order_of_ids_whatever_the_rows(refused: Refused) -> None:
    table = pd.DataFrame({"id": [f"c{k:02}" for k in range(12)][::-1], "people": [0.0] * 12})
    with refused("FRAME-SIZE-INVALID", "cities 'c00', 'c01', 'c02', 'c03', 'c04', ..."):
        cs.CityFrame.from_table(table, id="id", size="people")


def test_repeated_columns_of_a_table_are_refused(refused: Refused) -> None:
    table = pd.DataFrame([["a", 1, 2], ["b", 3, 4]], columns=["id", "people", "people"])
    with refused("TABLE-HEADER-INVALID", "'people'"):
        cs.CityFrame.from_table(table, id="id", size="people")


@pytest.mark.parametrize("role", ["size", "name"])
def test_id_column_cannot_have_another_role(refused: Refused, role: str) -> None:
    table = pd.DataFrame({"id": [1, 2], "people": [3, 4]})
    with refused("FRAME-ID-INVALID", "'id'", "different columns"):
        cs.CityFrame.from_table(table, **{"id": "id", role: "id"})


def test_codes_of_this_room_are_in_the_catalogue() -> None:
    codes = {code for *_, code, _ in FILES} | {code for *_, code, _ in TABLES}
    assert codes <= CATALOGUE.keys()
    assert len(codes) == 13


@pytest.mark.parametrize("code", ["FRAME-NO-SUCH", "", "frame-empty"])
def test_code_outside_the_catalogue_cannot_be_raised(code: str) -> None:
    with pytest.raises(KeyError):
        cs.FrameError(code, "what", remedy="remedy")
