"""Checks of sizes, areas, coverage and vintage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from citysample.errors import quoted
from citysample.reference_frames.checks.hits import Hit, Measured, Skipped, Yield, counted, grouped, hit
from citysample.reference_frames.checks.inputs import Inputs
from citysample.reference_frames.checks.sizes import (
    FEWEST,
    coverage,
    density_outliers,
    far_below,
    rank_size_line,
)
from citysample.reference_frames.columns import FloatArray

__all__ = [
    "against_the_line",
    "areas",
    "densities",
    "national_coverage",
    "number_cells",
    "sizes",
    "sums",
    "usable_areas",
    "vintage",
]

LARGEST_AREA = 20_000.0
"""Square kilometres; the built-up areas of the largest conurbations have about half of it."""

LEAST_COVERAGE = 0.70
"""Below this share of the national urban population the frame is not the country's cities."""

MOST_COVERAGE = 1.05
"""Above this share people are counted twice, or the two figures mean different things."""

OLD_YEARS = 5
"""A frame more years older than the study is called old."""


def number_cells(inputs: Inputs) -> Iterator[Yield]:
    """Text and infinite values in number columns."""
    for cells in (inputs.size, inputs.lon, inputs.lat, inputs.area):
        if cells is not None:
            rows = np.flatnonzero(cells.invalid).tolist()
            yield from hit("NUMBER-INVALID", rows, f"{quoted(cells.shown)} in column '{cells.column}'")


def sizes(inputs: Inputs) -> Iterator[Yield]:
    """Missing, zero and negative sizes."""
    assert inputs.size is not None
    column = inputs.size.column
    missing = np.flatnonzero(inputs.size.missing).tolist()
    yield from hit("SIZE-MISSING", missing, f"{counted(len(missing), 'empty cell')} in column '{column}'")
    bad = np.flatnonzero(inputs.size.values <= 0).tolist()
    yield from hit("SIZE-NOT-POSITIVE", bad, f"{_numbers(inputs.size.values[bad])} in column '{column}'")


def sums(inputs: Inputs) -> Iterator[Yield]:
    """Sizes that are the sum of the other rows of a region, or of the rows above or below."""
    assert inputs.size is not None
    if inputs.region is None:
        yield Skipped("no region column: only rows above and below were summed", partly=True)
    for row in np.flatnonzero(inputs.summed).tolist():
        named = f" ('{inputs.name[row]}')" if inputs.name and inputs.name[row] else ""
        of_what = "the other rows of its region" if inputs.sum_of_region[row] else "rows above or below"
        yield Hit(
            "SUBTOTAL-SUM", (row,), f"size {grouped(inputs.size.values[row])}{named}, the sum of {of_what}"
        )


def against_the_line(inputs: Inputs) -> Iterator[Yield]:
    """Cities far above the rank-size line, and cities far below the other small ones."""
    found = inputs.city_sizes
    if np.count_nonzero(found > 0) < FEWEST:
        yield Skipped(f"fewer than {FEWEST} cities have a size")
        return
    line = rank_size_line(found)
    yield Measured(f"slope {line.slope:.2f}, cut {line.cut:.1f} times the line")
    for row in line.outliers().tolist():
        times = np.exp(line.residuals[row])
        yield Hit(
            "SIZE-ABOVE-LINE",
            (row,),
            f"size {grouped(found[row])}, {times:.1f} times the line",
        )
    median = np.nanmedian(found)
    for row in far_below(found).tolist():
        got = f"size {grouped(found[row])}, the median divided by {grouped(median / found[row], '.0f')}"
        yield Hit("SIZE-FAR-BELOW", (row,), got)


def areas(inputs: Inputs) -> Iterator[Yield]:
    """Areas that are missing, not positive, or too large for a city."""
    assert inputs.area is not None
    column, values = inputs.area.column, inputs.area.values
    missing = np.flatnonzero(inputs.area.missing).tolist()
    yield from hit("AREA-MISSING", missing, f"{counted(len(missing), 'empty cell')} in column '{column}'")
    for code, rows in (
        ("AREA-NOT-POSITIVE", np.flatnonzero(values <= 0).tolist()),
        ("AREA-LARGE", np.flatnonzero(values > LARGEST_AREA).tolist()),
    ):
        yield from hit(code, rows, f"{_numbers(values[rows])} in column '{column}'")


def usable_areas(inputs: Inputs) -> FloatArray:
    """Areas in square kilometres that a city can have; NaN elsewhere, shape (N,)."""
    assert inputs.area is not None
    values = inputs.area.values
    return np.where((values > 0) & (values <= LARGEST_AREA), values, np.nan)


def densities(inputs: Inputs) -> Iterator[Yield]:
    """People per square kilometre far from the median."""
    found, area = inputs.city_sizes, usable_areas(inputs)
    if np.count_nonzero((found > 0) & (area > 0)) < FEWEST:
        yield Skipped(f"fewer than {FEWEST} cities have a size and an area")
        return
    rows, density = density_outliers(found, area)
    for row in rows.tolist():
        got = f"{grouped(density[row], '.1f')} per km2; the median is {grouped(np.nanmedian(density), '.1f')}"
        yield Hit("DENSITY-OUTLIER", (row,), got)


def national_coverage(inputs: Inputs) -> Iterator[Yield]:
    """The share of the national urban population that the cities hold, without subtotals."""
    assert inputs.urban_population is not None
    share = coverage(inputs.city_sizes, inputs.urban_population)
    yield Measured(f"{100 * share:.1f} %")
    if LEAST_COVERAGE <= share <= MOST_COVERAGE:
        return
    code = "COVERAGE-LOW" if share < LEAST_COVERAGE else "COVERAGE-HIGH"
    got = f"{100 * share:.1f} % of {grouped(inputs.urban_population)}"
    yield Hit(code, (), f"{got}; {100 * LEAST_COVERAGE:.0f} to {100 * MOST_COVERAGE:.0f} % are usual")


def vintage(inputs: Inputs) -> Iterator[Yield]:
    """Rows older than the study by more than five years, and rows of unknown year."""
    assert inputs.period is not None
    if inputs.vintage is None:
        yield Hit("VINTAGE-UNKNOWN", (), "no year and no column with years was given")
        return
    old = np.flatnonzero(inputs.vintage < inputs.period - OLD_YEARS).tolist()
    oldest = min((inputs.vintage[row] for row in old), default=0.0)
    got = f"{counted(len(old), 'row')}, the oldest of {oldest:.0f}; the study is of {inputs.period}"
    yield from hit("VINTAGE-OLD", old, got)
    unknown = np.flatnonzero(np.isnan(inputs.vintage)).tolist()
    yield from hit("VINTAGE-UNKNOWN", unknown, f"{counted(len(unknown), 'row')} without a year")


def _numbers(values: Iterable[float]) -> str:
    return quoted(grouped(value) for value in values)
