"""From the design to the plan: strata, n_h and inclusion probabilities."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]


def frame_of(counts: dict[str, int], **columns: list[object]) -> cs.CityFrame:
    zones = [zone for zone, count in counts.items() for _ in range(count)]
    table = pd.DataFrame({"id": [f"c{k:03}" for k in range(len(zones))], "zone": zones, **columns})
    table["people"] = [1000.0 + 37 * (k * k % 23) for k in range(len(zones))]
    return cs.CityFrame.from_table(table, id="id", size="people")


COUNTS = {"A": 30, "B": 12, "C": 3, "D": 1}


def sizes(allocation: object, counts: dict[str, int] = COUNTS, **options: object) -> list[int]:
    design = cs.SampleDesign(strata=["zone"], allocation=allocation, **options)  # type: ignore[arg-type]  # on purpose
    plan = design.plan(frame_of(counts))
    assert plan.n == plan.strata["n"].sum() == pytest.approx(plan.cities["pi"].sum())
    return [int(n) for n in plan.strata["n"]]


def test_equal_allocation_stops_at_the_size_of_the_stratum() -> None:
    assert sizes(cs.Equal(8)) == [3, 2, 2, 1]
    assert sizes(cs.Equal(20)) == [8, 8, 3, 1]
    assert sizes(cs.Equal(46)) == [30, 12, 3, 1]


def test_proportional_allocation() -> None:
    assert sizes(cs.Proportional(23)) == [14, 6, 2, 1]
    assert sizes(cs.Proportional(9, min_per_stratum=1), single_psu="adjust") == [5, 2, 1, 1]
    assert sizes(cs.Proportional(23)) == sizes(cs.Proportional(np.int64(23)))  # type: ignore[arg-type]  # on purpose


def test_n_alone_is_proportional() -> None:
    plan = cs.SampleDesign(strata=["zone"], n=23).plan(frame_of(COUNTS))
    assert [int(n) for n in plan.strata["n"]] == sizes(cs.Proportional(23))


def test_neyman_allocation_follows_the_spread_of_the_proxy() -> None:
    spread = {"A": 1.0, "B": 10.0, "C": 100.0}
    counts = {"A": 20, "B": 20, "C": 20}
    proxy: list[object] = [spread[zone] * (k % 5) for zone in counts for k in range(20)]
    frame = frame_of(counts, area=proxy)
    plan = cs.SampleDesign(strata=["zone"], allocation=cs.Neyman(n=26, proxy="area")).plan(frame)
    # N_h S_h is as 1 : 10 : 100, so beyond the minimum of 2 the third stratum takes all it has.
    assert plan.strata["n"].tolist() == [2, 4, 20]


def test_neyman_allocation_has_the_least_variance_of_the_proxy_total() -> None:
    counts = {"A": 9, "B": 7, "C": 5}
    proxy: list[object] = [float((7 * k * k) % 31 + 3 * (k % 4)) for k in range(21)]
    frame = frame_of(counts, area=proxy)
    spread = frame.cities.groupby("zone")["area"].std(ddof=1)
    plan = cs.SampleDesign(strata=["zone"], allocation=cs.Neyman(n=11, proxy="area")).plan(frame)

    def variance(n_h: tuple[int, ...]) -> float:
        return sum(
            N**2 * (1 / n - 1 / N) * s**2
            for N, n, s in zip(counts.values(), n_h, spread.tolist(), strict=True)
        )

    every = [(a, b, 11 - a - b) for a in range(2, 10) for b in range(2, 8) if 2 <= 11 - a - b <= 5]
    assert variance(tuple(plan.strata["n"])) == min(variance(n_h) for n_h in every)
    assert len(every) == 18


def test_neyman_spread_has_divisor_one_less_than_the_cities() -> None:
    """S_h with divisor N_h - 1 gives 3 and 5; the divisor N_h would give 2 and 6."""
    area: list[object] = [17.0, 4.0, 11.0, 16.0, 7.0, 4.0, 10.0, 2.0, 5.0, 17.0, 13.0, 17.0, 16.0]
    frame = frame_of({"A": 4, "B": 9}, area=area)
    plan = cs.SampleDesign(strata=["zone"], allocation=cs.Neyman(n=8, proxy="area")).plan(frame)
    assert plan.strata["n"].tolist() == [3, 5]


def test_explicit_allocation() -> None:
    assert sizes(cs.Explicit({"D": 1, "C": 2, "B": 4, "A": 10})) == [10, 4, 2, 1]
    assert cs.Explicit({"D": 1, "A": 10}).n == 11


def test_explicit_allocation_names_number_strata_by_their_label(refused: Refused) -> None:
    table = pd.DataFrame({"id": list("abcdef"), "zone": [1, 1, 1, 2, 2, 2]})
    frame = cs.CityFrame.from_table(table, id="id")
    plan = cs.SampleDesign(strata=["zone"], allocation=cs.Explicit({"1": 2, "2": 3})).plan(frame)
    assert plan.strata["n"].tolist() == [2, 3]
    with refused("DESIGN-STRATUM-UNKNOWN", "'1', '2'"):
        allocation = cs.Explicit({1: 2, 2: 3})  # type: ignore[dict-item]  # on purpose
        cs.SampleDesign(strata=["zone"], allocation=allocation).plan(frame)


def test_strata_are_a_cross_in_the_order_of_the_columns() -> None:
    table = pd.DataFrame({"id": list("abcdefgh"), "zone": list("SSSSNNNN"), "level": [10, 10, 9, 9] * 2})
    plan = cs.SampleDesign(strata=["zone", "level"], n=8).plan(cs.CityFrame.from_table(table, id="id"))
    assert plan.strata.index.tolist() == ["N / 9", "N / 10", "S / 9", "S / 10"]
    assert plan.strata["zone"].tolist() == ["N", "N", "S", "S"]
    assert plan.strata["level"].tolist() == ["9", "10", "9", "10"]
    assert plan.strata["N"].tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize("kind", ["category of numbers", "mixed", "Int64"])
def test_strata_of_any_storage(kind: str) -> None:
    zones = {
        "category of numbers": pd.Series(pd.Categorical([1.0, 1.0, 2.0, 2.0])),
        "mixed": pd.Series([1.0, 1.0, "2", "2"], dtype=object),
        "Int64": pd.Series([1, 1, 2, 2], dtype="Int64"),
    }
    table = pd.DataFrame({"id": list("abcd"), "zone": zones[kind]})
    plan = cs.SampleDesign(strata=["zone"], n=4).plan(cs.CityFrame.from_table(table, id="id"))
    assert plan.strata.index.tolist() == ["1", "2"]


def test_a_sole_stratum_column_may_be_called_stratum() -> None:
    table = pd.DataFrame({"id": list("abcd"), "stratum": list("xxyy")})
    plan = cs.SampleDesign(strata="stratum", n=4).plan(cs.CityFrame.from_table(table, id="id"))
    assert plan.strata.index.tolist() == ["x", "y"]
    assert plan.cities["stratum"].tolist() == list("xxyy")


def test_strata_table_of_the_plan() -> None:
    plan = cs.SampleDesign(strata=["zone"], n=23, method="pivotal").plan(frame_of(COUNTS))
    table = plan.strata
    names = ["zone", "N", "n", "n_certainty", "pi_min", "pi_max", "size", "method", "variance"]
    assert table.columns.tolist() == names
    assert table["n_certainty"].tolist() == [0, 0, 0, 1]
    assert table["size"].sum() == plan.cities["people"].sum()
    assert set(table["method"]) == {"pivotal"}
    assert set(table["variance"]) == {"deville"}
    random = plan.cities[~plan.cities["certainty"]].groupby("stratum", observed=True)["pi"]
    np.testing.assert_array_equal(table["pi_min"].dropna(), random.min())
    np.testing.assert_array_equal(table["pi_max"].dropna(), random.max())
    assert table["pi_min"].isna().tolist() == [False, False, False, True]
    assert plan.decisions[-1].where == "D"
    assert repr(plan) == "SamplePlan(4 strata, n=23 of N=46)"


@given(st.integers(8, 46), st.sampled_from(["srs", "systematic", "pivotal"]))
def test_probabilities_of_the_plan(n: int, method: str) -> None:
    plan = cs.SampleDesign(strata=["zone"], n=n, method=method).plan(frame_of(COUNTS))
    cities = plan.cities
    by_stratum = cities.groupby("stratum", observed=True)["pi"].sum()
    np.testing.assert_allclose(by_stratum, plan.strata["n"], rtol=1e-12)
    assert ((cities["pi"] > 0) & (cities["pi"] <= 1)).all()
    assert (cities["certainty"] == (cities["pi"] == 1.0)).all()
    random = cities[~cities["certainty"]]
    ratio = random["pi"] / (1.0 if method == "srs" else random["people"])
    assert ratio.groupby(random["stratum"], observed=True).agg(np.ptp).max() < 1e-12 or random.empty
    assert len(cities) == 46


def test_size_of_the_design_replaces_that_of_the_frame() -> None:
    area: list[object] = [float(k + 1) for k in range(10)]
    frame = frame_of({"A": 10}, area=area)
    pi = cs.SampleDesign(n=2, method="pivotal", size="area").plan(frame).cities["pi"]
    np.testing.assert_allclose(pi, 2 * np.arange(1, 11) / 55)
