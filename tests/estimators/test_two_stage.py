"""Variance over stages: all samples of tiny populations, certainty cities, degrees of freedom, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.degrees_of_freedom import design_df, random_counts
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.forms.stratified import design_covariance
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.record import DrawRecord, RowLinks
from citysample.sampling.stages.draw_stage import StageRecord

Refused = Callable[..., AbstractContextManager[None]]
Units = Mapping[str, tuple[float, ...]]


def record_of_units(
    parents: list[str], drawn: list[tuple[int, ...]], N: list[int], stage: int = 2, method: str = "srs"
) -> StageRecord:
    """Units with these numbers in each parent, by simple random sampling."""
    rows = [(row, unit) for row, units in enumerate(drawn) for unit in units]
    return StageRecord(
        stage=stage,
        units=tuple(f"{parents[row]}/{unit}" for row, unit in rows),
        parents=tuple(parents[row] for row, _ in rows),
        parent_rows=np.array([row for row, _ in rows], dtype=np.int64),
        strata=("all",) * len(rows),
        pi=np.array([len(drawn[row]) / N[row] for row, _ in rows]),
        N=np.array([N[row] for row, _ in rows], dtype=np.int64),
        method=method,
    )


def draw_of(pi: list[float], stages: tuple[StageRecord, ...], method: str = "srs") -> DrawRecord:
    """One stratum of cities, in the order of the parents of stage 2."""
    rows = stages[-1].parent_rows
    for stage in reversed(stages[:-1]):
        rows = stage.parent_rows[rows]
    chances = np.array(pi)
    codes = np.zeros(chances.size, dtype=np.int64)
    return DrawRecord(method, ("all",), rows, codes, chances, chances == 1.0, "fail", stages=stages)


def estimated(draw: DrawRecord, y: list[float], form: str = "srs") -> tuple[float, float]:
    values = np.array(y)[:, None]
    weights = draw.weights()
    return float(weights @ values[:, 0]), float(design_covariance(values, weights, draw, form)[0, 0])


def unbiased(pairs: list[tuple[float, float, float]], truth: float) -> None:
    """Chance, estimate and V-hat of all samples: both are right on average, exactly."""
    p, t, v = (np.array(column) for column in zip(*pairs, strict=True))
    assert p.sum() == pytest.approx(1.0, abs=1e-12)
    assert p @ t == pytest.approx(truth, rel=1e-12)
    assert p @ v == pytest.approx(p @ (t - truth) ** 2, rel=1e-10)


TOWNS: Units = {"a": (3, 8, 1), "b": (4, 9), "c": (2, 6, 5, 7), "d": (11, 2, 8)}


def two_stage_samples(cities: tuple[str, ...], m: int) -> Iterator[tuple[float, list[tuple[int, ...]]]]:
    """All choices of m units (or all) in each of these cities, and the chance of each."""
    choices = [list(combinations(range(len(TOWNS[c])), min(m, len(TOWNS[c])))) for c in cities]
    for chosen in product(*choices):
        yield 1.0 / float(np.prod([len(choice) for choice in choices])), list(chosen)


def test_all_two_stage_samples_give_an_unbiased_variance() -> None:
    """2 of 4 cities, 2 units in each; city b has no more."""
    found = []
    pairs = list(combinations(TOWNS, 2))
    for cities in pairs:
        for chance, drawn in two_stage_samples(cities, 2):
            record = record_of_units(list(cities), drawn, [len(TOWNS[c]) for c in cities])
            y = [TOWNS[c][unit] for c, units in zip(cities, drawn, strict=True) for unit in units]
            found.append((chance / len(pairs), *estimated(draw_of([0.5, 0.5], (record,)), y)))
    assert len(found) == 3 + 18 + 9 + 6 + 3 + 18
    unbiased(found, sum(map(sum, TOWNS.values())))


def test_all_samples_with_a_certainty_city_give_an_unbiased_variance() -> None:
    """City d is certain and 2 of the other 3 are drawn; 2 units in each."""
    found = []
    for cities in combinations("abc", 2):
        for chance, drawn in two_stage_samples((*cities, "d"), 2):
            names = [*cities, "d"]
            record = record_of_units(names, drawn, [len(TOWNS[c]) for c in names])
            y = [TOWNS[c][unit] for c, units in zip(names, drawn, strict=True) for unit in units]
            found.append((chance / 3, *estimated(draw_of([2 / 3, 2 / 3, 1.0], (record,)), y)))
    assert len(found) == 9 + 54 + 18
    unbiased(found, sum(map(sum, TOWNS.values())))


def test_all_three_stage_samples_give_an_unbiased_variance() -> None:
    """2 of 3 cities, 2 of 3 (or 2) areas, 2 of 3 homes (or 2, 1)."""
    homes = {
        "a": [(1.0, 4.0, 2.0), (7.0, 3.0)],
        "b": [(5.0,), (2.0, 9.0), (6.0, 1.0, 3.0)],
        "c": [(8.0, 2.0), (3.0, 5.0, 1.0)],
    }
    found = []
    for cities in combinations(homes, 2):
        areas = [list(combinations(range(len(homes[c])), 2)) for c in cities]
        for chosen in product(*areas):
            second = record_of_units(list(cities), list(chosen), [len(homes[c]) for c in cities])
            inside = [homes[c][area] for c, numbers in zip(cities, chosen, strict=True) for area in numbers]
            choices = [list(combinations(range(len(h)), min(2, len(h)))) for h in inside]
            for drawn in product(*choices):
                third = record_of_units(list(second.units), list(drawn), [len(h) for h in inside], 3)
                y = [h[k] for h, numbers in zip(inside, drawn, strict=True) for k in numbers]
                chance = 1.0 / (3 * len(areas[0]) * len(areas[1]) * np.prod([len(c) for c in choices]))
                draw = draw_of([2 / 3, 2 / 3], (second, third))
                found.append((float(chance), *estimated(draw, y)))
    assert len(found) > 50
    unbiased(found, sum(sum(map(sum, areas)) for areas in homes.values()))


def test_all_samples_of_a_merged_city_give_an_unbiased_variance() -> None:
    """2 of the cities 1 to 4 were drawn; 1 and 2 are now city a, 3 is b and 4 is c; 2 units in each."""
    parts = {1: "a", 2: "a", 3: "b", 4: "c"}
    found = []
    for old in combinations(parts, 2):
        cities = tuple(dict.fromkeys(parts[k] for k in old))
        for chance, drawn in two_stage_samples(cities, 2):
            record = record_of_units(list(cities), drawn, [len(TOWNS[c]) for c in cities])
            of_unit = [cities[row] for row in record.parent_rows]
            links = [(k, j, 0.5 if parts[old[j]] == "a" else 1.0) for k, c in enumerate(of_unit)
                     for j in range(2) if parts[old[j]] == c]  # fmt: skip
            row, psu, share = (np.array(column) for column in zip(*links, strict=True))
            first = np.array([min(j for k, j, _ in links if k == unit) for unit in range(len(of_unit))])
            pi = np.full(2, 0.5)
            draw = DrawRecord(
                "srs", ("all",), first, np.zeros(2, int), pi, pi == 1.0, "fail",
                links=RowLinks(row, psu, share), stages=(record,),
            )  # fmt: skip
            y = [TOWNS[c][unit] for c, units in zip(cities, drawn, strict=True) for unit in units]
            found.append((chance / 6, *estimated(draw, y)))
    assert len(found) == 3 + 2 * (3 + 18) + 6
    unbiased(found, sum(sum(TOWNS[c]) for c in "abc"))


def test_poisson_inside_cities_is_unbiased_over_all_samples() -> None:
    """2 of 3 cities; each unit by itself with its own chance. A city may end up with none."""
    chances = {"a": (0.3, 0.8), "b": (0.5, 0.6), "c": (0.9, 0.2)}
    y = {"a": (3.0, 8.0), "b": (4.0, 9.0), "c": (2.0, 6.0)}
    found = []
    for cities in combinations(chances, 2):
        units = [(row, k) for row in range(2) for k in range(2)]
        for taken in product((0, 1), repeat=4):
            p = [chances[cities[row]][k] for row, k in units]
            chance = float(np.prod([q if t else 1.0 - q for q, t in zip(p, taken, strict=True)])) / 3
            drawn = [unit for unit, t in zip(units, taken, strict=True) if t]
            record = StageRecord(
                2, tuple(map(str, drawn)), tuple(cities[row] for row, _ in drawn),
                np.array([row for row, _ in drawn], dtype=np.int64), ("all",) * len(drawn),
                np.array([chances[cities[row]][k] for row, k in drawn]),
                np.full(len(drawn), 2), "poisson",
            )  # fmt: skip
            draw = draw_of([2 / 3, 2 / 3], (record,))
            found.append((chance, *estimated(draw, [y[cities[row]][k] for row, k in drawn])))
    assert len(found) == 3 * 16
    unbiased(found, sum(map(sum, y.values())))


def two_stage(pi: list[float], drawn: int, N: int, method: str = "srs") -> DrawRecord:
    names = [f"c{k}" for k in range(len(pi))]
    stage = record_of_units(names, [tuple(range(drawn))] * len(pi), [N] * len(pi), method=method)
    return draw_of(pi, (stage,), method)


@pytest.mark.parametrize("method", ["systematic", "pivotal", "pareto", "sampford"])
def test_unequal_methods_take_their_form_at_each_stage(method: str) -> None:
    generator = np.random.default_rng(7)
    draw = two_stage([0.3, 0.4, 0.6], 4, 9, method)
    z = generator.normal(10.0, 3.0, (12, 1))
    weights = draw.weights()
    totals = (z * weights[:, None]).reshape(3, 4).sum(axis=1)[:, None]
    deville = FORMS["deville"].function
    expected = deville(totals, draw.pi)
    for k in range(3):
        expected = expected + draw.pi[k] * deville(
            (z * weights[:, None])[4 * k : 4 * k + 4], np.full(4, 4 / 9)
        )
    np.testing.assert_allclose(design_covariance(z, weights, draw, "deville"), expected, rtol=1e-13)


def test_all_units_of_each_city_are_a_sample_of_cities() -> None:
    z: FloatArray = np.arange(8.0)[:, None]
    draw = two_stage([0.5, 0.5], 4, 4)
    plain = FORMS["srs"].function(2.0 * z.reshape(2, 4).sum(axis=1)[:, None], draw.pi)
    np.testing.assert_allclose(design_covariance(z, draw.weights(), draw, "srs"), plain, rtol=1e-14)
    assert not draw.certain_rows().any()


def test_with_replacement_takes_the_cities_and_in_certainty_cities_the_units() -> None:
    z = np.array([3.0, 5.0, 1.0, 9.0, 2.0, 4.0])[:, None]
    draw = two_stage([0.5, 0.5, 1.0], 2, 5)
    expanded = z * draw.weights()[:, None]
    form = FORMS["with_replacement"].function
    expected = form(np.array([[expanded[:2].sum()], [expanded[2:4].sum()]]), draw.pi[:2])
    expected = expected + form(expanded[4:], draw.pi[:2])
    found = design_covariance(z, draw.weights(), draw, "with_replacement")
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_degrees_of_freedom_count_units_in_certainty_cities_only() -> None:
    draw = two_stage([0.5, 0.5, 0.5, 1.0, 1.0], 4, 9)
    everything = np.ones(20, dtype=bool)
    assert random_counts(draw, everything).tolist() == [3, 4, 4]
    assert design_df(draw, everything) == (3 - 1) + (4 - 1) + (4 - 1)
    domain = np.arange(20) % 4 < 2
    assert design_df(draw, domain) == (3 - 1) + (2 - 1) + (2 - 1)
    assert design_df(draw, np.arange(20) >= 16) == 4 - 1
    whole = two_stage([0.5, 0.5, 1.0], 4, 4)
    assert design_df(whole, np.ones(12, dtype=bool)) == 1


def test_degrees_of_freedom_go_down_to_the_first_stage_with_chance() -> None:
    """A certainty city with all its 2 areas, 3 of 5 homes in each: two strata of 3 homes."""
    second = record_of_units(["a"], [(0, 1)], [2])
    third = record_of_units(list(second.units), [(0, 1, 2), (0, 1, 2)], [5, 5], 3)
    draw = draw_of([1.0], (second, third))
    assert design_df(draw, np.ones(6, dtype=bool)) == 4
    assert not draw.certain_rows().any()


def weighted(draw: DrawRecord, y: list[float], **columns: list[str]) -> cs.WeightedSample:
    return cs.WeightedSample(pd.DataFrame({"y": y, **columns}), draw.weights(), draw)


def test_a_take_all_city_with_drawn_units_has_an_interval() -> None:
    draw = two_stage([1.0, 1.0], 3, 6)
    estimates = weighted(draw, [3.0, 8.0, 1.0, 4.0, 9.0, 2.0], city=list("aaabbb")).estimate(
        "total(y)", by="city"
    )
    assert [row.df for row in estimates.rows] == [4.0, 2.0, 2.0]
    assert all(row.interval_method == "log" and row.se > 0.0 for row in estimates.rows)
    assert not [decision for decision in estimates.decisions if decision.rule == "certainty"]
    first = FORMS["srs"].function(2.0 * np.array([[3.0], [8.0], [1.0]]), np.full(3, 0.5))
    assert estimates.rows[1].se == pytest.approx(float(np.sqrt(first[0, 0])), rel=1e-12)


def test_take_all_cities_with_all_units_are_a_census() -> None:
    (row,) = weighted(two_stage([1.0, 1.0], 2, 2), [3.0, 8.0, 1.0, 4.0]).estimate("total(y)").rows
    assert (row.estimate, row.se, row.interval_method, row.n_certainty) == (16.0, 0.0, "census", 4)


@pytest.mark.parametrize("certain", [False, True])
def test_one_of_several_units_is_refused(certain: bool, refused: Refused) -> None:
    draw = two_stage([1.0, 1.0] if certain else [0.5, 0.5], 1, 3)
    sample = weighted(draw, [3.0, 8.0])
    with refused("ESTIMATE-SINGLE-PSU", "'c0'", "1 of 3 units", "with_replacement"):
        sample.estimate("total(y)")
    if certain:
        with refused("ESTIMATE-SINGLE-PSU", "'c0'"):
            sample.estimate("total(y)", variance="with_replacement")
    else:
        (row,) = sample.estimate("total(y)", variance="with_replacement").rows
        assert row.se > 0.0


def test_one_unit_that_is_all_of_its_city_is_no_problem() -> None:
    stage = record_of_units(["a", "b"], [(0,), (0, 1)], [1, 5])
    (row,) = weighted(draw_of([0.5, 0.5], (stage,)), [3.0, 8.0, 2.0]).estimate("total(y)").rows
    assert row.se > 0.0
