"""The commands ``citysample frames ...``. Thin: they parse, call and print."""

from __future__ import annotations

import click

__all__ = ["frames"]


@click.group()
def frames() -> None:
    """Find, read, check and compare city frames.

    A city frame is the list of all cities of a country, one row each.

    \b
    Example:
      citysample frames list
      citysample frames export KEN kenya.xlsx
      citysample frames check kenya.xlsx --id city_id --size population
    """
