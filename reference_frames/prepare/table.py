"""The table while it is being cleaned: cells with their places in the sheet, and the list of findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from citysample.reference_frames.prepare.catalogue import Finding
from citysample.reference_frames.readers.cells import Cell, cell_name

__all__ = ["ERRORS", "Hit", "Log", "Table", "cell_text", "is_number", "row_text"]


ERRORS = frozenset(
    ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
"""What a formula gives that fails, in a workbook in English."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding in a list of cells: position, code, and what stands there now."""

    position: int
    code: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below the header.

    Parameters
    ----------
    header : tuple of int
        First and last row of the header in the sheet, counted from 0.
    names : tuple of str
        Column names, all different.
    columns, rows : tuple of int
        Columns and rows of the sheet, counted from 0.
    cells : tuple of tuple of Cell
        One tuple for each row.
    """

    header: tuple[int, int]
    names: tuple[str, ...]
    columns: tuple[int, ...]
    rows: tuple[int, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> list[Cell]:
        """The cells of a column."""
        position = self.names.index(name)
        return [row[position] for row in self.cells]

    def as_rows(self, sheet_rows: Sequence[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
        """The header and the rows of the table, at their places in an else empty sheet."""
        width = len(sheet_rows[0])
        at = dict(zip(self.rows, self.cells, strict=True))
        rows = []
        for row, original in enumerate(sheet_rows):
            if self.header[0] <= row <= self.header[1]:
                rows.append(tuple(original))
            else:
                placed = dict(zip(self.columns, at.get(row, ()), strict=False))
                rows.append(tuple(placed.get(column, Cell()) for column in range(width)))
        return tuple(rows)

    def with_column(self, name: str, cells: Sequence[Cell]) -> Table:
        """The table with other cells in a column."""
        position = self.names.index(name)
        changed = [
            (*row[:position], cell, *row[position + 1 :]) for row, cell in zip(self.cells, cells, strict=True)
        ]
        return replace(self, cells=tuple(changed))

    def without(self, rows: Collection[int]) -> Table:
        """The table without some rows of the sheet."""
        kept = [(row, cells) for row, cells in zip(self.rows, self.cells, strict=True) if row not in rows]
        return replace(self, rows=tuple(row for row, _ in kept), cells=tuple(cells for _, cells in kept))


@dataclass(slots=True)
class Log:
    """The findings, as they are made."""

    findings: list[Finding] = field(default_factory=list)

    def cell(self, code: str, row: int, column: int, name: str, found: str, now: str = "") -> None:
        """A finding in a cell; row and column are counted from 0."""
        self.findings.append(Finding(code, row + 1, cell_name(row, column), name, found, now))

    def row(self, code: str, row: int, found: str, now: str = "") -> None:
        """A finding about a whole row."""
        self.findings.append(Finding(code, row + 1, "", "", found, now))

    def add(self, other: Log) -> None:
        """Findings of another pass over the rows that are left, without those that are here."""
        known = {(finding.code, finding.row, finding.cell) for finding in self.findings}
        self.findings += [
            finding
            for finding in other.findings
            if finding.code != "ROW-EMPTY" and (finding.code, finding.row, finding.cell) not in known
        ]

    def forget_cells(self, header: int, rows: Collection[int]) -> None:
        """Leave out findings in cells of rows that were removed: the whole row is one finding."""
        left = {row + 1 for row in rows}
        self.findings = [
            each for each in self.findings if not each.cell or each.row <= header + 1 or each.row in left
        ]

    def hits(self, table: Table, name: str, hits: Iterable[Hit]) -> None:
        """Findings in a column of a table."""
        cells = table.column(name)
        column = table.columns[table.names.index(name)]
        for hit in hits:
            cell = cells[hit.position]
            found = cell_text(cell) if cell.shown is None else f"{cell.value} shown as {cell.shown}"
            self.cell(hit.code, table.rows[hit.position], column, name, found, hit.now)


def cell_text(cell: Cell) -> str:
    """The text of a cell, for people.

    >>> cell_text(Cell(7, "007")), cell_text(Cell(True)), cell_text(Cell())
    ('007', 'TRUE', '')
    """
    value = cell.value
    if cell.shown is not None:
        return cell.shown
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (date, datetime)):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def row_text(row: Iterable[Cell]) -> str:
    """The filled cells of a row in one line.

    >>> row_text([Cell("Total"), Cell(), Cell(12)])
    'Total | 12'
    """
    return " | ".join(cell_text(cell) for cell in row if cell.value is not None)


def is_number(cell: Cell) -> bool:
    """True for a stored number; a truth value is none."""
    return isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
