"""Domains: the country and the parts of it for which figures are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from citysample.errors import DataError, EstimateError, did_you_mean
from citysample.reference_frames.columns import BoolArray, FloatArray, first_cities, labels, ordered_levels

if TYPE_CHECKING:
    import pandas as pd

    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["Domain", "form_domains"]

LabelArray: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """A part of the country.

    Parameters
    ----------
    by : str
        The breakdown, ``"national"`` for the country.
    label : str
        The value of the breakdown, ``"all"`` for the country.
    mask : array (n,) of bool
        True for the sampled units of the domain.
    N : int or None
        Cities of the domain that had a chance to be drawn; None if the frame does not tell.
    frame_share : float
        Part of the frame's size that these cities hold; NaN if the frame does not tell.
    members : array (N,) of bool or None
        True for these cities of the frame; None if the frame does not tell.
    """

    by: str
    label: str
    mask: BoolArray
    N: int | None
    frame_share: float
    members: BoolArray | None = None


def form_domains(survey: WeightedSample, by: str | Sequence[str | tuple[str, ...]]) -> list[Domain]:
    """The country, then the domains of each breakdown in the order of its columns.

    Domains of the frame without a sampled city are kept, so that the reader sees them.
    """
    breakdowns = _breakdowns(by)
    frame = survey.frame
    sizes = None if frame is None else frame.sizes()
    covered = _covered(survey)
    everything = np.ones(len(survey.table), dtype=np.bool_)
    domains = [
        Domain(
            "national",
            "all",
            everything,
            None if frame is None else int(covered.sum()),
            float("nan") if sizes is None else float(sizes[covered].sum() / sizes.sum()),
            None if frame is None else covered,
        )
    ]
    for columns in breakdowns:
        domains += _breakdown(survey, columns, sizes)
    return domains


def _breakdowns(by: str | Sequence[str | tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The columns of each breakdown, each breakdown once."""
    given = by if isinstance(by, (list, tuple)) else [by]
    found = [tuple(item) if isinstance(item, (list, tuple)) else (item,) for item in given]
    wrong = [
        columns for columns in found if not columns or not all(isinstance(name, str) for name in columns)
    ]
    if wrong:
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            "A breakdown names no column.",
            where="by",
            got=repr(by),
            expected="a column, a list of columns, or a list of tuples of columns for their crosses",
            remedy="Name columns of the data or of the frame; leave 'by' out for national figures alone.",
        )
    return list(dict.fromkeys(found))


def _breakdown(survey: WeightedSample, columns: tuple[str, ...], sizes: FloatArray | None) -> list[Domain]:
    for column in columns:
        if column not in survey.table.columns:
            raise DataError(
                "DATA-COLUMN-UNKNOWN",
                f"There is no column '{column}' to break the figures down by.",
                where="by",
                remedy=did_you_mean(str(column), [str(name) for name in survey.table.columns]),
            )
    frame_table = None if survey.frame is None else survey.frame.table
    known = frame_table is not None and all(column in frame_table.columns for column in columns)
    reference = frame_table if known and frame_table is not None else survey.table
    sampled = [_domain_labels(survey.table, column) for column in columns]
    everyone = [_domain_labels(reference, column) for column in columns]
    covered = _covered(survey)
    crosses = set(zip(*(column.tolist() for column in everyone), strict=True))
    domains = []
    for cross in product(*(ordered_levels(reference[column]) for column in columns)):
        if cross not in crosses:
            continue
        members = _members(everyone, cross) & (covered if known else True)
        share = float("nan")
        if known and sizes is not None:
            share = float(sizes[members].sum() / sizes.sum())
        domains.append(
            Domain(
                " / ".join(columns),
                " / ".join(cross),
                _members(sampled, cross),
                int(members.sum()) if known else None,
                share,
                members if known else None,
            )
        )
    return domains


def _covered(survey: WeightedSample) -> BoolArray:
    """Cities of the frame that had a chance to be drawn, shape (N,): the figures speak for them."""
    if survey.covered is not None:
        return survey.covered
    return np.ones(0 if survey.frame is None else survey.frame.N, dtype=np.bool_)


def _members(columns: list[LabelArray], cross: tuple[str, ...]) -> BoolArray:
    return np.asarray(
        np.logical_and.reduce([column == value for column, value in zip(columns, cross, strict=True)])
    )


def _domain_labels(table: pd.DataFrame, column: str) -> LabelArray:
    found = labels(table[column])
    empty = [city for city, label in zip(table.index, found, strict=True) if label is None]
    if empty:
        raise EstimateError(
            "ESTIMATE-DOMAIN-MISSING",
            f"Domain column '{column}' has no value for {len(empty)} cities.",
            where=first_cities(empty),
            expected="a value for each city",
            remedy="Fill in the values; use a label of its own for 'unknown'.",
        )
    return np.array(found, dtype=object)
