"""One of the two frames of a comparison, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.reference_frames.checks.inputs import DEFAULTS, Texts, number_cells, texts
from citysample.reference_frames.columns import FloatArray, require_columns

if TYPE_CHECKING:
    from citysample.reference_frames.city_frame import CityFrame

__all__ = ["Side", "side_of_frame"]


@dataclass(frozen=True, slots=True)
class Side:
    """One frame; ``None`` for what is not there.

    Parameters
    ----------
    ids : tuple of str (N,)
        City ids.
    columns : mapping
        The column of each role.
    name, region : tuple (N,)
        Texts.
    size, lon, lat, area : array (N,)
        Numbers; NaN where there is none.
    """

    ids: tuple[str, ...]
    columns: Mapping[str, str]
    name: Texts | None
    region: Texts | None
    size: FloatArray | None
    lon: FloatArray | None
    lat: FloatArray | None
    area: FloatArray | None

    def points(self) -> tuple[FloatArray, FloatArray] | None:
        """Longitudes and latitudes, or None."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)

    def name_of(self, row: int) -> str:
        """The name of a city, or an empty text."""
        return (self.name[row] or "").strip() if self.name else ""


def side_of_frame(frame: CityFrame, named: Mapping[str, str | None], part: str) -> Side:
    """Unpack a frame: a role takes the named column, that of the frame, or the default one."""
    table = frame.table
    own = {"size": frame.size, "name": frame.name}
    columns: dict[str, str] = {}
    for role in ("size", "name", "region", "lon", "lat", "area"):
        column = named.get(role) or own.get(role)
        if named.get(role):
            require_columns(table, [str(column)], "FRAME", f"{role}, {part} frame")
        column = column or next((c for c in DEFAULTS[role] if c in table.columns), None)
        if column:
            columns[role] = column

    def numbers_of(role: str) -> FloatArray | None:
        return number_cells(table, columns[role]).values if role in columns else None

    def texts_of(role: str) -> Texts | None:
        return texts(table[columns[role]].tolist()) if role in columns else None

    size = numbers_of("size")
    return Side(
        ids=tuple(table.index.tolist()),
        columns=columns,
        name=texts_of("name"),
        region=texts_of("region"),
        size=None if size is None else np.where(size > 0, size, np.nan),
        lon=numbers_of("lon"),
        lat=numbers_of("lat"),
        area=numbers_of("area"),
    )
