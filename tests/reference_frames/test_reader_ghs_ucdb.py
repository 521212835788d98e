"""GHS-UCDB files, made up, with the column names of the releases R2019A and R2024A."""

from __future__ import annotations

import csv
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from pyogrio.raw import write as write_layer

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]

OLD: dict[str, list[Any]] = {
    "ID_HDC_G0": [7, 12, 1, 30],
    "QA2_1V": [1, 1, 0, 1],
    "AREA": [23, 40, 12, 9],
    "GCPNT_LAT": [-22.57, 47.37, 46.2, 4.6],
    "GCPNT_LON": [17.08, 8.54, 6.15, -74.1],
    "CTR_MN_NM": ["Namibia", "Switzerland", "Switzerland", "Colombia"],
    "CTR_MN_ISO": ["NAM", "CHE", "CHE", "COL"],
    "UC_NM_MN": ["Windhoek", "Z\x81rich", "Gen\x8ave", "N/A"],
    "GRGN_L1": ["Africa", "Europe", "Europe", "Latin America and the Caribbean"],
    "P75": [80_000.5, 400_000, 300_000, 50_000],
    "P90": [120_000, 420_000, 320_000, 90_000],
    "P00": [200_000, 450_000, 350_000, 120_000],
    "P15": [330_000.25, 500_000, 400_000, 160_000],
    "B75": [10, 90, 50, 0],
    "B15": [25.5, 120, 70, 0.05],
    "SDG_LUE9015": [0.5, "-", 0.7, "-"],
    "SDG_OS15MX": [40.5, 38, 35, "NAN"],
}
GENERAL: dict[str, list[Any]] = {
    "ID_UC_G0": [7, 12, 30],
    "GC_UCN_MAI_2025": ["Windhoek", "ZÃ¼rich", "Bogot\u00e1"],
    "GC_CNT_GAD_2025": ["Namibia", "Switzerland", "Colombia"],
    "GC_UCA_KM2_2025": [95, 192, 558],
    "GC_POP_TOT_2025": [470_000.5, 780_000, 9_690_000],
    "GC_DEV_WIG_2025": ["Upper middle income", "High income", "-"],
    "GC_UCB_YOB _2025": [1975, 1975, 1980],
}
GHSL: dict[str, list[Any]] = {
    "ID_UC_G0": [30, 12, 7],
    "GC_POP_TOT_2025": [9_690_000, 780_000, 470_000.5],
    "GH_BUS_TOT_2025": [3.2e8, 9.5e7, 9e4],
    "GH_BUS_TOT_2015": [3e8, 9e7, 8e4],
    "GH_POP_TOT_2015": [8_000_000, 700_000, 330_000],
}
SDG: dict[str, list[Any]] = {"ID_UC_G0": [7, 12, 30], "SD_LUE_LPR_2010_2020": ["-", 0.4, 0.8]}


def rows_of(columns: dict[str, list[Any]]) -> list[list[Any]]:
    return [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]


def write_csv(path: Path, columns: dict[str, list[Any]], encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows_of(columns))
    return path


def write_sheets(path: Path, **sheets: dict[str, list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, columns in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows_of(columns):
            sheet.append(row)
    book.save(path)
    return path


def write_gpkg(path: Path, **layers: dict[str, list[Any]]) -> Path:
    """Squares in the Mollweide projection; names and texts start with a byte-order mark."""
    for number, (name, columns) in enumerate(layers.items()):
        size = len(next(iter(columns.values())))
        corners = [[(k, 0), (k, 10), (k + 10, 10), (k, 0)] for k in range(size)]
        squares = [
            struct.pack("<BIII", 1, 3, 1, 4) + b"".join(struct.pack("<dd", 1e5 * x, 1e5 * y) for x, y in ring)
            for ring in corners
        ]
        texts = [
            np.array([f"\ufeff{value}" for value in cells], dtype=object)
            if any(isinstance(value, str) for value in cells)
            else np.array(cells)
            for cells in columns.values()
        ]
        write_layer(
            str(path), layer=name, geometry=np.array(squares, dtype=object), geometry_type="Polygon",
            field_data=texts, fields=[f"\ufeff{column}" for column in columns], crs="ESRI:54009",
            append=number > 0,
        )  # fmt: skip
    return path


def check_old(frame: cs.CityFrame) -> None:
    cities = frame.cities
    assert cities.index.tolist() == ["UCDB-2019A-1", "UCDB-2019A-12", "UCDB-2019A-30", "UCDB-2019A-7"]
    assert (frame.size, frame.name) == ("population", "name")
    assert cities["iso3"].tolist() == ["CHE", "CHE", "COL", "NAM"]
    assert cities["country"].tolist()[3] == "Namibia"
    assert cities["population"].tolist() == [400_000, 500_000, 160_000, 330_000.25]
    assert cities["population_1975"].tolist() == [300_000, 400_000, 50_000, 80_000.5]
    assert cities["builtup_km2_2015"].tolist() == [70, 120, 0.05, 25.5]
    assert cities["lat"].tolist() == [46.2, 47.37, 4.6, -22.57]
    assert cities["SDG_LUE9015"].tolist()[0] == 0.7
    assert cities["SDG_LUE9015"].isna().tolist() == [False, True, True, False]
    assert cities["name"].tolist() == ["Genève", "Zürich", None, "Windhoek"]
    assert frame.notes[0] == "GHS-UCDB R2019A"


def test_release_2019_from_csv(tmp_path: Path) -> None:
    frame = cs.load_ghs_ucdb(write_csv(tmp_path / "ucdb.csv", OLD))
    check_old(frame)
    assert frame.notes[1:] == (
        "2 names repaired, such as 'Z\\x81rich' -> Zürich, 'Gen\\x8ave' -> Genève",
        "1 urban centres have no name",
        "1 urban centres have less than 0.1 km2 in builtup_km2_2015; ratios to it explode: "
        "cities 'UCDB-2019A-30'",
    )


def test_release_2019_from_a_workbook_and_a_geopackage(tmp_path: Path) -> None:
    check_old(cs.load_ghs_ucdb(write_sheets(tmp_path / "a.xlsx", Data=without_controls(OLD))))
    check_old(cs.load_ghs_ucdb(write_gpkg(tmp_path / "a.gpkg", ucdb=OLD)))


def without_controls(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """A workbook holds no control characters: here the names are right."""
    return {**columns, "UC_NM_MN": ["Windhoek", "Zürich", "Genève", "N/A"]}


def test_one_country_and_another_year(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "ucdb.csv", OLD)
    for country in ("CHE", "che", "Switzerland"):
        assert cs.load_ghs_ucdb(path, country=country).N == 2
    frame = cs.load_ghs_ucdb(path, country="NAM", year=1990)
    assert frame.cities["population"].tolist() == [120_000]
    assert frame.cities["population_2015"].tolist() == [330_000.25]


def check_new(frame: cs.CityFrame) -> None:
    cities = frame.cities
    assert cities.index.tolist() == ["UCDB-2024A-12", "UCDB-2024A-30", "UCDB-2024A-7"]
    assert cities["name"].tolist() == ["Zürich", "Bogotá", "Windhoek"]
    assert cities["population"].tolist() == [780_000, 9_690_000, 470_000.5]
    assert cities["population_2015"].tolist() == [700_000, 8_000_000, 330_000]
    assert cities["builtup_km2_2025"].round(9).tolist() == [95, 320, 0.09]
    assert cities["area_km2"].tolist() == [192, 558, 95]
    assert cities["SD_LUE_LPR_2010_2020"].tolist()[:2] == [0.4, 0.8]
    assert cities["SD_LUE_LPR_2010_2020"].isna().tolist() == [False, False, True]
    assert cities["GC_DEV_WIG_2025"].tolist() == ["High income", None, "Upper middle income"]
    assert cities["GC_UCB_YOB_2025"].tolist() == [1975, 1980, 1975]
    assert frame.notes[0] == "GHS-UCDB R2024A"
    assert any("joined on ID_UC_G0" in note for note in frame.notes)
    assert frame.notes[-1].endswith("ratios to it explode: cities 'UCDB-2024A-7'")


def test_release_2024_from_a_workbook(tmp_path: Path) -> None:
    path = write_sheets(
        tmp_path / "ucdb.xlsx", Index={"a": [1]}, GENERAL_CHARACTERISTICS=GENERAL, GHSL=GHSL, SDG=SDG
    )
    check_new(cs.load_ghs_ucdb(path))
    assert cs.load_ghs_ucdb(path, country="Colombia", year=2015).cities["population"].tolist() == [8_000_000]


def test_release_2024_from_a_geopackage(tmp_path: Path) -> None:
    prefix, suffix = "GHSL_UCDB_THEME_", "_GLOBE_R2024A"
    layers = {
        f"{prefix}{GENERAL_NAME}{suffix}": GENERAL,
        f"{prefix}GHSL{suffix}": GHSL,
        f"{prefix}SDG{suffix}": SDG,
    }
    frame = cs.load_ghs_ucdb(write_gpkg(tmp_path / "ucdb.gpkg", UC_centroids={"ID_UC_G0": [7]}, **layers))
    check_new(frame)
    assert frame.cities["lon"].between(0, 20).all()
    assert frame.cities["lat"].between(0, 10).all()


GENERAL_NAME = "GENERAL_CHARACTERISTICS"


def test_the_general_table_alone(tmp_path: Path) -> None:
    frame = cs.load_ghs_ucdb(write_csv(tmp_path / "ucdb.csv", GENERAL, "utf-8-sig"), country="namibia")
    assert frame.cities["population"].tolist() == [470_000.5]
    assert frame.notes == ("GHS-UCDB R2024A", "1 names repaired, such as 'Z\\xc3\\xbcrich' -> Zürich")


def test_what_is_refused(tmp_path: Path, refused: Refused) -> None:
    path = write_csv(tmp_path / "ucdb.csv", OLD)
    with refused("FRAME-EMPTY", "'NA'", "code of three letters", "'NAM'"):
        cs.load_ghs_ucdb(path, country="NA")
    with refused("FRAME-COLUMN-UNKNOWN", "2020", "population_2000", "population_2015"):
        cs.load_ghs_ucdb(path, year=2020)
    with refused("FILE-FORMAT", "no known release", "'ID_UC_G0', 'GC_UCN_MAI_2025'"):
        cs.load_ghs_ucdb(write_csv(tmp_path / "other.csv", {"id": ["a"], "people": [5]}))
    without_area = {name: cells for name, cells in OLD.items() if name != "AREA"}
    with refused("FILE-FORMAT", "no column 'AREA'"):
        cs.load_ghs_ucdb(write_csv(tmp_path / "cut.csv", without_area))
    twice = {name: [*cells, cells[0]] for name, cells in OLD.items()}
    with refused("FRAME-ID-DUPLICATE", "'UCDB-2019A-7'"):
        cs.load_ghs_ucdb(write_csv(tmp_path / "twice.csv", twice))
