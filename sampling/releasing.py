"""What may be done with a drawn sample: substitutes released in order, cities added on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DataError, did_you_mean, quoted
from citysample.reference_frames.columns import first_cities
from citysample.sampling.record import Decision
from citysample.sampling.stratify.strata import WHOLE_COUNTRY

if TYPE_CHECKING:
    from citysample.sampling.city_sample import CitySample

__all__ = ["check_added", "check_release", "decisions_after"]


def check_release(sample: CitySample, count: int | Mapping[str, int]) -> dict[str, int]:
    """Substitutes released so far, by stratum, with the new ones; refused if there are too few."""
    if not isinstance(count, Mapping):
        count = {WHOLE_COUNTRY: count}
    reserve = sample.drawn.reserve
    released = dict(sample.released)
    for label, more in count.items():
        there = reserve.get(label, 0) - released.get(label, 0)
        if (
            label not in reserve
            or isinstance(more, bool)
            or not isinstance(more, (int, np.integer))
            or not 0 <= more <= there
        ):
            raise DataError(
                "DATA-SUBSTITUTE-INVALID",
                "So many substitutes cannot be released.",
                where=f"stratum '{label}'",
                got=repr(more),
                expected=f"0 to {there}"
                if label in reserve
                else f"a stratum with substitutes: {quoted(reserve)}",
                remedy="Release the substitutes that were drawn, in their order."
                if label in reserve or not reserve
                else did_you_mean(label, reserve),
            )
        released[label] = released.get(label, 0) + int(more)
    return released


def check_added(sample: CitySample, city_ids: Sequence[str]) -> tuple[str, ...]:
    """Ids of all added cities; they must be in the frame and not in the sample."""
    ids = [city_ids] if isinstance(city_ids, str) else list(dict.fromkeys(city_ids))
    index = sample.plan.cities_table.index
    unknown = [city for city in ids if city not in index]
    sampled = set(index[sample.selected]) | set(sample.added)
    there = [city for city in ids if city in sampled]
    if unknown or there:
        raise DataError(
            "DATA-ID-NOT-SAMPLED" if unknown else "DATA-ID-DUPLICATE",
            "Cities cannot be added to the sample.",
            where=first_cities(unknown or there),
            got="cities that are not in the frame" if unknown else "cities that are in the sample already",
            expected="cities of the frame that are not in the sample",
            remedy=did_you_mean(unknown[0], index) if unknown else "Take these cities off the list.",
        )
    return (*sample.added, *ids)


def decisions_after(sample: CitySample) -> tuple[Decision, ...]:
    """What happened after the draw: substitutes released, cities added that the figures leave out."""
    released = tuple(
        Decision("substitutes", label, f"{count} released; pi_k is that of the cities approached")
        for label, count in sample.released.items()
        if count
    )
    if not sample.added:
        return released
    what = (
        f"{len(sample.added)} cities added on purpose have weight 0; their data are left out of the figures"
    )
    return (*released, Decision("added", first_cities(sample.added), what))
