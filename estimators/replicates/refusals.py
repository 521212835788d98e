"""What replicates cannot do, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, quoted

if TYPE_CHECKING:
    from citysample.estimators.replicates.cells import Cell
    from citysample.sampling.record import DrawRecord

__all__ = [
    "later_stages_error",
    "refuse_linked_stages",
    "refuse_lone",
    "not_semidefinite_error",
    "refuse_response",
    "refuse_unlike",
    "refused",
]

OF_THE_FORM = "'generalized_bootstrap' or 'exact', which take any form that is positive semidefinite"


def refused(what: str, *, where: str | None = None, got: str, expected: str, remedy: str) -> EstimateError:
    """An error of replicates that do not fit."""
    return EstimateError(
        "ESTIMATE-REPLICATES-INVALID", what, where=where, got=got, expected=expected, remedy=remedy
    )


def refuse_unlike(cells: Sequence[Cell], method: str) -> list[float]:
    """The constant c of each cell; refuse cells whose units do not count alike."""
    constants = [cell.common_factor() for cell in cells]
    unlike = [cell.label for cell, c in zip(cells, constants, strict=True) if c is None]
    if unlike:
        raise refused(
            f"The method '{method}' is for units that count alike, and in this variance form they do not.",
            where=f"strata {quoted(unlike)}",
            got="a variance form that depends on unequal inclusion probabilities, balance or order",
            expected="the form 'srs' or 'with_replacement', or another one where all units of a stratum are "
            "alike, or 2 units",
            remedy=f"Use {OF_THE_FORM}.",
        )
    return [c for c in constants if c is not None]


def refuse_lone(cells: Sequence[Cell]) -> None:
    """Refuse cells of one unit: there is nothing to draw from."""
    lone = [cell.label for cell in cells if cell.units.size == 1]
    if lone:
        raise refused(
            "A stratum with one unit cannot be resampled.",
            where=f"strata {quoted(lone)}",
            got="1 unit that is not certain",
            expected="at least 2",
            remedy="Use 'generalized_bootstrap', or merge the stratum with a similar one.",
        )


def later_stages_error(draw: DrawRecord, method: str) -> EstimateError:
    """The error for units inside cities that were drawn by chance, for methods that see one stage."""
    return refused(
        f"The method '{method}' varies the cities alone. It cannot hold the variance inside them.",
        where="units inside cities that were drawn by chance",
        got=f"a sample in {len(draw.stages) + 1} stages and a variance form without replacement",
        expected="one stage, or ultimate clusters",
        remedy="Use 'bootstrap' (simple random sampling at each stage), 'generalized_bootstrap' or 'exact'. "
        "Or ask for the replicates of the form 'with_replacement', which compares the cities alone.",
    )


def refuse_linked_stages(draw: DrawRecord, method: str) -> None:
    """Refuse merged cities with units inside, for methods that need one PSU for each row."""
    if draw.links is not None and draw.stages:
        raise refused(
            f"The method '{method}' needs one city for each row, and some cities were merged since the draw.",
            where="cities that belong to several primary sampling units",
            got="units drawn inside merged cities",
            expected="cities of one unit of the draw each",
            remedy=f"Use {OF_THE_FORM}.",
        )


def refuse_response(draw: DrawRecord, form: str, method: str) -> None:
    """Refuse units that answered by chance, for methods that vary the draw alone.

    With replacement the response adds nothing in cities that were drawn by chance: the form holds it.
    """
    if draw.response is None:
        return
    by_chance = draw.response < 1.0
    held = ~draw.certain_rows() if form == "with_replacement" else np.zeros(by_chance.size, dtype=np.bool_)
    if (by_chance & ~held).any():
        raise refused(
            f"The method '{method}' varies the draw alone. It cannot hold the variance of the response.",
            where=f"{int((by_chance & ~held).sum())} units that answered by chance",
            got="probabilities to answer below 1",
            expected="a draw whose units all answered, or ultimate clusters without certainty cities",
            remedy=f"Use {OF_THE_FORM}.",
        )


def not_semidefinite_error(cell: Cell, form: str, smallest: float) -> EstimateError:
    """The error for a form that may be negative."""
    return refused(
        f"The variance form '{form}' is not positive semidefinite, so no replicates can reproduce it.",
        where=f"stratum '{cell.label}'",
        got=f"smallest eigenvalue {smallest:.6g}",
        expected="no eigenvalue below 0",
        remedy="Use a form that cannot be negative, such as 'deville', or no replicates.",
    )
