"""The pages on estimates show what a reader gets, and what R printed."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from citysample.estimators.limits import AUTOMATIC

FROM_R = "how-to/from-r"

PAGES = {
    "explanation/variance": (".", 2),
    "how-to/city-standard-errors": (".", 4),
    "how-to/estimate-functions": ("examples/switzerland", 5),
    FROM_R: (".", 10),
}
"""Pages, the folder where their blocks run, and the outputs that they show."""

REGISTRIES = {
    "sampling/methods.py": ("FORM_NEEDS", "VARIANCE_FORMS"),
    "estimators/forms/registry.py": ("FORMS",),
    "estimators/intervals/methods.py": ("INTERVALS",),
    "estimators/evidence.py": ("FINDERS",),
    "estimators/limits.py": ("AUTOMATIC",),
    "estimators/replicates/methods.py": ("REPLICATE_METHODS",),
    "estimators/df_rules.py": ("DF_RULES",),
    "estimators/functions/dual.py": ("FUNCTIONS",),
    "estimators/functions/parse.py": ("ESTIMATORS",),
}
"""Where the page on the architecture says that something is added."""


class RBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A block of the page in R: its lines, and what R printed."""

    code: list[str]
    output: list[str]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    """The file that `golden/from_r.R` wrote."""

    r: str
    survey: str
    blocks: list[RBlock]


def text_of(root: Path, name: str) -> str:
    return (root / "docs" / f"{name}.md").read_text(encoding="utf-8")


def outputs(page: str) -> Iterator[tuple[str, str]]:
    """For each shown output: what the Python block before it prints, and what is shown."""
    names: dict[str, object] = {}
    printed = ""
    for kind, block in re.findall(r"```(python|text)\n(.*?)```", page, re.DOTALL):
        if kind == "text":
            yield printed, block
            continue
        with contextlib.redirect_stdout(io.StringIO()) as found:
            exec(compile(block, "page", "exec"), names)
        printed = found.getvalue()


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_of_a_page_give_the_output_shown(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, number = PAGES[name]
    monkeypatch.chdir(root / folder)
    compared = list(outputs(text_of(root, name)))
    assert len(compared) == number
    for printed, shown in compared:
        assert lines(shown)
        assert lines(printed) == lines(shown)


def test_the_page_on_r_shows_what_r_printed(root: Path) -> None:
    golden = msgspec.json.decode((root / "tests/golden/from_r.json").read_bytes(), type=Golden)
    page = text_of(root, FROM_R)
    assert f"R {golden.r} with survey {golden.survey}" in page
    blocks = [lines(block) for block in re.findall(r"```r\n(.*?)```", page, re.DOTALL)]
    assert len(blocks) == len(golden.blocks) == 10
    for shown, block in zip(blocks, golden.blocks, strict=True):
        assert block.output
        assert shown == [*block.code, *(f"#> {line}" for line in block.output)]


SAME = (
    *("9.4089", "114642", "0.007757103", "12.38248", "14.93713", "16.21471", "15.335", "30.099"),
    *("2604404", "2406526", "2447629", "0.007772509", "11163", "13.18406", "0.5687211", "0.7036758"),
    *("8.7594949", "0.2757655", "0.3879165", "0.0036", "2.0511", "12.698", "643.8462", "680.8425"),
)
"""Standard errors and limits of R, as R rounds them, that our output on the page must show, too."""


def numbers(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.])-?\d+\.?\d*(?![\w.])", text))


def test_both_programs_print_the_same_standard_errors(root: Path) -> None:
    page = text_of(root, FROM_R)
    ours = [
        float(number)
        for shown in re.findall(r"```text\n(.*?)```", page, re.DOTALL)
        for number in numbers(shown)
    ]
    theirs = numbers("\n".join(re.findall(r"^#>(.*)$", page, re.MULTILINE)))
    assert len(SAME) == 24
    for number in SAME:
        assert number in theirs
        # Six digits are printed here.
        decimals = len(number.partition(".")[2])
        allowed = max(0.5 * 10.0**-decimals, 5.1e-6 * float(number)) * (1.0 + 1e-9)
        assert min(abs(value - float(number)) for value in ours) <= allowed, number


def test_the_registries_named_in_the_architecture_exist(root: Path) -> None:
    page = text_of(root, "explanation/architecture")
    named = 0
    for path, registries in REGISTRIES.items():
        source = (root / path).read_text(encoding="utf-8")
        for registry in registries:
            assert re.search(rf"^{registry}\b.*=", source, re.MULTILINE), registry
            assert f"`{registry}`" in page
            named += 1
    assert named == 10


def test_the_table_of_automatic_intervals_is_that_of_the_code(root: Path) -> None:
    page = text_of(root, "explanation/intervals")
    part = page.partition("## What `auto` takes")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| ([^|]+) \| `(\w+)`", part, re.MULTILINE)
    words = {
        "share of people, of land": "share",
        "share of cities": "proportion",
        "quantile": "quantile",
        "total, mean, geometric mean": "positive",
        "number of cities": "count",
        "all else: ratios of different things, differences, regression": "any",
    }
    assert [kind for kind, _ in shown[1:]] == list(words)
    for kind, method in shown[1:]:
        assert AUTOMATIC.get(words[kind], "t") == method
    assert set(AUTOMATIC) | {"any"} == set(words.values())
