"""Distances, close pairs, footprints, boxes and groups, against plain loops."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.checks.check_table import check_table
from citysample.reference_frames.checks.geometry import (
    EARTH_KM,
    close_pairs,
    distance_km,
    footprint_pairs,
    inside_box,
    linked_groups,
)

PLACES = st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=12)
# Around the antimeridian and the pole, where plane geometry fails.
HARD = st.lists(
    st.tuples(st.floats(179.9, 180) | st.floats(-180, -179.9), st.floats(-0.1, 0.1) | st.floats(89.9, 90)),
    min_size=2,
    max_size=12,
)


def angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance from the cross and dot product of two vectors, in plain Python."""
    vectors = []
    for lon, lat in (one, other):
        east, north = math.radians(lon), math.radians(lat)
        vectors.append((math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)))
    (a, b, c), (x, y, z) = vectors
    cross = math.hypot(b * z - c * y, c * x - a * z, a * y - b * x)
    return EARTH_KM * math.atan2(cross, a * x + b * y + c * z)


def columns(points: list[tuple[float, float]]) -> tuple[Any, Any]:
    lon, lat = np.array(points, dtype=float).T
    return lon, lat


@given(PLACES | HARD)
def test_the_distance_is_that_of_another_formula(points: list[tuple[float, float]]) -> None:
    lon, lat = columns(points)
    found = distance_km(lon[:-1], lat[:-1], lon[1:], lat[1:])
    expected = [angle(one, other) for one, other in pairwise(points)]
    assert found == pytest.approx(expected, abs=2e-4)
    assert len(found) == len(points) - 1


def test_known_distances() -> None:
    assert distance_km(0.0, 0.0, 180.0, 0.0) == pytest.approx(math.pi * EARTH_KM)
    assert distance_km(36.8219, -1.2921, 39.6682, -4.0435) == pytest.approx(440, abs=2)  # Nairobi, Mombasa
    assert np.isnan(distance_km(np.nan, 0.0, 0.0, 0.0))


@given(PLACES | HARD, st.floats(0.5, 3000))
def test_close_pairs_are_those_of_a_double_loop(points: list[tuple[float, float]], km: float) -> None:
    lon, lat = columns(points)
    pairs = close_pairs(lon, lat, km)
    assert pairs is not None
    apart = {
        (i, j): angle(points[i], points[j]) for i in range(len(points)) for j in range(i + 1, len(points))
    }
    sure = {pair for pair, distance in apart.items() if distance < km - 1e-3}
    possible = {pair for pair, distance in apart.items() if distance < km + 1e-3}
    found = [tuple(pair) for pair in pairs.tolist()]
    assert found == sorted(set(found))
    assert sure <= set(found) <= possible


def test_close_pairs_of_a_crowd_of_real_size() -> None:
    """2,000 points, 1,500 of them in a square of 30 km: 1,999,000 pairs are compared."""
    generator = np.random.default_rng(5)
    lon = np.concatenate([generator.uniform(8, 8.4, 1500), generator.uniform(0, 20, 500)])
    lat = np.concatenate([generator.uniform(47, 47.27, 1500), generator.uniform(40, 50, 500)])
    first, second = np.triu_indices(2000, 1)
    apart = distance_km(lon[first], lat[first], lon[second], lat[second])
    expected = np.column_stack((first, second))[apart <= 1.0]
    pairs = close_pairs(lon, lat, 1.0)
    assert pairs is not None
    assert pairs.tolist() == expected.tolist()
    assert len(pairs) > 2500


def test_points_that_are_not_legal_have_no_neighbours() -> None:
    lon, lat = np.array([0.0, 0.0, np.nan, 190.0, 190.0]), np.array([0.0, 0.001, 0.0, 0.0, 0.0])
    pairs = close_pairs(lon, lat, 1.0)
    assert pairs is not None
    assert pairs.tolist() == [[0, 1]]
    empty = close_pairs(lon[2:], lat[2:], 1.0)
    assert empty is not None
    assert empty.shape == (0, 2)


@given(PLACES | HARD, PLACES | HARD, st.lists(st.floats(0, 1e6), min_size=12, max_size=12))
def test_footprints_hold_what_a_double_loop_says(
    points: list[tuple[float, float]], centres: list[tuple[float, float]], areas: list[float]
) -> None:
    area = np.array(areas[: len(centres)])
    pairs = footprint_pairs(columns(points), columns(centres), area)
    assert pairs is not None
    apart = {(i, j): angle(p, c) for i, p in enumerate(points) for j, c in enumerate(centres) if area[j] > 0}
    radius = {j: math.sqrt(area[j] / math.pi) for j in range(len(centres))}
    sure = {pair for pair, distance in apart.items() if distance < radius[pair[1]] - 1e-3}
    possible = {pair for pair, distance in apart.items() if distance < radius[pair[1]] + 1e-3}
    found = [tuple(pair) for pair in pairs.tolist()]
    assert found == sorted(set(found))
    assert sure <= set(found) <= possible


@given(st.floats(-180, 180), st.floats(-180, 180), st.lists(st.floats(-180, 180), min_size=1, max_size=20))
def test_a_box_and_the_rest_of_its_belt_hold_each_point_once(
    west: float, east: float, lons: list[float]
) -> None:
    lon = np.array([one for one in lons if one not in (west, east)] or [west])
    lat = np.zeros(len(lon))
    inside = inside_box(lon, lat, (west, -1.0, east, 1.0))
    if west not in lon and west != east:
        assert (inside ^ inside_box(lon, lat, (east, -1.0, west, 1.0))).all()
    assert inside_box(np.array([west, east]), np.zeros(2), (west, -1.0, east, 1.0)).all()
    assert not inside_box(lon, lat + 2, (west, -1.0, east, 1.0)).any()


def test_a_box_around_the_earth_holds_all_longitudes() -> None:
    lon = np.array([-180.0, -1.0, 0.0, 180.0])
    assert inside_box(lon, np.zeros(4), (-180.0, -90.0, 180.0, 90.0)).all()


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(16, 30)), max_size=25))
def test_groups_are_the_components_found_by_walking(pairs: list[tuple[int, int]]) -> None:
    neighbours: dict[int, set[int]] = {}
    for one, other in pairs:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    expected = set()
    for start in neighbours:
        seen, todo = {start}, [start]
        while todo:
            fresh = neighbours[todo.pop()] - seen
            seen |= fresh
            todo += fresh
        expected.add(tuple(sorted(seen)))
    assert linked_groups(pairs) == sorted(expected)


def table(lon: Any, lat: Any, **columns: Any) -> pd.DataFrame:
    ids = [f"c{k}" for k in range(len(lon))]
    return pd.DataFrame({"city_id": ids, "lon": lon, "lat": lat, **columns})


def codes(check: Any) -> dict[str, tuple[str, ...]]:
    return {finding.code: finding.cities for finding in check.findings}


def test_coordinates_of_a_wrong_unit_are_one_finding() -> None:
    """Degrees divided by 1,000: all 200 cities lie in one square kilometre."""
    generator = np.random.default_rng(2)
    check = check_table(table(generator.uniform(0.030, 0.036, 200), generator.uniform(0.001, 0.006, 200)))
    assert list(codes(check)) == ["CITIES-CROWDED"]
    assert len(codes(check)["CITIES-CROWDED"]) == 200


def test_areas_of_a_wrong_unit_are_one_finding() -> None:
    """Hectares read as square kilometres."""
    generator = np.random.default_rng(2)
    lon, lat = generator.uniform(6, 10, 300), generator.uniform(46, 48, 300)
    check = check_table(table(lon, lat, population=np.arange(20_000, 50_000, 100), area_km2=15_000.0))
    assert "FOOTPRINTS-CROWDED" in codes(check)
    assert len(codes(check)["FOOTPRINTS-CROWDED"]) == 300
    assert "NESTED-FOOTPRINT" not in codes(check)


def test_a_chain_of_near_cities_is_one_finding() -> None:
    check = check_table(table([7.0, 7.006, 7.012, 9.0], [0.0, 0.0, 0.0, 0.0]))
    (finding,) = check.findings
    assert finding.code == "CITIES-NEAR"
    assert finding.cities == ("c0", "c1", "c2")
    assert finding.got == "3 cities, the nearest two 667 m apart"


def test_the_range_of_each_country_is_its_own() -> None:
    lon, lat = [36.8, 36.8, 17.1, 178.4, -179.9], [-1.3, 21.0, -22.5, -18.1, -16.8]
    check = check_table(table(lon, lat, iso3=["KEN", "KEN", "NAM", "FJI", "FJI"]))
    assert codes(check) == {"COORDINATES-OUTSIDE": ("c1",)}
    unknown = check_table(table(lon, lat, iso3=["KEN", "XXX", "NAM", "FJI", "FJI"]))
    assert codes(unknown) == {"COUNTRY-UNKNOWN": ("c1",)}
    by_two_letters = check_table(table(lon, lat, code=["KE", "KE", "NA", "FJ", "FJ"]), country="code")
    assert codes(by_two_letters) == codes(check)


@pytest.mark.parametrize("country", ["COL", "co", "Colombia", "colombia"])
def test_a_country_is_given_by_code_or_name(country: str) -> None:
    check = check_table(table([-74.1, 36.8], [4.6, -1.3]), country=country)
    assert codes(check) == {"COORDINATES-OUTSIDE": ("c1",)}
    assert "country: COL for all rows" in check.columns
    assert "country codes: no column with country codes" in check.not_checked


def test_rows_of_another_country_than_the_given_one_are_named() -> None:
    cities = table([-74.1, -74.2, -74.3, -74.4], [4.6, 4.7, 4.8, 4.9], iso3=["COL", "VEN", "col ", None])
    check = check_table(cities, country="COL")
    assert codes(check) == {"COUNTRY-OTHER": ("c1",), "COUNTRY-MISSING": ("c3",)}
    assert [f.got for f in check.findings if f.code == "COUNTRY-OTHER"] == ["'VEN' in column 'iso3', not COL"]
    assert "country: column 'iso3' (by default)" in check.columns
    assert "country codes" in check.checked
    ways = check_table(cities.assign(iso3=["CO", "Colombia", "COL", "COL"]), country="Colombia")
    assert codes(ways) == {}


def test_a_country_outside_the_world_frame_may_be_given_with_its_range(refused: Any) -> None:
    cities = table([179.2, 179.2], [-8.5, 8.5], iso3=["XAA", "XBB"])
    check = check_table(cities, country="XAA", box=(176.0, -11.0, 180.0, -5.0))
    assert codes(check) == {"COORDINATES-OUTSIDE": ("c1",), "COUNTRY-OTHER": ("c1",)}
    with refused("FRAME-COUNTRY-UNKNOWN", "'XAA' is neither a column nor a country"):
        check_table(cities[["city_id"]], country="XAA")


def test_without_a_country_exchanged_means_out_of_range() -> None:
    check = check_table(table([10.0, 50.0], [120.0, 8.0]))
    assert codes(check) == {"COORDINATES-SWAPPED": ("c0",)}
    assert any(
        line.startswith("coordinates against the country's range: no country") for line in check.not_checked
    )


def test_a_lost_sign_is_named() -> None:
    check = check_table(table([74.1, -74.0], [4.6, 4.7]), country="COL")
    (finding,) = check.findings
    assert finding.cities == ("c0",)
    assert "with another sign 1 of them would be inside" in finding.got
