"""Inclusion probabilities of the units of one stage of a sample drawn elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.weighting.elsewhere_columns import positive, refuse_values, refuse_varying

if TYPE_CHECKING:
    import pandas as pd

    from citysample.weighting.elsewhere_levels import Level

__all__ = [
    "given_probabilities",
    "populations",
    "refuse_contradiction",
    "refuse_uncertain",
    "srs_probabilities",
]

LARGEST_N = 2**53
"""Above this a float does not hold each whole number."""


def given_probabilities(table: pd.DataFrame, pi: str, level: Level) -> FloatArray:
    """The inclusion probability of each unit from a column of pi, given that its parent is there, (m,)."""
    values = positive(table, pi, highest=1.0)
    group = "primary sampling unit" if level.stage == 1 else f"unit of stage {level.stage}"
    refuse_varying(table, pi, values, level.first, level.row_unit, group)
    return values[level.first]


def srs_probabilities(
    table: pd.DataFrame, fpc: str | float, level: Level, before: Level | None, marked: BoolArray
) -> FloatArray:
    """The inclusion probability of each unit in simple random samples, from the fpc, shape (m,).

    Parameters
    ----------
    table : pandas.DataFrame
        The table.
    fpc : str or float
        Column, or one number: units N of the group in the population, or the sampling fraction. It
        is a fraction if no value of the stage is above 1.
    level, before : Level
        The units, and those of the stage before.
    marked : array (m,) of bool
        Units that were certain. The others were drawn from the other N - c of their group.

    Returns
    -------
    array (m,)
        (n - c) / (N - c) for each group of n units, c of them certain; 1 for the certain ones.

    Raises
    ------
    DataError
        ``DATA-WEIGHT-INVALID``: N is below n, a fraction is not in (0, 1], or some values are counts and
        some are fractions. ``DATA-FPC-VARIES``: several values in a group.
    """
    given = _group_values(table, fpc, level, before)
    n = np.bincount(level.group)
    certain = np.bincount(level.group, weights=marked)
    drawn, counts = n > certain, _are_counts(given)
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(given > 1.0, (n - certain) / (given - certain), given)
        bad = drawn & ~(np.isfinite(given) & (fraction > 0.0) & (fraction <= 1.0))
    bad |= (given > 1.0) & ((n > given) | (given > LARGEST_N))
    bad |= drawn & (given <= 1.0) & ((certain > 0.0) | ((n > 1.0) & counts) | ((given < 1.0) & counts))
    if bad.any():
        group = int(np.flatnonzero(bad)[0])
        raise _no_fpc(level, before, group, given, int(certain[group]))
    return np.where(marked | ~drawn[level.group], 1.0, fraction[level.group])


def populations(
    table: pd.DataFrame, fpc: str | float, level: Level, before: Level | None, pi: FloatArray
) -> IntArray:
    """The number of units in the population of the group of each unit, shape (m,), to the nearest whole."""
    given, n = _group_values(table, fpc, level, before)[level.group], np.bincount(level.group)[level.group]
    return np.rint(np.where(given > 1.0, given, n / pi)).astype(np.int64)


def refuse_contradiction(
    table: pd.DataFrame, pi: str, row_pi: FloatArray, level: Level, expected: FloatArray
) -> None:
    """Refuse a column of pi that disagrees with the fpc by more than rounding."""
    differ = ~np.isclose(row_pi, expected[level.row_unit], rtol=1e-6, atol=0.0)
    refuse_values(table, pi, differ, "n_h/N_h, as the fpc says")


def _are_counts(given: FloatArray) -> bool:
    return bool((given > 1.0).any())


def _group_values(table: pd.DataFrame, fpc: str | float, level: Level, before: Level | None) -> FloatArray:
    """The fpc of each group of units that were drawn together."""
    groups = int(level.group.max()) + 1
    if not isinstance(fpc, str):
        return np.full(groups, np.inf if abs(fpc) > LARGEST_N else float(fpc))
    values = positive(table, fpc)
    row_group = level.group[level.row_unit]
    _, first = np.unique(row_group, return_index=True)
    word = "stratum" if before is None else f"unit of stage {before.stage} (or a stratum inside it)"
    refuse_varying(table, fpc, values, first, row_group, word)
    return values[first]


def _no_fpc(level: Level, before: Level | None, group: int, given: FloatArray, certain: int) -> DataError:
    members = np.flatnonzero(level.group == group)
    n, value = members.size, float(given[group])
    kind = "PSUs" if level.stage == 1 else f"units of stage {level.stage}"
    count = value > 1.0 or certain > 0 or _are_counts(given)
    return DataError(
        "DATA-WEIGHT-INVALID",
        "The fpc does not fit the sample.",
        where=f"{level.group_name(group, before)}: {n} sampled {kind}, {certain} of them certain: "
        f"{quoted(level.labels[unit] for unit in members)}",
        got=f"fpc = {value:.15g}",
        expected=f"N_h >= {n}" if count else "a fraction above 0 and at most 1",
        remedy="Correct the fpc. Give N_h, not a fraction, where a stratum has certainty units. "
        "Give counts for all strata of a stage, or fractions for all.",
    )


def refuse_uncertain(table: pd.DataFrame, pi: str, flags: BoolArray, row_pi: FloatArray) -> None:
    """Refuse certainty units with a probability below 1."""
    refuse_values(table, pi, flags & (row_pi < 1.0), "1 for a certainty unit")
