"""Preston's rescaled bootstrap: simple random sampling without replacement, at one stage or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.estimators.replicates.cells import Cell, cells_of
from citysample.estimators.replicates.factors import half_sample_factors
from citysample.estimators.replicates.refusals import refuse_lone, refuse_unlike
from citysample.estimators.replicates.units import form_matrix
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import default_form
from citysample.sampling.record import DrawRecord

if TYPE_CHECKING:
    from citysample.sampling.stages.draw_stage import StageRecord

__all__ = ["preston_cells", "preston_stages"]

Uniforms: TypeAlias = Callable[[str, int], FloatArray]
"""Takes a label and a number, returns so many random numbers for each replicate."""


def preston_cells(
    cells: Sequence[Cell], constants: Sequence[float], u: int, R: int, uniforms: Uniforms
) -> FloatArray:
    """Factors of Preston's bootstrap for one stage.

    Parameters
    ----------
    cells : sequence of Cell
        Cells of m >= 2 units.
    constants : sequence of float
        c of each cell, 1 - f for simple random sampling.
    u, R : int
        Number of units, and of replicates.
    uniforms : callable
        Random numbers of a cell.

    Returns
    -------
    array (R, u)
        1 + lambda (delta m/m* - 1) with m* = floor(m/2), lambda^2 = c m* / (m - m*); delta is 1 if the unit
        is among the m* that the replicate draws without replacement, else 0.

    References
    ----------
    Preston, J. (2009). Rescaled bootstrap for stratified multistage sampling. Surv. Methodol. 35, 227-234.
    """
    factors = np.ones((R, u))
    for cell, c in zip(cells, constants, strict=True):
        m = cell.units.size
        factors[:, cell.units] += _step(m, c) * (half_sample_factors(uniforms(cell.label, m)) - 1.0)
    return factors


def preston_stages(draw: DrawRecord, form: str, R: int, uniforms: Uniforms) -> FloatArray:
    """Factors of the rows of a sample in several stages, by Preston's bootstrap.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw, simple random sampling at each stage.
    form : str
        The variance form of the first stage.
    R : int
        Number of replicates.
    uniforms : callable
        Random numbers of a cell.

    Returns
    -------
    array (R, n)
        The factor of a unit is that of its parent plus
        lambda prod(delta sqrt(m/m*)) (delta' m'/m'* - 1): the product is over the stages above, delta' and m'
        belong to the stage of the unit, and lambda^2 = (product of pi above) c m'* / (m' - m'*).

    References
    ----------
    Preston, J. (2009). Rescaled bootstrap for stratified multistage sampling. Surv. Methodol. 35,
    227-234, sec. 3.
    """
    strata = [draw.strata[h] for h in draw.stratum]
    cells = cells_of(form_matrix(draw, form), strata)
    refuse_lone(cells)
    factors, carried = np.ones((R, draw.pi.size)), np.ones((R, draw.pi.size))
    for cell, c in zip(cells, refuse_unlike(cells, "bootstrap"), strict=True):
        m, units = cell.units.size, cell.units
        drawn = half_sample_factors(uniforms(cell.label, m))
        factors[:, units] += _step(m, c) * (drawn - 1.0)
        carried[:, units] = drawn * np.sqrt((m // 2) / m)
    chance = np.where(draw.certainty, 1.0, draw.pi)
    for stage in draw.stages:
        parent = stage.parent_rows
        factors, carried = factors[:, parent], carried[:, parent]
        for cell in _cells_inside(stage):
            refuse_lone([cell])
            (c,) = refuse_unlike([cell], "bootstrap")
            m, units = cell.units.size, cell.units
            drawn = half_sample_factors(uniforms(cell.label, m))
            step = _step(m, c * float(chance[parent[units[0]]]))
            factors[:, units] += carried[:, units] * step * (drawn - 1.0)
            carried[:, units] *= drawn * np.sqrt((m // 2) / m)
        chance = chance[parent] * stage.pi
    return factors


def _step(m: int, c: float) -> float:
    half = m // 2
    return float(np.sqrt(c * half / (m - half)))


def _cells_inside(stage: StageRecord) -> list[Cell]:
    """The units that were drawn together by chance inside a unit of the stage before."""
    found = []
    for group in stage.groups():
        units: IntArray = group[stage.pi[group] < 1.0]
        if units.size:
            first = units[0]
            label = f"{stage.parents[first]} / {stage.strata[first]} | stage {stage.stage}"
            k = np.arange(units.size, dtype=np.int64)
            alone = DrawRecord(
                stage.method,
                (label,),
                k,
                np.zeros_like(k),
                stage.pi[units],
                np.zeros(k.size, dtype=np.bool_),
                "fail",
            )
            found.append(Cell(label, units, form_matrix(alone, default_form(stage.method, ()))))
    return found
