"""An indicator: an expression with the words that say what its figure means."""

from __future__ import annotations

from dataclasses import dataclass

from citysample.errors import EstimateError
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.parse import parse

__all__ = ["SHARE_UNIT", "Indicator", "as_indicator"]

SHARE_UNIT = "share"
"""Unit of figures between 0 and 1; people see them as per cent."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What to estimate, with unit and estimand.

    Parameters
    ----------
    expression : Expression or str
        A function of totals, or its text.
    unit : str
        Unit of the figure, for example ``"m2 per person"``. ``"share"`` is a figure between 0 and 1;
        another value is refused.
    estimand : str
        What it is a figure of, for example ``"share of land"`` or ``"share of cities"``.
    code : str
        Code of an official indicator, if it is one.
    interval : str or None
        Interval method for this indicator; None takes that of the call.

    Examples
    --------
    >>> Indicator("ratio(built, land)", unit="share", estimand="share of land").expression
    Ratio(numerator='built', denominator='land')
    """

    expression: Expression | str
    unit: str = ""
    estimand: str = ""
    code: str = ""
    interval: str | None = None

    def __post_init__(self) -> None:
        words = (self.unit, self.estimand, self.code, "" if self.interval is None else self.interval)
        if not all(isinstance(word, str) for word in words):
            raise EstimateError(
                "ESTIMATE-CHOICE-UNKNOWN",
                "The words of an indicator must be texts.",
                got=repr(words),
                expected="texts for unit, estimand, code and interval",
                remedy="Correct the indicator.",
            )
        if isinstance(self.expression, str):
            object.__setattr__(self, "expression", parse(self.expression))

    @property
    def function(self) -> Expression:
        """The expression, never its text."""
        return parse(self.expression) if isinstance(self.expression, str) else self.expression


def as_indicator(value: Expression | Indicator | str) -> Indicator:
    """An indicator as it is; an expression or its text without words around it."""
    if isinstance(value, Indicator):
        return value
    return Indicator(parse(value) if isinstance(value, str) else value)
