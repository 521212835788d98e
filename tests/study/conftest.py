"""A small study in a folder: 30 cities in three regions, 12 of them drawn."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from citysample.study.chain import default_directory, run_steps

STUDY = """[study]
title = "A small study"
seed = "SMALL-1"

[frame]
file = "frame.csv"
id = "city_id"
size = "population"
name = "name"

[design]
strata = ["region"]
n = 12

[data]
file = "data.csv"
id = "city_id"
period = 2025

[estimation]
by = ["region"]

[[estimate]]
name = "Built-up area"
formula = "total(built)"
unit = "ha"

[[estimate]]
name = "Share built up"
formula = "ratio(built, area)"
unit = "share"
"""
HEADER = ["city_id", "name", "region", "population", "area"]


def small_frame(N: int = 30) -> list[list[str]]:
    """Header and rows; ids with leading zeros."""
    regions = ("North", "South", "West")
    return [HEADER] + [
        [f"{k:03d}", f"City {k}", regions[k % 3], str(1000 + k * 7919 % 9000), str(20 + k * 31 % 50)]
        for k in range(N)
    ]


def write_csv(path: Path, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="session")
def rows() -> Callable[..., list[list[str]]]:
    """The rows of the small frame."""
    return small_frame


@pytest.fixture(scope="session")
def write_table() -> Callable[[Path, list[list[str]]], None]:
    """Write rows as CSV."""
    return write_csv


@pytest.fixture(scope="session")
def study_text() -> str:
    """The study file of the small study."""
    return STUDY


@pytest.fixture(scope="session")
def edit() -> Callable[..., None]:
    """Replace texts in a file; each must be there."""

    def edit_file(path: Path, *changes: tuple[str, str]) -> None:
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    return edit_file


@pytest.fixture
def write_study(tmp_path: Path, edit: Callable[..., None]) -> Callable[..., Path]:
    """Write the small study into a folder, with changes to its text; gives the path of the study file."""

    def write(*changes: tuple[str, str], folder: str = "study", frame: list[list[str]] | None = None) -> Path:
        path = tmp_path / folder / "study.toml"
        write_csv(path.with_name("frame.csv"), small_frame() if frame is None else frame)
        path.write_text(STUDY, encoding="utf-8")
        edit(path, *changes)
        return path

    return write


@pytest.fixture(scope="session")
def measure() -> Callable[..., list[str]]:
    """Draw if there is no draw, and write data.csv for the sampled cities; gives their ids."""

    def measure_cities(
        study: Path, *, out: Path | None = None, leave_out: int = 0, plus: int = 0
    ) -> list[str]:
        outcome = run_steps(study, "draw", out=out, may_draw=True)
        assert outcome.sample is not None
        cities: list[str] = outcome.sample.cities.index.tolist()
        areas = outcome.plan.frame.cities["area"]
        built = [str(round(0.1 * float(areas[city]) + k % 4 + plus, 3)) for k, city in enumerate(cities)]
        table = [["city_id", "built"], *([c, b] for c, b in zip(cities, built, strict=True))]
        write_csv(study.with_name("data.csv"), table[: len(table) - leave_out])
        return cities

    return measure_cities


@pytest.fixture(scope="session")
def snapshot() -> Callable[[Path], dict[str, bytes]]:
    """All files below a folder, by name, with their bytes; folders count as names, too."""

    def files_below(folder: Path) -> dict[str, bytes]:
        found = sorted(folder.rglob("*")) if folder.is_dir() else []
        names = {path.relative_to(folder).as_posix(): path for path in found}
        return {name: path.read_bytes() if path.is_file() else b"folder" for name, path in names.items()}

    return files_below


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory: pytest.TempPathFactory, measure: Callable[..., list[str]]) -> Path:
    """The folder of a small study that went through all steps; tests get a copy."""
    study = tmp_path_factory.mktemp("finished") / "study.toml"
    write_csv(study.with_name("frame.csv"), small_frame())
    study.write_text(STUDY, encoding="utf-8")
    measure(study)
    run_steps(study, "report")
    assert (default_directory(study) / "report.html").is_file()
    return study.parent


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path) -> Path:
    """The study file of a small study that went through all steps."""
    shutil.copytree(finished_once, tmp_path / "study")
    return tmp_path / "study" / "study.toml"
