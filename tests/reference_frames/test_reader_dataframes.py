"""Frames from any data frame: pandas, polars, pyarrow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.readers.dataframes import pandas_table

Refused = Callable[..., AbstractContextManager[None]]

COLUMNS: dict[str, list[Any]] = {
    "code": ["007", "NA", "ß"],
    "people": [5, 6, 7],
    "area": [1.5, None, 2.0],
    "count": [1, None, 3],
    "zone": ["North", None, "South"],
    "capital": [True, False, False],
    "since": [date(1900, 1, 2), None, date(2000, 1, 1)],
}


def in_pandas() -> pd.DataFrame:
    return pd.DataFrame(COLUMNS).convert_dtypes()


def in_polars() -> pl.DataFrame:
    return pl.DataFrame(COLUMNS)


def in_arrow() -> pa.Table:
    return pa.table(COLUMNS)


@pytest.mark.parametrize("make", [in_pandas, in_polars, in_arrow])
def test_the_same_frame_from_each_library(make: Callable[[], Any]) -> None:
    frame = cs.CityFrame.from_table(make(), id="code", size="people")
    assert frame.cities.index.tolist() == ["007", "NA", "ß"]
    assert frame.sizes() is not None
    assert frame.cities["area"].isna().tolist() == [False, True, False]
    assert frame.cities["zone"].isna().tolist() == [False, True, False]
    expected = cs.CityFrame.from_table(pd.DataFrame(COLUMNS).astype(object), id="code", size="people")
    assert frame.fingerprint() == expected.fingerprint()


@pytest.mark.parametrize(
    "table",
    [
        pl.DataFrame({"id": [1, 2, 3], "kind": pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "c", "a"]))}),
        pa.table({
            "id": [1, 2, 3],
            "kind": pa.DictionaryArray.from_arrays(
                pa.array([0, None, 2]), pa.array(["b", "c", "a"]), ordered=True
            ),
        }),
        pd.DataFrame({
            "id": [1, 2, 3], "kind": pd.Categorical(["b", None, "a"], ["b", "c", "a"], ordered=True)
        }),
    ],
    ids=["polars", "pyarrow", "pandas"],
)  # fmt: skip
def test_categories_keep_their_order(table: Any) -> None:
    kind = cs.CityFrame.from_table(table, id="id").cities["kind"]
    assert kind.cat.categories.tolist() == ["b", "c", "a"]
    assert kind.cat.ordered
    assert kind.isna().tolist() == [False, True, False]


def test_whole_numbers_that_a_float_cannot_hold_stay_exact() -> None:
    table = pandas_table(pl.DataFrame({"x": [2**60 + 1, None], "y": [2**60 + 1, 2**60 + 3]}))
    assert table["x"].tolist() == [2**60 + 1, None]
    assert table["y"].tolist() == [2**60 + 1, 2**60 + 3]


def test_a_lazy_frame_is_refused(refused: Refused) -> None:
    with refused("FRAME-TABLE-INVALID", "lazy", "table.collect()"):
        cs.CityFrame.from_table(in_polars().lazy(), id="code")


@pytest.mark.parametrize("table", [None, [1], {"id": [1]}, "frame.csv", pl.Series([1])])
def test_what_is_no_data_frame_is_refused(refused: Refused, table: object) -> None:
    with refused("FRAME-TABLE-INVALID", type(table).__name__, "data frame of pandas, polars or pyarrow"):
        cs.CityFrame.from_table(table, id="id")


def test_repeated_columns_of_arrow_are_refused(refused: Refused) -> None:
    with refused("TABLE-HEADER-INVALID", "'a'"):
        cs.CityFrame.from_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), id="a")


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**62), 2**62),
            st.none() | st.floats(allow_infinity=False, allow_nan=False),
            st.none() | st.text(st.characters(codec="utf-8")), st.none() | st.booleans(),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_values_of_polars_and_arrow_come_through(rows: list[tuple[Any, ...]]) -> None:
    columns = {name: [row[k] for row in rows] for k, name in enumerate("ifsb")}
    types = {"i": pl.Int64, "f": pl.Float64, "s": pl.String, "b": pl.Boolean}
    polars = pl.DataFrame(columns, schema=types)
    for table in (pandas_table(polars), pandas_table(polars.to_arrow())):
        for name, values in columns.items():
            found = table[name].astype(object).where(table[name].notna(), None).tolist()
            assert found == values


def test_a_pandas_table_does_not_load_narwhals() -> None:
    code = (
        "import sys, pandas as pd, citysample as cs\n"
        "cs.CityFrame.from_table(pd.DataFrame({'city_id': ['a']}))\n"
        "print('narwhals' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
