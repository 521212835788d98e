"""The options of a design, through plan and draw: what they do, and what does not go together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from tests.sampling.support import frame, planned

import citysample as cs
from citysample.sampling.allocate.response import single_psu_risk
from citysample.sampling.drawing import draw_cities
from citysample.sampling.plan import SamplePlan

Refused = Callable[..., AbstractContextManager[None]]
Allocation = Any


def frequencies(plan: SamplePlan, draws: int) -> np.ndarray:
    return np.asarray(sum(draw_cities(plan, f"draw {seed}").main.astype(float) for seed in range(draws)))


def agrees(counts: np.ndarray, pi: np.ndarray, draws: int) -> None:
    chance = (pi > 0) & (pi < 1)
    np.testing.assert_array_equal(counts[~chance], draws * pi[~chance])
    z = (counts - draws * pi)[chance] / np.sqrt(draws * pi * (1 - pi))[chance]
    assert chance.sum() >= 8
    assert np.abs(z).max() < norm.isf(5e-6 / z.size), z


# Certainty, purposive, take-none


def test_certainty_purposive_and_take_none_together() -> None:
    plan = planned(
        n=12,
        strata=["zone"],
        method="pareto",
        certainty=100,
        purposive=["c05"],
        take_none=15,
        single_psu="adjust",
    )
    cities = plan.cities
    people = cities["people"]
    assert (cities["pi"] == 0).tolist() == (people < 15).tolist()
    assert (cities["stratum"] == "take-none").tolist() == (people < 15).tolist()
    assert cities.loc[people >= 100, "certainty"].all()
    assert cities.loc["c05", "pi"] == 1.0
    assert plan.strata[["n", "method"]].to_dict("index")["take-none"] == {"n": 0, "method": "not drawn"}
    agrees(frequencies(plan, 600), cities["pi"].to_numpy(), 600)
    sample = plan.draw(1)
    roles = sample.cities["role"]
    assert roles["c05"] == "purposive"
    assert (roles[sample.cities["people"] >= 100] == "certainty").all()
    assert {d.rule for d in plan.decisions} >= {"certainty", "purposive", "take_none"}


def test_take_none_leaves_the_figures_to_the_covered_cities() -> None:
    plan = planned(n=12, strata=["zone"], take_none=30)
    sample = plan.draw(2)
    covered = plan.cities["people"] >= 30
    survey = sample.with_data(pd.DataFrame({"city_id": sample.cities.index, "y": 1.0}))
    rows = survey.estimate({"cities": cs.Total("y")}, by="zone").to_frame()
    national = rows.iloc[0]
    assert national["N"] == covered.sum() == sample.covered.sum() < 24
    assert national["estimate"] == pytest.approx(covered.sum())
    people = plan.cities["people"]
    assert national["frame_share"] == pytest.approx(people[covered].sum() / people.sum())
    assert national["frame_share"] < 1
    assert rows["N"].iloc[1:].sum() == national["N"]
    assert rows["frame_share"].iloc[1:].sum() == pytest.approx(national["frame_share"])


def test_cities_both_taken_and_left_out(refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "certainty", "cities 'c00'"):
        planned(n=8, take_none=15, certainty=["c00"])
    with refused("DESIGN-N-IMPOSSIBLE", "left out"):
        planned(n=8, take_none=1e6)


# Sizes and orders


def test_size_formula_and_equal_probabilities() -> None:
    by_root = planned(n=8, method="sampford", size="sqrt(people) + 0 * area").cities
    root = np.sqrt(by_root["people"])
    np.testing.assert_allclose(by_root["pi"], 8 * root / root.sum())
    equal = planned(n=8, method="pivotal", probabilities="equal", strata=["zone"])
    pi = equal.cities.groupby("stratum", observed=True)["pi"]
    np.testing.assert_allclose(pi.first() * equal.strata["N"], equal.strata["n"])
    assert pi.nunique().tolist() == [1, 1]


@pytest.mark.parametrize("method", ["systematic", "chromy", "pivotal"])
def test_order_by_columns_spreads_the_sample_over_them(method: str) -> None:
    """Equal probabilities 1/3 in the order of zone and size: about one in each three in a row."""
    plan = planned(n=8, method=method, probabilities="equal", order=["zone", "people"])
    ordered = plan.cities.sort_values(["zone", "people"]).index
    compared = 0
    for seed in range(30):
        sample = plan.draw(seed)
        places = np.sort(ordered.get_indexer(sample.cities.index))
        assert np.abs(places - 3 * np.arange(8) - 1).max() <= 3
        compared += places.size
        position = sample.record().position
        assert position is not None
        assert position.tolist() == ordered.get_indexer(sample.cities.index).tolist()
    assert compared == 240


def test_order_along_the_curve_follows_the_coordinates() -> None:
    line = frame(lat=0.0)
    plan = planned(line, n=8, method="systematic", probabilities="equal", order="curve")
    lon = line.cities["lon"].to_numpy()
    for seed in range(10):
        sample = plan.draw(seed)
        position = sample.record().position
        assert position is not None
        along = lon[sample.selected][np.argsort(position)]
        steps = np.diff(along)
        assert (steps > 0).all() or (steps < 0).all()
        np.testing.assert_allclose(np.abs(steps), 0.3)


# Over the frame


def test_cube_over_the_frame_keeps_sizes_and_balances_the_country() -> None:
    options: dict[str, Any] = {"n": 12, "strata": ["zone", "coast"], "single_psu": "adjust"}
    over = planned(**options, method="cube", over="frame", balance=["area"], probabilities="equal")
    assert over.strata["n"].sum() == 12
    free = planned(**options)
    errors: dict[str, list[float]] = {"cube": [], "srs": []}
    for seed in range(60):
        sample = over.draw(seed)
        counts = sample.cities["stratum"].value_counts()[over.strata.index]
        np.testing.assert_array_equal(counts, over.strata["n"])
        errors["cube"].append(float(sample.balance(["area"]).relative_deviation[0]))
        errors["srs"].append(float(free.draw(seed).balance(["area"]).relative_deviation[0]))
    assert np.std(errors["cube"]) < 0.5 * np.std(errors["srs"])
    record = over.draw(1).record()
    assert record.strata == ("all",)
    assert record.balance is not None
    assert record.balance.shape == (12, 5)


def test_srs_over_the_frame_needs_one_probability(refused: Refused) -> None:
    with refused("DESIGN-OPTION-UNUSED", "0.375 to 0.4375", "pareto"):
        planned(n=10, strata=["zone"], over="frame")
    same = planned(n=9, strata=["zone"], over="frame")
    np.testing.assert_allclose(same.cities["pi"], 9 / 24)
    assert same.draw(1).n == 9


def test_pareto_over_the_frame_has_exact_probabilities() -> None:
    plan = planned(n=10, strata=["zone"], method="pareto", probabilities="equal", over="frame")
    aims, pi = plan.arrays.aims, plan.cities["pi"].to_numpy()
    assert np.abs(aims - pi).max() > 1e-5
    assert pi.sum() == pytest.approx(10)
    agrees(frequencies(plan, 1500), pi, 1500)


def test_substitutes_over_the_frame_are_asked_for_by_number(refused: Refused) -> None:
    plan = planned(n=9, strata=["zone"], over="frame")
    assert plan.draw(1, substitutes={"all": 3}).drawn.reserve == {"all": 3}
    with refused("DESIGN-STRATUM-UNKNOWN", "'N'", "Known: 'all'"):
        plan.draw(1, substitutes={"N": 2})


# Response


def test_the_warning_of_ten_strata_with_two_cities() -> None:
    many = frame(40, zone=[f"z{k % 10}" for k in range(40)])
    options: dict[str, Any] = {"n": 20, "strata": ["zone"]}
    (warning,) = planned(many, **options, response=0.85).warnings
    assert single_psu_risk(np.full(10, 2), np.full(10, 0.85)) == pytest.approx(1 - 0.7225**10)
    assert "10 strata have n_h = 2" in warning
    assert "96 %" in warning
    assert "single_psu" in warning
    assert not planned(many, **options).warnings
    assert not planned(many, **options, response=0.85, single_psu="adjust").warnings
    rates = {**{f"z{k}": 1.0 for k in range(10)}, "z3": 0.5}
    (one,) = planned(many, **options, response=rates).warnings
    assert "75 %" in one
    assert "'z3' (75 %)" in one


def test_the_response_is_given_for_each_stratum_or_for_all(refused: Refused) -> None:
    options: dict[str, Any] = {"n": 6, "strata": ["zone"]}
    with refused("DESIGN-STRATUM-UNKNOWN", "not named: 'S'", "each stratum"):
        planned(frame(12, zone=["N", "S"] * 6), **options, response={"N": 0.8})


# Size classes and collapsing


def test_size_classes_with_take_all_and_take_none() -> None:
    classes = cs.SizeClasses("cls", "people", bounds=[20, 60, 100], take_all=True, take_none=True)
    plan = planned(n=10, strata=["cls"], size_classes=[classes], certainty=["c03"])
    cities = plan.cities
    people = cities["people"]
    assert (cities["pi"] == 0).tolist() == (people < 20).tolist()
    assert cities.loc[people >= 100, "certainty"].all()
    assert cities.loc["c03", "certainty"]
    assert list(plan.strata.index) == ["20 to under 60", "60 to under 100", "100 and over", "take-none"]
    assert plan.strata["n"].sum() == 10
    assert plan.frame.cities["cls"].cat.categories[0] == "under 20"
    sample = plan.draw(3)
    assert sample.n == 10
    assert sample.covered.sum() == (people >= 20).sum()
    agrees(frequencies(plan, 600), cities["pi"].to_numpy(), 600)


def test_small_strata_are_merged_and_drawn_together() -> None:
    many = frame(zone=["a"] * 3 + ["b"] * 10 + ["c"] * 11)
    rule = cs.Collapse(min_cities=5, score="people", within=())
    plan = planned(many, n=8, strata=["zone"], collapse=rule)
    assert len(plan.strata) == 2
    assert plan.strata["n"].tolist() == [4, 4] or plan.strata["n"].sum() == 8
    assert any("3 cities" in d.what for d in plan.decisions if d.rule == "collapse")
    for seed in range(10):
        counts = plan.draw(seed).cities["stratum"].value_counts()[plan.strata.index]
        np.testing.assert_array_equal(counts, plan.strata["n"])


# Controlled allocation


def test_controlled_allocation_keeps_margins_and_probabilities() -> None:
    plan = planned(strata=["zone", "coast"], allocation=cs.Controlled(n=5))
    pi = plan.cities["pi"].to_numpy()
    np.testing.assert_allclose(pi, 5 / 24)
    cities = plan.cities
    compared = 0
    for seed in range(40):
        sample = plan.draw(seed)
        assert sample.n == 5
        for columns in (["zone"], ["coast"], ["zone", "coast"]):
            expected = 5 * cities.groupby(columns).size() / 24
            found = sample.cities.groupby(columns).size().reindex(expected.index, fill_value=0)
            assert (found >= np.floor(expected)).all()
            assert (found <= np.ceil(expected)).all()
            compared += len(found)
        record = sample.record()
        assert (record.method, record.strata, len(record.joint)) == ("controlled", ("all",), 0)
        assert record.weights().sum() == pytest.approx(24)
    assert compared == 40 * 8
    agrees(frequencies(plan, 1500), pi, 1500)
    assert (plan.strata["variance"] == "balanced").all()


def test_what_does_not_go_with_a_controlled_allocation(refused: Refused) -> None:
    plan = planned(strata=["zone", "coast"], allocation=cs.Controlled(n=5))
    with refused("DESIGN-OPTION-UNUSED", "controlled"):
        plan.joint("N / yes")
    with refused("DESIGN-OPTION-UNUSED", "fixed sample size"):
        plan.draw(1, substitutes=1)
    with refused("DESIGN-OPTION-UNUSED", "'srs'"):
        cs.SampleDesign(
            strata=["zone", "coast"], allocation=cs.Controlled(n=5), method="cube", balance=["area"]
        )


ALLOCATIONS: list[Allocation] = [
    cs.Equal(10),
    cs.Proportional(10),
    cs.Neyman(10, "people"),
    cs.Optimal("people", cost={"N": 1.0, "S": 3.0}, n=10),
    cs.Power(10, total="people", q=0.5),
    cs.Bethel([cs.Target("people", 0.2)]),
    cs.Explicit({"N": 4, "S": 6}),
]


@pytest.mark.parametrize("method", ["srs", "sampford", "cube"])
@pytest.mark.parametrize("allocation", ALLOCATIONS, ids=lambda a: type(a).__name__)
def test_each_allocation_with_three_methods(allocation: Allocation, method: str) -> None:
    balance = ["area"] if method == "cube" else []
    plan = planned(strata=["zone"], allocation=allocation, method=method, balance=balance)
    sample = plan.draw(5)
    counts = sample.cities["stratum"].value_counts()[plan.strata.index]
    np.testing.assert_array_equal(counts, plan.strata["n"])
    if not isinstance(allocation, cs.Bethel):
        assert sample.n == 10


# An earlier sample


@pytest.mark.parametrize("method", ["srs", "poisson", "pareto", "sampford", "pivotal", "systematic"])
def test_frequencies_of_the_union_with_an_earlier_sample(method: str) -> None:
    """The earlier draw is simulated, too: 8 of 24 with probability proportional to the area."""
    first = planned(n=6, method="sampford", size="area" if method != "srs" else "1 + 0 * area")
    pi1 = first.cities["pi"].to_numpy()
    counts = np.zeros(24)
    draws = 250
    for seed in range(draws):
        kept = first.draw(f"earlier {seed}").selected.astype(int)
        beside = frame(pi1=pi1, kept=kept)
        plan = planned(beside, n=14, strata=["zone"], method=method, legacy=cs.Legacy("pi1", "kept"))
        sample = plan.draw(f"now {seed}")
        assert sample.selected[kept == 1].all()
        counts += sample.selected
    pi = plan.cities["pi"].to_numpy()
    target = 14 / 24
    assert (pi > pi1).any()
    agrees(counts, pi, draws)
    record = sample.record()
    assert (record.method, len(record.joint)) == ("legacy", 0)
    assert (sample.cities["role"] == "legacy").sum() == kept.sum()
    assert (plan.strata["variance"] == "poisson").all()
    if method == "srs":
        np.testing.assert_allclose(pi, target, rtol=0.1)


def test_what_does_not_go_with_an_earlier_sample(refused: Refused) -> None:
    pi1 = np.full(24, 0.25)
    kept = (np.arange(24) % 4 == 0).astype(int)
    legacy = cs.Legacy("pi1", "kept")
    plan = planned(frame(pi1=pi1, kept=kept), n=12, method="pareto", legacy=legacy)
    with refused("DESIGN-OPTION-UNUSED", "earlier sample"):
        plan.joint("all")
    with refused("DESIGN-OPTION-UNUSED", "earlier sample"):
        plan.draw(1, substitutes=1)
    varying = frame(pi1=np.where(np.arange(24) < 9, 0.1, 0.3), kept=kept)
    with refused("DESIGN-OPTION-UNUSED", "'srs'", "earlier sample"):
        planned(varying, n=12, legacy=legacy)
    for bad in (frame(pi1=0.0, kept=kept), frame(pi1=1.2, kept=kept), frame(pi1=1.0, kept=kept)):
        with refused("DESIGN-VALUE-INVALID", "earlier draw", "cities"):
            planned(bad, n=12, method="pareto", legacy=legacy)
    with refused("FRAME-COLUMN-UNKNOWN", "legacy"):
        planned(n=12, method="pareto", legacy=legacy)
    with refused("DESIGN-VALUE-INVALID", "kept", "cities 'c00'"):
        planned(frame(pi1=pi1, kept=np.where(kept == 1, 2, 0)), n=12, method="pareto", legacy=legacy)


# What is decided after the draw, and what a plan does not ask for


def test_releases_and_added_cities_stand_among_the_decisions() -> None:
    sample = planned(frame(12, zone=["N", "S"] * 6), n=6, strata=["zone"]).draw("s", substitutes=2)
    assert not [decision for decision in sample.decisions if decision.rule in ("substitutes", "added")]
    free = sample.frame.table.index[~sample.selected & (sample.drawn.rank == 0)][0]
    after = sample.release({"S": 1}).add([free])
    released, added = [decision for decision in after.decisions if decision.rule in ("substitutes", "added")]
    assert (released.where, released.what.split()[0]) == ("S", "1")
    assert free in added.where
    assert "weight 0" in added.what


def test_a_union_with_an_earlier_sample_needs_no_two_cities_in_each_stratum() -> None:
    """Its size is random and its variance form takes single cities."""
    zone = ["N"] * 6 + ["S"] * 6
    cities = frame(12, zone=zone, pi1=0.25, kept=[1, 0, 0, 0, 0, 0] * 2)
    rule = cs.Explicit({"N": 2, "S": 1})
    plan = planned(cities, strata=["zone"], allocation=rule, legacy=cs.Legacy("pi1", "kept"), response=0.5)
    assert not plan.warnings
    assert plan.draw("s").n >= 2


def test_take_all_strata_are_no_constraints_of_a_draw_over_the_frame() -> None:
    zone = [f"z{k % 8}" for k in range(24)]
    cities = frame(24, zone=zone, x=[float(k * k) for k in range(24)])
    whole = [f"c{k:02d}" for k in range(24) if k % 8 > 1]
    options: dict[str, Any] = {"strata": ["zone"], "method": "cube", "over": "frame", "balance": ["x"]}
    rule = cs.Explicit({f"z{h}": 3 if h > 1 else 2 for h in range(8)})
    plan = planned(cities, **options, allocation=rule, certainty=whole, probabilities="equal")
    assert plan.draw("s").n == 22
