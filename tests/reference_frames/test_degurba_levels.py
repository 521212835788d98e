"""Level 2 on grids made by hand: each class, each threshold on both sides, water, missing cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from citysample.reference_frames.degurba.classify import degurba
from citysample.reference_frames.degurba.rules import LEVEL2, RULES, ClusterRule, DegurbaRules

Cells = npt.NDArray[np.float64]


def level2(people: npt.ArrayLike, rules: str | DegurbaRules = "2024") -> list[list[int]]:
    classes = degurba(np.array(people, dtype=np.float64), rules=rules).level2
    assert classes is not None
    return [[int(code) for code in row] for row in classes]


def row(*people: float) -> list[int]:
    """Classes of a grid of one row."""
    return level2([list(people)])[0]


def test_every_code_has_a_name() -> None:
    assert sorted(LEVEL2) == [10, 11, 12, 13, 21, 22, 23, 30]


def test_level_1_gives_no_level_2() -> None:
    grid = degurba(np.array([[60_000.0]]), level=1)
    assert grid.level2 is None
    assert grid.dense is None
    assert grid.semi_dense is None


@pytest.mark.parametrize(("first", "codes"), [(3_499, [22, 22]), (3_500, [23, 23])])
def test_total_of_a_dense_cluster(first: float, codes: list[int]) -> None:
    assert row(first, 1_500) == codes


@pytest.mark.parametrize(("second", "code"), [(1_499, 21), (1_500, 23)])
def test_density_of_a_dense_cluster(second: float, code: int) -> None:
    assert row(5_000, second) == [23, code]


def test_dense_clusters_share_sides() -> None:
    assert level2([[3_000, 0], [0, 3_000]])[0][0] == 22
    corners = replace(RULES["2024"], dense=ClusterRule(1_500, 5_000, 8))
    assert level2([[3_000, 0], [0, 3_000]], corners)[0][0] == 23


@pytest.mark.parametrize(("first", "codes"), [(1_599, [13, 13]), (1_600, [22, 22])])
def test_total_of_a_semi_dense_cluster(first: float, codes: list[int]) -> None:
    assert row(first, 900) == codes


@pytest.mark.parametrize(("second", "code"), [(899, 13), (900, 22)])
def test_density_of_a_semi_dense_cluster(second: float, code: int) -> None:
    assert row(2_500, second) == [22, code]


def test_semi_dense_clusters_share_sides_since_2024() -> None:
    people = np.diag([1_400, 1_400])
    assert level2(people) == [[13, 11], [11, 13]]
    corners = replace(RULES["2024"], semi_dense=ClusterRule(900, 2_500, 8))
    assert level2(people, corners) == [[22, 11], [11, 22]]


@pytest.mark.parametrize(("empty", "code"), [(0, 21), (1, 13), (2, 22), (3, 22)])
@pytest.mark.parametrize("town", [5_000.0, 50_000.0])
def test_distance_of_a_semi_dense_cluster_from_a_dense_one(empty: int, code: int, town: float) -> None:
    codes = row(town, *[0.0] * empty, 1_400, 1_400)
    # Without an urban cluster around it (empty > 0), what is near and not semi-dense is a rural cluster.
    assert codes[-2:] == [code, code]


def test_distance_counts_diagonally_and_for_the_whole_cluster() -> None:
    people = np.zeros((8, 8))
    people[0, 0] = 5_000
    people[2, 2:8] = 1_400
    assert level2(people)[2][2:] == [21] * 6, "one cell of the cluster is two steps away"
    people[2, 2] = 0
    assert level2(people)[2][3:] == [22] * 5


def test_suburban_cells_lie_in_urban_clusters() -> None:
    assert row(5_000, 0, 1_400, 1_400, 1_400, 800) == [23, 11, 21, 21, 21, 21], "5,000 people, too near"
    assert row(5_000, 0, 1_400, 1_400, 1_400, 799) == [23, 11, 13, 13, 13, 13], "4,999 people, too near"
    assert row(50_000, 300, 299) == [30, 21, 12]
    assert row(50_000, 300, 0, 300) == [30, 21, 11, 12]


def test_a_distance_beyond_the_grid() -> None:
    far = replace(RULES["2024"], semi_dense_distance=10**9)
    assert level2([[5_000, *[0] * 9, 2_500, 900]], far)[0][-2:] == [13, 13]


def test_semi_dense_clusters_before_2024() -> None:
    people = np.zeros((1, 20))
    people[0, :10] = 500
    for rules in ("2022", "2023"):
        assert level2(people, rules)[0][:10] == [22] * 10, "300 people per km2, 5,000 in all"
    assert level2(people)[0][:10] == [21] * 10
    for empty, code in ((2, 21), (3, 22)):
        town = np.zeros((1, 30))
        town[0, 0] = 5_000
        town[0, 1 + empty : 11 + empty] = 500
        assert level2(town, "2023")[0][5] == code, "outside a buffer of three cells"


@pytest.mark.parametrize(("first", "code"), [(199, 12), (200, 13)])
def test_total_of_a_rural_cluster(first: float, code: int) -> None:
    # The second cell has 300 people on a whole km2 of land, the first on a part of it.
    people, land = np.array([[first, 300.0]]), np.array([[0.5, 1.0]])
    assert degurba(people, land=land).level2.tolist() == [[code, code]]  # type: ignore[union-attr]  # level 2


@pytest.mark.parametrize(("second", "code"), [(299, 12), (300, 13)])
def test_density_of_a_rural_cluster(second: float, code: int) -> None:
    assert row(600, second) == [13, code]


def test_rural_clusters_share_sides_or_corners() -> None:
    assert level2([[300, 0], [0, 300]]) == [[13, 11], [11, 13]]
    sides = replace(RULES["2024"], rural_cluster=ClusterRule(300, 500, 4))
    assert level2([[300, 0], [0, 300]], sides) == [[12, 11], [11, 12]]


def test_4999_people_are_a_rural_cluster_and_5000_are_suburban() -> None:
    assert row(*[500.0] * 9, 499) == [13] * 10
    assert row(*[500.0] * 10) == [21] * 10


@pytest.mark.parametrize(("people", "code"), [(0, 11), (49, 11), (50, 12), (299, 12)])
def test_low_and_very_low_density(people: float, code: int) -> None:
    assert row(people) == [code]


def test_levels_are_independent() -> None:
    grid = degurba(np.array([[1_500.0, 1_500, 0, 0]]))
    assert grid.level1.tolist() == [[1, 1, 1, 1]]
    assert grid.level2.tolist() == [[22, 22, 11, 11]]  # type: ignore[union-attr]  # level 2


@pytest.mark.parametrize(
    ("people", "land", "built", "code"),
    [
        (0, 0.49, 0, 10),
        (0, 0.5, 0, 11),
        (1, 0.49, 0, 11),
        (0, 0.49, 0.01, 11),
        (0, 0, 0, 10),
        (40, 0.49, 0, 12),
    ],
)
def test_water_has_little_land_no_people_and_nothing_built(
    people: float, land: float, built: float, code: int
) -> None:
    one = [np.array([[value]], dtype=np.float64) for value in (people, land, built)]
    grid = degurba(one[0], land=one[1], builtup=one[2])
    assert grid.level2 is not None
    assert grid.level2.tolist() == [[code]]
    assert grid.level1.tolist() == [[1]], "water is rural at level 1"


def test_dense_clusters_count_built_up_cells() -> None:
    people, built = np.array([[5_000.0, 0.0]]), np.array([[0.0, 0.5]])
    assert degurba(people, builtup=built, rules="2022").level2.tolist() == [[23, 23]]  # type: ignore[union-attr]
    assert degurba(people, builtup=built * 0.9, rules="2022").level2.tolist() == [[23, 11]]  # type: ignore[union-attr]


def test_cells_that_a_centre_takes_over_are_not_in_a_dense_cluster() -> None:
    people = np.full((5, 5), 20_000.0)
    people[2, 2] = 0
    people[1:4, 1:4] = 0
    people[2, 2] = 6_000
    grid = degurba(people)
    assert grid.level2 is not None
    assert grid.dense is not None
    assert (grid.level2 == 30).all()
    assert not grid.dense.any()


def test_missing_cells_have_no_class_and_join_nothing() -> None:
    people = np.full((5, 5), 20_000.0)
    people[2, 2] = np.nan
    people[0, 4] = np.nan
    for rules in RULES:
        grid = degurba(people, rules=rules)
        assert grid.level2 is not None
        for classes in (grid.level1, grid.level2, grid.centre, grid.cluster):
            assert np.argwhere(classes == 0).tolist() == [[0, 4], [2, 2]]


def test_missing_cells_count_in_a_gap_and_stay_missing() -> None:
    people = np.full((5, 5), 20_000.0)
    people[2, 1:4] = 0
    people[2, 2] = np.nan
    assert degurba(people).centre[2].tolist() == [1, 1, 0, 1, 1]
    wide = np.full((5, 7), 20_000.0)
    wide[1:4, 1:6] = 0
    wide[2, 2] = np.nan
    fill = replace(RULES["2024"], steps=("fill",))
    assert np.count_nonzero(degurba(wide, rules=fill).centre == 0) == 15


def test_missing_cells_and_the_outside_hold_back_the_majority() -> None:
    corner = np.array([[30_000.0, 30_000], [30_000, 0]])
    assert degurba(corner).centre[1, 1] == 0, "3 of 3 in the grid, 3 of 8 in all"
    ringed = np.pad(corner, 1, constant_values=np.nan)
    assert degurba(ringed).centre[2, 2] == 0
    sea = np.pad(corner, 1)
    land = np.pad(np.ones((2, 2)), 1)
    assert degurba(sea, land=land).centre[2, 2] == 1, "3 of 3 land cells"


def test_a_cell_that_is_missing_in_one_grid_is_missing() -> None:
    people, land = np.array([[60_000.0, 0, 0]]), np.array([[1.0, np.nan, 1.0]])
    built = np.array([[0.0, 0, np.nan]])
    grid = degurba(people, land=land, builtup=built)
    assert grid.level1.tolist() == [[3, 0, 0]]
    assert np.isnan(grid.population).tolist() == [[False, True, True]]
    assert np.isnan(grid.land).tolist() == [[False, True, True]]


def test_the_given_arrays_are_not_changed() -> None:
    people, land = np.array([[60_000.0, 0.0]]), np.array([[1.0, np.nan]])
    degurba(people, land=land)
    assert people.tolist() == [[60_000.0, 0.0]]


@pytest.mark.parametrize("kind", [np.int32, np.uint8, np.float32, np.float64])
def test_any_number_type_and_masked_arrays(kind: type[np.number[Any]]) -> None:
    people: npt.NDArray[Any] = np.array([[200, 200]], dtype=kind)
    assert degurba(people).level2.tolist() == [[12, 12]]  # type: ignore[union-attr]  # level 2
    masked = np.ma.masked_array(people, [[False, True]])
    assert degurba(masked).level2.tolist() == [[12, 0]]  # type: ignore[union-attr]  # level 2
    assert degurba([[200, 200]]).level1.tolist() == [[1, 1]]


def test_missing_cells_have_no_density_even_for_a_threshold_of_0() -> None:
    zero = ClusterRule(0, 0, 4)
    rules = DegurbaRules(
        centre=zero, cluster=zero, dense=zero, semi_dense=zero, rural_cluster=zero, low_density=0
    )
    grid = degurba(np.array([[0.0, np.nan, 5.0]]), rules=rules)
    assert grid.level1.tolist() == [[3, 0, 3]]
    assert grid.centre.tolist() == [[1, 0, 2]]


def test_a_grid_of_missing_cells_or_without_people() -> None:
    assert not degurba(np.full((3, 3), np.nan)).level1.any()
    assert degurba(np.zeros((1, 1))).level2.tolist() == [[11]]  # type: ignore[union-attr]  # level 2


def test_the_grid_shows_its_size() -> None:
    assert repr(degurba(np.array([[60_000.0]]))) == "UrbanGrid(1 x 1 cells, 1 urban centres)"
