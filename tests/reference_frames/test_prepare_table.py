"""Where the table is, which rows are cities, and which id they get; each rule on both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.prepare.ids import assign_ids, check_prefix
from citysample.reference_frames.prepare.prepare import prepare_frame
from citysample.reference_frames.prepare.result import Prepared, Roles
from citysample.reference_frames.readers.cells import Cell, Sheet, cut

Refused = Callable[..., AbstractContextManager[None]]


def sheet(rows: Any, merged: Sequence[tuple[int, int, int, int]] = ()) -> Sheet:
    return Sheet("s", ("s",), cut([[Cell(value) for value in row] for row in rows]), tuple(merged))


def prepared(
    rows: Any,
    *merged: tuple[int, int, int, int],
    header: int | None = None,
    text: bool = False,
    **roles: Any,
) -> Prepared:
    return prepare_frame(sheet(rows, merged), Roles(**roles), header=header, from_text=text)


def codes(found: Prepared) -> list[tuple[str, int]]:
    return [(finding.code, finding.row) for finding in found.findings]


CITIES: list[list[Any]] = [["Kati", "Nord", 100], ["Bla", "Nord", 250], ["Kita", "Sud", 70]]
HEADER = ["city", "region", "people"]

HEADERS: list[tuple[Any, int, list[tuple[str, int]]]] = [
    ([HEADER, *CITIES], 1, []),
    ([["Cities of 2020"], HEADER, *CITIES], 2, [("TITLE-ROW", 1)]),
    ([["Cities", "of 2020"], [], HEADER, *CITIES], 3, [("TITLE-ROW", 1), ("ROW-EMPTY", 2)]),
    ([["city", "region", 2020], *CITIES], 1, []),
]


@pytest.mark.parametrize(("rows", "row", "expected"), HEADERS)
def test_the_header_is_found(rows: Any, row: int, expected: list[tuple[str, int]]) -> None:
    found = prepared(rows)
    assert found.header == row
    assert found.rows == tuple(map(tuple, CITIES))
    assert codes(found) == expected


def test_a_header_that_is_hard_to_find_is_found_by_its_columns_or_named() -> None:
    rows = [["INS", None, "Table 3"], HEADER, *CITIES]
    assert prepared(rows, name="city", size="people").header == 2
    assert prepared(rows, header=2).rows == tuple(map(tuple, CITIES))


def test_a_first_city_without_number_is_no_header() -> None:
    found = prepared([HEADER, ["Kayes", "Sud", "n.d."], *CITIES])
    assert (found.header, len(found.ids)) == (1, 4)
    assert prepared([HEADER[:2], *(row[:2] for row in CITIES)]).rows[0] == ("Kati", "Nord")
    assert prepared([["city"], ["Kati"], ["Bla"]]).rows == (("Kati",), ("Bla",))


def test_two_header_rows_become_one() -> None:
    merged = [["city", "region", "people", None], [None, None, 2010, 2020], ["Kati", "Nord", 100, 120]]
    found = prepared(merged, (0, 2, 0, 3))
    assert found.names == ("city", "region", "people 2010", "people 2020")
    assert codes(found) == [("HEADER-TWO", 1)]
    above = [[None, None, "people", None], ["city", "region", 2010, 2020], ["Kati", "Nord", 100, 120]]
    assert prepared(above, (0, 2, 0, 3)).names == found.names
    units = [[*HEADER], [None, None, "(inhabitants)"], *CITIES]
    assert prepared(units).names == ("city", "region", "people (inhabitants)")


TWO_ROWS: list[list[Any]] = [
    ["city", "people", None, "area"],
    [None, "all", "urban", "(km2)"],
    ["Kati", 100, 90, 5],
    ["Bla", 250, 110, 7],
]


@pytest.mark.parametrize("merged", [((0, 1, 0, 2),), ()], ids=["merged", "as in a text file"])
def test_the_name_of_one_header_row_makes_no_city_of_the_other(
    merged: tuple[tuple[int, int, int, int], ...], refused: Refused
) -> None:
    with refused("FRAME-COLUMN-UNKNOWN", "rows 1 and 2", "Say 'people all' or 'people urban'."):
        prepared(TWO_ROWS, *merged, name="city", size="people")
    with refused("FRAME-COLUMN-UNKNOWN", "Say 'people urban'."):
        prepared(TWO_ROWS, *merged, size="urban")
    with refused("FRAME-COLUMN-UNKNOWN", "Known: 'city', 'people all'"):
        prepared(TWO_ROWS, *merged, size="peopl")
    found = prepared(TWO_ROWS, *merged, name="city", size="people urban", numbers=("area",))
    assert found.names == ("city", "people all", "people urban", "area (km2)")
    assert found.rows == (("Kati", 100, 90, 5), ("Bla", 250, 110, 7))
    assert found.roles.numbers == ("area (km2)",)


def test_a_header_of_one_row_has_no_joined_names(refused: Refused) -> None:
    with refused("FRAME-COLUMN-UNKNOWN", "header in row 1"):
        prepared([["city", "people 2020"], ["Kati", 100]], size="people")


def test_a_second_row_with_a_city_is_a_city() -> None:
    found = prepared([HEADER, ["Kayes", None, "unknown"], *CITIES])
    assert len(found.ids) == 4
    assert codes(found) == [("NUMBER-UNREADABLE", 2)]


def test_names_of_columns_are_made_different() -> None:
    rows = [["a", "a", None, "b\nc ", "cities", None], ["x", "y", "z", 1, 2, None]]
    found = prepared(rows)
    assert found.names == ("a", "a (2)", "column C", "b c", "cities column")
    assert [code for code, _ in codes(found)] == [
        "HEADER-REPEATED",
        "HEADER-EMPTY",
        "HEADER-BLANKS",
        "HEADER-RESERVED",
    ]


NOTES = [
    (["Source: INS"], True),
    (["* estimate"], True),
    (["(1) without the suburbs"], True),
    (["\u00b9 2019"], True),
    (["N.B. : provisional"], True),
    (["These figures are not final yet"], True),
    (["Sikasso"], False),
    (["Notre Dame", None, 12], False),
    (["Sourou", "Nord"], False),
]


@pytest.mark.parametrize(("last", "is_note"), NOTES)
def test_footnotes_below_the_table(last: list[Any], is_note: bool) -> None:
    found = prepared([HEADER, *CITIES, [], last, *([["and more"]] if is_note else [])])
    assert len(found.ids) == (3 if is_note else 4)
    notes = [row for code, row in codes(found) if code == "FOOTNOTE-ROW"]
    assert notes == ([6, 7] if is_note else [])


def test_empty_rows_and_columns_are_named_once() -> None:
    rows = [[None, *HEADER], [], [], [None, *CITIES[0]], [], [None, *CITIES[1]]]
    found = prepared(rows)
    assert codes(found) == [("COLUMN-EMPTY", 1), ("ROW-EMPTY", 2), ("ROW-EMPTY", 5)]
    assert [f.found for f in found.findings] == ["column A", "rows 2 to 3", "row 5"]


def test_a_row_that_numbers_the_columns_is_no_city() -> None:
    for numbers in ([1, 2, 3], ["(1)", "(2)", "(3)"]):
        found = prepared([HEADER, numbers, *CITIES])
        assert found.rows == tuple(map(tuple, CITIES))
        assert codes(found) == [("HEADER-NUMBERS", 2)]
    assert len(prepared([HEADER, *CITIES, [1, 2, 3]]).ids) == 4


def test_a_row_without_a_name_is_listed() -> None:
    found = prepared([HEADER, *CITIES, [None, "Sud", 33]], name="city", region="region", size="people")
    assert len(found.ids) == 4
    assert [(f.code, f.cell, f.found) for f in found.findings] == [("NAME-BLANK", "A5", "Sud | 33")]


def test_merged_texts_are_filled_and_merged_numbers_are_not() -> None:
    rows = [HEADER, ["Kati", "Nord", 100], ["Bla", None, None], ["Kita", "Sud", 70]]
    found = prepared(rows, (1, 1, 2, 1), (1, 2, 2, 2), name="city", region="region", size="people")
    assert found.rows == (("Kati", "Nord", 100), ("Bla", "Nord", None), ("Kita", "Sud", 70))
    assert codes(found) == [("MERGED-FILLED", 3), ("MERGED-NUMBER", 3)]


def test_a_value_that_a_merged_cell_hides_is_named() -> None:
    rows = [HEADER, ["Kati", "Nord", 100], ["Bla", "Sud", 70]]
    found = prepared(rows, (1, 1, 2, 1))
    assert found.rows[1] == ("Bla", "Nord", 70)
    assert [(f.code, f.cell, f.found, f.now) for f in found.findings] == [
        ("MERGED-FILLED", "B3", "Sud", "Nord")
    ]


def test_a_heading_gives_its_label_only_where_the_user_asks() -> None:
    rows = [HEADER, [None, "Nord", None], ["Kati", None, 100], [None, "Sud", 70], ["Kita", None, 70]]
    roles: dict[str, Any] = {"name": "city", "region": "region", "size": "people"}
    left = prepared(rows, **roles)
    assert [row[1] for row in left.rows] == ["Nord", None, None]
    assert codes(left) == [("ROW-SINGLE", 2), ("LABEL-BLANK", 3), ("SUBTOTAL-ROW", 4), ("LABEL-BLANK", 5)]
    filled = prepared(rows, **roles, fill_down=("region",))
    assert filled.rows == (("Kati", "Nord", 100), ("Kita", "Sud", 70))
    expected = [("ROW-HEADING", 2), ("BLANK-FILLED", 3), ("SUBTOTAL-ROW", 4), ("BLANK-FILLED", 5)]
    assert codes(filled) == expected


def test_a_heading_in_the_column_of_names_is_left_to_decide() -> None:
    rows = [HEADER, ["NORD", None, None], ["Kati", "x", 100], ["Bla", "x", 70]]
    found = prepared(rows, name="city", size="people", fill_down=("city",))
    assert (len(found.ids), codes(found)) == (3, [("ROW-SINGLE", 2)])


def test_a_row_without_a_size_is_to_decide_in_a_list_of_two_columns() -> None:
    rows = [["city", "people"], ["NORD", None], ["Kati", 100], ["SUD", None], ["Bla", "n.d."], ["Kita", 7]]
    found = prepared(rows, name="city", size="people")
    assert len(found.ids) == 5
    assert [(f.code, f.cell, f.city, f.found) for f in found.findings] == [
        ("SIZE-MISSING", "B2", "NORD", ""),
        ("SIZE-MISSING", "B4", "SUD", ""),
        ("NUMBER-MISSING", "B5", "Bla", "n.d."),
        ("SIZE-MISSING", "B5", "Bla", "n.d."),
    ]
    assert codes(prepared(rows, name="city")) == [("NUMBER-MISSING", 5)]


def test_a_code_that_stands_twice_is_listed_unless_most_codes_do() -> None:
    rows = [["city", "code", "zone"], ["Kati", "01", "a1"], ["Bla", "02", "a1"], ["Kita", "03", "a1"]]
    rows.append(["Diré", "02", "a2"])
    found = prepared(rows, name="city", codes=("code", "zone"))
    assert [(f.code, f.cell, f.found) for f in found.findings] == [
        ("CODE-REPEATED", "B5", "02; also in row 3")
    ]
    assert codes(prepared(rows[:-1], name="city", codes=("code", "zone"))) == []
    many = [*rows, ["Djenné", "03", "a2"], ["Mopti", "01", "a3"]]
    assert codes(prepared(many, name="city", codes=("code", "zone"))) == []


def test_what_is_to_decide_stays_so_when_the_rows_have_ids() -> None:
    rows = [HEADER, ["NORD", None, None], ["Kati", "x", 100], [None, "x", 70]]
    first = prepared(rows, name="city", size="people")
    rows = [["city_id", *first.names], *([id_, *row] for id_, row in zip(first.ids, first.rows, strict=True))]
    again = prepared(rows, name="city", size="people")
    assert codes(again) == codes(first) == [("ROW-SINGLE", 2), ("NAME-BLANK", 4)]


def test_names_that_repeat_are_both_kept() -> None:
    rows = [HEADER, *CITIES, ["KATI", "Nord", 1], ["Kati", "Sud", 2]]
    found = prepared(rows, name="city", region="region")
    assert len(set(found.ids)) == 5
    assert [(f.code, f.cell, f.found) for f in found.findings] == [
        ("NAME-REPEATED", "A5", "KATI; also in row 2")
    ]


def test_ids_go_on_after_the_highest_number_ever_used() -> None:
    assert assign_ids([None] * 2, "K").ids == ("K-0001", "K-0002")
    assert assign_ids([None, "K-0007"], "K", 12).ids == ("K-0013", "K-0007")
    assert assign_ids(["K-00007", None], "K").ids == ("K-00007", "K-00008")
    assert assign_ids(["K-9999", None], "K").ids == ("K-9999", "K-10000")
    assert assign_ids(["01001", None], "K").ids == ("01001", "K-0001")
    assert assign_ids([], "K", 3).last_number == 3


@given(st.lists(st.one_of(st.none(), st.integers(1, 10**5).map("K-{:04d}".format))), st.integers(0, 10**5))
def test_a_number_is_never_used_again(known: list[str | None], last: int) -> None:
    found = assign_ids(known, "K", last)
    new = [found.ids[k] for k in found.new]
    assert len(set(new)) == len(new) == known.count(None)
    assert not set(new) & {id_ for id_ in known if id_}
    assert all(last < int(id_[2:]) <= found.last_number for id_ in new)
    assert [id_ for k, id_ in enumerate(found.ids) if k not in found.new] == [id_ for id_ in known if id_]


@pytest.mark.parametrize("prefix", ["KEN", "C", "MA", "x1", "A_b.C"])
def test_good_prefixes(prefix: str) -> None:
    check_prefix(prefix)
    assert assign_ids([None], prefix).ids == (f"{prefix}-0001",)


@pytest.mark.parametrize("prefix", ["", "MAR", "dec", "1", "K N", "K-", "=K", "x" * 21, "\u00e9"])
def test_bad_prefixes(prefix: str, refused: Refused) -> None:
    with refused("FRAME-ID-INVALID", "prefix", "MA-2000"):
        check_prefix(prefix)


def test_ids_that_are_there_are_kept_and_repeated_ones_are_listed() -> None:
    rows = [["nr", "city"], ["K-0005", "Kati"], [None, "Bla"], ["K-0005", "Kita"]]
    found = prepare_frame(sheet(rows), Roles(id="nr"), prefix="K")
    assert found.ids == ("K-0005", "K-0006", "K-0005")
    assert (found.names, found.new, found.last_numbers) == (("city",), 1, {"K": 6})
    assert [(f.code, f.cell, f.found) for f in found.findings] == [
        ("ID-REPEATED", "A4", "K-0005; also in row 2")
    ]


def test_roles_that_contradict_each_other(refused: Refused) -> None:
    rows = [["city_id", "nr", "city"], ["a", "b", "Kati"]]
    with refused("FRAME-COLUMN-RESERVED", "city_id"):
        prepared(rows, id="nr")
    with refused("FRAME-ID-INVALID", "city"):
        prepared(rows, id="city", name="city")
