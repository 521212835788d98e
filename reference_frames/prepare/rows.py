"""Rows: merged cells, labels for the rows below them, rows that are no cities, names that repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from citysample.reference_frames.checks.folding import fold, fold_name, is_total
from citysample.reference_frames.checks.hits import counted
from citysample.reference_frames.prepare.result import Roles
from citysample.reference_frames.prepare.subtotals import Line, Subtotal, find_subtotals
from citysample.reference_frames.prepare.table import Log, Table, cell_text, is_number, row_text
from citysample.reference_frames.readers.cells import Cell, cell_name

__all__ = ["drop_rows", "fill_merged", "log_labels", "log_names", "log_repeated", "log_sizes"]


def fill_merged(
    table: Table, merged: Sequence[tuple[int, int, int, int]], labels: Collection[str], log: Log
) -> Table:
    """Give each row the text of a merged cell that covers it; a number only in columns of labels."""
    position = {row: k for k, row in enumerate(table.rows)}
    for column, name in zip(table.columns, table.names, strict=True):
        ranges = [(top, bottom) for top, left, bottom, _ in merged if left == column and bottom > top]
        cells = table.column(name) if ranges else []
        for top, bottom in sorted(ranges):
            source = cells[position[top]] if top in position else Cell()
            covered = [row for row in range(top + 1, bottom + 1) if row in position]
            for row in covered if source.value is not None else []:
                if is_number(source) and name not in labels:
                    log.cell("MERGED-NUMBER", row, column, name, cell_text(source))
                else:
                    # A merged cell can hide other values; what people see is its first one.
                    log.cell(
                        "MERGED-FILLED", row, column, name, cell_text(cells[position[row]]), cell_text(source)
                    )
                    cells[position[row]] = source
        if ranges:
            table = table.with_column(name, cells)
    return table


def drop_rows(
    table: Table, roles: Roles, id_column: str | None, original: Sequence[Sequence[Cell]], log: Log
) -> Table:
    """Remove rows that sum up others, and headings; fill labels down where the user asks.

    Totals go first, so that no city gets 'Total North' as its region. Headings go last, so that
    their rows get their label. A row with an id stays, unless it is called a total. ``original``
    are the rows of the sheet, for the findings.
    """
    ids = _texts(table, id_column)
    found = [
        # Arithmetic alone takes no city away that has an id.
        each if each.by_name or ids[each.position] is None else replace(each, code="SUBTOTAL-DOUBT")
        for each in find_subtotals(_lines(table, roles.name, roles.region, roles.size))
    ]
    with_id = {row for row, id_ in zip(table.rows, ids, strict=True) if id_ is not None}
    for subtotal in found:
        row = table.rows[subtotal.position]
        log.row(subtotal.code, row, _described(row_text(original[row]), subtotal))
    removed = [each for each in found if each.code != "SUBTOTAL-DOUBT"]
    totals = {table.rows[each.position] for each in removed if each.by_name}
    sums = {table.rows[each.position] for each in removed if not each.by_name}
    single = _single(table, id_column)
    table = table.without(totals)
    headings = {
        row
        for row, column in single.items()
        if column in roles.fill_down and row not in with_id and _is_above(table, row, column)
    }
    for row in single.keys() - totals - sums:
        log.row("ROW-HEADING" if row in headings else "ROW-SINGLE", row, row_text(original[row]))
    for column in roles.fill_down:
        table = _filled_down(table, column, sums | headings, log)
    return table.without(sums | headings)


def log_labels(table: Table, region: str, variants: Sequence[tuple[int, str]], log: Log) -> None:
    """Log regions that are missing or written in two ways."""
    column = table.columns[table.names.index(region)]
    for row, cell in zip(table.rows, table.column(region), strict=True):
        if cell.value is None:
            log.cell("LABEL-BLANK", row, column, region, "")
    cells = table.column(region)
    for position, usual in variants:
        found = f"{cell_text(cells[position])} beside {usual}"
        log.cell("LABEL-VARIANT", table.rows[position], column, region, found)


def log_names(table: Table, name: str, region: str | None, id_column: str | None, log: Log) -> None:
    """Log cities without a name, and names that stand in an earlier row of the same region."""
    column = table.columns[table.names.index(name)]
    regions = table.column(region) if region else [Cell()] * len(table.rows)
    first: dict[tuple[str, str], int] = {}
    for row, cells, cell, label in zip(table.rows, table.cells, table.column(name), regions, strict=True):
        if cell.value is None:
            if len(_filled(table, cells, id_column)) > 1:
                log.cell("NAME-BLANK", row, column, name, row_text(cells))
            continue
        key = (fold_name(cell_text(cell)), fold(cell_text(label)))
        earlier = first.setdefault(key, row)
        if earlier != row:
            log.cell("NAME-REPEATED", row, column, name, f"{cell_text(cell)}; also in row {earlier + 1}")


def log_sizes(table: Table, size: str, original: Sequence[Sequence[Cell]], log: Log) -> None:
    """Log rows without a size, but for those that are to decide for another reason."""
    column = table.columns[table.names.index(size)]
    known = {(each.row, each.cell) for each in log.findings if each.done == "to decide"}
    for row, cell in zip(table.rows, table.column(size), strict=True):
        if cell.value is None and not known & {(row + 1, ""), (row + 1, cell_name(row, column))}:
            log.cell("SIZE-MISSING", row, column, size, cell_text(original[row][column]))


def log_repeated(table: Table, name: str, code: str, log: Log) -> None:
    """Log texts of a column that stand in an earlier row, too.

    Codes that mostly stand more than once are not of cities, but of regions.
    """
    column = table.columns[table.names.index(name)]
    texts = _texts(table, name)
    counts = Counter(text for text in texts if text is not None)
    if code == "CODE-REPEATED" and sum(count == 1 for count in counts.values()) * 2 <= len(counts):
        return
    first: dict[str, int] = {}
    for row, text in zip(table.rows, texts, strict=True):
        if text is not None and first.setdefault(text, row) != row:
            log.cell(code, row, column, name, f"{text}; also in row {first[text] + 1}")


def _lines(table: Table, name: str | None, region: str | None, size: str | None) -> list[Line]:
    labels = _labels(table)
    names = _texts(table, name)
    regions = _texts(table, region)
    sizes = table.column(size) if size else [Cell()] * len(table.rows)
    lines = []
    for k, cell in enumerate(sizes):
        # A city may lie in a region 'All': the label counts only where there is no name.
        texts = labels[k] if name is None else tuple(filter(None, [names[k] or regions[k]]))
        number = cell.value if isinstance(cell.value, (int, float)) and is_number(cell) else None
        lines.append(Line(texts, names[k], regions[k], number, name is not None and names[k] is None))
    return lines


def _texts(table: Table, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(table.rows)
    return [cell_text(cell) or None for cell in table.column(column)]


def _labels(table: Table) -> list[tuple[str, ...]]:
    """The texts of each row, without columns that are full of totals, such as 'sex: total'."""
    columns = []
    for name in table.names:
        texts = [cell.value if isinstance(cell.value, str) else "" for cell in table.column(name)]
        if sum(map(is_total, texts)) * 2 <= sum(map(bool, texts)):
            columns.append(texts)
    return [tuple(filter(None, texts)) for texts in zip(*columns, strict=True)] or [()] * len(table.rows)


def _described(text: str, subtotal: Subtotal) -> str:
    if subtotal.code == "SUBTOTAL-MISMATCH" and subtotal.total is not None:
        without = f"; {counted(subtotal.unsized, 'row')} without a size" if subtotal.unsized else ""
        return f"{text}; the rows sum to {subtotal.total:.15g}{without}"
    return text


def _single(table: Table, id_column: str | None) -> dict[int, str]:
    """Rows with one filled cell besides the id, and its column; in tables of three columns or more."""
    filled = {
        row: _filled(table, cells, id_column) for row, cells in zip(table.rows, table.cells, strict=True)
    }
    enough = len(table.names) - (id_column is not None) >= 3
    return {row: names[0] for row, names in filled.items() if len(names) == 1 and enough}


def _filled(table: Table, cells: Sequence[Cell], id_column: str | None) -> list[str]:
    return [
        name
        for name, cell in zip(table.names, cells, strict=True)
        if cell.value is not None and name != id_column
    ]


def _is_above(table: Table, row: int, column: str) -> bool:
    """True if the cell of the column in the next row is blank, so that a label holds for it."""
    below = [cell for each, cell in zip(table.rows, table.column(column), strict=True) if each > row]
    return bool(below) and below[0].value is None


def _filled_down(table: Table, name: str, leaving: Collection[int], log: Log) -> Table:
    """Blank cells of a column get the text above; rows that leave the table get no finding."""
    cells = table.column(name)
    column = table.columns[table.names.index(name)]
    last = Cell()
    for k, row in enumerate(table.rows):
        if cells[k].value is not None:
            last = cells[k]
        elif last.value is not None and row not in leaving:
            cells[k] = last
            log.cell("BLANK-FILLED", row, column, name, "", cell_text(last))
    return table.with_column(name, cells)
