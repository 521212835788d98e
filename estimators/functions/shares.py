"""Shares: figures between 0 and 1, and what is refused as a share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from citysample.errors import EstimateError
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.indicator import SHARE_UNIT, Indicator
from citysample.estimators.functions.term import Leaf, Term
from citysample.estimators.functions.totals import Proportion, Ratio

if TYPE_CHECKING:
    from citysample.reference_frames.columns import FloatArray

__all__ = ["is_share", "refuse_no_share", "refuse_percent"]

PERCENT_UNITS = ("%", "percent", "per cent", "pct")
ROUNDING = 1e-9


def is_share(expression: Expression, terms: Sequence[Leaf], variables: FloatArray) -> bool:
    """True for a proportion, and for a ratio whose part lies within its whole in each city.

    Parameters
    ----------
    expression : Expression
        Only a bare proportion or ratio counts, not an expression that holds one.
    terms : sequence of Leaf, length p
        Its totals.
    variables : array (n, p)
        Their variables.
    """
    if isinstance(expression, Proportion):
        return True
    if not isinstance(expression, Ratio):
        return False
    part = variables[:, terms.index(Term(expression.numerator))]
    whole = variables[:, terms.index(Term(expression.denominator))]
    return bool(((part >= 0.0) & (part <= whole)).all())


def refuse_percent(indicator: Indicator, terms: Sequence[Leaf], variables: FloatArray) -> None:
    """Refuse per cent as the unit of a formula that gives a share between 0 and 1."""
    if indicator.unit.strip().lower() in PERCENT_UNITS and is_share(indicator.function, terms, variables):
        raise EstimateError(
            "ESTIMATE-SHARE-INVALID",
            "The formula gives a share between 0 and 1, and the unit says per cent.",
            got=f"unit = '{indicator.unit}', formula = '{indicator.function}'",
            expected=f"unit = '{SHARE_UNIT}', or a formula 100 * ...",
            remedy=f"Write unit = '{SHARE_UNIT}'. The report then shows per cent.",
        )


def refuse_no_share(name: str, indicator: Indicator, domain: str, value: float) -> None:
    """Refuse a figure with the unit of a share that is not between 0 and 1."""
    if not (math.isnan(value) or -ROUNDING <= value <= 1.0 + ROUNDING):
        raise EstimateError(
            "ESTIMATE-SHARE-INVALID",
            f"The share '{name}' is not between 0 and 1.",
            where=f"domain '{domain}'",
            got=f"{value:.6g} from {indicator.function}",
            expected="a value from 0 to 1",
            remedy="Are the data per cent already? Use counts: ratio(part, whole). "
            f"Or remove unit = '{SHARE_UNIT}'.",
        )
