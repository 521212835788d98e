"""A city list becomes a frame with permanent ids; each change is a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from citysample.errors import FileError, FrameError
from citysample.reference_frames.prepare.catalogue import CATALOGUE, Finding
from citysample.reference_frames.prepare.codes import clean_code_column, is_code_column
from citysample.reference_frames.prepare.find_table import find_table
from citysample.reference_frames.prepare.header import Header, find_header
from citysample.reference_frames.prepare.ids import Ids, assign_ids, check_prefix
from citysample.reference_frames.prepare.numbers import (
    are_numbers_as_text,
    clean_number_column,
    is_number_column,
)
from citysample.reference_frames.prepare.result import CITY_ID, NO_ROLES, Prepared, Roles
from citysample.reference_frames.prepare.rows import (
    drop_rows,
    fill_merged,
    log_labels,
    log_names,
    log_repeated,
    log_sizes,
)
from citysample.reference_frames.prepare.table import Log, Table, cell_text
from citysample.reference_frames.prepare.texts import clean_text_column, label_variants
from citysample.reference_frames.readers.cells import Cell, Sheet

__all__ = ["prepare_frame"]


def prepare_frame(
    sheet: Sheet,
    roles: Roles = NO_ROLES,
    *,
    prefix: str = "C",
    header: int | None = None,
    last_numbers: Mapping[str, int] = MappingProxyType({}),
    from_text: bool = False,
) -> Prepared:
    """Make a clean frame with permanent ids of a city list.

    Use it once for each list: from then on the id belongs to the city. Nothing is changed in
    silence; what cannot be known is left as it is, with a finding ``to decide``.

    Parameters
    ----------
    sheet : Sheet
        The cells, see ``read_sheet``.
    roles : Roles
        What the user says of the columns.
    prefix : str
        Prefix of new ids, such as KEN.
    header : int, optional
        Row of the header as in Excel, from 1; without it, it is found.
    last_numbers : mapping
        The last number that was ever used with each prefix.
    from_text : bool
        True if the cells come from a text file, in which a number is a text as well.

    Returns
    -------
    Prepared
        The clean table, the ids and the findings.

    Raises
    ------
    FileError
        ``TABLE-HEADER-INVALID`` or ``TABLE-EMPTY``.
    FrameError
        ``FRAME-COLUMN-UNKNOWN``, ``FRAME-COLUMN-RESERVED`` or ``FRAME-ID-INVALID``.

    Examples
    --------
    >>> rows = [["Ville", "Pop"], ["Kati", "66 895"], ["Total", 66895]]
    >>> cells = tuple(tuple(Cell(value) for value in row) for row in rows)
    >>> found = prepare_frame(Sheet("s", ("s",), cells), Roles(name="Ville", size="Pop"), prefix="ML")
    >>> found.ids, found.rows
    (('ML-0001',), (('Kati', 66895),))
    >>> [(finding.code, finding.cell or finding.row) for finding in found.findings]
    [('NUMBER-GROUPED', 'B2'), ('SUBTOTAL-ROW', 3)]
    """
    check_prefix(prefix)
    log = Log()
    if sheet.name in sheet.hidden:
        log.row("SHEET-HIDDEN", 0, sheet.name)
    rows, columns = find_header(sheet, header, roles.named())
    roles = roles.renamed(columns)
    table, dropped = _clean(sheet, rows, roles, from_text, sheet.rows, log)
    left = sheet
    while dropped:
        # Without a total, the rest of a column may be what it did not seem to be.
        left, again = replace(left, rows=table.as_rows(sheet.rows)), Log()
        table, dropped = _clean(left, rows, roles, from_text, sheet.rows, again)
        log.add(again)
    log.forget_cells(rows[1], table.rows)
    id_column = _id_column(table, roles)
    if roles.region:
        labels_found = [cell_text(cell) or None for cell in table.column(roles.region)]
        log_labels(table, roles.region, label_variants(labels_found), log)
    if roles.name:
        log_names(table, roles.name, roles.region, id_column, log)
    if roles.size:
        log_sizes(table, roles.size, sheet.rows, log)
    for column in roles.codes:
        log_repeated(table, column, "CODE-REPEATED", log)
    ids = _ids(table, id_column, prefix, last_numbers.get(prefix, 0), log)
    kept = [k for k, name in enumerate(table.names) if name != id_column]
    return Prepared(
        ids.ids,
        tuple(table.names[k] for k in kept),
        tuple(tuple(row[k].value for k in kept) for row in table.cells),
        _in_order(log, _cities(table, roles.name)),
        len(ids.new),
        prefix,
        {**last_numbers, prefix: ids.last_number},
        roles,
        rows[0] + 1,
        len(sheet.rows) - rows[1] - 1,
    )


def _clean(
    sheet: Sheet,
    header: Header,
    roles: Roles,
    from_text: bool,
    original: tuple[tuple[Cell, ...], ...],
    log: Log,
) -> tuple[Table, bool]:
    """The clean table of a sheet, and whether rows that are no cities were dropped."""
    found = find_table(sheet, header, log)
    id_column = _id_column(found, roles)
    table = _clean_columns(found, roles, id_column, from_text, log)
    labels = {*roles.codes, *roles.fill_down, *([roles.region] if roles.region else [])}
    table = fill_merged(table, sheet.merged, labels, log)
    table = drop_rows(table, roles, id_column, original, log)
    _check_rows(table, sheet)
    return table, len(table.rows) < len(found.rows)


def _id_column(table: Table, roles: Roles) -> str | None:
    """The column with the ids that are there already."""
    column = roles.id or (CITY_ID if CITY_ID in table.names else None)
    if column is not None and column in (roles.name, roles.region, roles.size):
        raise FrameError(
            "FRAME-ID-INVALID",
            f"Column '{column}' cannot be the city id and the name, region or size.",
            expected="different columns",
            remedy="Leave out --id if the list has no permanent ids.",
        )
    if CITY_ID in table.names and column != CITY_ID:
        raise FrameError(
            "FRAME-COLUMN-RESERVED",
            f"The list has a column '{CITY_ID}', and ids in column '{column}'.",
            expected=f"one column with ids; it will be called '{CITY_ID}'",
            remedy=f"Rename the column '{CITY_ID}' in the list.",
        )
    return column


def _clean_columns(table: Table, roles: Roles, id_column: str | None, from_text: bool, log: Log) -> Table:
    for name, column in zip(table.names, table.columns, strict=True):
        cells = table.column(name)
        kind = _kind(name, cells, roles, id_column, from_text)
        if kind == "number":
            cleaned, hits = clean_number_column(cells, roles.decimal, from_text=from_text)
        elif kind == "code":
            cleaned, hits = clean_code_column(cells)
        else:
            cleaned, hits = clean_text_column(cells)
        log.hits(table, name, hits)
        if kind == "text" and are_numbers_as_text(cleaned):
            example = next(cell_text(cell) for cell in cleaned if cell.value is not None)
            log.cell("TEXT-DIGITS", table.header[1], column, name, f"such as {example}")
        table = table.with_column(name, cleaned)
    return table


def _kind(name: str, cells: list[Cell], roles: Roles, id_column: str | None, from_text: bool) -> str:
    """How a column is cleaned: what the user says, else what its cells are."""
    if name == id_column or name in roles.codes:
        return "code"
    if name == roles.size or name in roles.numbers:
        return "number"
    if name == roles.name:
        return "name"
    if name != roles.region and is_number_column(cells, from_text=from_text):
        return "number"
    if is_code_column(cells):
        return "code"
    return "name" if name == roles.region else "text"


def _check_rows(table: Table, sheet: Sheet) -> None:
    if not table.rows:
        raise FileError(
            "TABLE-EMPTY",
            "No row of the table is a city.",
            where=f"sheet '{sheet.name}'",
            got="totals and headings only",
            expected="one row for each city",
            remedy="Check --name, --region and --header.",
        )


def _ids(table: Table, id_column: str | None, prefix: str, last_number: int, log: Log) -> Ids:
    """Assign the ids; log those that stand twice."""
    if id_column is None:
        return assign_ids([None] * len(table.rows), prefix, last_number)
    known = [cell_text(cell) or None for cell in table.column(id_column)]
    log_repeated(table, id_column, "ID-REPEATED", log)
    return assign_ids(known, prefix, last_number)


def _cities(table: Table, name: str | None) -> dict[int, str]:
    """The name of the city in each row that is left, as in Excel from 1."""
    cells = table.column(name) if name else []
    return {row + 1: cell_text(cell) for row, cell in zip(table.rows, cells, strict=False)}


def _in_order(log: Log, cities: Mapping[int, str]) -> tuple[Finding, ...]:
    """The findings in the order of the sheet, with the names of the cities."""
    place = list(CATALOGUE).index
    found = [replace(each, city=cities.get(each.row, "")) for each in log.findings]
    return tuple(sorted(found, key=lambda each: (each.row, len(each.cell), each.cell, place(each.code))))
