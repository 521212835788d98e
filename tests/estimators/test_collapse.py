"""Collapsed strata: which are merged, what it adds, and its mean over all samples."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.degrees_of_freedom import design_df, merged_codes, nominal_df
from citysample.estimators.forms.collapse import between_strata, nearest_groups
from citysample.estimators.forms.single_psu import merged_strata, single_psu_decisions
from citysample.estimators.forms.stratified import design_covariance, variance_form
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.record import DrawRecord

Refused = Callable[..., AbstractContextManager[None]]


def groups(scores: list[float], single: list[int], absent: tuple[int, ...] = ()) -> list[int]:
    drawn, alone = np.ones(len(scores), bool), np.zeros(len(scores), bool)
    alone[single] = True
    drawn[list(absent)] = False
    return [int(code) for code in nearest_groups(np.array(scores), drawn, alone)]


def test_a_single_stratum_joins_the_nearest() -> None:
    assert groups([1.0, 2.0, 2.4, 9.0], [1]) == [0, 1, 1, 3]
    assert groups([1.0, 2.0, 3.0], [1]) == [0, 0, 2]  # at the same distance the first
    assert groups([0.1, 0.2, 0.3], [1]) == [0, 0, 2]  # but for rounding
    assert groups([1.0, 2.0, 2.4, 9.0], [1], absent=(2,)) == [0, 0, 2, 3]


def test_several_single_strata_join_one_or_each_other() -> None:
    assert groups([5.0, 5.5, 4.8, 9.0], [1, 2]) == [0, 0, 0, 3]
    assert groups([1.0, 1.1, 7.0, 7.3], [0, 1, 2, 3]) == [0, 0, 2, 2]
    assert groups([1.0, 2.0, 2.9, 9.0], [0, 1, 2]) == [0, 0, 0, 3]  # a chain
    assert groups([3.0, np.nan, 4.0], [0]) == [0, 1, 0]
    assert groups([3.0, 4.0], [0], absent=(1,)) == [0, 1]


@given(st.data())
def test_groups_hold_what_they_must(data: st.DataObject) -> None:
    H = data.draw(st.integers(2, 9))
    scores = np.array(data.draw(st.lists(st.integers(0, 12), min_size=H, max_size=H)), dtype=float)
    single = np.array(data.draw(st.lists(st.booleans(), min_size=H, max_size=H)))
    found = nearest_groups(scores, np.ones(H, bool), single)
    for code in np.unique(found):
        members = found == code
        assert members.argmax() == code
        # At most one stratum that is not single; no single one alone; nobody else is moved.
        assert int((~single[members]).sum()) <= 1
        assert members.sum() > 1 or not single[code]
    for h in np.flatnonzero(single):
        others = np.delete(np.arange(H), h)
        least = np.abs(scores[others] - scores[h]).min()
        assert any(found[o] == found[h] and abs(scores[o] - scores[h]) == least for o in others)
    moved = nearest_groups(scores * 3.0 - 100.0, np.ones(H, bool), single)
    np.testing.assert_array_equal(moved, found)


def record(strata: list[list[float]], n: list[int], scores: list[float] | None, method: str = "srs") -> Any:
    """The record of a draw of the first n_h of each stratum, and the expanded values that it takes."""
    stratum = np.repeat(np.arange(len(n)), n)
    pi = np.concatenate([np.full(m, m / len(y)) for y, m in zip(strata, n, strict=True)])
    names = tuple(f"h{h}" for h in range(len(n)))
    given_scores = None if scores is None else np.array(scores)
    return DrawRecord(
        method, names, np.arange(stratum.size), stratum, pi, pi == 1.0, "collapse", scores=given_scores
    )


def all_samples(strata: list[list[float]], n: list[int]) -> list[FloatArray]:
    chosen = [list(combinations(y, m)) for y, m in zip(strata, n, strict=True)]
    return [np.array([value for part in sample for value in part]) for sample in product(*chosen)]


def mean_of_estimates(strata: list[list[float]], n: list[int], scores: list[float]) -> tuple[float, float]:
    """Mean of the collapse estimate over all samples, and the true variance."""
    draw = record(strata, n, scores)
    estimates, totals = [], []
    for y in all_samples(strata, n):
        estimates.append(design_covariance(y[:, None], 1.0 / draw.pi, draw, "srs")[0, 0])
        totals.append(float(y @ (1.0 / draw.pi)))
    assert len(estimates) >= 12
    return float(np.mean(estimates)), float(np.var(totals))


def test_two_single_strata_of_the_same_size_by_enumeration() -> None:
    first, second = [1.0, 4.0, 6.0, 9.0], [2.0, 3.0, 8.0, 8.5]
    mean, truth = mean_of_estimates([first, second], [1, 1], [1.0, 1.2])
    assert mean == pytest.approx(truth + (sum(first) - sum(second)) ** 2, rel=1e-12)
    # Equal totals: nothing is added, and the estimate is unbiased. A finite population correction would
    # make it too small.
    mean, truth = mean_of_estimates([first, [2.0, 3.0, 7.0, 8.0]], [1, 1], [1.0, 1.2])
    assert mean == pytest.approx(truth, rel=1e-12)


def test_single_strata_of_different_sizes_by_enumeration() -> None:
    strata = [[1.0, 4.0, 7.0], [2.0, 3.0, 4.0, 6.0, 9.0], [5.0, 5.5]]
    mean, truth = mean_of_estimates(strata, [1, 1, 1], [1.0, 1.2, 1.4])
    totals = [sum(y) for y in strata]
    assert mean == pytest.approx(truth + 3 * np.var(totals, ddof=1), rel=1e-12)


def test_a_single_stratum_beside_another_by_enumeration() -> None:
    single, rest, far = [1.0, 4.0, 7.0], [2.0, 3.0, 4.0, 6.0, 9.0, 4.5], [50.0, 70.0, 60.0, 61.0]
    mean, truth = mean_of_estimates([far, single, rest], [2, 1, 3], [9.0, 1.0, 1.2])
    variance_of_rest = 6**2 * (1 - 3 / 6) * np.var(rest, ddof=1) / 3
    added = variance_of_rest / 3**2 + (sum(single) - sum(rest) / 3) ** 2
    assert mean == pytest.approx(truth + added, rel=1e-12)


@given(st.data())
def test_it_is_never_too_small_on_average(data: st.DataObject) -> None:
    value = st.integers(0, 20).map(float)
    strata = [data.draw(st.lists(value, min_size=3, max_size=4)) for _ in range(3)]
    n = [1, data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))]
    mean, truth = mean_of_estimates(strata, n, data.draw(st.permutations([1.0, 1.5, 3.0])))
    assert mean >= truth * (1 - 1e-12)


def test_expanded_values_are_compared_and_a_total_in_proportion_to_pi_has_no_error() -> None:
    pi = np.array([0.2, 0.5, 0.4, 0.3])
    stratum = np.array([0, 1, 1, 1])
    draw = DrawRecord(
        "pivotal", ("a", "b"), np.arange(4), stratum, pi, pi == 1.0, "collapse", scores=np.array([1.0, 2.0])
    )
    y = np.array([3.0, 4.0, 5.0, 6.0])
    expanded = y / pi
    for form in ("deville", "hajek", "with_replacement"):
        own = design_covariance(y[1:, None], 1.0 / pi[1:], part_of(draw), form)[0, 0]
        found = design_covariance(y[:, None], 1.0 / pi, draw, form)[0, 0]
        assert found == pytest.approx(own + (expanded[0] - expanded[1:].mean()) ** 2, rel=1e-12)
    proportional = design_covariance(pi[:, None], 1.0 / pi, draw, "deville")[0, 0]
    assert proportional == pytest.approx(0.0, abs=1e-20)


def part_of(draw: DrawRecord) -> DrawRecord:
    """The draw of the second stratum alone."""
    pi = draw.pi[1:]
    return DrawRecord(draw.method, ("b",), np.arange(3), np.zeros(3, np.int64), pi, pi == 1.0, "fail")


def test_covariances_and_the_form_as_a_matrix() -> None:
    draw = record([[0.0] * 4, [0.0] * 6, [0.0] * 9, [0.0] * 5], [1, 1, 3, 2], [1.0, 1.1, 1.4, 8.0])
    y = np.random.Generator(np.random.Philox(5)).normal(size=(7, 3))
    found = design_covariance(y, 1.0 / draw.pi, draw, "srs")
    matrix = design_covariance(np.eye(7), 1.0 / draw.pi, draw, "srs")
    np.testing.assert_allclose(y.T @ matrix @ y, found, rtol=1e-12)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9


def test_a_certainty_city_is_never_merged() -> None:
    table = {"a": (0.25, [0.25]), "b": (1.0, [1.0]), "c": (0.5, [0.5, 0.5, 1.0])}
    pi = np.array([p for _, part in table.values() for p in part])
    stratum = np.array([0, 1, 2, 2, 2])
    scores = np.array([1.0, 1.1, 5.0])
    draw = DrawRecord("srs", tuple(table), np.arange(5), stratum, pi, pi == 1.0, "collapse", scores=scores)
    (group,) = merged_strata(draw, "srs")
    assert (group.single, group.rest) == ((0,), (2,))
    assert merged_codes(draw, "srs").tolist() == [0, 1, 0]


def test_groups_count_as_one_stratum_and_are_announced() -> None:
    draw = record([[0.0] * 4, [0.0] * 6, [0.0] * 9, [0.0] * 5], [1, 1, 3, 2], [3.1, 7.25, 3.3, 7.0])
    domains = np.ones((7, 2), bool)
    domains[[0, 3], 1] = False
    # Groups: h0 with h2 (4 cities), h1 with h3 (3 cities).
    assert design_df(draw, domains).tolist() == [3 + 2, 1 + 2]
    assert nominal_df(draw) == 7 - 2
    found = single_psu_decisions(draw, "srs")
    assert [(d.rule, d.where) for d in found] == [("single_psu", "h0 + h2"), ("single_psu", "h1 + h3")]
    assert found[0].what == (
        "strata 'h0', 'h2' merged for the variance, scores 3.1, 3.3; one random unit in 'h0'"
    )


def test_what_cannot_be_merged_is_refused(refused: Refused) -> None:
    y = np.ones((4, 1))
    with refused("ESTIMATE-SINGLE-PSU", "strata 'h0'", "no scores", "collapse_by", "'adjust'"):
        draw = record([[0.0] * 4, [0.0] * 6], [1, 3], None)
        design_covariance(y, 1.0 / draw.pi, draw, "srs")
    with refused("ESTIMATE-SINGLE-PSU", "strata 'h0'", "single_psu = 'collapse'"):
        draw = record([[0.0] * 4, [0.0] * 3], [1, 3], [1.0, 2.0])
        design_covariance(y, 1.0 / draw.pi, draw, "srs")


def frame() -> cs.CityFrame:
    k = np.arange(24)
    table = pd.DataFrame(
        {
            "id": [f"c{i:02d}" for i in k],
            "people": np.exp(k / 4.0),
            "zone": np.repeat(list("ABCD"), 6),
            "height": np.repeat([5.0, 900.0, 20.0, 800.0], 6) + k,
        }
    )
    return cs.CityFrame.from_table(table, id="id", size="people")


def scores_of(record: DrawRecord) -> FloatArray:
    assert record.scores is not None
    return record.scores


def drawn(**options: Any) -> cs.CitySample:
    allocation = cs.Explicit({"A": 1, "B": 3, "C": 3, "D": 3})
    given_options = {"strata": ["zone"], "allocation": allocation, "single_psu": "collapse"}
    return cs.SampleDesign(**{**given_options, **options}).plan(frame()).draw("collapse")


def test_scores_of_a_drawn_sample_come_from_the_frame() -> None:
    scores = scores_of(drawn().record())
    expected = [float(np.mean(np.arange(6 * h, 6 * h + 6))) / 4.0 for h in range(4)]
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    assert merged_codes(drawn().record(), "srs").tolist() == [0, 0, 2, 3]
    by_height = drawn(collapse_by="height").record()
    assert scores_of(by_height).tolist() == [7.5, 908.5, 34.5, 820.5]
    assert merged_codes(by_height, "srs").tolist() == [0, 1, 0, 3]
    assert drawn(single_psu="adjust").record().scores is None


def test_other_draws_have_scores_too() -> None:
    for method in ("pivotal", "pareto", "systematic", "sampford"):
        record = drawn(method=method).record()
        form = variance_form(record, "design")
        assert merged_codes(record, form).tolist() == [0, 0, 2, 3]
        z = np.ones((10, 1))
        assert design_covariance(z, record.weights(), record, form)[0, 0] > 0.0
    left = drawn(take_none=1.2)
    assert scores_of(left.record()).size == 5
    assert np.isnan(scores_of(left.record())[4])  # the cities that are not drawn
    assert scores_of(left.record())[0] == pytest.approx(np.arange(1, 6).mean() / 4)


def test_a_plan_that_could_not_merge_is_refused(refused: Refused) -> None:
    with refused("DESIGN-OPTION-UNUSED", "collapse_by = 'height'", "'adjust'"):
        drawn(single_psu="adjust", collapse_by="height")
    with refused("FRAME-COLUMN-UNKNOWN", "'heigth'"):
        drawn(collapse_by="heigth")
    with refused("FRAME-NUMBER-TEXT", "'zone'"):
        drawn(collapse_by="zone")
    unsized = cs.CityFrame.from_table(frame().cities.reset_index(), id="city_id")
    design = cs.SampleDesign(
        strata=["zone"],
        allocation=cs.Explicit(dict(zip("ABCD", (1, 2, 2, 2), strict=True))),
        single_psu="collapse",
    )
    with refused("DESIGN-SIZE-MISSING", "collapse_by"):
        design.plan(unsized)
    with refused("DESIGN-SINGLE-PSU", "stratum 'A'", "1 random city"):
        drawn(allocation=cs.Explicit({"A": 1, "B": 6, "C": 6, "D": 6}))


def test_a_later_round_keeps_the_scores() -> None:
    sample = drawn(collapse_by="height")
    table = frame().cities.reset_index()
    new = table.iloc[:4].assign(city_id=[f"n{i}" for i in range(4)])
    later = cs.CityFrame.from_table(pd.concat([table, new]), id="city_id", size="people")
    record = sample.next_round(later).record()
    assert scores_of(record)[:4].tolist() == [7.5, 908.5, 34.5, 820.5]
    assert np.isnan(scores_of(record)[4:]).all()
    assert record.population is None
    assert merged_codes(record, "srs").tolist() == [0, 1, 0, 3, 4]


def test_between_strata_of_one_group_is_the_formula() -> None:
    z = np.array([[6.0, 1.0], [2.0, 5.0], [4.0, 4.0]])
    np.testing.assert_allclose(between_strata(z, np.zeros((0, 2))), 3 * np.cov(z.T), rtol=1e-12)
