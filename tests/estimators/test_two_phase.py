"""Two phases: all samples and all patterns of response, with their chances."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import pytest

from citysample.estimators.forms.stratified import design_covariance
from citysample.estimators.forms.two_phase import two_phase
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.joint.sampford import joint_sampford
from citysample.sampling.record import DrawRecord
from citysample.sampling.stages.draw_stage import StageRecord

N = 5
Y = np.array([[50.0, 1.0], [3.0, -2.0], [8.0, 4.0], [2.5, 0.0], [6.0, 3.0]])
RESPONSE = np.array([0.9, 0.5, 0.7, 1.0, 0.25])
Weighted = list[tuple[float, FloatArray, FloatArray]]
"""Chance, estimated totals, and their estimated covariance matrix of each outcome."""


def patterns(response: FloatArray) -> Iterator[tuple[float, BoolArray]]:
    """All patterns of response of some units, and their chances."""
    for pattern in product((False, True), repeat=len(response)):
        answered = np.array(pattern)
        chance = float(np.where(answered, response, 1 - response).prod())
        if chance > 0.0:
            yield chance, answered


def compare(outcomes: Weighted, truth: FloatArray, least: int) -> None:
    """Totals are unbiased; the mean of the estimated covariance matrices is that of the totals."""
    assert len(outcomes) >= least
    chances = np.array([chance for chance, _, _ in outcomes])
    totals = np.array([found for _, found, _ in outcomes])
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(chances @ totals, truth, rtol=1e-12)
    errors = totals - truth
    true = (errors * chances[:, None]).T @ errors
    mean = sum(chance * covariance for chance, _, covariance in outcomes)
    np.testing.assert_allclose(np.asarray(mean), true, rtol=1e-12, atol=1e-12 * np.abs(true).max())


def record(
    pi: FloatArray, drawn: BoolArray, answered: BoolArray, method: str, joint: FloatArray | None = None
) -> tuple[DrawRecord, FloatArray]:
    """The record with the cities drawn as PSUs and those that answered as rows; the weights of the rows."""
    members = np.flatnonzero(drawn)
    random = members[pi[members] < 1.0]
    found = DrawRecord(
        method=method,
        strata=("all",),
        psu=np.flatnonzero(answered),
        stratum=np.zeros(members.size, dtype=np.int64),
        pi=pi[members],
        certainty=pi[members] == 1.0,
        single_psu="fail",
        joint={} if joint is None else {0: joint[np.ix_(random, random)]},
        response=RESPONSE[members[answered]],
    )
    rows = members[answered]
    return found, 1.0 / (pi[rows] * RESPONSE[rows])


@pytest.mark.parametrize("form", ["srs", "syg", "ht"])
@pytest.mark.parametrize("certain", [False, True])
def test_simple_random_sampling(form: str, certain: bool) -> None:
    """Three of five; or one city with certainty, which answers by chance, and two of four."""
    first, n = (1, 2) if certain else (0, 3)
    pi = np.array([1.0] * first + [n / (N - first)] * (N - first))
    joint = np.full((N, N), n * (n - 1) / ((N - first) * (N - first - 1)))
    np.fill_diagonal(joint, pi)
    samples = list(combinations(range(first, N), n))
    outcomes = []
    for sample in samples:
        drawn = np.isin(np.arange(N), [*range(first), *sample])
        for chance, answered in patterns(RESPONSE[drawn]):
            draw, weights = record(pi, drawn, answered, "srs", joint)
            z = Y[drawn][answered]
            outcomes.append((chance / len(samples), weights @ z, design_covariance(z, weights, draw, form)))
    compare(outcomes, Y.sum(axis=0), 30)


def test_unequal_probabilities_with_exact_joint_probabilities() -> None:
    """Sampford's design with n = 2: the chance of a sample is the pi_kl of its pair."""
    pi = np.array([0.8, 0.4, 0.3, 0.3, 0.2])
    joint = joint_sampford(pi, np.arange(N))
    outcomes = []
    for pair in combinations(range(N), 2):
        drawn = np.isin(np.arange(N), pair)
        for chance, answered in patterns(RESPONSE[drawn]):
            draw, weights = record(pi, drawn, answered, "sampford", joint)
            z = Y[drawn][answered]
            covariance = design_covariance(z, weights, draw, "syg")
            outcomes.append((chance * joint[pair], weights @ z, covariance))
    compare(outcomes, Y.sum(axis=0), 30)


def test_clusters_whose_units_answer_one_by_one() -> None:
    """Two of four clusters with one, two or three units; each unit answers by itself."""
    cluster = np.array([0, 0, 1, 2, 2, 2, 3])
    y = np.array([[5.0], [1.0], [7.0], [2.0], [2.5], [9.0], [4.0]])
    response = np.array([0.5, 0.8, 0.6, 1.0, 0.5, 0.75, 0.9])
    outcomes = []
    for pair in combinations(range(4), 2):
        rows = np.flatnonzero(np.isin(cluster, pair))
        for chance, answered in patterns(response[rows]):
            members = rows[answered]
            draw = DrawRecord(
                method="srs",
                strata=("all",),
                psu=np.searchsorted(pair, cluster[members]),
                stratum=np.zeros(2, dtype=np.int64),
                pi=np.full(2, 0.5),
                certainty=np.zeros(2, dtype=np.bool_),
                single_psu="fail",
                response=response[members],
            )
            weights = 2.0 / response[members]
            covariance = design_covariance(y[members], weights, draw, "srs")
            outcomes.append((chance / 6, weights @ y[members], covariance))
    compare(outcomes, y.sum(axis=0), 40)


def test_two_stages_whose_units_answer_one_by_one() -> None:
    """Two of three cities, two of three areas in each; areas without an answer are rows with the value 0."""
    y = np.array([5.0, 1.0, 7.0, 2.0, 2.5, 9.0, 4.0, 0.5, 6.0])
    response = np.array([0.5, 0.8, 1.0, 1.0, 0.5, 0.75, 1.0, 0.9, 0.6])
    outcomes = []
    for cities in combinations(range(3), 2):
        for first, second in product(combinations(range(3), 2), repeat=2):
            rows = np.array([3 * cities[0] + j for j in first] + [3 * cities[1] + j for j in second])
            stage = StageRecord(
                2,
                tuple(f"{row}" for row in rows),
                tuple(f"{row // 3}" for row in rows),
                np.array([0, 0, 1, 1]),
                ("all",) * 4,
                np.full(4, 2 / 3),
                np.full(4, 3),
                "srs",
            )
            for chance, answered in patterns(response[rows]):
                draw = DrawRecord(
                    method="srs",
                    strata=("all",),
                    psu=np.array([0, 0, 1, 1]),
                    stratum=np.zeros(2, dtype=np.int64),
                    pi=np.full(2, 2 / 3),
                    certainty=np.zeros(2, dtype=np.bool_),
                    single_psu="fail",
                    stages=(stage,),
                    response=response[rows],
                )
                weights = 9 / 4 / response[rows]
                z = np.where(answered, y[rows], 0.0)[:, None]
                outcomes.append((chance / 27, weights @ z, design_covariance(z, weights, draw, "srs")))
    compare(outcomes, np.array([y.sum()]), 100)


def test_a_sure_response_adds_nothing() -> None:
    first, expanded = np.array([[4.0]]), np.array([[3.0], [5.0]])
    np.testing.assert_array_equal(two_phase(first, expanded, np.ones(2), np.array([0.2, 0.0])), first)


def test_with_replacement_holds_the_response_of_random_cities_already() -> None:
    """Q_kk = 1 there: the ultimate clusters vary by the response, too."""
    draw, weights = record(np.full(N, 0.6), np.arange(N) < 3, np.array([True, True, False]), "srs")
    z = Y[:2]
    silent = design_covariance(
        np.vstack([z, 0 * z[:1]]), np.append(weights, 1.0), _all(draw), "with_replacement"
    )
    np.testing.assert_allclose(design_covariance(z, weights, draw, "with_replacement"), silent, rtol=1e-12)


def _all(draw: DrawRecord) -> DrawRecord:
    return DrawRecord(
        draw.method, draw.strata, np.arange(3), draw.stratum, draw.pi, draw.certainty, draw.single_psu
    )
