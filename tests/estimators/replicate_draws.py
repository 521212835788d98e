"""Draws for the tests of the replicates, and the variance of totals from replicates and from the form."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from citysample.estimators.forms.stratified import design_covariance
from citysample.estimators.replicates.replicates import Replicates, replicate_covariance, replicate_totals
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.record import DrawRecord
from citysample.weighting.design_weights import psu_totals


def draw_of(
    sizes: list[int],
    pi: list[float] | FloatArray,
    *,
    method: str = "srs",
    rows_of_psu: list[int] | None = None,
    **more: Any,
) -> DrawRecord:
    """Strata of so many PSUs, with the probabilities of the strata or of the PSUs; 1 is certain."""
    m = sum(sizes)
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    chances = np.array(pi, dtype=np.float64)
    chances = chances if chances.size == m and len(sizes) != m else chances[stratum]
    psu = np.repeat(np.arange(m), rows_of_psu if rows_of_psu is not None else [1] * m)
    labels = tuple(f"stratum {h}" for h in range(len(sizes)))
    single = more.pop("single_psu", "fail")
    return DrawRecord(method, labels, psu, stratum, chances, chances == 1.0, single, **more)


def values(n: int, q: int = 3, key: int = 1) -> FloatArray:
    """q skewed variables of n rows."""
    raw = np.random.Philox(key=key).random_raw(n * q).reshape(n, q)
    return 10.0 ** (raw / 2.0**64 * 3.0)


def by_form(draw: DrawRecord, form: str, z: FloatArray) -> FloatArray:
    """Covariance matrix of the totals by the form."""
    return design_covariance(z, draw.weights(), draw, form)


def by_replicates(draw: DrawRecord, replicates: Replicates, z: FloatArray) -> FloatArray:
    """Covariance matrix of the totals from replicates."""
    u = replicates.factors.shape[1]
    totals = psu_totals(z, draw.weights(), replicates.unit, u)
    estimates = replicate_totals(totals, replicates.factors)
    return replicate_covariance(
        estimates, totals.sum(axis=0), replicates.scale, replicates.rscales, replicates.mse
    )


def assert_same(found: FloatArray, expected: FloatArray, tolerance: float = 1e-12) -> None:
    """Equal, relative to the standard deviations of the two figures."""
    scale = np.sqrt(np.maximum(np.diag(expected), 0.0))
    slack = tolerance * (np.outer(scale, scale) + 1e-30)
    assert (np.abs(found - expected) <= slack).all(), (found, expected)


def moments(factors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean, and mean square around 1, of factors that are all equally likely."""
    deviation = factors - 1.0
    return factors.mean(axis=0), deviation.T @ deviation / len(factors)


@st.composite
def strata_draws(data: st.DrawFn, *, pairs: bool = False, most: int = 5) -> DrawRecord:
    """One to five strata, some take-all, with certainty cities and clusters of several rows."""
    H = data(st.integers(1, most))
    sizes, chances = [], []
    for h in range(H):
        m = 2 if pairs else data(st.integers(2, 6))
        # The first stratum is random, so that there is something to estimate.
        certain = data(st.booleans()) if h else False
        pi = 1.0 if certain else data(st.integers(1, 19)) / 20
        extra = data(st.integers(0, 2)) if not certain else 0
        sizes.append(m + extra)
        chances += [pi] * m + [1.0] * extra
    rows = data(st.lists(st.integers(1, 3), min_size=sum(sizes), max_size=sum(sizes)))
    return draw_of(sizes, chances, rows_of_psu=rows) if H > 1 or sum(sizes) > 1 else draw_of(sizes, chances)
