"""Units inside the cities, through the command: drawn once, recorded, checked, joined with their data."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from citysample.cli import cli
from citysample.study.chain import default_directory, run_steps

Refused = Callable[..., AbstractContextManager[None]]
Edit = Callable[..., None]
Write = Callable[..., Path]
Table = Callable[[Path, list[list[str]]], None]

STAGE = """[[stage]]
file = "areas.csv"
unit = "ea"
n = 2
missing = ["-"]

[data]
"""
DATA_ID = 'id = "city_id"\nperiod'


def areas(inside: int = 5, cities: int = 30) -> list[list[str]]:
    rows = [
        [f"{city:03d}", f"{k:02d}", str(10 + (3 * k + city) % 11), "core" if k < 3 else "edge"]
        for city in range(cities)
        for k in range(inside)
    ]
    return [["city_id", "ea", "homes", "kind"], *rows]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def units(study: Path) -> list[dict[str, str]]:
    return read(default_directory(study) / "units.csv")


def command(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


@pytest.fixture
def study(write_study: Write, write_table: Table) -> Path:
    """The small study with two areas in each city, and their list."""
    path = write_study(("[data]\n", STAGE), (DATA_ID, 'id = ["city_id", "ea"]\nperiod'))
    write_table(path.with_name("areas.csv"), areas())
    return path


@pytest.fixture
def measured(study: Path, write_table: Table) -> Path:
    """The study with its units drawn and their data."""
    run_steps(study, "draw", may_draw=True)
    rows = [[row["city_id"], row["ea"], str(2 + k % 5)] for k, row in enumerate(units(study))]
    write_table(study.with_name("data.csv"), [["city_id", "ea", "built"], *rows])
    return study


def test_the_draw_writes_the_units(study: Path) -> None:
    result = command("draw", str(study))
    assert result.exit_code == 0
    assert "12 of 30 cities" in result.output
    assert "24 units inside them." in result.output
    assert str(default_directory(study) / "units.csv") in result.output
    rows = units(study)
    assert len(rows) == 24
    cities = {row["city_id"]: row for row in read(default_directory(study) / "sample.csv")}
    assert set(cities) == {row["city_id"] for row in rows}
    for row in rows:
        assert row["unit_id"] == f"{row['city_id']}/{row['ea']}"
        assert row["pi_1"] == cities[row["city_id"]]["pi"]
        assert float(row["pi"]) == pytest.approx(float(row["pi_1"]) * 2 / 5, rel=1e-15)
    record = json.loads((default_directory(study) / "record.json").read_bytes())
    (stage,) = record["draw"]["stages"]
    assert stage["design"] == {
        "unit": "ea", "n": 2, "city": "city_id", "method": "srs", "size": None, "strata": None,
    }  # fmt: skip
    assert set(stage["units"]) == {row["unit_id"] for row in rows}
    assert stage["units"][rows[0]["unit_id"]] == {"parent": rows[0]["city_id"], "pi": 0.4}
    assert {"units.csv", "inputs/stage-2/areas.csv"} <= set(record["artefacts"])
    assert "inputs/stage-2/areas.csv" in record["inputs"]


def test_the_figures_are_those_of_the_python_interface(measured: Path) -> None:
    outcome = run_steps(measured, "report")
    assert outcome.staged is not None
    assert outcome.estimates is not None
    data = {(row["city_id"], row["ea"]): float(row["built"]) for row in read(measured.with_name("data.csv"))}
    total = sum(data[row["city_id"], row["ea"]] / float(row["pi"]) for row in units(measured))
    first = outcome.estimates.rows[0]
    assert first.estimate == pytest.approx(total, rel=1e-12)
    assert (first.n, first.N, first.df) == (24, 30, 9.0)
    assert first.se > 0.0
    weights = read(default_directory(measured) / "weights.csv")
    assert [row["unit_id"] for row in weights] == [row["unit_id"] for row in units(measured)]
    page = (default_directory(measured) / "report.html").read_text(encoding="utf-8")
    assert "24 units (ea), simple random sampling" in page
    result = command("weight", str(measured))
    assert "24 units, weights from" in result.output


def test_a_second_run_gives_the_same_bytes(measured: Path, snapshot: Callable[..., dict[str, bytes]]) -> None:
    run_steps(measured, "report")
    before = snapshot(default_directory(measured))
    assert "units.csv" in before
    command("run", str(measured))
    assert snapshot(default_directory(measured)) == before


def test_the_full_id_is_the_default_id_of_the_data(measured: Path, edit: Edit, write_table: Table) -> None:
    expected = run_steps(measured, "estimate").estimates
    rows = [[f"{r['city_id']}/{r['ea']}", r["built"]] for r in read(measured.with_name("data.csv"))]
    write_table(measured.with_name("data.csv"), [["unit_id", "built"], *rows])
    edit(measured, ('id = ["city_id", "ea"]\n', ""))
    found = run_steps(measured, "estimate").estimates
    assert found is not None
    assert expected is not None
    assert [row.estimate for row in found.rows] == [row.estimate for row in expected.rows]


def test_the_cities_come_first_and_the_list_later(study: Path, write_table: Table, refused: Refused) -> None:
    study.with_name("areas.csv").unlink()
    result = command("draw", str(study))
    assert result.exit_code == 0
    assert "is not there yet, so none are drawn from it" in result.output
    cities = (default_directory(study) / "sample.csv").read_bytes()
    assert not (default_directory(study) / "units.csv").exists()
    write_table(study.with_name("data.csv"), [["city_id", "ea", "built"]])
    with refused("FILE-NOT-FOUND", "areas.csv"):
        run_steps(study, "weight")
    sampled = {row["city_id"] for row in read(default_directory(study) / "sample.csv")}
    listed = areas()
    write_table(study.with_name("areas.csv"), [listed[0], *(row for row in listed[1:] if row[0] in sampled)])
    with refused("STUDY-NO-DRAW", "not drawn yet", "citysample draw"):
        run_steps(study, "weight")
    result = command("draw", str(study))
    assert "drawn before; checked and kept" in result.output
    assert len(units(study)) == 24
    assert (default_directory(study) / "sample.csv").read_bytes() == cities


# what is edited in the study file, words of the list of changes
CHANGES = [
    ("n = 2", "n = 3", ("stage[0].n: 2 -> 3",)),
    ("n = 2", 'n = 2\nmethod = "pivotal"', ("stage[0].method: 'srs' -> 'pivotal'",)),
    ("n = 2", 'n = 2\nstrata = "kind"', ("stage[0].strata: None -> 'kind'",)),
    ("SMALL-1", "SMALL-2", ("study.seed",)),
]


@pytest.mark.parametrize(("old", "new", "words"), CHANGES)
def test_a_changed_stage_stops(
    measured: Path, edit: Edit, refused: Refused, old: str, new: str, words: tuple[str, ...],
    snapshot: Callable[..., dict[str, bytes]],
) -> None:  # fmt: skip
    before = snapshot(default_directory(measured))
    edit(measured, (old, new))
    with refused("STUDY-DRAW-CHANGED", *words, "--again"):
        run_steps(measured, "draw", may_draw=True)
    assert snapshot(default_directory(measured)) == before


def test_a_changed_list_stops_where_it_changes_the_draw(
    measured: Path, write_table: Table, refused: Refused
) -> None:
    first = units(measured)[0]
    table = areas()
    unused = [row for row in table if row[0] not in {unit["city_id"] for unit in units(measured)}]
    write_table(measured.with_name("areas.csv"), [row for row in table if row not in unused[1:]])
    run_steps(measured, "draw", may_draw=True)
    gone = [row for row in table if [row[0], row[1]] != [first["city_id"], first["ea"]]]
    write_table(measured.with_name("areas.csv"), gone)
    with refused("STUDY-DRAW-CHANGED", "stage[0].file", f"'{first['city_id']}'"):
        run_steps(measured, "draw", may_draw=True)
    measured.with_name("areas.csv").unlink()
    with refused("STUDY-DRAW-CHANGED", "stage[0]: gone"):
        run_steps(measured, "plan")


def test_a_new_draw_of_the_units_is_archived(measured: Path, edit: Edit, refused: Refused) -> None:
    before = (default_directory(measured) / "units.csv").read_bytes()
    with refused("STUDY-DRAW-SAME"):
        run_steps(measured, "draw", may_draw=True, again="no reason")
    edit(measured, ("n = 2", "n = 3"))
    run_steps(measured, "draw", may_draw=True, again="more areas")
    directory = default_directory(measured)
    assert (directory / "draws" / "draw-1" / "units.csv").read_bytes() == before
    assert len(units(measured)) == 36


def test_edited_units_are_refused(measured: Path, refused: Refused) -> None:
    path = default_directory(measured) / "units.csv"
    path.write_bytes(path.read_bytes().replace(b"core", b"Core"))
    with refused("STUDY-DRAW-EDITED", "units.csv"):
        run_steps(measured, "weight")


def test_released_substitutes_bring_their_units(study: Path, edit: Edit) -> None:
    edit(study, ("n = 12", "n = 12\nsubstitutes = 1"))
    run_steps(study, "draw", may_draw=True)
    before = {row["unit_id"]: row["pi_2"] for row in units(study)}
    edit(study, ("[[stage]]", '[fieldwork]\nrelease = { "North" = 1 }\n\n[[stage]]'))
    run_steps(study, "draw", may_draw=True)
    after = {row["unit_id"]: row["pi_2"] for row in units(study)}
    assert len(after) == len(before) + 2
    assert before.items() <= after.items()


def test_a_third_stage(study: Path, edit: Edit, write_table: Table) -> None:
    third = '[[stage]]\nfile = "homes.csv"\nunit = "home"\nn = 0.5\n\n[data]\n'
    edit(study, ("[data]\n", third), ('id = ["city_id", "ea"]\n', ""))
    homes = [[city, area, str(k)] for city, area, *_ in areas()[1:] for k in range(6)]
    write_table(study.with_name("homes.csv"), [["city_id", "ea", "home"], *homes])
    run_steps(study, "draw", may_draw=True)
    rows = units(study)
    assert len(rows) == 12 * 2 * 3
    assert {row["pi_3"] for row in rows} == {"0.5"}
    table = [[row["unit_id"], str(k % 3)] for k, row in enumerate(rows)]
    write_table(study.with_name("data.csv"), [["unit_id", "built"], *table])
    estimates = run_steps(study, "report").estimates
    assert estimates is not None
    assert estimates.rows[0].n == 72


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("n = 2", "n = 0", "STUDY-VALUE-INVALID", ("stage[0].n",)),
        ("n = 2", "n = 1.5", "STUDY-VALUE-INVALID", ("stage[0].n",)),
        ("n = 2", 'n = "2"', "STUDY-VALUE-INVALID", ("stage[0].n",)),
        ("n = 2", "n = 2\nmehtod = 1", "STUDY-KEY-UNKNOWN", ("mehtod", "'method'")),
        ("[[stage]]", "[stage]", "STUDY-VALUE-INVALID", ("[[stage]]",)),
        ('unit = "ea"\n', "", "STUDY-VALUE-INVALID", ("'unit'",)),
        ('"ea"\n', '"eaa"\n', "FRAME-COLUMN-UNKNOWN", ("stage[0]", "'eaa'", "'ea'")),
        ("n = 2", 'n = 2\nmethod = "cube"', "DESIGN-OPTION-UNUSED", ("stage[0]", "'cube'")),
        ("n = 2", 'n = { "000" = 2 }', "DESIGN-VALUE-INVALID", ("stage[0]", "not named")),
        ('"areas.csv"', '"areas\\tnew.csv"', "STUDY-BACKSLASH", ("stage.file",)),
    ],
)
def test_stage_parts_that_are_wrong_are_refused(
    study: Path, edit: Edit, refused: Refused, old: str, new: str, code: str, words: tuple[str, ...]
) -> None:
    edit(study, (old, new))
    with refused(code, *words):
        run_steps(study, "draw", may_draw=True)


def test_a_list_of_id_columns_needs_a_stage(write_study: Write, refused: Refused, write_table: Table) -> None:
    path = write_study((DATA_ID, 'id = ["city_id", "ea"]\nperiod'))
    run_steps(path, "draw", may_draw=True)
    write_table(path.with_name("data.csv"), [["city_id", "ea", "built"], ["000", "00", "1"]])
    with refused("STUDY-VALUE-INVALID", "data.id", "[[stage]]"):
        run_steps(path, "weight")
