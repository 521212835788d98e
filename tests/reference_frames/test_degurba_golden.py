"""Level 1 against the committed output of the package degurba 0.2: equal cells, and each difference named.

The differences are described in tests/golden/degurba/README.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from citysample.reference_frames.degurba.classify import degurba
from citysample.reference_frames.degurba.clusters import clusters
from citysample.reference_frames.degurba.rules import RULES, ClusterRule

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "degurba"
Cells = npt.NDArray[np.bool_]
Grids = dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]]

BARE = replace(RULES["2022"], steps=())


@pytest.fixture(scope="module")
def grids() -> Grids:
    """People, and the classes of degurba in our codes (3, 2, 1), by the name of the grid."""
    with np.load(FOLDER / "grids.npz") as people, np.load(FOLDER / "classes.npz") as classes:
        assert list(people) == list(classes)
        return {name: (people[name].astype(float), 4 - classes[name].astype(int)) for name in people}


def with_five(cells: Cells) -> Cells:
    """Cells with five or more of the given cells around them, counted one by one."""
    padded = np.pad(cells, 1).astype(int)
    rows, columns = cells.shape
    votes = sum(
        padded[1 + i : 1 + i + rows, 1 + j : 1 + j + columns]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    )
    return np.asarray(votes >= 5)


def named_differences(people: npt.NDArray[np.float64]) -> tuple[Cells, dict[str, Cells]]:
    """Centre cells of degurba as its differences say, and the cells that each of them adds."""
    groups = clusters(people >= 1_500, people, ClusterRule(0, 0, 4))
    core = degurba(people, rules=BARE, level=1).centre > 0
    centre, added = core.copy(), {"small": np.zeros_like(core), "large": np.zeros_like(core)}
    for label in range(1, int(groups.max()) + 1):
        group = groups == label
        size = "large" if core[group].all() else "small"
        joins = with_five(group) & ~centre
        centre |= joins
        added[size] |= joins
    return centre, added


def test_cells_outside_centres_are_equal(grids: Grids) -> None:
    compared = 0
    for people, theirs in grids.values():
        ours = degurba(people, rules="2022", level=1).level1
        both = (ours != 3) & (theirs != 3)
        assert (ours[both] == theirs[both]).all()
        compared += int(both.sum())
    assert compared == 21_053


def test_cores_of_centres_are_equal(grids: Grids) -> None:
    compared = 0
    for people, theirs in grids.values():
        core = degurba(people, rules=BARE, level=1).centre > 0
        assert (theirs[core] == 3).all()
        compared += int(core.sum())
    assert compared == 6_954


def test_the_named_differences_give_the_output_of_degurba_in_each_cell(grids: Grids) -> None:
    compared = 0
    for people, theirs in grids.values():
        centre, _ = named_differences(people)
        assert ((theirs == 3) == centre).all()
        compared += centre.size
    assert compared == 6 * 60 * 80 + 16 * 16


def test_each_cell_that_differs_has_one_named_reason(grids: Grids) -> None:
    reasons = Counter[str]()
    for people, theirs in grids.values():
        ours = degurba(people, rules="2022", level=1)
        core = degurba(people, rules=BARE, level=1).centre > 0
        filled = (degurba(people, rules=replace(BARE, steps=("fill",)), level=1).centre > 0) & ~core
        only_ours, only_theirs = (ours.level1 == 3) & (theirs != 3), (ours.level1 != 3) & (theirs == 3)
        _, added = named_differences(people)
        first = np.zeros_like(core)
        for label in range(1, int(ours.centre.max()) + 1):
            first |= with_five((ours.centre == label) & core)
        assert not (only_ours & first).any(), "the first pass is the same"
        assert ((ours.level1 == theirs) | only_ours | only_theirs).all()
        reasons["gap filled, ours only"] += int((only_ours & filled).sum())
        reasons["later pass, ours only"] += int((only_ours & ~filled).sum())
        reasons["small cluster, theirs only"] += int((only_theirs & added["small"]).sum())
        reasons["other, theirs only"] += int((only_theirs & ~added["small"]).sum())
    assert reasons == {
        "gap filled, ours only": 74,
        "later pass, ours only": 418,
        "small cluster, theirs only": 311,
        "other, theirs only": 0,
    }


def test_degurba_ignores_gaps(grids: Grids) -> None:
    people, theirs = grids["gaps"]
    gaps = people == 400
    assert int(gaps.sum()) == 28
    assert (theirs[gaps] != 3).all()
    assert int((degurba(people, rules="2022").centre[gaps] == 0).sum()) == 16
