"""Each interval with each kind of figure, each variance with each way of drawing: what may come out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused
from tests.sampling.support import frame
from tests.sampling.support import table as table_of_cities

import citysample as cs
from citysample.estimators.estimates import Estimate, Estimates
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.intervals.methods import INTERVALS
from citysample.estimators.replicates.methods import REPLICATE_METHODS
from citysample.sampling.methods import METHODS

FIGURES = (
    *(
        "total(y)",
        "mean(y)",
        "ratio(y, x)",
        "ratio(y, gain)",
        "proportion(flag)",
        "mean(flag)",
        "total(flag)",
    ),
    *("total(cities)", "ratio(x, x)", "mean(gain)", "total(gain)", "geometric_mean(x)", "quantile(y, 0.5)"),
    *(
        "quantile(flag, 0.5)",
        "log(total(x))",
        "total(y) - total(x)",
        "correlation(y, x)",
        "coefficient(y, x)",
    ),
    *("proportion(nul)", "proportion(one)", "mean(nul)", "ratio(nul, x)", "ratio(x, nul)", "log(mean(gain))"),
    *("quantile(y, 0.5) / quantile(x, 0.5)", "total(flag) / total(cities)", "exp(total(x))"),
)
SOME = (
    *FIGURES[:5],
    "quantile(y, 0.5)",
    "log(mean(gain))",
    "coefficient(y, x)",
    "proportion(nul)",
    "exp(total(x))",
)
CENTRED = ("t", "normal", "logit", "wilson", "log", "fieller", "woodruff", "census", "none")
"""Intervals that hold the estimate; those of a bootstrap or of exact counts need not."""


def data(ids: list[str]) -> pd.DataFrame:
    k = np.array([int(city[1:]) for city in ids])
    columns = {"y": 1.0 + k * 3 % 7, "x": 20.0 + k, "flag": (k % 3 == 0) * 1, "gain": k % 5 - 2.0}
    return pd.DataFrame({"city_id": ids, **columns, "one": 1, "nul": 0})


OPTIONS: dict[str, dict[str, Any]] = {"cube": {"balance": ["area"]}, "local_cube": {"balance": ["area"]}}


def drawn(method: str, *, substitutes: int = 0, **more: Any) -> cs.WeightedSample:
    options = {"n": 9, "single_psu": "adjust", **OPTIONS.get(method, {}), **more}
    plan = cs.SampleDesign(method=method, **options).plan(frame(24))
    sample = plan.draw(seed="a", substitutes=substitutes) if substitutes else plan.draw(seed="a")
    return sample.with_data(data(sample.cities.index.tolist()))


def table() -> pd.DataFrame:
    k = np.arange(16)
    return pd.DataFrame(
        {
            "a": np.repeat([1, 2, 3, 4], 4),
            "b": np.tile([1, 1, 2, 2], 4),
            "N1": 10,
            "N2": 5,
            "N3": 3,
            "y": k**1.5,
            "x": k + 3.0,
            "flag": k % 2,
            "gain": k - 7.0,
            "one": 1,
            "nul": 0,
            "zone": ["N", "S"] * 8,
            "sure": np.repeat([1, 0, 0, 0], 4),
            "p1": 0.4,
            "p2": 0.5,
            "each": np.r_[1.0, 1.0, np.linspace(0.2, 0.7, 14)],
            "many": 40,
        }
    )


STAGES: dict[str, Any] = {"psu": ["a", "b"], "nest": True}
ELSEWHERE: dict[str, dict[str, Any]] = {
    "srs": {"strata": "zone", "fpc": "many"},
    "census": {"fpc": 16},
    "one row inside": {"fpc": 40, "certainty": [str(k) for k in range(1, 16)], "single_psu": "adjust"},
    "with replacement": {"strata": "zone", "weights": "many", "method": "with_replacement"},
    "unequal": {"pi": "each", "method": "sampford"},
    "poisson": {"pi": "each", "method": "poisson"},
    "clusters": {"psu": "a", "fpc": "N1"},
    "two stages": {**STAGES, "fpc": ["N1", "N2"]},
    "three stages": {**STAGES, "psu": ["a", "b", None], "fpc": ["N1", "N2", "N3"]},
    "certain with stages": {**STAGES, "fpc": ["N1", "N2"], "certainty": "sure"},
    "stages of pi": {**STAGES, "pi": ["p1", "p2"], "method": ["brewer", "sampford"]},
    "answers": {"fpc": 30, "response": "p1"},
}


def second_round() -> cs.WeightedSample:
    """A later round: a drawn city was merged with two others, so a row belongs to several PSUs."""
    first = cs.SampleDesign(n=9, method="pivotal", single_psu="adjust").plan(frame(24)).draw(seed="a")
    cities = sorted(frame(24).table.index)
    merged = [*first.cities.index[:1], *[city for city in cities if city not in first.cities.index][:2]]
    new = ["c99" if city in merged else city for city in cities]
    later = table_of_cities(24).assign(id=new).drop_duplicates("id")
    sample = first.next_round(
        cs.CityFrame.from_table(later, id="id", size="people"),
        links=pd.DataFrame({"old_id": cities, "new_id": new}),
    )
    return sample.with_data(data(sample.cities.index.tolist()))


def of_method(method: str, **more: Any) -> Callable[[], cs.WeightedSample]:
    return lambda: drawn(method, **more)


def of_table(options: dict[str, Any]) -> Callable[[], cs.WeightedSample]:
    return lambda: cs.CitySample.from_table(table(), **options)


DRAWS: dict[str, Callable[[], cs.WeightedSample]] = {
    **{method: of_method(method) for method in METHODS},
    **{f"{method} in strata": of_method(method, strata=["zone"]) for method in METHODS},
    **{
        f"{method} with substitutes": of_method(method, substitutes=2)
        for method in METHODS
        if METHODS[method].fixed_size
    },
    "pivotal along an order": of_method("pivotal", order=["lon"]),
    "with certain cities": of_method("sampford", certainty=["c01", "c02"]),
    "collapsed": of_method(
        "srs",
        strata=["zone", "coast"],
        allocation=cs.Proportional(n=5, min_per_stratum=1),
        n=None,
        single_psu="collapse",
    ),
    **{f"elsewhere: {name}": of_table(options) for name, options in ELSEWHERE.items()},
    "merged after the draw": second_round,
}


@cache
def survey(name: str) -> cs.WeightedSample:
    return DRAWS[name]()


def check(row: Estimate) -> str:
    """What came out: an interval, or a reason why there is none."""
    numbers = [row.estimate, row.se, row.cv, row.lower, row.upper, row.deff]
    assert not any(math.isinf(number) for number in numbers), row
    assert math.isnan(row.lower) == math.isnan(row.upper), row
    if math.isnan(row.lower):
        assert row.note, row
        return "note"
    assert row.lower <= row.upper, row
    if row.interval_method in CENTRED:
        slack = 1e-9 * max(abs(row.estimate), row.se)
        assert row.lower - slack <= row.estimate <= row.upper + slack, row
    return "interval"


def outcomes(name: str, what: Any, **options: Any) -> Iterator[str]:
    try:
        found: Estimates = survey(name).estimate(what, by="zone", **options)
    except cs.CitySampleError as error:
        yield error.code
        return
    for i, row in enumerate(found.rows):
        if row.se > 0.0:
            assert found.covariance[i, i] == pytest.approx(row.se**2, rel=1e-9)
        yield check(row)


INTERVAL_NAMES = ("auto", "woodruff", *INTERVALS)


@pytest.mark.parametrize("name", ["srs in strata", "elsewhere: two stages", "merged after the draw"])
def test_each_interval_with_each_kind_of_figure(name: str) -> None:
    seen: Counter[str] = Counter()
    for interval in INTERVAL_NAMES:
        boot = (
            {"variance": "bootstrap", "replicates": 40} if interval in ("percentile", "studentised") else {}
        )
        for figure in FIGURES:
            found = list(outcomes(name, figure, interval=interval, **boot))
            seen.update(found)
            seen["calls"] += 1
    assert seen["calls"] == len(INTERVAL_NAMES) * len(FIGURES) == 12 * 27
    assert seen["interval"] > 200
    assert seen["note"] > 100
    assert seen["ESTIMATE-INTERVAL-INVALID"] > 20


VARIANCES = ("design", "replicates", *dict.fromkeys((*FORMS, *REPLICATE_METHODS)))


@pytest.mark.parametrize("name", DRAWS)
def test_each_variance_with_each_way_of_drawing(name: str) -> None:
    seen: Counter[str] = Counter()
    for variance in VARIANCES:
        few = {"replicates": 20} if variance in ("bootstrap", "generalized_bootstrap") else {}
        found = list(outcomes(name, {figure: figure for figure in SOME}, variance=variance, **few))
        assert len(found) in (1, 3 * len(SOME))
        seen.update(set(found))
        seen["calls"] += 1
    assert seen["calls"] == len(VARIANCES) == 24
    assert seen["note"] >= 1
    refused = {"ESTIMATE-VARIANCE-INVALID", "ESTIMATE-CHOICE-UNKNOWN", "ESTIMATE-REPLICATES-INVALID"}
    known = {"calls", "note", "interval", *refused, "DATA-JOINT-INVALID", "DESIGN-JOINT-TOO-LARGE"}
    assert set(seen) <= known
    assert seen["ESTIMATE-CHOICE-UNKNOWN"] == 1


def test_how_many_ways_of_drawing_there_are() -> None:
    assert len(DRAWS) == 51


def test_cities_that_were_merged_after_the_draw_have_no_stratum(refused: Refused) -> None:
    merged = survey("merged after the draw")
    text = cs.SeparateRatio("y", "x", {merged.draw.strata[0]: 10.0})
    with refused("ESTIMATE-LEVEL-UNKNOWN"):
        merged.estimate(text)
