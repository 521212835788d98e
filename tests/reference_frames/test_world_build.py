"""A small made-up world goes through the whole build."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from citysample.reference_frames.columns import IntArray
from citysample.reference_frames.world.builder import table
from citysample.reference_frames.world.builder.cities import cities_of_class, footprints, settled_places
from citysample.reference_frames.world.builder.grid import (
    areas_km2,
    cell_name,
    centroids,
    corners,
    lon_lat,
    unit,
    unit_vectors,
)
from citysample.reference_frames.world.builder.sources import Grid, Places
from citysample.reference_frames.world.shipped import Shipped

Row = dict[str, str]
Build = Callable[..., dict[str, Row]]
CENTRE, UNNAMED, TOWN = range(16), range(1792, 1796), range(2816, 2820)
ALONE = 3900
"""A single cell of class 30 that touches no other."""


def ints(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


def small_world() -> tuple[Grid, Places, IntArray]:
    """An octahedron at level 5: two centres, one of them without a place, two towns, a fragment.

    The cells are as large as countries, and so are the numbers of people.
    """
    axes = np.eye(3)
    faces = np.array(
        [[s * axes[0], t * axes[1], u * axes[2]] for s, t, u in product((1, -1), repeat=3)], dtype=np.float64
    )
    code = np.full(8 * 4**5, 11)
    code[[*CENTRE, *UNNAMED, ALONE]] = 30
    code[[*TOWN]] = 23
    code[5000:5002] = 22
    ends = np.flatnonzero(np.concatenate([code[1:] != code[:-1], [True]])) + 1
    cells = ints(3, 5, 2817, 500, ALONE)
    lon, lat = lon_lat(centroids(corners(cells, 5, faces)))
    places = Places(
        geoname_id=ints(11, 12, 13, 14, 15),
        name=np.array(["Old town", "Borough", "Village", "Far", "Fragment"]),
        iso2=np.array(["XA", "XA", "XA", "XA", "XB"]),
        region=np.array(["XA.1", "XA.1", "XA.1", "XA.2", "XB.1"]),
        lon=lon,
        lat=lat,
        people=ints(2_000_000_000, 300, 600_000_000, 70, 10),
        n_names=ints(3, 1, 1, 1, 1),
        capital=np.zeros(5, dtype=np.bool_),
    )
    return Grid(5, faces, ends, code[ends - 1]), places, cells


def moved(places: Places, row: int, cell: int, grid: Grid) -> Places:
    """The places with one of them at the middle of a cell."""
    lon, lat = places.lon.copy(), places.lat.copy()
    east, north = lon_lat(centroids(corners(ints(cell), grid.level, grid.faces)))
    lon[row], lat[row] = east[0], north[0]
    return dataclasses.replace(places, lon=lon, lat=lat)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Build:
    """Build the small world with changes to it; gives the rows of country XAX by city id."""
    grid, known, cells = small_world()

    def run(
        places: Places = known, at: IntArray = cells, before: dict[str, int] | None = None
    ) -> dict[str, Row]:
        monkeypatch.setattr(table, "read_grid", lambda: grid)
        monkeypatch.setattr(table, "read_places", lambda: places)
        monkeypatch.setattr(table, "read_countries", lambda: {"XA": ("XAX", "Xa"), "XB": ("XBX", "Xb")})
        monkeypatch.setattr(table, "read_regions", lambda: {"XA.1": "First"})
        monkeypatch.setattr(table, "locate", lambda _places, _level: at)
        monkeypatch.setattr(table, "version", lambda name: f"1.{len(name)}")
        archive = Shipped(tmp_path / "world.zip")
        archive.path.write_bytes(table.build("test", before or {}))
        assert archive.about()["sources"] == {name: f"1.{len(name)}" for name in table.SOURCES}
        text = io.StringIO(archive.read("cities/XAX.csv").decode("utf-8"), newline="")
        rows = {row["city_id"]: row for row in csv.DictReader(text)}
        classes = {city: int(row["degurba"]) for city, row in rows.items()}
        assert classes.items() <= archive.city_classes().items()
        country = archive.countries()["XAX"]
        centres = list(classes.values()).count(30)
        assert (country.urban_centres, country.towns) == (centres, len(rows) - centres)
        return rows

    return run


def test_cells_and_places_become_cities() -> None:
    grid, places, cells = small_world()
    centres, towns = (footprints(code, grid, places, cells) for code in (30, 23))
    settled = settled_places([centres, towns])
    assert settled.tolist() == [True, True, True, False, False]
    free = np.ones(5, dtype=np.bool_)
    found = cities_of_class(centres, places, settled, free, {})
    assert found.city_id.tolist()[0] == "GN11"
    assert found.city_id.tolist()[1].startswith("T3-0000070")
    assert found.by_region.tolist() == [2_000_000_000, 0]
    areas = areas_km2(corners(np.arange(8 * 4**5), 5, grid.faces))
    expected = [areas[CENTRE.start : CENTRE.stop].sum(), areas[UNNAMED.start : UNNAMED.stop].sum()]
    assert found.area_km2.tolist() == pytest.approx(expected, rel=1e-12)
    middles = centroids(corners(np.arange(16), 5, grid.faces)) * areas[:16, None]
    middle = unit(middles.sum(axis=0, keepdims=True))
    assert unit_vectors(found.lon[:1], found.lat[:1])[0] == pytest.approx(middle[0], abs=1e-12)
    assert found.taken.tolist() == [True, True, False, False, False]


def test_the_rows_of_the_small_world(build: Build) -> None:
    rows = build()
    assert list(rows) == ["GN11", cell_name(1795), "GN13"]
    assert [row["degurba"] for row in rows.values()] == ["30", "30", "23"]
    assert [row["n_places"] for row in rows.values()] == ["2", "0", "1"]
    assert rows["GN11"]["name"] == "Old town"
    assert rows["GN11"]["admin1_name"] == "First"
    assert rows[cell_name(1795)]["name"].startswith("unnamed, ")
    assert rows[cell_name(1795)]["name"].endswith(" km from Borough")
    assert rows[cell_name(1795)]["admin1_name"] == "", "the nearest place is far away"


def test_the_same_sources_give_the_same_bytes(build: Build, tmp_path: Path) -> None:
    build()
    first = (tmp_path / "world.zip").read_bytes()
    build()
    assert (tmp_path / "world.zip").read_bytes() == first


def test_the_country_of_a_cell_is_that_of_its_largest_place(build: Build) -> None:
    _, places, cells = small_world()
    # Two places of another country beside the first one: too few people for a city of their own.
    there = dataclasses.replace(places, iso2=np.array(["XA", "XB", "XA", "XA", "XB"]))
    assert build(there, cells)["GN11"]["n_places"] == "1"


def test_ids_of_the_edition_before_are_kept(build: Build) -> None:
    for cell in (1792, 1793):
        assert list(build(before={"GN12": 30, cell_name(cell): 30})) == ["GN12", cell_name(cell), "GN13"]
    assert next(iter(build(before={"GN12": 23}))) == "GN12"
    assert next(iter(build(before={"GN12": 23, "GN11": 30}))) == "GN11", "the class of the city comes first"


def test_a_new_place_does_not_change_the_id_of_an_unnamed_centre(build: Build) -> None:
    grid, places, cells = small_world()
    there, at = moved(places, 3, 1792, grid), cells.copy()
    at[3] = 1792
    assert list(build(there, at))[1] == "GN14"
    kept = build(there, at, {cell_name(1794): 30})
    assert list(kept)[1] == cell_name(1794)
    assert kept[cell_name(1794)]["name"] == "Far"
    assert list(build(there, at, {cell_name(1794): 30, "GN14": 30}))[1] == "GN14"


def test_building_again_with_the_own_ids_changes_nothing(build: Build, tmp_path: Path) -> None:
    build()
    first = (tmp_path / "world.zip").read_bytes()
    build(before=Shipped(tmp_path / "world.zip").city_classes())
    assert (tmp_path / "world.zip").read_bytes() == first
