"""Each error of an estimate: its code and the words that say where, what and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs

Refused = Callable[..., AbstractContextManager[None]]


def survey(**change: Any) -> cs.WeightedSample:
    table = pd.DataFrame(
        {
            "id": list("abcdefg"),
            "y": [1.0, 3.0, 2.0, 5.0, 4.0, 8.0, 6.0],
            "flag": [1, 0, 1, 1, 0, 0, 1],
            "kind": list("EMEHEME"),
            "part": list("ddeeeff"),
        }
    ).assign(**change)
    return cs.CitySample.from_table(table, id="id", fpc=20)


# indicators, options, code, words
CALLS: list[tuple[Any, dict[str, Any], str, tuple[str, ...]]] = [
    ("total(y)", {"variance": "devile"}, "ESTIMATE-CHOICE-UNKNOWN", ("'devile'", "Did you mean 'deville'?")),
    ("total(y)", {"variance": "jk3"}, "ESTIMATE-CHOICE-UNKNOWN", ("'jk1'", "Known: 'design', 'srs'")),
    (
        "total(y)",
        {"interval": "wald"},
        "ESTIMATE-CHOICE-UNKNOWN",
        ("'wald'", "'auto', 'woodruff', 't', 'normal', 'logit'"),
    ),
    ("total(y)", {"interval": "norml"}, "ESTIMATE-CHOICE-UNKNOWN", ("Did you mean 'normal'?",)),
    (cs.Indicator("total(y)", interval="x"), {}, "ESTIMATE-CHOICE-UNKNOWN", ("interval method 'x'",)),
    *(
        (
            "total(y)",
            {"confidence_level": level},
            "ESTIMATE-CHOICE-UNKNOWN",
            ("'confidence_level'", repr(level)),
        )
        for level in (0, 1, 95, -0.5, "0.95", True, None, float("nan"))
    ),
    *(
        (
            "total(y)",
            {"df": df},
            "ESTIMATE-CHOICE-UNKNOWN",
            ("'df'", repr(df), "'design', 'nominal', 'satterthwaite' or a number"),
        )
        for df in (0, -1, "residual", True, None, float("nan"))
    ),
    ({}, {}, "ESTIMATE-CHOICE-UNKNOWN", ("'indicators'", "at least one expression")),
    ("total(z)", {}, "DATA-COLUMN-UNKNOWN", ("'z'", "estimate 'total(z)'", "Known: 'y', 'flag'")),
    ("total(kind)", {}, "DATA-NUMBER-TEXT", ("'kind'", "7 cells", "cities 'a', 'b', 'c', 'd', 'e', ...")),
    ("proportion(y)", {}, "DATA-VALUE-INVALID", ("proportion(y)", "cities 'b'", "0 or 1", "'label'")),
    ("proportion(kind, 'X')", {}, "ESTIMATE-LEVEL-UNKNOWN", ("no value 'X'", "Known: 'E', 'H', 'M'")),
    ("proportion(kind, 'e')", {}, "ESTIMATE-LEVEL-UNKNOWN", ("Did you mean 'E'?", "column of 0 and 1")),
    ("proportion(nosuch, 'E')", {}, "DATA-COLUMN-UNKNOWN", ("'nosuch'",)),
    ("total(y)", {"by": "parts"}, "DATA-COLUMN-UNKNOWN", ("'parts'", "Did you mean 'part'?")),
    ("total(y)", {"by": [("part", "kinds")]}, "DATA-COLUMN-UNKNOWN", ("'kinds'", "Did you mean 'kind'?")),
    ("total(y", {}, "EXPRESSION-INVALID", ("total(y", "cannot be read")),
    ("2 + 3", {}, "EXPRESSION-INVALID", ("'2 + 3' is no function of totals", "at least one total")),
    ({"two": "log(2)"}, {}, "EXPRESSION-INVALID", ("'two' is no function of totals",)),
    (5, {}, "EXPRESSION-INVALID", ("no function of totals", "5")),
    ({"none": None}, {}, "EXPRESSION-INVALID", ("'none' is no function of totals",)),
]


@pytest.mark.parametrize(("indicators", "options", "code", "words"), CALLS)
def test_calls_that_are_refused(
    refused: Refused, indicators: Any, options: dict[str, Any], code: str, words: tuple[str, ...]
) -> None:
    with refused(code, *words):
        survey().estimate(indicators, **options)


def test_missing_values_name_the_columns_and_the_first_five_cities(refused: Refused) -> None:
    gaps = survey(y=[None, None, 2.0, None, None, None, None])
    words = ("6 sampled cities", "'rate'", "columns y", "cities 'a', 'b', 'd', 'e', 'f', ... (6 in all)")
    with refused("DATA-VALUE-MISSING", *words, "0 of them have no row", "must not be dropped"):
        gaps.estimate({"rate": "ratio(y, flag)"})
    assert gaps.estimate("mean(flag)").rows[0].n == 7


@pytest.mark.parametrize("text", ["proportion(flag)", "proportion(kind, 'E')", "mean(flag)"])
def test_missing_flags_and_labels_are_refused(refused: Refused, text: str) -> None:
    gaps = survey(flag=[1, None, 0, 1, 0, 0, 1], kind=["E", None, "E", "M", "E", "M", "H"])
    with refused("DATA-VALUE-MISSING", "1 sampled cities", "cities 'b'"):
        gaps.estimate(text)


def test_missing_values_in_another_domain_are_refused_too(refused: Refused) -> None:
    with refused("DATA-VALUE-MISSING", "cities 'g'"):
        survey(y=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None]).estimate("total(y)", by="part")


def test_missing_domains(refused: Refused) -> None:
    with refused("ESTIMATE-DOMAIN-MISSING", "'part'", "2 cities", "cities 'b', 'g'", "'unknown'"):
        survey(part=["d", None, "e", "e", "e", "f", np.nan]).estimate("total(y)", by="part")


def test_infinite_values(refused: Refused) -> None:
    with refused("DATA-VALUE-INVALID", "'y'", "infinite", "cities 'b'"):
        survey(y=[1.0, np.inf, 2.0, 5.0, 4.0, 8.0, 6.0]).estimate("total(y)")


@pytest.mark.parametrize(
    ("method", "variance"),
    [("pivotal", "srs"), ("systematic", "srs"), ("with_replacement", "srs"), ("with_replacement", "hajek")],
)
def test_variance_form_that_does_not_fit_the_draw(refused: Refused, method: str, variance: str) -> None:
    table = pd.DataFrame({"y": [1.0, 2.0, 3.0], "pi": [0.2, 0.3, 0.4]})
    drawn = cs.CitySample.from_table(table, pi="pi", method=method)
    with refused("ESTIMATE-VARIANCE-INVALID", f"'{variance}'", f"'{method}'", "one of 'design'"):
        drawn.estimate("total(y)", variance=variance)


@pytest.mark.parametrize(
    ("method", "forms"),
    [
        ("srs", ["srs", "srs", "deville", "hajek", "with_replacement"]),
        ("pivotal", ["deville", "deville", "hajek", "with_replacement"]),
        ("systematic", ["deville", "deville", "hajek", "with_replacement"]),
        ("with_replacement", ["with_replacement", "with_replacement"]),
    ],
)
def test_variance_forms_that_fit_the_draw(method: str, forms: list[str]) -> None:
    table = pd.DataFrame({"y": [1.0, 2.0, 3.0], "pi": [0.3, 0.3, 0.3]})
    fpc = 10 if method == "srs" else None
    drawn = cs.CitySample.from_table(table, pi="pi", method=method, fpc=fpc)
    found = [drawn.estimate("total(y)", variance=name).rows[0] for name in ["design", *forms[1:]]]
    assert [row.variance_method for row in found] == forms
    assert len({row.estimate for row in found}) == 1
    assert all(row.se > 0 for row in found)


def test_level_that_is_in_the_frame_and_not_in_the_sample_is_known() -> None:
    table = pd.DataFrame({"id": list("abcdef"), "kind": list("xxxxxy")})
    frame = cs.CityFrame.from_table(table, id="id")
    plan = cs.SampleDesign(n=3).plan(frame)
    sample = cs.CitySample.of_mask(plan, "fixed", np.array([True, True, True, False, False, False]))
    data = pd.DataFrame({"city_id": list("abc"), "y": [1.0, 2.0, 3.0]})
    row = sample.with_data(data).estimate("proportion(kind, 'y')").rows[0]
    assert (row.estimate, row.se) == (0.0, 0.0)
