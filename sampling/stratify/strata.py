"""Strata: the cross of frame columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, quoted
from citysample.reference_frames.columns import (
    IntArray,
    complete_labels,
    ordered_levels,
    require_columns,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WHOLE_COUNTRY", "Strata", "form_strata"]

WHOLE_COUNTRY = "all"
"""Label of the one stratum of a design without strata."""


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """The strata of a frame.

    Parameters
    ----------
    codes : array (N,) of int
        Stratum of each city, 0 to H - 1.
    labels : list of str, length H
        Label of each stratum: its values joined by `` / ``.
    values : list of tuple of str, length H
        The values of the columns, for each stratum.
    """

    codes: IntArray
    labels: list[str]
    values: list[tuple[str, ...]]


def form_strata(table: pd.DataFrame, columns: Sequence[str]) -> Strata:
    """Cross the columns of a frame; keep the crosses that hold cities, in the order of the columns.

    Raises
    ------
    FrameError
        A column is unknown, or a city has no value in it.
    DesignError
        Two strata would get the same label.
    """
    require_columns(table, columns, "FRAME", "strata of the design")
    if not columns:
        return Strata(np.zeros(len(table), dtype=np.int64), [WHOLE_COUNTRY], [()])
    by_column: list[list[str]] = []
    ranks: list[dict[str, int]] = []
    for column in columns:
        by_column.append(complete_labels(table, column, "FRAME"))
        ranks.append({level: rank for rank, level in enumerate(ordered_levels(table[column]))})
    crosses = list(zip(*by_column, strict=True))
    order = sorted(set(crosses), key=lambda cross: [rank[v] for rank, v in zip(ranks, cross, strict=True)])
    names = [" / ".join(cross) for cross in order]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DesignError(
            "DESIGN-LABELS-AMBIGUOUS",
            "Different strata would get the same label.",
            where=f"columns {quoted(columns)}",
            got=quoted(twice),
            expected="values that do not contain ' / '",
            remedy="Rename the values in the frame.",
        )
    position = {cross: h for h, cross in enumerate(order)}
    codes = np.array([position[cross] for cross in crosses], dtype=np.int64)
    return Strata(codes, names, order)
