"""What the commands print of a study: the plan, doubts about the frame, the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from citysample.reference_frames.console import print_notes, print_table

if TYPE_CHECKING:
    from citysample.study.chain import Outcome
    from citysample.study.demo import Comparison

__all__ = ["print_comparison", "print_doubts", "print_estimates", "print_plan"]


def print_plan(outcome: Outcome) -> None:
    """The strata, or what became of the cities of the round before."""
    from citysample.study.record import is_later_round

    if is_later_round(outcome.plan):
        cases = outcome.plan.cases
        print_table(
            ["What became of the cities", "Cities", "in the sample"],
            [[str(case), f"{row['cities']}", f"{row['sampled']}"] for case, row in cases.iterrows()],
        )
        return
    rows = [
        [str(label), f"{row['N']}", f"{row['n']}", f"{row['n_certainty']}"]
        for label, row in outcome.plan.strata.iterrows()
    ]
    table = outcome.plan.strata
    rows.append(["Total", f"{table['N'].sum()}", f"{table['n'].sum()}", f"{table['n_certainty'].sum()}"])
    print_table(["Stratum", "N", "n", "with certainty"], rows)
    for warning in outcome.plan.warnings:
        click.echo(f"Warning: {warning}.\n", err=True)


def print_doubts(outcome: Outcome) -> None:
    """What was detected in the frame, and columns that are read as text."""
    from citysample.reference_frames.columns import doubtful_columns

    print_notes(outcome.plan.frame.notes)
    doubtful = doubtful_columns(outcome.plan.frame.table)
    if doubtful:
        click.echo(
            f"Note: these frame columns look like numbers and are read as text: {', '.join(doubtful)}. "
            "Say decimal = ',' or thousands = '.' under [frame], before the draw.\n"
        )


def print_estimates(outcome: Outcome) -> None:
    """The figures, rounded for people."""
    from citysample.reporting.tables import percent, rounded

    assert outcome.estimates is not None
    rows = []
    table = outcome.estimates.to_frame()
    first = table.iloc[0]
    for _, row in table.iterrows():
        first = row if row["by"] == "national" else first
        _, unit = percent(str(row["unit"]))
        domain = "Country" if row["by"] == "national" else f"  {row['domain']}"
        name = f"{row['name']}, {unit}" if unit else str(row["name"])
        cells = [rounded(row, column, first) for column in ("estimate", "lower", "upper")]
        rows.append([name if row["by"] == "national" else "", domain, *cells])
    print_table(["Figure", "Domain", "Estimate", "Lower", "Upper"], rows, texts=2)


def print_comparison(comparisons: list[Comparison]) -> None:
    """The country in one table, the regions in another; the figures are numbered to fit a line."""
    from citysample.reporting.tables import percent

    countries: dict[str, Comparison] = {}
    national: list[list[str]] = []
    regional: dict[str, list[str]] = {}
    for comparison in comparisons:
        row = comparison.row
        country = countries.setdefault(row.name, comparison)
        estimate, lower, upper, truth = _comparison_cells(comparison, country)
        if row.by == "national":
            name = f"{len(countries)} {row.name}, {percent(row.unit)[1]}"
            national.append([name, estimate, lower, upper, truth])
        else:
            mark = {True: " ", False: "*", None: "?"}[comparison.covered]
            regional.setdefault(row.domain, [row.domain]).append(f"{estimate} / {truth}{mark}")
    print_table(["Switzerland", "Estimate", "Lower", "Upper", "True value"], national)
    numbers = [f"{number} " for number in range(1, len(countries) + 1)]
    print_table(["Estimate / true value", *numbers], [*regional.values()])
    for words, is_national in (("national", True), ("regional", False)):
        chosen = [c.covered for c in comparisons if (c.row.by == "national") is is_national]
        inside, none = chosen.count(True), chosen.count(None)
        marks = " (* marks the others)" if not is_national else ""
        text = f"{inside} of {len(chosen) - none} {words} intervals contain the true value{marks}"
        click.echo(text + (f"; {none} figures have no interval (?)." if none else "."))
    click.echo("The true values are printed here only. No estimate uses them.\n")


def _comparison_cells(comparison: Comparison, country: Comparison) -> list[str]:
    """Estimate, limits and true value, rounded as for the country."""
    from dataclasses import asdict, replace

    import pandas as pd

    from citysample.reporting.tables import rounded

    like, row = pd.Series(asdict(country.row)), pd.Series(asdict(comparison.row))
    truth = pd.Series(asdict(replace(comparison.row, estimate=comparison.truth)))
    cells = [rounded(row, column, like) for column in ("estimate", "lower", "upper")]
    return [*cells, rounded(truth, "estimate", like)]
