"""Findings, changes and proposals go to a spreadsheet or a text file."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from citysample.errors import FileError
from citysample.reference_frames.files import unwritable, write_file
from citysample.reference_frames.workbook import workbook_bytes
from citysample.reference_frames.write import write_table, writer_of

if TYPE_CHECKING:
    from citysample.reference_frames.checks.findings import FrameCheck
    from citysample.reference_frames.checks.frame_diff import FrameDiff

__all__ = ["check_targets", "write_check", "write_diff", "write_proposals"]

IN_A_CELL = 100
"""Ids in one cell of a spreadsheet; the sheet of cities has them all."""


def check_targets(*paths: Path | None) -> None:
    """Refuse files that cannot be written, before the first of them is.

    Raises
    ------
    FileError
        A file is there already or named twice, its folder is not there, or its ending is another one.
    """
    targets = [path for path in paths if path is not None]
    for place, path in enumerate(targets):
        if path.exists() or path.resolve() in [earlier.resolve() for earlier in targets[:place]]:
            raise FileError(
                "FILE-EXISTS",
                "The file is there already." if path.exists() else "Two tables would go to the same file.",
                where=str(path),
                expected="a name that is not taken",
                remedy="Choose another name. Nothing was written.",
            )
        if not path.parent.is_dir():
            raise unwritable(path, FileNotFoundError(errno.ENOENT, "the folder does not exist"))
        writer_of(path)


def write_check(check: FrameCheck, path: str | Path) -> Path:
    """Write the findings: XLSX with sheets of findings and of their cities, or CSV with one table."""
    if Path(path).suffix.lower() == ".xlsx":
        sheets = {"findings": check.to_frame(IN_A_CELL), "cities": check.cities_frame()}
        return write_file(path, workbook_bytes(sheets, title="Check of a city frame"))
    return write_table(check.to_frame(), path)


def write_diff(diff: FrameDiff, path: str | Path) -> Path:
    """Write the changes: XLSX with sheets of changes and of sizes, or CSV with the changes."""
    if Path(path).suffix.lower() == ".xlsx":
        sheets = {"changes": diff.to_frame(), "sizes": diff.populations_frame()}
        return write_file(path, workbook_bytes(sheets, title="Comparison of two city frames"))
    return write_table(diff.to_frame(), path)


def write_proposals(diff: FrameDiff, path: str | Path) -> Path:
    """Write the proposals for a person to fill in: XLSX or CSV with one table."""
    return write_table(diff.proposals_frame(), path)
