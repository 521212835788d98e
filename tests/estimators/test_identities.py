"""Identities between estimators: each holds for every sample, whatever the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.estimates import Estimate
from citysample.estimators.functions.expressions import Expression

FIGURES = ("estimate", "se", "lower", "upper", "df")


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Two to four strata of two to four sampled cities, with three variables and a domain."""
    counts = draw(st.lists(st.integers(2, 4), min_size=2, max_size=4))
    n = sum(counts)
    number, positive = st.integers(-60, 60), st.integers(1, 90)
    zones = [f"h{h}" for h, count in enumerate(counts) for _ in range(count)]
    more = draw(st.lists(st.integers(0, 9), min_size=len(counts), max_size=len(counts)))
    population = [count + extra for count, extra in zip(counts, more, strict=True) for _ in range(count)]
    return pd.DataFrame(
        {
            "zone": zones,
            "N_h": population,
            "y": np.array(draw(st.lists(number, min_size=n, max_size=n)), float) / 4,
            "x": np.array(draw(st.lists(positive, min_size=n, max_size=n)), float) / 8,
            "flag": draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)),
            "part": draw(st.lists(st.sampled_from("de"), min_size=n, max_size=n)),
        }
    )


def survey_of(table: pd.DataFrame, **options: Any) -> cs.WeightedSample:
    return cs.CitySample.from_table(table, **({"strata": "zone", "fpc": "N_h"} | options))


def national(survey: cs.WeightedSample, what: Expression | str, **options: Any) -> Estimate:
    return survey.estimate(what, **options).rows[0]


def same(first: Estimate, second: Estimate, scale: float = 1.0) -> None:
    """Equal figures; standard errors may differ by rounding of the size of the terms they are made of."""
    slack = 1e-9 * max(1.0, abs(second.estimate))
    compared = 0
    for figure in ("estimate", "se"):
        ours, theirs = getattr(first, figure), getattr(second, figure) * scale
        assert ours == pytest.approx(theirs, rel=1e-9, abs=slack * scale, nan_ok=True), figure
        compared += 1
    assert (first.df, first.n) == (second.df, second.n)
    assert compared == 2


@given(tables())
def test_mean_is_the_ratio_to_the_number_of_cities(table: pd.DataFrame) -> None:
    survey = survey_of(table.assign(one=1))
    same(national(survey, "mean(y)"), national(survey, "ratio(y, one)"))
    same(national(survey, "mean(y)"), national(survey, "total(y) / total(cities)"))
    same(national(survey, "total(cities)"), national(survey, "total(one)"))


@given(tables())
def test_proportion_is_the_mean_of_its_flag(table: pd.DataFrame) -> None:
    survey = survey_of(table.assign(is_d=(table["part"] == "d").astype(float)))
    same(national(survey, "proportion(flag)"), national(survey, "mean(flag)"))
    if (table["part"] == "d").any():
        same(national(survey, "proportion(part, 'd')"), national(survey, "mean(is_d)"))
    labelled = survey_of(table.assign(label=[f"l{value}" for value in table["flag"]]))
    if table["flag"].any():
        same(national(labelled, "proportion(label, 'l1')"), national(survey, "proportion(flag)"))


@given(tables())
def test_ratio_is_the_quotient_of_totals(table: pd.DataFrame) -> None:
    survey = survey_of(table)
    same(national(survey, "ratio(y, x)"), national(survey, "total(y) / total(x)"))
    same(national(survey, "ratio(y, x)"), national(survey, "total(y) * total(x) ** -1"))
    same(national(survey, "ratio(x, x)"), national(survey, "exp(log(total(x)) - log(total(x)))"))


@given(tables())
def test_ratio_of_a_column_to_itself_is_1_without_error(table: pd.DataFrame) -> None:
    row = national(survey_of(table), "ratio(x, x)")
    assert row.estimate == 1.0
    assert row.se < 1e-14


@given(tables())
def test_domain_figures_are_those_of_the_variable_within_the_domain(table: pd.DataFrame) -> None:
    inside = (table["part"] == "d").astype(float)
    survey = survey_of(table.assign(y_d=table["y"] * inside, x_d=table["x"] * inside, in_d=inside))
    found = survey.estimate({"t": "total(y)", "m": "mean(y)", "r": "ratio(y, x)"}, by="part")
    domain = {row.name: k for k, row in enumerate(found.rows) if row.domain == "d"}
    assert len(domain) == (3 if inside.any() else 0)
    if inside.any():
        pairs = (("t", "total(y_d)"), ("m", "ratio(y_d, in_d)"), ("r", "ratio(y_d, x_d)"))
        for name, text in pairs:
            k, whole = domain[name], survey.estimate(text)
            assert found.rows[k].estimate == pytest.approx(whole.rows[0].estimate, rel=1e-12, abs=1e-12)
            assert found.covariance[k, k] == pytest.approx(whole.covariance[0, 0], rel=1e-9, abs=1e-10)
            assert found.rows[k].n == int(inside.sum())


@given(tables())
def test_domain_totals_add_up(table: pd.DataFrame) -> None:
    found = survey_of(table).estimate("total(y)", by=["part", "zone", ("zone", "part")])
    whole = found.rows[0]
    for by in ("part", "zone", "zone / part"):
        rows = [k for k, row in enumerate(found.rows) if row.by == by]
        assert len(rows) >= 1
        assert sum(found.rows[k].estimate for k in rows) == pytest.approx(whole.estimate, abs=1e-9)
        block = found.covariance[np.ix_(rows, rows)].sum()
        assert block == pytest.approx(found.covariance[0, 0], rel=1e-9, abs=1e-9)
        assert sum(found.rows[k].n for k in rows) == len(table)


@given(tables(), st.sampled_from([0.5, 3.0, 1000.0]))
def test_weights_times_c_give_totals_times_c_and_the_same_ratios(table: pd.DataFrame, c: float) -> None:
    table = table.assign(w=table["N_h"] + 1.0)
    scaled = table.assign(w=c * table["w"])
    for options in ({"fpc": "N_h"}, {"fpc": None, "method": "with_replacement"}):
        before, after = survey_of(table, weights="w", **options), survey_of(scaled, weights="w", **options)
        same(national(after, "total(y)"), national(before, "total(y)"), scale=c)
        same(national(after, "ratio(y, x)"), national(before, "ratio(y, x)"))
        same(national(after, "mean(y)"), national(before, "mean(y)"))


@given(tables(), st.sampled_from([0.01, 100.0, -2.0]))
def test_change_of_unit_scales_figures(table: pd.DataFrame, c: float) -> None:
    before, after = survey_of(table), survey_of(table.assign(y=c * table["y"]))
    for text in ("total(y)", "mean(y)", "ratio(y, x)"):
        old, new = national(before, text, interval="t"), national(after, text, interval="t")
        assert new.estimate == pytest.approx(c * old.estimate, rel=1e-9, abs=1e-12)
        assert new.se == pytest.approx(abs(c) * old.se, rel=1e-9, abs=1e-12)
        assert national(before, f"{c!r} * {text}").se == pytest.approx(new.se, rel=1e-9, abs=1e-12)


@given(tables(), st.sampled_from([7.0, -100.0]))
def test_a_constant_added_to_each_city_moves_the_mean_only(table: pd.DataFrame, shift: float) -> None:
    before = national(survey_of(table), "mean(y)")
    after = national(survey_of(table.assign(y=table["y"] + shift)), "mean(y)")
    assert after.estimate == pytest.approx(before.estimate + shift, rel=1e-12, abs=1e-12)
    assert after.se == pytest.approx(before.se, rel=1e-9, abs=1e-10)


@given(tables(), st.data())
def test_order_of_rows_and_columns_is_irrelevant(table: pd.DataFrame, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(table))))
    columns = data.draw(st.permutations(table.columns.tolist()))
    table = table.assign(id=[f"c{k}" for k in range(len(table))])
    shuffled = table.iloc[order][[*columns, "id"]]
    what = {"t": "total(y)", "r": "ratio(y, x)", "p": "proportion(flag)"}
    found = [survey_of(t, id="id").estimate(what, by=["part"]).rows for t in (table, shuffled)]
    assert len(found[0]) == len(found[1]) >= 6
    for first, second in zip(*found, strict=True):
        assert (first.name, first.by, first.domain, first.note) == (
            second.name, second.by, second.domain, second.note)  # fmt: skip
        for figure in FIGURES:
            ours, theirs = getattr(first, figure), getattr(second, figure)
            assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-9, nan_ok=True), figure


@given(tables())
def test_differences_use_the_covariance(table: pd.DataFrame) -> None:
    found = survey_of(table).estimate({"y": "total(y)", "x": "total(x)", "d": "total(y) - total(x)"})
    c = found.covariance
    assert c[2, 2] == pytest.approx(c[0, 0] + c[1, 1] - 2 * c[0, 1], rel=1e-9, abs=1e-8)
    assert found.rows[2].estimate == pytest.approx(
        found.rows[0].estimate - found.rows[1].estimate, rel=1e-12, abs=1e-9)  # fmt: skip


@given(tables())
def test_one_row_clusters_are_cities(table: pd.DataFrame) -> None:
    table = table.assign(block=range(len(table)))
    for text in ("total(y)", "ratio(y, x)"):
        same(national(survey_of(table, psu="block"), text), national(survey_of(table), text))


def lcrpgr_by_hand(table: pd.DataFrame, weights: Any, t: float) -> tuple[float, Any]:
    """LCR / PGR and its linearised variable.

    theta = LCR / g with LCR = (V2 - V1) / (V1 t) and g = ln(P2 / P1) / t; with capital letters for
    estimated totals,
    z_k = [ v2_k / (V1 t) - v1_k V2 / (V1^2 t) ] / g - (LCR / g^2) (1/t) ( p2_k / P2 - p1_k / P1 ).
    """
    v1, v2, p1, p2 = (table[name].to_numpy() for name in ("v1", "v2", "p1", "p2"))
    V1, V2, P1, P2 = (float(weights @ values) for values in (v1, v2, p1, p2))
    lcr, g = (V2 - V1) / (V1 * t), np.log(P2 / P1) / t
    z = (v2 / (V1 * t) - v1 * V2 / (V1**2 * t)) / g - lcr / g**2 / t * (p2 / P2 - p1 / P1)
    return lcr / g, z


@given(tables(), st.data(), st.sampled_from([5, 10]))
def test_lcrpgr_is_linearised_as_written_by_hand(table: pd.DataFrame, data: st.DataObject, t: int) -> None:
    n = len(table)
    built = st.lists(st.integers(100, 900), min_size=n, max_size=n)
    growth = st.lists(st.integers(1, 60), min_size=n, max_size=n)
    v1, p1 = np.array(data.draw(built), float), np.array(data.draw(built), float)
    v2 = v1 + np.array(data.draw(growth), float)
    p2 = p1 + np.array(data.draw(growth), float)
    survey = survey_of(table.assign(v1=v1, v2=v2, p1=p1, p2=p2))
    T = cs.Total
    lcrpgr = ((T("v2") - T("v1")) / T("v1") / t) / (cs.log(T("p2") / T("p1")) / t)
    theta, z = lcrpgr_by_hand(survey.table, survey.weights, t)
    assert survey.weights @ z == pytest.approx(0.0, abs=1e-9 * theta)  # homogeneous of degree 0
    by_hand = national(survey_of(table.assign(z=z)), "total(z)")
    found = national(survey, lcrpgr)
    assert found.estimate == pytest.approx(theta, rel=1e-12)
    assert found.se == pytest.approx(by_hand.se, rel=1e-9, abs=1e-12)
    assert str(lcrpgr) == str(cs.parse(str(lcrpgr)))
