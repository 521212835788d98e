"""Stata and SPSS files: codes with labels become their labels, ids stay text."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import FileError, quoted
from citysample.reference_frames.columns import plain_text
from citysample.reference_frames.extras import require
from citysample.reference_frames.readers.dataframes import (
    Untyped,
    damaged,
    text_column,
    without_missing,
)
from citysample.reference_frames.readers.file_kind import SPSS, STATA
from citysample.reference_frames.readers.reading import Options, Reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_spss", "read_stata"]

ZEROS = re.compile(r"N(\d+)|%0(\d+)(?:\.0)?[fg]")
"""Display formats that show leading zeros: N5 in SPSS, %05.0f in Stata."""
SINGLE = 2**24
"""Above this a number in single precision (Stata's float) does not hold each whole number."""


def read_stata(content: bytes, where: str, options: Options) -> Reading:
    """Read a Stata file; needs pyreadstat (extra ``files``). See :func:`read_spss`."""
    return _read("read_dta", STATA, content, where, options)


def read_spss(content: bytes, where: str, options: Options) -> Reading:
    """Read an SPSS file; needs pyreadstat (extra ``files``).

    A column in which each code has a label becomes the labels, as categories in the order of the
    codes. A column in which only some codes have labels stays numbers. Missing codes that the file
    declares (``.a`` to ``.z`` in Stata, user-missing values in SPSS) are missing. Ids keep the
    leading zeros that their display format shows.

    Parameters
    ----------
    content : bytes
        The file.
    where : str
        Its path, for errors.
    options : Options
        ``encoding`` for old files that do not state theirs.
    """
    return _read("read_sav", SPSS, content, where, options)


def _read(function: str, kind: str, content: bytes, where: str, options: Options) -> Reading:
    read = getattr(require("pyreadstat", "files"), function)
    try:
        table, meta = read(io.BytesIO(content), encoding=options.encoding)
    except Exception as error:  # noqa: BLE001  a damaged file can raise anything
        raise damaged(where, kind, error) from None
    labels: Mapping[str, Mapping[object, str]] = meta.variable_value_labels
    columns: dict[str, pd.Series] = {}
    notes: dict[str, list[str]] = {}
    for name in table.columns:
        if name in options.text:
            columns[name], rule = _ids(table[name], name, meta, where)
        elif name in labels:
            columns[name], rule = _labelled(table[name], labels[name])
        else:
            columns[name], rule = _numbers(table[name]), None
        if rule is not None:
            notes.setdefault(rule, []).append(name)
    made = without_missing(table.assign(**columns), tuple(options.missing))
    return Reading(made, tuple(f"{rule} in columns {quoted(names)}" for rule, names in notes.items()), where)


def _ids(values: pd.Series, name: str, meta: Untyped, where: str) -> tuple[pd.Series, str | None]:
    """A column of ids or names as text, with the zeros that the display format shows."""
    found = values.tolist()
    large = [value for value in found if isinstance(value, float) and abs(value) > SINGLE]
    if large and meta.readstat_variable_types.get(name) == "float":
        raise FileError(
            "TABLE-CELL-INVALID",
            "Ids are stored in single precision, which holds whole numbers up to 16777216 only.",
            where=f"{where}, column '{name}'",
            got=quoted(plain_text(value) for value in large),
            expected="ids stored as text, or as numbers of the type long or double",
            remedy="Take the ids from their source, and store them as text.",
        )
    match = ZEROS.fullmatch(str(meta.original_variable_types.get(name, "")))
    width = int(match[1] or match[2]) if match else 0
    show: Callable[[int], str] = partial(_with_zeros, width=width)
    texts = text_column(_empty_as_missing(values), show)
    plain = text_column(_empty_as_missing(values))
    return texts, None if texts.equals(plain) else "zeros that only the display format shows were kept"


def _with_zeros(value: int, width: int) -> str:
    return str(value).zfill(width)


def _labelled(values: pd.Series, labels: Mapping[object, str]) -> tuple[pd.Series, str | None]:
    """The labels of a column if each code that occurs has one of its own, else the numbers."""
    import pandas as pd

    codes = [plain_text(code) for code in values.tolist()]
    present = {code for code in codes if code is not None}
    by_code = {str(plain_text(code)): labels[code] for code in sorted(labels, key=_code_order)}
    if not present <= by_code.keys() or len(set(by_code.values())) < len(by_code):
        return _numbers(values), "codes were kept, because labels are missing or repeated,"
    texts = [None if code is None else by_code[code] for code in codes]
    # A label of a code that occurs nowhere, such as "refused", is no category.
    levels = [label for code, label in by_code.items() if code in present]
    return pd.Series(pd.Categorical(texts, categories=levels, ordered=True)), "labels were taken for codes"


def _code_order(code: object) -> tuple[bool, float, str]:
    """Numbers by size, then texts."""
    return (True, 0.0, code) if isinstance(code, str) else (False, float(str(code)), "")


def _numbers(values: pd.Series) -> pd.Series:
    """Whole numbers as int64 if none is missing; empty texts are missing."""
    import pandas as pd

    if not pd.api.types.is_float_dtype(values.dtype):
        return _empty_as_missing(values)
    array = values.to_numpy()
    whole = bool(np.isfinite(array).all()) and bool((array == np.floor(array)).all())
    return values.astype("int64") if whole and bool((np.abs(array) < 2**53).all()) else values


def _empty_as_missing(values: pd.Series) -> pd.Series:
    """Texts without the blanks around them; an empty text is a missing value."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    found = [value.strip() or None if isinstance(value, str) else value for value in values.tolist()]
    return pd.Series([None if plain_text(value) is None else value for value in found], dtype=object)
