"""The inputs of a run: the study file and the tables it names, read once."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from citysample.errors import FileError, StudyError, located, quoted
from citysample.estimators.functions.indicator import Indicator
from citysample.estimators.options import Options
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.files import read_bytes
from citysample.reference_frames.readers.file_kind import file_kind
from citysample.reference_frames.readers.read_table import parse_table
from citysample.reference_frames.readers.reading import Reading
from citysample.sampling.design import SampleDesign
from citysample.sampling.stages.staged_sample import UNIT_ID, with_full_ids
from citysample.study.decode import decode_study
from citysample.study.design_parts import sample_design
from citysample.study.estimation_file import replicate_number
from citysample.study.files import is_inside
from citysample.study.study_file import DataPart, StudyFile, TablePart

if TYPE_CHECKING:
    import pandas as pd

    from citysample.study.design_file import DesignPart
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["PREVIOUS", "Inputs", "load_inputs", "no_previous_run", "run_inputs", "sha256"]

PREVIOUS = "inputs/previous/"
"""Folder for the record and the inputs of the round before."""

TEXT_TABLES = {
    ".csv": "a table of text",
    ".tsv": "a table of text",
    ".geojson": "a GeoJSON file",
}
"""What files of text are that nobody means as a study file, by the ending of the name."""


def sha256(content: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """A decoded study file with the bytes of all files it was read from.

    Parameters
    ----------
    path : Path
        The study file.
    study : StudyFile
        Its parts.
    files : dict of str to bytes
        Copies for the run directory: ``inputs/study.toml``, ``inputs/frame/NAME`` and, if they are
        there, ``inputs/stage-2/NAME`` and so on, ``inputs/links/NAME``, ``inputs/data/NAME``, and the
        record and the inputs of the round before in ``inputs/previous/``.
    """

    path: Path
    study: StudyFile
    files: dict[str, bytes] = field(default_factory=dict)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each input, by its name in the run directory."""
        return {name: sha256(content) for name, content in sorted(self.files.items())}

    def seed(self) -> str:
        """The seed of the draw, or an error that says when to choose it."""
        if self.study.study.seed is None:
            raise StudyError(
                "STUDY-PART-MISSING",
                "The study file has no seed, so nothing can be drawn.",
                where=f"{self.path}: study.seed",
                expected='seed = "..." under [study]',
                remedy="Publish frame and design. Then choose the seed, publish it, and write it here.",
            )
        return self.study.study.seed

    def frame(self) -> CityFrame:
        """The city frame, with its class variables."""
        part = self.study.frame
        content = self.files[f"inputs/frame/{Path(part.file).name}"]
        text = [column for column in (part.id, part.name) if column]
        reading = _read(part, content, self.resolve(part.file), text)
        frame = CityFrame.from_table(
            reading.table, id=part.id, size=part.size, name=part.name, source=Path(part.file).name
        )
        frame = replace(frame, notes=reading.notes)
        for position, growth in enumerate(part.growth):
            with located(f"frame.growth[{position}]"):
                frame = frame.with_growth(growth.name, start=growth.start, end=growth.end, years=growth.years)
        for position, classes in enumerate(part.classes):
            with located(f"frame.classes[{position}]"):
                frame = frame.with_classes(
                    classes.name,
                    column=classes.column,
                    bounds=classes.bounds,
                    quantiles=classes.quantiles,
                    labels=classes.labels,
                )
        return frame

    def design_part(self) -> DesignPart:
        """The ``[design]`` part of a study that draws a sample."""
        assert self.study.design is not None, "a study without a round before it has a design"
        return self.study.design

    def design(self) -> SampleDesign:
        """The sample design."""
        return sample_design(self.design_part())

    def links(self) -> pd.DataFrame | None:
        """The links between the frames of two rounds, if the study names them."""
        if self.study.round is None or self.study.round.links is None:
            return None
        path = self.resolve(self.study.round.links)
        content = self.files[f"inputs/links/{path.name}"]
        return parse_table(content, path.name, str(path), text=["old_id", "new_id"]).table

    def units(self, position: int) -> pd.DataFrame | None:
        """The list of units of a ``[[stage]]`` part; None if it is not there yet."""
        part = self.study.stage[position]
        content = self.files.get(_stage_name(self.study, position))
        if content is None:
            return None
        columns = [part.city, *(stage.unit for stage in self.study.stage[: position + 1])]
        text = [*columns, *([part.strata] if part.strata else [])]
        return _read(part, content, self.resolve(part.file), text).table

    def missing_lists(self) -> list[Path]:
        """The lists of units that are named and are not there yet."""
        stages = enumerate(self.study.stage)
        return [self.resolve(p.file) for k, p in stages if _stage_name(self.study, k) not in self.files]

    def data_id(self) -> str:
        """Column of the data with the city id, or with the full id of the unit."""
        part = self.data_part()
        if isinstance(part.id, str):
            return part.id
        if part.id is not None and not self.study.stage:
            raise StudyError(
                "STUDY-VALUE-INVALID",
                "The data are those of cities, so their id is one column.",
                where=f"{self.path}: data.id",
                got=quoted(part.id),
                expected='one column, such as id = "city_id"',
                remedy="Name one column; or add a [[stage]] part if the rows are units inside the cities.",
            )
        return UNIT_ID if self.study.stage else "city_id"

    def data_part(self) -> DataPart:
        """The ``[data]`` part, or an error that says what to add."""
        if self.study.data is None:
            raise StudyError(
                "STUDY-PART-MISSING",
                "The study file has no [data] part, so there are no indicators yet.",
                where=str(self.path),
                expected='[data] with file = "indicators.csv" and id = "city_id"',
                remedy="Collect the indicators of the sampled cities. Then add the [data] part.",
            )
        return self.study.data

    def data(self) -> Reading:
        """The indicators of the sampled cities, and what was detected while they were read."""
        part = self.data_part()
        for missing in self.missing_lists():
            read_bytes(missing)  # refused: units have no data before they are drawn
        path = self.resolve(part.file)
        name = f"inputs/data/{Path(part.file).name}"
        content = self.files[name] if name in self.files else read_bytes(path)
        id = self.data_id()
        parts = list(part.id) if isinstance(part.id, tuple) else []
        reading = _read(part, content, path, parts or [id])
        return replace(reading, table=with_full_ids(reading.table, parts)) if parts else reading

    def indicators(self) -> dict[str, Indicator]:
        """The indicators to estimate, by name."""
        if not self.study.estimate:
            raise StudyError(
                "STUDY-PART-MISSING",
                "The study file has no [[estimate]] part.",
                where=str(self.path),
                expected='[[estimate]] with name = "..." and formula = "ratio(y, x)"',
                remedy="Add one [[estimate]] part for each figure.",
            )
        indicators = {}
        for position, part in enumerate(self.study.estimate):
            with located(f"estimate[{position}] '{part.name}'"):
                indicators[part.name] = Indicator(
                    part.formula, unit=part.unit, estimand=part.estimand, interval=part.interval
                )
        return indicators

    def options(self, seed: str) -> Options:
        """The options of ``[estimation]``; without a seed there, that of the sample is taken."""
        part = self.study.estimation
        return Options(
            variance=part.variance,
            interval=part.interval,
            confidence_level=part.confidence_level,
            df=part.df,
            proxy=part.proxy,
            form="design" if part.form is None else part.form,
            replicates=replicate_number(part),
            seed=seed if part.seed is None else part.seed,
            fay=Options().fay if part.fay is None else part.fay,
        )

    def with_errors(self, survey: WeightedSample) -> WeightedSample:
        """The sample with the errors inside the cities, as far as ``[data]`` names some."""
        part = self.data_part()
        if not (part.errors or part.common_errors):
            return survey
        pairs = {(pair.of[0], pair.of[1]): pair.column for pair in part.covariances}
        with located("errors of [data]"):
            return survey.with_errors({**part.errors, **pairs}, common=part.common_errors)

    def contrasts(self) -> dict[str, str]:
        """The functions of figures, by name."""
        return {part.name: part.formula for part in self.study.contrast}

    def resolve(self, file: str) -> Path:
        """A path of the study file; a relative one starts at the folder of the study file."""
        return self.path.parent / file


def load_inputs(path: str | Path) -> Inputs:
    """Read the study file and the files that it names; data that are not there yet are left out."""
    path = Path(path)
    if os.path.isdir(path):  # noqa: PTH112  Path.is_dir fails for a name that is too long
        raise _no_study(path, "FILE-UNREADABLE", "a folder", path)
    content = read_bytes(path)
    try:
        study = decode_study(content, str(path))
    except StudyError as error:
        kind = file_kind(content) or TEXT_TABLES.get(path.suffix.lower())
        if error.code != "STUDY-SYNTAX" or kind is None:
            raise
        raise _no_study(path, "FILE-FORMAT", kind, path.parent) from None
    inputs = Inputs(path, study, {"inputs/study.toml": content})
    inputs.files[f"inputs/frame/{Path(study.frame.file).name}"] = read_bytes(inputs.resolve(study.frame.file))
    if study.round is not None and study.round.links is not None:
        links = inputs.resolve(study.round.links)
        inputs.files[f"inputs/links/{links.name}"] = read_bytes(links)
    if study.round is not None and study.round.previous is not None:
        inputs.files.update(_previous_files(inputs.resolve(study.round.previous)))
    later = {_stage_name(study, position): part.file for position, part in enumerate(study.stage)}
    if study.data is not None:
        later[f"inputs/data/{Path(study.data.file).name}"] = study.data.file
    for name, file in later.items():
        try:
            inputs.files[name] = read_bytes(inputs.resolve(file))
        except FileError as error:
            # Before the draw there are no data and lists yet; the step that needs them says so.
            if error.code != "FILE-NOT-FOUND":
                raise
    return inputs


def _stage_name(study: StudyFile, position: int) -> str:
    """Name of the copy of a list of units in the run directory."""
    return f"inputs/stage-{position + 2}/{Path(study.stage[position].file).name}"


class _InputHashes(msgspec.Struct, frozen=True):
    """The part of a record that says which inputs the run had."""

    inputs: dict[str, str]


def _previous_files(directory: Path) -> dict[str, bytes]:
    """Record and inputs of an earlier run, by their names in this run directory; hashes are checked."""
    try:
        record = read_bytes(directory / "record.json")
        hashes = msgspec.json.decode(record, type=_InputHashes).inputs
        files = {name: read_bytes(directory / name) for name in hashes if is_inside(name)}
    except FileError as error:
        if error.code != "FILE-NOT-FOUND":
            raise
        raise no_previous_run(directory, "no record.json, or not all of its inputs") from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise no_previous_run(directory, "a record.json that cannot be read") from None
    other = [name for name, digest in hashes.items() if name not in files or sha256(files[name]) != digest]
    if other or "inputs/study.toml" not in files:
        raise no_previous_run(directory, f"other bytes than the record says: {quoted(other)}")
    return {PREVIOUS + name: content for name, content in {"record.json": record, **files}.items()}


def no_previous_run(directory: Path, got: str) -> StudyError:
    """The error for a folder that is no complete run of the round before."""
    return StudyError(
        "STUDY-PREVIOUS-INVALID",
        "The run of the round before is not there, or it does not agree with its record.",
        where=str(directory),
        got=got,
        expected="the run directory of the round before, as citysample wrote it",
        remedy="Correct 'previous' under [round], or restore the files from a copy. "
        f"A later run keeps a copy, too, in {PREVIOUS.rstrip('/')}.",
    )


def _no_study(path: Path, code: str, kind: str, folder: Path) -> FileError:
    """The error for a path that is no study file; it names the study files that lie in the folder."""
    there = [str(found) for found in sorted(folder.glob("*.toml"))]
    return FileError(
        code,
        f"This is {kind}, and not a study file.",
        where=str(path),
        got=kind,
        expected=f"a .toml file, such as {folder / 'study.toml'}",
        remedy=f"Name the study file: {quoted(there)}."
        if there
        else f'Write a study file, which names the list of cities: citysample init "{folder}"',
    )


def run_inputs(directory: Path) -> Inputs:
    """The inputs as they were copied into a run directory."""
    content = read_bytes(directory / "inputs" / "study.toml")
    study = decode_study(content, str(directory / "inputs" / "study.toml"))
    name = f"inputs/frame/{Path(study.frame.file).name}"
    return Inputs(directory / "inputs" / "study.toml", study, {name: read_bytes(directory / name)})


def _read(part: TablePart, content: bytes, path: Path, text: list[str]) -> Reading:
    return parse_table(
        content,
        path.name,
        str(path),
        text=text,
        sheet=part.sheet,
        delimiter=part.delimiter,
        encoding=part.encoding,
        decimal=part.decimal,
        thousands=part.thousands,
        missing=part.missing,
    )
