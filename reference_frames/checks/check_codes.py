"""Checks of city ids and country codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from citysample.errors import FrameError, quoted
from citysample.reference_frames.checks.folding import fold, looks_like_date, same_texts
from citysample.reference_frames.checks.hits import Hit, Yield, counted, hit
from citysample.reference_frames.checks.identifiers import invalid_ids, zeros_lost
from citysample.reference_frames.checks.inputs import Inputs, Texts

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
    """Rows without a country code, and of another country than the one that was given.

    Among two-letter codes a missing one may have been NA, Namibia.
    """
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
    if inputs.country_code is not None:
        yield from _other_countries(inputs.country, inputs.columns["country"], inputs.country_code)


def _other_countries(cells: Texts, column: str, country: str) -> Iterator[Hit]:
    """Rows whose cell is neither a code nor the English name of the country."""
    right = {fold(one) for one in _ways_to_say(country)}
    rows = [row for row, cell in enumerate(cells) if cell is not None and fold(cell) not in right]
    shown = quoted(dict.fromkeys((cells[row] or "").strip() for row in rows))
    yield from hit("COUNTRY-OTHER", rows, f"{shown} in column '{column}', not {country}")


def _ways_to_say(code: str) -> list[str]:
    from citysample.reference_frames.world.countries import find_country

    try:
        found = find_country(code)
    except FrameError:  # a country that is not in the world frame, given with its range
        return [code]
    return [found.iso3, found.iso2, found.country]
