"""Bad input: one error with a code and a remedy, exit code 2, no traceback, no half-written file."""

from __future__ import annotations

import csv
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from citysample.cli import main
from citysample.errors import CATALOGUE
from citysample.study.chain import run_steps

STUDY = """[study]
title = "A small study"
seed = "BAD-1"
[frame]
file = "frame.csv"
id = "id"
size = "people"
[design]
strata = ["zone"]
[design.allocation]
kind = "explicit"
n_by_stratum = { North = 4, South = 4 }
[data]
file = "data.csv"
id = "id"
[[estimate]]
name = "Built-up area"
formula = "total(built)"
"""


@dataclass(frozen=True)
class Bad:
    """One kind of bad input: the change, the code, and words of the message."""

    what: str
    code: str
    words: tuple[str, ...]
    study: tuple[str, str] = ("", "")
    frame: tuple[str, str] = ("", "")
    data: tuple[str, str] = ("", "")
    drop_last_row: bool = False
    command: str = "run"
    options: tuple[str, ...] = field(default=())


BAD = [
    Bad("duplicate id", "FRAME-ID-DUPLICATE", ("'03'", "'id'", "2 rows"), frame=("04,", "03,")),
    Bad("missing id", "FRAME-ID-INVALID", ("data rows 5", "'id'"), frame=("04,", ",")),
    Bad("negative size", "FRAME-SIZE-INVALID", ("'04'", "-648", "'people'"), frame=(",648", ",-648")),
    Bad("zero size", "FRAME-SIZE-INVALID", ("'04'", "0", "above 0"), frame=(",648", ",0")),
    Bad("missing size", "FRAME-SIZE-INVALID", ("'04'", "no size"), frame=(",648", ",")),
    Bad("text for a size", "FRAME-NUMBER-TEXT", ("'04'", "'6 48'", "'people'"), frame=(",648", ",6 48")),
    Bad("unknown frame column", "FRAME-COLUMN-UNKNOWN", ("'zne'", "Did you mean 'zone'?"),
        study=('["zone"]', '["zne"]')),
    Bad("unknown data column", "DATA-COLUMN-UNKNOWN", ("'biult'", "Did you mean 'built'?"),
        study=("total(built)", "total(biult)")),
    Bad("n_h above N_h", "DESIGN-STRATUM-TOO-SMALL", ("'North'", "n_h = 11", "N_h = 10"),
        study=("North = 4", "North = 11")),
    Bad("n above N", "DESIGN-N-IMPOSSIBLE", ("n = 21", "20"),
        study=('kind = "explicit"\nn_by_stratum = { North = 4, South = 4 }', 'kind = "equal"\nn = 21')),
    Bad("single PSU", "DESIGN-SINGLE-PSU", ("'North'", "single_psu = 'collapse'"),
        study=("North = 4", "North = 1")),
    Bad("unknown stratum", "DESIGN-STRATUM-UNKNOWN", ("'Nord'", "Did you mean 'North'?"),
        study=("North = 4", "Nord = 4")),
    Bad("unknown method", "DESIGN-METHOD-UNKNOWN", ("pivotl", "'pivotal'"),
        study=('strata = ["zone"]', 'strata = ["zone"]\nmethod = "pivotl"')),
    Bad("id that was not drawn", "DATA-ID-NOT-SAMPLED", ("'99'", "not in the sample"),
        data=("\n", "\n99,4\n")),
    Bad("duplicate id in the data", "DATA-ID-DUPLICATE", ("2 rows",), data=("00,", "03,")),
    Bad("sampled city without data", "DATA-VALUE-MISSING", ("1 sampled cities", "no row in the data"),
        drop_last_row=True, command="estimate"),
    Bad("text in the data", "DATA-NUMBER-TEXT", ("'n.a.'", "'built'", "missing"), data=(",1\n", ",n.a.\n")),
    Bad("unknown key", "STUDY-KEY-UNKNOWN", ("'titel'", "Did you mean 'title'?", ": study"),
        study=("title =", "titel =")),
    Bad("unknown part", "STUDY-KEY-UNKNOWN", ("'desing'", "Did you mean 'design'?"),
        study=("[design]", "[desing]")),
    Bad("text for a number", "STUDY-VALUE-INVALID", ("design.allocation.n", "'8'", "a whole number"),
        study=('kind = "explicit"\nn_by_stratum = { North = 4, South = 4 }', 'kind = "equal"\nn = "8"')),
    Bad("no TOML", "STUDY-SYNTAX", ("line 2",), study=('title = "A', "title = A")),
    Bad("eaten backslashes", "STUDY-BACKSLASH", ("frame.file", "single quotes", "/"),
        study=('"frame.csv"', r'"C:\temp\new.csv"')),
    Bad("invalid backslashes", "STUDY-BACKSLASH", ("line 5", "single quotes", "/"),
        study=('"frame.csv"', r'"C:\data\x.csv"')),
    Bad("frame that is not there", "FILE-NOT-FOUND", ("fame.csv",), study=('"frame.csv"', '"fame.csv"')),
    Bad("frame that is a folder", "FILE-UNREADABLE", ("a folder",), study=('"frame.csv"', '"."')),
    Bad("data that are not there", "FILE-NOT-FOUND", ("dta.csv",), study=('"data.csv"', '"dta.csv"')),
    Bad("ragged row", "TABLE-ROW-RAGGED", ("frame.csv, line 6", "4 cells"), frame=(",648", ",6,48")),
    Bad("other delimiter", "TABLE-DELIMITER", ("delimiter = ';'",), frame=(",", ";"),
        study=('"frame.csv"', '"frame.csv"\ndelimiter = ","')),
    Bad("repeated column", "TABLE-HEADER-INVALID", ("'zone'",), frame=("people", "zone")),
    Bad("empty frame", "TABLE-EMPTY", ("frame.csv", "an empty file"), frame=("*", "")),
    Bad("changed seed", "STUDY-DRAW-CHANGED", ("'BAD-1' -> 'BAD-2'",), study=("BAD-1", "BAD-2")),
    Bad("changed frame", "STUDY-DRAW-CHANGED", ("frame", "--again"), frame=(",648", ",649")),
    Bad("unwritable run directory", "FILE-UNWRITABLE", ("frame.csv",), options=("--out", "frame.csv/run")),
    Bad("run directory that is a file", "FILE-UNWRITABLE", ("frame.csv",), options=("--out", "frame.csv")),
    Bad("step before the draw", "STUDY-NO-DRAW", ("citysample draw",), command="weight",
        options=("--out", "elsewhere")),
]  # fmt: skip

Main = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Main:
    """The command as the console starts it: exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["citysample", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        code = caught.value.code
        assert isinstance(code, int)
        return (code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "study"
    folder.mkdir()
    rows = [f"{k:02d},{'South' if k % 2 else 'North'},{500 + 37 * k}" for k in range(20)]
    (folder / "frame.csv").write_text("\n".join(["id,zone,people", *rows, ""]), encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    run_steps(folder / "study.toml", "draw", may_draw=True)
    with (folder / "study-run" / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        cities = [row["city_id"] for row in csv.DictReader(file)]
    table = [f"{city},{k + 1}" for k, city in enumerate(cities)]
    (folder / "data.csv").write_text("\n".join(["id,built", *table, ""]), encoding="utf-8")
    run_steps(folder / "study.toml", "report")
    return folder


@pytest.fixture
def folder(finished_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a study that went through all steps, as the working folder."""
    shutil.copytree(finished_once, tmp_path / "study")
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path / "study"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


def spoil(folder: Path, bad: Bad) -> None:
    for name, (old, new) in (("study.toml", bad.study), ("frame.csv", bad.frame), ("data.csv", bad.data)):
        if old:
            text = (folder / name).read_text(encoding="utf-8")
            assert old in text or old == "*"
            changed = "" if old == "*" else text.replace(old, new, 1 if name == "data.csv" else -1)
            (folder / name).write_text(changed, encoding="utf-8")
    if bad.drop_last_row:
        lines = (folder / "data.csv").read_text(encoding="utf-8").splitlines()
        (folder / "data.csv").write_text("\n".join([*lines[:-1], ""]), encoding="utf-8")


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_bad_input_gives_one_error_and_changes_nothing(folder: Path, run_main: Main, bad: Bad) -> None:
    spoil(folder, bad)
    before = contents(folder)
    code, output, errors = run_main(bad.command, "study.toml", *bad.options)
    assert code == 2
    assert errors.startswith(f"Error [{bad.code}] ")
    assert errors.count("Error [") == 1
    assert "remedy:" in errors
    assert "Traceback" not in output + errors
    assert [word for word in bad.words if word not in errors] == []
    assert output == ""
    assert contents(folder) == before


def test_the_table_of_bad_input_is_complete() -> None:
    assert len(BAD) == 35
    assert len({bad.what for bad in BAD}) == 35
    codes = {bad.code for bad in BAD}
    assert len(codes) == 28
    assert codes <= set(CATALOGUE)


def test_without_bad_input_the_same_command_works(folder: Path, run_main: Main) -> None:
    before = contents(folder)
    code, output, errors = run_main("run", "study.toml")
    assert (code, errors) == (0, "")
    assert "Next:" in output
    assert contents(folder) == before


@pytest.mark.parametrize(
    "study", [".", "..", "/", "nothing.toml", "study-run", "frame.csv/x.toml", "x" * 300]
)
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_study_that_is_no_file(folder: Path, run_main: Main, study: str, command: str) -> None:
    before = contents(folder)
    code, output, errors = run_main(command, study)
    assert (code, output) == (2, "")
    assert errors.startswith(("Error [FILE-NOT-FOUND]", "Error [FILE-UNREADABLE]"))
    assert contents(folder) == before


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_table_or_a_folder_in_the_place_of_the_study_names_the_study(
    folder: Path, run_main: Main, command: str
) -> None:
    assert (folder / "study-run" / "results.xlsx").is_file()
    for study, words in (
        ("study-run/results.xlsx", ("FILE-FORMAT", "This is an Excel workbook", "init", "study-run")),
        ("frame.csv", ("FILE-FORMAT", "This is a table of text", "Name the study file: 'study.toml'")),
        (".", ("FILE-UNREADABLE", "This is a folder", "such as study.toml", "'study.toml'")),
        ("study-run", ("FILE-UNREADABLE", "This is a folder", str(Path("study-run/study.toml")), "init")),
    ):
        code, output, errors = run_main(command, study)
        assert (code, output) == (2, "")
        assert [word for word in words if word not in errors] == []


@pytest.mark.parametrize("name", ["estimates.csv", "results.xlsx", "report.html"])
def test_an_output_that_is_open_in_another_program(
    folder: Path, run_main: Main, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    data = folder / "data.csv"
    data.write_text(data.read_text(encoding="utf-8").replace(",1\n", ",7\n"), encoding="utf-8")
    before, real = contents(folder), os.replace

    def replace(source: Path, target: Path) -> None:
        if name in (Path(source).name, Path(target).name):
            raise PermissionError(errno.EACCES, "Permission denied")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    code, output, errors = run_main("run", "study.toml")
    assert code == 2
    assert errors.startswith("Error [FILE-IN-USE] ")
    assert name in errors
    assert "Traceback" not in output + errors
    assert contents(folder) == before


def test_init_does_not_overwrite(folder: Path, run_main: Main) -> None:
    before = contents(folder)
    code, output, errors = run_main("init", ".")
    assert (code, output) == (2, "")
    assert errors.startswith("Error [FILE-EXISTS] ")
    assert contents(folder) == before


def test_a_real_process_says_the_same(folder: Path) -> None:
    spoil(folder, BAD[0])
    command = [sys.executable, "-m", "citysample", "run", "study.toml"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (2, "")
    lines = found.stderr.splitlines()
    assert lines[0].startswith("Error [FRAME-ID-DUPLICATE] ")
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["where", "got", "expected", "remedy"]
