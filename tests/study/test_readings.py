"""Studies with files of any kind: what was detected is shown, recorded, and repeated."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from citysample.cli import cli
from citysample.study.chain import default_directory, run_steps
from citysample.study.inputs import load_inputs, run_inputs

Refused = Callable[..., AbstractContextManager[None]]
Write = Callable[..., Path]
Measure = Callable[..., list[str]]

NOTES = (
    "encoding cp1252 detected; are these cells right? 'Région 1', 'Région 2', 'Région 3'",
    "delimiter ';' detected",
    "decimal comma detected in columns 'area'",
)


@pytest.fixture
def french(write_study: Write) -> Path:
    """The small study, with its frame in cp1252, with semicolons and decimal commas."""
    study = write_study()
    path = study.with_name("frame.csv")
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    lines = [";".join(header)]
    lines += [
        ";".join([*row[:2], f"Région {k % 3 + 1}", row[3], f"{row[4]},5"]) for k, row in enumerate(rows)
    ]
    path.write_bytes("\n".join(lines).encode("cp1252"))
    return study


def decisions(study: Path) -> list[dict[str, str]]:
    record = json.loads((default_directory(study) / "record.json").read_text(encoding="utf-8"))
    found: list[dict[str, str]] = record["decisions"]
    return found


def test_what_was_detected_is_shown_and_recorded(french: Path) -> None:
    result = CliRunner().invoke(cli, ["plan", str(french)], catch_exceptions=False)
    assert result.exit_code == 0
    for note in NOTES:
        assert f"Read: {note}.\n" in result.output
    assert [(found["rule"], found["where"], found["what"]) for found in decisions(french)] == [
        ("reading", "the city frame", note) for note in NOTES
    ]


def test_the_reading_is_repeated_from_the_copy_in_the_run_directory(french: Path) -> None:
    frame = load_inputs(french).frame()
    assert frame.cities["area"].iloc[0] == 20.5
    run_steps(french, "draw", may_draw=True)
    copy = run_inputs(default_directory(french)).frame()
    assert copy.fingerprint() == frame.fingerprint()
    assert copy.notes == frame.notes == NOTES
    drawn = run_steps(french, "draw")
    assert not drawn.drawn_now


def test_what_is_given_needs_no_note(french: Path, edit: Callable[..., None]) -> None:
    edit(french, ('"frame.csv"', '"frame.csv"\nencoding = "cp1252"\ndelimiter = ";"\ndecimal = ","'))
    found = load_inputs(french).frame()
    assert found.notes == ()
    run_steps(french, "plan")
    assert decisions(french) == []


def test_notes_of_the_data_are_shown_and_recorded(
    write_study: Write, measure: Measure, edit: Callable[..., None]
) -> None:
    study = write_study()
    measure(study)
    path = study.with_name("data.csv")
    path.write_text(path.read_text("utf-8").replace(",", ";").replace(".", ","), "utf-8")
    result = CliRunner().invoke(cli, ["weight", str(study)], catch_exceptions=False)
    assert (
        "Read: delimiter ';' detected.\nRead: decimal comma detected in columns 'built'.\n" in result.output
    )
    run_steps(study, "report")
    readings = [found for found in decisions(study) if found["rule"] == "reading"]
    assert [found["where"] for found in readings] == ["the data", "the data"]
    report = (default_directory(study) / "report.html").read_text(encoding="utf-8")
    assert "decimal comma detected" in report
    edit(study, ("data.csv", 'data.csv"\nmissing = ["-"]\nencoding = "utf-8'))
    run_steps(study, "weight")


def as_workbook(path: Path, *sheets: str) -> Path:
    """The CSV file as a workbook with the table in each of the sheets; the CSV file is removed."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([float(cell) if cell[0].isdigit() and cell[0] != "0" else cell for cell in row])
    target = path.with_suffix(".xlsx")
    book.save(target)
    path.unlink()
    return target


def test_a_study_of_workbooks_gives_the_figures_of_csv(
    write_study: Write, measure: Measure, edit: Callable[..., None]
) -> None:
    study = write_study()
    measure(study)
    expected = run_steps(study, "report").estimates
    other = write_study(folder="workbooks")
    measure(other)
    as_workbook(other.with_name("frame.csv"), "Villes", "Notes")
    as_workbook(other.with_name("data.csv"), "Data")
    edit(other, ('"frame.csv"', '"frame.xlsx"\nsheet = "Villes"'), ('"data.csv"', '"data.xlsx"'))
    found = run_steps(other, "report", out=other.with_name("run"), may_draw=True)
    assert found.estimates is not None
    assert expected is not None
    figures = ["estimate", "se", "lower", "upper", "N", "n"]
    assert found.estimates.to_frame()[figures].equals(expected.to_frame()[figures])
    assert found.plan.frame.fingerprint() == load_inputs(study).frame().fingerprint()


def test_several_sheets_need_a_name(write_study: Write, edit: Callable[..., None], refused: Refused) -> None:
    study = write_study()
    as_workbook(study.with_name("frame.csv"), "Villes", "Notes")
    edit(study, ("frame.csv", "frame.xlsx"))
    with refused("TABLE-SHEET-UNKNOWN", "frame.xlsx", "'Villes', 'Notes'"):
        run_steps(study, "plan")


def test_options_of_older_study_files_still_hold(write_study: Write, edit: Callable[..., None]) -> None:
    study = write_study()
    before = load_inputs(study).frame().fingerprint()
    edit(study, ('"frame.csv"', '"frame.csv"\ndelimiter = ","\nencoding = "utf-8-sig"\ndecimal = "."'))
    assert load_inputs(study).frame().fingerprint() == before


def in_french_excel(cell: str) -> str:
    """A cell as Excel saves it in a table with semicolons: 10 figures, decimal comma, VRAI and FAUX."""
    if "." in cell:
        return f"{float(cell):.9g}".replace(".", ",")
    return {"True": "VRAI", "False": "FAUX"}.get(cell, cell)


def test_a_copy_of_the_sample_that_excel_saved_is_data(french: Path, measure: Measure) -> None:
    measure(french)
    expected = run_steps(french, "report").estimates
    with french.with_name("data.csv").open(encoding="utf-8", newline="") as file:
        built = {row["city_id"]: row["built"] for row in csv.DictReader(file)}
    with (default_directory(french) / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    table = [[*header, "built"], *([*row, built[row[0]]] for row in rows)]
    lines = [";".join(in_french_excel(cell) for cell in row) for row in table]
    assert sum("FAUX" in line for line in lines) == 12
    french.with_name("data.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    outcome = run_steps(french, "report")
    assert any("'stratum', 'pi', 'certainty'" in note and "left out" in note for note in outcome.data_notes)
    found = outcome.estimates
    assert expected is not None
    assert found is not None
    figures = ["estimate", "se", "lower", "upper"]
    assert found.to_frame()[figures].equals(expected.to_frame()[figures])


def test_a_mangled_frame_column_in_the_data_names_the_remedy(
    french: Path, measure: Measure, refused: Refused
) -> None:
    measure(french)
    path = french.with_name("data.csv")
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{header},region", *(f"{row},RÃ©gion" for row in rows)]), encoding="utf-8")
    with refused("DATA-COLUMN-CLASH", "'region'", "'RÃ©gion'", "are not needed in the data: delete them"):
        run_steps(french, "weight")
