"""Bootstraps: all resamples of small samples, so that the moments of the factors are exact."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from tests.estimators.replicate_draws import (
    by_form,
    by_replicates,
    draw_of,
    moments,
    values,
)

from citysample.estimators.replicates.factors import half_sample_factors, not_negative, rao_wu_factors
from citysample.estimators.replicates.methods import make_replicates
from citysample.estimators.replicates.preston import preston_stages
from citysample.estimators.replicates.units import form_matrix, row_units
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.randomness import random_stream
from citysample.sampling.record import DrawRecord
from citysample.sampling.stages.draw_stage import StageRecord


@pytest.mark.parametrize("m", [2, 3, 4, 5])
def test_all_resamples_of_rao_and_wu_give_the_form(m: int) -> None:
    """All m^(m - 1) draws with replacement: mean 1, and the form with replacement."""
    middles = (np.arange(m) + 0.5) / m
    uniforms = np.array(list(product(middles, repeat=m - 1)))
    assert len(uniforms) == m ** (m - 1)
    mean, square = moments(rao_wu_factors(m, 1.0, uniforms))
    np.testing.assert_allclose(mean, 1.0, atol=1e-12)
    np.testing.assert_allclose(square, form_matrix(draw_of([m], [0.3]), "with_replacement"), atol=1e-12)


@pytest.mark.parametrize("m", [2, 3, 4, 5, 6])
def test_all_half_samples_of_preston_give_the_form(m: int) -> None:
    """All choices of floor(m/2) of m: mean 1, and the srs form with its fpc."""
    orders = np.array(list(permutations(range(m)))) / m + 0.5 / m
    draw = draw_of([m], [0.35])
    mean, square = moments(half_sample_factors(orders))
    half = m // 2
    np.testing.assert_allclose(mean, 1.0, atol=1e-12)
    step = 0.65 * half / (m - half)
    np.testing.assert_allclose(step * square, form_matrix(draw, "srs"), atol=1e-12)


class AllHalfSamples:
    """Uniforms of each cell, so that the replicates run through all combinations of orders of all cells."""

    def __init__(self, sizes: list[int]) -> None:
        orders = [list(permutations(range(m))) for m in sizes]
        self.combinations = list(product(*orders))
        self.R = len(self.combinations)
        self.cell = 0

    def __call__(self, label: str, count: int) -> FloatArray:
        assert label
        found = np.array([orders[self.cell] for orders in self.combinations], dtype=np.float64)
        self.cell += 1
        assert found.shape == (self.R, count)
        return (found + 0.5) / count


def stage_of(parents: list[int], drawn: list[int], N: list[int], stage: int, names: list[str]) -> StageRecord:
    """Units in these parents; a parent of which all are drawn has certain units."""
    parent = np.repeat(parents, drawn)
    pi = np.repeat(np.array(drawn) / np.array(N), drawn)
    of = tuple(names[k] for k in parent)
    units = tuple(f"{name}/{k}" for k, name in enumerate(of))
    return StageRecord(stage, units, of, parent, ("all",) * parent.size, pi, np.repeat(N, drawn), "srs")


def test_all_half_samples_of_two_stages_give_the_form() -> None:
    """Three of five cities and a certain one; 2 of 4, 3 of 3 and 2 of 6 units, 2 of 3 in the certain city."""
    stage = stage_of([0, 1, 2, 3], [2, 3, 2, 2], [4, 3, 6, 3], 2, list("abcd"))
    pi = np.array([0.6, 0.6, 0.6, 1.0])
    code = np.zeros(4, dtype=np.int64)
    draw = DrawRecord("srs", ("all",), stage.parent_rows, code, pi, pi == 1.0, "fail", stages=(stage,))
    every = AllHalfSamples([3, 2, 2, 2])
    assert every.R == 6 * 8
    factors = preston_stages(draw, "srs", every.R, every)
    mean, square = moments(factors)
    np.testing.assert_allclose(mean, 1.0, atol=1e-12)
    np.testing.assert_allclose(square, row_units(draw, "srs").matrix, atol=1e-12)


def test_all_half_samples_of_three_stages_give_the_form() -> None:
    """Two of four cities, two of three areas in each, two of the homes in each area, or all."""
    second = stage_of([0, 1], [2, 2], [3, 3], 2, ["a", "b"])
    third = stage_of([0, 1, 2, 3], [2, 1, 2, 2], [5, 1, 4, 2], 3, list(second.units))
    code = np.zeros(2, dtype=np.int64)
    row = second.parent_rows[third.parent_rows]
    pi = np.full(2, 0.5)
    draw = DrawRecord("srs", ("all",), row, code, pi, pi == 1.0, "fail", stages=(second, third))
    every = AllHalfSamples([2, 2, 2, 2, 2])
    assert every.R == 32
    factors = preston_stages(draw, "srs", every.R, every)
    mean, square = moments(factors)
    np.testing.assert_allclose(mean, 1.0, atol=1e-12)
    np.testing.assert_allclose(square, row_units(draw, "srs").matrix, atol=1e-12)


def test_units_of_what_is_not_drawn_do_not_vary() -> None:
    """In Preston's bootstrap the homes of an area, or city, that a replicate does not draw go together."""
    second = stage_of([0, 1], [2, 2], [3, 3], 2, ["a", "b"])
    third = stage_of([0, 1, 2, 3], [2, 2, 2, 2], [5, 5, 5, 5], 3, list(second.units))
    code, pi = np.zeros(2, dtype=np.int64), np.full(2, 0.5)
    row = second.parent_rows[third.parent_rows]
    draw = DrawRecord("srs", ("all",), row, code, pi, pi == 1.0, "fail", stages=(second, third))
    every = AllHalfSamples([2, 2, 2, 2, 2, 2, 2])
    factors = preston_stages(draw, "srs", every.R, every).reshape(every.R, 4, 2)
    # One of two cities is drawn, and one of its two areas: one pair of homes differs in each replicate.
    assert ((factors[:, :, 0] != factors[:, :, 1]).sum(axis=1) == 1).all()


def in_words(m: int, form: str) -> DrawRecord:
    pi = np.linspace(0.2, 0.8, m)
    return draw_of([m, 2], [*pi, 1.0, 1.0], method="poisson" if form == "poisson" else "brewer")


@pytest.mark.parametrize(
    ("method", "form"),
    [
        ("generalized_bootstrap", "deville"),
        ("generalized_bootstrap", "poisson"),
        ("generalized_bootstrap", "with_replacement"),
        ("bootstrap", "with_replacement"),
    ],
)
def test_the_mean_over_many_replicates_is_the_form(method: str, form: str) -> None:
    """Within four standard errors: the variance of R squared normal deviations is about 2 V^2 / R."""
    R = 20_000
    draw = in_words(6, form)
    z = values(8)
    made = make_replicates(draw, form, method, R=R, seed="MANY")
    found, expected = by_replicates(draw, made, z), by_form(draw, form, z)
    ratio = np.diag(found) / np.diag(expected)
    assert np.abs(ratio - 1.0).max() < 4 * np.sqrt(2 / R)
    assert made.factors.min() >= 0.0


def test_the_mean_over_many_replicates_of_srs_and_stages() -> None:
    R = 20_000
    draw = draw_of([7, 3], [0.3, 0.6])
    z = values(10)
    made = make_replicates(draw, "srs", "bootstrap", R=R, seed="MANY")
    ratio = np.diag(by_replicates(draw, made, z)) / np.diag(by_form(draw, "srs", z))
    assert np.abs(ratio - 1.0).max() < 4 * np.sqrt(2 / R)


def test_the_random_numbers_are_those_of_the_documented_streams() -> None:
    """Rao and Wu: m - 1 numbers for each replicate, from the stream of the stratum and the method."""
    draw = draw_of([3, 4], [0.5, 0.2])
    factors = make_replicates(draw, "with_replacement", "bootstrap", R=5, seed="PUBLIC").factors
    for label, units, m in (("stratum 0", slice(0, 3), 3), ("stratum 1", slice(3, 7), 4)):
        numbers = random_stream("PUBLIC", label, "bootstrap", 5 * (m - 1)).reshape(5, m - 1)
        expected = np.zeros((5, m))
        for r in range(5):
            for u in numbers[r]:
                expected[r, int(u * m)] += m / (m - 1)
        np.testing.assert_allclose(factors[:, units], expected, atol=1e-12)


def test_replicates_are_the_same_again_and_the_first_ones_stay() -> None:
    draw = draw_of([5, 4], [0.5, 0.2])
    few = make_replicates(draw, "with_replacement", "bootstrap", R=10, seed="A").factors
    many = make_replicates(draw, "with_replacement", "bootstrap", R=40, seed="A").factors
    np.testing.assert_array_equal(few, many[:10])
    other = make_replicates(draw, "with_replacement", "bootstrap", R=10, seed="B").factors
    assert (few != other).any()
    assert make_replicates(draw, "srs", "bootstrap", seed="A").R == 1000


def test_cells_of_one_stratum_have_random_numbers_of_their_own() -> None:
    """Two pairs in one stratum that a form does not link: their factors must not go together."""
    draw = draw_of([2, 2], [0.5, 0.5])
    same = DrawRecord(
        draw.method, ("one", "one"), draw.psu, draw.stratum, draw.pi, draw.certainty, "fail"
    )  # fmt: skip
    factors = make_replicates(same, "srs", "bootstrap", R=200, seed="TWO").factors
    assert abs(np.corrcoef(factors[:, 0], factors[:, 2])[0, 1]) < 0.3


def test_shrinking_keeps_the_variance_of_totals() -> None:
    factors = 1.0 + 2.0 * (np.array(list(product([-1.0, 1.0], repeat=3))))
    assert factors.min() == -1.0
    shrunk, correction = not_negative(factors)
    assert shrunk.min() == 0.0
    np.testing.assert_allclose(moments(shrunk)[1] * correction, moments(factors)[1], rtol=1e-12)
    untouched, one = not_negative(np.ones((2, 3)))
    assert one == 1.0
    assert (untouched == 1.0).all()


def test_covariances_of_the_generalised_bootstrap_are_near_the_form() -> None:
    draw = draw_of([4, 3], [0.2, 0.5, 0.4, 0.7, 0.3, 0.9, 0.1], method="conditional_poisson")
    made = make_replicates(draw, "deville", "generalized_bootstrap", R=50_000, seed="COVARIANCE")
    square = moments(made.factors)[1] * made.scale * made.R
    expected = form_matrix(draw, "deville")
    assert np.abs(square - expected).max() < 0.05 * np.abs(expected).max()
