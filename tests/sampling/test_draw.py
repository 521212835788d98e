"""The draw: reproducible, independent of the order of rows, recomputable with a hash tool."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import citysample as cs
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.randomness import random_stream
from citysample.sampling.select.pivotal import select_pivotal

METHODS = ["srs", "systematic", "pivotal"]
SEED = "CHE-NSC-2026"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def small_table() -> pd.DataFrame:
    people = [17, 5, 9, 30, 12, 8, 21, 3, 14, 6, 11, 19]
    return pd.DataFrame({"id": [str(k) for k in range(1, 13)], "people": people, "zone": ["N", "S"] * 6})


def drawn(table: pd.DataFrame, method: str = "srs", seed: str = SEED, n: int = 6) -> list[str]:
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    return cs.SampleDesign(strata=["zone"], n=n, method=method).plan(frame).draw(seed).cities.index.tolist()


def test_srs_of_a_real_frame_is_recomputed_with_a_hash_tool(swiss_frame: cs.CityFrame) -> None:
    plan = cs.SampleDesign(strata=["region"], n=80).plan(swiss_frame)
    sample = plan.draw(SEED)
    compared = 0
    for region, n_h in plan.strata["n"].items():
        cities = swiss_frame.cities
        ids = cities.index[cities["region"] == region]
        expected = sorted(ids, key=lambda city: digest(f"city|{SEED}|{city}"))[:n_h]
        found = sample.cities.index[sample.cities["stratum"] == region]
        assert sorted(found) == sorted(expected)
        compared += len(found)
    assert compared == 80


def test_systematic_draw_of_a_real_stratum_is_recomputed_by_hand(swiss_frame: cs.CityFrame) -> None:
    plan = cs.SampleDesign(strata=["region"], n=60, method="systematic").plan(swiss_frame)
    sample = plan.draw(SEED)
    cities = plan.cities[(plan.cities["stratum"] == "Zurich") & ~plan.cities["certainty"]]
    u = Fraction(int(digest(f"start|{SEED}|Zurich")[:16], 16) >> 11, 2**53)
    n = int((plan.strata["n"] - plan.strata["n_certainty"])["Zurich"])
    total = int(cities["population"].sum())
    limits = [Fraction(n * people, total) for people in accumulate(cities["population"].tolist())]
    expected = [
        next(city for city, limit in zip(cities.index, limits, strict=True) if u + j <= limit)
        for j in range(n)
    ]
    found = sample.cities.index[(sample.cities["stratum"] == "Zurich") & ~sample.cities["certainty"]]
    assert found.tolist() == expected
    assert len(expected) == n >= 2


def test_pivotal_draw_uses_the_stream_of_seed_stratum_and_purpose(swiss_frame: cs.CityFrame) -> None:
    plan = cs.SampleDesign(strata=["region"], n=60, method="pivotal").plan(swiss_frame)
    sample = plan.draw(SEED)
    compared = 0
    for region in plan.strata.index:
        cities = plan.cities[(plan.cities["stratum"] == region) & ~plan.cities["certainty"]]
        uniforms = random_stream(SEED, region, "pivotal", 2 * len(cities))
        expected = cities.index[select_pivotal(cities["pi"].to_numpy(), uniforms)]
        found = sample.cities.index[(sample.cities["stratum"] == region) & ~sample.cities["certainty"]]
        assert found.tolist() == expected.tolist()
        compared += len(found)
    assert compared == 60 - int(plan.strata["n_certainty"].sum())


@given(
    st.permutations(range(12)),
    st.sampled_from(METHODS),
    st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
)
def test_order_of_rows_is_irrelevant(order: list[int], method: str, seed: str) -> None:
    table = small_table()
    assert drawn(table.iloc[order], method, seed) == drawn(table, method, seed)


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_sample_other_seed_other_samples(method: str) -> None:
    table = small_table()
    samples = {tuple(drawn(table, method, f"seed {k}")) for k in range(40)}
    assert drawn(table, method) == drawn(table, method)
    assert len(samples) > 5


def test_number_as_seed_stands_for_its_digits() -> None:
    plan = cs.SampleDesign(n=4).plan(cs.CityFrame.from_table(small_table(), id="id"))
    assert plan.draw(2026).cities.index.tolist() == plan.draw("2026").cities.index.tolist()
    assert plan.draw(2026).seed == "2026"


@given(st.text("abc123", min_size=3, max_size=6), st.sampled_from("NS"), st.integers(0, 30))
def test_srs_keeps_its_cities_when_the_frame_gains_one(new: str, zone: str, seed: int) -> None:
    table = small_table()
    born = pd.concat([table, pd.DataFrame({"id": [f"x{new}"], "people": [7], "zone": [zone]})])
    before = set(drawn(table, "srs", str(seed)))
    after = set(drawn(born, "srs", str(seed)))
    assert len(before) == len(after) == 6
    assert len(before - after) <= 1
    assert after - before <= {f"x{new}"}


@given(st.integers(4, 11), st.integers(0, 30))
def test_a_larger_srs_holds_the_smaller_one(n: int, seed: int) -> None:
    table = small_table().assign(zone="all")
    assert set(drawn(table, "srs", str(seed), n)) <= set(drawn(table, "srs", str(seed), n + 1))


def test_srs_frequencies_over_seeds() -> None:
    """2000 seeds: each of 12 cities in half of the samples, within four standard deviations."""
    plan = cs.SampleDesign(n=6).plan(cs.CityFrame.from_table(small_table(), id="id"))
    counts = sum(plan.draw(seed).selected.astype(int) for seed in range(2000))
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(2000 / 4)


@pytest.mark.parametrize("method", ["systematic", "pivotal"])
def test_frequencies_over_seeds_are_the_inclusion_probabilities(method: str) -> None:
    frame = cs.CityFrame.from_table(small_table(), id="id", size="people")
    plan = cs.SampleDesign(n=4, method=method).plan(frame)
    pi = plan.cities["pi"].to_numpy()
    counts = sum(plan.draw(seed).selected.astype(int) for seed in range(2000))
    assert (np.abs(counts - 2000 * pi) <= 4.5 * np.sqrt(2000 * pi * (1 - pi))).all()
    assert (pi < 1).sum() >= 11


def test_sampled_cities_table() -> None:
    frame = cs.CityFrame.from_table(small_table(), id="id", size="people")
    sample = cs.SampleDesign(strata=["zone"], n=6, method="pivotal").plan(frame).draw(SEED)
    cities = sample.cities
    names = ["people", "zone", "stratum", "pi", "certainty", "design_weight", "random_number", "role"]
    assert cities.columns.tolist() == names
    assert sample.n == len(cities) == 6
    np.testing.assert_array_equal(cities["design_weight"], 1.0 / cities["pi"])
    expected = [int(digest(f"city|{SEED}|{city}")[:16], 16) >> 11 for city in cities.index]
    assert cities["random_number"].tolist() == [bits / 2**53 for bits in expected]
    assert repr(sample) == f"CitySample(n=6 of N=12, seed='{SEED}')"


def test_record_of_the_draw() -> None:
    frame = cs.CityFrame.from_table(small_table(), id="id", size="people")
    design = cs.SampleDesign(strata=["zone"], n=8, method="systematic", certainty=["4"], single_psu="average")
    sample = design.plan(frame).draw(SEED)
    record = sample.record()
    cities = sample.cities
    assert (record.method, record.single_psu, record.strata) == ("systematic", "average", ("N", "S"))
    assert record.psu.tolist() == list(range(8))
    assert [record.strata[h] for h in record.stratum] == cities["stratum"].tolist()
    assert record.pi.tolist() == cities["pi"].tolist()
    assert record.certainty.tolist() == cities["certainty"].tolist()
    random = record.random_psus()
    assert sum(psus.size for _, psus in random) == int((~record.certainty).sum())
    assert all(not record.certainty[psus].any() for _, psus in random)


@given(st.lists(st.integers(1, 500), min_size=3, max_size=15), st.data())
@settings(max_examples=40)
def test_draws_have_the_planned_size_in_each_stratum(people: list[int], data: st.DataObject) -> None:
    table = pd.DataFrame({"id": range(len(people)), "people": people})
    n = data.draw(st.integers(2, len(people)))
    method = data.draw(st.sampled_from(METHODS))
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    plan = cs.SampleDesign(n=n, method=method, single_psu="adjust").plan(frame)
    sample = plan.draw(data.draw(st.integers(0, 10**6)))
    assert sample.n == n
    assert (sample.selected >= plan.cities["certainty"].to_numpy()).all()
    if method != "srs":
        expected = inclusion_probabilities(frame.cities["people"].to_numpy(float), n)
        np.testing.assert_array_equal(plan.cities["pi"], expected)
