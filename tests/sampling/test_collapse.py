"""Merging of small strata: a partition, large enough, within its groups; announced; or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import IntArray
from citysample.sampling.stratify.collapse import Collapse, collapse_cells
from citysample.sampling.stratify.strata import Strata, form_strata

Refused = Callable[..., AbstractContextManager[None]]
COLUMNS = ["region", "size"]


def frame(
    counts: dict[tuple[str, str], int], sizes: tuple[str, ...] = ("small", "medium", "large")
) -> pd.DataFrame:
    """A table with so many cities in each cell; sizes in their order, scores 10 times the place."""
    rows = [cell for cell, count in counts.items() for _ in range(count)]
    table = pd.DataFrame(rows, columns=COLUMNS, index=[f"c{k}" for k in range(len(rows))])
    table["score"] = [10.0 * sizes.index(size) for size in table["size"]]
    return table.assign(size=pd.Categorical(table["size"], categories=sizes, ordered=True))


def applied(rule: Collapse, table: pd.DataFrame) -> tuple[Strata, tuple[str, ...]]:
    return rule.apply(form_strata(table, COLUMNS), COLUMNS, table)


NORTH_AND_SOUTH = {
    ("North", "small"): 1,
    ("North", "medium"): 2,
    ("North", "large"): 5,
    ("South", "small"): 4,
    ("South", "medium"): 6,
    ("South", "large"): 1,
}


def test_small_strata_join_their_neighbour_in_the_order() -> None:
    strata, texts = applied(Collapse(min_cities=3), frame(NORTH_AND_SOUTH))
    assert strata.labels == [
        "North / small + medium",
        "North / large",
        "South / small",
        "South / medium + large",
    ]
    assert strata.values[0] == ("North", "small + medium")
    assert np.bincount(strata.codes).tolist() == [3, 5, 4, 7]
    assert texts == (
        "'North / small' (1 city) and 'North / medium' (2 cities) form the stratum 'North / small + medium'",
        "'South / medium' (6 cities) and 'South / large' (1 city) form the stratum 'South / medium + large'",
    )


def test_a_given_order_says_who_is_a_neighbour() -> None:
    order = [
        "North / small",
        "North / large",
        "North / medium",
        "South / large",
        "South / small",
        "South / medium",
    ]
    strata, texts = applied(Collapse(min_cities=3, order=order), frame(NORTH_AND_SOUTH))
    assert strata.labels == ["North / small + medium + large", "South / small + large", "South / medium"]
    assert len(texts) == 2


def test_a_score_says_who_is_similar() -> None:
    table = frame(NORTH_AND_SOUTH)
    table.loc[table["size"] == "medium", "score"] = 19.0
    strata, _ = applied(Collapse(min_cities=3, score="score"), table)
    # The smallest first: small joins medium (19 from 0); together they are large enough.
    assert strata.labels[0] == "North / small + medium"
    assert "South / medium + large" in strata.labels


def test_other_columns_may_be_merged_across() -> None:
    table = frame({("North", "small"): 1, ("South", "small"): 1, ("South", "large"): 3, ("West", "large"): 3})
    strata, texts = applied(Collapse(min_cities=2, within=["size"]), table)
    assert strata.labels == ["North + South / small", "South / large", "West / large"]
    assert texts == (
        "'North / small' (1 city) and 'South / small' (1 city) form the stratum 'North + South / small'",
    )
    # Cells that are no whole cross of values keep all their labels.
    anywhere, _ = applied(Collapse(min_cities=3, within=[]), table)
    assert anywhere.labels == ["North / small + South / small + South / large", "West / large"]
    assert anywhere.values == [("North + South", "small + large"), ("West", "large")]


def test_cities_taken_with_certainty_are_not_counted() -> None:
    table = frame({("North", "small"): 4, ("North", "medium"): 2, ("North", "large"): 3})
    certain = np.array([False] * 4 + [True, False] + [True] * 3)
    strata, texts = Collapse(min_cities=2).apply(form_strata(table, COLUMNS), COLUMNS, table, certain=certain)
    # Medium has one city left to draw and joins the class below; all large cities are certain.
    assert strata.labels == ["North / small + medium", "North / large"]
    assert len(texts) == 1
    assert texts[0].startswith("'North / small' (4 cities) and 'North / medium' (2 cities) form")


def test_nothing_happens_where_all_strata_are_large_enough() -> None:
    table = frame(dict.fromkeys(NORTH_AND_SOUTH, 3))
    before = form_strata(table, COLUMNS)
    strata, texts = applied(Collapse(min_cities=3), table)
    assert strata.labels == before.labels
    assert strata.values == before.values
    assert strata.codes.tolist() == before.codes.tolist()
    assert texts == ()


@st.composite
def cells(draw: st.DrawFn) -> tuple[IntArray, IntArray]:
    H = draw(st.integers(1, 14))
    counts = draw(st.lists(st.integers(1, 9), min_size=H, max_size=H))
    groups = draw(st.lists(st.integers(0, 3), min_size=H, max_size=H))
    return np.array(counts), np.array(groups)


@given(cells(), st.integers(2, 10), st.data())
def test_merged_cells_are_a_partition_within_groups_and_large_enough(
    counted: tuple[IntArray, IntArray], minimum: int, data: st.DataObject
) -> None:
    counts, groups = counted
    H = counts.size
    fixed = np.array(data.draw(st.lists(st.booleans(), min_size=H, max_size=H)))
    scores = data.draw(st.none() | st.lists(st.floats(-5, 5), min_size=H, max_size=H).map(np.array))
    found = collapse_cells(counts, groups, minimum, scores=scores, fixed=fixed)
    assert sorted(h for cell in found for h in cell) == list(range(H))
    assert found == sorted(found)
    for cell in found:
        assert len(set(groups[cell].tolist())) == 1
        assert cell == sorted(cell)
        if fixed[cell].any():
            assert len(cell) == 1
        elif counts[cell].sum() < minimum:
            assert cell == np.flatnonzero((groups == groups[cell[0]]) & ~fixed).tolist()
        elif scores is None:
            free = np.flatnonzero((groups == groups[cell[0]]) & ~fixed).tolist()
            place = free.index(cell[0])
            assert cell == free[place : place + len(cell)]
    enough = [counts[h] >= minimum or fixed[h] for h in range(H)]
    assert (len(found) == H) or not all(enough)


@given(cells(), st.integers(2, 10))
def test_a_frame_is_merged_or_refused(counted: tuple[IntArray, IntArray], minimum: int) -> None:
    counts, groups = counted
    rows = [
        (str(g), f"s{h:02d}")
        for h, (count, g) in enumerate(zip(counts, groups, strict=True))
        for _ in range(count)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    possible = all(counts[groups == g].sum() >= minimum for g in set(groups.tolist()))
    try:
        strata, texts = applied(Collapse(min_cities=minimum), table)
    except ValueError as error:
        code = getattr(error, "code", "")
        strata, texts = None, (code,)
    if strata is None:
        assert not possible
        assert texts == ("DESIGN-COLLAPSE-IMPOSSIBLE",)
        return
    assert possible
    sizes = np.bincount(strata.codes, minlength=len(strata.labels))
    assert sizes.min() >= minimum
    assert sizes.sum() == counts.sum()
    assert len(set(strata.labels)) == len(strata.labels) == len(strata.values)
    assert len(texts) == sum(" + " in label for label in strata.labels)


def test_refusals(refused: Refused) -> None:
    table = frame(NORTH_AND_SOUTH)
    with refused("DESIGN-VALUE-INVALID", "min_cities = 1"):
        Collapse(min_cities=1)
    with refused("DESIGN-VALUE-INVALID", "min_cities = True"):
        Collapse(min_cities=True)
    with refused("DESIGN-COLLAPSE-IMPOSSIBLE", "North / small + North / medium + North / large", "8 cities"):
        applied(Collapse(min_cities=9), table)
    with refused("DESIGN-STRATUM-UNKNOWN", "unknown: 'North / smal'", "Did you mean 'North / small'"):
        applied(Collapse(min_cities=2, order=["North / smal"]), table)
    with refused("DESIGN-STRATUM-UNKNOWN", "not named: 'North / medium'"):
        applied(Collapse(min_cities=2, order=["North / small"]), table)
    labels = form_strata(table, COLUMNS).labels
    with refused("DESIGN-STRATUM-UNKNOWN", "named twice: 'North / small'"):
        applied(Collapse(min_cities=2, order=[*labels, "North / small"]), table)
    with refused("DESIGN-VALUE-INVALID", "within = 'zone'", "'region', 'size'"):
        applied(Collapse(min_cities=2, within="zone"), table)
    with refused("FRAME-COLUMN-UNKNOWN", "income"):
        applied(Collapse(min_cities=2, score="income"), table)
    with refused("FRAME-VALUE-MISSING", "'c0'"):
        applied(Collapse(min_cities=2, score="score"), table.assign(score=[np.nan, *table["score"][1:]]))


def test_two_merged_strata_with_one_label_are_refused(refused: Refused) -> None:
    sizes = ("a", "b", "a + b")
    table = frame({("N", "a"): 1, ("N", "b"): 1, ("N", "a + b"): 2}, sizes)
    with refused("DESIGN-LABELS-AMBIGUOUS", "N / a + b"):
        applied(Collapse(min_cities=2), table)


def test_the_whole_country_is_not_merged_and_a_small_one_is_refused(refused: Refused) -> None:
    table = frame(NORTH_AND_SOUTH)
    whole = form_strata(table, [])
    strata, texts = Collapse(min_cities=5).apply(whole, [], table)
    assert strata.labels == whole.labels
    assert texts == ()
    with refused("DESIGN-COLLAPSE-IMPOSSIBLE", "'all'"):
        Collapse(min_cities=50).apply(whole, [], table)


@pytest.mark.parametrize("score", [None, "score"])
def test_the_order_of_rows_does_not_matter(score: str | None) -> None:
    table = frame(NORTH_AND_SOUTH)
    strata, texts = applied(Collapse(min_cities=4, score=score), table)
    turned, again = applied(Collapse(min_cities=4, score=score), table.iloc[::-1])
    assert turned.labels == strata.labels
    assert turned.codes[::-1].tolist() == strata.codes.tolist()
    assert texts == again
