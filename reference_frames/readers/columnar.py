"""Parquet and Feather files: types, categories and missing values are those of the file."""

from __future__ import annotations

import io
from collections.abc import Callable

from citysample.errors import CitySampleError
from citysample.reference_frames.extras import require
from citysample.reference_frames.readers.dataframes import (
    Untyped,
    damaged,
    left_out,
    pandas_table,
    text_column,
    without_missing,
)
from citysample.reference_frames.readers.file_kind import FEATHER, PARQUET
from citysample.reference_frames.readers.reading import Options, Reading

__all__ = ["read_feather", "read_parquet"]


def read_parquet(content: bytes, where: str, options: Options) -> Reading:
    """Read a Parquet file; needs pyarrow (extra ``files``)."""
    read = require("pyarrow.parquet", "files").read_table
    return _reading(lambda: read(io.BytesIO(content)), PARQUET, where, options)


def read_feather(content: bytes, where: str, options: Options) -> Reading:
    """Read a Feather file; needs pyarrow (extra ``files``)."""
    read = require("pyarrow.feather", "files").read_table
    return _reading(lambda: read(io.BytesIO(content)), FEATHER, where, options)


def _reading(read: Callable[[], Untyped], kind: str, where: str, options: Options) -> Reading:
    try:
        arrow = read()
        odd = [field.name for field in arrow.schema if _holds_no_plain_values(field.type)]
        table = pandas_table(arrow.drop_columns(odd))
    except CitySampleError as error:
        raise error.within(where) from None
    except Exception as error:  # noqa: BLE001  a damaged file can raise anything, and late
        raise damaged(where, kind, error) from None
    table = without_missing(table, tuple(options.missing))
    kept = {name: text_column(table[name]) for name in options.text if name in table.columns}
    return Reading(table.assign(**kept), left_out(odd), where)


def _holds_no_plain_values(kind: Untyped) -> bool:
    """True for lists, structures and bytes."""
    types = require("pyarrow.types", "files")
    tests = (types.is_nested, types.is_binary, types.is_large_binary, types.is_fixed_size_binary)
    return any(test(kind) for test in tests)
