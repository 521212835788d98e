"""Errors inside the cities: sum_k w_k v(z_k) beside the first phase, on the linearised scale."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Refused

import citysample as cs

CITIES = pd.DataFrame(
    {
        "id": list("abcdef"),
        "zone": list("NNNSSS"),
        "N_h": [5, 5, 5, 3, 3, 3],
        "y": [4.0, 7.0, 9.0, 20.0, 31.0, 26.0],
        "x": [10.0, 12.0, 20.0, 50.0, 60.0, 55.0],
        "y_se": [0.5, 1.0, 0.2, 2.0, 3.0, 0.0],
        "x_se": [1.0, 2.0, 1.0, 4.0, 1.0, 0.0],
        "cov": [0.3, 1.5, -0.1, 4.0, 0.0, 0.0],
        "none": 0.0,
        "rising": [1.0, -1.0, 1.0, 1.0, 1.0, 1.0],
    }
)


def survey(**options: Any) -> cs.WeightedSample:
    return cs.CitySample.from_table(CITIES, id="id", strata="zone", **{"fpc": "N_h", **options})


BOTH = {"y": "y_se", "x": "x_se", ("y", "x"): "cov"}


def test_the_sum_of_both_parts_is_unbiased() -> None:
    """All samples of 2 of 4 cities times all signs of their measuring errors."""
    truth = np.array([3.0, 8.0, 4.0, 11.0])
    error = np.array([1.0, 0.5, 2.0, 1.5])
    N, n = 4, 2
    totals, variances = [], []
    for chosen in combinations(range(N), n):
        rows = list(chosen)
        for signs in product((-1.0, 1.0), repeat=n):
            measured = truth[rows] + np.array(signs) * error[rows]
            table = pd.DataFrame({"y": measured, "se": error[rows]})
            sample = cs.CitySample.from_table(table, fpc=N).with_errors({"y": "se"})
            row = sample.estimate("total(y)").rows[0]
            totals.append(row.estimate)
            variances.append(row.se**2)
    assert len(totals) == 24
    assert np.mean(variances) == pytest.approx(np.var(totals), rel=1e-12)


def test_it_is_the_first_phase_plus_the_weighted_variances() -> None:
    plain, noisy = survey(), survey().with_errors({"y": "y_se"})
    before, after = (s.estimate("total(y)").rows[0].se ** 2 for s in (plain, noisy))
    weights = np.array([5 / 3] * 3 + [1.0] * 3)
    assert after - before == pytest.approx(weights @ CITIES["y_se"] ** 2, rel=1e-12)


def test_a_ratio_takes_variances_and_covariance_through_its_gradient() -> None:
    before, after = (s.estimate("ratio(y, x)").rows[0] for s in (survey(), survey().with_errors(BOTH)))
    weights = np.array([5 / 3] * 3 + [1.0] * 3)
    R, X = after.estimate, weights @ CITIES["x"]
    v = (CITIES["y_se"] ** 2 - 2 * R * CITIES["cov"] + R**2 * CITIES["x_se"] ** 2) / X**2
    assert after.se**2 - before.se**2 == pytest.approx(float(weights @ v), rel=1e-11)


def test_the_raw_variance_of_the_numerator_would_be_far_too_large() -> None:
    """A share measured with 2 % of noise that part and whole have in common."""
    whole = np.array([100.0, 400.0, 250.0, 600.0])
    part = 0.8 * whole
    table = pd.DataFrame(
        {"y": part, "x": whole, "sy": 0.02 * part, "sx": 0.02 * whole, "c": 0.0004 * part * whole}
    )
    sample = cs.CitySample.from_table(table, fpc=4)
    together = sample.with_errors({"y": "sy", "x": "sx", ("y", "x"): "c"}).estimate("ratio(y, x)").rows[0]
    alone = sample.with_errors({"y": "sy"}).estimate("ratio(y, x)").rows[0]
    assert together.se < 1e-9
    assert alone.se > 0.005


def test_certainty_cities_keep_their_own_errors() -> None:
    rows = survey().with_errors({"y": "y_se"}).estimate("total(y)", by="zone").rows
    south = rows[2]
    assert south.domain == "S"
    assert south.se**2 == pytest.approx(4.0 + 9.0, rel=1e-12)
    assert (south.interval_method, south.n_certainty) == ("log", 3)
    assert "inside the cities" in south.note
    half = math.exp(1.959963984540054 * south.se / south.estimate)
    assert south.upper == pytest.approx(south.estimate * half, rel=1e-12)


def test_a_census_of_cities_has_the_cities_own_errors_only() -> None:
    table = CITIES.assign(N_h=3)
    sample = cs.CitySample.from_table(table, id="id", strata="zone", fpc="N_h").with_errors({"y": "y_se"})
    row = sample.estimate("mean(y)", interval="normal").rows[0]
    assert row.se**2 == pytest.approx(float((CITIES["y_se"] ** 2).sum()) / 36, rel=1e-12)
    assert row.upper - row.estimate == pytest.approx(1.959963984540054 * row.se, rel=1e-12)
    # Without errors it is known.
    assert cs.CitySample.from_table(table, strata="zone", fpc="N_h").estimate("mean(y)").rows[0].se == 0.0


def test_a_form_with_replacement_holds_the_errors_of_random_cities_already() -> None:
    sample = survey(method="with_replacement", fpc=None, weights="N_h", certainty=["d", "e", "f"])
    before, after = (
        s.estimate("total(y)").rows[0].se ** 2 for s in (sample, sample.with_errors({"y": "y_se"}))
    )
    assert after - before == pytest.approx(3 * (4.0 + 9.0), rel=1e-12)  # the certainty cities, with w = N_h


@pytest.mark.parametrize("variance", ["jkn", "bootstrap"])
def test_replicates_add_them_too(variance: str) -> None:
    sample = cs.CitySample.from_table(CITIES, id="id", strata="zone", fpc="N_h")
    before, after = (
        s.estimate("ratio(y, x)", variance=variance).rows[0].se ** 2
        for s in (sample, sample.with_errors(BOTH))
    )
    form = [s.estimate("ratio(y, x)").rows[0].se ** 2 for s in (sample, sample.with_errors(BOTH))]
    assert after - before == pytest.approx(form[1] - form[0], rel=1e-9)


@given(st.floats(0.1, 5.0))
def test_the_unit_of_measurement_does_not_matter(factor: float) -> None:
    scaled = CITIES.assign(y=CITIES["y"] * factor, y_se=CITIES["y_se"] * factor, cov=CITIES["cov"] * factor)
    texts = ["total(y)", "ratio(y, x)", "geometric_mean(y)"]
    found = []
    for table in (CITIES, scaled):
        sample = cs.CitySample.from_table(table, id="id", strata="zone", fpc="N_h").with_errors(BOTH)
        found.append([row.cv for row in sample.estimate({text: text for text in texts}).rows])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)


def test_the_logarithm_takes_relative_errors() -> None:
    sample = cs.CitySample.from_table(CITIES.assign(N_h=3), strata="zone", fpc="N_h")
    row = sample.with_errors({"y": "y_se"}).estimate("geometric_mean(y)").rows[0]
    relative = ((CITIES["y_se"] / CITIES["y"]) ** 2).sum() / 36
    assert row.se / row.estimate == pytest.approx(math.sqrt(relative), rel=1e-12)


def test_an_unknown_covariance_is_refused_and_zero_must_be_said(refused: Refused) -> None:
    sample = survey().with_errors({"y": "y_se", "x": "x_se"})
    with refused(
        "ESTIMATE-ERRORS-INVALID", "covariance of two columns", "('y', 'x')", "estimate 'ratio(y, x)'"
    ):
        sample.estimate("ratio(y, x)")
    apart = sample.estimate({"y": "total(y)", "x": "total(x)"})
    assert math.isnan(apart.covariance[0, 1])
    assert np.isfinite(np.diag(apart.covariance)).all()
    known = survey().with_errors({"y": "y_se", "x": "x_se", ("x", "y"): 0})
    assert np.isfinite(known.estimate({"y": "total(y)", "x": "total(x)"}).covariance).all()
    assert known.estimate("ratio(y, x)").rows[0].se > survey().estimate("ratio(y, x)").rows[0].se


@pytest.mark.parametrize(
    "text", ["quantile(y, 0.5)", "correlation(y, x)", "coefficient(y, x)", "proportion(y)"]
)
def test_statistics_without_a_rule_are_refused(refused: Refused, text: str) -> None:
    table = CITIES.assign(y=[0, 1, 1, 0, 1, 1]) if "proportion" in text else CITIES
    sample = cs.CitySample.from_table(table, strata="zone", fpc="N_h").with_errors({"y": "y_se"})
    with refused("ESTIMATE-ERRORS-INVALID", "cannot be carried", "columns 'y'"):
        sample.estimate(text)


BAD: list[tuple[dict[Any, Any], str, tuple[str, ...]]] = [
    ({"y": "rising"}, "DATA-ERRORS-INVALID", ("Standard errors of 'y' are negative", "'b'")),
    ({"z": "y_se"}, "DATA-COLUMN-UNKNOWN", ("'z'",)),
    ({"y": "nosuch"}, "DATA-COLUMN-UNKNOWN", ("'nosuch'",)),
    ({"y": "zone"}, "DATA-NUMBER-TEXT", ("'zone'",)),
    ({"y": 2.0}, "DATA-ERRORS-INVALID", ("2.0", "name of a column")),
    ({"y": "y_se", ("y", "x"): "cov"}, "DATA-ERRORS-INVALID", ("('y', 'x')", "without standard errors")),
    ({"y": "y_se", 5: "cov"}, "DATA-ERRORS-INVALID", ("5", "without standard errors")),
    ({"y": "y_se", ("y", "y", "y"): "cov"}, "DATA-ERRORS-INVALID", ("without standard errors",)),
    ({"y": "y_se", "x": "x_se", ("y", "x"): "x"}, "DATA-ERRORS-INVALID", ("too large", "'a', 'b', 'c'")),
]


@pytest.mark.parametrize(("errors", "code", "words"), BAD)
def test_errors_that_are_no_errors(
    refused: Refused, errors: dict[Any, Any], code: str, words: tuple[str, ...]
) -> None:
    with refused(code, *words):
        survey().with_errors(errors)


def test_three_covariances_may_contradict_each_other(refused: Refused) -> None:
    table = CITIES.assign(one=1.0, a=1.0, b=2.0, c=3.0, high=0.9, low=-0.9)
    sample = cs.CitySample.from_table(table, strata="zone", fpc="N_h")
    matrix = dict.fromkeys("abc", "one")
    with refused("DATA-ERRORS-INVALID", "contradict each other"):
        sample.with_errors({**matrix, ("a", "b"): "high", ("b", "c"): "high", ("a", "c"): "low"})


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, True, "2 %"])
def test_common_errors_must_be_relative(refused: Refused, value: Any) -> None:
    with refused("DATA-ERRORS-INVALID", "relative error", "columns 'y'"):
        survey().with_errors(common={"y": value})


def test_a_common_error_is_told_and_not_added() -> None:
    plain, biased = survey(), survey().with_errors(common={"y": 0.02})
    for text in ("ratio(y, x)", "geometric_mean(y)", "total(y) ** 2", "log(total(y))"):
        before, after = (s.estimate(text).rows[0] for s in (plain, biased))
        assert after.se == before.se
        moved = cs.CitySample.from_table(
            CITIES.assign(y=CITIES["y"] * (1 + 2e-7)), id="id", strata="zone", fpc="N_h"
        ).estimate(text)
        shift = (moved.rows[0].estimate - before.estimate) * 1e5
        assert "a common error of +2 % in 'y' would move it by" in after.note
        told = float(after.note.rsplit("by ")[-1].removesuffix(" %"))
        assert told == pytest.approx(100 * shift / before.estimate, rel=6e-3)
    assert biased.estimate("total(x)").rows[0].note == ""
