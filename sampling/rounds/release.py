"""The release of substitutes: in rank order only, and no more than were drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import BoolArray, IntArray

__all__ = ["release", "released_count", "too_many"]


def release(rank: IntArray, count: int) -> BoolArray:
    """The first ``count`` substitutes of a stratum, shape (N,).

    Parameters
    ----------
    rank : array (N,) of int
        Ranks of ``MainAndSubstitutes``.
    count : int
        Substitutes released so far, the new ones included.

    Raises
    ------
    DataError
        ``DATA-SUBSTITUTE-INVALID``: more substitutes are released than were drawn.

    Examples
    --------
    >>> release(np.array([2, 0, 0, 1]), 1).tolist()
    [False, False, False, True]
    """
    r = int(rank.max(initial=0))
    if not 0 <= count <= r:
        raise too_many(count, r)
    return np.asarray((rank >= 1) & (rank <= count))


def released_count(rank: IntArray, approached: BoolArray, city_ids: Sequence[str]) -> int:
    """How many substitutes were approached; refuses substitutes approached out of rank order.

    Parameters
    ----------
    rank : array (N,) of int
        Ranks of ``MainAndSubstitutes``, of one stratum.
    approached : array (N,) of bool
        True for the substitutes that were approached, whether they answered or not. What stands at
        cities of the main sample does not matter.
    city_ids : sequence of str, length N
        City ids, for the error.

    Raises
    ------
    DataError
        ``DATA-SUBSTITUTE-INVALID``: a city was approached before one of better rank.

    Examples
    --------
    >>> released_count(np.array([2, 0, 0, 1]), np.array([False, True, False, True]), list("abcd"))
    1
    """
    used = np.sort(rank[approached & (rank > 0)])
    count = used.size
    passed_over = (rank >= 1) & (rank <= int(used.max(initial=0))) & ~approached
    if passed_over.any():
        early = approached & (rank > int(rank[passed_over].min()))
        raise DataError(
            "DATA-SUBSTITUTE-INVALID",
            "Substitutes were approached out of rank order.",
            where=f"approached too early: {quoted(city_ids[k] for k in np.flatnonzero(early).tolist())}",
            got=f"passed over: {quoted(city_ids[k] for k in np.flatnonzero(passed_over).tolist())}",
            expected="substitutes in rank order, first rank 1, then rank 2, and so on",
            remedy="Approach the cities that were passed over, too, and report their status.",
        )
    return int(count)


def too_many(released: int, r: int) -> DataError:
    """The error for a number of released substitutes that is not from 0 to r."""
    return DataError(
        "DATA-SUBSTITUTE-INVALID",
        "The number of released substitutes does not fit the draw.",
        got=f"{released} released",
        expected=f"0 to {r}, the number of substitutes drawn in the stratum",
        remedy="Treat cities that do not answer as nonresponse once all substitutes are released.",
    )
