"""Systematic and pivotal samples, all of them with their probabilities: unbiased totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.sampling.select.pivotal import select_pivotal
from citysample.sampling.select.systematic import select_systematic

Paths = Callable[[list[Fraction]], Iterator[tuple[Fraction, list[Fraction], set[int]]]]
Distribution = dict[tuple[bool, ...], float]

IDS = list("abcdef")
Y = pd.Series([50.0, 3.0, -1.5, 8.0, 2.25, 6.0], index=IDS, name="y")
PARTS = list("dedede")


def plan_of(method: str) -> cs.SamplePlan:
    table = pd.DataFrame({"id": IDS, "people": [200.0, 10.0, 7.0, 6.0, 5.0, 2.0], "part": PARTS})
    frame = cs.CityFrame.from_table(table, id="id", size="people")
    plan = cs.SampleDesign(n=3, method=method).plan(frame)
    assert plan.cities["certainty"].tolist() == [True] + [False] * 5
    return plan


def with_certainty(random: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[bool, ...]:
    return (True, *(bool(taken) for taken in random))


def systematic_distribution(plan: cs.SamplePlan) -> Distribution:
    """The selection is constant between the fractional parts of the cumulated probabilities."""
    pi = plan.cities["pi"].to_numpy()[1:]
    cumulated = np.cumsum(pi)
    breaks = np.unique(np.concatenate([[0.0, 1.0], cumulated - np.floor(cumulated)]))
    chances: Distribution = defaultdict(float)
    for low, high in pairwise(breaks):
        if high - low > 1e-14:
            chances[with_certainty(select_systematic(pi, np.array([(low + high) / 2])))] += high - low
    return dict(chances)


def pivotal_distribution(plan: cs.SamplePlan, paths: Paths) -> Distribution:
    """Each of the 120 orders has the same chance; within an order, each path of duels its own."""
    pi = plan.cities["pi"].to_numpy()[1:]
    exact = [Fraction(2 * size, 30) for size in (10, 7, 6, 5, 2)]
    np.testing.assert_allclose(pi, [float(p) for p in exact], rtol=1e-14)
    chances: Distribution = defaultdict(float)
    for order in permutations(range(5)):
        ranks = np.empty(5)
        ranks[list(order)] = (np.arange(5) + 0.5) / 5
        for chance, numbers, _ in paths([exact[k] for k in order]):
            uniforms = np.concatenate([ranks, [float(u) for u in numbers], np.full(5 - len(numbers), 0.5)])
            chances[with_certainty(select_pivotal(pi, uniforms))] += float(chance) / 120
    return dict(chances)


@pytest.fixture(scope="module", params=["systematic", "pivotal"])
def design(request: pytest.FixtureRequest, pivotal_paths: Paths) -> tuple[cs.SamplePlan, Distribution]:
    plan = plan_of(request.param)
    if request.param == "systematic":
        return plan, systematic_distribution(plan)
    return plan, pivotal_distribution(plan, pivotal_paths)


def surveys(plan: cs.SamplePlan, chances: Distribution) -> Iterator[tuple[float, cs.WeightedSample]]:
    for selected, chance in chances.items():
        sample = cs.CitySample.of_mask(plan, "enumeration", np.array(selected))
        yield chance, sample.with_data(Y[list(selected)].rename_axis("city_id").to_frame())


def test_probabilities_sum_to_1_and_each_sample_has_3_cities(
    design: tuple[cs.SamplePlan, Distribution],
) -> None:
    plan, chances = design
    assert sum(chances.values()) == pytest.approx(1.0, abs=1e-12)
    assert {sum(selected) for selected in chances} == {3}
    assert len(chances) == (10 if plan.design.method == "pivotal" else len(chances))
    assert len(chances) >= 4
    inclusion = sum(chance * np.array(selected) for selected, chance in chances.items())
    np.testing.assert_allclose(np.asarray(inclusion), plan.cities["pi"], rtol=0, atol=1e-12)


def test_total_is_unbiased(design: tuple[cs.SamplePlan, Distribution]) -> None:
    plan, chances = design
    found = [
        (chance, survey.estimate("total(y)").rows[0].estimate) for chance, survey in surveys(plan, chances)
    ]
    assert sum(chance * estimate for chance, estimate in found) == pytest.approx(Y.sum(), rel=1e-12)
    assert len(found) == len(chances)


def test_domain_total_is_unbiased(design: tuple[cs.SamplePlan, Distribution]) -> None:
    """The domain holds the certainty city, so that no sample misses it."""
    plan, chances = design
    inside = np.array(PARTS) == "d"
    mean = 0.0
    compared = 0
    for chance, survey in surveys(plan, chances):
        rows = survey.estimate("total(y)", by="part").rows
        mean += chance * next(row.estimate for row in rows if row.domain == "d")
        compared += 1
    assert compared == len(chances)
    assert mean == pytest.approx(Y[inside].sum(), rel=1e-12)


def test_number_of_people_is_estimated_without_error(design: tuple[cs.SamplePlan, Distribution]) -> None:
    """The total of the size measure is the same in each sample, and its variance estimate is zero."""
    plan, chances = design
    found = [survey.estimate("total(people)").rows[0] for _, survey in surveys(plan, chances)]
    np.testing.assert_allclose([row.estimate for row in found], 230.0, rtol=1e-12)
    assert max(row.se for row in found) < 1e-10
    assert len(found) == len(chances)


def test_deville_variance_is_near_the_true_variance(
    pivotal_paths: Paths,
) -> None:
    """An approximation: over all pivotal samples its mean stays within a factor of two of the truth."""
    plan = plan_of("pivotal")
    chances = pivotal_distribution(plan, pivotal_paths)
    truth = estimate = 0.0
    for chance, survey in surveys(plan, chances):
        found = survey.estimate("total(y)")
        truth += chance * (found.rows[0].estimate - Y.sum()) ** 2
        estimate += chance * float(found.covariance[0, 0])
    assert truth > 1.0
    assert 0.5 < estimate / truth < 2.0
