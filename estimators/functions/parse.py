"""The canonical text of an expression is read back through a whitelist of syntax; never ``eval``."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from citysample.errors import EstimateError, did_you_mean
from citysample.estimators.functions.dual import FUNCTIONS
from citysample.estimators.functions.expressions import (
    Binary,
    Expression,
    Function,
    Negative,
    as_expression,
)
from citysample.estimators.functions.statistics import Coefficient, Correlation, Quantile, SeparateRatio
from citysample.estimators.functions.totals import GeometricMean, Mean, Proportion, Ratio, Total

__all__ = ["parse"]

LONGEST_TEXT = 4000
DEEPEST_NESTING = 200


@dataclass(frozen=True, slots=True)
class _Estimator:
    """How an estimator is written: its arguments are names of columns (n) and numbers (x)."""

    build: Callable[..., Expression]
    arguments: str
    optional: str = ""
    repeated: str = ""
    """Arguments that may follow any number of times."""

    def kinds(self, count: int) -> str | None:
        """The kind of each of so many arguments; None if there cannot be so many."""
        fixed = self.arguments + self.optional
        more = count - len(fixed)
        if count < len(self.arguments) or (more > 0 and not self.repeated):
            return None
        if more > 0 and more % len(self.repeated):
            return None
        return (fixed + self.repeated * max(more, 0))[:count]


ESTIMATORS: dict[str, _Estimator] = {
    "total": _Estimator(Total, "n"),
    "mean": _Estimator(Mean, "n"),
    "ratio": _Estimator(Ratio, "nn"),
    "proportion": _Estimator(Proportion, "n", "n"),
    "geometric_mean": _Estimator(GeometricMean, "n"),
    "quantile": _Estimator(Quantile, "nx", "n"),
    "correlation": _Estimator(Correlation, "nn"),
    "coefficient": _Estimator(lambda y, of, *x: Coefficient(y, of, x), "nn", repeated="n"),
    "separate_ratio": _Estimator(
        lambda y, x, *known: SeparateRatio(y, x, list(zip(known[::2], known[1::2], strict=True))),
        "nn",
        repeated="nx",
    ),
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}


def parse(text: str) -> Expression:
    """Read an expression from its text.

    Use it for expressions that come from a file. ``str(parse(text))`` is the canonical text.

    Parameters
    ----------
    text : str
        ``total(x)``, ``mean(x)``, ``ratio(y, x)``, ``proportion(c)``, ``proportion(c, 'level')``,
        ``geometric_mean(x)``, ``quantile(x, 0.5)``, ``correlation(x, y)``, ``coefficient(y, x)``,
        ``separate_ratio(y, x, 'North', 3100000, ...)``, ``log(...)``, ``exp(...)``, numbers, parentheses
        and ``+ - * / **``. A column name that is no identifier stands in quotes: ``total('built-up area')``.

    Returns
    -------
    Expression

    Raises
    ------
    EstimateError
        ``EXPRESSION-INVALID``: the text is not such an expression.

    Examples
    --------
    >>> str(parse("10000*(total(built)/total(people))"))
    '10000 * (total(built) / total(people))'
    """
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        _refuse(str(text)[:40], f"expected a text of at most {LONGEST_TEXT} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, Warning) as error:
        _refuse(text, getattr(error, "msg", None) or str(error))
    except (RecursionError, MemoryError):
        _refuse(text, "too many nested parentheses")
    return _expression(tree.body, text, 0)


def _expression(node: ast.expr, text: str, depth: int) -> Expression:
    if depth > DEEPEST_NESTING:
        _refuse(text, "too many nested parts")
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left = _expression(node.left, text, depth + 1)
        return Binary(OPERATORS[type(node.op)], left, _expression(node.right, text, depth + 1))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return Negative(_expression(node.operand, text, depth + 1))
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return _number(node.value, text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, node.args, text, depth)
    return _refuse(text, f"'{ast.get_source_segment(text.strip(), node) or text}' is not allowed here")


def _number(value: float, text: str) -> Expression:
    if isinstance(value, bool):
        _refuse(text, f"'{value}' is not allowed here")
    try:
        return as_expression(float(value))
    except (OverflowError, EstimateError):
        _refuse(text, "a number is too large")


def _call(name: str, arguments: list[ast.expr], text: str, depth: int) -> Expression:
    if name in FUNCTIONS:
        if len(arguments) != 1:
            _refuse(text, f"{name}() takes one expression")
        return Function(name, _expression(arguments[0], text, depth + 1))
    if name not in ESTIMATORS:
        raise EstimateError(
            "EXPRESSION-INVALID",
            f"There is no estimator '{name}'.",
            where=text,
            remedy=did_you_mean(name, [*ESTIMATORS, *FUNCTIONS]),
        )
    estimator = ESTIMATORS[name]
    kinds = estimator.kinds(len(arguments))
    if kinds is None:
        words = {"n": "a column or label", "x": "a number"}
        wanted = ", ".join(words[kind] for kind in estimator.arguments + estimator.repeated)
        _refuse(text, f"{name}() takes {wanted}; {len(arguments)} arguments were given")
    values = [
        _name(argument, text, name) if kind == "n" else _plain_number(argument, text, name)
        for argument, kind in zip(arguments, kinds, strict=True)
    ]
    return estimator.build(*values)


def _plain_number(node: ast.expr, text: str, estimator: str) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    return _refuse(text, f"{estimator}() takes a number here")


def _name(node: ast.expr, text: str, estimator: str) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return _refuse(text, f"{estimator}() takes column names; combine totals instead: total(a) + total(b)")


def _refuse(text: str, why: str) -> NoReturn:
    raise EstimateError(
        "EXPRESSION-INVALID",
        "The expression cannot be read.",
        where=text,
        got=why,
        expected="for example: 10000 * ratio(built_up, population)",
        remedy=f"Use {', '.join((*ESTIMATORS, *FUNCTIONS))}, numbers, parentheses and + - * / **.",
    )
