"""Cells of a sheet: the stored value, the zeros that a number format shows, and the name as in Excel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

__all__ = ["EMPTY", "Cell", "Sheet", "Value", "cell_name", "cut", "make_cell", "shown_zeros"]

Value: TypeAlias = str | int | float | bool | datetime | date | None
Merge: TypeAlias = tuple[int, int, int, int]

# Above this a float does not hold each whole number.
EXACT = 2**53

LITERAL = re.compile(r'"[^"]*"|\\.|[-+ ()!&~{}]')
LOCALE = re.compile(r"\[\$-[0-9A-Fa-f]+\]")
ZEROS = re.compile(rf"(?:0|{LITERAL.pattern})+")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Parameters
    ----------
    value : None, str, int, float, bool, datetime or date
        The stored value; of a formula its stored result. 1.0 is the int 1, a date without a time is
        a ``date``, a time of day or a duration is a text. Texts are as stored, with their blanks.
        An error such as ``#N/A`` is its text.
    shown : str or None
        The text that is shown where the number format is one of zeros: 7 with ``00000`` is
        ``"00007"``. Else None.
    """

    value: Value = None
    shown: str | None = None


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one sheet.

    Parameters
    ----------
    name : str
        Name of the sheet.
    names : tuple of str
        All sheets of the workbook that hold cells.
    rows : tuple of tuple of Cell
        Rows of equal length, from row 1 and column A on. Empty rows and columns at the end are cut.
    merged : tuple of (top, left, bottom, right)
        Merged ranges, counted from 0, both ends included.
    hidden : tuple of str
        Those of ``names`` that are hidden.
    """

    name: str
    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    merged: tuple[Merge, ...] = ()
    hidden: tuple[str, ...] = ()


def cell_name(row: int, column: int) -> str:
    """The name of a cell as in Excel, from its row and column counted from 0.

    >>> cell_name(16, 2), cell_name(0, 26)
    ('C17', 'AA1')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def shown_zeros(value: int, number_format: str) -> str | None:
    """The text that a number format of zeros shows for a whole number; None for other formats.

    >>> shown_zeros(7, "00000"), shown_zeros(12007, "000-000"), shown_zeros(7, "#,##0")
    ('00007', '012-007', None)
    """
    pattern = LOCALE.sub("", number_format.split(";", maxsplit=1)[0])
    if value < 0 or not ZEROS.fullmatch(pattern):
        return None
    places = LITERAL.sub("", pattern)
    if len(places) < 2:
        return None
    digits = str(value).zfill(len(places))
    parts = re.findall(r'"[^"]*"|\\.|.', pattern)
    surplus = len(digits) - len(places)
    text, used = "", 0
    for part in parts:
        if part == "0":
            take = 1 if used else 1 + surplus
            text += digits[used : used + take]
            used += take
        else:
            text += part[1:-1] if part.startswith('"') else part[-1]
    return text


def make_cell(value: object, number_format: str | None = None) -> Cell:
    """A cell from what a library gives."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, (bool, str)):
        return Cell(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)
    if isinstance(value, int):
        return Cell(value, shown_zeros(value, number_format) if number_format else None)
    if isinstance(value, datetime):
        return Cell(value.date() if value.time() == time() else value)
    return Cell(value if isinstance(value, (float, date)) else str(value))


def cut(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows of equal length without the empty rows and columns at the end."""
    widths = [max((k + 1 for k, cell in enumerate(row) if cell.value is not None), default=0) for row in rows]
    width = max(widths, default=0)
    height = max((k + 1 for k, filled in enumerate(widths) if filled), default=0)
    return tuple((*row[:width], *[EMPTY] * (width - len(row))) for row in rows[:height])
