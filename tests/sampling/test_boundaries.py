"""Cumulative root frequency and geometric boundaries: published figures, definitions, refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.errors import CitySampleError
from citysample.reference_frames.classes import class_codes
from citysample.sampling.stratify.boundaries import cumulative_root_frequency, enough_bins, geometric, snapped

Refused = Callable[..., AbstractContextManager[None]]

# Boundaries for five strata of the populations of Gunning and Horgan (2004, table 4), as the
# examples of the R package stratification print them: smallest and largest value, then bounds.
PUBLISHED = {
    "debtors": (40, 28000, [148.28, 549.67, 2037.60, 7553.33]),
    "cities": (10, 198, [18.17, 33.01, 59.98, 108.98]),
    "colleges": (200, 9623, [434.00, 941.76, 2043.61, 4434.60]),
    "banks": (70, 977, [118.59, 200.92, 340.39, 576.68]),
}
# Frequencies of Cochran's (1977) example of the rule, in bins of 5 per cent, as the R package
# trtools gives them. The boundaries below are computed here by hand.
BANKS = [3464, 2516, 2157, 1581, 1142, 746, 512, 376, 265, 207, 126, 107, 82, 50, 39, 25, 16, 19, 2, 3]


def nearest(sums: list[float], part: float) -> int:
    """The place of the sum nearest to a number, the first of two."""
    return min(range(len(sums)), key=lambda j: abs(sums[j] - part))


@pytest.mark.parametrize("population", PUBLISHED)
def test_geometric_boundaries_are_the_published_ones(population: str) -> None:
    smallest, largest, expected = PUBLISHED[population]
    # Only the smallest and the largest value matter; the others keep the classes from being empty.
    x = np.geomspace(smallest, largest, 40)
    assert [round(bound, 2) for bound in geometric(x, 5)] == expected


def test_cumulative_root_frequency_of_the_loans_of_banks() -> None:
    # The smallest and largest values lie on the outer edges, so that the bins are those of the table.
    x = np.concatenate([np.repeat(np.arange(2.5, 100, 5), BANKS), [0.0, 100.0]])
    bounds = cumulative_root_frequency(x, 5, bins=20)
    frequencies = [BANKS[0] + 1, *BANKS[1:-1], BANKS[-1] + 1]
    cumulated = [sum(sqrt(f) for f in frequencies[: j + 1]) for j in range(20)]
    expected = []
    for h in range(1, 5):
        part = h * cumulated[-1] / 5
        expected.append(5 * (1 + nearest(cumulated, part)))
    assert bounds == pytest.approx(expected)
    assert expected == [5, 15, 25, 45]


def rule_by_definition(values: list[int], classes: int, bins: int) -> list[float]:
    """The rule with a plain loop over the bins."""
    low, high = min(values), max(values)
    edges = [low + (high - low) * j / bins for j in range(bins + 1)]
    roots = []
    for j in range(bins):
        last = j == bins - 1
        inside = [v for v in values if edges[j] <= v and (v < edges[j + 1] or last)]
        roots.append(sqrt(len(inside)))
    sums = [sum(roots[: j + 1]) for j in range(bins)]
    targets = [sums[-1] * h / classes for h in range(1, classes)]
    return [edges[1 + nearest(sums, part)] for part in targets]


@given(st.lists(st.integers(1, 64), min_size=4, max_size=40), st.integers(2, 4), st.sampled_from([8, 16, 32]))
def test_cumulative_root_frequency_is_its_definition(values: list[int], classes: int, bins: int) -> None:
    x = np.array([*values, 0, 64], dtype=np.float64)
    try:
        found = cumulative_root_frequency(x, classes, bins)
    except CitySampleError:
        return
    # Edges are exact in floats, and both sums run in the same order.
    assert found == rule_by_definition([*values, 0, 64], classes, bins)
    assert len(set(class_codes(x, found).tolist())) == classes


@given(
    st.lists(st.integers(1, 10**6), min_size=5, max_size=60),
    st.integers(2, 4),
    st.sampled_from([1e-3, 8.0, 1e5]),
)
def test_geometric_boundaries_follow_the_unit_and_divide_all_cities(
    values: list[int], classes: int, unit: float
) -> None:
    x = np.array(values, dtype=np.float64)
    try:
        bounds = geometric(x, classes)
    except CitySampleError:
        return
    assert [unit * bound for bound in bounds] == pytest.approx(geometric(unit * x, classes), rel=1e-9)
    codes = class_codes(x, bounds)
    assert set(codes.tolist()) == set(range(classes))
    ratios = np.diff(np.log([x.min(), *bounds, x.max()]))
    assert ratios == pytest.approx(ratios[0], rel=1e-6)
    assert class_codes(x, snapped(x, bounds)).tolist() == codes.tolist()
    assert set(snapped(x, bounds)) <= set(values)


def test_the_default_bins_are_fifteen_for_each_class() -> None:
    x = np.round(np.random.default_rng(3).lognormal(3, 0.6, 500), 2)
    assert cumulative_root_frequency(x, 4) == cumulative_root_frequency(x, 4, bins=60)
    few = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert cumulative_root_frequency(few, 2) == cumulative_root_frequency(few, 2, bins=5)


def test_the_default_bins_are_doubled_until_no_class_is_empty(refused: Refused) -> None:
    skew = np.append(np.random.default_rng(8).lognormal(3, 0.5, 100), 1e5)
    bins = enough_bins(skew, 3)
    assert bins > 45
    tried = [45 * 2**k for k in range(20) if 45 * 2**k <= bins]
    assert tried[-1] == bins
    for fewer in tried[:-1]:
        with refused("FRAME-CLASSES-INVALID", f"{fewer} bins"):
            cumulative_root_frequency(skew, 3, fewer)
    assert cumulative_root_frequency(skew, 3) == cumulative_root_frequency(skew, 3, bins)


def test_refusals(refused: Refused) -> None:
    skew = np.array([1.0, 2.0, 3.0, 4.0, 1e6])
    with refused("FRAME-CLASSES-INVALID", "no cities", "5 bins"):
        cumulative_root_frequency(skew, 3, bins=5)
    # Sizes so far apart that 2^20 bins do not part the small ones.
    with refused("FRAME-CLASSES-INVALID", "no cities", "1048576 bins"):
        cumulative_root_frequency(np.array([1.0, 2.0, 3.0, 4.0, 1e9]), 3)
    with refused("FRAME-CLASSES-INVALID", "no cities", "geometric"):
        geometric(np.array([1.0, 2.0, 1e6]), 3)
    with refused("FRAME-CLASSES-INVALID", "2 different sizes"):
        geometric(np.array([1.0, 1.0, 2.0]), 3)
    with refused("FRAME-CLASSES-INVALID", "1 different sizes"):
        cumulative_root_frequency(np.ones(5), 2)
    with refused("FRAME-VALUE-INVALID", "above 0"):
        geometric(np.array([0.0, 1.0, 2.0]), 2)
