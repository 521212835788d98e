"""Writing several files as one step: all of them or none."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from citysample.reference_frames.files import IN_USE, in_use, unwritable

__all__ = ["is_inside", "recover", "write_files"]

NEW = ".new"
"""Folder for new files until all of them are written."""
PREVIOUS = ".previous"
"""Folder for old files until all new ones are in their place."""
PLACED = ".placed"
"""File in ``.previous`` with the names of the new files."""
COMMITTED = ".committed"
"""File in ``.previous`` that says: the new files are all in place."""


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
    New contents go to the folder ``.new`` first. Then old files move to ``.previous`` and new ones
    take their place; if one cannot, all old files move back. If the process is killed in between,
    :func:`recover` puts the old files back when the next command starts.
    """
    for name in (*contents, *remove):
        if not is_inside(name):
            raise ValueError(f"{name!r} does not lie inside the directory")
    recover(directory)
    changed = {name: data for name, data in contents.items() if not _same(directory / name, data)}
    gone = [name for name in remove if (directory / name).is_file()]
    for name in changed:
        if (directory / name).is_dir():
            raise unwritable(directory / name, IsADirectoryError(errno.EISDIR, "a folder of this name"))
    if not changed and not gone:
        return
    made_here = not directory.exists()
    try:
        for name, data in changed.items():
            _stage(directory, name, data)
        _replace_all(directory, list(changed), gone)
    except BaseException:
        # What cannot be undone now is undone by `recover` when the next command starts.
        with contextlib.suppress(OSError):
            _undo(directory)
            if made_here:
                directory.rmdir()
        raise
    _discard(directory)


def recover(directory: Path) -> None:
    """Undo a step that was cut off before all its files were in place."""
    _refuse_no_folder(directory)
    try:
        if (directory / PREVIOUS / COMMITTED).exists():
            _discard(directory)
        elif (directory / PREVIOUS).is_dir() or (directory / NEW).is_dir():
            _undo(directory)
    except OSError as error:
        raise unwritable(directory, error) from None


def _refuse_no_folder(directory: Path) -> None:
    """Refuse a directory that cannot be made, because it or a folder above it is a file."""
    try:
        nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    except OSError as error:
        raise unwritable(directory, error) from None
    if not nearest.is_dir():
        raise unwritable(directory, NotADirectoryError(errno.ENOTDIR, f"{nearest.name} is not a folder"))


def is_inside(name: str) -> bool:
    """True if a file name stays below the folder that it is joined to."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or PureWindowsPath(name).is_absolute() or ".." in path.parts)


def _same(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _stage(directory: Path, name: str, data: bytes) -> None:
    staged = directory / NEW / name
    try:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        staged.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritable(directory / name, error) from None


def _replace_all(directory: Path, names: list[str], gone: list[str]) -> None:
    previous = directory / PREVIOUS
    name = "."
    try:
        previous.mkdir()
        (previous / PLACED).write_text("\n".join(names), encoding="utf-8")
        for name in [*names, *gone]:
            if (directory / name).exists():
                (previous / name).parent.mkdir(parents=True, exist_ok=True)
                (directory / name).replace(previous / name)
        for name in names:
            (directory / NEW / name).replace(directory / name)
        (previous / COMMITTED).touch()
    except OSError as error:
        # New files were written here a moment ago, so the folder itself is not the obstacle.
        if error.errno in IN_USE:
            raise in_use(directory / name, error) from None
        raise unwritable(directory / name, error) from None


def _undo(directory: Path) -> None:
    """Take new files away again and move old files back."""
    previous = directory / PREVIOUS
    if (previous / PLACED).exists():
        for name in (previous / PLACED).read_text(encoding="utf-8").splitlines():
            if is_inside(name) and not (directory / NEW / name).exists():
                (directory / name).unlink(missing_ok=True)
    for path in _files_below(previous):
        if path.name not in (PLACED, COMMITTED):
            path.replace(directory / path.relative_to(previous))
    _discard(directory)


def _files_below(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _discard(directory: Path) -> None:
    """Remove both folders; the mark that the step is complete goes last."""
    marker = directory / PREVIOUS / COMMITTED
    for folder in (directory / NEW, directory / PREVIOUS):
        for path in _files_below(folder):
            if path != marker:
                path.unlink()
        if folder.name == PREVIOUS:
            marker.unlink(missing_ok=True)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir()
        if folder.is_dir():
            folder.rmdir()
