"""The variance form as a matrix, and the cells into which it falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citysample.reference_frames.columns import FloatArray, IntArray

__all__ = ["Cell", "cells_of", "differences", "square_root"]

ALIKE = 1e-10
"""Entries of two forms that differ by less than this part are the same."""

ROUNDING = 1e-13
"""An eigenvalue below this part of the largest is zero but for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Units whose variance is estimated together: the random units of a stratum, or of merged strata.

    Parameters
    ----------
    label : str
        The strata; a number in parentheses where they fall into several cells.
    units : array (m,) of int
        The units.
    matrix : array (m, m)
        Q of the variance form: V-hat of the cell is z-check' Q z-check.
    """

    label: str
    units: IntArray
    matrix: FloatArray

    def common_factor(self) -> float | None:
        """The c of a form c m/(m - 1) sum (z-check - mean)^2, or c z-check^2 for one unit; None for others.

        It is 1 - f for simple random sampling, and 1 with replacement.
        """
        m = self.units.size
        c = float(np.trace(self.matrix)) / m
        alike = np.eye(m) if m == 1 else (np.eye(m) - 1.0 / m) * (m / (m - 1.0))
        close = np.allclose(self.matrix, c * alike, rtol=0.0, atol=ALIKE * abs(c))
        return c if close and c > 0.0 else None


def cells_of(matrix: FloatArray, strata: list[str]) -> list[Cell]:
    """Cells of a variance form: units that it links to each other, in the order of their first units.

    Parameters
    ----------
    matrix : array (u, u)
        The form of all units.
    strata : list of str, length u
        Stratum of each unit.

    Returns
    -------
    list of Cell
        Units that the form leaves out, such as certain ones, lie in no cell.

    Examples
    --------
    >>> matrix = np.array([[2.0, -2.0, 0.0], [-2.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    >>> [(cell.label, cell.units.tolist()) for cell in cells_of(matrix, ["A", "A", "B"])]
    [('A', [0, 1])]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    linked = matrix != 0.0
    _, component = connected_components(csr_array(linked), directed=False)
    order = np.argsort(component, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(component[order])) + 1)
    held = [units for units in groups if linked[np.ix_(units, units)].any()]
    found: list[Cell] = []
    times: dict[str, int] = {}
    for units in sorted(held, key=lambda units: int(units[0])):
        label = " + ".join(dict.fromkeys(strata[k] for k in units))
        times[label] = times.get(label, 0) + 1
        # Each cell has random numbers of its own, which go by its label.
        label += f" ({times[label]})" if times[label] > 1 else ""
        found.append(Cell(label, units.astype(np.int64), matrix[np.ix_(units, units)]))
    return found


def square_root(matrix: FloatArray) -> tuple[FloatArray, float]:
    """The symmetric square root of a matrix that is positive semidefinite, and its smallest eigenvalue.

    Parameters
    ----------
    matrix : array (m, m)
        Symmetric.

    Returns
    -------
    root : array (m, m)
        S = S' with S S = Q. It is unique, so it does not depend on how the eigenvectors are found.
    smallest : float
        The smallest eigenvalue; 0 if it is zero but for rounding. Below 0 there is no root.

    References
    ----------
    Higham, N. J. (2008). Functions of Matrices, SIAM, theorem 1.29.

    Examples
    --------
    >>> root, smallest = square_root(np.array([[2.0, -2.0], [-2.0, 2.0]]))
    >>> root.round(12).tolist(), smallest
    ([[1.0, -1.0], [-1.0, 1.0]], 0.0)
    """
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    values = np.where(np.abs(values) <= ROUNDING * np.abs(values).max(), 0.0, values)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return np.asarray((root + root.T) / 2.0, dtype=np.float64), float(values.min())


def differences(matrix: FloatArray) -> FloatArray | None:
    """The differences of which a form along an order is made; None if it is not made so.

    Parameters
    ----------
    matrix : array (m, m)
        The form of a cell.

    Returns
    -------
    array (d, m) or None
        B with B'B = Q: a row sqrt(w_kl) (e_k - e_l) for each pair of neighbours, and sqrt(w_k) e_k where the
        square of one unit is left. None if a unit has more than two neighbours, or a w is negative.

    Examples
    --------
    >>> differences(np.array([[4.0, -4.0], [-4.0, 4.0]])).tolist()
    [[2.0, -2.0]]
    """
    m = matrix.shape[0]
    tiny = ALIKE * float(np.abs(matrix).max())
    first, second = np.nonzero(np.triu(np.abs(matrix) > tiny, k=1))
    degree = np.bincount(np.concatenate([first, second]), minlength=m)
    rest = matrix.sum(axis=1)
    alone = np.flatnonzero(np.abs(rest) > tiny)
    if (degree > 2).any() or (matrix[first, second] > 0.0).any() or (rest[alone] < 0.0).any():
        return None
    found = np.zeros((first.size + alone.size, m))
    row = np.arange(first.size)
    step = np.sqrt(-matrix[first, second])
    found[row, first], found[row, second] = step, -step
    found[first.size + np.arange(alone.size), alone] = np.sqrt(rest[alone])
    return found
