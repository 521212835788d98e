"""The variance forms that are exact, against R survey; exact_variance.R wrote the numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from citysample.estimators.forms.exact import poisson, syg
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.joint.conditional_poisson import joint_conditional_poisson

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-9


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample of R: places among the communes (from 1), four columns, and what R makes of them."""

    positions: list[int]
    population: list[float]
    area_ha: list[float]
    built_up_ha: list[float]
    households: list[float]
    totals: list[float]
    covariances: list[list[float]]
    domain_covariances: list[list[float]]
    ratio: float
    ratio_variance: float


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pi: list[float]
    syg: Block
    poisson: Block


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    sampling: str
    blocks: Blocks


GOLDEN = msgspec.json.decode((HERE / "exact_variance.json").read_bytes(), type=Golden).blocks
UNIVERSE = np.array(GOLDEN.pi)


def variance_of(form: str, expanded: FloatArray) -> FloatArray:
    """Our covariance matrix (q, q) of the sample of this form."""
    sampled = np.array(getattr(GOLDEN, form).positions) - 1
    if form == "poisson":
        return poisson(expanded, UNIVERSE[sampled])
    return syg(expanded, UNIVERSE[sampled], joint_conditional_poisson(UNIVERSE, sampled))


def columns_of(form: str) -> tuple[FloatArray, FloatArray]:
    """The four columns (m, 4), population first, and the probabilities (m,) of the sample of this form."""
    block: Block = getattr(GOLDEN, form)
    values = np.column_stack([block.population, block.area_ha, block.built_up_ha, block.households])
    return values, UNIVERSE[np.array(block.positions) - 1]


@pytest.mark.parametrize("form", ["syg", "poisson"])
def test_covariances_of_totals(form: str) -> None:
    values, pi = columns_of(form)
    block: Block = getattr(GOLDEN, form)
    expanded = values[:, 1:] / pi[:, None]
    np.testing.assert_allclose(expanded.sum(axis=0), block.totals, rtol=TOLERANCE)
    ours = variance_of(form, expanded)
    assert ours.shape == (3, 3)
    # Covariances are differences of larger numbers: the error is measured against the variances.
    scale = np.sqrt(np.outer(np.diag(ours), np.diag(ours)))
    np.testing.assert_allclose(ours / scale, np.array(block.covariances) / scale, rtol=0.0, atol=TOLERANCE)


@pytest.mark.parametrize("form", ["syg", "poisson"])
def test_covariances_of_totals_of_a_domain(form: str) -> None:
    """The domain holds the communes of 1,000 people and more; the others count as zeros."""
    values, pi = columns_of(form)
    block: Block = getattr(GOLDEN, form)
    inside = values[:, 0] >= 1000
    assert 0 < inside.sum() < pi.size
    ours = variance_of(form, np.where(inside[:, None], values[:, 1:], 0.0) / pi[:, None])
    scale = np.sqrt(np.outer(np.diag(ours), np.diag(ours)))
    np.testing.assert_allclose(
        ours / scale, np.array(block.domain_covariances) / scale, rtol=0.0, atol=TOLERANCE
    )


@pytest.mark.parametrize("form", ["syg", "poisson"])
def test_variance_of_a_ratio(form: str) -> None:
    """Built-up area for each person, linearised: z_k = (y_k - R x_k) / X."""
    values, pi = columns_of(form)
    block: Block = getattr(GOLDEN, form)
    people, built_up = (values[:, 0] / pi).sum(), (values[:, 2] / pi).sum()
    ratio = built_up / people
    assert ratio == pytest.approx(block.ratio, rel=TOLERANCE)
    linearised = (values[:, 2] - ratio * values[:, 0]) / people
    ours = variance_of(form, (linearised / pi)[:, None])
    assert ours[0, 0] == pytest.approx(block.ratio_variance, rel=TOLERANCE)


def test_the_samples_are_not_trivial() -> None:
    assert len(GOLDEN.syg.positions) == round(UNIVERSE.sum()) >= 10
    assert len(GOLDEN.poisson.positions) >= 5
    assert min(GOLDEN.syg.ratio_variance, GOLDEN.poisson.ratio_variance) > 0.0
