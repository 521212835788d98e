"""What changed in the city frame since the draw, in words."""

from __future__ import annotations

from pathlib import Path

from citysample.errors import CitySampleError, quoted
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.columns import labels
from citysample.study.inputs import run_inputs

__all__ = ["frame_changes"]

MOST_LINES = 8


def frame_changes(directory: Path, frame: CityFrame) -> list[str]:
    """Lines that say how a frame differs from the copy in the run directory.

    Parameters
    ----------
    directory : Path
        The run directory, with the inputs of the draw.
    frame : CityFrame
        The frame of today.
    """
    try:
        before = run_inputs(directory).frame()
    except (CitySampleError, KeyError):
        return ["frame: content changed; the copy of the old frame cannot be read"]
    old, new = before.table, frame.table
    lines: list[str] = []
    for what, here, there in (("cities", old.index, new.index), ("columns", old.columns, new.columns)):
        gone = [name for name in here if name not in set(there)]
        come = [name for name in there if name not in set(here)]
        lines += [f"frame: {what} removed: {quoted(gone)}"] if gone else []
        lines += [f"frame: {what} added: {quoted(come)}"] if come else []
    both = old.index.intersection(new.index)
    for column in (column for column in old.columns if column in new.columns):
        pairs = zip(both, labels(old.loc[both, column]), labels(new.loc[both, column]), strict=True)
        lines += [f"frame: {column} of city '{city}': {a} -> {b}" for city, a, b in pairs if a != b]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"frame: ... ({len(lines)} changes in all)"]
    return lines or ["frame: the values are stored in another way"]
