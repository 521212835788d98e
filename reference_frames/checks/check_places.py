"""Checks of coordinates and footprints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from citysample.errors import FrameError, quoted
from citysample.reference_frames.checks.check_quantities import usable_areas
from citysample.reference_frames.checks.geometry import (
    MOST_PAIRS,
    Box,
    close_pairs,
    distance_km,
    footprint_pairs,
    inside_box,
    legal,
    linked_groups,
)
from citysample.reference_frames.checks.hits import Hit, Skipped, Yield, counted, grouped, hit
from citysample.reference_frames.checks.inputs import Inputs
from citysample.reference_frames.checks.sizes import group_numbers
from citysample.reference_frames.columns import BoolArray, FloatArray

__all__ = ["Places", "coordinates", "country_range", "near_cities", "nested", "places_of"]

NEAR_KM = 1.0
"""Two urban centres are never so near: the grid cells of the Degree of Urbanisation have 1 km."""


@dataclass(frozen=True, slots=True)
class Places:
    """The coordinates of a table and what is wrong with them, each array of shape (N,).

    Parameters
    ----------
    lon, lat : array
        Degrees, as given.
    missing, zero, beyond, swapped : array
        True where a coordinate is missing, both are 0, one is out of range, or both are exchanged.
    boxes : list
        Range of each country, with True for its rows.
    problems : list
        Country codes without a range.
    """

    lon: FloatArray
    lat: FloatArray
    missing: BoolArray
    zero: BoolArray
    beyond: BoolArray
    swapped: BoolArray
    boxes: list[tuple[Box, BoolArray]]
    problems: list[Yield]

    def good(self) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude, NaN where they are wrong for a reason that is a finding of its own."""
        bad = self.zero | self.beyond | self.swapped
        return np.where(bad, np.nan, self.lon), np.where(bad, np.nan, self.lat)

    def shown(self, rows: list[int]) -> str:
        """The first points, as text."""
        return quoted(f"lon {self.lon[row]:.6g}, lat {self.lat[row]:.6g}" for row in rows)


def places_of(inputs: Inputs) -> Places:
    """Judge the coordinates of each row.

    Exchanged means: outside as given, inside when longitude and latitude are exchanged. The measure is
    the country's range; without it, the range of all coordinates.
    """
    assert inputs.lon is not None
    assert inputs.lat is not None
    lon, lat = inputs.lon.values, inputs.lat.values
    zero = (lon == 0) & (lat == 0)
    beyond = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    swapped = beyond & legal(lat, lon)
    boxes, problems = _boxes(inputs)
    for box, rows in boxes:
        within = inside_box(lat, lon, box) & legal(lat, lon)
        swapped[rows] = (within & ~inside_box(lon, lat, box))[rows]
    missing = inputs.lon.missing | inputs.lat.missing
    return Places(lon, lat, missing, zero, beyond & ~swapped, swapped & ~zero, boxes, problems)


def coordinates(inputs: Inputs) -> Iterator[Yield]:
    """Missing, illegal, zero and exchanged coordinates."""
    places = places_of(inputs)
    for code, where, words in (
        ("COORDINATES-MISSING", places.missing, "without longitude or latitude"),
        ("COORDINATES-ZERO", places.zero, "with 0, 0"),
    ):
        rows = np.flatnonzero(where).tolist()
        yield from hit(code, rows, f"{counted(len(rows), 'row')} {words}")
    for code, where in (("COORDINATES-RANGE", places.beyond), ("COORDINATES-SWAPPED", places.swapped)):
        rows = np.flatnonzero(where).tolist()
        yield from hit(code, rows, places.shown(rows))


def country_range(inputs: Inputs) -> Iterator[Yield]:
    """Points outside the range of their country."""
    places = places_of(inputs)
    yield from places.problems
    lon, lat = places.good()
    signs = ((-1, 1), (1, -1), (-1, -1))
    for box, of_country in places.boxes:
        outside = of_country & legal(lon, lat) & ~inside_box(lon, lat, box)
        rows = np.flatnonzero(outside).tolist()
        turned = np.any([inside_box(a * lon, b * lat, box) for a, b in signs], axis=0)
        turned_rows = np.flatnonzero(outside & turned)
        sign = f"; with another sign {len(turned_rows)} of them would be inside" if len(turned_rows) else ""
        range_text = "west {:g}, south {:g}, east {:g}, north {:g}".format(*box)
        yield from hit("COORDINATES-OUTSIDE", rows, f"{places.shown(rows)}; range: {range_text}{sign}")


def near_cities(inputs: Inputs) -> Iterator[Yield]:
    """Groups of cities within 1 km of each other."""
    lon, lat = places_of(inputs).good()
    pairs = close_pairs(lon, lat, NEAR_KM)
    if pairs is None:
        rows = np.flatnonzero(legal(lon, lat)).tolist()
        yield from hit("CITIES-CROWDED", rows, f"more than {MOST_PAIRS} pairs for each city")
        return
    apart = distance_km(lon[pairs[:, 0]], lat[pairs[:, 0]], lon[pairs[:, 1]], lat[pairs[:, 1]])
    nearest = np.full(inputs.N, np.inf)
    np.minimum.at(nearest, pairs[:, 0], apart)
    for group in linked_groups(pairs.tolist()):
        metres = 1000 * nearest[list(group)].min()
        yield Hit("CITIES-NEAR", group, f"{len(group)} cities, the nearest two {metres:.0f} m apart")


def nested(inputs: Inputs) -> Iterator[Yield]:
    """Cities whose point lies inside the disc of a larger city; pairs within 1 km are left out."""
    lon, lat = places_of(inputs).good()
    size, area = inputs.city_sizes, usable_areas(inputs)
    pairs = footprint_pairs((lon, lat), (lon, lat), area)
    if pairs is None:
        rows = np.flatnonzero(area > 0).tolist()
        yield from hit("FOOTPRINTS-CROWDED", rows, f"more than {MOST_PAIRS} cities in each footprint")
        return
    small, large = pairs[:, 0], pairs[:, 1]
    apart = distance_km(lon[small], lat[small], lon[large], lat[large])
    counts = (size[small] < size[large]) & (apart > NEAR_KM)
    for inner, outer, km in zip(small[counts], large[counts], apart[counts], strict=True):
        got = f"{km:.1f} km from the point of a city of {grouped(area[outer], '.4g')} km2"
        yield Hit("NESTED-FOOTPRINT", (int(inner), int(outer)), got)


def _boxes(inputs: Inputs) -> tuple[list[tuple[Box, BoolArray]], list[Yield]]:
    """The range of each country with the rows it holds for, and the codes that have none."""
    everywhere = np.ones(inputs.N, dtype=np.bool_)
    if inputs.box is not None:
        return [(inputs.box, everywhere)], []
    if inputs.country_code is not None:
        return [(_country_box(inputs.country_code), everywhere)], []
    if inputs.country is None:
        return [], [Skipped("no country code, no column with country codes, and no box")]
    codes = [None if code is None else code.strip() for code in inputs.country]
    groups = group_numbers(codes)
    boxes: list[tuple[Box, BoolArray]] = []
    problems: list[Yield] = []
    for number, code in enumerate(dict.fromkeys(code for code in codes if code)):
        rows = groups == number
        try:
            boxes.append((_country_box(code), rows))
        except FrameError:
            problems += hit("COUNTRY-UNKNOWN", np.flatnonzero(rows).tolist(), f"'{code}'")
    if not boxes:
        problems.append(Skipped("no known country code"))
    return boxes, problems


def _country_box(code: str) -> Box:
    from citysample.reference_frames.world.countries import country_box

    return country_box(code)
