"""The ``[design]`` part of a study file, as typed and frozen parts with the words of the Python classes."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

__all__ = [
    "AllocationPart",
    "BethelPart",
    "CollapsePart",
    "ControlledPart",
    "DesignPart",
    "EqualPart",
    "ExplicitPart",
    "LegacyPart",
    "NeymanPart",
    "OptimalPart",
    "PowerPart",
    "ProportionalPart",
    "SizeClassesPart",
    "TargetPart",
]

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
PerStratum: TypeAlias = Count | dict[str, Count]
Cost: TypeAlias = Text | dict[str, Annotated[float, msgspec.Meta(gt=0)]]
Part: TypeAlias = msgspec.Struct


class AllocationBase(Part, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What most allocations have: bounds of n_h, for all strata or by stratum label."""

    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None


class EqualPart(AllocationBase, frozen=True, kw_only=True, tag="equal"):
    """``[design.allocation]`` with ``kind = "equal"``."""

    n: Count


class ProportionalPart(AllocationBase, frozen=True, kw_only=True, tag="proportional"):
    """``[design.allocation]`` with ``kind = "proportional"``."""

    n: Count


class NeymanPart(AllocationBase, frozen=True, kw_only=True, tag="neyman"):
    """``[design.allocation]`` with ``kind = "neyman"``."""

    n: Count
    proxy: Text


class OptimalPart(AllocationBase, frozen=True, kw_only=True, tag="optimal"):
    """``[design.allocation]`` with ``kind = "optimal"``: for given costs, with n or with a budget."""

    proxy: Text
    cost: Cost
    n: Count | None = None
    budget: Annotated[float, msgspec.Meta(gt=0)] | None = None


class PowerPart(AllocationBase, frozen=True, kw_only=True, tag="power"):
    """``[design.allocation]`` with ``kind = "power"``."""

    n: Count
    total: Text
    q: float = 0.5
    proxy: Text | None = None


class TargetPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[[design.allocation.targets]]``: the precision that one indicator must reach."""

    variable: Text
    cv: Annotated[float, msgspec.Meta(gt=0)]
    over: Text | None = None
    by: Text | None = None


class BethelPart(AllocationBase, frozen=True, kw_only=True, tag="bethel"):
    """``[design.allocation]`` with ``kind = "bethel"``: the cheapest sample that reaches all targets."""

    targets: tuple[TargetPart, ...]
    cost: Cost | None = None


class ControlledPart(Part, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="controlled"):
    """``[design.allocation]`` with ``kind = "controlled"``."""

    n: Count
    rows: tuple[str, ...] | None = None


class ExplicitPart(Part, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="explicit"):
    """``[design.allocation]`` with ``kind = "explicit"``."""

    n_by_stratum: dict[str, Annotated[int, msgspec.Meta(ge=0)]]


AllocationPart: TypeAlias = (
    EqualPart
    | ProportionalPart
    | NeymanPart
    | OptimalPart
    | PowerPart
    | BethelPart
    | ControlledPart
    | ExplicitPart
)


class SizeClassesPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[[design.size_classes]]``: size classes with good boundaries, to be used in ``strata``."""

    name: Text
    column: Text
    classes: Count | None = None
    rule: str | None = None
    bounds: tuple[float, ...] | None = None
    labels: tuple[str, ...] | None = None
    bins: Count | None = None
    n: Count | None = None
    r2: float | None = None
    sigma: float | None = None
    gamma: float | None = None
    allocation: str | None = None
    min_per_class: Count | None = None
    take_all: bool = False
    take_none: float | bool = False


class CollapsePart(Part, frozen=True, forbid_unknown_fields=True):
    """``[design.collapse]``: how strata with few cities are merged with their neighbours."""

    min_cities: Annotated[int, msgspec.Meta(ge=2)]
    order: tuple[str, ...] | None = None
    score: str | None = None
    within: tuple[str, ...] | None = None


class LegacyPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[design.legacy]``: an earlier probability sample that stays in the sample."""

    pi: Text
    kept: Text


class DesignPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[design]``: the decisions taken before the draw."""

    strata: tuple[str, ...] = ()
    n: Count | None = None
    allocation: AllocationPart | None = None
    method: str = "srs"
    over: Literal["stratum", "frame"] = "stratum"
    probabilities: Literal["equal", "size"] | None = None
    size: str | None = None
    certainty: float | tuple[str, ...] | None = None
    purposive: tuple[str, ...] = ()
    take_none: float | None = None
    size_classes: tuple[SizeClassesPart, ...] = ()
    collapse: CollapsePart | None = None
    balance: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    legacy: LegacyPart | None = None
    response: float | dict[str, float] = 1.0
    single_psu: str = "fail"
    collapse_by: Text | None = None
    substitutes: Annotated[int, msgspec.Meta(ge=0)] | dict[str, Annotated[int, msgspec.Meta(ge=0)]] = 0
    shift: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    mirror: bool = False
