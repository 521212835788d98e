"""The registry of replication methods: which designs each fits, and how it makes its replicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, did_you_mean, quoted
from citysample.estimators.replicates.cells import Cell, differences, square_root
from citysample.estimators.replicates.factors import (
    balanced_factors,
    jackknife_factors,
    mixed_factors,
    not_negative,
    rao_wu_factors,
)
from citysample.estimators.replicates.hadamard import hadamard_matrix
from citysample.estimators.replicates.preston import preston_cells, preston_stages
from citysample.estimators.replicates.refusals import (
    OF_THE_FORM,
    later_stages_error,
    not_semidefinite_error,
    refuse_linked_stages,
    refuse_lone,
    refuse_response,
    refuse_unlike,
    refused,
)
from citysample.estimators.replicates.replicates import Replicates
from citysample.estimators.replicates.request import Request
from citysample.estimators.replicates.units import Units, first_units, of_rows, row_units, two_stages_vary
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import VARIANCE_FORMS

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["REPLICATE_METHODS", "ReplicateMethod", "make_replicates"]

WITH_REPLACEMENT = "with_replacement"
IN_ORDER = "successive_difference"


@dataclass(frozen=True, slots=True)
class Made:
    """Factors (R, u) of units, or of the PSUs, and how the deviations are squared and summed."""

    unit: IntArray | None
    factors: FloatArray
    scale: float
    rscales: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class ReplicateMethod:
    """A replication method.

    Parameters
    ----------
    title : str
        Words for people.
    make : callable
        Makes the replicates from the request.
    random : bool
        True if they are drawn at random, so that a seed is needed.
    """

    title: str
    make: Callable[[Request], Made]
    random: bool = False


def make_replicates(
    draw: DrawRecord, form: str, method: str, R: int | None = None, seed: str = "", fay: float = 0.5
) -> Replicates:
    """Replicates of a sample that reproduce a variance form.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    form : str
        A variance form that fits the draw; ``sdr`` uses its own, ``"successive_difference"``.
    method : str
        A key of ``REPLICATE_METHODS``.
    R : int, optional
        Number of replicates. None: 1,000 for the bootstraps; for the others the number that the design asks
        for. The number of the jackknife is fixed; the other methods without chance need the order of a
        Hadamard matrix.
    seed : str
        Seed of the bootstraps: that of the sample, or another public text.
    fay : float
        Fay's coefficient rho for ``fay`` and ``exact``, 0 <= rho < 1. Deviations of the factors from 1 are
        1 - rho of those with rho = 0. Totals have the same variance for each rho.

    Returns
    -------
    Replicates
        For a total, ``jk1, jkn, brr, fay, sdr`` and ``exact`` give the variance of the form itself; the
        bootstraps give it in expectation over their random numbers.

    Raises
    ------
    EstimateError
        ``ESTIMATE-REPLICATES-INVALID``: the method does not fit the draw, or R, the seed or rho are out of
        range. ``ESTIMATE-CHOICE-UNKNOWN``: there is no such method. ``ESTIMATE-SINGLE-PSU`` as for the form.

    References
    ----------
    Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd ed., Springer, ch. 3 to 5. Fay (1984), Rao
    and Wu (1988), Preston (2009), Beaumont and Patak (2012): see the functions of each method.

    Examples
    --------
    >>> from citysample.sampling.record import DrawRecord
    >>> certain = np.array([True, False, False])
    >>> pi = np.where(certain, 1.0, 0.5)
    >>> draw = DrawRecord("srs", ("all",), np.arange(3), np.zeros(3, int), pi, certain, "fail")
    >>> made = make_replicates(draw, "srs", "jkn")
    >>> made.factors.tolist(), made.rscales.tolist()
    ([[1.0, 0.0, 2.0], [1.0, 2.0, 0.0]], [0.25, 0.25])
    """
    if method not in REPLICATE_METHODS:
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no replication method '{method}'.",
            got=repr(method),
            remedy=did_you_mean(method, REPLICATE_METHODS),
        )
    chosen = REPLICATE_METHODS[method]
    form = IN_ORDER if method == "sdr" else form
    made = chosen.make(Request(draw, form, method, R, seed, fay, chosen.random))
    factors, correction = not_negative(made.factors)
    number = factors.shape[0]
    rscales = np.ones(number) if made.rscales is None else made.rscales
    unit = draw.psu if made.unit is None else made.unit
    if draw.links is not None and made.unit is None:
        unit, factors = np.arange(draw.psu.size, dtype=np.int64), of_rows(draw, factors)
    return Replicates(method, unit, factors, made.scale * correction, rscales)


def _jk1(request: Request) -> Made:
    units, cells, constants = _alike(request)
    if len(cells) > 1:
        raise refused(
            "The jackknife 'jk1' is for one stratum.",
            where=f"strata {quoted(cell.label for cell in cells)}",
            got=f"{len(cells)} strata with units that are not certain",
            expected="1",
            remedy="Use 'jkn', the jackknife of stratified samples.",
        )
    factors, rscales = _left_out(request, units, cells, constants)
    return Made(units.unit, factors, float(rscales[0]))


def _jkn(request: Request) -> Made:
    units, cells, constants = _alike(request)
    factors, rscales = _left_out(request, units, cells, constants)
    return Made(units.unit, factors, 1.0, rscales)


def _left_out(
    request: Request, units: Units, cells: list[Cell], constants: list[float]
) -> tuple[FloatArray, FloatArray]:
    factors, rscales = jackknife_factors([cell.units for cell in cells], constants, units.u)
    R = factors.shape[0]
    if request.R not in (None, R):
        raise refused(
            "The number of replicates of a jackknife is the number of units that are not certain.",
            got=f"R = {request.R}",
            expected=f"R = {R}, or none given",
            remedy="Leave R out.",
        )
    # A census has no unit to leave out: one replicate, which is the sample itself.
    return (factors, rscales) if R else (np.ones((1, units.u)), np.ones(1))


def _balanced(request: Request) -> Made:
    units, cells, constants = _alike(request)
    wrong = [cell for cell in cells if cell.units.size != 2]
    if wrong:
        raise refused(
            "Balanced repeated replication needs two units in each stratum.",
            where=f"strata {quoted(cell.label for cell in wrong)}",
            got=f"{wrong[0].units.size} units that are not certain in '{wrong[0].label}'",
            expected="2",
            remedy="Use 'jkn', or 'generalized_bootstrap'.",
        )
    rho = request.rho if request.method == "fay" else 0.0
    R = request.order(len(cells))
    factors = balanced_factors([cell.units for cell in cells], constants, units.u, R, rho)
    return Made(units.unit, factors, 1.0 / (R * (1.0 - rho) ** 2))


def _bootstrap(request: Request) -> Made:
    draw, form, R = request.draw, request.form, request.number
    if form != WITH_REPLACEMENT and two_stages_vary(draw):
        refuse_linked_stages(draw, request.method)
        refuse_response(draw, form, request.method)
        rows = np.arange(draw.psu.size, dtype=np.int64)
        return Made(rows, preston_stages(draw, form, R, request.uniforms), 1.0 / R)
    units, cells, constants = _alike(request)
    refuse_lone(cells)
    if form != WITH_REPLACEMENT:
        return Made(units.unit, preston_cells(cells, constants, units.u, R, request.uniforms), 1.0 / R)
    factors = np.ones((R, units.u))
    for cell, c in zip(cells, constants, strict=True):
        m = cell.units.size
        factors[:, cell.units] = rao_wu_factors(m, c, request.uniforms(cell.label, m - 1))
    return Made(units.unit, factors, 1.0 / R)


def _generalized_bootstrap(request: Request) -> Made:
    from scipy.special import ndtri

    units, cells = _of_any_form(request)
    roots = [_root(cell, request.form) for cell in cells]
    numbers = ndtri(request.uniforms("all", sum(len(root) for root in roots)))
    return Made(units.unit, _mixed(units, cells, roots, numbers), 1.0 / request.number)


def _exact(request: Request) -> Made:
    units, cells = _of_any_form(request)
    # A shorter step keeps functions of totals near their linear part, as in Fay's half samples.
    step = 1.0 - request.rho
    roots = [step * _root(cell, request.form) for cell in cells]
    R = request.order(sum(len(root) for root in roots))
    return Made(units.unit, _mixed(units, cells, roots, hadamard_matrix(R)[:, 1:]), 1.0 / (R * step**2))


def _sdr(request: Request) -> Made:
    if IN_ORDER not in VARIANCE_FORMS[request.draw.method]:
        raise refused(
            "Successive difference replication is for samples drawn along an order.",
            got=f"a sample drawn by '{request.draw.method}'",
            expected=f"a method with the variance form '{IN_ORDER}'",
            remedy=f"Use {OF_THE_FORM}.",
        )
    units = _of_one_stage(request)
    cells = units.cells()
    found = [differences(cell.matrix) for cell in cells]
    roots = [root for root in found if root is not None]
    if len(roots) < len(found):
        raise refused(
            "Successive difference replication is for samples drawn along an order.",
            where=f"strata {quoted(c.label for c, root in zip(cells, found, strict=True) if root is None)}",
            got="strata drawn by a method without an order",
            expected="an order in each stratum",
            remedy=f"Use {OF_THE_FORM}.",
        )
    R = request.order(sum(len(root) for root in roots))
    # Half the step of the form, so that no factor is negative; hence the factor 4 of Fay and Train.
    halves = [root / 2.0 for root in roots]
    return Made(units.unit, _mixed(units, cells, halves, hadamard_matrix(R)[:, 1:]), 4.0 / R)


def _root(cell: Cell, form: str) -> FloatArray:
    root, smallest = square_root(cell.matrix)
    if smallest < 0.0:
        raise not_semidefinite_error(cell, form, smallest)
    return root


def _mixed(units: Units, cells: list[Cell], roots: list[FloatArray], numbers: FloatArray) -> FloatArray:
    """Factors from the roots of the cells; each root takes the next columns of the numbers."""
    factors = np.ones((numbers.shape[0], units.u))
    start = 0
    for cell, root in zip(cells, roots, strict=True):
        stop = start + len(root)
        factors[:, cell.units] = mixed_factors(root, numbers[:, start:stop])
        start = stop
    return factors


def _alike(request: Request) -> tuple[Units, list[Cell], list[float]]:
    """Units that were drawn first, their cells, and the constant of each cell."""
    units = _of_one_stage(request)
    cells = units.cells()
    return units, cells, refuse_unlike(cells, request.method)


def _of_one_stage(request: Request) -> Units:
    """Units that were drawn first, for methods that vary them alone."""
    draw, form = request.draw, request.form
    refuse_linked_stages(draw, request.method)
    if form != WITH_REPLACEMENT and two_stages_vary(draw):
        raise later_stages_error(draw, request.method)
    refuse_response(draw, form, request.method)
    return first_units(draw, form)


def _of_any_form(request: Request) -> tuple[Units, list[Cell]]:
    """Units and cells of a method that takes any form: rows, where more than one stage varies."""
    draw, form = request.draw, request.form
    several = draw.links is not None or (form != WITH_REPLACEMENT and two_stages_vary(draw))
    by_row = draw.response is not None or (bool(draw.stages) and several)
    units = row_units(draw, form) if by_row else first_units(draw, form)
    return units, units.cells()


REPLICATE_METHODS: dict[str, ReplicateMethod] = {
    "jk1": ReplicateMethod("jackknife of one stratum", _jk1),
    "jkn": ReplicateMethod("jackknife of a stratified sample", _jkn),
    "brr": ReplicateMethod("balanced repeated replication", _balanced),
    "fay": ReplicateMethod("balanced repeated replication with Fay's coefficient", _balanced),
    "bootstrap": ReplicateMethod(
        "rescaled bootstrap of Rao and Wu (with replacement) or Preston (without)", _bootstrap, random=True
    ),
    "generalized_bootstrap": ReplicateMethod("bootstrap of the form", _generalized_bootstrap, random=True),
    "exact": ReplicateMethod("Fay's generalised replication of the form", _exact),
    "sdr": ReplicateMethod("successive difference replication", _sdr),
}
"""The replication methods by name."""
