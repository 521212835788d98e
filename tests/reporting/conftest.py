"""Estimates to report on, made by the package or row by row."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs

HOSTILE = "<script>alert('1')</script> \"quoted\" & Co. \\1 \\g<0>"


def figure(name: str = "Built-up area", domain: str = "all", **values: Any) -> cs.Estimate:
    """A row with values of one's own."""
    row = cs.Estimate(
        name=name, indicator="", estimand="", unit="ha", period="2025",
        by="national" if domain == "all" else "region", domain=domain,
        estimate=120.0, se=10.0, cv=10.0 / 120.0, lower=100.0, upper=140.0, confidence_level=0.95, df=9.0,
        interval_method="t", variance_method="srs", deff=1.1, n=12, n_respondents=12, n_certainty=1,
        N=30, frame_share=1.0, quality="", note="", record_id="0123456789abcdef",
    )  # fmt: skip
    return replace(row, **values)


@pytest.fixture(scope="session")
def estimate_row() -> Callable[..., cs.Estimate]:
    return figure


@pytest.fixture(scope="session")
def as_estimates() -> Callable[..., cs.Estimates]:
    """Rows as estimates."""

    def wrap(*rows: cs.Estimate) -> cs.Estimates:
        formulas = {row.name: "total(built)" for row in rows}
        return cs.Estimates(rows, np.zeros((len(rows), len(rows))), formulas)

    return wrap


@pytest.fixture(scope="session")
def chart_rows(as_estimates: Callable[..., cs.Estimates]) -> Callable[..., pd.DataFrame]:
    """Rows as the table of one indicator."""
    return lambda *rows: as_estimates(*rows).to_frame()


@pytest.fixture(scope="session")
def hostile() -> str:
    """A name that is markup, quotes and a pattern at once."""
    return HOSTILE


@pytest.fixture(scope="session")
def nan() -> float:
    return math.nan
