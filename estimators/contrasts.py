"""Contrasts: functions of figures that were estimated in one call, with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.errors import EstimateError, did_you_mean, located
from citysample.estimators.functions.dual import REASONS
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.figure import CONTRASTS, FigureLeaf, read_contrast
from citysample.estimators.influence import evaluate_at
from citysample.estimators.intervals.symmetric import t_interval
from citysample.reference_frames.columns import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from citysample.estimators.functions.dual import Dual

__all__ = ["Contrast", "Contrasts", "form_contrasts"]

CANCELLED = 1e-13
"""A variance below this part of what the figures' standard errors could add up to is zero but for
rounding: the figures determine each other."""

Wanted: TypeAlias = Expression | str


@dataclass(frozen=True, slots=True)
class Contrast:
    """A function of figures.

    Parameters
    ----------
    name, text : str
        The name that was given, and the canonical text.
    estimate, se, lower, upper : float
        Value, standard error, limits of the t interval; NaN where they do not exist.
    confidence_level, df : float
        Level of the interval; the smallest degrees of freedom of the figures that vary.
    note : str
        Why there is no value, standard error or interval; empty if there is one.
    """

    name: str
    text: str
    estimate: float
    se: float
    lower: float
    upper: float
    confidence_level: float
    df: float
    note: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Contrasts:
    """Contrasts of the figures of one call.

    Parameters
    ----------
    rows : tuple of Contrast
        In the order they were asked for.
    covariance : array (c, c)
        Estimated covariance matrix; NaN for a contrast without a value.
    """

    rows: tuple[Contrast, ...]
    covariance: FloatArray

    def __repr__(self) -> str:
        return f"Contrasts({len(self.rows)})"

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return str(self.to_frame().to_string(index=False, float_format=lambda x: f"{x:.6g}"))

    def to_frame(self) -> pd.DataFrame:
        """A tidy pandas frame, one row for each contrast; nothing is rounded."""
        import pandas as pd

        names = [field.name for field in fields(Contrast)]
        return pd.DataFrame([asdict(row) for row in self.rows], columns=names)

    def cov(self) -> pd.DataFrame:
        """The covariance matrix of all contrasts, labelled by name."""
        import pandas as pd

        names = [row.name for row in self.rows]
        return pd.DataFrame(self.covariance, index=names, columns=names)


def form_contrasts(
    wanted: Mapping[str, Wanted] | Wanted,
    keys: Sequence[tuple[str, str, str]],
    estimates: FloatArray,
    covariance: FloatArray,
    df: FloatArray,
    confidence_level: float,
) -> Contrasts:
    """Estimate functions of figures from the figures and their covariance matrix.

    Parameters
    ----------
    wanted : mapping of str to Expression or str, or one of them
        Functions of figures; see :func:`read_contrast`.
    keys : sequence of (name, by, domain), length q
        The figures.
    estimates, df : array (q,)
        Their values and degrees of freedom.
    covariance : array (q, q)
        Their estimated covariance matrix.
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    Contrasts

    Raises
    ------
    EstimateError
        ``EXPRESSION-INVALID``: a text cannot be read, or a figure is not among the keys.

    Notes
    -----
    f(theta-hat) has the variance g' V g, g being the gradient of f and V the covariance matrix. For
    f smooth this equals the variance of f estimated directly. df is the smallest of the figures
    that have a variance and a part in f: on the safe side where a small domain meets a large one.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 5.5.

    Examples
    --------
    >>> keys = [("a", "national", "all"), ("b", "national", "all")]
    >>> V = np.array([[4.0, 1.0], [1.0, 1.0]])
    >>> (row,) = form_contrasts("a - b", keys, np.array([7.0, 5.0]), V, np.full(2, 30.0), 0.95).rows
    >>> row.estimate, round(row.se, 6), row.df
    (2.0, 1.732051, 30.0)
    """
    named = wanted if isinstance(wanted, Mapping) else {str(wanted): wanted}
    if not named:
        CONTRASTS.refuse("{}", "no contrast")
    positions = {FigureLeaf(*key): i for i, key in enumerate(keys)}
    gradients = np.zeros((len(named), len(keys)))
    parts = []
    for c, (name, contrast) in enumerate(named.items()):
        with located(f"contrast '{name}'"):
            expression, used = _of_figures(contrast, positions)
        where = list(used.values())
        found = evaluate_at(expression, list(used), estimates[where], with_gradient=True)
        gradients[c, where] = found.gradient
        parts.append((str(name), str(expression), float(found.value), _why_no_value(found, used, estimates)))
    matrix, spread, degrees = _precision(gradients, covariance, df)
    rows = tuple(
        _row(*part, float(matrix[c, c]), float(spread[c]), float(degrees[c]), float(confidence_level))
        for c, part in enumerate(parts)
    )
    unknown = np.array([math.isnan(row.se) for row in rows])
    matrix[unknown, :] = matrix[:, unknown] = math.nan
    return Contrasts(rows, matrix)


def _of_figures(
    wanted: Wanted, positions: Mapping[FigureLeaf, int]
) -> tuple[Expression, dict[FigureLeaf, int]]:
    """The expression, and the positions of the figures that it needs."""
    if not isinstance(wanted, (str, Expression)):
        CONTRASTS.refuse(repr(wanted), "neither a text nor an expression")
    expression = read_contrast(wanted) if isinstance(wanted, str) else wanted
    used: dict[FigureLeaf, int] = {}
    for leaf in expression.terms():
        if not isinstance(leaf, FigureLeaf):
            CONTRASTS.refuse(str(expression), "a function of totals; totals are estimated, not contrasted")
        if leaf not in positions:
            raise EstimateError(
                "EXPRESSION-INVALID",
                f"There is no figure {leaf} among the estimates.",
                remedy=did_you_mean(str(leaf), [str(known) for known in positions]),
            )
        used[leaf] = positions[leaf]
    if not used:
        CONTRASTS.refuse(str(expression), "no figure")
    return expression, used


def _why_no_value(found: Dual, used: Mapping[FigureLeaf, int], estimates: FloatArray) -> str:
    absent = [str(leaf) for leaf, i in used.items() if math.isnan(estimates[i])]
    if absent:
        return f"{', '.join(absent)} has no value"
    return f"not defined: {REASONS[int(found.reason)]}" if found.reason else ""


def _precision(
    gradients: FloatArray, covariance: FloatArray, df: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariance matrix of the contrasts, the largest variance that they could have, their df."""
    figure_se = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    part = gradients != 0.0
    # A figure without a variance makes NaN of the contrasts that it has a part in, not of the others.
    matrix = gradients @ np.nan_to_num(covariance) @ gradients.T
    spread = (np.abs(gradients) * np.where(part, figure_se, 0.0)).sum(axis=1) ** 2
    varying = part & (figure_se > 0.0)
    degrees = np.where(varying, df, np.inf).min(axis=1)
    return matrix, spread, np.where(varying.any(axis=1), degrees, np.nan)


def _row(
    name: str,
    text: str,
    value: float,
    note: str,
    variance: float,
    spread: float,
    df: float,
    confidence_level: float,
) -> Contrast:
    """A contrast with its standard error and interval, or the reason why there is none."""
    se = lower = upper = math.nan
    if note:
        value = df = math.nan
    elif math.isnan(spread):
        note = "a figure has no standard error"
    elif variance <= CANCELLED * spread:
        se, note = 0.0, "no interval: the figures have no variance, or determine each other"
    else:
        se = math.sqrt(variance)
        low, high = t_interval(value, se, df, confidence_level)
        lower, upper = float(low), float(high)
        note = "no degrees of freedom: no interval" if math.isnan(lower) else ""
    return Contrast(name, text, value, se, lower, upper, confidence_level, df, note)
