"""Forms that compare neighbours, in the order of the draw and on the map: loops, identities, refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.estimators.forms.approximations import brewer
from citysample.estimators.forms.balanced import balanced
from citysample.estimators.forms.equal import srs
from citysample.estimators.forms.ordered import successive_difference
from citysample.estimators.forms.spatial import NEIGHBOURHOOD, local_mean
from citysample.reference_frames.columns import FloatArray

Refused = Callable[..., AbstractContextManager[None]]
Stratum = tuple[FloatArray, FloatArray]


@st.composite
def strata(draw: st.DrawFn, least: int = 2, most: int = 12) -> Stratum:
    m = draw(st.integers(least, most))
    z = draw(st.lists(st.integers(-500, 500), min_size=2 * m, max_size=2 * m))
    pi = draw(st.lists(st.integers(1, 99), min_size=m, max_size=m))
    return np.array(z, float).reshape(m, 2) / 8, np.array(pi) / 100


def close(found: FloatArray, expected: FloatArray, expanded: FloatArray) -> None:
    scale = 1e-9 * (1.0 + float(np.abs(expanded).max()) ** 2)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=scale)


# In the order of the draw


@given(strata(), st.data())
def test_successive_differences_are_those_of_a_loop(stratum: Stratum, data: st.DataObject) -> None:
    expanded, pi = stratum
    m = len(pi)
    position = data.draw(st.lists(st.integers(0, 400), min_size=m, max_size=m, unique=True))
    walk = sorted(range(m), key=lambda k: position[k])
    expected = np.zeros((2, 2))
    steps = 0
    for here, before in zip(walk, [walk[-1], *walk[:-1]], strict=True):
        difference = expanded[here] - expanded[before]
        expected += (1 - (pi[here] + pi[before]) / 2) / 2 * np.outer(difference, difference)
        steps += 1
    assert steps == m
    close(successive_difference(expanded, pi, np.array(position)), expected, expanded)


@given(strata(most=3))
def test_two_or_three_cities_are_all_neighbours(stratum: Stratum) -> None:
    expanded, _ = stratum
    m = len(expanded)
    pi = np.full(m, 0.3)
    close(successive_difference(expanded, pi, np.arange(m)), srs(expanded, pi), expanded)
    close(local_mean(expanded, pi, np.arange(float(m))[:, None]), srs(expanded, pi), expanded)


def test_the_mean_over_all_orders_is_the_srs_form() -> None:
    """An order that tells nothing: each pair of cities follows each other equally often."""
    rng = np.random.default_rng(2)
    z, pi = rng.normal(size=(5, 1)), np.full(5, 0.2)
    found = [successive_difference(z, pi, np.array(order))[0, 0] for order in permutations(range(5))]
    assert len(found) == 120
    assert np.mean(found) == pytest.approx(srs(z, pi)[0, 0], rel=1e-12)


def test_a_rise_along_the_order_is_seen_by_the_circle() -> None:
    """N = 60 on a line, every sixth city: V = 10,500; without the ends the form is half of it."""
    y = np.arange(60.0)
    totals = np.array([6 * y[start::6].sum() for start in range(6)])
    estimates = [
        successive_difference(6 * y[start::6, None], np.full(10, 1 / 6), np.arange(10))[0, 0]
        for start in range(6)
    ]
    assert 1.0 < np.mean(estimates) / totals.var() < 6.5
    assert totals.var() == pytest.approx(10_500)
    without = 5 / 6 * 10 / (2 * 9) * 9 * 36.0**2
    assert without == pytest.approx(5400)


def test_the_same_place_twice_is_refused(refused: Refused) -> None:
    with refused("ESTIMATE-VARIANCE-INVALID", "same place", "1 places"):
        successive_difference(np.ones((3, 1)), np.full(3, 0.5), np.array([1, 5, 1]))


# On the map


def by_loop(expanded: FloatArray, pi: FloatArray, places: FloatArray) -> FloatArray:
    """The city and the nearest others, with all that are as far as the last of them."""
    m = len(pi)
    total = np.zeros((2, 2))
    for k in range(m):
        distance = [sum((a - b) ** 2 for a, b in zip(places[k], places[j], strict=True)) for j in range(m)]
        others = sorted(distance[j] for j in range(m) if j != k)
        reach = others[min(NEIGHBOURHOOD - 1, m - 1) - 1]
        near = [j for j in range(m) if j == k or distance[j] <= reach]
        centre = sum(expanded[j] for j in near) / len(near)
        factor = (1 - pi[k]) * len(near) / (len(near) - 1)
        total += factor * np.outer(expanded[k] - centre, expanded[k] - centre)
    return total


@given(strata(), st.data())
def test_local_mean_is_that_of_a_loop(stratum: Stratum, data: st.DataObject) -> None:
    """On a grid, where many distances are equal and cities share a place."""
    expanded, pi = stratum
    m = len(pi)
    grid = data.draw(st.lists(st.integers(0, 3), min_size=2 * m, max_size=2 * m))
    places = np.array(grid, float).reshape(m, 2)
    close(local_mean(expanded, pi, places), by_loop(expanded, pi, places), expanded)


@given(strata(most=NEIGHBOURHOOD))
def test_one_neighbourhood_is_the_form_of_brewer(stratum: Stratum) -> None:
    expanded, pi = stratum
    close(local_mean(expanded, pi, np.arange(float(len(pi)))[:, None] ** 2), brewer(expanded, pi), expanded)


@given(strata(least=4), st.data())
def test_balanced_and_spread_without_distances_is_the_balanced_form(
    stratum: Stratum, data: st.DataObject
) -> None:
    """All cities in one place, so that one neighbourhood is left: residuals of the balancing remain."""
    expanded, pi = stratum
    m = len(pi)
    x = np.array(data.draw(st.lists(st.integers(1, 40), min_size=m, max_size=m)), float)
    balance, missed = np.column_stack([pi, x]), np.array([0.0, 3.0])
    found = local_mean(expanded, pi, np.zeros((m, 2)), balance, missed)
    near = balanced(expanded, pi, balance, missed)
    # The centre is the plain mean of the residuals here, and their weighted mean, which is zero, there.
    scale = 1e-7 * (1 + np.abs(expanded).max() ** 2 + np.abs(near).max())
    if np.ptp(pi) == 0.0:
        np.testing.assert_allclose(found, near, rtol=1e-7, atol=scale)
    own = local_mean((x / pi)[:, None], pi, np.zeros((m, 2)), balance)
    assert abs(own[0, 0]) < 1e-7 * (1 + float((x / pi).max()) ** 2)


@given(strata(least=4))
def test_pi_as_the_only_balancing_variable_changes_nothing(stratum: Stratum) -> None:
    expanded, pi = stratum
    places = np.column_stack([np.arange(len(pi)) ** 1.5, np.cos(np.arange(len(pi)))])
    found = local_mean(expanded, pi, places, pi[:, None], np.zeros(1))
    close(found, local_mean(expanded, pi, places), 10 * expanded)


def test_a_smooth_variable_has_less_variance_than_without_the_map() -> None:
    places = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    z, pi = places @ np.array([[3.0], [2.0]]), np.full(64, 0.25)
    assert local_mean(z, pi, places)[0, 0] < 0.1 * srs(z, pi)[0, 0]


def test_missing_coordinates_are_refused(refused: Refused) -> None:
    places = np.array([[0.0, 0.0], [1.0, np.nan], [2.0, 1.0]])
    with refused("ESTIMATE-VARIANCE-INVALID", "no coordinates", "1 of 3"):
        local_mean(np.ones((3, 1)), np.full(3, 0.5), places)
