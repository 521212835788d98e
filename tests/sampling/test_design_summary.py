"""The strata of a design as an allocation sees them, and the sample size found from them."""

from __future__ import annotations

import numpy as np
import pytest

import citysample as cs

STRATA = ["region"]


def summarised(frame: cs.CityFrame, n: int) -> tuple[cs.SampleDesign, cs.SamplePlan]:
    design = cs.SampleDesign(STRATA, allocation=cs.Neyman(n, "population"), certainty=20000, take_none=100)
    return design, design.plan(frame)


def test_the_summary_is_that_of_the_frame(swiss_frame: cs.CityFrame) -> None:
    design, plan = summarised(swiss_frame, 100)
    strata = design.summary(swiss_frame, ["population", "area_ha"])
    cities = plan.cities[plan.cities["population"] >= 100]
    certain = cities["population"] >= 20000
    others = cities[~certain].groupby("stratum", observed=True)
    assert list(strata.labels) == list(others.groups)
    assert strata.N.tolist() == others.size().tolist()
    assert int(strata.n_certainty.sum()) == int(certain.sum()) == 30
    for name in ("population", "area_ha"):
        assert strata.total(name) == pytest.approx(others[name].sum().to_numpy(), rel=1e-12)
        assert strata.S(name) == pytest.approx(others[name].std().to_numpy(), rel=1e-12)


def test_the_sample_size_of_the_design_plays_no_part(swiss_frame: cs.CityFrame) -> None:
    found = [summarised(swiss_frame, n)[0].summary(swiss_frame, "population") for n in (60, 900)]
    assert np.array_equal(found[0].N, found[1].N)
    assert np.array_equal(found[0].S2, found[1].S2)


def test_a_plan_of_the_size_found_reaches_the_target(swiss_frame: cs.CityFrame) -> None:
    rule = cs.Neyman(60, "population")
    strata = summarised(swiss_frame, 60)[0].summary(swiss_frame, "population")
    size = cs.size_for_targets(rule, strata, [cs.Target("population", cv=0.04)])
    total = float((strata.total("population") + strata.certainty_total("population")).sum())

    def cv(n: int) -> float:
        plan = summarised(swiss_frame, n)[1]
        table = plan.strata.loc[list(strata.labels)]
        m = (table["n"] - table["n_certainty"]).to_numpy()
        S = strata.S("population")
        return float(np.sqrt((strata.N * (strata.N - m) * S**2 / m).sum())) / total

    assert cv(size.n) <= 0.04 < cv(size.n - 1)
