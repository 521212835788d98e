"""A delimited text file becomes a table: ids stay text, nothing is guessed in silence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citysample.errors import FileError, quoted
from citysample.reference_frames.columns import are_grouped, is_plain_number
from citysample.reference_frames.files import read_bytes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["parse_text_table", "read_text_table"]

INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
OTHER_DELIMITERS = (",", ";", "\t", "|")


def read_text_table(
    path: str | Path,
    *,
    text: Collection[str] = (),
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
) -> pd.DataFrame:
    """Read a delimited text file with one header line.

    A column becomes numbers if every cell that is not missing is a plain number without leading
    zeros; else it stays text. ``NA`` is a text (Namibia) unless it is declared as missing.

    Parameters
    ----------
    path : str or Path
        The file.
    text : collection of str
        Columns that stay text whatever they hold, such as the city id.
    delimiter : str
        One character.
    encoding : str
        Encoding of the file. The default reads UTF-8 with or without a byte-order mark.
    decimal, thousands : str, optional
        Signs in numbers, such as ``","`` and ``"."``. Without them a point is the decimal sign; a
        column whose points could all be thousands signs, such as 1.150, then stays text.
    missing : collection of str
        Cell texts that mean "no value", besides the empty cell.

    Raises
    ------
    FileError
        ``FILE-...`` if the file cannot be read, ``TABLE-...`` if it is no table.
    """
    return parse_text_table(
        read_bytes(path),
        str(path),
        text=text,
        delimiter=delimiter,
        encoding=encoding,
        decimal=decimal,
        thousands=thousands,
        missing=missing,
    )


def parse_text_table(
    content: bytes,
    where: str,
    *,
    text: Collection[str] = (),
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
) -> pd.DataFrame:
    """Parse the bytes of a delimited text file; see :func:`read_text_table`."""
    import pandas as pd

    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise FileError(
            "TABLE-DELIMITER",
            "The delimiter must be one character.",
            where=where,
            got=f"delimiter = {delimiter!r}",
            expected="for example ',' or ';' or '\\t'",
            remedy="Correct the delimiter.",
        )
    rows = _rows(_decoded(content, where, encoding), where, delimiter)
    header = _header(rows, where, delimiter)
    body: list[list[str]] = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise FileError(
                "TABLE-ROW-RAGGED",
                "A row does not have one cell for each column.",
                where=f"{where}, line {line}",
                got=f"{len(row)} cells: {quoted(row)}",
                expected=f"{len(header)} cells",
                remedy="Mend the row. Put a text that holds the delimiter in double quotes.",
            )
        body.append([cell.strip() for cell in row])
    absent = {"", *missing}
    signs = _Signs(decimal, thousands)
    _check_signs(signs, where)
    columns = list(zip(*body, strict=True)) if body else [() for _ in header]
    return pd.DataFrame(
        {
            name: _typed(cells, absent, signs, keep_text=name in text)
            for name, cells in zip(header, columns, strict=True)
        }
    )


def _decoded(content: bytes, where: str, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except LookupError:
        got, remedy = f"encoding '{encoding}'", "Use the name of an encoding, such as 'utf-8' or 'cp1252'."
    except UnicodeError as error:
        got = str(error).split(":", maxsplit=1)[0]
        remedy = "Save the file as UTF-8, or name its encoding, such as encoding = 'cp1252'."
    except ValueError:  # a null character in the name
        got, remedy = f"encoding {encoding!r}", "Use the name of an encoding, such as 'utf-8' or 'cp1252'."
    raise FileError(
        "FILE-ENCODING",
        "The text of the file cannot be decoded.",
        where=where,
        got=got,
        expected=f"text in {encoding}",
        remedy=remedy,
    )


def _rows(text: str, where: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise FileError(
            "TABLE-ROW-RAGGED",
            "The table cannot be split into cells.",
            where=f"{where}, line {reader.line_num}",
            got=str(error),
            remedy="Mend the quotes of the line.",
        ) from None


def _header(rows: list[tuple[int, list[str]]], where: str, delimiter: str) -> list[str]:
    header = [name.strip() for name in rows[0][1]] if rows else []
    if len(header) == 1:
        others = [other for other in OTHER_DELIMITERS if other != delimiter and other in header[0]]
        if others:
            raise FileError(
                "TABLE-DELIMITER",
                "The table has one column only.",
                where=where,
                got=f"header {quoted(header)}",
                expected=f"columns separated by {delimiter!r}",
                remedy=f"Name the delimiter: delimiter = {others[0]!r}.",
            )
    repeated = sorted({name for name in header if header.count(name) > 1})
    if not header or "" in header or repeated:
        raise FileError(
            "TABLE-HEADER-INVALID",
            "The first line must name each column once.",
            where=where,
            got=f"repeated: {quoted(repeated)}" if repeated else f"header: {quoted(header)}",
            expected="one name for each column, no name twice, no empty name",
            remedy="Mend the first line of the table.",
        )
    return header


@dataclass(frozen=True, slots=True)
class _Signs:
    """The signs of numbers in a file; None where the file does not say."""

    decimal: str | None
    thousands: str | None

    def plain(self, cell: str) -> str:
        """The cell with a decimal point and without thousands signs."""
        if self.thousands:
            cell = cell.replace(self.thousands, "")
        return cell.replace(self.decimal, ".") if self.decimal else cell


def _check_signs(signs: _Signs, where: str) -> None:
    given = [sign for sign in (signs.decimal, signs.thousands) if sign is not None]
    valid = all(len(sign) == 1 and not sign.isalnum() and sign not in "+-" for sign in given)
    if not valid or len(set(given)) < len(given):
        raise FileError(
            "TABLE-DELIMITER",
            "The decimal and thousands signs are not valid.",
            where=where,
            got=f"decimal = {signs.decimal!r}, thousands = {signs.thousands!r}",
            expected="two different characters, such as ',' and '.'",
            remedy="Correct the signs, or leave them out.",
        )


def _typed(cells: tuple[str, ...], absent: set[str], signs: _Signs, *, keep_text: bool) -> pd.Series:
    import pandas as pd

    present = [signs.plain(cell) for cell in cells if cell not in absent]
    numeric = not keep_text and all(is_plain_number(cell) for cell in present)
    if signs.decimal is None and signs.thousands is None and are_grouped(present):
        numeric = False
    if not numeric or not present:
        return pd.Series([None if cell in absent else cell for cell in cells], dtype=object)
    if len(present) == len(cells) and all(INTEGER.fullmatch(cell) for cell in present):
        return pd.Series([int(cell) for cell in present], dtype="int64")
    numbers = [float("nan") if cell in absent else float(signs.plain(cell)) for cell in cells]
    return pd.Series(numbers, dtype="float64")
