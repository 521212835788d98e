"""Class variables and growth rates that the study file asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import pytest

import citysample as cs
from citysample.study.inputs import load_inputs

Refused = Callable[..., AbstractContextManager[None]]

STUDY = """
[study]
title = "t"
[frame]
file = "frame.xlsx"
id = "code"
size = "p2025"
{variables}
[design]
n = 4
"""
GROWTH = '[[frame.growth]]\nname = "rate"\nstart = "p2015"\nend = "p2025"\nyears = {years}\n'


def frame_of(folder: Path, variables: str) -> cs.CityFrame:
    table = pd.DataFrame(
        {"p2015": [10, 20, 30, 40, 50, 60], "p2025": [20, 21, 30, 80, 40, 66]},
        index=pd.Index(["01", "02", "03", "04", "05", "06"], name="code"),
    )
    table.to_excel(folder / "frame.xlsx", engine="xlsxwriter")
    (folder / "study.toml").write_text(STUDY.format(variables=variables), encoding="utf-8")
    return load_inputs(folder / "study.toml").frame()


def test_growth_classes_from_a_spreadsheet(tmp_path: Path) -> None:
    classes = (
        '[[frame.classes]]\nname = "growth"\ncolumn = "rate"\nbounds = [0.001, 3]\n'
        'labels = ["none", "slow", "fast"]\n'
        '[[frame.classes]]\nname = "half"\ncolumn = "p2025"\nquantiles = 2\nlabels = ["small", "large"]\n'
    )
    found = frame_of(tmp_path, GROWTH.format(years=10) + classes).cities
    assert found["growth"].tolist() == ["fast", "slow", "none", "fast", "none", "slow"]
    assert found["half"].tolist() == ["small", "small", "small", "large", "large", "large"]
    assert found.index.tolist() == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize(
    ("variables", "place", "word"),
    [
        (
            '[[frame.classes]]\nname = "c"\ncolumn = "p2025"\n',
            "frame.classes[0]",
            "either bounds or quantiles",
        ),
        ('[[frame.classes]]\nname = "c"\ncolumn = "p2025"\nquantiles = 1\n', "frame.classes[0]", "2 or more"),
        ('[[frame.classes]]\nname = "c"\ncolumn = "p2052"\nquantiles = 2\n', "frame.classes[0]", "'p2025'"),
        (GROWTH.format(years=10).replace("p2015", "p2051"), "frame.growth[0]", "'p2015'"),
    ],
)
def test_an_error_names_its_place(tmp_path: Path, variables: str, place: str, word: str) -> None:
    with pytest.raises(cs.FrameError) as caught:
        frame_of(tmp_path, variables)
    assert place in str(caught.value)
    assert word in str(caught.value)


def test_years_must_be_above_zero(tmp_path: Path, refused: Refused) -> None:
    with refused("STUDY-VALUE-INVALID", "frame.growth[0].years"):
        frame_of(tmp_path, GROWTH.format(years=0))
