"""Design effects: plain loops over domains, and identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.estimators.design_effect import (
    design_effect,
    effective_sample_size,
    kish_deff,
    srs_variance,
)
from citysample.reference_frames.columns import FloatArray


def plain(z: FloatArray, weights: FloatArray, *, replacement: bool) -> float:
    """By the formula, for the rows of one domain."""
    n, N = len(z), float(weights.sum())
    if n < 2:
        return math.nan
    rows = list(zip(weights.tolist(), z.tolist(), strict=True))
    mean = sum(w * y for w, y in rows) / N
    spread: float = n / (n - 1) * sum(w * (y - mean) ** 2 for w, y in rows) / N
    return N * N * (1.0 if replacement else 1.0 - n / N) * spread / n


@given(st.integers(1, 30), st.integers(1, 8), st.booleans(), st.integers(0, 99))
def test_all_domains_at_once_are_the_domains_one_by_one(n: int, q: int, replacement: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, weights, masks = rng.normal(3.0, size=(n, q)), 1.0 + rng.gamma(2.0, size=n), rng.random((n, q)) < 0.6
    found = srs_variance(z, weights, masks, replacement=replacement)
    assert found.shape == (q,)
    for j in range(q):
        inside = masks[:, j]
        one = srs_variance(z[inside, j], weights[inside], replacement=replacement)
        expected = plain(z[inside, j], weights[inside], replacement=replacement)
        assert found[j] == pytest.approx(expected, rel=1e-10, nan_ok=True)
        assert float(one) == pytest.approx(expected, rel=1e-10, nan_ok=True)


def test_what_lies_outside_the_domain_does_not_count() -> None:
    rng = np.random.default_rng(1)
    z, weights, masks = rng.normal(size=(12, 2)), np.full(12, 3.0), rng.random((12, 2)) < 0.5
    changed = np.where(masks, z, 1e6)
    assert srs_variance(changed, weights, masks).tolist() == srs_variance(z, weights, masks).tolist()


def test_constants_empty_domains_and_censuses() -> None:
    z = np.array([[0.1, 1.0, 1.0, 5.0], [0.1, 2.0, 2.0, 7.0], [0.1, 3.0, 3.0, 1.0]])
    masks = np.array([[1, 0, 0, 1], [1, 0, 1, 1], [1, 0, 0, 1]], dtype=bool)
    found = srs_variance(z, np.array([2.0, 2.0, 7.0]), masks)
    assert np.isnan(found).tolist() == [False, True, True, False]
    assert found[0] == 0.0
    assert np.isnan(design_effect(np.ones(4), found)).tolist() == [True, True, True, False]
    assert srs_variance(z, np.ones(3), masks)[3] == 0.0
    assert srs_variance(z, np.ones(3), masks, replacement=True)[3] > 0.0


def test_simple_random_sampling_is_its_own_reference() -> None:
    y = np.random.default_rng(3).gamma(2.0, size=12)
    weights, N, n = np.full(12, 5.0), 60.0, 12.0
    replaced = N**2 * y.var(ddof=1) / n
    assert float(srs_variance(y, weights, replacement=True)) == pytest.approx(replaced, rel=1e-12)
    assert float(srs_variance(y, weights)) == pytest.approx(replaced * 0.8, rel=1e-12)


@given(st.lists(st.floats(0.5, 50.0), min_size=1, max_size=40), st.floats(0.1, 10.0))
def test_kish(weights: list[float], unit: float) -> None:
    w = np.array(weights)
    found = float(kish_deff(w))
    # 1 + relative variance of the weights, divisor n.
    assert found == pytest.approx(1.0 + w.var() / w.mean() ** 2, rel=1e-9)
    assert float(kish_deff(w * unit)) == pytest.approx(found, rel=1e-9)
    assert found >= 1.0 - 1e-12


def test_kish_is_the_design_effect_when_weights_have_nothing_to_do_with_the_variable() -> None:
    """Variance of sum w y / sum w for independent y of one variance, over that of n equal weights."""
    w = np.array([1.0, 2.0, 3.0, 10.0])
    weighted = (w**2).sum() / w.sum() ** 2
    assert float(kish_deff(w)) == pytest.approx(weighted / (1 / 4), rel=1e-14)


def test_kish_of_domains() -> None:
    w = np.array([1.0, 4.0, 4.0])
    masks = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype=bool)
    found = kish_deff(w, masks)
    assert found[:2].tolist() == pytest.approx([2 * 17 / 25, 1.0])
    assert np.isnan(found[2])


def test_effective_sample_size() -> None:
    found = effective_sample_size(np.array([30.0, 30.0, 30.0]), np.array([1.5, 0.0, math.nan]))
    assert found[0] == 20.0
    assert np.isnan(found[1:]).all()
