"""The Voronoi measure of spread, by hand and against all distances."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.spread import voronoi_spread

Refused = Callable[..., AbstractContextManager[None]]


def by_all_distances(pi: FloatArray, selected: BoolArray, places: FloatArray) -> float:
    sampled = [k for k in range(len(pi)) if selected[k]]
    content = dict.fromkeys(sampled, 0.0)
    for k in range(len(pi)):
        distance = {s: float(((places[k] - places[s]) ** 2).sum()) for s in sampled}
        nearest = [s for s in sampled if distance[s] == min(distance.values())]
        for s in nearest:
            content[s] += float(pi[k]) / len(nearest)
    return sum((value - 1) ** 2 for value in content.values()) / len(sampled)


def test_by_hand() -> None:
    line = np.arange(6.0)[:, None]
    pi = np.full(6, 1 / 3)
    # Places 0 and 5 hold three cities each; 1 and 4 too; 0 and 1 hold one and five.
    assert voronoi_spread(pi, np.isin(np.arange(6), [0, 5]), line) == 0
    assert voronoi_spread(pi, np.isin(np.arange(6), [1, 4]), line) == 0
    np.testing.assert_allclose(voronoi_spread(pi, np.isin(np.arange(6), [0, 1]), line), 4 / 9)
    # Place 1 is as far from 0 as from 2, so each gets half of it: 1.5, 4.5 thirds.
    np.testing.assert_allclose(voronoi_spread(pi, np.isin(np.arange(6), [0, 2]), line), 1 / 4)


@given(st.integers(1, 40), st.integers(1, 3), st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_is_its_definition_with_shared_ties(N: int, q: int, key: int, width: int) -> None:
    """Whole-number places, so that ties and cities at one place occur."""
    generator = np.random.default_rng(key)
    places = generator.integers(0, width, (N, q)).astype(float)
    pi, selected = generator.uniform(0.1, 1.0, N), generator.random(N) < 0.4
    selected[generator.integers(N)] = True
    found = voronoi_spread(pi, selected, places)
    np.testing.assert_allclose(found, by_all_distances(pi, selected, places), rtol=1e-12, atol=1e-14)
    turned = generator.permutation(N)
    again = voronoi_spread(pi[turned], selected[turned], 1e3 + 0.1 * places[turned])
    np.testing.assert_allclose(again, found, rtol=1e-12, atol=1e-14)


def test_many_ties_are_shared_by_all() -> None:
    places = np.zeros((50, 2))
    selected = np.arange(50) < 20
    np.testing.assert_allclose(voronoi_spread(np.full(50, 0.4), selected, places), 0, atol=1e-28)
    np.testing.assert_allclose(voronoi_spread(np.full(50, 0.8), selected, places), 1.0)


def test_a_sample_of_all_cities_is_perfectly_spread() -> None:
    places = np.random.default_rng(1).random((30, 2))
    assert voronoi_spread(np.ones(30), np.ones(30, dtype=bool), places) == 0


def test_refusals(refused: Refused) -> None:
    places = np.arange(3.0)[:, None]
    with refused("DESIGN-VALUE-INVALID", "n = 0"):
        voronoi_spread(np.full(3, 0.5), np.zeros(3, dtype=bool), places)
    with refused("FRAME-VALUE-MISSING", "coordinates"):
        voronoi_spread(np.full(3, 0.5), np.ones(3, dtype=bool), np.array([[0.0], [np.nan], [1.0]]))
    with refused("DESIGN-VALUE-INVALID", "3 cities"):
        voronoi_spread(np.full(3, 0.5), np.ones(3, dtype=bool), places[:2])
    with refused("DESIGN-VALUE-INVALID", "no coordinates"):
        voronoi_spread(np.full(3, 0.5), np.ones(3, dtype=bool), places[:, :0])
