"""Class variables: a value equal to a bound belongs to the higher class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.classes import class_codes, class_labels

Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def frame() -> cs.CityFrame:
    people = [1, 1999, 2000, 7999, 8000, 9000]
    return cs.CityFrame.from_table(
        pd.DataFrame({"id": list("abcdef"), "people": people}), id="id", size="people"
    )


def test_labels_and_bounds(frame: cs.CityFrame) -> None:
    found = frame.with_classes("size_class", column="people", bounds=[2000, 8000]).cities["size_class"]
    low, middle, high = "under 2000", "2000 to under 8000", "8000 and over"
    assert found.tolist() == [low, low, middle, middle, high, high]
    assert found.cat.ordered
    assert found.cat.categories.tolist() == [low, middle, high]


def test_given_labels(frame: cs.CityFrame) -> None:
    labelled = frame.with_classes("c", column="people", bounds=[2000], labels=["small", "large"])
    assert labelled.cities["c"].tolist() == ["small"] * 2 + ["large"] * 4
    assert "c" not in frame.cities
    assert labelled.size == "people"


def test_classes_keep_their_order_as_strata(frame: cs.CityFrame) -> None:
    labelled = frame.with_classes("c", column="people", bounds=[2000, 8000], labels=["z", "y", "x"])
    assert cs.SampleDesign(strata=["c"], n=6).plan(labelled).strata.index.tolist() == ["z", "y", "x"]


def test_bounds_as_an_array(frame: cs.CityFrame) -> None:
    labelled = frame.with_classes("c", column="people", bounds=np.array([2000.0, 8000.0]).tolist())
    assert labelled.cities["c"].nunique() == 3


@given(
    st.lists(st.integers(-20, 20), min_size=1, max_size=5, unique=True).map(sorted),
    st.lists(st.integers(-25, 25), min_size=1, max_size=20),
)
def test_codes_count_the_bounds_that_are_reached(bounds: list[int], values: list[int]) -> None:
    codes = class_codes(np.array(values, dtype=np.float64), bounds)
    expected = [sum(bound <= value for bound in bounds) for value in values]
    assert codes.tolist() == expected
    assert len(class_labels(bounds)) == len(bounds) + 1
    assert len(set(class_labels(bounds))) == len(bounds) + 1


@pytest.mark.parametrize(
    ("bounds", "labels", "words"),
    [
        ([], None, ("must rise",)),
        ([5, 5], None, ("must rise", "'5', '5'")),
        ([5, 3], None, ("'5', '3'", "larger than the one before")),
        ([float("nan")], None, ("'nan'", "finite")),
        ([1, float("inf")], None, ("'inf'", "finite")),
        ([5], ["one"], ("1 labels", "2 different labels for 1 bounds")),
        ([5], ["a", "b", "c"], ("3 labels", "2 different labels")),
        ([5], ["a", "a"], ("'a', 'a'", "2 different labels")),
    ],
)
def test_bad_classes(
    frame: cs.CityFrame,
    refused: Refused,
    bounds: Sequence[float],
    labels: Sequence[str] | None,
    words: tuple[str, ...],
) -> None:
    with refused("FRAME-CLASSES-INVALID", *words):
        frame.with_classes("c", column="people", bounds=bounds, labels=labels)


@pytest.mark.parametrize("name", ["people", "cities"])
def test_taken_names(frame: cs.CityFrame, refused: Refused, name: str) -> None:
    with refused("FRAME-CLASSES-INVALID", f"'{name}'", "Choose another name"):
        frame.with_classes(name, column="people", bounds=[2000])


def test_unknown_column_and_missing_values(frame: cs.CityFrame, refused: Refused) -> None:
    with refused("FRAME-COLUMN-UNKNOWN", "classes 'c'", "Did you mean 'people'?"):
        frame.with_classes("c", column="peopel", bounds=[2000])
    table = pd.DataFrame({"id": ["a", "b"], "area": [1.0, None]})
    with refused("FRAME-VALUE-MISSING", "'area'", "cities 'b'"):
        cs.CityFrame.from_table(table, id="id").with_classes("c", column="area", bounds=[2])
