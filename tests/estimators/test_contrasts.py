"""Contrasts: functions of figures agree with what is estimated directly; texts; refusals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from citysample.estimators.contrasts import Contrast, Contrasts, form_contrasts
from citysample.estimators.functions.expressions import Expression, exp, log
from citysample.estimators.functions.figure import Figure, read_contrast
from citysample.estimators.functions.parse import parse
from citysample.estimators.functions.term import Term
from citysample.estimators.functions.totals import Total
from citysample.estimators.influence import linearise

Floats = npt.NDArray[np.float64]
Refused = Callable[..., AbstractContextManager[None]]

NAMES = ("a", "b", "c", "d")
KEYS = [(name, "national", "all") for name in NAMES]
TEXTS = (
    "a / b",
    "a - b",
    "2 * a - 3 * b + c",
    "log(a / b) / log(c / d)",
    "(a - b) / b / log(c / d)",
    "exp(-a / b)",
    "(a * b) ** 0.5 / c",
    "a / b - c / d",
)


def sample(seed: int, n: int = 25) -> tuple[Floats, Floats]:
    """Four positive variables and weights."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(size=(n, 4))) + 0.5, rng.uniform(2.0, 9.0, n)


def with_replacement(z: Floats, weights: Floats) -> Floats:
    """Covariance matrix of totals, from the textbook formula."""
    expanded = weights[:, None] * z
    centred = expanded - expanded.mean(axis=0)
    return np.asarray(len(weights) / (len(weights) - 1.0) * centred.T @ centred)


def of_figures(
    text: str | Expression,
    estimates: Floats,
    covariance: Floats,
    df: Floats | None = None,
    level: float = 0.95,
) -> Contrast:
    degrees = np.full(len(KEYS), 24.0) if df is None else df
    (row,) = form_contrasts(text, KEYS, estimates, covariance, degrees, level).rows
    return row


@pytest.mark.parametrize("text", TEXTS)
@given(seed=st.integers(0, 10**6))
def test_a_contrast_of_totals_is_the_direct_estimate(text: str, seed: int) -> None:
    y, w = sample(seed)
    row = of_figures(text, w @ y, with_replacement(y, w))
    direct = parse(re.sub(r"\b([abcd])\b", r"total(\1)", text))
    leaves = direct.terms()
    columns = [NAMES.index(leaf.column) for leaf in leaves if isinstance(leaf, Term)]
    found = linearise(direct, leaves, y[:, columns], w)
    assert row.estimate == pytest.approx(found.value[0], rel=1e-12)
    assert row.se == pytest.approx(math.sqrt(with_replacement(found.z, w)[0, 0]), rel=1e-9)


def test_the_interval_is_that_of_student() -> None:
    V = np.diag([4.0, 1.0, 0.0, 0.0])
    row = of_figures("a - b", np.array([7.0, 5.0, 1.0, 1.0]), V, np.array([30.0, 5.0, 1.0, 1.0]), 0.9)
    half = stats.t.ppf(0.95, 5) * math.sqrt(5.0)
    assert (row.estimate, row.df, row.confidence_level, row.note) == (2.0, 5.0, 0.9, "")
    assert (row.lower, row.upper) == pytest.approx((2.0 - half, 2.0 + half), rel=1e-12)


def test_domains_are_subtracted_with_their_covariance() -> None:
    keys = [("x", "region", "North"), ("x", "region", "South"), ("x", "national", "all")]
    V = np.array([[9.0, 2.0, 11.0], [2.0, 4.0, 6.0], [11.0, 6.0, 17.0]])
    found = form_contrasts(
        {
            "gap": "figure('x', 'region', 'North') - figure('x', 'region', 'South')",
            "part": Figure("x", "region", "North") / Figure("x"),
        },
        keys,
        np.array([5.0, 3.0, 8.0]),
        V,
        np.full(3, 10.0),
        0.95,
    )
    gap, part = found.rows
    assert (gap.estimate, gap.se) == (2.0, 3.0)
    g = np.array([1.0 / 8.0, 0.0, -5.0 / 64.0])
    assert part.se == pytest.approx(math.sqrt(g @ V @ g), rel=1e-12)
    assert found.cov().loc["gap", "part"] == pytest.approx(np.array([1.0, -1.0, 0.0]) @ V @ g, rel=1e-12)


def test_figures_that_determine_each_other_have_no_interval() -> None:
    """North and South add up to the country, so the difference is known."""
    y, w = sample(4)
    parts = np.column_stack(
        [y[:, 0] * (np.arange(25) < 10), y[:, 0] * (np.arange(25) >= 10), y[:, 0], y[:, 1]]
    )
    V = with_replacement(parts, w)
    row = of_figures("a + b - c", w @ parts, V)
    assert (row.se, row.note[:11]) == (0.0, "no interval")
    assert math.isnan(row.lower)
    assert of_figures("a - a", w @ parts, V).se == 0.0
    assert of_figures("a + b - d", w @ parts, V).se > 0.1


def test_a_figure_without_variance_does_not_decide_the_degrees_of_freedom() -> None:
    V, df = np.diag([4.0, 0.0, 1.0, 1.0]), np.array([12.0, 0.0, 0.0, 5.0])
    values = np.array([3.0, 2.0, 1.0, 1.0])
    assert of_figures("a - b", values, V, df).df == 12.0
    row = of_figures("a - c", values, V, df)
    assert (row.df, row.note) == (0.0, "no degrees of freedom: no interval")
    assert row.se == pytest.approx(math.sqrt(5.0))
    assert math.isnan(row.upper)


def test_what_does_not_exist_is_nan_with_a_note_and_leaves_the_others_as_they_are() -> None:
    V = np.diag([4.0, 1.0, 1.0, 1.0])
    V[2, :] = V[:, 2] = math.nan
    V[3, :] = V[:, 3] = math.nan
    wanted = {"sound": "a - b", "absent": "a - c", "no se": "a - d", "zero": "a / (b - 5)"}
    found = form_contrasts(wanted, KEYS, np.array([7.0, 5.0, math.nan, 1.0]), V, np.full(4, 9.0), 0.95)
    sound, absent, no_se, zero = found.rows
    assert (sound.estimate, sound.se) == (2.0, math.sqrt(5.0))
    assert math.isnan(absent.estimate)
    assert absent.note == "c has no value"
    assert (no_se.estimate, no_se.note) == (6.0, "a figure has no standard error")
    assert math.isnan(zero.estimate)
    assert zero.note == "not defined: division by a total that is zero"
    assert np.isnan([absent.se, no_se.se, zero.se, zero.df, absent.lower, no_se.upper]).all()
    np.testing.assert_array_equal(
        np.isnan(found.covariance), ~np.outer([1, 0, 0, 0], [1, 0, 0, 0]).astype(bool)
    )


def test_one_figure_is_itself() -> None:
    V = np.diag([4.0, 1.0, 1.0, 1.0])
    row = of_figures(Figure("a"), np.array([7.0, 5.0, 1.0, 1.0]), V)
    assert (row.name, row.text, row.estimate, row.se) == ("a", "a", 7.0, 2.0)
    absent = of_figures("a", np.array([math.nan, 5.0, 1.0, 1.0]), V)
    assert (absent.note, math.isnan(absent.se)) == ("a has no value", True)


leaves = st.sampled_from(
    [
        Figure("a"),
        Figure("built-up per person"),
        Figure("if"),
        Figure("it's"),
        Figure("x", "region", "North 'old'"),
        Figure("ratio(y, x)", "region / size", "North / small"),
    ]
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda x, y: x + y, inner, inner),
        st.builds(lambda x, y: x - y * 2.5, inner, inner),
        st.builds(lambda x, y: -x / y, inner, inner),
        st.builds(lambda x: log(x) ** 2, inner),
        st.builds(exp, inner),
    ),
    max_leaves=6,
)


@given(expressions)
def test_the_text_is_read_back(expression: Expression) -> None:
    assert read_contrast(str(expression)) == expression


def test_names_need_no_quotes_where_they_are_identifiers() -> None:
    assert read_contrast("figure(a, region, North)") == Figure("a", "region", "North")
    assert str(read_contrast("figure(a)")) == "a"


@pytest.mark.parametrize(
    "text",
    [
        "", "a -", "a[0]", "a.b", "a and b", "total(a)", "figure(2)", "figure('a', 'by')", "figure()",
        "log(a, b)", "figure('a', by='x')", "True", "a + 1j", "'a'", "__import__('os')", "a // b", "+a",
        "1e999", "9" * 400, "(" * 300 + "a" + ")" * 300, "a" + " + a" * 300, "a" * 5000, "lambda: a", "a; b",
        "figure('a', b.c, 'd')", "figure(figure(a))",
    ],
)  # fmt: skip
def test_other_texts_are_refused(text: str, refused: Refused) -> None:
    with refused("EXPRESSION-INVALID"):
        of_figures(text, np.ones(4), np.eye(4))


def test_refusals_name_the_contrast_and_the_nearest_figure(refused: Refused) -> None:
    keys = [("share", "region", "North"), ("share", "national", "all")]
    values, V, df = np.ones(2), np.eye(2), np.ones(2)
    with refused("EXPRESSION-INVALID", "contrast 'gap'", "no figure share2", "Did you mean 'share'?"):
        form_contrasts({"gap": "share2 - share"}, keys, values, V, df, 0.95)
    with refused(
        "EXPRESSION-INVALID", "figure('share', 'region', 'Nord')", "figure('share', 'region', 'North')"
    ):
        form_contrasts("figure('share', 'region', 'Nord')", keys, values, V, df, 0.95)
    with refused("EXPRESSION-INVALID", "totals"):
        form_contrasts(Figure("share") - Total("x"), keys, values, V, df, 0.95)
    with refused("EXPRESSION-INVALID", "no figure"):
        form_contrasts("2 + 3", keys, values, V, df, 0.95)
    with refused("EXPRESSION-INVALID", "no contrast"):
        form_contrasts({}, keys, values, V, df, 0.95)
    with refused("EXPRESSION-INVALID", "neither"):
        form_contrasts(3.0, keys, values, V, df, 0.95)  # type: ignore[arg-type]


def test_the_table_has_a_row_for_each_contrast() -> None:
    found = form_contrasts({"x": "a - b", "y": "a / b"}, KEYS, np.ones(4), np.eye(4), np.ones(4), 0.95)
    assert isinstance(found, Contrasts)
    table = found.to_frame()
    assert list(table.columns) == [
        "name", "text", "estimate", "se", "lower", "upper", "confidence_level", "df", "note",
    ]  # fmt: skip
    assert table["text"].tolist() == ["a - b", "a / b"]
    assert (len(found), repr(found), found.cov().shape) == (2, "Contrasts(2)", (2, 2))
    assert "a / b" in str(found)
