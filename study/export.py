"""The figures of a run for other programs, in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from citysample.errors import FileError
from citysample.reporting.export.export import FILES, export_survey
from citysample.reporting.export.readme import FIRST_LINE
from citysample.study.files import write_files

if TYPE_CHECKING:
    from citysample.study.chain import Outcome

__all__ = ["export_run"]

README = "README.txt"


def export_run(outcome: Outcome, program: str, folder: Path | None = None) -> tuple[Path, list[str]]:
    """Write the export of a run, all files or none.

    Parameters
    ----------
    outcome : Outcome
        A run that went through the estimates.
    program : str
        A key of ``PROGRAMS``.
    folder : Path, optional
        Where the files go; ``export-PROGRAM`` in the run directory if not given.

    Returns
    -------
    folder : Path
        The folder.
    names : list of str
        The files in it.

    Raises
    ------
    EstimateError
        The program is unknown, or it can express the design or the figures in no way.
    FileError
        ``FILE-EXISTS``: the folder holds other files of these names.
    """
    assert outcome.survey is not None
    assert outcome.sample is not None
    inputs = outcome.inputs
    files = export_survey(
        outcome.survey,
        inputs.indicators(),
        program,
        by=inputs.study.estimation.by,
        options=inputs.options(outcome.sample.seed),
    )
    target = outcome.directory / f"export-{program}" if folder is None else folder
    there = [name for name in FILES if (target / name).exists()]
    if there and not _is_export(target):
        raise FileError(
            "FILE-EXISTS",
            "Files would be overwritten that are no export of citysample.",
            where=str(target / there[0]),
            expected="a new folder, or one with an earlier export",
            remedy="Name another folder: --folder FOLDER. Nothing was changed.",
        )
    write_files(target, files, tuple(name for name in there if name not in files))
    return target, list(files)


def _is_export(folder: Path) -> bool:
    """True if the folder holds an export of citysample."""
    path = folder / README
    return path.is_file() and path.read_bytes().startswith(FIRST_LINE.encode())
