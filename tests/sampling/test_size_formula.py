"""Size formulas: values, names in quotes, and texts that are refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.sampling.size_formula import FUNCTIONS, size_values

Refused = Callable[..., AbstractContextManager[None]]

TABLE = pd.DataFrame(
    {
        "people": [4.0, 9.0, 16.0],
        "built-up area": [1.0, 2.0, 3.0],
        "name": ["x", "y", "z"],
        "sqrt": [1.0, 2.0, 3.0],
        "none": [0.0, 1.0, 2.0],
    },
    index=pd.Index(["a", "b", "c"], name="city_id"),
)
PEOPLE, AREA = TABLE["people"].to_numpy(), TABLE["built-up area"].to_numpy()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("people", PEOPLE),
        ("built-up area", AREA),
        (" people ** 0.5 ", [2.0, 3.0, 4.0]),
        ("sqrt(people) + 'built-up area'", [3.0, 5.0, 7.0]),
        ("sqrt(sqrt)", np.sqrt([1.0, 2.0, 3.0])),
        ("maximum(people, 10) - minimum(people, 5) * 2", [2.0, 0.0, 6.0]),
        ("log(exp(people)) / 2", PEOPLE / 2),
        ("-people + 2 * (people + 1)", PEOPLE + 2),
        ("7", [7.0, 7.0, 7.0]),
    ],
)
def test_values(formula: str, expected: list[float]) -> None:
    np.testing.assert_allclose(size_values(TABLE, formula), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("people +", ("'people +'",)),
        ("persons * 2", ("no column 'persons'", "Known: 'people'")),
        ("sqrt(people, 2)", ("2 arguments of sqrt, which takes 1",)),
        ("maximum(people)", ("1 arguments of maximum",)),
        ("people > 3", ("'people > 3'",)),
        ("people.mean()", ("people.mean()",)),
        ("[people]", ("'[people]'",)),
        ("sqrt(x=people)", ("sqrt(x=people)",)),
        ("peopel * 2", ("Did you mean 'people'?",)),
        ("__import__('os')", ("__import__('os')",)),
        ("(lambda: 1)()", ("lambda",)),
        ("True + people", ("a truth value",)),
        ("1j * people", ("1j",)),
        ("people ** 1000", ("no finite number for 3 cities", "'a'")),
        ("1 / none", ("no finite number for 1 cities", "'a'")),
        ("log(none)", ("no finite number for 1 cities",)),
        ("+".join(["people"] * 300), ("more than 1000 characters",)),
        ("((((" * 100 + "people" + "))))" * 100, ()),
        ("people; 1", ()),
        ("", ()),
        ("people\x00", ()),
    ],
)
def test_refused_formulas(refused: Refused, formula: str, words: tuple[str, ...]) -> None:
    with refused("DESIGN-SIZE-FORMULA", *words):
        size_values(TABLE, formula)


def test_columns_that_hold_no_numbers(refused: Refused) -> None:
    with refused("FRAME-NUMBER-TEXT", "'name'", "'a'"):
        size_values(TABLE, "name")
    with refused("FRAME-NUMBER-TEXT", "'name'", "'a'"):
        size_values(TABLE, "sqrt(name)")
    with refused("FRAME-COLUMN-UNKNOWN", "size of the design", "people"):
        size_values(TABLE, "peple")
    with refused("FRAME-VALUE-MISSING", "'b'"):
        size_values(TABLE.assign(people=[1.0, np.nan, 2.0]), "people * 2")


def formulas() -> st.SearchStrategy[tuple[str, float]]:
    """A formula and its value for the first city, computed beside it."""
    leaves = st.one_of(
        st.just(("people", 4.0)),
        st.just(("'built-up area'", 1.0)),
        st.integers(1, 9).map(lambda k: (str(k), float(k))),
    )

    def grow(children: st.SearchStrategy[tuple[str, float]]) -> st.SearchStrategy[tuple[str, float]]:
        pairs = st.tuples(children, children)
        return st.one_of(
            pairs.map(lambda p: (f"({p[0][0]} + {p[1][0]})", p[0][1] + p[1][1])),
            pairs.map(lambda p: (f"({p[0][0]} * {p[1][0]})", p[0][1] * p[1][1])),
            pairs.map(lambda p: (f"minimum({p[0][0]}, {p[1][0]})", min(p[0][1], p[1][1]))),
            children.map(lambda c: (f"sqrt({c[0]})", c[1] ** 0.5)),
        )

    return st.recursive(leaves, grow, max_leaves=8)


@given(formulas())
def test_a_formula_is_what_python_computes(pair: tuple[str, float]) -> None:
    formula, expected = pair
    assert size_values(TABLE, formula)[0] == pytest.approx(expected, rel=1e-12)


@given(st.text(st.sampled_from("people'\"()+-*/ .,sqrt0123[]{}:=\\\n"), max_size=40))
def test_any_text_is_a_formula_or_is_refused_with_a_code(text: str) -> None:
    code = ""
    values = np.ones(3)
    try:
        values = size_values(TABLE, text)
    except cs.CitySampleError as error:
        code = error.code
    assert code in ("", "DESIGN-SIZE-FORMULA", "FRAME-COLUMN-UNKNOWN", "FRAME-NUMBER-TEXT")
    assert values.shape == (3,)
    assert np.isfinite(values).all()


def test_the_functions_of_formulas() -> None:
    assert {name: count for name, (_, count) in FUNCTIONS.items()} == {
        "sqrt": 1,
        "log": 1,
        "exp": 1,
        "minimum": 2,
        "maximum": 2,
    }
