"""The draw beside an earlier probability sample whose cities are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, first_cities, numbers, require_columns
from citysample.sampling.methods import sampling_method
from citysample.sampling.record import Decision
from citysample.sampling.rounds.legacy import legacy_plan, needed_probabilities, union_probabilities

if TYPE_CHECKING:
    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.design import SampleDesign
    from citysample.sampling.stratify.strata import Strata

__all__ = ["with_legacy"]


def with_legacy(
    design: SampleDesign, frame: CityFrame, strata: Strata, aims: FloatArray, decisions: list[Decision]
) -> tuple[FloatArray, FloatArray, BoolArray | None]:
    """What the draw beside an earlier sample aims at, the probabilities of that sample, and who is kept."""
    if design.legacy is None:
        return aims, np.zeros(frame.N), None
    require_columns(frame.table, [design.legacy.pi, design.legacy.kept], "FRAME", "legacy")
    pi1 = numbers(frame.table, design.legacy.pi, "FRAME")
    marks = numbers(frame.table, design.legacy.kept, "FRAME")
    _check_marks(frame, design.legacy.kept, marks)
    kept = marks == 1.0
    _check_legacy(frame, pi1, kept)
    pi1 = np.where(strata.codes < 0, 0.0, pi1)
    kept = kept & (strata.codes >= 0)
    aims = aims.copy()
    for h in range(len(strata.labels)):
        members = np.flatnonzero((strata.codes == h) & (aims < 1.0))
        if not members.size:
            continue
        if sampling_method(design.method).fixed_size:
            aims[members] = legacy_plan(aims[members], pi1[members]).pi2
        else:
            aims[members] = needed_probabilities(aims[members], pi1[members])
    expected = float(union_probabilities(pi1, aims).sum())
    what = (
        f"{int(kept.sum())} cities of the earlier sample are kept, so the sample has a random size; "
        f"{expected:.4g} cities are expected"
    )
    decisions.append(Decision("legacy", "design", what))
    return aims, pi1, kept


def _check_marks(frame: CityFrame, column: str, marks: FloatArray) -> None:
    unclear = (marks != 0.0) & (marks != 1.0)
    if unclear.any():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            f"Column '{column}' says neither yes nor no which cities are kept.",
            where=first_cities(frame.table.index[unclear]),
            got=quoted(f"{mark:.15g}" for mark in marks[unclear]),
            expected="1 or True for a kept city, 0 or False for the others",
            remedy="Correct the column.",
        )


def _check_legacy(frame: CityFrame, pi1: FloatArray, kept: BoolArray) -> None:
    bad = (pi1 < 0.0) | (pi1 > 1.0) | (kept & (pi1 <= 0.0)) | (~kept & (pi1 >= 1.0))
    if bad.any():
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The probabilities of the earlier draw contradict the cities that are kept.",
            where=first_cities(frame.table.index[bad]),
            expected="0 to 1; above 0 for a kept city, and 1 only for kept cities",
            remedy="Give the inclusion probability that each city had in the earlier draw.",
        )
