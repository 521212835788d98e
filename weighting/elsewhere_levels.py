"""The units of each stage of a sample drawn elsewhere: who holds whom, and who was drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import IntArray
from citysample.sampling.stages.draw_stage import ONE_STRATUM
from citysample.sampling.stages.stage_frame import SEPARATOR
from citysample.sampling.stratify.strata import WHOLE_COUNTRY
from citysample.weighting.elsewhere_columns import label_codes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Level", "read_levels", "rows_level"]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The m sampled units of one stage.

    Parameters
    ----------
    stage : int
        1 for the primary sampling units.
    labels : tuple of str, length m
        Their full ids: the labels of the stages (with ``nest`` those of the strata, too), joined by
        ``/``; ids of the table where the rows are the units.
    row_unit : array (n,) of int
        Unit of each row of the table.
    first : array (m,) of int
        First row of each unit.
    parent : array (m,) of int
        Unit of the stage before; 0 at stage 1.
    strata : tuple of str, length H
        Labels of the strata.
    stratum : array (m,) of int
        Stratum of each unit, 0 to H - 1; at later stages inside the parent.
    group : array (m,) of int
        Units with the same number were drawn together: those of a stratum inside a parent.
    """

    stage: int
    labels: tuple[str, ...]
    row_unit: IntArray
    first: IntArray
    parent: IntArray
    strata: tuple[str, ...]
    stratum: IntArray
    group: IntArray

    def group_name(self, group: int, before: Level | None) -> str:
        """The group in words, for an error."""
        unit = int(np.flatnonzero(self.group == group)[0])
        stratum = f"stratum '{self.strata[self.stratum[unit]]}'"
        return stratum if before is None else f"'{before.labels[self.parent[unit]]}', {stratum}"


def read_levels(
    table: pd.DataFrame, psu: Sequence[str | None], strata: Sequence[str | None], *, nest: bool
) -> list[Level]:
    """The units of each stage, from columns with their labels.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each sampled unit of the last stage, or for each element of it.
    psu : sequence of str or None
        Column with the units of each stage; None at the last one if the rows are the units.
    strata : sequence of str or None, of the same length
        Column with the strata of each stage; None if there are none.
    nest : bool
        True if equal labels in different strata are different units.

    Returns
    -------
    list of Level
        The units of a stage are in the order of their parents and labels; if each row is a unit, in
        the order of the rows. Labels of later stages are always read inside the unit that holds them.

    Raises
    ------
    DataError
        ``DATA-PSU-NOT-NESTED``: a unit lies in several strata and ``nest`` is False.
    """
    levels: list[Level] = []
    for stage, (unit, stratum) in enumerate(zip(psu, strata, strict=True), start=1):
        levels.append(_level(table, stage, unit, stratum, levels[-1] if levels else None, nest=nest))
    return levels


def rows_level(table: pd.DataFrame, before: Level) -> Level:
    """The rows of the table as one more stage; all rows of a unit are in the sample."""
    return _level(table, before.stage + 1, None, None, before, nest=False)


def _level(
    table: pd.DataFrame,
    stage: int,
    unit: str | None,
    stratum: str | None,
    before: Level | None,
    *,
    nest: bool,
) -> Level:
    n = len(table)
    row_parent = np.zeros(n, dtype=np.int64) if before is None else before.row_unit
    if stratum is None:
        strata, row_stratum = [WHOLE_COUNTRY if before is None else ONE_STRATUM], np.zeros(n, dtype=np.int64)
    else:
        strata, row_stratum = label_codes(table, stratum)
    if unit is None:
        row_unit = first = np.arange(n, dtype=np.int64)
        own = [str(name) for name in table.index]
    else:
        names, code = label_codes(table, unit)
        key = row_parent * len(names) + code
        if nest:
            key = (row_parent * len(strata) + row_stratum) * len(names) + code
        _, first, row_unit = np.unique(key, return_index=True, return_inverse=True)
        if first.size == n and stage > 1:
            row_unit = first = np.arange(n, dtype=np.int64)
        _refuse_split(unit, row_stratum, first, row_unit, names, code)
        own = [names[code[row]] for row in first]
        if nest and stratum is not None:
            own = [
                f"{strata[row_stratum[row]]}{SEPARATOR}{name}" for row, name in zip(first, own, strict=True)
            ]
    parent, of_unit = row_parent[first], row_stratum[first]
    if before is not None and unit is not None:
        own = [f"{before.labels[p]}{SEPARATOR}{name}" for p, name in zip(parent, own, strict=True)]
    _, group = np.unique(parent * len(strata) + of_unit, return_inverse=True)
    return Level(stage, tuple(own), row_unit, first, parent, tuple(strata), of_unit, group)


def _refuse_split(
    column: str, row_stratum: IntArray, first: IntArray, row_unit: IntArray, names: list[str], code: IntArray
) -> None:
    split = row_stratum != row_stratum[first][row_unit]
    if split.any():
        raise DataError(
            "DATA-PSU-NOT-NESTED",
            "A primary sampling unit lies in more than one stratum.",
            where=f"column '{column}': {quoted(dict.fromkeys(names[k] for k in code[split]))}",
            expected="each PSU in one stratum",
            remedy="If equal labels in different strata are different units, say nest = True. "
            "If not, correct the strata.",
        )
