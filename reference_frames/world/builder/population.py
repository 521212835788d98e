"""The population of a city from the places inside it, and what to do where that cannot be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["DENSITY", "GEONAMES", "LIMITS", "MINIMUM", "Limits", "city_populations", "place_populations"]

GEONAMES, DENSITY, MINIMUM = "geonames", "density", "minimum"
"""Values of ``population_source``."""
MOST_PER_KM2 = 40_000
"""No urban centre or town of the world has more people per km2 over its whole area."""
ENOUGH = 5
"""Cities of a country and class whose median density is used; with fewer, the world's."""

TextArray = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the Degree of Urbanisation says of a class: least people and least people per km2."""

    people: int
    per_km2: int


LIMITS = {30: Limits(50_000, 1_500), 23: Limits(5_000, 1_500), 22: Limits(2_500, 300)}
"""By level-2 code. For semi-dense clusters the weakest of the published thresholds."""


def place_populations(city: IntArray, region: TextArray, people: IntArray, cities: int) -> IntArray:
    """The regional rule: people of each city from its places, so that boroughs do not count twice.

    Lists of places hold a city and its boroughs, with the people of the boroughs in both. Within
    each first-level region of a city, the largest place is compared with all the others together,
    and the larger of the two counts::

        P = sum over regions r of max(largest_r, total_r - largest_r)

    If the largest place of a city lies in no region (city states), all places of the city count as
    one region. The truth lies between the largest place (all others are its boroughs) and the
    total (none is).

    Parameters
    ----------
    city : array (n,)
        City of each place, 0 to ``cities`` - 1.
    region : array (n,) of text
        First-level region of each place.
    people : array (n,)
        Population of each place.
    cities : int
        Number of cities.

    Returns
    -------
    array (cities,)
        People of each city; 0 without places.

    Examples
    --------
    >>> city, region = np.zeros(4, dtype=np.int64), np.array(["C", "C", "C", "E"])
    >>> place_populations(city, region, np.array([12, 4, 5, 2]), 1).tolist()  # two boroughs, one suburb
    [14]
    """
    _, codes = np.unique(region, return_inverse=True)
    city_state = np.zeros(cities, dtype=np.bool_)
    for row in np.argsort(people, kind="stable"):
        city_state[city[row]] = region[row] == ""
    codes = np.where(city_state[city], 0, codes)
    groups, group = np.unique(np.stack([city, codes], axis=1), axis=0, return_inverse=True)
    group = np.asarray(group).reshape(-1)
    total = np.zeros(len(groups), dtype=np.int64)
    largest = np.zeros(len(groups), dtype=np.int64)
    np.add.at(total, group, people)
    np.maximum.at(largest, group, people)
    found = np.zeros(cities, dtype=np.int64)
    np.add.at(found, groups[:, 0], np.maximum(largest, total - largest))
    return found


def city_populations(
    by_region: IntArray,
    largest: IntArray,
    area_km2: FloatArray,
    country: TextArray,
    degurba: IntArray,
    whole: npt.NDArray[np.bool_],
) -> tuple[IntArray, TextArray]:
    """Population of each city and where it comes from.

    The regional rule counts, unless it contradicts the definition of the city's class: fewer people
    or people per km2 than the class needs, or more than 40,000 people per km2. If it is too many
    and the largest place alone is not, the largest place counts. In all other cases the area times
    the median density of the country's other cities of that class is taken, or the least number of
    people of the class if that is more.

    Parameters
    ----------
    by_region, largest : array (n,)
        People by the regional rule, and of the largest place.
    area_km2 : array (n,)
        Area of each city.
    country : array (n,) of text
        Country of each city.
    degurba : array (n,)
        Level-2 code of each city: 30, 23 or 22.
    whole : array (n,) of bool
        False for the part of a cluster that a border cuts; the least number of people does not
        hold for parts.

    Returns
    -------
    population : array (n,)
    source : array (n,) of text
        ``geonames``, ``density`` or ``minimum``.
    """
    least = np.array([LIMITS[int(code)].people for code in degurba])
    least = np.maximum(np.where(whole, least, 0), area_km2 * [LIMITS[int(code)].per_km2 for code in degurba])
    most = area_km2 * MOST_PER_KM2
    people = np.where((by_region > most) & (largest <= most), largest, by_region)
    consistent = (people >= least) & (people <= most)
    density = _median_density(people / area_km2, consistent, country, degurba)
    modelled = np.rint(area_km2 * density).astype(np.int64)
    floor = np.where(whole, np.rint(least), 1).astype(np.int64)
    source = np.where(consistent, GEONAMES, np.where(modelled >= floor, DENSITY, MINIMUM))
    return np.where(consistent, people, np.maximum(modelled, floor)), source


def _median_density(
    density: FloatArray, consistent: npt.NDArray[np.bool_], country: TextArray, degurba: IntArray
) -> FloatArray:
    """Median density of the consistent cities of each city's country and class, shape (n,)."""
    found = np.empty(len(density))
    for code in np.unique(degurba):
        of_class = degurba == code
        world = np.median(density[of_class & consistent])
        for name in np.unique(country[of_class]):
            here = of_class & (country == name)
            known = density[here & consistent]
            found[here] = np.median(known) if len(known) >= ENOUGH else world
    return found
