"""The command ``frames from-grid``: what it writes and prints, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from rasterio.transform import Affine

import citysample as cs
from citysample.cli import cli

Refused = Callable[..., AbstractContextManager[None]]


def grid_file(path: Path, values: Any, **more: Any) -> Path:
    array = np.asarray(values, dtype=np.float64)
    shape = {"height": array.shape[0], "width": array.shape[1], "dtype": array.dtype, "count": 1}
    place = Affine(1000, 0, 3_700_000, 0, -1000, 0)
    with rasterio.open(path, "w", driver="GTiff", crs="ESRI:54009", transform=place, **shape, **more) as file:
        file.write(array, 1)
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["frames", "from-grid", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return grid_file(
        tmp_path / "people.tif", [[60_000, 20_000, 0, 0, 0, 6_000], [0, 0, -1, 0, 0, 0]], nodata=-1
    )


def test_it_writes_the_frame_and_prints_the_classes(tmp_path: Path, people: Path) -> None:
    out = tmp_path / "frame.xlsx"
    result = run(people, out, "--towns")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "Read: 1 cells have no value and no class."
    assert lines[3].split() == ["urban", "centre", "30", "2", "80", "000", "93.0"]
    assert lines[4].split() == ["dense", "urban", "cluster", "23", "1", "6", "000", "7.0"]
    assert lines[-2] == f"Wrote: {out}"
    assert lines[-1] == f'Next:  citysample frames check "{out}" --size population'
    frame = cs.CityFrame.read(out, id="city_id", size="population")
    assert frame.cities["population"].to_dict() == {"1kmS1E3700": 80_000, "1kmS1E3705": 6_000}
    assert frame.cities["lon"].between(36.9, 37).all()


def test_land_and_built_up_land_are_read(tmp_path: Path, people: Path) -> None:
    land = grid_file(tmp_path / "land.tif", [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])
    built = grid_file(tmp_path / "built.tif", [[0.1, 0.3, 0.2, 0, 0, 0.2], [0] * 6])
    result = run(people, tmp_path / "frame.csv", "--land", land, "--builtup", built)
    assert result.exit_code == 0
    assert "20% of their land built up are dense (the mean in dense clusters of this grid)" in result.output
    assert [line.split()[-4:] for line in result.output.splitlines() if line.startswith("water")] == [
        ["10", "1", "0", "0.0"]
    ]
    assert cs.CityFrame.read(tmp_path / "frame.csv", id="city_id").cities["area_km2"].tolist() == [3]
    fixed = run(people, tmp_path / "other.csv", "--builtup", built, "--rules", "2022")
    assert "50% of their land built up are dense (a rule)" in fixed.output


def test_people_on_no_land_are_told_or_refused(tmp_path: Path, people: Path, refused: Refused) -> None:
    shares = [[1, 1, 1, 1, 1, 1], [1] * 6]
    inverted = grid_file(tmp_path / "inverted.tif", 1 - np.array(shares))
    with refused("FRAME-GRID-INVALID", "100.0% of all people", "inverted or shifted"):
        run(people, tmp_path / "frame.csv", "--land", inverted)
    pier = grid_file(tmp_path / "pier.tif", [[0, 1], [1, 1]])
    few = grid_file(tmp_path / "few.tif", [[400, 60_000], [0, 0]])
    result = run(few, tmp_path / "frame.csv", "--land", pier)
    assert result.output.startswith("Read: 400 people live in 1 cells without land; they are dense.\n")


def test_it_refuses_and_leaves_nothing(tmp_path: Path, people: Path, refused: Refused) -> None:
    out = tmp_path / "frame.csv"
    with refused("FILE-NOT-FOUND", "absent.tif"):
        run(tmp_path / "absent.tif", out)
    with refused("FRAME-RULES-INVALID", "'2025'"):
        run(people, out, "--rules", "2025")
    empty = grid_file(tmp_path / "empty.tif", [[0, 1]])
    with refused("FRAME-EMPTY", "--towns"):
        run(empty, out)
    with pytest.raises(cs.FrameError) as caught:
        run(empty, out, "--towns")
    assert "towns=True" not in str(caught.value)
    assert not out.exists()
    out.write_text("mine")
    with refused("FILE-EXISTS", "frame.csv"):
        run(people, out)
    assert out.read_text() == "mine"
