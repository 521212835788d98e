"""The city frame: sorted by id, copied, and the same whatever the order of rows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]

TABLE = pd.DataFrame({"id": ["9", "10", "b", "B"], "people": [1, 2, 3, 4], "name": list("wxyz")})


def test_cities_are_sorted_by_the_bytes_of_their_id() -> None:
    frame = cs.CityFrame.from_table(TABLE, id="id", size="people", name="name")
    assert frame.cities.index.tolist() == ["10", "9", "B", "b"]
    assert frame.cities.index.name == "city_id"
    assert frame.cities["people"].tolist() == [2, 1, 4, 3]
    assert frame.cities.columns.tolist() == ["people", "name"]
    assert frame.N == 4


@given(st.permutations(range(4)))
def test_row_order_is_irrelevant(order: list[int]) -> None:
    frame = cs.CityFrame.from_table(TABLE, id="id", size="people")
    shuffled = cs.CityFrame.from_table(TABLE.iloc[order], id="id", size="people")
    pd.testing.assert_frame_equal(shuffled.cities, frame.cities)


def test_the_id_may_be_the_index() -> None:
    frame = cs.CityFrame.from_table(TABLE.set_index("id"), id="id", size="people")
    pd.testing.assert_frame_equal(frame.cities, cs.CityFrame.from_table(TABLE, id="id", size="people").cities)


def test_changes_outside_do_not_reach_the_frame() -> None:
    table = TABLE.copy()
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    before = frame.fingerprint()
    table.loc[:, "people"] = 99
    copy = frame.cities
    copy.loc[:, "people"] = 77
    assert frame.fingerprint() == before
    assert frame.cities["people"].tolist() == [2, 1, 4, 3]


def test_sizes() -> None:
    frame = cs.CityFrame.from_table(TABLE, id="id", size="people")
    sizes = frame.sizes()
    assert sizes is not None
    assert sizes.tolist() == [2.0, 1.0, 4.0, 3.0]
    assert cs.CityFrame.from_table(TABLE, id="id").sizes() is None


def test_repr_says_what_it_is() -> None:
    frame = cs.CityFrame.from_table(TABLE, id="id", size="people", source="the census")
    assert repr(frame) == "CityFrame(4 cities, size='people', source='the census')"


@pytest.mark.parametrize("people", [[1, 2, 3, 4], [1.0, 2.0, 3.0, 4.0]])
def test_storage_of_the_size_does_not_change_the_draw(people: list[Any]) -> None:
    frame = cs.CityFrame.from_table(TABLE.assign(people=people), id="id", size="people")
    for method in ("srs", "systematic", "pivotal"):
        drawn = cs.SampleDesign(n=2, method=method).plan(frame).draw("seed").cities.index.tolist()
        reference = cs.CityFrame.from_table(TABLE, id="id", size="people")
        expected = cs.SampleDesign(n=2, method=method).plan(reference).draw("seed").cities.index.tolist()
        assert drawn == expected
        assert len(drawn) == 2


def test_example_frame(swiss_frame: cs.CityFrame) -> None:
    assert swiss_frame.N == 2896
    assert swiss_frame.cities.index.tolist() == sorted(swiss_frame.cities.index, key=str.encode)
    assert swiss_frame.cities["region"].nunique() == 7


def test_the_id_is_city_id_if_nothing_is_said(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "frame.csv"
    path.write_text("city_id,people\n007,5\n010,7\n", encoding="utf-8")
    frame = cs.CityFrame.read(path, size="people")
    assert frame.cities.index.tolist() == ["007", "010"]
    assert frame.fingerprint() == cs.CityFrame.read(path, id="city_id", size="people").fingerprint()
    path.write_text("city,people\n007,5\n", encoding="utf-8")
    with refused("FRAME-COLUMN-UNKNOWN", "'city_id'", "Did you mean 'city'?"):
        cs.CityFrame.read(path)
