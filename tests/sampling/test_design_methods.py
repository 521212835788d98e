"""Each sampling method through the design, the plan and the draw: sizes, frequencies, pi_kl, record."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import citysample as cs
from citysample.sampling.draw_record import approached_pi
from citysample.sampling.drawing import draw_cities, lots
from citysample.sampling.methods import METHODS, sampling_method
from citysample.sampling.plan import SamplePlan
from citysample.sampling.rounds.substitutes import approached_joint

SLOW = ("conditional_poisson", "sampford", "cube", "local_cube", "local_pivotal")
FIXED = [name for name, method in METHODS.items() if method.fixed_size]
EXACT = ["srs", "systematic", "poisson", "pareto", "sampford", "conditional_poisson", "chromy"]
N_CITIES = 30


@cache
def cities() -> cs.CityFrame:
    """Thirty cities in two zones, with skewed sizes, coordinates and two auxiliary columns."""
    rng = np.random.default_rng(4)
    people = np.round(rng.lognormal(3.0, 0.5, N_CITIES) + 5)
    # One city so large that it is certain in a draw proportional to size.
    people[0] = 400
    table = pd.DataFrame(
        {
            "id": [f"c{k:02d}" for k in range(N_CITIES)],
            "people": people,
            "zone": ["N", "S", "S"] * 10,
            "lon": rng.uniform(0, 3, N_CITIES).round(3),
            "lat": rng.uniform(0, 3, N_CITIES).round(3),
            "area": np.round(people * rng.uniform(0.5, 1.5, N_CITIES), 1),
            "coast": (rng.uniform(size=N_CITIES) < 0.4).astype(int),
        }
    )
    return cs.CityFrame.from_table(table, id="id", size="people")


def seeds(method: str) -> int:
    """How many draws: fewer for the methods that take longer."""
    return 250 if method in SLOW else 1000


def options(method: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"strata": ["zone"], "n": 13, "method": method, "certainty": ["c05"]}
    if METHODS[method].balanced:
        found["balance"] = ["area"]
    return {**found, **more}


@cache
def plan_of(method: str, equal: bool = False, over: str = "stratum") -> SamplePlan:
    more: dict[str, Any] = {"over": over}
    if equal:
        more["probabilities"] = "equal"
    if over == "frame" and method == "srs":
        more["strata"] = []
    return cs.SampleDesign(**options(method, **more)).plan(cities())


def agrees(counts: np.ndarray, pi: np.ndarray, draws: int) -> None:
    """Frequencies agree with pi for all cities at once: Bonferroni, one in 100,000 for each of 100 calls."""
    sure = (pi == 0.0) | (pi == 1.0)
    np.testing.assert_array_equal(counts[sure], draws * pi[sure])
    p = pi[~sure]
    z = (counts[~sure] - draws * p) / np.sqrt(draws * p * (1 - p))
    assert p.size >= 9
    assert np.abs(z).max() < norm.isf(5e-6 / p.size), z


@pytest.mark.parametrize("over", ["stratum", "frame"])
@pytest.mark.parametrize("method", METHODS)
def test_sizes_and_frequencies_over_many_seeds(method: str, over: str) -> None:
    plan = plan_of(method, over=over)
    codes = plan.arrays.codes
    pi = plan.cities["pi"].to_numpy()
    counts = np.zeros(N_CITIES)
    for seed in range(seeds(method)):
        main = draw_cities(plan, f"seed {seed}").main
        counts += main
        if not METHODS[method].fixed_size:
            continue
        assert main.sum() == 13
        if over == "stratum" or METHODS[method].balanced:
            np.testing.assert_array_equal(np.bincount(codes[main]), plan.strata["n"])
    agrees(counts, pi, seeds(method))
    assert pi.sum() == pytest.approx(13, abs=1e-9)
    assert pi[5] == 1.0
    assert (method == "srs") or pi[0] == 1.0


@pytest.mark.parametrize("over", ["stratum", "frame"])
@pytest.mark.parametrize("method", METHODS)
def test_equal_probabilities_give_weights_that_sum_to_N(method: str, over: str) -> None:
    plan = plan_of(method, equal=True, over=over)
    pi = plan.cities["pi"].to_numpy()
    random = pi < 1.0
    assert pi.sum() == pytest.approx(13, abs=1e-9)
    if over == "stratum":
        spread = plan.strata["pi_max"] - plan.strata["pi_min"]
        assert spread.abs().max() < 1e-12
    samples = [plan.draw(seed) for seed in range(20)]
    sums = [sample.record().weights().sum() for sample in samples]
    if METHODS[method].fixed_size and over == "stratum":
        assert sums == pytest.approx([N_CITIES] * 20)
    draws = seeds(method) // 2
    counts = sum(draw_cities(plan, f"equal {seed}").main.astype(float) for seed in range(draws))
    agrees(np.asarray(counts), pi, draws)
    assert random.sum() == N_CITIES - 1


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_is_irrelevant_for_each_method(method: str) -> None:
    table = cities().table.reset_index()
    order = np.random.default_rng(2).permutation(N_CITIES)
    shuffled = cs.CityFrame.from_table(table.iloc[order], id="city_id", size="people")
    chosen = options(method, order=["area"] if METHODS[method].ordered != "never" else [])
    one, two = (cs.SampleDesign(**chosen).plan(frame) for frame in (cities(), shuffled))
    compared = 0
    for seed in range(5):
        first, second = one.draw(seed), two.draw(seed)
        pd.testing.assert_frame_equal(first.cities, second.cities)
        compared += first.n
    assert compared >= 40


@pytest.mark.parametrize("method", METHODS)
def test_joint_probabilities_of_a_plan(method: str) -> None:
    plan = plan_of(method)
    compared = 0
    for label in plan.strata.index:
        found = plan.joint(label, draws=500)
        pi = plan.cities.loc[list(found.city_ids), "pi"].to_numpy()
        assert (found.how == "exact") >= (method in EXACT)
        assert (found.how == "monte_carlo") >= (METHODS[method].joint is None)
        np.testing.assert_allclose(found.matrix, found.matrix.T, rtol=1e-12)
        assert (found.zero_pairs is None) == (found.how == "monte_carlo")
        assert not found.zero_pairs or METHODS[method].zero_pairs
        if found.how == "exact":
            assert found.standard_errors is None
            np.testing.assert_allclose(np.diagonal(found.matrix), pi, rtol=1e-9)
            if METHODS[method].fixed_size:
                n = round(pi.sum())
                np.testing.assert_allclose(found.matrix.sum(axis=1), n * pi, rtol=1e-9)
        else:
            assert found.standard_errors is not None
            assert found.standard_errors.max() < 0.03
            n = round(pi.sum())
            np.testing.assert_allclose(found.matrix.sum(axis=1), n * np.diagonal(found.matrix), rtol=1e-9)
        compared += len(found.city_ids)
    assert compared == (plan.cities["pi"] < 1).sum()


@pytest.mark.parametrize("over", ["stratum", "frame"])
@pytest.mark.parametrize("method", EXACT)
def test_the_record_holds_the_joint_probabilities_of_the_plan(method: str, over: str) -> None:
    plan = plan_of(method, over=over)
    whole = {label: plan.joint(label).to_frame() for label, _ in plan.groups()}
    compared = 0
    for seed in range(3):
        sample = plan.draw(seed)
        record, ids = sample.record(), sample.cities.index
        assert len(record.joint) == len(whole)
        for h, psus in record.random_psus():
            names = ids[psus]
            expected = whole[record.strata[h]].loc[names, names].to_numpy()
            np.testing.assert_allclose(record.joint[h], expected, rtol=1e-12)
            compared += psus.size
    assert compared >= 20


@pytest.mark.parametrize("method", ["srs", "pareto", "sampford", "systematic", "pivotal"])
def test_frequencies_of_pairs(method: str) -> None:
    """Each pair of a stratum is drawn together as often as the exact pi_kl says."""
    order = ["area"] if METHODS[method].ordered != "never" else []
    plan = cs.SampleDesign(**options(method, order=order)).plan(cities())
    label, members = plan.groups()[0]
    exact = plan.joint(label)
    assert exact.how == "exact"
    count = seeds(method)
    draws = np.array([draw_cities(plan, f"pair {seed}").main[members] for seed in range(count)], dtype=float)
    together = draws.T @ draws
    upper = np.triu_indices(members.size, 1)
    expected, found = exact.matrix[upper], together[upper]
    # Pairs that the formula excludes never come.
    zero = expected < 1e-12
    assert found[zero].sum() == 0
    p = expected[~zero]
    z = (found[~zero] - count * p) / np.sqrt(count * p * (1 - p) + 1e-9)
    assert np.abs(z).max() < norm.isf(5e-6 / p.size), z


@pytest.mark.parametrize("over", ["stratum", "frame"])
@pytest.mark.parametrize("method", FIXED)
def test_substitutes_have_the_probabilities_of_each_release(method: str, over: str) -> None:
    plan = plan_of(method, over=over)
    if METHODS[method].balanced and over == "frame":
        with pytest.raises(cs.DesignError, match="Substitutes need strata of fixed sample size"):
            plan.draw(1, substitutes=2)
        return
    labels = [label for label, _ in plan.groups()]
    reserve = 2
    counts = np.zeros((reserve + 1, N_CITIES))
    drawn = None
    for seed in range(seeds(method) // 2):
        drawn = draw_cities(plan, f"seed {seed}", reserve)
        assert not (drawn.main & (drawn.rank > 0)).any()
        assert drawn.main.sum() == 13
        assert sorted(drawn.rank[drawn.rank > 0]) == sorted([1, 2] * len(labels))
        for released in range(reserve + 1):
            counts[released] += drawn.main | ((drawn.rank > 0) & (drawn.rank <= released))
    assert drawn is not None
    for released in range(reserve + 1):
        pi = approached_pi(plan, drawn, dict.fromkeys(labels, released))
        assert pi.sum() == pytest.approx(13 + released * len(labels), rel=1e-9)
        agrees(counts[released], pi, seeds(method) // 2)


@pytest.mark.parametrize("method", ["srs", "pareto", "sampford", "conditional_poisson"])
def test_joint_probabilities_after_a_release(method: str) -> None:
    """sum_l pi_kl = (n + j) pi_k over the stratum; the record holds its part of the matrix."""
    plan = cs.SampleDesign(**options(method, n=7, single_psu="adjust")).plan(cities())
    sample = plan.draw("release", substitutes=3)
    compared = 0
    for released in range(4):
        state = sample.release({"S": released}) if released else sample
        record, ids = state.record(), state.cities.index
        lot = next(lot for lot in lots(plan, sample.drawn.reserve) if lot.label == "S")
        m = lot.task.n + released
        pi = state.pi[lot.members]
        if sampling_method(method).ranking is not None:
            matrix = sampling_method(method).joint_of(lot.task, m, np.arange(lot.task.N))
        else:
            aims = sample.drawn.aims[lot.members]
            assert (aims < 1.0).all()
            drawn = sampling_method(method).joint_of(
                lot.task.part(np.arange(aims.size), aims), lot.task.n + 3, np.arange(aims.size)
            )
            assert drawn is not None
            matrix = approached_joint(drawn, 3, released)
        assert matrix is not None
        np.testing.assert_allclose(np.diagonal(matrix), pi, rtol=1e-9)
        np.testing.assert_allclose(matrix.sum(axis=1), m * pi, rtol=1e-9)
        psus = next(psus for h, psus in record.random_psus() if record.strata[h] == "S")
        rows = plan.cities.index[lot.members].get_indexer(ids[psus])
        np.testing.assert_allclose(
            record.joint[record.strata.index("S")], matrix[np.ix_(rows, rows)], rtol=1e-9
        )
        compared += psus.size
    assert compared == 4 * lot.task.n + 6


def test_substitutes_that_are_certain_in_the_larger_draw() -> None:
    """The size is so skewed that one city is certain among n + r, but not among n."""
    people = [50, 20, 19, 18, 17, 16, 15, 14, 13, 12]
    table = pd.DataFrame({"id": list("abcdefghij"), "people": people})
    plan = cs.SampleDesign(n=3, method="sampford").plan(
        cs.CityFrame.from_table(table, id="id", size="people")
    )
    assert plan.cities["pi"].max() < 1.0
    counts = np.zeros((2, 10))
    for seed in range(seeds("sampford")):
        drawn = draw_cities(plan, f"seed {seed}", 1)
        counts[0] += drawn.main
        counts[1] += drawn.main | (drawn.rank == 1)
    assert drawn.aims[0] == 1.0
    for released in (0, 1):
        agrees(counts[released], approached_pi(plan, drawn, {"all": released}), seeds("sampford"))
    sample = next(
        sample for sample in (plan.draw(k, substitutes=1) for k in range(99)) if sample.drawn.main[0]
    )
    joint = sample.record().joint[0]
    here = np.flatnonzero(sample.selected)
    pi = sample.pi[here]
    assert pi[0] == pytest.approx(3 / 4)
    np.testing.assert_allclose(np.diagonal(joint), pi)
    # The certain city is drawn with each other one: pi_kl = pi_l^(n+r) n(n-1) / ((n+r)(n+r-1)).
    np.testing.assert_allclose(joint[0, 1:], drawn.aims[here[1:]] * 3 * 2 / (4 * 3))
    full = sample.release(1)
    assert full.cities[["pi", "certainty", "role"]].to_numpy().tolist()[0] == [1.0, True, "random"]
    assert full.record().certainty.tolist() == [True, False, False, False]
    assert full.record().joint[0].shape == (3, 3)
