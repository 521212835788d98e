"""Gradients of random expressions against central differences of their values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.term import Term
from citysample.estimators.influence import evaluate_at, linearise
from citysample.reference_frames.columns import FloatArray

COLUMNS = ("a", "b", "c")
VARIABLES = np.eye(3)

SMOOTH = st.recursive(
    st.sampled_from([cs.parse(f"total({name})") for name in COLUMNS])
    | st.floats(0.2, 3.0).map(lambda value: cs.parse(repr(value)))
    | st.sampled_from(["ratio(a, b)", "ratio(c, c)"]).map(cs.parse),
    lambda inner: (
        inner.map(lambda e: -e)
        | inner.map(lambda e: cs.exp(e / 10))
        | inner.map(lambda e: cs.log(e * e + 1))
        | inner.map(lambda e: e**2)
        | inner.map(lambda e: e**-1)
        | inner.map(lambda e: (e * e + 1) ** 0.5)
        | st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1])
        | st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1])
        | st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1])
        | st.tuples(inner, inner).map(lambda pair: pair[0] / pair[1])
        | st.tuples(inner, inner).map(lambda pair: (pair[0] * pair[0] + 1) ** (pair[1] / 10))
    ),
    max_leaves=6,
)


LEAVES = tuple(Term(name) for name in COLUMNS)


def values_and_gradients(expression: Expression, totals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """At several totals at once, shape (points, 3)."""
    dual = evaluate_at(expression, LEAVES, totals, with_gradient=True)
    assert np.array_equal(np.isnan(dual.value), dual.reason > 0)
    return dual.value, dual.gradient


@given(SMOOTH, st.lists(st.floats(0.5, 4.0), min_size=3, max_size=3))
@settings(max_examples=300)
def test_gradient_is_that_of_central_differences(expression: Expression, at: list[float]) -> None:
    totals = np.array(at)
    steps = [sign * h * VARIABLES[j] for h in (1e-4, 2e-4) for j in range(3) for sign in (1.0, -1.0)]
    values, gradients = values_and_gradients(expression, totals + np.array([np.zeros(3), *steps]))
    assume(not np.isnan(values).any())
    value, gradient = values[0], gradients[0]
    rough = values[1:].reshape(2, 3, 2)
    near, far = ((rough[i, :, 0] - rough[i, :, 1]) / (2 * h) for i, h in enumerate((1e-4, 2e-4)))
    numeric = (4 * near - far) / 3  # Richardson: error of order h^4
    scale = 1.0 + np.abs(gradient).max() + abs(value)
    assume(np.abs(near - far).max() < 1e-4 * scale)  # not next to a pole
    assert np.abs(numeric - gradient).max() < 1e-6 * scale
    assert gradient.shape == (3,)


RULES: list[tuple[str, list[float]]] = [
    ("total(a) + total(b)", [1.0, 1.0, 0.0]),
    ("total(a) - total(b)", [1.0, -1.0, 0.0]),
    ("-total(a)", [-1.0, 0.0, 0.0]),
    ("total(a) * total(b)", [3.0, 2.0, 0.0]),
    ("total(a) / total(b)", [1 / 3, -2 / 9, 0.0]),
    ("ratio(a, b)", [1 / 3, -2 / 9, 0.0]),
    ("total(a) ** 3", [12.0, 0.0, 0.0]),
    ("total(a) ** -1", [-0.25, 0.0, 0.0]),
    ("total(a) ** 0", [0.0, 0.0, 0.0]),
    ("(-total(a)) ** 2", [4.0, 0.0, 0.0]),
    ("(total(a) - 2) ** 1", [1.0, 0.0, 0.0]),
    ("(total(a) - 2) ** 2", [0.0, 0.0, 0.0]),
    ("2 ** total(b)", [0.0, 8 * math.log(2), 0.0]),
    ("total(a) ** total(b)", [12.0, 8 * math.log(2), 0.0]),
    ("total(a) ** (total(c) - 4)", [0.0, 0.0, math.log(2)]),
    ("log(total(c))", [0.0, 0.0, 0.25]),
    ("exp(total(a))", [math.exp(2), 0.0, 0.0]),
    ("5 * total(c) + 7", [0.0, 0.0, 5.0]),
]


@pytest.mark.parametrize(("text", "expected"), RULES, ids=[text for text, _ in RULES])
def test_rules_of_differentiation(text: str, expected: list[float]) -> None:
    _, gradients = values_and_gradients(cs.parse(text), np.array([[2.0, 3.0, 4.0]]))
    np.testing.assert_allclose(gradients[0], expected, rtol=1e-14, atol=1e-15)


UNDEFINED = [
    ("1 / (total(a) - 2)", "zero"),
    ("ratio(b, zero)", "zero"),
    ("log(total(a) - 2)", "not positive"),
    ("log(-total(a))", "not positive"),
    ("(-total(a)) ** 0.5", "negative"),
    ("(-total(a)) ** total(b)", "not positive"),
    ("(total(a) - 2) ** -1", ""),
    ("(total(a) - 2) ** 0.5", ""),
    ("exp(1000 * total(a))", "too large"),
    ("(total(a) * 1e300) ** 9", "too large"),
    ("1e308 * total(a) * 1e308", "too large"),
    ("total(a) / 1e-300 / 1e-300", "too large"),
    ("1e308 * total(a) + 1e308 * total(a)", "too large"),
    ("1e308 * total(a) - 1e308 * total(b)", "too large"),
]


@pytest.mark.parametrize(("text", "reason"), UNDEFINED, ids=[text for text, _ in UNDEFINED])
def test_values_that_do_not_exist(text: str, reason: str) -> None:
    expression = cs.parse(text)
    terms = list(expression.terms())
    totals = {"a": 2.0, "b": 3.0, "c": 4.0, "zero": 0.0}
    variables = np.array([[totals[term.columns[0]] for term in terms]])
    found = linearise(expression, terms, variables, np.ones(1))
    assert math.isnan(found.value[0])
    assert found.notes()[0].startswith("not defined: ")
    assert reason in found.notes()[0]
    assert not found.z.any()
    assert not found.gradient.any()


def test_a_domain_without_a_value_leaves_the_others_alone() -> None:
    expression = cs.parse("log(ratio(a, b)) + total(a) ** -1")
    totals = np.array([[2.0, 3.0, 0.0], [0.0, 3.0, 0.0], [2.0, 0.0, 0.0], [-2.0, 3.0, 0.0], [2.0, 3.0, 0.0]])
    values, gradients = values_and_gradients(expression, totals)
    assert np.isnan(values).tolist() == [False, True, True, True, False]
    assert values[0] == values[4] == math.log(2 / 3) + 0.5
    assert gradients[0].tolist() == gradients[4].tolist()


@pytest.mark.parametrize("exponent", [-2.0, -1.0, 2.0, 3.0])
def test_whole_powers_of_negative_numbers_stand_beside_powers_of_zero(exponent: float) -> None:
    expression = cs.Total("a") ** exponent
    values, _ = values_and_gradients(expression, np.array([[-2.0, 0, 0], [0.0, 0, 0], [4.0, 0, 0]]))
    assert values[0] == (-2.0) ** exponent
    assert values[2] == 4.0**exponent
    assert math.isnan(values[1]) == (exponent < 1)


def test_base_class_has_no_value() -> None:
    with pytest.raises(TypeError):
        Expression().evaluate({})
    with pytest.raises(TypeError):
        str(Expression())
    assert Expression().terms() == ()
