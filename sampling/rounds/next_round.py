"""A new round of the sample: what became of each city, and how many new cities are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, FrameError
from citysample.reference_frames.checks.geometry import linked_groups
from citysample.reference_frames.checks.links import links_of_table
from citysample.reference_frames.columns import FloatArray, IntArray, first_cities
from citysample.sampling.rounds.weight_share import CityLinks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CASES", "FrameLinks", "births_plan", "link_frames"]

CASES: dict[str, str] = {
    "same": "The city has the same id in both frames.",
    "new id": "The city has another id; a link says so.",
    "merge": "Several old cities are one new city.",
    "split": "One old city is several new cities.",
    "regrouped": "Several old cities are several new cities.",
    "birth": "The city of the new frame has no city of the old frame.",
    "death": "The city of the old frame has no city of the new frame.",
}
"""What became of a city between two rounds, in the words of the comparison of frames."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameLinks:
    """Two frames, linked.

    Parameters
    ----------
    links : CityLinks
        The links as rows of the two frames.
    old_cases : tuple of str, length N_old
        What became of each old city, a key of ``CASES``.
    new_cases : tuple of str, length N_new
        Where each new city comes from, a key of ``CASES``.
    renamed : dict of str to str
        New id to old id, of the cities that only have another id. They keep their permanent random
        number.
    """

    links: CityLinks
    old_cases: tuple[str, ...]
    new_cases: tuple[str, ...]
    renamed: dict[str, str]


def link_frames(
    old_ids: Sequence[str], new_ids: Sequence[str], crosswalk: pd.DataFrame | None = None
) -> FrameLinks:
    """Link the cities of two frames by equal ids and by a table of links.

    Parameters
    ----------
    old_ids, new_ids : sequence of str
        City ids of the two frames, in the order of their rows.
    crosswalk : pandas.DataFrame, optional
        Columns ``old_id`` and ``new_id``, and perhaps ``confirmed``, as for the comparison of frames. A
        merge has one row for each old id, a split one for each new id. A city that keeps its id
        needs no row.

    Returns
    -------
    FrameLinks

    Raises
    ------
    FrameError
        ``FRAME-LINK-INVALID``: a link names an unknown city, or says that two cities with the same id
        are different cities.

    Examples
    --------
    >>> import pandas as pd
    >>> crosswalk = pd.DataFrame({"old_id": ["b", "d"], "new_id": ["a", "D"]})
    >>> found = link_frames(["a", "b", "c", "d"], ["a", "D", "e"], crosswalk)
    >>> found.old_cases
    ('merge', 'merge', 'death', 'new id')
    >>> found.new_cases, found.renamed
    (('merge', 'new id', 'birth'), {'D': 'd'})
    """
    given = links_of_table(crosswalk, set(old_ids), set(new_ids))
    denied = sorted(old for old, new in given.refused if old == new)
    if denied:
        raise FrameError(
            "FRAME-LINK-INVALID",
            "The table of links says that cities with the same id are different cities.",
            where=first_cities(denied),
            expected="an id that belongs to one city for ever",
            remedy="Give the new city an id that no city had before.",
        )
    old_row = {city: row for row, city in enumerate(old_ids)}
    new_row = {city: row for row, city in enumerate(new_ids)}
    pairs = {(old_row[city], new_row[city]) for city in old_ids if city in new_row}
    pairs |= {(old_row[old], new_row[new]) for old, new in given.confirmed}
    ends = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    links = CityLinks(ends[:, 0].copy(), ends[:, 1].copy(), len(old_ids), len(new_ids))
    old_cases, new_cases = ["death"] * len(old_ids), ["birth"] * len(new_ids)
    renamed = {}
    for group in linked_groups((old, len(old_ids) + new) for old, new in pairs):
        olds = [row for row in group if row < len(old_ids)]
        news = [row - len(old_ids) for row in group if row >= len(old_ids)]
        case = _case([old_ids[row] for row in olds], [new_ids[row] for row in news])
        for row in olds:
            old_cases[row] = case
        for row in news:
            new_cases[row] = case
        if case == "new id":
            renamed[new_ids[news[0]]] = old_ids[olds[0]]
    return FrameLinks(links, tuple(old_cases), tuple(new_cases), renamed)


def births_plan(births: IntArray, *, fraction: FloatArray | float = 0.0, at_least: int = 2) -> IntArray:
    """Number of cities to draw from the births of each stratum.

    Parameters
    ----------
    births : array (H,) of int
        Births B_h of each stratum. They are strata of their own.
    fraction : float or array (H,)
        Sampling fraction in [0, 1] that the births should have at least, such as that of the old cities
        of the stratum.
    at_least : int
        Smallest number of births to draw; 2 are needed for a variance.

    Returns
    -------
    array (H,) of int
        n_h = min(B_h, max(at_least, f_h B_h to the nearest whole number)): all births where there
        are no more than ``at_least``.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a number is out of range.

    References
    ----------
    Lavallee, P. (2007). Indirect Sampling, Springer, ch. 6 (new units are sampled on their own).

    Examples
    --------
    >>> births_plan(np.array([0, 1, 2, 7, 40]), fraction=0.2).tolist()
    [0, 1, 2, 2, 8]
    """
    fractions = np.broadcast_to(np.asarray(fraction, dtype=np.float64), births.shape)
    valid = (births >= 0).all() and ((fractions >= 0.0) & (fractions <= 1.0)).all()
    if not valid or at_least < 1:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The plan for the births is out of range.",
            got=f"births {births.tolist()[:5]}, fractions {fractions.tolist()[:5]}, at_least {at_least}",
            expected="counts from 0, fractions from 0 to 1, and at_least from 1",
            remedy="Correct the numbers.",
        )
    wanted = np.floor(fractions * births + 0.5).astype(np.int64)
    return np.minimum(births, np.maximum(wanted, at_least))


def _case(olds: list[str], news: list[str]) -> str:
    if len(olds) == len(news) == 1:
        return "same" if olds == news else "new id"
    if len(news) == 1:
        return "merge"
    return "split" if len(olds) == 1 else "regrouped"
