"""Whatever bytes a file holds, a reader gives a table or one of our errors."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from citysample.errors import CATALOGUE, CitySampleError
from citysample.reference_frames.readers.read_table import FORMATS, parse_table

STARTS = [
    b"", b"PK\x03\x04", b"PAR1", b"ARROW1\x00\x00", b"<stata_dta><header><release>118</release>",
    b"\x72\x02\x01", b"$FL2@(#) SPSS", b"$FL3", b"SQLite format 3\x00", b"\x00\x00\x27\x0a",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b'{"type": "FeatureCollection", "features": [', b"\xff\xfe",
    b"\xef\xbb\xbf", b"<html>",
]  # fmt: skip
TEXTS = st.text(st.sampled_from('id,;\t|"\r\n 0123.5é\x00ß\u00a0'), max_size=60)


def is_table_or_error(content: bytes, name: str) -> bool:
    """True for a table; any error but ours comes out."""
    try:
        reading = parse_table(content, name, name, text=["id"])
    except CitySampleError as error:
        return not (error.code in CATALOGUE and error.remedy)
    return isinstance(reading.table, pd.DataFrame)


@pytest.mark.parametrize("ending", list(FORMATS))
@given(start=st.sampled_from(STARTS), content=st.binary(max_size=200))
def test_any_bytes(ending: str, start: bytes, content: bytes) -> None:
    is_table_or_error(start + content, f"t{ending}")


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt"])
@given(text=TEXTS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "cp437"]))
def test_any_text(ending: str, text: str, encoding: str) -> None:
    is_table_or_error(text.encode(encoding, errors="ignore"), f"t{ending}")


def workbook() -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["id", "people"], ["007", 5], ["NA", 6.5]):
        sheet.append(row)
    book.save(file)
    return file.getvalue()


def in_parquet() -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"id": ["007", "NA"], "people": [5, 6]}), file)
    return file.getvalue()


WHOLE = {".xlsx": workbook(), ".parquet": in_parquet(), ".csv": "id;name\n007;Zürich\n".encode("cp1252")}


@pytest.mark.parametrize("ending", list(WHOLE))
@given(data=st.data())
def test_files_that_were_damaged(ending: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[ending])
    assert is_table_or_error(bytes(content), f"t{ending}")
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    is_table_or_error(bytes(content[: data.draw(st.integers(0, len(content)))]), f"t{ending}")
    is_table_or_error(bytes(content), f"t{ending}")
