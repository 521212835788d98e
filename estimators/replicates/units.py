"""The units whose weights vary together in the replicates of a draw, and the variance form over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError
from citysample.estimators.forms.stratified import (
    design_covariance,
    single_psu_strata,
    stratified_covariance,
)
from citysample.estimators.replicates.cells import Cell, cells_of
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.stages.draw_stage import ancestors

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["Units", "first_units", "form_matrix", "of_rows", "row_units", "two_stages_vary"]

LARGEST, LARGEST_ROWS = 5_000, 2_000
"""PSUs, and rows of a sample in stages, up to which the matrix of a form is computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units, and the variance form as a matrix.

    Parameters
    ----------
    unit : array (n,) of int or None
        Unit of each row, 0 to u - 1. None if the units are the PSUs.
    strata : tuple of str, length u
        Stratum of each unit.
    matrix : array (u, u)
        Q: V-hat of a total is z-check' Q z-check with the expanded totals z-check of the units.
    """

    unit: IntArray | None
    strata: tuple[str, ...]
    matrix: FloatArray

    @property
    def u(self) -> int:
        """Number of units."""
        return len(self.strata)

    def cells(self) -> list[Cell]:
        """The cells into which the form falls."""
        return cells_of(self.matrix, list(self.strata))


def form_matrix(draw: DrawRecord, form: str) -> FloatArray:
    """The variance form over the PSUs as a matrix, with the single-PSU rule of the draw.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    form : str
        A key of ``FORMS``.

    Returns
    -------
    array (m, m)
        Q, so that V-hat of the first stage is z-check' Q z-check; rows of certain PSUs are 0.
    """
    m = draw.pi.size
    _refuse_many(m, LARGEST)
    if draw.single_psu not in ("adjust", "certainty") and single_psu_strata(draw, form):
        # The rule looks at several strata, so the form is taken over all of them at once.
        return stratified_covariance(np.eye(m), draw, form)
    matrix = np.zeros((m, m))
    for h, psus in draw.random_psus():
        one = np.zeros((m, psus.size))
        one[psus, np.arange(psus.size)] = 1.0
        alone = replace(draw, certainty=draw.certainty | (draw.stratum != h))
        matrix[np.ix_(psus, psus)] = stratified_covariance(one, alone, form)
    return matrix


def first_units(draw: DrawRecord, form: str) -> Units:
    """Of each row the unit that was drawn first by chance: its PSU, or a unit inside a certainty city."""
    strata = [draw.strata[h] for h in draw.stratum]
    if not draw.stages:
        return Units(None, tuple(strata), form_matrix(draw, form))
    unit = draw.psu.copy()
    certain = draw.certainty[draw.psu]
    for stage, row in zip(draw.stages, ancestors(draw.stages), strict=True):
        here = certain & (stage.pi[row] < 1.0)
        drawn, number = np.unique(row[here], return_inverse=True)
        unit[here] = len(strata) + number
        strata += [f"{stage.parents[k]} / {stage.strata[k]} | stage {stage.stage}" for k in drawn]
        certain &= stage.pi[row] == 1.0
    return Units(unit, tuple(strata), _matrix_over(unit, len(strata), draw, form))


def row_units(draw: DrawRecord, form: str) -> Units:
    """Each row as a unit: with them the form of all stages can be written as one matrix."""
    n = draw.psu.size
    # In the order of the PSUs, so that the order of the rows of the data is irrelevant.
    order = np.argsort(draw.psu, kind="stable")
    unit = np.empty(n, dtype=np.int64)
    unit[order] = np.arange(n)
    strata = tuple(draw.strata[h] for h in draw.stratum[draw.psu[order]])
    return Units(unit, strata, _matrix_over(unit, n, draw, form))


def two_stages_vary(draw: DrawRecord) -> bool:
    """True if rows were drawn by chance inside what was drawn by chance."""
    if not draw.stages:
        return False
    times = (~draw.certainty[draw.psu]).astype(np.int64)
    for stage, row in zip(draw.stages, ancestors(draw.stages), strict=True):
        times += stage.pi[row] < 1.0
    return bool((times > 1).any())


def of_rows(draw: DrawRecord, factors: FloatArray) -> FloatArray:
    """Factors of rows that belong to several PSUs in parts, from those of the PSUs, shape (R, n).

    The weight of such a row is sum theta/pi over its PSUs, and each part varies with its own PSU.
    """
    assert draw.links is not None
    row, psu, n = draw.links.row, draw.links.psu, draw.psu.size
    part = np.zeros((draw.pi.size, n))
    np.add.at(part, (psu, row), draw.links.share / draw.pi[psu])
    return np.asarray(1.0 + (factors - 1.0) @ (part / part.sum(axis=0)), dtype=np.float64)


def _matrix_over(unit: IntArray, u: int, draw: DrawRecord, form: str) -> FloatArray:
    """The form of all stages over these units: the expanded total 1 is put on one row of each."""
    _refuse_many(u, LARGEST_ROWS)
    # Without links the form takes the expanded values as they are; with replacement there is no weight.
    weights = np.ones(unit.size) if draw.links is None else draw.weights()
    held, row = np.unique(unit, return_index=True)
    z = np.zeros((unit.size, u))
    z[row, held] = 1.0 / weights[row]
    return design_covariance(z, weights, draw, form)


def _refuse_many(u: int, most: int) -> None:
    if u > most:
        raise EstimateError(
            "ESTIMATE-REPLICATES-INVALID",
            "There are too many units for replicates of the variance form.",
            got=f"{u} units",
            expected=f"at most {most}",
            remedy="Use variance = 'design', which needs no replicates.",
        )
