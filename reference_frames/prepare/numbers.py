"""Numbers as people write them: thousands signs, decimal commas, footnote marks, signs for no value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

from citysample.reference_frames.prepare.table import ERRORS, Hit, cell_text, is_number
from citysample.reference_frames.readers.cells import EMPTY, Cell

__all__ = [
    "Read",
    "are_numbers_as_text",
    "clean_number_column",
    "column_signs",
    "is_number_column",
    "read_number",
]

MISSING = frozenset(
    ("n.d.", "n.d", "nd", "n/d", "n.a.", "n.a", "na", "n/a", "s/d", "s.d.", "k.a.", "-", "--", "---",
     "\u2013", "\u2014", ".", "..", "...", "\u2026", ":", "x", "*", "?")
)  # fmt: skip
SCALE = re.compile(
    r"[+-]?\d[\d., ']* ?"
    r"(?:k|m|mn|mio|mln|mill|million|millions|millones|milhoes|millon|bn|md|mrd|milliard|milliards"
    r"|tsd|tausend|thousand|thousands|mil|mille|lakh|lakhs|crore|crores)\.?",
    re.IGNORECASE,
)
MARK = (
    r"(?:\*+|[\u2020\u2021\u00a7]+|[\u00b9\u00b2\u00b3\u2070-\u2079\u1d43-\u1dbf]+"
    r"|\([a-z0-9]{1,2}\)|\[[a-z0-9]{1,2}\]|(?<=[\d ])[a-jlnopqrsu-z])"
)
MARKED = re.compile(rf"(?:\*+ ?)?(?P<body>.*?[\d.,])(?: ?{MARK})+|\*+ ?(?P<after>.*\d)")
BLANKS = re.compile(r"[\s\u200b\ufeff]+")
ALIKE = str.maketrans({"\u2019": "'", "\u2212": "-", "\u02bc": "'"})

PLAIN = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.0*)?")
POWER = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,2}")
BLANK_GROUPS = re.compile(r"([+-]?[1-9]\d{0,2}(?:[ ']\d{3})+)(?:([.,])(\d+))?")
SIGN_GROUPS = re.compile(r"([+-]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\2\d{3})*)(?:(?!\2)([.,])(\d+))")
MANY_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})+")
ONE_SIGN = re.compile(r"([+-]?(?:0|[1-9]\d*)?)([.,])(\d+)")
ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
DECIMAL, THOUSANDS = "decimal", "thousands"
Signs: TypeAlias = Mapping[str, str]
LEADING_ZERO = re.compile(r"\s*0\d+\s*")
MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Read:
    """What a text is as a number: the code of the finding, and the value if it has one."""

    code: str
    value: int | float | None = None


def read_number(text: str, signs: Signs = MappingProxyType({})) -> Read:
    """Read a number as people write it.

    Parameters
    ----------
    text : str
        The text of the cell.
    signs : mapping
        What ``.`` and ``,`` mean in the column: ``"decimal"`` or ``"thousands"``. Without it, 1.150
        and 1,150 are ambiguous.

    Returns
    -------
    Read
        The code of the finding, and the value.

    Examples
    --------
    >>> read_number("12 345*"), read_number("1,5")
    (Read(code='NUMBER-FOOTNOTE', value=12345), Read(code='NUMBER-DECIMAL', value=1.5))
    >>> read_number("1.2 M").code, read_number("1.150").code
    ('NUMBER-SCALE', 'NUMBER-AMBIGUOUS')
    """
    plain = _plain(text)
    if plain.upper() in ERRORS:
        return Read("CELL-ERROR")
    if not plain or plain.casefold() in MISSING:
        return Read("NUMBER-MISSING")
    if SCALE.fullmatch(plain):
        return Read("NUMBER-SCALE")
    body = _without_marks(plain)
    read = _read_body(body, signs)
    if body == plain or read.value is None:
        return read
    return Read("NUMBER-FOOTNOTE", read.value)


def column_signs(texts: Iterable[str]) -> Signs:
    """What cells of a column prove of the signs ``.`` and ``,``; a sign with two meanings proves nothing.

    >>> column_signs(["1,150", "2,5"]), column_signs(["1,2,3"]), column_signs(["1,5", "2,345,678"])
    ({',': 'decimal'}, {}, {})
    """
    proven: set[tuple[str, str]] = set()
    for text in texts:
        body = _without_marks(_plain(text))
        if found := BLANK_GROUPS.fullmatch(body):
            proven.add((found[2] or "", DECIMAL))
        elif found := SIGN_GROUPS.fullmatch(body):
            proven.update([(found[2], THOUSANDS), (found[3], DECIMAL)])
        elif found := MANY_GROUPS.fullmatch(body):
            proven.add((found[1], THOUSANDS))
        elif (found := ONE_SIGN.fullmatch(body)) and not ONE_GROUP.fullmatch(body):
            proven.add((found[2], DECIMAL))
    met = [sign for sign, _ in proven]
    return {sign: meaning for sign, meaning in proven if sign and met.count(sign) == 1}


def signs_of(decimal: str) -> Signs:
    """The meaning of both signs where the decimal sign is known.

    >>> signs_of(",")
    {',': 'decimal', '.': 'thousands'}
    """
    return {decimal: DECIMAL, "," if decimal == "." else ".": THOUSANDS}


def _plain(text: str) -> str:
    """One kind of blank, apostrophe, minus and digit."""
    text = BLANKS.sub(" ", text).strip().translate(ALIKE)
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(sign)) if unicodedata.category(sign) == "Nd" else sign for sign in text
    )


def _without_marks(plain: str) -> str:
    marked = MARKED.fullmatch(plain)
    return plain if marked is None else (marked["body"] or marked["after"]).strip()


def _read_body(body: str, signs: Signs) -> Read:
    if sum(sign.isdigit() for sign in body) > MOST_DIGITS:
        return Read("NUMBER-UNREADABLE")
    if PLAIN.fullmatch(body) or POWER.fullmatch(body):
        return Read("NUMBER-TEXT", _number(body))
    if found := BLANK_GROUPS.fullmatch(body):
        return _read(re.sub("[ ']", "", found[1]), found[2], found[3], grouped=True)
    if found := SIGN_GROUPS.fullmatch(body):
        return _read(re.sub("[.,]", "", found[1]), found[3], found[4], grouped=True)
    if found := MANY_GROUPS.fullmatch(body):
        return _meant(body, found[1], THOUSANDS, signs)
    if found := ONE_SIGN.fullmatch(body):
        meaning = signs.get(found[2]) if ONE_GROUP.fullmatch(body) else DECIMAL
        return _meant(body, found[2], meaning, signs)
    return Read("NUMBER-UNREADABLE")


def _meant(body: str, sign: str, meaning: str | None, signs: Signs) -> Read:
    """A number with one kind of sign, if the meaning is known and agrees with the column."""
    if meaning is None or signs.get(sign, meaning) != meaning:
        return Read("NUMBER-AMBIGUOUS")
    if meaning == THOUSANDS:
        return _read(body.replace(sign, ""), None, None, grouped=True)
    whole, _, decimals = body.partition(sign)
    return _read(whole, sign, decimals, grouped=False)


def _read(whole: str, sign: str | None, decimals: str | None, *, grouped: bool) -> Read:
    value = _number(f"{whole}.{decimals}" if decimals else whole)
    if sign == ",":
        return Read("NUMBER-DECIMAL", value)
    return Read("NUMBER-GROUPED" if grouped else "NUMBER-TEXT", value)


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def is_number_column(cells: Sequence[Cell], *, from_text: bool = False) -> bool:
    """True if at least half of the cells that hold something are numbers.

    Plain numbers that are stored as text do not count: they may be codes. In a text file all cells
    are texts; there they count, unless one has leading zeros.

    Parameters
    ----------
    cells : sequence of Cell
        The cells of the column.
    from_text : bool
        True for a text file.
    """
    sure = doubtful = present = 0
    for cell in cells:
        if cell.shown is not None:
            return False
        if isinstance(cell.value, str):
            if LEADING_ZERO.fullmatch(cell.value):
                return False
            read = read_number(cell.value)
            if read.code == "NUMBER-MISSING":
                continue
            sure += read.value is not None and (from_text or read.code != "NUMBER-TEXT")
            doubtful += read.code in ("NUMBER-AMBIGUOUS", "NUMBER-SCALE")
        elif cell.value is None:
            continue
        present += 1
        sure += is_number(cell)
    return sure > 0 and (sure + doubtful) * 2 >= present


def are_numbers_as_text(cells: Sequence[Cell]) -> bool:
    """True for a column of texts that can all be read as numbers: numbers, or codes."""
    texts = [cell.value for cell in cells if cell.value is not None]
    codes = {read_number(text).code if isinstance(text, str) else "" for text in texts}
    return bool(texts) and codes <= {"NUMBER-TEXT", "NUMBER-AMBIGUOUS"}


def clean_number_column(
    cells: Sequence[Cell], decimal: str | None, *, from_text: bool = False
) -> tuple[list[Cell], list[Hit]]:
    """Read the texts of a column as numbers; what cannot be known stays as it is.

    Parameters
    ----------
    cells : sequence of Cell
        The cells of the column.
    decimal : str or None
        The decimal sign, if the user says it; else what the cells prove.
    from_text : bool
        True for a text file, where a plain number is no finding.

    Returns
    -------
    list of Cell, list of Hit
        The cleaned cells, and the findings.
    """
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    known = signs_of(decimal) if decimal else column_signs(texts)
    cleaned = list(cells)
    hits = []
    for position, cell in enumerate(cells):
        if isinstance(cell.value, str):
            read = read_number(cell.value, known)
            if read.value is not None:
                cleaned[position] = Cell(read.value)
            elif read.code == "NUMBER-MISSING":
                cleaned[position] = EMPTY
            if not (from_text and read.code == "NUMBER-TEXT"):
                now = "" if read.value is None else cell_text(cleaned[position])
                hits.append(Hit(position, read.code, now))
        elif isinstance(cell.value, bool):
            hits.append(Hit(position, "NUMBER-UNREADABLE"))
        elif isinstance(cell.value, date):
            hits.append(Hit(position, "NUMBER-DATE"))
        elif isinstance(cell.value, (int, float)) and abs(cell.value) >= 10**MOST_DIGITS:
            hits.append(Hit(position, "CODE-DIGITS"))
    return cleaned, hits
