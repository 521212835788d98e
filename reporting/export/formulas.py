"""Expressions as formulas of totals that other programs can compute.

A mean, a ratio, a correlation become quotients and roots of totals. What is left of an expression is
arithmetic, ``log`` and ``exp``, which each program has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from citysample.estimators.functions.dual import Dual
from citysample.estimators.functions.expressions import Binary, Expression, Function, Negative, Number, Totals
from citysample.estimators.functions.statistics import INTERCEPT, Coefficient, Correlation, SeparateRatio
from citysample.estimators.functions.term import COUNT, Leaf, Term
from citysample.estimators.functions.totals import GeometricMean, Mean, Proportion, Ratio, Total

__all__ = ["Quotient", "Syntax", "TotalOf", "as_quotient", "formula_of", "formula_text"]

MOST_REGRESSORS = 3
"""Regressors whose normal equations can be written out: the formula has k! products."""


@dataclass(frozen=True, slots=True)
class TotalOf(Expression):
    """The total of one variable, in a formula. Text: its columns in braces."""

    leaf: Leaf

    def __str__(self) -> str:
        return f"{{{', '.join(self.leaf.columns)}}}"

    def terms(self) -> tuple[Leaf, ...]:
        """The total itself."""
        return (self.leaf,)

    def evaluate(self, totals: Totals) -> Dual:
        """The total."""
        return totals[self.leaf]


N_HAT = TotalOf(COUNT)


def formula_of(expression: Expression) -> Expression | None:
    """The expression as arithmetic on totals; None if there is no such formula.

    Parameters
    ----------
    expression : Expression
        What is estimated.

    Returns
    -------
    Expression or None
        Made of :class:`TotalOf`, numbers, arithmetic, ``log`` and ``exp`` alone; it has the value of the
        expression. None for a quantile, or a regression with more than three regressors.

    Examples
    --------
    >>> str(formula_of(100 * Ratio("y", "x")))
    '100 * ({y} / {x})'
    """
    write = FORMULAS.get(type(expression))
    return None if write is None else write(expression)


def _binary(expression: Binary) -> Expression | None:
    left, right = formula_of(expression.left), formula_of(expression.right)
    return None if left is None or right is None else Binary(expression.operator, left, right)


def _negative(expression: Negative) -> Expression | None:
    argument = formula_of(expression.argument)
    return None if argument is None else Negative(argument)


def _function(expression: Function) -> Expression | None:
    argument = formula_of(expression.argument)
    return None if argument is None else Function(expression.name, argument)


def _geometric_mean(expression: GeometricMean) -> Expression:
    return Function("exp", TotalOf(Term(expression.column, logarithm=True)) / N_HAT)


def _moment(x: str, y: str) -> Expression:
    """S_xy = sum w x y - (sum w x)(sum w y) / sum w, of columns centred at their means in the sample."""
    first, second = (TotalOf(Term(name, centred=True)) for name in (x, y))
    return TotalOf(Term(min(x, y), times=max(x, y), centred=True)) - first * second / N_HAT


def _correlation(expression: Correlation) -> Expression:
    x, y = expression.first, expression.second
    return _moment(x, y) / (_moment(x, x) * _moment(y, y)) ** 0.5


def _coefficient(expression: Coefficient) -> Expression | None:
    """The normal equations by Cramer's rule."""
    xs, y = expression.regressors, expression.outcome
    if len(xs) > MOST_REGRESSORS:
        return None
    matrix = [[_moment(x, other) for other in xs] for x in xs]
    right = [_moment(x, y) for x in xs]
    whole = _determinant(matrix)
    slopes = [_determinant(_with_column(matrix, j, right)) / whole for j in range(len(xs))]
    if expression.of != INTERCEPT:
        return slopes[xs.index(expression.of)]
    constant: Expression = TotalOf(Term(y)) / N_HAT
    for x, slope in zip(xs, slopes, strict=True):
        constant = constant - slope * (TotalOf(Term(x)) / N_HAT)
    return constant


def _with_column(matrix: list[list[Expression]], j: int, column: list[Expression]) -> list[list[Expression]]:
    return [[*row[:j], cell, *row[j + 1 :]] for row, cell in zip(matrix, column, strict=True)]


def _determinant(matrix: list[list[Expression]]) -> Expression:
    """Expansion along the first row."""
    if len(matrix) == 1:
        return matrix[0][0]
    minors = [
        cell * _determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
        for j, cell in enumerate(matrix[0])
    ]
    result: Expression = minors[0]
    for j, minor in enumerate(minors[1:], start=1):
        result = result - minor if j % 2 else result + minor
    return result


def _separate_ratio(expression: SeparateRatio) -> Expression:
    whole = sum(known for _, known in expression.totals)
    parts = [
        (known / whole)
        * (
            TotalOf(Term(expression.numerator, stratum=stratum))
            / TotalOf(Term(expression.denominator, stratum=stratum))
        )
        for stratum, known in expression.totals
    ]
    result: Expression = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


FORMULAS: Mapping[type[Expression], Callable[[Any], Expression | None]] = {
    Total: lambda e: TotalOf(Term(e.column)),
    Mean: lambda e: TotalOf(Term(e.column)) / N_HAT,
    Ratio: lambda e: TotalOf(Term(e.numerator)) / TotalOf(Term(e.denominator)),
    Proportion: lambda e: TotalOf(e.part) / N_HAT,
    GeometricMean: _geometric_mean,
    Correlation: _correlation,
    Coefficient: _coefficient,
    SeparateRatio: _separate_ratio,
    Number: lambda e: e,
    Negative: _negative,
    Function: _function,
    Binary: _binary,
}
"""How each kind of expression becomes a formula of totals."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a program writes a formula.

    Parameters
    ----------
    total : str
        A total, with ``{}`` in place of the name of its variable.
    functions : mapping of str to str
        What it calls ``log`` and ``exp``.
    """

    total: str
    functions: Mapping[str, str]


def formula_text(formula: Expression, names: Mapping[Leaf, str], syntax: Syntax) -> str:
    """A formula in the words of a program.

    All operations stand in parentheses: programs differ in which they do first.

    >>> r = Syntax("{}", {"log": "log", "exp": "exp"})
    >>> formula_text(N_HAT**2 - 1, {COUNT: "v1"}, r)
    '((v1 ^ 2) - 1)'
    """

    def text(part: Expression) -> str:
        if isinstance(part, TotalOf):
            return syntax.total.format(names[part.leaf])
        if isinstance(part, Negative):
            return f"(-{text(part.argument)})"
        if isinstance(part, Function):
            return f"{syntax.functions[part.name]}({text(part.argument)})"
        if isinstance(part, Binary):
            sign = "^" if part.operator == "**" else part.operator
            return f"({text(part.left)} {sign} {text(part.right)})"
        return str(part)

    return text(formula)


@dataclass(frozen=True, slots=True)
class Quotient:
    """offset + factor * (sum of a_j T_j) / (sum of b_j T_j): what programs without formulas can compute.

    Parameters
    ----------
    numerator : mapping of Leaf to float
        a_j of each total.
    denominator : mapping of Leaf to float or None
        b_j; None if nothing is divided.
    factor, offset : float
        Constants.
    """

    numerator: Mapping[Leaf, float]
    denominator: Mapping[Leaf, float] | None = None
    factor: float = 1.0
    offset: float = 0.0


def as_quotient(formula: Expression) -> Quotient | None:
    """The formula as a quotient of two sums of totals; None if it is none.

    >>> as_quotient(1 - TotalOf(Term("y")) / N_HAT).factor
    -1.0
    """
    linear = _linear(formula)
    if linear is not None:
        return Quotient(linear)
    if isinstance(formula, Negative):
        return _stretched(as_quotient(formula.argument), -1.0)
    if not isinstance(formula, Binary):
        return None
    left, right = formula.left, formula.right
    first, second = _constant(left), _constant(right)
    if formula.operator == "*" and first is not None:
        return _stretched(as_quotient(right), first)
    if formula.operator == "*" and second is not None:
        return _stretched(as_quotient(left), second)
    if formula.operator == "/" and second:
        return _stretched(as_quotient(left), 1.0 / second)
    sign = {"+": 1.0, "-": -1.0}.get(formula.operator)
    if sign is not None and second is not None:
        return _stretched(as_quotient(left), 1.0, sign * second)
    if sign is not None and first is not None:
        return _stretched(as_quotient(right), sign, first)
    numerator, denominator = _linear(left), _linear(right)
    if formula.operator == "/" and numerator is not None and denominator is not None:
        return Quotient(numerator, denominator)
    return None


def _stretched(quotient: Quotient | None, factor: float, offset: float = 0.0) -> Quotient | None:
    """The quotient times a factor, plus an offset."""
    if quotient is None:
        return None
    return replace(quotient, factor=factor * quotient.factor, offset=factor * quotient.offset + offset)


def _linear(formula: Expression) -> dict[Leaf, float] | None:
    """Coefficients of a sum of totals without a constant; None if it is none."""
    if isinstance(formula, TotalOf):
        return {formula.leaf: 1.0}
    if isinstance(formula, Negative):
        return _times(_linear(formula.argument), -1.0)
    if not isinstance(formula, Binary):
        return None
    left, right = formula.left, formula.right
    first, second = _constant(left), _constant(right)
    if formula.operator == "*" and first is not None:
        return _times(_linear(right), first)
    if formula.operator == "*" and second is not None:
        return _times(_linear(left), second)
    if formula.operator == "/" and second:
        return _times(_linear(left), 1.0 / second)
    one, other = _linear(left), _linear(right)
    if one is None or other is None or formula.operator not in ("+", "-"):
        return None
    sign = 1.0 if formula.operator == "+" else -1.0
    return {leaf: one.get(leaf, 0.0) + sign * other.get(leaf, 0.0) for leaf in (*one, *other)}


def _times(coefficients: dict[Leaf, float] | None, factor: float) -> dict[Leaf, float] | None:
    return None if coefficients is None else {leaf: factor * value for leaf, value in coefficients.items()}


def _constant(formula: Expression) -> float | None:
    """The value of a formula without totals."""
    if formula.terms():
        return None
    value = float(formula.evaluate({COUNT: Dual(np.zeros(()), np.zeros(0))}).value)
    return value if np.isfinite(value) else None
