"""Replicates without chance: for totals they give the covariance matrix of the variance form itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.estimators.replicate_draws import (
    assert_same,
    by_form,
    by_replicates,
    draw_of,
    strata_draws,
    values,
)

from citysample.estimators.forms.stratified import design_covariance
from citysample.estimators.replicates.cells import square_root
from citysample.estimators.replicates.methods import make_replicates
from citysample.estimators.replicates.replicates import replicate_covariance, replicate_totals
from citysample.estimators.replicates.units import form_matrix
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.joint.conditional_poisson import joint_conditional_poisson
from citysample.sampling.record import DrawRecord, RowLinks
from citysample.sampling.stages.draw_stage import StageRecord

FORMS_OF_EQUAL = ("srs", "with_replacement", "deville", "hajek")


@given(strata_draws(), st.sampled_from(FORMS_OF_EQUAL))
def test_the_jackknife_is_the_form(draw: DrawRecord, form: str) -> None:
    made = make_replicates(draw, form, "jkn")
    z = values(draw.psu.size)
    assert_same(by_replicates(draw, made, z), by_form(draw, form, z))
    assert (~draw.certainty).sum() == made.R
    assert made.factors.min() == 0.0
    assert (made.factors[:, draw.certainty] == 1.0).all()


@given(strata_draws(most=1), st.sampled_from(FORMS_OF_EQUAL))
def test_the_jackknife_of_one_stratum_is_the_form(draw: DrawRecord, form: str) -> None:
    made = make_replicates(draw, form, "jk1")
    z = values(draw.psu.size)
    assert_same(by_replicates(draw, made, z), by_form(draw, form, z))
    m = int((~draw.certainty).sum())
    fpc = 1.0 if form == "with_replacement" else 1.0 - draw.pi[0]
    assert made.scale == pytest.approx(fpc * (m - 1) / m, rel=1e-12)
    assert (made.rscales == 1.0).all()


@given(strata_draws(pairs=True), st.sampled_from(FORMS_OF_EQUAL), st.floats(0.0, 0.9))
def test_half_samples_are_the_form(draw: DrawRecord, form: str, rho: float) -> None:
    z = values(draw.psu.size)
    expected = by_form(draw, form, z)
    for made in (make_replicates(draw, form, "brr"), make_replicates(draw, form, "fay", fay=rho)):
        assert_same(by_replicates(draw, made, z), expected)
        assert made.factors.min() >= 0.0
        assert (made.factors[:, draw.certainty] == 1.0).all()
        np.testing.assert_allclose(made.factors.mean(axis=0), 1.0, rtol=1e-12)


@given(strata_draws(), st.sampled_from(FORMS_OF_EQUAL), st.floats(0.0, 0.9))
def test_exact_replication_is_the_form(draw: DrawRecord, form: str, rho: float) -> None:
    made = make_replicates(draw, form, "exact", fay=rho)
    z = values(draw.psu.size)
    assert_same(by_replicates(draw, made, z), by_form(draw, form, z))
    assert made.factors.min() >= 0.0
    np.testing.assert_allclose(made.factors.mean(axis=0), 1.0, rtol=1e-12)


def test_a_shorter_step_brings_ratios_to_their_linear_part() -> None:
    """The part of a higher order goes down about as fast as 1 - rho, or faster."""
    draw = draw_of([12], np.linspace(0.1, 0.6, 12), method="brewer")
    z, w = values(12, 2, key=7), draw.weights()
    totals = (z * w[:, None]).sum(axis=0)
    linear = (z[:, 0] - totals[0] / totals[1] * z[:, 1]) / totals[1]
    expected = np.sqrt(by_form(draw, "deville", linear[:, None])[0, 0])
    errors = []
    for rho in (0.9, 0.99, 0.999):
        made = make_replicates(draw, "deville", "exact", fay=rho)
        found = replicate_totals(z * w[:, None], made.factors)
        ratio, full = found[:, [0]] / found[:, [1]], totals[[0]] / totals[[1]]
        variance = replicate_covariance(ratio, full, made.scale, made.rscales, made.mse)[0, 0]
        errors.append(abs(np.sqrt(variance) / expected - 1.0))
    assert 1e-8 < errors[2] < errors[1] / 5 < errors[0] / 25


def unequal_draws() -> list[tuple[str, str, DrawRecord]]:
    """A draw of unequal probabilities in two strata for each form, with a certainty city."""
    pi = np.array([0.2, 0.5, 0.4, 0.7, 0.3, 0.9, 0.1, 0.6, 1.0, 0.35, 0.55])
    sizes = [6, 5]
    pairs = {h: joint_conditional_poisson(np.array(p)) for h, p in ((0, pi[:6]), (1, [0.1, 0.6, 0.35, 0.95]))}
    fixed = draw_of(sizes, np.where(pi == 0.55, 0.95, pi), method="conditional_poisson", joint=pairs)
    position = np.array([4, 0, 2, 5, 1, 3, 8, 6, 10, 7, 9])
    ordered = draw_of(sizes, pi, method="systematic", position=position)
    place = np.column_stack([position, position**2 % 7]).astype(np.float64)
    spread = draw_of(sizes, pi, method="local_pivotal", coordinates=place)
    x = values(pi.size, 1, key=4)[:, 0]
    balance = np.column_stack([pi, x])
    missed = {0: np.array([0.0, 3.5]), 1: np.array([0.0, -2.0])}
    balanced = draw_of(sizes, pi, method="cube", balance=balance, imbalance=missed)
    poisson = draw_of(sizes, pi, method="poisson")
    approximations = ("deville", "deville2", "hajek", "brewer", "hartley_rao", "with_replacement")
    return [
        *(("conditional_poisson", form, fixed) for form in (*approximations, "syg")),
        *(("systematic", form, ordered) for form in ("successive_difference", "deville")),
        ("local_pivotal", "local_mean", spread),
        ("cube", "balanced", balanced),
        ("poisson", "poisson", poisson),
    ]


@pytest.mark.parametrize(("method", "form", "draw"), unequal_draws())
def test_exact_replication_takes_any_form(method: str, form: str, draw: DrawRecord) -> None:
    assert draw.method == method
    made = make_replicates(draw, form, "exact")
    z = values(draw.psu.size, 4)
    assert_same(by_replicates(draw, made, z), by_form(draw, form, z))
    assert made.factors.min() >= 0.0
    assert (made.factors[:, draw.certainty] == 1.0).all()


def test_the_jackknife_of_independent_draws_leaves_out_each_city() -> None:
    """Poisson's form is a sum of squares: the others keep their weights."""
    draw = draw_of([4, 2], [0.2, 0.5, 0.4, 0.7, 1.0, 0.3], method="poisson")
    z = values(6)
    made = make_replicates(draw, "poisson", "jkn")
    assert_same(by_replicates(draw, made, z), by_form(draw, "poisson", z))
    assert set(np.unique(made.factors)) == {0.0, 1.0}
    np.testing.assert_allclose(made.rscales, 1.0 - draw.pi[~draw.certainty], rtol=1e-12)


def test_draws_with_replacement_have_no_probabilities() -> None:
    draw = draw_of([3, 4], [np.nan, np.nan], method="with_replacement")
    weights, z = np.array([4.0, 5.0, 6.0, 2.0, 3.0, 9.0, 1.0]), values(7)
    expected = design_covariance(z, weights, draw, "with_replacement")
    staged = replace(two_stage_draw(False), method="with_replacement", pi=np.full(3, np.nan))
    compared = 0
    for method in ("jkn", "exact"):
        made = make_replicates(draw, "with_replacement", method)
        totals = replicate_totals(z * weights[:, None], made.factors)
        full = (z * weights[:, None]).sum(axis=0)
        assert_same(replicate_covariance(totals, full, made.scale, made.rscales, made.mse), expected)
        assert make_replicates(staged, "with_replacement", method).factors.shape[1] == 3
        compared += 1
    assert compared == 2


def test_half_samples_take_any_form_of_two_cities() -> None:
    """With two cities any form of fixed size is a (z-check_1 - z-check_2)^2."""
    draw = draw_of([2, 3], [0.3, 0.6, 0.2, 0.7, 1.0], method="conditional_poisson")
    z = values(5)
    compared = 0
    for form in ("deville", "hajek", "brewer", "with_replacement"):
        for method in ("brr", "fay", "jkn"):
            made = make_replicates(draw, form, method)
            assert_same(by_replicates(draw, made, z), by_form(draw, form, z))
            compared += 1
    assert compared == 12


@given(st.lists(st.integers(2, 7), min_size=1, max_size=3), st.data())
def test_successive_difference_replication_is_the_form(sizes: list[int], data: st.DataObject) -> None:
    m = sum(sizes)
    pi = np.array(data.draw(st.lists(st.integers(1, 19), min_size=m, max_size=m))) / 20
    position = np.array(data.draw(st.permutations(range(m))))
    draw = draw_of(sizes, pi, method="systematic", position=position)
    made = make_replicates(draw, "deville", "sdr")
    z = values(m)
    assert_same(by_replicates(draw, made, z), by_form(draw, "successive_difference", z))
    assert made.factors.min() >= 0.0
    assert made.scale == pytest.approx(4.0 / made.R)


def test_the_factors_of_successive_differences_are_those_of_fay_and_train() -> None:
    """A factor is 1 + c (h - h') with neighbouring columns; the order is a circle."""
    m, f = 8, 0.25
    draw = draw_of([m], [f] * m, method="systematic", position=np.arange(m))
    factors = make_replicates(draw, "deville", "sdr").factors
    step = np.sqrt(1 - f) * 2.0**-1.5
    levels = {round(float(x), 12) for x in factors.ravel()}
    assert levels == {round(1 + k * step, 12) for k in (-2, 0, 2)}


@pytest.mark.parametrize("rule", ["adjust", "average", "certainty"])
def test_the_single_psu_rule_of_the_draw_is_kept(rule: str) -> None:
    draw = draw_of([3, 1, 4], [0.3, 0.5, 0.2], single_psu=rule)
    z = values(8)
    for method in ("jkn", "exact"):
        assert_same(by_replicates(draw, make_replicates(draw, "srs", method), z), by_form(draw, "srs", z))


def test_merged_strata_keep_their_form() -> None:
    draw = draw_of([3, 1, 1, 4], [0.3, 0.5, 0.25, 0.2], single_psu="collapse", scores=np.arange(4.0))
    z = values(9)
    made = make_replicates(draw, "srs", "exact")
    assert_same(by_replicates(draw, made, z), by_form(draw, "srs", z))


def test_take_all_strata_add_nothing() -> None:
    """Stratum A: 3 of 3 cities (900, 300, 100); stratum C: 4 of 20. Without the fpc the error is tenfold."""
    y = np.array([900.0, 300.0, 100.0, 12.0, 30.0, 17.0, 25.0])
    draw = draw_of([3, 4], [1.0, 0.2])
    in_c = np.array([12.0, 30.0, 17.0, 25.0])
    se = 20.0 * np.sqrt((1.0 - 0.2) / 4.0 * in_c.var(ddof=1))
    compared = 0
    for method in ("jkn", "jk1", "exact"):
        found = by_replicates(draw, make_replicates(draw, "srs", method), y[:, None])[0, 0]
        assert np.sqrt(found) == pytest.approx(se, rel=1e-12)
        compared += 1
    for method in ("bootstrap", "generalized_bootstrap"):
        made = make_replicates(draw, "srs", method, R=4000, seed="TAKE-ALL")
        assert (made.factors[:, :3] == 1.0).all()
        found = by_replicates(draw, made, y[:, None])[0, 0]
        assert np.sqrt(found) == pytest.approx(se, rel=0.05)
        compared += 1
    assert compared == 5


@pytest.mark.parametrize(
    "method", ["jk1", "jkn", "brr", "fay", "exact", "bootstrap", "generalized_bootstrap"]
)
def test_a_census_has_no_variance(method: str) -> None:
    draw = draw_of([2, 2], [1.0, 1.0])
    made = make_replicates(draw, "srs", method, seed="CENSUS")
    assert made.factors.size >= 4
    assert (made.factors == 1.0).all()
    assert (by_replicates(draw, made, values(4)) == 0.0).all()


def two_stage_draw(certain: bool = True) -> DrawRecord:
    """Three of six cities, and a certain one; two or three units in each, which are all in one city."""
    drawn, N = [2, 3, 2, 3], [5, 4, 2, 6]
    cities = 4 if certain else 3
    parent = np.repeat(np.arange(cities), drawn[:cities])
    pi = np.repeat(np.array(drawn[:cities]) / np.array(N[:cities]), drawn[:cities])
    names = tuple("abcd"[row] for row in parent)
    stage = StageRecord(
        2, tuple(f"{name}/{k}" for k, name in enumerate(names)), names, parent, ("all",) * parent.size, pi,
        np.repeat(np.array(N[:cities]), drawn[:cities]), "srs",
    )  # fmt: skip
    chances = np.array([0.5, 0.5, 0.5, 1.0][:cities])
    code = np.zeros(cities, dtype=np.int64)
    return DrawRecord("srs", ("all",), parent, code, chances, chances == 1.0, "fail", stages=(stage,))


def test_exact_replication_carries_the_stages() -> None:
    draw = two_stage_draw()
    z = values(draw.psu.size)
    made = make_replicates(draw, "srs", "exact")
    assert_same(by_replicates(draw, made, z), by_form(draw, "srs", z))
    assert made.factors.shape[1] == draw.psu.size


@pytest.mark.parametrize("method", ["jkn", "exact"])
def test_ultimate_clusters_carry_the_stages(method: str) -> None:
    """Random cities are the units, and in the certainty city the units inside."""
    draw = two_stage_draw()
    z = values(draw.psu.size)
    made = make_replicates(draw, "with_replacement", method)
    assert_same(by_replicates(draw, made, z), by_form(draw, "with_replacement", z))


def test_the_units_drawn_first_in_a_certainty_city_are_the_ultimate_clusters() -> None:
    """Two random cities, a certain one with two random areas and a certain one; two homes in each area."""
    parents, names = np.array([0, 1, 2, 2, 2]), ("a", "b", "c", "c", "c")
    area_pi, areas = np.array([0.5, 0.5, 0.4, 0.4, 1.0]), ("a/1", "b/1", "c/1", "c/2", "c/3")
    strata = ("all", "all", "all", "all", "core")
    second = StageRecord(2, areas, names, parents, strata, area_pi, np.array([2, 2, 5, 5, 1]), "srs")
    home = np.repeat(np.arange(5), 2)
    homes = tuple(f"{areas[k]}/{j}" for j, k in enumerate(home))
    of = tuple(areas[k] for k in home)
    third = StageRecord(3, homes, of, home, ("all",) * 10, np.full(10, 0.25), np.full(10, 8), "srs")
    pi, code = np.array([0.5, 0.5, 1.0]), np.zeros(3, dtype=np.int64)
    draw = DrawRecord(
        "srs", ("all",), parents[home], code, pi, pi == 1.0, "fail", stages=(second, third)
    )  # fmt: skip
    z = values(10)
    made = make_replicates(draw, "with_replacement", "jkn")
    assert made.R == 2 + 2 + 2
    assert_same(by_replicates(draw, made, z), by_form(draw, "with_replacement", z))


def test_a_census_of_cities_with_units_inside_has_one_stage() -> None:
    draw = replace(two_stage_draw(), pi=np.ones(4), certainty=np.ones(4, dtype=bool))
    z = values(draw.psu.size)
    for method in ("jkn", "exact"):
        assert_same(by_replicates(draw, make_replicates(draw, "srs", method), z), by_form(draw, "srs", z))
    assert make_replicates(draw, "srs", "jkn").R == 2 + 3 + 3


def linked_draw() -> DrawRecord:
    """Four of eight old cities; the first row is half of the old cities 0 and 1 each."""
    links = RowLinks(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 3]), np.array([0.5, 0.5, 1.0, 1.0]))
    draw = draw_of([4], [0.5] * 4)
    return replace(draw, psu=np.array([0, 2, 3]), links=links)


@pytest.mark.parametrize("method", ["jkn", "jk1", "exact"])
def test_merged_cities_vary_with_their_parts(method: str) -> None:
    draw = linked_draw()
    z = values(3)
    made = make_replicates(draw, "srs", method)
    assert made.factors.shape[1] == 3
    assert_same(by_replicates(draw, made, z), by_form(draw, "srs", z))


def test_exact_replication_holds_the_variance_of_the_response() -> None:
    """Five of the seven drawn cities answered, one of them certain."""
    full = draw_of([4, 3], [0.4, 0.4, 0.4, 0.4, 0.25, 0.25, 1.0])
    draw = replace(full, psu=np.array([0, 2, 3, 4, 6]), response=np.array([0.5, 0.8, 1.0, 0.9, 0.7]))
    draw = replace(draw, single_psu="certainty")
    z = values(5)
    made = make_replicates(draw, "srs", "exact")
    assert_same(by_replicates(draw, made, z), by_form(draw, "srs", z))
    turned = replace(draw, psu=draw.psu[::-1].copy(), response=draw.response[::-1].copy())  # type: ignore[index]
    other = make_replicates(turned, "srs", "exact")
    np.testing.assert_array_equal(made.factors[:, made.unit], other.factors[:, other.unit][:, ::-1])


@given(st.integers(2, 6), st.data())
def test_the_order_of_rows_is_irrelevant(m: int, data: st.DataObject) -> None:
    draw = draw_of([m, 3], [0.3, 0.5], rows_of_psu=[2] * (m + 3))
    order = np.array(data.draw(st.permutations(range(draw.psu.size))))
    other = replace(draw, psu=draw.psu[order])
    for method in ("jkn", "exact", "bootstrap", "generalized_bootstrap"):
        one = make_replicates(draw, "srs", method, seed="ORDER", R=8 if "boot" in method else None)
        two = make_replicates(other, "srs", method, seed="ORDER", R=8 if "boot" in method else None)
        np.testing.assert_array_equal(one.factors[:, one.unit][:, order], two.factors[:, two.unit])


@given(st.integers(1, 6), st.integers(0, 2**32))
def test_the_square_root_squares_to_the_matrix(m: int, key: int) -> None:
    b: FloatArray = values(m * max(1, m - 1), 1, key).reshape(max(1, m - 1), m) - 50.0
    matrix = b.T @ b
    root, smallest = square_root(matrix)
    np.testing.assert_allclose(root @ root, matrix, rtol=0, atol=1e-11 * np.abs(matrix).max())
    np.testing.assert_allclose(root, root.T, rtol=0, atol=0)
    assert smallest >= 0.0


def test_the_matrix_of_a_form_is_the_form() -> None:
    draw = draw_of([3, 2], [0.4, 0.4, 0.4, 1.0, 1.0])
    third = 0.6 * 3 / 2
    np.testing.assert_allclose(form_matrix(draw, "srs")[:3, :3], third * (np.eye(3) - 1 / 3), atol=1e-15)
    assert (form_matrix(draw, "srs")[3:] == 0.0).all()
