"""The columns of a raw table as arrays. Nothing is refused here: what is odd becomes a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.errors import FrameError, did_you_mean, quoted
from citysample.reference_frames.checks.folding import fold, is_total
from citysample.reference_frames.checks.geometry import Box
from citysample.reference_frames.checks.sizes import group_numbers
from citysample.reference_frames.checks.sums import subtotal_sums
from citysample.reference_frames.checks.usual_columns import DEFAULTS, fitting_columns
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    are_grouped,
    is_missing,
    is_plain_number,
    plain_text,
    require_columns,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Inputs",
    "NumberCells",
    "Texts",
    "inputs_of_table",
    "number_cells",
    "text_columns",
    "texts",
]

Texts: TypeAlias = "tuple[str | None, ...]"

COUNTRY_CODE = re.compile("[A-Z]{2,3}")
YEAR = re.compile("[12][0-9]{3}")


@dataclass(frozen=True, slots=True)
class NumberCells:
    """A column of numbers.

    Parameters
    ----------
    column : str
        Name of the column.
    values : array (N,)
        The numbers; NaN where there is none.
    invalid : array (N,)
        True where the cell holds text or an infinite value. A text that is a plain number has a value, too.
    shown : tuple of str
        The invalid cells, as they are.
    """

    column: str
    values: FloatArray
    invalid: BoolArray
    shown: tuple[str, ...]

    @property
    def missing(self) -> BoolArray:
        """True where the cell is empty."""
        return np.isnan(self.values) & ~self.invalid


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the checks look at; ``None`` for what is not there.

    Parameters
    ----------
    labels : tuple of str (N,)
        The name of each row in a finding: the city id, or "row 7".
    columns : mapping
        The column of each role.
    doubtful : mapping
        Columns of which several fit a role that the caller did not name, so that none was taken.
    id_cells, ids : tuple (N,)
        The cells of the id column as they are, and as text without blanks around it.
    name, region, country : tuple (N,)
        Texts as they are; None for empty cells.
    size, lon, lat, area : NumberCells
        Columns of numbers.
    strata : mapping
        Texts of each stratum column.
    country_code : str
        ISO code of the one country of all rows, if a country was given instead of a column.
    box : tuple
        Range of the country, if it was given.
    urban_population : float
        The national urban population.
    vintage : array (N,)
        Year of each row; NaN where unknown.
    period : int
        Year of the study.
    named_total, sum_of_region, sum_of_rows : array (N,)
        True for rows that are subtotals by their name, or else whose size is the sum of the other rows of
        their region, or of rows above or below.
    """

    labels: tuple[str, ...]
    columns: Mapping[str, str]
    doubtful: Mapping[str, list[str]]
    id_cells: tuple[object, ...] | None
    ids: Texts | None
    name: Texts | None
    region: Texts | None
    country: Texts | None
    size: NumberCells | None
    lon: NumberCells | None
    lat: NumberCells | None
    area: NumberCells | None
    strata: Mapping[str, Texts]
    country_code: str | None
    box: Box | None
    urban_population: float | None
    vintage: FloatArray | None
    period: int | None
    named_total: BoolArray
    sum_of_region: BoolArray
    sum_of_rows: BoolArray

    @property
    def N(self) -> int:
        """Number of rows."""
        return len(self.labels)

    @property
    def summed(self) -> BoolArray:
        """True for rows that are subtotals by their size, shape (N,)."""
        return self.sum_of_region | self.sum_of_rows

    @property
    def city_sizes(self) -> FloatArray:
        """Positive sizes of rows that are cities, not subtotals; NaN elsewhere, shape (N,)."""
        assert self.size is not None
        usable = (self.size.values > 0) & ~self.named_total & ~self.summed
        return np.where(usable, self.size.values, np.nan)


def inputs_of_table(
    table: pd.DataFrame,
    roles: Mapping[str, str | None],
    *,
    strata: Sequence[str] = (),
    urban_population: float | None = None,
    vintage: str | int | None = None,
    period: int | None = None,
    box: Box | None = None,
) -> Inputs:
    """Unpack a table: roles that the caller does not name take the default columns."""
    strata = [strata] if isinstance(strata, str) else list(strata)
    named = [column for role, column in roles.items() if column and role != "country"]
    require_columns(table, [*named, *strata], "FRAME", "columns to check")
    _check_options(urban_population, vintage, period, box)
    country_code = _one_country(table, roles.get("country"), box)
    fitting = {role: _fitting(table, role, roles) for role in DEFAULTS}
    columns = {role: found[0] for role, found in fitting.items() if len(found) == 1}

    def numbers_of(role: str) -> NumberCells | None:
        return number_cells(table, columns[role]) if role in columns else None

    def texts_of(role: str) -> Texts | None:
        return texts(table[columns[role]].tolist()) if role in columns else None

    id_cells = tuple(table[columns["id"]].tolist()) if "id" in columns else None
    ids = None if id_cells is None else tuple(None if t is None else t.strip() for t in texts(id_cells))
    rows = [f"row {row + 1}" for row in range(len(table))]
    name, region, size = texts_of("name"), texts_of("region"), numbers_of("size")
    named_total = np.array([bool(text) and is_total(text or "") for text in name or rows], dtype=np.bool_)
    sum_of_region, sum_of_rows = _sums(size, region, named_total)
    return Inputs(
        labels=tuple(one or row for one, row in zip(ids or rows, rows, strict=True)),
        columns=columns,
        doubtful={role: found for role, found in fitting.items() if len(found) > 1},
        id_cells=id_cells,
        ids=ids,
        name=name,
        region=region,
        country=texts_of("country"),
        size=size,
        lon=numbers_of("lon"),
        lat=numbers_of("lat"),
        area=numbers_of("area"),
        strata={column: texts(table[column].tolist()) for column in strata},
        country_code=country_code,
        box=box,
        urban_population=urban_population,
        vintage=_years(table, vintage),
        period=period,
        named_total=named_total,
        sum_of_region=sum_of_region,
        sum_of_rows=sum_of_rows,
    )


def text_columns(named: Iterable[str | None]) -> list[str]:
    """Columns that stay text when a file is read for a check: the named ones and the usual ones."""
    usual = (column for role in ("id", "name", "region", "country") for column in DEFAULTS[role])
    return [column for column in dict.fromkeys([*named, *usual]) if column]


def texts(cells: Sequence[object]) -> Texts:
    """Cells as text, None for empty cells and blanks. The text keeps its blanks around it."""
    found = [plain_text(cell) for cell in cells]
    return tuple(text if text is not None and text.strip() else None for text in found)


def number_cells(table: pd.DataFrame, column: str) -> NumberCells:
    """A column of numbers; text and infinite values are marked, not refused.

    Where a column holds texts, those that are plain numbers are read, and the others are marked. If all
    are plain numbers, all texts are marked, since the frame needs numbers.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(table[column].dtype):
        values = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.isinf(values)
        shown = tuple(str(value) for value in values[infinite])
        return NumberCells(column, np.where(infinite, np.nan, values), infinite, shown)
    cells = table[column].tolist()
    written = {row: cell.strip() for row, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}
    grouped = are_grouped(list(written.values()))
    odd = {row for row, text in written.items() if not is_plain_number(text) or (grouped and "." in text)}
    values = np.array([_number(cell, row in odd) for row, cell in enumerate(cells)], dtype=np.float64)
    # One footnote mark makes texts of all cells of a file: only the odd cells are then to be mended.
    invalid = np.isinf(values)
    invalid[[*(odd or written)]] = True
    values[np.isinf(values)] = np.nan
    return NumberCells(column, values, invalid, tuple(str(cells[row]) for row in np.flatnonzero(invalid)))


def _number(cell: object, odd: bool) -> float:
    """The number in a cell, NaN for none, infinity for what is no finite number."""
    if odd or is_missing(cell) or (isinstance(cell, str) and not cell.strip()):
        return float("nan")
    if isinstance(cell, (str, bool, int, float, np.number, np.bool_)):
        try:
            return float(cell)
        except (OverflowError, ValueError):
            return float("inf")
    return float("inf")


def _fitting(table: pd.DataFrame, role: str, roles: Mapping[str, str | None]) -> list[str]:
    """The named column, or else those that fit. A country that was named may be no column."""
    named = roles.get(role)
    if named is not None and named in table.columns:
        return [named]
    return fitting_columns(table, role, roles.values())


def _one_country(table: pd.DataFrame, named: str | None, box: Box | None) -> str | None:
    """The ISO code of a country that was given, by code or name, instead of a column."""
    from citysample.reference_frames.world.countries import find_country

    if named is None or named in table.columns:
        return None
    if box is not None and COUNTRY_CODE.fullmatch(named):
        return named
    try:
        return find_country(named).iso3
    except FrameError as error:
        nearest = did_you_mean(named, table.columns).split(" Known:")[0]
        hint = f"{nearest} " if nearest.startswith("Did") else ""
        raise FrameError(
            error.code,
            f"'{named}' is neither a column nor a country of the world frame.",
            where="country",
            got=f"columns {quoted(table.columns)}",
            expected="a column with country codes, or a country such as KEN or Kenya",
            remedy=hint + error.remedy,
        ) from None


def _sums(
    size: NumberCells | None, region: Texts | None, named_total: BoolArray
) -> tuple[BoolArray, BoolArray]:
    if size is None:
        nothing = np.zeros(len(named_total), dtype=np.bool_)
        return nothing, nothing
    keys = [None if text is None else fold(text) for text in region or [None] * len(named_total)]
    return subtotal_sums(size.values, group_numbers(keys), named_total)


def _years(table: pd.DataFrame, vintage: str | int | None) -> FloatArray | None:
    """Year of each row, from one year or from a column."""
    if vintage is None:
        return None
    if isinstance(vintage, str):
        require_columns(table, [vintage], "FRAME", "vintage")
        cells = [plain_text(cell) or "" for cell in table[vintage].tolist()]
    else:
        cells = [str(vintage)] * len(table)
    return np.array([float(cell) if YEAR.fullmatch(cell) else np.nan for cell in cells], dtype=np.float64)


def _check_options(
    urban_population: float | None, vintage: str | int | None, period: int | None, box: Box | None
) -> None:
    people = urban_population is None or 0 < urban_population < float("inf")
    frame_year = vintage is None or isinstance(vintage, str) or bool(YEAR.fullmatch(str(vintage)))
    year = period is None or bool(YEAR.fullmatch(str(period)))
    degrees = box is None or (len(box) == 4 and box[1] < box[3] and all(abs(x) <= 180 for x in box))
    for right, got, expected in (
        (people, f"urban_population = {urban_population!r}", "a number of people above 0"),
        (frame_year, f"vintage = {vintage!r}", "a year, such as 2025, or the name of a column"),
        (year, f"period = {period!r}", "a year, such as 2025"),
        (degrees, f"box = {quoted(box or ())}", "west, south, east, north in degrees, south below north"),
    ):
        if not right:
            raise FrameError(
                "FRAME-VALUE-INVALID",
                "A value for the check is out of range.",
                got=got,
                expected=expected,
                remedy="Correct the value, or leave it out.",
            )
