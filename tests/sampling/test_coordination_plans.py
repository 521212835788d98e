"""Coordination from plans: same, shifted and mirrored numbers; expected and realised overlap agree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.sampling.rounds.coordination import mirror_numbers, shift_numbers

Refused = Callable[..., AbstractContextManager[None]]
DRAWS = 250


def frame(numbers: range, *, zones: int = 1) -> cs.CityFrame:
    """Cities with sizes; "zone" changes for city 7 if there is a city 60 (it moved)."""
    moved = {7} if 60 in numbers else set()
    table = pd.DataFrame(
        {
            "id": [f"c{k:03d}" for k in numbers],
            "zone": [f"z{(k + (k in moved)) % zones}" for k in numbers],
            "size": [100 + 7919 * k % 900 for k in numbers],
        }
    )
    return cs.CityFrame.from_table(table, id="id", size="size")


def plans(method: str, *, zones: int = 1, n: int = 20) -> tuple[cs.SamplePlan, cs.SamplePlan]:
    """Two rounds: city 0 ceases, city 60 is new."""
    design = cs.SampleDesign(strata=["zone"], n=n, method=method)
    return design.plan(frame(range(60), zones=zones)), design.plan(frame(range(1, 61), zones=zones))


# method, zones, shift, mirror
ROUNDS = [
    (method, zones, shift, mirror)
    for method in ("srs", "poisson", "pareto")
    for zones in (1, 2)
    for shift, mirror in ((0.0, False), (0.1, False), (0.5, False), (0.0, True))
]


@pytest.mark.parametrize(("method", "zones", "shift", "mirror"), ROUNDS)
def test_the_realised_overlap_agrees_with_the_expected_one(
    method: str, zones: int, shift: float, *, mirror: bool
) -> None:
    first, second = plans(method, zones=zones)
    options = {"shift": shift, "mirror": mirror}
    found = [
        first.draw(f"seed {k}").overlap(second.draw(f"seed {k}", **options)).both  # type: ignore[arg-type]
        for k in range(DRAWS)
    ]
    expected = first.expected_overlap(second, shift=shift, mirror=mirror)
    exact = method == "poisson" or expected.formula == "exact"
    assert (expected.formula == "exact") == (method == "srs" and not shift and not mirror)
    error = max(float(np.std(found)), 0.5) / DRAWS**0.5
    assert abs(np.mean(found) - expected.cities) < 4.0 * error + (0.0 if exact else 1.0)


def test_the_published_example_after_one_birth() -> None:
    """20 of 60, one birth: 19.7 of 20 cities are expected to stay."""
    design = cs.SampleDesign(n=20)
    first, second = design.plan(frame(range(60))), design.plan(frame(range(61)))
    expected = first.expected_overlap(second)
    assert (round(expected.cities, 1), expected.formula) == (19.7, "exact")
    found = [first.draw(f"s{k}").overlap(second.draw(f"s{k}")).both for k in range(DRAWS)]
    assert np.mean(found) == pytest.approx(expected.cities, abs=0.1)


@pytest.mark.parametrize("method", ["srs", "poisson", "pareto"])
def test_positive_negative_and_rotation(method: str) -> None:
    plan, _ = plans(method)
    share = 0.25
    shift = cs.rotation_shift(plan.arrays.pi, share)
    n = plan.arrays.pi.sum()
    assert plan.expected_overlap(plan).cities == pytest.approx(n, abs=1e-9)
    rotated = plan.expected_overlap(plan, shift=shift)
    assert rotated.cities == pytest.approx(n * (1 - share), abs=0.4)
    mirrored = plan.expected_overlap(plan, mirror=True)
    assert mirrored.cities == pytest.approx(np.maximum(2 * plan.arrays.pi - 1, 0.0).sum(), abs=1e-9)
    same, other = plan.draw("s"), plan.draw("s", mirror=True)
    assert same.overlap(plan.draw("s")).both == same.n
    assert same.overlap(other).both <= 3
    assert other.drawn.mirror


def test_the_draw_uses_the_moved_numbers() -> None:
    plan, _ = plans("srs")
    u = cs.permanent_random_numbers("s", plan.frame.table.index.tolist())
    for sample, moved in (
        (plan.draw("s", shift=0.375), shift_numbers(u, 0.375)),
        (plan.draw("s", mirror=True), mirror_numbers(u)),
    ):
        assert sample.selected.sum() == 20
        assert moved[sample.selected].max() < moved[~sample.selected].min()


def test_certainty_cities_meet_each_city_by_its_probability() -> None:
    design = cs.SampleDesign(n=20, certainty=["c001", "c002"])
    first, second = design.plan(frame(range(60))), cs.SampleDesign(n=20).plan(frame(range(60)))
    assert first.expected_overlap(first).cities == pytest.approx(20.0)
    # 2 certain cities with pi = 1/3 in the second plan; 18 of 58 and 20 of 60 share the 58 others.
    expected = first.expected_overlap(second).cities
    found = [first.draw(f"s{k}").overlap(second.draw(f"s{k}")).both for k in range(DRAWS)]
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / DRAWS**0.5)


def test_substitutes_and_controlled_sizes_use_the_moved_numbers_too() -> None:
    plan, _ = plans("srs")
    with_reserve = plan.draw("s", substitutes=3, mirror=True)
    assert with_reserve.selected.tolist() == plan.draw("s", mirror=True).selected.tolist()
    table = frame(range(60)).cities.assign(other=["a", "b"] * 30)
    table["zone"] = [f"z{k % 5}" for k in range(60)]
    cities = cs.CityFrame.from_table(table.reset_index(names="id"), id="id")
    controlled = cs.SampleDesign(strata=["zone", "other"], allocation=cs.Controlled(n=12)).plan(cities)
    assert controlled.draw("s").overlap(controlled.draw("s", mirror=True)).both < 6


def test_refusals(refused: Refused) -> None:
    plan, _ = plans("srs")
    pivotal, _ = plans("pivotal")
    with refused("DESIGN-COORDINATION-INVALID", "'pivotal'"):
        pivotal.draw("s", mirror=True)
    with refused("DESIGN-COORDINATION-INVALID", "'pivotal'"):
        pivotal.expected_overlap(pivotal)
    with refused("DESIGN-COORDINATION-INVALID", "'srs'", "'poisson'"):
        plan.expected_overlap(plans("poisson")[0])
    with refused("DESIGN-VALUE-INVALID", "mirror"):
        plan.draw("s", shift=0.2, mirror=True)
    with refused("DESIGN-VALUE-INVALID", "mirror"):
        plan.expected_overlap(plan, shift=0.2, mirror=True)
    with refused("DESIGN-VALUE-INVALID", "shift"):
        plan.draw("s", shift=1.0)
