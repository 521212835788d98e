"""The wheel holds the package citysample, all of it, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOMS = ("reference_frames", "sampling", "weighting", "estimators", "reporting", "study")
SHIPPED = (".py", ".toml", ".j2")


@pytest.fixture(scope="module")
def wheel(root: Path, tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in a wheel that is built from a copy of the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in tracked:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target, follow_symlinks=False)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = (copy / "dist").glob("*.whl")
    return zipfile.ZipFile(path).namelist()


def test_the_wheel_installs_one_package(wheel: list[str]) -> None:
    assert len(wheel) > 60
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"citysample"}
    assert not [name for name in wheel if "test" in name]


def test_every_tracked_source_is_in_the_wheel(wheel: list[str], tracked: list[str]) -> None:
    expected = {
        f"citysample/{name}"
        for name in tracked
        if name in ("cli.py", "errors.py") or (name.split("/")[0] in ROOMS and name.endswith(SHIPPED))
    }
    folders = ("examples/switzerland/", "reference_frames/data/")
    expected |= {f"citysample/{name}" for name in tracked if name.startswith(folders)}
    expected |= {"citysample/__init__.py", "citysample/__main__.py", "citysample/py.typed"}
    assert len(expected) > 60
    assert {name for name in wheel if name.startswith("citysample/")} == expected
