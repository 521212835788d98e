"""Rows: merged cells, labels for the rows below them, rows that are no cities, names that repeat."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from citysample.reference_frames.checks.folding import fold, fold_name, is_total
from citysample.reference_frames.prepare.subtotals import Line, Subtotal, find_subtotals
from citysample.reference_frames.prepare.table import Log, Table, cell_text, is_number, row_text
from citysample.reference_frames.readers.cells import Cell

__all__ = ["drop_rows", "fill_merged", "log_labels", "log_names"]


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
                    cells[position[row]] = source
                    log.cell("MERGED-FILLED", row, column, name, "", cell_text(source))
        if ranges:
            table = table.with_column(name, cells)
    return table


def drop_rows(
    table: Table,
    *,
    name: str | None,
    region: str | None,
    size: str | None,
    fill_down: Collection[str],
    log: Log,
) -> Table:
    """Remove rows that sum up others, and headings; fill labels down where the user asks.

    Totals go first, so that no city gets 'Total North' as its region. Headings go last, so that
    their rows get their label.
    """
    found = find_subtotals(_lines(table, name, region, size))
    for subtotal in found:
        row = table.rows[subtotal.position]
        log.row(subtotal.code, row, _described(table, subtotal))
    removed = [each for each in found if each.code != "SUBTOTAL-DOUBT"]
    totals = {table.rows[each.position] for each in removed if each.by_name}
    sums = {table.rows[each.position] for each in removed if not each.by_name}
    single = _single(table)
    table = table.without(totals)
    headings = set()
    for row, (column, text) in single.items():
        if row in totals | sums:
            continue
        if column in fill_down:
            headings.add(row)
        log.row("ROW-HEADING" if column in fill_down else "ROW-SINGLE", row, text)
    for column in fill_down:
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


def log_names(table: Table, name: str, region: str | None, log: Log) -> None:
    """Log cities without a name, and names that stand in an earlier row of the same region."""
    column = table.columns[table.names.index(name)]
    regions = table.column(region) if region else [Cell()] * len(table.rows)
    first: dict[tuple[str, str], int] = {}
    for row, cells, cell, label in zip(table.rows, table.cells, table.column(name), regions, strict=True):
        if cell.value is None:
            if sum(each.value is not None for each in cells) > 1:
                log.cell("NAME-BLANK", row, column, name, row_text(cells))
            continue
        key = (fold_name(cell_text(cell)), fold(cell_text(label)))
        earlier = first.setdefault(key, row)
        if earlier != row:
            log.cell("NAME-REPEATED", row, column, name, f"{cell_text(cell)}; also in row {earlier + 1}")


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


def _described(table: Table, subtotal: Subtotal) -> str:
    text = row_text(table.cells[subtotal.position])
    if subtotal.code == "SUBTOTAL-MISMATCH" and subtotal.total is not None:
        return f"{text}; the rows sum to {subtotal.total:.15g}"
    return text


def _single(table: Table) -> dict[int, tuple[str, str]]:
    """Rows with one filled cell: its column and text; in tables of three columns or more."""
    found = {}
    for row, cells in zip(table.rows, table.cells, strict=True):
        filled = [
            (name, cell_text(cell))
            for name, cell in zip(table.names, cells, strict=True)
            if cell.value is not None
        ]
        if len(filled) == 1 and len(table.names) >= 3:
            found[row] = filled[0]
    return found


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
