"""A complete study file to start from."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from citysample.errors import FileError
from citysample.study.files import write_files

# A seed that stands in a public file must not be the seed of a draw.
NO_SEED = (
    '# seed = "..."                        # the public seed; publish frame and design first, then choose it'
)
NO_COUNTRY = 'country = ""                          # optional; ISO code, shown in the report'

__all__ = ["study_template", "write_template"]


def study_template() -> str:
    """The complete, commented study file."""
    return (files("citysample.study") / "templates" / "study.toml").read_text(encoding="utf-8")


def write_template(folder: str | Path) -> Path:
    """Write ``study.toml`` into a folder; a file that is there is never overwritten."""
    path = Path(folder) / "study.toml"
    if path.exists():
        raise FileError(
            "FILE-EXISTS",
            "There is a study file already.",
            where=str(path),
            expected="a folder without study.toml",
            remedy="Choose another folder, or move the file away.",
        )
    text = re.sub(r"(?m)^seed = .*$", NO_SEED, study_template())
    text = re.sub(r"(?m)^country = .*$", NO_COUNTRY, text)
    write_files(path.parent, {path.name: text.encode("utf-8")})
    return path
