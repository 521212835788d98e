"""Variance forms for unequal probabilities against R survey and R sampling; pps_forms.R wrote the numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from citysample.estimators.forms.registry import FORMS
from citysample.reference_frames.columns import FloatArray

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-9


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample of R: probabilities, three columns, and what R makes of them."""

    pi: list[float]
    joint: list[list[float]]
    values: list[list[float]]
    matrices: dict[str, list[list[float]]]
    varest: list[float]
    var_ht_1: list[float]
    var_ht_2: list[float]


class Blocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    samples: list[Sample]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"r": "R"}):
    r: str
    survey: str
    sampling: str
    blocks: Blocks


SAMPLES = msgspec.json.decode((HERE / "pps_forms.json").read_bytes(), type=Golden).blocks.samples


def ours(form: str, sample: Sample) -> FloatArray:
    """Our covariance matrix of the three totals."""
    pi = np.array(sample.pi)
    more = [np.array(sample.joint)] if FORMS[form].needs else []
    return FORMS[form].function(np.array(sample.values) / pi[:, None], pi, *more)


@pytest.mark.parametrize("form", ["brewer", "hartley_rao", "syg", "ht", "poisson"])
def test_covariances_are_those_of_r_survey(form: str) -> None:
    """svydesign with pps = "brewer", HR(), ppsmat() in both forms, and poisson_sampling()."""
    compared = 0
    for sample in SAMPLES:
        found, expected = ours(form, sample), np.array(sample.matrices[form])
        # Covariances are differences of larger numbers: the error is measured against the variances.
        # Those of the form "ht" may be negative.
        root = np.sqrt(np.abs(np.diag(expected)))
        scale = np.outer(root, root)
        np.testing.assert_allclose(found / scale, expected / scale, rtol=0.0, atol=TOLERANCE)
        np.testing.assert_allclose(np.diag(found), np.diag(expected), rtol=TOLERANCE)
        compared += found.size
    assert compared == 27


@pytest.mark.parametrize(
    ("form", "figure"),
    [("deville", "varest"), ("deville2", "varest"), ("ht", "var_ht_1"), ("syg", "var_ht_2")],
)
def test_variances_are_those_of_r_sampling(form: str, figure: str) -> None:
    compared = 0
    for sample in SAMPLES:
        expected = getattr(sample, figure)
        np.testing.assert_allclose(np.diag(ours(form, sample)), expected, rtol=TOLERANCE)
        compared += len(expected)
    assert compared == 9


def test_the_samples_are_not_trivial() -> None:
    assert [len(sample.pi) for sample in SAMPLES] == [11, 20, 14]
    assert all(max(sample.pi) > 0.5 > min(sample.pi) > 0.0 for sample in SAMPLES)
