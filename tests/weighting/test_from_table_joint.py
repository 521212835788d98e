"""Joint inclusion probabilities that come with a sample: forms of input, the forms they allow, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused

import citysample as cs
from citysample.estimators.forms.stratified import design_covariance, variance_form
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.joint.sampford import joint_sampford

from_table = cs.CitySample.from_table

# Sampford samples of n = 3 in each stratum; these 3 cities of 5 (and a certainty city in S) were drawn.
NORTH = np.array([0.8, 0.7, 0.6, 0.5, 0.4])
SOUTH = np.array([0.9, 0.3, 0.6, 0.7, 0.5])
DRAWN = [0, 2, 3]
Y = [3.0, 8.0, 1.0, 20.0, 5.0, 9.0, 4.0]


def blocks() -> tuple[FloatArray, FloatArray]:
    north, south = (joint_sampford(pi)[np.ix_(DRAWN, DRAWN)] for pi in (NORTH, SOUTH))
    np.fill_diagonal(north, NORTH[DRAWN])
    np.fill_diagonal(south, SOUTH[DRAWN])
    whole = np.ones((4, 4))
    whole[1:, 1:] = south
    whole[0, 1:] = whole[1:, 0] = SOUTH[DRAWN]
    return north, whole


def whole() -> FloatArray:
    north, south = blocks()
    joint = np.outer(table()["p"], table()["p"])
    joint[:3, :3], joint[3:, 3:] = north, south
    return joint


def table() -> pd.DataFrame:
    pi = [*NORTH[DRAWN], 1.0, *SOUTH[DRAWN]]
    return pd.DataFrame({"id": list("abcdefg"), "zone": list("NNNSSSS"), "p": pi, "y": Y})


PPS: dict[str, Any] = {"id": "id", "strata": "zone", "pi": "p", "method": "sampford"}


def syg_by_hand(survey: cs.WeightedSample) -> float:
    """Sen, Yates and Grundy over all pairs of random cities; 0 across strata, and for certainty cities."""
    pi, joint = table()["p"].to_numpy(), whole()
    check = survey.table["y"].to_numpy() / pi
    pairs = [(k, other) for k in range(7) for other in range(k)]
    total = sum(
        (pi[k] * pi[other] - joint[k, other]) / joint[k, other] * (check[k] - check[other]) ** 2
        for k, other in pairs
    )
    return float(total)


def variance(survey: cs.WeightedSample, name: str) -> float:
    z = survey.table[["y"]].to_numpy(dtype=np.float64)
    form = variance_form(survey.draw, name)
    return float(design_covariance(z, survey.weights, survey.draw, form)[0, 0])


def framed(joint: FloatArray, ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame(joint, index=ids, columns=ids)


INPUTS: dict[str, Callable[[], Any]] = {
    "array": whole,
    "lists": lambda: whole().tolist(),
    "data frame": lambda: framed(whole(), list("abcdefg")),
    "data frame in another order": lambda: framed(whole(), list("abcdefg")).loc[
        list("gcafbed"), list("bgcfaed")
    ],
    "mapping": lambda: dict(zip("NS", blocks(), strict=True)),
    "mapping of data frames": lambda: {
        "N": framed(blocks()[0], list("abc")).iloc[::-1],
        "S": framed(blocks()[1], list("defg")),
    },
}


@pytest.mark.parametrize("name", INPUTS)
def test_all_forms_of_input_give_the_variance_of_sen_yates_and_grundy(name: str) -> None:
    survey = from_table(table(), joint=INPUTS[name](), **PPS)
    assert variance_form(survey.draw, "design") == "syg"
    assert variance(survey, "design") == pytest.approx(syg_by_hand(survey), rel=1e-12)
    assert {h: joint.shape for h, joint in survey.draw.joint.items()} == {0: (3, 3), 1: (3, 3)}
    assert [h for h, _ in survey.draw.random_psus()] == list(survey.draw.joint)


def test_without_joint_probabilities_the_form_is_that_of_the_method() -> None:
    survey = from_table(table(), **PPS)
    assert variance_form(survey.draw, "design") == "deville"
    assert survey.draw.joint == {}


def test_rounded_probabilities_are_accepted_and_made_consistent() -> None:
    survey = from_table(table(), joint=np.round(whole() * (1.0 + 1e-8), 9), **PPS)
    for h, psus in survey.draw.random_psus():
        np.testing.assert_array_equal(np.diag(survey.draw.joint[h]), survey.draw.pi[psus])
        np.testing.assert_array_equal(survey.draw.joint[h], survey.draw.joint[h].T)


def test_clusters_take_labelled_probabilities(refused: Refused) -> None:
    twice = pd.concat([table(), table()]).assign(id=range(14), town=[*"abcdefg", *"abcdefg"])
    options = PPS | {"psu": "town"}
    survey = from_table(twice, joint=framed(whole(), list("abcdefg")), **options)
    assert survey.draw.joint[0].shape == (3, 3)
    with refused("DATA-JOINT-INVALID", "clusters need labels"):
        from_table(twice, joint=whole(), **options)


def changed(k: int, other: int, value: float, symmetric: bool = True) -> FloatArray:
    joint = whole()
    joint[k, other] = value
    if symmetric:
        joint[other, k] = value
    return joint


REFUSED: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "size": (lambda: whole()[:6, :6], ("wrong size", "(6, 6)", "(7, 7)")),
    "vector": (lambda: whole()[0], ("wrong size", "(7,)")),
    "text": (lambda: [*whole().tolist()[:6], ["0.5"] * 7], ("not numbers",)),
    "ragged": (lambda: [*whole().tolist()[:6], [0.5]], ("wrong size", "different lengths")),
    "missing": (lambda: changed(0, 1, np.nan), ("2 joint", "missing", "'a' and 'b'")),
    "missing in a data frame": (
        lambda: framed(whole(), list("abcdefg")).astype(object).mask(np.eye(7, dtype=bool), pd.NA),
        ("7 joint", "missing"),
    ),
    "infinite": (lambda: changed(0, 1, np.inf), ("missing or infinite",)),
    "zero": (lambda: changed(1, 2, 0.0), ("zero or negative", "'b' and 'c'", "both units are in the sample")),
    "negative": (lambda: changed(1, 2, -0.1), ("zero or negative",)),
    "asymmetric": (lambda: changed(1, 2, 0.3, symmetric=False), ("other side", "pi_kl = pi_lk")),
    "diagonal": (lambda: changed(2, 2, 0.4), ("diagonal", "units 'c' and 'c'", "pi_k = 0.5")),
    "above": (lambda: changed(1, 2, 0.55), ("above pi_k or pi_l", "'b' and 'c'")),
    "below": (lambda: changed(0, 1, 0.39), ("below pi_k + pi_l - 1", "'a' and 'b'")),
    "across": (lambda: changed(0, 4, 0.7), ("different strata", "'a' and 'e'", "0.72")),
    "unknown id": (lambda: framed(whole(), list("abcdefx")), ("unknown 'x'", "without 'g'")),
    "repeated id": (lambda: framed(whole(), list("abcdeff")), ("twice 'f'",)),
    "stratum missing": (lambda: {"N": blocks()[0]}, ("no matrix for 'S'",)),
    "stratum unknown": (lambda: {**dict(zip("NS", blocks(), strict=True)), "W": whole()}, ("unknown 'W'",)),
    "size in a stratum": (lambda: {"N": blocks()[0], "S": blocks()[0]}, ("stratum 'S'", "(4, 4)")),
    "zero in a stratum": (lambda: {"N": blocks()[0] * np.eye(3), "S": blocks()[1]}, ("stratum 'N'", "zero")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_probabilities_that_are_refused(what: str, refused: Refused) -> None:
    joint, words = REFUSED[what]
    with refused("DATA-JOINT-INVALID", *words):
        from_table(table(), joint=joint(), **PPS)


@pytest.mark.parametrize("method", ["systematic", "pivotal", "poisson"])
def test_methods_that_cannot_use_them_are_refused(method: str, refused: Refused) -> None:
    with refused("DESIGN-OPTION-UNUSED", "'joint'", f"'{method}'", "'sampford'"):
        from_table(table(), joint=whole(), **(PPS | {"method": method}))


def test_simple_random_samples_do_not_take_them(refused: Refused) -> None:
    with refused("DESIGN-OPTION-UNUSED", "'joint'", "'srs'"):
        from_table(table(), fpc=20, joint=whole())
