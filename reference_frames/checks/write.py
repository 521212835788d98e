"""Findings, changes and proposals go to a spreadsheet or a text file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from citysample.reference_frames.files import write_file
from citysample.reference_frames.workbook import workbook_bytes
from citysample.reference_frames.write import write_table

if TYPE_CHECKING:
    from citysample.reference_frames.checks.findings import FrameCheck
    from citysample.reference_frames.checks.frame_diff import FrameDiff

__all__ = ["write_check", "write_diff", "write_proposals"]

IN_A_CELL = 100
"""Ids in one cell of a spreadsheet; the sheet of cities has them all."""


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
