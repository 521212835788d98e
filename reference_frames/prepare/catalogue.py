"""The catalogue of findings of ``citysample frames prepare``: each with its severity and what is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["ACTIONS", "CATALOGUE", "SEVERITIES", "Action", "Finding", "Kind", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]
Action: TypeAlias = Literal["removed", "changed", "filled", "kept", "to decide"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
ACTIONS: tuple[Action, ...] = ("removed", "changed", "filled", "kept", "to decide")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding: how grave it is, what is done, what it means, and the remedy."""

    severity: Severity
    done: Action
    meaning: str
    remedy: str


CATALOGUE: dict[str, Kind] = {
    "SHEET-HIDDEN": Kind(
        "warning", "kept", "The sheet is hidden in the workbook.", "Check that it is the sheet you mean."
    ),
    "TITLE-ROW": Kind(
        "note", "removed", "A row above the header is a title or a note.", "Nothing, if it is no city."
    ),
    "FOOTNOTE-ROW": Kind(
        "note", "removed", "A row below the table is a footnote.", "Nothing, if it is no city."
    ),
    "ROW-EMPTY": Kind("note", "removed", "Rows are empty.", "Nothing."),
    "COLUMN-EMPTY": Kind("note", "removed", "A column is empty.", "Nothing."),
    "HEADER-TWO": Kind(
        "warning",
        "changed",
        "The header has two rows; each column gets one name from both.",
        "Check the names of the columns.",
    ),
    "HEADER-AGAIN": Kind(
        "note", "removed", "The header stands again among the rows, as on a new page.", "Nothing."
    ),
    "HEADER-NUMBERS": Kind(
        "note", "removed", "A row below the header numbers the columns: 1, 2, 3.", "Nothing."
    ),
    "HEADER-BLANKS": Kind(
        "note", "changed", "A column name holds line ends or needless blanks.", "Use the new name."
    ),
    "HEADER-EMPTY": Kind(
        "warning", "changed", "A column with values has no name.", "Give the column a name."
    ),
    "HEADER-REPEATED": Kind(
        "warning", "changed", "A column name stands twice.", "Give each column its own name."
    ),
    "HEADER-RESERVED": Kind(
        "warning", "changed", "A column has a name that citysample keeps for itself.", "Use the new name."
    ),
    "SUBTOTAL-ROW": Kind(
        "warning",
        "removed",
        "A row sums up other rows; it is no city.",
        "Nothing, if it is no city.",
    ),
    "SUBTOTAL-MISMATCH": Kind(
        "error",
        "removed",
        "A row is called a total, and its size is not the sum of its rows.",
        "Are cities missing, or is a size wrong? Compare with the source.",
    ),
    "SUBTOTAL-DOUBT": Kind(
        "warning",
        "to decide",
        "A row may sum up other rows, or may be a city.",
        "Remove the row from the source if it is no city.",
    ),
    "ROW-HEADING": Kind(
        "note", "removed", "A row is the heading of the rows below, which got its label.", "Nothing."
    ),
    "ROW-SINGLE": Kind(
        "error",
        "to decide",
        "A row has one cell only: a heading, a footnote, or a city without data.",
        "Remove the row from the source if it is no city. Is it a heading with the region's name? "
        "Then say --fill-down with the column.",
    ),
    "MERGED-FILLED": Kind(
        "note", "filled", "A merged cell covers several rows; each gets its text.", "Nothing."
    ),
    "MERGED-NUMBER": Kind(
        "error",
        "to decide",
        "A merged cell covers several rows with one number.",
        "Is it the number of all rows together? Give each city its own number.",
    ),
    "BLANK-FILLED": Kind(
        "note", "filled", "A blank cell got the text above it, as --fill-down asks.", "Nothing."
    ),
    "LABEL-BLANK": Kind(
        "warning",
        "to decide",
        "A city has no region.",
        "Fill in the region. If a label holds for the blank rows below it, say --fill-down with the column.",
    ),
    "LABEL-VARIANT": Kind(
        "warning",
        "to decide",
        "Two regions differ only by case, accents or blanks.",
        "Write each region in one way; else it is split in two.",
    ),
    "TEXT-BLANKS": Kind(
        "note", "changed", "A text has needless blanks, no-break spaces or line ends.", "Nothing."
    ),
    "TEXT-DIGITS": Kind(
        "note",
        "kept",
        "A column of digits is stored as text.",
        "Are they numbers, and not codes? Then say --number with the column.",
    ),
    "NUMBER-TEXT": Kind("note", "changed", "A number is stored as text.", "Nothing."),
    "NUMBER-GROUPED": Kind("note", "changed", "A number has thousands signs.", "Nothing."),
    "NUMBER-DECIMAL": Kind("note", "changed", "A number has a decimal comma.", "Nothing."),
    "NUMBER-FOOTNOTE": Kind(
        "warning", "changed", "A number has a footnote mark.", "Does the footnote matter? Look it up."
    ),
    "NUMBER-MISSING": Kind(
        "note", "changed", "A sign for 'no value' stands in a column of numbers.", "Fill in the value."
    ),
    "NUMBER-AMBIGUOUS": Kind(
        "error",
        "to decide",
        "A number can be read in two ways: 1.150 is 1150 or 1.15.",
        "Say --decimal with the sign that stands before decimals.",
    ),
    "NUMBER-SCALE": Kind(
        "error",
        "to decide",
        "A number is written with a word or letter for thousands or millions.",
        "Write the number in full.",
    ),
    "NUMBER-UNREADABLE": Kind(
        "error", "to decide", "A cell in a column of numbers is no number.", "Write a plain number."
    ),
    "NUMBER-DATE": Kind(
        "error",
        "to decide",
        "A date stands in a column of numbers; a spreadsheet program may have made it from a number.",
        "Take the number from the source.",
    ),
    "CELL-ERROR": Kind(
        "error", "to decide", "A formula gave an error.", "Mend the formula, or write the value."
    ),
    "CODE-ZEROS": Kind(
        "note", "changed", "The zeros of a code exist only by number format; it becomes text.", "Nothing."
    ),
    "CODE-NUMBER": Kind(
        "note", "changed", "A code is stored as a number; it becomes the text of its digits.", "Nothing."
    ),
    "CODE-DATE": Kind(
        "error",
        "to decide",
        "A code is a date; a spreadsheet program may have made it from a code such as 1-2.",
        "Take the code from the source, with the column formatted as text before.",
    ),
    "CODE-EXPONENT": Kind(
        "error",
        "to decide",
        "A code is a round number among codes with letters; it may have been a code such as 1E5.",
        "Take the code from the source, with the column formatted as text before.",
    ),
    "CODE-DIGITS": Kind(
        "error",
        "to decide",
        "A number has more than 15 digits, and a spreadsheet program keeps only 15.",
        "Take the number from the source, with the column formatted as text before.",
    ),
    "CODE-REPEATED": Kind(
        "warning",
        "to decide",
        "Two rows have the same code in a column in which most codes stand once.",
        "Is it one city in two rows? Then remove one from the source. Else compare with the official codes.",
    ),
    "CODE-SHORT": Kind(
        "warning",
        "to decide",
        "A code has one digit less than the others and may have lost a leading zero.",
        "Compare with the official codes.",
    ),
    "NAME-BLANK": Kind(
        "warning",
        "to decide",
        "A row has no name.",
        "Remove the row from the source if it is no city. Else fill in the name.",
    ),
    "NAME-REPEATED": Kind(
        "warning",
        "kept",
        "Two cities of a region have the same name; they get different ids.",
        "Is it one city in two rows? Then remove one from the source.",
    ),
    "SIZE-MISSING": Kind(
        "error",
        "to decide",
        "A row has no size: a city without data, or a heading.",
        "Fill in the size, or remove the row from the source if it is no city.",
    ),
    "ID-REPEATED": Kind(
        "error",
        "to decide",
        "Two rows have the same city id.",
        "Remove the repeated row, or clear the id of the city that shall get a new one.",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, and what was done with it.

    Parameters
    ----------
    code : str
        Stable code, a key of ``CATALOGUE``.
    row : int
        Row of the sheet as in Excel, from 1. For several empty rows the first.
    cell : str
        Name of the cell as in Excel, such as C17; empty if the whole row is meant.
    column : str
        Name of the column; empty if the whole row is meant.
    found : str
        The original content.
    now : str
        What stands there now; empty if the content is gone or unchanged.
    city : str
        Name of the city in that row, if a column with names is known and the row is left.

    Examples
    --------
    >>> finding = Finding("NUMBER-FOOTNOTE", 17, "C17", "population", "12 345*", "12345")
    >>> finding.severity, finding.done
    ('warning', 'changed')
    """

    code: str
    row: int
    cell: str
    column: str
    found: str
    now: str = ""
    city: str = ""

    def __post_init__(self) -> None:
        if self.code not in CATALOGUE:
            raise KeyError(f"finding {self.code} is not in the catalogue")

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``note``."""
        return CATALOGUE[self.code].severity

    @property
    def done(self) -> Action:
        """What was done."""
        return CATALOGUE[self.code].done

    @property
    def remedy(self) -> str:
        """What is left to do."""
        return CATALOGUE[self.code].remedy
