"""The header of a table: one row or two, and one name for each column."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NoReturn, TypeAlias

from citysample.errors import FileError, FrameError, did_you_mean
from citysample.reference_frames.columns import CITIES
from citysample.reference_frames.prepare.numbers import MISSING, read_number
from citysample.reference_frames.prepare.table import Log, cell_text, is_number, row_text
from citysample.reference_frames.prepare.texts import clean_text
from citysample.reference_frames.readers.cells import Cell, Sheet, cell_name

__all__ = ["Header", "find_header", "is_filled", "name_columns"]

Header: TypeAlias = tuple[int, int]
"""First and last row of the header, counted from 0; equal if it has one row."""

YEAR = re.compile(r"(?:18|19|20|21)\d\d")


def find_header(sheet: Sheet, header: int | None, wanted: Collection[str]) -> tuple[Header, dict[str, str]]:
    """The rows of the header, and the column that each wanted name means.

    In a header of two rows, the name of the upper row means the column whose joined name begins with it,
    if there is only one.

    Parameters
    ----------
    sheet : Sheet
        The cells.
    header : int or None
        Its (upper) row as in Excel, from 1; None finds it: the first row of names above the first
        row with numbers, or the first row that holds all wanted names.
    wanted : collection of str
        Columns that the user names.

    Raises
    ------
    FileError
        ``TABLE-HEADER-INVALID`` if no row can be the header.
    FrameError
        ``FRAME-COLUMN-UNKNOWN`` if a wanted column is not there.
    """
    if header is not None:
        if not 1 <= header <= len(sheet.rows) or not any(map(is_filled, sheet.rows[header - 1])):
            _refuse(sheet, f"row {header}, which is empty")
        found, others = _extended(sheet, header - 1, upwards=False), []
    else:
        found = _guessed(sheet)
        # A row of the guessed header alone would make a city of its other row.
        rows = (row for row in range(len(sheet.rows)) if not found[0] <= row <= found[1])
        others = [_extended(sheet, row, upwards=False) for row in rows if _holds(sheet, row, wanted)]
    for each in (found, *others):
        meant = {name: _meant(name, each, _names(sheet, each)) for name in wanted}
        columns = {name: column for name, column in meant.items() if column is not None}
        if len(columns) == len(meant):
            return each, columns
    names = _names(sheet, found)
    raise _unknown(sheet, found, next(name for name in wanted if _meant(name, found, names) is None), names)


def _meant(name: str, header: Header, names: Collection[str]) -> str | None:
    """The column that a name means; None if there is none, or more than one."""
    if name in names:
        return name
    begin = [column for column in names if column.startswith(f"{name} ")]
    return begin[0] if header[1] > header[0] and len(begin) == 1 else None


def _unknown(sheet: Sheet, header: Header, name: str, names: Collection[str]) -> FrameError:
    top, bottom = header
    remedy = did_you_mean(name, names)
    if bottom > top:
        joined = [f"'{column}'" for column in names if f" {name} " in f" {column} "]
        if joined:
            remedy = f"The names of both rows are joined. Say {' or '.join(joined)}."
    return FrameError(
        "FRAME-COLUMN-UNKNOWN",
        f"There is no column '{name}' in the table.",
        where=f"sheet '{sheet.name}', header in "
        + (f"row {bottom + 1}" if top == bottom else f"rows {top + 1} and {bottom + 1}"),
        remedy=f"{remedy} Is the header in another row? Then say --header with its number.",
    )


def name_columns(sheet: Sheet, header: Header, end: int, log: Log) -> tuple[str, ...]:
    """A name for each column of the sheet, all different; a column that holds nothing gets ``""``.

    Names that are changed are logged. ``end`` is the row after the last row of the table.
    """
    top, bottom = header
    names: list[str] = []
    for column in range(len(sheet.rows[0])):
        parts = [_upper_label(sheet, top, column)] if bottom > top else []
        parts.append(cell_text(sheet.rows[bottom][column]))
        original = " ".join(part for part in dict.fromkeys(parts) if part)
        name, code = clean_text(original), None
        if name != original:
            code = "HEADER-BLANKS"
        if not name and any(is_filled(row[column]) for row in sheet.rows[bottom + 1 : end]):
            name, code = f"column {cell_name(0, column)[:-1]}", "HEADER-EMPTY"
        if name == CITIES:
            name, code = f"{CITIES} column", "HEADER-RESERVED"
        if name and name in names:
            name, code = _numbered(name, names), "HEADER-REPEATED"
        names.append(name)
        if code:
            log.cell(code, bottom, column, name, original, name)
    if bottom > top:
        found = f"{row_text(sheet.rows[top])} / {row_text(sheet.rows[bottom])}"
        log.row("HEADER-TWO", top, found, ", ".join(filter(None, names)))
    return tuple(names)


def is_filled(cell: Cell) -> bool:
    """True if a cell holds more than blanks."""
    return bool(clean_text(cell.value)) if isinstance(cell.value, str) else cell.value is not None


def _numbered(name: str, names: Collection[str]) -> str:
    number = 2
    while f"{name} ({number})" in names:
        number += 1
    return f"{name} ({number})"


def _upper_label(sheet: Sheet, top: int, column: int) -> str:
    """The label of the upper header row, which may hold for several columns.

    Where no cells are merged, as in a text file, a label holds for the blank cells right of it, as
    long as the lower row has names.
    """
    for first, left, last, right in sheet.merged:
        if first <= top <= last and left <= column <= right:
            return cell_text(sheet.rows[first][left])
    upper, lower = sheet.rows[top], sheet.rows[top + 1]
    if any(first <= top <= last and left < right for first, left, last, right in sheet.merged):
        return cell_text(upper[column])
    at = column
    while at > 0 and not is_filled(upper[at]) and is_filled(lower[at]):
        at -= 1
    return cell_text(upper[at]) if at == column or is_filled(lower[at]) else ""


def _guessed(sheet: Sheet) -> Header:
    """The first row of names that is nearly as wide as any above the first row with numbers."""
    fills = [sum(map(is_filled, row)) for row in sheet.rows]
    widest = max(fills)
    numeric = (
        row for row, cells in enumerate(sheet.rows) if fills[row] > 1 and any(map(_is_quantity, cells))
    )
    first_numbers = next(numeric, None)
    above = range(len(sheet.rows) if first_numbers is None else first_numbers)
    named = [row for row in above if fills[row] and all(map(_is_name, sheet.rows[row]))]
    best = widest if first_numbers is None else max((fills[row] for row in named), default=0)
    found = [row for row in named if fills[row] * 2 >= widest and fills[row] * 4 >= best * 3]
    if not found:
        found = [row for row in named if fills[row] * 2 > widest]
    if not found:
        _refuse(sheet, f"first row: {row_text(sheet.rows[0])[:100]}")
    return _extended(sheet, found[0], upwards=True)


def _extended(sheet: Sheet, row: int, *, upwards: bool) -> Header:
    if upwards and _is_group_row(sheet, row - 1):
        return row - 1, row
    return (row, row + 1) if _is_second_row(sheet, row) else (row, row)


def _is_group_row(sheet: Sheet, row: int) -> bool:
    """True for a row of names of which one is merged over some, but not the first, of the columns."""
    if row < 0 or not all(map(_is_name, sheet.rows[row])):
        return False
    return any(
        top <= row <= bottom and 0 < left < right and is_filled(sheet.rows[top][left])
        for top, left, bottom, right in sheet.merged
    )


def _is_second_row(sheet: Sheet, row: int) -> bool:
    """True if the row below holds only names, and only in columns of numbers or without a name."""
    if row + 1 >= len(sheet.rows):
        return False
    above, cells, below = sheet.rows[row], sheet.rows[row + 1], sheet.rows[row + 2 :]
    columns = [column for column, cell in enumerate(cells) if is_filled(cell)]
    numeric = [column for column in columns if _is_numeric([line[column] for line in below])]
    allowed = all(column in numeric or not is_filled(above[column]) for column in columns)
    return bool(numeric) and allowed and all(_is_name(cell) and not _is_missing(cell) for cell in cells)


def _is_numeric(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if is_filled(cell)]
    return bool(filled) and sum(map(_is_quantity, filled)) * 2 >= len(filled)


def _is_missing(cell: Cell) -> bool:
    return isinstance(cell.value, str) and clean_text(cell.value).casefold() in MISSING


def _is_name(cell: Cell) -> bool:
    """True for a text, a year, or an empty cell."""
    return not _is_quantity(cell) and isinstance(cell.value, (str, int, type(None)))


def _is_quantity(cell: Cell) -> bool:
    """True for a number that is no year, stored as a number or as a text."""
    text = cell_text(cell).strip()
    if YEAR.fullmatch(text):
        return False
    if isinstance(cell.value, str):
        read = read_number(text)
        return read.value is not None or read.code == "NUMBER-AMBIGUOUS"
    return is_number(cell)


def _names(sheet: Sheet, header: Header) -> list[str]:
    """The names of the columns, all different."""
    return [name for name in name_columns(sheet, header, len(sheet.rows), Log()) if name]


def _holds(sheet: Sheet, row: int, wanted: Collection[str]) -> bool:
    return set(wanted) <= set(_names(sheet, (row, row)))


def _refuse(sheet: Sheet, got: str) -> NoReturn:
    raise FileError(
        "TABLE-HEADER-INVALID",
        "No row can be the header of the table.",
        where=f"sheet '{sheet.name}'",
        got=got,
        expected="a row with a name for each column, above the first row with numbers",
        remedy="Say --header with the number of the header's row, as in Excel. "
        "If the list has no header, add a row with names.",
    )
