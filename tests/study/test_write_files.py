"""Several files are written as one step: all of them or none, whatever goes wrong and whenever."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import citysample as cs
from citysample.study.files import recover, write_files

Snapshot = Callable[[Path], dict[str, bytes]]

BEFORE = {"a.csv": b"old a\n", "b.csv": b"old b\n", "inputs/d.csv": b"old d\n", "keep.txt": b"mine\n"}
CONTENTS = {"inputs/c.csv": b"new c\n", "a.csv": b"new a\n", "b.csv": b"new b\n"}
REMOVE = ("inputs/d.csv",)
AFTER = {"a.csv": b"new a\n", "b.csv": b"new b\n", "inputs/c.csv": b"new c\n", "keep.txt": b"mine\n"}
CALLS = 6
"""Calls of os.replace in this step: three old files move away, three new ones take their place."""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    for name, content in BEFORE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def contents(snapshot: Snapshot) -> Snapshot:
    """The files of a folder without its subfolders."""

    def files_only(folder: Path) -> dict[str, bytes]:
        return {name: data for name, data in snapshot(folder).items() if (folder / name).is_file()}

    return files_only


def failing(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> list[int]:
    """Let the call number ``at`` of os.replace fail; the list counts the calls."""
    calls: list[int] = []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        calls.append(len(calls) + 1)
        if calls[-1] == at:
            raise error
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    return calls


def test_all_files_are_written_and_removed_in_one_step(directory: Path, contents: Snapshot) -> None:
    write_files(directory, CONTENTS, REMOVE)
    assert contents(directory) == AFTER
    assert not (directory / ".previous").exists()


def test_the_step_has_as_many_calls_as_these_tests_let_fail(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = failing(monkeypatch, at=0, error=OSError())
    write_files(directory, CONTENTS, REMOVE)
    assert len(calls) == CALLS


@pytest.mark.parametrize("at", range(1, CALLS + 1))
@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EACCES, "FILE-IN-USE"), (errno.EBUSY, "FILE-IN-USE"), (errno.ENOSPC, "FILE-UNWRITABLE")],
)
def test_a_failure_at_each_call_leaves_the_directory_as_it_was(
    directory: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, at: int, number: int, code: str
) -> None:
    (directory / "inputs" / "c.csv").write_bytes(b"old c\n")
    before = snapshot(directory)
    failing(monkeypatch, at, OSError(number, os.strerror(number)))
    with pytest.raises(cs.FileError) as caught:
        write_files(directory, CONTENTS, REMOVE)
    assert caught.value.code == code
    assert Path(str(caught.value.where)).name in {"a.csv", "b.csv", "c.csv", "d.csv"}
    assert snapshot(directory) == before
    monkeypatch.undo()
    write_files(directory, CONTENTS, REMOVE)
    assert len(snapshot(directory)) == len(AFTER) + 1


@pytest.mark.parametrize("name", ["a.csv", "b.csv", "inputs/d.csv"])
def test_a_file_open_in_another_program_is_named(
    directory: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before, real, locked = snapshot(directory), os.replace, directory / name

    def replace(source: Path, target: Path) -> None:
        if locked in (Path(source), Path(target)):
            raise PermissionError(errno.EACCES, "Permission denied")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(cs.FileError) as caught:
        write_files(directory, CONTENTS, REMOVE)
    assert (caught.value.code, caught.value.where) == ("FILE-IN-USE", str(locked))
    assert "Close the file" in caught.value.remedy
    assert snapshot(directory) == before


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_full_disk_while_the_new_contents_are_written(
    directory: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before, calls = snapshot(directory), []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(cs.FileError) as caught:
        write_files(directory, CONTENTS, REMOVE)
    assert caught.value.code == "FILE-UNWRITABLE"
    assert "No space left" in str(caught.value.got)
    assert snapshot(directory) == before


@pytest.mark.parametrize("at", range(1, CALLS + 1))
def test_an_interrupt_leaves_the_directory_as_it_was_after_recovery(
    directory: Path, contents: Snapshot, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    failing(monkeypatch, at, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_files(directory, CONTENTS, REMOVE)
    monkeypatch.undo()
    recover(directory)
    assert contents(directory) == BEFORE
    assert not (directory / ".previous").exists()


KILLED = """
import os, sys
from pathlib import Path
from citysample.study import files

at, place, directory = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
owner, name = {"replace": (os, "replace"), "fsync": (os, "fsync"), "unlink": (Path, "unlink")}[place]
real, calls = getattr(owner, name), []

def killed(*arguments, **options):
    calls.append(arguments)
    if len(calls) == at:
        os._exit(9)
    return real(*arguments, **options)

setattr(owner, name, killed)
contents = {"inputs/c.csv": b"new c\\n", "a.csv": b"new a\\n", "b.csv": b"new b\\n"}
files.write_files(directory, contents, ("inputs/d.csv",))
"""


def kill(directory: Path, place: str, at: int) -> None:
    command = [sys.executable, "-c", KILLED, str(at), place, str(directory)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 9, found.stderr


POINTS = [("fsync", 2), *(("replace", at) for at in range(1, CALLS + 1))]


@pytest.mark.parametrize(("place", "at"), POINTS)
def test_a_killed_process_leaves_the_state_before(
    directory: Path, contents: Snapshot, place: str, at: int
) -> None:
    kill(directory, place, at)
    assert contents(directory) != BEFORE, "the process was killed before it did anything"
    recover(directory)
    assert contents(directory) == BEFORE
    assert not (directory / ".previous").exists()


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_process_killed_after_the_last_file_leaves_the_state_after(
    directory: Path, contents: Snapshot, at: int
) -> None:
    kill(directory, "unlink", at)
    recover(directory)
    assert contents(directory) == AFTER
    assert not (directory / ".previous").exists()


@pytest.mark.parametrize("at", [2, 3])
def test_a_process_killed_in_the_first_run_leaves_nothing(
    tmp_path: Path, contents: Snapshot, at: int
) -> None:
    directory = tmp_path / "run"
    kill(directory, "replace", at)
    recover(directory)
    assert contents(directory) == {}


def test_the_next_step_recovers_by_itself(directory: Path, contents: Snapshot) -> None:
    kill(directory, "replace", 5)
    write_files(directory, CONTENTS, REMOVE)
    assert contents(directory) == AFTER


def test_recovery_of_a_whole_directory_changes_nothing(directory: Path, snapshot: Snapshot) -> None:
    before = snapshot(directory)
    recover(directory)
    recover(directory / "not there")
    assert snapshot(directory) == before
    assert len(before) == 5


def test_the_same_bytes_are_not_written_again(directory: Path) -> None:
    write_files(directory, CONTENTS, REMOVE)
    times = {name: (directory / name).stat().st_mtime_ns for name in CONTENTS}
    inodes = {name: (directory / name).stat().st_ino for name in CONTENTS}
    write_files(directory, {**CONTENTS, "b.csv": b"newest b\n"})
    assert [name for name in times if (directory / name).stat().st_mtime_ns != times[name]] == ["b.csv"]
    assert [name for name in inodes if (directory / name).stat().st_ino != inodes[name]] == ["b.csv"]


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_path_below_a_file_is_unwritable(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"a file")
    with pytest.raises(cs.FileError) as caught:
        write_files(tmp_path / "file" / below, CONTENTS)
    assert caught.value.code == "FILE-UNWRITABLE"
    assert (tmp_path / "file").read_bytes() == b"a file"


def test_a_folder_in_the_place_of_a_file_is_kept(directory: Path, snapshot: Snapshot) -> None:
    (directory / "a.csv").unlink()
    (directory / "a.csv").mkdir()
    (directory / "a.csv" / "notes.txt").write_bytes(b"precious")
    before = snapshot(directory)
    with pytest.raises(cs.FileError) as caught:
        write_files(directory, CONTENTS, REMOVE)
    assert caught.value.where == str(directory / "a.csv")
    assert snapshot(directory) == before


@pytest.mark.parametrize("outside", ["../outside.txt", "inputs/../../outside.txt", "{absolute}"])
@pytest.mark.parametrize("how", ["written", "removed"])
def test_no_file_outside_the_directory_is_touched(directory: Path, outside: str, how: str) -> None:
    victim = directory.parent / "outside.txt"
    victim.write_bytes(b"precious")
    name = outside.format(absolute=victim)
    with pytest.raises((cs.CitySampleError, ValueError)):
        write_files(
            directory, {name: b"new"} if how == "written" else {}, (name,) if how == "removed" else ()
        )
    assert victim.read_bytes() == b"precious"


def test_a_link_to_a_run_directory_is_followed(directory: Path, contents: Snapshot, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(directory, target_is_directory=True)
    write_files(link, CONTENTS, REMOVE)
    assert contents(directory) == AFTER
    assert link.is_symlink()
