"""Variance forms of each sampling method, measured by drawing from frames that are known.

Run it from the root of the checkout:

    python benchmarks/variance_forms.py            1,000 draws of each design, prints the tables
    python benchmarks/variance_forms.py --write    and writes variance_forms.md

The seeds are ``form-1``, ``form-2``, .... For a total and a ratio, and for each form that fits the method,
the tables show the mean estimated variance over the variance of the estimates (V-hat / V), the standard
deviation of the estimated variances over their mean (CV), and how often the 95 % t interval contains the
true value. Forms whose figures are the same share a row. Forms with joint probabilities are computed in the
first 100 draws. The names ``deville2`` and ``rosen`` stand for ``deville`` and ``hajek`` and are left out.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import citysample as cs
from citysample.estimators.degrees_of_freedom import design_df
from citysample.estimators.forms.stratified import design_covariance, variance_form
from citysample.reference_frames.readers.read_table import read_table
from citysample.sampling.methods import FORM_NEEDS, VARIANCE_FORMS
from citysample.sampling.record import DrawRecord

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "switzerland"
RESULT = Path(__file__).with_name("variance_forms.md")
SYNONYMS = ("deville2", "rosen")
JOINT_DRAWS = 100
HIGH_ENTROPY = ("pareto", "sampford", "conditional_poisson", "brewer", "pivotal", "chromy", "systematic")
ORDERED = ("systematic", "chromy", "pivotal")

Table = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Study:
    """A frame whose true values are known: the total of ``y``, the ratio of ``a`` to ``b``; designs."""

    title: str
    note: str
    frame: cs.CityFrame
    y: str
    a: str
    b: str
    designs: Mapping[str, cs.SampleDesign]


@dataclass(frozen=True, slots=True)
class Draw:
    """What one draw gives: the two estimates, and for each form the two variances; the t quantile."""

    estimates: Table
    variances: Mapping[str, Table]
    quantile: float


def designs(
    n: int, certainty: int, balance: str, orders: tuple[str, ...], *, spread: bool
) -> dict[str, cs.SampleDesign]:
    """All methods, with probabilities proportional to size, and spread ones with equal probabilities, too."""

    def design(method: str, **options: Any) -> cs.SampleDesign:  # noqa: ANN401  options of the design
        return cs.SampleDesign(n=n, certainty=certainty, method=method, **options)

    found = {f"`{method}`": design(method) for method in ("srs", "poisson", *HIGH_ENTROPY)}
    found["`cube`"] = design("cube", balance=balance)
    for words, probabilities in (("", "size"), (", equal", "equal")):
        for order in orders:
            for method in ORDERED:
                found[f"`{method}`, order `{order}`{words}"] = design(
                    method, order=order, probabilities=probabilities
                )
        if spread:
            found[f"`local_pivotal`{words}"] = design("local_pivotal", probabilities=probabilities)
            found[f"`local_cube`{words}"] = design("local_cube", balance=balance, probabilities=probabilities)
    return found


def country(code: str, name: str, n: int, certainty: int, *, towns: bool) -> Study:
    """Cities of the world frame. The latitude stands for a variable that follows the place."""
    table = cs.load_frame(code, towns=towns).cities
    table["north"] = table["lat"] - table["lat"].min() + 1.0
    whole = cs.CityFrame.from_table(table.reset_index(), id="city_id", size="population")
    return Study(
        f"{name}: {n} of {len(table)} cities of the world frame",
        "Total: degrees of latitude from the southernmost city, which follow the place. Ratio: area for each "
        f"person. Certain from {certainty:,} people. Balanced on the area.",
        whole,
        "north",
        "area_km2",
        "population",
        designs(n, certainty, "area_km2", ("curve",), spread=True),
    )


def switzerland() -> Study:
    """The communes of the Switzerland example, whose indicators are all known."""
    frame = cs.CityFrame.read(EXAMPLE / "frame.csv", id="commune", size="population", name="name")
    census = read_table(EXAMPLE / "measurements.csv", text=["commune"]).table.set_index("commune")
    table = frame.table.join(census)
    whole = cs.CityFrame.from_table(table.rename_axis("id").reset_index(), id="id", size="population")
    return Study(
        "Switzerland: 120 of 2,896 communes",
        "Total: built-up area. Ratio: share of the land that is built up. Certain from 20,000 people. "
        "Balanced on the area. The frame has no coordinates.",
        whole,
        "built_up_ha",
        "built_up_ha",
        "area_ha",
        designs(120, 20000, "area_ha", ("population", "area_ha"), spread=False),
    )


def forms_of(record: DrawRecord, *, joint: bool) -> Iterator[str]:
    """The forms that can be computed, the default first."""
    default = variance_form(record, "design")
    yield default
    for form in VARIANCE_FORMS[record.method]:
        needs = FORM_NEEDS.get(form, ())
        # The joint probabilities of brewer are known in small strata only.
        possible = set(needs) <= record.held and ("joint" not in needs or joint)
        if form != default and form not in SYNONYMS and possible:
            yield form


def one_draw(study: Study, plan: cs.SamplePlan, number: int) -> Draw:
    """Draw, estimate the total and the ratio, and their variances by all forms."""
    from scipy.stats import t

    sample = plan.draw(f"form-{number}")
    record = sample.record()
    weights = record.weights()
    y, a, b = study.frame.table.loc[sample.cities.index, [study.y, study.a, study.b]].to_numpy(float).T
    ratio = float(weights @ a) / float(weights @ b)
    z = np.column_stack([y, (a - ratio * b) / float(weights @ b)])
    joint = number <= JOINT_DRAWS and record.method not in ("srs", "brewer")
    variances = {
        form: np.diag(design_covariance(z, weights, record, form)) for form in forms_of(record, joint=joint)
    }
    df = max(float(design_df(record, np.ones(len(y), dtype=np.bool_))), 1.0)
    return Draw(np.array([weights @ y, ratio]), variances, float(t.ppf(0.975, df)))


def measure(study: Study, design: cs.SampleDesign, draws: int) -> dict[str, list[str]]:
    """For each form the cells of its row."""
    plan = design.plan(study.frame)
    results = [one_draw(study, plan, number) for number in range(1, draws + 1)]
    table = study.frame.table
    truth = np.array([table[study.y].sum(), table[study.a].sum() / table[study.b].sum()], dtype=float)
    V = np.var([result.estimates for result in results], axis=0, ddof=1)
    cells = {}
    for form in results[0].variances:
        held = [result for result in results if form in result.variances]
        estimated = np.array([result.variances[form] for result in held])
        error = np.abs(np.array([result.estimates for result in held]) - truth)
        half = np.array([result.quantile for result in held])[:, None] * np.sqrt(np.maximum(estimated, 0.0))
        ratio, cv = estimated.mean(axis=0) / V, estimated.std(axis=0) / estimated.mean(axis=0)
        coverage = 100.0 * (error <= half).mean(axis=0)
        cells[form] = [
            f"{value:.{digits}f}"
            for j in (0, 1)
            for value, digits in ((ratio[j], 2), (cv[j], 2), (coverage[j], 1))
        ]
    return cells


def as_markdown(study: Study, draws: int) -> str:
    """The table of a study."""
    head = ("V-hat / V", "CV", "coverage, %")
    names = [f"{target}: {word}" for target in ("total", "ratio") for word in head]
    lines = [
        f"## {study.title}",
        "",
        study.note,
        "",
        f"| design | form | {' | '.join(names)} |",
        f"| --- | --- |{' ---: |' * len(names)}",
    ]
    for name, design in study.designs.items():
        forms: dict[str, list[str]] = {}
        for form, cells in measure(study, design, draws).items():
            forms.setdefault(" | ".join(cells), []).append(f"`{form}`")
        for row, alike in forms.items():
            lines.append(f"| {name} | {', '.join(alike)} | {row} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Draw, and print or write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    arguments = parser.parse_args()
    draws = arguments.draws
    studies = (
        country("KEN", "Kenya", 40, 200_000, towns=True),
        country("NGA", "Nigeria", 60, 1_000_000, towns=False),
        switzerland(),
    )
    parts = [
        "# Variance forms of each sampling method",
        "",
        f"{draws:,} draws of each design (seeds `form-1` to `form-{draws}`). Made by",
        "`python benchmarks/variance_forms.py --write`; the script says what each column is. The first form",
        "of a design is its default. Probabilities are proportional to population, except for `srs` and for",
        "designs marked *equal*. V has a relative Monte Carlo error of about "
        f"{100 * math.sqrt(2 / draws):.0f} %.",
    ]
    for study in studies:
        parts += ["", as_markdown(study, draws)]
    if arguments.write:
        RESULT.write_text("\n".join([*parts, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
