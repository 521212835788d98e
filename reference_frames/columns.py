"""Columns of a table as arrays: numbers, labels and ids, each checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.errors import CitySampleError, DataError, FileError, FrameError, did_you_mean, quoted

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CITIES",
    "FloatArray",
    "IntArray",
    "BoolArray",
    "are_grouped",
    "complete_labels",
    "doubtful_columns",
    "first_cities",
    "id_order",
    "is_missing",
    "is_plain_number",
    "labels",
    "numbers",
    "ordered_levels",
    "plain_text",
    "refuse_count_column",
    "require_columns",
    "text_ids",
    "with_text_names",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

CITIES = "cities"
"""The name that stands for the count of cities (a variable that is 1 for each city)."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LEADING_ZERO = re.compile(r"[+-]?0\d", re.ASCII)
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)
# What stands between groups of three digits, as it is said in a study file, and what looks like it.
SPACED = {
    "' '": re.compile("[+-]?\\d{1,3}([ \u00a0\u202f\u2009]\\d{3})+", re.ASCII),
    '"\'"': re.compile("[+-]?\\d{1,3}(['\u2019]\\d{3})+", re.ASCII),
}
NEARLY_NUMBER = re.compile(r"[+-]?\d[\d.,' \u00a0\u202f]*%?", re.ASCII)

ERRORS: dict[str, type[CitySampleError]] = {"FRAME": FrameError, "DATA": DataError}
TABLE_NAMES = {"FRAME": "the city frame", "DATA": "the data"}


def first_cities(ids: Iterable[object]) -> str:
    """The first five city ids, for an error."""
    return f"cities {quoted(ids)}"


def id_order(ids: Iterable[str]) -> IntArray:
    """Order of ids by the bytes of their UTF-8 text: the same on each machine and locale.

    >>> id_order(["b", "10", "9"]).tolist()
    [1, 2, 0]
    """
    keys = [value.encode("utf-8") for value in ids]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def require_columns(table: pd.DataFrame, names: Collection[str], part: str, role: str = "") -> None:
    """Refuse names that are not columns of the table; suggest the nearest name."""
    for name in names:
        if name not in table.columns:
            raise ERRORS[part](
                f"{part}-COLUMN-UNKNOWN",
                f"There is no column '{name}' in {TABLE_NAMES[part]}.",
                where=role or None,
                remedy=did_you_mean(name, [str(column) for column in table.columns]),
            )


def refuse_count_column(table: pd.DataFrame) -> None:
    """Refuse data with a column called ``cities``, which would hide the count of cities."""
    if CITIES in table.columns:
        raise DataError(
            "DATA-COLUMN-RESERVED",
            f"No column of the data may be called '{CITIES}'.",
            got=f"column '{CITIES}'",
            expected=f"any other name: '{CITIES}' stands for the count of cities",
            remedy="Rename the column.",
        )


def text_ids(values: pd.Series, part: str) -> list[str]:
    """City ids as text. Whole numbers become their digits; anything doubtful is refused."""
    found = values.tolist()
    ids = [str(value) if isinstance(value, int) and not isinstance(value, bool) else value for value in found]
    bad = [
        (row, value)
        for row, value in enumerate(ids)
        if not isinstance(value, str) or not value or value != value.strip()
    ]
    if bad:
        raise ERRORS[part](
            f"{part}-ID-INVALID",
            f"{len(bad)} rows of {TABLE_NAMES[part]} have no valid city id.",
            where=f"column '{values.name}', data rows {', '.join(str(row + 1) for row, _ in bad[:5])}",
            got=quoted(value for _, value in bad),
            expected="a text, or a whole number, with no blanks around it",
            remedy="Give each city a permanent id. Store ids as text, so that 007 stays 007.",
        )
    counts: dict[str, int] = {}
    for value in ids:
        counts[value] = counts.get(value, 0) + 1
    twice = [value for value, count in counts.items() if count > 1]
    if twice:
        raise ERRORS[part](
            f"{part}-ID-DUPLICATE",
            f"{len(twice)} city ids stand in more than one row of {TABLE_NAMES[part]}.",
            where=f"column '{values.name}': {first_cities(twice)}",
            got=f"'{twice[0]}' in {counts[twice[0]]} rows",
            expected="one row for each city",
            remedy="Remove the repeated rows, or give different cities different ids.",
        )
    return ids


def numbers(table: pd.DataFrame, column: str, part: str, *, allow_missing: bool = False) -> FloatArray:
    """A column as float64, shape (n,). Text, infinity and (unless allowed) missing values are refused."""
    import pandas as pd

    values = table[column]
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiub":
        array = values.to_numpy(dtype=np.float64)
    elif pd.api.types.is_bool_dtype(values.dtype) and not values.isna().any():
        return values.to_numpy(dtype=np.float64)
    elif not pd.api.types.is_numeric_dtype(values.dtype) or values.dtype.kind == "c":
        converted = [_number(value) for value in values.tolist()]
        if any(value is None for value in converted):
            _refuse_text(table, column, part, converted)
        array = np.array(converted, dtype=np.float64)
    else:
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(array).any():
        raise ERRORS[part](
            f"{part}-VALUE-INVALID",
            f"Column '{column}' holds infinite values.",
            where=first_cities(table.index[np.isinf(array)]),
            expected="finite numbers",
            remedy="Correct the values. Leave a cell empty if there is no value.",
        )
    if not allow_missing and np.isnan(array).any():
        raise ERRORS[part](
            f"{part}-VALUE-MISSING",
            f"Column '{column}' has missing values for {int(np.isnan(array).sum())} cities.",
            where=first_cities(table.index[np.isnan(array)]),
            expected="a number for each city",
            remedy="Fill in the values, or remove cities that do not belong in the table.",
        )
    return array


def _number(value: object) -> float | None:
    """The value as float, NaN for a missing value, None for text or another kind of value."""
    if is_missing(value):
        return float("nan")
    if isinstance(value, (bool, int, float, np.integer, np.floating, np.bool_)):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return None


def _refuse_text(table: pd.DataFrame, column: str, part: str, converted: list[float | None]) -> NoReturn:
    cells = [str(value) for value in table[column].tolist()]
    texts = [row for row, value in enumerate(converted) if value is None]
    odd = [row for row in texts if not is_plain_number(cells[row])]
    grouped = all(GROUPED.fullmatch(cells[row]) for row in odd) and are_grouped([cells[row] for row in texts])
    shown = [row for row in texts if "." in cells[row]] if grouped else odd or texts
    example = cells[shown[0]]
    raise ERRORS[part](
        f"{part}-NUMBER-TEXT",
        f"Column '{column}' must hold numbers, and {len(shown)} cells hold text.",
        where=first_cities(table.index[row] for row in shown),
        got=quoted(cells[row] for row in shown),
        expected="numbers such as 1234.5 or -3, without blanks and thousands signs",
        remedy=(
            f"Is '{example}' {example.replace('.', '')} or a number with decimals? "
            "Say thousands = '.' or decimal = '.'."
            if grouped
            else _number_remedy([cells[row] for row in shown], part)
        ),
    )


def _number_remedy(texts: list[str], part: str) -> str:
    """What to do about cells that are no numbers."""
    prepare = " Or run: citysample frames prepare FILE" if part == "FRAME" else ""
    if all(is_plain_number(text) for text in texts):
        return "The numbers are stored as text. Store them as numbers; or for a file say decimal = '.'."
    sign = next((name for name, form in SPACED.items() if any(form.fullmatch(text) for text in texts)), None)
    if sign is not None:
        return f"If the cells have thousands signs, say thousands = {sign}.{prepare}"
    return (
        "Correct the cells. If the file has a decimal comma, say decimal = ','. "
        f"If a text means 'no value', name it in missing.{prepare}"
    )


def is_plain_number(text: str) -> bool:
    """True for a number with a decimal point, without leading zeros and thousands signs."""
    return bool(NUMBER.fullmatch(text)) and not LEADING_ZERO.match(text)


def are_grouped(texts: list[str]) -> bool:
    """True if all points of these texts could be thousands signs: 1.150 and 12.000, but not 1.5.

    >>> are_grouped(["850", "1.150"]), are_grouped(["1.150", "2.5"]), are_grouped(["850"])
    (True, False, False)
    """
    dotted = [text for text in texts if "." in text]
    return bool(dotted) and all(GROUPED.fullmatch(text) for text in dotted)


def doubtful_columns(table: pd.DataFrame) -> list[str]:
    """Text columns most of whose cells look like numbers: a decimal comma, a unit, a stray sign."""
    found = []
    for column in table.columns:
        texts = [value for value in table[column].tolist() if isinstance(value, str)]
        nearly = [text for text in texts if NEARLY_NUMBER.fullmatch(text) and not LEADING_ZERO.match(text)]
        if table[column].dtype == object and len(nearly) * 2 > len(texts):
            found.append(str(column))
    return found


def is_missing(value: object) -> bool:
    """True for None, NaN, NaT and NA."""
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(value != value)  # noqa: PLR0124  NaN is the only number that differs from itself
    if isinstance(value, (str, int)):
        return False
    import pandas as pd

    return value is pd.NA or value is pd.NaT


def plain_text(value: object) -> str | None:
    """The text of a value, None if it is missing. The number 3.0 is written '3'."""
    # Nearly all cells of a frame are text, and a frame may have a hundred thousand rows.
    if type(value) is str:
        return value
    if is_missing(value):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    return str(value)


def labels(values: pd.Series) -> list[str | None]:
    """Labels of a column, None where the value is missing. The number 3.0 is labelled '3'.

    >>> import pandas as pd
    >>> labels(pd.Series([3.0, 4.5, None]))
    ['3', '4.5', None]
    """
    return [plain_text(value) for value in values.tolist()]


def complete_labels(table: pd.DataFrame, column: str, part: str) -> list[str]:
    """Labels of a column in which each row must have a value."""
    found = labels(table[column])
    empty = [city for city, label in zip(table.index, found, strict=True) if label is None]
    if empty:
        raise ERRORS[part](
            f"{part}-VALUE-MISSING",
            f"Column '{column}' has no value for {len(empty)} cities.",
            where=first_cities(empty),
            expected="a value for each city",
            remedy="Fill in the values.",
        )
    return [str(label) for label in found]


def ordered_levels(values: pd.Series) -> list[str]:
    """The labels that occur, in the order of the column: categories, numbers by size, or text.

    >>> import pandas as pd
    >>> ordered_levels(pd.Series([10, 9, 10]))
    ['9', '10']
    """
    import pandas as pd

    found = {label for label in labels(values) if label is not None}
    if isinstance(values.dtype, pd.CategoricalDtype):
        in_order = [plain_text(level) for level in values.cat.categories.tolist()]
        return [level for level in in_order if level in found]
    if pd.api.types.is_numeric_dtype(values.dtype) and values.dtype.kind not in "bc":
        return sorted(found, key=float)
    return sorted(found, key=lambda level: level.encode("utf-8"))


def with_text_names(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """The table with column names as text; a name that stands twice is refused."""
    names = [str(name) for name in table.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileError(
            "TABLE-HEADER-INVALID",
            f"Column names stand more than once in {TABLE_NAMES[part]}.",
            got=quoted(twice),
            expected="a different name for each column",
            remedy="Rename or remove the repeated columns.",
        )
    return table.set_axis(names, axis=1)
