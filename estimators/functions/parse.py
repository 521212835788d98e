"""The canonical text of an expression is read back as the same expression."""

from __future__ import annotations

from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.grammar import Grammar, Leaves, read_expression
from citysample.estimators.functions.statistics import Coefficient, Correlation, Quantile, SeparateRatio
from citysample.estimators.functions.totals import GeometricMean, Mean, Proportion, Ratio, Total

__all__ = ["parse"]

ESTIMATORS = Grammar(
    {
        "total": Leaves(Total, "n"),
        "mean": Leaves(Mean, "n"),
        "ratio": Leaves(Ratio, "nn"),
        "proportion": Leaves(Proportion, "n", "n"),
        "geometric_mean": Leaves(GeometricMean, "n"),
        "quantile": Leaves(Quantile, "nx", "n"),
        "correlation": Leaves(Correlation, "nn"),
        "coefficient": Leaves(lambda y, of, *x: Coefficient(y, of, x), "nn", repeated="n"),
        "separate_ratio": Leaves(
            lambda y, x, *known: SeparateRatio(y, x, list(zip(known[::2], known[1::2], strict=True))),
            "nn",
            repeated="nx",
        ),
    },
    what="The expression",
    example="10000 * ratio(built_up, population)",
    hint="column names; combine totals instead: total(a) + total(b)",
)


def parse(text: str) -> Expression:
    """Read an expression from its text.

    Use it for expressions that come from a file. ``str(parse(text))`` is the canonical text.

    Parameters
    ----------
    text : str
        ``total(x)``, ``mean(x)``, ``ratio(y, x)``, ``proportion(c)``, ``proportion(c, 'level')``,
        ``geometric_mean(x)``, ``quantile(x, 0.5)``, ``correlation(x, y)``, ``coefficient(y, x)``,
        ``separate_ratio(y, x, 'North', 3100000, ...)``, ``log(...)``, ``exp(...)``, numbers, parentheses
        and ``+ - * / **``. A column name that is no identifier stands in quotes: ``total('built-up area')``.

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
    return read_expression(text, ESTIMATORS)
