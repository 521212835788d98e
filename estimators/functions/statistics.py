"""Statistics of several totals or of the distribution: regression, correlation, separate ratio, quantile."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from citysample.errors import EstimateError
from citysample.estimators.functions.dual import Dual
from citysample.estimators.functions.expressions import Expression, Number, Statistic, Totals, column_text
from citysample.estimators.functions.term import COUNT, Leaf, QuantileLeaf, Term

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["INTERCEPT", "Coefficient", "Correlation", "Quantile", "SeparateRatio"]

KnownTotals: TypeAlias = "Mapping[str, float] | Sequence[tuple[str, float]] | pd.Series[float]"

INTERCEPT = "intercept"
"""The name of the constant of a regression."""


@dataclass(frozen=True, slots=True)
class Quantile(Expression):
    """A quantile of a column over the cities. Text: ``quantile(y, 0.5)``.

    Each city counts once: the median is that of the cities, not of the people in them.

    Parameters
    ----------
    column : str
        A number column.
    p : float
        Between 0 and 1; 0.5 is the median.
    rule : str
        Which value it is where the estimated distribution function jumps; see ``QUANTILE_RULES``. The default
        ``"math"`` takes the smallest value at which the function reaches p.

    Notes
    -----
    The interval is that of Woodruff, and the standard error is its length over twice the t quantile.

    References
    ----------
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. J. Amer. Statist.
    Assoc. 47, 635-646.
    """

    column: str
    p: float
    rule: str = "math"

    def __post_init__(self) -> None:
        from citysample.estimators.quantiles import QUANTILE_RULES

        sound = not isinstance(self.p, bool) and isinstance(self.p, (int, float)) and 0.0 < self.p < 1.0
        if not sound or not isinstance(self.rule, str) or self.rule not in QUANTILE_RULES:
            raise _invalid(
                "The quantile cannot be estimated.",
                f"p = {self.p!r}, rule = {self.rule!r}",
                f"p above 0 and below 1; a rule out of {', '.join(map(repr, QUANTILE_RULES))}",
            )
        self.terms()

    def __str__(self) -> str:
        rule = "" if self.rule == "math" else f", {self.rule!r}"
        return f"quantile({column_text(self.column)}, {Number(float(self.p))}{rule})"

    @property
    def leaf(self) -> QuantileLeaf:
        """The leaf that the expression consists of."""
        return QuantileLeaf(self.column, float(self.p), self.rule)

    def terms(self) -> tuple[Leaf, ...]:
        """The quantile itself."""
        return (self.leaf,)

    def evaluate(self, totals: Totals) -> Dual:
        """The quantile."""
        return totals[self.leaf]


@dataclass(frozen=True, slots=True)
class Correlation(Statistic):
    """The correlation of two columns over the cities. Text: ``correlation(x, y)``.

    Parameters
    ----------
    first, second : str
        Number columns x and y.

    Notes
    -----
    S_xy / sqrt(S_xx S_yy), with S_xy = sum w x y - (sum w x)(sum w y) / sum w. The variables are centred at
    their means in the sample before they are multiplied, which changes nothing but rounding.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 5.9.
    """

    first: str
    second: str

    def __str__(self) -> str:
        return f"correlation({column_text(self.first)}, {column_text(self.second)})"

    def terms(self) -> tuple[Leaf, ...]:
        """First and second moments."""
        x, y = self.first, self.second
        found = (*_moments(x, x), *_moments(y, y), *_moments(x, y), COUNT)
        return tuple(dict.fromkeys(found))

    def evaluate(self, totals: Totals) -> Dual:
        """Covariance over the root of the product of variances."""
        x, y = self.first, self.second
        half = Dual.constant(0.5, totals[COUNT])
        spread = (_cross(totals, x, x) * _cross(totals, y, y)) ** half
        return _cross(totals, x, y) / spread


@dataclass(frozen=True, slots=True)
class Coefficient(Expression):
    """A coefficient of the weighted regression of y on x and a constant. Text: ``coefficient(y, x)``.

    Use it for the linear relation between two quantities over the cities of the country.

    Parameters
    ----------
    outcome : str
        Number column y.
    of : str
        Whose coefficient: one of the regressors, or ``"intercept"``.
    regressors : sequence of str, optional
        Number columns x_1, x_2, ...; ``of`` alone if not given.

    Notes
    -----
    B = (sum w x x')^-1 sum w x y, with a constant among x. The slopes are computed from variables centred
    at their means in the sample. Linearised variable z_k = (sum w x x')^-1 x_k (y_k - x_k' B).

    References
    ----------
    Fuller, W. A. (1975). Regression analysis for sample survey. Sankhya C 37, 117-132. Sarndal, Swensson,
    Wretman (1992), sec. 5.10.

    Examples
    --------
    >>> str(Coefficient("built_up", "population", ["population", "area"]))
    'coefficient(built_up, population, population, area)'
    """

    outcome: str
    of: str
    regressors: tuple[str, ...] = ()

    def __init__(self, outcome: str, of: str, regressors: Sequence[str] = ()) -> None:
        listed = isinstance(regressors, (list, tuple))
        names = tuple(regressors) if listed else (regressors,)
        if not all(isinstance(name, str) for name in (of, *names)):
            raise _invalid(
                "The names of a regression must be texts.", f"{of!r}, {regressors!r}", "names of columns"
            )
        names = names or ((of,) if of != INTERCEPT else ())
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "of", of)
        object.__setattr__(self, "regressors", names)
        if not names or of not in (*names, INTERCEPT) or len(set(names)) != len(names) or INTERCEPT in names:
            raise _invalid(
                "The regression coefficient cannot be estimated.",
                f"coefficient of {of!r}, regressors {names!r}",
                f"regressors that differ, and one of them or '{INTERCEPT}'",
            )
        self.terms()

    def __str__(self) -> str:
        names = () if self.regressors == (self.of,) else self.regressors
        return f"coefficient({', '.join(column_text(name) for name in (self.outcome, self.of, *names))})"

    def terms(self) -> tuple[Leaf, ...]:
        """First and second moments of the outcome and the regressors."""
        xs, y = self.regressors, self.outcome
        found = [term for i, x in enumerate(xs) for other in xs[i:] for term in _moments(x, other)]
        found += [term for x in xs for term in _moments(x, y)]
        plain = [Term(name) for name in (y, *xs)] if self.of == INTERCEPT else []
        return tuple(dict.fromkeys((*found, *plain, COUNT)))

    def evaluate(self, totals: Totals) -> Dual:
        """The solution of the normal equations."""
        xs, y = self.regressors, self.outcome
        slopes = Dual.solve(
            [[_cross(totals, x, other) for other in xs] for x in xs],
            [_cross(totals, x, y) for x in xs],
            [totals[_moment(x, x)] for x in xs],
        )
        if self.of != INTERCEPT:
            return slopes[xs.index(self.of)]
        constant = totals[Term(y)] / totals[COUNT]
        for x, slope in zip(xs, slopes, strict=True):
            constant = constant - slope * (totals[Term(x)] / totals[COUNT])
        return constant


@dataclass(frozen=True, slots=True)
class SeparateRatio(Expression):
    """A ratio estimated in each stratum apart, with known totals of x: sum_h X_h R_h / sum_h X_h.

    Use it where the ratio differs much between strata, each stratum has several cities, and the totals of x
    are known. Text: ``separate_ratio(y, x, 'North', 3100000, 'South', 1200000)``.

    Parameters
    ----------
    numerator, denominator : str
        Number columns y and x.
    totals : mapping of str to float
        Known total X_h of x in each stratum of the draw, above 0.

    Notes
    -----
    R_h = sum w y / sum w x over the cities of stratum h. Times sum_h X_h it is the separate ratio estimator
    of the total of y. It is biased where strata have few cities. The combined one is
    ``1.2e7 * ratio(y, x)`` with the known national total of x.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., sec. 6.10.
    """

    numerator: str
    denominator: str
    totals: tuple[tuple[str, float], ...]

    def __init__(
        self,
        numerator: str,
        denominator: str,
        totals: KnownTotals,
    ) -> None:
        known = _known_totals(totals)
        object.__setattr__(self, "numerator", numerator)
        object.__setattr__(self, "denominator", denominator)
        object.__setattr__(self, "totals", known)
        bad = [stratum for stratum, total in known if not (math.isfinite(total) and total > 0.0)]
        if bad or not known or len(dict(known)) != len(known):
            raise _invalid(
                "The known totals of a separate ratio are not sound.",
                repr(dict(known)),
                "a number above 0 for each stratum, each stratum once",
            )
        self.terms()

    def __str__(self) -> str:
        columns = (column_text(self.numerator), column_text(self.denominator))
        known = (f"{stratum!r}, {Number(total)}" for stratum, total in self.totals)
        return f"separate_ratio({', '.join((*columns, *known))})"

    def terms(self) -> tuple[Leaf, ...]:
        """The totals of both columns in each stratum."""
        columns = (self.numerator, self.denominator)
        return tuple(Term(name, stratum=stratum) for stratum, _ in self.totals for name in columns)

    def evaluate(self, totals: Totals) -> Dual:
        """The ratios of the strata, weighted with the known totals."""
        whole = math.fsum(total for _, total in self.totals)
        parts = [
            Dual.constant(known / whole, totals[Term(self.numerator, stratum=stratum)])
            * totals[Term(self.numerator, stratum=stratum)]
            / totals[Term(self.denominator, stratum=stratum)]
            for stratum, known in self.totals
        ]
        result = parts[0]
        for part in parts[1:]:
            result = result + part
        return result


def _known_totals(
    totals: KnownTotals,
) -> tuple[tuple[str, float], ...]:
    # A pandas Series of totals by stratum has items, and is no Mapping.
    items = getattr(totals, "items", None)
    try:
        pairs: Iterable[Any] = totals if items is None else items()
        return tuple((str(stratum), float(total)) for stratum, total in pairs)
    except (TypeError, ValueError, OverflowError):
        raise _invalid(
            "The known totals of a separate ratio are not sound.",
            repr(totals),
            "a mapping from strata to numbers",
        ) from None


def _moment(x: str, y: str) -> Term:
    """The total of the product of two centred columns."""
    first, second = sorted((x, y), key=str)
    return Term(first, times=second, centred=True)


def _moments(x: str, y: str) -> tuple[Term, ...]:
    return (_moment(x, y), Term(x, centred=True), Term(y, centred=True))


def _cross(totals: Totals, x: str, y: str) -> Dual:
    """S_xy = sum w x y - (sum w x)(sum w y) / sum w."""
    means = totals[Term(x, centred=True)] * totals[Term(y, centred=True)] / totals[COUNT]
    return totals[_moment(x, y)] - means


def _invalid(message: str, got: str, expected: str) -> EstimateError:
    return EstimateError(
        "EXPRESSION-INVALID", message, got=got, expected=expected, remedy="Correct the expression."
    )
