"""The file of a city list as cells with places: a sheet of a workbook, or the lines of a text file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from citysample.errors import FileError
from citysample.reference_frames.files import read_bytes
from citysample.reference_frames.readers.cells import Cell, Sheet, cut
from citysample.reference_frames.readers.encodings import decoded, detected
from citysample.reference_frames.readers.file_kind import WORKBOOKS, file_kind
from citysample.reference_frames.readers.read_table import refuse_other_kind
from citysample.reference_frames.readers.spreadsheet import read_sheet
from citysample.reference_frames.text_table import DELIMITERS, csv_rows

__all__ = ["ABOUT", "LAST_NUMBER", "Source", "read_source"]

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
ABOUT = "citysample frame"
"""The first cell of the sheet ``about`` of a workbook that was prepared before."""

LAST_NUMBER = "last number of "


@dataclass(frozen=True, slots=True)
class Source:
    """A city list as it was found.

    Parameters
    ----------
    sheet : Sheet
        Its cells.
    name : str
        Name of the file, without its folder.
    sha256 : str
        SHA-256 of the file.
    from_text : bool
        True for a text file, in which all cells are texts.
    notes : tuple of str
        What was detected.
    prefix : str or None
        Prefix of the ids, if the file was prepared before.
    last_numbers : dict
        Last number that was ever used with each prefix, if the file was prepared before.
    """

    sheet: Sheet
    name: str
    sha256: str
    from_text: bool
    notes: tuple[str, ...] = ()
    prefix: str | None = None
    last_numbers: dict[str, int] = field(default_factory=dict)


def read_source(
    path: str | Path,
    *,
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Source:
    """Read a city list.

    Parameters
    ----------
    path : str or Path
        A workbook, or a text file with the ending .csv, .tsv or .txt.
    sheet : str, optional
        Sheet of a workbook; see ``read_sheet``.
    delimiter, encoding : str, optional
        How a text file is written; without them they are detected.

    Raises
    ------
    FileError
        ``FILE-...`` if the file cannot be read or is of another kind than its name says, ``TABLE-...``
        if it holds no table.
    """
    path = Path(path)
    content = read_bytes(path)
    _check_kind(content, path)
    digest = hashlib.sha256(content).hexdigest()
    if path.suffix.lower() in TEXT_ENDINGS:
        found, notes = _text_sheet(content, str(path), delimiter, encoding)
        return Source(found, path.name, digest, from_text=True, notes=notes)
    found = read_sheet(content, str(path), sheet)
    about = _about(read_sheet(content, str(path), "about")) if "about" in found.names else {}
    prefix = about.get("prefix")
    return Source(
        found,
        path.name,
        digest,
        from_text=False,
        prefix=prefix if isinstance(prefix, str) else None,
        last_numbers={
            key.removeprefix(LAST_NUMBER): value
            for key, value in about.items()
            if key.startswith(LAST_NUMBER) and isinstance(value, int)
        },
    )


def _check_kind(content: bytes, path: Path) -> None:
    """Refuse what is no list: by the ending of the name, or by the content."""
    ending = path.suffix.lower()
    if ending not in (*TEXT_ENDINGS, *WORKBOOK_ENDINGS):
        kind = file_kind(content)
        raise FileError(
            "FILE-FORMAT",
            "Files of this kind cannot be prepared.",
            where=str(path),
            got=(f"the ending '{ending}'" if ending else "a name without an ending")
            + (f"; the file is {kind}" if kind else ""),
            expected=f"one of: {', '.join((*WORKBOOK_ENDINGS, *TEXT_ENDINGS))}",
            remedy="Save the list as .xlsx or .csv. If it is one, correct its name.",
        )
    refuse_other_kind(content, (None,) if ending in TEXT_ENDINGS else WORKBOOKS, path.name, str(path))


def _about(sheet: Sheet) -> dict[str, object]:
    """What the sheet ``about`` says; empty if ``prepare`` did not write it."""
    if sheet.rows[0][0].value != ABOUT or len(sheet.rows[0]) < 2:
        return {}
    return {str(row[0].value): row[1].value for row in sheet.rows}


def _text_sheet(
    content: bytes, where: str, delimiter: str | None, encoding: str | None
) -> tuple[Sheet, tuple[str, ...]]:
    if encoding is None:
        text, note = detected(content, where)
    else:
        text, note = decoded(content, where, encoding), None
    notes = [note] if note else []
    text = text.removeprefix("\ufeff")
    if delimiter is None:
        delimiter = _delimiter(text)
        notes.append(f"delimiter {delimiter!r} detected")
    rows = cut([[Cell(cell or None) for cell in row] for _, row in csv_rows(text, where, delimiter)])
    if not rows:
        raise FileError(
            "TABLE-EMPTY",
            "The file holds no cells.",
            where=where,
            expected="a header and one row for each city",
            remedy="Check the file.",
        )
    return Sheet(Path(where).name, (Path(where).name,), rows), tuple(notes)


def _delimiter(text: str) -> str:
    """The delimiter that splits most lines into the same number of cells; titles may differ."""
    best, delimiter = (0, 0), ","
    for sign in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign))
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        if width > 1 and (count, width) > best:
            best, delimiter = (count, width), sign
    return delimiter
