"""What a shipped frame holds, in words and in a table, for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from citysample.reference_frames.world.load import URBAN_CENTRE

if TYPE_CHECKING:
    from citysample.reference_frames.city_frame import CityFrame

__all__ = ["CREDIT", "frame_summary", "largest_cities"]

CREDIT = "JRC, GHS-WUP-DEGURBA R2025A (CC BY 4.0); GeoNames (CC BY 4.0)."
WIDTH = 96
CLASSES = {30: "urban centre", 23: "dense town", 22: "semi-dense town"}


def frame_summary(frame: CityFrame) -> str:
    """Counts of a shipped frame: cities by class, people, and where their number comes from."""
    table = frame.table
    centres = table["degurba"] == URBAN_CENTRE
    towns = int((~centres).sum())
    people = f"{table['population'].sum():,}".replace(",", " ")
    and_towns = f" and {towns} towns" if towns else ""
    lines = [f"{frame.source}: {int(centres.sum())} urban centres of 2025{and_towns}, {people} people."]
    modelled = int((table["population_source"] != "geonames").sum())
    if modelled:
        lines.append(
            f"Cities whose listed population does not fit their class: {modelled}. Theirs is the area "
            "times the usual density (density), or the least number of people of the class (minimum)."
        )
    unnamed = int((table["n_places"] == 0).sum())
    if unnamed:
        lines.append(f"Cities without a place in GeoNames: {unnamed}. Their names say what is near.")
    return "\n".join(textwrap.fill(line, WIDTH) for line in lines)


def largest_cities(frame: CityFrame, most: int | None) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the cities with the most people; ``None`` gives all of them."""
    table = frame.table.sort_values("population", ascending=False, kind="stable")
    table = table if most is None else table.head(most)
    header = ["City id", "Name", "Region", "Class", "Area, km2", "Population", "Source"]
    rows = [
        [
            str(city),
            row["name"],
            row["admin1_name"],
            CLASSES[row["degurba"]],
            f"{row['area_km2']:.1f}",
            f"{row['population']:,}".replace(",", " "),
            row["population_source"],
        ]
        for city, row in table.iterrows()
    ]
    return header, rows
