"""What the exported scripts found in R is what citysample estimates; the scripts are those that were run."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from tests.golden.export.cases import CASES, HERE

by_name = pytest.mark.parametrize("name", CASES)
ROUNDING = 1e-8
"""A standard error below this part of its estimate is zero: the root of a rounding error of 1e-16."""


@by_name
def test_the_script_is_the_one_that_r_ran(name: str) -> None:
    files = CASES[name].export()
    assert files["figures.R"] == (HERE / name / "figures.R").read_bytes()
    extra = {"joint": {"joint.csv"}, "replicates": {"replicates.csv"}}.get(CASES[name].kind, set())
    assert set(files) == {"data.csv", "figures.R", "expected.csv", "README.txt"} | extra


@by_name
def test_r_finds_the_expected_figures(name: str) -> None:
    expected = pd.read_csv(io.BytesIO(CASES[name].export()["expected.csv"]))
    both = expected.merge(pd.read_csv(HERE / name / "results.csv"), on="figure", suffixes=("", "_r"))
    assert len(both) == (expected["same"] != "nothing").sum() >= 8
    np.testing.assert_allclose(both["estimate_r"], both["estimate"], rtol=1e-9)
    with_se = both[both["same"] == "estimate and se"]
    assert len(with_se) >= len(both) * 13 // 14
    # The linearised variable of a correlation near 1 loses digits.
    slack = 1e-9 * with_se["se"] + 1e-12 * with_se["estimate"].abs()
    near = (with_se["se_r"] - with_se["se"]).abs() <= slack
    zero = with_se[["se", "se_r"]].max(axis=1) <= ROUNDING * with_se["estimate"].abs()
    assert (near | zero).all()
    assert near.sum() >= len(with_se) - 6


def test_there_is_a_case_for_each_kind_and_a_folder_for_each_case() -> None:
    assert {case.kind for case in CASES.values()} == {
        "stages", "with_replacement", "joint", "poisson", "brewer", "replicates",
    }  # fmt: skip
    page = HERE.parents[2] / "docs" / "how-to" / "export-to-other-programs.md"
    assert f"run for {len(CASES)} designs" in page.read_text(encoding="utf-8")
    assert {path.name for path in HERE.iterdir() if (path / "figures.R").is_file()} == set(CASES)
