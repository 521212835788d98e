"""The fingerprint of a frame: blind to storage, sensitive to content."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs

COLUMNS = ("area", "people", "zone")

NUMBERS = st.floats(0.001, 1e12) | st.integers(1, 10**9)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, st.text(max_size=4)), min_size=1, max_size=6)


def table_of(rows: list[tuple[Any, Any, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    table.insert(0, "id", [f"c{k}" for k in range(len(rows))])
    return table


def fingerprint(table: pd.DataFrame) -> str:
    return cs.CityFrame.from_table(table, id="id").fingerprint()


@given(ROWS, st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_is_irrelevant(rows: list[tuple[Any, Any, Any]], random: Any) -> None:
    table = table_of(rows)
    row_order, column_order = list(range(len(rows))), list(table.columns)
    random.shuffle(row_order)
    random.shuffle(column_order)
    assert fingerprint(table.iloc[row_order][column_order]) == fingerprint(table)


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1, max_size=6))
def test_storage_of_whole_numbers_is_irrelevant(values: list[int]) -> None:
    table = pd.DataFrame({"id": [f"c{k}" for k in range(len(values))], "x": values})
    found = [
        fingerprint(table.assign(x=table["x"].astype(dtype)))
        for dtype in ("int64", "float64", "object", "Int64", "Float64")
    ]
    assert found == [found[0]] * 5


def test_storage_of_text_is_irrelevant() -> None:
    table = pd.DataFrame({"id": ["a", "b", "c"], "zone": ["x", "y", "x"]})
    found = [
        fingerprint(table.assign(zone=table["zone"].astype(dtype)))
        for dtype in ("object", "string", "category", "str")
    ]
    assert found == [found[0]] * 4


def test_storage_of_missing_values_is_irrelevant() -> None:
    found = [
        fingerprint(pd.DataFrame({"id": ["a", "b"], "x": pd.Series(values, dtype=dtype)}))
        for values, dtype in (
            ([1, None], "object"),
            ([1.0, np.nan], "float64"),
            ([1, None], "Int64"),
            ([1.0, np.nan], "object"),
        )
    ]
    assert found == [found[0]] * 4


def test_id_as_index_is_the_same_frame() -> None:
    table = pd.DataFrame({"id": ["a", "b"], "x": [1, 2]})
    assert fingerprint(table.set_index("id")) == fingerprint(table)


@given(ROWS, st.data())
def test_any_changed_cell_changes_it(rows: list[tuple[Any, Any, Any]], data: st.DataObject) -> None:
    table = table_of(rows)
    before = fingerprint(table)
    row = data.draw(st.integers(0, len(rows) - 1))
    compared = 0
    for column in ("id", *COLUMNS):
        changed = table.copy()
        old = table[column].iloc[row]
        if isinstance(old, str):
            new: str | float = (
                f"{old}x" if column == "id" else data.draw(st.text(max_size=4).filter(old.__ne__))
            )
        else:
            new = float(np.nextafter(float(old), np.inf))
        changed.loc[row, column] = new
        assert fingerprint(changed) != before
        compared += 1
    assert compared == 4


@given(ROWS)
def test_renamed_column_and_added_row_change_it(rows: list[tuple[Any, Any, Any]]) -> None:
    table = table_of(rows)
    before = fingerprint(table)
    assert fingerprint(table.rename(columns={"area": "land"})) != before
    assert fingerprint(table_of([*rows, rows[0]])) != before


def test_swapped_values_change_it() -> None:
    table = pd.DataFrame({"id": ["a", "b"], "x": [1, 2], "y": [1, 1]})
    others = [table.assign(x=[2, 1]), table.assign(y=[1, 2]), table.rename(columns={"x": "y", "y": "x"})]
    found = {fingerprint(other) for other in (table, *others)}
    assert len(found) == 4


def test_number_columns_may_have_number_names() -> None:
    table = pd.DataFrame({"id": ["a", "b"], 2015: [1, 2]})
    other = pd.DataFrame({"id": ["a", "b"], 2015: [1, 3]})
    assert fingerprint(table) != fingerprint(other)


def test_published_value() -> None:
    table = pd.DataFrame({"id": ["b", "a"], "people": [5, 7], "zone": ["N", None]})
    text = repr(["city_id", "people", "zone"]) + repr(["a", "7", ""]) + repr(["b", "5", "N"])
    assert fingerprint(table) == hashlib.sha256(text.encode()).hexdigest()
