"""Intervals that need more than a standard error, from the survey to the row; notes beside figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused

import citysample as cs
from citysample.estimators.intervals.exact import CityCounts, exact_interval
from citysample.estimators.intervals.ratios import fieller_interval
from citysample.estimators.replicates.methods import make_replicates
from citysample.sampling.randomness import random_stream

TABLE = pd.DataFrame(
    {
        "zone": list("NNNNNSSSSS"),
        "N_h": [12] * 5 + [30] * 5,
        "part": list("aabbbaabbb"),
        "y": [3.0, 8.0, 4.0, 6.0, 2.0, 20.0, 31.0, 26.0, 17.0, 40.0],
        "x": [10.0, 12.0, 20.0, 9.0, 8.0, 50.0, 60.0, 55.0, 31.0, 90.0],
        "gain": [-4.0, 3.0, 1.0, -2.0, 2.5, 5.0, -3.0, 1.0, -6.0, 4.0],
        "flag": [1, 0, 0, 1, 0, 1, 0, 0, 0, 0],
        "none": 0,
        "all": 1,
    }
)


def survey() -> cs.WeightedSample:
    return cs.CitySample.from_table(TABLE, strata="zone", fpc="N_h")


@pytest.mark.parametrize("text", ["ratio(y, x)", "mean(y)", "(total(y) + 3) / (total(x) * 2)"])
def test_fieller_takes_both_sides_of_the_outermost_quotient(text: str) -> None:
    expression = cs.parse(text)
    sides = expression.quotient()
    assert sides is not None
    parts = survey().estimate({"n": sides[0], "d": sides[1]}, by="zone")
    rows = survey().estimate(text, by="zone", interval="fieller").rows
    V, D = parts.covariance, 3
    for d, row in enumerate(rows):
        y, x = parts.rows[d].estimate, parts.rows[D + d].estimate
        variances = V[d, d], V[D + d, D + d], V[d, D + d]
        lower, upper = fieller_interval(y, x, *variances, row.df, 0.95)
        assert (row.lower, row.upper) == pytest.approx((float(lower), float(upper)), rel=1e-9)
        assert row.interval_method == "fieller"
    assert len(rows) == D


def test_fieller_has_no_limits_where_the_denominator_may_be_zero() -> None:
    row = survey().estimate("ratio(y, gain)", interval="fieller").rows[0]
    assert math.isnan(row.lower)
    assert row.interval_method == "none"
    assert row.se > 0.0
    assert "denominator covers 0" in row.note


def test_a_quotient_with_an_uncertain_denominator_has_a_warning() -> None:
    found = survey().estimate(
        {"sure": "ratio(y, x)", "unsure": "ratio(y, gain)", "far": "total(y) / (total(gain) - 10000)"}
    )
    notes = [row.note for row in found.rows]
    assert notes == ["", "the interval of the denominator covers 0: the quotient may be anything", ""]


def test_fieller_needs_a_quotient(refused: Refused) -> None:
    with refused("ESTIMATE-INTERVAL-INVALID", "estimate 'total(y)'", "quotient of two estimates"):
        survey().estimate("total(y)", interval="fieller")


@pytest.mark.parametrize("share", [True, False])
def test_exact_limits_are_those_of_the_counts(share: bool) -> None:
    text = "proportion(flag)" if share else "total(flag)"
    row = survey().estimate(text, interval="exact").rows[0]
    counts = CityCounts(
        np.array([12, 30]), np.array([5, 5]), np.array([[2, 1]]), np.array([1 / 42 if share else 1.0])
    )
    expected = exact_interval(counts, 0.95)
    assert (row.lower, row.upper) == pytest.approx((expected[0][0], expected[1][0]), rel=1e-12)
    assert row.interval_method == "exact"
    assert row.lower < row.estimate < row.upper


def test_exact_limits_of_domains_that_are_strata() -> None:
    rows = survey().estimate("proportion(flag)", by="zone", interval="exact").rows
    for row, (N, k) in zip(rows[1:], [(12, 2), (30, 1)], strict=True):
        lower, upper = exact_interval(
            CityCounts(np.array([N]), np.array([5]), np.array([[k]]), np.array([1 / N])), 0.95
        )
        assert (row.lower, row.upper) == pytest.approx((lower[0], upper[0]), rel=1e-12)
    assert len(rows) == 3


def test_exact_limits_of_a_count_in_a_domain_that_cuts_strata() -> None:
    row = survey().estimate("total(flag)", by="part", interval="exact").rows[1]
    counts = CityCounts(np.array([12, 30]), np.array([5, 5]), np.array([[1, 1]]), np.array([1.0]))
    lower, upper = exact_interval(counts, 0.95)
    assert (row.lower, row.upper) == (lower[0], upper[0])


def test_exact_limits_know_the_cities_that_are_certain() -> None:
    table = TABLE.assign(sure=[1] + [0] * 9)
    certain = cs.CitySample.from_table(table, strata="zone", fpc="N_h", certainty="sure")
    row = certain.estimate("total(flag)", interval="exact").rows[0]
    counts = CityCounts(np.array([11, 30, 1]), np.array([4, 5, 1]), np.array([[1, 1, 1]]), np.array([1.0]))
    assert (row.lower, row.upper) == tuple(float(side[0]) for side in exact_interval(counts, 0.95))


def test_exact_is_for_simple_random_samples_of_flags(refused: Refused) -> None:
    unequal = TABLE.assign(pi=np.linspace(0.2, 0.6, 10))
    sample = cs.CitySample.from_table(unequal, pi="pi", method="pivotal")
    with refused("ESTIMATE-INTERVAL-INVALID", "simple random samples", "drawn by 'pivotal'"):
        sample.estimate("proportion(flag)", interval="exact")
    for text in ("total(y)", "ratio(flag, all)", "quantile(flag, 0.5)"):
        with refused("ESTIMATE-INTERVAL-INVALID", f"estimate '{text}'"):
            survey().estimate(text, interval="exact")
    with refused("ESTIMATE-INTERVAL-INVALID", "unions of strata", "domain 'a' cuts a stratum"):
        survey().estimate("proportion(flag)", by="part", interval="exact")


@pytest.mark.parametrize(("column", "p"), [("none", 0.0), ("all", 1.0)])
@pytest.mark.parametrize("interval", ["auto", "beta", "wilson", "exact"])
def test_a_share_of_none_or_all_has_an_interval(column: str, p: float, interval: str) -> None:
    row = survey().estimate(f"proportion({column})", interval=interval).rows[0]
    assert (row.estimate, row.se) == (p, 0.0)
    assert row.interval_method == ("beta" if interval == "auto" else interval)
    assert 0.1 < row.upper - row.lower < 0.6
    assert (row.lower == 0.0) if p == 0.0 else (row.upper == 1.0)
    assert "rests on their number" in row.note
    logit = survey().estimate(f"proportion({column})", interval="logit").rows[0]
    assert math.isnan(logit.lower)


def test_percentiles_are_those_of_the_replicates() -> None:
    sample = survey()
    draw, R = sample.draw, 200
    options: dict[str, Any] = {"variance": "bootstrap", "replicates": R, "seed": "s"}
    row = sample.estimate("ratio(y, x)", interval="percentile", **options).rows[0]
    rep = make_replicates(draw, "srs", "bootstrap", R, "s")
    weights = rep.factors * sample.weights
    theta = np.sort(weights @ TABLE["y"].to_numpy() / (weights @ TABLE["x"].to_numpy()))
    theta = row.estimate + math.sqrt(R * rep.scale) * (theta - row.estimate)
    expected = np.quantile(theta, [0.025, 0.975], method="weibull")
    assert (row.lower, row.upper) == pytest.approx(tuple(expected), rel=1e-9)
    assert row.se**2 == pytest.approx(
        rep.scale * float(((theta - row.estimate) ** 2).sum()) / R / rep.scale, rel=1e-9
    )


def test_studentised_limits_by_a_loop() -> None:
    sample = survey()
    R, f = 150, np.repeat([5 / 12, 5 / 30], 5)
    row = sample.estimate(
        "ratio(y, x)", variance="bootstrap", replicates=R, seed="s", interval="studentised"
    ).rows[0]
    rep = make_replicates(sample.draw, "srs", "bootstrap", R, "s")
    y, x = TABLE["y"].to_numpy(), TABLE["x"].to_numpy()
    pivots = []
    for a in rep.factors:
        w = sample.weights * a
        r = float(w @ y / (w @ x))
        expanded = sample.weights * (y - r * x) / float(w @ x)
        variance = 0.0
        for rows in (np.arange(5), np.arange(5, 10)):
            c = a[rows] * (1 - f[rows])
            centre = float(c @ expanded[rows] / c.sum())
            variance += 5 / 4 * float(c @ (expanded[rows] - centre) ** 2)
        pivots.append((math.sqrt(R * rep.scale) * (r - row.estimate)) / math.sqrt(variance))
    low, high = np.quantile(pivots, [0.025, 0.975], method="weibull")
    form = sample.estimate("ratio(y, x)").rows[0]
    assert row.se == pytest.approx(form.se, rel=0.5)
    assert (row.lower, row.upper) == pytest.approx(
        (row.estimate - high * row.se, row.estimate - low * row.se), rel=1e-9
    )


def test_percentiles_need_a_bootstrap(refused: Refused) -> None:
    for interval in ("percentile", "studentised"):
        with refused("ESTIMATE-INTERVAL-INVALID", "need bootstrap replicates", "variance = 'srs'"):
            survey().estimate("total(y)", interval=interval)
    with refused("ESTIMATE-INTERVAL-INVALID", "Percentiles need", "variance = 'jkn'"):
        survey().estimate("total(y)", interval="percentile", variance="jkn")
    with refused("ESTIMATE-INTERVAL-INVALID", "studentised", "generalized_bootstrap"):
        survey().estimate("total(y)", interval="studentised", variance="generalized_bootstrap")


def test_woodruff_is_for_quantiles(refused: Refused) -> None:
    with refused("ESTIMATE-INTERVAL-INVALID", "that of a quantile", "total(y)"):
        survey().estimate("total(y)", interval="woodruff")


def test_a_limit_that_no_city_bounds_has_a_note() -> None:
    rows = survey().estimate({"high": "quantile(y, 0.9)", "middle": "quantile(y, 0.5)"}).rows
    assert "upper limit cut" in rows[0].note
    assert rows[0].upper == 40.0
    assert rows[0].lower < rows[0].estimate


def test_a_quantile_under_replicates_is_that_of_the_replicate_weights() -> None:
    sample = survey()
    row = sample.estimate("quantile(y, 0.5)", variance="jkn", by="part").rows[1]
    rep = make_replicates(sample.draw, "srs", "jkn")
    inside = (TABLE["part"] == "a").to_numpy()
    y, order = TABLE["y"].to_numpy()[inside], np.argsort(TABLE["y"].to_numpy()[inside])
    medians = []
    for a in rep.factors:
        w = (a * sample.weights)[inside][order]
        medians.append(y[order][np.argmax(w.cumsum() / w.sum() >= 0.5 - 1e-10)])
    expected = float(rep.rscales @ (np.array(medians) - row.estimate) ** 2) * rep.scale
    assert row.se**2 == pytest.approx(expected, rel=1e-12)
    assert expected > 0.0


def test_a_negative_variance_is_no_standard_error() -> None:
    """Horvitz and Thompson's form may be below zero; Sen, Yates and Grundy's is not here."""
    n = 4
    pi = np.array([0.5, 0.4, 0.6, 0.5])
    joint = np.full((n, n), 0.12)
    np.fill_diagonal(joint, pi)
    table = pd.DataFrame({"pi": pi, "y": pi * 10})
    sample = cs.CitySample.from_table(table, pi="pi", method="sampford", joint=joint)
    row = sample.estimate("total(y)", variance="ht").rows[0]
    assert math.isnan(row.se)
    assert row.note == "the variance estimate is below zero: no standard error"
    assert sample.estimate("total(y)").rows[0].se < 1e-12


def test_replicates_may_stand_for_sampling_with_replacement(refused: Refused) -> None:
    with_fpc, without = (
        survey().estimate("total(y)", variance="jkn", form=form).rows[0].se
        for form in ("design", "with_replacement")
    )
    assert with_fpc == pytest.approx(survey().estimate("total(y)").rows[0].se, rel=1e-12)
    plain = survey().estimate("total(y)", variance="with_replacement").rows[0].se
    assert without == pytest.approx(plain, rel=1e-12)
    with refused("ESTIMATE-CHOICE-UNKNOWN", "'form'", "replicates only"):
        survey().estimate("total(y)", form="with_replacement")


def test_the_seed_decides_on_the_bootstrap() -> None:
    first, again, other = (
        survey().estimate("total(y)", variance="bootstrap", seed=seed, replicates=50).rows[0].se
        for seed in ("a", "a", "b")
    )
    assert first == again != other
    for variance, what in (
        ("bootstrap", "50 replicates of 'bootstrap', seed 'a'"),
        ("jkn", "10 replicates of 'jkn'"),
    ):
        options: dict[str, Any] = {"variance": variance, "seed": "a"}
        found = survey().estimate("total(y)", **options, replicates=50 if variance == "bootstrap" else None)
        assert what in [decision.what for decision in found.decisions]
    assert random_stream("a", "N", "bootstrap", 3).size == 3


@pytest.mark.parametrize(
    "options",
    [
        {"replicates": 1},
        {"replicates": True},
        {"replicates": 2.5},
        {"fay": 1.0},
        {"fay": -0.1},
        {"proxy": "x"},
        {"variance": "replicates"},
        {"form": "srs"},
    ],
)
def test_options_out_of_range_are_refused(refused: Refused, options: dict[str, Any]) -> None:
    with refused("ESTIMATE-CHOICE-UNKNOWN"):
        survey().estimate("total(y)", **options)


def test_delivered_replicates_have_the_degrees_of_freedom_of_their_rank() -> None:
    """Ten clusters of 3 cities, one left out in each replicate: rank 10, in a domain of 4 clusters rank 4."""
    cluster = np.repeat(np.arange(10), 3)
    y = np.random.default_rng(3).lognormal(size=30)
    table = pd.DataFrame({"w": 4.0, "y": y, "part": np.where(cluster < 4, "a", "b")})
    for r in range(10):
        table[f"rep_{r}"] = np.where(cluster == r, 0.0, 4.0 * 10 / 9)
    sample = cs.CitySample.from_table(table, weights="w", replicates="rep_*", replicate_method="jk1")
    rows = sample.estimate("mean(y)", by="part").rows
    assert [row.df for row in rows] == [9.0, 3.0, 5.0]
    assert [row.df for row in sample.estimate("mean(y)", df=7).rows] == [7.0]
    totals = np.array([(4.0 * 10 / 9) * y[cluster != r].sum() for r in range(10)])
    total = sample.estimate("total(y)").rows[0]
    assert total.se**2 == pytest.approx(0.9 * float(((totals - total.estimate) ** 2).sum()), rel=1e-12)


def test_design_effects_have_their_references() -> None:
    found = survey().estimate({"y": "total(y)", "f": "proportion(flag)"}, by="part")
    table = found.design_effects()
    weights, inside = survey().weights, (TABLE["part"] == "b").to_numpy()
    w, y = weights[inside], TABLE["y"].to_numpy()[inside]
    n, N = inside.sum(), w.sum()
    spread = n / (n - 1) * float(w @ (y - w @ y / N) ** 2) / N
    row = table.iloc[2]
    assert (row["name"], row["domain"], row["n"]) == ("y", "b", 6)
    assert row["deff"] == pytest.approx(found.rows[2].se ** 2 / (N**2 * (1 - n / N) * spread / n), rel=1e-12)
    assert row["deff_with_replacement"] == pytest.approx(
        found.rows[2].se ** 2 / (N**2 * spread / n), rel=1e-12
    )
    assert row["deft"] ** 2 == pytest.approx(row["deff_with_replacement"], rel=1e-12)
    assert row["n_effective"] == pytest.approx(6 / row["deff"], rel=1e-12)
    assert row["deff_kish"] == pytest.approx(float(n * (w**2).sum() / N**2), rel=1e-12)
    assert table["deff"].tolist() == pytest.approx([r.deff for r in found.rows], nan_ok=True)
    assert len(table) == 6


def test_units_that_are_alike_count_once_for_each_draw() -> None:
    """Four clusters of five cities say as much as four cities; so do four cities beside ten certain ones."""
    table = pd.DataFrame({"cluster": np.repeat(list("abcd"), 5), "all": 1, "N": 12})
    clusters = cs.CitySample.from_table(table, psu="cluster", fpc="N").estimate("proportion(all)")
    beside = pd.DataFrame({"all": 1, "sure": [1] * 10 + [0] * 4, "N": 22})
    certain = cs.CitySample.from_table(beside, certainty="sure", fpc="N").estimate("proportion(all)")
    alone = cs.CitySample.from_table(pd.DataFrame({"all": [1] * 4}), fpc=12).estimate("proportion(all)")
    lower = [found.rows[0].lower for found in (clusters, certain, alone)]
    assert lower == pytest.approx([0.025 ** (1 / 4)] * 3, rel=1e-9)


@pytest.mark.parametrize("interval", ["logit", "wilson", "beta"])
def test_a_total_between_0_and_1_is_no_share(interval: str) -> None:
    table = TABLE.assign(part_of=TABLE["y"] / 1e4)
    sample = cs.CitySample.from_table(table, strata="zone", fpc="N_h")
    for text in ("total(part_of)", "total(none)"):
        row = sample.estimate(text, interval=interval).rows[0]
        assert 0.0 <= row.estimate < 1.0
        assert math.isnan(row.lower)
        assert math.isnan(row.upper)
    assert "a total is no share" in row.note
