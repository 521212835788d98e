"""The grid classification of the Degree of Urbanisation, levels 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysample.errors import FrameError
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.reference_frames.degurba.clusters import (
    Labels,
    clusters,
    fill_gaps,
    five_of_eight,
    majority,
    near,
    optimal_built_up,
    reaches,
    smooth_edges,
)
from citysample.reference_frames.degurba.grids import (
    GridSource,
    Place,
    fitting,
    float_grid,
    load,
    require_land,
    require_no_people,
)
from citysample.reference_frames.degurba.rules import ClusterRule, DegurbaRules, rules_named

__all__ = ["UrbanGrid", "degurba"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UrbanGrid:
    """A grid of 1 km2 cells, classified by the Degree of Urbanisation. Made by :func:`degurba`.

    All arrays have the shape (rows, columns).

    Parameters
    ----------
    level1 : array of int
        3 urban centre, 2 urban cluster (outside centres), 1 rural grid cell (water, too), 0 missing.
    level2 : array of int or None
        30 urban centre, 23 dense and 22 semi-dense urban cluster, 21 suburban or peri-urban,
        13 rural cluster, 12 low and 11 very low density, 10 water, 0 missing (codes of GHS-SMOD).
    centre : array of int
        Labels 1..n of urban centres with their filled gaps and smoothed edges; 0 elsewhere.
    cluster : array of int
        Labels 1..n of urban clusters, with the dense cells of the centres in them; 0 elsewhere.
    dense, semi_dense : array of int or None
        Labels of the cells with the codes 23 and 22; 0 elsewhere.
    population : array
        People in each cell, NaN if missing.
    land : array
        Land share of each cell, 0 to 1, NaN if missing.
    rules : DegurbaRules
        The rules that were applied.
    built_up_threshold : float or None
        The built-up share of land that counted as dense; None if built-up land did not count.
    place : Place or None
        Transform and reference system, if a grid came from a GeoTIFF.
    """

    level1: npt.NDArray[np.uint8]
    level2: npt.NDArray[np.uint8] | None
    centre: Labels
    cluster: Labels
    dense: Labels | None
    semi_dense: Labels | None
    population: FloatArray
    land: FloatArray
    rules: DegurbaRules
    built_up_threshold: float | None
    place: Place | None

    def __repr__(self) -> str:
        rows, columns = self.level1.shape
        return f"UrbanGrid({rows} x {columns} cells, {int(self.centre.max())} urban centres)"

    @property
    def transform(self) -> tuple[float, float, float, float, float, float] | None:
        """The affine transform (a, b, c, d, e, f) from column and row to x and y, if it is known."""
        return None if self.place is None else self.place.transform

    @property
    def crs(self) -> str | None:
        """The reference system as WKT, if it is known."""
        return None if self.place is None else self.place.crs


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """What the rules look at: arrays (rows, columns). Missing cells have no people, and NaN as density."""

    known: BoolArray
    people: FloatArray
    density: FloatArray
    land: BoolArray
    water: BoolArray
    built_up: FloatArray | None
    built_up_density: FloatArray | None


def degurba(
    population: GridSource,
    *,
    land: GridSource | None = None,
    builtup: GridSource | None = None,
    rules: str | DegurbaRules = "2024",
    level: int = 2,
) -> UrbanGrid:
    """Classify the cells of a population grid by the Degree of Urbanisation.

    Use it to find the cities of a country from a population grid with cells of 1 km2.
    :func:`cities_from_grid` then lists them.

    Parameters
    ----------
    population : array (rows, columns), or path of a GeoTIFF
        People in each cell of 1 km2, at least 0. NaN (or nodata) is a missing cell.
    land : array (rows, columns), or path, optional
        Share of permanent land in each cell, 0 to 1. Without it all cells are land.
    builtup : array (rows, columns), or path, optional
        Share of each cell that is built up, 0 to 1. Without it built-up land does not count.
    rules : str or DegurbaRules
        ``"2022"``, ``"2023"``, ``"2024"`` or your own set.
    level : int
        1 or 2. Level 2 divides urban clusters and rural cells further.

    Returns
    -------
    UrbanGrid
        Classes and labels of clusters.

    Raises
    ------
    FrameError
        ``FRAME-GRID-INVALID``, ``FRAME-GRID-MISMATCH`` or ``FRAME-RULES-INVALID``.
    FileError
        A GeoTIFF cannot be read.
    MissingExtraError
        A path was given and rasterio is not installed.

    Notes
    -----
    The density is population / land. Cells with people and no land are dense whatever the threshold. If
    more than 5 % of all people live in such cells, the land grid is refused: it is inverted or shifted.

    A cell is missing if it has no value in one of the grids. It belongs to no class and joins no cluster.
    In the majority around another cell it counts like land outside the centre, and so do the cells
    outside the grid. Give sea a population of 0 and a land share of 0: then it is water. People in a
    cell without land share or built-up share are refused.

    Level 1: urban centres are contiguous cells (by sides) of at least 1,500 people per km2 with at least
    50,000 people together; edges are smoothed, gaps of less than 15 km2 filled. Urban clusters are
    contiguous cells (by sides or corners) of at least 300 people per km2 with at least 5,000 people.

    The rules of the two levels are independent. A semi-dense cluster of 2,500 to 4,999 people, for
    example, has the code 22 and may be rural at level 1.

    References
    ----------
    European Commission et al. (2021), Applying the Degree of Urbanisation - A methodological manual.
    Schiavina, Melchiorri, Pesaresi et al. (2023), GHSL Data Package 2023 (GHS-SMOD R2023A).

    Examples
    --------
    >>> import numpy as np
    >>> people = np.zeros((6, 6))
    >>> people[1:5, 1:5] = 4000
    >>> degurba(people).level2[0:3, 0:3].tolist()
    [[11, 11, 11], [11, 30, 30], [11, 30, 30]]
    """
    chosen = rules_named(rules)
    if level not in (1, 2):
        raise FrameError(
            "FRAME-RULES-INVALID",
            "The Degree of Urbanisation has two levels.",
            where="level",
            got=repr(level),
            expected="1 or 2",
            remedy="Choose 1 or 2.",
        )
    people, share, built, place = _read(population, land, builtup)
    cells = _cells(people, share, built, chosen)
    threshold = _built_up_threshold(cells, chosen)
    centre = _centres(cells, chosen, threshold)
    cluster = clusters(reaches(cells.density, chosen.cluster.density), cells.people, chosen.cluster)
    first = np.where(centre > 0, 3, np.where(cluster > 0, 2, 1)).astype(np.uint8)
    first[~cells.known] = 0
    second = dense = semi_dense = None
    if level == 2:
        dense, semi_dense = _town_clusters(cells, chosen, threshold, centre)
        second = _level2(cells, chosen, centre, cluster, dense, semi_dense)
    return UrbanGrid(
        first, second, centre, cluster, dense, semi_dense, people, share, chosen, threshold, place
    )


def _read(
    population: GridSource, land: GridSource | None, builtup: GridSource | None
) -> tuple[FloatArray, FloatArray, FloatArray | None, Place | None]:
    """Population, land share and built-up share, each NaN in cells that are missing in any of them."""
    shares = (("land", land), ("builtup", builtup))
    loaded = [load(population, "population")]
    loaded += [load(source, name) for name, source in shares if source is not None]
    place = fitting(loaded)
    grids = {grid.name: grid for grid in loaded}
    people = float_grid(grids["population"])
    remedy = "Give shares: divide per cent by 100, and m2 of a 1 km2 cell by 1,000,000."
    others = {name: float_grid(grid, 1, remedy) for name, grid in grids.items() if name != "population"}
    for name, values in others.items():
        require_no_people(people, values, name)
    missing = np.isnan(np.sum([people, *others.values()], axis=0))
    for values in (people, *others.values()):
        values[missing] = np.nan
    share = others.get("land")
    if share is None:
        share = np.where(missing, np.nan, 1.0)
    require_land(people, share)
    return people, share, others.get("builtup"), place


def _cells(population: FloatArray, land: FloatArray, built: FloatArray | None, rules: DegurbaRules) -> _Cells:
    known = ~np.isnan(population)
    people, share = np.nan_to_num(population), np.nan_to_num(land)
    built_up = None if built is None else np.nan_to_num(built)
    solid = known & reaches(share, rules.land_share)
    empty = people == 0 if built_up is None else (people == 0) & (built_up == 0)
    density = np.where(known, _per_land(people, share), np.nan)
    built_up_density = None if built is None else _per_land(np.nan_to_num(built), share)
    return _Cells(known, people, density, solid, known & ~solid & empty, built_up, built_up_density)


def _per_land(values: FloatArray, share: FloatArray) -> FloatArray:
    """Values per land: 0 for nothing, infinite for something on no land."""
    ratio = np.where(values > 0, np.inf, 0.0)
    np.divide(values, share, out=ratio, where=share > 0)
    return ratio


def _built_up_threshold(cells: _Cells, rules: DegurbaRules) -> float | None:
    if cells.built_up is None or rules.built_up is None:
        return None
    if rules.built_up != "optimal":
        return rules.built_up
    dense = clusters(reaches(cells.density, rules.centre.density), cells.people, rules.dense)
    return optimal_built_up(cells.built_up, dense > 0)


def _dense_cells(cells: _Cells, rule: ClusterRule, threshold: float | None) -> BoolArray:
    dense = reaches(cells.density, rule.density)
    if threshold is not None and cells.built_up_density is not None:
        dense |= reaches(cells.built_up_density, threshold)
    return dense


def _centres(cells: _Cells, rules: DegurbaRules, threshold: float | None) -> Labels:
    """Urban centres with smoothed edges and filled gaps, labelled."""
    labels = clusters(_dense_cells(cells, rules.centre, threshold), cells.people, rules.centre)
    for step in rules.steps:
        labels = EDGES[step](labels, cells, rules)
    return labels


def _smooth_among_eight(labels: Labels, cells: _Cells) -> Labels:
    return smooth_edges(labels, cells.known, np.ones_like(cells.known), five_of_eight)


def _smooth_among_land(labels: Labels, cells: _Cells) -> Labels:
    # Nobody knows what a missing cell is: it counts, so that centres do not creep along borders.
    counted = cells.land | (cells.people > 0) | ~cells.known
    return smooth_edges(labels, cells.known & ~cells.water, counted, majority)


def _smooth(labels: Labels, cells: _Cells, rules: DegurbaRules) -> Labels:
    return SMOOTHERS[rules.smoothing](labels, cells)


def _fill(labels: Labels, cells: _Cells, rules: DegurbaRules) -> Labels:
    return fill_gaps(labels, cells.known, rules.gap_area)


SMOOTHERS = {"eight cells": _smooth_among_eight, "land cells": _smooth_among_land}
EDGES = {"smooth": _smooth, "fill": _fill}


def _town_clusters(
    cells: _Cells, rules: DegurbaRules, threshold: float | None, centre: Labels
) -> tuple[Labels, Labels]:
    """Labels of dense urban clusters outside centres, and of semi-dense ones far from both."""
    dense = clusters(_dense_cells(cells, rules.dense, threshold), cells.people, rules.dense)
    dense[centre > 0] = 0
    semi_dense = clusters(reaches(cells.density, rules.semi_dense.density), cells.people, rules.semi_dense)
    close = near((centre > 0) | (dense > 0), rules.semi_dense_distance)
    suburban = np.zeros(int(semi_dense.max()) + 1, dtype=bool)
    suburban[semi_dense[close]] = True
    semi_dense[suburban[semi_dense]] = 0
    return dense, semi_dense


def _level2(
    cells: _Cells, rules: DegurbaRules, centre: Labels, cluster: Labels, dense: Labels, semi_dense: Labels
) -> npt.NDArray[np.uint8]:
    """Each cell gets the first class that fits, from the urban centre down."""
    village = reaches(cells.density, rules.rural_cluster.density)
    fits = {
        30: centre > 0,
        23: dense > 0,
        22: semi_dense > 0,
        21: cluster > 0,
        13: clusters(village, cells.people, rules.rural_cluster) > 0,
        12: reaches(cells.density, rules.low_density),
        10: cells.water,
    }
    classes = np.select(list(fits.values()), [np.uint8(code) for code in fits], np.uint8(11))
    classes[~cells.known] = 0
    return classes.astype(np.uint8)
