"""The cells of a sheet become a table: one header row, one type for each column, ids as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from citysample.errors import FileError, quoted
from citysample.reference_frames.columns import is_plain_number, plain_text
from citysample.reference_frames.readers.header_checks import refuse_second_header
from citysample.reference_frames.readers.reading import Options, Reading
from citysample.reference_frames.readers.spreadsheet import Cell, Sheet, cell_name, read_sheet
from citysample.reference_frames.text_table import (
    PREPARE,
    Signs,
    checked_header,
    checked_signs,
    decimal_commas,
    typed_column,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_workbook", "sheet_reading"]

MOST_DIGITS = 15
"""Excel keeps 15 digits of a number; the others become zeros."""


def read_workbook(content: bytes, where: str, options: Options) -> Reading:
    """Read one sheet of a workbook (.xlsx, .xlsm, .xls, .xlsb, .ods) as a table.

    Parameters
    ----------
    content : bytes
        The file.
    where : str
        Its path, for errors.
    options : Options
        ``sheet`` is needed if several sheets hold cells. ``decimal`` and ``thousands`` are the
        signs in numbers that are stored as text.

    Raises
    ------
    FileError
        ``FILE-...`` if it is no workbook, ``TABLE-...`` if the sheet is no table.
    """
    return sheet_reading(read_sheet(content, where, options.sheet), where, options)


@dataclass(frozen=True, slots=True)
class _Column:
    """The cells of one column below the header."""

    name: str
    number: int
    rows: Sequence[int]
    cells: Sequence[Cell]

    def places(self, chosen: Sequence[int]) -> str:
        """The first cells among those chosen, by their names in the sheet."""
        return f"column '{self.name}', cells {quoted(cell_name(self.rows[k], self.number) for k in chosen)}"


@dataclass(frozen=True, slots=True)
class _Notes:
    """Columns that were treated by rule, by the rule."""

    where: str
    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, rule: str, column: str) -> None:
        self.found.setdefault(rule, []).append(column)

    def lines(self) -> tuple[str, ...]:
        return tuple(f"{rule} in columns {quoted(columns)}" for rule, columns in self.found.items())


def sheet_reading(sheet: Sheet, where: str, options: Options) -> Reading:
    """Turn the cells of a sheet into a table; see :func:`read_workbook`."""
    import pandas as pd

    place = f"{where}, sheet '{sheet.name}'"
    signs = checked_signs(options.decimal, options.thousands, where)
    columns = _columns(sheet, place)
    texts = {column.name: [_text(cell, options) for cell in column.cells] for column in columns}
    refuse_second_header(texts, options.text, place)
    notes = _Notes(place)
    table = pd.DataFrame(
        {
            column.name: (
                _ids(column, options, notes)
                if column.name in options.text
                else _values(column, texts[column.name], signs, notes)
            )
            for column in columns
        }
    )
    hidden = (f"sheet '{sheet.name}' is hidden",) if sheet.name in sheet.hidden else ()
    return Reading(table, (*hidden, *notes.lines()), where)


def _columns(sheet: Sheet, place: str) -> list[_Column]:
    """The columns below the header, which is the first row that holds a cell."""
    filled = [row for row, cells in enumerate(sheet.rows) if any(_is_filled(cell) for cell in cells)]
    header: list[str] = []
    used: list[int] = []
    if filled:
        width = len(sheet.rows[filled[0]])
        used = [
            column for column in range(width) if any(_is_filled(sheet.rows[row][column]) for row in filled)
        ]
        _refuse_merged(sheet, filled[0], place)
        header = _header(sheet, filled[0], used, place)
    body = filled[1:]
    if not body:
        raise FileError(
            "TABLE-EMPTY",
            "The sheet has no rows below a header.",
            where=place,
            got=f"header: {quoted(header)}" if header else "blanks",
            expected="one row for each city",
            remedy="Check whether this is the right sheet.",
        )
    return [
        _Column(name, column, body, [sheet.rows[row][column] for row in body])
        for name, column in zip(header, used, strict=True)
    ]


def _is_filled(cell: Cell) -> bool:
    """True for a cell that holds more than blanks."""
    return cell.value is not None and str(cell.value).strip() != ""


def _refuse_merged(sheet: Sheet, top: int, place: str) -> None:
    """Merged cells hide which rows or columns a value belongs to."""
    ranges = [
        f"{cell_name(first, left)}:{cell_name(last, right)}"
        for first, left, last, right in sheet.merged
        if last >= top
        and first < len(sheet.rows)
        and left < len(sheet.rows[first])
        and sheet.rows[first][left].value is not None
    ]
    if ranges:
        raise FileError(
            "TABLE-MERGED",
            "Cells of the sheet are merged.",
            where=place,
            got=f"merged: {quoted(ranges)}",
            expected="a value in each cell, and one header row without a title above it",
            remedy="Split the merged cells and fill in each one. Or run: citysample frames prepare FILE",
        )


def _header(sheet: Sheet, top: int, used: Sequence[int], place: str) -> list[str]:
    cells = [
        sheet.rows[top][column].value if _is_filled(sheet.rows[top][column]) else None for column in used
    ]
    place = f"{place}, row {top + 1}"
    empty = [cell_name(top, column) for column, cell in zip(used, cells, strict=True) if cell is None]
    if empty:
        raise FileError(
            "TABLE-HEADER-INVALID",
            "The first row with cells does not name each column.",
            where=place,
            got=f"{quoted(cell for cell in cells if cell is not None)}; empty: {quoted(empty)}",
            expected="the names of the columns, with no title or note above them",
            remedy=f"Remove the rows above the header, or name each column. {PREPARE}",
        )
    odd = [cell for cell in cells if not isinstance(cell, (str, int)) or isinstance(cell, bool)]
    if odd:
        raise FileError(
            "TABLE-HEADER-INVALID",
            "The first row must hold the names of the columns.",
            where=place,
            got=quoted(odd),
            expected="texts, or whole numbers such as years",
            remedy=f"Write the names of the columns into the first row, as text. {PREPARE}",
        )
    header = [str(cell).strip() for cell in cells]
    checked_header(header, place, "first row")
    return header


def _text(cell: Cell, options: Options) -> str | None:
    """The text of a cell, None if it has no value or holds a text that means so."""
    found = cell.shown or plain_text(cell.value)
    found = found.strip() if found is not None else ""
    return None if found in {"", *options.missing} else found


def _ids(column: _Column, options: Options, notes: _Notes) -> pd.Series:
    """A column of ids or names: texts as they are shown; what Excel changed is refused."""
    import pandas as pd

    texts = [_text(cell, options) for cell in column.cells]
    changed = [
        k
        for k, cell in enumerate(column.cells)
        if texts[k] is not None and not isinstance(cell.value, str) and not _is_whole(cell)
    ]
    if changed:
        raise FileError(
            "TABLE-CELL-INVALID",
            "Cells that must be text hold dates, fractions, or numbers of more than 15 digits.",
            where=f"{notes.where}, {column.places(changed)}",
            got=quoted(column.cells[k].value for k in changed),
            expected="texts, or whole numbers",
            remedy="Excel changes codes such as 1-2 or 1E5 while they are typed. Format the column as "
            "Text, and enter the codes again from their source.",
        )
    if any(cell.shown is not None and cell.shown != str(cell.value) for cell in column.cells):
        notes.add("zeros that only the number format shows were kept", column.name)
    return pd.Series(texts, dtype=object)


def _is_whole(cell: Cell) -> bool:
    whole = isinstance(cell.value, int) and not isinstance(cell.value, bool)
    return whole and len(str(cell.value).lstrip("-")) <= MOST_DIGITS


def _values(column: _Column, texts: list[str | None], signs: Signs, notes: _Notes) -> pd.Series:
    """A column of one type: numbers, yes and no, or text."""
    import pandas as pd

    present = [cell for cell, text in zip(column.cells, texts, strict=True) if text is not None]
    stored = [cell.value for cell in present if isinstance(cell.value, str)]
    if any(cell.shown is not None and cell.shown != str(cell.value) for cell in present):
        notes.add("zeros that only the number format shows were kept as text", column.name)
    elif present and all(isinstance(cell.value, bool) for cell in present):
        flags = [None if text is None else cell.value for cell, text in zip(column.cells, texts, strict=True)]
        return pd.Series(flags, dtype=object if None in flags else bool)
    elif present and all(_is_number(cell) for cell in present):
        return typed_column([text or "" for text in texts], Signs("."), (), keep_text=False)
    elif any(isinstance(cell.value, date) for cell in present):
        notes.add("dates became text", column.name)
    elif stored and all(_is_number(cell) or isinstance(cell.value, str) for cell in present):
        return _numbers_in_text(column, texts, [text.strip() for text in stored], signs, notes)
    return pd.Series(texts, dtype=object)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)


def _numbers_in_text(
    column: _Column, texts: list[str | None], stored: list[str], signs: Signs, notes: _Notes
) -> pd.Series:
    """A column with texts: numbers if each text is one for certain, or by the signs that were given."""
    import pandas as pd

    found = decimal_commas(stored) if signs == Signs() else None
    if signs == Signs() and found is None and not all(_is_canonical(text) for text in stored):
        return pd.Series(texts, dtype=object)
    used = found or signs
    as_texts = [
        "" if text is None else used.plain(text) if isinstance(cell.value, str) else text
        for cell, text in zip(column.cells, texts, strict=True)
    ]
    values = typed_column(as_texts, Signs("."), (), keep_text=False)
    if values.dtype == object:
        return pd.Series(texts, dtype=object)
    notes.add(
        "decimal comma detected" if found else "numbers stored as text were read as numbers", column.name
    )
    return values


def _is_canonical(text: str) -> bool:
    """True for a text that the number itself would be written as, so that nothing is lost."""
    return is_plain_number(text) and plain_text(float(text)) == text
