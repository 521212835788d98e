"""From the ``[design]`` part of a study file to the sample design: the words are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from citysample.errors import located
from citysample.sampling.allocate.rules import (
    Bethel,
    Controlled,
    Equal,
    Explicit,
    Neyman,
    Optimal,
    Power,
    Proportional,
    Target,
)
from citysample.sampling.design import Legacy, SampleDesign
from citysample.sampling.stratify.collapse import Collapse
from citysample.sampling.stratify.size_classes import SizeClasses
from citysample.study import design_file

if TYPE_CHECKING:
    from citysample.sampling.allocate.rules import Allocation

__all__ = ["sample_design"]

RULES: dict[type[msgspec.Struct], type[Any]] = {
    design_file.EqualPart: Equal,
    design_file.ProportionalPart: Proportional,
    design_file.NeymanPart: Neyman,
    design_file.OptimalPart: Optimal,
    design_file.PowerPart: Power,
    design_file.BethelPart: Bethel,
    design_file.ControlledPart: Controlled,
    design_file.ExplicitPart: Explicit,
}
"""The allocation rule of each part of a study file."""
AT_THE_DRAW = ("substitutes", "shift", "mirror")
"""Words of ``[design]`` that the draw takes, and not the design."""


def sample_design(part: design_file.DesignPart) -> SampleDesign:
    """The sample design of a study file."""
    words = {name: getattr(part, name) for name in part.__struct_fields__ if name not in AT_THE_DRAW}
    with located("design.allocation"):
        words["allocation"] = _allocation(part.allocation)
    words["size_classes"] = []
    for position, classes in enumerate(part.size_classes):
        with located(f"design.size_classes[{position}]"):
            words["size_classes"].append(SizeClasses(**_words(classes)))
    if part.collapse is not None:
        with located("design.collapse"):
            words["collapse"] = Collapse(**_words(part.collapse))
    if part.legacy is not None:
        words["legacy"] = Legacy(**_words(part.legacy))
    return SampleDesign(**words)


def _allocation(part: design_file.AllocationPart | None) -> Allocation | None:
    if part is None:
        return None
    words = _words(part)
    if "targets" in words:
        words["targets"] = tuple(Target(**_words(target)) for target in words["targets"])
    rule: Allocation = RULES[type(part)](**words)
    return rule


def _words(part: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__struct_fields__}
