"""What a file really is, from its first bytes: names lie, and a .csv may be a workbook."""

from __future__ import annotations

import io
import zipfile

__all__ = [
    "FEATHER",
    "GEOPACKAGE",
    "PARQUET",
    "SHAPEFILE",
    "SPSS",
    "STATA",
    "WORKBOOKS",
    "ZIPPED_SHAPEFILE",
    "file_kind",
    "is_text",
]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XLSX = "an Excel workbook"
XLSB = "a binary Excel workbook"
XLS = "an old Excel workbook"
ODS = "an OpenDocument workbook"
WORKBOOKS = (XLSX, XLSB, XLS, ODS)
PARQUET = "a Parquet file"
FEATHER = "a Feather file"
STATA = "a Stata file"
SPSS = "an SPSS file"
GEOPACKAGE = "a GeoPackage or another SQLite database"
SHAPEFILE = "a shapefile"
ZIPPED_SHAPEFILE = "a ZIP archive with a shapefile"

STARTS = (
    (b"PAR1", PARQUET),
    (b"ARROW1", FEATHER),
    (b"FEA1", "a Feather file of the old kind"),
    (b"<stata_dta>", STATA),
    (b"$FL2", SPSS),
    (b"$FL3", SPSS),
    (b"SQLite format 3\x00", GEOPACKAGE),
    (b"\x00\x00\x27\x0a", SHAPEFILE),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"II*\x00", "a TIFF image or grid"),
    (b"MM\x00*", "a TIFF image or grid"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (7z)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"RDX", "an R data file"),
)
ARCHIVED = (
    ("xl/workbook.bin", XLSB),
    ("xl/", XLSX),
    ("word/", "a Word document"),
    ("ppt/", "a presentation"),
)
MARKUP = (
    ("<!doctype html", "a web page"),
    ("<html", "a web page"),
    ("<table", "a web page"),
    ("<?xml", "XML text"),
    ("<kml", "XML text"),
)


def file_kind(content: bytes) -> str | None:
    """What the content of a file is, in words; None for plain text and for what is not known.

    >>> file_kind(b"%PDF-1.7"), file_kind(b"<html><table>"), file_kind(b"id,people")
    ('a PDF document', 'a web page', None)
    """
    for start, kind in STARTS:
        if content.startswith(start):
            return kind
    if content.startswith(OLE):
        word = "WordDocument".encode("utf-16-le")
        return "an old Word document" if word in content else XLS
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    head = content[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower().decode("ascii", errors="replace")
    return next((kind for start, kind in MARKUP if head.startswith(start)), None)


def _archive(content: bytes) -> str:
    """The kind of a file that is a ZIP archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return "a damaged ZIP archive"
    for start, kind in ARCHIVED:
        if any(name.startswith(start) for name in names):
            return kind
    if "content.xml" in names:
        return ODS if b"opendocument.spreadsheet" in content[:200] else "an OpenDocument text"
    if any(name.lower().endswith(".shp") for name in names):
        return ZIPPED_SHAPEFILE
    return "a ZIP archive"


def is_text(content: bytes) -> bool:
    r"""True if the start of a file holds no sign that text does not hold.

    >>> is_text("id;größe".encode("cp1252")), is_text(b"\x00\x01")
    (True, False)
    """
    return not any(byte < 9 or 13 < byte < 27 for byte in content[:2000])
