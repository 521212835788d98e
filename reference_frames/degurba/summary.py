"""What the command prints about a classified grid."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.degurba.classify import UrbanGrid
from citysample.reference_frames.degurba.rules import LEVEL2

__all__ = ["CLASS_HEADER", "class_rows", "grid_notes"]

CLASS_HEADER = ["Class", "Code", "Cells", "People", "Share, %"]


def class_rows(grid: UrbanGrid) -> list[list[str]]:
    """One row for each class of level 2: its name, code, cells, people and share of all people.

    >>> from citysample.reference_frames.degurba.classify import degurba
    >>> class_rows(degurba([[60_000, 20_000, 0]]))[0]
    ['urban centre', '30', '2', '80 000', '100.0']
    """
    assert grid.level2 is not None
    codes = grid.level2.ravel()
    people = np.bincount(codes, np.nan_to_num(grid.population).ravel(), minlength=31)
    cells, total = np.bincount(codes, minlength=31), people.sum()
    return [
        [name, str(code), _grouped(cells[code]), _grouped(people[code]), _percent(people[code], total)]
        for code, name in LEVEL2.items()
    ]


def grid_notes(grid: UrbanGrid) -> list[str]:
    """What the numbers do not show: missing cells, people without land, and what counted as built up."""
    notes = []
    missing = int(np.isnan(grid.population).sum())
    if missing:
        notes.append(f"{_grouped(missing)} cells have no value and no class")
    landless = (grid.population > 0) & (grid.land == 0)
    if landless.any():
        people = _grouped(grid.population[landless].sum())
        notes.append(f"{people} people live in {_grouped(landless.sum())} cells without land; they are dense")
    if grid.built_up_threshold is not None:
        origin = "the mean in dense clusters of this grid" if grid.rules.built_up == "optimal" else "a rule"
        notes.append(f"cells with {grid.built_up_threshold:.0%} of their land built up are dense ({origin})")
    return notes


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def _percent(part: float, total: float) -> str:
    return f"{100 * part / total:.1f}" if total else "-"
