"""The pages on sampling show what a reader gets: examples run, tables are those of the code."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

import citysample as cs
from citysample.reference_frames.readers.read_table import read_table

PAGES = {
    "explanation/randomness": 1,
    "how-to/choose-a-design": 2,
    "how-to/decide-the-sample-size": 6,
    "how-to/form-strata": 4,
    "how-to/sample-inside-cities": 3,
    "how-to/substitutes-and-fixed-cities": 4,
}
"""Pages and the outputs that they show."""


def outputs(page: Path) -> list[tuple[str, str]]:
    """For each shown output of a page: what the Python block before it prints, and what is shown."""
    names: dict[str, object] = {}
    compared, printed = [], ""
    blocks = re.findall(r"```(python|text)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for kind, text in blocks:
        if kind == "text":
            compared.append((printed, text))
            continue
        with contextlib.redirect_stdout(io.StringIO()) as found:
            exec(compile(text, str(page), "exec"), names)
        printed = found.getvalue()
    return compared


def without_trailing_blanks(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_give_the_output_shown(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "examples" / "switzerland")
    compared = outputs(root / "docs" / f"{name}.md")
    assert len(compared) == PAGES[name]
    for printed, shown in compared:
        assert without_trailing_blanks(printed) == without_trailing_blanks(shown)


def test_the_precision_of_size_classes_is_as_shown(root: Path, swiss_frame: cs.CityFrame) -> None:
    page = (root / "docs" / "how-to" / "form-strata.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`(?:, r2 = ([\d.]+))? \| ([\d.]+) \|$", page, re.MULTILINE)
    assert len(rows) == 6
    measured = read_table(root / "examples/switzerland/measurements.csv", text=["commune"]).table
    built_up = measured.set_index("commune")["built_up_ha"].astype(float)
    # Finding the optimum takes seconds, so it is done for one r2 only.
    quick = [row for row in rows if row[1] in ("", "0.8")]
    assert len(quick) == 4
    for rule, r2, shown in quick:
        best: dict[str, Any] = {"r2": float(r2), "n": 120, "take_all": True} if r2 else {}
        classes = cs.SizeClasses("class", "population", classes=4, rule=rule, **best)
        design = cs.SampleDesign(
            ["class"], size_classes=[classes], allocation=cs.Neyman(120, proxy="population")
        )
        plan = design.plan(swiss_frame)
        variance, sizes = 0.0, plan.strata["n"].to_dict()
        for label, cities in plan.cities.groupby("stratum", observed=True):
            N, n = len(cities), sizes[label]
            variance += N * (N - n) / n * float(built_up[cities.index].var())
        assert f"{100 * variance**0.5 / float(built_up.sum()):.1f}" == shown, (rule, r2)
