"""The prepared frame as a workbook: the cities, the findings, and what the ids need next time."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from citysample.errors import FileError

__all__ = ["check_ending", "workbook"]

# A fixed date: the same frame gives the same bytes.
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  xlsxwriter takes a date without zone
WIDEST = 60
MOST_ROWS = 1_048_575
LONGEST = 32_767
# xlsxwriter is imported when it is used, and has no types.
Untyped: TypeAlias = Any
Grid: TypeAlias = tuple[Sequence[str], Sequence[Sequence[object]]]


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
    """Write sheets, each with a header and rows. Texts stay texts, dates stay dates.

    Raises
    ------
    FileError
        ``TABLE-TOO-LARGE`` if a sheet has no room for the rows or a cell for a text.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "citysample frame", "created": CREATED})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#e8eef4"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, (header, rows) in sheets.items():
            _check_size(name, rows)
            _write(book.add_worksheet(name), header, rows, head, moment)
    return buffer.getvalue()


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


def _write(
    sheet: Untyped, header: Sequence[str], rows: Sequence[Sequence[object]], head: Untyped, moment: Untyped
) -> None:
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, head)
        shown = [str(row[column]) for row in rows[:200] if row[column] is not None]
        sheet.set_column(column, column, min(max(map(len, [name, *shown])) + 2, WIDEST))
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif isinstance(value, bool):
                sheet.write_boolean(number, column, value)
            elif isinstance(value, (int, float)) and math.isfinite(value):
                sheet.write_number(number, column, value)
            elif isinstance(value, datetime):
                sheet.write_datetime(number, column, value, moment)
            elif isinstance(value, date):
                sheet.write_datetime(number, column, value)
    sheet.freeze_panes(1, 1)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(header) - 1)
