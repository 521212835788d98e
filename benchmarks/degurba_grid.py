"""Time and memory of the Degree of Urbanisation on grids of the size of a country.

    python benchmarks/degurba_grid.py                       # prints the table
    python benchmarks/degurba_grid.py --write               # and writes benchmarks/degurba_grid.md
    python benchmarks/degurba_grid.py --peer PYTHON         # also times the package degurba

PYTHON is the interpreter of an environment with the package degurba 0.2; without it the package is used if
it is installed here. Each figure is the best of three runs in a fresh process; memory is the highest
resident set of that process (``resource.getrusage``), which counts Python, NumPy and the grids, too.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

PAGE = Path(__file__).with_suffix(".md")
OURS = (500, 1_000, 2_000, 4_000)
PEER = (250, 500, 1_000)

OURS_CODE = """
import sys, time, json, resource
import numpy as np
grids = np.load(sys.argv[1])
people, land, built = grids["people"], grids["land"], grids["built"]
from citysample.reference_frames.degurba.classify import degurba
from citysample.reference_frames.degurba.cities import cities_from_grid
full = len(sys.argv) > 2
times = []
for _ in range(3):
    start = time.perf_counter()
    grid = degurba(people, land=land, builtup=built) if full else degurba(people, rules="2022", level=1)
    cities = cities_from_grid(grid, towns=True).N if full else 0
    times.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([min(times), peak, int(grid.centre.max()), cities]))
"""

PEER_CODE = """
import sys, time, json, resource, types
import numpy as np
from affine import Affine
# The package imports GDAL's own bindings for vector files. Grids do not need them.
sys.modules["osgeo"] = bindings = types.ModuleType("osgeo")
bindings.gdal = bindings.ogr = None
from degurba import DEGURBA
people = np.load(sys.argv[1])["people"]
times = []
for _ in range(3):
    start = time.perf_counter()
    DEGURBA(people, affine=Affine.scale(1000, -1000), crs="EPSG:3035").classify_grid_cells_l1()
    times.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([min(times), peak]))
"""


def made_grids(side: int) -> dict[str, npt.NDArray[np.float64]]:
    """People, land and built-up share of a made-up country: clumped at three scales, with sea and lakes."""
    random = np.random.default_rng(20_261_124)
    noise = np.zeros((side, side))
    for scale, weight in ((3, 3), (10, 15), (40, 80)):
        noise += weight * ndimage.gaussian_filter(random.standard_normal((side, side)), scale)
    people = np.round(np.exp(3.5 + 1.6 * noise / noise.std()))
    relief = ndimage.gaussian_filter(random.standard_normal((side, side)), 30)
    land = np.clip(0.9 + 60 * relief, 0, 1)
    people = np.where(land > 0, people, 0.0)
    return {"people": people, "land": land, "built": np.clip(people / 8_000, 0, 1) * land}


def measured(python: str, code: str, path: Path, *more: str) -> list[float]:
    """What the code prints when it runs on a file of grids in a fresh process."""
    command = [python, "-c", code, str(path), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(number) for number in json.loads(done.stdout)]


def country_rows(folder: Path) -> list[str]:
    """Rows of the first table."""
    rows = []
    for side in OURS:
        np.savez(folder / "grids.npz", allow_pickle=False, **made_grids(side))
        seconds, peak, centres, cities = measured(sys.executable, OURS_CODE, folder / "grids.npz", "full")
        rows.append(f"| {side:,} x {side:,} | {seconds:.2f} | {peak:,.0f} | {centres:,.0f} | {cities:,.0f} |")
    return rows


def peer_rows(folder: Path, python: str) -> list[str]:
    """Rows of the second table: both programs on the same grid, one after the other."""
    rows = []
    for side in PEER:
        np.savez(folder / "grids.npz", allow_pickle=False, **made_grids(side))
        ours, *_ = measured(sys.executable, OURS_CODE, folder / "grids.npz")
        theirs, _ = measured(python, PEER_CODE, folder / "grids.npz")
        rows.append(f"| {side:,} x {side:,} | {ours:.3f} | {theirs:.3f} | {theirs / ours:,.0f} |")
    return rows


def page(peer: str | None) -> str:
    """The result page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [
            "# Degree of Urbanisation: time and memory",
            "",
            "Made by `python benchmarks/degurba_grid.py --write --peer PYTHON`; the script says how.",
            "Grids are made up: people clumped at three scales, with sea. Levels 1 and 2 with land and",
            "built-up land, and the list of cities and towns.",
            "",
            "| cells | seconds | peak memory, MB | urban centres | cities and towns |",
            "| --- | ---: | ---: | ---: | ---: |",
            *country_rows(folder),
        ]
        if peer is not None:
            lines += [
                "",
                "Side by side with the package `degurba` 0.2 in one run: level 1 from people alone.",
                "citysample also fills gaps and smooths until nothing changes.",
                "",
                "| cells | citysample, s | degurba, s | ratio |",
                "| --- | ---: | ---: | ---: |",
                *peer_rows(folder, peer),
                "",
                "The ratio grows with the grid: `degurba` goes through the whole grid for each cluster.",
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the options, measure, print and write."""
    parser = argparse.ArgumentParser(description="Time and memory of the Degree of Urbanisation.")
    parser.add_argument("--write", action="store_true", help="write the page beside this script")
    parser.add_argument("--peer", help="interpreter of an environment with the package degurba")
    options = parser.parse_args()
    peer = options.peer or (sys.executable if importlib.util.find_spec("degurba") else None)
    text = page(peer)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
