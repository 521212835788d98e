"""Orders of the cities: by columns, and along a Hilbert curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Refused

from citysample.reference_frames.columns import FloatArray
from citysample.sampling.select.order import hilbert_order, order_by_columns

Rows = list[tuple[int, int, int]]
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=30)


def columns(rows: Rows) -> list[FloatArray]:
    return [np.array([row[j] for row in rows], dtype=np.float64) for j in range(3)]


@given(ROWS)
def test_order_by_columns_is_the_order_of_tuples(rows: Rows) -> None:
    expected = sorted(range(len(rows)), key=lambda k: (rows[k], k))
    assert order_by_columns(columns(rows)).tolist() == expected


def test_one_column_of_whole_numbers_and_empty_columns() -> None:
    assert order_by_columns([np.array([3, 1, 2])]).tolist() == [1, 2, 0]
    assert order_by_columns([np.array([])]).size == 0


def test_orders_that_are_refused(refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "at least one column"):
        order_by_columns([])
    with refused("DESIGN-VALUE-INVALID", "same length"):
        order_by_columns([np.zeros(3), np.zeros(4)])
    with refused("DESIGN-VALUE-INVALID"):
        order_by_columns([np.zeros((3, 2))])
    with refused("FRAME-VALUE-MISSING", "column 2 of the order", "rows 2, 4"):
        order_by_columns([np.zeros(4), np.array([1.0, np.nan, 2.0, np.nan])])
    with refused("FRAME-VALUE-MISSING", "'b'"):
        order_by_columns([np.array([1.0, np.nan])], city_ids=["a", "b"])


@pytest.mark.parametrize("size", [2, 4, 8, 32, 128])
def test_the_curve_visits_each_cell_of_a_grid_and_its_neighbour_next(size: int) -> None:
    grid = np.array([[i, j] for i in range(size) for j in range(size)], dtype=np.float64)
    # Points in the middle of the cells of a square that the first and the last one fix.
    order = hilbert_order(grid * (1.0 + 1.0 / (size - 1)) if size > 2 else grid, geographic=False)
    path = grid[order]
    assert sorted(order.tolist()) == list(range(size * size))
    assert (np.abs(np.diff(path, axis=0)).sum(axis=1) == 1.0).all()
    assert path[0].tolist() == [0.0, 0.0]
    assert path[-1].tolist() == [size - 1.0, 0.0]


def curve(level: int) -> list[tuple[int, int]]:
    """Second implementation: the curve of level L from four copies of that of level L - 1."""
    if level == 0:
        return [(0, 0)]
    old, half = curve(level - 1), 2 ** (level - 1)
    return [
        *((y, x) for x, y in old),
        *((x, y + half) for x, y in old),
        *((x + half, y + half) for x, y in old),
        *((2 * half - 1 - y, half - 1 - x) for x, y in old),
    ]


@pytest.mark.parametrize("level", [1, 2, 3, 5])
def test_the_curve_is_that_of_four_copies(level: int) -> None:
    cells = curve(level)
    side = 2**level
    points = np.array(cells, dtype=np.float64)
    shuffled = np.random.Philox(key=1).random_raw(len(cells)).argsort()
    order = hilbert_order(points[shuffled] * side / (side - 1.0), geographic=False)
    assert (points[shuffled][order] == points).all()
    assert len(cells) == side * side


@given(st.lists(st.tuples(st.floats(-170, 170), st.floats(-80, 80)), min_size=1, max_size=30))
def test_the_order_is_one_of_all_cities_and_does_not_depend_on_the_country(
    places: list[tuple[float, float]],
) -> None:
    points = np.array(places)
    order = hilbert_order(points, geographic=False)
    assert sorted(order.tolist()) == list(range(len(places)))
    assert (hilbert_order(points * 4.0, geographic=False) == order).all()
    again = hilbert_order(points[order], geographic=False)
    assert (points[order][again] == points[order]).all()


def test_cities_at_the_same_place_keep_their_order() -> None:
    same = np.array([[5.0, 5.0], [1.0, 1.0], [5.0, 5.0], [1.0, 1.0], [5.0, 5.0]])
    assert hilbert_order(same, geographic=False).tolist() == [1, 3, 0, 2, 4]
    assert hilbert_order(np.full((4, 2), 7.0), geographic=True).tolist() == [0, 1, 2, 3]
    assert hilbert_order(np.zeros((0, 2)), geographic=True).size == 0


def test_a_country_across_the_antimeridian_is_one_piece() -> None:
    """Fiji: the order is that of the same islands anywhere else on the globe."""
    raw = (np.random.Philox(key=2).random_raw(400) >> np.uint64(11)) / 2.0**53
    east, lat = 4.0 * raw[:200], -20.0 + 5.0 * raw[200:]
    here = np.column_stack([10.0 + east, lat])
    turned = 178.0 + east
    fiji = np.column_stack([np.where(turned > 180.0, turned - 360.0, turned), lat])
    assert (fiji[:, 0] < 0).sum() > 50
    order = hilbert_order(fiji, geographic=True)
    assert np.hypot(*np.diff(here[order], axis=0).T).mean() < 0.5
    # Degrees are shifted with rounding, so a city at the edge of a cell may change places.
    assert np.mean(order == hilbert_order(here, geographic=True)) > 0.95


def test_a_country_across_the_meridian_of_greenwich_is_one_piece() -> None:
    lon = np.linspace(-3.0, 1.0, 81)
    order = hilbert_order(np.column_stack([lon, np.full(81, 8.0)]), geographic=True)
    assert order.tolist() == list(range(81))


def test_longitudes_up_to_360_and_from_minus_180_give_the_same_order() -> None:
    lon = np.array([170.0, 190.0, 200.0, 175.0])
    lat = np.array([1.0, 2.0, 3.0, 4.0])
    other = np.where(lon > 180.0, lon - 360.0, lon)
    first = hilbert_order(np.column_stack([lon, lat]), geographic=True)
    assert (first == hilbert_order(np.column_stack([other, lat]), geographic=True)).all()


def test_coordinates_that_are_refused(refused: Refused) -> None:
    good = np.array([[1.0, 2.0]] * 8)
    missing = good.copy()
    missing[[1, 2, 3, 4, 5, 7], 1] = np.nan
    with refused("FRAME-VALUE-MISSING", "6 cities", "rows 2, 3, 4, 5, 6, ... (6 in all)"):
        hilbert_order(missing, geographic=True)
    with refused("FRAME-VALUE-MISSING", "'k1', 'k2'"):
        hilbert_order(missing, geographic=False, city_ids=[f"k{k}" for k in range(8)])
    for place, word in (((181.0 + 180.0, 0.0), "361"), ((0.0, 91.0), "91"), ((np.inf, 0.0), "inf")):
        wrong = good.copy()
        wrong[3] = place
        with refused("FRAME-VALUE-INVALID", "rows 4", word):
            hilbert_order(wrong, geographic=True)
    with refused("FRAME-VALUE-INVALID", "finite"):
        hilbert_order(np.array([[0.0, -np.inf]]), geographic=False)
    with refused("DESIGN-VALUE-INVALID", "shape (3,)"):
        hilbert_order(np.zeros(3), geographic=False)
    with refused("DESIGN-VALUE-INVALID", "shape (3, 3)"):
        hilbert_order(np.zeros((3, 3)), geographic=False)
