"""A table of cities is written to a file from which ids, accents and missing values come back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from citysample.errors import DataError, FileError, quoted
from citysample.reference_frames.columns import plain_text
from citysample.reference_frames.extras import require
from citysample.reference_frames.files import write_file
from citysample.reference_frames.workbook import workbook_bytes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS", "write_table", "writer_of"]

SHEET = "cities"


def write_table(table: pd.DataFrame, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a table with its index; the ending of the name says how.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each city, indexed by ``city_id``.
    path : str or Path
        A name that ends in ``.csv``, ``.xlsx`` or ``.parquet``.
    overwrite : bool
        True replaces a file that is there.

    Raises
    ------
    FileError
        ``FILE-FORMAT`` for another ending, or ``FILE-...`` if the file cannot be written.
    """
    path = Path(path)
    return write_file(path, writer_of(path)(table), overwrite=overwrite)


def writer_of(path: Path) -> Callable[[pd.DataFrame], bytes]:
    """How a table is written to a file of this name.

    Raises
    ------
    FileError
        ``FILE-FORMAT``: the ending is another one.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise FileError(
            "FILE-FORMAT",
            "Frames are not written to files of this kind.",
            where=str(path),
            got=f"the ending '{path.suffix}'" if path.suffix else "a name without an ending",
            expected=f"one of: {', '.join(WRITERS)}",
            remedy="Choose a name with one of these endings.",
        )
    return writer


def csv_table(table: pd.DataFrame) -> bytes:
    """CSV in UTF-8 with a byte-order mark, by which Excel knows the encoding."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([table.index.name, *table.columns])
    columns = [table.index.tolist(), *(table[column].tolist() for column in table.columns)]
    writer.writerows([plain_text(value) or "" for value in row] for row in zip(*columns, strict=True))
    return buffer.getvalue().encode("utf-8-sig")


def xlsx_table(table: pd.DataFrame) -> bytes:
    """An Excel workbook with one sheet; ids and other texts are text cells."""
    return workbook_bytes({SHEET: table}, title="City frame")


def parquet_table(table: pd.DataFrame) -> bytes:
    """Parquet; needs pyarrow (extra ``files``). Categories keep their order."""
    pyarrow, parquet = require("pyarrow", "files"), require("pyarrow.parquet", "files")
    buffer = io.BytesIO()
    mixed = [str(column) for column in table.columns if _is_mixed(table[column])]
    if mixed:
        raise DataError(
            "DATA-VALUE-INVALID",
            "Columns hold numbers and texts together, which Parquet cannot hold.",
            where=f"columns {quoted(mixed)}",
            expected="one kind of value in each column",
            remedy="Write .csv or .xlsx, or make texts of the columns first.",
        )
    parquet.write_table(pyarrow.Table.from_pandas(table.reset_index(), preserve_index=False), buffer)
    return buffer.getvalue()


def _is_mixed(values: pd.Series) -> bool:
    kinds = {isinstance(value, str) for value in values.tolist() if plain_text(value) is not None}
    return values.dtype == object and len(kinds) > 1


WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    ".csv": csv_table,
    ".xlsx": xlsx_table,
    ".parquet": parquet_table,
}
"""How a table is written, by the ending of the name."""
