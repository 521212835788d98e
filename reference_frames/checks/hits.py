"""What a check yields: rows with a code, or a reason why it did not look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsInt, TypeAlias

__all__ = ["Hit", "Measured", "Skipped", "Yield", "counted", "grouped", "hit"]


@dataclass(frozen=True, slots=True)
class Hit:
    """Rows (from 0) with the same finding, and what was found there."""

    code: str
    rows: tuple[int, ...]
    got: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a check did not run; ``partly`` if the rest of it did."""

    reason: str
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a check that is said even if nothing was found, such as its cut."""

    text: str


Yield: TypeAlias = Hit | Skipped | Measured
"""What a check may yield."""


def hit(code: str, rows: Iterable[SupportsInt], got: str) -> list[Hit]:
    """One hit for all rows, or none if there are no rows."""
    found = tuple(int(row) for row in rows)
    return [Hit(code, found, got)] if found else []


def counted(number: int, thing: str) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2 000 rows')
    """
    return f"{grouped(number)} {thing}{'' if number == 1 else 's'}"


def grouped(number: float, form: str = ".15g") -> str:
    """A number for people, with blanks between groups of three digits.

    >>> grouped(7937526.0), grouped(1234.56, ".1f")
    ('7 937 526', '1 234.6')
    """
    return f"{number:,{form}}".replace(",", " ")
