"""The quadratic forms: against their definitions in plain loops, and against each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.forms.approximations import brewer, deville, hajek, hartley_rao
from citysample.estimators.forms.balanced import balanced
from citysample.estimators.forms.equal import srs, with_replacement
from citysample.estimators.forms.exact import poisson, syg
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.forms.stratified import stratified_covariance
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import FORM_NEEDS, METHODS, VARIANCE_FORMS

NEGATIVE = ("ht", "hartley_rao")
"""Forms that may be negative."""
RANDOM_SIZE = ("ht", "poisson")
"""Forms that are not zero where all z-check are equal, because the size may be random."""


@st.composite
def strata(draw: st.DrawFn, *, equal: bool = False) -> tuple[FloatArray, FloatArray]:
    m, q = draw(st.integers(2, 7)), draw(st.integers(1, 3))
    number = st.integers(-1000, 1000)
    rows = draw(st.lists(st.lists(number, min_size=q, max_size=q), min_size=m, max_size=m))
    chance = st.integers(1, 99)
    pi = [draw(chance)] * m if equal else draw(st.lists(chance, min_size=m, max_size=m))
    return np.array(rows, float) / 8, np.array(pi, float) / 100


def joint_of(pi: FloatArray) -> FloatArray:
    """pi_kl of the Hajek approximation, kept above 0."""
    factor = 1 - np.outer(1 - pi, 1 - pi) / (2 * (pi * (1 - pi)).sum())
    joint: FloatArray = np.outer(pi, pi) * np.maximum(factor, 0.05)
    np.fill_diagonal(joint, pi)
    return joint


def arrays_of(pi: FloatArray) -> dict[str, FloatArray]:
    """All that forms need: pi as the only balancing variable, places on a line with a gap."""
    place = np.arange(len(pi)) ** 1.5
    return {
        "joint": joint_of(pi),
        "balance": pi[:, None],
        "imbalance": np.zeros(1),
        "coordinates": np.column_stack([place, -place]),
        "position": np.arange(float(len(pi))),
        "squares": pi.sum(),
    }


def value(form: str, expanded: FloatArray, pi: FloatArray, order: IntArray | None = None) -> FloatArray:
    """A form with what it needs; ``order`` is the rows that are taken, of all arrays."""
    held = arrays_of(pi)
    rows = np.arange(len(pi)) if order is None else order
    whole = ("imbalance", "squares")
    held = {name: array if name in whole else array[rows] for name, array in held.items()}
    held["joint"] = held["joint"][:, rows]
    about = FORMS[form]
    return about.function(expanded[rows], pi[rows], *(held[name] for name in (*about.needs, *about.uses)))


def scatter(expanded: FloatArray, c: FloatArray, centre: FloatArray) -> FloatArray:
    q = expanded.shape[1]
    total = np.zeros((q, q))
    for k in range(len(expanded)):
        for i in range(q):
            for j in range(q):
                total[i, j] += c[k] * (expanded[k, i] - centre[i]) * (expanded[k, j] - centre[j])
    return total


def slack(expanded: FloatArray) -> float:
    return 1e-9 * (1.0 + float(np.abs(expanded).max()) ** 2)


@given(strata(equal=True))
def test_srs_is_the_sen_yates_grundy_form(stratum: tuple[FloatArray, FloatArray]) -> None:
    """Sum over pairs of (pi_k pi_l - pi_kl) / pi_kl (z-check_k - z-check_l)^2, with pi_kl of SRS."""
    expanded, _ = stratum
    m, q = expanded.shape
    M = 3 * m
    pi_k, pi_kl = m / M, m * (m - 1) / (M * (M - 1))
    expected = np.zeros((q, q))
    pairs = 0
    for k in range(m):
        for j in range(k):
            difference = expanded[k] - expanded[j]
            expected += (pi_k**2 - pi_kl) / pi_kl * np.outer(difference, difference)
            pairs += 1
    assert pairs == m * (m - 1) / 2
    np.testing.assert_allclose(srs(expanded, np.full(m, pi_k)), expected, rtol=1e-10, atol=slack(expanded))


@given(strata(equal=True))
def test_srs_is_the_textbook_formula(stratum: tuple[FloatArray, FloatArray]) -> None:
    """M^2 (1 - f) s^2 / m with s^2 of the values z = z-check m / M."""
    expanded, _ = stratum
    m, M = len(expanded), 4 * len(expanded)
    spread = np.atleast_2d(np.cov(expanded * m / M, rowvar=False, ddof=1))
    expected = M**2 * (1 - m / M) / m * spread
    np.testing.assert_allclose(srs(expanded, np.full(m, m / M)), expected, rtol=1e-10, atol=slack(expanded))


@given(strata(equal=True))
def test_all_forms_are_srs_where_the_probabilities_are_equal(stratum: tuple[FloatArray, FloatArray]) -> None:
    expanded, pi = stratum
    expected = srs(expanded, pi)
    for form in (hajek, deville, brewer, hartley_rao):
        np.testing.assert_allclose(form(expanded, pi), expected, rtol=1e-9, atol=slack(expanded))
    np.testing.assert_allclose(
        (1 - pi[0]) * with_replacement(expanded, pi), expected, rtol=1e-9, atol=slack(expanded)
    )


@given(strata())
def test_hajek_is_its_definition(stratum: tuple[FloatArray, FloatArray]) -> None:
    expanded, pi = stratum
    m = len(pi)
    centre = sum((1 - pi[k]) * expanded[k] for k in range(m)) / sum(1 - pi[k] for k in range(m))
    expected = scatter(expanded, (1 - pi) * m / (m - 1), centre)
    np.testing.assert_allclose(hajek(expanded, pi), expected, rtol=1e-9, atol=slack(expanded))


@given(strata())
def test_deville_is_its_definition(stratum: tuple[FloatArray, FloatArray]) -> None:
    """V-hat = 1 / (1 - sum a_k^2) sum (1 - pi_k) (z-check_k - sum_l a_l z-check_l)^2."""
    expanded, pi = stratum
    a = (1 - pi) / (1 - pi).sum()
    centre = sum(a[k] * expanded[k] for k in range(len(pi)))
    expected = scatter(expanded, (1 - pi) / (1 - (a**2).sum()), centre)
    np.testing.assert_allclose(deville(expanded, pi), expected, rtol=1e-9, atol=slack(expanded))


@given(strata())
def test_brewer_is_its_definition(stratum: tuple[FloatArray, FloatArray]) -> None:
    """Sum of (1/c_k - pi_k)(z-check_k - mean)^2 with c_k = (m - 1)/(m - pi_k)."""
    expanded, pi = stratum
    m = len(pi)
    c = [(m - pi[k]) / (m - 1) - pi[k] for k in range(m)]
    expected = scatter(expanded, np.array(c), expanded.sum(axis=0) / m)
    np.testing.assert_allclose(brewer(expanded, pi), expected, rtol=1e-9, atol=slack(expanded))


@given(strata())
def test_hartley_rao_is_its_definition(stratum: tuple[FloatArray, FloatArray]) -> None:
    expanded, pi = stratum
    m, q = expanded.shape
    expected = np.zeros((q, q))
    for k in range(m):
        for j in range(k):
            difference = expanded[k] - expanded[j]
            expected += (1 - pi[k] - pi[j] + pi.mean()) / (m - 1) * np.outer(difference, difference)
    np.testing.assert_allclose(hartley_rao(expanded, pi), expected, rtol=1e-9, atol=10 * slack(expanded))


@given(strata(), st.sampled_from(sorted(FORMS)))
def test_forms_are_symmetric_and_positive_semidefinite(
    stratum: tuple[FloatArray, FloatArray], form: str
) -> None:
    expanded, pi = stratum
    found = value(form, expanded, pi)
    np.testing.assert_allclose(found, found.T, rtol=1e-12, atol=slack(expanded))
    assert found.shape == (expanded.shape[1],) * 2
    if form not in NEGATIVE:
        assert np.linalg.eigvalsh((found + found.T) / 2).min() >= -10 * slack(expanded)


@given(strata(), st.sampled_from(sorted(FORMS)))
def test_each_form_is_the_quadratic_form_of_its_matrix(
    stratum: tuple[FloatArray, FloatArray], form: str
) -> None:
    """Applied to the identity matrix it gives Q, and then X' Q X for any X."""
    expanded, pi = stratum
    matrix = value(form, np.eye(len(pi)), pi)
    np.testing.assert_allclose(
        expanded.T @ matrix @ expanded, value(form, expanded, pi), rtol=1e-7, atol=100 * slack(expanded)
    )


@given(strata(), st.sampled_from(sorted(FORMS)))
def test_variable_proportional_to_pi_has_no_variance(
    stratum: tuple[FloatArray, FloatArray], form: str
) -> None:
    """A sample of fixed size estimates it without error: all z-check are equal."""
    _, pi = stratum
    if form not in RANDOM_SIZE:
        assert np.abs(value(form, np.full((len(pi), 1), 123.25), pi)).max() < 1e-9


@given(strata(), st.sampled_from(sorted(FORMS)))
def test_cities_that_are_almost_certain_have_almost_no_variance(
    stratum: tuple[FloatArray, FloatArray], form: str
) -> None:
    expanded, _ = stratum
    m = len(expanded)
    pi = np.full(m, 1 - 1e-9)
    if form == "with_replacement":
        return
    if form in ("syg", "ht"):  # the draw that leaves out one of M = 1e9 cities has pi_kl = 1 - 2e-9
        joint = np.full((m, m), 1 - 2e-9)
        np.fill_diagonal(joint, pi)
        found = FORMS[form].function(expanded, pi, joint)
    else:
        found = value(form, expanded, pi)
    assert np.abs(found).max() <= 1e-6 * (1 + np.abs(expanded).max() ** 2)


@given(strata(), st.sampled_from(sorted(FORMS)), st.randoms(use_true_random=False))
def test_order_of_units_is_irrelevant(
    stratum: tuple[FloatArray, FloatArray], form: str, random: object
) -> None:
    expanded, pi = stratum
    pi = np.full(len(pi), pi[0]) if form == "srs" else pi
    order = np.arange(len(pi))
    random.shuffle(order)  # type: ignore[attr-defined]  # on purpose
    found = value(form, expanded, pi, order)
    np.testing.assert_allclose(found, value(form, expanded, pi), rtol=1e-9, atol=10 * slack(expanded))


@pytest.mark.parametrize("method", sorted(VARIANCE_FORMS))
def test_registries_fit_together(method: str) -> None:
    assert set(VARIANCE_FORMS[method]) <= FORMS.keys()
    assert method in {*METHODS, "with_replacement", "legacy", "controlled"}
    assert METHODS.keys() <= VARIANCE_FORMS.keys()
    assert "ht" not in VARIANCE_FORMS[method][:1]
    assert {"syg", "ht"} & {*VARIANCE_FORMS[method]} in (set(), {"syg", "ht"})


def test_needs_of_forms_are_kept_in_one_place() -> None:
    assert {name: form.needs for name, form in FORMS.items() if form.needs} == FORM_NEEDS
    assert {name for forms in VARIANCE_FORMS.values() for name in forms} == FORMS.keys()


def test_two_names_stand_for_other_forms() -> None:
    """Deville 2 of Matei and Tille (2005) is Deville's form; that of Rosen (1997) for Pareto is Hajek's."""
    assert FORMS["deville2"] == FORMS["deville"]
    assert FORMS["rosen"] == FORMS["hajek"]
    assert [name for name, forms in VARIANCE_FORMS.items() if "rosen" in forms] == ["pareto"]


@given(strata())
def test_poisson_is_its_definition(stratum: tuple[FloatArray, FloatArray]) -> None:
    expanded, pi = stratum
    expected = scatter(expanded, 1 - pi, np.zeros(expanded.shape[1]))
    np.testing.assert_allclose(poisson(expanded, pi), expected, rtol=1e-9, atol=slack(expanded))


@given(strata(), st.data())
def test_sen_yates_grundy_is_its_definition(
    stratum: tuple[FloatArray, FloatArray], data: st.DataObject
) -> None:
    expanded, pi = stratum
    m, q = expanded.shape
    factor = data.draw(st.lists(st.floats(0.2, 0.99), min_size=m * m, max_size=m * m))
    joint = np.outer(pi, pi) * np.array(factor).reshape(m, m)
    joint = np.minimum((joint + joint.T) / 2, np.minimum.outer(pi, pi))
    np.fill_diagonal(joint, pi)
    expected = np.zeros((q, q))
    for k in range(m):
        for j in range(k):
            difference = expanded[k] - expanded[j]
            expected += (pi[k] * pi[j] - joint[k, j]) / joint[k, j] * np.outer(difference, difference)
    np.testing.assert_allclose(syg(expanded, pi, joint), expected, rtol=1e-9, atol=10 * slack(expanded))


@given(strata(), st.data())
def test_balanced_is_hajek_of_the_residuals(
    stratum: tuple[FloatArray, FloatArray], data: st.DataObject
) -> None:
    """With pi alone it is Hajek's form; a variable that is balanced on has no variance."""
    expanded, pi = stratum
    found = balanced(expanded, pi, pi[:, None])
    np.testing.assert_allclose(found, hajek(expanded, pi), rtol=1e-8, atol=10 * slack(expanded))
    if len(pi) >= 3:
        x = np.array(data.draw(st.lists(st.integers(1, 50), min_size=len(pi), max_size=len(pi))), float)
        both = np.column_stack([pi, x])
        own = balanced((x / pi)[:, None], pi, both)
        assert abs(own[0, 0]) < 1e-7 * (1 + float((x / pi).max()) ** 2)


def test_hartley_rao_takes_the_squares_of_the_frame_where_it_is_known() -> None:
    """40 of 188 cities: the record of a draw holds all pi_k, that of a sample from elsewhere does not."""
    frame = cs.load_frame("KEN")
    plan = cs.SampleDesign(n=40, method="sampford", probabilities="size").plan(frame)
    sample = plan.draw(seed="squares")
    record = sample.record()
    y = sample.cities["area_km2"].to_numpy(dtype=np.float64)
    found = stratified_covariance((y / record.pi)[:, None], record, "hartley_rao")[0, 0]
    random = plan.cities["pi"].to_numpy()
    random = random[random < 1.0]
    psus = np.flatnonzero(~record.certainty)
    z, pi, m = (y / record.pi)[psus], record.pi[psus], psus.size
    expected = sum(
        (1 - pi[k] - pi[j] + (random**2).sum() / m) * (z[k] - z[j]) ** 2 for k in range(m) for j in range(k)
    ) / (m - 1)
    assert found == pytest.approx(expected, rel=1e-10)
    elsewhere = replace(record, population=None)
    assert stratified_covariance((y / record.pi)[:, None], elsewhere, "hartley_rao")[0, 0] == pytest.approx(
        brewer(z[:, None], pi)[0, 0], rel=1e-10
    )
    assert found != pytest.approx(brewer(z[:, None], pi)[0, 0], rel=1e-6)
