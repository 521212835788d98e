"""The pages on sampling show what a reader gets: examples run, tables are those of the code."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

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
