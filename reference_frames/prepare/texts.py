"""Texts without needless blanks, and labels that differ only by the way they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from citysample.reference_frames.checks.folding import fold
from citysample.reference_frames.prepare.table import ERRORS, Hit
from citysample.reference_frames.readers.cells import EMPTY, Cell

__all__ = ["clean_text", "clean_text_column", "label_variants"]

# Marks that are not seen: zero-width space, byte-order mark, direction marks.
UNSEEN = "\u200b\ufeff\u200e\u200f"
BLANKS = re.compile(rf"[\s{UNSEEN}]*\s[\s{UNSEEN}]*")


def clean_text(text: str) -> str:
    """The text without blanks and unseen marks around it, and with single blanks inside.

    >>> clean_text("  San   José ")
    'San José'
    """
    return BLANKS.sub(" ", text).strip(f" {UNSEEN}")


def clean_text_column(cells: Sequence[Cell]) -> tuple[list[Cell], list[Hit]]:
    """Clean the texts of a column; other values stay as they are."""
    cleaned = list(cells)
    hits = []
    for position, cell in enumerate(cells):
        if isinstance(cell.value, str):
            text = clean_text(cell.value)
            if text in ERRORS:
                hits.append(Hit(position, "CELL-ERROR"))
            elif text != cell.value:
                cleaned[position] = Cell(text) if text else EMPTY
                hits.append(Hit(position, "TEXT-BLANKS", text))
    return cleaned, hits


def label_variants(labels: Sequence[str | None]) -> list[tuple[int, str]]:
    """Labels that were met before in another way of writing: first position, and the first way.

    >>> label_variants(["Nord", "NORD", "Sud", "NORD", "Sûd"])
    [(1, 'Nord'), (4, 'Sud')]
    """
    first: dict[str, str] = {}
    seen: set[str] = set()
    found = []
    for position, label in enumerate(labels):
        if label is None or label in seen:
            continue
        seen.add(label)
        usual = first.setdefault(fold(label), label)
        if usual != label:
            found.append((position, usual))
    return found
