from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("reference_frames", "sampling", "weighting", "estimators", "reporting", "study")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[str]:
    """Files of the checkout that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    names = sorted(name for name in set(found) if (ROOT / name).exists())
    assert len(names) > 100
    return names


@pytest.fixture(scope="session")
def sources(tracked: list[str]) -> list[Path]:
    """Source files of the rooms and the modules at the root."""
    found = [
        ROOT / name
        for name in tracked
        if name.endswith(".py") and (name.split("/")[0] in ROOMS or name in ("cli.py", "errors.py"))
    ]
    assert len(found) > 45
    return found
