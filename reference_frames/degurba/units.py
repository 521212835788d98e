"""Local units (municipalities, wards) classified by where their people live on the grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.errors import FrameError, did_you_mean, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray, id_order, plain_text
from citysample.reference_frames.degurba.classify import UrbanGrid
from citysample.reference_frames.degurba.grids import Grid, GridSource, fitting, invalid, load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNIT_CLASSES", "UNIT_RULES", "classify_units"]

Shares: TypeAlias = dict[int, FloatArray]

UNIT_CLASSES: dict[int, dict[int, str]] = {
    1: {3: "city", 2: "town or semi-dense area", 1: "rural area"},
    2: {
        30: "city",
        23: "dense town",
        22: "semi-dense town",
        21: "suburban or peri-urban area",
        13: "village",
        12: "dispersed rural area",
        11: "mostly uninhabited area",
    },
}
"""Codes and names of the classes of units, by level."""

SHARES = {
    1: {3: "urban_centre", 2: "urban_cluster", 1: "rural"},
    2: {
        30: "urban_centre",
        23: "dense_cluster",
        22: "semi_dense_cluster",
        21: "suburban",
        13: "rural_cluster",
        12: "low_density",
        11: "very_low_density",
    },
}
"""Columns with the shares of a unit, by level and code of the cells. Water counts as very low density."""

# Shares are quotients of sums: they miss one half by rounding errors.
ROUNDING = 1e-12


def _at_least(share: FloatArray, other: FloatArray | float) -> BoolArray:
    return share >= other - ROUNDING


def _half(share: FloatArray) -> BoolArray:
    return _at_least(share, 0.5)


def _more_than_half(share: FloatArray) -> BoolArray:
    return share > 0.5 + ROUNDING


def _level1(shares: Shares) -> IntArray:
    """City by half in centres, rural by more than half in rural cells, else town."""
    return np.where(_half(shares[3]), 3, np.where(_more_than_half(shares[1]), 1, 2))


def _rules_of_2024(shares: Shares) -> IntArray:
    """Level 2 by halves: the rules since July 2024."""
    rural = shares[13] + shares[12] + shares[11]
    suburban = np.where(_half(shares[21] + rural), 21, 22)
    town = np.where(_half(shares[30] + shares[23]), 23, suburban)
    sparse = np.where(_half(shares[11]), 11, 12)
    clustered = shares[30] + shares[23] + shares[22] + shares[21] + shares[13]
    village = np.where(_half(clustered), 13, sparse)
    return np.where(_half(shares[30]), 30, np.where(_more_than_half(rural), village, town))


def _rules_of_2021(shares: Shares) -> IntArray:
    """Level 2 by the largest share: the rules of the manual of 2021."""
    rural = shares[13] + shares[12] + shares[11]
    dense = np.where(_at_least(shares[23], shares[22]), 23, 22)
    town = np.where(_at_least(shares[21], shares[23] + shares[22]), 21, dense)
    sparse = np.where(_at_least(shares[12], shares[11]), 12, 11)
    village = np.where(_at_least(shares[13], np.maximum(shares[12], shares[11])), 13, sparse)
    return np.where(_half(shares[30]), 30, np.where(_more_than_half(rural), village, town))


UNIT_RULES: dict[str, Callable[[Shares], IntArray]] = {"2021": _rules_of_2021, "2024": _rules_of_2024}
"""Rules for units at level 2, by edition. At level 1 there is one rule."""


def classify_units(
    grid: UrbanGrid,
    units: GridSource,
    *,
    level: int = 1,
    rules: str = "2024",
    outside: object = None,
) -> pd.DataFrame:
    """Classify local units as cities, towns and rural areas by the cells in which their people live.

    Use it to compare a national list of municipalities with the international definition.

    Parameters
    ----------
    grid : UrbanGrid
        Result of :func:`degurba`.
    units : array (rows, columns), or path of a GeoTIFF
        The unit of each cell: whole numbers or text. Cells without value (None, NaN, empty text,
        nodata) belong to no unit.
    level : int
        1 or 2. Level 2 needs a grid of level 2.
    rules : str
        Rules for level 2: ``"2024"`` (since July 2024) or ``"2021"`` (the manual of 2021).
    outside : optional
        A value that means "no unit", such as 0.

    Returns
    -------
    pandas.DataFrame
        One row for each unit, indexed by ``unit`` (text): ``population``; the share of it in each class
        of cells (0 to 1); ``based_on``, ``"population"``, or ``"land"`` in a unit without people, or
        ``"cells"`` in a unit without people and land; ``missing_cells``; ``code`` and ``class``. The
        class is empty and the code 0 if all cells of the unit are missing.

    Raises
    ------
    FrameError
        ``FRAME-GRID-INVALID``, ``FRAME-GRID-MISMATCH`` or ``FRAME-RULES-INVALID``.

    Notes
    -----
    Level 1: a city has at least half of its people in urban centres. A rural area has more than half of
    them in rural cells. Other units are towns or semi-dense areas.

    Level 2, rules of 2024: the first that fits. City: half in urban centres. If more than half live in
    rural cells: village, half in rural clusters, urban clusters and centres; mostly uninhabited, half in
    very low density cells; dispersed rural, the others. Else: dense town, half in centres and dense
    clusters; suburban, half in suburban and rural cells; semi-dense town, the others.

    Level 2, rules of 2021: towns and rural areas by the largest share. Equal shares of dense and
    semi-dense clusters make a dense town, equal shares of both together and of suburban cells a
    suburban area, and equal shares of rural cells the denser class.

    References
    ----------
    European Commission et al. (2021), Applying the Degree of Urbanisation - A methodological manual;
    online edition for the rules of July 2024.

    Examples
    --------
    >>> from citysample.reference_frames.degurba.classify import degurba
    >>> people = np.zeros((6, 6))
    >>> people[1:5, 1:5] = 4000
    >>> units = np.repeat([["north"], ["south"], ["far"]], [3, 2, 1], axis=0).repeat(6, axis=1)
    >>> classify_units(degurba(people), units)["class"].to_dict()
    {'far': 'rural area', 'north': 'city', 'south': 'city'}
    """
    import pandas as pd

    classes = _classes(grid, level)
    rule = _rule(level, rules)
    loaded = load(units, "units")
    fitting([Grid("population", grid.population, grid.place), loaded])
    names, unit = _units_of_cells(loaded, outside)
    population = _sums(unit, classes, np.nan_to_num(grid.population), len(names))
    amounts, based_on = _amounts(unit, classes, grid, population)
    total = amounts.sum(axis=1)
    known = total > 0
    parts = np.divide(amounts, total[:, None], out=np.full(amounts.shape, np.nan), where=known[:, None])
    shares = {code: parts[:, code] for code in SHARES[level]}
    code = np.where(known, rule(shares), 0)
    columns = {
        "population": np.where(known, population.sum(axis=1), np.nan),
        **{column: shares[number] for number, column in SHARES[level].items()},
        "based_on": based_on,
        "missing_cells": np.bincount(unit[(unit >= 0) & (classes == 0)], minlength=len(names)),
        "code": code,
        "class": [UNIT_CLASSES[level].get(number) for number in code.tolist()],
    }
    return pd.DataFrame(columns, index=pd.Index(names, dtype="object", name="unit"))


def _classes(grid: UrbanGrid, level: int) -> IntArray:
    """The code of each cell, flat; water counts as very low density."""
    classes = {1: grid.level1, 2: grid.level2}.get(level)
    if classes is None:
        raise invalid(
            f"The grid has no classes of level {level!r}.",
            where="level",
            got="a grid of level 1" if grid.level2 is None else "a grid of levels 1 and 2",
            expected="level 1, or level 2 of a grid of level 2",
            remedy="Say level=1, or classify the grid again: degurba(..., level=2).",
        )
    flat = classes.ravel().astype(np.int64)
    flat[flat == 10] = 11
    return flat


def _rule(level: int, rules: str) -> Callable[[Shares], IntArray]:
    if rules not in UNIT_RULES:
        raise FrameError(
            "FRAME-RULES-INVALID",
            f"There are no rules for units with the name {rules!r}.",
            expected="the name of an edition",
            remedy=did_you_mean(rules, UNIT_RULES),
        )
    return _level1 if level == 1 else UNIT_RULES[rules]


def _units_of_cells(grid: Grid, outside: object) -> tuple[list[str], IntArray]:
    """Names of the units in the order of their bytes, and the number of each cell's unit, -1 for none."""
    import pandas as pd

    values = np.ma.getdata(grid.values).astype(object)
    values[np.ma.getmaskarray(grid.values)] = None
    codes, found = pd.factorize(values.ravel(), use_na_sentinel=True)
    _require_ids(found.tolist())
    texts = [plain_text(value) for value in found.tolist()]
    names = [text for text in dict.fromkeys(texts) if text and text != plain_text(outside)]
    names = [names[k] for k in id_order(names)]
    if not names:
        raise invalid(
            "No cell of the grid belongs to a unit.",
            where="units",
            got="missing values only",
            expected="the id of its unit for each cell",
            remedy="Check the grid of units.",
        )
    number = {name: k for k, name in enumerate(names)}
    # The last entry serves the code -1.
    lookup = np.array([*(number.get(str(text), -1) for text in texts), -1], dtype=np.int64)
    return names, lookup[codes]


def _require_ids(values: list[object]) -> None:
    """Refuse ids that are no whole numbers, or texts with blanks around them."""
    broken = [
        value
        for value in values
        if (isinstance(value, float) and not value.is_integer())
        or (isinstance(value, str) and value != value.strip())
    ]
    if broken:
        raise invalid(
            "The ids of units must be whole numbers, or text without blanks around it.",
            where="units",
            got=quoted(broken),
            expected="whole numbers or text",
            remedy="Rasterise the ids of the units without resampling or averaging. Strip the texts.",
        )


def _sums(unit: IntArray, classes: IntArray, weight: FloatArray, count: int) -> FloatArray:
    """Sums of a weight by unit (rows) and by code of cells (columns 0 to 30); missing cells left out."""
    used = (unit >= 0) & (classes > 0)
    cell = unit[used] * 31 + classes[used]
    return np.bincount(cell, weight.ravel()[used], minlength=count * 31).reshape(count, 31).astype(np.float64)


def _amounts(
    unit: IntArray, classes: IntArray, grid: UrbanGrid, population: FloatArray
) -> tuple[FloatArray, list[str]]:
    """What is shared out in each unit: its people; without people its land; without land its cells."""
    count = len(population)
    amounts, based_on = population.copy(), np.full(count, "population", dtype=object)
    others = {"land": np.nan_to_num(grid.land), "cells": np.ones(grid.land.shape)}
    for name, weight in others.items():
        nothing = amounts.sum(axis=1) == 0
        amounts[nothing] = _sums(unit, classes, weight, count)[nothing]
        based_on[nothing] = name
    return amounts, [str(name) for name in based_on]
