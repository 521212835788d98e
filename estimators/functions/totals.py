"""Totals and simple functions of them: mean, ratio, proportion, geometric mean."""

from __future__ import annotations

from dataclasses import dataclass

from citysample.estimators.functions.dual import Dual
from citysample.estimators.functions.expressions import Expression, Statistic, Totals, column_text
from citysample.estimators.functions.term import COUNT, Leaf, Term
from citysample.reference_frames.columns import CITIES, plain_text

__all__ = ["GeometricMean", "Mean", "Proportion", "Ratio", "Total"]


@dataclass(frozen=True, slots=True)
class Total(Statistic):
    """The total of a column over the cities: sum of w_k y_k. Text: ``total(y)``.

    ``Total("cities")`` is the estimated number of cities.

    Parameters
    ----------
    column : str
        A number column.

    Examples
    --------
    >>> str(Total("built_up") / Total("population"))
    'total(built_up) / total(population)'
    """

    column: str

    def __str__(self) -> str:
        return f"total({column_text(self.column)})"

    def terms(self) -> tuple[Leaf, ...]:
        """The total itself."""
        return (Term(self.column),)

    def evaluate(self, totals: Totals) -> Dual:
        """The total."""
        return totals[Term(self.column)]


@dataclass(frozen=True, slots=True)
class Mean(Statistic):
    """The mean of a column over the cities: sum w_k y_k / sum w_k. Text: ``mean(y)``.

    Each city counts once: this is the average city, not the average person.

    Parameters
    ----------
    column : str
        A number column.
    """

    column: str

    def __str__(self) -> str:
        return f"mean({column_text(self.column)})"

    def terms(self) -> tuple[Leaf, ...]:
        """The total of the column and the number of cities."""
        return (Term(self.column), COUNT)

    def evaluate(self, totals: Totals) -> Dual:
        """Total over count."""
        return totals[Term(self.column)] / totals[COUNT]

    def quotient(self) -> tuple[Expression, Expression]:
        """The total and the number of cities."""
        return Total(self.column), Total(CITIES)


@dataclass(frozen=True, slots=True)
class Ratio(Statistic):
    """The ratio of two totals: sum w_k y_k / sum w_k x_k. Text: ``ratio(y, x)``.

    Use it for shares of people, land or tonnes: y_k is the part and x_k the whole of city k.

    Parameters
    ----------
    numerator, denominator : str
        Number columns y and x.

    Notes
    -----
    Linearised variable z_k = (y_k - R x_k) / X, with R the ratio and X the total of x.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 5.6.
    """

    numerator: str
    denominator: str

    def __str__(self) -> str:
        return f"ratio({column_text(self.numerator)}, {column_text(self.denominator)})"

    def terms(self) -> tuple[Leaf, ...]:
        """Both totals."""
        return (Term(self.numerator), Term(self.denominator))

    def evaluate(self, totals: Totals) -> Dual:
        """Total over total."""
        return totals[Term(self.numerator)] / totals[Term(self.denominator)]

    def quotient(self) -> tuple[Expression, Expression]:
        """Both totals."""
        return Total(self.numerator), Total(self.denominator)


@dataclass(frozen=True, slots=True)
class Proportion(Statistic):
    """The share of cities. Text: ``proportion(flag)`` or ``proportion(column, 'level')``.

    Parameters
    ----------
    column : str
        A column of 0 and 1 (or True and False); with ``level``, a column of labels.
    level : str, optional
        The label that counts.
    """

    column: str
    level: str | None = None

    def __post_init__(self) -> None:
        given: object = self.level
        if not isinstance(given, str):
            object.__setattr__(self, "level", plain_text(given))
        self.terms()

    def __str__(self) -> str:
        level = "" if self.level is None else f", {self.level!r}"
        return f"proportion({column_text(self.column)}{level})"

    @property
    def part(self) -> Term:
        """The total of the cities that count."""
        return Term(self.column, self.level, binary=self.level is None)

    def terms(self) -> tuple[Leaf, ...]:
        """The number of cities that count and the number of cities."""
        return (self.part, COUNT)

    def evaluate(self, totals: Totals) -> Dual:
        """Count over count."""
        return totals[self.part] / totals[COUNT]


@dataclass(frozen=True, slots=True)
class GeometricMean(Statistic):
    """The geometric mean of a column over the cities. Text: ``geometric_mean(y)``.

    It is exp(sum w_k log y_k / sum w_k). Use it for positive quantities that differ by factors, such as
    densities or prices. Each city counts once.

    Parameters
    ----------
    column : str
        A number column; all values above 0.

    Notes
    -----
    Linearised variable z_k = G (log y_k - log G) / N-hat, with G the geometric mean.
    """

    column: str

    def __str__(self) -> str:
        return f"geometric_mean({column_text(self.column)})"

    def terms(self) -> tuple[Leaf, ...]:
        """The total of the logarithms and the number of cities."""
        return (Term(self.column, logarithm=True), COUNT)

    def evaluate(self, totals: Totals) -> Dual:
        """The exponential of the mean logarithm."""
        return (totals[Term(self.column, logarithm=True)] / totals[COUNT]).exp()
