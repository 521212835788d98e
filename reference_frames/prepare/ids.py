"""Permanent city ids: a prefix and a running number that is never used again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from citysample.errors import FrameError
from citysample.reference_frames.checks.folding import looks_like_date

__all__ = ["Ids", "assign_ids", "check_prefix"]

PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,19}")
FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Ids:
    """One id for each city, the positions of new ones, and the last number that was ever used."""

    ids: tuple[str, ...]
    new: tuple[int, ...]
    last_number: int


def assign_ids(known: Sequence[str | None], prefix: str, last_number: int = 0) -> Ids:
    """Keep the ids that are there; give the other cities new numbers, in the order of the file.

    Parameters
    ----------
    known : sequence of str or None
        The id of each city; None if it has none.
    prefix : str
        What stands before the number, such as KEN.
    last_number : int
        The last number that was ever used with this prefix, also by cities that are gone.

    Returns
    -------
    Ids
        The ids. The numbers have at least four digits.

    Examples
    --------
    >>> assign_ids([None, "KEN-0007", None], "KEN", last_number=9)
    Ids(ids=('KEN-0010', 'KEN-0007', 'KEN-0011'), new=(0, 2), last_number=11)
    """
    pattern = re.compile(rf"{re.escape(prefix)}-(\d+)", re.ASCII)
    used = [found[1] for id_ in known if id_ is not None and (found := pattern.fullmatch(id_))]
    number = max([last_number, *map(int, used)])
    new = tuple(position for position, id_ in enumerate(known) if id_ is None)
    digits = max([FEWEST_DIGITS, len(str(number + len(new))), *map(len, used)])
    ids = list(known)
    for position in new:
        number += 1
        ids[position] = f"{prefix}-{number:0{digits}d}"
    return Ids(tuple(id_ for id_ in ids if id_ is not None), new, number)


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that makes no good ids.

    Raises
    ------
    FrameError
        ``FRAME-ID-INVALID``
    """
    if PREFIX.fullmatch(prefix) and not looks_like_date(f"{prefix}-2000"):
        return
    raise FrameError(
        "FRAME-ID-INVALID",
        f"The prefix '{prefix}' makes no good ids.",
        got=f"ids such as '{prefix}-2000'",
        expected="a letter, then letters and digits, and no name of a month",
        remedy="Choose another prefix. A spreadsheet program makes a date of MAR-2000; MA-2000 is safe.",
    )
