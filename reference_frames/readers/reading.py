"""What a reader takes and gives: options, and a table with notes of what was detected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Options", "Reading"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is written. ``None`` leaves the choice to detection.

    Parameters
    ----------
    text : collection of str
        Columns that stay text whatever they hold, such as the city id.
    sheet : str or None
        Sheet of a workbook, or layer of a geographic file.
    delimiter, encoding, decimal, thousands : str or None
        How a text file is written.
    missing : collection of str
        Cell texts that mean "no value", besides the empty cell.
    """

    text: Collection[str] = ()
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing: Collection[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A table as it was read.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each data row of the file; ids and codes are text.
    notes : tuple of str
        Each thing that was detected or done by rule. Empty if nothing was left to detection.
    source : str
        Where the table comes from.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
    source: str
