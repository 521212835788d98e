"""The one reader of expressions: a whitelist of syntax, with the leaves that a grammar allows."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
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

__all__ = ["LONGEST_TEXT", "Grammar", "Leaves", "read_expression"]

LONGEST_TEXT = 4000
DEEPEST_NESTING = 200

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}

ARGUMENTS = {"n": "a column or label", "x": "a number"}


@dataclass(frozen=True, slots=True)
class Leaves:
    """How leaves of one kind are written: as a call with names (n) and numbers (x).

    Parameters
    ----------
    build : callable
        Makes the expression from the arguments.
    arguments, optional, repeated : str
        Kinds of the arguments that must be there, of those that may follow, all or none of the latter
        left out from the end, and of those that may follow any number of times.
    """

    build: Callable[..., Expression]
    arguments: str
    optional: str = ""
    repeated: str = ""

    def kinds(self, count: int) -> str | None:
        """The kind of each of so many arguments; None if there cannot be so many."""
        fixed = self.arguments + self.optional
        more = count - len(fixed)
        if count < len(self.arguments) or (more > 0 and not self.repeated):
            return None
        if more > 0 and more % len(self.repeated):
            return None
        return (fixed + self.repeated * max(more, 0))[:count]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What an expression may be made of, and how an error explains it.

    Parameters
    ----------
    leaves : mapping of str to Leaves
        The leaves by the name of their call.
    what, example, hint : str
        What is read, such as "The expression"; an example of it; what to write in place of a calculation
        where a name is needed.
    bare : callable, optional
        Makes a leaf from a name alone; without it a name alone is refused.
    """

    leaves: Mapping[str, Leaves]
    what: str
    example: str
    hint: str
    bare: Callable[[str], Expression] | None = None

    def refuse(self, text: str, why: str) -> NoReturn:
        """Refuse a text, with the reason."""
        raise EstimateError(
            "EXPRESSION-INVALID",
            f"{self.what} cannot be read.",
            where=text,
            got=why,
            expected=f"for example: {self.example}",
            remedy=f"Use {', '.join((*self.leaves, *FUNCTIONS))}, numbers, parentheses and + - * / **.",
        )


def read_expression(text: str, grammar: Grammar) -> Expression:
    """Read an expression from its text; never ``eval``.

    Parameters
    ----------
    text : str
        Leaves of the grammar, ``log(...)``, ``exp(...)``, numbers, parentheses and ``+ - * / **``.
    grammar : Grammar
        The leaves.

    Raises
    ------
    EstimateError
        ``EXPRESSION-INVALID``: the text is not such an expression.
    """
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        grammar.refuse(str(text)[:40], f"expected a text of at most {LONGEST_TEXT} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, Warning) as error:
        grammar.refuse(text, getattr(error, "msg", None) or str(error))
    except (RecursionError, MemoryError):
        grammar.refuse(text, "too many nested parentheses")
    return _Reader(text, grammar).expression(tree.body, 0)


@dataclass(frozen=True, slots=True)
class _Reader:
    text: str
    grammar: Grammar

    def expression(self, node: ast.expr, depth: int) -> Expression:
        if depth > DEEPEST_NESTING:
            self._refuse("too many nested parts")
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            left = self.expression(node.left, depth + 1)
            return Binary(OPERATORS[type(node.op)], left, self.expression(node.right, depth + 1))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return Negative(self.expression(node.operand, depth + 1))
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return self._constant(node.value)
        if isinstance(node, ast.Name) and self.grammar.bare is not None:
            return self.grammar.bare(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._call(node.func.id, node.args, depth)
        return self._refuse(
            f"'{ast.get_source_segment(self.text.strip(), node) or self.text}' is not allowed here"
        )

    def _constant(self, value: float) -> Expression:
        if isinstance(value, bool):
            self._refuse(f"'{value}' is not allowed here")
        try:
            return as_expression(float(value))
        except (OverflowError, EstimateError):
            self._refuse("a number is too large")

    def _call(self, name: str, arguments: list[ast.expr], depth: int) -> Expression:
        if name in FUNCTIONS:
            if len(arguments) != 1:
                self._refuse(f"{name}() takes one expression")
            return Function(name, self.expression(arguments[0], depth + 1))
        if name not in self.grammar.leaves:
            raise EstimateError(
                "EXPRESSION-INVALID",
                f"There is no estimator '{name}'.",
                where=self.text,
                remedy=did_you_mean(name, [*self.grammar.leaves, *FUNCTIONS]),
            )
        leaves = self.grammar.leaves[name]
        kinds = leaves.kinds(len(arguments))
        if kinds is None:
            wanted = ", ".join(ARGUMENTS[kind] for kind in leaves.arguments + leaves.repeated)
            self._refuse(f"{name}() takes {wanted}; {len(arguments)} arguments were given")
        values = [
            self._name(argument, name) if kind == "n" else self._number(argument, name)
            for argument, kind in zip(arguments, kinds, strict=True)
        ]
        return leaves.build(*values)

    def _number(self, node: ast.expr, name: str) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        return self._refuse(f"{name}() takes a number here")

    def _name(self, node: ast.expr, name: str) -> str:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self._refuse(f"{name}() takes {self.grammar.hint}")

    def _refuse(self, why: str) -> NoReturn:
        self.grammar.refuse(self.text, why)
