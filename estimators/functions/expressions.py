"""Expressions: smooth functions of totals, with one canonical text.

An expression lists the leaves it needs (``terms``) and is evaluated on totals that carry their
gradient (:class:`~citysample.estimators.functions.dual.Dual`).
"""

from __future__ import annotations

import keyword
import sys
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from citysample.errors import EstimateError
from citysample.estimators.functions.dual import FUNCTIONS, Dual
from citysample.estimators.functions.term import Leaf

__all__ = [
    "BINARY",
    "Binary",
    "Expression",
    "Function",
    "Negative",
    "Number",
    "Statistic",
    "Totals",
    "as_expression",
    "column_text",
    "exp",
    "log",
]

Totals: TypeAlias = Mapping[Leaf, Dual]


class Expression:
    """Base of all expressions: arithmetic with ``+ - * / **`` makes a new expression."""

    __slots__ = ()
    precedence: ClassVar[int] = 5

    def __add__(self, other: Expression | float) -> Expression:
        return Binary("+", self, as_expression(other))

    def __radd__(self, other: float) -> Expression:
        return Binary("+", as_expression(other), self)

    def __sub__(self, other: Expression | float) -> Expression:
        return Binary("-", self, as_expression(other))

    def __rsub__(self, other: float) -> Expression:
        return Binary("-", as_expression(other), self)

    def __mul__(self, other: Expression | float) -> Expression:
        return Binary("*", self, as_expression(other))

    def __rmul__(self, other: float) -> Expression:
        return Binary("*", as_expression(other), self)

    def __truediv__(self, other: Expression | float) -> Expression:
        return Binary("/", self, as_expression(other))

    def __rtruediv__(self, other: float) -> Expression:
        return Binary("/", as_expression(other), self)

    def __pow__(self, other: Expression | float) -> Expression:
        return Binary("**", self, as_expression(other))

    def __rpow__(self, other: float) -> Expression:
        return Binary("**", as_expression(other), self)

    def __neg__(self) -> Expression:
        return Negative(self)

    def __str__(self) -> str:
        raise TypeError("an expression writes its own text")

    def terms(self) -> tuple[Leaf, ...]:
        """The totals and quantiles that the expression needs, each once."""
        return ()

    def evaluate(self, totals: Totals) -> Dual:
        """Value and gradient at the totals; each leaf in ``totals`` has the same shape."""
        raise TypeError("an expression evaluates itself")

    def quotient(self) -> tuple[Expression, Expression] | None:
        """Numerator and denominator, if the expression is a quotient."""
        return None


class Statistic(Expression):
    """Base of expressions that name columns; what cannot be a name is refused at once."""

    __slots__ = ()

    def __post_init__(self) -> None:
        self.terms()


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A constant, finite and not negative (a negative one is ``Negative(Number(...))``)."""

    value: float

    def __str__(self) -> str:
        whole = self.value.is_integer() and self.value < 2**53
        return str(int(self.value)) if whole else repr(self.value)

    def evaluate(self, totals: Totals) -> Dual:
        """A constant has gradient zero."""
        return Dual.constant(self.value, next(iter(totals.values())))


@dataclass(frozen=True, slots=True)
class Negative(Expression):
    """The negative of an expression. Text: ``-x``."""

    argument: Expression
    precedence: ClassVar[int] = 3

    def __str__(self) -> str:
        return f"-{_wrapped(self.argument, 3)}"

    def terms(self) -> tuple[Leaf, ...]:
        """The terms of the argument."""
        return self.argument.terms()

    def evaluate(self, totals: Totals) -> Dual:
        """The negative value."""
        return -self.argument.evaluate(totals)


@dataclass(frozen=True, slots=True)
class Function(Expression):
    """A function of one argument, a key of ``FUNCTIONS``. Text: ``log(x)``, ``exp(x)``."""

    name: str
    argument: Expression

    def __str__(self) -> str:
        return f"{self.name}({self.argument})"

    def terms(self) -> tuple[Leaf, ...]:
        """The terms of the argument."""
        return self.argument.terms()

    def evaluate(self, totals: Totals) -> Dual:
        """The function at the argument."""
        return FUNCTIONS[self.name](self.argument.evaluate(totals))


@dataclass(frozen=True, slots=True)
class _Operator:
    precedence: int
    apply: Callable[[Dual, Dual], Dual]
    left: int
    """Lowest precedence that the left side may have without parentheses."""
    right: int


BINARY: dict[str, _Operator] = {
    "+": _Operator(1, Dual.__add__, left=1, right=2),
    "-": _Operator(1, Dual.__sub__, left=1, right=2),
    "*": _Operator(2, Dual.__mul__, left=2, right=3),
    "/": _Operator(2, Dual.__truediv__, left=2, right=3),
    "**": _Operator(4, Dual.__pow__, left=5, right=3),
}
"""Operators by their sign in the text; a power binds to the right."""


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """Two expressions joined by an operator, a key of ``BINARY``."""

    operator: str
    left: Expression
    right: Expression

    def __str__(self) -> str:
        operator = BINARY[self.operator]
        left, right = _wrapped(self.left, operator.left), _wrapped(self.right, operator.right)
        return f"{left} {self.operator} {right}"

    def terms(self) -> tuple[Leaf, ...]:
        """The terms of both sides, each once."""
        return tuple(dict.fromkeys((*self.left.terms(), *self.right.terms())))

    def evaluate(self, totals: Totals) -> Dual:
        """The operator applied to both sides."""
        operator = BINARY[self.operator]
        return operator.apply(self.left.evaluate(totals), self.right.evaluate(totals))

    def quotient(self) -> tuple[Expression, Expression] | None:
        """Both sides of a division."""
        return (self.left, self.right) if self.operator == "/" else None


def log(argument: Expression) -> Expression:
    """Natural logarithm of an expression. Text: ``log(x)``.

    >>> from citysample.estimators.functions.totals import Total
    >>> str(log(Total("a") / Total("b")))
    'log(total(a) / total(b))'
    """
    return Function("log", as_expression(argument))


def exp(argument: Expression) -> Expression:
    """Exponential function of an expression. Text: ``exp(x)``."""
    return Function("exp", as_expression(argument))


def as_expression(value: Expression | float) -> Expression:
    """An expression as it is; a number as a constant."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise EstimateError(
            "EXPRESSION-INVALID",
            "An expression can only be combined with expressions and finite numbers.",
            got=repr(value),
            expected="an expression or a number",
            remedy="Write a column as cs.Total('column').",
        )
    return Negative(Number(-float(value))) if value < 0 else Number(float(value))


def column_text(name: str) -> str:
    """A column name in the canonical text: bare if Python reads it back as it is, else quoted.

    >>> column_text("area"), column_text("built-up area")
    ('area', "'built-up area'")
    """
    bare = name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name
    return name if bare else repr(name)


def _wrapped(expression: Expression, lowest: int) -> str:
    precedence = (
        BINARY[expression.operator].precedence if isinstance(expression, Binary) else expression.precedence
    )
    return str(expression) if precedence >= lowest else f"({expression})"
