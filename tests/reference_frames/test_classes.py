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
from citysample.reference_frames.classes import annual_growth, class_codes, class_labels, quantile_bounds

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


@given(st.lists(st.integers(-30, 30), min_size=2, max_size=40), st.integers(2, 6))
def test_quantile_classes_hold_about_the_same_number_of_cities(values: list[int], classes: int) -> None:
    array = np.array(values, dtype=np.float64)
    try:
        bounds = quantile_bounds(array, classes)
    except cs.FrameError:
        assert len(set(values)) < len(values) or len(values) < classes
        return
    sizes = np.bincount(class_codes(array, bounds), minlength=classes)
    assert len(bounds) == classes - 1
    assert set(bounds) <= set(array.tolist())
    assert (sizes > 0).all()
    if len(set(values)) == len(values):
        assert sizes.max() - sizes.min() <= 1


def test_quantile_classes_of_a_frame(frame: cs.CityFrame, refused: Refused) -> None:
    found = frame.with_classes("third", column="people", quantiles=3, labels=["low", "middle", "high"])
    assert found.cities["third"].tolist() == ["low", "low", "middle", "middle", "high", "high"]
    for classes in (1, 0, 2.5):
        with refused("FRAME-CLASSES-INVALID", "2 or more", f"{classes}"):
            quantile_bounds(np.arange(5.0), classes)  # type: ignore[arg-type]  # 2.5 on purpose
    with refused("FRAME-CLASSES-INVALID", "2 different values for 5 cities"):
        quantile_bounds(np.array([1.0, 1.0, 1.0, 2.0, 2.0]), 3)
    with refused("FRAME-CLASSES-INVALID", "either bounds or quantiles", "neither"):
        frame.with_classes("c", column="people")
    with refused("FRAME-CLASSES-INVALID", "either bounds or quantiles", "both"):
        frame.with_classes("c", column="people", bounds=[5], quantiles=2)


@given(st.floats(1, 1e7), st.floats(-20, 20), st.floats(0.5, 50))
def test_growth_is_the_rate_that_leads_from_start_to_end(start: float, rate: float, years: float) -> None:
    end = start * np.exp(rate * years / 100)
    found = annual_growth(np.array([start]), np.array([end]), years)
    assert found[0] == pytest.approx(rate, abs=1e-9)


def test_growth_classes_of_a_frame(refused: Refused) -> None:
    table = pd.DataFrame(
        {"id": list("abc"), "old": [100, 100, 200], "new": [200, 101, 100], "zero": [1, 0, 2]}
    )
    frame = cs.CityFrame.from_table(table, id="id", size="new")
    grown = frame.with_growth("rate", start="old", end="new", years=10)
    assert grown.cities["rate"].round(6).tolist() == [6.931472, 0.099503, -6.931472]
    labelled = grown.with_classes(
        "growth", column="rate", bounds=[0, 1], labels=["shrinks", "grows slowly", "grows"]
    )
    assert labelled.cities["growth"].tolist() == ["grows", "grows slowly", "shrinks"]
    assert labelled.size == "new"
    with refused("FRAME-VALUE-INVALID", "1 cities", "column 'zero'", "'b'"):
        frame.with_growth("rate", start="zero", end="new", years=10)
    with refused("FRAME-VALUE-INVALID", "years", "-1"):
        frame.with_growth("rate", start="old", end="new", years=-1)
    with refused("FRAME-COLUMN-UNKNOWN", "'od'", "Did you mean 'old'?"):
        frame.with_growth("rate", start="od", end="new", years=10)
    with refused("FRAME-CLASSES-INVALID", "'old'"):
        frame.with_growth("old", start="old", end="new", years=10)
