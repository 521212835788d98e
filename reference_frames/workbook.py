"""Tables in one spreadsheet; ids stay text."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from citysample.errors import DataError
from citysample.reference_frames.columns import is_missing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LONGEST", "Grid", "workbook_bytes", "workbook_of_rows"]

# A fixed date: the same tables give the same bytes.
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  xlsxwriter takes a date without zone
WIDEST = 60
# A cell holds a number as a float, which does not hold each larger whole number: it is written as text.
EXACT = 2**53
# xlsxwriter is imported when it is used, and has no types.
Untyped: TypeAlias = Any
LONGEST = 32_767
"""Most signs that a cell can hold."""
Grid: TypeAlias = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Header and rows of a sheet."""


class _Exact(float):
    """A number that is written so that it reads back the same; xlsxwriter writes 16 digits only."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def workbook_bytes(sheets: Mapping[str, pd.DataFrame], title: str = "citysample results") -> bytes:
    """Write tables with their index to an XLSX file, one sheet each, in the given order."""
    return workbook_of_rows({name: _grid(table) for name, table in sheets.items()}, title)


def _grid(table: pd.DataFrame) -> Grid:
    columns = [table.index.tolist(), *(table.iloc[:, k].tolist() for k in range(table.shape[1]))]
    return [str(name) for name in (table.index.name, *table.columns)], list(zip(*columns, strict=True))


def workbook_of_rows(sheets: Mapping[str, Grid], title: str) -> bytes:
    """Write sheets, each with a header and rows, to an XLSX file. Texts stay texts, dates stay dates."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": title, "created": CREATED})
        head = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#e8eef4"})
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, (header, rows) in sheets.items():
            _write_sheet(workbook.add_worksheet(name), header, rows, head, moment)
    return buffer.getvalue()


def _write_sheet(
    sheet: Untyped, header: Sequence[str], rows: Sequence[Sequence[object]], head: Untyped, moment: Untyped
) -> None:
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, head)
        shown = [str(row[column]) for row in rows[:200] if row[column] is not None]
        sheet.set_column(column, column, min(max(map(len, [name, *shown])) + 2, WIDEST))
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value, moment)
    sheet.freeze_panes(1, 1)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(header) - 1)


def _write_cell(sheet: Untyped, row: int, column: int, value: object, moment: Untyped) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float)) and not (isinstance(value, int) and abs(value) > EXACT):
        if math.isfinite(value):
            sheet.write_number(row, column, _Exact(value) if isinstance(value, float) else value)
    elif is_missing(value) or not str(value):
        return
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value)
    else:
        if len(str(value)) > LONGEST:
            raise DataError(
                "DATA-VALUE-INVALID",
                "A text is too long for a cell of a spreadsheet.",
                where=f"sheet '{sheet.get_name()}', row {row + 1}, column {column + 1}",
                got=f"{len(str(value))} characters: {str(value)[:40]!r} ...",
                expected=f"at most {LONGEST} characters",
                remedy="Shorten the text in the frame.",
            )
        sheet.write_string(row, column, str(value))
