"""A sample that another program drew becomes a weighted sample with a record of its draw."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DataError, DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    complete_labels,
    first_cities,
    numbers,
    ordered_levels,
    refuse_count_column,
    require_columns,
    text_ids,
    with_text_names,
)
from citysample.sampling.methods import METHODS
from citysample.sampling.record import SINGLE_PSU_RULES, DrawRecord
from citysample.sampling.stratify.strata import WHOLE_COUNTRY
from citysample.weighting.design_weights import design_weights
from citysample.weighting.weighted_sample import WeightedSample

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["weighted_sample_from_table"]

ELSEWHERE = (*(name for name, method in METHODS.items() if not method.balanced), "with_replacement")
"""Methods of samples drawn elsewhere; the variance of a balanced draw needs what only its record holds."""


def weighted_sample_from_table(
    table: pd.DataFrame,
    *,
    id: str | None,
    strata: str | None,
    psu: str | None,
    weights: str | None,
    pi: str | None,
    fpc: str | float | None,
    method: str,
    certainty: str | Collection[str] | None,
    single_psu: str,
    period: str | int | None,
) -> WeightedSample:
    """See :meth:`citysample.sampling.city_sample.CitySample.from_table`."""
    _check_options(method, single_psu, weights, pi, fpc)
    table = with_text_names(table, "DATA")
    named = [column for column in (id, strata, psu, weights, pi) if column]
    named += [column for column in (fpc, certainty) if isinstance(column, str)]
    require_columns(table, named, "DATA", "from_table")
    _check_table(table, id, named)
    table = _with_ids(table, id)
    stratum_names, row_stratum = _codes(table, strata, WHOLE_COUNTRY)
    row_psu, psu_first = _psu_codes(table, psu, row_stratum)
    stratum = row_stratum[psu_first]
    flags = _certainty_flags(table, certainty)
    marked = flags[psu_first]
    flag_column = certainty if isinstance(certainty, str) else "certainty"
    _refuse_varying(table, flag_column, flags, marked[row_psu], "primary sampling unit")
    row_pi = None if pi is None else _positive(table, pi, highest=1.0)
    row_weights = None if weights is None else _positive(table, weights)
    if row_pi is not None:
        _refuse_varying(table, pi, row_pi, row_pi[psu_first][row_psu], "primary sampling unit")
        _refuse_values(table, pi, flags & (row_pi < 1.0), "1 for a certainty unit")
    if method == "srs":
        psu_pi = _srs_probabilities(table, fpc, stratum_names, row_stratum, stratum, marked)
        if row_pi is not None:
            differ = ~np.isclose(row_pi, psu_pi[row_psu], rtol=1e-6, atol=0.0)
            _refuse_values(table, pi, differ, "n_h/N_h, as the fpc says")
    elif method == "with_replacement":
        psu_pi = np.where(marked, 1.0, np.nan)
    else:
        assert row_pi is not None
        psu_pi = np.where(marked, 1.0, row_pi[psu_first])
    if row_weights is None:
        row_weights = design_weights(psu_pi[row_psu] if row_pi is None else row_pi)
    draw = DrawRecord(
        method=method,
        strata=tuple(stratum_names),
        psu=row_psu,
        stratum=stratum,
        pi=psu_pi,
        certainty=marked | (psu_pi == 1.0),
        single_psu=single_psu,
    )
    return WeightedSample(table, row_weights, draw, None, "" if period is None else str(period))


def _check_options(
    method: str, single_psu: str, weights: str | None, pi: str | None, fpc: str | float | None
) -> None:
    if method not in ELSEWHERE:
        raise DesignError(
            "DESIGN-METHOD-UNKNOWN",
            f"A sample drawn elsewhere by '{method}' cannot be estimated from.",
            got=repr(method),
            expected=f"one of {', '.join(map(repr, ELSEWHERE))}",
            remedy="Say 'pivotal' for a balanced sample: its variance ignores the balance, and is cautious."
            if method in METHODS
            else did_you_mean(method, ELSEWHERE),
        )
    if single_psu not in SINGLE_PSU_RULES:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "There is no such rule for single-PSU strata.",
            got=repr(single_psu),
            expected=f"one of {quoted(SINGLE_PSU_RULES)}",
            remedy="Correct single_psu.",
        )
    if weights is not None and pi is not None:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "Weights and inclusion probabilities are given.",
            got=f"weights = '{weights}', pi = '{pi}'",
            expected="one of the two",
            remedy="Give the weights, or give pi; design weights are 1/pi.",
        )
    if method == "srs" and fpc is None:
        raise DataError(
            "DATA-FPC-MISSING",
            "A sample without replacement needs the number of PSUs in the population (fpc).",
            got="no fpc",
            expected="a column with N_h, or with the sampling fraction",
            remedy="Give fpc. If the PSUs were drawn with replacement, say method = 'with_replacement'.",
        )
    if fpc is not None and (method != "srs" or isinstance(fpc, bool)):
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "The fpc does not go with the method.",
            got=f"fpc = {fpc!r}, method = '{method}'",
            expected="an fpc (a column or a number) for 'srs' only",
            remedy="Remove fpc, or correct the method. 'systematic' and 'pivotal' take pi instead.",
        )
    if method in METHODS and not METHODS[method].equal_probability and pi is None:
        raise DataError(
            "DATA-WEIGHT-INVALID",
            f"Method '{method}' needs the inclusion probabilities.",
            got="no pi",
            expected="a column with pi_k in (0, 1]",
            remedy="Give pi.",
        )
    if method == "with_replacement" and weights is None and pi is None:
        raise DataError(
            "DATA-WEIGHT-INVALID",
            "A sample with replacement needs weights.",
            got="neither weights nor pi",
            expected="a column with weights above 0",
            remedy="Give weights.",
        )


def _check_table(table: pd.DataFrame, id: str | None, named: list[str]) -> None:
    if len(table) == 0:
        raise DataError(
            "DATA-EMPTY",
            "The table has no rows.",
            got="0 rows",
            expected="one row for each sampled unit",
            remedy="Check the table.",
        )
    refuse_count_column(table)
    if id is not None and named.count(id) > 1:
        raise DataError(
            "DATA-ID-INVALID",
            f"Column '{id}' cannot be the id and another part of the design.",
            got=f"id = '{id}', and the same column again",
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


def _codes(table: pd.DataFrame, column: str | None, single: str) -> tuple[list[str], IntArray]:
    if column is None:
        return [single], np.zeros(len(table), dtype=np.int64)
    values = complete_labels(table, column, "DATA")
    names = ordered_levels(table[column])
    position = {name: code for code, name in enumerate(names)}
    return names, np.array([position[value] for value in values], dtype=np.int64)


def _psu_codes(table: pd.DataFrame, column: str | None, row_stratum: IntArray) -> tuple[IntArray, IntArray]:
    """PSU code of each row, and the first row of each PSU."""
    if column is None:
        return np.arange(len(table)), np.arange(len(table))
    names, row_psu = _codes(table, column, "")
    first = np.array([int(np.argmax(row_psu == code)) for code in range(len(names))], dtype=np.int64)
    split = row_stratum != row_stratum[first][row_psu]
    if split.any():
        raise DataError(
            "DATA-PSU-NOT-NESTED",
            "A primary sampling unit lies in more than one stratum.",
            where=f"column '{column}': {quoted(dict.fromkeys(names[code] for code in row_psu[split]))}",
            expected="each PSU in one stratum",
            remedy="Number the PSUs anew in each stratum, or correct the strata.",
        )
    return row_psu, first


def _certainty_flags(table: pd.DataFrame, certainty: str | Collection[str] | None) -> BoolArray:
    if certainty is None:
        return np.zeros(len(table), dtype=np.bool_)
    if isinstance(certainty, str):
        flags = numbers(table, certainty, "DATA")
        _refuse_values(table, certainty, ~np.isin(flags, (0.0, 1.0)), "True or False, 1 or 0")
        return np.asarray(flags == 1.0)
    unknown = [city for city in certainty if city not in table.index]
    if unknown:
        raise DesignError(
            "DESIGN-CERTAINTY-UNKNOWN",
            "Certainty units that were named are not in the table.",
            where=first_cities(unknown),
            remedy=did_you_mean(unknown[0], table.index),
        )
    return np.asarray(table.index.isin(list(certainty)), dtype=np.bool_)


def _positive(table: pd.DataFrame, column: str, highest: float = np.inf) -> FloatArray:
    values = numbers(table, column, "DATA")
    expected = "a number above 0" if np.isinf(highest) else f"a number above 0 and at most {highest:g}"
    _refuse_values(table, column, ~((values > 0) & (values <= highest)), expected)
    return values


def _refuse_values(table: pd.DataFrame, column: str | None, bad: BoolArray, expected: str) -> None:
    if bad.any():
        raise DataError(
            "DATA-WEIGHT-INVALID",
            f"Column '{column}' has {int(bad.sum())} values out of range.",
            where=first_cities(table.index[bad]),
            got=quoted(table[column][bad].tolist()),
            expected=expected,
            remedy="Correct the values.",
        )


def _refuse_varying(
    table: pd.DataFrame,
    column: str | float | None,
    values: FloatArray | BoolArray,
    constant: FloatArray | BoolArray,
    group: str,
) -> None:
    bad = values != constant
    if bad.any():
        raise DataError(
            "DATA-FPC-VARIES",
            f"Column '{column}' is not constant in a {group}.",
            where=first_cities(table.index[bad]),
            got=quoted(values[bad].tolist()),
            expected=f"one value for each {group}",
            remedy="Correct the values.",
        )


def _srs_probabilities(
    table: pd.DataFrame,
    fpc: str | float | None,
    names: list[str],
    row_stratum: IntArray,
    stratum: IntArray,
    marked: BoolArray,
) -> FloatArray:
    """Pi of each PSU: n_h/N_h of the part of the stratum that is not certain."""
    assert fpc is not None
    if isinstance(fpc, str):
        values = _positive(table, fpc)
        first = np.array([int(np.argmax(row_stratum == h)) for h in range(len(names))])
        _refuse_varying(table, fpc, values, values[first][row_stratum], "stratum")
        by_stratum = values[first]
    else:
        by_stratum = np.full(len(names), float(fpc))
    pi = np.ones(stratum.size)
    for h, name in enumerate(names):
        members = stratum == h
        n, certain, given = int(members.sum()), int((members & marked).sum()), float(by_stratum[h])
        if n == certain:
            continue
        if given > 1:
            population = given - certain
            fraction = (n - certain) / population if population > 0 else np.inf
        else:
            fraction = given
        if not 0 < fraction <= 1 or (given <= 1 and certain):
            raise DataError(
                "DATA-WEIGHT-INVALID",
                "The fpc does not fit the sample.",
                where=f"stratum '{name}': {n} sampled PSUs, {certain} of them certain",
                got=f"fpc = {given:.15g}",
                expected=f"N_h >= {n}" if given > 1 or certain else "a fraction above 0 and at most 1",
                remedy="Correct the fpc. Give N_h, not a fraction, where a stratum has certainty units.",
            )
        pi[members & ~marked] = fraction
    return pi
