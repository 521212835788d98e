"""The shipped frame of one country."""

from __future__ import annotations

import csv
import io

import numpy as np

from citysample.errors import FrameError
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.world.countries import find_country
from citysample.reference_frames.world.shipped import edition, shipped

__all__ = ["URBAN_CENTRE", "load_frame"]

URBAN_CENTRE = 30
"""Level-2 code of the Degree of Urbanisation."""

NUMBERS = {
    "lon": np.float64,
    "lat": np.float64,
    "degurba": np.int64,
    "area_km2": np.float64,
    "population": np.int64,
    "n_places": np.int64,
}


def load_frame(country: str, *, towns: bool = False) -> CityFrame:
    """The urban centres of a country in 2025, and on request its towns.

    Use it as a start where an office has no list of cities, or to check the list it has. One city
    is one urban centre, however many places lie in it. Boundaries are known to about 1 km and
    populations roughly; :doc:`/explanation/world-frame` says how roughly.

    Parameters
    ----------
    country : str
        ISO 3166-1 code of three letters, such as ``"KEN"``; two letters and English names work, too.
    towns : bool
        True adds dense and semi-dense urban clusters with a named place inside.

    Returns
    -------
    CityFrame
        With the size ``population`` and the columns ``name``, ``iso3``, ``country``, ``admin1_code``
        (GeoNames), ``admin1_name``, ``lon`` and ``lat`` (middle of the footprint, degrees),
        ``degurba`` (30 urban centre, 23 dense and 22 semi-dense urban cluster), ``area_km2``,
        ``population``, ``population_source`` (``geonames``, ``density`` or ``minimum``) and
        ``n_places``.

    Raises
    ------
    FrameError
        ``FRAME-COUNTRY-UNKNOWN``, or ``FRAME-EMPTY`` for a country without urban centres.

    References
    ----------
    JRC, GHS-WUP-DEGURBA R2025A, epoch 2025; GeoNames. Both CC BY 4.0.

    Examples
    --------
    >>> frame = load_frame("KEN")
    >>> frame.N
    49
    >>> frame.cities.loc["GN184745", ["name", "admin1_name", "population_source"]].tolist()
    ['Nairobi', 'Nairobi City', 'geonames']
    """
    import pandas as pd

    found = find_country(country)
    rows = csv.reader(io.StringIO(shipped().read(f"cities/{found.iso3}.csv").decode("utf-8"), newline=""))
    header = next(rows)
    cells = dict(zip(header, zip(*rows, strict=True), strict=True))
    table = pd.DataFrame(
        {
            name: np.array(values, dtype=NUMBERS[name]) if name in NUMBERS else values
            for name, values in cells.items()
        }
    )
    table.insert(2, "iso3", found.iso3)
    table.insert(3, "country", found.country)
    if not towns:
        table = table[table["degurba"] == URBAN_CENTRE]
        if table.empty:
            raise FrameError(
                "FRAME-EMPTY",
                f"{found.country} has no urban centre: no cluster of cells with 50,000 people or more.",
                got=f"{found.towns} towns",
                expected="a country with at least one urban centre",
                remedy="Ask for the towns: towns=True, or --towns.",
            )
    source = f"citysample world frame, edition {edition()}, {found.country}"
    return CityFrame.from_table(table, id="city_id", size="population", name="name", source=source)
