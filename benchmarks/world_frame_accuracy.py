"""How far areas and populations of the shipped frame are from the GHS Urban Centre Database.

``python benchmarks/world_frame_accuracy.py --write`` reads the reference figures from the table in
``world_frame_accuracy.md`` and writes the page again with the shipped figures beside them.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import citysample as cs
from citysample.reference_frames.checks.folding import fold

PAGE = Path(__file__).with_suffix(".md")
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| (\w{3}) \| (\d+) \| (\d+) \|", re.MULTILINE)
HEAD = """# The world frame against the GHS Urban Centre Database

Made by `python benchmarks/world_frame_accuracy.py --write`.

Reference: JRC, GHS-UCDB R2024A (CC BY 4.0), area and population of 2025, for the {rows} named urban
centres with the numbers 3034 to 3158, one after the other. The database counts round the world,
country by country, so this run has centres of all parts of the world. It rests on another version of
the classification than the world frame. Centres are matched by name and country; {missing} have no
urban centre of that name in the frame.

"""
TABLE = """
| number | centre | country | area, km2 | population | shipped area | shipped population | source |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Centre:
    """An urban centre with its reference figures and, if it was found, the shipped ones."""

    number: int
    name: str
    country: str
    area: float
    people: float
    shipped: tuple[float, float, str] | None


def match(name: str, country: str, area: float) -> tuple[float, float, str] | None:
    """Area, population and its source of the shipped centre with this name and the most similar area."""
    cities = cs.load_frame(country).cities
    same = cities[[fold(each) == fold(name) for each in cities["name"]]]
    if same.empty:
        return None
    row = same.iloc[int(np.argmin(np.abs(np.log(same["area_km2"].to_numpy() / area))))]
    return float(row["area_km2"]), float(row["population"]), str(row["population_source"])


def centres() -> list[Centre]:
    """The reference centres of the page."""
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return [
        Centre(int(number), name, country, float(area), float(people), match(name, country, float(area)))
        for number, name, country, area, people in found
    ]


def summary_row(label: str, ratios: list[float]) -> str:
    """Share of ratios within 10, 25, 50 per cent and a factor of two, and the median."""
    array = np.array(ratios)
    within = [f"{100 * np.mean(np.abs(array - 1) <= limit):.0f} %" for limit in (0.1, 0.25, 0.5)]
    double = f"{100 * np.mean(np.abs(np.log(array)) <= np.log(2)):.0f} %"
    return f"| {label} | {len(array)} | {' | '.join(within)} | {double} | {np.median(array):.2f} |"


def page(rows: list[Centre]) -> str:
    """The page with the summary and all rows."""
    known = [(row, row.shipped) for row in rows if row.shipped is not None]
    people = [(shipped[1] / row.people, shipped[2]) for row, shipped in known]
    lines = [
        "| figure | centres | within 10 % | within 25 % | within 50 % | within factor 2 | median ratio |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        summary_row("area", [shipped[0] / row.area for row, shipped in known]),
        summary_row("population", [ratio for ratio, _ in people]),
        *(
            summary_row(f"population, {source}", [ratio for ratio, found in people if found == source])
            for source in ("geonames", "density", "minimum")
        ),
    ]
    table = []
    for row in rows:
        shown = "| | not found"
        if row.shipped is not None:
            area, count, source = row.shipped
            shown = f"{area} | {count:.0f} | {source}"
        table.append(
            f"| {row.number} | {row.name} | {row.country} | {row.area:.0f} | {row.people:.0f} | {shown} |"
        )
    head = HEAD.format(rows=len(rows), missing=len(rows) - len(known))
    return head + "\n".join(lines) + "\n" + TABLE + "\n".join(table) + "\n"


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    text = page(centres())
    if parser.parse_args().write:
        PAGE.write_text(text, encoding="utf-8")
    print(text.split(TABLE)[0])


if __name__ == "__main__":
    main()
