"""Countries of the world frame: by code or name, with the range of their positions."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from citysample.errors import FrameError, quoted
from citysample.reference_frames.checks.folding import fold
from citysample.reference_frames.world.shipped import Country, shipped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["countries_with", "country_box", "find_country", "world_countries"]


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
    wanted = fold(str(country))
    for found in _countries().values():
        if wanted and wanted in (fold(found.iso3), fold(found.iso2), fold(found.country)):
            return found
    similar = [found.country for found in countries_with(str(country))]
    hint = f"Did you mean {quoted(similar)}? " if similar else ""
    raise FrameError(
        "FRAME-COUNTRY-UNKNOWN",
        f"The world frame has no country '{country}'.",
        expected="the ISO code, such as KEN, or the English name of a country with at least one town",
        remedy=f"{hint}See: citysample frames list",
    )


def countries_with(text: str) -> list[Country]:
    """Countries with a text in their English name, without regard to case and accents.

    A name that is the text comes first; if no name holds it, the names most like it are given.

    Examples
    --------
    >>> [found.country for found in countries_with("mali")]
    ['Mali', 'Somalia']
    >>> [found.country for found in countries_with("Kenia")]
    ['Kenya']
    """
    wanted = fold(text)
    names = {fold(found.country): found for found in _countries().values()}
    holding = sorted((name for name in names if wanted in name), key=lambda name: (name != wanted, name))
    return [names[name] for name in holding or get_close_matches(wanted, list(names), n=3, cutoff=0.7)]


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
