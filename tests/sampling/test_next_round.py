"""Links between two frames, and the number of births to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.checks.frame_diff import CHANGES
from citysample.sampling.rounds.next_round import CASES, births_plan, link_frames
from citysample.sampling.rounds.weight_share import weight_share

Refused = Callable[..., AbstractContextManager[None]]


def crosswalk(pairs: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    columns = ["old_id", "new_id", "confirmed"][: len(pairs[0])]
    return pd.DataFrame(list(pairs), columns=columns, dtype=object)


OLD = ["stay", "m1", "m2", "whole", "r1", "r2", "before", "gone", "host"]
NEW = ["birth", "stay", "merged", "part1", "part2", "q1", "q2", "after", "host"]
TABLE = crosswalk(
    [
        ("m1", "merged"),
        ("m2", "merged"),
        ("whole", "part1"),
        ("whole", "part2"),
        ("r1", "q1"),
        ("r2", "q1"),
        ("r2", "q2"),
        ("before", "after"),
    ]
)


def test_each_case_has_its_word() -> None:
    found = link_frames(OLD, NEW, TABLE)
    assert dict(zip(OLD, found.old_cases, strict=True)) == {
        "stay": "same",
        "m1": "merge",
        "m2": "merge",
        "whole": "split",
        "r1": "regrouped",
        "r2": "regrouped",
        "before": "new id",
        "gone": "death",
        "host": "same",
    }
    assert dict(zip(NEW, found.new_cases, strict=True)) == {
        "birth": "birth",
        "stay": "same",
        "merged": "merge",
        "part1": "split",
        "part2": "split",
        "q1": "regrouped",
        "q2": "regrouped",
        "after": "new id",
        "host": "same",
    }
    assert found.renamed == {"after": "before"}
    assert set(CASES) - set(CHANGES) == {"same"}
    assert set(found.old_cases) | set(found.new_cases) == set(CASES)


def test_worked_weights_through_ids() -> None:
    """pi: m1 1/4, m2 not sampled, whole 2/5, r2 1/3, before 1/2, gone 1/2, stay certain."""
    weight = {"stay": 1.0, "m1": 4.0, "whole": 2.5, "r2": 3.0, "before": 2.0, "gone": 2.0}
    found = link_frames(OLD, NEW, TABLE)
    shared = weight_share(found.links, np.array([weight.get(city, 0.0) for city in OLD]))
    expected = {"stay": 1.0, "merged": 2.0, "part1": 2.5, "part2": 2.5, "q1": 1.5, "q2": 3.0, "after": 2.0}
    assert dict(zip(NEW, shared.weights.tolist(), strict=True)) == {
        city: expected.get(city, 0.0) for city in NEW
    }
    assert [OLD[k] for k in np.flatnonzero(shared.ineligible)] == ["gone"]


def test_a_city_that_takes_in_another_keeps_its_id_and_has_two_parents() -> None:
    found = link_frames(["a", "b"], ["a"], crosswalk([("b", "a")]))
    assert found.links.parents.tolist() == [2]
    assert found.old_cases == ("merge", "merge")
    part = link_frames(["a"], ["a", "c"], crosswalk([("a", "c")]))
    assert part.new_cases == ("split", "split")
    assert part.renamed == {}


def test_only_confirmed_links_count_and_rows_may_repeat() -> None:
    table = crosswalk([("a", "x", "yes"), ("a", "x", "oui"), ("b", "y", "no"), ("c", "y", "")])
    found = link_frames(["a", "b", "c"], ["x", "y"], table)
    assert found.old_cases == ("new id", "death", "death")
    assert found.new_cases == ("new id", "birth")


def test_without_links_equal_ids_are_the_same_city() -> None:
    found = link_frames(["a", "b"], ["b", "c"])
    assert found.old_cases == ("death", "same")
    assert found.new_cases == ("same", "birth")


@given(st.permutations(OLD), st.permutations(NEW))
def test_the_order_of_rows_does_not_matter(old: list[str], new: list[str]) -> None:
    found, first = link_frames(old, new, TABLE), link_frames(OLD, NEW, TABLE)
    assert dict(zip(old, found.old_cases, strict=True)) == dict(zip(OLD, first.old_cases, strict=True))
    assert dict(zip(new, found.new_cases, strict=True)) == dict(zip(NEW, first.new_cases, strict=True))
    assert found.renamed == first.renamed
    pairs = {(old[j], new[k]) for j, k in zip(found.links.old, found.links.new, strict=True)}
    assert pairs == {(OLD[j], NEW[k]) for j, k in zip(first.links.old, first.links.new, strict=True)}


def test_bad_links_are_refused(refused: Refused) -> None:
    with refused("FRAME-LINK-INVALID", "'nowhere'", "new frame"):
        link_frames(["a"], ["b"], crosswalk([("a", "nowhere")]))
    with refused("FRAME-LINK-INVALID", "'a'", "same id are different cities"):
        link_frames(["a"], ["a"], crosswalk([("a", "a", "no")]))


@pytest.mark.parametrize(
    ("births", "fraction", "expected"),
    [
        ([0, 1, 2, 3, 50], 0.0, [0, 1, 2, 2, 2]),
        ([0, 1, 2, 3, 50], 0.3, [0, 1, 2, 2, 15]),
        ([5, 5], [0.5, 1.0], [3, 5]),
    ],
)
def test_two_births_are_drawn_or_all(
    births: list[int], fraction: float | list[float], expected: list[int]
) -> None:
    share = np.array(fraction) if isinstance(fraction, list) else fraction
    assert births_plan(np.array(births), fraction=share).tolist() == expected


def test_a_plan_for_births_out_of_range_is_refused(refused: Refused) -> None:
    for births, fraction, least in (([-1], 0.1, 2), ([3], 1.1, 2), ([3], float("nan"), 2), ([3], 0.1, 0)):
        with refused("DESIGN-VALUE-INVALID", "births"):
            births_plan(np.array(births), fraction=fraction, at_least=least)
