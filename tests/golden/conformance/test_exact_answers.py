"""Where other programs go wrong: ours against the exact answer, from all samples of a small population."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.reference_frames.columns import FloatArray, IntArray

Y = np.array([500.0, 31.0, 60.0, 22.0, 41.0, 10.0])
CHANCES = np.array([8.0, 5.0, 4.0, 3.0, 2.0])
"""Odds of the five random cities; the first city is certain."""


def unequal_samples() -> Iterator[tuple[float, IntArray]]:
    """All conditional Poisson samples of 3 of the 5 random cities: p(s) goes with the product of the odds."""
    drawn = list(combinations(range(1, 6), 3))
    products = np.array([np.prod(CHANCES[np.array(sample) - 1]) for sample in drawn])
    for chance, sample in zip(products / products.sum(), drawn, strict=True):
        yield float(chance), np.array([0, *sample])


def joint_probabilities() -> FloatArray:
    """Exact pi_kl of the six cities, from all samples."""
    joint = np.zeros((6, 6))
    for chance, sample in unequal_samples():
        joint[np.ix_(sample, sample)] += chance
    return joint


JOINT = joint_probabilities()
PI = np.diag(JOINT)


def unequal_survey(sample: IntArray, y: FloatArray) -> cs.WeightedSample:
    table = pd.DataFrame({"y": y[sample], "pi": PI[sample]})
    table.loc[0, "pi"] = 1.0  # the sum of the chances is 1 but for rounding
    joint = JOINT[np.ix_(sample, sample)]
    return cs.CitySample.from_table(table, pi="pi", method="conditional_poisson", joint=joint)


def variance(survey: cs.WeightedSample, form: str) -> float:
    return float(survey.estimate("total(y)", variance=form).covariance[0, 0])


def exact_variance(y: FloatArray) -> float:
    return sum(chance * float((y[s] / PI[s]).sum() - y.sum()) ** 2 for chance, s in unequal_samples())


def with_replacement_form(sample: IntArray, y: FloatArray) -> float:
    """n/(n - 1) sum (y-check - mean)^2 with the certainty city, as programs print that take weights only."""
    expanded = y[sample] / PI[sample]
    return float(expanded.size * expanded.var(ddof=1))


def test_probabilities() -> None:
    assert len(list(unequal_samples())) == 10
    assert PI[0] == pytest.approx(1.0, abs=1e-12)
    assert PI.sum() == pytest.approx(4.0, abs=1e-12)
    assert 0.3 < PI[1:].min() < PI[1:].max() < 0.95


def test_sen_yates_grundy_is_unbiased_and_never_negative_with_a_certainty_city() -> None:
    found = [(chance, variance(unequal_survey(sample, Y), "syg")) for chance, sample in unequal_samples()]
    assert len(found) == 10
    assert min(value for _, value in found) >= 0.0
    assert sum(chance * value for chance, value in found) == pytest.approx(exact_variance(Y), rel=1e-12)


def test_the_horvitz_thompson_form_is_unbiased_and_sometimes_negative() -> None:
    """R survey takes this form by default and prints NaN; citysample never takes it unasked."""
    ht = []
    for chance, sample in unequal_samples():
        joint, expanded = JOINT[np.ix_(sample, sample)], Y[sample] / PI[sample]
        matrix = 1.0 - np.outer(PI[sample], PI[sample]) / joint
        ht.append((chance, float(expanded @ matrix @ expanded)))
    assert sum(chance * value for chance, value in ht) == pytest.approx(exact_variance(Y), rel=1e-12)
    negative = [sample for (_, value), (_, sample) in zip(ht, unequal_samples(), strict=True) if value < 0.0]
    assert negative
    for sample in negative:
        survey = unequal_survey(sample, Y)
        (row,) = survey.estimate("total(y)").rows
        assert row.variance_method != "ht"
        assert row.se >= 0.0
        (asked,) = survey.estimate("total(y)", variance="ht").rows
        assert math.isnan(asked.se)
        assert asked.note


@pytest.mark.parametrize("form", ["syg", "deville", "hajek", "brewer", "hartley_rao"])
def test_a_variable_proportional_to_the_probabilities_has_no_variance(form: str) -> None:
    """The total is the same in all samples; a form with replacement says something else."""
    y = 10.0 * PI
    assert exact_variance(y) == pytest.approx(0.0, abs=1e-20)
    for _, sample in unequal_samples():
        assert variance(unequal_survey(sample, y), form) <= 1e-12


def test_certainty_cities_and_without_replacement_make_the_difference() -> None:
    """The form with replacement that keeps the certainty city is far from the truth on average."""
    naive = sum(chance * with_replacement_form(sample, Y) for chance, sample in unequal_samples())
    assert naive > 40.0 * exact_variance(Y)
    ours = sum(chance * variance(unequal_survey(s, Y), "deville") for chance, s in unequal_samples())
    assert ours == pytest.approx(exact_variance(Y), rel=0.25)


TAKEN = np.array([900.0, 300.0, 100.0])
OTHERS = np.array([3.0, 8.0, 4.0, 11.0, 6.0])


def stratified_samples(size: int, taken: FloatArray = TAKEN) -> Iterator[cs.WeightedSample]:
    """A take-all stratum, and simple random samples of a stratum of five cities."""
    for sample in combinations(range(5), size):
        table = pd.DataFrame(
            {
                "stratum": ["A"] * taken.size + ["C"] * size,
                "N_h": [taken.size] * taken.size + [5] * size,
                "y": [*taken, *OTHERS[list(sample)]],
            }
        )
        yield cs.CitySample.from_table(table, strata="stratum", fpc="N_h")


@pytest.mark.parametrize("form", ["design", "jkn"])
def test_the_jackknife_keeps_the_fpc(form: str) -> None:
    """A take-all stratum has no variance, by replicates neither; without the fpc it would swamp all else."""
    found = [variance(survey, form) for survey in stratified_samples(2)]
    exact = 5**2 * (1 - 2 / 5) * OTHERS.var(ddof=1) / 2
    assert len(found) == 10
    assert np.mean(found) == pytest.approx(exact, rel=1e-12)
    no_fpc = 3**2 * TAKEN.var(ddof=1) / 3
    assert no_fpc > 1000.0 * exact


@pytest.mark.parametrize("form", ["design", "jkn"])
def test_a_certainty_city_alone_in_its_stratum_is_no_single_psu(form: str) -> None:
    found = [variance(survey, form) for survey in stratified_samples(3, TAKEN[:1])]
    exact = 5**2 * (1 - 3 / 5) * OTHERS.var(ddof=1) / 3
    assert len(found) == 10
    assert np.mean(found) == pytest.approx(exact, rel=1e-12)


def test_take_all_strata_give_no_degrees_of_freedom() -> None:
    survey = next(stratified_samples(3))
    assert survey.estimate("total(y)").rows[0].df == 2
    assert survey.estimate("total(y)", df="nominal").rows[0].df == 4


def test_an_empty_domain_has_no_figure() -> None:
    """R survey prints a mean of 0 with a standard error of 0."""
    ids = list("abcdef")
    frame = cs.CityFrame.from_table(
        pd.DataFrame({"id": ids, "people": np.arange(6.0) + 1.0, "coast": ["no"] * 5 + ["yes"]}),
        id="id",
        size="people",
    )
    plan = cs.SampleDesign(n=3, method="srs").plan(frame)
    sample = cs.CitySample.of_mask(plan, "one of 20", np.array([True, True, True, False, False, False]))
    data = pd.DataFrame({"city_id": ids[:3], "y": [1.0, 2.0, 4.0]})
    for text in ("mean(y)", "total(y)", "ratio(y, people)"):
        rows = sample.with_data(data).estimate(text, by="coast").rows
        (empty,) = (row for row in rows if row.domain == "yes")
        assert empty.n == 0
        assert all(math.isnan(value) for value in (empty.estimate, empty.se, empty.lower, empty.upper))
        assert "no sampled city" in empty.note


def test_a_missing_value_is_no_standard_error_of_zero() -> None:
    """R survey prints a mean of NaN with a standard error of 0; other programs leave the row out."""
    table = pd.DataFrame({"y": [1.0, math.nan, 3.0], "N": [9.0] * 3})
    with pytest.raises(cs.DataError) as caught:
        cs.CitySample.from_table(table, fpc="N").estimate("mean(y)")
    assert caught.value.code == "DATA-VALUE-MISSING"
