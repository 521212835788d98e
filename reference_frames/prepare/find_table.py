"""The table in a sheet, without the titles, footnotes, empty rows and columns around and in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from citysample.errors import FileError
from citysample.reference_frames.prepare.header import Header, is_filled, name_columns
from citysample.reference_frames.prepare.table import Log, Table, cell_text, row_text
from citysample.reference_frames.prepare.texts import clean_text
from citysample.reference_frames.readers.cells import Cell, Sheet, cell_name

__all__ = ["find_table"]

NOTE = re.compile(
    r"(?:[*\u2020\u2021\u00a7]+|\(\w{1,2}\)|\w\)|\[\w{1,2}\]|[\u00b9\u00b2\u00b3\u2070-\u2079]"
    r"|(?:sources?|notes?|nota|n\.? ?b\.?|quellen?|fuentes?|fontes?|anmerkung(?:en)?|remarques?|champ"
    r"|lecture|observa\w+|legend[ae]?|l\u00e9gende|stand|bron|zdroj|kaynak) ?[:.\u2013-])",
    re.IGNORECASE,
)
LONG = 5
"""A row with one text of as many words, below the table, is a footnote."""


def find_table(sheet: Sheet, header: Header, log: Log) -> Table:
    """Find the table in a sheet, and log what is left out.

    Parameters
    ----------
    sheet : Sheet
        The cells.
    header : (int, int)
        First and last row of the header, see ``find_header``.
    log : Log
        Takes the findings.

    Raises
    ------
    FileError
        ``TABLE-EMPTY`` if nothing is below the header.
    """
    top, bottom = header
    width = sum(any(map(is_filled, cells)) for cells in zip(*sheet.rows[top : bottom + 1], strict=True))
    end = _end(sheet, bottom, width)
    names = name_columns(sheet, header, end, log)
    columns = [column for column, name in enumerate(names) if name]
    for row in range(top):
        if any(map(is_filled, sheet.rows[row])):
            log.row("TITLE-ROW", row, row_text(sheet.rows[row]))
    for row in range(end, len(sheet.rows)):
        if any(map(is_filled, sheet.rows[row])):
            log.row("FOOTNOTE-ROW", row, row_text(sheet.rows[row]))
    for column in set(range(columns[-1])).difference(columns):
        log.cell("COLUMN-EMPTY", bottom, column, "", f"column {cell_name(0, column)[:-1]}")
    _log_empty_rows(sheet, log)
    rows = _data_rows(sheet, header, end, log)
    if not rows:
        raise FileError(
            "TABLE-EMPTY",
            "The table has a header and no rows.",
            where=f"sheet '{sheet.name}', header in row {bottom + 1}",
            got="0 rows",
            expected="one row for each city",
            remedy="Check the sheet. Is the header in another row? Then say --header with its number.",
        )
    cells = tuple(tuple(sheet.rows[row][column] for column in columns) for row in rows)
    return Table(header, tuple(filter(None, names)), tuple(columns), tuple(rows), cells)


def _end(sheet: Sheet, bottom: int, width: int) -> int:
    """The row after the last city: where the footnotes begin."""
    start = len(sheet.rows)
    while start > bottom + 1 and _is_sparse(sheet.rows[start - 1], width):
        start -= 1
    notes = (row for row in range(start, len(sheet.rows)) if _is_note(sheet.rows[row], width))
    return next(notes, len(sheet.rows))


def _is_sparse(row: Sequence[Cell], width: int) -> bool:
    return sum(map(is_filled, row)) <= (2 if width >= 5 else 1)


def _is_note(row: Sequence[Cell], width: int) -> bool:
    filled = [clean_text(cell_text(cell)) for cell in row if is_filled(cell)]
    if not filled:
        return False
    is_long = len(filled) == 1 and width > 1 and len(filled[0].split()) >= LONG
    return is_long or bool(NOTE.match(filled[0]))


def _log_empty_rows(sheet: Sheet, log: Log) -> None:
    """One finding for each run of empty rows."""
    empty = [row for row, cells in enumerate(sheet.rows) if not any(map(is_filled, cells))]
    starts = [row for k, row in enumerate(empty) if k == 0 or empty[k - 1] != row - 1]
    for row in starts:
        last = row
        while last + 1 < len(sheet.rows) and not any(map(is_filled, sheet.rows[last + 1])):
            last += 1
        log.row("ROW-EMPTY", row, f"row {row + 1}" if row == last else f"rows {row + 1} to {last + 1}")


def _data_rows(sheet: Sheet, header: Header, end: int, log: Log) -> list[int]:
    """The rows below the header that hold something and are not the header again."""
    top, bottom = header
    again = [_texts(sheet.rows[row]) for row in range(top, bottom + 1)]
    rows = []
    for row in range(bottom + 1, end):
        texts = _texts(sheet.rows[row])
        if texts in again:
            log.row("HEADER-AGAIN", row, row_text(sheet.rows[row]))
        elif row == bottom + 1 and _are_column_numbers(texts):
            log.row("HEADER-NUMBERS", row, row_text(sheet.rows[row]))
        elif any(texts):
            rows.append(row)
    return rows


def _are_column_numbers(texts: Sequence[str]) -> bool:
    """True for 1, 2, 3, ... or (1), (2), (3), ... in three cells or more."""
    numbers = [text.strip("()[].") for text in texts if text]
    return len(numbers) >= 3 and numbers == [str(k) for k in range(1, len(numbers) + 1)]


def _texts(row: Sequence[Cell]) -> list[str]:
    return [clean_text(cell_text(cell)) for cell in row]
