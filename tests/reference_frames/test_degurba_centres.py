"""Level 1 on grids made by hand: which cells form a centre or a cluster, gaps, edges, built-up land."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from citysample.reference_frames.degurba.classify import EDGES, SMOOTHERS, degurba
from citysample.reference_frames.degurba.rules import RULES, SMOOTHINGS, STEPS, ClusterRule, DegurbaRules

BARE = replace(RULES["2024"], steps=())
FILL = replace(RULES["2024"], steps=("fill",))
EIGHT = replace(RULES["2022"], steps=("smooth",))
LAND = replace(RULES["2024"], steps=("smooth",))

Cells = npt.NDArray[np.float64]


def drawn(picture: str, **people: float) -> Cells:
    """A grid from a picture: each letter stands for a number of people, a point for none."""
    values = {".": 0.0, "#": 20_000.0, **people}
    return np.array([[values[sign] for sign in row] for row in picture.split()])


def centre(people: Cells, rules: DegurbaRules = BARE, **grids: Cells) -> list[str]:
    """The centres of a grid as a picture: their labels, and a point elsewhere."""
    labels = degurba(people, rules=rules, level=1, **grids).centre
    return ["".join(str(label) if label else "." for label in row) for row in labels.tolist()]


def test_registries_hold_the_names_of_the_rules() -> None:
    assert tuple(SMOOTHERS) == SMOOTHINGS
    assert sorted(EDGES) == sorted(STEPS)


def test_cells_of_a_centre_share_sides() -> None:
    assert centre(drawn("##. ..#", **{"#": 25_000})) == ["11.", "..."]
    assert centre(drawn("##. .##", **{"#": 25_000})) == ["11.", ".11"]
    corners = replace(BARE, centre=ClusterRule(1_500, 50_000, 8))
    assert centre(drawn("##. ..#", **{"#": 25_000}), corners) == ["11.", "..1"]


def test_cells_of_an_urban_cluster_share_sides_or_corners() -> None:
    people = drawn("a. .a", a=2_500)
    assert degurba(people, level=1).level1.tolist() == [[2, 1], [1, 2]]
    sides = replace(BARE, cluster=ClusterRule(300, 5_000, 4))
    assert degurba(people, rules=sides, level=1).level1.tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(("last", "found"), [(9_999, 0), (10_000, 5)])
def test_total_of_a_centre(last: float, found: int) -> None:
    labels = degurba(np.array([[10_000.0] * 4 + [last]]), rules=BARE).centre
    assert np.count_nonzero(labels) == found


@pytest.mark.parametrize(("last", "found"), [(999, 0), (1_000, 5)])
def test_total_of_an_urban_cluster(last: float, found: int) -> None:
    assert np.count_nonzero(degurba(np.array([[1_000.0] * 4 + [last]])).level1 == 2) == found


@pytest.mark.parametrize(("people", "level1"), [(299, 1), (300, 2), (1_499, 2), (1_500, 3)])
def test_density_of_a_cell_beside_a_centre(people: float, level1: int) -> None:
    assert degurba(np.array([[50_000.0, people]])).level1.tolist() == [[3, level1]]


@pytest.mark.parametrize(("land", "level1"), [(1.0, 2), (0.51, 2), (0.5, 3), (0.1, 3), (0.0, 3)])
def test_density_is_per_land(land: float, level1: int) -> None:
    people = np.array([[50_000.0, 750.0]])
    assert degurba(people, land=np.array([[1.0, land]])).level1.tolist() == [[3, level1]]


def test_no_people_on_no_land_have_no_density() -> None:
    grid = degurba(np.array([[50_000.0, 0.0]]), land=np.array([[1.0, 0.0]]))
    assert grid.level1.tolist() == [[3, 1]]


def test_sums_of_decimals_reach_their_threshold() -> None:
    tenths = np.full((1, 10), 0.1)
    assert sum(tenths.ravel().tolist()) < 1
    one = replace(BARE, centre=ClusterRule(0.1, 1, 4))
    assert degurba(tenths, rules=one).centre.all()


# A ring of 20,000 people per cell around a gap without people.
def ring(height: int, width: int) -> Cells:
    people = np.full((height + 2, width + 2), 20_000.0)
    people[1:-1, 1:-1] = 0
    return people


@pytest.mark.parametrize(
    ("height", "width", "filled"), [(1, 1, True), (2, 7, True), (3, 5, False), (4, 4, False), (1, 14, True)]
)
def test_gaps_below_15_cells_are_filled(height: int, width: int, filled: bool) -> None:
    labels = degurba(ring(height, width), rules=FILL).centre
    assert bool(labels[1:-1, 1:-1].all()) == filled
    assert bool(labels[1:-1, 1:-1].any()) == filled


@pytest.mark.parametrize(("area", "filled"), [(15, False), (15.5, True), (0, False)])
def test_area_of_a_gap_is_a_rule(area: float, filled: bool) -> None:
    assert degurba(ring(3, 5), rules=replace(FILL, gap_area=area)).centre[2, 3] == filled


def test_gaps_of_16_cells_with_cut_corners_survive_all_steps_and_those_of_12_do_not() -> None:
    sixteen = drawn("####### ##...## #.....# #.....# ##...## #######")
    twelve = drawn("###### ##..## #....# #....# ##..## ######")
    for name, rules in RULES.items():
        assert np.count_nonzero(degurba(sixteen, rules=rules).centre == 0) == 16, name
        assert degurba(twelve, rules=rules).centre.all(), name


def test_order_of_the_steps_matters_for_a_square_gap_of_16_cells() -> None:
    for rules, left in ((FILL, 16), (EIGHT, 12), (LAND, 12), (RULES["2022"], 12), (RULES["2024"], 12)):
        labels = degurba(ring(4, 4), rules=rules).centre
        assert np.count_nonzero(labels == 0) == left, "smoothing cuts the corners"
    turned = replace(RULES["2024"], steps=("smooth", "fill"))
    assert degurba(ring(4, 4), rules=turned).centre.all(), "the 12 cells that are left are filled"


def test_a_bay_is_no_gap() -> None:
    assert centre(drawn("###. #..# ####"), replace(FILL, gap_area=1_000)) == ["111.", "1111", "1111"]
    assert centre(drawn("### #.. ###"), FILL) == ["111", "1..", "111"]
    assert centre(drawn("### #.# #.#"), FILL) == ["111", "1.1", "1.1"]


def test_gaps_that_touch_at_a_corner_are_two() -> None:
    people = drawn("#####. #..### #..### ###... #####.")
    # The gap of 4 cells touches the outside at a corner only.
    assert centre(people, FILL) == ["11111.", "111111", "111111", "111...", "11111."]


def test_a_gap_with_another_centre_in_it_is_filled_around_it() -> None:
    people = ring(3, 3)
    people[2, 2] = 60_000
    assert centre(people, FILL) == ["11111", "11111", "11211", "11111", "11111"]
    people = ring(3, 5)
    people[2, 3] = 60_000
    assert centre(people, FILL)[2] == "1..2..1", "the other centre counts in the area of 15"


def test_water_in_a_gap_is_filled() -> None:
    land = np.ones((4, 4))
    land[1:-1, 1:-1] = 0
    assert degurba(ring(2, 2), land=land, rules="2024").centre.all()


@pytest.mark.parametrize("rules", [EIGHT, LAND])
def test_smoothing_joins_two_parts_of_one_centre(rules: DegurbaRules) -> None:
    people = drawn("###..### ###..### ########")
    joined = centre(people, rules)
    assert joined == ["111..111", "11111111", "11111111"]


@pytest.mark.parametrize("rules", [EIGHT, LAND, RULES["2022"], RULES["2024"]])
def test_smoothing_does_not_join_two_centres(rules: DegurbaRules) -> None:
    people = drawn("###.### ###.### ###.###")
    assert centre(people, rules) == ["111.222", "111.222", "111.222"], "3 of 8 each"


def test_centres_that_meet_stay_apart() -> None:
    people = drawn("####.## ###..## ##...## ##...##")
    assert centre(people, EIGHT) == ["1111.22", "111..22", "11...22", "11...22"]
    people = drawn("####.### ##...### ####.### ####.###")
    assert centre(people, EIGHT) == ["1111.222", "1111.222", "1111.222", "1111.222"]


def test_five_of_eight_joins_and_four_does_not() -> None:
    assert centre(drawn("#.. #.. ###"), EIGHT) == ["1..", "11.", "111"]
    assert centre(drawn("..# ..# ..# ### ###"), EIGHT)[1:3] == ["..1", ".11"]
    assert centre(drawn("... #.# ###"), EIGHT) == ["...", "111", "111"], "5 of 8 from below"
    assert centre(drawn("... ..# ###"), EIGHT) == ["...", "..1", "111"], "4 of 8"


def test_smoothing_goes_on_until_no_cell_joins() -> None:
    people = drawn("######## #....... ######## ########")
    assert centre(people, EIGHT) == ["11111111"] * 4, "one cell after the other"


def test_majority_among_land_cells_only() -> None:
    people = drawn("#. #. ##", **{"#": 30_000})
    land = np.array([[1, 1], [1, 1], [1, 1]], dtype=np.float64)
    padded, sea = np.pad(people, 1), np.pad(land, 1)
    # The cell in the middle of the right side: 4 of its 8 are in the centre, 1 other is land.
    assert centre(padded, EIGHT, land=sea)[2] == ".1.."
    assert centre(padded, LAND, land=sea)[2] == ".11."
    # Half is no majority.
    sea[1:4, 3] = 1
    assert centre(padded, LAND, land=sea)[2] == ".1.."


def test_water_never_joins_by_the_majority_among_land_but_does_among_eight() -> None:
    people = drawn("### #.. ###")
    land = np.array([[1.0, 1, 1], [1, 0, 0], [1, 1, 1]])
    assert centre(people, LAND, land=land)[1] == "1.."
    assert centre(people, EIGHT, land=land)[1] == "111"
    built = np.array([[0, 0, 0], [0, 0.1, 0], [0, 0, 0]])
    assert centre(people, LAND, land=land, builtup=built)[1] == "11.", "built-up cells are no water"


def test_populated_cells_without_much_land_count() -> None:
    people = np.pad(drawn("#. #. ##", **{"#": 30_000}), 1)
    land = (people > 0).astype(np.float64)
    land[2, 2] = 1
    assert centre(people, LAND, land=land)[2] == ".11."
    populated = people.copy()
    populated[1, 2] = populated[1, 3] = populated[2, 3] = populated[3, 3] = 1
    land[1, 2] = land[1, 3] = land[2, 3] = land[3, 3] = 0.4
    assert centre(populated, LAND, land=land)[2] == ".1..", "4 of 8"


@pytest.mark.parametrize(("built", "found"), [(0.499, 2), (0.5, 3)])
def test_built_up_share_of_land_counts_like_density(built: float, found: int) -> None:
    people, share = np.array([[20_000.0, 0, 30_000]]), np.array([[0.0, built, 0.0]])
    rules = replace(RULES["2022"], steps=())
    assert np.count_nonzero(degurba(people, builtup=share, rules=rules).centre) == (3 if found == 3 else 0)
    half = np.array([[1.0, 0.5, 1.0]])
    grid = degurba(people, builtup=share / 2, land=half, rules=rules)
    assert grid.built_up_threshold == 0.5
    assert np.count_nonzero(grid.centre) == (3 if found == 3 else 0)
    off = degurba(people, builtup=share, rules=replace(rules, built_up=None))
    assert not off.centre.any()
    assert off.built_up_threshold is None


def test_optimal_built_up_threshold_is_the_mean_of_dense_clusters_rounded_up() -> None:
    people = np.array([[4_000.0, 4_000, 0, 1_600, 0, 25_000, 0, 25_000]])
    share = np.array([[0.10, 0.14, 0.9, 0.9, 0.13, 0.145, 0.14, 0.145]])
    grid = degurba(people, builtup=share, rules=BARE)
    # Cells of clusters with 5,000 people: 0.10, 0.14, 0.145, 0.145; the mean is 0.1325.
    assert grid.built_up_threshold == 0.14
    assert np.count_nonzero(grid.centre) == 3, "0.14 reaches it, 0.13 does not"
    exact = degurba(people, builtup=np.full((1, 8), 0.2), rules=BARE)
    assert exact.built_up_threshold == 0.2
    assert degurba(people, builtup=np.zeros((1, 8)), rules=BARE).built_up_threshold is None
    assert degurba(people / 100, builtup=share, rules=BARE).built_up_threshold is None
