"""The page on the next round shows what a reader gets: its files are written, its commands run."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from citysample.cli import cli

BLOCK = re.compile(r"```(python|text|toml|console)\n(.*?)```", re.DOTALL)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_the_page_shows_what_a_reader_gets(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (root / "docs/how-to/next-round.md").read_text(encoding="utf-8")
    shutil.copy(root / "examples/switzerland/frame.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    compared, printed = 0, ""
    for kind, text in BLOCK.findall(page):
        first, _, rest = text.partition("\n")
        if kind == "toml":
            Path(first.removeprefix("# ")).write_text(rest, encoding="utf-8")
        elif kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as found:
                exec(compile(text, "page", "exec"), names)
            printed = found.getvalue()
        elif kind == "console":
            result = CliRunner().invoke(
                cli, shlex.split(first.removeprefix("$ citysample ")), catch_exceptions=False
            )
            assert result.exit_code == 0
            assert lines(rest) == lines(result.output)
            compared += 1
        else:
            assert lines(text) == lines(printed)
            compared += 1
    assert compared == 5
