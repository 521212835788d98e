"""All tables in one spreadsheet; ids stay text."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from citysample.errors import DataError
from citysample.reference_frames.columns import is_missing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["workbook_bytes"]

# A fixed date: the same tables give the same bytes.
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  xlsxwriter takes a date without zone
WIDEST = 60
# A cell holds a number as a float, which does not hold each larger whole number: it is written as text.
EXACT = 2**53
# xlsxwriter is imported when it is used, and has no types.
Untyped: TypeAlias = Any
LONGEST = 32_767


class _Exact(float):
    """A number that is written so that it reads back the same; xlsxwriter writes 16 digits only."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def workbook_bytes(sheets: Mapping[str, pd.DataFrame], title: str = "citysample results") -> bytes:
    """Write tables with their index to an XLSX file, one sheet each, in the given order."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": title, "created": CREATED})
        head = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#e8eef4"})
        for name, table in sheets.items():
            _write_sheet(workbook.add_worksheet(name), table, head)
    return buffer.getvalue()


def _write_sheet(sheet: Untyped, table: pd.DataFrame, head: Untyped) -> None:
    names = [table.index.name, *table.columns]
    columns = [table.index.tolist(), *(table.iloc[:, k].tolist() for k in range(table.shape[1]))]
    for column, (name, cells) in enumerate(zip(names, columns, strict=True)):
        sheet.write_string(0, column, str(name), head)
        for row, value in enumerate(cells, start=1):
            _write_cell(sheet, row, column, value)
        width = max((len(str(value)) for value in [name, *cells[:200]]), default=8)
        sheet.set_column(column, column, min(width + 2, WIDEST))
    sheet.freeze_panes(1, 1)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(columns) - 1)


def _write_cell(sheet: Untyped, row: int, column: int, value: object) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float)) and not (isinstance(value, int) and abs(value) > EXACT):
        if math.isfinite(value):
            sheet.write_number(row, column, _Exact(value) if isinstance(value, float) else value)
    elif not is_missing(value) and str(value):
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
