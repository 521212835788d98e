"""The catalogue of findings: a stable code, how grave it is, what it means, and the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["FINDINGS", "SEVERITIES", "Kind", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""Worst first. error: the frame cannot be used so. warning: look at it. note: good to know."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding: how grave it is, what it means, and what to do about it."""

    severity: Severity
    meaning: str
    remedy: str


FINDINGS: dict[str, Kind] = {
    "ID-MISSING": Kind(
        "error",
        "A row has no city id.",
        "Give each city a permanent id. Remove rows that are no cities.",
    ),
    "ID-INVALID": Kind(
        "error",
        "A city id is neither text nor a whole number, or has blanks around it.",
        "Store the ids as text, without blanks around them.",
    ),
    "ID-DUPLICATE": Kind(
        "error",
        "Rows have the same city id.",
        "Remove the repeated rows, or give different cities different ids.",
    ),
    "ID-ZEROS-LOST": Kind(
        "warning",
        "A city id is shorter than the others and may have lost leading zeros.",
        "Compare with the official codes. Store ids as text: 01001, not 1001.",
    ),
    "ID-DATE": Kind(
        "warning",
        "A city id looks like a date; a spreadsheet program may have changed it.",
        "Take the ids from the source again, with the column formatted as text before.",
    ),
    "NAME-MISSING": Kind(
        "warning",
        "A city has no name.",
        "Fill in the name, so that people can recognise the city.",
    ),
    "NAME-SAME": Kind(
        "warning",
        "Cities have the same name in the same region.",
        "Is it one city in two rows? Then remove one. If not, make the names different.",
    ),
    "SUBTOTAL-NAME": Kind(
        "error",
        "A row has a name such as 'Total': it is no city.",
        "Remove the row.",
    ),
    "SUBTOTAL-SUM": Kind(
        "warning",
        "The size of a row is the sum of other rows: it may be a subtotal, not a city.",
        "Remove the row if it is no city.",
    ),
    "NUMBER-INVALID": Kind(
        "error",
        "A cell that must hold a number holds text or an infinite value.",
        "Write plain numbers such as 1234.5, without blanks, signs and footnote marks.",
    ),
    "SIZE-MISSING": Kind(
        "error",
        "A city has no size.",
        "Fill in the size, or remove the row if it is no city.",
    ),
    "SIZE-NOT-POSITIVE": Kind(
        "error",
        "A size is zero or negative.",
        "Correct the size. A city without people does not belong in the frame.",
    ),
    "SIZE-ABOVE-LINE": Kind(
        "warning",
        "A city is far larger than the rank-size line of the frame says.",
        "Is it the population of a whole district or of the conurbation? A capital may be right.",
    ),
    "SIZE-FAR-BELOW": Kind(
        "warning",
        "A city is far smaller than the other small cities.",
        "Is the number in thousands, or are digits missing?",
    ),
    "DENSITY-OUTLIER": Kind(
        "warning",
        "People per square kilometre are far from those of the other cities.",
        "Do population and area belong to the same unit? A town may carry its county's population.",
    ),
    "AREA-MISSING": Kind(
        "note",
        "A city has no area.",
        "Fill in the area, so that density and footprint can be checked.",
    ),
    "AREA-NOT-POSITIVE": Kind(
        "warning",
        "An area is zero or negative.",
        "Correct the area, or leave the cell empty.",
    ),
    "AREA-LARGE": Kind(
        "warning",
        "An area is larger than that of any city on Earth.",
        "Is it in hectares or square metres? The check needs square kilometres.",
    ),
    "COORDINATES-MISSING": Kind(
        "warning",
        "A city has no coordinates.",
        "Fill in longitude and latitude.",
    ),
    "COORDINATES-RANGE": Kind(
        "error",
        "Coordinates are outside -180 to 180 (longitude) or -90 to 90 (latitude).",
        "Give decimal degrees (WGS 84). Coordinates in metres must be converted first.",
    ),
    "COORDINATES-ZERO": Kind(
        "error",
        "Longitude and latitude are both 0, a point in the sea.",
        "Fill in the coordinates, or leave the cells empty.",
    ),
    "COORDINATES-SWAPPED": Kind(
        "error",
        "Longitude and latitude seem to be exchanged.",
        "Exchange the two columns for these cities.",
    ),
    "COORDINATES-OUTSIDE": Kind(
        "warning",
        "A city lies outside its country's range.",
        "Correct the coordinates or the country.",
    ),
    "CITIES-NEAR": Kind(
        "warning",
        "Cities lie within 1 km of each other.",
        "Is it one city in two rows? Then remove one.",
    ),
    "CITIES-CROWDED": Kind(
        "warning",
        "Nearly all cities lie within 1 km of each other.",
        "Check the unit of the coordinates: decimal degrees are expected.",
    ),
    "NESTED-FOOTPRINT": Kind(
        "warning",
        "A city lies inside the footprint of a larger city.",
        "Does the larger city's population hold it? Then remove one of the two.",
    ),
    "FOOTPRINTS-CROWDED": Kind(
        "warning",
        "The footprints of most cities overlap many others.",
        "Check the unit of the area: square kilometres are expected.",
    ),
    "NESTED-NAME": Kind(
        "warning",
        "A metropolitan area stands beside its own city.",
        "Keep the area or the city, not both: people would count twice.",
    ),
    "LABEL-MISSING": Kind(
        "warning",
        "A city has no region or stratum.",
        "Fill in the value. A design that uses the column refuses the frame.",
    ),
    "LABEL-VARIANT": Kind(
        "warning",
        "Labels differ only by blanks, case or accents.",
        "Write each region or stratum in one way; else it is split in two.",
    ),
    "STRATUM-SMALL": Kind(
        "warning",
        "A stratum has fewer than two cities.",
        "Join it with another stratum, or take its city with certainty.",
    ),
    "COUNTRY-MISSING": Kind(
        "warning",
        "A city has no country code.",
        "Fill in the code.",
    ),
    "COUNTRY-NA-LOST": Kind(
        "warning",
        "A two-letter country code is missing where it may have been 'NA', Namibia.",
        "Read the file again so that 'NA' stays text, and fill in the code.",
    ),
    "COUNTRY-UNKNOWN": Kind(
        "warning",
        "A country code is not known.",
        "Use codes of ISO 3166, such as KEN.",
    ),
    "COUNTRY-OTHER": Kind(
        "warning",
        "A city has the code of another country.",
        "Remove the city, or correct the code.",
    ),
    "COVERAGE-LOW": Kind(
        "warning",
        "The frame holds much less than the national urban population.",
        "Which cities are missing? State the undercoverage, or complete the frame.",
    ),
    "COVERAGE-HIGH": Kind(
        "warning",
        "The frame holds more than the national urban population.",
        "Look for double counting: subtotals, nested cities, whole districts.",
    ),
    "VINTAGE-OLD": Kind(
        "warning",
        "The frame is more than five years older than the study.",
        "Update the frame, or state its age beside the results.",
    ),
    "VINTAGE-UNKNOWN": Kind(
        "note",
        "It is not known from which year the frame is.",
        "Say the year of the frame.",
    ),
}
