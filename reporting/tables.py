"""Tables as text: CSV that reads back to the same numbers, and numbers for people."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

from citysample.estimators.functions.indicator import SHARE_UNIT

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_bytes", "decimals_for", "df_text", "number_text", "percent", "rounded"]


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table with its index as CSV; floats in the shortest text that reads back the same.

    The text is UTF-8 with a byte-order mark, by which Excel knows the encoding.
    """
    content = table.to_csv(lineterminator="\n")
    if "\r" in content:
        # A carriage return inside a text is not quoted otherwise, and would end the row.
        content = table.to_csv(lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return content.encode("utf-8-sig")


def decimals_for(se: float, value: float) -> int:
    """Decimals that show two significant digits of the standard error, or four of the value."""
    if se > 0.0 and math.isfinite(se):
        return min(max(0, 1 - math.floor(math.log10(se))), 8)
    if value and math.isfinite(value):
        return min(max(0, 3 - math.floor(math.log10(abs(value)))), 8)
    return 0


def number_text(value: float, decimals: int) -> str:
    r"""A number for people: thin spaces between thousands, an en dash where there is none.

    >>> number_text(136783.4, 0), number_text(float("nan"), 2)
    ('136\u202f783', '\u2013')
    """
    if math.isnan(value):
        return "\u2013"
    value = 0.0 if round(value, decimals) == 0.0 else value
    return f"{value:,.{decimals}f}".replace(",", "\u202f").replace("-", "\u2212")


def df_text(df: float) -> str:
    r"""Degrees of freedom for people: one decimal where they are no whole number.

    >>> df_text(12.0), df_text(9.37), df_text(math.inf)
    ('12', '9.4', '\u221e')
    """
    if math.isinf(df):
        return "\u221e"
    return number_text(df, 0 if math.isnan(df) or float(df).is_integer() else 1)


def percent(unit: str) -> tuple[float, str]:
    """Factor and unit for display: shares are shown in per cent.

    >>> percent("share"), percent("ha")
    ((100.0, '%'), (1.0, 'ha'))
    """
    return (100.0, "%") if unit == SHARE_UNIT else (1.0, unit)


def rounded(row: pd.Series, column: str, like: pd.Series | None = None) -> str:
    """A figure of a row of estimates, rounded for people.

    Parameters
    ----------
    row : pandas.Series
        A row of ``Estimates.to_frame()``.
    column : str
        The figure: ``estimate``, ``se``, ``lower`` or ``upper``.
    like : pandas.Series, optional
        Row whose standard error sets the decimals; the default is the row itself.
    """
    factor, _ = percent(str(row["unit"]))
    model = row if like is None else like
    decimals = decimals_for(float(model["se"]) * factor, float(model["estimate"]) * factor)
    return number_text(float(row[column]) * factor, decimals)
