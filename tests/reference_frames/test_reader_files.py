"""Files of other programs: what they really are, and their tables."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import feather, parquet
from pyogrio.raw import write as write_layer

import citysample as cs
from citysample.reference_frames.readers.file_kind import file_kind
from citysample.reference_frames.readers.read_table import FORMATS, parse_table, read_table

Refused = Callable[..., AbstractContextManager[None]]


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return file.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GEOJSON = json.dumps({
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"id": "007", "people": 5, "zone": "NA"},
         "geometry": {"type": "Point", "coordinates": [8.5, 47.25]}},
        {"type": "Feature", "properties": {"id": "010", "people": None, "zone": "Süd"}, "geometry": None},
    ],
}).encode()  # fmt: skip

# name, content, what it is said to be, remedy
IMPOSTORS = [
    ("a.csv", archive("xl/workbook.xml"), "an Excel workbook", "the ending .xlsx"),
    ("a.csv", archive("a.csv"), "a ZIP archive", "save the table as .xlsx or .csv"),
    ("a.csv", b"%PDF-1.7", "a PDF document", "save the table"),
    ("a.csv", b"\x89PNG\r\n", "an image", "save the table"),
    ("a.csv", b"PAR1xxxx", "a Parquet file", "the ending .parquet"),
    ("a.txt", b"{\\rtf1", "an RTF document", "save the table"),
    ("a.csv", b"\x1f\x8b\x08", "a compressed file (gzip)", "save the table"),
    ("a.csv", b"<!DOCTYPE html><html>", "a web page", "save the table"),
    ("a.xls", b"\xef\xbb\xbf<html><table>", "a web page", "save the table"),
    ("a.xls", b'<?xml version="1.0"?><Workbook>', "XML text", "save the table"),
    ("a.xls", OLE + "WordDocument".encode("utf-16-le"), "an old Word document", "save the table"),
    ("a.xlsx", archive("word/document.xml"), "a Word document", "save the table"),
    ("a.xlsx", archive("ppt/presentation.xml"), "a presentation", "save the table"),
    ("a.xlsx", b"id;people\n1;2\n", "text", "the ending .csv"),
    ("a.xlsx", b"", "an empty file", "save the table"),
    ("a.xlsx", b"PK\x03\x04 cut", "a damaged ZIP archive", "save the table"),
    ("a.parquet", b"ARROW1\x00\x00", "a Feather file", "the ending .feather"),
    ("a.gpkg", GEOJSON, "text", "the ending .csv"),
    ("a.zip", archive("cities.csv"), "a ZIP archive", "save the table"),
    ("a.sav", b"<stata_dta>", "a Stata file", "the ending .dta"),
    ("a.feather", b"\x01\x02\x03", "content of no known kind", "save the table"),
]


@pytest.mark.parametrize(
    ("name", "content", "kind", "remedy"), IMPOSTORS, ids=[f"{a[0]} {a[2]}" for a in IMPOSTORS]
)
def test_files_that_are_not_what_their_name_says(
    refused: Refused, name: str, content: bytes, kind: str, remedy: str
) -> None:
    with refused("FILE-FORMAT", "not what its name says", kind, f"ends in {Path(name).suffix}", remedy):
        parse_table(content, name, name)


@pytest.mark.parametrize("name", ["cities.docx", "cities", "cities.doc", "cities.mdb"])
def test_files_of_other_kinds_are_refused_with_those_accepted(
    tmp_path: Path, refused: Refused, name: str
) -> None:
    (tmp_path / name).write_bytes(b"id,x\n1,2\n")
    with refused("FILE-FORMAT", name, ".csv, .tsv, .txt, .xlsx", ".gpkg"):
        read_table(tmp_path / name)
    with refused("FILE-NOT-FOUND", "absent"):
        read_table(tmp_path / "absent.docx")


@pytest.mark.parametrize("start", ["id,people", "Genève;5", "\ufeffid", "BM;1", "7z,1", "PK,1", "{id}"])
def test_text_is_not_taken_for_another_kind(start: str) -> None:
    assert file_kind(start.encode()) is None


def test_a_password_is_named(refused: Refused) -> None:
    with refused("FILE-ENCRYPTED", "password"):
        parse_table(OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "a.xlsx")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.csv", {"sheet": "x"}, ("sheet = 'x'", "delimiter")),
        ("a.parquet", {"decimal": ","}, ("decimal = ','", "none of these options")),
        ("a.xlsx", {"delimiter": ";", "encoding": "cp1252"}, ("delimiter = ';', encoding = 'cp1252'",)),
        ("a.gpkg", {"thousands": "."}, ("thousands = '.'", "sheet")),
    ],
)
def test_options_that_do_not_fit_are_refused(
    refused: Refused, name: str, options: dict[str, str], words: tuple[str, ...]
) -> None:
    starts = {
        ".csv": b"id\na",
        ".parquet": b"PAR1",
        ".xlsx": archive("xl/workbook.xml"),
        ".gpkg": b"SQLite format 3\x00",
    }
    with refused("FILE-OPTION", *words):
        parse_table(starts[Path(name).suffix], name, name, **options)


def arrow_table() -> pa.Table:
    return pa.table({
        "id": pa.array([7, 10, 1], pa.int64()),
        "zone": pa.array(["NA", None, "Süd"]),
        "kind": pa.DictionaryArray.from_arrays(
            pa.array([1, 0, None]), pa.array(["small", "large"]), ordered=True
        ),
        "people": pa.array([5, None, 7], pa.int32()),
        "area": pa.array([1.5, None, 2.0]),
        "capital": pa.array([True, False, False]),
        "shape": pa.array([b"x", b"y", b"z"]),
    })  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "feather"])
def test_parquet_and_feather(kind: str) -> None:
    file = io.BytesIO()
    (parquet.write_table if kind == "parquet" else feather.write_feather)(arrow_table(), file)
    reading = parse_table(file.getvalue(), f"t.{kind}", "t", text=["id"])
    table = reading.table
    assert table["id"].tolist() == ["7", "10", "1"]
    assert table["zone"].tolist() == ["NA", None, "Süd"]
    assert table["kind"].cat.categories.tolist() == ["small", "large"]
    assert table["kind"].cat.ordered
    assert table["kind"].tolist()[:2] == ["large", "small"]
    assert str(table["people"].dtype) == "float64"
    assert table["people"].isna().tolist() == [False, True, False]
    assert table["capital"].tolist() == [True, False, False]
    assert "shape" not in table.columns
    assert reading.notes == ("columns 'shape' hold no plain values and were left out",)


def labelled() -> pd.DataFrame:
    return pd.DataFrame({
        "code": ["007", "NA", " 10"],
        "number": [7.0, 10.0, 1234.0],
        "region": [2, 1, 2],
        "income": [500, -99, 700],
        "area": [1.5, None, 2.5],
        "note": ["é", "", "x"],
    })  # fmt: skip


def write_statistical(path: Path) -> bytes:
    labels: dict[str, Any] = {"region": {1: "Nord", 2: "Süd", 3: "Ost"}, "income": {-99: "no answer"}}
    if path.suffix == ".dta":
        pyreadstat.write_dta(
            labelled(), path, variable_value_labels=labels, variable_format={"number": "%05.0f"}
        )
    else:
        pyreadstat.write_sav(
            labelled(), path, variable_value_labels=labels, variable_format={"number": "N5"},
            missing_ranges={"income": [-99]}, compress=path.suffix == ".zsav",
        )  # fmt: skip
    return path.read_bytes()


@pytest.mark.parametrize("ending", [".dta", ".sav", ".zsav"])
def test_stata_and_spss(tmp_path: Path, ending: str) -> None:
    content = write_statistical(tmp_path / f"t{ending}")
    table = parse_table(content, f"t{ending}", "t", text=["code", "number"]).table
    assert table["code"].tolist() == ["007", "NA", "10"]
    assert table["number"].tolist() == ["00007", "00010", "01234"]
    assert table["region"].tolist() == ["Süd", "Nord", "Süd"]
    assert table["region"].cat.categories.tolist() == ["Nord", "Süd"]
    declared_missing = ending != ".dta"
    assert table["income"].isna().tolist() == [False, declared_missing, False]
    assert table["area"].isna().tolist() == [False, True, False]
    assert table["note"].tolist() == ["é", None, "x"]


def test_notes_of_stata(tmp_path: Path) -> None:
    content = write_statistical(tmp_path / "t.dta")
    assert parse_table(content, "t.dta", "t", text=["code", "number"]).notes == (
        "zeros that only the display format shows were kept in columns 'number'",
        "labels were taken for codes in columns 'region'",
        "codes were kept, because labels are missing or repeated, in columns 'income'",
    )
    assert parse_table(content, "t.dta", "t").table["number"].tolist() == [7, 10, 1234]


def test_ids_in_single_precision_are_refused(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "t.dta"
    pd.DataFrame({"id": np.array([20_000_001, 5], dtype=np.float32)}).to_stata(path, write_index=False)
    with refused("TABLE-CELL-INVALID", "single precision", "column 'id'", "'20000000'", "long or double"):
        read_table(path, text=["id"])
    assert read_table(path).table["id"].tolist() == [20_000_000, 5]


def polygon(points: list[tuple[float, float]]) -> bytes:
    corners = b"".join(struct.pack("<dd", *point) for point in points)
    return struct.pack("<BIII", 1, 3, 1, len(points)) + corners


def write_places(path: Path, crs: str | None = "ESRI:54009", **more: Any) -> None:
    square = polygon([(0, 0), (0, 200_000), (200_000, 200_000), (200_000, 0), (0, 0)])
    fields = {
        "id": np.array(["007", "é"], dtype=object),
        "people": np.array([5, 6]),
        **more.pop("fields", {}),
    }
    write_layer(
        str(path), geometry=np.array([square, None], dtype=object), field_data=list(fields.values()),
        fields=list(fields), geometry_type="Polygon", crs=crs, encoding="UTF-8", **more,
    )  # fmt: skip


def test_geopackage_gives_attributes_and_a_point_in_degrees(tmp_path: Path) -> None:
    write_places(tmp_path / "t.gpkg")
    reading = read_table(tmp_path / "t.gpkg", text=["id"])
    assert reading.table[["id", "people"]].to_dict("list") == {"id": ["007", "é"], "people": [5, 6]}
    lon, lat = reading.table[["lon", "lat"]].to_numpy()[0]
    assert 0 < lon < 2.1
    assert 0 < lat < 1.7
    assert reading.table["lon"].isna().tolist() == [False, True]
    assert reading.notes == ("lon and lat made from the geometry (a point inside each area)",)


def test_columns_of_coordinates_are_not_made_twice(tmp_path: Path) -> None:
    write_places(tmp_path / "t.gpkg", fields={"Longitude": np.array([8.5, 9.5])})
    reading = read_table(tmp_path / "t.gpkg")
    assert reading.table.columns.tolist() == ["id", "people", "Longitude"]
    assert reading.notes == ()


def test_without_a_coordinate_system_there_are_no_points(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="crs"):
        write_places(tmp_path / "t.shp", crs=None)
    reading = read_table(tmp_path / "t.shp", text=["id"])
    assert reading.table.columns.tolist() == ["id", "people"]
    assert reading.notes == ("no lon and lat: the layer does not state its coordinate system",)


def test_layers_are_named_as_sheets(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "t.gpkg"
    write_places(path, layer='urban "centres"')
    write_places(path, layer="towns", append=True)
    with refused("TABLE-SHEET-UNKNOWN", "'urban \"centres\"', 'towns'", "sheet = 'NAME'"):
        read_table(path)
    with refused("TABLE-SHEET-UNKNOWN", "Did you mean 'towns'"):
        read_table(path, sheet="town")
    for name in ('urban "centres"', "towns"):
        assert read_table(path, sheet=name, text=["id"]).table["id"].tolist() == ["007", "é"]


def test_geojson() -> None:
    reading = parse_table(GEOJSON, "t.geojson", "t.geojson", text=["id"])
    table = reading.table
    assert table["id"].tolist() == ["007", "010"]
    assert table["zone"].tolist() == ["NA", "Süd"]
    assert table["people"].isna().tolist() == [False, True]
    assert table[["lon", "lat"]].to_numpy()[0].tolist() == [8.5, 47.25]


def test_features_without_attributes_are_no_table(refused: Refused) -> None:
    with refused("TABLE-EMPTY", "t.json"):
        parse_table(b'{"type": "FeatureCollection", "features": [5]}', "t.json", "t.json")


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b'{"type": "FeatureCollection", "features": []}', b"{", b"5"]
)
def test_json_of_another_kind_is_refused(refused: Refused, content: bytes) -> None:
    with refused("FILE-FORMAT", "t.json"):
        parse_table(content, "t.json", "t.json")


def test_a_shapefile_has_several_files(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "t.shp"
    write_places(path)
    table = read_table(path, text=["id"]).table
    assert table["id"].tolist() == ["007", "é"]
    assert table["lon"].isna().tolist() == [False, True]
    with refused("FILE-FORMAT", "t.shp", ".zip", "GeoPackage"):
        parse_table(path.read_bytes(), "t.shp", "t.shp")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as made:
        for part in tmp_path.glob("t.*"):
            made.write(part, f"folder/{part.name}")
    assert parse_table(zipped.getvalue(), "t.zip", "t.zip", text=["id"]).table.equals(table)
    path.with_suffix(".dbf").unlink()
    with refused("FILE-NOT-FOUND", "no .dbf"):
        read_table(path)


def test_damaged_files_of_each_kind_are_refused_without_a_traceback(tmp_path: Path, refused: Refused) -> None:
    starts = {
        ".parquet": b"PAR1", ".feather": b"ARROW1", ".dta": b"<stata_dta>", ".sav": b"$FL2", ".zsav": b"$FL3",
        ".gpkg": b"SQLite format 3\x00", ".zip": archive("a.shp", "a.shx", "a.dbf"),
        ".xlsx": archive("xl/workbook.xml"),
        ".xls": OLE, ".geojson": b'{"type": "FeatureCollection", "features": ',
    }  # fmt: skip
    for ending, content in starts.items():
        (tmp_path / f"t{ending}").write_bytes(content)
        with refused("FILE-FORMAT", f"t{ending}"):
            read_table(tmp_path / f"t{ending}")
    assert starts.keys() <= FORMATS.keys()


def test_a_frame_from_each_kind_of_file(tmp_path: Path) -> None:
    write_places(tmp_path / "t.gpkg")
    write_statistical(tmp_path / "t.sav")
    parquet.write_table(arrow_table().drop_columns(["people"]), tmp_path / "t.parquet")
    ids = {
        name: cs.CityFrame.read(tmp_path / name, id=column).cities.index.tolist()
        for name, column in (("t.gpkg", "id"), ("t.sav", "code"), ("t.parquet", "id"))
    }
    assert ids == {"t.gpkg": ["007", "é"], "t.sav": ["007", "10", "NA"], "t.parquet": ["1", "10", "7"]}
