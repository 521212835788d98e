"""A package that is not installed is named, with the command that installs it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pandas as pd
import pytest

import citysample as cs
from citysample.reference_frames import extras
from citysample.reporting.charts import interval_chart
from citysample.reporting.html_report import ReportContent, html_report

Refused = Callable[..., AbstractContextManager[None]]


def without(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Let the import of a package fail as if it were not installed."""
    real = importlib.import_module

    def import_module(name: str) -> Any:
        if name.split(".", maxsplit=1)[0] == missing:
            raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)
        return real(name)

    monkeypatch.setattr("citysample.reference_frames.extras.import_module", import_module)


@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_a_missing_package_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, refused: Refused, package: str,
    estimate_row: Callable[..., cs.Estimate], as_estimates: Callable[..., cs.Estimates],
) -> None:  # fmt: skip
    estimates = as_estimates(estimate_row())
    empty = pd.DataFrame()
    content = ReportContent("title", (), estimates, empty, empty, empty)
    makers: dict[str, Callable[[], object]] = {
        "matplotlib": lambda: interval_chart(estimates.to_frame(), "a chart"),
        "jinja2": lambda: html_report(content),
    }
    without(monkeypatch, package)
    with refused("EXTRA-MISSING", f"'{package}'", 'pip install "citysample[report]"', "'report'"):
        makers[package]()
    assert len(makers) == 2


def test_a_package_that_is_there_is_returned() -> None:
    assert extras.require("json", "report") is sys.modules["json"]


def test_a_broken_package_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> Any:
        raise ImportError(f"cannot import name 'x' from '{name}'")

    monkeypatch.setattr("citysample.reference_frames.extras.import_module", import_module)
    with pytest.raises(ImportError) as caught:
        extras.require("jinja2", "report")
    assert not isinstance(caught.value, cs.CitySampleError)
    assert "cannot import name" in str(caught.value)
