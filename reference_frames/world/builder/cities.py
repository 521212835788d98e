"""The clusters of one class as rows: cells to clusters, places to names and people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.reference_frames.world.builder.clusters import (
    anchored_parts,
    contiguous,
    join_fragments,
    split_by_country,
)
from citysample.reference_frames.world.builder.grid import (
    EARTH_RADIUS_KM,
    areas_km2,
    cell_name,
    centroids,
    corner_pairs,
    corners,
    edge_pairs,
    lon_lat,
    unit,
    unit_vectors,
)
from citysample.reference_frames.world.builder.naming import (
    NEAR_KM,
    clusters_of_places,
    naming_order,
    naming_places,
    nearest_clusters,
    reach_km,
    with_near_places,
)
from citysample.reference_frames.world.builder.population import LIMITS, place_populations
from citysample.reference_frames.world.builder.sources import Grid, Places

__all__ = [
    "CLASSES",
    "Cities",
    "Footprints",
    "cities_of_class",
    "countries_of_cells",
    "footprints",
    "settled_places",
]

TextArray = npt.NDArray[np.str_]

CLASSES = {30: 3, 23: 2, 22: 2}
"""Level-2 codes in the order in which they take places, with the least number of cells (1.5 km2)."""
URBAN_CENTRE = 30
SAME_CLASS = 2
REGION_KM = 25
"""An unnamed centre takes the region of the nearest place only if the place is this near."""


@dataclass(frozen=True, slots=True, eq=False)
class Cities:
    """Cities of one class, one element each.

    Parameters
    ----------
    city_id, name, iso2, region : array (n,) of text
        Identity, country and first-level region (GeoNames code).
    lon, lat : array (n,)
        Middle point of the footprint, in degrees.
    area_km2 : array (n,)
        Area of the footprint.
    degurba, n_places, by_region, largest : array (n,) of int
        Level-2 code; number of places; people by the regional rule and of the largest place.
    whole : array (n,) of bool
        False for a part that a border cuts off.
    taken : array (places,) of bool
        Places that lie in these cities.
    """

    city_id: TextArray
    name: TextArray
    iso2: TextArray
    region: TextArray
    lon: FloatArray
    lat: FloatArray
    area_km2: FloatArray
    degurba: IntArray
    n_places: IntArray
    by_region: IntArray
    largest: IntArray
    whole: BoolArray
    taken: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """Clusters of the cells of one class.

    Parameters
    ----------
    code : int
        Level-2 code.
    cells, labels : array (m,) of int
        Cell indices, rising, and their clusters.
    points : array (m, 3)
        Middle points of the cells, as unit vectors.
    areas : array (m,)
        Areas of the cells in km2.
    iso2 : array (clusters,) of text
        Country of each cluster.
    whole, enough : array (clusters,) of bool
        False for a part that a border cuts off; True for clusters with enough cells.
    inside : array (places,) of int
        Cluster in which each place of its country lies, -1 for none.
    """

    code: int
    cells: IntArray
    points: FloatArray
    areas: FloatArray
    labels: IntArray
    iso2: TextArray
    whole: BoolArray
    enough: BoolArray
    inside: IntArray


def footprints(code: int, grid: Grid, places: Places, place_cells: IntArray) -> Footprints:
    """Clusters of the cells of one class: fragments joined, then split at borders.

    Parameters
    ----------
    code : int
        Level-2 code.
    grid, places
        The sources.
    place_cells : array (n,)
        Cell of each place.
    """
    cells = grid.cells(code)
    triangles = corners(cells, grid.level, grid.faces)
    points = centroids(triangles)
    labels = contiguous(edge_pairs(triangles), len(cells))
    labels = join_fragments(labels, corner_pairs(triangles), CLASSES[code])
    inside = clusters_of_places(place_cells, cells, labels)
    country = countries_of_cells(cells, points, places, place_cells)
    anchored = anchored_parts(inside, places.iso2, places.people)
    split, iso2 = split_by_country(labels, country, anchored, CLASSES[code])
    pairs = np.unique(np.stack([split, labels], axis=1), axis=0)
    whole = np.bincount(pairs[:, 1])[pairs[:, 1]] == 1
    inside = clusters_of_places(place_cells, cells, split)
    inside = np.where((inside >= 0) & (iso2[inside] == places.iso2), inside, -1)
    enough = np.bincount(split, minlength=len(iso2)) >= CLASSES[code]
    return Footprints(code, cells, points, areas_km2(triangles), split, iso2, whole, enough, inside)


def countries_of_cells(
    cells: IntArray, points: FloatArray, places: Places, place_cells: IntArray
) -> TextArray:
    """Country of each cell: that of the largest place inside, else of the nearest place."""
    nearest = cKDTree(unit_vectors(places.lon, places.lat)).query(points)[1]
    country = places.iso2[nearest].copy()
    at = clusters_of_places(place_cells, cells, np.arange(len(cells)))
    # Fewest people first: the last assignment wins.
    for row in np.argsort(places.people, kind="stable"):
        if at[row] >= 0:
            country[at[row]] = places.iso2[row]
    return country


def settled_places(prints: Iterable[Footprints]) -> BoolArray:
    """True for places inside a cluster that is large enough to be a city; shape (places,)."""
    inside = [(each.inside >= 0) & each.enough[each.inside] for each in prints]
    return np.asarray(np.any(inside, axis=0))


def cities_of_class(
    prints: Footprints,
    places: Places,
    settled: BoolArray,
    free: BoolArray,
    before: Mapping[str, int],
) -> Cities:
    """Cities of one class of the Degree of Urbanisation.

    Parameters
    ----------
    prints : Footprints
        Clusters of the class.
    places : Places
        The places.
    settled : array (n,) of bool
        Places that lie inside a cluster of any class. They do not join another one nearby, but for
        places of 50,000 people, which leave a town for the urban centre beside it.
    free : array (n,) of bool
        Places that no city has taken so far.
    before : mapping of str to int
        City ids of the edition before with their level-2 codes; they are kept where the city is
        still there.
    """
    n = len(prints.iso2)
    points = unit_vectors(places.lon, places.lat)
    inside = np.where(free & prints.enough[prints.inside], prints.inside, -1)
    before_here = _named_before(places, before, prints.code)
    # A place of a city's size is the main place of the urban centre beside it, not of a small town.
    movable = ~settled | ((prints.code == URBAN_CENTRE) & (places.people >= LIMITS[URBAN_CENTRE].people))
    away = np.flatnonzero(free & (inside < 0) & movable)
    near = np.full(len(inside), -1, dtype=np.int64)
    usable = prints.enough[prints.labels]
    near[away] = nearest_clusters(
        points[away],
        places.iso2[away],
        reach_km(places.people[away]) if prints.code == URBAN_CENTRE else np.full(len(away), NEAR_KM),
        prints.points[usable],
        prints.labels[usable],
        prints.iso2,
    )
    cluster = with_near_places(inside, near, places.people, before_here == SAME_CLASS, n)
    order = naming_order(places.geoname_id, places.people, places.n_names, places.capital, before_here)
    naming = naming_places(cluster, order, n)
    cities = _named(prints, places, cluster, naming)
    kept = prints.enough & (naming >= 0)
    if prints.code == URBAN_CENTRE:
        kept = prints.enough
        # A centre whose naming place named it before needs no id of a cell.
        open_ids = np.flatnonzero(kept & ((naming < 0) | (before_here[naming] != SAME_CLASS)))
        cities = _with_cell_ids(cities, open_ids, prints, places, points, before)
    taken = (cluster >= 0) & kept[cluster]
    return replace(_chosen(cities, np.flatnonzero(kept)), taken=taken)


def _named_before(places: Places, before: Mapping[str, int], code: int) -> IntArray:
    """For each place 2 if it named a city of this class before, 1 of another class, 0 if none."""
    found = np.zeros(len(places.geoname_id), dtype=np.int64)
    row = {f"GN{number}": position for position, number in enumerate(places.geoname_id.tolist())}
    for city, old in before.items():
        if city in row:
            found[row[city]] = SAME_CLASS if old == code else 1
    return found


def _named(prints: Footprints, places: Places, cluster: IntArray, naming: IntArray) -> Cities:
    n = len(prints.iso2)
    area = np.bincount(prints.labels, prints.areas, minlength=n).astype(np.float64)
    middle = np.stack(
        [np.bincount(prints.labels, prints.areas * prints.points[:, k], minlength=n) for k in range(3)],
        axis=1,
    ).astype(np.float64)
    lon, lat = lon_lat(unit(middle))
    inside = np.flatnonzero(cluster >= 0)
    largest = np.zeros(n, dtype=np.int64)
    np.maximum.at(largest, cluster[inside], places.people[inside])
    return Cities(
        city_id=np.array([f"GN{places.geoname_id[row]}" if row >= 0 else "" for row in naming], dtype=object),
        name=np.array([str(places.name[row]) if row >= 0 else "" for row in naming], dtype=object),
        iso2=prints.iso2,
        region=np.array([str(places.region[row]) if row >= 0 else "" for row in naming], dtype=object),
        lon=lon,
        lat=lat,
        area_km2=area,
        degurba=np.full(n, prints.code, dtype=np.int64),
        n_places=np.bincount(cluster[inside], minlength=n),
        by_region=place_populations(cluster[inside], places.region[inside], places.people[inside], n),
        largest=largest,
        whole=prints.whole,
        taken=np.zeros(len(cluster), dtype=np.bool_),
    )


def _with_cell_ids(
    cities: Cities,
    rows: IntArray,
    prints: Footprints,
    places: Places,
    points: FloatArray,
    before: Mapping[str, int],
) -> Cities:
    """Centres with the id of a cell: those that had one before, and those without a place."""
    middles = unit_vectors(cities.lon, cities.lat)
    order = np.argsort(prints.labels, kind="stable")
    starts = np.searchsorted(prints.labels[order], np.arange(len(prints.iso2) + 1))
    for city in rows:
        own = order[starts[city] : starts[city + 1]]
        own = own[np.argsort(-(prints.points[own] @ middles[city]), kind="stable")]
        names = [cell_name(int(prints.cells[row])) for row in own]
        kept = next((name for name in names if name in before), None)
        if kept is not None or not cities.city_id[city]:
            cities.city_id[city] = kept or names[0]
        if not cities.name[city]:
            home = np.flatnonzero(places.iso2 == cities.iso2[city])
            at = home[np.argmax(points[home] @ middles[city])]
            cosine = float(np.clip(points[at] @ middles[city], -1, 1))
            distance = EARTH_RADIUS_KM * float(np.arccos(cosine))
            cities.name[city] = f"unnamed, {distance:.0f} km from {places.name[at]}"
            cities.region[city] = str(places.region[at]) if distance <= REGION_KM else ""
    return cities


def _chosen(cities: Cities, rows: IntArray) -> Cities:
    fields = [name for name in Cities.__slots__ if name != "taken"]
    return replace(cities, **{name: getattr(cities, name)[rows] for name in fields})
