"""Cleaning of single columns: numbers, codes and texts, each rule on both sides."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.prepare.codes import clean_code_column, is_code_column
from citysample.reference_frames.prepare.numbers import (
    are_numbers_as_text,
    clean_number_column,
    column_signs,
    is_number_column,
    read_number,
)
from citysample.reference_frames.prepare.table import Hit
from citysample.reference_frames.prepare.texts import clean_text, clean_text_column, label_variants
from citysample.reference_frames.readers.cells import Cell

NUMBERS: list[tuple[str, str, float | None]] = [
    ("12345", "TEXT", 12345),
    (" 12345 ", "TEXT", 12345),
    ("-7", "TEXT", -7),
    ("\u22127", "TEXT", -7),
    ("1.5", "TEXT", 1.5),
    ("0.150", "TEXT", 0.15),
    ("1234.567", "TEXT", 1234.567),
    (".5", "TEXT", 0.5),
    ("1E5", "TEXT", 100000),
    ("\u0661\u0662\u0663", "TEXT", 123),
    ("12 345", "GROUPED", 12345),
    ("12\u00a0345", "GROUPED", 12345),
    ("1\u202f234\u202f567", "GROUPED", 1234567),
    ("12'345", "GROUPED", 12345),
    ("12\u2019345", "GROUPED", 12345),
    ("1,234,567", "GROUPED", 1234567),
    ("1.234.567", "GROUPED", 1234567),
    ("1,234.5", "GROUPED", 1234.5),
    ("1 234.5", "GROUPED", 1234.5),
    ("1,5", "DECIMAL", 1.5),
    ("0,150", "DECIMAL", 0.15),
    ("1234,567", "DECIMAL", 1234.567),
    ("1.234,5", "DECIMAL", 1234.5),
    ("1 234,567", "DECIMAL", 1234.567),
    ("12 345*", "FOOTNOTE", 12345),
    ("1234 (a)", "FOOTNOTE", 1234),
    ("1234(1)", "FOOTNOTE", 1234),
    ("1234 [2]", "FOOTNOTE", 1234),
    ("5 678\u00b9", "FOOTNOTE", 5678),
    ("3 456 b", "FOOTNOTE", 3456),
    ("3456b", "FOOTNOTE", 3456),
    ("*1234", "FOOTNOTE", 1234),
    ("1234 * (b)", "FOOTNOTE", 1234),
    ("1,5\u2020", "FOOTNOTE", 1.5),
    ("1.150", "AMBIGUOUS", None),
    ("1,150", "AMBIGUOUS", None),
    ("12,000*", "AMBIGUOUS", None),
    ("1.2 M", "SCALE", None),
    ("850k", "SCALE", None),
    ("1,2 Mio.", "SCALE", None),
    ("3 million", "SCALE", None),
    ("12 mil", "SCALE", None),
    ("n.d.", "MISSING", None),
    ("N.D.", "MISSING", None),
    ("-", "MISSING", None),
    ("...", "MISSING", None),
    ("\u2026", "MISSING", None),
    ("\u2013", "MISSING", None),
    ("N/A", "MISSING", None),
    ("  ", "MISSING", None),
    ("007", "UNREADABLE", None),
    ("12 34", "UNREADABLE", None),
    ("1 2345", "UNREADABLE", None),
    ("12-15", "UNREADABLE", None),
    ("~500", "UNREADABLE", None),
    ("> 5000", "UNREADABLE", None),
    ("12%", "UNREADABLE", None),
    ("(123)", "UNREADABLE", None),
    ("12 345 habitants", "UNREADABLE", None),
    ("1,2,3", "UNREADABLE", None),
    ("1.2.3", "UNREADABLE", None),
    ("1234567890123456", "UNREADABLE", None),
    ("Kati", "UNREADABLE", None),
]


@pytest.mark.parametrize(("text", "code", "value"), NUMBERS, ids=[repr(text) for text, _, _ in NUMBERS])
def test_numbers_as_people_write_them(text: str, code: str, value: float | None) -> None:
    read = read_number(text)
    assert (read.code, read.value) == (f"NUMBER-{code}", value)
    assert type(read.value) is (type(None) if value is None else type(value))


@pytest.mark.parametrize("text", ["#N/A", "#DIV/0!", "#ref!"])
def test_errors_of_formulas_are_no_missing_values(text: str) -> None:
    assert read_number(text).code == "CELL-ERROR"


SIGNS: list[tuple[list[str], str, float | None]] = [
    (["12,5"], "1,150", 1.15),
    (["1,234,567"], "1,150", 1150),
    (["1.234,5"], "1,150", 1.15),
    (["1.234,5"], "1.150", 1150),
    (["12,5"], "1.150", None),
    (["1.5", "1,234,567"], "1,150", 1150),
    (["1,5", "1,234,567"], "1,150", None),
    (["1 234"], "1,150", None),
    ([], "1,150", None),
]


@pytest.mark.parametrize(("others", "text", "value"), SIGNS)
def test_other_cells_of_the_column_prove_what_a_sign_means(
    others: list[str], text: str, value: float | None
) -> None:
    assert read_number(text, column_signs([*others, text])).value == value


@given(st.integers(0, 10**9), st.sampled_from([" ", "\u00a0", "\u202f", "'", "\u2019"]))
def test_a_grouped_number_is_read_as_it_was(value: int, sign: str) -> None:
    assert read_number(f"{value:,}".replace(",", sign)).value == value


@given(st.integers(-(10**6), 10**6), st.integers(0, 99), st.sampled_from("*\u00b9"))
def test_a_decimal_comma_and_a_mark_are_read_as_they_were(whole: int, cents: int, mark: str) -> None:
    sign = "-" if whole < 0 else ""
    assert read_number(f"{sign}{abs(whole)},{cents:02d}{mark}").value == float(
        f"{sign}{abs(whole)}.{cents:02d}"
    )


@given(st.text(max_size=12))
def test_any_text_is_read_or_left(text: str) -> None:
    read = read_number(text)
    assert (read.value is None) == (
        read.code
        in (
            "NUMBER-MISSING", "NUMBER-AMBIGUOUS", "NUMBER-SCALE", "NUMBER-UNREADABLE", "CELL-ERROR",
        )
    )  # fmt: skip


def cells(*values: object) -> list[Cell]:
    return [value if isinstance(value, Cell) else Cell(value) for value in values]  # type: ignore[arg-type]


DAY = dt.date(2024, 2, 1)
NUMBER_COLUMNS = [
    (cells(1, 2, "n.d."), False, True),
    (cells(1, "12 345*"), False, True),
    (cells("1 234", "5 678"), False, True),
    (cells(5, "x1", "x2"), False, False),
    (cells("12", "13"), False, False),
    (cells("12", "13"), True, True),
    (cells("1.5", "2.5"), False, False),
    (cells("012", "13"), True, False),
    (cells(7, Cell(8, "008")), False, False),
    (cells("1.150", "2.300"), False, False),
    (cells(5, "1.150"), False, True),
    (cells(None, "n.d."), False, False),
    (cells(True, False), False, False),
    (cells("Kati", "Bla"), True, False),
    ([], False, False),
]


@pytest.mark.parametrize(("column", "from_text", "expected"), NUMBER_COLUMNS)
def test_which_columns_hold_numbers(column: list[Cell], from_text: bool, expected: bool) -> None:
    assert is_number_column(column, from_text=from_text) is expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (cells("12", "1.5", None), True),
        (cells("1.150"), True),
        (cells("12", 13), False),
        (cells("007"), False),
        ([], False),
    ],
)
def test_columns_of_digits_as_text(column: list[Cell], expected: bool) -> None:
    assert are_numbers_as_text(column) is expected


def test_a_column_of_numbers_keeps_what_cannot_be_known() -> None:
    column = cells(5, 1.5, "12 345*", "-", "1.2 M", True, DAY, 10**15, 10**15 - 1, "1,150", None, "Kati")
    cleaned, hits = clean_number_column(column, None)
    expected = [5, 1.5, 12345, None, "1.2 M", True, DAY, 10**15, 10**15 - 1, "1,150", None, "Kati"]
    assert [cell.value for cell in cleaned] == expected
    assert hits == [
        Hit(2, "NUMBER-FOOTNOTE", "12345"),
        Hit(3, "NUMBER-MISSING"),
        Hit(4, "NUMBER-SCALE"),
        Hit(5, "NUMBER-UNREADABLE"),
        Hit(6, "NUMBER-DATE"),
        Hit(7, "CODE-DIGITS"),
        Hit(9, "NUMBER-AMBIGUOUS"),
        Hit(11, "NUMBER-UNREADABLE"),
    ]


def test_plain_numbers_of_a_text_file_are_no_finding() -> None:
    assert clean_number_column(cells("12", "1.5"), None, from_text=True) == (cells(12, 1.5), [])
    assert [hit.code for hit in clean_number_column(cells("12", "1.5"), None)[1]] == ["NUMBER-TEXT"] * 2


CODES = [
    (cells(Cell(7, "00007"), Cell(12345, "12345")), ["00007", "12345"], ["CODE-ZEROS", "CODE-ZEROS"]),
    (cells("1-1", DAY, "1-3"), ["1-1", DAY, "1-3"], [None, "CODE-DATE", None]),
    (cells("3-Mar-2024", "A1"), ["3-Mar-2024", "A1"], ["CODE-DATE", None]),
    (cells("1A5", 100000, "1D3"), ["1A5", 100000, "1D3"], [None, "CODE-EXPONENT", None]),
    (cells("1A5", 123, "1D3"), ["1A5", "123", "1D3"], [None, "CODE-NUMBER", None]),
    (cells("A5", 100000), ["A5", "100000"], [None, "CODE-NUMBER"]),
    (cells(1234567890123456, "x"), [1234567890123456, "x"], ["CODE-DIGITS", None]),
    (cells("1234567890123456"), ["1234567890123456"], [None]),
    (cells("10101", "20202", 1001), ["10101", "20202", 1001], [None, None, "CODE-SHORT"]),
    (cells("10101", "1001", "1002"), ["10101", "1001", "1002"], [None, None, None]),
    (cells("10101", "20202", "1"), ["10101", "20202", "1"], [None, None, None]),
    (cells("101", "12"), ["101", "12"], [None, None]),
    (cells(" A1\u00a0", None, ""), ["A1", None, ""], ["TEXT-BLANKS", None, None]),
    (cells("#N/A", "A1"), ["#N/A", "A1"], ["CELL-ERROR", None]),
    (cells(True, 1.5), ["TRUE", "1.5"], ["CODE-NUMBER", "CODE-NUMBER"]),
]


@pytest.mark.parametrize(("column", "expected", "codes"), CODES)
def test_codes_are_text_and_doubtful_ones_stay(
    column: list[Cell], expected: list[object], codes: list[str | None]
) -> None:
    cleaned, hits = clean_code_column(column)
    assert [cell.value for cell in cleaned] == expected
    assert [(hit.position, hit.code) for hit in hits] == [(k, code) for k, code in enumerate(codes) if code]


CODE_COLUMNS = [
    (cells(Cell(7, "007"), 8), True),
    (cells("007", "x y"), True),
    (cells("1-1", DAY), True),
    (cells("KE-01", "KE-02", None), True),
    (cells("2A004", 75056), True),
    (cells("12", "13"), False),
    (cells("2024-02-01", DAY), False),
    (cells(DAY, DAY), False),
    (cells("Kati", "Bla"), False),
    (cells("Kati 2", "Bla"), False),
    (cells(1, 2), False),
    ([], False),
]


@pytest.mark.parametrize(("column", "expected"), CODE_COLUMNS)
def test_which_columns_hold_codes(column: list[Cell], expected: bool) -> None:
    assert is_code_column(column) is expected


TEXTS = [
    ("Nord ", "Nord"),
    ("\u00a0Nord\u202f", "Nord"),
    ("San  Jos\u00e9", "San Jos\u00e9"),
    ("San\u00a0Jos\u00e9", "San Jos\u00e9"),
    ("two\nlines", "two lines"),
    ("\u200bKati\ufeff", "Kati"),
    ("\u200f\u0645\u0635\u0631\u200e", "\u0645\u0635\u0631"),
    ("\u0645\u06cc\u200c\u0634\u0648\u062f", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
    ("\U0001f3d9", "\U0001f3d9"),
    (" \u00a0\n", ""),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_needless_blanks(text: str, expected: str) -> None:
    assert clean_text(text) == expected


def test_a_column_of_texts() -> None:
    column = cells("Nord ", "Nord", None, 5, DAY, " ", "#REF!", "NA")
    cleaned, hits = clean_text_column(column)
    assert [cell.value for cell in cleaned] == ["Nord", "Nord", None, 5, DAY, None, "#REF!", "NA"]
    assert hits == [Hit(0, "TEXT-BLANKS", "Nord"), Hit(5, "TEXT-BLANKS"), Hit(6, "CELL-ERROR")]


@given(st.text(max_size=20))
def test_a_clean_text_is_clean(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert "".join(once.split()) == "".join(clean_text(word) for word in text.split())


def test_labels_that_differ_by_writing_only() -> None:
    assert label_variants(["Nord", "Sud", "Nord"]) == []
    assert label_variants(["Nord", None, "NORD", "Nord", "N\u00f6rd", "NORD", "Nord-Est"]) == [
        (2, "Nord"),
        (4, "Nord"),
    ]
