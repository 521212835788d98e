"""The page on designs lists the methods as the code has them, and the precision that was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from citysample.sampling.methods import METHODS, VARIANCE_FORMS, SamplingMethod


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "how-to" / "choose-a-design.md").read_text(encoding="utf-8")


def table(page: str, mark: str) -> list[list[str]]:
    """The cells of the table after an HTML comment, without its head."""
    found = re.search(rf"<!-- {mark} -->\n((?:\|.*\n)+)", page)
    assert found is not None, mark
    lines = found[1].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def forms(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def expected_row(method: SamplingMethod) -> list[str]:
    """The row of a method, made from the registry."""
    options = ["balance"] * method.balanced + ["spread"] * method.spread
    if method.ordered != "never":
        options.append("order, optional")
    joint = "exact" if method.joint is not None else "none"
    if method.joint is not None and method.ordered == "optional":
        joint = "in a given order"
    if method.name == "brewer":
        joint = "in small strata"
    substitutes = "next numbers" if method.ranking is not None else "random order"
    return [
        f"`{method.name}`",
        "fixed" if method.fixed_size else "random",
        "equal" if method.equal_probability else "size or equal",
        ", ".join(options),
        joint,
        "yes" if method.zero_pairs else "no",
        forms(method.variance),
        "yes" if method.coordinated else "no",
        substitutes if method.fixed_size else "none",
    ]


def test_the_table_of_methods_is_the_registry(page: str) -> None:
    rows = table(page, "methods")
    assert len(rows) == len(METHODS) == 12
    for row, method in zip(rows, METHODS.values(), strict=True):
        assert row == expected_row(method)


def test_each_method_is_said_to_be_good_for_something(page: str) -> None:
    part = page.split("## What each method is good for")[1].split("## ", maxsplit=1)[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(METHODS)


def test_the_other_draws_are_the_other_variance_forms(page: str) -> None:
    rows = table(page, "other draws")
    assert {row[0].strip("`"): row[1] for row in rows} == {
        name: forms(names) for name, names in VARIANCE_FORMS.items() if name not in METHODS
    }


def test_the_precision_shown_is_that_of_the_benchmark(page: str, root: Path) -> None:
    measured = (root / "benchmarks" / "design_cv.md").read_text(encoding="utf-8")
    found = re.findall(r"<!-- (?:design cvs|spread) -->\n((?:\|.*\n)+)", page)
    assert len(found) == 2
    assert all(shown in measured for shown in found)
    assert sum(len(shown.splitlines()) for shown in found) == measured.count("\n|")


def test_the_gain_quoted_in_the_readme_was_measured(root: Path) -> None:
    measured = (root / "benchmarks" / "design_cv.md").read_text(encoding="utf-8")
    cells = re.findall(
        r"^\| (?:`srs`, certainty, region|the same with `cube`)[^|]+\| ([\d.]+) ", measured, re.MULTILINE
    )
    assert len(cells) == 2
    readme = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    assert f"brings the CV of the built-up area from {cells[0]} to {cells[1]} %" in readme


def test_the_randomness_page_counts_the_numbers_of_each_method(root: Path) -> None:
    text = (root / "docs" / "explanation" / "randomness.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (u_k|start|stream) \| ([^|]+) \|$", text, re.MULTILINE)
    sources = {"u_k": "permanent", "start": "start", "stream": "stream"}
    checked = 0
    for names, source, count in rows:
        formula = re.sub(r"(\d)([Nn])", r"\1 * \2", count.strip())
        for name in re.findall(r"`(\w+)`", names):
            method = METHODS[name]
            assert method.randomness == sources[source], name
            for N, n in ((8, 3), (40, 11), (7, 6)):
                numbers = method.uniforms("seed", "all", [f"{k:02}" for k in range(N)], n)
                assert numbers.size == eval(formula, {"N": N, "n": n}), name
            checked += 1
    assert checked == 12
