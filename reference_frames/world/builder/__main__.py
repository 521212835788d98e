"""``python -m citysample.reference_frames.world.builder OUT``: build the world frame."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from citysample.reference_frames.files import write_file
from citysample.reference_frames.world.builder.table import build
from citysample.reference_frames.world.shipped import Shipped, different_files


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--edition", required=True, help="Name of the edition, such as 2026.1.")
@click.option("--before", type=click.Path(path_type=Path), help="Edition before; its city ids are kept.")
@click.option("--compare", type=click.Path(path_type=Path), help="Archive that must have the same content.")
def main(out: Path, edition: str, before: Path | None, compare: Path | None) -> None:
    """Build the world frame from the source packages and write it to OUT."""
    ids = {} if before is None else Shipped(before).city_classes()
    content = build(edition, ids)
    write_file(out, content, overwrite=True)
    click.echo(f"{out}: {len(content)} bytes")
    if before is not None:
        gone = sorted(ids.keys() - Shipped(out).city_classes().keys())
        click.echo(f"{len(gone)} of {len(ids)} ids of {before} are gone: {', '.join(gone[:20])}")
    if compare is not None:
        different = different_files(Shipped(out), Shipped(compare))
        click.echo(f"{len(different)} files differ from {compare}: {', '.join(different[:5])}")
        sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
