"""The study file: one TOML file, decoded into typed and frozen parts."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from citysample.study.design_file import DesignPart
from citysample.study.estimation_file import ContrastPart, CovariancePart, EstimatePart, EstimationPart
from citysample.study.round_file import RoundPart

__all__ = [
    "DataPart",
    "FieldworkPart",
    "FrameClassPart",
    "FrameGrowthPart",
    "FramePart",
    "StagePart",
    "StudyFile",
    "StudyPart",
    "TablePart",
]

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Part: TypeAlias = msgspec.Struct


class StudyPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[study]``: what the study is, and the seed of the draw."""

    title: Text
    seed: Text | None = None
    country: str = ""


class FrameClassPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[[frame.classes]]``: a class variable made from a number column, by bounds or quantiles."""

    name: Text
    column: Text
    bounds: tuple[float, ...] | None = None
    quantiles: Count | None = None
    labels: tuple[str, ...] | None = None


class FrameGrowthPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[[frame.growth]]``: the growth rate between two number columns, in per cent a year."""

    name: Text
    start: Text
    end: Text
    years: Annotated[float, msgspec.Meta(gt=0)]


class TablePart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of all parts that name a file with a table: where it is, and how it is written."""

    file: Text
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()


class FramePart(TablePart, frozen=True, kw_only=True):
    """``[frame]``: the file with all cities, and what its columns mean."""

    id: Text = "city_id"
    size: str | None = None
    name: str | None = None
    growth: tuple[FrameGrowthPart, ...] = ()
    classes: tuple[FrameClassPart, ...] = ()


class StagePart(TablePart, frozen=True, kw_only=True):
    """``[[stage]]``: how units are drawn inside the sampled cities, and the list of these units."""

    unit: Text
    n: Count | Annotated[float, msgspec.Meta(gt=0, le=1)] | dict[str, Count]
    city: Text = "city_id"
    method: str = "srs"
    size: str | None = None
    strata: str | None = None


class FieldworkPart(Part, frozen=True, forbid_unknown_fields=True):
    """``[fieldwork]``: what happened after the draw: substitutes released, cities added on purpose."""

    release: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = msgspec.field(default_factory=dict)
    added: tuple[str, ...] = ()


class DataPart(TablePart, frozen=True, kw_only=True):
    """``[data]``: the indicators of the sampled cities, or of the units inside them, and their errors."""

    id: Text | Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)] | None = None
    period: str | int = ""
    errors: dict[Text, Text] = msgspec.field(default_factory=dict)
    covariances: tuple[CovariancePart, ...] = ()
    common_errors: dict[Text, Annotated[float, msgspec.Meta(gt=-1)]] = msgspec.field(default_factory=dict)


class StudyFile(Part, frozen=True, forbid_unknown_fields=True):
    """The whole study file."""

    study: StudyPart
    frame: FramePart
    design: DesignPart | None = None
    round: RoundPart | None = None
    stage: tuple[StagePart, ...] = ()
    fieldwork: FieldworkPart = FieldworkPart()
    data: DataPart | None = None
    estimation: EstimationPart = EstimationPart()
    estimate: tuple[EstimatePart, ...] = ()
    contrast: tuple[ContrastPart, ...] = ()
