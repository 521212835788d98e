"""GeoTIFF files with cells of 1 km2: reading, and the checks of their reference system."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.errors import FileError, FrameError
from citysample.reference_frames.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["lon_lat", "read_raster", "same_crs"]

Six: TypeAlias = "tuple[float, float, float, float, float, float]"
# rasterio is imported when it is used, and has no types.
Untyped: TypeAlias = Any

# Radius in km of the sphere that has the surface of the Earth (WGS 84).
EARTH = 6371.0072
# A cell side may differ from 1 km by this share, a cell on the ground from 1 km2 by this share.
SIDE, GROUND = 1e-3, 0.05
# The command rio comes with rasterio; gdalwarp needs an installation of GDAL.
EQUAL_AREA = (
    "Make an equal-area grid that keeps the people: "
    "rio warp people_degrees.tif people.tif --dst-crs ESRI:54009 --res 1000 --resampling sum; "
    "or gdalwarp -t_srs ESRI:54009 -tr 1000 1000 -r sum people_degrees.tif people.tif."
)
KILOMETRES = (
    "Aggregate the counts of people to cells of 1 km: "
    "rio warp people_fine.tif people.tif --res 1000 --resampling sum; "
    "or gdalwarp -tr 1000 1000 -r sum people_fine.tif people.tif."
)


def read_raster(path: str | os.PathLike[str]) -> tuple[npt.NDArray[Any], Six, str]:
    """Values (masked where missing), affine transform and CRS of a GeoTIFF with cells of 1 km2.

    Raises
    ------
    FileError
        ``FILE-NOT-FOUND`` or ``FILE-UNREADABLE``.
    FrameError
        ``FRAME-GRID-INVALID``: more than one band, no reference system, degrees, or other cells.
    """
    rasterio = require("rasterio", "geo")
    if not Path(path).exists():
        raise FileError(
            "FILE-NOT-FOUND", "There is no such file.", where=str(path), remedy="Check the path of the grid."
        )
    try:
        with warnings.catch_warnings():
            # A file without position is refused below, with its remedy.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path) as source:
                _check_layout(source, str(path))
                values = _scaled(source)
                transform = tuple(float(number) for number in tuple(source.transform)[:6])
                return values, transform, source.crs.to_wkt()  # type: ignore[return-value]  # six numbers
    except rasterio.errors.RasterioError as error:
        raise FileError(
            "FILE-UNREADABLE",
            "The file cannot be read as a grid.",
            where=str(path),
            got=str(error).splitlines()[0],
            expected="a GeoTIFF file",
            remedy="Check that the file is complete and that it is a GeoTIFF.",
        ) from None


def _scaled(source: Untyped) -> npt.NDArray[Any]:
    """The first band; its scale and offset, which some producers use to store decimals, are applied."""
    values: npt.NDArray[Any] = source.read(1, masked=True)
    scale, offset = source.scales[0], source.offsets[0]
    return values if (scale, offset) == (1.0, 0.0) else values * scale + offset


def _check_layout(source: Untyped, path: str) -> None:
    crs, transform = source.crs, source.transform
    if source.count != 1:
        raise FrameError(
            "FRAME-GRID-INVALID",
            "The file holds several grids, and one is needed.",
            where=path,
            got=f"{source.count} bands",
            expected="one band",
            remedy="Save the band that you need to a new file: rio stack all.tif --bidx 1 one.tif.",
        )
    if crs is None:
        remedy = "Set the reference system of the file, such as: rio edit-info people.tif --crs ESRI:54009."
        raise _wrong(path, "no reference system", "a projected reference system", remedy)
    if not crs.is_projected:
        raise _wrong(path, "a reference system in degrees", "a projected reference system", EQUAL_AREA)
    metres = crs.linear_units_factor[1]
    width, height = abs(transform.a) * metres / 1000, abs(transform.e) * metres / 1000
    if transform.b or transform.d:
        raise _wrong(path, "a rotated grid", "rows and columns along the axes", KILOMETRES)
    if max(abs(width - 1), abs(height - 1)) > SIDE:
        raise _wrong(path, f"cells of {width:.6g} km by {height:.6g} km", "cells of 1 km by 1 km", KILOMETRES)
    areas = _ground_areas(source)
    if not areas:
        remedy = "Correct the position or the reference system of the file."
        raise _wrong(path, "a position outside the Earth", "a position that has longitudes", remedy)
    worst = max(areas, key=lambda area: abs(area - 1))
    if abs(worst - 1) > GROUND:
        raise _wrong(path, f"cells that cover {worst:.2f} km2 on the ground", "cells of 1 km2", EQUAL_AREA)


def _ground_areas(source: Untyped) -> list[float]:
    """Areas in km2 on the ground of the cell in the middle and of those in the corners."""
    rows, columns, place = source.height - 1, source.width - 1, source.transform
    areas = []
    for row, column in [(rows // 2, columns // 2), (0, 0), (0, columns), (rows, 0), (rows, columns)]:
        west, north = place.c + place.a * column, place.f + place.e * row
        east, south = west + place.a, north + place.e
        try:
            lon, lat = lon_lat(source.crs, [west, east, east, west], [north, north, south, south])
        # The corners of a world map lie outside the Earth. The error of GDAL has no public name.
        except require("rasterio._err", "geo").CPLE_BaseError:
            continue
        if np.isfinite([lon, lat]).all():
            areas.append(_spherical_area(lon, lat))
    return areas


def _spherical_area(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> float:
    """Area of a small four-sided cell on the sphere, in km2, by the shoelace formula."""
    east = (lon - lon[0] + 180) % 360 - 180
    x = np.radians(east) * np.cos(np.radians(lat.mean()))
    y = np.radians(lat - lat[0])
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 * EARTH**2)


def lon_lat(
    crs: Untyped, x: Sequence[float], y: Sequence[float]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude (WGS 84, degrees) of points in another reference system."""
    warp = require("rasterio.warp", "geo")
    lon, lat = warp.transform(crs, "EPSG:4326", list(x), list(y))
    return np.asarray(lon), np.asarray(lat)


def same_crs(first: str, second: str) -> bool:
    """True if two texts (WKT) name the same reference system, however they are written."""
    system = require("rasterio.crs", "geo").CRS
    return bool(system.from_wkt(first) == system.from_wkt(second))


def _wrong(path: str, got: str, expected: str, remedy: str) -> FrameError:
    return FrameError(
        "FRAME-GRID-INVALID",
        "The Degree of Urbanisation needs a grid with cells of 1 km2.",
        where=path,
        got=got,
        expected=expected,
        remedy=remedy,
    )
