"""Leaves of expressions: the totals and quantiles that an expression asks of the sample."""

from __future__ import annotations

from dataclasses import dataclass

from citysample.errors import EstimateError
from citysample.reference_frames.columns import CITIES

__all__ = ["COUNT", "Leaf", "QuantileLeaf", "Term"]


class Leaf:
    """What an expression is a function of."""

    __slots__ = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that it is made of."""
        return ()


@dataclass(frozen=True, slots=True)
class Term(Leaf):
    """A total that an expression needs.

    Parameters
    ----------
    column : str
        A number column; ``"cities"`` is the variable that is 1 for each city.
    level : str or None
        If given, the variable is 1 where the column has this label, else 0.
    binary : bool
        True if the column must hold 0 and 1 only.
    times : str or None
        If given, the variable is the product with this number column.
    centred : bool
        True if the means of the sample are subtracted first, for functions to which this makes no difference
        but for rounding.
    logarithm : bool
        True if the variable is the natural logarithm of the column.
    stratum : str or None
        If given, the variable is 0 outside this stratum of the draw.
    """

    column: str
    level: str | None = None
    binary: bool = False
    times: str | None = None
    centred: bool = False
    logarithm: bool = False
    stratum: str | None = None

    def __post_init__(self) -> None:
        _refuse_no_name(self.column)
        if self.times is not None:
            _refuse_no_name(self.times)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that the variable is made of."""
        named = (self.column,) if self.times is None else (self.column, self.times)
        return tuple(name for name in named if name != CITIES)


@dataclass(frozen=True, slots=True)
class QuantileLeaf(Leaf):
    """A quantile that an expression needs.

    Parameters
    ----------
    column : str
        A number column.
    p : float
        Between 0 and 1.
    rule : str
        Which value it is where the distribution function jumps, a key of ``QUANTILE_RULES``.
    """

    column: str
    p: float
    rule: str

    def __post_init__(self) -> None:
        _refuse_no_name(self.column)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that the quantile is made of."""
        return (self.column,)


def _refuse_no_name(column: object) -> None:
    if not isinstance(column, str):
        raise EstimateError(
            "EXPRESSION-INVALID",
            "The name of a column must be a text.",
            got=repr(column),
            expected="a text, such as 'built_up'",
            remedy="Name a column of the data.",
        )


COUNT = Term(CITIES)
