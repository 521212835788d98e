"""The report of a run: one HTML page that needs no other file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from citysample.reference_frames.columns import plain_text
from citysample.reference_frames.extras import require
from citysample.reporting.charts import interval_chart
from citysample.reporting.tables import decimals_for, df_text, number_text, percent, rounded
from citysample.reporting.words import INTERVAL_WORDS, VARIANCE_WORDS, words_for

if TYPE_CHECKING:
    import pandas as pd

    from citysample.estimators.estimates import Estimates

__all__ = ["Fact", "ReportContent", "html_report"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line at the top of the report."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """What the report shows.

    Parameters
    ----------
    title : str
        Title of the study.
    facts : tuple of Fact
        Frame, sample, method, seed and record.
    estimates : Estimates
        The figures.
    strata, sample, decisions : pandas.DataFrame
        Tables of the strata, the sampled cities and the decisions taken by rule.
    name_column, size_column : str or None
        Columns of the sample with names and sizes.
    inputs : dict of str to str
        SHA-256 of each input file.
    contrasts : pandas.DataFrame or None
        Functions of the figures, indexed by name; None if there are none.
    """

    title: str
    facts: tuple[Fact, ...]
    estimates: Estimates
    strata: pd.DataFrame
    sample: pd.DataFrame
    decisions: pd.DataFrame
    name_column: str | None = None
    size_column: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    contrasts: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table of one indicator, as texts."""

    domain: str
    national: bool
    estimate: str
    se: str
    cv: str
    interval: str
    df: str
    n: int
    note: str


@dataclass(frozen=True, slots=True)
class _Section:
    """One indicator: its words, its rows and its chart."""

    name: str
    unit: str
    estimand: str
    formula: str
    level: str
    methods: str
    rows: tuple[_Row, ...]
    chart: str


def html_report(content: ReportContent) -> bytes:
    """The report as the bytes of an HTML page."""
    jinja2 = require("jinja2", "report")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("citysample.reporting", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("report.html.j2").render(
        content=content,
        sections=_sections(content.estimates),
        strata=_strata_rows(content.strata),
        sample=_sample_rows(content),
        contrasts=_contrast_rows(content.contrasts),
        decisions=content.decisions.reset_index().to_dict("records"),
    )
    return str(page).encode("utf-8")


def _sections(estimates: Estimates) -> list[_Section]:
    table = estimates.to_frame()
    sections = []
    for name, rows in table.groupby("name", sort=False):
        first = rows.iloc[0]
        _, unit = percent(str(first["unit"]))
        level = f"{float(first['confidence_level']) * 100:g} %"
        known = sorted(set(rows["interval_method"]) - {"none", "census"}) or ["none"]
        intervals = ", ".join(words_for(INTERVAL_WORDS, method) for method in known)
        variance = words_for(VARIANCE_WORDS, str(first["variance_method"]))
        sections.append(
            _Section(
                name=str(name),
                unit=unit,
                estimand=str(first["estimand"]),
                formula=estimates.expressions[str(name)],
                level=level,
                methods=f"variance: {variance}; interval: {intervals}",
                rows=tuple(_row(row, first) for _, row in rows.iterrows()),
                chart=interval_chart(rows, f"{name}: estimates with {level} confidence intervals"),
            )
        )
    return sections


def _row(row: pd.Series, first: pd.Series) -> _Row:
    national = row["by"] == "national"
    has_interval = not math.isnan(row["lower"])
    limits = [rounded(row, column, first) for column in ("lower", "upper")]
    return _Row(
        domain="Country" if national else str(row["domain"]),
        national=national,
        estimate=rounded(row, "estimate", first),
        se=rounded(row, "se", first),
        cv=number_text(float(row["cv"]) * 100, 1),
        interval=" to ".join(limits) if has_interval else "none",
        df=df_text(float(row["df"])),
        n=int(row["n"]),
        note=str(row["note"]),
    )


def _contrast_rows(contrasts: pd.DataFrame | None) -> list[dict[str, str]]:
    rows = []
    for name, row in () if contrasts is None else contrasts.iterrows():
        factor, unit = percent(str(row["unit"]))
        value, se = float(row["estimate"]) * factor, float(row["se"]) * factor
        decimals = decimals_for(se, value)
        lower, upper = (number_text(float(row[key]) * factor, decimals) for key in ("lower", "upper"))
        rows.append(
            {
                "name": str(name),
                "formula": str(row["formula"]),
                # The difference of two shares is no share.
                "unit": "percentage points" if unit == "%" else unit,
                "estimate": number_text(value, decimals),
                "se": number_text(se, decimals),
                "level": f"{float(row['confidence_level']) * 100:g} %",
                "interval": "none" if math.isnan(row["lower"]) else f"{lower} to {upper}",
                "df": df_text(float(row["df"])),
                "note": str(row["note"]),
            }
        )
    return rows


def _strata_rows(strata: pd.DataFrame) -> list[dict[str, str]]:
    rows = []
    for label, row in strata.iterrows():
        low, high = float(row["pi_min"]), float(row["pi_max"])
        chance = number_text(low, 3) if low == high else f"{number_text(low, 3)} to {number_text(high, 3)}"
        rows.append(
            {
                "stratum": str(label),
                "N": number_text(float(row["N"]), 0),
                "n": number_text(float(row["n"]), 0),
                "certainty": number_text(float(row["n_certainty"]), 0),
                "pi": "taken with certainty" if math.isnan(low) else chance,
                "size": number_text(float(row["size"]), 0),
            }
        )
    return rows


def _sample_rows(content: ReportContent) -> list[dict[str, str]]:
    rows = []
    for city, row in content.sample.sort_values("stratum", kind="stable").iterrows():
        size = float(row[content.size_column]) if content.size_column else float("nan")
        rows.append(
            {
                "id": str(city),
                "name": (plain_text(row[content.name_column]) or "") if content.name_column else "",
                "stratum": str(row["stratum"]),
                "size": number_text(size, 0 if size.is_integer() else decimals_for(0.0, size)),
                "pi": number_text(float(row["pi"]), 4),
                "weight": number_text(float(row["design_weight"]), 3),
                "certainty": "yes" if row["certainty"] else "",
            }
        )
    return rows
