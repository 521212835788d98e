"""Precision of sample designs of the same size, measured by drawing from frames that are known.

Run it from the root of the checkout:

    python benchmarks/design_cv.py            1,000 draws of each design, prints the tables
    python benchmarks/design_cv.py --write    and writes design_cv.md

The seeds are ``design-1``, ``design-2``, .... For each design and target the tables show the standard
deviation of the estimates over the true value: the CV of the design. For the first target they show
the mean estimated variance over the variance of the estimates, and how often the 95 % interval contains
the true value. Both use the variance form that the draw records.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import citysample as cs
from citysample.reference_frames.readers.read_table import read_table

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "switzerland"
RESULT = Path(__file__).with_name("design_cv.md")
COLUMNS = ["population", "area_ha"]
REGION = ["region"]
NEYMAN = cs.Neyman(120, "population")

SWISS = {
    "`srs`": cs.SampleDesign(n=120),
    "`srs`, certainty from 20,000": cs.SampleDesign(n=120, certainty=20000),
    "`srs`, certainty, region and size, Neyman": cs.SampleDesign(
        [*REGION, "size_class"], allocation=NEYMAN, certainty=20000
    ),
    "the same with `cube`, balanced on population and area": cs.SampleDesign(
        [*REGION, "size_class"],
        allocation=NEYMAN,
        certainty=20000,
        method="cube",
        probabilities="equal",
        over="frame",
        balance=COLUMNS,
    ),
    "`poisson`": cs.SampleDesign(n=120, method="poisson"),
    "`pareto`": cs.SampleDesign(n=120, method="pareto"),
    "`sampford`": cs.SampleDesign(n=120, method="sampford"),
    "`conditional_poisson`": cs.SampleDesign(n=120, method="conditional_poisson"),
    "`brewer`": cs.SampleDesign(n=120, method="brewer"),
    "`pivotal`": cs.SampleDesign(n=120, method="pivotal"),
    "`pivotal`, regions as strata": cs.SampleDesign(REGION, n=120, method="pivotal"),
    "`systematic`, ordered by region and area": cs.SampleDesign(
        n=120, method="systematic", order=["region", "area_ha"]
    ),
    "`chromy`, ordered by region and area": cs.SampleDesign(
        n=120, method="chromy", order=["region", "area_ha"]
    ),
    "`pivotal`, ordered by region and area": cs.SampleDesign(
        n=120, method="pivotal", order=["region", "area_ha"]
    ),
    "`cube`, balanced on population and area": cs.SampleDesign(n=120, method="cube", balance=COLUMNS),
    "the same `cube` over the frame, regions as strata": cs.SampleDesign(
        REGION, n=120, method="cube", over="frame", balance=COLUMNS
    ),
}
KENYA = {
    "`srs`": cs.SampleDesign(n=40),
    "`pivotal`": cs.SampleDesign(n=40, method="pivotal", probabilities="equal"),
    "`systematic`, along the curve": cs.SampleDesign(
        n=40, method="systematic", probabilities="equal", order="curve"
    ),
    "`pivotal`, along the curve": cs.SampleDesign(
        n=40, method="pivotal", probabilities="equal", order="curve"
    ),
    "`local_pivotal`": cs.SampleDesign(n=40, method="local_pivotal", probabilities="equal"),
    "`cube`, balanced on area": cs.SampleDesign(
        n=40, method="cube", probabilities="equal", balance="area_km2"
    ),
    "`local_cube`, balanced on area": cs.SampleDesign(
        n=40, method="local_cube", probabilities="equal", balance="area_km2"
    ),
}
EAST = 38.0


@dataclass(frozen=True, slots=True)
class Study:
    """A frame whose true values are known, targets, and designs to compare."""

    title: str
    note: str
    frame: cs.CityFrame
    targets: Mapping[str, cs.Expression]
    truths: list[float]
    designs: Mapping[str, cs.SampleDesign]


def switzerland() -> Study:
    """The communes of the Switzerland example, whose indicators are all known."""
    frame = cs.CityFrame.read(EXAMPLE / "frame.csv", id="commune", size="population", name="name")
    census = read_table(EXAMPLE / "measurements.csv", text=["commune"]).table.set_index("commune")
    table = frame.table.join(census)
    whole = cs.CityFrame.from_table(table.rename_axis("id").reset_index(), id="id", size="population")
    built, old = float(table["built_up_ha"].sum()), float(table["aged_65_or_over"].sum())
    return Study(
        "Switzerland: 120 of 2,896 communes",
        "Probabilities are equal in the first four designs, else proportional to population.",
        whole.with_classes("size_class", column="population", bounds=[2000, 8000]),
        {
            "built-up area": cs.Total("built_up_ha"),
            "land built up, share": cs.Ratio("built_up_ha", "area_ha"),
            "aged 65 or over, share": cs.Ratio("aged_65_or_over", "population"),
            "number of communes": cs.Total("cities"),
        },
        [built, built / float(table["area_ha"].sum()), old / float(table["population"].sum()), len(table)],
        SWISS,
    )


def kenya() -> Study:
    """Urban centres and towns of Kenya: one target follows the place, one does not."""
    table = cs.load_frame("KEN", towns=True).cities
    table["east"] = (table["lon"] > EAST).astype(float)
    whole = cs.CityFrame.from_table(table.reset_index(), id="city_id", size="population")
    return Study(
        f"Kenya: 40 of {len(table)} urban centres and towns",
        f"Equal probabilities. The first target is the share of cities east of {EAST:g} degrees.",
        whole,
        {"cities in the east": cs.Proportion("east"), "area": cs.Total("area_km2")},
        [float(table["east"].mean()), float(table["area_km2"].sum())],
        KENYA,
    )


def measure(study: Study, design: cs.SampleDesign, draws: int) -> list[str]:
    """The cells of one row: CVs of all targets, then variance ratio and coverage of the first."""
    plan = design.plan(study.frame)
    estimates, variances, covered = [], [], 0
    for number in range(1, draws + 1):
        sample = plan.draw(f"design-{number}")
        rows = sample.with_data(sample.frame.table.loc[sample.cities.index]).estimate(study.targets).rows
        estimates.append([row.estimate for row in rows])
        first = rows[0]
        variances.append(first.se**2)
        if not math.isnan(first.lower):
            covered += first.lower <= study.truths[0] <= first.upper
    cv = np.std(estimates, axis=0, ddof=1) / study.truths
    ratio = float(np.mean(variances)) / float(np.var(estimates, axis=0, ddof=1)[0])
    return [*(f"{100 * value:.1f}" for value in cv), f"{ratio:.2f}", f"{100 * covered / draws:.1f}"]


def as_markdown(study: Study, draws: int) -> str:
    """The table of a study."""
    first = next(iter(study.targets))
    columns = [*study.targets, f"V-hat / V of {first}", "coverage of its interval, %"]
    lines = [
        f"## {study.title}",
        "",
        f"{study.note} CVs in per cent.",
        "",
        f"| design | {' | '.join(columns)} |",
        f"| --- |{' ---: |' * len(columns)}",
    ]
    for name, design in study.designs.items():
        lines.append(f"| {name} | {' | '.join(measure(study, design, draws))} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Draw, and print or write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    arguments = parser.parse_args()
    draws = arguments.draws
    parts = [
        "# Precision of sample designs of the same size",
        "",
        f"{draws:,} draws of each design (seeds `design-1` to `design-{draws}`). Made by",
        "`python benchmarks/design_cv.py --write`; the script says what each column is. A CV has a",
        f"relative Monte Carlo error of about {100 / math.sqrt(2 * draws):.1f} %, a coverage of 95 % one of "
        f"{100 * math.sqrt(0.95 * 0.05 / draws):.1f} percentage points.",
        "",
        as_markdown(switzerland(), draws),
        "",
        as_markdown(kenya(), draws),
        "",
    ]
    text = "\n".join(parts)
    print(text)
    if arguments.write:
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
