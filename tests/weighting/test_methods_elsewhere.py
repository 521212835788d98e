"""Samples drawn elsewhere, method by method: estimated from, or refused with what to say instead."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.conftest import Refused

import citysample as cs
from citysample.sampling.methods import METHODS, default_form

TABLE = pd.DataFrame({"zone": list("NNNSSS"), "y": [1.0, 3.0, 4.0, 2.0, 6.0, 5.0], "p": [0.2, 0.4, 0.4] * 2})
OTHER = [name for name, method in METHODS.items() if name != "srs" and not method.balanced]


@pytest.mark.parametrize("method", OTHER)
def test_a_sample_with_probabilities_has_figures(method: str) -> None:
    survey = cs.CitySample.from_table(TABLE, strata="zone", pi="p", method=method)
    (row,) = survey.estimate("total(y)").rows
    assert row.estimate == pytest.approx((TABLE["y"] / TABLE["p"]).sum())
    assert row.se > 0
    assert row.variance_method == default_form(method, ())


@pytest.mark.parametrize("method", ["legacy", "controlled", "conditionalpoisson"])
@pytest.mark.parametrize("pi", ["p", None])
def test_a_method_that_is_none_is_refused(method: str, pi: str | None, refused: Refused) -> None:
    with refused("DESIGN-METHOD-UNKNOWN", method, "one of 'srs'", "'cube'"):
        cs.CitySample.from_table(TABLE, strata="zone", pi=pi, method=method)
