"""Replicates that do not fit the draw are refused in words, and so are wrong options."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.estimators.replicate_draws import draw_of

from citysample.estimators.replicates import units
from citysample.estimators.replicates.methods import REPLICATE_METHODS, make_replicates
from citysample.sampling.record import RowLinks
from citysample.sampling.stages.draw_stage import StageRecord

Refused = Callable[..., AbstractContextManager[None]]
CODE = "ESTIMATE-REPLICATES-INVALID"
UNEQUAL = [0.2, 0.5, 0.4, 0.7]


@pytest.mark.parametrize("method", ["jk1", "jkn", "bootstrap"])
def test_unequal_probabilities_are_refused(refused: Refused, method: str) -> None:
    draw = draw_of([4], UNEQUAL, method="brewer")
    with refused(CODE, method, "'stratum 0'", "'generalized_bootstrap'", "'exact'"):
        make_replicates(draw, "deville", method, seed="S")


def test_several_strata_are_refused_by_jk1(refused: Refused) -> None:
    with refused(CODE, "2 strata", "'stratum 0', 'stratum 1'", "'jkn'"):
        make_replicates(draw_of([3, 4, 2], [0.5, 0.2, 1.0]), "srs", "jk1")


@pytest.mark.parametrize("method", ["brr", "fay"])
def test_strata_without_two_cities_are_refused(refused: Refused, method: str) -> None:
    with refused(CODE, "'stratum 1'", "3 units", "expected: 2"):
        make_replicates(draw_of([2, 3], [0.5, 0.2]), "srs", method)


def test_one_city_is_refused_by_the_bootstrap(refused: Refused) -> None:
    draw = draw_of([3, 1], [0.5, 0.2], single_psu="adjust")
    with refused(CODE, "'stratum 1'", "merge"):
        make_replicates(draw, "srs", "bootstrap", seed="S")
    with refused("ESTIMATE-SINGLE-PSU", "stratum 1"):
        make_replicates(replace(draw, single_psu="fail"), "srs", "jkn")


def test_a_form_that_may_be_negative_is_refused(refused: Refused) -> None:
    """Sen-Yates-Grundy with one pair that is drawn together more often than by chance."""
    joint = np.full((3, 3), 0.15)
    joint[0, 1] = joint[1, 0] = 0.45
    np.fill_diagonal(joint, 0.5)
    draw = draw_of([3], [0.5, 0.5, 0.5], method="brewer", joint={0: joint})
    smallest = np.linalg.eigvalsh(units.form_matrix(draw, "syg"))[0]
    assert smallest < -0.01
    for method in ("exact", "generalized_bootstrap"):
        with refused(CODE, "'syg'", "'stratum 0'", f"eigenvalue {smallest:.6g}", "'deville'"):
            make_replicates(draw, "syg", method, seed="S")


def test_draws_without_an_order_are_refused_by_sdr(refused: Refused) -> None:
    with refused(CODE, "'srs'", "'successive_difference'"):
        make_replicates(draw_of([4], [0.5]), "srs", "sdr")
    with refused("ESTIMATE-VARIANCE-INVALID", "'position'"):
        make_replicates(draw_of([4], [0.5], method="systematic"), "deville", "sdr")
    mixed = draw_of(
        [4, 5],
        [0.5, 0.2],
        method="systematic",
        position=np.arange(9),
        stratum_methods=("systematic", "brewer"),
    )
    with refused(CODE, "'stratum 1'", "order"):
        make_replicates(mixed, "deville", "sdr")


def two_stages(inside: tuple[float, ...] = (0.5, 0.5, 0.75, 0.75, 0.75)) -> Any:
    """Two of four cities, two units in the first and three in the second."""
    parent = np.array([0, 0, 1, 1, 1])
    names = ("a", "a", "b", "b", "b")
    units_of = tuple(f"{name}/{k}" for k, name in enumerate(names))
    four = np.full(5, 4)
    stage = StageRecord(2, units_of, names, parent, ("all",) * 5, np.array(inside), four, "brewer")
    return replace(draw_of([2], [0.5]), psu=parent, stages=(stage,))


@pytest.mark.parametrize("method", ["jk1", "jkn", "brr", "fay"])
def test_units_inside_random_cities_are_refused(refused: Refused, method: str) -> None:
    with refused(CODE, f"'{method}'", "2 stages", "'bootstrap'", "'with_replacement'"):
        make_replicates(two_stages(), "srs", method)
    assert make_replicates(two_stages(), "with_replacement", method).factors.shape[1] == 2


def test_unequal_units_inside_cities_are_refused_by_preston(refused: Refused) -> None:
    with refused(CODE, "'b / all | stage 2'", "'generalized_bootstrap'"):
        make_replicates(two_stages(inside=(0.3, 0.7, 0.6, 0.9, 0.5)), "srs", "bootstrap", seed="S")
    assert make_replicates(two_stages(), "srs", "bootstrap", seed="S").factors.shape == (1000, 5)


def test_merged_cities_with_units_inside_are_refused(refused: Refused) -> None:
    links = RowLinks(np.array([0, 1, 2, 2, 3, 4]), np.array([0, 0, 1, 0, 1, 1]), np.ones(6))
    draw = replace(two_stages(), links=links)
    for method in ("jkn", "bootstrap"):
        with refused(CODE, f"'{method}'", "merged"):
            make_replicates(draw, "srs", method, seed="S")


def test_the_variance_of_the_response_is_refused(refused: Refused) -> None:
    draw = replace(draw_of([4], [0.5]), response=np.array([0.5, 1.0, 0.75, 1.0]))
    for method in ("jkn", "bootstrap"):
        with refused(CODE, f"'{method}'", "2 units", "'exact'"):
            make_replicates(draw, "srs", method, seed="S")
    assert make_replicates(draw, "with_replacement", "jkn").R == 4
    assert make_replicates(replace(draw, response=np.ones(4)), "srs", "jkn").R == 4


@pytest.mark.parametrize("R", [0, 1, -5, 2.0, True, "100", 10**9, np.nan])
def test_wrong_numbers_of_replicates_are_refused(refused: Refused, R: Any) -> None:
    with refused(CODE, "whole number from 2", repr(R)):
        make_replicates(draw_of([4], [0.5]), "srs", "bootstrap", R=R, seed="S")


def test_numbers_that_the_design_does_not_allow_are_refused(refused: Refused) -> None:
    draw = draw_of([2] * 5, [0.5] * 5)
    assert make_replicates(draw, "srs", "brr").R == 8
    assert make_replicates(draw, "srs", "brr", R=12).R == 12
    assert make_replicates(draw, "srs", "jkn", R=10).R == 10
    with refused(CODE, "R = 4", "8 or more", "write 8"):
        make_replicates(draw, "srs", "brr", R=4)
    with refused(CODE, "R = 10", "write 12"):
        make_replicates(draw, "srs", "brr", R=10)
    with refused(CODE, "R = 9", "R = 10"):
        make_replicates(draw, "srs", "jkn", R=9)


@pytest.mark.parametrize("rho", [1.0, -0.1, np.nan, 2.0])
def test_wrong_coefficients_of_fay_are_refused(refused: Refused, rho: float) -> None:
    for method in ("fay", "exact"):
        with refused(CODE, "Fay", "from 0 to below 1"):
            make_replicates(draw_of([2], [0.5]), "srs", method, fay=rho)


def test_unknown_methods_and_no_seed_are_refused(refused: Refused) -> None:
    draw = draw_of([4], [0.5])
    with refused("ESTIMATE-CHOICE-UNKNOWN", "'jackknife'", "'jk1'"):
        make_replicates(draw, "srs", "jackknife")
    for method in ("bootstrap", "generalized_bootstrap"):
        with refused(CODE, "seed"):
            make_replicates(draw, "srs", method)
    assert {name for name, method in REPLICATE_METHODS.items() if method.random} == {
        "bootstrap",
        "generalized_bootstrap",
    }


def test_too_many_units_are_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "LARGEST", 3)
    with refused(CODE, "4 units", "at most 3"):
        make_replicates(draw_of([4], [0.5]), "srs", "jkn")
