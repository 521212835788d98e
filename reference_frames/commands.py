"""The commands ``citysample frames ...``. Thin: they parse, call and print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from citysample.reference_frames.console import CONTEXT, InOrder, print_done, print_notes, print_table
from citysample.reference_frames.options import (
    column_options,
    old_and_new,
    paired_column_options,
    text_options,
)

if TYPE_CHECKING:
    from citysample.reference_frames.checks.check_table import CheckColumns
    from citysample.reference_frames.checks.diff_frames import DiffColumns
    from citysample.reference_frames.prepare.result import RoleColumns

__all__ = ["frames"]


@click.group(cls=InOrder, context_settings=CONTEXT)
def frames() -> None:
    """Find, read, check and compare city frames.

    A city frame is the list of all cities of a country, one row each.

    \b
    Example:
      citysample frames list
      citysample frames export KEN kenya.xlsx
      citysample frames check kenya.xlsx --id city_id --size population
    """


@frames.command("list")
@click.argument("words", nargs=-1)
def list_frames(words: tuple[str, ...]) -> None:
    """List the countries with a city frame.

    The frames hold the urban centres and towns of 2025 of each country. WORDS: only countries with
    this text in their English name.

    \b
    Example:
      citysample frames list
      citysample frames list guinea
    """
    from citysample.reference_frames.world.countries import countries_with

    text = " ".join(words)
    found = countries_with(text)
    if not found:
        click.echo(f"No country of the world frame has '{text}' in its English name.")
        print_done([], "citysample frames list")
        return
    rows = [[each.iso3, each.country, f"{each.urban_centres}", f"{each.towns}"] for each in found]
    print_table(["Code", "Country", "Urban centres", "Towns"], rows, texts=2)
    print_done([], f"citysample frames show {found[0].iso3 if text else 'KEN'}")


@frames.command("show")
@click.argument("country")
@click.option("--towns", is_flag=True, help="With dense and semi-dense urban clusters.")
@click.option("--all", "everything", is_flag=True, help="All cities, not the ten largest.")
def show_frame(country: str, towns: bool, everything: bool) -> None:
    """Show the frame of a country.

    COUNTRY is an ISO code, such as KEN.

    \b
    Example:
      citysample frames show KEN
      citysample frames show KEN --towns --all
    """
    from citysample.reference_frames.world.load import load_frame
    from citysample.reference_frames.world.summary import frame_summary, largest_cities

    frame = load_frame(country, towns=towns)
    code = str(frame.table["iso3"].iloc[0])
    click.echo(frame_summary(frame) + "\n")
    print_table(*largest_cities(frame, None if everything else 10), texts=4)
    print_done([], f"citysample frames export {code} {code.lower()}.xlsx{' --towns' if towns else ''}")


@frames.command("export")
@click.argument("country")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--towns", is_flag=True, help="With dense and semi-dense urban clusters.")
def export_frame(country: str, out: Path, towns: bool) -> None:
    """Write the frame of a country to a file.

    COUNTRY is an ISO code, such as KEN. OUT ends in .xlsx, .csv or .parquet; a file that is there is
    not overwritten.

    \b
    Example:
      citysample frames export KEN kenya.xlsx
      citysample frames export KEN kenya.csv --towns
    """
    from citysample.reference_frames.world.load import load_frame
    from citysample.reference_frames.world.summary import CREDIT, frame_summary

    frame = load_frame(country, towns=towns)
    frame.write(out)
    click.echo(frame_summary(frame))
    click.echo(f"Source, to be named in publications: {CREDIT}\n")
    code = str(frame.table["iso3"].iloc[0])
    print_done(
        [str(out)], f'compare it with your own list; then: citysample frames check "{out}" --country {code}'
    )


@frames.command("prepare")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("frame.xlsx"),
    show_default=True,
    help="The new file; one that is there is not overwritten.",
)
@click.option("--name", help="Column with the names of the cities.")
@click.option("--region", help="Column with the regions.")
@click.option("--size", help="Column with the size, such as population.")
@click.option("--id", help="Column with permanent ids, if there are any. Default: city_id.")
@click.option("--prefix", help="Prefix of new ids, such as KEN. Default: that of the file, else C.")
@click.option("--sheet", help="Sheet of the workbook.")
@click.option("--header", type=int, help="Row of the header, as in Excel. Default: it is found.")
@click.option("--number", "numbers", multiple=True, help="Column that holds numbers; may be repeated.")
@click.option("--code", "codes", multiple=True, help="Column that holds codes; may be repeated.")
@click.option("--fill-down", multiple=True, help="Column whose labels hold for the blank cells below.")
@click.option("--decimal", type=click.Choice([".", ","]), help="Decimal sign of numbers stored as text.")
@click.option("--delimiter", help="Delimiter of a text file. Default: it is detected.")
@click.option("--encoding", help="Encoding of a text file. Default: it is detected.")
def prepare_list(
    file: Path,
    out: Path,
    prefix: str | None,
    sheet: str | None,
    header: int | None,
    delimiter: str | None,
    encoding: str | None,
    **roles: Unpack[RoleColumns],
) -> None:
    """Make a frame with permanent ids of a city list.

    FILE is a list without permanent ids, .xlsx, .xls, .ods or .csv. Titles, footnotes and subtotals are
    removed, texts and numbers are cleaned, and each city gets an id for ever. Each change is listed with
    its cell in the sheet `findings`. What cannot be known is left as it is, and listed as "to decide".

    \b
    Example:
      citysample frames prepare cities.xlsx --name Ville --region Region --size Population --prefix ML
      citysample frames prepare cities.csv --out frame.xlsx --name city --decimal ","
    """
    from citysample.reference_frames.files import write_file
    from citysample.reference_frames.prepare.book import check_ending
    from citysample.reference_frames.prepare.prepare import prepare_frame
    from citysample.reference_frames.prepare.result import Roles
    from citysample.reference_frames.prepare.sources import read_source
    from citysample.reference_frames.prepare.summary import next_check, summary

    check_ending(out)
    source = read_source(file, sheet=sheet, delimiter=delimiter, encoding=encoding)
    print_notes(source.notes)
    prepared = prepare_frame(
        source.sheet,
        Roles(**roles),
        prefix=source.prefix or "C" if prefix is None else prefix,
        header=header,
        last_numbers=source.last_numbers,
        from_text=source.from_text,
    )
    write_file(out, prepared.to_bytes(source))
    click.echo(summary(prepared, source) + "\n")
    print_done([str(out)], next_check(prepared, out))


@frames.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "id_column", help="Column with the city ids.")
@column_options
@click.option("--country", help="Column with country codes, or one country: KEN or Kenya.")
@click.option("--urban-population", type=float, help="National urban population, for the coverage.")
@click.option("--stratum", "strata", multiple=True, help="Column that forms strata; may be repeated.")
@click.option("--vintage", help="Year of the frame, or the column with the year.")
@click.option("--period", type=int, help="Year of the study.")
@click.option("--sheet", help="Sheet of the workbook.")
@click.option("--decimal", type=click.Choice([".", ","]), help="Decimal sign of numbers stored as text.")
@text_options
@click.option("--out", type=click.Path(path_type=Path), help="Write the findings: .xlsx or .csv.")
def check_frame(
    file: Path,
    id_column: str | None,
    vintage: str | None,
    strata: tuple[str, ...],
    sheet: str | None,
    decimal: str | None,
    delimiter: str | None,
    encoding: str | None,
    thousands: str | None,
    missing: tuple[str, ...],
    out: Path | None,
    **options: Unpack[CheckColumns],
) -> None:
    """Check a frame and say what to mend.

    FILE may be a list that is no valid frame yet: without ids, with subtotals, with texts as numbers.
    Columns with the usual names are found; the result says which. Nothing is changed in FILE.

    Exit code: 0 without errors, 1 with findings that are errors, 2 if FILE cannot be read.

    \b
    Example:
      citysample frames check frame.xlsx --size population --country KEN
      citysample frames check book.xlsx --sheet Communes --size Population --decimal ","
      citysample frames check frame.csv --id code --size pop --stratum region --stratum size_class
      citysample frames check frame.csv --vintage 2019 --period 2025 --out findings.xlsx
    """
    from citysample.reference_frames.checks.check_table import check_table
    from citysample.reference_frames.checks.inputs import text_columns
    from citysample.reference_frames.checks.write import check_targets, write_check
    from citysample.reference_frames.readers.read_table import read_table

    check_targets(out)
    named = [id_column, options["name"], options["region"], options["country"], *strata]
    reading = read_table(
        file,
        text=text_columns(named),
        sheet=sheet,
        delimiter=delimiter,
        encoding=encoding,
        decimal=decimal,
        thousands=thousands,
        missing=missing,
    )
    print_notes(reading.notes)
    year = int(vintage) if vintage and vintage.isdecimal() and vintage not in reading.table else vintage
    check = check_table(reading.table, id=id_column, vintage=year, strata=strata, **options)
    click.echo(check)
    if out is not None:
        click.echo(f"\nWrote: {write_check(check, out)}")
    if not check.ok:
        click.get_current_context().exit(1)


@frames.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--id",
    "id_columns",
    default="city_id",
    show_default=True,
    callback=old_and_new,
    help="Column with the city ids.",
)
@paired_column_options
@click.option("--sheet", help="Sheet of the workbook, in both files.")
@click.option(
    "--decimal", type=click.Choice([".", ","]), help="Decimal sign of numbers stored as text, in both files."
)
@click.option("--links", type=click.Path(path_type=Path), help="Table with old_id and new_id.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the changes: .xlsx or .csv.")
@click.option("--proposals", type=click.Path(path_type=Path), help="Write the proposals: .xlsx or .csv.")
def diff_frame(
    old: Path,
    new: Path,
    id_columns: tuple[str, str],
    sheet: str | None,
    decimal: str | None,
    links: Path | None,
    out: Path | None,
    proposals: Path | None,
    **columns: Unpack[DiffColumns],
) -> None:
    """Compare two frames by city id.

    Cities with the same id are the same city. Merges, splits and new ids are known only from a table of
    links. Like names are proposed, never joined: write the proposals, fill in the column `confirmed` with
    yes or no, and give the file back with --links. A merge has one row for each old id, all with the same
    new id.

    Columns are those of both frames. Where they have other names, give both: --size Pop2020=Pop2025.
    --sheet and --decimal hold for both files.

    \b
    Example:
      citysample frames diff frame-2020.xlsx frame-2025.xlsx --proposals proposals.xlsx
      citysample frames diff frame-2020.xlsx frame-2025.xlsx --links proposals.xlsx --out diff.xlsx
      citysample frames diff old.xlsx new.xlsx --id code=city_id --size Pop2020=Pop2025 --sheet Communes
    """
    from citysample.reference_frames.checks.side import of_frame
    from citysample.reference_frames.checks.write import check_targets, write_diff, write_proposals
    from citysample.reference_frames.city_frame import CityFrame
    from citysample.reference_frames.readers.read_table import read_table

    check_targets(out, proposals)
    both = [
        CityFrame.read(
            path, id=id_columns[k], name=of_frame(columns["name"], k), sheet=sheet, decimal=decimal
        )
        for k, path in enumerate((old, new))
    ]
    for frame in both:
        print_notes(f"{frame.source}: {note}" for note in frame.notes)
    table = None
    if links is not None:
        reading = read_table(links, text=("old_id", "new_id", "confirmed"))
        print_notes(f"{links}: {note}" for note in reading.notes)
        table = reading.table
    diff = both[0].diff(both[1], links=table, **columns)
    click.echo(diff)
    written = [write_diff(diff, out)] if out is not None else []
    written += [write_proposals(diff, proposals)] if proposals is not None else []
    if written:
        click.echo("\nWrote: " + "\n       ".join(map(str, written)))


@frames.command("from-grid")
@click.argument("population", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--land", type=click.Path(path_type=Path), help="GeoTIFF with land shares, 0 to 1.")
@click.option("--builtup", type=click.Path(path_type=Path), help="GeoTIFF with built-up shares, 0 to 1.")
@click.option("--rules", default="2024", show_default=True, help="Edition of the rules: 2022, 2023 or 2024.")
@click.option("--towns", is_flag=True, help="With dense and semi-dense urban clusters.")
def frame_from_grid(
    population: Path, out: Path, land: Path | None, builtup: Path | None, rules: str, towns: bool
) -> None:
    """Make a frame from a population grid.

    POPULATION is a GeoTIFF with the people in each cell of 1 km2. OUT ends in .xlsx, .csv or .parquet; a
    file that is there is not overwritten.

    \b
    Example:
      citysample frames from-grid people.tif frame.xlsx
      citysample frames from-grid people.tif frame.csv --land land.tif --towns
    """
    from citysample.reference_frames.degurba.cities import cities_from_grid
    from citysample.reference_frames.degurba.classify import degurba
    from citysample.reference_frames.degurba.summary import CLASS_HEADER, class_rows, grid_notes

    grid = degurba(population, land=land, builtup=builtup, rules=rules)
    print_notes(grid_notes(grid))
    frame = cities_from_grid(grid, towns=towns)
    frame.write(out)
    print_table(CLASS_HEADER, class_rows(grid))
    print_done([str(out)], f'citysample frames check "{out}" --size population')
