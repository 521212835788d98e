"""The units of a later stage, such as enumeration areas or circles inside cities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import FrameError, quoted
from citysample.reference_frames.columns import FloatArray, numbers, plain_text, require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEPARATOR", "StageFrame", "stage_frame"]

SEPARATOR = "/"
"""Stands between the id of a city and the id of a unit: ``city/unit``, ``city/unit/unit``."""


@dataclass(frozen=True, slots=True, eq=False)
class StageFrame:
    """The units that can be drawn at one stage after the cities.

    Parameters
    ----------
    parents : tuple of str, length M
        For each unit the id of the city that holds it; at a third stage the full id of the unit of the
        second stage, ``city/unit``.
    units : tuple of str, length M
        Ids of the units, different from each other inside a parent, without ``/``.
    strata : tuple of str, length M, optional
        Stratum of each unit inside its parent.
    size : array (M,), optional
        Size measures above 0.
    """

    parents: tuple[str, ...]
    units: tuple[str, ...]
    strata: tuple[str, ...] | None = None
    size: FloatArray | None = None

    def __post_init__(self) -> None:
        texts = [("parent", self.parents), ("id", self.units), ("stratum", self.strata or ("-",))]
        for role, values in texts:
            bad = [value for value in values if not value or value != value.strip()]
            if bad:
                raise _no_frame(
                    f"{len(bad)} units of a later stage have no valid {role}.",
                    quoted(bad),
                    "a text without blanks around it",
                )
        with_sign = [unit for unit in self.units if SEPARATOR in unit]
        if with_sign:
            raise _no_frame(
                f"{len(with_sign)} ids of units hold the sign '{SEPARATOR}'.",
                quoted(with_sign),
                f"ids without '{SEPARATOR}', which stands between the ids of a city and of its unit",
            )
        twice = [full for full, count in Counter(self.full_ids).items() if count > 1]
        if twice:
            raise _no_frame("Units stand in more than one row.", quoted(twice), "one row for each unit")
        if self.size is not None:
            _check_sizes(self.size, self.full_ids)

    @property
    def full_ids(self) -> tuple[str, ...]:
        """``parent/unit`` for each unit, length M."""
        return tuple(f"{p}{SEPARATOR}{unit}" for p, unit in zip(self.parents, self.units, strict=True))


def stage_frame(
    table: pd.DataFrame,
    *,
    parents: Sequence[str],
    unit: str,
    stratum: str | None = None,
    size: str | None = None,
    known: Collection[str] | None = None,
) -> StageFrame:
    """The units of a later stage from a table with one row for each unit.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each unit. Units of cities that were not drawn may stand in it, too.
    parents : sequence of str
        Columns that name what holds the unit: the city id; at a third stage the city id and the id of
        the unit of the second stage.
    unit : str
        Column with the id of the unit, which is unique inside its parent.
    stratum, size : str, optional
        Columns with the stratum inside the parent, and with the size measure.
    known : collection of str, optional
        Ids of all parents that can occur, such as all cities of the frame. Then another id is refused
        as a misspelling.

    Returns
    -------
    StageFrame

    Raises
    ------
    FrameError
        ``FRAME-COLUMN-UNKNOWN``; ``FRAME-STAGE-INVALID`` for ids; ``FRAME-SIZE-INVALID`` for sizes.

    Examples
    --------
    >>> import pandas as pd
    >>> areas = pd.DataFrame({"city": ["a", "a", "b"], "area": ["01", "02", "01"], "people": [9, 5, 7]})
    >>> stage_frame(areas, parents=["city"], unit="area", size="people").full_ids
    ('a/01', 'a/02', 'b/01')
    """
    columns = [*parents, unit, *(name for name in (stratum, size) if name is not None)]
    require_columns(table, columns, "FRAME", "units of a later stage")
    held_by = tuple(
        SEPARATOR.join(cells) for cells in zip(*(_texts(table, name) for name in parents), strict=True)
    )
    if known is not None:
        unknown = list(dict.fromkeys(parent for parent in held_by if parent not in known))
        if unknown:
            raise _no_frame(
                f"{len(unknown)} cities or units that should hold units are unknown.",
                quoted(unknown),
                "ids of the stage before",
            )
    units = _texts(table, unit)
    named = table.set_axis([f"{p}{SEPARATOR}{u}" for p, u in zip(held_by, units, strict=True)], axis=0)
    return StageFrame(
        parents=held_by,
        units=tuple(units),
        strata=None if stratum is None else tuple(_texts(table, stratum)),
        size=None if size is None else numbers(named, size, "FRAME", allow_missing=True),
    )


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    return [plain_text(cell) or "" for cell in table[column].tolist()]


def _check_sizes(size: FloatArray, full_ids: Sequence[str]) -> None:
    bad = np.flatnonzero(~(np.isfinite(size) & (size > 0.0)))
    if bad.size:
        raise FrameError(
            "FRAME-SIZE-INVALID",
            f"{bad.size} units of a later stage have no size above 0.",
            where=f"units {quoted(full_ids[row] for row in bad.tolist())}",
            got=_first(size[bad].tolist()),
            expected="finite numbers above 0",
            remedy="Correct the sizes, or draw the units with equal probabilities.",
        )


def _first(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in list(values)[:5])


def _no_frame(what: str, got: str, expected: str) -> FrameError:
    return FrameError(
        "FRAME-STAGE-INVALID",
        what,
        where="units of a later stage",
        got=got,
        expected=expected,
        remedy="Correct the list of units.",
    )
