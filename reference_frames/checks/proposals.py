"""Pairs of cities of two frames that may belong together, for a person to confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import numpy as np

from citysample.reference_frames.checks.folding import fold, fold_name
from citysample.reference_frames.checks.frame_diff import Proposal
from citysample.reference_frames.checks.geometry import distance_km, footprint_pairs, legal
from citysample.reference_frames.checks.hits import grouped
from citysample.reference_frames.checks.links import Links
from citysample.reference_frames.checks.side import Side

__all__ = ["likeness", "parts_of_name", "proposals_of_sides"]

ALIKE = 0.8
"""Names at least so like are proposed: one letter in five may differ."""

WITHIN_KM = 20.0
"""Like names are proposed only within this distance, where both points are known."""

PART_KM = 100.0
"""A name that is a part of a new name is proposed within this distance, or in the same region."""

SAME_PLACE_KM = 1.0
"""Points so near are proposed whatever the names."""

MOST_NAMES = 250_000
"""With more pairs of names to compare only equal names are: the two frames then use other ids."""

Pair = tuple[int, int]


def likeness(first: str, second: str) -> float:
    """Likeness of two folded names: 2 M / T, with M matching letters and T letters in all; 0 below ``ALIKE``.

    It is the measure of Ratcliff and Metzener (1988), Pattern matching: the gestalt approach, made
    symmetric by the order of the two texts.

    >>> round(likeness("saint louis", "st louis"), 3)
    0.842
    """
    low, high = sorted((first, second))
    matcher = SequenceMatcher(None, low, high, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def proposals_of_sides(
    old: Side, new: Side, deaths: Sequence[int], births: Sequence[int], links: Links
) -> tuple[list[Proposal], list[str]]:
    """Pairs to confirm, the likeliest first, and what could not be compared.

    Parameters
    ----------
    old, new : Side
        The two frames.
    deaths, births : sequence of int
        Rows of the old frame without a new city, and of the new frame without an old one.
    links : Links
        Pairs that a person refused are not proposed again.
    """
    if not deaths:
        return [], []
    not_compared: list[str] = []
    if old.name is None or new.name is None:
        not_compared.append("like names: a frame has no column with names")
    names = tuple(
        {row: fold_name(side.name_of(row)) for row in rows} for side, rows in ((old, deaths), (new, births))
    )
    near = _near(old, new, deaths, births)
    if near is None or len(near) > MOST_NAMES:
        near = _equal_names(*names)
        not_compared.append(
            f"like names: {grouped(len(deaths))} cities vanished and {grouped(len(births))} are new, "
            "so only equal names"
        )
    found = {pair: p for pair in near if (p := _same_city(old, new, pair, names)) is not None}
    inside = _inside(old, new, deaths)
    if inside is None:
        not_compared.append(
            "vanished cities inside a footprint: no points or areas (km2), or areas of a wrong unit"
        )
    parts = _parts_of_new_names(old, new, names[0])
    partners = Counter(city for _, city in parts)
    # Several names in one new name are a merge, also where one of the cities is in the same place.
    merged = {pair for pair in parts if partners[pair[1]] > 1}
    for pair in [*parts, *(inside or [])]:
        if pair not in found or pair in merged:
            found[pair] = _proposal("merged into", old, new, pair, None)
    open_ones = [p for p in found.values() if (p.old_id, p.new_id) not in links.refused]
    return sorted(open_ones, key=_likeliest_first), not_compared


def _likeliest_first(p: Proposal) -> tuple[bool, bool, float, float, str, str]:
    return (
        p.kind != "same city",
        p.same_region is False,
        -(p.likeness or 0.0),
        np.inf if p.distance_km is None else p.distance_km,
        p.old_id,
        p.new_id,
    )


def _near(old: Side, new: Side, deaths: Sequence[int], births: Sequence[int]) -> list[Pair] | None:
    """Pairs whose points are near, or of which a point is unknown; None if there are too many."""
    points, others = old.points(), new.points()
    if points is None or others is None:
        return None if len(deaths) * len(births) > MOST_NAMES else [(d, b) for d in deaths for b in births]
    first, second = np.array(deaths, dtype=np.int64), np.array(births, dtype=np.int64)
    lost = [row for row in deaths if not legal(points[0][[row]], points[1][[row]])[0]]
    new_lost = [row for row in births if not legal(others[0][[row]], others[1][[row]])[0]]
    pairs = footprint_pairs(
        (points[0][first], points[1][first]),
        (others[0][second], others[1][second]),
        np.full(len(second), np.pi * WITHIN_KM**2),
    )
    if pairs is None or len(lost) * len(births) + len(new_lost) * len(deaths) > MOST_NAMES:
        return None
    unknown = {*((d, b) for d in lost for b in births), *((d, b) for d in deaths for b in new_lost)}
    return sorted({*zip(first[pairs[:, 0]].tolist(), second[pairs[:, 1]].tolist(), strict=True), *unknown})


def _equal_names(old_names: Mapping[int, str], new_names: Mapping[int, str]) -> list[Pair]:
    rows_of: dict[str, list[int]] = {}
    for row, name in new_names.items():
        rows_of.setdefault(name, []).append(row)
    rows_of.pop("", None)
    return [(row, other) for row, name in old_names.items() for other in rows_of.get(name, [])]


def _parts_of_new_names(old: Side, new: Side, vanished: Mapping[int, str]) -> list[Pair]:
    """Cities that vanished whose name is some of the words of a name that the old frame does not have."""
    if old.name is None or new.name is None:
        return []
    rows_of: dict[str, list[int]] = {}
    for row, name in vanished.items():
        rows_of.setdefault(name, []).append(row)
    before = {fold_name(name) for name in old.name if name}
    pairs: list[Pair] = []
    for city in range(len(new.ids)):
        name = fold_name(new.name_of(city))
        for part in () if name in before else parts_of_name(name):
            for row in rows_of.get(part, []):
                apart = _apart(old, new, (row, city))
                if apart is None or apart <= PART_KM or _same_region(old, new, (row, city)):
                    pairs.append((row, city))
    return pairs


def parts_of_name(name: str) -> set[str]:
    """Runs of words of a folded name that are shorter than the name and longer than two letters.

    >>> sorted(parts_of_name("kouri zegoua")), sorted(parts_of_name("diema"))
    (['kouri', 'zegoua'], [])
    """
    words = name.split()
    runs = (words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1))
    return {part for run in runs if len(run) < len(words) and len(part := " ".join(run)) > 2}


def _same_city(old: Side, new: Side, pair: Pair, names: Sequence[Mapping[int, str]]) -> Proposal | None:
    first, second = names[0][pair[0]], names[1][pair[1]]
    alike = likeness(first, second) if first and second else 0.0
    apart = _apart(old, new, pair)
    same_place = apart is not None and apart <= SAME_PLACE_KM
    if same_place or (alike >= ALIKE and (apart is None or apart <= WITHIN_KM)):
        return _proposal("same city", old, new, pair, alike if alike >= ALIKE else None)
    return None


def _inside(old: Side, new: Side, deaths: Sequence[int]) -> list[Pair] | None:
    points, centres = old.points(), new.points()
    if points is None or centres is None or new.area is None:
        return None
    rows = np.array(deaths, dtype=np.int64)
    pairs = footprint_pairs((points[0][rows], points[1][rows]), centres, new.area)
    return None if pairs is None else [(int(rows[death]), city) for death, city in pairs.tolist()]


def _proposal(kind: str, old: Side, new: Side, pair: Pair, alike: float | None) -> Proposal:
    first, second = pair
    return Proposal(
        kind=kind,
        old_id=old.ids[first],
        new_id=new.ids[second],
        old_name=old.name_of(first),
        new_name=new.name_of(second),
        same_region=_same_region(old, new, pair),
        likeness=alike,
        distance_km=_apart(old, new, pair),
    )


def _same_region(old: Side, new: Side, pair: Pair) -> bool | None:
    regions = [side.region[row] if side.region else None for side, row in zip((old, new), pair, strict=True)]
    known = [fold(region) for region in regions if region is not None]
    return known[0] == known[1] if len(known) == 2 else None


def _apart(old: Side, new: Side, pair: Pair) -> float | None:
    points, others = old.points(), new.points()
    if points is None or others is None:
        return None
    first, second = pair
    km = float(distance_km(points[0][first], points[1][first], others[0][second], others[1][second]))
    return None if np.isnan(km) else km
