"""From the text of a study file to its parts, with every error located."""

from __future__ import annotations

import math
import re
import tomllib
from datetime import date, time
from typing import get_args

import msgspec

from citysample.errors import StudyError, did_you_mean
from citysample.study.design_file import AllocationPart
from citysample.study.estimation_file import refuse_wrong_estimation
from citysample.study.round_file import refuse_parts_that_clash
from citysample.study.study_file import StudyFile

__all__ = ["decode_study"]

UNKNOWN_KEY = re.compile(
    r"Object contains unknown field `(?P<key>.*?)`(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL
)
LOCATED = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
BACKSLASH_PROBLEMS = ("Unescaped '\\'", "Invalid hex value", "escaped character", "Escaped character")
PATH_PARTS = ("frame", "data", "stage", "round")
PATH_KEYS = ("file", "previous", "links")
LONGEST_VALUE = 200
CHOICES = {
    "design.allocation.kind": [kind.__struct_config__.tag for kind in get_args(AllocationPart)],
    "estimation.df": ["design", "nominal", "satterthwaite", "a number above 0"],
}
"""What may stand where a text is one of a few."""
KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a part with keys of its own",
}
"""What the decoder names by type, in words. A key that may be left out has ``null``, too."""
LIMITS = {">=": "of {} or more", "<=": "of {} or less", ">": "above {}", "<": "below {}"}
REPEATED = (
    "estimate",
    "contrast",
    "data.covariances",
    "stage",
    "frame.classes",
    "frame.growth",
    "design.size_classes",
)
"""Parts that may stand more than once."""


def decode_study(content: bytes, where: str) -> StudyFile:
    """Decode a study file; unknown keys and wrong types are refused.

    Parameters
    ----------
    content : bytes
        The TOML text in UTF-8.
    where : str
        Path of the file, for errors.

    Raises
    ------
    StudyError
        ``STUDY-SYNTAX``, ``STUDY-BACKSLASH``, ``STUDY-KEY-UNKNOWN``, ``STUDY-VALUE-INVALID`` or
        ``STUDY-PART-MISSING``.
    """
    tree = _toml(content, where)
    _refuse_eaten_backslashes(tree, where)
    try:
        study = msgspec.convert(tree, StudyFile)
    except msgspec.ValidationError as error:
        raise _located(str(error), tree, where) from None
    _refuse_infinite(tree, "", where)
    refuse_parts_that_clash(study, where)
    refuse_wrong_estimation(study, where)
    return study


def _toml(content: bytes, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StudyError(
            "STUDY-SYNTAX",
            "The study file is not UTF-8 text.",
            where=where,
            got=f"byte {error.object[error.start]:#04x} at position {error.start}",
            expected="a text file in UTF-8",
            remedy="Save the file as UTF-8.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        if any(problem in message for problem in BACKSLASH_PROBLEMS):
            raise _backslash(where, message) from None
        raise StudyError(
            "STUDY-SYNTAX",
            "The study file is not valid TOML.",
            where=where,
            got=message,
            expected="key = value lines under [part] headings",
            remedy="Mend the line. Texts stand in quotes; lists stand in [ ].",
        ) from None
    except ValueError as error:  # a number with thousands of digits
        raise StudyError(
            "STUDY-SYNTAX",
            "A number of the study file is too long.",
            where=where,
            got=str(error).split(":", maxsplit=1)[0],
            expected="numbers of a usual length",
            remedy="Correct the number.",
        ) from None
    except RecursionError:
        raise StudyError(
            "STUDY-SYNTAX",
            "The study file is nested too deeply.",
            where=where,
            expected="key = value lines under [part] headings",
            remedy="Mend the file.",
        ) from None


def _backslash(where: str, got: str) -> StudyError:
    return StudyError(
        "STUDY-BACKSLASH",
        "A backslash in double quotes has a special meaning in TOML.",
        where=where,
        got=got,
        expected="a path as 'C:\\data\\frame.csv' in single quotes, or as \"C:/data/frame.csv\"",
        remedy="Write Windows paths in single quotes, or with / instead of \\.",
    )


def _refuse_eaten_backslashes(tree: dict[str, object], where: str) -> None:
    r"""``"C:\temp\new.csv"`` is valid TOML, but \t and \n in it are a tab and a new line."""
    for part in PATH_PARTS:
        there = tree.get(part)
        for table in there if isinstance(there, list) else [there]:
            for key in PATH_KEYS:
                path = table.get(key) if isinstance(table, dict) else None
                if isinstance(path, str) and any(ord(character) < 32 for character in path):
                    raise _backslash(f"{where}: {part}.{key}", repr(path))


def _refuse_infinite(value: object, path: str, where: str) -> None:
    """TOML knows ``nan`` and ``inf``; no key of a study file takes them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_infinite(inner, f"{path}.{key}".lstrip("."), where)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _refuse_infinite(inner, f"{path}[{position}]", where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise StudyError(
            "STUDY-VALUE-INVALID",
            "A number of the study file is not finite.",
            where=f"{where}: {path}",
            got=str(value),
            expected="a finite number",
            remedy="Correct the value.",
        )


def _located(message: str, tree: dict[str, object], where: str) -> StudyError:
    unknown = UNKNOWN_KEY.match(message)
    if unknown:
        path = (unknown["path"] or "").lstrip(".")
        return StudyError(
            "STUDY-KEY-UNKNOWN",
            f"There is no key '{unknown['key']}' here.",
            where=f"{where}: {path or 'top of the file'}",
            remedy=did_you_mean(unknown["key"], _known_keys(path, tree)),
        )
    located = LOCATED.match(message)
    assert located is not None
    path = (located["path"] or "").lstrip(".")
    missing = re.match(r"Object missing required field `(.*)`", located["what"])
    if missing:
        return StudyError(
            "STUDY-VALUE-INVALID",
            f"The key '{missing[1]}' is missing.",
            where=f"{where}: {path or 'top of the file'}",
            expected=f"a key '{missing[1]}'",
            remedy="Add the key. `citysample init` writes a complete study file to copy from.",
        )
    expected, _, got = located["what"].removeprefix("Expected ").partition(", got ")
    value = _value_at(tree, path)
    shown = got.strip("`") if value is None else _shown(value)
    words = f"one of {', '.join(map(repr, CHOICES[path]))}" if path in CHOICES else _in_words(expected)
    if path in REPEATED:
        words = f"one or more parts with the heading [[{path}]]"
    elif words == KINDS["str"] and isinstance(value, (int, float, date, time)):
        words = f'{words}, such as "{shown}"'
    return StudyError(
        "STUDY-VALUE-INVALID",
        "A value of the study file is not valid.",
        where=f"{where}: {path}",
        got=shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]} ...",
        expected=words,
        remedy=_remedy(path, value, words),
    )


def _in_words(expected: str) -> str:
    """What the decoder expected, for people.

    >>> _in_words("`int` >= 1"), _in_words("`float | array | null`")
    ('a whole number of 1 or more', 'a number or a list')
    """
    kinds, _, limit = expected.removeprefix("`").partition("`")
    words = " or ".join(KINDS[kind] for kind in kinds.split(" | ") if kind != "null")
    if "length" in limit:
        return f"{words} that is not empty"
    sign, _, bound = limit.strip().partition(" ")
    return f"{words} {LIMITS[sign].format(f'{float(bound):g}')}" if sign else words


def _shown(value: object) -> str:
    """A value as it stands in a study file.

    >>> _shown([True, "a", {"n": 2.5}])
    "[true, 'a', {n = 2.5}]"
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_shown(inner)}" for key, inner in value.items()) + "}"
    return repr(value)


def _remedy(path: str, value: object, expected: str) -> str:
    """How the value is written, if it is only written in the wrong way."""
    key = re.sub(r".*\.|\[.*", "", path)
    start = "" if path.endswith("]") else f"{key} = "
    plain = f'"{value}"' if isinstance(value, str) else _shown(value)
    if expected.startswith("one or more parts"):
        return f"Write [[{path}]], with two brackets, above the keys of each part."
    if expected == KINDS["object"]:
        return f"Write the heading [{path}], and its keys on the lines below it."
    if KINDS["str"] in expected and isinstance(value, (int, float, date, time)):
        return f'Put the value in quotes: {start}"{plain}".'
    numeric = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    if numeric and "number" in expected and KINDS["array"] not in expected:
        return f"Write the number without quotes: {start}{value}."
    if not numeric and KINDS["array"] in expected and not isinstance(value, (list, dict)):
        return f"Put the value in brackets: {start}[{plain}]."
    return "Correct the value. Numbers stand without quotes, texts in quotes, lists in brackets."


def _value_at(tree: object, path: str) -> object:
    """The value at a path; for the counts of strata, whose path names no key, all of them."""
    for step in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and step.startswith("["):
            tree = tree[int(step[1:-1])]
        else:
            return None
    return tree


def _known_keys(path: str, tree: object) -> list[str]:
    """Keys of the part at a path such as ``design.allocation`` or ``estimate[0]``."""
    kind: object = StudyFile
    for step in re.sub(r"\[\d+\]", "", path).split("."):
        if step:
            kind = _struct_of(_fields(kind).get(step), tree)
        tree = tree.get(step) if isinstance(tree, dict) else None
    return list(_fields(kind))


def _fields(kind: object) -> dict[str, object]:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return {}
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    tag = kind.__struct_config__.tag_field
    return ({tag: str} if tag else {}) | fields


def _struct_of(annotation: object, tree: object) -> object:
    """The struct inside a type such as ``list[X]`` or ``A | B | None``, by its tag if need be."""
    candidates = [kind for kind in (annotation, *get_args(annotation)) if _fields(kind)]
    part = tree.get("allocation") if isinstance(tree, dict) else None
    wanted = part.get("kind") if isinstance(part, dict) else None
    for kind in candidates:
        if getattr(kind, "__struct_config__", None) and kind.__struct_config__.tag == wanted:
            return kind
    return candidates[0] if candidates else None
