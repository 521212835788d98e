"""Time of one call of estimates on a city sample, side by side with R survey and svy.

    python benchmarks/estimates.py                        # prints the table
    python benchmarks/estimates.py --write                # and writes benchmarks/estimates.md
    python benchmarks/estimates.py --peers PYTHON         # also times svy

PYTHON is the interpreter of an environment with svy. R is used if Rscript is found. The sample has 200
cities in 10 strata; 20 ratios are estimated for the country and 10 domains, so 220 figures with standard
errors and intervals. Each figure is the fastest of several calls in a fresh process with one thread, in
milliseconds of processor time, so that other work on the machine matters little; import and data stand
outside the clock. All programs get the same table in one run, and their last ratio is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).with_suffix(".md")
R_SCRIPT = Path(__file__).with_suffix(".R")
STRATA, IN_STRATUM, DOMAINS, INDICATORS = 10, 20, 10, 20
REPLICATES = 1000
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "POLARS_MAX", "RAYON")}

Times = dict[str, Any]


def write_data(path: Path) -> None:
    """A table of made-up cities: positive, skewed quantities."""
    rng = np.random.default_rng(20261124)
    n = STRATA * IN_STRATUM
    columns: dict[str, Any] = {
        "city": [f"c{k}" for k in range(n)],
        "stratum": np.repeat([f"s{h}" for h in range(STRATA)], IN_STRATUM),
        "N_h": np.full(n, 3 * IN_STRATUM),
        "weight": np.full(n, 3.0),
        "domain": [f"d{d}" for d in rng.integers(0, DOMAINS, n)],
    }
    for j in range(INDICATORS):
        columns[f"x{j}"] = rng.lognormal(3.0, 1.0, n)
        columns[f"y{j}"] = columns[f"x{j}"] * rng.lognormal(-1.0, 0.5, n)
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def fastest(job: Callable[[], Any], calls: int) -> tuple[float, Any]:
    """Milliseconds of processor time of the fastest of some calls, and the result."""
    best, result = float("inf"), None
    for _ in range(calls):
        start = time.process_time()
        result = job()
        best = min(best, time.process_time() - start)
    return best * 1000.0, result


def time_citysample(path: Path) -> Times:
    """Taylor, bootstrap and jackknife through the same call."""
    import pandas as pd

    import citysample as cs

    table = pd.read_csv(path, dtype={"domain": str})
    survey = cs.CitySample.from_table(table, strata="stratum", fpc="N_h")
    ratios: dict[str, Any] = {f"r{j}": cs.Ratio(f"y{j}", f"x{j}") for j in range(INDICATORS)}

    taylor, found = fastest(lambda: survey.estimate(ratios, by="domain"), 20)
    bootstrap, again = fastest(lambda: survey.estimate(ratios, by="domain", variance="bootstrap"), 6)
    assert len(found.rows) == len(again.rows) == INDICATORS * (DOMAINS + 1)
    row = found.rows[-DOMAINS - 1]
    boot = again.rows[-DOMAINS - 1]
    return {
        "taylor": taylor,
        "bootstrap": bootstrap,
        "figure": [row.estimate, row.se],
        "replicated": [boot.estimate, boot.se],
        "version": version("citysample"),
    }


def time_svy(path: Path) -> Times:
    """The same with the package svy: a call for the country and one for the domains for each ratio."""
    pl, svy = import_module("polars"), import_module("svy")
    table = pl.read_csv(path)
    sample = svy.Sample(table, svy.Design(wgt="weight", stratum="stratum", psu="city", pop_size="N_h"))

    def figures(estimation: object, method: str) -> dict[str, float]:
        ratio = estimation.ratio  # type: ignore[attr-defined]  # svy has no types
        for j in range(INDICATORS):
            whole = ratio(f"y{j}", f"x{j}", method=method)
            ratio(f"y{j}", f"x{j}", by="domain", method=method)
        return dict(whole.to_polars().row(0, named=True))

    taylor, found = fastest(lambda: figures(sample.estimation, "taylor"), 5)
    making, replicated = fastest(lambda: sample.weighting.create_bs_wgts(REPLICATES, rstate=1), 2)
    using, boot = fastest(lambda: figures(replicated.estimation, "replication"), 2)
    return {
        "taylor": taylor,
        "bootstrap": making + using,
        "figure": [found["est"], found["se"]],
        "replicated": [boot["est"], boot["se"]],
        "version": version("svy"),
    }


def time_r(path: Path) -> Times | None:
    """The same with R survey; the bootstrap of its replicate designs."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    command = [rscript, str(R_SCRIPT), str(path), "2", str(REPLICATES)]
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True
    )
    *numbers, survey = done.stdout.split()
    taylor, ratio, se, making, using, again, spread = map(float, numbers)
    return {
        "taylor": taylor * 1000.0,
        "bootstrap": (making + using) * 1000.0,
        "figure": [ratio, se],
        "replicated": [again, spread],
        "version": survey,
    }


def in_process(python: str, program: str, path: Path) -> Times:
    """Time a program in a fresh process with one thread."""
    command = [python, str(Path(__file__).resolve()), "--worker", program, "--data", str(path)]
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def page_of(times: dict[str, Times]) -> str:
    """The page: milliseconds, ratios, and the last figure of each program."""
    ours = times["citysample"]
    programs = ", ".join(f"{name} {found['version']}" for name, found in times.items())
    lines = [
        "# Estimates of a city sample: time",
        "",
        "Made by `python benchmarks/estimates.py --write --peers PYTHON`; the script says how.",
        f"Python {platform.python_version()}, NumPy {np.__version__}, {programs}.",
        "",
        f"200 cities in {STRATA} strata, {INDICATORS} ratios for the country and {DOMAINS} domains:",
        "220 figures with standard errors and intervals.",
        f"The bootstrap has {REPLICATES:,} replicates; making them is part of the time. That of citysample",
        "keeps the finite population correction; those of svy and of R (`subbootstrap`) do not, so their",
        "standard errors are larger.",
        "Milliseconds of processor time on one thread, the fastest of several calls; the ratio says how",
        "many times as fast citysample is.",
        "",
        "| program | linearised, ms | ratio | bootstrap, ms | ratio | a ratio, se | se by bootstrap |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, found in times.items():
        taylor, boot = found["taylor"], found["bootstrap"]
        lines.append(
            f"| {name} | {taylor:,.1f} | {taylor / ours['taylor']:,.1f} | {boot:,.0f} "
            f"| {boot / ours['bootstrap']:,.1f} | {found['figure'][0]:.6f}, {found['figure'][1]:.6f} "
            f"| {found['replicated'][1]:.6f} |"
        )
    return "\n".join(lines) + "\n"


WORKERS: dict[str, Callable[[Path], Times]] = {"citysample": time_citysample, "svy": time_svy}


def main() -> None:
    """Time all programs, or one of them as a worker."""
    parser = argparse.ArgumentParser(description="Time of one call of estimates.")
    parser.add_argument("--write", action="store_true", help="write benchmarks/estimates.md")
    parser.add_argument("--peers", help="interpreter of an environment with svy")
    parser.add_argument("--worker", choices=WORKERS, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(WORKERS[options.worker](options.data)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cities.csv"
        write_data(path)
        times = {"citysample": in_process(sys.executable, "citysample", path)}
        if options.peers:
            times["svy"] = in_process(options.peers, "svy", path)
        found = time_r(path)
        if found is not None:
            times["R survey"] = found
    reference = times["citysample"]["figure"]
    for name, found in times.items():
        assert np.allclose(found["figure"], reference, rtol=1e-9), name
    page = page_of(times)
    print(page)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
