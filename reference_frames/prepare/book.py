"""The prepared frame as a workbook: the cities, the findings, and what the ids need next time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from citysample.errors import FileError
from citysample.reference_frames.workbook import LONGEST, Grid, workbook_of_rows

__all__ = ["check_ending", "workbook"]

MOST_ROWS = 1_048_575
"""Most rows that a sheet can hold below its header."""


def check_ending(path: Path) -> None:
    """Refuse a name that says another kind of file.

    Raises
    ------
    FileError
        ``FILE-FORMAT``
    """
    if path.suffix.lower() != ".xlsx":
        raise FileError(
            "FILE-FORMAT",
            "A prepared frame is a workbook.",
            where=str(path),
            got=f"the ending '{path.suffix}'",
            expected="the ending .xlsx: a frame has three sheets, and ids that must stay text",
            remedy="Choose another name, such as --out frame.xlsx.",
        )


def workbook(sheets: dict[str, Grid]) -> bytes:
    """Write the sheets of a prepared frame.

    Raises
    ------
    FileError
        ``TABLE-TOO-LARGE`` if a sheet has no room for the rows or a cell for a text.
    """
    for name, (_, rows) in sheets.items():
        _check_size(name, rows)
    return workbook_of_rows(sheets, "citysample frame")


def _check_size(name: str, rows: Sequence[Sequence[object]]) -> None:
    long = (f"row {k + 2}" for k, row in enumerate(rows) if any(_length(value) > LONGEST for value in row))
    place = f"row {MOST_ROWS + 2}" if len(rows) > MOST_ROWS else next(long, None)
    if place is not None:
        raise FileError(
            "TABLE-TOO-LARGE",
            "The table does not fit into a workbook.",
            where=f"sheet '{name}', {place}",
            expected=f"at most {MOST_ROWS} rows, and {LONGEST} signs in a cell",
            remedy="Divide the file, or shorten the text.",
        )


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else 0
