"""Coverage of the intervals of the Switzerland example over many seeds.

Run it from the root of the checkout:

    python benchmarks/switzerland_coverage.py            200 seeds, prints the table
    python benchmarks/switzerland_coverage.py --write    and writes switzerland_coverage.md

The frame, the design and the estimates are those of examples/switzerland/study.toml. The seeds are
``coverage-1``, ``coverage-2``, ...; the seed of the example is not among them. For each figure the
table shows how often the interval that ``interval = "auto"`` takes contains the true value, with its
Monte Carlo standard error, how often the t interval of the same standard error does,
the mean variance estimate over the variance of the estimates, and the bias over the true value.
Regions are unions of strata. Cantons cut across strata, and often hold few random communes.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from citysample.reference_frames.readers.read_table import read_table
from citysample.study.chain import Outcome
from citysample.study.demo import Comparison, compare_with_truth
from citysample.study.inputs import load_inputs

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "switzerland"
SCOPES = {"national": "country", "region": "regions", "canton": "cantons"}
RESULT = Path(__file__).with_name("switzerland_coverage.md")


def simulate(seeds: int) -> pd.DataFrame:
    """One row for each figure and seed: estimate, se, truth, and whether the intervals cover it."""
    inputs = load_inputs(EXAMPLE / "study.toml")
    plan = inputs.design().plan(inputs.frame())
    census = read_table(EXAMPLE / "measurements.csv", text=["commune"]).table.set_index("commune")
    indicators = inputs.indicators()
    with_t = {name: replace(indicator, interval=None) for name, indicator in indicators.items()}
    rows = []
    for number in range(1, seeds + 1):
        sample = plan.draw(f"coverage-{number}")
        survey = sample.with_data(census.loc[sample.cities.index].rename_axis("city_id"))
        estimates = survey.estimate(indicators, by=["region", "canton"])
        by_t = survey.estimate(with_t, by=["region", "canton"], interval="t").rows
        outcome = Outcome(ROOT, inputs, plan, sample, survey, estimates)
        rows += [
            {
                "seed": number,
                "name": comparison.row.name,
                "scope": SCOPES[comparison.row.by],
                "domain": comparison.row.domain,
                "estimate": comparison.row.estimate,
                "se": comparison.row.se,
                "truth": comparison.truth,
                "covered": as_number(comparison.covered),
                "covered_by_t": as_number(Comparison(t_row, comparison.truth).covered),
            }
            for comparison, t_row in zip(compare_with_truth(outcome, census), by_t, strict=True)
        ]
    return pd.DataFrame(rows)


def as_number(covered: bool | None) -> float:
    """1 or 0; NaN where there is no interval."""
    return math.nan if covered is None else float(covered)


def summary(results: pd.DataFrame) -> pd.DataFrame:
    """Coverage, its Monte Carlo error, variance ratio and bias, by figure and scope."""
    rows = []
    for (name, scope), group in results.groupby(["name", "scope"], sort=False):
        by_domain = group.groupby("domain")
        variance = by_domain["estimate"].var()
        ratio = (by_domain["se"].apply(lambda se: (se**2).mean()) / variance).mean()
        bias = (
            (by_domain["estimate"].mean() - by_domain["truth"].first()) / by_domain["truth"].first()
        ).mean()
        by_seed = group.groupby("seed")["covered"].mean()
        covered = float(group["covered"].mean())
        rows.append(
            {
                "figure": name,
                "scope": scope,
                "coverage_percent": 100 * covered,
                # Regions of one draw are not independent, so the error is taken over seeds.
                "monte_carlo_error": 100 * float(by_seed.std()) / math.sqrt(by_seed.count()),
                "t_percent": 100 * float(group["covered_by_t"].mean()),
                "without_interval_percent": 100 * float(group["covered"].isna().mean()),
                "variance_ratio": float(ratio),
                "bias_percent": 100 * float(bias),
            }
        )
    return pd.DataFrame(rows)


def as_markdown(table: pd.DataFrame, seeds: int) -> str:
    """The table with a sentence about what it shows."""
    lines = [
        "# Coverage in the Switzerland example",
        "",
        f"{seeds} seeds (`coverage-1` to `coverage-{seeds}`), nominal level 95 %. Made by",
        "`python benchmarks/switzerland_coverage.py --write`; the script says what each column is.",
        "",
        "Regions are unions of strata; cantons cut across strata. Draws without a city of a canton have no",
        "figure for it and are left out, so the bias and V-hat / V of cantons are those of the other draws.",
        "",
        "| figure | scope | coverage, % | Monte Carlo error | with t, % | without interval, % | V-hat / V "
        "| bias, % |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.figure} | {row.scope} | {row.coverage_percent:.1f} | {row.monte_carlo_error:.1f} "
        f"| {row.t_percent:.1f} | {row.without_interval_percent:.1f} | {row.variance_ratio:.2f} "
        f"| {row.bias_percent:.1f} |"
        for row in table.itertuples()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the study and print or write its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    arguments = parser.parse_args()
    text = as_markdown(summary(simulate(arguments.seeds)), arguments.seeds)
    print(text)
    if arguments.write:
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
