"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

__all__ = ["column_options", "old_and_new", "paired_column_options", "text_options"]

Command = TypeVar("Command", bound=Callable[..., None])

COLUMNS = {
    "size": "the size, such as population",
    "name": "the names",
    "region": "the regions",
    "lon": "the longitudes, decimal degrees",
    "lat": "the latitudes, decimal degrees",
    "area": "the areas, square kilometres",
}


def column_options(command: Command) -> Command:
    """Columns of a frame, besides its id."""
    for name, what in reversed(COLUMNS.items()):
        command = click.option(f"--{name}", help=f"Column with {what}.")(command)
    return command


def paired_column_options(command: Command) -> Command:
    """Columns of two frames, besides their ids: each is a pair, from ``NAME`` or ``OLD=NEW``."""
    for name, what in reversed(COLUMNS.items()):
        command = click.option(f"--{name}", callback=old_and_new, help=f"Column with {what}.")(command)
    return command


def text_options(command: Command) -> Command:
    """How a text file is written, and what its cells mean."""
    missing = click.option(
        "--missing", multiple=True, help='Cell text that means "no value"; may be repeated.'
    )
    thousands = click.option("--thousands", help="Sign between groups of three digits, such as ' '.")
    encoding = click.option("--encoding", help="Encoding of a text file. Default: it is detected.")
    delimiter = click.option("--delimiter", help="Delimiter of a text file. Default: it is detected.")
    return delimiter(encoding(thousands(missing(command))))


def old_and_new(
    context: click.Context, option: click.Parameter, column: str | None
) -> tuple[str, str] | None:
    """The column of the old frame and of the new one, from ``Population`` or ``Pop2020=Pop2025``."""
    if column is None:
        return None
    old, sign, new = column.partition("=")
    if not sign:
        return column, column
    if not old or not new or "=" in new:
        words = f"'{column}' is neither a column nor OLD=NEW with the columns of the two frames."
        raise click.BadParameter(words, context, option)
    return old, new
