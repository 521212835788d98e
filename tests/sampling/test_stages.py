"""Stages after the cities: probabilities multiply, and totals are unbiased over all draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import combinations, permutations, product

import numpy as np
import pandas as pd
import pytest

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.randomness import permanent_random_numbers, random_start, random_stream
from citysample.sampling.select.pivotal import select_pivotal
from citysample.sampling.select.srs import select_srs
from citysample.sampling.select.systematic import select_systematic
from citysample.sampling.stages.draw_stage import (
    StageMethod,
    StageRecord,
    ancestors,
    draw_stage,
    draw_stages,
    first_stage,
    overall_probabilities,
)
from citysample.sampling.stages.stage_frame import StageFrame, stage_frame

Refused = Callable[..., AbstractContextManager[None]]
SEED = "STAGES"

SRS = StageMethod(
    "srs",
    lambda _rows, pi, uniforms: select_srs(pi, uniforms),
    lambda _label, ids, _n: permanent_random_numbers(SEED, ids),
)
PIVOTAL = StageMethod(
    "pivotal",
    lambda _rows, pi, uniforms: select_pivotal(pi, uniforms),
    lambda label, ids, _n: random_stream(SEED, label, "pivotal", 2 * len(ids)),
)


def cities(*ids: str, pi: Sequence[float] | None = None) -> StageRecord:
    return first_stage(ids, ["all"] * len(ids), np.array(pi if pi else [0.5] * len(ids)), "srs")


def areas(counts: dict[str, int], size: FloatArray | None = None) -> StageFrame:
    pairs = [(city, f"{k + 1:02d}") for city, count in counts.items() for k in range(count)]
    return StageFrame(tuple(city for city, _ in pairs), tuple(unit for _, unit in pairs), size=size)


def ordered(order: Sequence[int], total: int) -> StageMethod:
    """Simple random sampling whose numbers are given: the order of the units of each city."""
    return StageMethod(
        "srs",
        lambda _rows, pi, uniforms: select_srs(pi, uniforms),
        lambda _label, ids, _n: (np.array(order[: len(ids)]) + 0.5) / total,
    )


def test_worked_two_stage_probabilities() -> None:
    """City a: 1/4 and 2 of 5 areas, weight 10. City b is certain with 2 of 2 areas, weight 1."""
    first = cities("a", "b", pi=[0.25, 1.0])
    found = draw_stage(first, areas({"b": 2, "a": 5, "unused": 9}), 2, SRS)
    assert found.parents == ("a", "a", "b", "b")
    assert found.units[2:] == ("b/01", "b/02")
    assert found.parent_rows.tolist() == [0, 0, 1, 1]
    assert found.pi.tolist() == [0.4, 0.4, 1.0, 1.0]
    assert found.N.tolist() == [5, 5, 2, 2]
    assert found.strata == ("all",) * 4
    assert (found.stage, found.method) == (2, "srs")
    np.testing.assert_allclose(1 / overall_probabilities([first, found]), [10, 10, 1, 1], rtol=1e-14)
    smallest = sorted(
        (f"a/{k:02d}" for k in range(1, 6)), key=lambda full: permanent_random_numbers(SEED, [full])[0]
    )
    assert set(found.units[:2]) == set(smallest[:2])


def test_two_stage_totals_are_unbiased_over_all_draws() -> None:
    """2 of 3 cities, then 1 of 2, 2 of 3 and 2 of 4 areas: all cities drawn and all orders of areas."""
    counts, n = {"a": 2, "b": 3, "c": 4}, {"a": 1, "b": 2, "c": 2}
    frame = areas(counts)
    y = dict(zip(frame.full_ids, [3.0, 8.0, 1.0, 4.0, 9.0, 2.0, 6.0, 5.0, 7.0], strict=True))
    estimates, hits, draws = [], dict.fromkeys(y, 0.0), 0
    for pair in combinations("abc", 2):
        first = cities(*pair, pi=[2 / 3, 2 / 3])
        shares = []
        for order in permutations(range(4)):
            found = draw_stage(first, frame, n, ordered(order, 4))
            weights = 1 / overall_probabilities([first, found])
            shares.append(sum(w * y[unit] for w, unit in zip(weights.tolist(), found.units, strict=True)))
            for unit in found.units:
                hits[unit] += 1
            draws += 1
        estimates.append(np.mean(shares))
    assert draws == 72
    assert np.mean(estimates) == pytest.approx(sum(y.values()), abs=1e-10)
    expected = {unit: 2 / 3 * n[unit[0]] / counts[unit[0]] for unit in y}
    assert {unit: count / draws for unit, count in hits.items()} == pytest.approx(expected, abs=1e-12)


def test_a_third_stage_multiplies_three_probabilities() -> None:
    """Households in areas in cities: 1/2 times 2/4 times 1/5."""
    first = cities("a", "b")
    frame = areas({"a": 4, "b": 4})
    homes = [(full, f"h{k}") for full in frame.full_ids for k in range(5)]
    third = StageFrame(tuple(full for full, _ in homes), tuple(home for _, home in homes))
    records = draw_stages(first, [(frame, 2, SRS), (third, 1, SRS)])
    assert [record.stage for record in records] == [1, 2, 3]
    assert len(records[2].units) == 4
    np.testing.assert_allclose(overall_probabilities(records), 1 / 2 * 2 / 4 * 1 / 5, rtol=1e-14)
    city_rows, area_rows, rows = ancestors(records)
    assert rows.tolist() == [0, 1, 2, 3]
    for unit, area, city in zip(records[2].units, area_rows, city_rows, strict=True):
        assert unit.startswith(records[1].units[area] + "/h")
        assert records[1].units[area].startswith(records[0].units[city] + "/")
    np.testing.assert_allclose(overall_probabilities(records[:1]), [0.5, 0.5])


def test_sizes_give_proportional_probabilities_and_certain_units() -> None:
    size = np.array([100.0, 10.0, 20.0, 30.0, 5.0])
    found = draw_stage(cities("a"), areas({"a": 5}, size), 3, PIVOTAL)
    pi = dict(zip(areas({"a": 5}).full_ids, [1.0, 20 / 65, 40 / 65, 60 / 65, 10 / 65], strict=True))
    assert len(found.units) == 3
    assert found.units[0] == "a/01"
    np.testing.assert_allclose(found.pi, [pi[unit] for unit in found.units], rtol=1e-12)


def test_systematic_inside_cities_has_its_probabilities_over_the_starts() -> None:
    size = np.array([1.0, 2.0, 3.0, 4.0, 6.0])
    hits = np.zeros(5)
    starts = (np.arange(160) + 0.5) / 160  # sums of pi are multiples of 1/8, so 160 starts are exact
    for start in starts:
        method = StageMethod(
            "systematic",
            lambda _rows, pi, uniforms: select_systematic(pi, uniforms),
            lambda _label, _ids, _n, u=start: np.array([u]),  # type: ignore[misc]
        )
        found = draw_stage(cities("a"), areas({"a": 5}, size), 2, method)
        hits[[int(unit[-2:]) - 1 for unit in found.units]] += 1
    np.testing.assert_allclose(hits / 160, 2 * size / 16, atol=1e-12)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, {"a": 1, "b": 1, "c": 1}),
        (3, {"a": 3, "b": 3, "c": 1}),
        (0.25, {"a": 5, "b": 2, "c": 1}),
        (1.0, {"a": 20, "b": 4, "c": 1}),
        ({"a": 7, "b": 4, "c": 1, "z": 9}, {"a": 7, "b": 4, "c": 1}),
    ],
)
def test_how_many_units_are_drawn(n: int | float | dict[str, int], expected: dict[str, int]) -> None:
    found = draw_stage(cities("a", "b", "c"), areas({"a": 20, "b": 4, "c": 1}), n, PIVOTAL)
    assert {city: found.parents.count(city) for city in "abc"} == expected
    inside = {"a": 20, "b": 4, "c": 1}
    np.testing.assert_allclose(found.pi, [expected[city] / inside[city] for city in found.parents])


def test_strata_inside_cities_are_drawn_on_their_own() -> None:
    units = tuple(f"{k}" for k in range(9))
    strata = ("core",) * 3 + ("edge",) * 6
    frame = StageFrame(("a",) * 9, units, strata)
    asked = []

    def uniforms(label: str, ids: Sequence[str], n: int) -> FloatArray:
        asked.append((label, len(ids), n))
        return random_stream(SEED, label, "pivotal", 2 * len(ids))

    found = draw_stage(cities("a"), frame, 2, StageMethod("pivotal", PIVOTAL.select, uniforms))
    assert asked == [("a / core | stage 2", 3, 2), ("a / edge | stage 2", 6, 2)]
    assert found.strata == ("core", "core", "edge", "edge")
    assert found.N.tolist() == [3, 3, 6, 6]
    np.testing.assert_allclose(found.pi, [2 / 3, 2 / 3, 1 / 3, 1 / 3])


def test_a_city_draws_the_same_units_whatever_other_cities_and_rows_are_there() -> None:
    table = pd.DataFrame(
        [(city, f"{k:02d}", 5.0 + k) for city in ("a", "b", "c") for k in range(8)],
        columns=["city", "area", "people"],
    )
    compared = 0
    for ids, seed in product((("a", "b", "c"), ("c", "a"), ("a",)), range(5)):
        shuffled = table.sample(frac=1.0, random_state=seed)
        frame = stage_frame(shuffled, parents=["city"], unit="area", size="people")
        found = draw_stage(cities(*ids), frame, 3, PIVOTAL)
        mine = [unit for unit in found.units if unit.startswith("a/")]
        if compared == 0:
            first = mine
        assert mine == first
        assert list(dict.fromkeys(found.parents)) == list(ids)
        compared += 1
    assert compared == 15


def test_the_rows_name_the_units_that_the_selector_chooses_among() -> None:
    """A selector may look up coordinates by row, in the order in which the table has its rows."""
    frame = StageFrame(("b", "a", "a", "a"), ("1", "3", "1", "2"))
    seen = []

    def select(rows: IntArray, pi: FloatArray, uniforms: FloatArray) -> BoolArray:
        seen.append([frame.full_ids[row] for row in rows.tolist()])
        return select_srs(pi, uniforms)

    found = draw_stage(cities("a"), frame, 1, StageMethod("srs", select, SRS.uniforms))
    assert seen == [["a/1", "a/2", "a/3"]]
    assert len(found.units) == 1


def test_starts_may_come_from_the_seed_and_the_city() -> None:
    method = StageMethod(
        "systematic",
        lambda _rows, pi, uniforms: select_systematic(pi, uniforms),
        lambda label, _ids, _n: random_start(SEED, label),
    )
    found = draw_stage(cities("a", "b"), areas({"a": 10, "b": 10}), 2, method)
    expected = select_systematic(np.full(10, 0.2), random_start(SEED, "b | stage 2"))
    assert [unit for unit in found.units if unit[0] == "b"] == [
        f"b/{k + 1:02d}" for k in np.flatnonzero(expected)
    ]


def test_a_table_gives_ids_as_they_are() -> None:
    table = pd.DataFrame(
        {"city": ["007", "007"], "ea": [1, 2], "home": ["01", "01"], "type": ["x", "y"], "n": [3, 4]}
    )
    frame = stage_frame(
        table, parents=["city", "ea"], unit="home", stratum="type", size="n", known={"007/1", "007/2"}
    )
    assert frame.full_ids == ("007/1/01", "007/2/01")
    assert frame.strata == ("x", "y")
    assert frame.size is not None
    assert frame.size.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("parents", "units", "strata", "words"),
    [
        (("a", "a"), ("1", "1"), None, ["more than one row", "'a/1'"]),
        (("a",), ("",), None, ["no valid id"]),
        (("a",), (" 1",), None, ["no valid id", "' 1'"]),
        (("",), ("1",), None, ["no valid parent"]),
        (("a",), ("1/2",), None, ["hold the sign '/'", "'1/2'"]),
        (("a",), ("1",), ("",), ["no valid stratum"]),
    ],
)
def test_bad_units_are_refused(
    parents: tuple[str, ...],
    units: tuple[str, ...],
    strata: tuple[str, ...] | None,
    words: list[str],
    refused: Refused,
) -> None:
    with refused("FRAME-STAGE-INVALID", *words):
        StageFrame(parents, units, strata)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_sizes_are_refused(bad: float, refused: Refused) -> None:
    with refused("FRAME-SIZE-INVALID", "'a/02'", "above 0"):
        areas({"a": 3}, np.array([1.0, bad, 2.0]))


def test_bad_tables_are_refused(refused: Refused) -> None:
    table = pd.DataFrame({"city": ["a", "B"], "area": ["1", None], "people": [3.0, np.nan]})
    with refused("FRAME-COLUMN-UNKNOWN", "'ctiy'", "'city'"):
        stage_frame(table, parents=["ctiy"], unit="area")
    with refused("FRAME-STAGE-INVALID", "unknown", "'B'"):
        stage_frame(table, parents=["city"], unit="area", known={"a", "b"})
    with refused("FRAME-STAGE-INVALID", "no valid id"):
        stage_frame(table, parents=["city"], unit="area")
    with refused("FRAME-SIZE-INVALID", "'B/2'"):
        stage_frame(table.assign(area=["1", "2"]), parents=["city"], unit="area", size="people")


def test_a_sampled_city_without_units_is_refused(refused: Refused) -> None:
    with refused("FRAME-STAGE-INVALID", "1 sampled", "'b'"):
        draw_stage(cities("a", "b"), areas({"a": 3}), 2, SRS)


@pytest.mark.parametrize("n", [0, -1, 0.0, 1.5, True, float("nan"), "2", {"a": 2}, {"a": 2, "b": 0}])
def test_numbers_of_units_that_are_none_are_refused(n: int, refused: Refused) -> None:
    with refused("DESIGN-VALUE-INVALID", "later stage"):
        draw_stage(cities("a", "b"), areas({"a": 3, "b": 3}), n, SRS)


def test_a_city_is_not_asked_for_more_units_than_it_has(refused: Refused) -> None:
    with refused("DESIGN-STRATUM-TOO-SMALL", "'b'", "n = 4", "at most 3"):
        draw_stage(cities("a", "b"), areas({"a": 3, "b": 3}), {"a": 2, "b": 4}, SRS)
