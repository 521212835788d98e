"""Codes and ids: text, with the zeros that were shown; what a spreadsheet program changed is listed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from citysample.reference_frames.checks.folding import looks_like_date
from citysample.reference_frames.prepare.numbers import MOST_DIGITS
from citysample.reference_frames.prepare.table import ERRORS, Hit, cell_text, is_number
from citysample.reference_frames.prepare.texts import clean_text
from citysample.reference_frames.readers.cells import EMPTY, Cell

__all__ = ["clean_code_column", "is_code_column"]

CODE = re.compile(r"(?=\D*\d)[A-Za-z0-9]+(?:[-/._][A-Za-z0-9]+)*", re.ASCII)
WITH_LETTER = re.compile(r"\d+[A-Za-z]\d+", re.ASCII)
ROUND = re.compile(r"[1-9]\d*?0+", re.ASCII)
LEADING_ZERO = re.compile(r"0\d+", re.ASCII)
SHORTEST = 4


def is_code_column(cells: Sequence[Cell]) -> bool:
    """True for a column of codes.

    That is: a number format shows zeros, a text has leading zeros, or at least half of the cells
    are texts without blanks that hold digits and are no dates and no plain numbers.
    """
    codes = present = 0
    for cell in cells:
        if cell.value is None:
            continue
        present += 1
        if cell.shown is not None:
            return True
        if isinstance(cell.value, str):
            text = clean_text(cell.value)
            if LEADING_ZERO.fullmatch(text):
                return True
            plain = text.isdecimal() or looks_like_date(text)
            codes += bool(CODE.fullmatch(text)) and not plain
    return present > 0 and codes * 2 >= present


def clean_code_column(cells: Sequence[Cell]) -> tuple[list[Cell], list[Hit]]:
    """Make the codes of a column text; list those that are not what they were.

    Returns
    -------
    list of Cell, list of Hit
        The cleaned cells, and the findings. A doubtful code stays as it is.
    """
    texts = [clean_text(cell_text(cell)) for cell in cells]
    with_letters = sum(bool(WITH_LETTER.fullmatch(text)) for text in texts)
    usual = _usual_length(texts)
    cleaned = list(cells)
    hits = []
    for position, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        code = _doubt(cell, text, with_letters > 0, usual)
        if code is not None:
            hits.append(Hit(position, code))
        elif cell.value is not None and text != cell.value:
            cleaned[position] = Cell(text) if text else EMPTY
            hits.append(Hit(position, _change(cell), text))
    return cleaned, hits


def _doubt(cell: Cell, text: str, with_letters: bool, usual: int | None) -> str | None:
    """The code of the doubt about a cell, None if there is none."""
    if text in ERRORS:
        return "CELL-ERROR"
    if isinstance(cell.value, date) or (text and looks_like_date(text)):
        return "CODE-DATE"
    if is_number(cell) and len(text) > MOST_DIGITS:
        return "CODE-DIGITS"
    if with_letters and ROUND.fullmatch(text):
        return "CODE-EXPONENT"
    if usual is not None and len(text) == usual - 1 and text.isdecimal():
        return "CODE-SHORT"
    return None


def _change(cell: Cell) -> str:
    if cell.shown is not None:
        return "CODE-ZEROS"
    return "TEXT-BLANKS" if isinstance(cell.value, str) else "CODE-NUMBER"


def _usual_length(texts: Sequence[str]) -> int | None:
    """The length L of codes that all have L or L - 1 signs, most of them L; else None."""
    lengths = Counter(len(text) for text in texts if text)
    longest = max(lengths, default=0)
    if longest < SHORTEST or set(lengths) != {longest, longest - 1}:
        return None
    return longest if lengths[longest] > lengths[longest - 1] else None
