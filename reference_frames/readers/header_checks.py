"""A second header row, found before it makes texts of number columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from citysample.errors import FileError, quoted
from citysample.reference_frames.columns import NEARLY_NUMBER, is_plain_number

__all__ = ["refuse_second_header"]

ENOUGH = 2
"""Numbers that must stand below a text before it counts as a header."""


def refuse_second_header(
    columns: Mapping[str, Sequence[str | None]], texts: Collection[str], where: str
) -> None:
    """Refuse a table whose first data row is text, above columns of numbers.

    Parameters
    ----------
    columns : mapping of str to sequence of str or None
        The cells below the header as texts, None where there is no value.
    texts : collection of str
        Columns that are text whatever they hold, such as ids; they are no evidence.
    where : str
        The file, for the error.
    """
    first = {name: cells[0] for name, cells in columns.items() if cells and cells[0] is not None}
    if not first or any(_is_number(cell) for cell in first.values()):
        return
    above = {}
    for name, cell in first.items():
        rest = [other for other in columns[name][1:] if other is not None]
        if name not in texts and len(rest) >= ENOUGH and all(_is_number(other) for other in rest):
            above[name] = cell
    if above:
        raise FileError(
            "TABLE-HEADER-INVALID",
            "The table seems to have two header rows.",
            where=f"{where}, first row below the header, columns {quoted(above)}",
            got=f"{quoted(above.values())}, above numbers",
            expected="one header row, and the cities from the next row on",
            remedy="Remove the second header row. If its text means 'no value', name it in missing. "
            "Or run: citysample frames prepare FILE",
        )


def _is_number(text: str) -> bool:
    """A number, or nearly one, such as 1 234 or 5 %."""
    return is_plain_number(text) or bool(NEARLY_NUMBER.fullmatch(text))
