"""All checks of a table of cities, with what could not be checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from citysample.errors import FrameError, quoted
from citysample.reference_frames.checks.findings import Finding, FrameCheck, LeftOut, severity_order
from citysample.reference_frames.checks.hits import Hit, Measured, Skipped
from citysample.reference_frames.checks.inputs import Inputs, inputs_of_table
from citysample.reference_frames.checks.registry import ABSENT, CHECKS
from citysample.reference_frames.columns import with_text_names
from citysample.reference_frames.readers.dataframes import pandas_table

if TYPE_CHECKING:
    from citysample.reference_frames.checks.geometry import Box
    from citysample.reference_frames.readers.dataframes import AnyDataFrame

__all__ = ["CheckColumns", "CheckOptions", "check_table", "run_checks"]


class CheckColumns(TypedDict, total=False):
    """Columns and figures for :func:`check_table` that a command gives as they are."""

    size: str | None
    name: str | None
    region: str | None
    lon: str | None
    lat: str | None
    area: str | None
    country: str | None
    urban_population: float | None
    period: int | None


class CheckOptions(CheckColumns, total=False):
    """The options of :func:`check_table`; the method of the frame has the same."""

    strata: Sequence[str]
    vintage: str | int | None
    box: Box | None


def check_table(
    table: AnyDataFrame,
    *,
    id: str | None = None,
    size: str | None = None,
    name: str | None = None,
    region: str | None = None,
    lon: str | None = None,
    lat: str | None = None,
    area: str | None = None,
    country: str | None = None,
    urban_population: float | None = None,
    strata: Sequence[str] = (),
    vintage: str | int | None = None,
    period: int | None = None,
    box: Box | None = None,
) -> FrameCheck:
    """Check a raw table of cities: also one that ``CityFrame`` refuses.

    Columns that are not named are taken by default: ``city_id``, ``population``, ``name``, ``region``
    or ``admin1_name``, ``lon``, ``lat``, ``area_km2``, ``iso3``; else a column with a usual name in
    English, French, Portuguese or Spanish (``usual_columns.USUAL``), if it is the only one. The result
    says which were taken.

    Parameters
    ----------
    table : data frame
        One row for each city, as it was read.
    id, size, name, region, lon, lat, area : str, optional
        Columns. Coordinates are decimal degrees, areas square kilometres.
    country : str, optional
        Column with ISO 3166 country codes, or one code or English name for all rows.
    urban_population : float, optional
        National urban population, to say the coverage.
    strata : sequence of str
        Columns whose cross is the strata.
    vintage : str or int, optional
        Column with the year of each row, or the year of the frame.
    period : int, optional
        Year of the study, against which the vintage is judged.
    box : tuple, optional
        Range of the country: west, south, east, north in degrees. Default: that of the country.

    Returns
    -------
    FrameCheck
        The findings, worst first, and what was not checked.

    Raises
    ------
    FrameError
        A named column is not there, or a value such as the period is out of range.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"city_id": ["a", "b", "b"], "population": [9000, 0, 7000]})
    >>> result = check_table(table)
    >>> result.to_frame()["code"].tolist()
    ['ID-DUPLICATE', 'SIZE-NOT-POSITIVE']
    >>> result.ok
    False
    """
    table = pandas_table(table)
    if table.index.name is not None and table.index.name not in table.columns:
        table = table.reset_index()
    table = with_text_names(table, "FRAME")
    if not len(table):
        raise FrameError(
            "FRAME-EMPTY",
            "The table has no rows.",
            got="0 rows",
            expected="one row for each city",
            remedy="Check the file and its first line.",
        )
    roles = {
        "id": id, "size": size, "name": name, "region": region, "lon": lon, "lat": lat, "area": area,
        "country": country,
    }  # fmt: skip
    inputs = inputs_of_table(
        table,
        roles,
        strata=strata,
        urban_population=urban_population,
        vintage=vintage,
        period=period,
        box=box,
    )
    return run_checks(inputs, roles)


def run_checks(inputs: Inputs, named: Mapping[str, str | None]) -> FrameCheck:
    """Run each check of the registry whose inputs are there."""
    findings: list[Finding] = []
    checked: list[str] = []
    left_out: list[LeftOut] = []
    for title, check in CHECKS.items():
        absent = [need for need in check.needs if getattr(inputs, need) in (None, {})]
        if absent:
            if {"lon", "lat"} <= {*absent} - {*inputs.doubtful}:
                absent = ["coordinates", *(need for need in absent if need not in ("lon", "lat"))]
            left_out.append(LeftOut(title, tuple(_reason(need, inputs) for need in absent)))
            continue
        found = list(check.run(inputs))
        skipped = [one for one in found if isinstance(one, Skipped)]
        measured = "".join(f" ({one.text})" for one in found if isinstance(one, Measured))
        left_out += [LeftOut(title, (one.reason,), one.partly) for one in skipped]
        if all(one.partly for one in skipped):
            checked.append(title + measured)
        findings += [
            Finding(
                one.code,
                tuple(inputs.labels[row] for row in one.rows),
                one.got,
                tuple((inputs.name[row] or "").strip() for row in one.rows) if inputs.name else (),
            )
            for one in found
            if isinstance(one, Hit)
        ]
    return FrameCheck(
        findings=tuple(sorted(findings, key=severity_order)),
        N=inputs.N,
        columns=tuple(_columns_taken(inputs, named)),
        checked=tuple(checked),
        left_out=tuple(left_out),
        lacking=_lacking(inputs),
    )


def _columns_taken(inputs: Inputs, named: Mapping[str, str | None]) -> Iterator[str]:
    """Which column serves as what, and for what none was taken since several fit."""
    for role, column in inputs.columns.items():
        yield f"{role}: column '{column}'{'' if named.get(role) == column else ' (by default)'}"
    if inputs.country_code is not None:
        yield f"country: {inputs.country_code} for all rows"
    for role, columns in inputs.doubtful.items():
        yield f"{role}: none was taken, since {quoted(columns)} fit"


def _lacking(inputs: Inputs) -> str:
    """Which of ids, names and sizes have no column, if ids or sizes have none."""
    if inputs.ids is not None and inputs.size is not None:
        return ""
    found = (("ids", inputs.ids, "id"), ("names", inputs.name, "name"), ("sizes", inputs.size, "size"))
    words = [word for word, cells, _ in found if cells is None]
    listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    several = any(role in inputs.doubtful for _, _, role in found)
    return f"no column with {listed} was {'taken, since several fit' if several else 'found'}"


def _reason(need: str, inputs: Inputs) -> str:
    role = "id" if need == "ids" else need
    return f"several columns fit as {role}; name one" if role in inputs.doubtful else ABSENT[need]
