"""The GHS Urban Centre Database of the JRC, releases R2019A and R2024A, as a city frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from citysample.errors import FileError, FrameError, did_you_mean, quoted
from citysample.reference_frames.city_frame import CityFrame
from citysample.reference_frames.columns import first_cities, plain_text
from citysample.reference_frames.files import read_bytes
from citysample.reference_frames.readers.geographic import layer_names, read_geopackage
from citysample.reference_frames.readers.name_repair import repaired
from citysample.reference_frames.readers.read_table import read_table
from citysample.reference_frames.readers.reading import Options, Reading
from citysample.reference_frames.readers.sheet_table import sheet_reading
from citysample.reference_frames.readers.spreadsheet import read_sheet
from citysample.reference_frames.text_table import Signs, typed_column

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RELEASES", "Release", "load_ghs_ucdb"]

MISSING = ("-", "NAN", "N/A")
GENERAL = "GENERAL_CHARACTERISTICS"
THEMES = ("GHSL", "SDG")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
SMALL_KM2 = 0.1
"""Built-up area below which ratios to it explode."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the columns of one release mean.

    Parameters
    ----------
    id : str
        Column with the number of the urban centre.
    columns : mapping of str to str
        Our names of its columns.
    population, builtup : str
        Regular expressions of the columns of population and built-up area; the group is the year,
        of two digits or four.
    to_km2 : float
        What the built-up area is multiplied with to get square kilometres.
    year : int
        Year of the population that is the size measure.
    """

    id: str
    columns: Mapping[str, str]
    population: str
    builtup: str
    to_km2: float
    year: int


RELEASES: dict[str, Release] = {
    "2019A": Release(
        id="ID_HDC_G0",
        columns={
            "UC_NM_MN": "name",
            "CTR_MN_NM": "country",
            "CTR_MN_ISO": "iso3",
            "GCPNT_LON": "lon",
            "GCPNT_LAT": "lat",
            "AREA": "area_km2",
        },
        population=r"P(\d\d)",
        builtup=r"B(\d\d)",
        to_km2=1.0,
        year=2015,
    ),
    "2024A": Release(
        id="ID_UC_G0",
        columns={
            "GC_UCN_MAI_2025": "name",
            "GC_CNT_GAD_2025": "country",
            "GC_UCA_KM2_2025": "area_km2",
            "GC_POP_TOT_2025": "population_2025",
        },
        population=r"GH_POP_TOT_(\d{4})",
        builtup=r"GH_BUS_TOT_(\d{4})",
        to_km2=1e-6,
        year=2025,
    ),
}
"""The releases that are known. JRC, CC BY 4.0; Florczyk et al. (2019), Mari Rivero et al. (2024)."""


def load_ghs_ucdb(
    path: str | Path, *, country: str | None = None, year: int | None = None, sheet: str | None = None
) -> CityFrame:
    """A city frame from a file of the GHS Urban Centre Database that you downloaded.

    Use it for a country without a national list of cities. The release is recognised by its columns.
    The frame has ``name``, ``country``, ``area_km2``, ``population`` (the size), ``population_YEAR``
    and ``builtup_km2_YEAR``, with ``iso3`` (R2019A), ``lon`` and ``lat`` where the file has them; other
    columns, such as the proxies of SDG indicators, keep their names. ``-`` is a missing value. The
    ids of the two releases, such as ``UCDB-2019A-1234``, name different sets of urban centres.

    Parameters
    ----------
    path : str or Path
        The file: CSV, XLSX or GeoPackage. Of a R2024A workbook or GeoPackage the general table is
        read, and joined with the GHSL and SDG themes if they are in the same file.
    country : str, optional
        ISO 3166 alpha-3 code (R2019A) or the name of the country in the file. Without it all
        urban centres of the world are in the frame.
    year : int, optional
        Year of the population that is the size measure; default 2015 (R2019A) or 2025 (R2024A).
    sheet : str, optional
        Sheet or layer with the table, if it cannot be found.

    Returns
    -------
    CityFrame
        Its ``notes`` say what was repaired, and which centres have nearly no built-up area.

    Raises
    ------
    FileError
        ``FILE-FORMAT`` if the columns are those of no known release, or the file cannot be read.
    FrameError
        ``FRAME-EMPTY`` if there is no such country, ``FRAME-COLUMN-UNKNOWN`` if there is no such year.

    References
    ----------
    Florczyk, A. J., et al. (2019). Description of the GHS Urban Centre Database 2015. JRC115586.
    """
    path = Path(path)
    reading = _read(path, sheet)
    table = _clean(reading.table)
    name, release = _release(table, str(path))
    table = _without_our_names(table, release)
    numbers = [plain_text(value) or "" for value in table[release.id].tolist()]
    table = table.drop(columns=[release.id]).rename(columns=dict(release.columns))
    table.insert(0, "city_id", [f"UCDB-{name}-{number}" if number else None for number in numbers])
    table = _years(table, release, year or release.year, str(path))
    table, repairs = _repaired_names(table)
    table = _of_country(table, country, str(path))
    frame = CityFrame.from_table(table, id="city_id", size="population", name="name", source=str(path))
    small = _small(frame, release)
    return replace(frame, notes=(f"GHS-UCDB R{name}", *reading.notes, *repairs, *small))


def _read(path: Path, sheet: str | None) -> Reading:
    """The table of the file; of R2024A the general one, with the themes that are joined to it."""
    ending = path.suffix.lower()
    if ending == ".gpkg":
        return _read_layers(path, sheet)
    if ending in WORKBOOKS:
        return _read_sheets(path, sheet)
    return read_table(path, missing=MISSING, sheet=sheet)


def _read_layers(path: Path, sheet: str | None) -> Reading:
    content, where = read_bytes(path), str(path)
    names = layer_names(content, where)
    general = sheet or next((name for name in names if GENERAL in name), None)
    main = read_geopackage(content, where, Options(sheet=general, missing=MISSING))
    themes = [name for name in names if name != general and any(f"_{theme}_" in name for theme in THEMES)]
    others = [read_geopackage(content, where, Options(sheet=name, missing=MISSING)) for name in themes]
    return _with_themes(main, dict(zip(themes, others, strict=True)))


def _read_sheets(path: Path, sheet: str | None) -> Reading:
    content, where = read_bytes(path), str(path)
    options = Options(missing=MISSING)
    try:
        found = read_sheet(content, where, sheet or GENERAL)
    except FileError as error:
        if error.code != "TABLE-SHEET-UNKNOWN" or sheet is not None:
            raise
        return sheet_reading(read_sheet(content, where), where, options)
    main = sheet_reading(found, where, options)
    themes = [name for name in found.names if name in THEMES and name != found.name]
    others = {name: sheet_reading(read_sheet(content, where, name), where, options) for name in themes}
    return _with_themes(main, others)


def _with_themes(main: Reading, themes: Mapping[str, Reading]) -> Reading:
    """The main table with the columns of other themes that it does not have, joined on the id."""
    table = _clean(main.table)
    identifier = RELEASES["2024A"].id
    joined = []
    for name, theme in themes.items():
        other = _clean(theme.table)
        if identifier not in table.columns or identifier not in other.columns:
            continue
        new = [column for column in other.columns if column not in table.columns]
        table = table.merge(other[[identifier, *new]], on=identifier, how="left", validate="one_to_one")
        joined.append(name)
    notes = (f"themes {quoted(joined)} joined on {identifier}",) if joined else ()
    return Reading(table, (*main.notes, *notes), main.source)


def _clean(table: pd.DataFrame) -> pd.DataFrame:
    """Column names and texts without the byte-order marks and blanks that some releases hold."""
    table = table.rename(columns=lambda name: re.sub(r"[\ufeff\s]", "", str(name)))
    columns = {}
    for name in table.columns:
        if table[name].dtype == object:
            texts = [
                (plain_text(value) or "").replace("\ufeff", "").strip() for value in table[name].tolist()
            ]
            columns[name] = typed_column(texts, Signs("."), MISSING, keep_text=False)
    return table.assign(**columns)


def _release(table: pd.DataFrame, where: str) -> tuple[str, Release]:
    """The release whose columns these are."""
    for name, release in RELEASES.items():
        if {release.id, *release.columns} <= set(table.columns):
            return name, release
    nearest = next((r for r in RELEASES.values() if r.id in table.columns), RELEASES["2024A"])
    absent = [column for column in (nearest.id, *nearest.columns) if column not in table.columns]
    raise FileError(
        "FILE-FORMAT",
        "The columns are those of no known release of the GHS Urban Centre Database.",
        where=where,
        got=f"no column {quoted(absent)}",
        expected="the table of R2019A, or the general table of R2024A",
        remedy="Download the GeoPackage or CSV file of the release, or read the table with CityFrame.read.",
    )


def _without_our_names(table: pd.DataFrame, release: Release) -> pd.DataFrame:
    """The table without rows that hold nothing, and without other columns of the names that we give."""
    ours = {"city_id", "cities", "population", *release.columns.values()} & set(table.columns)
    return table.dropna(how="all", subset=[release.id, *release.columns]).drop(columns=sorted(ours))


def _years(table: pd.DataFrame, release: Release, year: int, where: str) -> pd.DataFrame:
    """Population and built-up area under our names, and the population of the year as the size."""
    names = {}
    for column in table.columns:
        for pattern, name in ((release.population, "population"), (release.builtup, "builtup_km2")):
            match = re.fullmatch(pattern, column)
            if match and f"{name}_{_year(match[1])}" not in table.columns:
                names[column] = f"{name}_{_year(match[1])}"
    table = table.rename(columns=names)
    for name in table.columns:
        if name.startswith("builtup_km2_") and table[name].dtype != object:
            table[name] = table[name] * release.to_km2
    wanted = f"population_{year}"
    if wanted not in table.columns:
        raise FrameError(
            "FRAME-COLUMN-UNKNOWN",
            f"The file has no population of the year {year}.",
            where=where,
            remedy=did_you_mean(wanted, [name for name in table.columns if name.startswith("population_")]),
        )
    return table.assign(population=table[wanted])


def _year(digits: str) -> int:
    """The year of two or four digits; 75 is 1975 and 15 is 2015."""
    number = int(digits)
    return number if number >= 1000 else number + (1900 if number >= 50 else 2000)


def _repaired_names(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Names whose letters were decoded with the wrong code page are put right, with a note."""
    import pandas as pd

    before = table["name"].tolist()
    after = [repaired(name) if isinstance(name, str) else name for name in before]
    pairs = [f"{old!a} -> {new}" for old, new in zip(before, after, strict=True) if old != new]
    notes = []
    if pairs:
        notes.append(f"{len(pairs)} names repaired, such as {', '.join(dict.fromkeys(pairs[:3]))}")
    unnamed = sum(plain_text(name) is None for name in after)
    if unnamed:
        notes.append(f"{unnamed} urban centres have no name")
    return table.assign(name=pd.Series(after, index=table.index, dtype=object)), tuple(notes)


def _of_country(table: pd.DataFrame, country: str | None, where: str) -> pd.DataFrame:
    if country is None:
        return table
    wanted = country.strip().casefold()
    columns = [table[name] for name in ("iso3", "country") if name in table.columns]
    keep = [any(str(value).casefold() == wanted for value in row) for row in zip(*columns, strict=True)]
    if not any(keep):
        known = sorted({str(value) for column in columns for value in column.tolist() if plain_text(value)})
        raise FrameError(
            "FRAME-EMPTY",
            f"The file has no urban centre of the country '{country}'.",
            where=where,
            expected="the name of the country as in the file"
            + (", or its code of three letters" if len(columns) > 1 else ""),
            remedy=did_you_mean(country, known),
        )
    return table[keep]


def _small(frame: CityFrame, release: Release) -> tuple[str, ...]:
    """A note on centres with nearly no built-up area, or none."""
    columns = sorted(name for name in frame.table.columns if name.startswith("builtup_km2_"))
    if not columns:
        return ()
    wanted = f"builtup_km2_{release.year}"
    column = wanted if wanted in columns else columns[-1]
    small = frame.table.index[frame.table[column] < SMALL_KM2]
    if not len(small):
        return ()
    return (
        f"{len(small)} urban centres have less than {SMALL_KM2} km2 in {column}; ratios to it explode: "
        f"{first_cities(small)}",
    )
