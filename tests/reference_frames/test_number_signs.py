"""Decimal and thousands signs: said by the file, or refused; never guessed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import citysample as cs
from citysample.reference_frames.columns import doubtful_columns, numbers
from citysample.reference_frames.text_table import parse_text_table

Refused = Callable[..., AbstractContextManager[None]]

GROUPED = b"id;stops\na;850\nb;1.000\nc;1.150\n"


def test_points_that_could_be_thousands_signs_are_refused(refused: Refused) -> None:
    table = parse_text_table(GROUPED, "t.csv", text=["id"], delimiter=";").set_index("id")
    with refused(
        "DATA-NUMBER-TEXT", "cities 'b', 'c'", "'1.000', '1.150'", "thousands = '.'", "decimal = '.'"
    ):
        numbers(table, "stops", "DATA")


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"thousands": "."}, [850.0, 1000.0, 1150.0]), ({"decimal": "."}, [850.0, 1.0, 1.15])],
    ids=["thousands", "decimal"],
)
def test_the_file_may_say_what_a_point_is(options: dict[str, str], expected: list[float]) -> None:
    table = parse_text_table(GROUPED, "t.csv", text=["id"], delimiter=";", **options)
    assert numbers(table, "stops", "DATA").tolist() == expected


@pytest.mark.parametrize(
    ("cells", "options", "expected"),
    [
        (["23,2", "-5,25"], {"decimal": ","}, [23.2, -5.25]),
        (["1.182.623,5", "12"], {"decimal": ",", "thousands": "."}, [1182623.5, 12.0]),
        (["1'150", "3"], {"thousands": "'"}, [1150.0, 3.0]),
        (["0.125", "1.150"], {}, [0.125, 1.15]),
        (["1.5", "1.150"], {}, [1.5, 1.15]),
    ],
)
def test_signs(cells: list[str], options: dict[str, str], expected: list[float]) -> None:
    content = "\n".join(["x", *cells]).encode()
    table = parse_text_table(content, "t.csv", delimiter=";", **options)
    assert numbers(table, "x", "DATA").tolist() == expected


@pytest.mark.parametrize("options", [{"decimal": ""}, {"decimal": ",,"}, {"thousands": "5"},
                                     {"decimal": ".", "thousands": "."}])  # fmt: skip
def test_signs_that_are_none(refused: Refused, options: dict[str, str]) -> None:
    with refused("TABLE-DELIMITER", "decimal", "thousands"):
        parse_text_table(b"x\n1\n", "t.csv", **options)


def test_a_frame_with_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    path.write_text("id;people;area\n01;1.150;23,2\n02;12.000;7,5\n", encoding="utf-8")
    frame = cs.CityFrame.read(path, id="id", size="people", delimiter=";", decimal=",", thousands=".")
    assert frame.cities["people"].tolist() == [1150, 12000]
    assert frame.cities["area"].tolist() == [23.2, 7.5]
    plain = cs.CityFrame.read(path, id="id", delimiter=";")
    assert plain.notes == ("decimal comma detected in columns 'area'",)
    assert doubtful_columns(plain.table) == ["people"]
    assert doubtful_columns(frame.table) == []


def test_only_the_cells_that_are_no_numbers_are_shown(refused: Refused) -> None:
    table = parse_text_table(b"x\n-5.5\n12\nn/a\n", "t.csv")
    with refused("DATA-NUMBER-TEXT", "1 cells", "'n/a'", "decimal = ','"):
        numbers(table, "x", "DATA")


@pytest.mark.parametrize("bad", ["environ 100", "n/a", "12,5"])
def test_a_bad_cell_is_shown_beside_points_that_could_be_thousands_signs(refused: Refused, bad: str) -> None:
    table = parse_text_table(f"x\n{bad}\n200\n1.150\n".encode(), "t.csv", delimiter=";")
    with pytest.raises(cs.DataError) as caught:
        numbers(table, "x", "DATA")
    assert (caught.value.got, caught.value.where) == (f"'{bad}'", "cities '0'")
    assert "thousands = '.'" not in caught.value.remedy
    with refused("DATA-NUMBER-TEXT", "2 cells", f"'{bad}', '1.234.567'"):
        numbers(parse_text_table(f"x\n{bad}\n1.234.567\n".encode(), "t.csv", delimiter=";"), "x", "DATA")
    whole = parse_text_table(b"x\n200\n1.234.567\n1.150\n", "t.csv")
    with refused("DATA-NUMBER-TEXT", "2 cells", "'1.234.567', '1.150'", "thousands = '.'"):
        numbers(whole, "x", "DATA")
