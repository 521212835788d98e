"""Columns and domains that people really bring: text, gaps, extreme numbers, empty and tiny domains."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused
from tests.sampling.support import frame

import citysample as cs
from citysample.estimators.estimates import Estimate

k = np.arange(10)
TABLE = pd.DataFrame(
    {
        "zone": list("NNNNNSSSSS"),
        "N_h": [12] * 5 + [30] * 5,
        "part": list("aabbbaabbb"),
        "y": [3.0, 8.0, 4.0, 6.0, 2.0, 20.0, 31.0, 26.0, 17.0, 40.0],
        "x": [10.0, 12.0, 20.0, 9.0, 8.0, 50.0, 60.0, 55.0, 31.0, 90.0],
    }
)
COLUMNS: dict[str, Any] = {
    "text": ["a"] * 10,
    "numbers as text": [str(i) for i in k],
    "gap": [math.nan, *k[1:]],
    "infinite": [math.inf, *k[1:]],
    "bool": k % 2 == 0,
    "list": [[1]] * 10,
    "complex": k * 1j,
    "mixed": pd.Series([1, 2.5, True, np.float32(2), *k[4:]], dtype=object),
    "none": pd.Series([None, *k[1:]], dtype=object),
    "huge int": pd.Series([10**400] * 10, dtype=object),
    "Int64": pd.array(k, dtype="Int64"),
    "Int64 gap": pd.array([None, *k[1:]], dtype="Int64"),
    "boolean": pd.array(k > 4, dtype="boolean"),
    "Float64": pd.array(k / 2, dtype="Float64"),
    "categories": pd.Categorical(list("aabbccddee")),
    "numbers in categories": pd.Categorical(k % 3),
    "dates": pd.date_range("2025", periods=10),
    "strings": pd.array(["1"] * 10, dtype="string"),
    "zeros": np.zeros(10),
    "minus zeros": -np.zeros(10),
    "constant": np.full(10, 7.0),
    "negative": -k,
    "huge": np.full(10, 1e300),
    "both signs": np.linspace(-1e300, 1e300, 10),
    "top": np.full(10, 1.7e308),
    "tiny": 1e-300 * (k + 1),
    "smallest": np.full(10, 5e-324),
    "far apart": [1e300, 1e-300] * 5,
    "float16": k.astype(np.float16),
    "uint8": k.astype(np.uint8),
    "long": 2**62 + k,
}
FIGURES = (
    *("total(q)", "mean(q)", "ratio(y, q)", "ratio(q, q)", "proportion(q)", "proportion(q, 'a')"),
    *("geometric_mean(q)", "quantile(q, 0.5)", "correlation(q, y)", "coefficient(q, y)", "coefficient(y, q)"),
    *("separate_ratio(q, x, 'N', 10, 'S', 20)", "log(total(q))", "exp(total(q))", "total(q) ** 0.5"),
    *("total(q) ** total(y)", "1 / total(q)", "log(total(q) / total(y)) / log(total(x) / total(y))"),
)
DRAWS: dict[str, dict[str, Any]] = {
    "strata": {"strata": "zone", "fpc": "N_h"},
    "with replacement": {"strata": "zone", "weights": "N_h", "method": "with_replacement"},
}


def sound(row: Estimate) -> None:
    assert not any(math.isinf(v) for v in (row.estimate, row.se, row.cv, row.lower, row.upper, row.deff)), row
    assert row.note or not (math.isnan(row.estimate) or math.isnan(row.lower)), row
    assert not row.lower > row.estimate + 1e-9 * abs(row.estimate), row
    assert not row.upper < row.estimate - 1e-9 * abs(row.estimate), row


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_gives_a_sound_figure_or_a_coded_error(name: str) -> None:
    tried, refusals = 0, []
    for options in DRAWS.values():
        survey = cs.CitySample.from_table(TABLE.assign(q=COLUMNS[name]), **options)
        calls = [(figure, by) for figure in FIGURES for by in ((), "part")]
        for figure, by in [*calls, ("total(y)", "q"), ("ratio(y, x)", [("zone", "q")])]:
            tried += 1
            try:
                found = survey.estimate(figure, by=by)
            except cs.CitySampleError as error:
                refusals.append(error)
                continue
            for row in found.rows:
                sound(row)
    assert tried == 2 * (2 * len(FIGURES) + 2) == 76
    assert all(error.remedy for error in refusals)


ROLES = ("strata", "fpc", "pi", "weights", "id", "psu", "certainty", "response", "order")


def test_a_column_in_any_role_is_used_or_refused() -> None:
    tried, refusals = 0, []
    for values in COLUMNS.values():
        for role in ROLES:
            for options in DRAWS.values():
                tried += 1
                try:
                    survey = cs.CitySample.from_table(TABLE.assign(q=values), **{**options, role: "q"})
                    sound(survey.estimate("mean(y)").rows[0])
                except cs.CitySampleError as error:
                    refusals.append(error)
    assert tried == len(COLUMNS) * len(ROLES) * 2 > 500
    assert all(error.remedy for error in refusals)


def test_a_column_of_errors_is_used_or_refused() -> None:
    done, refusals = 0, []
    for values in COLUMNS.values():
        survey = cs.CitySample.from_table(TABLE.assign(q=values), strata="zone", fpc="N_h")
        for errors in ({"y": "q"}, {"q": "y"}):
            try:
                found = survey.with_errors(errors).estimate({"t": "total(y)", "q": "mean(q)"}, by="part")
            except cs.CitySampleError as error:
                refusals.append(error)
                continue
            done += 1
            for row in found.rows:
                sound(row)
    assert done > 20
    assert all(error.remedy for error in refusals)


@pytest.mark.parametrize("values", [[0.0] + [2.0] * 9, [-1.0] + [2.0] * 9, [math.nan] + [2.0] * 9])
def test_weights_that_are_not_above_0_are_refused(refused: Refused, values: list[float]) -> None:
    code = "DATA-VALUE-MISSING" if math.isnan(values[0]) else "DATA-WEIGHT-INVALID"
    with refused(code, "cities '1'"):
        cs.CitySample.from_table(TABLE.assign(w=values), weights="w", method="with_replacement")


def test_weights_whose_squares_overflow_are_refused(refused: Refused) -> None:
    with refused("DATA-WEIGHT-INVALID", "1e+300"):
        cs.CitySample.from_table(TABLE.assign(w=1e300), weights="w", method="with_replacement")


def test_a_population_that_no_float_counts_is_refused(refused: Refused) -> None:
    for fpc in (10**20, 10**400):
        with refused("DATA-WEIGHT-INVALID", "fpc"):
            cs.CitySample.from_table(TABLE, fpc=fpc)


def test_a_gap_in_a_certainty_city_is_refused(refused: Refused) -> None:
    table = TABLE.assign(sure=[1] + [0] * 9, y=[math.nan, *TABLE["y"][1:]])
    with refused("DATA-VALUE-MISSING", "cities '1'"):
        cs.CitySample.from_table(table, fpc=30, certainty="sure").estimate("total(y)")


def test_one_city_alone() -> None:
    one = TABLE.iloc[:1]
    rule = cs.CitySample.from_table(one, fpc=9, single_psu="adjust").estimate("total(y)").rows[0]
    assert (rule.estimate, rule.df, rule.interval_method) == (27.0, 0.0, "none")
    assert "one randomly drawn unit" in rule.note
    census = cs.CitySample.from_table(one, fpc=1).estimate("total(y)").rows[0]
    assert (census.estimate, census.se, census.interval_method) == (3.0, 0.0, "census")


def test_a_thousand_domains() -> None:
    n = 2000
    table = pd.DataFrame({"y": np.arange(n) % 17 + 1.0, "part": [f"d{i % 1000:03d}" for i in range(n)]})
    found = cs.CitySample.from_table(table, fpc=2 * n).estimate("total(y)", by="part")
    assert len(found.rows) == 1001
    assert sum(row.estimate for row in found.rows[1:]) == pytest.approx(found.rows[0].estimate, rel=1e-12)
    block = found.covariance[1:, 1:]
    assert block.sum() == pytest.approx(found.covariance[0, 0], rel=1e-9)


def test_a_domain_absent_from_a_stratum_keeps_the_design() -> None:
    """The stratum without cities of the domain adds nothing, and gives no degrees of freedom."""
    table = TABLE.assign(only=["in"] * 3 + ["out"] * 7)
    row = cs.CitySample.from_table(table, strata="zone", fpc="N_h").estimate("total(y)", by="only").rows[1]
    z = np.array([3.0, 8.0, 4.0, 0.0, 0.0])
    variance = 12**2 * (1 - 5 / 12) * z.var(ddof=1) / 5
    assert (row.domain, row.n, row.df) == ("in", 3, 2)
    assert row.se == pytest.approx(math.sqrt(variance), rel=1e-12)


def test_a_ratio_without_denominator_in_one_domain_only() -> None:
    table = TABLE.assign(x=np.where(TABLE["part"] == "a", 0.0, TABLE["x"]))
    rows = cs.CitySample.from_table(table, strata="zone", fpc="N_h").estimate("ratio(y, x)", by="part").rows
    assert [math.isnan(row.estimate) for row in rows] == [False, True, False]
    assert rows[1].note == "not defined: division by a total that is zero"
    assert rows[2].lower < rows[2].estimate < rows[2].upper


def test_an_empty_domain_of_the_frame_is_shown() -> None:
    cities = frame(24)
    sample = cs.SampleDesign(n=6, method="srs").plan(cities).draw(seed="a")
    ids = sample.cities.index.tolist()
    rare = next(city for city in cities.table.index if city not in ids)
    named = cs.CityFrame.from_table(
        cities.table.assign(kind=np.where(cities.table.index == rare, "rare", "usual")).reset_index(
            names="id"
        ),
        id="id",
        size="people",
    )
    sample = cs.SampleDesign(n=6, method="srs").plan(named).draw(seed="a")
    survey = sample.with_data(pd.DataFrame({"city_id": ids, "y": np.arange(6.0)}))
    row = survey.estimate("total(y)", by="kind").rows[1]
    assert (row.domain, row.n, row.N, row.note) == ("rare", 0, 1, "no sampled city in this domain")
    assert math.isnan(row.estimate)
    assert math.isnan(row.se)


def test_the_number_of_cities_is_known_from_the_design() -> None:
    rows = cs.CitySample.from_table(TABLE, strata="zone", fpc="N_h").estimate("total(cities)", by="part").rows
    assert (rows[0].estimate, rows[0].se, rows[0].interval_method) == (42.0, 0.0, "none")
    assert rows[1].se == rows[2].se > 0.0
    assert rows[1].estimate + rows[2].estimate == pytest.approx(42.0, rel=1e-15)


@pytest.mark.parametrize("by", ["part", "zone"])
def test_a_domain_column_with_a_gap_is_refused(refused: Refused, by: str) -> None:
    table = TABLE.assign(part=TABLE["part"].where(k > 0))
    survey = cs.CitySample.from_table(table, strata="zone", fpc="N_h")
    if by == "part":
        with refused("ESTIMATE-DOMAIN-MISSING", "cities '1'"):
            survey.estimate("total(y)", by=by)
    else:
        assert len(survey.estimate("total(y)", by=by).rows) == 3
