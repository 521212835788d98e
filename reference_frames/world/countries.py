"""Countries of the world frame: by code or name, with the range of their positions."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING

from citysample.errors import FrameError, did_you_mean
from citysample.reference_frames.world.shipped import Country, shipped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["country_box", "find_country", "world_countries"]


@lru_cache(maxsize=1)
def _countries() -> dict[str, Country]:
    return shipped().countries()


def find_country(country: str) -> Country:
    """A country of the world frame, by its ISO code of three or two letters, or its English name.

    Raises
    ------
    FrameError
        ``FRAME-COUNTRY-UNKNOWN``: the world frame has no such country.

    Examples
    --------
    >>> find_country("KEN").country, find_country("na").country, find_country("Tunisia").iso3
    ('Kenya', 'Namibia', 'TUN')
    """
    wanted = str(country).strip().casefold()
    for found in _countries().values():
        if wanted in (found.iso3.casefold(), found.iso2.casefold(), found.country.casefold()):
            return found
    names = [found.country for found in _countries().values()]
    hint = did_you_mean(country, names).split(" Known:")[0] if len(wanted) > 3 else ""
    raise FrameError(
        "FRAME-COUNTRY-UNKNOWN",
        f"The world frame has no country '{country}'.",
        expected="the ISO code, such as KEN, of a country with at least one urban centre",
        remedy=f"{hint if hint.startswith('Did') else ''} See: citysample frames list".strip(),
    )


def country_box(country: str) -> tuple[float, float, float, float]:
    """West, south, east and north end of the range of a country's places, in degrees.

    The range has a margin of a quarter of a degree. If west > east, it crosses the antimeridian.

    Examples
    --------
    >>> country_box("KEN")
    (33.72, -4.9, 42.11, 4.75)
    """
    found = find_country(country)
    return found.west, found.south, found.east, found.north


def world_countries() -> pd.DataFrame:
    """All countries of the world frame, indexed by ``iso3``.

    Returns
    -------
    pandas.DataFrame
        Columns ``iso2``, ``country``, ``urban_centres``, ``unnamed`` (urban centres without a named
        place), ``towns``, ``people`` (of all urban centres, by the frame), ``west``, ``south``,
        ``east``, ``north`` (degrees).

    Examples
    --------
    >>> int(world_countries().loc["KEN", "urban_centres"])
    49
    """
    import pandas as pd

    rows = [asdict(country) for country in _countries().values()]
    return pd.DataFrame(rows).set_index("iso3")
