"""Ids, names and labels as programs and people spoil them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.checks.check_table import check_table
from citysample.reference_frames.checks.folding import core_name, fold, fold_name, is_total, looks_like_date
from citysample.reference_frames.checks.identifiers import zeros_lost

SAME = [
    ("Nord", "Nord "),
    ("São Tomé", "SAO  TOME"),
    ("Zu\u0308rich", "Zürich"),
    ("İstanbul", "ISTANBUL"),
    ("Łódź", "Lodz"),
    ("Tromsø", "TROMSO"),
    ("Straße", "STRASSE"),
    ("Đà Nẵng", "Da Nang"),
    ("Nord\u00a0Est", "nord est"),
]
DIFFERENT = [("Nord", "Nord 2"), ("A+", "A-"), ("काठमाडौं", "काठमाडाै"), ("الرياض", "الرياد"), ("Ha", "Há Há")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_texts_that_people_read_as_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_name(fold_name(text)) == fold_name(text)
    assert fold(f"\u2003{unicodedata.normalize('NFD', text)}\t") == fold(text)


def test_vowel_signs_do_not_split_a_name() -> None:
    assert fold_name("काठमाडौं") == fold("काठमाडौं")
    assert fold_name("Port-au-Prince") == "port au prince"


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Gran Valparaíso", "valparaiso"),
        ("Greater Accra", "accra"),
        ("Grand Tunis", "tunis"),
        ("Área Metropolitana de San Salvador", "san salvador"),
        ("Dhaka Metropolitan", "dhaka"),
        ("Dhaka Metropolitan Area", "dhaka"),
        ("Kochi Urban Agglomeration", "kochi"),
        ("Granada", None),
        ("Gran", None),
        ("Metropolitan", None),
        ("Montemetro", None),
    ],
)
def test_the_city_in_the_name_of_a_metropolitan_area(name: str, core: str | None) -> None:
    assert core_name(fold_name(name)) == core


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TOTAL", True), ("Sub-total", True), ("Sous-total Nord", True), ("Kenya, total", True),
        ("Ukupno", True), ("Итого", True), ("الإجمالي", True), ("合计", True), ("Ensemble", True),
        ("Summe", True), ("Totana", False), ("Totalán", False), ("Suma Norte", False), ("Soma", False),
        ("Ensenada", False), ("", False),
    ],
)  # fmt: skip
def test_names_of_subtotals(name: str, expected: bool) -> None:
    assert is_total(name) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", True), ("2026-03-01 00:00:00", True), ("1/3/2026", True), ("01.03.2026", True),
        ("3-Mar", True), ("Mar-26", True), ("1 March 2026", True), ("12-dec-99", True),
        ("MX-09-014", False), ("2026", False), ("3-4", False), ("MAR", False), ("20260301", False),
        ("MAR-2501", True), ("A-Mar", False), ("1234-56-78", False),
    ],
)  # fmt: skip
def test_ids_that_look_like_dates(text: str, expected: bool) -> None:
    assert looks_like_date(text) is expected


CODES = [f"{zone:02d}{k:03d}" for zone in range(1, 14) for k in range(1, 6)]
ZONES = [code[:2] for code in CODES]


def test_zeros_lost_by_all_codes_are_found_with_the_regions() -> None:
    lost = [str(int(code)) for code in CODES]
    expected = [k for k, code in enumerate(CODES) if code.startswith("0")]
    assert zeros_lost(lost, ZONES).tolist() == expected
    assert len(expected) == 45
    assert zeros_lost(CODES, ZONES).tolist() == []


def test_zeros_lost_by_one_code_are_found_without_regions() -> None:
    assert zeros_lost([*CODES, "1099"]).tolist() == [65]
    assert zeros_lost([*CODES, "1099", None, "MX-1"]).tolist() == [65]


@pytest.mark.parametrize(
    "ids",
    [
        [str(k) for k in range(1, 2897)],
        [str(k) for k in range(95, 130)],
        [*(str(184_000 + 7919 * k % 9001) for k in range(40)), "7626461", "7626462"],
        ["a1", "a22", "7"],
        [],
        [None],
        ["1234", "1235"],
    ],
    ids=["counter", "short counter", "GeoNames", "texts", "empty", "missing", "one length"],
)
def test_ids_that_lost_nothing(ids: list[str | None]) -> None:
    assert zeros_lost(ids).tolist() == []
    assert zeros_lost(ids, ["zone"] * len(ids)).tolist() == []


def test_the_swiss_commune_numbers_lost_nothing(swiss_frame: cs.CityFrame) -> None:
    ids = swiss_frame.cities.index.tolist()
    assert zeros_lost(ids, swiss_frame.cities["canton"].tolist()).tolist() == []


IDS = st.lists(
    st.none()
    | st.sampled_from(["a", "b", " a", "", " ", "7", "3-Mar"])
    | st.integers(-5, 5)
    | st.floats()
    | st.booleans(),
    min_size=1,
    max_size=6,
)


@given(IDS)
def test_an_id_error_is_found_if_and_only_if_the_frame_is_refused(cells: list[Any]) -> None:
    table = pd.DataFrame({"city_id": pd.Series(cells, dtype=object)})
    errors = {f.code for f in check_table(table).findings if f.severity == "error"}
    assert errors <= {"ID-MISSING", "ID-INVALID", "ID-DUPLICATE"}
    try:
        cs.CityFrame.from_table(table, id="city_id")
    except cs.FrameError:
        assert errors
    else:
        assert not errors


def table(**columns: Any) -> pd.DataFrame:
    N = len(next(iter(columns.values())))
    return pd.DataFrame({"city_id": [f"c{k}" for k in range(N)], **columns})


def test_equal_names_in_other_regions_are_no_finding() -> None:
    cities = table(name=["San José", "SAN JOSE", "San-José"], region=["A", "B", "a "])
    found = {f.code: f.cities for f in check_table(cities).findings}
    assert found == {"NAME-SAME": ("c0", "c2"), "LABEL-VARIANT": ("c2",)}
    without = check_table(cities.drop(columns="region"))
    assert [f.cities for f in without.findings] == [("c0", "c1", "c2")]
    assert "names: no region column: equal names were looked for in the whole frame" in without.not_checked
    assert "names" in without.checked


def test_namibia_is_not_missing_but_a_lost_na_is_named() -> None:
    kept = check_table(table(code=["NA", "NA", "KE"]), country="code")
    assert kept.findings == ()
    lost = check_table(table(code=[None, None, "KE"]), country="code")
    assert {f.code: f.cities for f in lost.findings} == {"COUNTRY-NA-LOST": ("c0", "c1")}
    other = check_table(table(code=[None, "NAM", "KEN"]), country="code")
    assert {f.code: f.cities for f in other.findings} == {"COUNTRY-MISSING": ("c0",)}
    here = check_table(table(code=[None, "NA", "KE"]), country="code")
    assert {f.code for f in here.findings} == {"COUNTRY-MISSING"}


def test_strata_are_the_cross_of_their_columns() -> None:
    cities = table(zone=["N", "N", "N", "S", "S"], wet=[1.0, 1.0, 0.0, 1.0, None])
    check = check_table(cities, strata=["zone", "wet"])
    small = [f for f in check.findings if f.code == "STRATUM-SMALL"]
    assert [(f.cities, f.got) for f in small] == [
        (("c2",), "stratum 'N / 0' has 1 city"),
        (("c3",), "stratum 'S / 1' has 1 city"),
    ]
    assert [f.cities for f in check.findings if f.code == "LABEL-MISSING"] == [("c4",)]
