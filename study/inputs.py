"""The inputs of a run: the study file and the tables it names, read once."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from citysample.errors import FileError, StudyError, located, quoted
from citysample.estimators.indicator import Indicator
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.files import read_bytes
from citysample.reference_frames.readers.file_kind import file_kind
from citysample.reference_frames.readers.read_table import parse_table
from citysample.reference_frames.readers.reading import Reading
from citysample.sampling.design import SampleDesign
from citysample.study.decode import decode_study
from citysample.study.design_parts import sample_design
from citysample.study.study_file import DataPart, FramePart, StudyFile

__all__ = ["Inputs", "load_inputs", "run_inputs", "sha256"]

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
        Copies for the run directory: ``inputs/study.toml``, ``inputs/frame/NAME`` and, if it is
        there, ``inputs/data/NAME``.
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

    def design(self) -> SampleDesign:
        """The sample design."""
        return sample_design(self.study.design)

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
        path = self.resolve(part.file)
        name = f"inputs/data/{Path(part.file).name}"
        return _read(part, self.files[name] if name in self.files else read_bytes(path), path, [part.id])

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
    if study.data is not None:
        try:
            data = read_bytes(inputs.resolve(study.data.file))
        except FileError as error:
            # Before the draw there are no data yet; the step that needs them says so.
            if error.code != "FILE-NOT-FOUND":
                raise
        else:
            inputs.files[f"inputs/data/{Path(study.data.file).name}"] = data
    return inputs


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


def _read(part: FramePart | DataPart, content: bytes, path: Path, text: list[str]) -> Reading:
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
