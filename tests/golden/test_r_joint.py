"""Joint probabilities against R sampling; max_entropy.R wrote the numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from citysample.sampling.joint.conditional_poisson import joint_conditional_poisson
from citysample.sampling.joint.poisson_binomial import count_law, inclusion
from citysample.sampling.joint.sampford import joint_sampford

HERE = Path(__file__).resolve().parent
ROWS = 5
"""R's file holds the first rows of each matrix."""


class MaxEntropy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    set: str
    pi: list[float]
    joint: list[float]
    inclusion: list[float]


class Sampford(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    set: str
    pi: list[float]
    joint: list[float]


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_entropy: list[MaxEntropy]
    sampford: list[Sampford]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    sampling: str
    blocks: Blocks


GOLDEN = msgspec.json.decode((HERE / "max_entropy.json").read_bytes(), type=Golden).blocks


@pytest.mark.parametrize("golden", GOLDEN.max_entropy, ids=lambda golden: golden.set)
def test_joint_probabilities_of_conditional_poisson(golden: MaxEntropy) -> None:
    ours = joint_conditional_poisson(np.array(golden.pi))[:ROWS].ravel()
    np.testing.assert_allclose(ours, golden.joint, rtol=1e-9, atol=0.0)
    assert ours.size == ROWS * len(golden.pi) >= 90


@pytest.mark.parametrize("golden", GOLDEN.max_entropy, ids=lambda golden: golden.set)
def test_inclusion_probabilities_of_given_odds(golden: MaxEntropy) -> None:
    pi = np.array(golden.pi)
    ours = inclusion(count_law(pi / (1.0 - pi), round(pi.sum())))[0]
    np.testing.assert_allclose(ours, golden.inclusion, rtol=1e-12, atol=0.0)
    assert (np.abs(ours - pi) > 1e-6).any()


@pytest.mark.parametrize("golden", GOLDEN.sampford, ids=lambda golden: golden.set)
def test_joint_probabilities_of_sampford(golden: Sampford) -> None:
    ours = joint_sampford(np.array(golden.pi))[:ROWS].ravel()
    np.testing.assert_allclose(ours, golden.joint, rtol=1e-9, atol=0.0)
    assert ours.size == ROWS * len(golden.pi) >= 90


def test_count_of_r_results() -> None:
    assert (len(GOLDEN.max_entropy), len(GOLDEN.sampford)) == (8, 3)
    assert max(len(golden.pi) for golden in GOLDEN.max_entropy) >= 55
