"""Degrees of freedom for many domains at once, for successive differences, and from a proxy of the frame."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.degrees_of_freedom import (
    design_df,
    df_of_successive_differences,
    random_counts,
)
from citysample.estimators.satterthwaite import satterthwaite, satterthwaite_df, stratum_components
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.record import DrawRecord

Refused = Callable[..., AbstractContextManager[None]]


def uniforms(shape: tuple[int, ...], key: int = 1) -> FloatArray:
    return np.random.Generator(np.random.Philox(key)).random(shape)


def record(method: str = "srs", n: int = 40, H: int = 4, clusters: int = 1) -> DrawRecord:
    """Rows in clusters of neighbours, in strata of unequal size; the first four clusters are certain."""
    m = n // clusters
    stratum = np.sort(np.floor(H * uniforms((m,)) ** 2).astype(np.int64))
    pi = np.where(np.arange(m) < 4, 1.0, 0.4)
    return DrawRecord(
        method,
        tuple(f"h{h}" for h in range(H)),
        np.arange(n) // clusters,
        stratum,
        pi,
        pi == 1.0,
        "adjust",
        position=np.arange(m),
    )


@pytest.mark.parametrize("method", ["srs", "systematic"])
@pytest.mark.parametrize("clusters", [1, 2])
def test_all_domains_at_once_are_each_domain_by_itself(method: str, clusters: int) -> None:
    draw = record(method, clusters=clusters)
    domains = uniforms((40, 11), 2) < 0.3
    domains[:, 0], domains[:, 1] = True, False
    counts = random_counts(draw, domains)
    together = design_df(draw, domains, counts=counts)
    assert together.shape == (11,)
    assert together[1] == 0.0
    successive = method == "systematic"
    for d in range(11):
        assert design_df(draw, domains[:, d]) == together[d]
        assert random_counts(draw, domains[:, d]).tolist() == counts[:, d].tolist()
        # By hand.
        expected = 0.0
        for h in range(4):
            psus = {int(p) for p in draw.psu[domains[:, d]] if draw.stratum[p] == h and draw.pi[p] < 1.0}
            assert counts[h, d] == len(psus)
            m = max(len(psus), 1)
            expected += 2 * (m - 1) ** 2 / (3 * m - 4) if successive else m - 1
        assert together[d] == pytest.approx(expected, rel=1e-12)


def test_degrees_of_freedom_of_successive_differences() -> None:
    """The ratio 2 E^2 / V of the mean square difference of m standard normal values."""
    for m in (2, 3, 7, 30):
        D = np.diff(np.eye(m), axis=0)
        Q = D.T @ D
        expected = 2 * np.trace(Q) ** 2 / (2 * np.trace(Q @ Q))
        assert df_of_successive_differences(np.array([m]))[0] == pytest.approx(expected, rel=1e-12)
    draw = record("systematic")
    everything = np.ones(40, bool)
    assert design_df(draw, everything, "deville") > design_df(draw, everything, "successive_difference") > 0


def test_constraints_of_a_balanced_draw_are_taken_from_each_domain() -> None:
    balance = np.column_stack([np.full(40, 0.4), uniforms((40, 2), 3)])
    draw = replace(record("srs", H=1), method="cube", balance=balance)
    domains = np.ones((40, 3), bool)
    domains[10:, 1], domains[5:, 2] = False, False
    assert design_df(draw, domains).tolist() == [33.0, 3.0, 0.0]


def test_components_are_the_variances_over_all_samples() -> None:
    y = np.array([1.0, 4.0, 6.0, 20.0, 3.0])
    n, N = 3, 5
    totals = [N / n * sum(y[list(chosen)]) for chosen in combinations(range(N), n)]
    pi, stratum = np.full(N, n / N), np.zeros(N, np.int64)
    assert stratum_components(y[:, None], pi, stratum, 1)[0, 0] == pytest.approx(np.var(totals), rel=1e-12)
    chance = np.array([0.2, 0.5, 0.7, 0.9, 1.0])
    independent = (y**2 * (1 - chance) / chance).sum()
    found = stratum_components(y[:, None], chance, stratum, 1, "poisson")[0, 0]
    assert found == pytest.approx(independent, rel=1e-12)
    p = chance[:4] / chance[:4].sum()
    again = (p * (y[:4] / p - y[:4].sum()) ** 2).sum() / chance[:4].sum()
    found = stratum_components(y[:, None], chance, stratum, 1, "with_replacement")[0, 0]
    assert found == pytest.approx(again, rel=1e-12)


@given(st.lists(st.tuples(st.floats(0.001, 1e6), st.integers(1, 30)), min_size=1, max_size=6))
def test_satterthwaite_lies_between_the_smallest_and_the_sum(parts: list[tuple[float, int]]) -> None:
    V, df = np.array([v for v, _ in parts]), np.array([float(d) for _, d in parts])
    found = float(satterthwaite(V[:, None], df)[0])
    assert df.min() * (1 - 1e-12) <= found <= df.sum() * (1 + 1e-12)
    assert satterthwaite(V[:, None] * 1e200, df)[0] == pytest.approx(found, rel=1e-9)
    # All variances in proportion to the degrees of freedom: the sum.
    assert satterthwaite(df[:, None], df)[0] == pytest.approx(df.sum(), rel=1e-12)


def frame() -> cs.CityFrame:
    k = np.arange(40)
    table = pd.DataFrame(
        {
            "id": [f"c{i:02d}" for i in k],
            "people": 10.0 + (k * 7 % 40) ** 1.5 * np.where(k < 20, 1.0, 5.0),
            "built": 5.0 + (k * 11 % 40),
            "zone": np.where(k < 20, "N", "S"),
            "coast": np.where(k % 4 < 2, "yes", "no"),
        }
    )
    return cs.CityFrame.from_table(table, id="id", size="people")


def drawn(method: str = "srs", **options: Any) -> cs.CitySample:
    allocation = cs.Explicit({"N": 8, "S": 6})
    given_options = {"strata": ["zone"], "allocation": allocation, "method": method, "certainty": ["c39"]}
    return cs.SampleDesign(**{**given_options, **options}).plan(frame()).draw("satterthwaite")


def domains_of(sample: cs.CitySample) -> tuple[BoolArray, BoolArray]:
    """Country, coast, and the cities of each zone: rows of the sample, and of the frame."""
    table = frame().table
    whole = np.column_stack(
        [np.ones(40, bool), table["coast"] == "yes", table["zone"] == "N", table["zone"] == "S"]
    )
    return whole[sample.selected], whole


def test_it_is_computed_by_hand_for_a_drawn_sample() -> None:
    sample = drawn()
    rows, whole = domains_of(sample)
    found = satterthwaite_df(sample.record(), rows, whole, "srs")
    size = frame().sizes()
    assert size is not None
    expected = []
    for d in range(4):
        V, df = [], []
        for members, m in ((np.arange(20), 8), (np.arange(20, 39), 5)):  # c39 is certain
            y = (size * whole[:, d])[members]
            V.append(members.size**2 * (1 - m / members.size) * y.var(ddof=1) / m)
            df.append(m - 1)
        top = sum(V) ** 2 / sum(v**2 / d for v, d in zip(V, df, strict=True))
        expected.append(min(top, float(design_df(sample.record(), rows[:, d]))))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found[0] < 6.0 < design_df(sample.record(), rows)[0] == 11.0
    assert found[2:].tolist() == [7.0, 4.0]  # one stratum: that of the design


@pytest.mark.parametrize("method", ["pivotal", "pareto", "systematic", "poisson", "sampford"])
def test_draws_with_unequal_probabilities_need_another_proxy(refused: Refused, method: str) -> None:
    sample = drawn(method)
    rows, whole = domains_of(sample)
    built = frame().table["built"].to_numpy()
    form = "poisson" if method == "poisson" else "deville"
    found = satterthwaite_df(sample.record(), rows, whole, form, built)
    most = design_df(sample.record(), rows, form)
    assert ((found > 0.0) & (found <= most)).all()
    if method != "poisson":
        with refused("ESTIMATE-PROXY-MISSING", "hardly any variance", "proportional", "df = 'design'"):
            satterthwaite_df(sample.record(), rows, whole, form)


def test_a_domain_whose_proxy_does_not_vary_has_the_degrees_of_the_design() -> None:
    sample = drawn()
    rows, whole = domains_of(sample)
    flat = np.where(np.arange(40) < 20, 3.0, np.arange(40.0))
    found = satterthwaite_df(sample.record(), rows, whole, "srs", flat)
    assert found[2] == design_df(sample.record(), rows)[2] == 7.0


def test_successive_differences_have_fewer_in_each_stratum() -> None:
    sample = drawn("systematic", order=["built"])
    rows, whole = domains_of(sample)
    built = frame().table["built"].to_numpy()
    alone = satterthwaite_df(sample.record(), rows, whole, "successive_difference", built)
    assert alone[2:].tolist() == [df_of_successive_differences(np.array([m]))[0] for m in (8, 5)]
    assert alone[0] < satterthwaite_df(sample.record(), rows, whole, "deville", built)[0]


def test_merged_strata_count_as_one() -> None:
    sample = drawn(allocation=cs.Explicit({"N": 1, "S": 6}), single_psu="collapse")
    rows, whole = domains_of(sample)
    assert design_df(sample.record(), rows)[0] == 5.0  # 1 + 5 random cities
    assert satterthwaite_df(sample.record(), rows, whole, "srs")[0] == pytest.approx(5.0)
    alone = drawn(allocation=cs.Explicit({"N": 1, "S": 6}), single_psu="adjust")
    assert satterthwaite_df(alone.record(), rows, whole, "srs")[0] == pytest.approx(4.0)


def test_it_is_refused_where_the_frame_says_nothing(refused: Refused) -> None:
    sample = drawn()
    rows, whole = domains_of(sample)
    record = sample.record()
    with refused("ESTIMATE-PROXY-MISSING", "no frame", "drawn elsewhere", "df = 'design'"):
        satterthwaite_df(replace(record, population=None), rows, whole, "srs")
    later = sample.next_round(frame())
    with refused("ESTIMATE-PROXY-MISSING", "later round"):
        satterthwaite_df(later.record(), rows, whole, "srs")
    assert record.population is not None
    with refused("ESTIMATE-PROXY-MISSING", "no size"):
        satterthwaite_df(
            replace(record, population=replace(record.population, size=None)), rows, whole, "srs"
        )


def test_the_frame_of_the_record_is_that_of_the_draw() -> None:
    sample = drawn("pareto", take_none=11.0)
    population = sample.record().population
    assert population is not None
    np.testing.assert_array_equal(population.pi, sample.pi)
    assert ((population.stratum == -1) == (population.pi == 0.0)).all()
    assert (population.stratum == -1).sum() > 0
    record = sample.record()
    np.testing.assert_array_equal(population.stratum[sample.selected], record.stratum)
    np.testing.assert_array_equal(population.pi[sample.selected], record.pi)
