"""Cities and towns from a classified grid, as a city frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import FrameError
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.reference_frames.degurba.classify import UrbanGrid
from citysample.reference_frames.degurba.clusters import Labels
from citysample.reference_frames.degurba.grids import Place, invalid
from citysample.reference_frames.degurba.rasters import lon_lat

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cities_from_grid"]


def cities_from_grid(grid: UrbanGrid, *, towns: bool = False) -> CityFrame:
    """List the urban centres of a classified grid as a city frame.

    Use it when there is no list of cities, or to compare a list with the international definition.

    Parameters
    ----------
    grid : UrbanGrid
        Result of :func:`degurba`.
    towns : bool
        True adds dense and semi-dense urban clusters; the grid must have level 2.

    Returns
    -------
    CityFrame
        One row for each urban centre (and town), with ``size="population"`` and the columns
        ``population``, ``area_km2`` (number of cells), ``x`` and ``y`` (population-weighted mean of the
        cell centres, in the unit of the reference system; without one, in cells from the upper left
        corner, x to the right and y down), ``degurba`` (code 30, 23 or 22), and, if the reference
        system is known, ``lon`` and ``lat`` of that point in degrees (WGS 84).

    Raises
    ------
    FrameError
        ``FRAME-GRID-INVALID``: towns of a grid of level 1. ``FRAME-EMPTY``: no city.

    Notes
    -----
    The ``city_id`` is the position of the most populated cell (the first in row order among equals):
    ``1kmN5250E1230`` for a cell whose lower left corner is 5,250 km north and 1,230 km east of the
    origin of the reference system, S and W for negative numbers. Without a reference system it is
    ``row12column7``, counted from 0. So it does not change when cities are added or grow, as long as
    that cell stays the most populated one.

    Examples
    --------
    >>> import numpy as np
    >>> from citysample.reference_frames.degurba.classify import degurba
    >>> people = np.zeros((6, 6))
    >>> people[1:5, 1:5] = 4000
    >>> frame = cities_from_grid(degurba(people))
    >>> frame.cities["population"].to_dict()
    {'row1column1': 64000.0}
    """
    import pandas as pd

    parts = [(30, grid.centre)]
    if towns:
        if grid.dense is None or grid.semi_dense is None:
            raise invalid(
                "Towns are classes of level 2, and the grid has level 1 only.",
                where="towns = True",
                got="level = 1",
                expected="a grid of level 2",
                remedy="Classify the grid again: degurba(..., level=2).",
            )
        parts += [(23, grid.dense), (22, grid.semi_dense)]
    table = pd.concat([_clusters_table(grid, labels, code) for code, labels in parts], ignore_index=True)
    if table.empty:
        raise FrameError(
            "FRAME-EMPTY",
            "The grid has no city.",
            where="urban centres and towns" if towns else "urban centres",
            got="0 clusters",
            expected="one or more clusters that reach the thresholds of the rules",
            remedy="Check that the grid counts people per cell."
            + ("" if towns else " For smaller places, add the towns: towns=True, or --towns in the command."),
        )
    return CityFrame.from_table(
        table, id="city_id", size="population", source="the Degree of Urbanisation of a population grid"
    )


def _clusters_table(grid: UrbanGrid, labels: Labels, code: int) -> pd.DataFrame:
    """One row for each label that occurs."""
    import pandas as pd

    rows, columns = np.nonzero(labels)
    label, people = labels[rows, columns], grid.population[rows, columns]
    count = np.bincount(label)
    occurs = np.flatnonzero(count)
    total = np.bincount(label, people)[occurs]
    top = _most_populated(label, people)
    x, y = _positions(rows, columns, grid.place)
    table = pd.DataFrame(
        {
            "city_id": [_city_id(int(rows[k]), int(columns[k]), grid.place) for k in top],
            "population": total,
            "area_km2": count[occurs].astype(np.float64),
            "x": np.bincount(label, people * x)[occurs] / total,
            "y": np.bincount(label, people * y)[occurs] / total,
            "degurba": np.full(len(occurs), code),
        }
    )
    if grid.place is not None:
        table["lon"], table["lat"] = lon_lat(grid.place.crs, table["x"].tolist(), table["y"].tolist())
    return table


def _most_populated(label: Labels, people: FloatArray) -> IntArray:
    """For each label in rising order, the index of its most populated cell, the first among equals."""
    order = np.lexsort((np.arange(len(label)), -people, label))
    first = np.ones(len(label), dtype=bool)
    first[1:] = label[order][1:] != label[order][:-1]
    return order[first].astype(np.int64)


def _positions(rows: IntArray, columns: IntArray, place: Place | None) -> tuple[FloatArray, FloatArray]:
    """The x and y of the centres of cells."""
    a, _, c, _, e, f = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0) if place is None else place.transform
    return (c + a * (columns + 0.5)).astype(np.float64), (f + e * (rows + 0.5)).astype(np.float64)


def _city_id(row: int, column: int, place: Place | None) -> str:
    """The id of the cluster whose most populated cell this is."""
    if place is None:
        return f"row{row}column{column}"
    a, _, c, _, e, f = place.transform
    # Whole cells from the rounded corner: no two cells get the same number.
    east = round(c / abs(a)) + (column if a > 0 else -column - 1)
    north = round(f / abs(e)) + (row if e > 0 else -row - 1)
    return f"1km{'N' if north >= 0 else 'S'}{abs(north)}{'E' if east >= 0 else 'W'}{abs(east)}"
