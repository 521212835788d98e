"""Stages of a draw: units inside the sampled cities, units inside these, and the product of all chances."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from citysample.errors import DesignError, FrameError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray, id_order
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.stages.stage_frame import StageFrame

__all__ = [
    "ONE_STRATUM",
    "StageMethod",
    "StageRecord",
    "StageSize",
    "ancestors",
    "draw_stage",
    "draw_stages",
    "first_stage",
    "overall_probabilities",
]

StageSize: TypeAlias = int | float | Mapping[str, int]
"""Units to draw: a number for each parent, a share of its units, or a number by id of the parent."""

ONE_STRATUM = "all"
"""Stratum of the units of a parent that has no strata."""

AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class StageMethod:
    """How the units of one parent (and stratum) are drawn.

    Parameters
    ----------
    name : str
        Name of the sampling method.
    select : callable
        Takes the rows of the stage frame, their probabilities in (0, 1), and the random numbers;
        returns the mask of the selected rows. A method without coordinates does not need the rows.
    uniforms : callable
        Takes a label, the full ids of the units and the number n to draw; returns the random numbers.
        The label is ``PARENT | stage 2``, or ``PARENT / STRATUM | stage 2``.
    exact_pi : callable, optional
        Takes the probabilities that the method aims at and n; returns the exact ones, where they differ.
    """

    name: str
    select: Callable[[IntArray, FloatArray, FloatArray], BoolArray]
    uniforms: Callable[[str, Sequence[str], int], FloatArray]
    exact_pi: Callable[[FloatArray, int], FloatArray] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StageRecord:
    """The units sampled at one stage, in the order of their parents. m is their number.

    Parameters
    ----------
    stage : int
        1 for cities, 2 for units inside cities, and so on.
    units : tuple of str, length m
        City ids; at later stages full ids, ``city/unit``.
    parents : tuple of str, length m
        The units of the stage before that hold them; empty texts at stage 1.
    parent_rows : array (m,) of int
        The same as rows of the record of the stage before; 0 at stage 1.
    strata : tuple of str, length m
        Stratum, at later stages inside the parent.
    pi : array (m,)
        Inclusion probability given that the parent is in the sample, in (0, 1].
    N : array (m,) of int
        Units of the stratum inside the parent. At stage 1 it is 0: the record of the draw knows it.
    method : str
        Sampling method.
    """

    stage: int
    units: tuple[str, ...]
    parents: tuple[str, ...]
    parent_rows: IntArray
    strata: tuple[str, ...]
    pi: FloatArray
    N: IntArray
    method: str

    def groups(self) -> list[IntArray]:
        """Rows of the units that were drawn together: those of a parent, or of a stratum inside it."""
        keys = list(zip(self.parent_rows.tolist(), self.strata, strict=True))
        found: dict[tuple[int, str], list[int]] = {key: [] for key in keys}
        for row, key in enumerate(keys):
            found[key].append(row)
        return [np.array(rows, dtype=np.int64) for rows in found.values()]


def first_stage(city_ids: Sequence[str], strata: Sequence[str], pi: FloatArray, method: str) -> StageRecord:
    """The sampled cities as the record of stage 1.

    Parameters
    ----------
    city_ids, strata : sequence of str, length m
        The sampled cities and their strata.
    pi : array (m,)
        Their inclusion probabilities in (0, 1].
    method : str
        Sampling method.

    Examples
    --------
    >>> first_stage(["a", "b"], ["North", "North"], np.array([0.5, 0.5]), "srs").stage
    1
    """
    rows = np.zeros(len(city_ids), dtype=np.int64)
    return StageRecord(1, tuple(city_ids), ("",) * rows.size, rows, tuple(strata), pi.copy(), rows, method)


def draw_stage(before: StageRecord, frame: StageFrame, n: StageSize, method: StageMethod) -> StageRecord:
    """Draw units inside each unit that the stage before sampled.

    Parameters
    ----------
    before : StageRecord
        The stage before: the sampled cities, or units inside them.
    frame : StageFrame
        The units that can be drawn. Units of parents that are not in the sample are not used.
    n : int, float or mapping of str to int
        Units to draw in each parent, or in each stratum of it. An int: this number, or all units where
        there are fewer. A float in (0, 1]: this share, to the nearest whole number, at least 2 or all.
        A mapping: a number for each sampled parent.
    method : StageMethod
        How the units are drawn: with probability proportional to size if the frame has sizes, else
        with equal probabilities.

    Returns
    -------
    StageRecord
        With conditional inclusion probabilities. Units that are certain by their size have 1.

    Raises
    ------
    FrameError
        ``FRAME-STAGE-INVALID``: a sampled city has no units.
    DesignError
        ``DESIGN-VALUE-INVALID``: n is out of range, or names other parents.
        ``DESIGN-STRATUM-TOO-SMALL``: a mapping asks for more units than there are.

    Notes
    -----
    pi_j|i = n_i / N_i, or n_i x_j / sum x with certain units set aside. The draws in different parents
    are independent, and the draw inside a parent does not depend on the others (invariance).

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 4.3-4.4.

    Examples
    --------
    >>> from citysample.sampling.randomness import permanent_random_numbers
    >>> from citysample.sampling.select.srs import select_srs
    >>> srs = StageMethod(
    ...     "srs",
    ...     lambda rows, pi, uniforms: select_srs(pi, uniforms),
    ...     lambda label, ids, n: permanent_random_numbers("KEN-NSC-2026", ids),
    ... )
    >>> cities = first_stage(["a", "b"], ["all", "all"], np.array([0.5, 1.0]), "srs")
    >>> areas = StageFrame(("a", "a", "a", "b", "b"), ("1", "2", "3", "1", "2"))
    >>> found = draw_stage(cities, areas, 2, srs)
    >>> found.units, found.pi.round(4).tolist()
    (('a/1', 'a/3', 'b/1', 'b/2'), [0.6667, 0.6667, 1.0, 1.0])
    >>> overall_probabilities([cities, found]).round(4).tolist()
    [0.3333, 0.3333, 1.0, 1.0]
    """
    stage = before.stage + 1
    _check_size(n, before)
    full_ids = frame.full_ids
    rows, chances, counts, parent_rows = [], [], [], []
    for parent_row, label, members in _cells(before, frame, full_ids):
        size = _number(n, before.units[parent_row], label, members.size)
        pi = _conditional(frame, members, size)
        selected = pi >= 1.0
        random = np.flatnonzero(~selected)
        if random.size:
            ids = [full_ids[row] for row in members[random]]
            left = size - int(selected.sum())
            uniforms = method.uniforms(f"{label} | stage {stage}", ids, left)
            selected[random] = method.select(members[random], pi[random], uniforms)
            if method.exact_pi is not None:
                pi[random] = method.exact_pi(pi[random], left)
        taken = np.flatnonzero(selected)
        rows += members[taken].tolist()
        chances += pi[taken].tolist()
        counts += [members.size] * taken.size
        parent_rows += [parent_row] * taken.size
    return StageRecord(
        stage=stage,
        units=tuple(full_ids[row] for row in rows),
        parents=tuple(frame.parents[row] for row in rows),
        parent_rows=np.array(parent_rows, dtype=np.int64),
        strata=tuple(ONE_STRATUM if frame.strata is None else frame.strata[row] for row in rows),
        pi=np.array(chances, dtype=np.float64),
        N=np.array(counts, dtype=np.int64),
        method=method.name,
    )


def draw_stages(
    first: StageRecord, stages: Sequence[tuple[StageFrame, StageSize, StageMethod]]
) -> tuple[StageRecord, ...]:
    """Draw all stages after the cities, one after the other; the record of each, the cities first.

    Parameters and errors are those of :func:`draw_stage`.
    """
    records = [first]
    for frame, n, method in stages:
        records.append(draw_stage(records[-1], frame, n, method))
    return tuple(records)


def ancestors(records: Sequence[StageRecord]) -> tuple[IntArray, ...]:
    """For each unit of the last stage its row in the record of each stage.

    Parameters
    ----------
    records : sequence of StageRecord
        Stages that follow each other. The first may be a later one than the cities.

    Returns
    -------
    tuple of array (m,) of int
        One array for each stage; the last is 0, 1, ..., m - 1.
    """
    rows = [np.arange(len(records[-1].units), dtype=np.int64)]
    for record in reversed(records[1:]):
        rows.append(record.parent_rows[rows[-1]])
    return tuple(reversed(rows))


def overall_probabilities(records: Sequence[StageRecord]) -> FloatArray:
    """Inclusion probabilities of the units of the last stage: the product over the stages.

    Parameters
    ----------
    records : sequence of StageRecord
        All stages, the cities first. Without the cities: the probabilities given that they are sampled.

    Returns
    -------
    array (m,)
        pi_ij = pi_i pi_j|i, and so on, in (0, 1]; the design weight is 1 / pi_ij.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, sec. 4.3.

    Examples
    --------
    >>> cities = first_stage(["a"], ["all"], np.array([0.25]), "srs")
    >>> row, one = np.array([0]), np.array([8])
    >>> areas = StageRecord(2, ("a/1",), ("a",), row, ("all",), np.array([0.5]), one, "srs")
    >>> overall_probabilities([cities, areas]).tolist()
    [0.125]
    """
    product = np.ones(len(records[-1].units))
    for record, rows in zip(records, ancestors(records), strict=True):
        product *= record.pi[rows]
    return product


def _cells(
    before: StageRecord, frame: StageFrame, full_ids: Sequence[str]
) -> Iterator[tuple[int, str, IntArray]]:
    """Row of each sampled parent, label and rows of each of its strata, in the order of the bytes of ids."""
    held: dict[str, dict[str, list[int]]] = {parent: {} for parent in before.units}
    for row in id_order(full_ids).tolist():
        strata = held.get(frame.parents[row])
        if strata is not None:
            stratum = "" if frame.strata is None else frame.strata[row]
            strata.setdefault(stratum, []).append(row)
    empty = [parent for parent, strata in held.items() if not strata]
    if empty:
        raise FrameError(
            "FRAME-STAGE-INVALID",
            f"{len(empty)} sampled cities or units have no units inside.",
            where=quoted(empty),
            expected="the units of each of them",
            remedy="Complete the list of units of the next stage.",
        )
    for parent_row, parent in enumerate(before.units):
        strata = held[parent]
        for stratum in sorted(strata, key=lambda text: text.encode("utf-8")):
            label = f"{parent} / {stratum}" if stratum else parent
            yield parent_row, label, np.array(strata[stratum], dtype=np.int64)


def _number(n: StageSize, parent: str, label: str, there: int) -> int:
    """Units to draw of those that are there."""
    if isinstance(n, Mapping):
        if n[parent] > there:
            raise DesignError(
                "DESIGN-STRATUM-TOO-SMALL",
                "More units are asked for than there are.",
                where=f"'{label}'",
                got=f"n = {n[parent]}",
                expected=f"at most {there}",
                remedy="Lower the number for this city.",
            )
        return n[parent]
    if isinstance(n, float):
        return min(there, max(AT_LEAST, math.floor(n * there + 0.5)))
    return min(there, n)


def _conditional(frame: StageFrame, members: IntArray, n: int) -> FloatArray:
    if n == members.size:
        return np.ones(n)
    if frame.size is None:
        return np.full(members.size, n / members.size)
    return inclusion_probabilities(frame.size[members], n)


def _check_size(n: StageSize, before: StageRecord) -> None:
    numbers = n if isinstance(n, Mapping) else {}
    absent = [parent for parent in before.units if parent not in numbers] if isinstance(n, Mapping) else []
    counts = list(numbers.values()) if isinstance(n, Mapping) else [n]
    share = isinstance(n, float) and 0.0 < n <= 1.0
    whole = all(isinstance(c, (int, np.integer)) and not isinstance(c, bool) and c >= 1 for c in counts)
    if absent or not (share or whole):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The number of units to draw at a later stage is not valid.",
            where=f"not named: {quoted(absent)}" if absent else f"stage {before.stage + 1}",
            got=quoted(counts),
            expected="a whole number from 1, a share from above 0 to 1, or a whole number for each city",
            remedy="Correct the number of units.",
        )
