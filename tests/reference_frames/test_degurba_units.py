"""Local units: each class of both levels, both editions, thresholds on both sides, units without people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import Affine

from citysample.reference_frames.degurba.classify import UrbanGrid, degurba
from citysample.reference_frames.degurba.rules import RULES
from citysample.reference_frames.degurba.units import SHARES, UNIT_CLASSES, UNIT_RULES, classify_units

Refused = Callable[..., AbstractContextManager[None]]
CODES = [30, 23, 22, 21, 13, 12, 11]


def made_grid(level2: Any, people: Any, land: Any = None) -> UrbanGrid:
    """A classified grid with the classes that are asked for, whatever the people are."""
    codes = np.array(level2, dtype=np.uint8)
    none = np.zeros(codes.shape, dtype=np.int32)
    population = np.array(people, dtype=np.float64)
    share = np.ones(codes.shape) if land is None else np.array(land, dtype=np.float64)
    level1 = (codes // 10).astype(np.uint8)
    return UrbanGrid(level1, codes, none, none, none, none, population, share, RULES["2024"], None, None)


def one_unit(people: dict[str, float], rules: str = "2024", level: int = 2) -> str:
    """The class of a unit with these people, by code of the cells: c30 is urban centre."""
    codes = [[int(name[1:]) for name in people]]
    grid = made_grid(codes, [list(people.values())])
    return str(classify_units(grid, np.ones_like(codes), level=level, rules=rules)["class"].item())


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({"c30": 50, "c11": 50}, "city"),
        ({"c30": 49, "c21": 51}, "town or semi-dense area"),
        ({"c30": 49, "c12": 51}, "rural area"),
        ({"c21": 50, "c12": 50}, "town or semi-dense area"),
        ({"c21": 49, "c12": 51}, "rural area"),
        ({"c30": 25, "c23": 25, "c13": 25, "c11": 25}, "town or semi-dense area"),
        ({"c10": 1}, "rural area"),
    ],
)
def test_level_1(people: dict[str, float], expected: str) -> None:
    for rules in UNIT_RULES:
        assert one_unit(people, rules, level=1) == expected


@pytest.mark.parametrize(
    ("people", "since_2024", "of_2021"),
    [
        ({"c30": 50, "c11": 50}, "city", "city"),
        ({"c30": 49, "c23": 1, "c21": 50}, "dense town", "suburban or peri-urban area"),
        ({"c30": 30, "c23": 20, "c22": 30, "c21": 20}, "dense town", "semi-dense town"),
        ({"c30": 30, "c23": 19, "c22": 30, "c21": 21}, "semi-dense town", "semi-dense town"),
        ({"c23": 50, "c21": 50}, "dense town", "suburban or peri-urban area"),
        ({"c23": 49, "c21": 51}, "suburban or peri-urban area", "suburban or peri-urban area"),
        ({"c23": 30, "c22": 30, "c21": 40}, "semi-dense town", "dense town"),
        ({"c23": 29, "c22": 31, "c21": 40}, "semi-dense town", "semi-dense town"),
        ({"c22": 51, "c21": 20, "c12": 29}, "semi-dense town", "semi-dense town"),
        ({"c22": 50, "c21": 20, "c12": 30}, "suburban or peri-urban area", "semi-dense town"),
        ({"c22": 50, "c12": 50}, "suburban or peri-urban area", "semi-dense town"),
        ({"c13": 50, "c12": 50}, "village", "village"),
        ({"c13": 49, "c12": 51}, "dispersed rural area", "dispersed rural area"),
        ({"c30": 20, "c21": 20, "c13": 10, "c12": 50}, "village", "dispersed rural area"),
        ({"c13": 30, "c12": 21, "c11": 49}, "dispersed rural area", "mostly uninhabited area"),
        ({"c13": 30, "c12": 20, "c11": 50}, "mostly uninhabited area", "mostly uninhabited area"),
        ({"c13": 50, "c11": 50}, "village", "village"),
        ({"c12": 50, "c11": 50}, "mostly uninhabited area", "dispersed rural area"),
        ({"c13": 40, "c12": 35, "c11": 25}, "dispersed rural area", "village"),
        ({"c12": 49, "c11": 50, "c10": 1}, "mostly uninhabited area", "mostly uninhabited area"),
    ],
)
def test_level_2_in_both_editions(people: dict[str, float], since_2024: str, of_2021: str) -> None:
    assert one_unit(people, "2024") == since_2024
    assert one_unit(people, "2021") == of_2021


def test_equal_shares_stay_equal_as_sums_of_decimals() -> None:
    grid = made_grid([[23, 23, 22, 21]], [[0.1, 0.2, 0.3, 0.1]])
    turned = made_grid([[22, 22, 23, 21]], [[0.1, 0.2, 0.3, 0.1]])
    for each in (grid, turned):
        assert classify_units(each, [[1] * 4], level=2, rules="2021")["class"].item() == "dense town"


def test_every_class_of_units_has_a_column_and_a_code() -> None:
    assert list(UNIT_CLASSES[2]) == list(SHARES[2]) == CODES
    assert list(UNIT_CLASSES[1]) == list(SHARES[1]) == [3, 2, 1]


def test_figures_by_hand() -> None:
    grid = made_grid([[30, 30, 21], [12, 10, 0]], [[600, 300, 100], [500, 0, np.nan]])
    units = [["a", "a", "a"], ["b", "b", "b"]]
    table = classify_units(grid, units, level=2)
    assert table.index.tolist() == ["a", "b"]
    assert table.index.name == "unit"
    assert table["population"].tolist() == [1000, 500]
    assert table["urban_centre"].tolist() == pytest.approx([0.9, 0], rel=1e-15)
    assert table["suburban"].tolist() == pytest.approx([0.1, 0], rel=1e-15)
    assert table["low_density"].tolist() == [0, 1]
    assert table["based_on"].tolist() == ["population", "population"]
    assert table["missing_cells"].tolist() == [0, 1]
    assert table["code"].tolist() == [30, 12]
    assert table["class"].tolist() == ["city", "dispersed rural area"]


def test_a_unit_without_people_goes_by_its_land() -> None:
    grid = made_grid([[30, 30, 11, 10]], [[0, 0, 0, 0]], [[0.4, 0.4, 0.7, 0.2]])
    table = classify_units(grid, [[1, 1, 1, 1]], level=2)
    assert table["based_on"].tolist() == ["land"]
    assert table["urban_centre"].item() == pytest.approx(0.8 / 1.7, rel=1e-15)
    assert table["class"].item() == "mostly uninhabited area"
    assert table["population"].item() == 0


def test_a_unit_of_water_goes_by_its_cells_and_one_of_missing_cells_has_no_class() -> None:
    grid = made_grid([[10, 10, 0, 30]], [[0, 0, np.nan, 60]], [[0, 0, np.nan, 1]])
    table = classify_units(grid, [["sea", "sea", "gone", "on"]], level=2)
    assert table.loc["sea", "based_on"] == "cells"
    assert table.loc["sea", "class"] == "mostly uninhabited area"
    assert table.loc["gone"].isna().sum() == 9, "people, seven shares, the class"
    assert table.loc["gone", "code"] == 0
    assert table.loc["gone", "missing_cells"] == 1
    assert table.loc["on", "class"] == "city"


@pytest.mark.parametrize(
    "units",
    [
        np.array([[2, 10, 2]]),
        np.array([[2, 10, 2]], dtype=np.uint8),
        np.array([[2.0, 10.0, 2.0]]),
        np.array([["2", "10", "2"]]),
        np.array([[2, "10", 2.0]], dtype=object),
        np.ma.masked_array([[2, 10, 2]]),
        [["2", "10", "2"]],
    ],
)
def test_ids_of_any_type_become_text(units: Any) -> None:
    table = classify_units(made_grid([[30, 12, 21]], [[3, 4, 5]]), units)
    assert table.index.tolist() == ["10", "2"]
    assert table["population"].tolist() == [4, 8]


@pytest.mark.parametrize(
    ("units", "outside"),
    [
        (np.array([[7, 0, 0]]), 0),
        (np.array([[7.0, np.nan, np.nan]]), None),
        (np.array([["7", "", None]], dtype=object), None),
        (np.array([["7", "sea", ""]]), "sea"),
        (np.ma.masked_array([[7, 8, 9]], [[False, True, True]]), None),
        (np.ma.masked_array([[7.0, 0.5, -9.0]], [[False, True, True]]), None),
    ],
)
def test_cells_outside_all_units(units: Any, outside: object) -> None:
    table = classify_units(made_grid([[30, 12, 21]], [[3, 4, 5]]), units, outside=outside)
    assert table.index.tolist() == ["7"]
    assert table["population"].tolist() == [3]


def test_zero_is_a_unit_unless_it_is_called_outside() -> None:
    assert classify_units(made_grid([[30, 12]], [[3, 4]]), [[0, 1]]).index.tolist() == ["0", "1"]


def test_units_from_a_geotiff(tmp_path: Path, refused: Refused) -> None:
    def written(name: str, values: npt.NDArray[Any], east: float, **more: Any) -> Path:
        shape = {"height": values.shape[0], "width": values.shape[1], "dtype": values.dtype, "count": 1}
        place = Affine(1000, 0, east, 0, -1000, 0)
        with rasterio.open(
            tmp_path / name, "w", driver="GTiff", crs="ESRI:54009", transform=place, **shape, **more
        ) as file:
            file.write(values, 1)
        return tmp_path / name

    grid = degurba(written("people.tif", np.array([[60_000.0, 10, 5]]), 0))
    units = np.array([[1, 2, 0]], dtype=np.int16)
    table = classify_units(grid, written("units.tif", units, 0, nodata=0))
    assert table["class"].to_dict() == {"1": "city", "2": "rural area"}
    with refused("FRAME-GRID-MISMATCH", "'population'", "'units'", "position"):
        classify_units(grid, written("moved.tif", units, 1000, nodata=0))


def test_units_that_are_refused(refused: Refused) -> None:
    grid = made_grid([[30, 12]], [[3, 4]])
    with refused("FRAME-GRID-MISMATCH", "shape", "(1, 3)"):
        classify_units(grid, [[1, 2, 3]])
    with refused("FRAME-GRID-INVALID", "'1.5'", "whole numbers or text"):
        classify_units(grid, [[1.5, 2.0]])
    with refused("FRAME-GRID-INVALID", "'inf'", "whole numbers"):
        classify_units(grid, [[np.inf, 2.0]])
    with refused("FRAME-GRID-INVALID", "'a '", "blanks"):
        classify_units(grid, [["a ", "b"]])
    with refused("FRAME-GRID-INVALID", "belongs to a unit"):
        classify_units(grid, [[np.nan, np.nan]])
    with refused("FRAME-GRID-INVALID", "belongs to a unit"):
        classify_units(grid, [[0, 0]], outside=0)
    with refused("FRAME-RULES-INVALID", "'2023'", "'2021', '2024'"):
        classify_units(grid, [[1, 2]], rules="2023")
    with refused("FRAME-GRID-INVALID", "level 3"):
        classify_units(grid, [[1, 2]], level=3)
    with refused("FRAME-GRID-INVALID", "level 2", "degurba(..., level=2)"):
        classify_units(degurba([[1, 2]], level=1), [[1, 2]], level=2)


AMOUNTS = st.lists(st.integers(0, 20), min_size=7, max_size=7).filter(any)


@given(AMOUNTS, st.sampled_from([1, 2]), st.sampled_from(sorted(UNIT_RULES)), st.sampled_from([1, 0.1, 7]))
def test_shares_add_up_and_the_unit_of_people_does_not_matter(
    amounts: list[int], level: int, rules: str, factor: float
) -> None:
    units = np.ones((1, 7), dtype=int)
    table = classify_units(made_grid([CODES], [amounts]), units, level=level, rules=rules)
    scaled = classify_units(
        made_grid([CODES], [[amount * factor for amount in amounts]]), units, level=level, rules=rules
    )
    assert table[list(SHARES[level].values())].sum(axis=1).item() == pytest.approx(1, rel=1e-14)
    assert table["class"].item() == scaled["class"].item()
    assert table["code"].item() in UNIT_CLASSES[level]


@given(AMOUNTS, st.sampled_from(sorted(UNIT_RULES)))
def test_level_2_divides_the_classes_of_level_1(amounts: list[int], rules: str) -> None:
    grid, units = made_grid([CODES], [amounts]), np.ones((1, 7), dtype=int)
    first = classify_units(grid, units, level=1)["code"].item()
    assert classify_units(grid, units, level=2, rules=rules)["code"].item() // 10 == first


@given(st.permutations(range(6)))
def test_the_order_of_units_is_that_of_their_ids(order: list[int]) -> None:
    people = np.arange(1.0, 7.0)[None, order]
    units = np.array([["f", "a", "e", "b", "d", "c"]])[:, order]
    table = classify_units(made_grid([[12] * 6], people), units)
    expected = pd.Series([2.0, 4, 6, 5, 3, 1], index=list("abcdef"))
    assert table["population"].to_dict() == expected.to_dict()
    assert table.index.tolist() == list("abcdef")
