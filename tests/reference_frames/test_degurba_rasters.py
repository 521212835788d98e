"""GeoTIFF files give the same classes as arrays; grids that cannot be used are refused with the reason."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from citysample.reference_frames.degurba.classify import degurba
from citysample.reference_frames.degurba.rasters import same_crs
from citysample.reference_frames.degurba.rules import RULES, ClusterRule, DegurbaRules
from citysample.reference_frames.degurba.summary import grid_notes

Refused = Callable[..., AbstractContextManager[None]]

MOLLWEIDE = "ESRI:54009"
KENYA = Affine(1000, 0, 3_650_000, 0, -1000, 200_000)


def written(path: Path, values: Any, crs: str | None = MOLLWEIDE, place: Affine = KENYA, **more: Any) -> Path:
    """Write a GeoTIFF; a third dimension of the values is its bands."""
    bands = np.asarray(values)
    bands = bands[None] if bands.ndim == 2 else bands
    shape = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2]}
    scales = more.pop("scales", None)
    with rasterio.open(
        path, "w", driver="GTiff", dtype=bands.dtype, crs=crs, transform=place, **shape, **more
    ) as file:
        file.write(bands)
        if scales is not None:
            file.scales = scales
    return path


PEOPLE = np.array([[60_000, 200, -200], [0, 40, 0]], dtype=np.float32)


def test_a_geotiff_gives_the_classes_of_the_array(tmp_path: Path) -> None:
    path = written(tmp_path / "people.tif", PEOPLE, nodata=-200)
    land = written(tmp_path / "land.tif", np.array([[1, 1, 1], [0, 1, 1]], dtype=np.float32))
    for source in (path, str(path)):
        grid = degurba(source, land=land)
        assert grid.level2 is not None
        assert grid.level2.tolist() == [[30, 12, 0], [10, 11, 11]]
    assert list(grid.transform or ()) == [1000, 0, 3_650_000, 0, -1000, 200_000]
    assert "Mollweide" in str(grid.crs)
    array = degurba(np.where(PEOPLE < 0, np.nan, PEOPLE), land=np.array([[1, 1, 1], [0, 1, 1]]))
    assert array.level1.tolist() == grid.level1.tolist()
    assert array.place is None
    assert (array.transform, array.crs) == (None, None)


def test_a_file_and_an_array_fit_by_shape(tmp_path: Path) -> None:
    path = written(tmp_path / "people.tif", np.array([[60_000, 0]]))
    assert degurba(path, land=np.array([[1, 0]])).crs is not None
    assert degurba(np.array([[60_000, 0]]), land=written(tmp_path / "land.tif", np.eye(1, 2))).crs is not None


def test_scale_of_a_band_is_applied(tmp_path: Path) -> None:
    stored = np.array([[6_000, 20]], dtype=np.int16)
    grid = degurba(written(tmp_path / "people.tif", stored, scales=(10.0,)))
    assert grid.population.tolist() == [[60_000, 200]]


def test_south_up_files_and_feet(tmp_path: Path) -> None:
    south_up = Affine(1000, 0, 3_650_000, 0, 1000, 200_000)
    assert degurba(written(tmp_path / "a.tif", PEOPLE, place=south_up, nodata=-200)).level1[0, 0] == 3
    feet = 1000 / 0.3048006096012192
    ohio = Affine(feet, 0, 2_000_000, 0, -feet, 700_000)
    grid = degurba(written(tmp_path / "b.tif", PEOPLE, crs="EPSG:3735", place=ohio, nodata=-200))
    assert grid.level1[0, 0] == 3


def test_a_world_map_may_have_corners_outside_the_earth(tmp_path: Path) -> None:
    people = np.zeros((1800, 3608), dtype=np.uint8)
    world = Affine(1000, 0, -1_804_000, 0, -1000, 9_000_000)
    assert degurba(written(tmp_path / "world.tif", people, place=world, compress="deflate")).level1.all()


RIO = "rio warp people_degrees.tif people.tif --dst-crs ESRI:54009 --res 1000 --resampling sum"
FILES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (
        "degrees",
        {"crs": "EPSG:4326", "place": Affine(0.01, 0, 36, 0, -0.01, 1)},
        ("1 km2", "degrees", "gdalwarp", RIO),
    ),
    ("no reference system", {"crs": None}, ("1 km2", "no reference system", "--crs ESRI:54009")),
    ("off the Earth", {"place": Affine(1000, 0, 4e7, 0, -1000, 0)}, ("1 km2", "outside the Earth")),
    (
        "100 m",
        {"place": Affine(100, 0, 0, 0, -100, 0)},
        ("0.1 km by 0.1 km", "1 km by 1 km", "--resampling sum", "-r sum"),
    ),
    ("not square", {"place": Affine(1000, 0, 0, 0, -500, 0)}, ("1 km by 0.5 km",)),
    ("slightly off", {"place": Affine(1002, 0, 0, 0, -1000, 0)}, ("1.002 km by 1 km",)),
    ("turned", {"place": Affine(1000, 5, 0, 5, -1000, 0)}, ("rotated",)),
    (
        "Mercator",
        {"crs": "EPSG:3857", "place": Affine(1000, 0, 0, 0, -1000, 6_600_000)},
        ("0.40 km2 on the ground", "equal-area"),
    ),
    ("two bands", {"values": np.ones((2, 3, 3))}, ("several grids", "2 bands", "one band", "--bidx 1")),
]


@pytest.mark.parametrize(("what", "change", "words"), FILES, ids=[row[0] for row in FILES])
def test_files_that_are_refused(
    tmp_path: Path, refused: Refused, what: str, change: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert what
    path = written(tmp_path / "grid.tif", **{"values": np.ones((3, 3)), **change})
    with refused("FRAME-GRID-INVALID", "grid.tif", *words):
        degurba(path)


def test_a_picture_without_any_position_is_refused(tmp_path: Path, refused: Refused) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        path = written(tmp_path / "picture.tif", np.ones((3, 3)), crs=None, place=Affine.identity())
    with refused("FRAME-GRID-INVALID", "no reference system"):
        degurba(path)


def test_files_that_are_absent_or_no_grids(tmp_path: Path, refused: Refused) -> None:
    with refused("FILE-NOT-FOUND", "absent.tif"):
        degurba(tmp_path / "absent.tif")
    (tmp_path / "text.tif").write_text("people\n1\n")
    with refused("FILE-UNREADABLE", "text.tif", "GeoTIFF"):
        degurba(tmp_path / "text.tif")
    with refused("FILE-UNREADABLE", "GeoTIFF"):
        degurba(tmp_path)
    whole = written(tmp_path / "whole.tif", np.ones((300, 300))).read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
    with refused("FILE-UNREADABLE", "cut.tif"):
        degurba(tmp_path / "cut.tif")


def test_rasterio_is_asked_for_by_name(
    tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with refused("EXTRA-MISSING", "rasterio", "citysample[geo]"):
        degurba(tmp_path / "people.tif")


ARRAYS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("one dimension", [1.0, 2.0], ("'population'", "shape (2,)", "rows and columns")),
    ("three dimensions", np.zeros((1, 2, 2)), ("shape (1, 2, 2)",)),
    ("nothing", np.zeros((0, 3)), ("shape (0, 3)",)),
    ("a number", 5.0, ("shape ()",)),
    ("None", None, ("'population'", "shape ()")),
    ("ragged", [[1, 2], [3]], ("rows of different lengths",)),
    ("text", [["1", "2"]], ("does not hold numbers", "<U1")),
    ("flags", [[True]], ("'bool'",)),
    ("objects", np.array([[None, 1]], dtype=object), ("'object'",)),
    ("complex", [[1j]], ("'complex128'",)),
    ("negative", [[0.0, -200.0]], ("in 1 cells", "(0, 1)", "'-200.0'", "replace them by NaN", "at least 0")),
    ("infinite", [[0.0, np.inf]], ("(0, 1)", "'inf'", "finite")),
]


@pytest.mark.parametrize(("what", "people", "words"), ARRAYS, ids=[row[0] for row in ARRAYS])
def test_arrays_that_are_refused(refused: Refused, what: str, people: Any, words: tuple[str, ...]) -> None:
    assert what
    with refused("FRAME-GRID-INVALID", *words):
        degurba(people)


def test_negative_cells_of_a_file_are_named_as_nodata(tmp_path: Path, refused: Refused) -> None:
    path = written(tmp_path / "people.tif", PEOPLE)
    with refused("FRAME-GRID-INVALID", "in 1 cells", "--nodata=-200", "-a_nodata -200"):
        degurba(path)
    with rasterio.open(path, "r+") as file:
        file.nodata = -200
    assert degurba(path).level1.tolist() == [[3, 1, 0], [1, 1, 1]]


def test_the_commands_of_the_remedies_mend_the_files(tmp_path: Path) -> None:
    fine = written(tmp_path / "fine.tif", np.full((60, 60), 700.0), place=Affine(100, 0, 0, 0, -100, 0))
    degrees = written(
        tmp_path / "degrees.tif",
        np.full((60, 60), 700.0),
        crs="EPSG:4326",
        place=Affine(1 / 120, 0, 36, 0, -1 / 120, 1),
    )
    options = ["--res", "1000", "--resampling", "sum"]
    for source, more in ((fine, options), (degrees, ["--dst-crs", MOLLWEIDE, *options])):
        path = tmp_path / f"from-{source.name}"
        rio = [sys.executable, "-c", "from rasterio.rio.main import main_group; main_group()"]
        subprocess.run([*rio, "warp", str(source), str(path), *more], check=True, capture_output=True)
        assert np.nansum(degurba(path).population) == pytest.approx(60 * 60 * 700, rel=1e-3)


def test_a_land_grid_without_land_where_people_live_is_refused(refused: Refused) -> None:
    people, land = np.full((5, 5), 4_000.0), np.ones((5, 5))
    land[0, :2] = 0
    with refused("FRAME-GRID-INVALID", "8.0% of all people", "(0, 0), (0, 1)", "inverted or shifted", "5%"):
        degurba(people, land=land)
    land[0, 1] = 0.01
    grid = degurba(people, land=land)
    assert grid_notes(grid) == ["4 000 people live in 1 cells without land; they are dense"]
    assert grid_notes(degurba(people)) == []
    people[:, :2] = np.nan
    assert degurba(people, land=np.where(np.isnan(people), 0, 1)).population.shape == (5, 5)
    assert degurba([[0, 0]], land=[[0, 0]]).level1.tolist() == [[1, 1]]


def test_the_first_five_cells_are_named(refused: Refused) -> None:
    with refused("FRAME-GRID-INVALID", "in 9 cells", "(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), ..."):
        degurba(np.full((3, 3), -1.0))


@pytest.mark.parametrize("name", ["land", "builtup"])
def test_shares_are_between_0_and_1(refused: Refused, name: str) -> None:
    for value, word in ((1.01, "'1.01'"), (100.0, "divide per cent by 100"), (-0.1, "'-0.1'")):
        grids: dict[str, Any] = {name: [[0.5, value]]}
        with refused("FRAME-GRID-INVALID", f"'{name}'", "(0, 1)", "from 0 to 1", word):
            degurba([[1, 1]], **grids)


@pytest.mark.parametrize("name", ["land", "builtup"])
def test_people_in_cells_without_share_are_refused(refused: Refused, name: str) -> None:
    grids: dict[str, Any] = {name: [[np.nan, np.nan]]}
    with refused("FRAME-GRID-INVALID", "in 1 cells", f"'{name}'", "(0, 1)", "'3.0'"):
        degurba([[0.0, 3.0]], **grids)


def test_grids_of_other_shape_or_place(tmp_path: Path, refused: Refused) -> None:
    with refused("FRAME-GRID-MISMATCH", "'population'", "'land'", "shape", "(2, 1)", "(1, 2)"):
        degurba([[1, 1]], land=[[1], [1]])
    people = written(tmp_path / "people.tif", np.ones((3, 3)))
    moved = written(tmp_path / "moved.tif", np.ones((3, 3)), place=KENYA @ Affine.translation(1, 0))
    with refused("FRAME-GRID-MISMATCH", "position", "'land'"):
        degurba(people, land=moved)
    other = written(tmp_path / "other.tif", np.ones((3, 3)), crs="ESRI:102022")
    with refused("FRAME-GRID-MISMATCH", "reference system", "Albers"):
        degurba(people, builtup=other)


def test_one_reference_system_in_two_texts_is_one() -> None:
    system = rasterio.crs.CRS.from_epsg(3035)
    old, new = system.to_wkt(version="WKT1_GDAL"), system.to_wkt(version="WKT2_2019")
    assert old != new
    assert same_crs(old, new)
    assert not same_crs(old, rasterio.crs.CRS.from_epsg(3034).to_wkt())


def test_names_and_levels_that_do_not_exist(refused: Refused) -> None:
    with refused("FRAME-RULES-INVALID", "'2025'", "Did you mean '2024'?", "'2024'"):
        degurba([[1]], rules="2025")
    with refused("FRAME-RULES-INVALID", "two levels", "3"):
        degurba([[1]], level=3)


RULE_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"centre": ClusterRule(-1, 5, 4)}, "'centre'"),
    ({"cluster": ClusterRule(1, float("nan"), 4)}, "'cluster'"),
    ({"dense": ClusterRule(1, 5, 6)}, "'dense'"),
    ({"semi_dense": (300, 5_000, 8)}, "'semi_dense'"),
    ({"rural_cluster": ClusterRule(float("inf"), 5, 8)}, "'rural_cluster'"),
    ({"semi_dense_distance": 1.5}, "'semi_dense_distance'"),
    ({"semi_dense_distance": -1}, "'semi_dense_distance'"),
    ({"low_density": -1}, "'low_density'"),
    ({"gap_area": float("nan")}, "'gap_area'"),
    ({"built_up": 0}, "'built_up'"),
    ({"built_up": 20}, "'built_up'"),
    ({"built_up": "best"}, "'built_up'"),
    ({"land_share": 0}, "'land_share'"),
    ({"smoothing": "all cells"}, "'smoothing'"),
    ({"steps": ("fill", "fill")}, "'steps'"),
    ({"steps": ("polish",)}, "'steps'"),
    ({"steps": ["fill"]}, "'steps'"),
    ({"steps": "fill"}, "'steps'"),
]


@pytest.mark.parametrize(("change", "word"), RULE_CHANGES)
def test_rules_out_of_range(refused: Refused, change: dict[str, Any], word: str) -> None:
    with refused("FRAME-RULES-INVALID", word):
        replace(RULES["2024"], **change)


def test_named_rules_differ_in_what_their_edition_changed() -> None:
    fields = DegurbaRules.__dataclass_fields__
    changed = {
        (old, new): {name for name in fields if getattr(RULES[old], name) != getattr(RULES[new], name)}
        for old, new in (("2022", "2023"), ("2023", "2024"))
    }
    assert changed == {
        ("2022", "2023"): {"built_up", "smoothing"},
        ("2023", "2024"): {"semi_dense", "semi_dense_distance"},
    }
    assert DegurbaRules() == RULES["2024"]
