"""A delimited text becomes a table: ids stay text, nothing is guessed in silence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.errors import FileError, quoted
from citysample.reference_frames.columns import are_grouped, is_plain_number
from citysample.reference_frames.readers.encodings import decoded

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DELIMITERS",
    "PREPARE",
    "Signs",
    "checked_header",
    "checked_signs",
    "csv_rows",
    "decimal_commas",
    "parse_text_table",
    "split_table",
    "typed_column",
]

INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
# Digits that int64 holds, and those that a float holds where a value is missing.
LONG = {False: re.compile(r"[+-]?\d{19,}", re.ASCII), True: re.compile(r"[+-]?\d{16,}", re.ASCII)}
DELIMITERS = (",", ";", "\t", "|")
# One sign stands for those that look like it.
ALIKE = {" ": " \u00a0\u202f\u2009", "'": "'\u2019"}

PREPARE = "For a list of cities with titles or notes run: citysample frames prepare FILE, which cleans it."
"""The end of a remedy for a list that is no plain table."""

GROUPS = r"[+-]?[1-9]\d{0,2}(\.\d{3})+"
WITHOUT_COMMA = re.compile(rf"[+-]?(0|[1-9]\d*)|{GROUPS}", re.ASCII)
WITH_COMMA = re.compile(rf"([+-]?(0|[1-9]\d*)|{GROUPS}),\d+", re.ASCII)
MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of numbers in a column; None where nobody says.

    Parameters
    ----------
    decimal, thousands : str or None
        One character each. A blank stands for the narrow and the no-break blank, too.
    """

    decimal: str | None = None
    thousands: str | None = None

    def plain(self, cell: str) -> str:
        """The cell with a decimal point and without thousands signs.

        >>> Signs(",", ".").plain("1.234,5"), Signs(",").plain("1.234")
        ('1234.5', '1 234')
        """
        if self.thousands:
            for sign in ALIKE.get(self.thousands, self.thousands):
                cell = cell.replace(sign, "")
        if self.decimal and self.decimal != ".":
            # A point is no decimal sign here: a blank in its place keeps the cell a text.
            cell = cell.replace(".", " ").replace(self.decimal, ".")
        return cell


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
    """Parse delimited text with one header line, of which all is known.

    A column becomes numbers if every cell that is not missing is a plain number without leading
    zeros; else it stays text. ``NA`` is a text (Namibia) unless it is declared as missing. Use
    ``read_table`` for a file of which something must be detected.

    Parameters
    ----------
    content : bytes
        The file.
    where : str
        Its path, for errors.
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
        ``FILE-ENCODING`` if the text cannot be decoded, ``TABLE-...`` if it is no table.
    """
    import pandas as pd

    signs = checked_signs(decimal, thousands, where)
    columns = split_table(decoded(content, where, encoding), where, delimiter)
    return pd.DataFrame(
        {name: typed_column(cells, signs, missing, keep_text=name in text) for name, cells in columns.items()}
    )


def split_table(text: str, where: str, delimiter: str) -> dict[str, tuple[str, ...]]:
    """The cells of each column, without the blanks around them; blank lines are skipped.

    Raises
    ------
    FileError
        ``TABLE-EMPTY``, ``TABLE-DELIMITER``, ``TABLE-HEADER-INVALID`` or ``TABLE-ROW-RAGGED``.
    """
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise FileError(
            "TABLE-DELIMITER",
            "The delimiter must be one character.",
            where=where,
            got=f"delimiter = {delimiter!r}",
            expected="for example ',' or ';' or '\\t'",
            remedy="Correct the delimiter.",
        )
    rows = [
        (line, row) for line, row in csv_rows(text, where, delimiter) if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise FileError(
            "TABLE-EMPTY",
            "The file holds no table.",
            where=where,
            got="an empty file" if not text else "blank lines",
            expected="a header, and one row for each city",
            remedy="Check whether this is the right file, and save or copy it again.",
        )
    header = [name.strip() for name in rows[0][1]]
    _refuse_one_column(header, where, delimiter)
    checked_header(header, where, "first line")
    body: list[list[str]] = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise FileError(
                "TABLE-ROW-RAGGED",
                "A row does not have one cell for each column.",
                where=f"{where}, line {line}",
                got=f"{len(row)} cells: {quoted(row)}",
                expected=f"{len(header)} cells",
                remedy=f"Mend the row. Put a text that holds the delimiter in double quotes. {PREPARE}",
            )
        body.append([cell.strip() for cell in row])
    columns = list(zip(*body, strict=True)) if body else [() for _ in header]
    return dict(zip(header, columns, strict=True))


def csv_rows(text: str, where: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """All rows of a delimited text, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise FileError(
            "TABLE-ROW-RAGGED",
            "The table cannot be split into cells.",
            where=f"{where}, line {reader.line_num}",
            got=str(error),
            remedy="Mend the quotes of the line.",
        ) from None


def _refuse_one_column(header: list[str], where: str, delimiter: str) -> None:
    """A table with one column, in whose header another delimiter stands, is read with the wrong one."""
    others = [sign for sign in DELIMITERS if sign != delimiter and len(header) == 1 and sign in header[0]]
    if others:
        raise FileError(
            "TABLE-DELIMITER",
            "The table has one column only.",
            where=where,
            got=f"header {quoted(header)}",
            expected=f"columns separated by {delimiter!r}",
            remedy=f"Name the delimiter: delimiter = {others[0]!r}.",
        )


def checked_header(header: Sequence[str], where: str, place: str) -> None:
    """Refuse a header with an empty or repeated name; ``place`` says where the header stands."""
    repeated = sorted({name for name in header if header.count(name) > 1 and "" not in header})
    if "" in header or repeated:
        raise FileError(
            "TABLE-HEADER-INVALID",
            f"The {place} must name each column once.",
            where=where,
            got=f"repeated: {quoted(repeated)}" if repeated else f"header: {quoted(header)}",
            expected="one name for each column, no name twice, no empty name",
            remedy=f"Mend the {place} of the table. {PREPARE}",
        )


def checked_signs(decimal: str | None, thousands: str | None, where: str) -> Signs:
    """Decimal and thousands signs; each is one character that is no digit, letter, plus or minus."""
    given = [sign for sign in (decimal, thousands) if sign is not None]
    valid = all(len(sign) == 1 and not sign.isalnum() and sign not in "+-" for sign in given)
    if not valid or len(set(given)) < len(given):
        raise FileError(
            "TABLE-DELIMITER",
            "The decimal and thousands signs are not valid.",
            where=where,
            got=f"decimal = {decimal!r}, thousands = {thousands!r}",
            expected="two different characters, such as ',' and '.'",
            remedy="Correct the signs, or leave them out.",
        )
    return Signs(decimal, thousands)


def decimal_commas(cells: Collection[str]) -> Signs | None:
    """The signs of a column whose commas can be nothing else than decimal commas; else None.

    Each cell must be a number. One comma at least must be followed by one, two or more than three
    digits, or follow a zero, or stand beside a point; 1,150 alone may be 1150.

    >>> decimal_commas(["23,5", "7"]), decimal_commas(["1.234,5", "2.000"]), decimal_commas(["1,150"])
    (Signs(decimal=',', thousands=None), Signs(decimal=',', thousands='.'), None)
    """
    with_comma = [cell for cell in cells if WITH_COMMA.fullmatch(cell)]
    rest = [cell for cell in cells if "," not in cell]
    if len(with_comma) + len(rest) < len(cells) or not all(WITHOUT_COMMA.fullmatch(cell) for cell in rest):
        return None
    if all(MAY_BE_THOUSANDS.fullmatch(cell) for cell in with_comma):
        return None
    grouped = any("." in cell for cell in with_comma)
    if not grouped and any("." in cell for cell in rest):
        return None
    return Signs(",", "." if grouped else None)


def typed_column(
    cells: Sequence[str], signs: Signs, missing: Collection[str], *, keep_text: bool
) -> pd.Series:
    """A column of numbers if each cell is one, else of texts; an empty cell is missing.

    Digits are never lost: a column of whole numbers that are too long for a number stays text.

    Parameters
    ----------
    cells : sequence of str
        Cells without blanks around them.
    signs : Signs
        Signs in numbers.
    missing : collection of str
        Cell texts that mean "no value", besides the empty cell.
    keep_text : bool
        True for a column that stays text.
    """
    import pandas as pd

    absent = {"", *missing}
    present = [signs.plain(cell) for cell in cells if cell not in absent]
    numeric = not keep_text and all(is_plain_number(cell) for cell in present)
    long = LONG[len(present) < len(cells)]
    if (signs == Signs() and are_grouped(present)) or any(long.fullmatch(cell) for cell in present):
        numeric = False
    if not numeric or not present:
        return pd.Series([None if cell in absent else cell for cell in cells], dtype=object)
    if len(present) == len(cells) and all(INTEGER.fullmatch(cell) for cell in present):
        return pd.Series([int(cell) for cell in present], dtype="int64")
    numbers = [float("nan") if cell in absent else float(signs.plain(cell)) for cell in cells]
    return pd.Series(numbers, dtype="float64")
