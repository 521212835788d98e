"""Parquet and Feather files: types, categories and missing values are those of the file."""

from __future__ import annotations

import io

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
    pyarrow, parquet = require("pyarrow", "files"), require("pyarrow.parquet", "files")
    try:
        table = parquet.read_table(pyarrow.BufferReader(content))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise damaged(where, PARQUET, error) from None
    return _reading(table, where, options)


def read_feather(content: bytes, where: str, options: Options) -> Reading:
    """Read a Feather file; needs pyarrow (extra ``files``)."""
    pyarrow, feather = require("pyarrow", "files"), require("pyarrow.feather", "files")
    try:
        table = feather.read_table(io.BytesIO(content))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise damaged(where, FEATHER, error) from None
    return _reading(table, where, options)


def _reading(arrow: Untyped, where: str, options: Options) -> Reading:
    types = require("pyarrow.types", "files")
    odd = [
        field.name
        for field in arrow.schema
        if types.is_nested(field.type)
        or types.is_binary(field.type)
        or types.is_large_binary(field.type)
        or types.is_fixed_size_binary(field.type)
    ]
    table = pandas_table(arrow.drop_columns(odd)) if odd else pandas_table(arrow)
    table = without_missing(table, tuple(options.missing))
    kept = {name: text_column(table[name]) for name in options.text if name in table.columns}
    return Reading(table.assign(**kept), left_out(odd), where)
