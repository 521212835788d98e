"""Bad input to a design, through plan and draw: each is an error with a code, or a recorded rule."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
from tests.sampling.support import frame, planned, table

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]


PLACE = np.where(np.arange(24) == 7, np.nan, np.arange(24) / 10)
ZERO = np.where(np.arange(24) < 20, 0.0, 5.0)
HOSTILE: list[tuple[dict[str, Any], dict[str, Any], str, tuple[str, ...]]] = [
    (
        {"jobs": ZERO},
        {"n": 6, "method": "pareto", "size": "jobs"},
        "DESIGN-VALUE-INVALID",
        ("20 cities", "'c00', 'c01', 'c02', 'c03', 'c04'", "take_none"),
    ),
    (
        {"jobs": ZERO},
        {"n": 6, "method": "pareto", "size": "jobs", "take_none": 1},
        "DESIGN-N-IMPOSSIBLE",
        ("n = 6", "4 cities"),
    ),
    (
        {"jobs": -5.0},
        {"n": 6, "method": "pareto", "size": "jobs", "take_none": 1},
        "DESIGN-VALUE-INVALID",
        ("24 cities", "'c00'"),
    ),
    (
        {"jobs": np.where(np.arange(24) == 3, -1.0, 5.0)},
        {"n": 6, "method": "pareto", "size": "jobs", "take_none": 1},
        "DESIGN-VALUE-INVALID",
        ("1 cities", "cities 'c03'"),
    ),
    (
        {"jobs": np.where(np.arange(24) == 3, np.nan, 5.0)},
        {"n": 6, "method": "pareto", "size": "jobs"},
        "FRAME-VALUE-MISSING",
        ("'jobs'", "'c03'"),
    ),
    (
        {"people": np.where(np.arange(24) == 3, 0.0, 5.0)},
        {"n": 6, "method": "pareto"},
        "FRAME-SIZE-INVALID",
        ("'c03'",),
    ),
    ({"lon": PLACE}, {"n": 6, "method": "local_pivotal"}, "FRAME-VALUE-MISSING", ("'lon'", "'c07'")),
    (
        {"lon": PLACE},
        {"n": 6, "method": "systematic", "order": "curve"},
        "FRAME-VALUE-MISSING",
        ("'lon'", "'c07'"),
    ),
    ({"lat": 91.0}, {"n": 6, "method": "local_pivotal"}, "FRAME-VALUE-INVALID", ("lat", "'c00'")),
    (
        {"area": PLACE},
        {"n": 6, "method": "cube", "balance": ["area"]},
        "FRAME-VALUE-MISSING",
        ("'area'", "'c07'"),
    ),
    (
        {},
        {"n": 6, "method": "cube", "balance": ["areas"]},
        "FRAME-COLUMN-UNKNOWN",
        ("balance", "Did you mean 'area'?"),
    ),
    ({}, {"n": 6, "method": "local_pivotal", "spread": ["x"]}, "FRAME-COLUMN-UNKNOWN", ("spread", "'x'")),
    ({}, {"n": 6, "method": "systematic", "order": ["x"]}, "FRAME-COLUMN-UNKNOWN", ("order", "'x'")),
    (
        {},
        {"n": 6, "collapse": cs.Collapse(min_cities=3, score="x", within=())},
        "FRAME-COLUMN-UNKNOWN",
        ("'x'",),
    ),
    (
        {},
        {"n": 6, "size_classes": [cs.SizeClasses("cls", "x", classes=2)]},
        "FRAME-COLUMN-UNKNOWN",
        ("'x'",),
    ),
    (
        {},
        {"n": 6, "size_classes": [cs.SizeClasses("zone", "people", classes=2)]},
        "FRAME-COLUMN-RESERVED",
        ("'zone'", "Rename"),
    ),
    (
        {},
        {"n": 6, "size_classes": [cs.SizeClasses("role", "people", classes=2)]},
        "FRAME-COLUMN-RESERVED",
        ("'role'", "Rename"),
    ),
    (
        {"zone": ["take-none"] * 12 + ["N"] * 12},
        {"n": 6, "strata": ["zone"], "take_none": 12},
        "DESIGN-LABELS-AMBIGUOUS",
        ("'take-none'",),
    ),
    (
        {},
        {"n": 4, "method": "cube", "probabilities": "equal", "balance": ["area", "people", "lon"]},
        "DESIGN-BALANCE-INVALID",
        ("'all'", "n = 4"),
    ),
]


@pytest.mark.parametrize(("change", "options", "code", "words"), HOSTILE)
def test_bad_input_is_refused(
    refused: Refused, change: dict[str, Any], options: dict[str, Any], code: str, words: tuple[str, ...]
) -> None:
    with refused(code, *words):
        planned(cs.CityFrame.from_table(table(**change), id="id", size="people"), **options)


def test_constant_and_collinear_auxiliaries_are_announced() -> None:
    source = frame(twice=2 * table()["area"], one=3.0)
    plan = planned(source, n=9, method="cube", balance=["area", "twice", "one"], probabilities="equal")
    (text,) = [d.what for d in plan.decisions if d.rule == "balance"]
    assert "'twice', 'one'" in text
    plain = planned(source, n=9, method="cube", balance=["area"], probabilities="equal")
    assert [plan.draw(s).cities.index.tolist() for s in range(5)] == [
        plain.draw(s).cities.index.tolist() for s in range(5)
    ]


@pytest.mark.parametrize("method", ["local_pivotal", "local_cube", "systematic"])
def test_cities_at_the_same_place(method: str) -> None:
    together = frame(lon=np.repeat([1.0, 2.0], 12), lat=0.5)
    options: dict[str, Any] = {"local_cube": {"balance": ["area"]}, "systematic": {"order": "curve"}}
    plan = planned(together, n=6, method=method, **options.get(method, {}))
    assert [plan.draw(seed).n for seed in range(20)] == [6] * 20


def test_a_stratum_with_one_city_is_taken() -> None:
    lone = frame(zone=["X"] + ["N"] * 11 + ["S"] * 12)
    for method in ("srs", "sampford", "local_pivotal"):
        plan = planned(lone, n=9, strata=["zone"], method=method)
        assert plan.strata[["N", "n", "n_certainty"]].to_numpy().tolist()[2] == [1, 1, 1]
        assert plan.cities.loc["c00", "pi"] == 1.0
        sample = plan.draw(1, substitutes=1)
        assert sample.cities.loc["c00", "role"] == "certainty"
        assert any(d.where == "X" for d in sample.decisions) or "X" not in sample.drawn.reserve


@pytest.mark.parametrize("label", ["all", "N'S", 'a "b"', "x; y", "take-none", "Zürich ", "*"])
def test_odd_labels_of_strata(label: str) -> None:
    named = frame(zone=np.where(np.arange(24) % 2 == 0, label, "other"))
    plan = planned(named, n=8, strata=["zone"], method="sampford")
    chosen = plan.strata.index[plan.strata.index != "other"][0]
    sample = plan.draw(1, substitutes={chosen: 2}).release({chosen: 1})
    assert sample.cities["stratum"].value_counts()[chosen] == plan.strata.loc[chosen, "n"] + 1
    assert plan.joint(chosen).how == "exact"


def test_a_frame_of_the_largest_and_smallest_samples(refused: Refused) -> None:
    assert planned(n=24).draw(1).n == 24
    assert planned(n=23, method="sampford").draw(1).n == 23
    assert planned(n=23, method="cube", balance=["area"], probabilities="equal").draw(1).n == 23
    with refused("DESIGN-VALUE-INVALID", "'n'", "int >= 1"):
        planned(n=0)
    with refused("DESIGN-N-IMPOSSIBLE", "n = 25", "24"):
        planned(n=25, method="sampford")
