"""Expressions: smooth functions of totals, with one canonical text.

An expression lists the totals it needs (``terms``) and is evaluated on totals that carry their
gradient (:class:`~citysample.estimators.functions.dual.Dual`).
"""

from __future__ import annotations

import keyword
import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.functions.dual import Dual
from citysample.reference_frames.columns import CITIES, plain_text

__all__ = [
    "BINARY",
    "FUNCTIONS",
    "Binary",
    "Expression",
    "Function",
    "Mean",
    "Negative",
    "Number",
    "Proportion",
    "Ratio",
    "Term",
    "Total",
    "exp",
    "log",
]


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """A total that an expression needs.

    Parameters
    ----------
    column : str
        A number column; ``"cities"`` is the variable that is 1 for each city.
    level : str or None
        If given, the variable is 1 where the column has this label, else 0.
    binary : bool
        True if the column must hold 0 and 1 only.
    """

    column: str
    level: str | None = None
    binary: bool = False


COUNT = Term(CITIES)
Totals: TypeAlias = Mapping[Term, Dual]


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

    def terms(self) -> tuple[Term, ...]:
        """The totals that the expression needs, each once."""
        return ()

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """Value and gradient at the totals; ``size`` is the length of the gradient."""
        raise TypeError("an expression evaluates itself")


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A constant, finite and not negative (a negative one is ``Negative(Number(...))``)."""

    value: float

    def __str__(self) -> str:
        whole = self.value.is_integer() and self.value < 2**53
        return str(int(self.value)) if whole else repr(self.value)

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """A constant has gradient zero."""
        return Dual(self.value, np.zeros(size))


@dataclass(frozen=True, slots=True)
class Total(Expression):
    """The total of a column over the cities: sum of w_k y_k. Text: ``total(y)``.

    ``Total("cities")`` is the estimated number of cities.

    Parameters
    ----------
    column : str
        A number column.

    Examples
    --------
    >>> str(Total("built_up") / Total("population"))
    'total(built_up) / total(population)'
    """

    column: str

    def __str__(self) -> str:
        return f"total({column_text(self.column)})"

    def terms(self) -> tuple[Term, ...]:
        """The total itself."""
        return (Term(self.column),)

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """The total."""
        return totals[Term(self.column)]


@dataclass(frozen=True, slots=True)
class Mean(Expression):
    """The mean of a column over the cities: sum w_k y_k / sum w_k. Text: ``mean(y)``.

    Each city counts once: this is the average city, not the average person.

    Parameters
    ----------
    column : str
        A number column.
    """

    column: str

    def __str__(self) -> str:
        return f"mean({column_text(self.column)})"

    def terms(self) -> tuple[Term, ...]:
        """The total of the column and the number of cities."""
        return (Term(self.column), COUNT)

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """Total over count."""
        return totals[Term(self.column)] / totals[COUNT]


@dataclass(frozen=True, slots=True)
class Ratio(Expression):
    """The ratio of two totals: sum w_k y_k / sum w_k x_k. Text: ``ratio(y, x)``.

    Use it for shares of people, land or tonnes: y_k is the part and x_k the whole of city k.

    Parameters
    ----------
    numerator, denominator : str
        Number columns y and x.

    Notes
    -----
    Linearised variable z_k = (y_k - R x_k) / X, with R the ratio and X the total of x.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 5.6.
    """

    numerator: str
    denominator: str

    def __str__(self) -> str:
        return f"ratio({column_text(self.numerator)}, {column_text(self.denominator)})"

    def terms(self) -> tuple[Term, ...]:
        """Both totals."""
        return (Term(self.numerator), Term(self.denominator))

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """Total over total."""
        return totals[Term(self.numerator)] / totals[Term(self.denominator)]


@dataclass(frozen=True, slots=True)
class Proportion(Expression):
    """The share of cities. Text: ``proportion(flag)`` or ``proportion(column, 'level')``.

    Parameters
    ----------
    column : str
        A column of 0 and 1 (or True and False); with ``level``, a column of labels.
    level : str, optional
        The label that counts.
    """

    column: str
    level: str | None = None

    def __post_init__(self) -> None:
        given: object = self.level
        if not isinstance(given, str):
            object.__setattr__(self, "level", plain_text(given))

    def __str__(self) -> str:
        level = "" if self.level is None else f", {self.level!r}"
        return f"proportion({column_text(self.column)}{level})"

    @property
    def part(self) -> Term:
        """The total of the cities that count."""
        return Term(self.column, self.level, binary=self.level is None)

    def terms(self) -> tuple[Term, ...]:
        """The number of cities that count and the number of cities."""
        return (self.part, COUNT)

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """Count over count."""
        return totals[self.part] / totals[COUNT]


@dataclass(frozen=True, slots=True)
class Negative(Expression):
    """The negative of an expression. Text: ``-x``."""

    argument: Expression
    precedence: ClassVar[int] = 3

    def __str__(self) -> str:
        return f"-{_wrapped(self.argument, 3)}"

    def terms(self) -> tuple[Term, ...]:
        """The terms of the argument."""
        return self.argument.terms()

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """The negative value."""
        return -self.argument.evaluate(totals, size)


FUNCTIONS: dict[str, Callable[[Dual], Dual]] = {"log": Dual.log, "exp": Dual.exp}
"""Functions of one argument, by their name in the text."""


@dataclass(frozen=True, slots=True)
class Function(Expression):
    """A function of one argument, a key of ``FUNCTIONS``. Text: ``log(x)``, ``exp(x)``."""

    name: str
    argument: Expression

    def __str__(self) -> str:
        return f"{self.name}({self.argument})"

    def terms(self) -> tuple[Term, ...]:
        """The terms of the argument."""
        return self.argument.terms()

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """The function at the argument."""
        return FUNCTIONS[self.name](self.argument.evaluate(totals, size))


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

    def terms(self) -> tuple[Term, ...]:
        """The terms of both sides, each once."""
        return tuple(dict.fromkeys((*self.left.terms(), *self.right.terms())))

    def evaluate(self, totals: Totals, size: int) -> Dual:
        """The operator applied to both sides."""
        operator = BINARY[self.operator]
        return operator.apply(self.left.evaluate(totals, size), self.right.evaluate(totals, size))


def log(argument: Expression) -> Expression:
    """Natural logarithm of an expression. Text: ``log(x)``.

    >>> str(log(Total("a") / Total("b")))
    'log(total(a) / total(b))'
    """
    return Function("log", argument)


def exp(argument: Expression) -> Expression:
    """Exponential function of an expression. Text: ``exp(x)``."""
    return Function("exp", argument)


def as_expression(value: Expression | float) -> Expression:
    """An expression as it is; a number as a constant."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
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
