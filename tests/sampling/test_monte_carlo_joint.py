"""Monte Carlo joint probabilities, and the approximations for designs of high entropy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.stats import norm
from tests.conftest import Refused

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.joint import monte_carlo
from citysample.sampling.joint.approximations import (
    joint_brewer_donadio,
    joint_fixed_point,
    joint_hajek,
    joint_hartley_rao,
)
from citysample.sampling.joint.brewer import joint_brewer
from citysample.sampling.joint.monte_carlo import joint_monte_carlo
from citysample.sampling.joint.pivotal import joint_pivotal
from citysample.sampling.joint.srs import joint_srs
from citysample.sampling.select.brewer import select_brewer, uniforms_brewer
from citysample.sampling.select.pivotal import select_pivotal
from citysample.sampling.select.srs import select_srs


def source(key: int) -> Callable[[int], FloatArray]:
    generator = np.random.Philox(key=key)

    def next_numbers(count: int) -> FloatArray:
        words = np.asarray(generator.random_raw(count), dtype=np.uint64)
        return np.asarray((words >> np.uint64(11)) / 2.0**53 + 2.0**-54)

    return next_numbers


PI = np.array([0.9, 0.1, 0.3, 0.7, 0.55, 0.45])
METHODS: list[tuple[str, Callable[[FloatArray], BoolArray], int, FloatArray]] = [
    ("brewer", lambda u: select_brewer(PI, u), uniforms_brewer(6, 3), joint_brewer(PI)),
    ("pivotal", lambda u: select_pivotal(PI, u), 12, joint_pivotal(PI)),
    ("srs", lambda u: select_srs(np.full(6, 0.5), u), 6, joint_srs(6, 3)),
]


@pytest.mark.parametrize(("name", "select", "count", "exact"), METHODS, ids=[m[0] for m in METHODS])
def test_frequencies_agree_with_exact_joint_probabilities(
    name: str, select: Callable[[FloatArray], BoolArray], count: int, exact: FloatArray
) -> None:
    found = joint_monte_carlo(select, 6, count, 10_000, source(len(name)))
    upper = np.triu_indices(6)
    p = exact[upper]
    z = (found.joint[upper] - p) / np.sqrt(p * (1.0 - p) / 10_000)
    assert z.size == 21
    assert np.abs(z).max() < norm.isf(0.005 / z.size)
    assert (found.joint == found.joint.T).all()
    assert (found.standard_errors == np.sqrt(found.joint * (1.0 - found.joint) / 10_000)).all()
    assert found.draws == 10_000
    np.testing.assert_allclose(found.joint.sum(axis=1), 3 * np.diag(found.joint), rtol=1e-12)


def test_the_same_numbers_give_the_same_result_in_any_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw() -> FloatArray:
        return joint_monte_carlo(lambda u: select_pivotal(PI, u), 6, 12, 500, source(3)).joint

    whole = draw()
    monkeypatch.setattr(monte_carlo, "BLOCK", 40)
    assert (draw() == whole).all()
    members = np.array([4, 0])
    some = joint_monte_carlo(lambda u: select_pivotal(PI, u), 6, 12, 500, source(3), members)
    assert (some.joint == whole[np.ix_(members, members)]).all()


@given(st.integers(2, 30), st.integers(1, 12))
def test_frequencies_are_counts_of_pairs(draws: int, N: int) -> None:
    """Second implementation with sets."""
    numbers = source(draws * 100 + N)
    taken = [numbers(N) < 0.4 for _ in range(draws)]
    found = joint_monte_carlo(lambda u: u < 0.4, N, N, draws, source(draws * 100 + N))
    for k in range(N):
        for other in range(N):
            assert found.joint[k, other] == sum(bool(s[k] and s[other]) for s in taken) / draws


def test_too_few_draws_are_refused(refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "draws = 1"):
        joint_monte_carlo(lambda u: u < 0.5, 2, 2, 1, source(1))


def maximum_entropy(pi: FloatArray) -> FloatArray:
    """pi_kl of conditional Poisson sampling from all samples; the odds by repeated correction."""
    sets = combinations(range(pi.size), round(pi.sum()))
    samples = np.array([[float(k in chosen) for k in range(pi.size)] for chosen in sets])
    target = np.log(pi / (1.0 - pi))
    logs = target.copy()
    for _ in range(400):
        weights = np.exp(samples @ logs)
        law = weights / weights.sum()
        found = samples.T @ law
        logs += target - np.log(found / (1.0 - found))
    np.testing.assert_allclose(found, pi, rtol=1e-11)
    return np.asarray(samples.T @ (samples * law[:, None]))


def test_the_enumeration_of_maximum_entropy_is_right() -> None:
    np.testing.assert_allclose(maximum_entropy(np.full(6, 0.5)), joint_srs(6, 3), rtol=1e-9)


FORMULAS = {
    "hajek": joint_hajek,
    "hartley_rao": joint_hartley_rao,
    "brewer_donadio": joint_brewer_donadio,
    "fixed_point": joint_fixed_point,
}
# N, n, spread of the sizes; largest relative error of pi_kl (k != l) that each approximation may have.
BOUNDS = [
    (10, 3, 0.3, {"hajek": 0.040, "hartley_rao": 0.014, "brewer_donadio": 0.017, "fixed_point": 0.008}),
    (12, 6, 0.3, {"hajek": 0.014, "hartley_rao": 0.028, "brewer_donadio": 0.022, "fixed_point": 0.007}),
    (16, 4, 0.3, {"hajek": 0.018, "hartley_rao": 0.008, "brewer_donadio": 0.011, "fixed_point": 0.004}),
    (16, 8, 0.3, {"hajek": 0.008, "hartley_rao": 0.023, "brewer_donadio": 0.020, "fixed_point": 0.004}),
    (16, 4, 0.8, {"hajek": 0.048, "hartley_rao": 0.073, "brewer_donadio": 0.066, "fixed_point": 0.026}),
    (16, 12, 0.1, {"hajek": 0.005, "hartley_rao": 0.008, "brewer_donadio": 0.007, "fixed_point": 0.0005}),
]


@pytest.mark.parametrize(("N", "n", "sigma", "bounds"), BOUNDS)
def test_error_of_the_approximations_against_maximum_entropy(
    N: int, n: int, sigma: float, bounds: dict[str, float]
) -> None:
    pi = inclusion_probabilities(np.exp(sigma * norm.ppf((np.arange(N) + 0.5) / N)), n)
    assert pi.max() < 1.0
    exact = maximum_entropy(pi)
    off = ~np.eye(N, dtype=np.bool_)
    for name, formula in FORMULAS.items():
        joint = formula(pi)
        assert (joint == joint.T).all()
        assert (np.diag(joint) == pi).all()
        error = float(np.abs(joint[off] / exact[off] - 1.0).max())
        assert 0.5 * bounds[name] < error < bounds[name], name
    assert set(bounds) == set(FORMULAS)


@pytest.mark.parametrize(("N", "n"), [(5, 2), (10, 2), (10, 9), (100, 40)])
def test_approximations_of_equal_probabilities(N: int, n: int) -> None:
    pi, exact = np.full(N, n / N), joint_srs(N, n)
    np.testing.assert_allclose(joint_brewer_donadio(pi), exact, rtol=1e-12)
    np.testing.assert_allclose(joint_fixed_point(pi), exact, rtol=1e-12)
    assert joint_hartley_rao(pi)[0, 1] == pytest.approx(n * (n - 1) / N**2 * (1 + 1 / N + 1 / N**2))
    assert joint_hajek(pi)[0, 1] == pytest.approx((n / N) ** 2 * (1 - (N - n) / (N * n)))


@given(st.lists(st.floats(0.1, 10.0), min_size=4, max_size=30), st.data())
def test_the_fixed_point_has_exact_sums_and_one_city_has_no_pairs(
    size: list[float], data: st.DataObject
) -> None:
    pi = inclusion_probabilities(np.array(size), data.draw(st.integers(1, len(size) - 1)))
    pi = pi[pi < 1.0]
    n = round(pi.sum())
    if n == 1:
        for formula in FORMULAS.values():
            assert (formula(pi) == np.diag(pi)).all()
        return
    try:
        joint = joint_fixed_point(pi)
    except DesignError:
        reject()
    np.testing.assert_allclose(joint.sum(axis=1), n * pi, rtol=1e-10)
    assert (joint > 0.0).all()


def test_approximations_that_no_design_has_are_refused(refused: Refused) -> None:
    """Two cities next to certain and two next to excluded: little is left to chance."""
    pi = np.array([0.974, 0.003, 0.986, 0.037])
    for formula in (joint_hajek, joint_fixed_point):
        with refused("DESIGN-APPROXIMATION-INVALID", "position 4 of 4", "0.0"):
            formula(pi)
    assert (joint_brewer_donadio(pi) > 0.0).all()
