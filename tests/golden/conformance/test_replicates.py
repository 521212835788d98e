"""Replicates, made by citysample and delivered with the data, against R survey.

The replicates of R are centred at the estimate of the whole sample, as those of citysample are.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.golden.conformance.support import Case, check_blocks, compare_covariances, compare_figures

WEIGHTS = {"weights": "pw"}
REPLACED = {"weights": "pw", "method": "with_replacement"}
PAIRS = {"strata": "region", "weights": "weight", "method": "with_replacement"}


def own(
    block: str,
    numbers: int,
    covariances: int,
    data: str,
    design: dict[str, Any],
    variance: str,
    **options: Any,
) -> Case:
    """Replicates that citysample makes from the record of the draw."""
    return Case("replicates", block, numbers, covariances, data, design, {"variance": variance, **options})


def delivered(block: str, numbers: int, sample: str, name: str, method: str, **design: Any) -> Case:
    """Replicate weights that R wrote."""
    return Case(
        "replicates",
        f"delivered, {block}",
        numbers,
        101,
        f"mu284_{sample}",
        {"weights": "weight", "replicate_method": method, **design},
        {"variance": "replicates"},
        f"replicates_{name}",
    )


CASES = [
    own("JK1", 252, 106, "apisrs", REPLACED, "jk1"),
    own("JK1 with fpc", 252, 106, "apisrs", WEIGHTS | {"fpc": "fpc"}, "jk1"),
    own("JK1, clusters", 254, 106, "apiclus1", REPLACED | {"psu": "district"}, "jk1"),
    own("JK1, clusters with fpc", 254, 106, "apiclus1", WEIGHTS | {"psu": "district", "fpc": "fpc"}, "jk1"),
    own("JKn", 252, 106, "apistrat", REPLACED | {"strata": "stype"}, "jkn"),
    own("JKn with fpc", 252, 106, "apistrat", WEIGHTS | {"strata": "stype", "fpc": "fpc"}, "jkn"),
    own("BRR", 14, 0, "mu284_pairs", PAIRS, "brr"),
    own("Fay", 14, 0, "mu284_pairs", PAIRS, "fay"),
    delivered("JK1", 134, "pairs", "pairs_jk1", "jk1"),
    delivered("JKn with fpc", 132, "stratified", "zones_jkn", "jkn"),
    delivered("JKn, two stages", 134, "two_stage", "stages_jkn", "jkn"),
    delivered("BRR", 132, "pairs", "pairs_brr", "brr"),
    delivered("Fay", 132, "pairs", "pairs_fay", "fay", fay=0.3),
    delivered("bootstrap of Canty and Davison", 132, "stratified", "zones_canty", "bootstrap"),
    delivered("bootstrap of Rao and Wu", 132, "stratified", "zones_rao_wu", "bootstrap"),
    delivered("bootstrap of Preston", 134, "two_stage", "stages_preston", "bootstrap"),
    delivered("successive differences", 134, "pairs", "pairs_sdr", "sdr"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_figures(case: Case) -> None:
    compare_figures(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.golden.covariances], ids=str)
def test_covariances(case: Case) -> None:
    compare_covariances(case)


def test_each_block_of_r_is_compared() -> None:
    check_blocks("replicates", CASES)
