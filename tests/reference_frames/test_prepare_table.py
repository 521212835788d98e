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
from citysample.reference_frames.prepare.subtotals import Line, find_subtotals
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


def line(name: str | None, region: str | None, size: float | None) -> Line:
    texts = tuple(text for text in (name, region) if text is not None)
    return Line(texts, name, region, size, name is None)


A, B, C = line("A", "N", 10), line("B", "N", 20), line("C", "S", 5)
LINES = {
    "total below": ([A, B, line("Total", None, 30)], [(2, "SUBTOTAL-ROW")]),
    "total above": ([line("TOTAL N", None, 30), A, B, C], [(0, "SUBTOTAL-ROW")]),
    "total in the column of regions": ([A, B, line(None, "Sous-total", 30)], [(2, "SUBTOTAL-ROW")]),
    "total of a region far away": ([A, C, B, line("Total N", None, 30)], [(3, "SUBTOTAL-ROW")]),
    "subtotals and total": (
        [A, B, line("Gesamt", None, 30), C, line("Subtotal", None, 5), line("Total", None, 35)],
        [(2, "SUBTOTAL-ROW"), (4, "SUBTOTAL-ROW"), (5, "SUBTOTAL-ROW")],
    ),
    "total that does not fit": ([A, B, line("Total", None, 31)], [(2, "SUBTOTAL-MISMATCH")]),
    "total without a size": ([A, B, line("Total", None, None)], [(2, "SUBTOTAL-ROW")]),
    "a city that is called a sum": ([A, B, line("Somme", "N", 31)], [(2, "SUBTOTAL-DOUBT")]),
    "a region alone, below": ([A, B, line(None, "N", 30)], [(2, "SUBTOTAL-ROW")]),
    "a region alone, above": ([line(None, "N", 30), A, B], [(0, "SUBTOTAL-ROW")]),
    "no name, and no sum": ([A, B, line(None, "N", 31)], []),
    "the name of the region": ([A, B, line("N", "N", 30)], [(2, "SUBTOTAL-ROW")]),
    "the name of the region, above": ([C, line("N", "N", 30), A, B], [(1, "SUBTOTAL-ROW")]),
    "a city with the name of its region": ([A, B, line("N", "N", 31)], []),
    "a city as large as two others": ([A, B, line("D", "N", 30)], []),
    "a city as large as three others": (
        [A, B, line("D", "N", 7), line("E", "N", 37)],
        [(3, "SUBTOTAL-DOUBT")],
    ),
    "a city as large as three of another region": ([A, B, line("D", "N", 7), line("E", "S", 37)], []),
    "no sizes": ([line("A", None, None), line("B", None, None)], []),
}


@pytest.mark.parametrize(("lines", "expected"), LINES.values(), ids=LINES)
def test_rows_that_sum_up_others(lines: list[Line], expected: list[tuple[int, str]]) -> None:
    assert [(found.position, found.code) for found in find_subtotals(lines)] == expected


def test_totals_are_found_without_named_columns_too() -> None:
    found = prepared([HEADER, *CITIES, [None, "Total", 420]])
    assert (len(found.ids), codes(found)) == (3, [("SUBTOTAL-ROW", 5)])


def test_a_column_that_says_total_everywhere_sums_up_nothing() -> None:
    rows = [[*HEADER, "sex"], *([*city, "Total"] for city in CITIES), ["Total", None, 420, "Total"]]
    assert [row[0] for row in prepared(rows).rows] == ["Kati", "Bla", "Kita"]
    everywhere = [HEADER, ["Kati", "All", 1], ["Bla", "All", 2]]
    assert len(prepared(everywhere, name="city", region="region").ids) == 2


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


def test_arithmetic_removes_no_city_that_has_an_id() -> None:
    rows: list[list[Any]] = [
        ["city_id", *HEADER],
        ["a", "Kati", "N", 1],
        ["b", "Bla", "N", 2],
        ["c", "N", "N", 3],
    ]
    roles: dict[str, Any] = {"name": "city", "region": "region", "size": "people"}
    kept = prepared([*rows, ["d", "Total", None, 6]], **roles)
    assert (kept.ids, codes(kept)) == (("a", "b", "c"), [("SUBTOTAL-DOUBT", 4), ("SUBTOTAL-MISMATCH", 5)])
    removed = prepared([row[1:] for row in rows], **roles)
    assert (len(removed.ids), codes(removed)) == (2, [("SUBTOTAL-ROW", 4)])


def test_what_is_to_decide_stays_so_when_the_rows_have_ids() -> None:
    rows = [HEADER, ["NORD", None, None], ["Kati", "x", 100], [None, "x", 70]]
    first = prepared(rows, name="city", size="people")
    rows = [["city_id", *first.names], *([id_, *row] for id_, row in zip(first.ids, first.rows, strict=True))]
    again = prepared(rows, name="city", size="people")
    assert codes(again) == codes(first) == [("ROW-SINGLE", 2), ("NAME-BLANK", 4)]


def test_a_removed_row_is_one_finding_with_its_original_content() -> None:
    rows = [["rank", "city", "people"], [1, "Kati", 100], [2, "Bla", 70], ["Total", None, "170*"]]
    found = prepared(rows, name="city", size="people")
    assert [(f.code, f.row, f.found) for f in found.findings] == [("SUBTOTAL-ROW", 4, "Total | 170*")]


def test_a_total_gives_no_city_its_region() -> None:
    rows = [HEADER, ["Kati", "Nord", 100], [None, "Total Nord", 100], ["Kita", None, 70]]
    found = prepared(rows, name="city", region="region", size="people", fill_down=("region",))
    assert found.rows == (("Kati", "Nord", 100), ("Kita", "Nord", 70))


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
