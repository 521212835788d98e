"""Size classes of a design: each rule, classes taken whole or left out, the record, refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.errors import CitySampleError
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.classes import class_codes, quantile_bounds
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.stratify.boundaries import cumulative_root_frequency, geometric
from citysample.sampling.stratify.optimum import optimum, take_none_bound
from citysample.sampling.stratify.size_classes import SIZE_CLASS_RULES, SizeClasses, SizeClassification

Refused = Callable[..., AbstractContextManager[None]]

RULES: dict[str, dict[str, Any]] = {
    "cumulative_root_frequency": {"classes": 4, "bins": 100},
    "geometric": {"classes": 4},
    "quantiles": {"classes": 4},
    "optimal": {"classes": 4, "n": 20, "r2": 0.8},
    "bounds": {"bounds": [500, 2000, 9000]},
}


def towns(N: int = 120) -> FloatArray:
    return np.random.default_rng(11).lognormal(7, 1.1, N).round().astype(np.float64)


def classified(spec: SizeClasses, values: FloatArray) -> SizeClassification:
    return spec.classify(values, [f"c{k}" for k in range(values.size)])


def test_each_rule_gives_the_bounds_of_its_function() -> None:
    x = towns()
    found = {
        rule: classified(SizeClasses("size", "people", rule=rule, **options), x)
        for rule, options in RULES.items()
    }
    assert set(found) == set(SIZE_CLASS_RULES)
    raw = {
        "cumulative_root_frequency": cumulative_root_frequency(x, 4, 100),
        "geometric": geometric(x, 4),
        "quantiles": quantile_bounds(x, 4),
        "optimal": list(optimum(x, 4, 20, r2=0.8).bounds),
        "bounds": [500.0, 2000.0, 9000.0],
    }
    for rule, bounds in raw.items():
        assert found[rule].codes.tolist() == class_codes(x, bounds).tolist()
        assert found[rule].take_all == found[rule].take_none == ()
        assert set(found[rule].codes.tolist()) == {0, 1, 2, 3}
        if rule != "bounds":
            assert set(found[rule].bounds) <= set(x.tolist())
    assert found["optimal"].optimum is not None
    assert found["optimal"].optimum.n.sum() == 20


def test_labels_look_as_those_of_a_frame(swiss_frame: CityFrame) -> None:
    bounds = [2000, 10000]
    frame = swiss_frame.with_classes("size", column="population", bounds=bounds)
    people = swiss_frame.cities["population"].to_numpy(dtype=np.float64)
    found = SizeClasses("size", "population", bounds=bounds).classify(
        people, swiss_frame.cities.index.tolist()
    )
    assert [found.labels[code] for code in found.codes] == frame.cities["size"].tolist()
    named = SizeClasses("size", "population", 3, "quantiles", labels=["small", "medium", "large"])
    quantiles = swiss_frame.with_classes(
        "size", column="population", quantiles=3, labels=["small", "medium", "large"]
    )
    again = named.classify(people, swiss_frame.cities.index.tolist())
    assert [again.labels[code] for code in again.codes] == quantiles.cities["size"].tolist()


@pytest.mark.parametrize("rule", ["cumulative_root_frequency", "geometric", "quantiles", "optimal"])
def test_a_take_none_class_holds_at_most_its_share(rule: str) -> None:
    x = np.concatenate([towns(), [0.0, 0.0]])
    compared = 0
    for share in (0.01, 0.05, 0.2):
        spec = SizeClasses("size", "people", rule=rule, take_none=share, take_all=True, **RULES[rule])
        found = classified(spec, x)
        low = found.codes == 0
        assert found.take_none == (0,)
        assert found.take_all == (3,)
        assert x[low].sum() <= share * x.sum() < x[low].sum() + x[~low].min()
        assert found.bounds[0] == take_none_bound(x, share)
        assert x[low].size >= 2
        assert f"the {low.sum()} cities of '{found.labels[0]}' are never drawn" in found.decisions[2]
        compared += 1
    assert compared == 3


def test_given_bounds_may_leave_out_the_lowest_class() -> None:
    spec = SizeClasses("size", "people", bounds=[500, 2000], take_none=True, take_all=True)
    x = towns()
    found = classified(spec, x)
    share = 100 * x[x < 500].sum() / x.sum()
    assert found.take_none == (0,)
    assert found.take_all == (2,)
    assert found.decisions == (
        "bounds of 'people' as given: 500, 2000",
        f"all {(x >= 2000).sum()} cities of '2000 and over' are taken",
        f"the {(x < 500).sum()} cities of 'under 500' are never drawn; they hold {share:.2g} % of 'people'",
    )


def test_two_classes_with_a_take_none_class_leave_one_to_sample() -> None:
    x = towns()
    simple = classified(SizeClasses("size", "people", 2, "quantiles", take_none=0.1), x)
    best = classified(SizeClasses("size", "people", 2, "optimal", n=20, r2=0.8, take_none=0.1), x)
    assert simple.bounds == best.bounds == (take_none_bound(x, 0.1),)
    assert best.optimum is not None
    assert best.optimum.n.tolist() == [0, 20]
    proportional = SizeClasses(
        "size", "people", 2, "optimal", n=20, r2=0.8, take_none=0.1, allocation="proportional"
    )
    same = classified(proportional, x).optimum
    assert same is not None
    assert same.variance == pytest.approx(best.optimum.variance, rel=1e-12)


def test_the_record_of_the_optimum_says_what_it_was_made_for() -> None:
    found = classified(SizeClasses("size", "people", 4, "optimal", n=20, r2=0.8, gamma=0.5), towns())
    text = found.decisions[0]
    for words in ("n = 20", "neyman", "r2 = 0.8", "gamma = 0.5", "anticipated cv", "optimal"):
        assert words in text


@given(st.permutations(range(30)), st.sampled_from(sorted(RULES)))
def test_the_order_of_the_cities_does_not_matter(order: list[int], rule: str) -> None:
    x = towns(30)
    spec = SizeClasses("size", "people", rule=rule, take_all=True, **RULES[rule])
    try:
        found = classified(spec, x)
    except CitySampleError:
        return
    moved = classified(spec, x[order])
    assert moved.bounds == found.bounds
    assert moved.codes.tolist() == found.codes[order].tolist()


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("Did you mean 'quantiles'", {"classes": 3, "rule": "quantile"}),
        ("classes = None", {}),
        ("classes = 1", {"classes": 1}),
        ("classes = True", {"classes": True}),
        ("classes = 2.5", {"classes": 2.5}),
        ("classes = 2", {"classes": 2, "take_all": True, "take_none": 0.1, "rule": "geometric"}),
        ("3 classes for 2 bounds", {"classes": 4, "bounds": [1, 2]}),
        ("no bounds with rule 'geometric'", {"classes": 3, "rule": "geometric", "bounds": [1, 2]}),
        ("a value of bounds for rule 'bounds'", {"classes": 3, "rule": "bounds"}),
        ("no bins with rule 'geometric'", {"classes": 3, "rule": "geometric", "bins": 10}),
        ("bins = 2", {"classes": 3, "bins": 2}),
        ("classes = '3'", {"classes": "3", "bins": 9}),
        ("no n with rule 'quantiles'", {"classes": 3, "rule": "quantiles", "n": 10}),
        ("a value of n for rule 'optimal'", {"classes": 3, "rule": "optimal", "r2": 0.5}),
        ("neither r2 nor sigma", {"classes": 3, "rule": "optimal", "n": 9}),
        ("r2 = 0.5 and sigma = 2", {"classes": 3, "rule": "optimal", "n": 9, "r2": 0.5, "sigma": 2}),
        ("r2 = 1.2", {"classes": 3, "rule": "optimal", "n": 9, "r2": 1.2}),
        ("allocation = 'equal'", {"classes": 3, "rule": "optimal", "n": 9, "r2": 1, "allocation": "equal"}),
        ("labels = ('a', 'a', 'b')", {"classes": 3, "labels": ["a", "a", "b"]}),
        ("take_none = True", {"classes": 3, "take_none": True}),
        ("take_none = 0.1", {"bounds": [1, 2], "take_none": 0.1}),
        ("take_none = 1.0", {"classes": 3, "take_none": 1.0}),
        ("take_none = nan", {"classes": 3, "take_none": float("nan")}),
        ("take_all = 0.2", {"classes": 3, "take_all": 0.2}),
        ("min_per_class = 0", {"classes": 3, "min_per_class": 0}),
    ],
)
def test_values_that_do_not_fit_are_refused(refused: Refused, words: str, options: dict[str, Any]) -> None:
    with refused("DESIGN-VALUE-INVALID", words, "size classes 'size'"):
        SizeClasses("size", "people", **options)


def test_bounds_and_labels_are_checked_when_they_are_given(refused: Refused) -> None:
    with refused("FRAME-CLASSES-INVALID", "must rise", "size classes 'size'"):
        SizeClasses("size", "people", bounds=[2, 1])
    with refused("FRAME-CLASSES-INVALID", "3 different labels"):
        SizeClasses("size", "people", bounds=[1, 2], labels=["a", "b"])


def test_values_that_do_not_suit_the_rule_name_their_cities(refused: Refused) -> None:
    x = np.array([0.0, 5.0, -1.0, np.nan, 9.0, 20.0])
    ids = ["a", "b", "c", "d", "e", "f"]
    with refused("FRAME-VALUE-INVALID", "'a', 'c', 'd'", "column 'people'", "above 0"):
        SizeClasses("size", "people", 2, "geometric").classify(x, ids)
    with refused("FRAME-VALUE-INVALID", "cities 'c', 'd'", "0 or more"):
        SizeClasses("size", "people", 2, "optimal", n=3, r2=1).classify(x, ids)
    with refused("FRAME-VALUE-INVALID", "cities 'd'", "finite"):
        SizeClasses("size", "people", bounds=[4]).classify(x, ids)
    with refused("FRAME-EMPTY", "size classes 'size'"):
        SizeClasses("size", "people", bounds=[4]).classify(np.empty(0), [])
    with refused("FRAME-CLASSES-INVALID", "'8 to under 9'", "no cities"):
        SizeClasses("size", "people", bounds=[5, 8, 9]).classify(np.array([1.0, 5.0, 9.0]), ids[:3])
    with refused("DESIGN-N-IMPOSSIBLE", "size classes 'size'", "n below 6"):
        SizeClasses("size", "people", 2, "optimal", n=6, r2=1).classify(np.arange(6.0), ids)
    with refused("FRAME-CLASSES-INVALID", "2 different sizes"):
        SizeClasses("size", "people", 3).classify(np.array([1.0, 1.0, 2.0]), ids[:3])


@pytest.mark.parametrize("option", [{"gamma": 0.5}, {"allocation": "proportional"}, {"min_per_class": 3}])
def test_options_of_the_optimum_are_refused_with_other_rules(
    option: dict[str, Any], refused: Refused
) -> None:
    with refused("DESIGN-VALUE-INVALID", next(iter(option)), "change the rule"):
        SizeClasses("cls", "people", classes=3, rule="geometric", **option)
    SizeClasses("cls", "people", classes=3, rule="optimal", n=20, r2=0.8, **option)
