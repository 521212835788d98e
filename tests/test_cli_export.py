"""The command ``export``: what it writes, where, and what it refuses."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from citysample.cli import cli, main

STUDY = """[study]
title = "Export"
seed = "EXP-1"
[frame]
file = "frame.csv"
id = "id"
size = "people"
[design]
strata = ["zone"]
n = 8
[data]
file = "data.csv"
id = "id"
[estimation]
by = ["zone"]
[[estimate]]
name = "Built-up area per person"
formula = "10000 * ratio(built, people)"
"""


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study whose sample is drawn and measured."""
    rows = [f"{k:02d},{'Žilina' if k % 2 else 'North'},{500 + 37 * k}" for k in range(20)]
    (tmp_path / "frame.csv").write_text("\n".join(["id,zone,people", *rows, ""]), encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    assert invoke("draw", path).exit_code == 0
    with (tmp_path / "study-run" / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        measured = [f"{row['city_id']},{k + 1}" for k, row in enumerate(csv.DictReader(file))]
    (tmp_path / "data.csv").write_text("\n".join(["id,built", *measured, ""]), encoding="utf-8")
    return path


def fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The error of a command that must fail; it leaves no traceback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["citysample", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
    assert stopped.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "script"), [("r", "figures.R"), ("stata", "figures.do"), ("sas", "figures.sas")]
)
def test_the_export_goes_into_the_run_directory(study: Path, program: str, script: str) -> None:
    result = invoke("export", study, "--to", program)
    assert result.exit_code == 0
    folder = study.parent / "study-run" / f"export-{program}"
    names = ["data.csv", script, "expected.csv", "README.txt"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert result.output.count(str(folder)) == len(names) + 1
    with (folder / "expected.csv").open(encoding="utf-8") as expected:
        figures = {(row["domain"], row["estimate"]) for row in csv.DictReader(expected)}
    with (study.parent / "study-run" / "estimates.csv").open(encoding="utf-8-sig") as estimates:
        assert figures == {(row["domain"], row["estimate"]) for row in csv.DictReader(estimates)}
    assert len(figures) == 3


def test_a_second_export_replaces_the_first_one_and_removes_what_is_no_longer_needed(study: Path) -> None:
    folder = study.parent / "elsewhere"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("[estimation]", '[estimation]\nvariance = "deville"'), encoding="utf-8")
    assert invoke("export", study, "--to", "stata", "--folder", folder).exit_code == 0
    assert (folder / "replicates.csv").is_file()
    study.write_text(text, encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert invoke("export", study, "--to", "stata", "--folder", folder).exit_code == 0
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) - set(after) == {"replicates.csv"}
    assert after["data.csv"] != before["data.csv"]
    assert invoke("export", study, "--to", "stata", "--folder", folder).exit_code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == after


def test_files_of_others_are_not_overwritten(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (study.parent / "data.csv").read_bytes()
    error = fails(capsys, "export", study, "--to", "r", "--folder", study.parent)
    assert "[FILE-EXISTS]" in error
    assert "data.csv" in error
    assert (study.parent / "data.csv").read_bytes() == before
    assert not (study.parent / "figures.R").exists()


def test_what_cannot_be_exported_writes_nothing(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'stata'?" in fails(capsys, "export", study, "--to", "strata")
    study.write_text(STUDY.replace("10000 * ratio(built, people)", "log(total(built))"), encoding="utf-8")
    error = fails(capsys, "export", study, "--to", "sas")
    assert "[ESTIMATE-EXPORT-IMPOSSIBLE]" in error
    assert not [path for path in (study.parent / "study-run").iterdir() if path.name.startswith("export")]


def test_without_a_draw_there_is_nothing_to_export(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = fails(capsys, "export", study, "--to", "r", "--out", study.parent / "other")
    assert "[STUDY-NO-DRAW]" in error
    assert not (study.parent / "other").exists()


def test_a_program_must_be_named(study: Path) -> None:
    result = invoke("export", study)
    assert result.exit_code == 2
    assert "--to" in result.output


def test_the_page_shows_what_a_reader_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "export-to-other-programs.md"
    text = page.read_text(encoding="utf-8")
    (source,), (shown,) = (
        re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("python", "text")
    )
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, str(page), "exec"), {})
    assert printed.getvalue().strip() == shown.strip()
    assert (tmp_path / "figures.R").is_file()
