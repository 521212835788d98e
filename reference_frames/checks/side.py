"""One of the two frames of a comparison, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.errors import FrameError, did_you_mean
from citysample.reference_frames.checks.inputs import Texts, number_cells, texts
from citysample.reference_frames.checks.usual_columns import fitting_columns
from citysample.reference_frames.columns import FloatArray

if TYPE_CHECKING:
    from citysample.reference_frames.city_frame import CityFrame

__all__ = ["ROLES", "Columns", "Side", "of_frame", "side_of_frame"]

ROLES = ("size", "name", "region", "lon", "lat", "area")
"""What a column of a frame may be in a comparison, besides the city id."""

Columns: TypeAlias = "str | tuple[str, str] | None"
"""A column of both frames, or the columns of the old and of the new frame."""


@dataclass(frozen=True, slots=True)
class Side:
    """One frame; ``None`` for what is not there.

    Parameters
    ----------
    ids : tuple of str (N,)
        City ids.
    columns : mapping
        The column of each role.
    doubtful : mapping
        Columns of which several fit a role that nobody named, so that none was taken.
    name, region : tuple (N,)
        Texts.
    size, lon, lat, area : array (N,)
        Numbers; NaN where there is none.
    """

    ids: tuple[str, ...]
    columns: Mapping[str, str]
    doubtful: Mapping[str, list[str]]
    name: Texts | None
    region: Texts | None
    size: FloatArray | None
    lon: FloatArray | None
    lat: FloatArray | None
    area: FloatArray | None

    def points(self) -> tuple[FloatArray, FloatArray] | None:
        """Longitudes and latitudes, or None."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)

    def names_of(self, rows: tuple[int, ...]) -> tuple[str, ...]:
        """The names of cities; () if there is no column with names."""
        return tuple(self.name_of(row) for row in rows) if self.name else ()

    def name_of(self, row: int) -> str:
        """The name of a city, or an empty text."""
        return (self.name[row] or "").strip() if self.name else ""


def side_of_frame(frame: CityFrame, named: Mapping[str, Columns], part: str) -> Side:
    """Unpack the old or the new frame: a role takes the named column, that of the frame, or a usual one."""
    table = frame.table
    own = {"size": frame.size, "name": frame.name}
    given = {role: of_frame(named.get(role), part == "new") or own.get(role) for role in ROLES}
    fitting = {
        role: [column] if column else fitting_columns(table, role, given.values())
        for role, column in given.items()
    }
    columns = {role: found[0] for role, found in fitting.items() if len(found) == 1}
    for role, column in columns.items():
        if column not in table.columns:
            raise FrameError(
                "FRAME-COLUMN-UNKNOWN",
                f"There is no column '{column}' in the city frame.",
                where=f"{role}, {part} frame",
                remedy=f"{did_you_mean(column, table.columns)} Does the other frame have another name? "
                "Then name both: Pop2020=Pop2025; in Python ('Pop2020', 'Pop2025').",
            )

    def numbers_of(role: str) -> FloatArray | None:
        return number_cells(table, columns[role]).values if role in columns else None

    def texts_of(role: str) -> Texts | None:
        return texts(table[columns[role]].tolist()) if role in columns else None

    size = numbers_of("size")
    return Side(
        ids=tuple(table.index.tolist()),
        columns=columns,
        doubtful={role: found for role, found in fitting.items() if len(found) > 1},
        name=texts_of("name"),
        region=texts_of("region"),
        size=None if size is None else np.where(size > 0, size, np.nan),
        lon=numbers_of("lon"),
        lat=numbers_of("lat"),
        area=numbers_of("area"),
    )


def of_frame(columns: Columns, which: int) -> str | None:
    """The column of the old (0) or the new frame (1).

    >>> of_frame(("Pop2020", "Pop2025"), 1), of_frame("Pop", 1)
    ('Pop2025', 'Pop')
    """
    return columns[which] if isinstance(columns, tuple) else columns
