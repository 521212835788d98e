"""The columns that are taken for a role that the caller does not name."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from citysample.reference_frames.checks.folding import fold_name
from citysample.reference_frames.columns import plain_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEFAULTS", "USUAL", "fitting_columns"]

DEFAULTS: dict[str, tuple[str, ...]] = {
    "id": ("city_id",),
    "size": ("population",),
    "name": ("name",),
    "region": ("region", "admin1_name"),
    "lon": ("lon",),
    "lat": ("lat",),
    "area": ("area_km2",),
    "country": ("iso3",),
}
"""The names of this package: the first that is there, letter for letter, is taken."""

USUAL: dict[str, tuple[str, ...]] = {
    "id": (),
    "size": ("pop", "poblacion", "populacao"),
    "name": ("nom", "nombre", "nome", "city", "commune", "ville", "municipio", "municipality"),
    "region": ("regiao", "province", "provincia", "departement", "departamento", "department", "estado"),
    "lon": ("long", "longitude", "longitud"),
    "lat": ("latitude", "latitud"),
    "area": ("area", "surface", "superficie", "surface km2", "superficie km2"),
    "country": (),
}
"""Usual names in English, French, Portuguese and Spanish, folded: without case, accents and signs."""


NUMERIC = {"size": True, "lon": True, "lat": True, "area": True, "name": False}
"""A column with a usual name is taken for these roles only if most of its cells are, or are no numbers."""

DIGITS = re.compile(r"[+-]?\.?[0-9]")


def fitting_columns(table: pd.DataFrame, role: str, taken: Collection[str | None] = ()) -> list[str]:
    """The columns that may be taken for a role; one is taken only if it is the only one.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each city.
    role : str
        A key of ``DEFAULTS``.
    taken : collection of str
        Columns that have another role.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"Région": ["N"], "Area": ["urban"], "Population": [7], "Pop.": [8]})
    >>> fitting_columns(table, "region"), fitting_columns(table, "area"), fitting_columns(table, "size")
    (['Région'], [], ['Population', 'Pop.'])
    >>> fitting_columns(table.rename(columns={"Pop.": "population"}), "size")
    ['population']
    """
    known = [column for column in table.columns if column not in taken]
    exact = [column for column in DEFAULTS[role] if column in known]
    if exact:
        return exact[:1]
    usual = {*map(fold_name, DEFAULTS[role]), *USUAL[role]}
    return [
        column
        for column in known
        if fold_name(column) in usual and NUMERIC.get(role) in (None, _mostly_numbers(table[column].tolist()))
    ]


def _mostly_numbers(cells: Sequence[object]) -> bool:
    """True if at least half of the cells that are not empty begin as a number does."""
    found = [text.strip() for cell in cells if (text := plain_text(cell)) is not None and text.strip()]
    return 2 * sum(bool(DIGITS.match(text)) for text in found) >= len(found)
