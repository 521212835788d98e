"""Parts of the record that serve one variance form or rule: response, order, place, balance, scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.forms.stratified import design_covariance, variance_form
from citysample.sampling.select.neighbours import sphere_points

from_table = cs.CitySample.from_table

TABLE = pd.DataFrame(
    {
        "zone": list("NNNSSS"),
        "place": [30, 10, 20, 7, 9, 8],
        "lon": [0.0, 10.0, 179.0, -179.0, 5.0, 6.0],
        "lat": [0.0, 20.0, 0.0, 0.0, 45.0, 46.0],
        "x": [3.0, 4.0, 7.0, 2.0, 8.0, 6.0],
        "p": [0.2, 0.4, 0.5, 0.3, 0.6, 0.4],
        "r": [0.5, 1.0, 0.8, 1.0, 0.5, 0.25],
        "w": [4.0, 3.0, 2.0, 3.0, 2.0, 5.0],
        "size": [5.0, 5.0, 5.0, 2.0, 2.0, 2.0],
        "y": [1.0, 3.0, 4.0, 2.0, 6.0, 5.0],
    }
)
PPS: dict[str, Any] = {"strata": "zone", "pi": "p"}


def variance(survey: cs.WeightedSample) -> float:
    z = survey.table[["y"]].to_numpy(dtype=np.float64)
    form = variance_form(survey.draw, "design")
    return float(design_covariance(z, survey.weights, survey.draw, form)[0, 0])


def test_weights_hold_the_response() -> None:
    survey = from_table(TABLE, response="r", method="pareto", **PPS)
    assert survey.draw.response is not None
    assert survey.draw.response.tolist() == TABLE["r"].tolist()
    np.testing.assert_allclose(survey.weights, 1.0 / (TABLE["p"] * TABLE["r"]))
    given = from_table(TABLE, response="r", method="pareto", weights="w", **PPS)
    assert given.weights.tolist() == TABLE["w"].tolist()
    assert from_table(TABLE, method="pareto", **PPS).draw.response is None


def test_the_response_adds_a_variance() -> None:
    """Each city answers or not: sum of w (w - 1/pi) y^2 and more is added to the term of the draw."""
    table = TABLE.assign(w=1.0 / (TABLE["p"] * TABLE["r"]))
    with_response = variance(from_table(table, response="r", method="poisson", **PPS))
    # With Poisson draws and answers the probability is p r, and the form is known.
    chance = (TABLE["p"] * TABLE["r"]).to_numpy()
    expected = ((1.0 - chance) * (TABLE["y"] / chance) ** 2).sum()
    assert with_response == pytest.approx(expected, rel=1e-12)


def test_weights_beside_probabilities() -> None:
    survey = from_table(TABLE, weights="w", method="pareto", **PPS)
    assert survey.weights.tolist() == TABLE["w"].tolist()
    assert survey.draw.pi.tolist() == TABLE["p"].tolist()


@pytest.mark.parametrize("method", ["systematic", "pivotal", "chromy"])
def test_the_order_of_the_draw(method: str) -> None:
    survey = from_table(TABLE, method=method, order="place", **PPS)
    assert survey.draw.position is not None
    assert survey.draw.position.tolist() == [5, 3, 4, 0, 2, 1]
    assert variance_form(survey.draw, "design") == "successive_difference"
    assert variance(survey) > 0.0
    without = from_table(TABLE, method=method, **PPS)
    assert (without.draw.position, variance_form(without.draw, "design")) == (None, "deville")


def test_equal_places_in_different_strata_are_no_tie() -> None:
    table = TABLE.assign(place=[1, 2, 3, 1, 2, 3])
    survey = from_table(table, method="systematic", order="place", **PPS)
    assert survey.draw.position is not None
    assert sorted(survey.draw.position) == list(range(6))


def test_longitude_and_latitude_become_points_on_the_sphere() -> None:
    survey = from_table(TABLE, method="local_pivotal", coordinates=["lon", "lat"], **PPS)
    assert survey.draw.coordinates is not None
    expected = sphere_points(TABLE["lon"].to_numpy(), TABLE["lat"].to_numpy())
    np.testing.assert_array_equal(survey.draw.coordinates, expected)
    assert np.linalg.norm(survey.draw.coordinates[2] - survey.draw.coordinates[3]) < 0.04
    assert variance_form(survey.draw, "design") == "local_mean"


@pytest.mark.parametrize("balance", ["x", ["x"]])
def test_balanced_samples(balance: Any) -> None:
    survey = from_table(TABLE, method="cube", balance=balance, pi="p")
    assert survey.draw.balance is not None
    np.testing.assert_array_equal(survey.draw.balance, TABLE[["p", "x"]])
    assert variance_form(survey.draw, "design") == "balanced"
    # A variable that is a combination of the balancing variables has no variance.
    assert variance(
        from_table(TABLE.assign(y=2 * TABLE["p"] + TABLE["x"]), method="cube", balance="x", pi="p")
    ) == (pytest.approx(0.0, abs=1e-20))
    assert variance(survey) > 0.0


def test_clusters_have_one_place_each() -> None:
    table = pd.concat([TABLE.assign(town=range(6)), TABLE.assign(town=range(6))], ignore_index=True)
    options: dict[str, Any] = {"psu": "town", **PPS}
    survey = from_table(table, method="local_cube", coordinates=["x", "size"], balance=["x"], **options)
    assert survey.draw.coordinates is not None
    assert survey.draw.balance is not None
    assert (survey.draw.coordinates.shape, survey.draw.balance.shape) == ((6, 2), (6, 2))


def test_scores_of_strata() -> None:
    single = TABLE.assign(zone=list("NNNSSW"), size=[5.0, 5.0, 5.0, 2.0, 2.0, 3.0])
    survey = from_table(single, single_psu="collapse", collapse_by="size", method="pareto", **PPS)
    assert survey.draw.scores is not None
    assert (survey.draw.strata, survey.draw.scores.tolist()) == (("N", "S", "W"), [5.0, 2.0, 3.0])
    assert variance(survey) > 0.0
