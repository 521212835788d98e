"""The archive with the world frame, as it is shipped or as it was built."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["SHIPPED", "Country", "Shipped", "different_files", "edition", "shipped"]

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "world.zip"


@dataclass(frozen=True, slots=True)
class Country:
    """A country of the world frame.

    Parameters
    ----------
    iso3, iso2, country : str
        ISO 3166-1 codes and English name.
    urban_centres, unnamed, towns : int
        Number of urban centres, of those without a named place, and of towns.
    people : int
        People of all urban centres, by the frame.
    west, south, east, north : float
        Range of its places in degrees, with a margin; west > east if it crosses the antimeridian.
    """

    iso3: str
    iso2: str
    country: str
    urban_centres: int
    unnamed: int
    towns: int
    people: int
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Shipped:
    """An archive of the world frame; countries are read when they are asked for."""

    path: Path

    def read(self, name: str) -> bytes:
        """Content of one file of the archive."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(name)

    def names(self) -> list[str]:
        """Names of the files of the archive."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.namelist()

    def about(self) -> dict[str, object]:
        """Edition, source packages with their versions, and counts."""
        found: dict[str, object] = json.loads(self.read("edition.json"))
        return found

    def countries(self) -> dict[str, Country]:
        """Countries with at least one city, by their code of three letters."""
        rows = csv.DictReader(io.StringIO(self.read("countries.csv").decode("utf-8"), newline=""))
        found = (
            Country(
                iso3=row["iso3"],
                iso2=row["iso2"],
                country=row["country"],
                urban_centres=int(row["urban_centres"]),
                unnamed=int(row["unnamed"]),
                towns=int(row["towns"]),
                people=int(row["people"]),
                west=float(row["west"]),
                south=float(row["south"]),
                east=float(row["east"]),
                north=float(row["north"]),
            )
            for row in rows
        )
        return {country.iso3: country for country in found}

    def city_classes(self) -> dict[str, int]:
        """Level-2 codes of all cities of all countries, by their id."""
        cities = [name for name in self.names() if name.startswith("cities/")]
        texts = [io.StringIO(self.read(name).decode("utf-8"), newline="") for name in cities]
        return {row["city_id"]: int(row["degurba"]) for text in texts for row in csv.DictReader(text)}


def different_files(one: Shipped, other: Shipped) -> list[str]:
    """Names of the files that only one archive holds, or whose content differs."""
    names = sorted({*one.names(), *other.names()})
    both = {*one.names()} & {*other.names()}
    return [name for name in names if name not in both or one.read(name) != other.read(name)]


@lru_cache(maxsize=1)
def shipped() -> Shipped:
    """The archive that is part of citysample."""
    return Shipped(SHIPPED)


@lru_cache(maxsize=1)
def edition() -> str:
    """Name of the shipped edition."""
    return str(shipped().about()["edition"])
