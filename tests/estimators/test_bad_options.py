"""Values of all kinds for each option: a result or an error with a code, never another exception."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Refused

import citysample as cs
from citysample.estimators.estimates import Estimates
from citysample.estimators.functions.expressions import Expression

TABLE = pd.DataFrame(
    {
        "zone": list("NNNNNSSSSS"),
        "N_h": [12] * 5 + [30] * 5,
        "part": list("aabbbaabbb"),
        "y": [3.0, 8.0, 4.0, 6.0, 2.0, 20.0, 31.0, 26.0, 17.0, 40.0],
        "x": [10.0, 12.0, 20.0, 9.0, 8.0, 50.0, 60.0, 55.0, 31.0, 90.0],
        "flag": [1, 0, 0, 1, 0, 1, 0, 0, 0, 0],
    }
)
VALUES: list[Any] = [
    *(None, True, False, -1, 0, 1, 2.5, 10**20, 10**400, float("nan"), float("inf"), -float("inf"), 1j),
    *(np.float64(0.9), np.float32(0.9), np.int64(3), np.bool_(True), Decimal("0.9"), pd.NA, pd.NaT),
    *("", " ", "xx", "srs ", "\N{LATIN SMALL LETTER E WITH ACUTE}\0", b"srs", object(), len, cs.Total("y")),
    *([], ["srs"], (), {}, {"a": 1}, {1, 2}, TABLE, TABLE["y"], np.array([1, 2]), np.array(["srs", "t"])),
]
Call = Callable[[Any], object]


def survey() -> cs.WeightedSample:
    return cs.CitySample.from_table(TABLE, strata="zone", fpc="N_h")


def option(name: str, **others: Any) -> Call:
    return lambda value: survey().estimate("total(y)", **{name: value, **others})


def of(build: Callable[[Any], Any]) -> Call:
    """Estimate an expression that is made of the value."""
    return lambda value: survey().estimate({"figure": build(value)})


def indicator(field: str) -> Call:
    return of(lambda value: cs.Indicator(**{"expression": "ratio(flag, x)", field: value}))


def errors(**options: Callable[[Any], Any]) -> Call:
    def call(value: Any) -> object:
        given = {name: build(value) for name, build in options.items()}
        return survey().with_errors(**given).estimate("total(y)")

    return call


def elsewhere(name: str) -> Call:
    plain = {"strata": "zone", "fpc": "N_h"}
    return lambda value: cs.CitySample.from_table(TABLE, **{**plain, name: value}).estimate("total(y)")


def y_and(value: Any) -> Expression:
    return cs.Ratio("y", value)


CALLS: dict[str, Call] = {
    **{
        name: option(name)
        for name in ("by", "variance", "interval", "confidence_level", "df", "proxy", "form", "replicates")
    },
    "fay": option("fay", variance="brr"),
    "seed": option("seed", variance="bootstrap", replicates=20),
    "form of replicates": option("form", variance="jkn"),
    "df of bootstrap": option("df", variance="bootstrap", replicates=20),
    "proxy": option("proxy", df="satterthwaite"),
    "entry of by": lambda value: survey().estimate("total(y)", by=[value]),
    "entry of a cross": lambda value: survey().estimate("total(y)", by=[("part", value)]),
    "indicators": lambda value: survey().estimate(value),
    "one of the indicators": of(lambda value: value),
    **{f"indicator {name}": indicator(name) for name in ("expression", "unit", "estimand", "interval")},
    "total": of(cs.Total),
    "mean": of(cs.Mean),
    "ratio": of(y_and),
    "proportion": of(cs.Proportion),
    "level": of(lambda value: cs.Proportion("part", value)),
    "p": of(lambda value: cs.Quantile("y", value)),
    "quantile": of(lambda value: cs.Quantile(value, 0.5)),
    "rule": of(lambda value: cs.Quantile("y", 0.5, value)),
    "geometric mean": of(cs.GeometricMean),
    "correlation": of(lambda value: cs.Correlation("y", value)),
    "outcome": of(lambda value: cs.Coefficient(value, "x")),
    "coefficient": of(lambda value: cs.Coefficient("y", value)),
    "regressors": of(lambda value: cs.Coefficient("y", "x", value)),
    "regressor": of(lambda value: cs.Coefficient("y", "x", ["x", value])),
    "known totals": of(lambda value: cs.SeparateRatio("y", "x", value)),
    "known total": of(lambda value: cs.SeparateRatio("y", "x", {"N": value})),
    "log": of(cs.log),
    "exp": of(cs.exp),
    "sum": of(lambda value: cs.Total("y") + value),
    "power": of(lambda value: cs.Total("y") ** value),
    "parse": of(cs.parse),
    "errors": errors(errors=lambda value: value),
    "errors of y": errors(errors=lambda value: {"y": value}),
    "covariance": errors(errors=lambda value: {"y": "x", "x": "x", ("y", "x"): value}),
    "common": errors(common=lambda value: value),
    "common of y": errors(common=lambda value: {"y": value}),
    "contrast": lambda value: survey().estimate("total(y)").contrast(value),
    "one of the contrasts": lambda value: survey().estimate("total(y)").contrast({"a": value}),
    "table": lambda value: cs.CitySample.from_table(value, fpc=40).estimate("total(y)"),
    **{
        f"from_table {name}": elsewhere(name)
        for name in (
            *("id", "strata", "psu", "nest", "weights", "pi", "fpc", "joint", "method", "certainty"),
            *("single_psu", "collapse_by", "response", "order", "coordinates", "balance"),
            *("replicates", "scale", "rscales", "mse"),
        )
    },
}


def outcome(call: Call, value: Any) -> str:
    """The remedy of the error, or nothing."""
    try:
        found = call(value)
    except cs.CitySampleError as error:
        return error.remedy
    if isinstance(found, Estimates):
        found.to_frame()
        found.cov()
    return ""


@pytest.mark.parametrize("name", CALLS)
def test_a_strange_value_is_used_or_refused_with_a_code(name: str) -> None:
    remedies = [outcome(CALLS[name], value) for value in VALUES]
    assert len(remedies) == 39
    assert sum(bool(remedy) for remedy in remedies) >= 5


def test_the_grid_is_large() -> None:
    assert len(CALLS) * len(VALUES) > 2400


@pytest.mark.parametrize("level", [0.0, 1.0, 1e-300, 1.0 - 2.0**-53])
def test_a_confidence_level_at_the_end_is_refused(refused: Refused, level: float) -> None:
    with refused("ESTIMATE-CHOICE-UNKNOWN", "'confidence_level'"):
        survey().estimate("total(y)", confidence_level=level)


def test_infinite_df_give_the_normal_interval() -> None:
    t = survey().estimate("total(y)", df=float("inf"), interval="t").rows[0]
    normal = survey().estimate("total(y)", interval="normal").rows[0]
    assert (t.lower, t.upper) == pytest.approx((normal.lower, normal.upper), rel=1e-12)


def test_the_kind_of_a_number_option_does_not_matter() -> None:
    first = survey().estimate("total(y)", confidence_level=np.float64(0.9)).rows[0]
    assert repr(first) == repr(survey().estimate("total(y)", confidence_level=0.9).rows[0])


@pytest.mark.parametrize("name", ["by", "indicators", "total", "errors", "table"])
def test_the_error_says_what_was_found(name: str) -> None:
    with pytest.raises(cs.CitySampleError, match=r"2\.5|float"):
        CALLS[name](2.5)


def test_a_table_of_another_library_is_read() -> None:
    import polars as pl

    table: Any = pl.from_pandas(TABLE)
    found = cs.CitySample.from_table(table, strata="zone", fpc="N_h").estimate("mean(y)")
    assert repr(found.rows) == repr(survey().estimate("mean(y)").rows)
