"""Regression, correlation, geometric mean and separate ratio against closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Refused

import citysample as cs
from citysample.reference_frames.columns import FloatArray

RNG = np.random.default_rng(5)
n = 40
TABLE = pd.DataFrame(
    {
        "zone": np.repeat(["N", "S"], n // 2),
        "N_h": np.repeat([50, 90], n // 2),
        "part": RNG.choice(["a", "b", "c"], n),
        "x": RNG.lognormal(1.0, 0.6, n),
        "v": RNG.normal(size=n),
        "year": 2000.0 + RNG.integers(0, 20, n),
    }
)
TABLE["y"] = 2.0 + 0.7 * TABLE["x"] - 0.4 * TABLE["v"] + RNG.lognormal(0.0, 0.5, n)
WEIGHTS = (TABLE["N_h"] / (n // 2)).to_numpy()


def survey(table: pd.DataFrame = TABLE) -> cs.WeightedSample:
    return cs.CitySample.from_table(table, strata="zone", fpc="N_h")


def variance_of_total(z: FloatArray) -> float:
    """Stratified simple random sampling with fpc, of sum w z."""
    total = 0.0
    for zone in ("N", "S"):
        rows = (TABLE["zone"] == zone).to_numpy()
        m, N = int(rows.sum()), float(TABLE["N_h"][rows].iloc[0])
        total += N**2 * (1 - m / N) * float(np.var(z[rows], ddof=1)) / m
    return total


def regression(columns: list[str], rows: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Coefficients with the constant first, and the linearised variable of each, by plain algebra."""
    X = np.column_stack([np.ones(n), *(TABLE[name] for name in columns)])
    w = WEIGHTS * rows
    inverse = np.linalg.inv(X.T @ (w[:, None] * X))
    beta = inverse @ (X.T @ (w * TABLE["y"].to_numpy()))
    return beta, (X * ((TABLE["y"].to_numpy() - X @ beta) * rows)[:, None]) @ inverse


@pytest.mark.parametrize("columns", [["x"], ["x", "v"], ["v", "x", "year"]], ids=" ".join)
def test_coefficients_are_those_of_the_normal_equations(columns: list[str]) -> None:
    compared = 0
    for j, of in enumerate(["intercept", *columns]):
        rows = survey().estimate(cs.Coefficient("y", of, columns), by="part").rows
        for row in rows:
            inside = np.ones(n) if row.domain == "all" else (TABLE["part"] == row.domain).to_numpy(float)
            beta, z = regression(columns, inside)
            assert row.estimate == pytest.approx(beta[j], rel=1e-8)
            assert row.se**2 == pytest.approx(variance_of_total(z[:, j]), rel=1e-7)
            compared += 1
    assert compared == 4 * (len(columns) + 1)


def test_the_correlation_and_its_linearised_variable() -> None:
    row = survey().estimate("correlation(x, y)").rows[0]
    x, y, W = TABLE["x"].to_numpy(), TABLE["y"].to_numpy(), WEIGHTS.sum()
    dx, dy = x - WEIGHTS @ x / W, y - WEIGHTS @ y / W
    sx, sy = math.sqrt(WEIGHTS @ dx**2 / W), math.sqrt(WEIGHTS @ dy**2 / W)
    r = float(WEIGHTS @ (dx * dy) / W / sx / sy)
    z = (dx * dy / sx / sy - r / 2 * (dx**2 / sx**2 + dy**2 / sy**2)) / W
    assert row.estimate == pytest.approx(r, rel=1e-12)
    assert row.se**2 == pytest.approx(variance_of_total(z), rel=1e-10)


@given(st.floats(-1e6, 1e6), st.floats(0.01, 100.0), st.sampled_from([-1.0, 1.0]))
def test_correlation_knows_neither_origin_nor_unit(shift: float, scale: float, sign: float) -> None:
    changed = TABLE.assign(x=shift + sign * scale * TABLE["x"])
    before, after = (survey(t).estimate("correlation(x, y)").rows[0] for t in (TABLE, changed))
    assert after.estimate == pytest.approx(sign * before.estimate, rel=1e-6)
    assert after.se == pytest.approx(before.se, rel=1e-5)


def test_a_column_is_perfectly_correlated_with_itself_and_its_slope_on_itself_is_one() -> None:
    found = survey().estimate({"r": "correlation(x, x)", "b": "coefficient(x, x)"})
    for row in found.rows:
        assert row.estimate == pytest.approx(1.0, rel=1e-12)
        assert row.se < 1e-9
    assert len(found.rows) == 2


def test_the_slope_is_the_correlation_times_the_ratio_of_spreads() -> None:
    product = survey().estimate("correlation(x, y) / coefficient(y, x)").rows[0]
    x, y, W = TABLE["x"].to_numpy(), TABLE["y"].to_numpy(), WEIGHTS.sum()
    spread = [math.sqrt(WEIGHTS @ (v - WEIGHTS @ v / W) ** 2) for v in (x, y)]
    assert product.estimate == pytest.approx(spread[0] / spread[1], rel=1e-12)


def test_collinear_regressors_have_no_coefficients() -> None:
    table = TABLE.assign(twice=2 * TABLE["x"] + 3, same=7.0)
    for columns in (["x", "twice"], ["same"], ["x", "v", "twice"]):
        row = survey(table).estimate(cs.Coefficient("y", columns[0], columns)).rows[0]
        assert math.isnan(row.estimate)
        assert "collinear" in row.note
    small = table.assign(part=["tiny"] * 2 + ["rest"] * (n - 2))
    rows = {r.domain: r for r in survey(small).estimate("coefficient(y, x, x, v)", by="part").rows}
    assert "collinear" in rows["tiny"].note
    assert rows["rest"].se > 0.0


def test_the_geometric_mean_is_the_exponential_of_the_mean_logarithm() -> None:
    logs = survey(TABLE.assign(lx=np.log(TABLE["x"])))
    rows = logs.estimate({"g": "geometric_mean(x)", "e": "exp(mean(lx))"}, by="part").rows
    for g, e in zip(rows[:4], rows[4:], strict=True):
        assert (g.estimate, g.se) == pytest.approx((e.estimate, e.se), rel=1e-12)
    assert len(rows) == 8


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_a_geometric_mean_needs_positive_numbers(refused: Refused, bad: float) -> None:
    table = TABLE.copy()
    table.loc[[3, 8], "x"] = bad
    with refused("DATA-VALUE-INVALID", "geometric_mean(x)", "'4', '9'", "above 0"):
        survey(table).estimate("geometric_mean(x)")


def test_the_separate_ratio_is_the_weighted_sum_of_the_ratios_of_strata() -> None:
    known = {"N": 300.0, "S": 200.0}
    row = survey().estimate(cs.SeparateRatio("y", "x", known)).rows[0]
    estimate, z = 0.0, np.zeros(n)
    for zone, X in known.items():
        rows = (TABLE["zone"] == zone).to_numpy(float) * WEIGHTS
        R = float(rows @ TABLE["y"] / (rows @ TABLE["x"]))
        estimate += X / 500 * R
        inside = (TABLE["zone"] == zone).to_numpy(float)
        z += X / 500 * inside * (TABLE["y"] - R * TABLE["x"]).to_numpy() / float(rows @ TABLE["x"])
    assert row.estimate == pytest.approx(estimate, rel=1e-12)
    assert row.se**2 == pytest.approx(variance_of_total(z), rel=1e-10)
    one = survey().estimate(cs.SeparateRatio("y", "x", {"N": 1.0})).rows[0]
    north = survey().estimate("ratio(y, x)", by="zone").rows[1]
    assert (one.estimate, one.se) == pytest.approx((north.estimate, north.se), rel=1e-12)


def test_known_totals_may_come_from_a_table() -> None:
    series = pd.Series({"N": 300.0, "S": 200.0})
    assert cs.SeparateRatio("y", "x", series) == cs.SeparateRatio("y", "x", {"N": 300.0, "S": 200.0})


def test_the_total_of_a_separate_ratio_is_its_known_total_times_it() -> None:
    text = "500 * separate_ratio(y, x, 'N', 300, 'S', 200)"
    total, ratio = (survey().estimate(t).rows[0] for t in (text, text.removeprefix("500 * ")))
    assert (total.estimate, total.se) == pytest.approx((500 * ratio.estimate, 500 * ratio.se), rel=1e-12)


@pytest.mark.parametrize("known", [{}, {"N": 0.0}, {"N": -1.0}, {"N": math.inf}, [("N", 1.0), ("N", 2.0)]])
def test_known_totals_must_be_sound(refused: Refused, known: Any) -> None:
    with refused("EXPRESSION-INVALID", "known totals", "each stratum once"):
        cs.SeparateRatio("y", "x", known)


def test_a_separate_ratio_has_no_domains_and_no_strata_of_its_own(refused: Refused) -> None:
    for indicator in (cs.SeparateRatio("y", "x", {"N": 1.0}), "10 * separate_ratio(y, x, 'N', 1)"):
        with refused("ESTIMATE-CHOICE-UNKNOWN", "separate ratio", "by"):
            survey().estimate(indicator, by="part")
    with refused("ESTIMATE-LEVEL-UNKNOWN", "no stratum 'M'", "'N', 'S'"):
        survey().estimate(cs.SeparateRatio("y", "x", {"M": 1.0}))


@pytest.mark.parametrize(
    ("outcome", "of", "regressors"),
    [("y", "v", ["x"]), ("y", "intercept", []), ("y", "x", ["x", "x"]), ("y", "x", ["x", "intercept"])],
)
def test_a_coefficient_must_be_that_of_a_regressor(
    refused: Refused, outcome: str, of: str, regressors: list[str]
) -> None:
    with refused("EXPRESSION-INVALID", "coefficient cannot be estimated"):
        cs.Coefficient(outcome, of, regressors)


@pytest.mark.parametrize(
    ("p", "rule"), [(0.0, "math"), (1.0, "math"), (True, "math"), (50, "math"), (0.5, "r7")]
)
def test_a_quantile_needs_a_part_and_a_rule(refused: Refused, p: Any, rule: str) -> None:
    with refused("EXPRESSION-INVALID", "quantile cannot be estimated", "'hf7'"):
        cs.Quantile("y", p, rule)


TEXTS = [
    "geometric_mean(x)",
    "quantile('built-up area', 0.5)",
    "quantile(x, 0.25, 'hf7')",
    "correlation(x, y)",
    "coefficient(y, x)",
    "coefficient(y, x, x, v)",
    "coefficient(y, intercept, x)",
    "separate_ratio(y, x, 'North', 3100000, \"it's\", 0.5)",
    "quantile(x, 0.9) / quantile(x, 0.1)",
    "exp(log(geometric_mean(x)) + coefficient(y, x) * 2)",
]


@pytest.mark.parametrize("text", TEXTS)
def test_their_texts_are_read_back(text: str) -> None:
    expression = cs.parse(text)
    assert str(expression) == text
    assert cs.parse(str(expression)) == expression


@pytest.mark.parametrize(
    "text",
    ["quantile(x)", "quantile(x, 0.5, 'hf7', 1)", "quantile(0.5, x)", "separate_ratio(y, x, 'N')",
     "separate_ratio(y, x, 'N', z)", "coefficient(y)", "correlation(x)", "geometric_mean(x, y)"],
)  # fmt: skip
def test_other_texts_are_refused(refused: Refused, text: str) -> None:
    with refused("EXPRESSION-INVALID"):
        cs.parse(text)


def test_a_ratio_of_quantiles_has_the_variance_of_its_gradient() -> None:
    found = survey().estimate(
        {"a": "quantile(x, 0.9)", "b": "quantile(x, 0.1)", "r": "quantile(x, 0.9) / quantile(x, 0.1)"}
    )
    a, b, r = (row.estimate for row in found.rows)
    gradient = np.array([1 / b, -a / b**2, 0.0])
    assert r == pytest.approx(a / b, rel=1e-14)
    assert found.rows[2].se ** 2 == pytest.approx(float(gradient @ found.covariance @ gradient), rel=1e-10)
    assert [row.interval_method for row in found.rows] == ["woodruff", "woodruff", "t"]
