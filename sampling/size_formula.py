"""The size measure of a design: a frame column, or a formula such as ``sqrt(population)``."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from citysample.errors import CitySampleError, DesignError, did_you_mean
from citysample.reference_frames.columns import FloatArray, numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["size_values"]

OPERATORS: dict[type[ast.operator], Callable[[FloatArray, FloatArray], FloatArray]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
FUNCTIONS: dict[str, tuple[Callable[..., FloatArray], int]] = {
    "sqrt": (np.sqrt, 1),
    "log": (np.log, 1),
    "exp": (np.exp, 1),
    "minimum": (np.minimum, 2),
    "maximum": (np.maximum, 2),
}
"""Functions of a size formula, with the number of their arguments."""
LONGEST_TEXT = 1000


def size_values(table: pd.DataFrame, formula: str) -> FloatArray:
    """The size measure of each city, from a column or a formula of columns.

    Use it for inclusion probabilities proportional to any function of what the frame knows.

    Parameters
    ----------
    table : pandas.DataFrame
        The N cities.
    formula : str
        The name of a number column, or a formula of such columns: names, numbers, ``+ - * / **``,
        parentheses, ``sqrt``, ``log``, ``exp``, ``minimum(a, b)``, ``maximum(a, b)``. A column whose name
        is no identifier stands in quotes: ``"sqrt('built-up area')"``.

    Returns
    -------
    array (N,)
        Size measures in the unit of the formula. They may still be zero or negative.

    Raises
    ------
    DesignError
        ``DESIGN-SIZE-FORMULA``: the text is no such formula, or gives no finite number for a city.
    FrameError
        ``FRAME-COLUMN-UNKNOWN``: the text is one name, and no column has it.

    Examples
    --------
    >>> import pandas as pd
    >>> size_values(pd.DataFrame({"people": [4.0, 9.0]}), "sqrt(people) + 1").tolist()
    [3.0, 4.0]
    """
    if formula in table.columns:
        return numbers(table, formula, "FRAME")
    if formula.isidentifier():
        require_columns(table, [formula], "FRAME", "size of the design")
    if len(formula) > LONGEST_TEXT:
        _refuse(formula[:40], f"a text of more than {LONGEST_TEXT} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(formula.strip(), mode="eval").body
            with np.errstate(all="ignore"):
                values = np.broadcast_to(_value(tree, table, formula), (len(table),)).astype(np.float64)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        if isinstance(error, CitySampleError):
            raise
        _refuse(formula, getattr(error, "msg", None) or str(error))
    if not np.isfinite(values).all():
        bad = table.index[~np.isfinite(values)]
        _refuse(formula, f"no finite number for {len(bad)} cities, such as '{bad[0]}'")
    return values


def _value(node: ast.expr, table: pd.DataFrame, formula: str) -> FloatArray:
    match node:
        case ast.Constant(value=bool()):
            return _refuse(formula, "a truth value")
        case ast.Constant(value=int() | float() as number):
            return np.array(float(number))
        case ast.Name(id=name) | ast.Constant(value=str() as name):
            if name not in table.columns:
                _refuse(formula, f"no column '{name}'", did_you_mean(name, [str(c) for c in table.columns]))
            return numbers(table, name, "FRAME")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, table, formula)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
            return OPERATORS[type(operator)](_value(left, table, formula), _value(right, table, formula))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            function, count = FUNCTIONS[name]
            if len(arguments) != count:
                _refuse(formula, f"{len(arguments)} arguments of {name}, which takes {count}")
            return function(*(_value(argument, table, formula) for argument in arguments))
        case _:
            return _refuse(formula, f"'{ast.unparse(node)}'")


def _refuse(formula: str, got: str, remedy: str = "") -> NoReturn:
    raise DesignError(
        "DESIGN-SIZE-FORMULA",
        f"The size measure '{formula}' is no column and no formula that can be used.",
        got=got,
        expected="a column, or a formula such as sqrt(population) or population ** 0.75",
        remedy=remedy or "Correct size in the design.",
    )
