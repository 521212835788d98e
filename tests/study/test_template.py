"""The template of the study file knows every key, and each option in its comments can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args, get_type_hints

import msgspec
import pytest

from citysample.study.decode import decode_study
from citysample.study.design_parts import sample_design
from citysample.study.study_file import StudyFile
from citysample.study.template import study_template

HEADER = re.compile(r"^(# )?(\[{1,2}[a-z_.]+\]{1,2})")
OPTION = re.compile(r"^# ([a-z_0-9]+) = ")


@dataclass(frozen=True)
class Block:
    """A part of the template: its header, whether it is in use, and its lines."""

    header: str
    used: bool
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def without_comments(self) -> str:
        return "\n".join(line.removeprefix("# ") for line in self.lines)


def blocks() -> list[Block]:
    found: list[Block] = []
    for line in study_template().splitlines():
        header = HEADER.match(line)
        if header:
            found.append(Block(header[2], header[1] is None, []))
        if found:
            found[-1].lines.append(line)
    return found


BLOCKS = blocks()
USED = [block for block in BLOCKS if block.used]
OPTIONAL = [block for block in BLOCKS if not block.used]


def study_with(header: str, text: str) -> bytes:
    """The template's own parts with one part replaced or added."""
    there = [block.header for block in USED]
    repeated = header.startswith("[[")
    # A later round has no design of its own.
    kept = [block for block in USED if header != "[round]" or not block.header.startswith("[design")]
    parts = [text if block.header == header and not repeated else block.text for block in kept]
    if repeated or header not in there:
        parts.append(text)
    return "\n".join(parts).encode()


def keys(part: type[msgspec.Struct], path: str) -> Iterator[tuple[str, str]]:
    """Part and key, for the part and all parts inside it."""
    for key, kind in get_type_hints(part).items():
        inner = [
            struct
            for struct in (kind, *get_args(kind), *(deep for arg in get_args(kind) for deep in get_args(arg)))
            if isinstance(struct, type) and issubclass(struct, msgspec.Struct)
        ]
        if not inner:
            yield path, key
        for struct in inner:
            yield from keys(struct, f"{path}.{key}" if path else key)


def test_every_key_stands_in_the_template() -> None:
    checked = 0
    for path, key in set(keys(StudyFile, "")):
        # Targets stand as inline tables in their allocation; [data] says that its keys are as for [frame].
        headers = {path.removesuffix(".targets"), *({"frame"} if path == "data" else ())}
        texts = [block.text for block in BLOCKS if block.header.strip("[]") in headers]
        assert any(re.search(rf"(^|[ {{])(# )?{key} = ", text, re.MULTILINE) for text in texts), (path, key)
        checked += 1
    assert checked >= 90


@pytest.mark.parametrize(
    ("block", "line"),
    [(block, line) for block in USED for line in block.lines if OPTION.match(line)],
    ids=lambda value: value[:30] if isinstance(value, str) else value.header,
)
def test_an_option_in_a_comment_can_be_used(block: Block, line: str) -> None:
    match = OPTION.match(line)
    assert match is not None
    rest = [other for other in block.lines if not other.startswith(f"{match[1]} = ")]
    decode_study(study_with(block.header, "\n".join([*rest, line.removeprefix("# ")])), "study.toml")


@pytest.mark.parametrize("block", OPTIONAL, ids=lambda block: block.header)
def test_a_part_in_comments_can_be_used(block: Block) -> None:
    text = study_with(block.header, block.without_comments())
    if block.header == "[[data.covariances]]":  # its columns must have standard errors
        text = text.replace(b"\n# errors = ", b"\nerrors = ")
    study = decode_study(text, "study.toml")
    if block.header.strip("[]").startswith("design"):
        assert study.design is not None
        sample_design(study.design)


def test_the_comments_hold_many_options() -> None:
    options = [line for block in USED for line in block.lines if OPTION.match(line)]
    assert len(options) >= 24
    kinds = re.findall(r'^(?:# )?kind = "(\w+)"', study_template(), re.MULTILINE)
    assert len(kinds) == len(set(kinds)) >= 8
