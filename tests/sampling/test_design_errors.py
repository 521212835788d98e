"""Each error of a design: its code and the words that say where, what and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pandas as pd
import pytest

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]


def frame(**change: Any) -> cs.CityFrame:
    table = pd.DataFrame(
        {
            "id": list("abcdefgh"),
            "people": [9, 8, 7, 6, 5, 4, 3, 2],
            "zone": list("NNNNSSSS"),
            "area": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.0],
        }
    ).assign(**change)
    return cs.CityFrame.from_table(table, id="id", size="people")


# options of the design, code, words
DESIGNS: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({}, "DESIGN-VALUE-INVALID", ("neither", "n = 40")),
    (
        {"n": 4, "allocation": cs.Equal(4)},
        "DESIGN-VALUE-INVALID",
        ("n = 4 and an allocation", "one of the two"),
    ),
    ({"n": "4"}, "DESIGN-VALUE-INVALID", ("'n'", "'4'", "int >= 1")),
    ({"n": 0}, "DESIGN-VALUE-INVALID", ("'n'", "int >= 1")),
    ({"n": -3}, "DESIGN-VALUE-INVALID", ("-3", "int >= 1")),
    ({"n": 4.0}, "DESIGN-VALUE-INVALID", ("4.0", "int >= 1")),
    ({"n": True}, "DESIGN-VALUE-INVALID", ("True", "int >= 1")),
    ({"n": 4, "single_psu": "drop"}, "DESIGN-VALUE-INVALID", ("'drop'", "'fail', 'collapse', 'adjust'")),
    ({"n": 4, "method": "systemtic"}, "DESIGN-METHOD-UNKNOWN", ("'systemtic'", "Did you mean 'systematic'?")),
    ({"n": 4, "method": "cubes"}, "DESIGN-METHOD-UNKNOWN", ("Did you mean 'cube'?",)),
    ({"n": 4, "method": "cube"}, "DESIGN-OPTION-UNUSED", ("balancing columns",)),
    ({"n": 4, "balance": ["people"]}, "DESIGN-OPTION-UNUSED", ("'srs'", "cube")),
    ({"n": 4, "order": ["people"]}, "DESIGN-OPTION-UNUSED", ("'srs'", "systematic")),
    ({"n": 4, "spread": ["people"]}, "DESIGN-OPTION-UNUSED", ("'srs'", "local_pivotal")),
    ({"n": 4, "probabilities": "size"}, "DESIGN-OPTION-UNUSED", ("'srs'", "pareto")),
    ({"n": 4, "probabilities": "sizes"}, "DESIGN-VALUE-INVALID", ("'equal'", "'size'")),
    ({"n": 4, "over": "country"}, "DESIGN-VALUE-INVALID", ("'stratum'", "'frame'")),
    ({"n": 4, "response": 85}, "DESIGN-VALUE-INVALID", ("0.85",)),
    (
        {"n": 4, "response": {"N": 0.5, "North": 0.5}, "strata": ["zone"]},
        "DESIGN-STRATUM-UNKNOWN",
        ("North",),
    ),
    ({"n": 4, "take_none": 0}, "DESIGN-VALUE-INVALID", ("take_none",)),
    ({"n": 4, "purposive": ["nowhere"]}, "DESIGN-CERTAINTY-UNKNOWN", ("purposive", "nowhere")),
    ({"n": 4, "size": "people +"}, "DESIGN-SIZE-FORMULA", ("people +",)),
    ({"n": 4, "size": "sqrt(persons)", "method": "pivotal"}, "DESIGN-SIZE-FORMULA", ("people",)),
    ({"n": 4, "size": "log(0 * people)"}, "DESIGN-SIZE-FORMULA", ("no finite number",)),
    ({"n": 4, "size": "open('x')"}, "DESIGN-SIZE-FORMULA", ("open",)),
    ({"n": 4, "strata": ["zones"]}, "FRAME-COLUMN-UNKNOWN", ("strata", "Did you mean 'zone'?")),
    ({"n": 4, "strata": [3]}, "FRAME-COLUMN-UNKNOWN", ("'3'", "Known")),
    ({"n": 4, "size": "ppl"}, "FRAME-COLUMN-UNKNOWN", ("size of the design", "Known")),
    ({"n": 4, "size": "zone"}, "FRAME-NUMBER-TEXT", ("'zone'", "cities 'a', 'b'")),
    (
        {"n": 4, "size": "area", "method": "pivotal"},
        "DESIGN-VALUE-INVALID",
        ("'area'", "1 cities", "cities 'h'", "above 0"),
    ),
    ({"n": 9}, "DESIGN-N-IMPOSSIBLE", ("n = 9", "1 strata, 8 cities", "n from 2", "to 8")),
    ({"n": 3, "strata": ["zone"]}, "DESIGN-N-IMPOSSIBLE", ("n = 3", "n from 4", "to 8", "min_per_stratum")),
    (
        {"n": 3, "certainty": ["a", "b"]},
        "DESIGN-N-IMPOSSIBLE",
        ("2 of them taken with certainty", "n from 4", "to 8"),
    ),
    (
        {"allocation": cs.Neyman(6, "x"), "strata": ["zone"]},
        "FRAME-COLUMN-UNKNOWN",
        ("'x'", "proxy of the Neyman allocation"),
    ),
    (
        {"allocation": cs.Explicit({"N": 2, "North": 2}), "strata": ["zone"]},
        "DESIGN-STRATUM-UNKNOWN",
        ("unknown: 'North'", "Known: 'N', 'S'"),
    ),
    (
        {"allocation": cs.Explicit({"N": 2}), "strata": ["zone"]},
        "DESIGN-STRATUM-UNKNOWN",
        ("not named: 'S'", "n_h for each stratum"),
    ),
    (
        {"allocation": cs.Explicit({"N": 2, "S": 5}), "strata": ["zone"]},
        "DESIGN-STRATUM-TOO-SMALL",
        ("stratum 'S'", "n_h = 5", "N_h = 4"),
    ),
    (
        {"allocation": cs.Explicit({"N": 0, "S": 2}), "strata": ["zone"]},
        "DESIGN-N-IMPOSSIBLE",
        ("stratum 'N'", "n_h = 0", "n_h > 0", "needs a chance"),
    ),
    (
        {"allocation": cs.Explicit({"N": 1, "S": 2}), "strata": ["zone"], "certainty": ["a"]},
        "DESIGN-N-IMPOSSIBLE",
        ("stratum 'N': 3 cities besides 1 certainty", "n_h = 1", "n_h > 1"),
    ),
    (
        {"allocation": cs.Equal(2, min_per_stratum=1), "strata": ["zone"]},
        "DESIGN-SINGLE-PSU",
        ("2 strata", "'N', 'S'", "single_psu = 'collapse', 'adjust'"),
    ),
    ({"n": 1, "allocation": None, "strata": ["zone"]}, "DESIGN-N-IMPOSSIBLE", ("n = 1",)),
]


@pytest.mark.parametrize(("options", "code", "words"), DESIGNS)
def test_designs_that_are_refused(
    refused: Refused, options: dict[str, Any], code: str, words: tuple[str, ...]
) -> None:
    with refused(code, *words):
        cs.SampleDesign(**options).plan(frame())


@pytest.mark.parametrize("value", [0, -1, "2", 1.5, True, None])
def test_counts_of_an_allocation(refused: Refused, value: Any) -> None:
    with refused("DESIGN-VALUE-INVALID", "'min_per_stratum'", repr(value), "int >= 1"):
        cs.Equal(5, min_per_stratum=value)
    with refused("DESIGN-VALUE-INVALID", "'n'", repr(value), "int >= 1"):
        cs.Proportional(value)
    with refused("DESIGN-VALUE-INVALID", "'n'", repr(value), "int >= 1"):
        cs.Neyman(value, "area")


@pytest.mark.parametrize("value", [-1, "2", 1.5, True, None])
def test_counts_of_an_explicit_allocation(refused: Refused, value: Any) -> None:
    with refused("DESIGN-VALUE-INVALID", "stratum 'S'", repr(value), "int >= 0"):
        cs.Explicit({"N": 2, "S": value})


def test_single_psu_needs_a_rule_at_once(refused: Refused) -> None:
    allocation = cs.Explicit({"N": 1, "S": 2})
    with refused("DESIGN-SINGLE-PSU", "1 strata", "'N'", "0 or at least 2"):
        cs.SampleDesign(strata=["zone"], allocation=allocation).plan(frame())
    rules = ["collapse", "adjust", "average", "certainty"]
    plans = [
        cs.SampleDesign(strata=["zone"], allocation=allocation, single_psu=r).plan(frame()) for r in rules
    ]
    assert [plan.n for plan in plans] == [3, 3, 3, 3]


def test_stratum_with_one_city_is_certain_and_no_single_psu() -> None:
    plan = cs.SampleDesign(strata=["zone"], n=6).plan(frame(zone=list("NNNNSSST")))
    assert plan.strata["n_certainty"].tolist() == [0, 0, 1]


def test_missing_stratum_values(refused: Refused) -> None:
    with refused("FRAME-VALUE-MISSING", "'zone'", "2 cities", "cities 'b', 'd'"):
        cs.SampleDesign(strata=["zone"], n=4).plan(frame(zone=["N", None, "N", float("nan"), *"SSSS"]))


def test_missing_values_of_the_proxy(refused: Refused) -> None:
    with refused("FRAME-VALUE-MISSING", "'area'", "cities 'c'"):
        cs.SampleDesign(strata=["zone"], allocation=cs.Neyman(6, "area")).plan(
            frame(area=[1.0, 2.0, None, *[3.0] * 5])
        )


def test_constant_proxy(refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "proxy is constant", "S_h = 0"):
        cs.SampleDesign(strata=["zone"], allocation=cs.Neyman(6, "area")).plan(frame(area=[1.0] * 8))


def test_strata_whose_labels_are_the_same(refused: Refused) -> None:
    mixed = frame(zone=["x / y"] * 4 + ["x"] * 4, part=["z"] * 4 + ["y / z"] * 4)
    with refused("DESIGN-LABELS-AMBIGUOUS", "'zone', 'part'", "'x / y / z'", "Rename"):
        cs.SampleDesign(strata=["zone", "part"], n=4).plan(mixed)


@pytest.mark.parametrize("method", ["systematic", "pivotal"])
def test_method_that_needs_a_size(refused: Refused, method: str) -> None:
    sizeless = cs.CityFrame.from_table(pd.DataFrame({"id": list("abc")}), id="id")
    with refused("DESIGN-SIZE-MISSING", f"method '{method}'", "size = 'population'"):
        cs.SampleDesign(n=2, method=method).plan(sizeless)
    assert cs.SampleDesign(n=2).plan(sizeless).n == 2


def test_threshold_needs_a_size(refused: Refused) -> None:
    sizeless = cs.CityFrame.from_table(pd.DataFrame({"id": list("abc")}), id="id")
    with refused("DESIGN-SIZE-MISSING", "certainty = 5"):
        cs.SampleDesign(n=2, certainty=5).plan(sizeless)


@pytest.mark.parametrize("name", ["pi", "certainty", "design_weight", "random_number", "stratum"])
def test_frame_columns_that_the_plan_writes(refused: Refused, name: str) -> None:
    with refused("FRAME-COLUMN-RESERVED", f"'{name}'", "Rename"):
        cs.SampleDesign(n=4, strata=["zone"]).plan(frame(**{name: 1}))


@pytest.mark.parametrize("name", ["N", "n", "n_certainty", "pi_min", "pi_max", "size", "method", "variance"])
def test_stratum_columns_that_the_plan_writes(refused: Refused, name: str) -> None:
    with refused("FRAME-COLUMN-RESERVED", f"'{name}'", "Rename"):
        cs.SampleDesign(n=4, strata=[name]).plan(frame(**{name: list("NNNNSSSS")}))


@pytest.mark.parametrize("seed", ["", "  ", None, 1.5, True, b"seed"])
def test_draw_needs_a_seed(refused: Refused, seed: Any) -> None:
    with refused("DESIGN-VALUE-INVALID", repr(seed), "KEN-NSC-2026"):
        cs.SampleDesign(n=4).plan(frame()).draw(seed)
