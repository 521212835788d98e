"""The canonical text of an expression is read back through a whitelist of syntax; never ``eval``."""

from __future__ import annotations

import ast
import warnings
from typing import NoReturn

from citysample.errors import EstimateError, did_you_mean
from citysample.estimators.functions.expressions import (
    FUNCTIONS,
    Binary,
    Expression,
    Function,
    Mean,
    Negative,
    Proportion,
    Ratio,
    Total,
    as_expression,
)

__all__ = ["parse"]

LONGEST_TEXT = 4000
DEEPEST_NESTING = 200

ESTIMATORS: dict[str, tuple[type[Expression], int, int]] = {
    "total": (Total, 1, 1),
    "mean": (Mean, 1, 1),
    "ratio": (Ratio, 2, 2),
    "proportion": (Proportion, 1, 2),
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
        ``log(...)``, ``exp(...)``, numbers, parentheses and ``+ - * / **``. A column name that is
        no identifier stands in quotes: ``total('built-up area')``.

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
    estimator, least, most = ESTIMATORS[name]
    if not least <= len(arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} or {most}"
        _refuse(text, f"{name}() takes {wanted} columns, not {len(arguments)}")
    return estimator(*(_name(argument, text, name) for argument in arguments))


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
        remedy="Use total, mean, ratio, proportion, log, exp, numbers, parentheses and + - * / **.",
    )
