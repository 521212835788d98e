"""Rows that sum up others: by name, by size, and how the two commands agree."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from citysample.reference_frames.checks.check_table import check_table
from citysample.reference_frames.prepare.prepare import prepare_frame
from citysample.reference_frames.prepare.result import Prepared, Roles
from citysample.reference_frames.prepare.subtotals import Line, find_subtotals
from citysample.reference_frames.readers.cells import Cell, Sheet, cut

CITIES: list[list[Any]] = [["Kati", "Nord", 100], ["Bla", "Nord", 250], ["Kita", "Sud", 70]]
HEADER = ["city", "region", "people"]


def prepared(rows: Any, **roles: Any) -> Prepared:
    cells = cut([[Cell(value) for value in row] for row in rows])
    return prepare_frame(Sheet("s", ("s",), cells), Roles(**roles))


def codes(found: Prepared) -> list[tuple[str, int]]:
    return [(finding.code, finding.row) for finding in found.findings]


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
    "a city as large as two others": ([A, B, line("D", "N", 30)], [(2, "SUBTOTAL-DOUBT")]),
    "a city as large as three others": (
        [A, B, line("D", "N", 7), line("E", "N", 37)],
        [(3, "SUBTOTAL-DOUBT")],
    ),
    "a sum with another text as its region": (
        [A, B, line("D", "N", 7), line("N", "REGION N", 37), line("E", "S", 9), line("ML", "ML", 46)],
        [(3, "SUBTOTAL-DOUBT"), (5, "SUBTOTAL-DOUBT")],
    ),
    "sums above, and the country last": (
        [
            *(line("N", "REGION N", 37), A, B, line("D", "N", 7)),
            *(line("S", "REGION S", 19), C, line("E", "S", 6), line("F", "S", 8), line("ML", "ML", 56)),
        ],
        [(0, "SUBTOTAL-DOUBT"), (4, "SUBTOTAL-DOUBT"), (8, "SUBTOTAL-DOUBT")],
    ),
    "a named total after doubtful sums": (
        [A, B, line("D", "N", 7), line("N", "REGION N", 37), C, line("Total", None, 42)],
        [(3, "SUBTOTAL-DOUBT"), (5, "SUBTOTAL-ROW")],
    ),
    "no sizes": ([line("A", None, None), line("B", None, None)], []),
}


@pytest.mark.parametrize(("lines", "expected"), LINES.values(), ids=LINES)
def test_rows_that_sum_up_others(lines: list[Line], expected: list[tuple[int, str]]) -> None:
    assert [(found.position, found.code) for found in find_subtotals(lines)] == expected


MISMATCHES = {
    "the nearest sum": ([A, B, line("Sous-total", None, 31), C, line("Total", None, 35)], 30, 0),
    "all cities for the last total": (
        [A, B, line("Total N", None, 30), C, line("Total S", None, 5), line("TOTAL", None, 6)],
        35,
        0,
    ),
    "a row without a size": ([A, B, line("D", "N", None), line("Total N", None, 50)], 30, 1),
    "a row without a size that explains nothing": (
        [A, B, line("D", "N", None), line("Total N", None, 29)],
        30,
        0,
    ),
}


@pytest.mark.parametrize(("lines", "total", "unsized"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_total_is_compared_with_the_sum_that_it_should_be(
    lines: list[Line], total: float, unsized: int
) -> None:
    (found,) = [each for each in find_subtotals(lines) if each.code == "SUBTOTAL-MISMATCH"]
    assert (found.total, found.unsized) == (total, unsized)


def test_both_commands_find_the_same_sums() -> None:
    """Each region with its sum above or below its cities, under another text; the country last."""
    compared = 0
    for above in (True, False):
        rows: list[Any] = []
        for k, label in enumerate(("Kayes", "Gao", "Mopti")):
            cities: list[Any] = [[f"{label} {j}", label, 8000 + 1013 * j + 77 * k] for j in range(5 + k)]
            total = [label, f"REGION {label}", sum(city[2] for city in cities)]
            rows += [total, *cities] if above else [*cities, total]
        rows.append(["Mali", "Mali", sum(row[2] for row in rows if row[1].startswith("REGION"))])
        found = prepared([HEADER, *rows], name="city", region="region", size="people")
        table = pd.DataFrame(rows, columns=["city", "region", "people"])
        check = check_table(table, name="city", region="region", size="people")
        doubtful = {f"row {row - 1}" for code, row in codes(found) if code == "SUBTOTAL-DOUBT"}
        assert doubtful == {f.cities[0] for f in check.findings if f.code == "SUBTOTAL-SUM"}
        compared += len(doubtful)
    assert compared == 8


def test_totals_are_found_without_named_columns_too() -> None:
    found = prepared([HEADER, *CITIES, [None, "Total", 420]])
    assert (len(found.ids), codes(found)) == (3, [("SUBTOTAL-ROW", 5)])


def test_a_column_that_says_total_everywhere_sums_up_nothing() -> None:
    rows = [[*HEADER, "sex"], *([*city, "Total"] for city in CITIES), ["Total", None, 420, "Total"]]
    assert [row[0] for row in prepared(rows).rows] == ["Kati", "Bla", "Kita"]
    everywhere = [HEADER, ["Kati", "All", 1], ["Bla", "All", 2]]
    assert len(prepared(everywhere, name="city", region="region").ids) == 2


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


def test_a_removed_row_is_one_finding_with_its_original_content() -> None:
    rows = [["rank", "city", "people"], [1, "Kati", 100], [2, "Bla", 70], ["Total", None, "170*"]]
    found = prepared(rows, name="city", size="people")
    assert [(f.code, f.row, f.found) for f in found.findings] == [("SUBTOTAL-ROW", 4, "Total | 170*")]


def test_a_total_gives_no_city_its_region() -> None:
    rows = [HEADER, ["Kati", "Nord", 100], [None, "Total Nord", 100], ["Kita", None, 70]]
    found = prepared(rows, name="city", region="region", size="people", fill_down=("region",))
    assert found.rows == (("Kati", "Nord", 100), ("Kita", "Nord", 70))
