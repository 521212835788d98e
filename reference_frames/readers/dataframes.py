"""Any data frame (pandas, polars, Arrow and others that narwhals knows) becomes a pandas table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from citysample.errors import FileError, FrameError, quoted
from citysample.reference_frames.columns import plain_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AnyDataFrame", "Untyped", "damaged", "left_out", "pandas_table", "text_column", "without_missing"]

# What narwhals and the compiled readers give has no type of ours.
Untyped: TypeAlias = Any
AnyDataFrame: TypeAlias = Any
"""A data frame of any library that narwhals knows."""

WHOLE = re.compile(r"-?\d+", re.ASCII)
EXACT = 2**53
"""Above this a float does not hold each whole number."""


def pandas_table(table: AnyDataFrame) -> pd.DataFrame:
    """A pandas table from any data frame; categories, their order, and missing values stay.

    Parameters
    ----------
    table : data frame
        A pandas, polars or pyarrow data frame, or another one that narwhals knows. Pandas data frames
        come back as they are.

    Raises
    ------
    FrameError
        ``FRAME-TABLE-INVALID`` if it is no data frame, or one that is not computed yet.
    FileError
        ``TABLE-HEADER-INVALID`` if a column name stands twice.

    Examples
    --------
    >>> import polars as pl
    >>> pandas_table(pl.DataFrame({"code": ["007", None], "people": [5, 6]})).to_dict("list")
    {'code': ['007', None], 'people': [5, 6]}
    """
    import pandas as pd

    return table if isinstance(table, pd.DataFrame) else _through_narwhals(table)


def _through_narwhals(table: AnyDataFrame) -> pd.DataFrame:
    import narwhals.stable.v2 as nw
    import pandas as pd
    from narwhals.exceptions import DuplicateError

    try:
        if isinstance(nw.from_native(table), nw.LazyFrame):
            raise _no_table("a lazy data frame, not computed yet", "Compute it: table.collect()")
        frame = nw.from_native(table, eager_only=True)
        names = frame.columns
    except DuplicateError as error:
        raise FileError(
            "TABLE-HEADER-INVALID",
            "Column names stand more than once in the table.",
            got=str(error).replace("\n", " "),
            expected="a different name for each column",
            remedy="Rename or remove the repeated columns.",
        ) from None
    except TypeError:
        raise _no_table(type(table).__name__, "Make a data frame of it, such as pandas.DataFrame.") from None
    return pd.DataFrame({name: _column(frame[name]) for name in names})


def _no_table(got: str, remedy: str) -> FrameError:
    return FrameError(
        "FRAME-TABLE-INVALID",
        "The cities must come in a data frame.",
        got=got,
        expected="a data frame of pandas, polars or pyarrow",
        remedy=remedy,
    )


def _column(series: Untyped) -> pd.Series:
    """A pandas column from a narwhals one."""
    import narwhals.stable.v2 as nw
    import pandas as pd

    values = series.to_list()
    if isinstance(series.dtype, (nw.Categorical, nw.Enum)):
        levels = series.cat.get_categories().to_list()
        ordered = isinstance(series.dtype, nw.Enum) or bool(
            getattr(series.to_native().type, "ordered", False)
        )
        return pd.Series(pd.Categorical(values, categories=levels, ordered=ordered))
    if series.dtype == nw.Boolean and None not in values:
        return pd.Series(values, dtype=bool)
    if series.dtype.is_integer():
        return _whole_numbers(values)
    if series.dtype.is_numeric():
        return pd.Series([np.nan if value is None else float(value) for value in values], dtype="float64")
    return pd.Series(values, dtype=object)


def _whole_numbers(values: list[int | None]) -> pd.Series:
    """Whole numbers as int64; with missing values as float64, or as they are where a float is not exact."""
    import pandas as pd

    largest = max((abs(value) for value in values if value is not None), default=0)
    if None not in values:
        return pd.Series(values, dtype="int64" if largest < 2**63 else object)
    if largest >= EXACT:
        return pd.Series(values, dtype=object)
    return pd.Series([np.nan if value is None else float(value) for value in values], dtype="float64")


def text_column(values: pd.Series, shown: Callable[[int], str] = str) -> pd.Series:
    """A column of ids or names as texts: whole numbers become their digits, other values stay.

    Parameters
    ----------
    values : pandas.Series
        The column.
    shown : callable
        The text of a whole number, such as one with leading zeros.
    """
    import pandas as pd

    def text(value: object) -> object:
        found = plain_text(value)
        if found is None or isinstance(value, (str, bool)):
            return None if found is None else value
        return shown(int(found)) if WHOLE.fullmatch(found) else value

    return pd.Series([text(value) for value in values.tolist()], index=values.index, dtype=object)


def without_missing(table: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    """The table without the cells whose text means "no value"."""
    if not codes:
        return table
    columns = {
        name: table[name].mask(np.array([plain_text(value) in codes for value in table[name].tolist()]))
        for name in table.columns
    }
    return table.assign(**columns)


def damaged(where: str, kind: str, error: Exception, folder: str = "") -> FileError:
    """The error for a file that its library cannot read; the text does not name the ``folder``."""
    text = str(error).replace(folder, "") if folder else str(error)
    return FileError(
        "FILE-FORMAT",
        "The file cannot be read. It may be damaged.",
        where=where,
        got=f"{type(error).__name__}: {text[:120]}",
        expected=kind,
        remedy="Copy or export the file again, or save the table as .xlsx or .csv.",
    )


def left_out(names: list[str]) -> tuple[str, ...]:
    """A note on columns that no table can hold."""
    return (f"columns {quoted(names)} hold no plain values and were left out",) if names else ()
