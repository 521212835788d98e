"""The commands: what they print, what they write, and what they import."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import citysample as cs
from citysample import __version__
from citysample.cli import cli, main
from citysample.study import chain

COMMANDS = ["frames", "init", "plan", "draw", "weight", "estimate", "report", "export", "run", "demo"]
STUDY = """[study]
title = "Ein Überblick"
seed = "CLI-1"
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
name = "Built-up area"
formula = "total(built)"
unit = "ha"
[[estimate]]
name = "Share of cities with a plan"
formula = "proportion(plan)"
unit = "share"
"""


def folder_with_study(folder: Path) -> Path:
    """A study of 20 cities, 8 of them drawn; gives the path of the study file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{k:02d},{'Žilina' if k % 2 else 'North'},{500 + 37 * k}" for k in range(20)]
    (folder / "frame.csv").write_text("\n".join(["id,zone,people", *rows, ""]), encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)


def measure(study: Path, out: Path | None = None) -> list[str]:
    """Draw, and write the data of the sampled cities."""
    result = invoke("draw", study, *(("--out", out) if out else ()))
    assert result.exit_code == 0
    directory = out or study.with_name("study-run")
    with (directory / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        cities = [row["city_id"] for row in csv.DictReader(file)]
    rows = [f"{city},{k + 1},{int(k > 2)}" for k, city in enumerate(cities)]
    study.with_name("data.csv").write_text("\n".join(["id,built,plan", *rows, ""]), encoding="utf-8")
    return cities


def process(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "citysample", *(str(argument) for argument in arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env={**os.environ, **environment},
    )


def ends_with_files_and_next(output: str) -> list[str]:
    """The files after ``Wrote:``; each is there, and ``Next:`` is the last line."""
    found = re.search(r"^Wrote: (.*?)\nNext:  (.+)\n\Z", output, re.DOTALL | re.MULTILINE)
    assert found is not None, output
    files = [line.strip() for line in found[1].split("\n")]
    assert [name for name in files if not Path(name).is_file()] == []
    return [Path(name).name for name in files]


def next_command(output: str) -> list[str]:
    """The command of the last line, as a shell would split it."""
    return shlex.split(output.rsplit("citysample ", maxsplit=1)[-1].split("   (", maxsplit=1)[0])


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_each_command_with_an_example(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"citysample {command}" in result.output.split("Example:")[1]
    assert invoke(command, "-h").output == result.output


def test_help_lists_the_commands_in_the_order_of_the_chain() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert "Example:" in result.output
    listed = re.findall(r"^  (\w+)  +[A-Z]", result.output.split("Commands:")[1], re.MULTILINE)
    assert listed == COMMANDS
    assert isinstance(cli, click.Group)
    assert sorted(cli.commands) == sorted(COMMANDS)


def test_the_version_is_that_of_the_package() -> None:
    assert invoke("--version").output.strip().endswith(__version__)


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "run --help", "draw --help", "frames --help", "frames list --help"]
)
def test_help_imports_nothing_heavy(arguments: str) -> None:
    code = (
        "import sys\nsys.argv = ['citysample', *sys.argv[1:]]\n"
        "from citysample.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'msgspec', 'jinja2', 'rich', 'xlsxwriter',\n"
        "         'openpyxl', 'narwhals', 'charset_normalizer'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)), len(sys.modules) > 50)"
    )
    command = [sys.executable, "-c", code, *arguments.split()]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "HEAVY [] True"


def test_each_step_ends_with_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    expected = {
        "plan": ["plan.csv", "record.json"],
        "draw": ["sample.csv", "register.csv", "record.json"],
        "weight": ["weights.csv", "record.json"],
        "estimate": ["estimates.csv", "results.xlsx", "record.json"],
        "report": ["report.html", "record.json"],
    }
    following = ["draw", "weight", "estimate", "report", "report.html"]
    for (command, files), then in zip(expected.items(), following, strict=True):
        result = invoke(command, study)
        if command == "draw":
            measure(study)
        assert result.exit_code == 0
        assert ends_with_files_and_next(result.output) == files
        assert then in result.output.splitlines()[-1]
    assert invoke("run", study).exit_code == 0
    assert len(expected) == 5


def test_run_init_and_demo_end_the_same_way(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path / "study")
    measure(study)
    everything = ["plan.csv", "sample.csv", "register.csv", "weights.csv", "estimates.csv", "results.xlsx",
                  "report.html", "record.json"]  # fmt: skip
    assert ends_with_files_and_next(invoke("run", study).output) == everything
    assert ends_with_files_and_next(invoke("init", tmp_path / "new").output) == ["study.toml"]
    demo = invoke("demo", "--out", tmp_path / "demo")
    assert ends_with_files_and_next(demo.output) == everything
    assert "6 national intervals contain the true value" in demo.output


def test_what_comes_next_works_as_it_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = folder_with_study(tmp_path / "a folder; with $signs")
    out = tmp_path / "another folder"
    output = invoke("plan", study, "--out", out).output
    steps = []
    for _ in range(4):
        command = next_command(output)
        steps.append(command[0])
        assert Path(command[1]) == study
        if command[0] == "weight":
            measure(study, out)
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, f"{command}: {result.exception}"
        output = result.output
    assert steps == ["draw", "weight", "estimate", "report"]
    assert (out / "report.html").is_file()


def test_init_says_how_to_go_on_in_a_folder_with_a_blank(tmp_path: Path) -> None:
    command = next_command(invoke("init", tmp_path / "my study").output)
    assert command == ["plan", str(tmp_path / "my study" / "study.toml")]


def test_run_without_data_part_ends_after_the_draw(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    study.write_text(STUDY.split("[data]", maxsplit=1)[0], encoding="utf-8")
    result = invoke("run", study)
    assert result.exit_code == 0
    assert ends_with_files_and_next(result.output) == [
        "plan.csv",
        "sample.csv",
        "register.csv",
        "record.json",
    ]
    assert "[data]" in result.output.splitlines()[-1]


def test_run_names_only_the_files_that_it_wrote(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    measure(study)
    (tmp_path / "study-run" / "my notes.txt").write_text("notes", encoding="utf-8")
    assert "my notes.txt" not in ends_with_files_and_next(invoke("run", study).output)


def test_draw_says_whether_the_sample_is_new(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    assert "8 of 20 cities, seed 'CLI-1', drawn now." in invoke("draw", study).output
    assert "drawn before; checked and kept" in invoke("draw", study).output
    with pytest.raises(cs.StudyError, match="STUDY-DRAW-SAME"):
        invoke("draw", study, "--again", "--reason", "a typing error")
    study.write_text(study.read_text(encoding="utf-8").replace("CLI-1", "CLI-2"), encoding="utf-8")
    again = invoke("draw", study, "--again", "--reason", "a typing error")
    assert "drawn now" in again.output
    assert (tmp_path / "study-run" / "draws" / "draw-1" / "sample.csv").is_file()


@pytest.mark.parametrize(
    "options", [["--again"], ["--reason", "why"], ["--again", "--reason", ""], ["--again", "--reason", "  "]]
)
def test_a_new_draw_needs_a_reason(tmp_path: Path, options: list[str]) -> None:
    study = folder_with_study(tmp_path)
    result = invoke("draw", study, *options)
    assert result.exit_code == 2
    assert "--again --reason" in result.output
    assert not study.with_name("study-run").exists()


@pytest.mark.parametrize(
    "arguments", [["plan"], ["paln", "x"], ["plan", "a", "b"], ["plan", "a", "--ot", "b"]]
)
def test_wrong_usage_ends_with_code_2(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.output


def test_estimates_are_printed_for_the_country_and_its_parts(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    measure(study)
    output = invoke("estimate", study).output
    assert [output.count(word) for word in ("Country", "North", "Žilina")] == [2, 2, 2]
    assert "Built-up area, ha" in output
    assert "Share of cities with a plan, %" in output


def test_files_of_other_inputs_are_removed_with_a_message(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    measure(study)
    invoke("run", study)
    study.write_text(STUDY.replace("Ein Überblick", "Another title"), encoding="utf-8")
    output = invoke("weight", study).output
    for name in ("estimates.csv", "results.xlsx", "report.html"):
        assert f"Removed {tmp_path / 'study-run' / name}" in output
        assert not (tmp_path / "study-run" / name).exists()


@pytest.mark.parametrize("name", ["my study", "城市 样本", "a'b", 'a"b', "-x", "%s {0}"])
def test_folders_may_have_any_name(tmp_path: Path, name: str) -> None:
    study = folder_with_study(tmp_path / name)
    measure(study)
    result = invoke("weight", study)
    assert result.exit_code == 0
    assert ends_with_files_and_next(result.output) == ["weights.csv", "record.json"]


def test_a_folder_with_letters_of_its_own_in_a_process(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path / "Städte 城市")
    measure(study)
    found = process("weight", study, PYTHONUTF8="1")
    assert (found.returncode, found.stderr) == (0, "")
    assert ends_with_files_and_next(found.stdout) == ["weights.csv", "record.json"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_without_letters_does_not_stop_the_run(tmp_path: Path, encoding: str) -> None:
    study = folder_with_study(tmp_path / "Städte 城市")
    measure(study)
    text = study.read_text(encoding="utf-8").replace("total(built)", "-100000 * total(built)")
    study.write_text(text, encoding="utf-8")
    found = process("estimate", study, PYTHONIOENCODING=encoding)
    assert (found.returncode, found.stderr) == (0, "")
    assert "ilina" in found.stdout
    figures = [line.split("Country")[1] for line in found.stdout.splitlines() if "Country" in line]
    assert len(figures) == 2
    assert "-" in figures[0]
    assert [line for line in figures if "?" in line] == []


def test_an_error_is_shown_on_a_console_without_letters(tmp_path: Path) -> None:
    found = process("plan", tmp_path / "ô 城市.toml", PYTHONIOENCODING="cp1252")
    assert found.returncode == 2
    assert found.stderr.startswith("Error [FILE-NOT-FOUND]")


def test_an_interrupt_ends_without_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = folder_with_study(tmp_path)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(chain, "run_steps", interrupt)
    monkeypatch.setattr(sys, "argv", ["citysample", "plan", str(study)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.strip() == "Aborted!"


def wait_for_reader(pipe: Path) -> None:
    """Wait until another process has opened a pipe, then keep it waiting for content."""
    for _ in range(600):
        try:
            os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nobody reads the pipe")


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_an_interrupted_process_ends_without_traceback(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "frame.csv")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    command = [sys.executable, "-m", "citysample", "plan", str(tmp_path / "study.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_for_reader(tmp_path / "frame.csv")
        # A signal between the opening and the reading of the pipe does not end the reading.
        for _ in range(100):
            running.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.2)
                break
        running.kill()
        _, errors = running.communicate()
    assert running.returncode == 1
    assert errors.strip() == "Aborted!"
    assert not (tmp_path / "study-run").exists()


def test_the_module_and_the_function_are_the_same_command(tmp_path: Path) -> None:
    study = folder_with_study(tmp_path)
    found = process("plan", study)
    assert found.returncode == 0
    assert found.stdout == invoke("plan", study).output
    runs: list[Callable[[], object]] = [lambda: process("plan"), lambda: process("nothing")]
    codes = [getattr(run(), "returncode", None) for run in runs]
    assert codes == [2, 2]
