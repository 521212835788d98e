"""The table of estimates: its columns, its rows, its covariance matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs

# The list of the design, in its order.
COLUMNS = [
    "name",
    "indicator",
    "estimand",
    "unit",
    "period",
    "by",
    "domain",
    "estimate",
    "se",
    "cv",
    "lower",
    "upper",
    "confidence_level",
    "df",
    "interval_method",
    "variance_method",
    "deff",
    "n",
    "n_respondents",
    "n_certainty",
    "N",
    "frame_share",
    "quality",
    "note",
    "record_id",
]

TABLE = pd.DataFrame(
    {
        "id": list("abcdefgh"),
        "y": [1.0, 3.0, 2.0, 5.0, 4.0, 8.0, 6.0, -7.0],
        "x": [2.0, 4.0, 5.0, 5.0, 9.0, 8.0, 7.0, 9.0],
        "zone": list("AAAABBBB"),
        "part": list("ddeeddef"),
        "level": [10, 9, 10, 9, 10, 9, 10, 9],
    }
)


def survey() -> cs.WeightedSample:
    return cs.CitySample.from_table(TABLE, id="id", strata="zone", fpc=10, period="2025")


def test_columns_and_their_order() -> None:
    table = survey().estimate("total(y)").to_frame()
    assert table.columns.tolist() == COLUMNS
    assert len(COLUMNS) == 25
    assert str(table["N"].dtype) == "Int64"


def test_words_of_the_indicator_reach_the_table() -> None:
    indicator = cs.Indicator("ratio(y, x)", unit="m2 per person", estimand="share of land", code="11.7.1")
    table = survey().estimate({"green": indicator, "plain": cs.Total("y")}, by="part").to_frame()
    green = table[table["name"] == "green"]
    for column, word in (
        ("unit", "m2 per person"), ("estimand", "share of land"), ("indicator", "11.7.1"), ("period", "2025"),
    ):  # fmt: skip
        assert set(green[column]) == {word}
    assert set(table.loc[table["name"] == "plain", "unit"]) == {""}
    assert len(table) == 8


def test_rows_are_in_the_order_that_was_asked_for() -> None:
    found = survey().estimate({"b": "total(y)", "a": "mean(x)"}, by=["level", ("zone", "part"), "zone"])
    assert [(row.name, row.by, row.domain) for row in found.rows[:10]] == [
        ("b", "national", "all"),
        ("b", "level", "9"),
        ("b", "level", "10"),
        ("b", "zone / part", "A / d"),
        ("b", "zone / part", "A / e"),
        ("b", "zone / part", "B / d"),
        ("b", "zone / part", "B / e"),
        ("b", "zone / part", "B / f"),
        ("b", "zone", "A"),
        ("b", "zone", "B"),
    ]
    assert [row.name for row in found.rows[10:]] == ["a"] * 10
    assert len(found) == 20
    assert found.expressions == {"b": "total(y)", "a": "mean(x)"}
    assert repr(found) == "Estimates(20 figures of 2 indicators)"


def test_one_expression_is_named_by_its_text() -> None:
    for what in (cs.Total("y") / cs.Total("x"), "total(y)/total(x)", cs.Indicator("total(y)/total(x)")):
        assert survey().estimate(what).rows[0].name == "total(y) / total(x)"


@pytest.mark.parametrize(
    ("by", "breakdowns"),
    [
        ("zone", ["zone"]),
        (["zone", "part"], ["zone", "part"]),
        (("zone", "part"), ["zone", "part"]),
        ([("zone", "part")], ["zone / part"]),
        ((), []),
        ([], []),
    ],
)
def test_breakdowns(by: object, breakdowns: list[str]) -> None:
    found = survey().estimate("total(y)", by=by)  # type: ignore[arg-type]  # on purpose
    assert list(dict.fromkeys(row.by for row in found.rows)) == ["national", *breakdowns]


def test_relations_between_columns() -> None:
    found = survey().estimate({"t": "total(y)", "r": "ratio(y, x)", "m": "mean(y)"}, by=["zone", "part"])
    compared = 0
    for k, row in enumerate(found.rows):
        assert row.n == row.n_respondents
        if not np.isnan(row.se):
            assert row.se**2 == pytest.approx(found.covariance[k, k], rel=1e-12, abs=1e-18)
            assert row.cv == pytest.approx(row.se / abs(row.estimate), rel=1e-12)
            compared += 1
        if not np.isnan(row.lower):
            assert row.lower < row.estimate < row.upper
    assert compared >= 15
    assert {row.variance_method for row in found.rows} == {"srs"}
    assert {row.quality for row in found.rows} == {row.record_id for row in found.rows} == {""}


@given(st.lists(st.lists(st.integers(-40, 40), min_size=8, max_size=8), min_size=1, max_size=4))
def test_covariance_is_symmetric_and_positive_semidefinite(columns: list[list[int]]) -> None:
    table = TABLE.assign(**{f"v{j}": np.array(values, float) for j, values in enumerate(columns)})
    what = {f"v{j}": f"total(v{j})" for j in range(len(columns))} | {"r": "ratio(y, x)", "m": "mean(x)"}
    drawn = cs.CitySample.from_table(table, id="id", strata="zone", fpc=10)
    covariance = drawn.estimate(what, by="part").covariance
    q = 4 * (len(columns) + 2)
    assert covariance.shape == (q, q)
    scale = max(1.0, float(np.abs(covariance).max()))
    assert np.abs(covariance - covariance.T).max() <= 1e-12 * scale
    assert np.linalg.eigvalsh((covariance + covariance.T) / 2).min() >= -1e-10 * scale


def test_covariance_is_labelled() -> None:
    found = survey().estimate({"t": "total(y)", "m": "mean(y)"}, by="zone")
    labelled = found.cov()
    assert labelled.index.names == ["name", "by", "domain"]
    assert labelled.index.tolist() == [(row.name, row.by, row.domain) for row in found.rows]
    assert labelled.columns.equals(labelled.index)
    first, second = ("t", "zone", "A"), ("t", "zone", "B")
    assert labelled.loc[[first], [second]].to_numpy()[0, 0] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_array_equal(labelled.to_numpy(), found.covariance)


@pytest.mark.parametrize("text", ["total(y)", "mean(y)", "ratio(y, x)", "total(y) - total(x)"])
def test_design_effect_of_simple_random_sampling_is_1(text: str) -> None:
    row = cs.CitySample.from_table(TABLE, id="id", fpc=40).estimate(text).rows[0]
    assert row.deff == pytest.approx(1.0, rel=1e-9)


def test_design_effect_is_undefined_where_there_is_no_variance() -> None:
    drawn = cs.CitySample.from_table(TABLE.assign(one=1.0), id="id", strata="zone", fpc=10)
    row = drawn.estimate("mean(one)").rows[0]
    assert np.isnan(row.deff)


def test_record_id_is_set_on_a_copy() -> None:
    found = survey().estimate("total(y)", by="zone")
    marked = found.with_record_id("run 7")
    assert {row.record_id for row in marked.rows} == {"run 7"}
    assert {row.record_id for row in found.rows} == {""}
    pd.testing.assert_frame_equal(
        marked.to_frame().drop(columns="record_id"), found.to_frame().drop(columns="record_id")
    )


def test_printed_table_names_each_figure() -> None:
    text = str(survey().estimate({"built": "total(y)"}, by="zone"))
    assert text.count("built") == 3
    assert len(text.splitlines()) == 4


def test_covariances_of_a_figure_that_does_not_exist() -> None:
    table = pd.DataFrame({"id": list("abcdef"), "zone": ["N"] * 5 + ["S"]})
    frame = cs.CityFrame.from_table(table, id="id")
    sample = cs.SampleDesign(n=3).plan(frame).draw("1")
    ids = [city for city in sample.cities.index if city != "f"]
    assert len(ids) == 3, "the seed must leave out the only city of S"
    survey = sample.with_data(pd.DataFrame({"city_id": ids, "y": [1.0, 2.0, 4.0]}))
    estimates = survey.estimate(cs.Total("y"), by="zone")
    assert [row.n for row in estimates.rows] == [3, 3, 0]
    covariance = estimates.cov().to_numpy()
    assert np.isnan(covariance[2]).all()
    assert np.isnan(covariance[:, 2]).all()
    assert np.isfinite(covariance[:2, :2]).all()
