"""Delimited text: encoding, delimiter and decimal comma are given, or detected and noted."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence

from citysample.errors import FileError, quoted
from citysample.reference_frames.readers.encodings import decoded, detected
from citysample.reference_frames.readers.header_checks import refuse_second_header
from citysample.reference_frames.readers.reading import Options, Reading
from citysample.reference_frames.text_table import (
    DELIMITERS,
    PREPARE,
    Signs,
    checked_signs,
    decimal_commas,
    split_table,
    typed_column,
)

__all__ = ["read_delimited", "read_tabbed"]

TABLE_LINES = 2
"""Lines with as many cells that make a table; one cell with a comma makes none."""
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def read_delimited(content: bytes, where: str, options: Options, *, usual: str = ",") -> Reading:
    """Read delimited text with one header line.

    Parameters
    ----------
    content : bytes
        The file.
    where : str
        Its path, for errors.
    options : Options
        How it is written; ``None`` is detected.
    usual : str
        The delimiter that needs no note.

    Raises
    ------
    FileError
        ``FILE-ENCODING`` if the text cannot be decoded, ``TABLE-...`` if it is no table.
    """
    import pandas as pd

    signs = checked_signs(options.decimal, options.thousands, where)
    text, notes = _text(content, where, options.encoding)
    delimiter = options.delimiter
    if delimiter is None:
        text, delimiter = _delimiter(text, where, usual)
        if delimiter != usual:
            notes.append(f"delimiter {delimiter!r} detected")
    columns = split_table(text, where, delimiter)
    absent = {"", *options.missing}
    present = {name: [None if cell in absent else cell for cell in cells] for name, cells in columns.items()}
    refuse_second_header(present, options.text, where)
    found = {}
    if delimiter != "," and signs == Signs():
        found = _decimal_commas(present, options.text)
    if found:
        notes.append(f"decimal comma detected in columns {quoted(found)}")
    table = pd.DataFrame(
        {
            name: typed_column(cells, found.get(name, signs), options.missing, keep_text=name in options.text)
            for name, cells in columns.items()
        }
    )
    return Reading(table, tuple(notes), where)


def read_tabbed(content: bytes, where: str, options: Options) -> Reading:
    """Read delimited text whose usual delimiter is the tab."""
    return read_delimited(content, where, options, usual="\t")


def _text(content: bytes, where: str, encoding: str | None) -> tuple[str, list[str]]:
    """The text without a byte-order mark, and a note on an encoding that was detected."""
    if encoding is not None:
        return decoded(content, where, encoding).removeprefix("\ufeff"), []
    text, note = detected(content, where)
    return text.removeprefix("\ufeff"), [note] if note else []


def _decimal_commas(columns: Mapping[str, Sequence[str | None]], texts: Collection[str]) -> dict[str, Signs]:
    """The signs of the columns whose commas are decimal commas for certain."""
    found = {}
    for name, cells in columns.items():
        signs = decimal_commas([cell for cell in cells if cell is not None])
        if signs is not None and name not in texts:
            found[name] = signs
    return found


def _delimiter(text: str, where: str, usual: str) -> tuple[str, str]:
    """The text, and the delimiter that splits each of its lines into the same number of cells."""
    line = SEPARATOR_LINE.match(text)
    if line and line[1] != '"':
        # Excel writes this line; it is left blank, so that the numbers of lines stay.
        return "\n" + text[line.end() :], line[1]
    header = next((line for line in text.splitlines() if line.strip()), "")
    widths = {sign: _width(text, sign) for sign in DELIMITERS if sign in header}
    widest = max(widths.values(), default=0)
    if not widths:
        _refuse_title(text, where, header)
        return text, usual
    if widest <= 1:
        # No sign fits each line: the reader then names the line that is wrong.
        return text, max(widths, key=header.count)
    best = [sign for sign, width in widths.items() if width == widest]
    if len(best) > 1:
        raise FileError(
            "TABLE-DELIMITER",
            "Two delimiters fit the table equally well.",
            where=where,
            got=f"{widest} columns with each of: {', '.join(map(repr, best))}; header {header[:80]!r}",
            expected="one delimiter",
            remedy=f"Name the delimiter: delimiter = {best[0]!r} or delimiter = {best[1]!r}.",
        )
    return text, best[0]


def _refuse_title(text: str, where: str, title: str) -> None:
    """Lines of one cell, and several cells in each line from there on."""
    lines = text.splitlines(keepends=True)
    for sign in DELIMITERS:
        first = next((row for row, line in enumerate(lines) if sign in line), len(lines))
        width = _width("".join(lines[first:]), sign)
        if width > 1 and len(lines) - first >= TABLE_LINES:
            raise FileError(
                "TABLE-HEADER-INVALID",
                "The first line does not name each column.",
                where=f"{where}, line 1",
                got=f"one cell: {title.strip()[:80]!r}, and {width} cells in each from line {first + 1} on",
                expected="the names of the columns, with no title above them",
                remedy=f"Remove the lines above the header. {PREPARE}",
            )


def _width(text: str, delimiter: str) -> int:
    """The number of cells of each line, outside quotes; 0 if the lines differ."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        found = {len(row) for row in reader if any(cell.strip() for cell in row)}
    except csv.Error:
        return 0
    return found.pop() if len(found) == 1 else 0
