"""Reading files, with errors a person can act on."""

from __future__ import annotations

from pathlib import Path

from citysample.errors import FileError

__all__ = ["read_bytes"]


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
