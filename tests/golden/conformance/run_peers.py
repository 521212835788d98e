"""Write peers.csv: figures of the Python packages svy and samplics for the samples in ``data``.

python -m pip install svy==0.35.0 samplics==0.6.1
python run_peers.py
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent
SCHOOLS = ("api00", "api99", "tested", "awards", "stype")
TOWNS = ("tax", "people", "employed", "large", "zone")
LEVELS = {"awards": "Yes", "large": "yes"}

Design = dict[str, Any]
DESIGNS: dict[str, tuple[str, tuple[str, ...], Design]] = {
    "simple random": ("apisrs", SCHOOLS, {"fpc": ["fpc"]}),
    "stratified": ("apistrat", SCHOOLS, {"stratum": "stype", "fpc": ["fpc"]}),
    "stratified, with replacement": ("apistrat", SCHOOLS, {"stratum": "stype"}),
    "stratified, towns": ("mu284_stratified", TOWNS, {"stratum": "zone", "fpc": ["N_h"]}),
    "clusters": ("apiclus1", SCHOOLS, {"psu": "district", "fpc": ["fpc"]}),
    "two stages": ("apiclus2", SCHOOLS, {"psu": "district", "ssu": "school", "fpc": ["fpc1", "fpc2"]}),
    "two stages, strata": (
        "mu284_two_stage",
        TOWNS,
        {"stratum": "zone", "psu": "cluster", "ssu": "town", "fpc": ["clusters", "towns"]},
    ),
}
"""Sample, columns y, x, z, labels and breakdown, and the design."""

Row = tuple[str, str, str, str, str, str, float, float, float, float]
"""Program, block, name, breakdown, domain, interval, estimate, se, limits."""


def table_of(name: str) -> Any:
    """The data with a column of weights."""
    pl = import_module("polars")
    table = pl.read_csv(FOLDER / "data" / f"{name}.csv", infer_schema_length=None)
    return table if "weight" in table.columns else table.with_columns(weight=pl.col("pw"))


def svy_rows(block: str) -> Iterator[Row]:
    svy = import_module("svy")
    name, (y, x, z, label, by), given = DESIGNS[block]
    parts = {role: value for role, value in given.items() if role != "fpc"}
    sizes = given.get("fpc", [None])
    parts["pop_size"] = sizes[0] if len(sizes) == 1 else svy.PopSize(*sizes)
    estimation = svy.Sample(table_of(name), svy.Design(wgt="weight", **parts)).estimation

    def rows(text: str, found: Any, interval: str = "t", level: str | None = None) -> Iterator[Row]:
        table = found.to_polars()
        for row in table.iter_rows(named=True):
            if level is not None and str(row.get("y_level", row.get(label))) != level:
                continue
            where = (by, str(row[by])) if by in table.columns else ("national", "all")
            yield ("svy", block, text, *where, interval, row["est"], row["se"], row["lci"], row["uci"])

    for domain in (None, by):
        for column in (y, x, z):
            yield from rows(f"total({column})", estimation.total(column, by=domain))
            yield from rows(f"mean({column})", estimation.mean(column, by=domain))
        yield from rows(f"ratio({y}, {x})", estimation.ratio(y, x, by=domain))
    level = LEVELS[label]
    for theirs, ours in (("logit", "logit"), ("korn-graubard", "beta"), ("wilson", "wilson")):
        text = f"proportion({label}, '{level}')"
        yield from rows(text, estimation.prop(label, ci_method=theirs), ours, level)


def samplics_rows(block: str) -> Iterator[Row]:
    samplics = import_module("samplics")
    name, (y, x, z, _, by), parts = DESIGNS[block]
    table = table_of(name)
    columns = {column: table[column].to_numpy() for column in table.columns}
    common: dict[str, Any] = {
        role: columns[parts[role]] for role in ("stratum", "psu", "ssu") if role in parts
    }
    common["samp_weight"] = columns["weight"]
    if "fpc" in parts:
        common["fpc"] = factors(columns, parts)
    texts = [
        (f"{function}({column})", function, column) for function in ("total", "mean") for column in (y, x, z)
    ]
    for domain in (None, by):
        for text, function, column in [*texts, (f"ratio({y}, {x})", "ratio", y)]:
            estimator = samplics.TaylorEstimator(samplics.PopParam[function])
            more = {"x": columns[x]} if function == "ratio" else {}
            if domain is not None:
                more["domain"] = columns[domain]
            estimator.estimate(y=columns[column], **more, **common)
            yield from samplics_figures(block, text, estimator, domain)


def factors(columns: dict[str, Any], parts: Design) -> Any:
    """The factor 1 - f of the first stage: a number, or one for each stratum."""
    sizes = columns[parts["fpc"][0]]
    units = columns[parts["psu"]] if "psu" in parts else np.arange(len(sizes))
    if "stratum" not in parts:
        return float(1 - np.unique(units).size / sizes[0])
    strata = columns[parts["stratum"]]
    return {
        h: float(1 - np.unique(units[strata == h]).size / sizes[strata == h][0]) for h in np.unique(strata)
    }


def samplics_figures(block: str, text: str, estimator: Any, by: str | None) -> Iterator[Row]:
    parts = (estimator.point_est, estimator.stderror, estimator.lower_ci, estimator.upper_ci)
    if by is None:
        estimate, se, lower, upper = (float(part) for part in parts)
        yield ("samplics", block, text, "national", "all", "t", estimate, se, lower, upper)
        return
    for domain in parts[0]:
        estimate, se, lower, upper = (float(part[domain]) for part in parts)
        yield ("samplics", block, text, by, str(domain), "t", estimate, se, lower, upper)


def main() -> None:
    """All figures of both packages."""
    warnings.simplefilter("ignore")  # samplics says on import that it is no longer maintained
    with (FOLDER / "peers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "program",
                "version",
                "block",
                "name",
                "by",
                "domain",
                "interval",
                "estimate",
                "se",
                "lower",
                "upper",
            ]
        )
        for program, rows in (("svy", svy_rows), ("samplics", samplics_rows)):
            for block in DESIGNS:
                for row in rows(block):
                    writer.writerow([program, version(program), *row[1:6], *map(repr, row[6:])])


if __name__ == "__main__":
    main()
