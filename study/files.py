"""Writing several files as one step: all of them or none."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path

from citysample.errors import FileError

__all__ = ["recover", "write_files"]

PREVIOUS = ".previous"
"""Folder that holds the old files while new ones are put in their place."""
COMMITTED = "committed"
"""File in that folder that says: the new files are all in place."""
NEW_SUFFIX = ".new"
IN_USE = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)


def write_files(directory: Path, contents: Mapping[str, bytes], remove: tuple[str, ...] = ()) -> None:
    """Write files into a directory; on any failure the directory is as it was before.

    Parameters
    ----------
    directory : Path
        The run directory; it is made if it is not there.
    contents : mapping of str to bytes
        File names (relative, with ``/``) and contents. A file with the same bytes is left alone.
    remove : tuple of str
        Files to remove in the same step.

    Raises
    ------
    FileError
        ``FILE-UNWRITABLE``, or ``FILE-IN-USE`` if a file is open in another program.

    Notes
    -----
    New contents go to ``NAME.new`` first. Then old files move to ``.previous`` and new ones take
    their place; if one cannot, all old files move back. If the process is killed in between,
    :func:`recover` puts the old files back when the next command starts.
    """
    recover(directory)
    changed = {name: data for name, data in contents.items() if not _same(directory / name, data)}
    gone = [name for name in remove if (directory / name).exists()]
    if not changed and not gone:
        return
    staged: list[Path] = []
    try:
        for name, data in changed.items():
            staged.append(_stage(directory / name, data))
        _replace_all(directory, list(changed), gone)
    finally:
        for path in staged:
            path.unlink(missing_ok=True)


def recover(directory: Path) -> None:
    """Undo a step that was cut off before all its files were in place."""
    previous = directory / PREVIOUS
    if not previous.is_dir():
        return
    if not (previous / COMMITTED).exists():
        _move_back(directory, _files_below(previous))
    _discard(previous)


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _stage(target: Path, data: bytes) -> Path:
    path = target.with_name(target.name + NEW_SUFFIX)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise _unwritable(target, error) from None
    return path


def _replace_all(directory: Path, names: list[str], gone: list[str]) -> None:
    previous = directory / PREVIOUS
    moved: list[str] = []
    placed: list[str] = []
    name = "."
    try:
        for name in [*names, *gone]:
            target = directory / name
            if target.exists():
                (previous / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(target, previous / name)  # noqa: PTH105  one call to fail in a test
                moved.append(name)
        for name in names:
            target = directory / name
            os.replace(target.with_name(target.name + NEW_SUFFIX), target)  # noqa: PTH105
            placed.append(name)
        if previous.is_dir():
            (previous / COMMITTED).touch()
    except OSError as error:
        for new in placed:
            (directory / new).unlink(missing_ok=True)
        _move_back(directory, moved)
        _discard(previous)
        raise _unwritable(directory / name, error) from None
    _discard(previous)


def _move_back(directory: Path, names: list[str]) -> None:
    for name in names:
        (directory / PREVIOUS / name).replace(directory / name)


def _files_below(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def _discard(previous: Path) -> None:
    if not previous.is_dir():
        return
    marker = previous / COMMITTED
    for path in sorted(previous.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        elif path != marker:
            path.unlink()
    marker.unlink(missing_ok=True)
    previous.rmdir()


def _unwritable(path: Path, error: OSError) -> FileError:
    if error.errno in IN_USE and path.exists():
        return FileError(
            "FILE-IN-USE",
            "The file cannot be replaced. It may be open in another program.",
            where=str(path),
            got=error.strerror or type(error).__name__,
            expected="a file that is closed and that you may write",
            remedy="Close the file, for example in Excel, and run the command again. Nothing was changed.",
        )
    return FileError(
        "FILE-UNWRITABLE",
        "The file cannot be written.",
        where=str(path),
        got=error.strerror or type(error).__name__,
        expected="a folder that exists or can be made, and in which you may write",
        remedy="Check the path, the permissions and the free space. Nothing was changed.",
    )
