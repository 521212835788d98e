"""How near the estimated totals of frame columns come to their true totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.select.auxiliary import auxiliary_columns

__all__ = ["BalanceTable", "balance_table"]

ROUNDING = 1e-12
"""A standard error this small against the total of absolute values is zero."""


@dataclass(frozen=True, slots=True, eq=False)
class BalanceTable:
    """Balance of a sample on p columns of its frame.

    Parameters
    ----------
    names : tuple of str
        The columns.
    frame_total : array (p,)
        T_x, the sum over the frame.
    estimated_total : array (p,)
        T-hat_x = sum over s of x_k / pi_k.
    relative_deviation : array (p,)
        (T-hat_x - T_x) / T_x; NaN where T_x is 0.
    standard_error : array (p,)
        Standard error that T-hat_x would have without balancing, see :func:`balance_table`.
    standard_deviations : array (p,)
        (T-hat_x - T_x) / standard error: mostly within -2 and 2 for a sample that is not balanced,
        near 0 for one that is. NaN where no sample can deviate.
    """

    names: tuple[str, ...]
    frame_total: FloatArray
    estimated_total: FloatArray
    relative_deviation: FloatArray
    standard_error: FloatArray
    standard_deviations: FloatArray


def balance_table(
    pi: FloatArray, selected: BoolArray, columns: FloatArray, names: Sequence[str]
) -> BalanceTable:
    """Compare the estimated totals of frame columns with their true totals.

    Use it after any draw, balanced or not: a large deviation is a reason for calibration, not for
    another draw.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1]; certainty cities belong to it.
    selected : array (N,) of bool
        The sample.
    columns : array (N, p)
        Columns of the frame.
    names : sequence of str, length p
        Their names.

    Returns
    -------
    BalanceTable
        One value for each column.

    Raises
    ------
    FrameError
        A column has missing or infinite values.
    DesignError
        Columns, names and cities do not fit.

    Notes
    -----
    The standard error is that of a design of fixed size with the same pi_k and otherwise as random as
    possible (Hajek's approximation): V = N/(N - 1) sum over U of c_k (x_k / pi_k - B)^2 with
    c_k = pi_k (1 - pi_k) and B = sum c_k x_k / pi_k / sum c_k, N counting the cities with
    pi_k < 1. For equal pi_k it is the exact variance of simple random sampling. Strata and balancing
    are left out on purpose: the measure shows what they gain.

    References
    ----------
    Hajek, J. (1964). Asymptotic theory of rejective sampling with varying probabilities from a finite
    population. Annals of Mathematical Statistics 35, 1491-1523.

    Examples
    --------
    >>> area, sample = np.array([[1.0], [2.0], [3.0], [5.0]]), np.array([True, False, False, True])
    >>> table = balance_table(np.full(4, 0.5), sample, area, ["area"])
    >>> table.frame_total.tolist(), table.estimated_total.tolist()
    ([11.0], [12.0])
    >>> table.standard_deviations.round(2).tolist()
    [0.29]
    """
    table = auxiliary_columns(columns, pi.size, "columns")
    if len(names) != table.shape[1]:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The names do not fit the columns.",
            got=f"{len(names)} names for {table.shape[1]} columns",
            expected="one name for each column",
            remedy="Name each column once.",
        )
    expanded = table / pi[:, None]
    total = table.sum(axis=0)
    estimate = expanded[selected].sum(axis=0)
    error = _standard_errors(pi, expanded)
    possible = error > ROUNDING * np.abs(table).sum(axis=0)
    return BalanceTable(
        names=tuple(names),
        frame_total=total,
        estimated_total=estimate,
        relative_deviation=_quotient(estimate - total, total, total != 0.0),
        standard_error=np.where(possible, error, 0.0),
        standard_deviations=_quotient(estimate - total, error, possible),
    )


def _standard_errors(pi: FloatArray, expanded: FloatArray) -> FloatArray:
    """Standard errors (p,) of totals under a fixed-size design of high entropy."""
    spread = pi * (1.0 - pi)
    random = int((pi < 1.0).sum())
    if random < 2:
        return np.zeros(expanded.shape[1])
    centre = (spread[:, None] * expanded).sum(axis=0) / spread.sum()
    variance = random / (random - 1) * (spread[:, None] * (expanded - centre) ** 2).sum(axis=0)
    return np.asarray(np.sqrt(variance))


def _quotient(above: FloatArray, below: FloatArray, defined: BoolArray) -> FloatArray:
    """Quotients, NaN where they are not defined."""
    result = np.full(above.size, np.nan)
    np.divide(above, below, out=result, where=defined)
    return result
