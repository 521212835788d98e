"""What is written is read back: ids, accents, numbers, missing values, the order of categories."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.readers.read_table import FORMATS

ROOT = Path(__file__).resolve().parents[2]
Refused = Callable[..., AbstractContextManager[None]]

ENDINGS = [".csv", ".xlsx", ".parquet"]
HOSTILE = ["007", "1E5", "NA", "1-2", "=1+1", "ß", "مدينة", "🏙️", "a,b", 'a"b', "a;b", "TRUE", "#N/A",
           "0x1F", "1.0", "+1", "'1", "-", "nan", "None", "<NA>", "1/2/2025", "12345678901234567890", "é",
           "e\u0301"]  # fmt: skip


def frame_of(ids: list[str], **columns: Any) -> cs.CityFrame:
    return cs.CityFrame.from_table(pd.DataFrame({"code": ids, **columns}), id="code")


def round_trip(frame: cs.CityFrame, path: Path) -> cs.CityFrame:
    assert frame.write(path) == path
    return cs.CityFrame.read(path, id="city_id", size=frame.size, name=frame.name)


@pytest.mark.parametrize("ending", ENDINGS)
def test_hostile_ids_come_back(tmp_path: Path, ending: str) -> None:
    people = list(range(1, len(HOSTILE) + 1))
    frame = cs.CityFrame.from_table(
        pd.DataFrame({"code": HOSTILE, "place": HOSTILE[::-1], "people": people}),
        id="code", size="people", name="place",
    )  # fmt: skip
    again = round_trip(frame, tmp_path / f"frame{ending}")
    assert sorted(again.cities.index) == sorted(HOSTILE)
    assert again.cities["place"].to_dict() == frame.cities["place"].to_dict()
    assert str(again.cities["people"].dtype) == "int64"
    assert again.fingerprint() == frame.fingerprint()


@pytest.mark.parametrize("ending", ENDINGS)
def test_missing_values_and_types_come_back(tmp_path: Path, ending: str) -> None:
    frame = frame_of(
        ["001", "NA"], whole=[2**53 - 1, -5], part=[0.1, 1e-300], gap=[1.5, None], text=[None, "Genève"],
        country=["NA", "KE"], empty=[None, None],
    )  # fmt: skip
    again = round_trip(frame, tmp_path / f"frame{ending}")
    assert again.fingerprint() == frame.fingerprint()
    assert again.cities["country"].tolist() == ["NA", "KE"]
    assert again.cities["gap"].isna().tolist() == [False, True]
    assert again.cities["text"].isna().tolist() == [True, False]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_order_of_categories_comes_back_where_the_file_can_hold_it(tmp_path: Path, ending: str) -> None:
    frame = frame_of(["a", "b", "c"], people=[10, 5000, 900]).with_classes(
        "size_class", column="people", bounds=[500, 2000], labels=["small", "medium", "large"]
    )
    again = round_trip(frame, tmp_path / f"frame{ending}")
    assert again.fingerprint() == frame.fingerprint()
    column = again.cities["size_class"]
    if ending == ".parquet":
        assert column.cat.categories.tolist() == ["small", "medium", "large"]
        assert column.cat.ordered
    else:
        assert column.tolist() == ["small", "large", "medium"]


def test_the_example_frame_comes_back(tmp_path: Path, swiss_frame: cs.CityFrame) -> None:
    for ending in ENDINGS:
        again = round_trip(swiss_frame, tmp_path / f"frame{ending}")
        assert again.fingerprint() == swiss_frame.fingerprint()
        assert again.notes == ()
    again.write(tmp_path / "frame.csv", overwrite=True)


def test_the_page_on_reading_shows_what_a_reader_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/how-to/read-a-frame.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(source, "page", "exec"), {})
    assert capsys.readouterr().out == shown
    assert sorted(re.findall(r"`(\.\w+)`", page.split("## What always")[0])) == sorted(FORMATS)


def test_csv_starts_with_a_mark_for_excel(tmp_path: Path) -> None:
    path = frame_of(["Zürich"], x=[1]).write(tmp_path / "frame.csv")
    assert path.read_bytes() == "\ufeffcity_id,x\r\nZürich,1\r\n".encode()


def test_the_same_frame_gives_the_same_bytes(tmp_path: Path) -> None:
    for ending in ENDINGS:
        first = frame_of(["b", "a"], x=[1, 2]).write(tmp_path / f"1{ending}")
        second = frame_of(["a", "b"], x=[2, 1]).write(tmp_path / f"2{ending}")
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", ["frame.xls", "frame.txt", "frame", "frame.sav"])
def test_other_endings_are_refused(tmp_path: Path, refused: Refused, name: str) -> None:
    with refused("FILE-FORMAT", name, ".csv, .xlsx, .parquet"):
        frame_of(["a"], x=[1]).write(tmp_path / name)


def test_a_file_is_not_overwritten_by_accident(tmp_path: Path, refused: Refused) -> None:
    path = frame_of(["a"], x=[1]).write(tmp_path / "frame.csv")
    with refused("FILE-EXISTS", "frame.csv"):
        frame_of(["b"], x=[1]).write(path)
    assert frame_of(["b"], x=[1]).write(path, overwrite=True) == path
    with refused("FILE-UNWRITABLE", "absent"):
        frame_of(["b"], x=[1]).write(tmp_path / "absent" / "frame.csv")


def test_numbers_and_texts_in_one_column_are_no_parquet(tmp_path: Path, refused: Refused) -> None:
    frame = frame_of(["a", "b"], x=[1, "12*"])
    with refused("DATA-VALUE-INVALID", "columns 'x'"):
        frame.write(tmp_path / "frame.parquet")
    again = round_trip(frame, tmp_path / "frame.xlsx")
    assert again.fingerprint() == frame.fingerprint()


# Excel holds no control characters, and no text longer than 32,767 characters.
LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff\ufeff"
)
IDS = st.text(LETTERS, min_size=1, max_size=6).map(str.strip).filter(bool) | st.sampled_from(HOSTILE)
ROWS = st.lists(
    st.tuples(IDS, st.integers(-(10**18) + 1, 10**18 - 1), st.none() | st.floats(-1e15, 1e15), IDS),
    min_size=1, max_size=6, unique_by=lambda row: row[0],
)  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
@given(rows=ROWS)
def test_any_frame_comes_back(ending: str, rows: list[tuple[str, int, float | None, str]]) -> None:
    ids, whole, parts, names = (list(column) for column in zip(*rows, strict=True))
    table = pd.DataFrame(
        {"code": ids, "whole": whole, "part": pd.Series(parts, dtype="float64"), "name": names}
    )
    frame = cs.CityFrame.from_table(table, id="code", name="name")
    with tempfile.TemporaryDirectory() as folder:
        again = round_trip(frame, Path(folder) / f"frame{ending}")
    assert again.cities.index.tolist() == frame.cities.index.tolist()
    assert again.cities["name"].tolist() == frame.cities["name"].tolist()
    assert again.fingerprint() == frame.fingerprint()
