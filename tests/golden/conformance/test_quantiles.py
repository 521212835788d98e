"""Quantiles by rule with Woodruff's interval against R survey; weighted quantiles of R laeken."""

from __future__ import annotations

from typing import Any

import pytest
from tests.golden.conformance.support import Figure, Key, compared, estimates_of, golden, survey_of

REPLACED = {"method": "with_replacement"}

BLOCKS: dict[str, tuple[str, dict[str, Any], int]] = {
    "simple random": ("apisrs", {"weights": "pw", "fpc": "fpc"}, 96),
    "stratified": ("apistrat", {"strata": "stype", "weights": "pw", "fpc": "fpc"}, 164),
    "clusters": ("apiclus1", {"psu": "district", "weights": "pw", "fpc": "fpc"}, 36),
    "two stages": ("apiclus2", {"psu": ["district", "school"], "fpc": ["fpc1", "fpc2"]}, 36),
    "towns": ("mu284_stratified", {"strata": "zone", "fpc": "N_h"}, 36),
    "persons": ("eusilc", {"weights": "weight"} | REPLACED, 36),
    "persons, laeken": ("eusilc", {"weights": "weight"} | REPLACED, 8),
}


def key(figure: Figure) -> Key:
    """The key of a figure, with its rule in the text of the expression."""
    return (f"{figure.name[:-1]}, {figure.rule!r})", figure.by, figure.domain)


@pytest.mark.parametrize("block", BLOCKS)
def test_quantiles(block: str) -> None:
    data, design, expected = BLOCKS[block]
    theirs = golden("quantiles").blocks[block]
    figures = {key(figure): figure for figure in theirs.figures}
    assert len(figures) == len(theirs.figures)
    found = estimates_of(survey_of(data, design), figures, df=theirs.degf, interval="woodruff")
    ours = {(row.name, row.by, row.domain): row for row in found.rows}
    numbers = 0
    for name, figure in figures.items():
        if figure.interval == "none":  # laeken gives the quantile alone
            assert ours[name].estimate == pytest.approx(figure.estimate, rel=1e-12)
            numbers += 1
        else:
            numbers += compared(ours[name], figure)
    assert numbers == expected


def test_each_block_of_r_is_compared() -> None:
    assert set(BLOCKS) == set(golden("quantiles").blocks)
