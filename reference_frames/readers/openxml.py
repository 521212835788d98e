"""XLSX and XLSM: openpyxl reads the cells; a scan of the XML finds what openpyxl does not say.

The scan finds the last cell that holds something, so that a million empty formatted rows are not
read one by one, the merged ranges, and formulas whose result is not stored.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.parsers import expat

from citysample.reference_frames.readers.cells import Cell, cut, make_cell

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

__all__ = ["OpenXmlBook", "open_openxml"]

PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# openpyxl gives its read-only cells and sheets no common type.
Untyped: TypeAlias = Any


@dataclass(slots=True)
class Scan:
    """What the XML of a sheet says of its cells; places are (row, column), counted from 0."""

    height: int = 0
    width: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unsaved: list[tuple[int, int]] = field(default_factory=list)
    _row: int = -1
    _column: int = -1
    _part: str = ""
    _formula: bool = False
    _value: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        tag = name[name.rfind(" ") + 1 :]
        if tag == "c":
            place = attributes.get("r")
            self._row, self._column = _place(place) if place else (self._row, self._column + 1)
            self._formula = False
            # A formula whose result is the empty text is stored as a text without a value.
            self._value = attributes.get("t") == "str"
        elif tag == "row":
            self._row = int(float(attributes["r"])) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif tag in ("v", "is", "f"):
            self._part = tag
            self._formula = self._formula or tag == "f"
        elif tag == "mergeCell":
            first, _, last = attributes["ref"].partition(":")
            self.merged.append((*_place(first), *_place(last or first)))

    def text(self, text: str) -> None:
        """Characters inside a tag."""
        if self._part and text:
            self._value = self._value or self._part != "f"
            self.height = max(self.height, self._row + 1)
            self.width = max(self.width, self._column + 1)

    def end(self, name: str) -> None:
        """A tag closes."""
        tag = name[name.rfind(" ") + 1 :]
        if tag in ("v", "is", "f"):
            self._part = ""
        elif tag == "c" and self._formula and not self._value:
            self.unsaved.append((self._row, self._column))


@dataclass(frozen=True, slots=True)
class OpenXmlBook:
    """An open workbook and the scans of its sheets, by name; ``hidden`` are names."""

    book: Workbook
    scans: dict[str, Scan]
    hidden: frozenset[str]

    def rows(self, name: str) -> tuple[tuple[Cell, ...], ...]:
        """The cells of a sheet; formulas have their stored results."""
        sheet: Untyped = self.book[name]
        # The size that a file states of itself is often wrong.
        sheet.reset_dimensions()
        scan = self.scans[name]
        found = sheet.iter_rows(max_row=scan.height, max_col=scan.width)
        return cut([[_cell(cell) for cell in row] for row in found])


def open_openxml(content: bytes) -> OpenXmlBook:
    """Open a workbook and scan its sheets. What a damaged file raises is for the caller to catch."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets: list[Untyped] = list(book.worksheets)
    scans = {sheet.title: _scan(sheet) for sheet in sheets}
    hidden = frozenset(sheet.title for sheet in sheets if sheet.sheet_state != "visible")
    return OpenXmlBook(book, scans, hidden)


def _scan(sheet: Untyped) -> Scan:
    scan = Scan()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text
    with sheet._get_source() as part:  # noqa: SLF001  openpyxl has no public way to the XML of a sheet
        parser.ParseFile(part)
    return scan


def _place(name: str) -> tuple[int, int]:
    """Row and column of a cell name such as C17, counted from 0."""
    found = PLACE.fullmatch(name)
    if found is None:
        raise ValueError(f"'{name}' is no cell")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _cell(cell: Untyped) -> Cell:
    value = cell.value
    if isinstance(value, str):
        # A line end of Windows is stored so, and openpyxl leaves it.
        return make_cell(value.replace("_x000D_\n", "\n"))
    is_number = isinstance(value, (int, float)) and cell.data_type == "n"
    return make_cell(value, cell.number_format if is_number else None)
