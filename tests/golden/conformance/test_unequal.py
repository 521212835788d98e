"""Unequal probabilities without replacement, against R survey and R sampling."""

from __future__ import annotations

import pytest
from tests.golden.conformance.support import Case, check_blocks, compare_covariances, compare_figures

ELECTION = {"pi": "p", "method": "conditional_poisson", "joint": "election_joint"}
APPROXIMATE = {"pi": "p", "method": "pivotal"}
TOWNS = {"pi": "pi", "method": "conditional_poisson", "joint": "mu284_pps_joint"}
ZONES = {"pi": "pi", "method": "conditional_poisson", "strata": "zone", "joint": "mu284_zones_joint"}


def election(block: str, numbers: int, covariances: int, design: dict[str, str], variance: str) -> Case:
    return Case(
        "unequal", f"election, {block}", numbers, covariances, "election", design, {"variance": variance}
    )


def towns(
    block: str, numbers: int, covariances: int, data: str, design: dict[str, str], variance: str
) -> Case:
    return Case("unequal", f"towns, {block}", numbers, covariances, data, design, {"variance": variance})


CASES = [
    election("brewer", 122, 101, APPROXIMATE, "brewer"),
    election("hartley_rao", 122, 101, APPROXIMATE, "hartley_rao"),
    election("ht", 124, 101, ELECTION, "ht"),
    election("syg", 122, 101, ELECTION, "syg"),
    election("with replacement", 122, 101, APPROXIMATE, "with_replacement"),
    election("poisson", 124, 101, {"pi": "p", "method": "poisson"}, "design"),
    towns("syg, certainty", 124, 101, "mu284_pps", TOWNS, "syg"),
    towns("ht, certainty", 124, 101, "mu284_pps", TOWNS, "ht"),
    towns("syg, strata", 206, 101, "mu284_zones", ZONES, "syg"),
    towns("poisson", 124, 101, "mu284_poisson", {"pi": "pi", "method": "poisson"}, "design"),
    election("deville of sampling", 8, 0, APPROXIMATE, "deville"),
    election("syg of sampling", 4, 0, ELECTION, "syg"),
    towns("deville of sampling, certainty", 8, 0, "mu284_pps", {"pi": "pi", "method": "pivotal"}, "deville"),
]
with_covariances = [case for case in CASES if case.golden.covariances]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_figures(case: Case) -> None:
    compare_figures(case)


@pytest.mark.parametrize("case", with_covariances, ids=str)
def test_covariances(case: Case) -> None:
    compare_covariances(case)


def test_each_block_of_r_is_compared() -> None:
    check_blocks("unequal", CASES)
