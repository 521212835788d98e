"""Controlled rounding: margins, expectations in exact fractions over all paths, hostile numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import IntArray
from citysample.sampling.allocate.allocation import allocate_strata
from citysample.sampling.allocate.controlled import (
    _round,
    controlled_counts,
    expected_counts,
    uniforms_controlled,
)
from citysample.sampling.allocate.rules import Controlled
from citysample.sampling.allocate.summary import StrataSummary, summarise_strata

Refused = Callable[..., AbstractContextManager[None]]

Table = tuple[list[int], list[int], list[int]]

EDGES = (2.0**-54, 2.0**-53, 0.5, 1 - 2.0**-53)


class UndecidedError(Exception):
    """The path needs a further decision, with this chance for 'up'."""

    def __init__(self, chance: Fraction) -> None:
        self.chance = chance


def paths(N: list[int], n: int, rows: list[int], columns: list[int]) -> Iterator[tuple[Fraction, IntArray]]:
    """All paths of the rounding: probability and counts."""
    stack: list[tuple[Fraction, list[bool]]] = [(Fraction(1), [])]
    while stack:
        chance, decisions = stack.pop()
        rest = iter(decisions)

        def up(a: int, b: int, rest: Iterator[bool] = rest) -> bool:
            for decision in rest:
                return decision
            raise UndecidedError(Fraction(a, b))

        try:
            yield chance, _round(N, n, rows, columns, (max(rows) + 1, max(columns) + 1), up)
        except UndecidedError as stop:
            # A chance of 0 or 1 would make a path of probability 0, which the sum of chances hides.
            assert stop.chance not in {0, 1}  # noqa: PT017  no error is expected here
            stack.append((chance * stop.chance, [*decisions, True]))
            stack.append((chance * (1 - stop.chance), [*decisions, False]))


def check_margins(N: IntArray, n: int, rows: IntArray, columns: IntArray, counts: IntArray) -> int:
    """Each cell and each margin is its expectation rounded down or up; how many were compared."""
    assert counts.sum() == n
    assert ((counts >= 0) & (counts <= N)).all()
    compared = 0
    for groups in (np.arange(N.size), rows, columns):
        for group in np.unique(groups):
            inside = groups == group
            low, rest = divmod(n * int(N[inside].sum()), int(N.sum()))
            assert low <= counts[inside].sum() <= low + (rest > 0)
            compared += 1
    return compared


TABLES: list[tuple[list[int], int, list[int], list[int]]] = [
    ([1, 1, 1, 1], 2, [0, 0, 1, 1], [0, 1, 0, 1]),
    ([3, 1, 2, 5, 4, 2], 4, [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]),
    ([2, 3, 1, 4, 2, 2, 3], 5, [0, 0, 1, 1, 1, 2, 2], [0, 2, 0, 1, 2, 1, 2]),
    ([5, 7, 11], 4, [0, 1, 2], [0, 0, 0]),
    ([4, 4, 4, 4], 8, [0, 0, 1, 1], [0, 1, 0, 1]),
    ([9, 2], 7, [0, 0], [0, 1]),
    ([3], 2, [0], [0]),
]


@pytest.mark.parametrize(("N", "n", "rows", "columns"), TABLES)
def test_expectations_are_exact_over_all_paths(
    N: list[int], n: int, rows: list[int], columns: list[int]
) -> None:
    mean = [Fraction(0)] * len(N)
    chances = Fraction(0)
    for chance, counts in paths(N, n, rows, columns):
        chances += chance
        mean = [m + chance * int(count) for m, count in zip(mean, counts, strict=True)]
        compared = check_margins(np.array(N), n, np.array(rows), np.array(columns), counts)
        assert compared == len(N) + len(set(rows)) + len(set(columns))
    assert chances == 1
    assert mean == [Fraction(n * count, sum(N)) for count in N]


@st.composite
def tables(draw: st.DrawFn) -> tuple[IntArray, int, IntArray, IntArray]:
    R, C = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cells = draw(
        st.lists(
            st.tuples(st.integers(0, R - 1), st.integers(0, C - 1)), min_size=1, max_size=30, unique=True
        )
    )
    N = draw(st.lists(st.integers(1, 40), min_size=len(cells), max_size=len(cells)))
    rows, columns = (np.unique([cell[side] for cell in cells], return_inverse=True)[1] for side in (0, 1))
    return np.array(N), draw(st.integers(1, sum(N))), rows, columns


@given(tables(), st.integers(0, 2**32), st.sampled_from([None, *EDGES]))
def test_margins_whatever_the_numbers(
    table: tuple[IntArray, int, IntArray, IntArray], seed: int, edge: float | None
) -> None:
    N, n, rows, columns = table
    length = uniforms_controlled(rows, columns)
    uniforms = np.random.default_rng(seed).random(length) if edge is None else np.full(length, edge)
    counts = controlled_counts(N, n, rows, columns, uniforms)
    assert check_margins(N, n, rows, columns, counts) >= 3


def test_a_table_of_96_cells_and_40_cities() -> None:
    random = np.random.default_rng(3)
    rows, columns = np.repeat(np.arange(8), 12), np.tile(np.arange(12), 8)
    N = random.integers(1, 9, 96)
    expected = expected_counts(N, 40)
    draws, length = 1000, uniforms_controlled(rows, columns)
    mean = np.zeros(96)
    for _ in range(draws):
        counts = controlled_counts(N, 40, rows, columns, random.random(length))
        mean += counts
    assert check_margins(N, 40, rows, columns, counts) == 96 + 8 + 12
    part = expected - np.floor(expected)
    z = (mean / draws - expected) / np.sqrt(part * (1 - part) / draws)
    # Bonferroni for 96 cells at 1 per cent, two sides: 4.1.
    assert np.abs(z).max() < 4.1
    assert (counts == 0).sum() > 40


def test_the_random_order_gives_each_pair_of_cells_a_chance() -> None:
    """In a fixed order some cells would never be rounded up together."""
    rows, columns = np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3)
    N = np.full(9, 2)
    random = np.random.default_rng(1)
    together = np.zeros((9, 9))
    for _ in range(400):
        counts = controlled_counts(N, 3, rows, columns, random.random(uniforms_controlled(rows, columns)))
        together += counts[:, None] * counts
    possible = (rows[:, None] != rows) & (columns[:, None] != columns)
    assert (together[possible] > 0).all()
    assert (together[~possible & ~np.eye(9, dtype=bool)] == 0).all()


def cells(columns: tuple[str, ...], levels: list[tuple[str, ...]]) -> StrataSummary:
    codes = np.repeat(np.arange(len(levels)), 3)
    taken = np.zeros(codes.size, dtype=np.bool_)
    taken[0] = True
    labels = [" / ".join(level) for level in levels]
    return summarise_strata(codes, labels, taken, {}, columns=columns, levels=levels)


def test_the_rule_gives_expected_numbers() -> None:
    strata = cells(("zone", "size"), [("N", "l"), ("N", "s"), ("S", "l"), ("S", "s")])
    result = allocate_strata(Controlled(4), strata)
    assert result.n_random is None
    assert result.expected == pytest.approx(3 * np.array([2, 3, 3, 3]) / 11)
    assert result.notes == ("cells get their cities by controlled rounding; 4 of 4 may get none",)
    assert Controlled(4, rows="zone").rows == ("zone",)


def test_refusals(refused: Refused) -> None:
    two = cells(("zone", "size"), [("N", "l"), ("N", "s"), ("S", "l")])
    three = cells(("zone", "size", "role"), [("N", "l", "a"), ("N", "s", "b")])
    with refused("DESIGN-N-IMPOSSIBLE", "n = 10", "n from 2 to 9", "3 cells"):
        allocate_strata(Controlled(10), two)
    with refused("DESIGN-N-IMPOSSIBLE", "n = 1", "1 of them taken with certainty"):
        allocate_strata(Controlled(1), two)
    with refused("DESIGN-VALUE-INVALID", "'zone', 'size', 'role'", "rows = ['zone']"):
        allocate_strata(Controlled(3), three)
    with refused("DESIGN-VALUE-INVALID", "rows = 'zne'", "Did you mean 'zone'?"):
        allocate_strata(Controlled(3, rows=["zne"]), three)
    with refused("DESIGN-VALUE-INVALID", "same cell", "strata 'N / l', 'N / l'"):
        allocate_strata(Controlled(3), cells(("zone", "size"), [("N", "l"), ("N", "l")]))
    with refused("DESIGN-VALUE-INVALID", "same cell", "2 strata in fewer cells"):
        controlled_counts(np.array([2, 2]), 1, np.zeros(2, int), np.zeros(2, int), np.full(8, 0.5))
    assert allocate_strata(Controlled(3, rows=["zone"]), three).expected.sum() == pytest.approx(2)
