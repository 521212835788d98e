"""Cities from a grid: who is listed, figures by hand, permanent ids, positions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rasterio.transform import Affine

from citysample.reference_frames.degurba.cities import cities_from_grid
from citysample.reference_frames.degurba.classify import degurba

Refused = Callable[..., AbstractContextManager[None]]
Cells = npt.NDArray[np.float64]


def country() -> Cells:
    """Two urban centres, a dense town and a semi-dense town, far from each other."""
    people = np.zeros((20, 20))
    people[1:4, 1:4] = 8_000
    people[2, 3] = 20_000
    people[10, 2:5] = [30_000, 30_000, 10_000]
    people[2, 12:14] = [3_000, 3_500]
    people[15, 15:18] = [900, 1_000, 950]
    return people


@pytest.fixture
def table() -> pd.DataFrame:
    return cities_from_grid(degurba(country()), towns=True).cities


def test_figures_by_hand(table: pd.DataFrame) -> None:
    assert table.index.tolist() == ["row10column2", "row15column16", "row2column13", "row2column3"]
    assert table["population"].tolist() == [70_000, 2_850, 6_500, 84_000]
    assert table["area_km2"].tolist() == [3, 3, 2, 9]
    assert table["degurba"].tolist() == [30, 22, 23, 30]
    assert table.loc["row10column2", "x"] == pytest.approx((2.5 * 3 + 3.5 * 3 + 4.5) / 7, rel=1e-14)
    assert table["y"].tolist() == pytest.approx([10.5, 15.5, 2.5, 2.5], rel=1e-14)
    assert "lon" not in table.columns


def test_cities_alone() -> None:
    frame = cities_from_grid(degurba(country()))
    assert frame.cities.index.tolist() == ["row10column2", "row2column3"]
    assert frame.size == "population"
    assert frame.source == "the Degree of Urbanisation of a population grid"
    assert cities_from_grid(degurba(country(), level=1)).N == 2


def test_population_and_area_hold_filled_and_smoothed_cells() -> None:
    people = np.full((5, 5), 8_000.0)
    people[1, 2], people[2, 2], people[4, 4] = 100, 0, 0
    (row,) = cities_from_grid(degurba(people, rules="2022")).cities.itertuples()
    assert row.population == 8_000 * 22 + 100
    assert row.area_km2 == 24


def test_ids_stay_when_cities_are_added_or_grow() -> None:
    before = cities_from_grid(degurba(country()), towns=True).cities
    grown = country()
    grown[0, 19] = 60_000
    grown[10, 5:8] = 9_000
    after = cities_from_grid(degurba(grown), towns=True).cities
    assert set(after.index) == {*before.index, "row0column19"}
    assert after.loc["row10column2", "population"] == 97_000


def test_equal_cells_take_the_first_in_row_order() -> None:
    people = np.zeros((3, 3))
    people[1:, :] = 30_000
    assert cities_from_grid(degurba(people)).cities.index.tolist() == ["row1column0"]


def from_file(path: Path, people: Cells, place: Affine, crs: str) -> pd.DataFrame:
    rows, columns = people.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=1,
        height=rows,
        width=columns,
        dtype=people.dtype,
        crs=crs,
        transform=place,
    ) as file:
        file.write(people, 1)
    return cities_from_grid(degurba(path), towns=True).cities


def test_positions_and_ids_in_a_reference_system(tmp_path: Path, table: pd.DataFrame) -> None:
    place = Affine(1000, 0, 4_321_000, 0, -1000, 3_210_000)
    found = from_file(tmp_path / "people.tif", country(), place, "EPSG:3035")
    assert found.index.tolist() == [
        "1kmN3194E4337",
        "1kmN3199E4323",
        "1kmN3207E4324",
        "1kmN3207E4334",
    ]
    by_people = table.set_index("population").loc[found["population"]]
    assert found["x"].tolist() == pytest.approx((4_321_000 + 1000 * by_people["x"]).tolist(), rel=1e-14)
    assert found["y"].tolist() == pytest.approx((3_210_000 - 1000 * by_people["y"]).tolist(), rel=1e-14)
    # EPSG:3035 has its origin at 52 N, 10 E = (4,321,000, 3,210,000).
    assert found["lon"].tolist() == pytest.approx([10.22, 10.04, 10.03, 10.19], abs=0.02)
    assert found["lat"].tolist() == pytest.approx([51.861, 51.906, 51.978, 51.978], abs=0.002)


def test_ids_south_and_west_of_the_origin_and_south_up(tmp_path: Path) -> None:
    people = np.zeros((2, 3))
    people[1, 2] = 60_000
    place = Affine(1000, 0, -2_000, 0, -1000, 1_000)
    assert from_file(tmp_path / "a.tif", people, place, "ESRI:54009").index.tolist() == ["1kmS1E0"]
    place = Affine(1000, 0, -3_000, 0, -1000, 2_000)
    assert from_file(tmp_path / "b.tif", people, place, "ESRI:54009").index.tolist() == ["1kmN0W1"]
    mirrored = Affine(-1000, 0, 0, 0, -1000, 2_000)
    assert from_file(tmp_path / "d.tif", np.fliplr(people), mirrored, "ESRI:54009").index.tolist() == [
        "1kmN0W1"
    ]
    flipped = Affine(1000, 0, -3_000, 0, 1000, 0)
    assert from_file(tmp_path / "c.tif", np.flipud(people), flipped, "ESRI:54009").index.tolist() == [
        "1kmN0W1"
    ]


def test_ids_do_not_depend_on_the_extent_of_the_grid(tmp_path: Path) -> None:
    place = Affine(1000, 0, 4_321_000, 0, -1000, 3_210_000)
    whole = from_file(tmp_path / "whole.tif", country(), place, "EPSG:3035")
    moved = place @ Affine.translation(0, 8)
    part = from_file(tmp_path / "part.tif", country()[8:], moved, "EPSG:3035")
    shared = whole.loc[part.index]
    assert len(part) == 2
    pd.testing.assert_frame_equal(part, shared, rtol=1e-12)


def test_towns_need_level_2(refused: Refused) -> None:
    with refused("FRAME-GRID-INVALID", "level 2", "level = 1", "degurba(..., level=2)"):
        cities_from_grid(degurba(country(), level=1), towns=True)


def test_a_grid_without_cities(refused: Refused) -> None:
    with refused("FRAME-EMPTY", "urban centres", "towns=True"):
        cities_from_grid(degurba(np.ones((3, 3))))
    with refused("FRAME-EMPTY", "urban centres and towns"):
        cities_from_grid(degurba(np.ones((3, 3))), towns=True)


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
        elements=st.sampled_from([0.0, 200.0, 950.0, 1_600.0, 5_000.0, 30_000.0, np.nan]),
    )
)
def test_people_and_areas_are_those_of_the_classes(people: Cells) -> None:
    people[0, 0] = 60_000
    grid = degurba(people)
    table = cities_from_grid(grid, towns=True).cities
    assert grid.level2 is not None
    for code in (30, 23, 22):
        rows, cells = table[table["degurba"] == code], grid.level2 == code
        assert rows["population"].sum() == pytest.approx(people[cells].sum(), rel=1e-12)
        assert rows["area_km2"].sum() == cells.sum()
    for city, row in table.iterrows():
        top = str(city).removeprefix("row").split("column")
        assert grid.level2[int(top[0]), int(top[1])] == row["degurba"]
