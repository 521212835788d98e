"""The report: one page without other files, every text escaped, one chart for each indicator."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.intervals.methods import INTERVALS
from citysample.estimators.replicates.methods import REPLICATE_METHODS
from citysample.reporting.html_report import Fact, ReportContent, html_report
from citysample.reporting.words import INTERVAL_WORDS, VARIANCE_WORDS

Row = Callable[..., cs.Estimate]
Estimates = Callable[..., cs.Estimates]

VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """Tags, attributes and texts of a page; each tag must be closed in order."""

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(content.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def report_content(
    estimates: cs.Estimates, text: str = "plain", name: str | None = "a name"
) -> ReportContent:
    strata = pd.DataFrame(
        {
            "region": [text, "South"], "N": [20, 10], "n": [8, 10], "n_certainty": [1, 10],
            "pi_min": [0.25, float("nan")], "pi_max": [0.5, float("nan")], "size": [1e6, float("nan")],
        },
        index=pd.Index([text, "South"], name="stratum"),
    )  # fmt: skip
    sample = pd.DataFrame(
        {
            "name": [name, "B"], "population": [1234.0, 0.5], "stratum": [text, "South"], "pi": [0.25, 1.0],
            "certainty": [False, True], "design_weight": [4.0, 1.0],
        },
        index=pd.Index([text, "007"], name="city_id"),
    )  # fmt: skip
    decisions = pd.DataFrame({"where": [text], "what": [text]}, index=pd.Index([text], name="rule"))
    facts = (Fact(text, text), Fact("Seed", text))
    hashes = {f"inputs/{text}": "0" * 64}
    return ReportContent(text, facts, estimates, strata, sample, decisions, "name", "population", hashes)


def test_there_is_one_chart_and_one_table_for_each_indicator(
    estimate_row: Row, as_estimates: Estimates
) -> None:
    names = ["First", "Second", "Third"]
    rows = [estimate_row(name, domain) for name in names for domain in ("all", "North", "South")]
    content = html_report(report_content(as_estimates(*rows)))
    page = Page(content)
    assert page.tags.count("svg") == 3
    assert page.tags.count("h3") == 3
    labels = [value for attribute, value in page.attributes if attribute == "aria-label"]
    assert labels == [f"{name}: estimates with 95 % confidence intervals" for name in names]
    sections = content.decode("utf-8").split("<section>")[1:]
    assert [len(re.findall(r"<tr", section.split("</section>")[0])) for section in sections] == [4, 4, 4]


def test_every_text_is_escaped(estimate_row: Row, as_estimates: Estimates, hostile: str) -> None:
    row = estimate_row(
        hostile, unit=hostile, estimand=hostile, period=hostile, note=hostile, variance_method=hostile,
        interval_method=hostile,
    )  # fmt: skip
    estimates = as_estimates(row, replace(row, by=hostile, domain=hostile))
    estimates = replace(estimates, expressions={hostile: hostile})
    content = html_report(report_content(estimates, hostile, hostile))
    page = Page(content)
    assert "script" not in page.tags
    assert b"<script" not in content
    assert [name for name, _ in page.attributes if name.startswith("on") or name == "alert('1')"] == []
    assert sum(hostile in text for text in page.texts) >= 16
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert labels == [f"{hostile}: estimates with 95 % confidence intervals"]


def test_the_page_needs_no_other_file(estimate_row: Row, as_estimates: Estimates) -> None:
    page = Page(html_report(report_content(as_estimates(estimate_row()))))
    loaded = [value for name, value in page.attributes if name in ("src", "href", "xlink:href")]
    assert loaded
    assert [value for value in loaded if not value.startswith("#")] == []
    assert {"script", "link", "iframe", "img"} & set(page.tags) == set()


def test_ids_of_the_page_are_unique(estimate_row: Row, as_estimates: Estimates) -> None:
    rows = [estimate_row("First"), estimate_row("Second")]
    page = Page(html_report(report_content(as_estimates(*rows))))
    anchors = [value for name, value in page.attributes if name == "href" and value.startswith("#")]
    ids = [value for name, value in page.attributes if name == "id"]
    sections = ["estimates", "strata", "sample", "decisions", "inputs"]
    assert [ids.count(name) for name in sections] == [1] * 5
    assert [f"#{name}" in anchors for name in sections] == [True] * 5


def test_the_same_content_gives_the_same_bytes(estimate_row: Row, as_estimates: Estimates) -> None:
    pages = {html_report(report_content(as_estimates(estimate_row()))) for _ in range(2)}
    assert len(pages) == 1
    assert pages.pop().startswith(b"<!DOCTYPE html>")


def test_figures_are_rounded_and_what_is_missing_is_a_dash(
    estimate_row: Row, as_estimates: Estimates, nan: float
) -> None:
    empty = estimate_row(
        domain="North",
        estimate=nan,
        se=nan,
        cv=nan,
        lower=nan,
        upper=nan,
        df=nan,
        n=0,
        note="no sampled city",
    )
    page = Page(html_report(report_content(as_estimates(estimate_row(estimate=12345.6, se=100.0), empty))))
    assert "12\u202f346" in page.texts
    start = page.texts.index("no sampled city")
    assert page.texts[start - 7 : start + 1] == [
        "North", "\u2013", "\u2013", "\u2013", "none", "\u2013", "0", "no sampled city",
    ]  # fmt: skip
    assert "nan" not in [text.lower() for text in page.texts]


def test_a_city_without_a_name_has_an_empty_cell(estimate_row: Row, as_estimates: Estimates) -> None:
    page = Page(html_report(report_content(as_estimates(estimate_row()), name=None)))
    assert "B" in page.texts
    assert [text for text in page.texts if text in ("None", "nan", "NaN")] == []


@pytest.mark.parametrize("value", [0.0, 1e-12, 1e15, -5.0])
def test_extreme_figures_are_shown(estimate_row: Row, as_estimates: Estimates, value: float) -> None:
    row = estimate_row(estimate=value, se=abs(value) / 10, lower=value - 1.0, upper=value + 1.0)
    page = Page(html_report(report_content(as_estimates(row))))
    assert page.tags.count("svg") == 1
    assert "Country" in page.texts


def test_a_sample_without_names_and_sizes(estimate_row: Row, as_estimates: Estimates) -> None:
    content = replace(report_content(as_estimates(estimate_row())), name_column=None, size_column=None)
    page = Page(html_report(content))
    assert "Name" not in page.texts
    assert "a name" not in page.texts
    assert "007" in page.texts


def contrasts(text: str, **values: object) -> pd.DataFrame:
    row = {
        "formula": text, "unit": "share", "estimate": 0.0123, "se": 0.0061, "lower": 0.0, "upper": 0.0246,
        "confidence_level": 0.9, "df": 7.26, "note": text, **values,
    }  # fmt: skip
    return pd.DataFrame([row], index=pd.Index([text], name="name"))


def test_contrasts_stand_in_a_table(estimate_row: Row, as_estimates: Estimates) -> None:
    content = report_content(as_estimates(estimate_row()))
    page = Page(html_report(replace(content, contrasts=contrasts("North - South"))))
    start = page.texts.index("North - South")
    assert page.texts[start : start + 8] == [
        "North - South", "North - South", "percentage points", "1.23", "0.61", "0.00 to 2.46", "7.3",
        "North - South",
    ]  # fmt: skip
    assert "90 % interval" in page.texts
    assert ("href", "#contrasts") in page.attributes
    assert "Contrasts" not in Page(html_report(content)).texts


def test_a_contrast_without_an_interval(estimate_row: Row, as_estimates: Estimates, nan: float) -> None:
    table = contrasts("a", unit="", estimate=nan, se=nan, lower=nan, upper=nan, df=nan, note="no figure")
    page = Page(html_report(replace(report_content(as_estimates(estimate_row())), contrasts=table)))
    start = page.texts.index("no figure")
    assert page.texts[start - 4 : start] == ["\u2013", "\u2013", "none", "\u2013"]
    assert "nan" not in [text.lower() for text in page.texts]


def test_texts_of_contrasts_are_escaped(estimate_row: Row, as_estimates: Estimates, hostile: str) -> None:
    table = contrasts(hostile, unit=hostile)
    page = Page(html_report(replace(report_content(as_estimates(estimate_row())), contrasts=table)))
    assert "script" not in page.tags
    assert sum(hostile in text for text in page.texts) == 4


def test_each_interval_and_variance_has_words() -> None:
    assert set(INTERVAL_WORDS) == {*INTERVALS, "woodruff", "census", "none"}
    assert set(VARIANCE_WORDS) == {*FORMS, *REPLICATE_METHODS, "replicates"}
    assert len(VARIANCE_WORDS) >= 23


def test_methods_are_named_in_words(estimate_row: Row, as_estimates: Estimates) -> None:
    rows = [
        estimate_row(variance_method="jkn", interval_method="log"),
        estimate_row(domain="North", variance_method="jkn", interval_method="none"),
        estimate_row(domain="South", variance_method="jkn", interval_method="census"),
    ]
    page = Page(html_report(report_content(as_estimates(*rows))))
    words = "; variance: jackknife of a stratified sample; interval: on the log scale"
    assert sum(words in text for text in page.texts) == 1
