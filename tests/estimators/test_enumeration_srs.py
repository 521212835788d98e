"""Stratified simple random samples, all of them: unbiased totals and unbiased variance estimates."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.estimates import Estimates
from citysample.reference_frames.columns import FloatArray

# Ten cities: stratum A has the certainty city "a" and five others, of which two are drawn; B has
# four, of which two are drawn. The domain d lies in both strata and holds the certainty city.
CITIES = pd.DataFrame(
    {
        "id": list("abcdefghij"),
        "zone": list("AAAAAABBBB"),
        "people": [90.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        "part": list("deddeededd"),
    }
)
DATA = pd.DataFrame(
    {
        "city_id": list("abcdefghij"),
        "y": [50.0, 3.0, -1.5, 8.0, 2.25, 0.0, 7.0, 7.0, 1.0, 12.0],
        "x": [40.0, 2.0, 5.0, 6.0, 1.0, 3.0, 9.0, 4.0, 8.0, 2.0],
    }
)
DATA["y_d"] = DATA["y"] * (CITIES["part"] == "d")
RANDOM = {"A": list("bcdef"), "B": list("ghij")}
NAMES = ["total(y)", "total(x)", "total(y_d)", "total(cities)"]


def all_samples() -> list[cs.WeightedSample]:
    frame = cs.CityFrame.from_table(CITIES, id="id", size="people")
    plan = cs.SampleDesign(strata=["zone"], n=5, certainty=["a"]).plan(frame)
    assert plan.strata["n"].tolist() == [3, 2]
    surveys = []
    for first, second in product(combinations(RANDOM["A"], 2), combinations(RANDOM["B"], 2)):
        chosen = {"a", *first, *second}
        sample = cs.CitySample.of_mask(plan, "enumeration", np.isin(list("abcdefghij"), list(chosen)))
        surveys.append(sample.with_data(DATA[DATA["city_id"].isin(chosen)]))
    return surveys


@pytest.fixture(scope="module")
def enumerated() -> list[Estimates]:
    found = [survey.estimate({name: name for name in NAMES}, by="part") for survey in all_samples()]
    assert len(found) == 60
    return found


def true_totals() -> FloatArray:
    return np.array([DATA["y"].sum(), DATA["x"].sum(), DATA["y_d"].sum(), 10.0])


def true_covariance() -> FloatArray:
    """Sum over strata of N_h^2 (1 - n_h/N_h) S_h / n_h, for the cities that are not certain."""
    indexed = DATA.set_index("city_id").assign(cities=1.0)[["y", "x", "y_d", "cities"]]
    total = np.zeros((4, 4))
    for cities in RANDOM.values():
        N, n = len(cities), 2
        total += N**2 * (1 - n / N) / n * np.cov(indexed.loc[cities].to_numpy(), rowvar=False, ddof=1)
    return total


def national(estimates: Estimates) -> list[int]:
    return [k for k, row in enumerate(estimates.rows) if row.by == "national"]


def test_mean_of_the_estimates_is_the_true_total(enumerated: list[Estimates]) -> None:
    found = np.array([[e.rows[k].estimate for k in national(e)] for e in enumerated])
    assert found.shape == (60, 4)
    np.testing.assert_allclose(found.mean(axis=0), true_totals(), rtol=1e-12)


def test_mean_of_the_variance_estimates_is_the_true_variance(enumerated: list[Estimates]) -> None:
    mean = np.mean([e.covariance[np.ix_(national(e), national(e))] for e in enumerated], axis=0)
    np.testing.assert_allclose(mean, true_covariance(), rtol=1e-12, atol=1e-11)
    assert mean.shape == (4, 4)


def test_the_formula_is_the_variance_over_all_samples(enumerated: list[Estimates]) -> None:
    found = np.array([[e.rows[k].estimate for k in national(e)] for e in enumerated])
    spread = (found - true_totals()).T @ (found - true_totals()) / 60
    np.testing.assert_allclose(spread, true_covariance(), rtol=1e-12, atol=1e-11)


def test_squared_standard_errors_are_the_diagonal(enumerated: list[Estimates]) -> None:
    compared = 0
    for e in enumerated:
        for k in national(e)[:3]:
            assert e.rows[k].se ** 2 == pytest.approx(e.covariance[k, k], rel=1e-12)
            compared += 1
    assert compared == 180


def test_domain_totals_are_totals_of_the_variable_within_the_domain(enumerated: list[Estimates]) -> None:
    compared = 0
    for e in enumerated:
        rows = {(row.name, row.domain): k for k, row in enumerate(e.rows)}
        domain, product_ = rows["total(y)", "d"], rows["total(y_d)", "all"]
        assert e.rows[domain].estimate == pytest.approx(e.rows[product_].estimate, rel=1e-13)
        assert e.covariance[domain, domain] == pytest.approx(e.covariance[product_, product_], rel=1e-12)
        compared += 1
    assert compared == 60


def test_domain_totals_and_their_variances_are_unbiased(enumerated: list[Estimates]) -> None:
    rows = [(row.name, row.domain) for row in enumerated[0].rows]
    k = rows.index(("total(y)", "d"))
    estimates = np.array([e.rows[k].estimate for e in enumerated])
    variances = np.array([e.covariance[k, k] for e in enumerated])
    assert estimates.mean() == pytest.approx(DATA["y_d"].sum(), rel=1e-12)
    assert variances.mean() == pytest.approx(true_covariance()[2, 2], rel=1e-12)
    assert estimates.size == variances.size == 60


def test_number_of_cities_is_estimated_without_error(enumerated: list[Estimates]) -> None:
    k = [row.name for row in enumerated[0].rows].index("total(cities)")
    assert {round(e.rows[k].estimate, 12) for e in enumerated} == {10.0}
    assert max(e.rows[k].se for e in enumerated) < 1e-12


BLOCKS = pd.DataFrame(
    {
        "zone": ["A"] * 8 + ["B"] * 5,
        "block": [1, 1, 2, 3, 3, 3, 4, 4, 5, 6, 6, 7, 7],
        "y": [1.0, 4.0, 2.5, -3.0, 8.0, 1.0, 0.0, 6.0, 3.0, 2.0, 9.0, 4.0, 5.0],
        "inside": [1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0],
        "M_h": [4] * 8 + [3] * 5,
    }
)


def test_clusters_all_samples() -> None:
    """4 and 3 blocks of unequal size, 2 drawn in each stratum: 18 samples."""
    population = BLOCKS.assign(z=BLOCKS["y"] * BLOCKS["inside"])
    blocks = population.groupby(["zone", "block"])[["y", "z"]].sum()
    truth = np.zeros((2, 2))
    for zone, M in (("A", 4), ("B", 3)):
        truth += M**2 * (1 - 2 / M) / 2 * np.cov(blocks.loc[zone].to_numpy(), rowvar=False, ddof=1)
    estimates, covariances = [], []
    for chosen in product(combinations([1, 2, 3, 4], 2), combinations([5, 6, 7], 2)):
        rows = population[population["block"].isin(chosen[0] + chosen[1])]
        survey = cs.CitySample.from_table(rows, strata="zone", psu="block", fpc="M_h")
        found = survey.estimate({"y": cs.Total("y"), "z": cs.Total("z")})
        estimates.append([row.estimate for row in found.rows])
        covariances.append(found.covariance)
        assert found.rows[0].df == 2
    assert len(estimates) == 18
    np.testing.assert_allclose(np.mean(estimates, axis=0), population[["y", "z"]].sum(), rtol=1e-12)
    np.testing.assert_allclose(np.mean(covariances, axis=0), truth, rtol=1e-12)
    np.testing.assert_allclose(np.cov(np.array(estimates), rowvar=False, ddof=0), truth, rtol=1e-12)


def test_with_replacement_all_samples() -> None:
    """Two draws from three cities with chances p: nine ordered samples, expanded by 1/(2 p)."""
    p, y = np.array([0.5, 0.3, 0.2]), np.array([4.0, 7.0, 1.0])
    mean = variance = spread = 0.0
    compared = 0
    for first, second in product(range(3), repeat=2):
        drawn = [first, second]
        table = pd.DataFrame({"y": y[drawn], "w": 1 / (2 * p[drawn])})
        survey = cs.CitySample.from_table(table, weights="w", method="with_replacement")
        found = survey.estimate("total(y)")
        chance = p[first] * p[second]
        mean += chance * found.rows[0].estimate
        spread += chance * (found.rows[0].estimate - y.sum()) ** 2
        variance += chance * float(found.covariance[0, 0])
        compared += 1
    assert compared == 9
    assert mean == pytest.approx(y.sum(), rel=1e-12)
    assert variance == pytest.approx(spread, rel=1e-12)
