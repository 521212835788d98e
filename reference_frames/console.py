"""What the commands print: tables, notes, and what was written and comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

__all__ = ["CONTEXT", "InOrder", "print_done", "print_notes", "print_table"]

CONTEXT: dict[str, object] = {"help_option_names": ["-h", "--help"], "max_content_width": 96}
"""Settings of all commands."""

# Not every console can show a thin space, a minus sign or a dash.
PLAIN = str.maketrans({"\u202f": " ", "\u2212": "-", "\u2013": "-"})


class InOrder(click.Group):
    """Commands in the order of the chain, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which they were defined."""
        return list(self.commands)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> None:
    """A plain table: the first ``texts`` columns are texts, the others numbers."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [
            cell.translate(PLAIN).ljust(width) if column < texts else cell.translate(PLAIN).rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
    click.echo()


def print_notes(notes: Iterable[str]) -> None:
    """What was detected while a file was read, for a person to check."""
    for note in notes:
        click.echo(f"Read: {note}.")


def print_done(written: Sequence[str], following: str) -> None:
    """The last lines of a command: the files it wrote, and the next step."""
    if written:
        click.echo("Wrote: " + "\n       ".join(written))
    click.echo(f"Next:  {following}")
