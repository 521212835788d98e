"""Expressions and their canonical text: what is written is read back as the same expression."""

from __future__ import annotations

import keyword
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.functions.expressions import Binary, Expression, Function, Negative, Number
from citysample.estimators.functions.term import Term
from citysample.estimators.functions.totals import Mean, Proportion, Ratio, Total

ODD_NAMES = [
    "built-up area",
    "it's",
    'say "x"',
    "both ' and \"",
    "back\\slash",
    "new\nline",
    "tab\t",
    "",
    " ",
    "2025",
    "a.b",
    "total",
    "log",
    "\u00e9t\u00e9",
    "\ufb01nance",
    "\u57ce\u5e02",
    "\u212bngstr\u00f6m",
    "\U0001f3d9",
    "\x00",
    "\u2028",
    "x)",
    "x, y",
    "#comment",
    "{x}",
    *keyword.kwlist,
    *keyword.softkwlist,
]

COLUMNS = st.sampled_from(["x", "y", "population", *ODD_NAMES]) | st.text(max_size=6)
LEVELS = st.sampled_from(["E", "it's", 'a "b"', "", "\\", "3"]) | st.text(max_size=5)
NUMBERS = st.floats(0, allow_nan=False, allow_infinity=False) | st.integers(0, 2**60).map(float)
LEAVES: st.SearchStrategy[Expression] = (
    st.builds(Total, COLUMNS)
    | st.builds(Mean, COLUMNS)
    | st.builds(Ratio, COLUMNS, COLUMNS)
    | st.builds(Proportion, COLUMNS)
    | st.builds(Proportion, COLUMNS, LEVELS)
    | st.builds(Number, NUMBERS)
)


def combined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Negative, inner)
        | st.builds(Function, st.sampled_from(["log", "exp"]), inner)
        | st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner)
    )


EXPRESSIONS = st.recursive(LEAVES, combined, max_leaves=12)


@given(EXPRESSIONS)
@settings(max_examples=600)
def test_text_is_read_back_as_the_same_expression(expression: Expression) -> None:
    text = str(expression)
    again = cs.parse(text)
    assert again == expression
    assert str(again) == text
    assert again.terms() == expression.terms()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_column_names(name: str) -> None:
    for expression in (Total(name), Mean(name), Ratio(name, "x"), Proportion(name), Proportion("x", name)):
        assert cs.parse(str(expression)) == expression


def test_names_that_python_would_change_are_quoted() -> None:
    assert str(Total("area_2025")) == "total(area_2025)"
    assert str(Total("\u00e9t\u00e9")) == "total(\u00e9t\u00e9)"
    assert str(Total("\ufb01nance")) == "total('\ufb01nance')"  # an identifier, but Python reads 'finance'
    assert str(Total("class")) == "total('class')"
    assert str(Total("built-up area")) == "total('built-up area')"


x, y, z = Total("x"), Total("y"), Total("z")

TEXTS: list[tuple[Expression, str]] = [
    (x + y + z, "total(x) + total(y) + total(z)"),
    (x + (y + z), "total(x) + (total(y) + total(z))"),
    (x - (y - z), "total(x) - (total(y) - total(z))"),
    (x * (y + z), "total(x) * (total(y) + total(z))"),
    (x / (y * z), "total(x) / (total(y) * total(z))"),
    (x / y * z, "total(x) / total(y) * total(z)"),
    (x**2, "total(x) ** 2"),
    ((x**2) ** 3, "(total(x) ** 2) ** 3"),
    (x ** (y**2), "total(x) ** total(y) ** 2"),
    (-(x**2), "-total(x) ** 2"),
    ((-x) ** 2, "(-total(x)) ** 2"),
    (x**-2, "total(x) ** -2"),
    (-(x * y), "-(total(x) * total(y))"),
    ((-x) * y, "-total(x) * total(y)"),
    (x * -y, "total(x) * -total(y)"),
    (Negative(Negative(x)), "--total(x)"),
    (x - -2, "total(x) - -2"),
    (1 - x, "1 - total(x)"),
    (2 + x, "2 + total(x)"),
    (3 * x, "3 * total(x)"),
    (1 / x, "1 / total(x)"),
    (2**x, "2 ** total(x)"),
    (x * 0.1, "total(x) * 0.1"),
    (x * 1e22, "total(x) * 1e+22"),
    (x * 10000.0, "total(x) * 10000"),
    (cs.log(x / y) / 10, "log(total(x) / total(y)) / 10"),
    (cs.exp(-x), "exp(-total(x))"),
    (cs.Proportion("stype", "E") * 100, "proportion(stype, 'E') * 100"),
]


@pytest.mark.parametrize(("expression", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_canonical_texts(expression: Expression, text: str) -> None:
    assert str(expression) == text
    assert cs.parse(text) == expression


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("10000*(total(built)/total(people))", "10000 * (total(built) / total(people))"),
        ("  total( x )  ", "total(x)"),
        ("((total(x)))", "total(x)"),
        ("total('x')", "total(x)"),
        ('total("it\'s")', 'total("it\'s")'),
        ("total(x) # the whole", "total(x)"),
        ("1_000 * total(x)", "1000 * total(x)"),
        ("0x10 * total(x)", "16 * total(x)"),
        ("-1 * total(x)", "-1 * total(x)"),
        ("total(x)**-1", "total(x) ** -1"),
        ("ratio(y,\n x)", "ratio(y, x)"),
        ("total(\ufb01nance)", "total(finance)"),
    ],
)
def test_other_ways_to_write(text: str, canonical: str) -> None:
    assert str(cs.parse(text)) == canonical


def test_long_sums_are_read_back() -> None:
    expression: Expression = Total("x0")
    for k in range(1, 100):
        expression = expression + Total(f"x{k}")
    assert cs.parse(str(expression)) == expression
    assert len(expression.terms()) == 100


def test_each_term_is_listed_once() -> None:
    expression = (x - y) / x + cs.Mean("x") + cs.Proportion("x", "a") + cs.Proportion("x")
    assert list(expression.terms()) == [
        Term("x"),
        Term("y"),
        Term("cities"),
        Term("x", "a"),
        Term("x", binary=True),
    ]


@pytest.mark.parametrize("value", [True, "2", None, 1j, float("nan"), float("inf"), np.array([1.0]), [1]])
def test_only_numbers_combine_with_expressions(value: Any) -> None:
    with pytest.raises(cs.EstimateError) as caught:
        Total("y") + value
    assert caught.value.code == "EXPRESSION-INVALID"
    assert "finite numbers" in str(caught.value)


def test_numpy_floats_combine_with_expressions() -> None:
    assert Total("y") * np.float64(2) == Total("y") * 2
