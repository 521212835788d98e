"""Examples that were published with their numbers, to the digits that were printed."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from tests.golden.conformance.support import survey_of

import citysample as cs

STRATIFIED = {"strata": "stype", "weights": "pw", "fpc": "fpc"}
CLUSTERS = {"psu": "district", "weights": "pw", "fpc": "fpc"}
STAGES = {"psu": ["district", "school"], "fpc": ["fpc1", "fpc2"]}
JOINT = {"pi": "p", "method": "conditional_poisson", "joint": "election_joint"}
APPROXIMATE = {"pi": "p", "method": "pivotal"}


def printed(survey: cs.WeightedSample, text: str, variance: str = "design") -> cs.Estimate:
    return survey.estimate(text, variance=variance).rows[0]


def test_two_stage_sample_of_mu284() -> None:
    """Sarndal, Swensson, Wretman (1992), sec. 4.3: municipalities in clusters; data set mu284 of R survey."""
    survey = survey_of("mu284", {"psu": ["cluster", "town"], "fpc": ["n1", "n2"]})
    row = printed(survey, "total(y1)")
    assert row.n == 15
    assert row.estimate == pytest.approx(15_080, rel=1e-12)
    assert round(row.se, 1) == 2274.3


@pytest.mark.parametrize(
    ("data", "design", "text", "estimate", "se"),
    [
        ("apistrat", STRATIFIED, "mean(api00)", "662.29", "9.4089"),
        ("apistrat", STRATIFIED, "total(enroll)", "3687178", "114642"),
        ("apistrat", STRATIFIED, "ratio(tested, enroll)", "0.8369569", "0.007757103"),
        ("apiclus1", CLUSTERS, "mean(api00)", "644.169", "23.542"),
        ("apiclus1", CLUSTERS, "total(enroll)", "3404940", "932235"),
        ("apiclus2", STAGES, "mean(api00)", "670.81", "30.099"),
    ],
)
def test_california_schools(data: str, design: dict[str, Any], text: str, estimate: str, se: str) -> None:
    """Lumley, T. (2010). Complex Surveys, ch. 2 and 3; help page api of R survey."""
    row = printed(survey_of(data, design), text)
    assert shown(row.estimate, estimate) == estimate
    assert shown(row.se, se) == se


@pytest.mark.parametrize(
    ("design", "variance", "bush", "kerry", "nader"),
    [
        (APPROXIMATE, "brewer", 2447629, 2450787, 102420),
        (APPROXIMATE, "with_replacement", 2671455, 2679433, 105303),
        (JOINT, "ht", 2604404, 2523712, 102326),
        (JOINT, "syg", 2406526, 2408091, 101664),
    ],
)
def test_election(design: dict[str, str], variance: str, bush: int, kerry: int, nader: int) -> None:
    """Help page election of R survey: counties with joint inclusion probabilities."""
    survey = survey_of("election", design)
    found = survey.estimate(
        {name: f"total({name})" for name in ("bush", "kerry", "nader")}, variance=variance
    )
    # R cuts 478530.52 to 478530.
    assert [math.floor(row.estimate) for row in found.rows] == [64518472, 51202102, 478530]
    assert [round(row.se) for row in found.rows] == [bush, kerry, nader]


def test_half_samples_of_six_ambulance_areas() -> None:
    """Levy and Lemeshow (1991), p. 305, as the data set scd of R survey: four balanced half samples."""
    halves = [[1, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0]]
    table = pd.DataFrame({"arrests": [120, 78, 185, 228, 670, 530], "alive": [25, 24, 30, 49, 80, 70]})
    table["weight"] = 1.0
    for number, half in enumerate(halves):
        table[f"half{number}"] = [2.0 * taken for taken in half]
    survey = cs.CitySample.from_table(
        table, weights="weight", replicates="half*", replicate_method="brr", mse=False
    )
    row = printed(survey, "ratio(alive, arrests)", variance="replicates")
    assert round(row.estimate, 4) == 0.1535
    assert round(row.se, 7) == 0.0094184


def shown(value: float, digits: str) -> str:
    """The value with as many decimals as were printed."""
    return f"{value:.{len(digits.partition('.')[2])}f}"
