"""The same study gives the same bytes: again, elsewhere, in another process, step by step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from citysample.study.chain import STEPS, default_directory, run_steps

Snapshot = Callable[[Path], dict[str, bytes]]

FILES = {
    "plan.csv", "sample.csv", "register.csv", "weights.csv", "estimates.csv", "results.xlsx", "report.html",
    "record.json",
    "inputs", "inputs/study.toml", "inputs/frame", "inputs/frame/frame.csv", "inputs/data",
    "inputs/data/data.csv",
}  # fmt: skip


def differing(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    return sorted(name for name in {*first, *second} if first.get(name) != second.get(name))


def test_a_run_leaves_these_files(finished: Path, snapshot: Snapshot) -> None:
    found = snapshot(default_directory(finished))
    assert set(found) == FILES
    assert all(found.values())


def test_a_second_run_changes_nothing_and_writes_nothing(finished: Path, snapshot: Snapshot) -> None:
    directory = default_directory(finished)
    before = snapshot(directory)
    times = {name: (directory / name).stat().st_mtime_ns for name in before}
    outcome = run_steps(finished, "report", may_draw=True)
    assert not outcome.drawn_now
    assert outcome.removed == ()
    assert differing(before, snapshot(directory)) == []
    assert {name: (directory / name).stat().st_mtime_ns for name in before} == times
    assert len(times) == len(FILES)


def test_a_run_elsewhere_gives_the_same_bytes(
    finished: Path, write_study: Callable[..., Path], measure: Callable[..., list[str]], snapshot: Snapshot
) -> None:
    other = write_study(folder="another folder/Städte 城市")
    measure(other, out=other.parent / "out")
    run_steps(other, "report", out=other.parent / "out")
    first, second = snapshot(default_directory(finished)), snapshot(other.parent / "out")
    assert differing(first, second) == []
    assert len(second) == len(FILES)


def test_another_process_gives_the_same_bytes(finished: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "citysample", "run", str(finished), "--out", str(tmp_path / "other")]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    assert differing(snapshot(default_directory(finished)), snapshot(tmp_path / "other")) == []
    assert len(snapshot(tmp_path / "other")) == len(FILES)


def test_step_by_step_is_the_same_as_at_once(finished: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    out = tmp_path / "steps"
    for step in STEPS:
        run_steps(finished, step, out=out, may_draw=step == "draw")
    assert differing(snapshot(default_directory(finished)), snapshot(out)) == []
    assert len(snapshot(out)) == len(FILES)


@pytest.mark.parametrize("step", STEPS)
def test_an_earlier_step_of_a_finished_study_changes_nothing(
    finished: Path, snapshot: Snapshot, step: str
) -> None:
    before = snapshot(default_directory(finished))
    run_steps(finished, step)  # type: ignore[arg-type]  # on purpose
    assert differing(before, snapshot(default_directory(finished))) == []
    assert len(before) == len(FILES)


def test_each_step_writes_its_files_and_those_before(
    finished: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    written = {
        "plan": {"plan.csv"},
        "draw": {"sample.csv", "register.csv"},
        "weight": {"weights.csv"},
        "estimate": {"estimates.csv", "results.xlsx"},
        "report": {"report.html"},
    }
    expected = {name for name in FILES if name.startswith("inputs")} | {"record.json"}
    for count, step in enumerate(STEPS):
        expected |= written[step]
        out = tmp_path / str(count)
        run_steps(finished, step, out=out, may_draw=True)
        assert set(snapshot(out)) == expected
    assert expected == FILES


def test_no_file_names_the_folder_or_the_time(finished: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    checked = 0
    for name, content in snapshot(default_directory(finished)).items():
        assert str(tmp_path).encode() not in content, name
        checked += 1
    assert checked == len(FILES)
