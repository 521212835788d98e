"""The page about cities from a grid: its examples run and print what it shows; its table is the rules."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from citysample.reference_frames.degurba.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "cities-from-a-grid.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_examples_print_what_the_page_shows(page: str) -> None:
    shown = re.findall(r"<!-- \w+ -->\n```text\n(.*?)```", page, re.DOTALL)
    printed: list[str] = []
    names: dict[str, Any] = {}
    for source in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(source, "page", "exec"), names)
        printed.append(out.getvalue())
    assert len(shown) == 3
    assert [text for text in printed if text] == shown
    assert names["rules"].built_up == 0.2


def test_the_table_of_rules_is_the_rules(page: str) -> None:
    (header,) = re.findall(r"^\| \| (.*) \|$", page, re.MULTILINE)
    assert re.findall(r'"(\d+)"', header) == list(RULES)
    row = {
        name: cells
        for name, *cells in re.findall(
            r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE
        )
    }
    how = {4: "by sides", 8: "by sides or corners"}
    checked = 0
    for name, field in (
        ("urban centre", "centre"),
        ("urban cluster", "cluster"),
        ("dense urban cluster", "dense"),
        ("semi-dense urban cluster", "semi_dense"),
        ("rural cluster", "rural_cluster"),
    ):
        said = row[name][0]
        for cell, rules in zip(row[name], RULES.values(), strict=True):
            said = said if cell.startswith("same") else cell
            rule = getattr(rules, field)
            assert said == f"{rule.density:,} per km2, {how[rule.contiguity]}, {rule.total:,} people"
            checked += 1
    assert checked == 15
    distances = [rules.semi_dense_distance for rules in RULES.values()]
    assert distances == [3, 3, 2]
    assert row["its distance to centres and dense clusters"] == [
        "more than 3 cells",
        "same",
        "more than 2 cells",
    ]
    assert row["or built up, share of land"][0] == str(RULES["2022"].built_up)
    assert {rules.gap_area for rules in RULES.values()} == {15}
