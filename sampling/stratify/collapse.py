"""Merging of small cells: strata with few cities join a neighbour, by a rule fixed before the draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray, numbers, require_columns
from citysample.sampling.stratify.strata import Strata

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Collapse", "collapse_cells"]


def collapse_cells(
    counts: IntArray,
    groups: IntArray,
    minimum: int,
    *,
    scores: FloatArray | None = None,
    fixed: BoolArray | None = None,
) -> list[list[int]]:
    """Merge cells that have too few cities with a neighbour of the same group.

    Parameters
    ----------
    counts : array (H,) of int
        Cities of each cell, 1 or more unless the cell is fixed. The order of the cells is the order in
        which they are neighbours.
    groups : array (H,) of int
        Cells of different groups are never merged.
    minimum : int
        Smallest number of cities of a cell afterwards.
    scores : array (H,), optional
        Mean score of each cell. If given, a cell joins the cell with the nearest mean score instead of its
        neighbour in the order.
    fixed : array (H,) of bool, optional
        Cells that stay as they are, whatever their count.

    Returns
    -------
    list of list of int
        The new cells, each as the old cells it consists of, in the order of their first old cells. A
        group whose cities are fewer than ``minimum`` ends as one cell that is still too small.

    Notes
    -----
    By order: the first cell that is too small joins the next one of its group, the last cell the one
    before it; this is repeated until no cell is too small. By score: the smallest cell (of equal ones
    the first) joins the cell with the nearest score (of two equally near the first); the score of a
    merged cell is the mean over its cities.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, chapter 5A, on why strata are paired before
    the results are seen.

    Examples
    --------
    >>> counts, groups = np.array([9, 1, 1, 4]), np.array([0, 0, 0, 0])
    >>> collapse_cells(counts, groups, 2)
    [[0], [1, 2], [3]]
    >>> collapse_cells(counts, groups, 2, scores=np.array([1.0, 2.0, 9.0, 10.0]))
    [[0, 1], [2, 3]]
    """
    fixed = np.zeros(counts.size, dtype=np.bool_) if fixed is None else fixed
    cells: list[list[int]] = [[h] for h in np.flatnonzero(fixed).tolist()]
    for group in dict.fromkeys(groups.tolist()):
        free = [[h] for h in np.flatnonzero((groups == group) & ~fixed).tolist()]
        while len(free) > 1:
            sizes = [int(counts[cell].sum()) for cell in free]
            small = [place for place, size in enumerate(sizes) if size < minimum]
            if not small:
                break
            if scores is None:
                place = small[0]
                other = place + 1 if place + 1 < len(free) else place - 1
            else:
                place = min(small, key=sizes.__getitem__)
                other = _nearest([_mean(scores, counts, cell) for cell in free], place)
            first, second = sorted((place, other))
            free[first] = sorted(free[first] + free.pop(second))
        cells += free
    return sorted(cells)


def _mean(scores: FloatArray, counts: IntArray, cell: list[int]) -> float:
    return float((scores[cell] * counts[cell]).sum() / counts[cell].sum())


def _nearest(scores: list[float], place: int) -> int:
    others = [other for other in range(len(scores)) if other != place]
    return min(others, key=lambda other: abs(scores[other] - scores[place]))


@dataclass(frozen=True, slots=True)
class Collapse:
    """How strata with few cities are merged, decided before the draw.

    Use it when a cross of columns leaves cells with so few cities that no variance can be computed
    after nonresponse. What was merged is recorded.

    Parameters
    ----------
    min_cities : int
        Smallest number of cities of a stratum, cities taken with certainty not counted. Strata
        that hold nothing but such cities stay.
    order : sequence of str, optional
        Labels of all strata, such as ``"North / small"``, in the order in which they are neighbours. The
        default is the order of the columns' values.
    score : str, optional
        Number column of the frame. A stratum then joins the one with the nearest mean of this column,
        instead of its neighbour in the order.
    within : sequence of str, optional
        Columns of the strata; strata that differ in one of them are never merged. The default is
        all columns but the last.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a value is out of range.

    Examples
    --------
    >>> import pandas as pd
    >>> from citysample.sampling.stratify.strata import form_strata
    >>> table = pd.DataFrame({"zone": list("NNNNSSSS"), "class": list("aabcaabb")})
    >>> columns = ["zone", "class"]
    >>> strata, texts = Collapse(min_cities=2).apply(form_strata(table, columns), columns, table)
    >>> strata.labels
    ['N / a', 'N / b + c', 'S / a', 'S / b']
    >>> texts
    ("'N / b' (1 city) and 'N / c' (1 city) form the stratum 'N / b + c'",)
    """

    min_cities: int
    order: Sequence[str] | None = None
    score: str | None = None
    within: Sequence[str] | None = None

    def __post_init__(self) -> None:
        for name in ("order", "within"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        whole = isinstance(self.min_cities, (int, np.integer)) and not isinstance(self.min_cities, bool)
        if not whole or self.min_cities < 2:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "'min_cities' of the collapsing rule is not valid.",
                got=f"min_cities = {self.min_cities!r}",
                expected="a whole number, 2 or more",
                remedy="Correct 'min_cities'.",
            )

    def apply(
        self,
        strata: Strata,
        columns: Sequence[str],
        table: pd.DataFrame,
        *,
        certain: BoolArray | None = None,
    ) -> tuple[Strata, tuple[str, ...]]:
        """Merge the small strata of a frame.

        Parameters
        ----------
        strata : Strata
            The strata of the N cities.
        columns : sequence of str
            The columns whose cross they are.
        table : pandas.DataFrame
            The N cities; it holds the column of the score.
        certain : array (N,) of bool, optional
            Cities taken with certainty.

        Returns
        -------
        Strata
            The strata after merging, in the order of their first old strata.
        tuple of str
            One sentence for each merged stratum.

        Raises
        ------
        FrameError
            The column of the score is unknown, or a city has no value in it.
        DesignError
            ``DESIGN-COLLAPSE-IMPOSSIBLE``: cells are too small after all merging that ``within`` allows.
            ``DESIGN-STRATUM-UNKNOWN``: ``order`` does not name the strata.
            ``DESIGN-VALUE-INVALID``: ``within`` names another column.
            ``DESIGN-LABELS-AMBIGUOUS``: two merged strata would get the same label.
        """
        H = len(strata.labels)
        order = self._order(strata.labels)
        random = np.ones(strata.codes.size, dtype=np.bool_) if certain is None else ~certain
        counts = np.bincount(strata.codes[random], minlength=H)
        groups = self._groups(strata, columns)
        scores = self._scores(strata, table, random)
        found = collapse_cells(
            counts[order],
            groups[order],
            self.min_cities,
            scores=None if scores is None else scores[order],
            fixed=counts[order] == 0,
        )
        cells = sorted(sorted(order[cell].tolist()) for cell in found)
        self._refuse_small(strata.labels, counts, cells)
        merged = _merged(strata, cells)
        sizes = np.bincount(strata.codes, minlength=H)
        return merged, tuple(
            _sentence(strata.labels, sizes, cell, label)
            for cell, label in zip(cells, merged.labels, strict=True)
            if len(cell) > 1
        )

    def _order(self, labels: list[str]) -> IntArray:
        """The strata in the order in which they are neighbours."""
        if self.order is None:
            return np.arange(len(labels))
        unknown = [label for label in self.order if label not in labels]
        absent = [label for label in labels if label not in self.order]
        twice = [label for label in dict.fromkeys(self.order) if list(self.order).count(label) > 1]
        for what, found in (("unknown", unknown), ("not named", absent), ("named twice", twice)):
            if found:
                raise DesignError(
                    "DESIGN-STRATUM-UNKNOWN",
                    "The order of the collapsing rule does not name the strata of the frame.",
                    where=f"{what}: {quoted(found)}",
                    expected="each stratum once",
                    remedy=did_you_mean(unknown[0], labels) if unknown else "Name each stratum once.",
                )
        return np.array([labels.index(label) for label in self.order], dtype=np.int64)

    def _groups(self, strata: Strata, columns: Sequence[str]) -> IntArray:
        within = tuple(columns[:-1]) if self.within is None else tuple(self.within)
        unknown = [column for column in within if column not in columns]
        if unknown:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The collapsing rule names a column that does not form the strata.",
                got=f"within = {quoted(within)}",
                expected=f"some of {quoted(columns)}"
                if columns
                else "no column, because there are no strata",
                remedy=did_you_mean(unknown[0], columns),
            )
        places = [list(columns).index(column) for column in within]
        keys = [tuple(values[place] for place in places) for values in strata.values]
        number = {key: g for g, key in enumerate(dict.fromkeys(keys))}
        return np.array([number[key] for key in keys], dtype=np.int64)

    def _scores(self, strata: Strata, table: pd.DataFrame, random: BoolArray) -> FloatArray | None:
        """Mean score of the cities of each stratum that can be drawn by chance."""
        if self.score is None:
            return None
        require_columns(table, [self.score], "FRAME", "score of the collapsing rule")
        values, codes, H = numbers(table, self.score, "FRAME"), strata.codes[random], len(strata.labels)
        sums = np.bincount(codes, weights=values[random], minlength=H)
        return sums / np.maximum(np.bincount(codes, minlength=H), 1)

    def _refuse_small(self, labels: list[str], counts: IntArray, cells: list[list[int]]) -> None:
        small = [cell for cell in cells if 0 < counts[cell].sum() < self.min_cities]
        if small:
            raise DesignError(
                "DESIGN-COLLAPSE-IMPOSSIBLE",
                f"{len(small)} strata are too small, and there is nothing left to merge them with.",
                where=quoted(" + ".join(labels[h] for h in cell) for cell in small),
                got=f"{', '.join(str(int(counts[cell].sum())) for cell in small[:5])} cities",
                expected=f"at least {self.min_cities} cities that are not taken with certainty",
                remedy="Name fewer columns in 'within', lower 'min_cities', or make the cities certain.",
            )


def _merged(strata: Strata, cells: list[list[int]]) -> Strata:
    """The strata made of these cells."""
    place = np.empty(len(strata.labels), dtype=np.int64)
    for new, cell in enumerate(cells):
        place[cell] = new
    values = [_values([strata.values[h] for h in cell]) for cell in cells]
    labels = [_label(strata, cell, value) for cell, value in zip(cells, values, strict=True)]
    twice = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if twice:
        raise DesignError(
            "DESIGN-LABELS-AMBIGUOUS",
            "Merged strata would get the same label.",
            got=quoted(twice),
            expected="values that do not contain ' + '",
            remedy="Rename the values in the frame.",
        )
    return Strata(place[strata.codes], labels, values)


def _values(cells: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The values of merged cells, column by column: ``small + medium``."""
    return tuple(" + ".join(dict.fromkeys(column)) for column in zip(*cells, strict=True))


def _label(strata: Strata, cell: list[int], values: tuple[str, ...]) -> str:
    """``North / small + medium`` if the cells are the whole cross of these values, else all labels."""
    if len(cell) == 1:
        return strata.labels[cell[0]]
    levels = zip(*(strata.values[h] for h in cell), strict=True)
    crosses = int(np.prod([len(set(column)) for column in levels]))
    return " / ".join(values) if crosses == len(cell) else " + ".join(strata.labels[h] for h in cell)


def _sentence(labels: list[str], sizes: IntArray, cell: list[int], label: str) -> str:
    parts = [f"'{labels[h]}' ({sizes[h]} {'city' if sizes[h] == 1 else 'cities'})" for h in cell]
    return f"{', '.join(parts[:-1])} and {parts[-1]} form the stratum '{label}'"
