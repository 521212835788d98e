"""A frame with one of each defect: the check finds every one and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.checks.catalogue import FINDINGS
from citysample.reference_frames.checks.check_table import check_table
from citysample.reference_frames.checks.findings import FrameCheck
from citysample.reference_frames.checks.registry import CHECKS
from citysample.reference_frames.commands import frames

BOX = (10.0, 0.0, 16.0, 6.0)
OPTIONS: dict[str, Any] = {
    "region": "zone",
    "country": "iso2",
    "strata": ["zone", "coast"],
    "urban_population": 6_000_000,
    "vintage": "year",
    "period": 2025,
    "box": BOX,
}
SYLLABLES = ("Ba", "Ko", "Mi", "Nu", "Re", "Sa")


def clean() -> pd.DataFrame:
    """60 cities on a lattice of 55 km by 89 km, six zones of ten, sizes near Zipf's law."""
    rows = []
    for k in range(60):
        size = round(1_000_000 / (k + 0.7)) + 37 * (k % 7)
        rows.append(
            {
                "city_id": f"{k % 6 + 1:02d}{k:03d}",
                "name": SYLLABLES[k // 10] + SYLLABLES[k % 10 % 6].lower() + ("dra", "ton")[k % 10 // 6],
                "zone": f"Zone {k % 6 + 1}",
                "coast": "coast" if k % 4 < 2 else "inland",
                "population": size,
                "lon": 10.4 + 0.5 * (k % 10),
                "lat": 0.6 + 0.8 * (k // 10),
                "area_km2": round(size / (3800 + 90 * (k % 5)), 1),
                "iso2": "XA",
                "year": 2021,
            }
        )
    return pd.DataFrame(rows)


def defects(table: pd.DataFrame) -> list[tuple[str, tuple[str, ...], list[dict[str, Any]]]]:
    """For each code: the cities that the finding must name, and the rows to add."""
    first, second = table.iloc[0], table.iloc[1]
    last_zone = int(table.loc[table["zone"] == "Zone 6", "population"].sum())
    return [
        ("ID-MISSING", ("row 61",), [{"city_id": None}]),
        ("ID-INVALID", ("90001",), [{"city_id": " 90001"}]),
        ("ID-DUPLICATE", ("90002",), [{"city_id": "90002"}, {"city_id": "90002"}]),
        ("ID-ZEROS-LOST", ("1099",), [{"city_id": "1099"}]),
        ("ID-DATE", ("3-Mar",), [{"city_id": "3-Mar"}]),
        ("NAME-MISSING", ("90003",), [{"city_id": "90003", "name": " "}]),
        ("NAME-SAME", ("01000", "90004"), [{"city_id": "90004", "name": "BABADRÁ ", "zone": "Zone 1"}]),
        ("SUBTOTAL-NAME", ("90005",), [{"city_id": "90005", "name": "Sub-total", "population": 9_999_999}]),
        ("SUBTOTAL-SUM", ("90006",), [{"city_id": "90006", "zone": "Zone 6", "population": last_zone}]),
        ("NUMBER-INVALID", ("90007",), [{"city_id": "90007", "population": "12 345"}]),
        ("SIZE-MISSING", ("90008",), [{"city_id": "90008", "population": None}]),
        ("SIZE-NOT-POSITIVE", ("90009", "90010"),
         [{"city_id": "90009", "population": 0}, {"city_id": "90010", "population": -5}]),
        ("SIZE-ABOVE-LINE", ("90011",),
         [{"city_id": "90011", "population": 30_000_000, "area_km2": 7500.0, "lon": 15.9, "lat": 5.9}]),
        ("SIZE-FAR-BELOW", ("90012",), [{"city_id": "90012", "population": 18, "area_km2": 0.0045}]),
        ("DENSITY-OUTLIER", ("90013",), [{"city_id": "90013", "population": 250_000, "area_km2": 3.0}]),
        ("AREA-MISSING", ("90014",), [{"city_id": "90014", "area_km2": None}]),
        ("AREA-NOT-POSITIVE", ("90015",), [{"city_id": "90015", "area_km2": 0.0}]),
        ("AREA-LARGE", ("90016",), [{"city_id": "90016", "area_km2": 50_000.0}]),
        ("COORDINATES-MISSING", ("90017",), [{"city_id": "90017", "lon": None}]),
        ("COORDINATES-RANGE", ("90018",), [{"city_id": "90018", "lon": 654_321.0, "lat": 123_456.0}]),
        ("COORDINATES-ZERO", ("90019",), [{"city_id": "90019", "lon": 0.0, "lat": 0.0}]),
        ("COORDINATES-SWAPPED", ("90020",), [{"city_id": "90020", "lon": 1.3, "lat": 12.2}]),
        ("COORDINATES-OUTSIDE", ("90021",), [{"city_id": "90021", "lon": -12.2, "lat": 1.3}]),
        ("CITIES-NEAR", ("02001", "90022"),
         [{"city_id": "90022", "lon": second["lon"] + 0.005, "lat": second["lat"]}]),
        ("NESTED-FOOTPRINT", ("90023", "01000"),
         [{"city_id": "90023", "lon": first["lon"] + 0.04, "lat": first["lat"]}]),
        ("NESTED-NAME", ("90024", "02001"),
         [{"city_id": "90024", "name": "Greater Bakodra", "zone": "Zone 2"}]),
        ("LABEL-MISSING", ("90025",), [{"city_id": "90025", "zone": None}]),
        ("LABEL-VARIANT", ("90026", "90027"),
         [{"city_id": "90026", "zone": "ZONE  2 "}, {"city_id": "90027", "zone": "ZONE  2 "}]),
        ("STRATUM-SMALL", ("90028",), [{"city_id": "90028", "zone": "Zone 7"}]),
        ("COUNTRY-NA-LOST", ("90029",), [{"city_id": "90029", "iso2": None}]),
        ("VINTAGE-OLD", ("90030",), [{"city_id": "90030", "year": 2019}]),
        ("VINTAGE-UNKNOWN", ("90031",), [{"city_id": "90031", "year": None}]),
        ("COVERAGE-HIGH", (), []),
    ]  # fmt: skip


def planted() -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """The frame with one of each defect, and the cities that each code must name."""
    table = clean()
    rows: list[dict[str, Any]] = []
    expected: dict[str, tuple[str, ...]] = {}
    for code, cities, added in defects(table):
        expected[code] = cities
        rows += added
    return with_rows(table, rows), expected


def with_rows(table: pd.DataFrame, added: list[dict[str, Any]]) -> pd.DataFrame:
    """The table with rows that are clean apart from the values given."""
    rows = []
    for k, row in enumerate(added):
        usual = {
            "name": f"New town {chr(65 + k % 26)}{chr(65 + k // 26)}",
            "zone": "Zone 3",
            "coast": "coast",
            "population": 9_000 + 211 * k,
            "lon": 10.65 + 0.5 * (k % 10),
            "lat": 1.0 + 0.8 * (k // 10),
            "area_km2": 5.0,
            "iso2": "XA",
            "year": 2020,
        }
        rows.append({**usual, **row})
    return pd.concat([table.astype(object), pd.DataFrame(rows, dtype=object)], ignore_index=True)


ELSEWHERE = {
    "COVERAGE-LOW",
    "COUNTRY-MISSING",
    "COUNTRY-OTHER",
    "COUNTRY-UNKNOWN",
    "CITIES-CROWDED",
    "FOOTPRINTS-CROWDED",
}
"""Codes that cannot stand beside the others in one frame; each has its own test."""


def found(check: FrameCheck) -> dict[str, tuple[str, ...]]:
    codes = [finding.code for finding in check.findings]
    assert len(codes) == len(set(codes)), codes
    return {finding.code: finding.cities for finding in check.findings}


def test_a_clean_frame_gives_no_finding() -> None:
    check = check_table(clean(), **OPTIONS)
    assert check.findings == ()
    assert check.ok
    assert check.N == 60
    assert [line.split(" (")[0] for line in check.checked] == list(CHECKS)
    assert "coverage of the national urban population (88.7 %)" in check.checked
    assert "sizes against the rank-size line (slope -0.97, cut 3.0 times the line)" in check.checked
    assert check.not_checked == ()
    assert len(check.checked) == 20


def test_every_planted_defect_is_found_and_nothing_else() -> None:
    table, expected = planted()
    check = check_table(table, **OPTIONS)
    assert found(check) == expected
    assert len(expected) == 33
    assert check.N == len(table) == 95
    assert check.counts == {"error": 10, "warning": 21, "note": 2}
    assert not check.ok


def test_each_code_of_the_catalogue_is_planted_once() -> None:
    assert set(planted()[1]) | ELSEWHERE == set(FINDINGS)
    assert not set(planted()[1]) & ELSEWHERE
    assert len(FINDINGS) == 39


@pytest.mark.parametrize("code", list(planted()[1]))
def test_a_defect_alone_is_found_alone(code: str) -> None:
    """Only the rows of one defect are added to the clean frame."""
    table = clean()
    rows = next(added for one, _, added in defects(table) if one == code)
    if code == "COVERAGE-HIGH":
        check = check_table(table, **{**OPTIONS, "urban_population": 5_000_000})
    else:
        check = check_table(with_rows(table, rows), **{**OPTIONS, "urban_population": None})
    assert found(check) == {code: planted()[1][code]}


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(random: Any) -> None:
    table, expected = planted()
    order = list(range(len(table)))
    random.shuffle(order)
    place = order.index(60) + 1
    check = found(check_table(table.iloc[order], **OPTIONS))
    assert check.pop("ID-MISSING") == (f"row {place}",)
    expected.pop("ID-MISSING")
    assert {code: set(cities) for code, cities in check.items()} == {
        code: set(cities) for code, cities in expected.items()
    }


@given(st.lists(st.integers(0, 94), min_size=1, max_size=40, unique=True))
def test_any_part_of_the_frame_is_checked_without_failure(rows: list[int]) -> None:
    table = planted()[0].iloc[rows]
    check = check_table(table, **OPTIONS)
    assert len(rows) == check.N
    assert len(check.to_frame()) == len(check.findings)
    known = {*table["city_id"].dropna().str.strip(), *(f"row {k}" for k in range(1, len(rows) + 1))}
    assert {city for finding in check.findings for city in finding.cities} <= known


def test_the_frame_gives_the_findings_of_its_table() -> None:
    table = clean()
    table["lon"] = table["lon"].where(table["city_id"] != "04003", 12.4)
    frame = cs.CityFrame.from_table(table, id="city_id", size="population", name="name")
    check = frame.check(**OPTIONS)
    assert found(check) == {"CITIES-NEAR": ("04003", "05004")}
    assert check.findings == check_table(table, **OPTIONS).findings
    assert check.columns[:3] == (
        "id: column 'city_id' (by default)",
        "size: column 'population'",
        "name: column 'name'",
    )


def test_the_frame_is_refused_only_where_the_check_finds_an_error() -> None:
    refused = 0
    for code, _, rows in defects(clean()):
        table = with_rows(clean(), rows)
        check = check_table(table, **{**OPTIONS, "urban_population": None})
        try:
            cs.CityFrame.from_table(table, id="city_id", size="population", name="name")
        except cs.FrameError:
            refused += 1
            assert not check.ok, code
    assert refused == 6


def run(*arguments: object) -> Result:
    return CliRunner().invoke(frames, [str(argument) for argument in arguments], catch_exceptions=False)


COMMAND = (
    "--region",
    "zone",
    "--stratum",
    "zone",
    "--stratum",
    "coast",
    "--vintage",
    "year",
    "--period",
    2025,
)


def test_the_command_finds_the_defects_of_a_text_file(tmp_path: Path) -> None:
    """Blanks around cells and the country's made-up range do not survive the file; all else does."""
    path, out = tmp_path / "frame.csv", tmp_path / "findings.csv"
    table, expected = planted()
    table.drop(columns="iso2").to_csv(path, index=False)
    result = run("check", path, *COMMAND, "--urban-population", 6e6, "--out", out)
    assert result.exit_code == 1
    lost = {"ID-INVALID", "COORDINATES-SWAPPED", "COORDINATES-OUTSIDE", "COUNTRY-NA-LOST"}
    written = pd.read_csv(out, dtype=str)
    codes = dict(zip(written["code"], written["cities"].fillna(""), strict=True))
    assert codes == {code: "; ".join(cities) for code, cities in expected.items() if code not in lost}
    assert len(codes) == 29
    assert result.output.index("ERROR [ID-MISSING]") < result.output.index("WARNING [ID-ZEROS-LOST]")
    last = result.output.split("Not checked:\n")[1].splitlines()
    assert last[0] == "  country codes: no column with country codes"
    assert last[-1] == f"Wrote: {out}"


def test_the_command_succeeds_with_warnings_and_fails_with_errors(tmp_path: Path) -> None:
    path, out = tmp_path / "frame.xlsx", tmp_path / "findings.xlsx"
    table = clean()
    cs.CityFrame.from_table(table, id="city_id", size="population").write(path)
    result = run("check", path, *COMMAND, "--out", out)
    assert result.exit_code == 0
    assert "60 rows checked: 0 errors, 0 warnings, 0 notes." in result.output
    assert pd.read_excel(out, sheet_name=None, engine="openpyxl").keys() == {"findings", "cities"}
    result = run("check", path, *COMMAND, "--country", "KEN")
    assert result.exit_code == 0
    assert "WARNING [COORDINATES-OUTSIDE]" in result.output


def test_bad_input_of_the_command_is_refused(tmp_path: Path, refused: Any) -> None:
    path = tmp_path / "frame.csv"
    clean().to_csv(path, index=False)
    with refused("FILE-NOT-FOUND", "nothing.csv"):
        run("check", tmp_path / "nothing.csv")
    with refused("FRAME-COLUMN-UNKNOWN", "'Population'", "Did you mean 'population'?"):
        run("check", path, "--size", "Population")
    with refused("FRAME-COUNTRY-UNKNOWN", "'Kenia' is neither a column nor a country", "'Kenya'"):
        run("check", path, "--country", "Kenia")
    with refused("FRAME-COUNTRY-UNKNOWN", "XXX"):
        run("check", path, "--country", "XXX")
    with refused("FRAME-VALUE-INVALID", "period = 25"):
        run("check", path, "--period", 25)
    with refused("FILE-FORMAT", ".pdf"):
        run("check", path, "--out", tmp_path / "findings.pdf")
