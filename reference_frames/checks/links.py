"""Links between the ids of two frames, given by people; also a table of proposals that they filled in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.errors import FrameError, quoted
from citysample.reference_frames.checks.folding import fold
from citysample.reference_frames.columns import plain_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ANSWERS", "Links", "links_of_table"]

ANSWERS = {
    **dict.fromkeys(("yes", "oui", "si", "sim", "ja"), True),
    **dict.fromkeys(("no", "non", "nao", "nein"), False),
    "": None,
}
"""What may stand in the column ``confirmed``, without case and accents; an empty cell is an open question."""


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs (old id, new id).

    Parameters
    ----------
    confirmed : tuple of pairs
        The new city is the old one, a part of it, or holds it.
    refused : frozenset of pairs
        Proposals to which a person said no; they are not proposed again.
    """

    confirmed: tuple[tuple[str, str], ...] = ()
    refused: frozenset[tuple[str, str]] = frozenset()


def links_of_table(table: pd.DataFrame | None, old_ids: Collection[str], new_ids: Collection[str]) -> Links:
    """Read a table with the columns ``old_id`` and ``new_id``, and perhaps ``confirmed``.

    With a column ``confirmed`` only rows with yes count. Several old ids with one new id are a merge,
    several new ids with one old id are a split.

    Raises
    ------
    FrameError
        ``FRAME-LINK-INVALID``: a column is missing, an id is unknown, or an answer is neither yes nor no.
    """
    if table is None:
        return Links()
    absent = [column for column in ("old_id", "new_id") if column not in table.columns]
    if absent:
        raise _invalid(
            f"The table of links has no column '{absent[0]}'.",
            f"columns {quoted(table.columns)}",
            "columns old_id and new_id",
        )
    sides = []
    for column, known in (("old_id", old_ids), ("new_id", new_ids)):
        cells = [(plain_text(cell) or "").strip() for cell in table[column].tolist()]
        frame = column.removesuffix("_id")
        unknown = [cell for cell in cells if cell not in known]
        if unknown:
            raise _invalid(
                f"{len(unknown)} links name a city that is not in the {frame} frame.",
                f"{column} {quoted(unknown)}",
                f"ids of the {frame} frame",
            )
        sides.append(cells)
    answers = _answers(table) if "confirmed" in table.columns else [True] * len(table)
    pairs = list(zip(*sides, strict=True))
    return Links(
        confirmed=tuple(
            sorted({pair for pair, answer in zip(pairs, answers, strict=True) if answer is True})
        ),
        refused=frozenset(pair for pair, answer in zip(pairs, answers, strict=True) if answer is False),
    )


def _answers(table: pd.DataFrame) -> list[bool | None]:
    cells = [(plain_text(cell) or "").strip() for cell in table["confirmed"].tolist()]
    odd = [cell for cell in cells if fold(cell) not in ANSWERS]
    if odd:
        raise _invalid(
            f"{len(odd)} answers in the column 'confirmed' cannot be read.",
            quoted(odd),
            "yes, no, or an empty cell; also oui, non, sí, sim, não, ja, nein",
        )
    return [ANSWERS[fold(cell)] for cell in cells]


def _invalid(what: str, got: str, expected: str) -> FrameError:
    return FrameError(
        "FRAME-LINK-INVALID",
        what,
        where="links",
        got=got,
        expected=expected,
        remedy="Correct the table of links.",
    )
