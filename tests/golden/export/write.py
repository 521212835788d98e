"""Write the scripts again and run those of R: python write.py, in the environment of the project."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.golden.export.cases import CASES, HERE, Case


def run(name: str, case: Case) -> None:
    """Export one case, run its script in R, and keep the script and what R found."""
    target = HERE / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        for file, content in case.export().items():
            (Path(folder) / file).write_bytes(content)
        done = subprocess.run(
            ["Rscript", "figures.R"], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        for file in ("figures.R", "results.csv"):
            shutil.copy(Path(folder) / file, target)


if __name__ == "__main__":
    for name, case in CASES.items():
        run(name, case)
