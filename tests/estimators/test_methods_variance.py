"""The variance of each sampling method, from its record: unbiased where it is exact, near elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.degrees_of_freedom import design_df
from citysample.estimators.forms.stratified import design_covariance, variance_form
from citysample.sampling.city_sample import CitySample
from citysample.sampling.drawing import lots
from citysample.sampling.methods import FORM_NEEDS, METHODS, VARIANCE_FORMS, default_form
from citysample.sampling.plan import SamplePlan

Refused = Callable[..., AbstractContextManager[None]]
N_CITIES = 40
DRAWS = 1000
SYG = [name for name, forms in VARIANCE_FORMS.items() if "syg" in forms]


@cache
def table() -> pd.DataFrame:
    """Forty cities of two zones; y is skewed, related to the size and to the area, and rises eastwards."""
    rng = np.random.default_rng(12)
    people = np.round(rng.lognormal(3.0, 0.6, N_CITIES) + 10)
    area = rng.lognormal(2.0, 0.5, N_CITIES)
    lon, lat = rng.uniform(0, 3, N_CITIES), rng.uniform(0, 3, N_CITIES)
    return pd.DataFrame(
        {
            "id": [f"c{k:02d}" for k in range(N_CITIES)],
            "people": people,
            "zone": ["N", "S"] * (N_CITIES // 2),
            "area": area,
            "lon": lon,
            "lat": lat,
            "y": people * rng.lognormal(0.0, 0.5, N_CITIES),
            "y_area": 3.0 * area + 5.0 * rng.normal(size=N_CITIES),
            "y_line": 3.0 * area + 0.3 * rng.normal(size=N_CITIES),
            "y_place": 10.0 + 8.0 * lon + 5.0 * lat + 0.5 * rng.normal(size=N_CITIES),
        }
    )


def frame() -> cs.CityFrame:
    return cs.CityFrame.from_table(table(), id="id", size="people")


def plan_of(method: str, **options: Any) -> SamplePlan:
    balance = ["area"] if METHODS[method].balanced else []
    given = {"n": 16, "strata": ["zone"], "method": method, "balance": balance, **options}
    return cs.SampleDesign(**given).plan(frame())


def masks(plan: SamplePlan, draws: int) -> Iterator[np.ndarray]:
    """Samples of a plan, from the selector of its method and numbers of a plain generator."""
    rng = np.random.default_rng(5)
    method = METHODS[plan.design.method]
    groups = list(lots(plan, {}))
    for _ in range(draws):
        main = plan.arrays.aims == 1.0
        for lot in groups:
            N, n = lot.task.N, lot.task.n
            count = {"permanent": N, "start": 1, "stream": method.count(N, n)}[method.randomness]
            main[lot.members] = method.select(lot.task, rng.uniform(size=count))
        yield main


def data_of(sample: CitySample) -> pd.DataFrame:
    """What the sampled cities report: y."""
    return table().rename(columns={"id": "city_id"}).loc[sample.selected, ["city_id", "y"]]


def totals_and_variances(
    plan: SamplePlan, target: str, forms: tuple[str, ...], draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Estimated totals (draws,), and their estimated variances (draws, forms)."""
    y = plan.frame.table[target].to_numpy(dtype=float)
    totals, variances = [], []
    for selected in masks(plan, draws):
        record = CitySample.of_mask(plan, "none", selected).record()
        weights = record.weights()
        z = y[selected][:, None]
        totals.append(weights @ y[selected])
        variances.append([design_covariance(z, weights, record, form)[0, 0] for form in forms])
    return np.array(totals), np.array(variances)


def exact_variance(plan: SamplePlan, target: str) -> float:
    """sum_k sum_l (pi_kl - pi_k pi_l) y-check_k y-check_l over the strata, with the exact pi_kl."""
    value = 0.0
    for label, members in plan.groups():
        pi = plan.arrays.pi[members]
        found = plan.joint(label)
        assert found.how == "exact"
        y = plan.frame.table[target].to_numpy()[members] / pi
        value += float(y @ (found.matrix - np.outer(pi, pi)) @ y)
    return value


# Exact forms


@pytest.mark.parametrize("method", SYG)
def test_syg_is_unbiased_where_the_joint_probabilities_are_exact(method: str) -> None:
    """Mean of V-hat within four standard errors of the exact variance; so is the variance of the totals."""
    plan = plan_of(method)
    draws = DRAWS if method == "srs" else 300
    default = default_form(method, plan.arrays.held)
    totals, variances = totals_and_variances(plan, "y", ("syg", default), draws)
    V = exact_variance(plan, "y")
    standard_error = variances[:, 0].std() / np.sqrt(draws)
    assert abs(variances[:, 0].mean() - V) < 4 * standard_error
    assert totals.var() / V == pytest.approx(1.0, abs=5 * np.sqrt(2 / draws))
    assert abs(totals.mean() - table()["y"].sum()) < 4 * np.sqrt(V / draws)
    # The default form is near.
    assert variances[:, 1].mean() / V == pytest.approx(1.0, abs=0.12)
    if method == "srs":
        np.testing.assert_allclose(variances[:, 0], variances[:, 1])


def test_poisson_is_unbiased() -> None:
    plan = plan_of("poisson")
    totals, variances = totals_and_variances(plan, "y", ("poisson",), DRAWS)
    V = exact_variance(plan, "y")
    pi = plan.arrays.pi
    assert pytest.approx(float(((1 / pi - 1) * table()["y"] ** 2).sum())) == V
    assert abs(variances.mean() - V) < 4 * variances.std() / np.sqrt(DRAWS)
    assert totals.var() / V == pytest.approx(1.0, abs=0.18)


def enumerated(
    plan: SamplePlan, samples: list[tuple[float, np.ndarray]], form: str
) -> tuple[float, float, float]:
    """Mean and variance of the estimated totals over all samples, and mean of V-hat."""
    y = plan.frame.table["y"].to_numpy(dtype=float)
    chances, totals, variances = [], [], []
    for chance, selected in samples:
        record = CitySample.of_mask(plan, "none", selected).record()
        weights = record.weights()
        chances.append(chance)
        totals.append(weights @ y[selected])
        variances.append(design_covariance(y[selected][:, None], weights, record, form)[0, 0])
    p, t = np.array(chances), np.array(totals)
    assert p.sum() == pytest.approx(1.0)
    mean = float(p @ t)
    return mean, float(p @ (t - mean) ** 2), float(p @ np.array(variances))


def small_plan(method: str, N: int, n: int) -> SamplePlan:
    source = cs.CityFrame.from_table(table().head(N), id="id", size="people")
    return cs.SampleDesign(n=n, method=method).plan(source)


@pytest.mark.parametrize("form", ["srs", "syg"])
def test_srs_over_all_samples(form: str) -> None:
    plan = small_plan("srs", 8, 3)
    samples = [(1 / 56, np.isin(np.arange(8), s)) for s in combinations(range(8), 3)]
    mean, V, estimated = enumerated(plan, samples, form)
    assert mean == pytest.approx(table()["y"].head(8).sum(), rel=1e-12)
    assert estimated == pytest.approx(V, rel=1e-10)


def test_poisson_over_all_samples() -> None:
    plan = small_plan("poisson", 7, 3)
    pi = plan.arrays.pi
    samples = []
    for taken in product((False, True), repeat=7):
        mask = np.array(taken)
        samples.append((float(np.where(mask, pi, 1 - pi).prod()), mask))
    mean, V, estimated = enumerated(plan, samples, "poisson")
    assert mean == pytest.approx(table()["y"].head(7).sum(), rel=1e-10)
    assert estimated == pytest.approx(V, rel=1e-10)


def test_conditional_poisson_over_all_samples() -> None:
    """Each p(s) is the pi_kl of its pair, and all add up to 1."""
    plan = small_plan("conditional_poisson", 5, 2)
    joint = plan.joint("all").matrix
    # For n = 2 the chance of a sample is the pi_kl of its pair.
    samples = [(float(joint[pair]), np.isin(np.arange(5), pair)) for pair in combinations(range(5), 2)]
    mean, V, estimated = enumerated(plan, samples, "syg")
    assert mean == pytest.approx(table()["y"].head(5).sum(), rel=1e-8)
    assert estimated == pytest.approx(V, rel=1e-8)


# Approximations


@pytest.mark.parametrize("method", ["brewer", "pivotal", "chromy", "systematic"])
def test_deville_is_near_for_methods_without_exact_form(method: str) -> None:
    """y follows the size loosely and the order of the ids not at all."""
    draws = 800
    totals, variances = totals_and_variances(plan_of(method), "y", ("deville", "hajek"), draws)
    ratio = variances.mean(axis=0) / totals.var()
    assert default_form(method, ()) == "deville"
    assert ((ratio > 0.7) & (ratio < 1.5)).all(), ratio


@pytest.mark.parametrize("over", ["stratum", "frame"])
@pytest.mark.parametrize("method", ["cube", "local_cube"])
@pytest.mark.parametrize(("target", "least"), [("y_area", 2.0), ("y_line", 2.0), ("y", 0.7)])
def test_balanced_form_sees_the_balance_and_deville_does_not(
    method: str, over: str, target: str, least: float
) -> None:
    """y follows the balancing column with R2 = 0.9, or nearly 1, or hardly."""
    plan = plan_of(method, over=over, probabilities="equal")
    totals, variances = totals_and_variances(plan, target, ("balanced", "deville"), 300)
    balanced, deville = variances.mean(axis=0) / totals.var()
    assert "balanced" in VARIANCE_FORMS[method]
    assert 0.75 < balanced < 1.4, (balanced, deville)
    assert deville > least * balanced


def test_what_the_landing_missed_is_most_of_the_variance_of_a_small_balanced_sample() -> None:
    """Without the imbalance of the record, V-hat would be less than a half, or next to nothing."""
    for target, most in (("y_area", 0.5), ("y_line", 0.02)):
        plan = plan_of("cube", probabilities="equal")
        y = plan.frame.table[target].to_numpy()
        totals, without = [], []
        for selected in masks(plan, 300):
            record = CitySample.of_mask(plan, "none", selected).record()
            record = replace(record, imbalance={h: np.zeros_like(d) for h, d in record.imbalance.items()})
            totals.append(record.weights() @ y[selected])
            z = y[selected][:, None]
            without.append(design_covariance(z, record.weights(), record, "balanced")[0, 0])
        assert np.mean(without) / np.var(totals) < most


@pytest.mark.parametrize("over", ["stratum", "frame"])
def test_the_record_holds_what_the_draw_missed(over: str) -> None:
    plan = plan_of("cube", over=over)
    sample = plan.draw("missed")
    record = sample.record()
    area, random = table()["area"].to_numpy(), plan.cities["pi"].to_numpy() < 1
    groups = [("all", random)] if over == "frame" else [(z, random & (table()["zone"] == z)) for z in "NS"]
    compared = 0
    for label, members in groups:
        missed = record.imbalance[record.strata.index(label)]
        drawn = members & sample.selected
        expected = (area / sample.pi)[drawn].sum() - area[members].sum()
        assert missed[-1] == pytest.approx(expected, rel=1e-9)
        np.testing.assert_allclose(missed[:-1], 0.0, atol=1e-9)
        compared += missed.size
    assert compared == (3 if over == "frame" else 4)


def test_a_controlled_allocation_counts_the_rounding_of_its_margins() -> None:
    cross = cs.CityFrame.from_table(table().assign(coast=list("aabb") * 10), id="id", size="people")
    plan = cs.SampleDesign(strata=["zone", "coast"], allocation=cs.Controlled(n=13)).plan(cross)
    for target in ("y", "y_place"):
        y = table()[target].to_numpy()
        totals, variances = [], []
        for seed in range(400):
            sample = plan.draw(seed)
            record, z = sample.record(), y[sample.selected]
            totals.append(record.weights() @ z)
            variances.append(design_covariance(z[:, None], record.weights(), record, "balanced")[0, 0])
        assert 0.7 < np.mean(variances) / np.var(totals) < 1.4


@pytest.mark.parametrize(
    ("method", "options", "form"),
    [
        ("local_pivotal", {}, "local_mean"),
        ("local_cube", {}, "local_mean"),
        ("systematic", {"order": ("curve",)}, "local_mean"),
        ("pivotal", {"order": ("curve",)}, "local_mean"),
        ("chromy", {"order": ("lon",)}, "successive_difference"),
        ("pivotal", {"order": ("lon",)}, "successive_difference"),
    ],
)
def test_the_default_of_spread_and_ordered_samples_sees_the_place(
    method: str, options: dict[str, Any], form: str
) -> None:
    """y follows the place: V-hat is near, and Deville's is far too large."""
    plan = plan_of(method, n=20, strata=[], probabilities="equal", **options)
    assert default_form(method, plan.arrays.held) == plan.strata["variance"].iloc[0] == form
    assert variance_form(plan.draw(1).record(), "design") == form
    totals, variances = totals_and_variances(plan, "y_place", (form, "deville"), 300)
    near, deville = variances.mean(axis=0) / totals.var()
    assert 0.7 < near < 2.5, (near, deville)
    assert deville > 1.5 * near


@pytest.mark.parametrize("method", ["systematic", "chromy", "pivotal"])
def test_without_an_order_the_default_is_that_of_deville(refused: Refused, method: str) -> None:
    plan = plan_of(method)
    assert plan.strata["variance"].tolist() == ["deville"] * 2
    sample = plan.draw(1)
    assert variance_form(sample.record(), "design") == "deville"
    for form, needed in (("successive_difference", "position"), ("local_mean", "coordinates")):
        with refused("ESTIMATE-VARIANCE-INVALID", f"'{form}'", f"no '{needed}'", "stratum 'N'"):
            sample.with_data(data_of(sample)).estimate({"t": cs.Total("y")}, variance=form)


@pytest.mark.parametrize("method", METHODS)
def test_no_other_form_is_offered(refused: Refused, method: str) -> None:
    order = ["lon"] if METHODS[method].ordered != "never" else []
    sample = plan_of(method, order=order).draw("forms")
    held = sample.record().held
    survey = sample.with_data(data_of(sample))
    forms = {name for forms in VARIANCE_FORMS.values() for name in forms}
    valid = VARIANCE_FORMS[method]
    computed = 0
    for form in sorted(forms):
        if form in valid:
            assert variance_form(sample.record(), form) == form
            if not set(FORM_NEEDS.get(form, ())) <= held or (form in ("syg", "ht") and method == "brewer"):
                continue
            rows = survey.estimate({"t": cs.Total("y")}, variance=form).to_frame()
            assert rows["se"].iloc[0] > 0
            assert rows["variance_method"].iloc[0] == form
            computed += 1
        else:
            with refused("ESTIMATE-VARIANCE-INVALID", f"'{form}'", f"'{method}'"):
                survey.estimate({"t": cs.Total("y")}, variance=form)
    assert computed >= (1 if method == "poisson" else 6)
    if METHODS[method].zero_pairs or METHODS[method].joint is None:
        assert "syg" not in valid


# Strata, domains and degrees of freedom


def test_poisson_strata_with_one_or_no_city() -> None:
    plan = plan_of("poisson", strata=["zone"], allocation=cs.Explicit({"N": 2, "S": 2}), n=None)
    seen = set()
    for seed in range(60):
        sample = plan.draw(seed)
        counts = np.bincount(plan.arrays.codes[sample.selected], minlength=2)
        seen |= set(counts.tolist())
        if not sample.n:
            continue
        survey = sample.with_data(data_of(sample))
        rows = survey.estimate({"t": cs.Total("y")}, by="zone").to_frame()
        y = sample.cities["pi"].to_numpy()
        values = survey.table["y"].to_numpy()
        assert rows["se"].iloc[0] ** 2 == pytest.approx(((1 - y) * (values / y) ** 2).sum())
    assert {0, 1, 2} <= seen


def test_domains_of_a_balanced_draw() -> None:
    """A domain total is the total of a variable that is zero outside, also for the balanced form."""
    sample = plan_of("cube", over="frame", n=20).draw("domains")
    data = data_of(sample)
    data = data.assign(y_N=data["y"] * (sample.cities["zone"].to_numpy() == "N"))
    survey = sample.with_data(data)
    one = survey.estimate({"t": cs.Total("y")}, by="zone").to_frame()
    two = survey.estimate({"t": cs.Total("y_N")}).to_frame()
    north = one[one["domain"] == "N"].iloc[0]
    assert north["estimate"] == pytest.approx(two["estimate"].iloc[0])
    assert north["se"] == pytest.approx(two["se"].iloc[0])


def test_degrees_of_freedom_of_balanced_draws() -> None:
    """Random cities less the constraints: n_h and each column, by stratum or once for the frame."""
    everything = np.ones(20, dtype=bool)
    random = {}
    for over, expected in (("stratum", 2 * (1 + 2)), ("frame", 2 + 2)):
        plan = plan_of("cube", over=over, n=20, balance=["area", "lon"])
        record = plan.draw(3).record()
        random[over] = int((~record.certainty).sum())
        assert design_df(record, everything) == random[over] - expected
    plain = plan_of("pivotal", n=20).draw(3).record()
    assert design_df(plain, everything) == int((~plain.certainty).sum()) - 2


def test_certain_cities_add_nothing() -> None:
    """A city with a huge y has no part in the variance once it is certain."""
    huge = table().assign(y=np.where(table()["id"] == "c07", 1e9, table()["y"]))
    source = cs.CityFrame.from_table(huge, id="id", size="people")
    compared = 0
    for method in METHODS:
        balance = ["area"] if METHODS[method].balanced else []
        design = cs.SampleDesign(n=16, strata=["zone"], method=method, balance=balance, certainty=["c07"])
        sample = design.plan(source).draw(4)
        y = huge["y"].to_numpy()[sample.selected]
        record = sample.record()
        form = default_form(method, record.held)
        value = design_covariance(y[:, None], record.weights(), record, form)[0, 0]
        assert 0 < value < 1e8
        compared += 1
    assert compared == 12
