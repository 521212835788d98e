"""The triangular grid: cells cover the sphere, and each has three neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.columns import FloatArray
from citysample.reference_frames.world.builder.grid import (
    EARTH_RADIUS_KM,
    areas_km2,
    cell_name,
    centroids,
    corner_pairs,
    corners,
    edge_pairs,
    expand_runs,
    lon_lat,
    unit,
    unit_vectors,
)


@pytest.fixture(scope="module")
def faces() -> FloatArray:
    """The 20 faces of an icosahedron, found as the triples of corners at the least distance."""
    phi = (1 + 5**0.5) / 2
    points = unit(
        np.array(
            [[0, a, b * phi] for a in (1, -1) for b in (1, -1)]
            + [[a, b * phi, 0] for a in (1, -1) for b in (1, -1)]
            + [[b * phi, 0, a] for a in (1, -1) for b in (1, -1)]
        )
    )
    near = np.isclose(points @ points.T, 1 / 5**0.5)
    found = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    assert len(found) == 20
    return np.asarray(points[np.array(found)])


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
def test_the_cells_cover_the_sphere_once(faces: FloatArray, level: int) -> None:
    areas = areas_km2(corners(np.arange(20 * 4**level), level, faces))
    assert len(areas) == 20 * 4**level
    assert areas.sum() == pytest.approx(4 * np.pi * EARTH_RADIUS_KM**2, rel=1e-12)
    assert areas.max() / areas.min() < 1.4


@pytest.mark.parametrize("level", [1, 2, 3])
def test_each_cell_has_three_neighbours_by_edges(faces: FloatArray, level: int) -> None:
    n = 20 * 4**level
    triangles = corners(np.arange(n), level, faces)
    edges = edge_pairs(triangles)
    assert len(edges) == n * 3 // 2
    assert np.bincount(edges.ravel(), minlength=n).tolist() == [3] * n
    around = corner_pairs(triangles)
    assert {tuple(pair) for pair in edges.tolist()} <= {tuple(pair) for pair in around.tolist()}
    # Twelve around each cell, one less for each of its corners where only five cells meet.
    touching = np.bincount(around.ravel(), minlength=n)
    assert set(touching.tolist()) <= {9, 10, 11, 12}
    assert (12 - touching).sum() == 12 * 5


def test_children_lie_inside_their_parent(faces: FloatArray) -> None:
    parents = np.arange(20)
    children = parents[:, None] * 4 + np.arange(4)
    middles = centroids(corners(children.ravel(), 1, faces)).reshape(20, 4, 3)
    for parent in parents:
        a, b, c = faces[parent]
        side = np.sign(np.dot(np.cross(a, b), c))
        for middle in middles[parent]:
            assert all(side * np.dot(np.cross(p, q), middle) > 0 for p, q in ((a, b), (b, c), (c, a)))


def test_middle_children_lie_in_the_middle(faces: FloatArray) -> None:
    middle = centroids(corners(np.array([3]), 1, faces))
    assert middle[0] == pytest.approx(centroids(faces[:1])[0], abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=12))
def test_runs_are_expanded_as_a_plain_loop_does(runs: list[tuple[int, bool]]) -> None:
    expected, cell = [], 0
    for length, chosen in runs:
        for _ in range(length):
            if chosen:
                expected.append(cell)
            cell += 1
    ends = np.cumsum([length for length, _ in runs])
    assert expand_runs(ends, np.array([chosen for _, chosen in runs])).tolist() == expected


@given(st.floats(-179.999, 180), st.floats(-89.9, 89.9))
def test_positions_come_back_from_vectors(lon: float, lat: float) -> None:
    found = lon_lat(unit_vectors(np.array([lon]), np.array([lat])))
    assert found[0][0] == pytest.approx(lon, abs=1e-9)
    assert found[1][0] == pytest.approx(lat, abs=1e-9)


def test_names_of_cells_are_different_and_are_no_numbers() -> None:
    names = [cell_name(cell) for cell in range(0, 20 * 4**12, 1_234_567)]
    assert len(set(names)) == len(names) == 272
    assert all(name.startswith("T3-") and len(name) == 11 for name in names)
