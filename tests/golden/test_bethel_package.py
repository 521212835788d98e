"""Allocation by precision targets against the Python package bethel; make_bethel.py wrote the numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest

from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.allocate.bethel import cheapest
from citysample.sampling.allocate.bethel_integers import cheapest_whole

HERE = Path(__file__).resolve().parent


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    N: list[int]
    S2: list[list[float]]
    total: list[float]
    cv: list[float]
    cost: list[float]
    min_sample: float
    min_rate: float
    bethel_sample: list[int]
    adjusted_sample: list[int]

    def load(self) -> FloatArray:
        N, S2 = np.array(self.N), np.array(self.S2)
        limit = (np.array(self.cv) * np.array(self.total)) ** 2 + (N * S2).sum(axis=1)
        load: FloatArray = N**2 * S2 / limit[:, None]
        return load

    def lower(self) -> IntArray:
        N = np.array(self.N)
        least = np.maximum(self.min_sample, np.ceil(self.min_rate * N))
        lower: IntArray = np.minimum(least, N).astype(np.int64)
        return lower


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    package: str
    designs: list[Design]


@cache
def designs() -> dict[str, Design]:
    content = msgspec.json.decode((HERE / "bethel" / "designs.json").read_bytes(), type=File)
    assert content.package == "bethel 0.2.1"
    return {design.name: design for design in content.designs}


def test_there_are_eight_designs() -> None:
    assert len(designs()) == 8
    assert sum(len(design.N) for design in designs().values()) == 82


@pytest.mark.parametrize("name", designs())
def test_the_real_optimum_without_bounds_is_that_of_the_package(name: str) -> None:
    design = designs()[name]
    H = len(design.N)
    found = cheapest(design.load(), np.array(design.cost), np.full(H, 1e-6), np.full(H, 1e6))
    assert found.cost <= found.bound * (1 + 1e-8)
    assert np.ceil(found.n - 1e-6).tolist() == design.bethel_sample


@pytest.mark.parametrize("name", designs())
def test_whole_numbers_are_never_dearer_than_those_of_the_package(name: str) -> None:
    design = designs()[name]
    load, cost, upper = design.load(), np.array(design.cost), np.array(design.N)
    found = cheapest_whole(load, cost, design.lower(), upper)
    assert ((load / found.n).sum(axis=1) <= 1 + 1e-12).all()
    assert ((design.lower() <= found.n) & (found.n <= upper)).all()
    assert found.bound <= found.cost
    theirs = np.array(design.adjusted_sample)
    if ((load / theirs).sum(axis=1) <= 1 + 1e-12).all():
        assert found.cost <= cost @ theirs
    else:
        assert name == "small cities with costs"


def test_the_example_of_the_package() -> None:
    """Its help page gives 162; whole numbers that reach the same targets need fewer."""
    design = designs()["example of the package, 162 in all by its help page"]
    assert sum(design.adjusted_sample) == 162
    found = cheapest_whole(design.load(), np.array(design.cost), design.lower(), np.array(design.N))
    assert found.cost == found.bound == 159


def test_the_package_misses_a_target_where_it_cuts_at_N() -> None:
    design = designs()["small cities with costs"]
    assert design.bethel_sample[0] > design.adjusted_sample[0] == design.N[0]
    assert ((design.load() / np.array(design.adjusted_sample)).sum(axis=1) > 1).any()
