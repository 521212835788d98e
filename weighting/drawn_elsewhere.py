"""A sample that another program drew becomes a weighted sample with a record of its draw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DataError, DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    first_cities,
    numbers,
    refuse_count_column,
    require_columns,
    text_ids,
    with_text_names,
)
from citysample.reference_frames.readers.dataframes import pandas_table
from citysample.sampling.auxiliaries import coordinates
from citysample.sampling.record import DrawRecord
from citysample.sampling.stages.draw_stage import StageRecord
from citysample.sampling.stages.staged_sample import UNIT_ID
from citysample.weighting.delivered_replicates import replicate_columns
from citysample.weighting.elsewhere_chances import (
    given_probabilities,
    populations,
    refuse_contradiction,
    refuse_uncertain,
    srs_probabilities,
)
from citysample.weighting.elsewhere_columns import positive, refuse_values, refuse_varying, unit_numbers
from citysample.weighting.elsewhere_joint import joint_by_stratum
from citysample.weighting.elsewhere_levels import Level, read_levels, rows_level
from citysample.weighting.elsewhere_options import Elsewhere, StageOptions, stage_options
from citysample.weighting.weighted_sample import WeightedSample

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["weighted_sample_from_table"]


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """A stage with the inclusion probabilities of its units and rows; NaN where drawn with replacement."""

    options: StageOptions
    level: Level
    pi: FloatArray
    row_pi: FloatArray
    N: IntArray


def weighted_sample_from_table(table: pd.DataFrame, given: Elsewhere) -> WeightedSample:
    """See :meth:`citysample.sampling.city_sample.CitySample.from_table`."""
    options = stage_options(given)
    table = with_text_names(pandas_table(table), "DATA")
    _check_table(table, given)
    table = _with_ids(table, given.id)
    columns = [stage.psu for stage in options], [stage.strata for stage in options]
    levels = read_levels(table, *columns, nest=given.nest)
    flags, marked = _certainty(table, given.certainty, levels[0])
    if marked.any():
        _refuse_lost_stages(given, options)
    stages = _stages(table, options, levels, flags, marked)
    weights = _weights(table, given, stages)
    delivered = given.replicates.read(table, weights)
    if delivered is not None:
        table = table.drop(columns=list(delivered.names))
    draw = _record(table, given, stages, marked)
    if draw.stages:
        table.index = table.index.rename(UNIT_ID)
    period = "" if given.period is None else str(given.period)
    return WeightedSample(table, weights, draw, None, period, replicates=delivered)


def _check_table(table: pd.DataFrame, given: Elsewhere) -> None:
    named = given.columns()
    replicates = given.replicates.replicates
    names = () if replicates is None else replicate_columns(table, replicates)
    both = [name for name in names if name in {*named, given.id}]
    if both:
        raise DataError(
            "DATA-REPLICATES-INVALID",
            "Columns of the design are among the replicates.",
            got=quoted(both),
            expected="columns of their own for the replicates",
            remedy="Use a narrower pattern, or name the columns of the replicates.",
        )
    require_columns(table, [*([given.id] if given.id is not None else []), *named], "DATA", "from_table")
    if len(table) == 0:
        raise DataError(
            "DATA-EMPTY",
            "The table has no rows.",
            got="0 rows",
            expected="one row for each sampled unit",
            remedy="Check the table.",
        )
    refuse_count_column(table)
    if given.id is not None and given.id in named:
        raise DataError(
            "DATA-ID-INVALID",
            f"Column '{given.id}' cannot be the id and another part of the design.",
            got=f"id = '{given.id}', and the same column again",
            expected="a column of its own for the ids",
            remedy="Leave out id; the rows are then numbered.",
        )


def _with_ids(table: pd.DataFrame, id: str | None) -> pd.DataFrame:
    import pandas as pd

    if id is None:
        ids = [str(row + 1) for row in range(len(table))]
        result = table.copy()
    else:
        ids = text_ids(table[id], "DATA")
        result = table.drop(columns=[id])
    result.index = pd.Index(ids, dtype=object, name="city_id")
    return result


def _certainty(
    table: pd.DataFrame, certainty: str | Collection[str] | None, level: Level
) -> tuple[BoolArray, BoolArray]:
    """True for the rows that were marked as certain, shape (n,), and for the PSUs, shape (m,)."""
    if certainty is None:
        return np.zeros(len(table), dtype=np.bool_), np.zeros(level.first.size, dtype=np.bool_)
    if isinstance(certainty, str):
        values = numbers(table, certainty, "DATA")
        refuse_values(table, certainty, ~np.isin(values, (0.0, 1.0)), "True or False, 1 or 0")
        flags = np.asarray(values == 1.0)
    else:
        there = set(table.index)
        unknown = [city for city in certainty if not isinstance(city, str) or city not in there]
        if unknown:
            raise DesignError(
                "DESIGN-CERTAINTY-UNKNOWN",
                "Certainty units that were named are not in the table.",
                where=first_cities(unknown),
                remedy=did_you_mean(unknown[0], table.index),
            )
        flags = np.asarray(table.index.isin(list(certainty)), dtype=np.bool_)
    column = certainty if isinstance(certainty, str) else "certainty"
    refuse_varying(table, column, flags, level.first, level.row_unit, "primary sampling unit")
    return flags, flags[level.first]


def _refuse_lost_stages(given: Elsewhere, options: tuple[StageOptions, ...]) -> None:
    """Refuse certainty units whose inner stages are named, but left out: they hold all of their variance."""
    if given.psu is not None and not isinstance(given.psu, str) and len(given.psu) > len(options):
        raise DataError(
            "DATA-FPC-MISSING",
            "Inside certainty units the later stages are all of the variance, and their fpc is missing.",
            where="stage 2",
            got="certainty units, and no fpc or pi of the stages inside them",
            expected="fpc = [None, 'N2'], or pi and the methods of the stages",
            remedy="Give the fpc of the later stages.",
        )


def _stages(
    table: pd.DataFrame,
    options: tuple[StageOptions, ...],
    levels: list[Level],
    flags: BoolArray,
    marked: BoolArray,
) -> list[_Stage]:
    stages: list[_Stage] = []
    for chosen, level in zip(options, levels, strict=True):
        before = levels[level.stage - 2] if level.stage > 1 else None
        first = before is None
        certain = marked if first else np.zeros(level.first.size, dtype=np.bool_)
        stages.append(_stage(table, chosen, level, before, flags if first else None, certain))
    if len(stages) > 1 and levels[-1].first.size < len(table):
        last = rows_level(table, levels[-1])
        all_of_them = np.bincount(last.parent)[last.parent]
        one = np.ones(len(table))
        stages.append(
            _Stage(StageOptions(last.stage, None, None, None, None, "srs"), last, one, one, all_of_them)
        )
    return stages


def _stage(
    table: pd.DataFrame,
    chosen: StageOptions,
    level: Level,
    before: Level | None,
    flags: BoolArray | None,
    marked: BoolArray,
) -> _Stage:
    """Probabilities of the units of one stage, given that the units that hold them are in the sample."""
    unknown = np.zeros(level.first.size, dtype=np.int64)
    row_pi = None if chosen.pi is None else positive(table, chosen.pi, highest=1.0)
    # Drawn with replacement, pi may be that of the rows of a cluster; it serves for their weights alone.
    clusters = chosen.method == "with_replacement" and level.first.size < len(table)
    if chosen.pi is not None and row_pi is not None and flags is not None and not clusters:
        refuse_uncertain(table, chosen.pi, flags, row_pi)
    if chosen.method == "with_replacement":
        pi = np.where(marked, 1.0, np.nan)
        return _Stage(chosen, level, pi, pi[level.row_unit] if row_pi is None else row_pi, unknown)
    given = None if chosen.pi is None else given_probabilities(table, chosen.pi, level)
    if chosen.method != "srs":
        assert given is not None
        return _Stage(chosen, level, given, given[level.row_unit], unknown)
    assert chosen.fpc is not None
    pi = srs_probabilities(table, chosen.fpc, level, before, marked)
    if chosen.pi is not None and row_pi is not None:
        refuse_contradiction(table, chosen.pi, row_pi, level, pi)
    N = populations(table, chosen.fpc, level, before, pi)
    return _Stage(chosen, level, pi, pi[level.row_unit] if row_pi is None else row_pi, N)


def _weights(table: pd.DataFrame, given: Elsewhere, stages: list[_Stage]) -> FloatArray:
    """The weights that are given, else 1 over the product of all probabilities, that of answering too."""
    if given.weights is not None:
        return positive(table, given.weights)
    chance = np.ones(len(table)) if given.response is None else positive(table, given.response, highest=1.0)
    for stage in stages:
        chance = chance * stage.row_pi
    return np.asarray(1.0 / chance, dtype=np.float64)


def _record(table: pd.DataFrame, given: Elsewhere, stages: list[_Stage], marked: BoolArray) -> DrawRecord:
    level, pi = stages[0].level, stages[0].pi
    certainty = marked | (pi == 1.0)
    joint = {}
    if given.joint is not None:
        clusters = given.psu is not None
        joint = joint_by_stratum(given.joint, level, np.where(certainty, 1.0, pi), labelled=clusters)
    balance = _balance(table, given, level, pi)
    return DrawRecord(
        method=stages[0].options.method,
        strata=level.strata,
        psu=level.row_unit,
        stratum=level.stratum,
        pi=pi,
        certainty=certainty,
        single_psu=given.single_psu,
        joint=joint,
        balance=balance,
        coordinates=_coordinates(table, given, level),
        position=None if given.order is None else _position(table, given.order, level),
        stages=_stage_records(stages),
        # Whoever balanced the draw knows what it missed; the table does not, so it counts as balanced.
        imbalance={} if balance is None else _no_imbalance(level, balance.shape[1]),
        scores=None if given.collapse_by is None else _scores(table, given.collapse_by, level),
        response=None if given.response is None else positive(table, given.response, highest=1.0),
        form="syg" if joint else "",
    )


def _stage_records(stages: list[_Stage]) -> tuple[StageRecord, ...]:
    """The records of the stages after the first."""
    return tuple(
        StageRecord(
            stage=stage.level.stage,
            units=stage.level.labels,
            parents=tuple(before.level.labels[row] for row in stage.level.parent.tolist()),
            parent_rows=stage.level.parent,
            strata=tuple(stage.level.strata[code] for code in stage.level.stratum.tolist()),
            pi=stage.pi,
            N=stage.N,
            method=stage.options.method,
        )
        for before, stage in pairwise(stages)
    )


def _balance(table: pd.DataFrame, given: Elsewhere, level: Level, pi: FloatArray) -> FloatArray | None:
    """Balancing variables of the PSUs, (m, 1 + p): pi_k, which keeps the size, and the columns."""
    if not given.balance:
        return None
    columns = [unit_numbers(table, column, level.first, level.row_unit) for column in given.balance]
    return np.stack([pi, *columns], axis=1)


def _no_imbalance(level: Level, columns: int) -> dict[int, FloatArray]:
    return {h: np.zeros(columns) for h in range(len(level.strata))}


def _coordinates(table: pd.DataFrame, given: Elsewhere, level: Level) -> FloatArray | None:
    if not given.coordinates:
        return None
    for column in given.coordinates:
        unit_numbers(table, column, level.first, level.row_unit)
    return coordinates(table.iloc[level.first], given.coordinates)


def _position(table: pd.DataFrame, column: str, level: Level) -> IntArray:
    """Place of each PSU in the order of the draw, shape (m,); two of a stratum at one place are refused."""
    values = unit_numbers(table, column, level.first, level.row_unit)
    order = np.lexsort((values, level.stratum))
    tied = (np.diff(values[order]) == 0.0) & (np.diff(level.stratum[order]) == 0)
    if tied.any():
        both = np.flatnonzero(tied)
        units = np.unique(np.concatenate([order[both], order[both + 1]]))
        raise DataError(
            "DATA-VALUE-INVALID",
            f"Column '{column}' gives units of a stratum the same place in the order.",
            where=first_cities(level.labels[unit] for unit in units),
            expected="a different number for each unit of a stratum",
            remedy="Give the order in which the draw went through the list.",
        )
    place = np.empty(values.size, dtype=np.int64)
    place[np.argsort(values, kind="stable")] = np.arange(values.size)
    return place


def _scores(table: pd.DataFrame, column: str, level: Level) -> FloatArray:
    """The score of each stratum by which the rule 'collapse' finds similar ones, shape (H,)."""
    row_stratum = level.stratum[level.row_unit]
    _, first = np.unique(row_stratum, return_index=True)
    return unit_numbers(table, column, first, row_stratum, "stratum")
