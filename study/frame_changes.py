"""What changed in the city frame and in the decisions since the draw, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from citysample.errors import CitySampleError, quoted
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.columns import labels
from citysample.study.inputs import run_inputs

__all__ = ["decision_changes", "frame_changes"]

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


def decision_changes(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Lines that say how the decisions of the study file differ from those of the draw.

    Parameters
    ----------
    before, now : mapping of str to object
        The decisions of the record, and those of the study file of today.
    """
    old, new = _flat(before), _flat(now)
    part = "round" if "round" in now else "design"
    lines = []
    for key in dict.fromkeys((*old, *new)):
        here, there = old.get(key, "nothing"), new.get(key, "nothing")
        if key == "links" and isinstance(here, list) and isinstance(there, list):
            gone, come = ([link for link in a if link not in b] for a, b in ((here, there), (there, here)))
            lines += [f"round.links: removed: {quoted(gone)}"] if gone else []
            lines += [f"round.links: added: {quoted(come)}"] if come else []
        elif here != there:
            lines.append(f"{part}.{key}: {here!r} -> {there!r}")
    return lines


def _flat(design: Mapping[str, object]) -> dict[str, object]:
    """The keys of a design with those of its allocation as ``allocation.n``."""
    flat: dict[str, object] = {}
    for key, value in design.items():
        inner = value if isinstance(value, dict) else None
        flat |= {key: value} if inner is None else {f"{key}.{name}": part for name, part in inner.items()}
    return flat
