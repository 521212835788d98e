"""Exact forms: all samples of small designs with their chances; joint probabilities that are refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.estimators.forms.equal import srs
from citysample.estimators.forms.exact import ht, poisson, syg
from citysample.reference_frames.columns import BoolArray, FloatArray

Refused = Callable[..., AbstractContextManager[None]]
Design = list[tuple[float, BoolArray]]
Form = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def fixed_size(draw: st.DrawFn, N: int, n: int) -> Design:
    """All samples of n cities, with any chances above 0."""
    samples = [np.isin(np.arange(N), s) for s in combinations(range(N), n)]
    weights = draw(st.lists(st.integers(1, 20), min_size=len(samples), max_size=len(samples)))
    return [(w / sum(weights), s) for w, s in zip(weights, samples, strict=True)]


@st.composite
def fixed_designs(draw: st.DrawFn) -> Design:
    N = draw(st.integers(3, 6))
    return fixed_size(draw, N, draw(st.integers(2, N - 1)))


@st.composite
def random_designs(draw: st.DrawFn) -> Design:
    """All sets of up to five cities, the empty one too, with any chances above 0."""
    samples = [np.array(s) for s in product((False, True), repeat=draw(st.integers(2, 5)))]
    weights = draw(st.lists(st.integers(1, 20), min_size=len(samples), max_size=len(samples)))
    return [(w / sum(weights), s) for w, s in zip(weights, samples, strict=True)]


def moments(design: Design, form: Form) -> tuple[FloatArray, FloatArray, int]:
    """True covariance matrix of two totals, mean of the estimated one over all samples, and their number."""
    N = len(design[0][1])
    joint = sum(chance * np.outer(s, s).astype(float) for chance, s in design)
    pi = np.diag(joint).copy()
    y = np.column_stack([(np.arange(N) * 7 % 5 + 1.0) ** 2, np.cos(np.arange(N))])
    totals = np.array([(y[s] / pi[s, None]).sum(axis=0) for _, s in design])
    chances = np.array([chance for chance, _ in design])
    errors = totals - chances @ totals
    np.testing.assert_allclose(chances @ totals, y.sum(axis=0), rtol=1e-12)
    mean = sum(
        chance * form(y[s] / pi[s, None], pi[s], np.asarray(joint)[np.ix_(s, s)]) for chance, s in design
    )
    return (errors * chances[:, None]).T @ errors, np.asarray(mean), len(design)


@given(fixed_designs())
def test_syg_and_ht_are_unbiased_for_any_design_of_fixed_size(design: Design) -> None:
    for form in (syg, ht):
        true, mean, samples = moments(design, form)
        assert samples >= 3
        np.testing.assert_allclose(mean, true, rtol=1e-10, atol=1e-12 * np.abs(true).max() + 1e-10)


@given(random_designs())
def test_ht_is_unbiased_for_any_design_of_random_size(design: Design) -> None:
    true, mean, samples = moments(design, ht)
    assert samples >= 4
    np.testing.assert_allclose(mean, true, rtol=1e-10, atol=1e-12 * np.abs(true).max() + 1e-10)


@pytest.mark.parametrize(("N", "n"), [(3, 2), (5, 2), (6, 3), (6, 5)])
def test_srs_is_unbiased(N: int, n: int) -> None:
    samples = [np.isin(np.arange(N), s) for s in combinations(range(N), n)]
    design = [(1 / len(samples), s) for s in samples]
    for form in (lambda x, pi, _: srs(x, pi), syg, ht):
        true, mean, _ = moments(design, form)
        np.testing.assert_allclose(mean, true, rtol=1e-12, atol=1e-12 * np.abs(true).max())


@given(st.lists(st.integers(1, 19), min_size=2, max_size=5))
def test_poisson_is_unbiased_and_the_ht_form(twentieths: list[int]) -> None:
    pi = np.array(twentieths) / 20
    samples = [np.array(s) for s in product((False, True), repeat=len(pi))]
    design = [(float(np.where(s, pi, 1 - pi).prod()), s) for s in samples]
    for form in (lambda x, pi, _: poisson(x, pi), ht):
        true, mean, _ = moments(design, form)
        np.testing.assert_allclose(mean, true, rtol=1e-11, atol=1e-11 * np.abs(true).max())


def test_ht_may_be_negative_and_is_left_so() -> None:
    """Two cities drawn together more rarely than apart, with equal expanded values: the total is known."""
    pi, joint = np.array([0.5, 0.5]), np.array([[0.5, 0.1], [0.1, 0.5]])
    assert ht(np.ones((2, 1)), pi, joint)[0, 0] == pytest.approx(2 * 0.5 + 2 * (1 - 2.5))
    assert syg(np.ones((2, 1)), pi, joint)[0, 0] == 0.0


PI = np.array([0.5, 0.5, 0.25])
JOINT = np.array([[0.5, 0.2, 0.1], [0.2, 0.5, 0.1], [0.1, 0.1, 0.25]])


def changed(k: int, other: int, number: float, *, both: bool = True) -> FloatArray:
    joint = JOINT.copy()
    joint[k, other] = number
    if both:
        joint[other, k] = number
    return joint


@pytest.mark.parametrize("form", [syg, ht])
@pytest.mark.parametrize(
    ("joint", "words"),
    [
        (JOINT[:2, :2], ("shape (2, 2)", "(3, 3)")),
        (JOINT[0], ("shape (3,)", "(3, 3)")),
        (changed(0, 1, 0.0), ("rows 1 and 2", "above 0")),
        (changed(0, 2, -0.1), ("rows 1 and 3", "above 0")),
        (changed(0, 2, np.nan), ("rows 1 and 3", "above 0")),
        (changed(1, 2, 0.3), ("0.3 for rows 2 and 3", "smaller one of pi_k and pi_l")),
        (changed(0, 1, 0.21, both=False), ("rows 1 and 2", "pi_kl = pi_lk")),
        (changed(1, 1, 0.4), ("0.4 for rows 2 and 2", "pi_k on the diagonal")),
    ],
)
def test_joint_probabilities_that_no_draw_has_are_refused(
    refused: Refused, form: Form, joint: FloatArray, words: tuple[str, ...]
) -> None:
    with refused("ESTIMATE-VARIANCE-INVALID", "joint", *words):
        form(np.ones((3, 1)), PI, joint)


def test_rounding_of_joint_probabilities_is_borne() -> None:
    rounded = JOINT * (1 + 1e-8 * np.array([[0, 1, 0], [-1, 1, 0], [0, 0, 1]]))
    found = syg(np.array([[1.0], [2.0], [4.0]]), PI, rounded)
    assert found[0, 0] == pytest.approx(syg(np.array([[1.0], [2.0], [4.0]]), PI, JOINT)[0, 0], rel=1e-6)
