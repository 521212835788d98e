"""Joint probabilities of systematic sampling against R sampling; systematic.R wrote the numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from citysample.sampling.joint.systematic import joint_systematic

HERE = Path(__file__).resolve().parent
ROWS = 10
"""R's file holds the first rows of each matrix."""
TOLERANCE = 1e-12
"""Relative, and absolute: where two arcs touch, R may have a rounding error in place of 0."""


class Systematic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    set: str
    pi: list[float]
    joint: list[float]


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    systematic: list[Systematic]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    sampling: str
    blocks: Blocks


GOLDEN = msgspec.json.decode((HERE / "systematic.json").read_bytes(), type=Golden).blocks


@pytest.mark.parametrize("golden", GOLDEN.systematic, ids=lambda golden: golden.set)
def test_joint_probabilities_of_systematic_sampling(golden: Systematic) -> None:
    ours = joint_systematic(np.array(golden.pi))[:ROWS].ravel()
    theirs = np.array(golden.joint)
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
    assert ours.size == ROWS * len(golden.pi) >= 170
    assert ((ours == 0.0) == (theirs < TOLERANCE)).all()
    assert (ours == 0.0).any()


def test_count_of_r_results() -> None:
    assert len(GOLDEN.systematic) == 9
    assert max(len(golden.pi) for golden in GOLDEN.systematic) > 200
