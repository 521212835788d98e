"""The units inside the sampled cities: drawn once, recorded, and checked in each later command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from citysample.errors import located, quoted
from citysample.sampling.stages.stage import Stage
from citysample.study.record import DrawPart, StagePart, UnitPart

if TYPE_CHECKING:
    from citysample.sampling.rounds.round_sample import AnySample
    from citysample.sampling.stages.staged_sample import StagedSample
    from citysample.study.chain import Outcome
    from citysample.study.inputs import Inputs

__all__ = ["draw_stages", "has_new_units", "stage_changes", "stage_parts", "with_units"]

WORDS = ("unit", "n", "city", "method", "size", "strata")
"""Keys of ``[[stage]]`` that are decisions of the draw; the others say how the list is read."""


def with_units(outcome: Outcome, draw: DrawPart) -> tuple[Outcome, DrawPart]:
    """The outcome and the record of a draw, with the units inside the cities."""
    assert outcome.sample is not None
    staged = draw_stages(outcome.inputs, outcome.sample)
    return replace(outcome, staged=staged), msgspec.structs.replace(draw, stages=stage_parts(staged))


def draw_stages(inputs: Inputs, sample: AnySample) -> StagedSample | None:
    """Draw the units of each stage whose list is there; None if there is none.

    Parameters
    ----------
    inputs : Inputs
        The study file and its tables.
    sample : CitySample or RoundSample
        The sampled cities.
    """
    staged: StagedSample | None = None
    for position, part in enumerate(inputs.study.stage):
        with located(f"stage[{position}]"):
            table = inputs.units(position)
            if table is None:
                break
            stage = Stage(**{word: getattr(part, word) for word in WORDS})
            staged = (sample if staged is None else staged).draw_units(stage, table)
    return staged


def stage_parts(staged: StagedSample | None) -> tuple[StagePart, ...]:
    """What the record keeps of the units of each stage."""
    if staged is None:
        return ()
    return tuple(
        StagePart(
            {word: msgspec.to_builtins(getattr(stage, word)) for word in WORDS},
            {
                unit: UnitPart(parent, pi)
                for unit, parent, pi in zip(record.units, record.parents, record.pi.tolist(), strict=True)
            },
        )
        for stage, record in zip(staged.stages, staged.records, strict=True)
    )


def stage_changes(before: tuple[StagePart, ...], now: tuple[StagePart, ...]) -> list[str]:
    """What differs from the stages that were drawn, one line each. More stages or cities are no change.

    Parameters
    ----------
    before, now : tuple of StagePart
        The stages of the record, and those of the study file of today.
    """
    lines = [f"stage[{position}]: gone, or its list is gone" for position in range(len(now), len(before))]
    for position, (old, new) in enumerate(zip(before, now, strict=False)):
        words = [word for word in WORDS if old.design.get(word) != new.design.get(word)]
        lines += [
            f"stage[{position}].{word}: {old.design.get(word)!r} -> {new.design.get(word)!r}"
            for word in words
        ]
        there, drawn = _by_parent(old), _by_parent(new)
        other = [parent for parent, units in there.items() if parent in drawn and drawn[parent] != units]
        if other and not words:
            lines.append(
                f"stage[{position}].file: the list changed; other units or probabilities in {quoted(other)}"
            )
    return lines


def has_new_units(before: tuple[StagePart, ...], now: tuple[StagePart, ...]) -> bool:
    """True if a stage was added, or cities whose units were not drawn yet."""
    pairs = zip(before, now, strict=False)
    return len(now) > len(before) or any(not set(new.units) <= set(old.units) for old, new in pairs)


def _by_parent(part: StagePart) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for unit, drawn in part.units.items():
        found.setdefault(drawn.parent, {})[unit] = drawn.pi
    return found
