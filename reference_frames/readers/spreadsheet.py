"""A sheet of a workbook becomes rows of cells; what is no workbook is refused by what it is."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Collection, Sequence
from typing import NoReturn, TypeVar

from citysample.errors import FileError, did_you_mean, quoted
from citysample.reference_frames.readers.cells import (
    Cell,
    Sheet,
    Value,
    cell_name,
    cut,
    make_cell,
    shown_zeros,
)
from citysample.reference_frames.readers.openxml import open_openxml

__all__ = ["PREPARED", "Cell", "Sheet", "Value", "cell_name", "read_sheet", "shown_zeros"]

T = TypeVar("T")

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
STRICT = b"purl.oclc.org"
MOST_CELLS = 20_000_000
PREPARED = ("cities", "findings", "about")
"""Sheets of a workbook that ``citysample frames prepare`` wrote; the first holds the frame."""


def read_sheet(content: bytes, where: str, sheet: str | None = None) -> Sheet:
    """Read one sheet of a workbook, with the zeros that its number formats show.

    Use it where the place and the format of a cell matter. The kind of workbook is found from the
    content. XLSX and XLSM are read with openpyxl. XLS, XLSB and ODS are read with calamine, which
    knows no number formats (``shown`` is None), leaves error cells and formulas without a stored
    result empty, and knows merged ranges of XLS only.

    Parameters
    ----------
    content : bytes
        The file.
    where : str
        Its path, for errors.
    sheet : str, optional
        Name of the sheet. Without it the only sheet that holds cells is taken, or ``cities`` of a
        workbook with the sheets ``cities``, ``findings`` and ``about``.

    Returns
    -------
    Sheet
        The cells.

    Raises
    ------
    FileError
        ``FILE-FORMAT`` or ``FILE-ENCRYPTED`` if it is no workbook that can be read,
        ``TABLE-EMPTY``, ``TABLE-SHEET-UNKNOWN``, ``TABLE-FORMULA`` or ``TABLE-TOO-LARGE``.

    Examples
    --------
    >>> import io, openpyxl
    >>> book, file = openpyxl.Workbook(), io.BytesIO()
    >>> book.active["A1"] = 7
    >>> book.active["A1"].number_format = "00000"
    >>> book.save(file)
    >>> read_sheet(file.getvalue(), "codes.xlsx").rows
    ((Cell(value=7, shown='00007'),),)
    """
    read = _read_openxml if _is_openxml(content, where) else _read_other
    with warnings.catch_warnings():
        # openpyxl warns of parts that are not cells: validations, drawings, print settings.
        warnings.simplefilter("ignore")
        return _guarded(lambda: read(content, where, sheet), where)


def _read_openxml(content: bytes, where: str, sheet: str | None) -> Sheet:
    book = open_openxml(content)
    names = [name for name, scan in book.scans.items() if scan.height]
    hidden = tuple(name for name in names if name in book.hidden)
    name = _choose(sheet, names, hidden, where)
    scan = book.scans[name]
    if scan.unsaved:
        raise FileError(
            "TABLE-FORMULA",
            f"{len(scan.unsaved)} formulas have no stored result.",
            where=f"{where}, sheet '{name}', cells {quoted(cell_name(*place) for place in scan.unsaved)}",
            expected="a workbook that was saved by a spreadsheet program, which stores the results",
            remedy="Open the file in Excel or LibreOffice, save it, and try again.",
        )
    if scan.height * scan.width > MOST_CELLS:
        raise FileError(
            "TABLE-TOO-LARGE",
            "The sheet is too large.",
            where=f"{where}, sheet '{name}'",
            got=f"{scan.height} rows and {scan.width} columns, to cell "
            f"{cell_name(scan.height - 1, scan.width - 1)}",
            expected=f"at most {MOST_CELLS} cells",
            remedy="Remove stray cells: press Ctrl+End in Excel to see the last one.",
        )
    return Sheet(name, tuple(names), book.rows(name), tuple(scan.merged), hidden)


def _read_other(content: bytes, where: str, sheet: str | None) -> Sheet:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = {each.name: each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet}
    names = [name for name in found if book.get_sheet_by_name(name).end is not None]
    hidden = tuple(name for name in names if found[name].visible != SheetVisibleEnum.Visible)
    name = _choose(sheet, names, hidden, where)
    source = book.get_sheet_by_name(name)
    rows = cut([[make_cell(value) for value in row] for row in source.to_python(skip_empty_area=False)])
    ranges = source.merged_cell_ranges or []
    merged = tuple((top, left, bottom, right) for (top, left), (bottom, right) in ranges)
    return Sheet(name, tuple(names), rows, merged, hidden)


def _choose(sheet: str | None, names: Sequence[str], hidden: Collection[str], where: str) -> str:
    """The sheet that was named, or the only one that holds cells."""
    if not names:
        raise FileError(
            "TABLE-EMPTY",
            "No cell of the workbook holds a value.",
            where=where,
            expected="a sheet with a table",
            remedy="Check the file.",
        )
    if sheet is not None and sheet in names:
        return sheet
    if sheet is None and (len(names) == 1 or tuple(names) == PREPARED):
        return names[0]
    listed = ", ".join(f"'{name}' (hidden)" if name in hidden else f"'{name}'" for name in names)
    raise FileError(
        "TABLE-SHEET-UNKNOWN",
        "Several sheets hold cells." if sheet is None else f"There is no sheet '{sheet}' that holds cells.",
        where=where,
        got=f"sheets with cells: {listed}",
        expected="the name of one of them",
        remedy="Name the sheet: --sheet NAME, or sheet = 'NAME'."
        if sheet is None
        else did_you_mean(sheet, names),
    )


def _is_openxml(content: bytes, where: str) -> bool:
    """True for XLSX and XLSM, False for another workbook; other files are refused by what they are."""
    if content.startswith(OLE):
        if ENCRYPTED in content:
            _refuse_encrypted(where)
        return False
    if content.startswith(b"PK"):
        return _guarded(lambda: _has_openxml(content, where), where)
    if not content:
        _refuse(where, "an empty file", "Copy or export the file again.")
    if content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        _refuse(where, "a web page or XML text", "Open it in Excel or LibreOffice and save it as .xlsx.")
    if b"\x00" not in content[:2000]:
        _refuse(where, "text", "If it is a table of text, give its name the ending .csv.")
    return False


def _has_openxml(content: bytes, where: str) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" in names and STRICT in archive.read("xl/workbook.xml"):
            _refuse(
                where,
                "a workbook of the kind 'Strict Open XML'",
                "Open it in Excel and save it as 'Excel Workbook (.xlsx)'.",
            )
    return any(name.startswith("xl/") and name.endswith("workbook.xml") for name in names)


def _guarded(read: Callable[[], T], where: str) -> T:
    """The result of a library; whatever it raises for a damaged file becomes one of our errors."""
    from python_calamine import PasswordError

    try:
        return read()
    except FileError:
        raise
    except PasswordError:
        _refuse_encrypted(where)
    except Exception as error:  # noqa: BLE001  a damaged workbook can raise anything
        _refuse(
            where,
            f"{type(error).__name__}: {str(error)[:120]}",
            "Open it in Excel or LibreOffice and save it again as .xlsx.",
        )


def _refuse(where: str, got: str, remedy: str) -> NoReturn:
    raise FileError(
        "FILE-FORMAT",
        "The file cannot be read as a spreadsheet.",
        where=where,
        got=got,
        expected="a workbook: .xlsx, .xlsm, .xls, .xlsb or .ods",
        remedy=remedy,
    )


def _refuse_encrypted(where: str) -> NoReturn:
    raise FileError(
        "FILE-ENCRYPTED",
        "The workbook is protected by a password.",
        where=where,
        expected="a workbook that opens without a password",
        remedy="Open it in Excel, remove the password (File, Info, Protect Workbook), and save it.",
    )
