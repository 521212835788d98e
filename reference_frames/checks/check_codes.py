"""Checks of city ids and country codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from citysample.errors import quoted
from citysample.reference_frames.checks.folding import looks_like_date, same_texts
from citysample.reference_frames.checks.hits import Hit, Yield, counted, hit
from citysample.reference_frames.checks.identifiers import invalid_ids, zeros_lost
from citysample.reference_frames.checks.inputs import Inputs

__all__ = ["country_codes", "ids", "spoiled_ids"]


def ids(inputs: Inputs) -> Iterator[Yield]:
    """Missing, invalid and repeated ids."""
    assert inputs.ids is not None
    assert inputs.id_cells is not None
    column = inputs.columns["id"]
    missing = [row for row, value in enumerate(inputs.ids) if value is None]
    yield from hit("ID-MISSING", missing, f"{counted(len(missing), 'empty cell')} in column '{column}'")
    invalid = invalid_ids(inputs.id_cells).tolist()
    shown = quoted(inputs.id_cells[row] for row in invalid)
    yield from hit("ID-INVALID", invalid, f"{shown} in column '{column}'")
    for rows in same_texts(inputs.ids):
        numbers = quoted((row + 1 for row in rows), limit=20).replace("'", "")
        yield Hit("ID-DUPLICATE", rows[:1], f"in {len(rows)} rows: {numbers}")


def spoiled_ids(inputs: Inputs) -> Iterator[Yield]:
    """Ids that lost leading zeros or became dates."""
    assert inputs.ids is not None
    assert inputs.id_cells is not None
    shorter = zeros_lost(inputs.ids, inputs.region).tolist()
    longest = max((len(value) for value in inputs.ids if value), default=0)
    yield from hit(
        "ID-ZEROS-LOST",
        shorter,
        f"{len(shorter)} ids of fewer digits, such as '{inputs.ids[shorter[0]]}'; others have {longest}"
        if shorter
        else "",
    )
    dates = [
        row
        for row, (cell, text) in enumerate(zip(inputs.id_cells, inputs.ids, strict=True))
        if isinstance(cell, date) or (text is not None and looks_like_date(text))
    ]
    yield from hit("ID-DATE", dates, quoted(inputs.ids[row] for row in dates))


def country_codes(inputs: Inputs) -> Iterator[Yield]:
    """Rows without a country code; among two-letter codes it may have been NA, Namibia."""
    assert inputs.country is not None
    missing = [row for row, code in enumerate(inputs.country) if code is None]
    lengths = Counter(len(code.strip()) for code in inputs.country if code)
    two_letters = bool(lengths) and lengths[2] == lengths.total()
    lost = two_letters and not any(code and code.strip().upper() == "NA" for code in inputs.country)
    yield from hit(
        "COUNTRY-NA-LOST" if lost else "COUNTRY-MISSING",
        missing,
        f"{counted(len(missing), 'empty cell')} in column '{inputs.columns['country']}'",
    )
