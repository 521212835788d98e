"""A file of any kind becomes a table: the reader is chosen by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from citysample.errors import FileError
from citysample.reference_frames.files import read_bytes
from citysample.reference_frames.readers.columnar import read_feather, read_parquet
from citysample.reference_frames.readers.delimited import read_delimited, read_tabbed
from citysample.reference_frames.readers.file_kind import (
    FEATHER,
    GEOPACKAGE,
    PARQUET,
    SHAPEFILE,
    SPSS,
    STATA,
    WORKBOOKS,
    ZIPPED_SHAPEFILE,
    file_kind,
    is_text,
)
from citysample.reference_frames.readers.geographic import (
    read_bare_shapefile,
    read_geojson,
    read_geopackage,
    read_zipped_shapefile,
    zipped_shapefile,
)
from citysample.reference_frames.readers.reading import Options, Reading
from citysample.reference_frames.readers.sheet_table import read_workbook
from citysample.reference_frames.readers.statistical import read_spss, read_stata

__all__ = ["FORMATS", "Format", "parse_table", "read_table", "refuse_other_kind"]

Reader: TypeAlias = Callable[[bytes, str, Options], Reading]


@dataclass(frozen=True, slots=True)
class Format:
    """How files with one ending are read.

    Parameters
    ----------
    read : callable
        The reader: bytes, place and options give a :class:`Reading`.
    kinds : tuple of str or None
        What such a file may be, in the words of ``file_kind``; None is text, or not known.
    options : frozenset of str
        Options that say something about such a file, besides ``text`` and ``missing``.
    """

    read: Reader
    kinds: tuple[str | None, ...]
    options: frozenset[str] = frozenset()


SIGNS = frozenset({"decimal", "thousands"})
TEXT = SIGNS | {"delimiter", "encoding"}
SHEET = SIGNS | {"sheet"}
LAYER = frozenset({"sheet"})
ENCODED = frozenset({"encoding"})

FORMATS: dict[str, Format] = {
    ".csv": Format(read_delimited, (None,), TEXT),
    ".tsv": Format(read_tabbed, (None,), TEXT),
    ".txt": Format(read_delimited, (None,), TEXT),
    ".xlsx": Format(read_workbook, WORKBOOKS, SHEET),
    ".xlsm": Format(read_workbook, WORKBOOKS, SHEET),
    ".xls": Format(read_workbook, WORKBOOKS, SHEET),
    ".xlsb": Format(read_workbook, WORKBOOKS, SHEET),
    ".ods": Format(read_workbook, WORKBOOKS, SHEET),
    ".parquet": Format(read_parquet, (PARQUET,)),
    ".feather": Format(read_feather, (FEATHER,)),
    ".dta": Format(read_stata, (STATA, None), ENCODED),
    ".sav": Format(read_spss, (SPSS,), ENCODED),
    ".zsav": Format(read_spss, (SPSS,), ENCODED),
    ".gpkg": Format(read_geopackage, (GEOPACKAGE,), LAYER),
    ".geojson": Format(read_geojson, (None,)),
    ".json": Format(read_geojson, (None,)),
    ".shp": Format(read_bare_shapefile, (SHAPEFILE,)),
    ".zip": Format(read_zipped_shapefile, (ZIPPED_SHAPEFILE,), LAYER | ENCODED),
}
"""How a file is read, by the ending of its name."""


def read_table(
    path: str | Path,
    *,
    text: Collection[str] = (),
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
) -> Reading:
    r"""Read a table from a file of any kind that offices use.

    Ids and codes stay text: ``007`` stays ``007`` and ``NA`` is Namibia. What the file does not say
    and you do not give is detected, and stands in the notes of the reading.

    Parameters
    ----------
    path : str or Path
        The file. The ending of its name says its kind; the content must agree.
    text : collection of str
        Columns that stay text whatever they hold, such as the city id.
    sheet : str, optional
        Sheet of a workbook, or layer of a geographic file; needed if there are several.
    delimiter, encoding : str, optional
        How a text file is written; ``encoding`` also for Stata, SPSS and shapefiles that do not say.
    decimal, thousands : str, optional
        Signs in numbers that are texts, such as ``","`` and ``"."``.
    missing : collection of str
        Cell texts that mean "no value", besides the empty cell.

    Returns
    -------
    Reading
        The table, and notes of what was detected or done by rule.

    Raises
    ------
    FileError
        The file cannot be read, is of another kind than its name says, or holds no table.
    MissingExtraError
        A package must be installed for this kind of file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cities.csv"
    >>> _ = path.write_bytes("id;name;area\n007;Zürich;23,5\n".encode("cp1252"))
    >>> reading = read_table(path, text=["id"])
    >>> reading.table.to_dict("records")
    [{'id': '007', 'name': 'Zürich', 'area': 23.5}]
    >>> for note in reading.notes:
    ...     print(note)
    encoding cp1252 detected; are these cells right? 'Zürich'
    delimiter ';' detected
    decimal comma detected in columns 'area'
    """
    path = Path(path)
    options = Options(tuple(text), sheet, delimiter, encoding, decimal, thousands, tuple(missing))
    content = read_bytes(path)
    known = _format(path.name, str(path))
    if known.read is read_bare_shapefile:
        content = zipped_shapefile(path)
        known = FORMATS[".zip"]
    return _parse(content, known, path.name, str(path), options)


def parse_table(
    content: bytes,
    name: str,
    where: str,
    *,
    text: Collection[str] = (),
    sheet: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Collection[str] = (),
) -> Reading:
    """Parse the bytes of a file: the same bytes and options give the same table.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name; the ending says its kind.
    where : str
        Its path, for errors.
    text, sheet, delimiter, encoding, decimal, thousands, missing
        As in :func:`read_table`.
    """
    options = Options(tuple(text), sheet, delimiter, encoding, decimal, thousands, tuple(missing))
    return _parse(content, _format(name, where), name, where, options)


def _format(name: str, where: str) -> Format:
    """How a file of this name is read."""
    ending = Path(name).suffix.lower()
    if ending not in FORMATS:
        raise FileError(
            "FILE-FORMAT",
            "Files of this kind cannot be read.",
            where=where,
            got=f"the ending '{ending}'" if ending else "a name without an ending",
            expected=f"one of: {', '.join(FORMATS)}",
            remedy="Save the table as .xlsx or .csv. If it is one, correct its name.",
        )
    return FORMATS[ending]


def _parse(content: bytes, known: Format, name: str, where: str, options: Options) -> Reading:
    refuse_other_kind(content, known.kinds, name, where)
    given = {
        option: value
        for option in ("sheet", "delimiter", "encoding", "decimal", "thousands")
        if (value := getattr(options, option)) is not None and option not in known.options
    }
    if given:
        raise FileError(
            "FILE-OPTION",
            "An option does not fit this kind of file.",
            where=where,
            got=", ".join(f"{option} = {value!r}" for option, value in given.items()),
            expected=", ".join(sorted(known.options)) or "none of these options",
            remedy="Leave the option out.",
        )
    return known.read(content, where, options)


def refuse_other_kind(content: bytes, kinds: Sequence[str | None], name: str, where: str) -> None:
    """Refuse a file that is not what the ending of its name says.

    Parameters
    ----------
    content : bytes
        The file.
    kinds : sequence of str or None
        What it may be, in the words of ``file_kind``; None is text.
    name, where : str
        Its name, and its path for the error.

    Raises
    ------
    FileError
        ``FILE-FORMAT``
    """
    kind = file_kind(content)
    if kind in kinds:
        return
    remedy = "Open the file in the program that wrote it, and save the table as .xlsx or .csv."
    right = [ending for ending, other in FORMATS.items() if kind is not None and kind in other.kinds]
    if right:
        remedy = f"Give its name the ending {right[0]}."
    elif not content:
        kind = "an empty file"
    elif kind is None and is_text(content):
        kind, remedy = "text", "If it is a table of text, give its name the ending .csv."
    raise FileError(
        "FILE-FORMAT",
        "The file is not what its name says.",
        where=where,
        got=kind or "content of no known kind",
        expected=f"{kinds[0] or 'text'}, for a name that ends in {Path(name).suffix.lower()}",
        remedy=remedy,
    )
