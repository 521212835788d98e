"""Fieller's interval of a ratio: where the ratio is just rejected, and where there are no limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

from citysample.estimators.intervals.methods import INTERVALS, IntervalInput
from citysample.estimators.intervals.symmetric import t_interval

LEVELS = st.floats(0.5, 0.999)
DF = st.integers(1, 60)
FIELLER = (
    st.floats(-50, 50),
    st.floats(0.5, 50),
    st.floats(0.01, 9),
    st.floats(0.01, 9),
    st.floats(-0.99, 0.99),
)


def fieller(values: tuple[float, ...], df: float, level: float) -> tuple[float, float]:
    top, bottom, v, u, c, nothing = (np.array([value]) for value in (*values, math.nan))
    known = IntervalInput(
        nothing,
        nothing,
        np.array([df]),
        level,
        numerator=top,
        denominator=bottom,
        var_numerator=v,
        var_denominator=u,
        covariance=c,
    )
    lower, upper = INTERVALS["fieller"].limits(known)
    return float(lower[0]), float(upper[0])


@given(*FIELLER, DF, LEVELS)
def test_fieller_limits_are_where_the_ratio_is_just_rejected(
    top: float, bottom: float, v: float, u: float, rho: float, df: int, level: float
) -> None:
    c = rho * math.sqrt(u * v)
    lower, upper = fieller((top, bottom, v, u, c), df, level)
    t = stats.t.ppf(0.5 + level / 2, df)
    bounded = bottom**2 > t**2 * u
    assert math.isnan(lower) == math.isnan(upper) == (not bounded)
    if bottom**2 < 1.001 * t**2 * u:
        return
    assert lower <= top / bottom <= upper
    for r in (lower, upper):
        assert (top - r * bottom) ** 2 == pytest.approx(t**2 * (v - 2 * r * c + r * r * u), rel=1e-6)


def test_fieller_by_a_search_for_the_roots() -> None:
    t = stats.t.ppf(0.975, 9)

    def gap(r: float) -> float:
        return (12.0 - r * 30.0) ** 2 - t**2 * (4.0 - 2 * r * 1.5 + r * r * 16.0)

    expected = optimize.brentq(gap, -10, 0.4), optimize.brentq(gap, 0.4, 10)
    assert fieller((12.0, 30.0, 4.0, 16.0, 1.5), 9, 0.95) == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.1, 50), st.floats(5, 50), st.floats(0.01, 4), st.floats(0.01, 1), DF)
def test_fieller_of_the_inverse_ratio_has_the_inverse_limits(
    top: float, bottom: float, v: float, u: float, df: int
) -> None:
    t = stats.t.ppf(0.95, df)
    assume(top**2 > 1.1 * t**2 * v and bottom**2 > 1.1 * t**2 * u)
    lower, upper = fieller((top, bottom, v, u, 0.005), df, 0.9)
    assert fieller((bottom, top, u, v, 0.005), df, 0.9) == pytest.approx((1 / upper, 1 / lower), rel=1e-8)


def test_fieller_of_a_precise_denominator_is_the_t_interval() -> None:
    expected = tuple(map(float, t_interval(12.0 / 30.0, 2.0 / 30.0, 9, 0.95)))
    assert fieller((12.0, 30.0, 4.0, 0.0, 0.0), 9, 0.95) == pytest.approx(expected, rel=1e-12)
    assert fieller((12.0, 30.0, 1e-20, 1e-20, 0.0), 9, 0.95) == pytest.approx((0.4, 0.4), abs=1e-10)


@pytest.mark.parametrize(
    "values", [(1.0, 0.0, 1.0, 1.0, 0.0), (1.0, 2.0, 1.0, 1.0, 0.0), (0.0, 0.0, 0.0, 0.0, 0.0)]
)
def test_fieller_of_a_denominator_that_may_be_zero_has_no_limits(values: tuple[float, ...]) -> None:
    assert np.isnan(fieller(values, 5, 0.95)).all()
    assert np.isnan(fieller((1.0, 9.0, 1.0, 0.1, 0.0), 0, 0.95)).all()


def test_fieller_of_a_covariance_that_cannot_be_has_no_limits() -> None:
    assert np.isnan(fieller((9.0, 9.0, 1.0, 1.0, 4.0), 20, 0.95)).all()
    # y = 2 x in each city: the ratio is known, but for rounding.
    assert fieller((18.0, 9.0, 4.0, 1.0, 2.0 + 1e-15), 20, 0.95) == pytest.approx((2.0, 2.0), abs=1e-6)
