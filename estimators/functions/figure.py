"""Figures of one call as leaves of expressions, and the text of functions of figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.estimators.functions.expressions import Expression, Totals, column_text
from citysample.estimators.functions.grammar import Grammar, Leaves, read_expression
from citysample.estimators.functions.term import Leaf

if TYPE_CHECKING:
    from citysample.estimators.functions.dual import Dual

__all__ = ["CONTRASTS", "Figure", "FigureLeaf", "read_contrast"]


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


CONTRASTS = Grammar(
    {"figure": Leaves(Figure, "n", "nn")},
    what="The contrast",
    example="after - before, or figure('share', 'region', 'North') - share",
    hint="a name, or name, breakdown and domain",
    bare=Figure,
)


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
    return read_expression(text, CONTRASTS)
