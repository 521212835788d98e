"""The registry of checks: what each needs, and the function that runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from citysample.reference_frames.checks.check_codes import (
    country_codes,
    ids,
    spoiled_ids,
)
from citysample.reference_frames.checks.check_places import (
    coordinates,
    country_range,
    near_cities,
    nested,
)
from citysample.reference_frames.checks.check_quantities import (
    against_the_line,
    areas,
    densities,
    national_coverage,
    number_cells,
    sizes,
    sums,
    vintage,
)
from citysample.reference_frames.checks.check_words import (
    labels,
    named_totals,
    names,
    nested_names,
    small_strata,
)
from citysample.reference_frames.checks.hits import Yield
from citysample.reference_frames.checks.inputs import Inputs

__all__ = ["ABSENT", "CHECKS", "Check"]

ABSENT: dict[str, str] = {
    "ids": "no column with city ids; citysample frames prepare assigns them",
    "name": "no column with names",
    "size": "no size column",
    "coordinates": "no coordinates",
    "lon": "no column with longitudes",
    "lat": "no column with latitudes",
    "area": "no area column (km2)",
    "strata": "no stratum columns were named",
    "country": "no column with country codes",
    "urban_population": "no national urban population was given",
    "period": "no period of the study was given",
}
"""Why a check did not run, for each input that may be absent; coordinates are ``lon`` and ``lat``."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Parameters
    ----------
    needs : tuple of str
        Inputs that must be there, keys of ``ABSENT``.
    run : callable
        Yields what it finds, and what it could not look at.
    """

    needs: tuple[str, ...]
    run: Callable[[Inputs], Iterator[Yield]]


CHECKS: dict[str, Check] = {
    "city ids": Check(("ids",), ids),
    "city ids spoiled by a spreadsheet program": Check(("ids",), spoiled_ids),
    "country codes": Check(("country",), country_codes),
    "names": Check(("name",), names),
    "metropolitan areas beside their city, by name": Check(("name",), nested_names),
    "subtotals by name": Check(("name",), named_totals),
    "subtotals by sum": Check(("size",), sums),
    "labels of regions and strata": Check((), labels),
    "strata with fewer than two cities": Check(("strata",), small_strata),
    "cells that must be numbers": Check((), number_cells),
    "sizes": Check(("size",), sizes),
    "sizes against the rank-size line": Check(("size",), against_the_line),
    "areas": Check(("area",), areas),
    "density": Check(("size", "area"), densities),
    "coordinates": Check(("lon", "lat"), coordinates),
    "coordinates against the country's range": Check(("lon", "lat"), country_range),
    "cities within 1 km of each other": Check(("lon", "lat"), near_cities),
    "cities inside the footprint of a larger one": Check(("lon", "lat", "size", "area"), nested),
    "coverage of the national urban population": Check(("size", "urban_population"), national_coverage),
    "vintage": Check(("period",), vintage),
}
"""The checks by name, in the order in which they are listed."""
