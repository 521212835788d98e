"""Charts: well-formed SVG, one marker for each row, the same bytes each time, any text in them."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest

import citysample as cs
from citysample.reporting.charts import interval_chart

SVG = "{http://www.w3.org/2000/svg}"
Row = Callable[..., cs.Estimate]
Rows = Callable[..., pd.DataFrame]


def parsed(svg: str) -> ET.Element:
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return root


def texts(root: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def lines(root: ET.Element) -> dict[str, int]:
    """Number of lines with a marker and of lines without one, inside the axes but not on the axis."""
    axes = next(element for element in root.iter() if element.get("id") == "axes_1")
    groups = [group for group in axes if str(group.get("id")).startswith("line2d")]
    marked = [group for group in groups if next(group.iter(f"{SVG}use"), None) is not None]
    return {"markers": len(marked), "intervals": len(groups) - len(marked)}


@pytest.mark.parametrize("count", [1, 2, 7, 26])
def test_there_is_a_marker_and_an_interval_for_each_row(
    estimate_row: Row, chart_rows: Rows, count: int
) -> None:
    domains = ["all", *(f"Region {k}" for k in range(1, count))]
    rows = [estimate_row(domain=domain, estimate=100.0 + k) for k, domain in enumerate(domains)]
    root = parsed(interval_chart(chart_rows(*rows), "a chart"))
    assert lines(root) == {"markers": count, "intervals": count}
    assert [name for name in ["Country", *domains[1:]] if name not in texts(root)] == []


def test_a_row_without_interval_has_a_hollow_marker_only(
    estimate_row: Row, chart_rows: Rows, nan: float
) -> None:
    rows = [estimate_row(), estimate_row(domain="North", lower=nan, upper=nan)]
    svg = interval_chart(chart_rows(*rows), "a chart")
    assert lines(parsed(svg)) == {"markers": 2, "intervals": 1}
    whole = interval_chart(chart_rows(estimate_row(), estimate_row(domain="North")), "a chart")
    hollow = r"fill: #ffffff; stroke: #3f7cac"
    assert (len(re.findall(hollow, svg)), len(re.findall(hollow, whole))) == (1, 0)


def test_the_same_rows_give_the_same_bytes(estimate_row: Row, chart_rows: Rows) -> None:
    rows = chart_rows(estimate_row(), estimate_row(domain="North"))
    assert interval_chart(rows, "a chart") == interval_chart(rows, "a chart")
    assert interval_chart(rows, "a chart") != interval_chart(rows, "another chart")
    assert not re.search(r"\d{4}-\d\d-\d\d", interval_chart(rows, "a chart"))


def test_a_share_is_drawn_in_per_cent(estimate_row: Row, chart_rows: Rows) -> None:
    row = estimate_row(unit="share", estimate=0.5, lower=0.4, upper=0.6)
    found = texts(parsed(interval_chart(chart_rows(row), "a chart")))
    assert "%" in found
    numbers = [float(text.replace("\u2212", "-")) for text in found if re.fullmatch(r"[\d.]+", text)]
    assert len(numbers) >= 3
    assert 35.0 <= min(numbers) < max(numbers) <= 65.0


def test_the_label_is_an_attribute_whatever_it_holds(
    estimate_row: Row, chart_rows: Rows, hostile: str
) -> None:
    root = parsed(interval_chart(chart_rows(estimate_row()), hostile))
    assert root.get("aria-label") == hostile
    assert root.get("role") == "img"


NAMES = [
    "<script>alert(1)</script>", "a & b", 'say "yes"', "it's", "$5 to $10", "$^$", "US$_$", "back\\slash",
    "two\nlines", "100 %", "a_b^c", "{x}", "", " ", "አዲስ አበባ", "北京市", "القاهرة", "Đà Nẵng", "😀",
    "_hidden",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_and_units_are_shown_as_they_are(estimate_row: Row, chart_rows: Rows, name: str) -> None:
    rows = chart_rows(estimate_row(unit=name), estimate_row(domain=name, unit=name))
    root = parsed(interval_chart(rows, "a chart"))
    shown = " ".join(texts(root)).replace("\u00a0", " ")
    assert [word for word in name.split() if shown.count(word) < 2] == []
    assert "script" not in {element.tag.removeprefix(SVG) for element in root.iter()}


def test_settings_of_the_user_do_not_change_a_chart(
    estimate_row: Row, chart_rows: Rows, tmp_path: Path
) -> None:
    rows = chart_rows(estimate_row(), estimate_row(domain="North"))
    expected = interval_chart(rows, "a chart")
    settings = tmp_path / "matplotlibrc"
    settings.write_text("axes.facecolor: red\nlines.linestyle: --\nxtick.labelsize: 20\n", encoding="utf-8")
    with mpl.rc_context(fname=settings):
        assert interval_chart(rows, "a chart") == expected
    assert len(expected) > 3000


@pytest.mark.parametrize("name", ["a\x01b", "a\x0bb", "a\x00b", "a\ufffeb"])
def test_control_characters_do_not_break_the_chart(estimate_row: Row, chart_rows: Rows, name: str) -> None:
    root = parsed(interval_chart(chart_rows(estimate_row(), estimate_row(domain=name)), name))
    assert lines(root)["markers"] == 2


@pytest.mark.parametrize("value", [0.0, 1e-12, 1e15, -1e15, -0.5, 1e300, 1e-300, math.nan, math.inf])
def test_extreme_values_are_drawn(estimate_row: Row, chart_rows: Rows, value: float) -> None:
    rows = [
        estimate_row(estimate=value, lower=value * 0.9, upper=value * 1.1),
        estimate_row(domain="North", estimate=value / 2, lower=math.nan, upper=math.nan),
    ]
    root = parsed(interval_chart(chart_rows(*rows), "a chart"))
    assert "Country" in texts(root)


def test_rows_that_all_do_not_exist_are_drawn(estimate_row: Row, chart_rows: Rows, nan: float) -> None:
    empty = {"estimate": nan, "se": nan, "lower": nan, "upper": nan}
    rows = [estimate_row(**empty), estimate_row(domain="North", **empty)]
    root = parsed(interval_chart(chart_rows(*rows), "a chart"))
    assert {"Country", "North"} <= set(texts(root))
