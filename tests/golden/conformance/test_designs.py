"""Simple and stratified samples, clusters, two stages and strata with one PSU, against R survey."""

from __future__ import annotations

from typing import Any

import pytest
from tests.golden.conformance.support import Case, check_blocks, compare_covariances, compare_figures

STRATIFIED = {"strata": "stype", "weights": "pw", "fpc": "fpc"}
REPLACED = {"weights": "pw", "method": "with_replacement"}
CLUSTERS = {"psu": "district", "fpc": "fpc"}
ZONES = {"strata": ["zone", None], "psu": ["cluster", "town"]}
SINGLE = {"strata": "county", "fpc": "N_h"}
SINGLE_REPLACED = {"strata": "county", "weights": "weight", "method": "with_replacement"}


def design(
    block: str, numbers: int, covariances: int, data: str, design: dict[str, Any], **options: Any
) -> Case:
    return Case("designs", block, numbers, covariances, data, design, options)


CASES = [
    design("simple random", 284, 106, "apisrs", {"weights": "pw", "fpc": "fpc"}),
    design("stratified", 284, 106, "apistrat", STRATIFIED),
    design("stratified, with replacement", 284, 106, "apistrat", {"strata": "stype"} | REPLACED),
    design("stratified, towns", 242, 106, "mu284_stratified", {"strata": "zone", "fpc": "N_h"}),
    design("clusters", 286, 106, "apiclus1", CLUSTERS | {"weights": "pw"}),
    design("clusters, weights from the fpc", 286, 106, "apiclus1", CLUSTERS),
    design("clusters, with replacement", 286, 106, "apiclus1", {"psu": "district"} | REPLACED),
    design("two stages", 286, 106, "apiclus2", {"psu": ["district", "school"], "fpc": ["fpc1", "fpc2"]}),
    design("two stages, ultimate cluster", 286, 106, "apiclus2", {"psu": "district"} | REPLACED),
    design("two stages, strata", 244, 106, "mu284_two_stage", ZONES | {"fpc": ["clusters", "towns"]}),
    design("two stages, fractions", 244, 106, "mu284_two_stage", ZONES | {"fpc": ["first", "second"]}),
    design("single PSU, adjust", 94, 97, "few", SINGLE | {"single_psu": "adjust"}),
    design("single PSU, average", 92, 97, "few", SINGLE | {"single_psu": "average"}),
    design("single PSU, certainty", 92, 97, "few", SINGLE | {"single_psu": "certainty"}),
    design("single PSU, adjust, with replacement", 94, 97, "few", SINGLE_REPLACED | {"single_psu": "adjust"}),
]
by_case = pytest.mark.parametrize("case", CASES, ids=str)


@by_case
def test_figures(case: Case) -> None:
    compare_figures(case)


@by_case
def test_covariances(case: Case) -> None:
    compare_covariances(case)


@by_case
def test_nominal_degrees_of_freedom(case: Case) -> None:
    (row,) = case.estimate([("total(cities)", "national", "all")], df="nominal").rows
    assert row.df == case.golden.degf


def test_each_block_of_r_is_compared() -> None:
    check_blocks("designs", CASES)
