"""The record of a run: what was decided, drawn and computed, with hashes of all files."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

import msgspec

from citysample import __version__
from citysample.errors import FileError, StudyError, quoted
from citysample.reference_frames.files import read_bytes
from citysample.reporting.tables import csv_bytes
from citysample.sampling.plan import SamplePlan
from citysample.sampling.rounds.round_sample import RoundSample
from citysample.study.files import is_inside
from citysample.study.inputs import Inputs, sha256

if TYPE_CHECKING:
    import pandas as pd

    from citysample.estimators.contrasts import Contrasts
    from citysample.estimators.estimates import Estimates
    from citysample.estimators.options import Options
    from citysample.sampling.record import Decision
    from citysample.sampling.rounds.round_sample import AnySample
    from citysample.study.study_file import StudyFile

__all__ = [
    "OF_FIGURES",
    "SCHEMA",
    "AnyPlan",
    "DrawPart",
    "Record",
    "decode_record",
    "draw_part",
    "new_record",
    "read_record",
]

SCHEMA = 1
NAME = "record.json"
RECORDED_PACKAGES = ("msgspec", "numpy", "pandas", "scipy")

BASIS = ("schema", "versions", "study", "inputs", "frame", "strata", "draw")
"""Parts of a record that its id covers."""

OF_FIGURES = ("decisions", "estimation", "estimates", "contrasts")
"""Parts of a record on the figures, and on what rules decided on the way."""

JsonObject = dict[str, object]
AnyPlan: TypeAlias = SamplePlan | RoundSample
"""What a study plans; a later round is known as soon as its frame is."""


class CityPart(msgspec.Struct, frozen=True):
    """One sampled city: its stratum, its inclusion probability (none if merged), whether it was certain."""

    stratum: str
    pi: float | None
    certainty: bool


class SubstitutePart(msgspec.Struct, frozen=True):
    """One substitute: its stratum and its rank."""

    stratum: str
    rank: int


class UnitPart(msgspec.Struct, frozen=True):
    """One sampled unit inside a city: what holds it, and its inclusion probability given that."""

    parent: str
    pi: float


class StagePart(msgspec.Struct, frozen=True):
    """The units that were drawn at one stage, and the decisions of the stage."""

    design: JsonObject
    units: dict[str, UnitPart]


class DrawPart(msgspec.Struct, frozen=True):
    """The draw. ``number`` counts the draws of the run directory; ``reason`` is why it was repeated."""

    number: int
    seed: str
    frame: str
    N: int
    design: JsonObject
    cities: dict[str, CityPart]
    substitutes: dict[str, SubstitutePart] = msgspec.field(default_factory=dict)
    stages: tuple[StagePart, ...] = ()
    reason: str = ""
    earlier: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """The record of a run directory, as read back."""

    schema: int
    record_id: str
    draw: DrawPart | None
    artefacts: dict[str, str]
    decisions: tuple[JsonObject, ...] = ()
    estimation: JsonObject | None = None
    estimates: list[JsonObject] | None = None
    contrasts: list[JsonObject] | None = None


def draw_part(
    sample: AnySample, study: StudyFile, number: int, reason: str, earlier: tuple[str, ...]
) -> DrawPart:
    """What the record keeps of a draw."""
    plan = sample if isinstance(sample, RoundSample) else sample.plan
    cities, waiting = sample.cities, substitutes_of(sample)
    return DrawPart(
        number=number,
        seed=sample.seed,
        frame=plan.fingerprint,
        N=sample.frame.N,
        design=decisions_as_json(plan, study),
        cities={
            str(city): CityPart(str(stratum), None if math.isnan(pi) else float(pi), bool(certain))
            for city, stratum, pi, certain in zip(
                cities.index, cities["stratum"], cities["pi"], cities["certainty"], strict=True
            )
        },
        substitutes={}
        if waiting is None
        else {
            str(city): SubstitutePart(str(stratum), int(rank))
            for city, stratum, rank in zip(
                waiting.index, waiting["stratum"], waiting["substitute_rank"], strict=True
            )
        },
        reason=reason,
        earlier=earlier,
    )


def is_later_round(plan: AnyPlan) -> TypeGuard[RoundSample]:
    """True for a later round, which keeps a sample and draws births only."""
    return isinstance(plan, RoundSample)


def substitutes_of(sample: AnySample) -> pd.DataFrame | None:
    """The substitutes that wait, or None if none were drawn; a later round has none."""
    return None if isinstance(sample, RoundSample) or not sample.drawn.reserve else sample.substitutes


def decisions_as_json(plan: AnyPlan, study: StudyFile) -> JsonObject:
    """The decisions before the draw, as they will be read back from the record."""
    if isinstance(plan, RoundSample):
        assert study.round is not None
        return _round_as_json(plan, study.round.births)
    part = study.design
    assert part is not None
    design = plan.design
    decisions = {field.name: getattr(design, field.name) for field in fields(design) if field.name != "n"}
    decisions |= {
        "allocation": {
            "kind": type(design.allocation).__name__.lower(),
            **msgspec.to_builtins(design.allocation),
        },
        "size": design.size or plan.frame.size,
        "substitutes": part.substitutes,
        "shift": part.shift,
        "mirror": part.mirror,
    }
    return {key: _plain(value) for key, value in decisions.items()}


def _round_as_json(sample: RoundSample, births: int) -> JsonObject:
    """What a later round follows from: the sample before it, and links between cities with other ids."""
    old, new = sample.previous.frame.table.index, sample.frame.table.index
    links = sample.links.links
    kept = sample.previous.cities
    return {
        "round": sample.name,
        "births": births,
        "previous sample": sha256(csv_bytes(kept[kept["design_weight"] > 0.0])),
        "links": sorted(
            f"{old[j]} -> {new[k]}" for j, k in zip(links.old, links.new, strict=True) if old[j] != new[k]
        ),
    }


def new_record(
    inputs: Inputs,
    plan: AnyPlan,
    draw: DrawPart | None,
) -> JsonObject:
    """The record of a run without artefacts, decisions and figures; ``record_id`` identifies what it holds.

    Parameters
    ----------
    inputs : Inputs
        Study file and input files.
    plan : SamplePlan or RoundSample
        The plan, or the round.
    draw : DrawPart or None
        The draw, if there is one.
    """
    basis: JsonObject = {
        "schema": SCHEMA,
        "versions": {
            "citysample": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in RECORDED_PACKAGES},
        },
        "study": _plain(inputs.study),
        "inputs": inputs.hashes(),
        "frame": {"N": plan.frame.N, "fingerprint": plan.fingerprint},
        "strata": _table_as_json(plan.strata),
        "draw": _plain(draw),
    }
    figures = {"estimation": None, "estimates": None, "contrasts": None}
    return {**basis, "record_id": identify(basis), "decisions": [], **figures}


def with_figures(
    record: Mapping[str, object], options: Options, estimates: Estimates, contrasts: Contrasts | None
) -> JsonObject:
    """The record with how each figure was computed; its ``record_id`` stays."""
    return {
        **record,
        "estimation": asdict(options),
        "estimates": estimates_as_json(estimates),
        "contrasts": None if contrasts is None else contrasts_as_json(contrasts),
    }


def with_decisions(record: Mapping[str, object], decisions: tuple[Decision, ...]) -> JsonObject:
    """The record with the decisions that rules took; its ``record_id`` stays."""
    return {**record, "decisions": [msgspec.to_builtins(decision) for decision in decisions]}


def identify(record: Mapping[str, object]) -> str:
    """The id of a record: the first 16 digits of the SHA-256 of what it says before any figure."""
    return sha256(_json({key: record.get(key) for key in BASIS}))[:16]


def with_artefacts(record: Mapping[str, object], artefacts: Mapping[str, str]) -> bytes:
    """The bytes of ``record.json``: the record with the hashes of the files beside it."""
    return _json({**record, "artefacts": dict(sorted(artefacts.items()))})


def estimates_as_json(estimates: Estimates) -> list[JsonObject]:
    """How each figure was computed: formula, variance form, interval and df."""
    return [
        {
            "name": row.name,
            "by": row.by,
            "domain": row.domain,
            "formula": estimates.expressions[row.name],
            "variance_method": row.variance_method,
            "interval_method": row.interval_method,
            "confidence_level": row.confidence_level,
            "df": _number(row.df),
        }
        for row in estimates.rows
    ]


def contrasts_as_json(contrasts: Contrasts) -> list[JsonObject]:
    """How each contrast was computed: formula, level and df."""
    return [
        {
            "name": row.name,
            "formula": row.text,
            "confidence_level": row.confidence_level,
            "df": _number(row.df),
        }
        for row in contrasts.rows
    ]


def _number(value: float) -> float | str | None:
    """A number as JSON has it: null for one that does not exist, a word for one without an end."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else "infinite"


def read_record(directory: Path) -> Record | None:
    """The record of a run directory, or None if there is no run."""
    path = directory / NAME
    try:
        content = read_bytes(path)
    except FileError as error:
        if error.code != "FILE-NOT-FOUND":
            raise
        if (directory / "sample.csv").exists():
            raise _invalid(path, "no record.json, but a sample.csv") from None
        return None
    return decode_record(content, path)


def decode_record(content: bytes, path: Path) -> Record:
    """Decode and check the bytes of a record."""
    try:
        record = msgspec.json.decode(content, type=Record)
        basis = json.loads(content)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _invalid(path, str(error)) from None
    if record.schema != SCHEMA:
        raise _invalid(path, f"schema {record.schema}, where this version writes {SCHEMA}")
    outside = [name for name in record.artefacts if not is_inside(name)]
    if outside:
        raise _invalid(path, f"files outside the run directory: {quoted(outside)}")
    if identify(basis) != record.record_id:
        raise edited(path, "content that does not match its record_id")
    return record


def edited(path: Path, got: str) -> StudyError:
    """The error for a draw that somebody changed."""
    return StudyError(
        "STUDY-DRAW-EDITED",
        "The sample in the run directory is not the one that was drawn.",
        where=str(path),
        got=got,
        expected="the file as citysample wrote it",
        remedy="Restore the file from a copy. Keep your own notes in another file.",
    )


def _invalid(path: Path, got: str) -> StudyError:
    return StudyError(
        "STUDY-RECORD-INVALID",
        "The record of the run cannot be read.",
        where=str(path),
        got=got,
        expected="the record.json that citysample wrote",
        remedy="Restore the file from a copy, or use another run directory: --out DIR.",
    )


def _table_as_json(table: pd.DataFrame) -> JsonObject:
    """Rows by their label; a number that does not exist is null."""
    import pandas as pd

    return {
        str(label): {key: None if pd.isna(value) else value for key, value in row.items()}
        for label, row in table.to_dict("index").items()
    }


def _plain(value: object) -> object:
    """A value as it will be read back from the record: lists for tuples, texts for keys."""
    return json.loads(msgspec.json.encode(value))


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode(
        "utf-8"
    )
