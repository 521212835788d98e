"""Figures of one call as leaves of expressions, and the text of functions of figures."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from citysample.errors import EstimateError
from citysample.estimators.functions.dual import FUNCTIONS
from citysample.estimators.functions.expressions import (
    Binary,
    Expression,
    Function,
    Negative,
    Totals,
    as_expression,
    column_text,
)
from citysample.estimators.functions.parse import DEEPEST_NESTING, LONGEST_TEXT, OPERATORS
from citysample.estimators.functions.term import Leaf

if TYPE_CHECKING:
    from citysample.estimators.functions.dual import Dual

__all__ = ["Figure", "FigureLeaf", "read_contrast", "refuse_contrast"]


@dataclass(frozen=True, slots=True)
class FigureLeaf(Leaf):
    """A figure that a contrast needs: its name, breakdown and domain."""

    name: str
    by: str
    domain: str

    def __str__(self) -> str:
        """As it is written in a contrast."""
        national = (self.by, self.domain) == ("national", "all")
        if national and column_text(self.name) == self.name:
            return self.name
        return f"figure({self.name!r})" if national else f"figure{self.name, self.by, self.domain}"


@dataclass(frozen=True, slots=True)
class Figure(Expression):
    """A figure of the same call, in a contrast. Text: ``figure('name', 'by', 'domain')``.

    Parameters
    ----------
    name : str
        The name that the figure has in the estimates.
    by, domain : str
        Breakdown and domain; the country if not given.

    Examples
    --------
    >>> str(Figure("share", "size_class", "large") - Figure("share"))
    "figure('share', 'size_class', 'large') - share"
    """

    name: str
    by: str = "national"
    domain: str = "all"

    @property
    def leaf(self) -> FigureLeaf:
        """The leaf that the expression consists of."""
        return FigureLeaf(self.name, self.by, self.domain)

    def __str__(self) -> str:
        return str(self.leaf)

    def terms(self) -> tuple[Leaf, ...]:
        """The figure itself."""
        return (self.leaf,)

    def evaluate(self, totals: Totals) -> Dual:
        """The figure."""
        return totals[self.leaf]


def read_contrast(text: str) -> Expression:
    """Read a function of figures from its text.

    Parameters
    ----------
    text : str
        Names of national figures, ``figure('name')`` for a name that is no identifier,
        ``figure('name', 'by', 'domain')``, ``log(...)``, ``exp(...)``, numbers, parentheses and
        ``+ - * / **``.

    Returns
    -------
    Expression

    Raises
    ------
    EstimateError
        ``EXPRESSION-INVALID``: the text is no such function.

    Examples
    --------
    >>> str(read_contrast("(a-b)/figure('a', 'region', 'North')"))
    "(a - b) / figure('a', 'region', 'North')"
    """
    if len(text) > LONGEST_TEXT:
        refuse_contrast(text[:40], f"expected a text of at most {LONGEST_TEXT} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, Warning) as error:
        refuse_contrast(text, getattr(error, "msg", None) or str(error))
    except (RecursionError, MemoryError):
        refuse_contrast(text, "too many nested parentheses")
    return _expression(tree.body, text, 0)


def _expression(node: ast.expr, text: str, depth: int) -> Expression:
    if depth > DEEPEST_NESTING:
        refuse_contrast(text, "too many nested parts")
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left = _expression(node.left, text, depth + 1)
        return Binary(OPERATORS[type(node.op)], left, _expression(node.right, text, depth + 1))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return Negative(_expression(node.operand, text, depth + 1))
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return _number(node.value, text)
    if isinstance(node, ast.Name):
        return Figure(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, node.args, text, depth)
    return refuse_contrast(
        text, f"'{ast.get_source_segment(text.strip(), node) or text}' is not allowed here"
    )


def _number(value: float, text: str) -> Expression:
    if isinstance(value, bool):
        refuse_contrast(text, f"'{value}' is not allowed here")
    try:
        return as_expression(float(value))
    except (OverflowError, EstimateError):
        refuse_contrast(text, "a number is too large")


def _call(name: str, arguments: list[ast.expr], text: str, depth: int) -> Expression:
    if name in FUNCTIONS and len(arguments) == 1:
        return Function(name, _expression(arguments[0], text, depth + 1))
    if name == "figure" and len(arguments) in (1, 3):
        return Figure(*(_name(argument, text) for argument in arguments))
    return refuse_contrast(text, f"{name}() is not allowed here, or its arguments do not fit")


def _name(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return refuse_contrast(text, "figure() takes a name, or name, breakdown and domain")


def refuse_contrast(text: str, why: str) -> NoReturn:
    """Refuse a contrast, with the reason."""
    raise EstimateError(
        "EXPRESSION-INVALID",
        "The contrast cannot be read.",
        where=text,
        got=why,
        expected="for example: after - before, or figure('share', 'region', 'North') - share",
        remedy="Use names of figures, figure('name', 'by', 'domain'), log, exp, numbers and + - * / **.",
    )
