"""Grids of 1 km2 cells: from arrays or GeoTIFF files, checked, and fitted to each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.errors import FrameError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.reference_frames.degurba.rasters import read_raster, same_crs

if TYPE_CHECKING:
    import os

__all__ = [
    "Grid",
    "GridSource",
    "Place",
    "fitting",
    "float_grid",
    "invalid",
    "load",
    "require_land",
    "require_no_people",
]

GridSource: TypeAlias = "npt.ArrayLike | str | os.PathLike[str]"

LANDLESS = 0.05
"""Share of all people that may live in cells without land: coasts, islands, houses on water."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a grid lies: six numbers of the affine transform (a, b, c, d, e, f), and the CRS as WKT."""

    transform: tuple[float, float, float, float, float, float]
    crs: str


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Values of a grid, shape (rows, columns), and where it lies (None for a plain array)."""

    name: str
    values: npt.NDArray[Any]
    place: Place | None = None


def load(source: GridSource, name: str) -> Grid:
    """A grid from a GeoTIFF path or a 2-D array. Missing cells are masked."""
    if isinstance(source, (str, Path)):
        values, transform, crs = read_raster(source)
        return Grid(name, values, Place(transform, crs))
    try:
        values = source if isinstance(source, np.ma.MaskedArray) else np.asarray(source)
    except ValueError:  # rows of different lengths
        _refuse(
            name, "is not a table of cells", "rows of different lengths", "two dimensions: rows and columns"
        )
    if values.ndim != 2 or values.size == 0:
        _refuse(name, "is not a table of cells", f"shape {values.shape}", "two dimensions: rows and columns")
    return Grid(name, values)


def float_grid(grid: Grid, upper: float = math.inf, remedy: str = "Correct the values.") -> FloatArray:
    """The values as float64, NaN where missing; refuse text, infinite, negative and too large ones."""
    if grid.values.dtype.kind not in "iuf":
        kind = str(grid.values.dtype)
        _refuse(grid.name, "does not hold numbers", f"values of type '{kind}'", "whole or decimal numbers")
    values = np.ma.filled(grid.values.astype(np.float64), np.nan)
    # A comparison with NaN is False, so missing cells pass.
    bad = np.isinf(values) | (values < 0) | (values > upper)
    if bad.any():
        limit = "a finite number, at least 0" if math.isinf(upper) else f"a number from 0 to {upper:g}"
        if (values < 0).any():
            remedy = f"{_missing_remedy(grid.place, float(values[values < 0][0]))} {remedy}"
        raise invalid(
            f"The grid '{grid.name}' has values out of range in {int(bad.sum())} cells.",
            where=first_cells(bad),
            got=quoted(values[bad].tolist()),
            expected=limit,
            remedy=remedy,
        )
    return values


def _missing_remedy(place: Place | None, value: float) -> str:
    """What to do about a negative value that marks missing cells."""
    if place is None:
        return "If negative numbers mark missing cells, replace them by NaN."
    return (
        f"If {value:g} marks missing cells, say so in the file: rio edit-info FILE --nodata={value:g} "
        f"(or gdal_edit.py -a_nodata {value:g} FILE)."
    )


def fitting(grids: list[Grid]) -> Place | None:
    """The place of grids that fit each other; refuse grids with other shapes or places."""
    first = grids[0]
    for other in grids[1:]:
        if other.values.shape != first.values.shape:
            _mismatch(first, other, "shape", str(first.values.shape), str(other.values.shape))
    placed = [grid for grid in grids if grid.place is not None]
    for other in placed[1:]:
        here, there = placed[0].place, other.place
        assert here is not None
        assert there is not None
        if not np.allclose(here.transform, there.transform, rtol=0, atol=1e-3 * abs(here.transform[0])):
            _mismatch(placed[0], other, "position", str(here.transform), str(there.transform))
        if not same_crs(here.crs, there.crs):
            _mismatch(placed[0], other, "reference system", here.crs[:60], there.crs[:60])
    return placed[0].place if placed else None


def _mismatch(first: Grid, other: Grid, what: str, expected: str, got: str) -> NoReturn:
    raise FrameError(
        "FRAME-GRID-MISMATCH",
        f"The grids '{first.name}' and '{other.name}' do not have the same {what}.",
        where=f"grid '{other.name}'",
        got=got,
        expected=f"{expected}, as in '{first.name}'",
        remedy="Bring all grids to the same cells before you classify them, for example with gdalwarp.",
    )


def require_no_people(population: FloatArray, other: FloatArray, name: str) -> None:
    """Refuse people in cells in which another grid has no value."""
    bad = (population > 0) & np.isnan(other)
    if bad.any():
        raise invalid(
            f"People live in {int(bad.sum())} cells for which the grid '{name}' has no value.",
            where=first_cells(bad),
            got=f"population {quoted(population[bad].tolist())}",
            expected=f"a value of '{name}' in each populated cell",
            remedy=f"Complete the grid '{name}', or set the population of these cells to missing.",
        )


def require_land(population: FloatArray, land: FloatArray) -> None:
    """Refuse a land grid without land where many people live: it is inverted, or lies elsewhere."""
    bad = (population > 0) & (land == 0)
    people, total = float(population[bad].sum()), float(np.nansum(population))
    if people > LANDLESS * total:
        raise invalid(
            f"{people / total:.1%} of all people live in cells without land.",
            where=first_cells(bad),
            got=f"{people:.0f} people in {int(bad.sum())} cells with land share 0",
            expected=f"at most {LANDLESS:.0%} of all people",
            remedy="Check the grid 'land': 1 is land and 0 is water. It may be inverted or shifted.",
        )


def first_cells(cells: BoolArray) -> str:
    """The first five cells, for an error."""
    found = np.argwhere(cells)
    named = ", ".join(f"({row}, {column})" for row, column in found[:5].tolist())
    return f"cells (row, column), counted from 0: {named}{', ...' if len(found) > 5 else ''}"


def invalid(what: str, *, remedy: str, where: str | None, got: str, expected: str) -> FrameError:
    """The error for a grid that cannot be used."""
    return FrameError("FRAME-GRID-INVALID", what, where=where, got=got, expected=expected, remedy=remedy)


def _refuse(name: str, fault: str, got: str, expected: str) -> NoReturn:
    raise invalid(
        f"The grid '{name}' {fault}.",
        where=None,
        got=got,
        expected=expected,
        remedy="Give a 2-D array of numbers, or the path of a GeoTIFF file with one band.",
    )
