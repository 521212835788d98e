"""Marginal allocation: more cells than cities, rows and columns get their shares (controlled rounding).

What it means for the sample and its variance:

- The expected number of cities of a cell is n N_h / N, a fraction. Before the draw, random numbers
  round it down or up to n_h. Cities are then drawn in each cell with this n_h.
- The inclusion probability is the one over both steps, E(n_h) / N_h = n / N for each city. It is
  not n_h / N_h. So the design weight does not depend on the rounding, and cells with n_h = 0 are
  represented by the other cells of their row and column.
- Rows and columns have their expected numbers of cities up to less than one city, so differences
  between rows and between columns add little to the variance. Differences between cells beyond
  these (interactions) add to it, because n_h is random.
- Two cities of a cell with n N_h / N <= 1 are never both in the sample: their joint inclusion
  probability is 0. No unbiased variance estimate exists. The forms that fit take the sample as
  balanced on the indicators of rows and columns, or take the rows as the strata; they are
  approximations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["controlled_counts", "expected_counts", "uniforms_controlled"]

Edge = tuple[int, int]


def expected_counts(N: IntArray, n: int) -> FloatArray:
    """Expected numbers of cities of the cells, proportional to N_h.

    Parameters
    ----------
    N : array (H,) of int
        Cities of each cell.
    n : int
        Sample size, at most the sum of N.

    Returns
    -------
    array (H,)
        n N_h / sum N, with sum n.

    References
    ----------
    Cox, L. H. (1987). A constructive procedure for unbiased controlled rounding. J. Amer. Statist.
    Assoc. 82, 520-524.

    Examples
    --------
    >>> expected_counts(np.array([3, 5]), 4).tolist()
    [1.5, 2.5]
    """
    return n * N / int(N.sum())


def uniforms_controlled(rows: IntArray, columns: IntArray) -> int:
    """Length of the uniforms that :func:`controlled_counts` takes, for these cells.

    Examples
    --------
    >>> uniforms_controlled(np.array([0, 0, 1]), np.array([0, 1, 1]))
    13
    """
    margins = int(rows.max()) + int(columns.max()) + 2
    # One to order each margin and its slack, one for each cell and each slack cell at most.
    return 2 * margins + 2 + rows.size


def controlled_counts(
    N: IntArray, n: int, rows: IntArray, columns: IntArray, uniforms: FloatArray
) -> IntArray:
    """Whole numbers of cities of the cells of a two-way table, with controlled margins.

    Use it before the draw when there are more cells than cities.

    Parameters
    ----------
    N : array (H,) of int
        Cities of each cell, 1 or more.
    n : int
        Sample size, at most the sum of N.
    rows, columns : array (H,) of int
        Row and column of each cell, from 0 on; no two cells have the same ones.
    uniforms : array (uniforms_controlled(rows, columns),)
        Numbers in (0, 1).

    Returns
    -------
    array (H,) of int
        n_h with sum n. Each cell, each row total and each column total is its expectation
        n N_h / N, rounded down or up; over the uniforms the mean of n_h is exactly n N_h / N.

    Notes
    -----
    A slack row and a slack column make all margins whole. As long as there are cells that are not
    whole, a closed path of such cells exists that turns between rows and columns. Adding and
    subtracting in turns along it keeps the margins. Of the two directions one is chosen at random,
    so that no expectation changes; it is followed until a cell is whole. All is done in whole
    numbers with the denominator N. The uniforms also put the margins in a random order, in which
    the paths are looked for.

    References
    ----------
    Cox, L. H. (1987). A constructive procedure for unbiased controlled rounding. J. Amer. Statist.
    Assoc. 82, 520-524.
    Causey, B. D., Cox, L. H., Ernst, L. R. (1985). Applications of transportation theory to
    statistical problems. J. Amer. Statist. Assoc. 80, 903-909.

    Examples
    --------
    >>> cells = np.array([1, 1, 1, 1])
    >>> rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> controlled_counts(cells, 2, rows, columns, np.full(14, 0.3)).tolist() in ([1, 0, 0, 1], [0, 1, 1, 0])
    True
    """
    if len(set(zip(rows.tolist(), columns.tolist(), strict=True))) < rows.size:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Two strata lie in the same cell of the table of a controlled allocation.",
            got=f"{rows.size} strata in fewer cells",
            expected="one stratum for each cell",
            remedy="Merge strata of the same row and column.",
        )
    numbers = iter(uniforms.tolist())
    R, C = int(rows.max()) + 1, int(columns.max()) + 1
    row_order = _ranks(numbers, R + 1)
    column_order = _ranks(numbers, C + 1)

    def up(chances: int, total: int) -> bool:
        return float(next(numbers)) * total < chances

    return _round(
        [int(count) for count in N],
        n,
        [row_order[row] for row in rows.tolist()],
        [column_order[column] for column in columns.tolist()],
        (row_order[R], column_order[C]),
        up,
    )


def _ranks(numbers: Iterator[float], length: int) -> list[int]:
    values = [next(numbers) for _ in range(length)]
    ranks = [0] * length
    for rank, position in enumerate(sorted(range(length), key=values.__getitem__)):
        ranks[position] = rank
    return ranks


def _round(
    N: list[int],
    n: int,
    rows: list[int],
    columns: list[int],
    slack: Edge,
    up: Callable[[int, int], bool],
) -> IntArray:
    """Round n N_h / sum N; ``up(a, b)`` says yes with chance a / b."""
    whole = sum(N)
    counts = [n * count // whole for count in N]
    parts: dict[Edge, int] = {}
    for row, column, count in zip(rows, columns, N, strict=True):
        parts[row, column] = n * count % whole
    for edge, part in [*parts.items()]:
        for margin in ((edge[0], slack[1]), (slack[0], edge[1])):
            parts[margin] = (parts.get(margin, 0) - part) % whole
    open_cells = _Table(parts, whole)
    while path := open_cells.closed_path():
        rise = min(whole - open_cells.parts[edge] for edge in path[::2])
        rise = min([rise, *(open_cells.parts[edge] for edge in path[1::2])])
        fall = min(open_cells.parts[edge] for edge in path[::2])
        fall = min([fall, *(whole - open_cells.parts[edge] for edge in path[1::2])])
        change = rise if up(fall, rise + fall) else -fall
        for place, edge in enumerate(path):
            open_cells.add(edge, change if place % 2 == 0 else -change)
    return np.array(
        [
            count + (open_cells.parts[row, column] == whole)
            for count, row, column in zip(counts, rows, columns, strict=True)
        ],
        dtype=np.int64,
    )


class _Table:
    """The fractional parts of the cells, in units of 1 / whole, and which of them are still open."""

    def __init__(self, parts: dict[Edge, int], whole: int) -> None:
        self.parts = parts
        self.whole = whole
        # Rows are the nodes 0, 1, ...; columns the nodes -1, -2, ...
        self.cells_of: dict[int, list[Edge]] = {}
        for edge in sorted(parts):
            if parts[edge] > 0:
                for node in (edge[0], -1 - edge[1]):
                    self.cells_of.setdefault(node, []).append(edge)

    def add(self, edge: Edge, change: int) -> None:
        self.parts[edge] += change
        if self.parts[edge] in (0, self.whole):
            for node in (edge[0], -1 - edge[1]):
                self.cells_of[node].remove(edge)
                if not self.cells_of[node]:
                    del self.cells_of[node]

    def closed_path(self) -> list[Edge]:
        """Cells of a closed path, turning at each one between row and column; empty if none is open."""
        if not self.cells_of:
            return []
        node = next(iter(self.cells_of))
        seen = {node: 0}
        path: list[Edge] = []
        while True:
            first, *others = self.cells_of[node][:2]
            edge = others[0] if path and first == path[-1] else first
            path.append(edge)
            node = -1 - edge[1] if node >= 0 else edge[0]
            if node in seen:
                return path[seen[node] :]
            seen[node] = len(path)
