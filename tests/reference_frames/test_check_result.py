"""The result of a check: text, tables, what was not checked, the catalogue on its page, refusals."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from citysample.reference_frames.checks.catalogue import FINDINGS, SEVERITIES
from citysample.reference_frames.checks.check_table import check_table
from citysample.reference_frames.checks.findings import Finding, FrameCheck
from citysample.reference_frames.checks.folding import fold_name
from citysample.reference_frames.checks.registry import ABSENT, CHECKS
from citysample.reference_frames.checks.usual_columns import DEFAULTS, USUAL

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_lists_the_catalogue() -> None:
    page = (ROOT / "docs/how-to/check-a-frame.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z-]+)` \| (\w+) \| (.*) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(code, kind.severity, kind.meaning, kind.remedy) for code, kind in FINDINGS.items()]
    assert len(rows) == 39


def test_the_catalogue_is_well_formed() -> None:
    for code, kind in FINDINGS.items():
        assert re.fullmatch(r"[A-Z]+(-[A-Z]+)+", code)
        assert kind.severity in SEVERITIES
        assert kind.meaning.endswith(".")
        assert kind.remedy[-1] in ".?"
    with pytest.raises(KeyError, match="ID-WRONG"):
        Finding("ID-WRONG", (), "")


def many() -> FrameCheck:
    ids = [f"c{k}" for k in range(16)]
    lon = np.repeat(np.arange(8.0), 2)
    return check_table(
        pd.DataFrame({"city_id": ids, "lon": lon, "lat": 1.0, "population": [0, *range(101, 116)]})
    )


def test_the_text_shows_five_of_a_kind_and_five_cities_and_the_table_all() -> None:
    check = many()
    text = str(check)
    assert text.startswith("16 rows checked: 1 error, 8 warnings, 0 notes.\n\nERROR [SIZE-NOT-POSITIVE]")
    assert text.count("WARNING [CITIES-NEAR]") == 5
    assert "... and 3 more findings [CITIES-NEAR]" in text
    table = check.to_frame()
    assert table.columns.tolist() == [
        "severity",
        "code",
        "what",
        "n_cities",
        "cities",
        "names",
        "got",
        "remedy",
    ]
    assert table.index.tolist() == list(range(1, 10))
    assert table["cities"].tolist()[:2] == ["c0", "c0; c1"]
    assert check.cities_frame().shape == (17, 4)
    assert check.cities_frame()["city_id"].loc[[2]].tolist() == ["c0", "c1"]


def test_a_cell_holds_as_many_ids_as_asked_for() -> None:
    check = check_table(pd.DataFrame({"city_id": list("abcdef"), "population": 0}))
    assert check.to_frame(2)["cities"].tolist() == ["a; b; ... (6 in all)"]
    assert check.to_frame(6)["cities"].tolist() == ["a; b; c; d; e; f"]
    assert "'a', 'b', 'c', 'd', 'e', ... (6 in all)" in str(check)


def test_an_empty_result_has_the_same_columns() -> None:
    clean = check_table(pd.DataFrame({"city_id": ["a", "b"]}))
    assert clean.to_frame().columns.tolist() == many().to_frame().columns.tolist()
    assert clean.cities_frame().columns.tolist() == many().cities_frame().columns.tolist()
    assert len(clean.to_frame()) == len(clean.cities_frame()) == 0


def test_each_check_ran_or_is_named_with_its_reason() -> None:
    check = check_table(pd.DataFrame({"code": ["a", "b"]}))
    named = {line.split(":")[0] for line in check.not_checked}
    assert named | set(check.checked) == set(CHECKS)
    assert len(check.not_checked) == 19
    reasons = {reason for one in check.left_out for reason in one.reasons}
    assert {reason for need, reason in ABSENT.items() if need not in ("lon", "lat")} <= reasons
    assert str(check).endswith("\n  " + check.not_checked[-1])


def test_a_table_with_nothing_to_check_says_so_first_and_groups_what_is_missing() -> None:
    text = str(check_table(pd.DataFrame({"code": ["a", "b"]})))
    first, _, second = text.splitlines()[:3]
    assert first == "Only 1 of 20 checks could run: no column with ids, names or sizes was found."
    assert second == "2 rows checked: 0 errors, 0 warnings, 0 notes."
    lines = re.findall(r"^  (\S.*)$", text.split("Not checked:")[1], re.MULTILINE)
    assert len(lines) == 9
    grouped_lines = [line for line in lines if " checks (" in line]
    assert [int(re.search(r": (\d+) checks", line)[1]) for line in grouped_lines] == [2, 3, 5, 4]  # type: ignore[index]
    assert grouped_lines[-1].startswith("no coordinates: 4 checks (coordinates; coordinates against")
    ids = check_table(pd.DataFrame({"city_id": ["a", "b"], "name": ["A", "B"]}))
    assert ids.lacking == "no column with sizes was found"
    assert check_table(pd.DataFrame({"city_id": ["a"], "population": [1]})).lacking == ""


def test_one_missing_coordinate_is_named_and_is_not_all_coordinates() -> None:
    check = check_table(pd.DataFrame({"city_id": ["a"], "lon": [1.0]}))
    assert "coordinates: no column with latitudes" in check.not_checked
    two = check_table(pd.DataFrame({"city_id": ["a"], "Lat": [1.0], "Latitude": [1.0]}))
    assert "coordinates: no column with longitudes, several columns fit as lat; name one" in two.not_checked


def test_findings_name_the_cities() -> None:
    table = pd.DataFrame(
        {"city_id": ["a", "b", "c"], "name": ["Alta", None, "Cala "], "population": [0, 0, 5]}
    )
    check = check_table(table)
    assert "  cities:   'a' Alta, 'b'\n" in str(check)
    assert check.to_frame()["names"].tolist() == ["Alta; ", ""]
    assert check.cities_frame()[["city_id", "name"]].values.tolist() == [["a", "Alta"], ["b", ""], ["b", ""]]
    assert set(check_table(table.drop(columns="name")).cities_frame()["name"]) == {""}


def test_numbers_in_findings_have_blanks_between_groups() -> None:
    table = pd.DataFrame({"city_id": [f"c{k}" for k in range(40)], "population": range(9_000, 9_040)})
    table.loc[0, "population"] = 7_937_526
    (finding,) = check_table(table).findings
    assert finding.got.startswith("size 7 937 526, ")
    low = check_table(table, urban_population=123_456_789.0).findings[-1]
    assert "% of 123 456 789;" in low.got


def test_the_page_lists_the_usual_names() -> None:
    page = (ROOT / "docs/how-to/check-a-frame.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (size|name|region|lon|lat|area) \| ([^|;]*?)(?:;[^|]*)? \|$", page, re.MULTILINE)
    listed = {role: {fold_name(name) for name in names.split(", ")} for role, names in rows}
    assert listed == {role: {*USUAL[role], *map(fold_name, DEFAULTS[role])} for role in listed}
    assert len(listed) == 6


@pytest.mark.parametrize(
    ("column", "role"),
    [
        ("City_ID", "id"), ("Población", "size"), ("POPULAÇÃO", "size"), ("Pop.", "size"),
        ("Commune", "name"), ("Nombre", "name"), ("Município", "name"), ("Région", "region"),
        ("Département", "region"), ("Longitude", "lon"), ("LAT", "lat"), ("Superficie (km²)", "area"),
        ("Area", "area"), ("ISO3", "country"),
    ],
)  # fmt: skip
def test_usual_names_are_found_without_case_accents_and_signs(column: str, role: str) -> None:
    cells = ["x", "y"] if role in ("name", "region", "country") else [1.0, 2.0]
    check = check_table(pd.DataFrame({column: cells, "other": ["x", "y"]}))
    assert check.columns == (f"{role}: column '{column}' (by default)",)


def test_of_several_columns_that_fit_none_is_taken_and_this_is_said() -> None:
    table = pd.DataFrame({"city_id": ["a"], "Population": [1], "POP": [2]})
    check = check_table(table)
    assert check.columns[1] == "size: none was taken, since 'Population', 'POP' fit"
    assert check.lacking == "no column with names or sizes was taken, since several fit"
    assert "sizes: several columns fit as size; name one" in check.not_checked
    assert check_table(table, size="POP").columns[1:] == ("size: column 'POP'",)
    assert check_table(table.assign(population=3)).columns[1] == "size: column 'population' (by default)"
    one = check_table(pd.DataFrame({"city_id": ["a"], "Nom": ["A"]}), region="Nom")
    assert one.columns[1:] == ("region: column 'Nom'",)


def test_columns_taken_by_default_are_said() -> None:
    table = pd.DataFrame({"city_id": ["a"], "region": ["N"], "admin1_name": ["X"], "people": [5]})
    check = check_table(table, size="people")
    assert check.columns == (
        "id: column 'city_id' (by default)",
        "size: column 'people'",
        "region: column 'region' (by default)",
    )


def test_other_tables_are_taken() -> None:
    table = {"city_id": ["a", "b", "b"], "population": [9, 0, 7]}
    expected = check_table(pd.DataFrame(table)).findings
    assert len(expected) == 2
    assert check_table(pl.DataFrame(table)).findings == expected
    assert check_table(pd.DataFrame(table).set_index("city_id")).findings == expected
    assert check_table(pd.DataFrame(table, index=[7, 7, 7])).findings == expected
    as_nullable = pd.DataFrame(table).convert_dtypes()
    assert check_table(as_nullable).findings == expected


def test_rows_without_an_id_column_are_named_by_number() -> None:
    check = check_table(pd.DataFrame({"population": [5, -1]}))
    assert [f.cities for f in check.findings] == [("row 2",)]
    assert "city ids: no column with city ids; citysample frames prepare assigns them" in check.not_checked


@pytest.mark.parametrize(
    ("code", "options", "words"),
    [
        ("FRAME-COLUMN-UNKNOWN", {"size": "popultion"}, ["'popultion'", "Did you mean 'population'?"]),
        ("FRAME-COLUMN-UNKNOWN", {"strata": ["zone"]}, ["'zone'"]),
        ("FRAME-COLUMN-UNKNOWN", {"vintage": "year"}, ["'year'", "vintage"]),
        (
            "FRAME-COUNTRY-UNKNOWN",
            {"country": "Lat"},
            ["'Lat' is neither a column nor", "Did you mean 'lat'?"],
        ),
        ("FRAME-VALUE-INVALID", {"urban_population": 0.0}, ["urban_population = 0.0"]),
        ("FRAME-VALUE-INVALID", {"urban_population": float("nan")}, ["nan"]),
        ("FRAME-VALUE-INVALID", {"period": 25}, ["period = 25"]),
        ("FRAME-VALUE-INVALID", {"vintage": 19}, ["vintage = 19"]),
        ("FRAME-VALUE-INVALID", {"box": (0.0, 5.0, 1.0, 4.0)}, ["west, south, east, north"]),
        ("FRAME-VALUE-INVALID", {"box": (0.0, 5.0, 1.0)}, ["west, south, east, north"]),
    ],
)
def test_bad_options_are_refused(code: str, options: Any, words: list[str], refused: Any) -> None:
    with refused(code, *words):
        check_table(pd.DataFrame({"city_id": ["a"], "population": [1], "lon": 1.0, "lat": 1.0}), **options)


def test_a_country_without_a_range_and_an_empty_table_are_refused(refused: Any) -> None:
    table = pd.DataFrame({"city_id": ["a"], "lon": [1.0], "lat": [1.0]})
    with refused("FRAME-COUNTRY-UNKNOWN", "XXX"):
        check_table(table, country="XXX")
    with refused("FRAME-EMPTY", "0 rows"):
        check_table(table.iloc[:0])
    with refused("FRAME-TABLE-INVALID"):
        check_table([1, 2])


def test_the_example_of_the_page_prints_what_the_page_shows() -> None:
    page = (ROOT / "docs/how-to/check-a-frame.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (shown,) = re.findall(r"<!-- check output -->\n```\n(.*?)```", page, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "page", "exec"), {})
    assert printed.getvalue() == shown
    assert shown.count("\n") == 5


def test_one_stratum_column_may_be_given_as_text() -> None:
    table = pd.DataFrame({"city_id": ["a", "b"], "zone": ["N", "S"]})
    assert check_table(table, strata="zone").findings == check_table(table, strata=["zone"]).findings
    assert len(check_table(table, strata="zone").findings) == 2


def test_a_usual_name_is_not_taken_for_words_that_should_be_numbers_or_numbers_that_should_be_names() -> None:
    table = pd.DataFrame({"city_id": ["a", "b"], "Area": ["urban", "rural"], "Commune": [261, 1100]})
    check = check_table(table)
    assert check.columns == ("id: column 'city_id' (by default)",)
    assert check.ok
    as_text = check_table(table.assign(Area=["12,5", " 7*"], Commune=["Alta", "Brava"]))
    assert as_text.columns[1:] == (
        "name: column 'Commune' (by default)",
        "area: column 'Area' (by default)",
    )
    assert [f.code for f in as_text.findings] == ["NUMBER-INVALID"]
