"""The rules by which cells and places become cities."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.reference_frames.world.builder.cities import CLASSES
from citysample.reference_frames.world.builder.clusters import contiguous, join_fragments, split_by_country
from citysample.reference_frames.world.builder.grid import EARTH_RADIUS_KM, unit_vectors
from citysample.reference_frames.world.builder.naming import (
    naming_order,
    naming_places,
    nearest_clusters,
    reach_km,
    with_near_places,
)
from citysample.reference_frames.world.builder.population import (
    LIMITS,
    city_populations,
    place_populations,
)
from citysample.reference_frames.world.builder.table import longitude_range


def ints(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


def floats(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float64)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15))
def test_contiguous_cells_are_those_connected_by_a_walk(pairs: list[tuple[int, int]]) -> None:
    labels = contiguous(np.array(pairs, dtype=np.int64).reshape(-1, 2), 10)
    reached = [{cell} for cell in range(10)]
    for _ in range(10):
        for a, b in pairs:
            reached[a] |= reached[b]
            reached[b] |= reached[a]
    compared = 0
    for a, b in product(range(10), repeat=2):
        assert (labels[a] == labels[b]) == (b in reached[a])
        compared += 1
    assert compared == 100


def test_fragments_join_the_larger_cluster_with_most_contacts() -> None:
    labels = ints(0, 0, 0, 1, 1, 1, 2, 3)
    corners = np.array([[2, 6], [3, 6], [4, 6]])
    joined = join_fragments(labels, corners, 3)
    assert joined.tolist() == [0, 0, 0, 1, 1, 1, 1, 2]  # cell 6 has two contacts with cluster 1
    equal = join_fragments(labels, corners[:2], 3)
    assert equal.tolist() == [0, 0, 0, 1, 1, 1, 0, 2]  # one each: the first
    apart = join_fragments(labels, np.array([[6, 7]]), 3)
    assert apart.tolist() == labels.tolist()  # two fragments do not join each other


def test_large_clusters_that_touch_at_a_corner_stay_apart() -> None:
    labels = ints(0, 0, 1, 1)
    assert join_fragments(labels, np.array([[1, 2]]), 2).tolist() == labels.tolist()


def test_a_cluster_is_split_at_a_border_only_where_the_part_is_a_city() -> None:
    labels = ints(0, 0, 0, 0, 0, 1, 1)
    country = np.array(["SG", "SG", "SG", "MY", "MY", "SG", "MY"])
    split, owner = split_by_country(labels, country, {(0, "SG"), (0, "MY")}, 2)
    assert [owner[label] for label in split] == ["SG", "SG", "SG", "MY", "MY", "MY", "MY"]
    assert len(set(split.tolist())) == 3
    # Without a place of its country, or with too few cells, a part stays with the larger one.
    for anchored, cells in (({(0, "SG")}, 2), ({(0, "SG"), (0, "MY")}, 3)):
        split, owner = split_by_country(labels, country, anchored, cells)
        assert [owner[label] for label in split[:5]] == ["SG"] * 5


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["A", "B", "C"]), st.integers(0, 50)), max_size=12)
)
def test_the_regional_rule_is_its_formula(places: list[tuple[int, str, int]]) -> None:
    expected = []
    for city in range(3):
        total = 0
        for region in "ABC":
            people = [p for c, r, p in places if c == city and r == region]
            if people:
                total += max(*people, sum(people) - max(people))
        expected.append(total)
    found = place_populations(
        np.array([c for c, _, _ in places], dtype=np.int64),
        np.array([r for _, r, _ in places], dtype="U1"),
        np.array([p for _, _, p in places], dtype=np.int64),
        3,
    )
    assert found.tolist() == expected
    for city in range(3):
        people = [p for c, _, p in places if c == city]
        assert max(people, default=0) <= found[city] <= sum(people)


def test_a_city_state_counts_once() -> None:
    people = ints(5_600_000, 280_000, 250_000)
    regions = np.array(["", "SG.01", "SG.05"])
    assert place_populations(ints(0, 0, 0), regions, people, 1).tolist() == [5_600_000]
    regions = np.array(["SG.02", "SG.01", "SG.05"])
    assert place_populations(ints(0, 0, 0), regions, people, 1).tolist() == [6_130_000]


def test_each_way_to_a_population() -> None:
    # Six consistent centres of one country at 3,000 people per km2 set its density.
    area = floats(*[100.0] * 6, 20, 100, 10, 10, 2, 30)
    by_region = ints(*[300_000] * 6, 49_999, 149_999, 900_000, 900_000, 0, 45_000)
    largest = ints(*[300_000] * 6, 40_000, 100_000, 390_000, 800_000, 0, 45_000)
    whole = np.array([True] * 11 + [False])
    people, source = city_populations(by_region, largest, area, np.array(["X"] * 12), np.full(12, 30), whole)
    assert people.tolist()[:6] == [300_000] * 6
    assert people[6] == 60_000, "fewer than 50,000: area times 3,000"
    assert people[7] == 300_000, "fewer than 1,500 per km2: area times 3,000"
    assert people[8] == 390_000, "more than 40,000 per km2: the largest place"
    assert people[9] == 50_000, "the largest place is too large, too: area times density, at least 50,000"
    assert people[10] == 50_000, "no people known: never below the definition"
    assert people[11] == 45_000, "a part at a border may have fewer than 50,000"
    assert source.tolist() == [
        *["geonames"] * 6,
        "density",
        "density",
        "geonames",
        "minimum",
        "minimum",
        "geonames",
    ]


def test_a_country_with_few_known_cities_takes_the_density_of_the_world() -> None:
    area = floats(*[10.0] * 9)
    by_region = ints(*[100_000] * 7, 60_000, 0)
    country = np.array([*["A"] * 7, "B", "B"])
    people, source = city_populations(
        by_region, by_region, area, country, np.full(9, 30), np.ones(9, dtype=np.bool_)
    )
    assert people[8] == 100_000
    assert source[7:].tolist() == ["geonames", "density"]


@pytest.mark.parametrize("code", [30, 23, 22])
def test_the_limits_of_a_class_hold_on_both_sides(code: int) -> None:
    least = LIMITS[code].people
    area = least / LIMITS[code].per_km2
    for people, expected in ((least, "geonames"), (least - 1, "density")):
        _, source = city_populations(
            ints(people, *[10 * least] * 5),
            ints(people, *[10 * least] * 5),
            floats(area, *[area] * 5),
            np.array(["X"] * 6),
            np.full(6, code),
            np.ones(6, dtype=np.bool_),
        )
        assert source[0] == expected


def test_the_limits_are_those_of_the_definition() -> None:
    assert {code: (limit.people, limit.per_km2) for code, limit in LIMITS.items()} == {
        30: (50_000, 1_500),
        23: (5_000, 1_500),
        22: (2_500, 300),
    }
    assert CLASSES == {30: 3, 23: 2, 22: 2}


@pytest.mark.parametrize(("people", "expected"), [(400_000, "geonames"), (400_001, "density")])
def test_more_than_40_000_people_per_km2_are_not_believed(people: int, expected: str) -> None:
    found, source = city_populations(
        ints(people, *[60_000] * 5), ints(people, *[60_000] * 5), floats(*[10.0] * 6), np.array(["X"] * 6),
        np.full(6, 30), np.ones(6, dtype=np.bool_),
    )  # fmt: skip
    assert source[0] == expected
    assert found[0] == (people if expected == "geonames" else 60_000)


@pytest.mark.parametrize(("known", "expected"), [(5, 60_000), (4, 100_000)])
def test_five_cities_of_a_country_make_its_density(known: int, expected: int) -> None:
    by_region = ints(*[60_000] * known, *[100_000] * 20, 0)
    country = np.array([*["A"] * known, *["B"] * 20, "A"])
    people, _ = city_populations(
        by_region, by_region, np.full(known + 21, 10.0), country, np.full(known + 21, 30),
        np.ones(known + 21, dtype=np.bool_),
    )  # fmt: skip
    assert people[-1] == expected


def test_names_follow_the_order() -> None:
    ids, people, names = ints(40, 30, 20, 10), ints(100, 90, 80, 80), ints(1, 9, 2, 2)
    cluster = ints(0, 0, 0, 0)

    def named(capital: int | None = None, before: dict[int, int] | None = None) -> int:
        marks = np.array([(before or {}).get(row, 0) for row in range(4)])
        order = naming_order(ids, people, names, np.arange(4) == (-1 if capital is None else capital), marks)
        return int(naming_places(cluster, order, 1)[0])

    assert named() == 1, "people times names"
    assert named(capital=2) == 2
    assert named(capital=2, before={3: 1}) == 3
    assert named(capital=2, before={3: 1, 0: 2}) == 0, "a city of the same class before"
    no = np.zeros(2, dtype=np.bool_)
    same = naming_order(ids[2:], people[2:], names[2:], no, no.astype(np.int64))
    assert naming_places(cluster[2:], same, 1).tolist() == [1], "the lowest GeoNames number"


def test_a_place_beside_a_cluster_joins_it_only_as_its_main_place() -> None:
    inside = ints(0, -1, -1, -1, -1, -1)
    near = ints(-1, 0, 0, 1, -1, 0)
    people = ints(500, 501, 500, 0, 900, 3)
    before = np.array([False, False, False, False, False, True])
    assert with_near_places(inside, near, people, before, 2).tolist() == [0, 0, -1, 1, -1, 0]


def test_a_place_reaches_three_kilometres_or_as_far_as_its_people_need() -> None:
    people = ints(0, 84_823, 84_824, 942_478)
    assert reach_km(people).tolist() == pytest.approx([3.0, 3.0, 3.0, 10.0], abs=1e-4)
    degree = np.degrees(3 / EARTH_RADIUS_KM)
    points = unit_vectors(floats(0.0, 10.0, 0.001), floats(0.0, 0.0, 0.0))
    places = unit_vectors(floats(degree * -0.999, degree * -1.001, 10.0), floats(0.0, 0.0, 0.0))
    found = nearest_clusters(
        places, np.array(["A", "A", "A"]), np.full(3, 3.0), points, ints(0, 1, 2), np.array(["A", "B", "B"])
    )
    assert found.tolist() == [0, -1, -1]
    # A nearer cluster of another country is passed over.
    far = nearest_clusters(
        places[:1], np.array(["B"]), np.full(1, 4.0), points, ints(0, 1, 2), np.array(["A", "B", "B"])
    )
    assert far.tolist() == [2]


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        ([5.0, 7.0, 6.0], (5.0, 7.0)),
        ([-179.0, 178.0, 177.0], (177.0, -179.0)),
        ([-170.0, -70.0, -100.0], (-170.0, -70.0)),
        ([12.0], (12.0, 12.0)),
    ],
)
def test_the_range_of_longitudes_may_cross_the_antimeridian(
    lon: list[float], expected: tuple[float, float]
) -> None:
    assert longitude_range(np.array(lon)) == expected
