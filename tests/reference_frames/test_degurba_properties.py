"""What must hold for any grid, and a second implementation in plain Python, cell by cell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from citysample.reference_frames.degurba.classify import UrbanGrid, degurba
from citysample.reference_frames.degurba.rules import LEVEL2, RULES, ClusterRule, DegurbaRules

Cells = npt.NDArray[np.float64]
Cell = tuple[int, int]

PEOPLE = [0, 0, 40, 60, 150, 299, 300, 700, 899, 900, 1_499, 1_500, 4_000, 12_000, 24_000]
LAND = [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
BUILT = [0.0, 0.0, 0.125, 0.25, 0.5]


def land_below_most(people: Cells, land: Cells) -> Cells:
    """The land shares, with land below the largest cells until 4 % of all people live on no land."""
    land = land.copy()
    landless = np.argwhere((people > 0) & (land == 0)).tolist()
    landless.sort(key=lambda cell: people[*cell])
    while landless and sum(people[*cell] for cell in landless) > 0.04 * np.nansum(people):
        land[*landless.pop()] = 0.25
    return land


def random_grid(seed: int) -> tuple[Cells, Cells, Cells]:
    """Population, land and built-up share, clumped, with some missing cells."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(3, 15)), int(random.integers(3, 15)))
    noise = random.random(shape)
    clumped = (noise + np.roll(noise, 1, axis=0) + np.roll(noise, 1, axis=1)) / 3
    middle, spread = random.uniform(0.2, 0.9), random.uniform(1.0, 4.0)
    index = np.clip((clumped - 0.5) * spread + middle, 0, 0.999) * len(PEOPLE)
    people = np.array(PEOPLE, dtype=np.float64)[index.astype(int)]
    people[random.random(shape) < random.choice([0, 0.02])] = np.nan
    land = land_below_most(people, np.where(random.random(shape) < 0.3, random.choice(LAND, shape), 1.0))
    built = np.where(random.random(shape) < 0.1, random.choice(BUILT, shape), 0.0)
    return people, land, np.minimum(built, land)


# --- the second implementation: sets of cells and exact fractions, written from the text of the rules ---


def flat(groups: Iterable[set[Cell]]) -> set[Cell]:
    return set[Cell]().union(*groups)


@dataclass
class Plain:
    """A grid as dictionaries; missing cells are left out of them."""

    rules: DegurbaRules
    people: dict[Cell, Fraction]
    land: dict[Cell, Fraction]
    built: dict[Cell, Fraction] | None
    shape: tuple[int, int]

    def around(self, cell: Cell, reach: int = 8) -> list[Cell]:
        row, column = cell
        steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
        return [(row + i, column + j) for i, j in steps if reach == 8 or i == 0 or j == 0]

    def groups(self, cells: Iterable[Cell], reach: int) -> list[set[Cell]]:
        left, found = set(cells), []
        while left:
            front = [left.pop()]
            group = set(front)
            while front:
                for cell in self.around(front.pop(), reach):
                    if cell in left:
                        left.remove(cell)
                        group.add(cell)
                        front.append(cell)
            found.append(group)
        return found

    def share_of_land(self, amount: Fraction, cell: Cell) -> Fraction | float:
        if amount == 0:
            return 0.0
        return amount / self.land[cell] if self.land[cell] else math.inf

    def dense(self, least: float) -> set[Cell]:
        return {cell for cell, people in self.people.items() if self.share_of_land(people, cell) >= least}

    def clusters(self, cells: set[Cell], rule: ClusterRule) -> list[set[Cell]]:
        groups = self.groups(cells, rule.contiguity)
        return [group for group in groups if sum(self.people[cell] for cell in group) >= rule.total]

    def threshold(self) -> float | None:
        if self.built is None or self.rules.built_up is None:
            return None
        if self.rules.built_up != "optimal":
            return self.rules.built_up
        groups = self.clusters(self.dense(1_500), ClusterRule(0, 5_000, 4))
        shares = [self.built[cell] for group in groups for cell in group]
        if not sum(shares):
            return None
        return math.ceil(sum(shares) / len(shares) * 100) / 100

    def dense_or_built(self, least: float) -> set[Cell]:
        cells, threshold = self.dense(least), self.threshold()
        if threshold is not None and self.built is not None:
            exact = Fraction(threshold).limit_denominator(100)
            cells |= {cell for cell, built in self.built.items() if self.share_of_land(built, cell) >= exact}
        return cells

    def water(self) -> set[Cell]:
        empty = {cell for cell, people in self.people.items() if people == 0 and self.land[cell] < 0.5}
        return empty if self.built is None else {cell for cell in empty if self.built[cell] == 0}

    def filled(self, centres: list[set[Cell]]) -> list[set[Cell]]:
        rows, columns = self.shape
        everywhere = {(row, column) for row in range(-1, rows + 1) for column in range(-1, columns + 1)}
        taken = set().union(*centres)
        grown = []
        for centre in centres:
            gaps = [gap for gap in self.groups(everywhere - centre, 4) if (-1, -1) not in gap]
            small = set().union(*(gap for gap in gaps if len(gap) < self.rules.gap_area))
            grown.append(centre | ((small - taken) & self.people.keys()))
        return grown

    def voters(self, cell: Cell) -> list[Cell]:
        if self.rules.smoothing == "eight cells":
            return self.around(cell)
        return [
            other
            for other in self.around(cell)
            if other not in self.people or self.people[other] > 0 or self.land[other] >= 0.5
        ]

    def smoothed(self, centres: list[set[Cell]]) -> list[set[Cell]]:
        centres = [set(centre) for centre in centres]
        barred = self.water() if self.rules.smoothing == "land cells" else set()
        while True:
            owner = {cell: k for k, centre in enumerate(centres) for cell in centre}
            joining = {}
            for cell in self.people.keys() - owner.keys() - barred:
                voters = self.voters(cell)
                votes = Counter(owner[other] for other in voters if other in owner)
                for k, count in votes.items():
                    needed = 5 if self.rules.smoothing == "eight cells" else len(voters) / 2 + 0.25
                    if count >= needed:
                        joining[cell] = k
            if not joining:
                return centres
            for cell, k in joining.items():
                centres[k].add(cell)

    def centres(self) -> list[set[Cell]]:
        centres = self.clusters(self.dense_or_built(self.rules.centre.density), self.rules.centre)
        for step in self.rules.steps:
            centres = {"fill": self.filled, "smooth": self.smoothed}[step](centres)
        return centres

    def classes(self) -> tuple[dict[Cell, int], dict[Cell, int]]:
        rules = self.rules
        centre = flat(self.centres())
        cluster = flat(self.clusters(self.dense(rules.cluster.density), rules.cluster))
        dense = flat(self.clusters(self.dense_or_built(rules.dense.density), rules.dense)) - centre
        town = centre | dense
        semi = [
            group
            for group in self.clusters(self.dense(rules.semi_dense.density), rules.semi_dense)
            if not any(
                max(abs(a - c), abs(b - d)) <= rules.semi_dense_distance for a, b in group for c, d in town
            )
        ]
        village = flat(self.clusters(self.dense(rules.rural_cluster.density), rules.rural_cluster))
        low, water = self.dense(rules.low_density), self.water()
        order = [(30, centre), (23, dense), (22, flat(semi)), (21, cluster), (13, village), (12, low)]
        order += [(10, water), (11, set(self.people))]
        second = {cell: next(code for code, cells in order if cell in cells) for cell in self.people}
        first = {cell: 3 if cell in centre else 2 if cell in cluster else 1 for cell in self.people}
        return first, second


def plain(people: Cells, land: Cells, built: Cells | None, rules: DegurbaRules) -> Plain:
    known = [(row, column) for row, column in np.argwhere(~np.isnan(people)).tolist()]

    def exact(grid: Cells) -> dict[Cell, Fraction]:
        return {cell: Fraction(float(grid[cell])) for cell in known}

    return Plain(
        rules,
        exact(people),
        exact(land),
        None if built is None else exact(built),
        people.shape,
    )


TURNED = replace(RULES["2024"], steps=("smooth", "fill"))
OTHER = replace(
    RULES["2022"], gap_area=3, semi_dense_distance=1, low_density=100, centre=ClusterRule(900, 30_000, 8)
)
SETS = {**RULES, "smooth first": TURNED, "other numbers": OTHER, "bare": replace(RULES["2024"], steps=())}


@pytest.mark.parametrize("name", SETS)
def test_second_implementation_gives_the_same_class_in_each_cell(name: str) -> None:
    compared, seen, edges, landless = 0, Counter[int](), 0, 0
    for seed in range(200):
        people, land, built = random_grid(seed)
        use_built = seed % 3 != 0
        share = built if use_built else None
        grid = degurba(people, rules=SETS[name], land=land, builtup=share)
        slow = plain(people, land, share, SETS[name])
        assert grid.built_up_threshold == slow.threshold()
        first, second = slow.classes()
        assert grid.level2 is not None
        for cell in np.ndindex(people.shape):
            assert grid.level1[cell] == first.get(cell, 0), (seed, cell)
            assert grid.level2[cell] == second.get(cell, 0), (seed, cell)
            compared += 1
        seen.update(second.values())
        landless += int(((people > 0) & (land == 0)).sum())
        core = slow.clusters(slow.dense_or_built(SETS[name].centre.density), SETS[name].centre)
        edges += int(np.count_nonzero(grid.centre)) - sum(map(len, core))
    assert compared > 14_000
    assert set(seen) == set(LEVEL2), "each class occurs"
    assert min(seen.values()) > 30, seen
    assert landless > 100, "people on no land occur"
    assert (edges > 50) == (name != "bare"), edges


@pytest.mark.parametrize("name", SETS)
def test_centres_have_the_same_cells_under_the_same_label(name: str) -> None:
    compared = 0
    for seed in range(60):
        people, land, built = random_grid(seed)
        labels = degurba(people, land=land, builtup=built, rules=SETS[name]).centre
        found = [frozenset(map(tuple, np.argwhere(labels == k).tolist())) for k in range(1, labels.max() + 1)]
        expected = [frozenset(centre) for centre in plain(people, land, built, SETS[name]).centres()]
        assert sorted(map(sorted, found)) == sorted(map(sorted, expected)), seed
        compared += len(found)
    assert compared > 25


# --- properties ---

GRIDS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
    elements=st.sampled_from([*map(float, PEOPLE), math.nan]),
)
NAMES = st.sampled_from(sorted(SETS))
TURNS: dict[str, Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]] = {
    "transposed": lambda grid: grid.T,
    "upside down": np.flipud,
    "mirrored": np.fliplr,
    "turned": np.rot90,
}


def levels(grid: UrbanGrid) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    assert grid.level2 is not None
    return grid.level1, grid.level2


@given(GRIDS, NAMES, st.sampled_from(sorted(TURNS)))
def test_turning_the_grid_turns_the_classes(people: Cells, name: str, turn: str) -> None:
    move = TURNS[turn]
    upright, turned = (
        levels(degurba(people, rules=SETS[name])),
        levels(degurba(move(people), rules=SETS[name])),
    )
    for before, after in zip(upright, turned, strict=True):
        np.testing.assert_array_equal(move(before), after)


@given(GRIDS, NAMES)
def test_a_margin_without_data_changes_no_class(people: Cells, name: str) -> None:
    wide = degurba(np.pad(people, 2, constant_values=math.nan), rules=SETS[name])
    for before, after in zip(levels(degurba(people, rules=SETS[name])), levels(wide), strict=True):
        np.testing.assert_array_equal(before, after[2:-2, 2:-2])


@given(GRIDS, NAMES, st.sampled_from([0.5, 2.0, 1.7]))
def test_people_and_thresholds_times_a_factor_give_the_same_classes(
    people: Cells, name: str, factor: float
) -> None:
    rules = SETS[name]
    fields = ("centre", "cluster", "dense", "semi_dense", "rural_cluster")
    scaled = {
        field: replace(rule, density=rule.density * factor, total=rule.total * factor)
        for field, rule in ((field, getattr(rules, field)) for field in fields)
    }
    other = replace(rules, **scaled, low_density=rules.low_density * factor)
    for before, after in zip(
        levels(degurba(people, rules=rules)), levels(degurba(people * factor, rules=other)), strict=True
    ):
        np.testing.assert_array_equal(before, after)


@given(GRIDS, NAMES, st.data())
def test_each_cell_has_one_class_that_agrees_with_the_labels(
    people: Cells, name: str, data: st.DataObject
) -> None:
    drawn = data.draw(hnp.arrays(np.float64, people.shape, elements=st.sampled_from(LAND)))
    land = land_below_most(people, drawn)
    grid = degurba(people, land=land, rules=SETS[name])
    first, second = levels(grid)
    missing = np.isnan(people)
    assert ((first == 0) == missing).all()
    assert ((second == 0) == missing).all()
    assert set(second[~missing].tolist()) <= set(LEVEL2)
    assert grid.dense is not None
    assert grid.semi_dense is not None
    for labels, classes, code in (
        (grid.centre, first, 3),
        (grid.centre, second, 30),
        (grid.dense, second, 23),
        (grid.semi_dense, second, 22),
    ):
        assert ((labels > 0) == (classes == code)).all()
    assert (((grid.cluster > 0) & (grid.centre == 0)) == (first == 2)).all()
    assert (people[second == 10] == 0).all()
    for label in range(1, int(grid.centre.max()) + 1):
        inside = grid.centre == label
        assert people[inside].sum() >= SETS[name].centre.total
        _, parts = ndimage.label(inside, np.ones((3, 3)))
        assert parts == 1, "a centre is in one piece, corners counted"


@given(GRIDS, st.sampled_from(["2022", "2023", "2024"]))
def test_more_steps_give_more_cells_and_the_same_centres(people: Cells, name: str) -> None:
    bare = degurba(people, rules=replace(RULES[name], steps=())).centre
    full = degurba(people, rules=name).centre
    np.testing.assert_array_equal(full[bare > 0], bare[bare > 0])
    assert bare.max() == full.max()
