"""Columns become arrays: ids, numbers, labels and their order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.errors import did_you_mean, quoted
from citysample.reference_frames.columns import id_order, labels, numbers, ordered_levels, text_ids

Refused = Callable[..., AbstractContextManager[None]]


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=20))
def test_id_order_is_the_order_of_utf8_bytes(ids: list[str]) -> None:
    found = [ids[k].encode() for k in id_order(ids)]
    assert sorted(id_order(ids).tolist()) == list(range(len(ids)))
    assert all(low <= high for low, high in pairwise(found))
    assert len(found) == len(ids)


def test_id_order_is_no_locale_order() -> None:
    ids = ["b", "B", "\u00e4", "a", "10", "9", "Z"]
    assert [ids[k] for k in id_order(ids)] == ["10", "9", "B", "Z", "a", "b", "\u00e4"]


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=20))
def test_whole_numbers_become_their_digits(values: list[int]) -> None:
    assert text_ids(pd.Series(values, dtype=object, name="id"), "FRAME") == [str(value) for value in values]


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "Int64"])
def test_ids_of_any_integer_type(dtype: str) -> None:
    values = pd.Series([3, 1, 20], dtype=dtype, name="id")
    assert text_ids(values, "DATA") == ["3", "1", "20"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2, 0], "int64"),
        ([1, 2, 0], "uint8"),
        ([1, 2, 0], "Int64"),
        ([1.0, 2.0, 0.0], "float32"),
        ([1.0, 2.0, 0.0], "Float64"),
        ([1, 2.0, False], "object"),
        ([np.int64(1), np.float32(2), np.bool_(False)], "object"),
    ],
)
def test_numbers_of_any_storage(values: list[object], dtype: str) -> None:
    table = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    found = numbers(table, "x", "DATA")
    assert found.dtype == np.float64
    assert found.tolist() == [1.0, 2.0, 0.0]


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object"])
def test_flags_are_numbers(dtype: str) -> None:
    table = pd.DataFrame({"x": pd.Series([True, False], dtype=dtype)})
    assert numbers(table, "x", "DATA").tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1.0, None], "float64"),
        ([1, None], "Int64"),
        ([1, None], "object"),
        ([1, pd.NA], "object"),
        ([True, None], "boolean"),
        ([1.0, np.nan], "object"),
    ],
)
def test_missing_numbers_are_nan_or_refused(refused: Refused, values: list[object], dtype: str) -> None:
    series = pd.Series(values, dtype=dtype, index=["a", "b"])
    table = pd.DataFrame({"x": series})
    found = numbers(table, "x", "DATA", allow_missing=True)
    assert found[0] == 1.0
    assert np.isnan(found[1])
    with refused("DATA-VALUE-MISSING", "Column 'x'", "1 cities", "cities 'b'"):
        numbers(table, "x", "DATA")


@pytest.mark.parametrize("value", ["5", "many", "1,000", "", b"5", (1,), pd.Timestamp("2025-01-01"), 1j])
def test_text_and_other_kinds_are_no_numbers(refused: Refused, value: object) -> None:
    table = pd.DataFrame({"x": pd.Series([1.0, value], dtype=object)})
    with refused("FRAME-NUMBER-TEXT", "'x'", "1 cells", "cities '1'", str(value)):
        numbers(table, "x", "FRAME")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([3, 4], "int64", ["3", "4"]),
        ([3.0, 4.5, None], "float64", ["3", "4.5", None]),
        ([3, None], "Int64", ["3", None]),
        (["a", None], "object", ["a", None]),
        (["a", None], "string", ["a", None]),
        (["a", None], "str", ["a", None]),
        (["a", None], "category", ["a", None]),
        ([3.0, 4.0], "category", ["3", "4"]),
        ([True, False], "bool", ["True", "False"]),
        ([pd.NA, "a"], "object", [None, "a"]),
    ],
)
def test_labels(values: list[object], dtype: str, expected: list[str | None]) -> None:
    assert labels(pd.Series(values, dtype=dtype)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([10, 9, 10]), ["9", "10"]),
        (pd.Series([10.0, 9.5, None]), ["9.5", "10"]),
        (pd.Series(["10", "9", "b", "B"]), ["10", "9", "B", "b"]),
        (pd.Series(pd.Categorical(["low", "high"], categories=["low", "mid", "high"])), ["low", "high"]),
        (pd.Series(pd.Categorical([2.0, 1.0, 2.0])), ["1", "2"]),
        (pd.Series([3.0, "a", 3.0], dtype=object), ["3", "a"]),
        (pd.Series([True, False]), ["False", "True"]),
        (pd.Series([None, None], dtype=object), []),
    ],
    ids=["whole", "float", "text", "categories", "number categories", "mixed", "flags", "none"],
)
def test_ordered_levels(values: pd.Series, expected: list[str]) -> None:
    assert ordered_levels(values) == expected


@given(
    st.lists(
        st.none() | st.integers(-5, 5) | st.floats(-5, 5) | st.text(max_size=3) | st.booleans(),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
)
def test_each_label_is_among_the_levels(values: list[object], categorical: bool) -> None:
    series = pd.Series(values, dtype=object)
    kinds = {type(value) for value in values}
    if categorical and len(kinds) == 1:
        series = series.astype("category")
    found = {label for label in labels(series) if label is not None}
    assert found == set(ordered_levels(series))


def test_quoted_and_did_you_mean() -> None:
    assert quoted(range(7)) == "'0', '1', '2', '3', '4', ... (7 in all)"
    assert quoted([]) == ""
    assert did_you_mean("POPULTION", ["area", "population"]) == (
        "Did you mean 'population'? Known: 'area', 'population'."
    )
    assert did_you_mean("xyz", ["area"]) == "Known: 'area'."
