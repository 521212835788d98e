"""Two frames compared by city id: births, deaths, merges, splits, and changes of the cities that stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from citysample.errors import FrameError, quoted
from citysample.reference_frames.checks.folding import fold, fold_name
from citysample.reference_frames.checks.frame_diff import CHANGES, Change, FrameDiff, Population
from citysample.reference_frames.checks.geometry import distance_km, linked_groups
from citysample.reference_frames.checks.hits import grouped
from citysample.reference_frames.checks.links import Links, links_of_table
from citysample.reference_frames.checks.proposals import proposals_of_sides
from citysample.reference_frames.checks.side import Columns, Side, side_of_frame
from citysample.reference_frames.columns import is_missing

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame

__all__ = ["DiffColumns", "DiffOptions", "LARGE_RATIO", "MOVED_KM", "diff_frames"]

MOVED_KM = 2.0
"""A point that moved farther is named: less is the choice of another point of the same city."""

LARGE_RATIO = 1.5
"""A size that rose by this factor or more, or fell by it, is named: 4 % a year for ten years."""


class DiffColumns(TypedDict, total=False):
    """Columns for :func:`diff_frames` that a command gives as they are."""

    size: Columns
    name: Columns
    region: Columns
    lon: Columns
    lat: Columns
    area: Columns


class DiffOptions(DiffColumns, total=False):
    """The options of :func:`diff_frames`; the method of the frame has the same."""

    links: pd.DataFrame | None
    moved_km: float
    large_ratio: float


Group = tuple[tuple[int, ...], tuple[int, ...]]


def diff_frames(
    old: CityFrame,
    new: CityFrame,
    *,
    links: pd.DataFrame | None = None,
    size: Columns = None,
    name: Columns = None,
    region: Columns = None,
    lon: Columns = None,
    lat: Columns = None,
    area: Columns = None,
    moved_km: float = MOVED_KM,
    large_ratio: float = LARGE_RATIO,
) -> FrameDiff:
    """Compare two frames by city id.

    Cities with the same id are the same city. Other cities belong together only where ``links`` says
    so. Cities with like names, or inside a footprint, are proposed for a person to confirm.

    Parameters
    ----------
    old, new : CityFrame
        The two frames.
    links : pandas.DataFrame, optional
        Columns ``old_id`` and ``new_id``. A merge has one row for each old id, all with the same new id;
        a split has one row for each new id. A city that keeps its id needs no link. With a column
        ``confirmed`` only rows with yes count, so that a filled-in table of proposals can be given.
    size, name, region, lon, lat, area : str or pair of str, optional
        A column of both frames, or the columns of the old and of the new one. Default: those of each
        frame, or the usual names.
    moved_km : float
        Distance above which a city has moved.
    large_ratio : float
        Ratio of sizes, above 1, from which a change is large.

    Returns
    -------
    FrameDiff
        Changes, sizes, and proposals.

    Raises
    ------
    FrameError
        A column or a linked id is unknown, or a limit is out of range.

    Examples
    --------
    >>> import pandas as pd
    >>> from citysample import CityFrame
    >>> old = CityFrame.from_table(pd.DataFrame({"id": ["a", "b"], "population": [10, 5]}), id="id")
    >>> new = CityFrame.from_table(pd.DataFrame({"id": ["a", "c"], "population": [20, 6]}), id="id")
    >>> diff_frames(old, new).to_frame()[["change", "old_id", "new_id"]].values.tolist()
    [['birth', '', 'c'], ['death', 'b', ''], ['population', 'a', 'a']]
    """
    _check_limits(moved_km, large_ratio)
    named = {"size": size, "name": name, "region": region, "lon": lon, "lat": lat, "area": area}
    first, second = side_of_frame(old, named, "old"), side_of_frame(new, named, "new")
    given = links_of_table(links, set(first.ids), set(second.ids))
    groups = groups_of_cities(first.ids, second.ids, given)
    deaths = sorted(set(range(old.N)) - {row for olds, _ in groups for row in olds})
    births = sorted(set(range(new.N)) - {row for _, news in groups for row in news})
    populations = list(_populations(first, second, groups, large_ratio))
    proposals, doubts = proposals_of_sides(first, second, deaths, births, given)
    changes = [
        *(_change("birth", first, second, (), (row,)) for row in births),
        *(_change("death", first, second, (row,), ()) for row in deaths),
        *_regrouped(first, second, groups, populations),
        *_changes_of_cities(first, second, groups, moved_km),
        *(
            Change("population", p.old_ids, p.new_ids, p.old_names, p.new_names, p.old, p.new, p.ratio)
            for p in populations
            if p.large
        ),
    ]
    order = list(CHANGES)
    compared, not_compared = _coverage(first, second)
    return FrameDiff(
        N_old=old.N,
        N_new=new.N,
        N_both=len(set(first.ids) & set(second.ids)),
        changes=tuple(sorted(changes, key=lambda change: order.index(change.kind))),
        populations=tuple(populations),
        proposals=tuple(proposals),
        compared=tuple(compared),
        not_compared=(*not_compared, *doubts),
    )


def groups_of_cities(old_ids: tuple[str, ...], new_ids: tuple[str, ...], links: Links) -> list[Group]:
    """Rows of the old and the new frame that belong together, by equal id or by a link.

    >>> groups_of_cities(("a", "b", "c"), ("a", "d"), Links((("b", "a"),)))
    [((0, 1), (0,))]
    """
    old_row = {city: row for row, city in enumerate(old_ids)}
    new_row = {city: len(old_ids) + row for row, city in enumerate(new_ids)}
    same = [(old_row[city], new_row[city]) for city in old_ids if city in new_row]
    linked = [(old_row[first], new_row[second]) for first, second in links.confirmed]
    return [
        (
            tuple(row for row in group if row < len(old_ids)),
            tuple(row - len(old_ids) for row in group if row >= len(old_ids)),
        )
        for group in linked_groups([*same, *linked])
    ]


def _regrouped(
    first: Side, second: Side, groups: list[Group], populations: list[Population]
) -> Iterator[Change]:
    ratios = {p.old_ids: p.ratio for p in populations}
    kinds = {
        (True, True): "new id",
        (False, True): "merge",
        (True, False): "split",
        (False, False): "regrouped",
    }
    for olds, news in groups:
        old_ids, new_ids = _ids(first, olds), _ids(second, news)
        if old_ids != new_ids or len(olds) > 1:
            kind = kinds[len(olds) == 1, len(news) == 1]
            ratio = None if kind == "new id" else ratios.get(old_ids)
            yield _change(kind, first, second, olds, news, amount=ratio)


def _changes_of_cities(first: Side, second: Side, groups: list[Group], moved_km: float) -> Iterator[Change]:
    """Points, names and regions of the cities that are one city in both frames."""
    pairs = [(olds[0], news[0]) for olds, news in groups if len(olds) == len(news) == 1]
    yield from _moved(first, second, pairs, moved_km)
    for kind, before, after, key in (
        ("renamed", first.name, second.name, fold_name),
        ("region", first.region, second.region, fold),
    ):
        if before is None or after is None:
            continue
        for old, new in pairs:
            was, now = before[old], after[new]
            if was is not None and now is not None and key(was) != key(now):
                values = ("", "") if kind == "renamed" else (was.strip(), now.strip())
                yield _change(kind, first, second, (old,), (new,), *values)


def _moved(first: Side, second: Side, pairs: list[tuple[int, int]], moved_km: float) -> Iterator[Change]:
    before, after = first.points(), second.points()
    if before is None or after is None or not pairs:
        return
    olds, news = np.array(pairs, dtype=np.int64).T
    apart = distance_km(before[0][olds], before[1][olds], after[0][news], after[1][news])
    for place in np.flatnonzero(apart > moved_km).tolist():
        old, new = pairs[place]
        was, now = (f"{lon[row]:.6g}, {lat[row]:.6g}" for (lon, lat), row in ((before, old), (after, new)))
        yield _change("moved", first, second, (old,), (new,), was, now, float(apart[place]))


def _populations(first: Side, second: Side, groups: list[Group], large_ratio: float) -> Iterator[Population]:
    if first.size is None or second.size is None:
        return
    for olds, news in groups:
        old, new = float(first.size[list(olds)].sum()), float(second.size[list(news)].sum())
        if np.isnan(old) or np.isnan(new):
            continue
        ratio = new / old
        large = ratio >= large_ratio or ratio <= 1 / large_ratio
        cities = (_ids(first, olds), _ids(second, news), first.names_of(olds), second.names_of(news))
        yield Population(*cities, old, new, ratio, large)


def _change(
    kind: str,
    first: Side,
    second: Side,
    olds: tuple[int, ...],
    news: tuple[int, ...],
    old: str = "",
    new: str = "",
    amount: float | None = None,
) -> Change:
    """A change of the cities in these rows."""
    names = (first.names_of(olds), second.names_of(news))
    return Change(kind, _ids(first, olds), _ids(second, news), *names, old, new, amount)


def _ids(side: Side, rows: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(side.ids[row] for row in rows)


def _coverage(first: Side, second: Side) -> tuple[list[str], list[str]]:
    """What was compared, with its columns, and what was not."""
    compared, not_compared = ["city ids"], []
    roles = {"size": "sizes", "name": "names", "region": "regions", "lon": "longitudes", "lat": "latitudes"}
    for role, words in roles.items():
        columns = [side.columns.get(role) for side in (first, second)]
        if None in columns:
            absent = [part for part, column in zip(("old", "new"), columns, strict=True) if column is None]
            not_compared.append(f"{words}: no such column in the {' and the '.join(absent)} frame")
            not_compared += [
                f"{words}: several columns fit, such as {quoted(side.doubtful[role])}; name one"
                for side in (first, second)
                if role in side.doubtful
            ]
        else:
            compared.append(f"{words} ({' and '.join(dict.fromkeys(map(str, columns)))})")
            not_compared += _missing(first, second, role, words)
    return compared, not_compared


def _missing(first: Side, second: Side, role: str, words: str) -> Iterator[str]:
    for part, side in (("old", first), ("new", second)):
        count = sum(is_missing(value) for value in getattr(side, role))
        if count:
            yield f"{words}: {grouped(count)} cities of the {part} frame have none"


def _check_limits(moved_km: float, large_ratio: float) -> None:
    for label, value, least in (("moved_km", moved_km, 0.0), ("large_ratio", large_ratio, 1.0)):
        if not least < value < np.inf:
            raise FrameError(
                "FRAME-VALUE-INVALID",
                "A limit of the comparison is out of range.",
                got=f"{label} = {value!r}",
                expected=f"a number above {least:g}",
                remedy="Correct the limit, or leave it out.",
            )
