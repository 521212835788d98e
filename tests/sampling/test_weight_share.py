"""Weight share: worked weights of each case, and unbiased totals over all samples of a small frame."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.rounds.weight_share import CityLinks, weight_share
from citysample.weighting.design_weights import linked_totals

Refused = Callable[..., AbstractContextManager[None]]


def city_links(pairs: list[tuple[int, int]], N_old: int, N_new: int) -> CityLinks:
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return CityLinks(ends[:, 0], ends[:, 1], N_old, N_new)


def contributions(z: FloatArray, links: CityLinks, sampled: BoolArray) -> FloatArray:
    """What the variance takes: z of the new cities in parts 1/L, by the links of sampled old cities."""
    used = sampled[links.old]
    old, new = links.old[used], links.new[used]
    return linked_totals(z, np.ones(links.N_old), new, old, 1.0 / links.parents[new])


WORKED = [
    ("stays", [(0, 0)], 1, 1, [4.0], [4.0]),
    ("merge, all parts sampled", [(0, 0), (1, 0)], 2, 1, [4.0, 2.0], [3.0]),
    ("merge, one of three parts sampled", [(0, 0), (1, 0), (2, 0)], 3, 1, [0.0, 6.0, 0.0], [2.0]),
    ("merge, no part sampled", [(0, 0), (1, 0)], 2, 1, [0.0, 0.0], [0.0]),
    ("merge with a certain city", [(0, 0), (1, 0)], 2, 1, [1.0, 0.0], [0.5]),
    ("split", [(0, 0), (0, 1), (0, 2)], 1, 3, [2.5], [2.5, 2.5, 2.5]),
    ("split, not sampled", [(0, 0), (0, 1)], 1, 2, [0.0], [0.0, 0.0]),
    # Old 0 gives all to new 0; old 1 gives a part to each of new 0 and new 1.
    ("regrouped", [(0, 0), (1, 0), (1, 1)], 2, 2, [4.0, 3.0], [3.5, 3.0]),
    ("regrouped, first sampled", [(0, 0), (1, 0), (1, 1)], 2, 2, [4.0, 0.0], [2.0, 0.0]),
    ("birth", [(0, 0)], 1, 2, [4.0], [4.0, 0.0]),
    ("death", [(0, 0)], 2, 1, [4.0, 4.0], [4.0]),
]


@pytest.mark.parametrize(
    ("pairs", "N_old", "N_new", "old_weights", "expected"),
    [case[1:] for case in WORKED],
    ids=[case[0] for case in WORKED],
)
def test_worked_weights(
    pairs: list[tuple[int, int]], N_old: int, N_new: int, old_weights: list[float], expected: list[float]
) -> None:
    shared = weight_share(city_links(pairs, N_old, N_new), np.array(old_weights))
    assert shared.weights.tolist() == expected
    assert shared.included.tolist() == [weight > 0 for weight in expected]


def test_births_deaths_and_ineligible_cities() -> None:
    links = city_links([(0, 0), (1, 0)], 4, 2)
    assert links.parents.tolist() == [2, 0]
    assert links.births.tolist() == [False, True]
    assert links.deaths.tolist() == [False, False, True, True]
    shared = weight_share(links, np.array([2.0, 0.0, 3.0, 0.0]))
    assert shared.ineligible.tolist() == [False, False, True, False]


def test_worked_contributions() -> None:
    """A merged city of z = 12 from three parts gives 4 to each; a split city collects its parts."""
    links = city_links([(0, 0), (1, 0), (2, 0), (3, 1), (3, 2)], 5, 4)
    z = np.array([12.0, 3.0, 5.0, np.nan])
    sampled = np.array([True, False, True, True, True])
    two = np.column_stack([z, 2 * z])
    expected = [[4.0, 8.0], [0.0, 0.0], [4.0, 8.0], [8.0, 16.0], [0.0, 0.0]]
    assert contributions(two, links, sampled).tolist() == expected


# Eight old cities: 0 stays; 1 and 2 merge; 3 is split in two; 4 and 5 are regrouped into two;
# 6 has a new id; 7 is dead. New cities 7, 8 and 9 are births.
LINKS = city_links([(0, 0), (1, 1), (2, 1), (3, 2), (3, 3), (4, 4), (5, 4), (5, 5), (6, 6)], 8, 10)
Y = np.array([5.0, 9.0, 2.0, 7.0, 4.0, 8.0, 1.0, 3.0, 6.0, 10.0])


def test_totals_are_unbiased_over_all_samples_of_old_cities_and_births() -> None:
    estimates, carried_back = [], []
    births = np.flatnonzero(LINKS.births)
    for olds, news in product(combinations(range(8), 3), combinations(births.tolist(), 2)):
        sampled = np.isin(np.arange(8), olds)
        weights = weight_share(LINKS, np.where(sampled, 8 / 3, 0.0)).weights
        panel = float(weights @ Y)
        z = contributions(np.where(weights > 0, Y, np.nan)[:, None], LINKS, sampled)
        assert panel == pytest.approx(float(z.sum()) * 8 / 3, abs=1e-10)
        estimates.append(panel + 3 / 2 * float(Y[list(news)].sum()))
        carried_back.append(panel)
    assert len(estimates) == 56 * 3
    assert np.mean(estimates) == pytest.approx(Y.sum(), abs=1e-10)
    # The variance over the samples is that of a simple random sample of the original contributions.
    z_all = contributions(Y[:, None], LINKS, np.ones(8, dtype=np.bool_))
    assert np.var(carried_back) == pytest.approx(8**2 * (1 - 3 / 8) / 3 * z_all.var(ddof=1), abs=1e-9)


def test_unequal_probabilities_and_dependent_draws_stay_unbiased() -> None:
    """A design with three samples, of chances 0.5, 0.3, 0.2; every old city is in one of them at least."""
    samples = [((0, 1, 3, 6), 0.5), ((2, 4, 5, 7, 0), 0.3), ((1, 5, 2), 0.2)]
    pi = np.zeros(8)
    for cities, chance in samples:
        pi[list(cities)] += chance
    mean = 0.0
    for cities, chance in samples:
        sampled = np.isin(np.arange(8), cities)
        mean += chance * float(weight_share(LINKS, np.where(sampled, 1 / pi, 0.0)).weights @ Y)
    assert mean == pytest.approx(Y[~LINKS.births].sum(), abs=1e-10)


def test_a_third_round_shares_the_weights_of_the_second() -> None:
    """Rounds are chained: the panel and the births of round 2 are the old cities of round 3."""
    later = city_links(
        [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (5, 3), (6, 4), (7, 4), (8, 5)], 10, 7
    )
    y = np.array([3.0, 8.0, 1.0, 6.0, 4.0, 9.0, 2.0])
    found = []
    for olds, news in product(combinations(range(8), 2), combinations((7, 8, 9), 2)):
        first = weight_share(LINKS, np.where(np.isin(np.arange(8), olds), 4.0, 0.0))
        second = first.weights + np.where(np.isin(np.arange(10), news), 1.5, 0.0)
        third = weight_share(later, second)
        back = contributions(np.where(third.included, y, np.nan)[:, None], later, second > 0)
        assert float(third.weights @ y) == pytest.approx(float(second @ back[:, 0]), abs=1e-10)
        found.append(float(third.weights @ y))
    assert len(found) == 28 * 3
    assert np.mean(found) == pytest.approx(y[:6].sum(), abs=1e-10)  # city 6 is a birth of round 3


@given(st.data())
def test_weights_of_a_census_are_one_for_all_cities_but_births(data: st.DataObject) -> None:
    N_old, N_new = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    pairs = data.draw(st.sets(st.tuples(st.integers(0, N_old - 1), st.integers(0, N_new - 1))))
    links = city_links(sorted(pairs), N_old, N_new)
    shared = weight_share(links, np.ones(N_old))
    np.testing.assert_allclose(shared.weights, np.where(links.births, 0.0, 1.0), atol=1e-12)
    assert shared.ineligible.tolist() == links.deaths.tolist()


@pytest.mark.parametrize("pairs", [[(0, 0), (0, 0)], [(2, 0)], [(0, 2)], [(-1, 0)]])
def test_links_that_name_no_rows_or_a_pair_twice_are_refused(
    pairs: list[tuple[int, int]], refused: Refused
) -> None:
    with refused("FRAME-LINK-INVALID", "0 to 1"):
        city_links(pairs, 2, 2)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_weights_that_are_no_weights_are_refused(weight: float, refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "Weights of the earlier round"):
        weight_share(city_links([(0, 0)], 2, 1), np.array([2.0, weight]))
