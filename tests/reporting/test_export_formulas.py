"""Formulas of totals: they have the value and the gradient of the expression they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.term import COUNT, Leaf, Term
from citysample.estimators.influence import evaluate_at
from citysample.reporting.export.formulas import (
    FORMULAS,
    Quotient,
    Syntax,
    TotalOf,
    as_quotient,
    formula_of,
    formula_text,
)

R = Syntax("{}", {"log": "log", "exp": "exp"})
A, B = Term("a"), Term("b")
TEXTS = [
    "total(a)",
    "mean(a)",
    "ratio(a, b)",
    "proportion(a)",
    "proportion(a, 'x')",
    "geometric_mean(a)",
    "correlation(a, b)",
    "correlation(b, a)",
    "coefficient(a, b)",
    "coefficient(a, intercept, b)",
    "coefficient(a, c, b, c)",
    "coefficient(a, intercept, b, c)",
    "coefficient(a, d, b, c, d)",
    "separate_ratio(a, b, 'N', 3, 'S', 5)",
    "log(ratio(a, b)) / -5 + 2 ** -total(c) - exp(-mean(a)) * 3",
    "-total(a) ** 2",
]


def columns(expression: Expression) -> np.ndarray:
    """Totals for the leaves of an expression: those of 12 made-up cities, so that moments fit together."""
    key = np.random.Philox(key=7)
    values = dict(zip("abcd", key.random_raw(4 * 12).reshape(4, 12) / 2.0**64 + 0.2, strict=True))
    values["cities"] = np.ones(12)
    found = []
    for leaf in expression.terms():
        assert isinstance(leaf, Term)
        column = values[leaf.column]
        column = np.log(column) if leaf.logarithm else column
        column = column - column.mean() if leaf.centred else column
        if leaf.times is not None:
            column = column * (values[leaf.times] - values[leaf.times].mean())
        found.append(column[:5].sum() if leaf.stratum == "N" else column.sum())
    return np.array(found)


@pytest.mark.parametrize("text", TEXTS)
def test_a_formula_has_the_value_and_gradient_of_its_expression(text: str) -> None:
    expression = cs.parse(text)
    formula = formula_of(expression)
    assert formula is not None
    assert set(formula.terms()) == set(expression.terms())
    leaves = expression.terms()
    totals = columns(expression)
    expected = evaluate_at(expression, leaves, totals, with_gradient=True)
    found = evaluate_at(formula, leaves, totals, with_gradient=True)
    np.testing.assert_allclose(found.value, expected.value, rtol=1e-10)
    np.testing.assert_allclose(found.gradient, expected.gradient, rtol=1e-8, atol=1e-10)


def test_each_kind_of_expression_has_a_formula_or_is_known_to_have_none() -> None:
    kinds = {type(cs.parse(text)) for text in [*TEXTS, "log(total(a))"]}
    assert kinds | {type(cs.parse("1"))} | {type(cs.parse("-total(a)"))} == set(FORMULAS)
    assert formula_of(cs.parse("quantile(a, 0.5)")) is None
    assert formula_of(cs.parse("2 * quantile(a, 0.5)")) is None
    assert formula_of(cs.parse("log(1 - quantile(a, 0.5))")) is None
    assert formula_of(cs.parse("coefficient(a, b, b, c, d, e)")) is None


def test_powers_and_signs_stand_in_parentheses() -> None:
    formula = formula_of(cs.parse("-total(a) ** 2 ** -total(b)"))
    assert formula is not None
    names: dict[Leaf, str] = {A: "v1", B: "v2"}
    assert formula_text(formula, names, R) == "(-(v1 ^ (2 ^ (-v2))))"
    assert formula_text(formula, names, Syntax("_b[t_{}]", {})) == "(-(_b[t_v1] ^ (2 ^ (-_b[t_v2]))))"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("total(a)", Quotient({A: 1.0})),
        ("100 * ratio(a, b)", Quotient({A: 1.0}, {B: 1.0}, 100.0)),
        ("1 - mean(a)", Quotient({A: 1.0}, {COUNT: 1.0}, -1.0, 1.0)),
        ("(total(a) - total(b)) / total(c) / 4", Quotient({A: 1.0, B: -1.0}, {Term("c"): 1.0}, 0.25)),
        ("-(2 * total(a) + total(b) / 4) / total(b) + 1", Quotient({A: -2.0, B: -0.25}, {B: 1.0}, 1.0, 1.0)),
        ("total(a) * total(b)", None),
        ("log(total(a))", None),
        ("ratio(a, b) - ratio(c, b)", None),
        ("1 / total(a)", None),
        ("ratio(a, b) / total(c)", None),
    ],
)  # fmt: skip
def test_quotients(text: str, expected: Quotient | None) -> None:
    formula = formula_of(cs.parse(text))
    assert formula is not None
    assert as_quotient(formula) == expected


numbers = st.floats(-9, 9).filter(lambda number: abs(number) > 0.01)


def expressions() -> st.SearchStrategy[Expression]:
    leaves = st.sampled_from([TotalOf(Term("a")), TotalOf(Term("b"))])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, numbers).map(lambda pair: pair[0] * pair[1]),
            st.tuples(inner, numbers).map(lambda pair: pair[1] - pair[0]),
            st.tuples(inner, numbers).map(lambda pair: pair[0] / pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] / pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
            inner.map(lambda argument: -argument),
        ),
        max_leaves=6,
    )


@given(expressions())
def test_a_quotient_has_the_value_of_its_formula(formula: Expression) -> None:
    quotient = as_quotient(formula)
    totals: dict[Leaf, float] = {A: 3.7, B: 0.9}
    leaves = formula.terms()
    value = float(evaluate_at(formula, leaves, np.array([totals[leaf] for leaf in leaves])).value)
    if quotient is None or not np.isfinite(value):
        reject()
    above, below = (
        1.0 if sums is None else sum(factor * totals[leaf] for leaf, factor in sums.items())
        for sums in (quotient.numerator, quotient.denominator)
    )
    assume(abs(below) > 1e-3)
    found = quotient.offset + quotient.factor * above / below
    assert abs(found - value) <= 1e-9 * (abs(quotient.offset) + abs(quotient.factor / below) + abs(value))
