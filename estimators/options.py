"""The options of an estimate, checked once."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from citysample.errors import EstimateError, did_you_mean, located
from citysample.estimators.df_rules import DF_RULES
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.indicator import Indicator, as_indicator
from citysample.estimators.intervals.methods import INTERVALS

__all__ = ["AnyIndicator", "Options", "named_indicators", "unknown_choice"]

AnyIndicator = Expression | Indicator | str
OTHER_INTERVALS = ("auto", "woodruff")

NEAREST = 1e-9
"""A confidence level nearer to 0 or 1 has quantiles that are lost in rounding."""


@dataclass(frozen=True, slots=True)
class Options:
    """How variances and intervals are computed; see :meth:`WeightedSample.estimate`."""

    variance: str = "design"
    interval: str = "auto"
    confidence_level: float = 0.95
    df: str | float = "design"
    proxy: str | None = None
    form: str = "design"
    replicates: int | None = None
    seed: str = "replicates"
    fay: float = 0.5

    def __post_init__(self) -> None:
        for option in ("variance", "interval", "form", "seed"):
            if not isinstance(getattr(self, option), str):
                raise unknown_choice(option, getattr(self, option), "a text")
        check_interval(self.interval)
        level = self.confidence_level
        number = isinstance(level, (int, float)) and not isinstance(level, bool)
        if not number or not NEAREST <= level <= 1.0 - NEAREST:
            raise unknown_choice("confidence_level", level, "a number above 0 and below 1, such as 0.95")
        given = isinstance(self.df, (int, float)) and not isinstance(self.df, bool)
        known = self.df in DF_RULES if isinstance(self.df, str) else given and _above_0(self.df)
        if not known:
            raise unknown_choice("df", self.df, f"{', '.join(map(repr, DF_RULES))} or a number above 0")
        if not isinstance(self.proxy, (str, type(None))):
            raise unknown_choice("proxy", self.proxy, "the name of a column of the frame")
        if self.proxy is not None and self.df != "satterthwaite":
            raise unknown_choice("proxy", self.proxy, "a proxy with df = 'satterthwaite' only")
        R = self.replicates
        whole = isinstance(R, int) and not isinstance(R, bool)
        if R is not None and (not whole or R < 2):
            raise unknown_choice("replicates", R, "a whole number of at least 2")
        if isinstance(self.fay, bool) or not isinstance(self.fay, (int, float)) or not 0.0 <= self.fay < 1.0:
            raise unknown_choice("fay", self.fay, "a number of at least 0 and below 1")


def _above_0(number: float) -> bool:
    """True for infinity, too, but not for a whole number that no float can hold."""
    return 0 < number <= sys.float_info.max or number == math.inf


def named_indicators(indicators: Mapping[str, AnyIndicator] | AnyIndicator) -> dict[str, Indicator]:
    """The indicators by name; one alone is named by its text."""
    if isinstance(indicators, Mapping):
        named = {}
        for name, value in indicators.items():
            with located(f"estimate '{name}'"):
                if str(name) in named:
                    raise unknown_choice("name", name, "a different name for each estimate")
                named[str(name)] = as_indicator(value)
    else:
        indicator = as_indicator(indicators)
        named = {str(indicator.function): indicator}
    for name, indicator in named.items():
        if indicator.interval is not None:
            with located(f"estimate '{name}'"):
                check_interval(indicator.interval)
        if not isinstance(indicator.function, Expression) or not indicator.function.terms():
            raise EstimateError(
                "EXPRESSION-INVALID",
                f"'{name}' is no function of totals.",
                got=repr(indicator.function),
                expected="an expression with at least one total, mean, ratio or proportion",
                remedy="Write for example cs.Ratio('y', 'x').",
            )
    if not named:
        raise unknown_choice("indicators", {}, "at least one expression")
    return named


def check_interval(name: str) -> None:
    """Refuse an interval method that does not exist."""
    known = [*OTHER_INTERVALS, *INTERVALS]
    if name not in known:
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no interval method '{name}'.",
            where="interval",
            got=repr(name),
            remedy=did_you_mean(str(name), known),
        )


def unknown_choice(option: str, got: object, expected: str) -> EstimateError:
    """The error for an option that has no such value."""
    return EstimateError(
        "ESTIMATE-CHOICE-UNKNOWN",
        f"'{option}' has no such value.",
        got=repr(got),
        expected=expected,
        remedy=f"Correct '{option}'.",
    )
