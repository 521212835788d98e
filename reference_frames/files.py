"""Reading and writing one file, with errors a person can act on."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from citysample.errors import FileError

__all__ = ["IN_USE", "in_use", "read_bytes", "unwritable", "write_file"]

IN_USE = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)
"""System errors that mean: another program holds the file, or you may not write it."""


def read_bytes(path: str | Path) -> bytes:
    """Read a whole file.

    Raises
    ------
    FileError
        ``FILE-NOT-FOUND`` or ``FILE-UNREADABLE``.
    """
    path = Path(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(
            "FILE-NOT-FOUND",
            "There is no such file.",
            where=str(path),
            remedy="Check the path. A relative path in a study file starts at the folder of that file.",
        ) from None
    except IsADirectoryError:
        raise _unreadable(path, "a folder") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from None
    except ValueError as error:  # a null character in the path
        raise _unreadable(path, str(error)) from None


def _unreadable(path: Path, got: str) -> FileError:
    return FileError(
        "FILE-UNREADABLE",
        "The file cannot be read.",
        where=str(path),
        got=got,
        expected="a file that you may read",
        remedy="Check the path and the permissions of the file. Close other programs that use it.",
    )


def write_file(path: str | Path, content: bytes, *, overwrite: bool = False) -> Path:
    """Write a whole file: the new content is there completely, or the old state is left as it was.

    Parameters
    ----------
    path : str or Path
        The file. Its folder must be there.
    content : bytes
        What goes into it.
    overwrite : bool
        True replaces a file that is there; False refuses.

    Raises
    ------
    FileError
        ``FILE-EXISTS``, ``FILE-IN-USE`` or ``FILE-UNWRITABLE``.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileError(
            "FILE-EXISTS",
            "The file is there already.",
            where=str(path),
            expected="a name that is not taken",
            remedy="Choose another name, or remove the file. Nothing was changed.",
        )
    staged = path.with_name(f".{path.name}.new")
    try:
        with staged.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            staged.unlink(missing_ok=True)
        raise unwritable(path, error) from None
    try:
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise (in_use if error.errno in IN_USE else unwritable)(path, error) from None
    return path


def in_use(path: Path, error: OSError) -> FileError:
    """The error for a file that another program holds open."""
    return FileError(
        "FILE-IN-USE",
        "The file cannot be replaced. It may be open in another program.",
        where=str(path),
        got=error.strerror or type(error).__name__,
        expected="a file that is closed and that you may write",
        remedy="Close the file, for example in Excel, and run the command again. Nothing was changed.",
    )


def unwritable(path: Path, error: OSError) -> FileError:
    """The error for a place where nothing can be written."""
    return FileError(
        "FILE-UNWRITABLE",
        "The file cannot be written.",
        where=str(path),
        got=error.strerror or type(error).__name__,
        expected="a folder that exists or can be made, and in which you may write",
        remedy="Check the path, the permissions and the free space. Nothing was changed.",
    )
