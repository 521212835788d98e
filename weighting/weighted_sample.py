"""The weighted sample: the cities, their data, their weights and the record of the draw."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from citysample.errors import DataError, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    first_cities,
    labels,
    refuse_count_column,
    require_columns,
    text_ids,
    with_text_names,
)
from citysample.reference_frames.readers.dataframes import pandas_table
from citysample.sampling.plan import CITY_COLUMNS
from citysample.weighting.city_errors import CityErrors, ErrorColumns, city_errors

if TYPE_CHECKING:
    import pandas as pd

    from citysample.estimators.estimates import Estimates
    from citysample.estimators.options import AnyIndicator
    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.record import DrawRecord
    from citysample.sampling.rounds.round_sample import AnySample
    from citysample.sampling.stages.staged_sample import StagedSample
    from citysample.weighting.delivered_replicates import DeliveredReplicates

__all__ = ["WeightedSample"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeightedSample:
    """Sampled cities with data and weights. Made by ``CitySample.with_data`` or ``from_table``.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each sampled city, indexed by ``city_id``, or for each unit drawn inside the
        cities, indexed by ``unit_id``; frame columns, then data columns.
    weights : array (n,)
        Weights w_k > 0; here the design weights.
    draw : DrawRecord
        The record of the draw.
    frame : CityFrame or None
        The frame, if the sample was drawn from one.
    period : str
        Reference period of the data; empty if not given.
    missing : tuple of str
        Sampled cities without a row in the data.
    covered : array (N,) of bool or None
        Cities of the frame that had a chance to be drawn; None if all had.
    replicates : DeliveredReplicates or None
        Replicate weights, if they were delivered with the data.
    errors : CityErrors
        Standard errors inside the cities, if :meth:`with_errors` gave them.
    """

    table: pd.DataFrame
    weights: FloatArray
    draw: DrawRecord
    frame: CityFrame | None = None
    period: str = ""
    missing: tuple[str, ...] = ()
    covered: BoolArray | None = None
    replicates: DeliveredReplicates | None = None
    errors: CityErrors = field(default_factory=CityErrors)

    def __repr__(self) -> str:
        return f"WeightedSample({len(self.table)} rows, {len(self.missing)} without data)"

    @property
    def cities(self) -> pd.DataFrame:
        """The table with ``stratum``, ``pi`` and ``certainty`` of the draw, and the ``weight``.

        They take the place of columns of the same name.
        """
        table = self.table.copy()
        psu = self.draw.psu
        table["stratum"] = [self.draw.strata[h] for h in self.draw.stratum[psu]]
        table["pi"] = self.draw.row_pi()
        table["certainty"] = self.draw.certain_rows()
        table["weight"] = self.weights
        return table

    @classmethod
    def from_draw(
        cls,
        sample: AnySample | StagedSample,
        data: pd.DataFrame,
        *,
        period: str | int | None,
        id: str,
    ) -> WeightedSample:
        """Join data to a drawn sample by city id, or by unit id."""
        sampled = sample.rows
        data = _indexed(data, id)
        data = data.drop(index=[city for city in sample.added if city in data.index])
        _refuse_not_sampled(sample, data)
        data = _without_known_columns(data, sampled)
        draw = sample.record()
        joined = sampled.join(data.reindex(sampled.index))
        absent = tuple(city for city in sampled.index if city not in data.index)
        period_text = "" if period is None else str(period)
        return cls(joined, draw.weights(), draw, sample.frame, period_text, absent, sample.covered)

    def with_errors(
        self, errors: ErrorColumns | None = None, *, common: Mapping[str, float] | None = None
    ) -> WeightedSample:
        """The same sample, with what is known of the errors inside the cities.

        Use it where a city's figure is an estimate itself: from a survey in the city, or from sampled circles
        of streets. The variance then grows by sum_k w_k v(z_k).

        Parameters
        ----------
        errors : mapping, optional
            ``{"built": "built_se"}`` names the column with the standard errors of ``built``, in its unit.
            ``{("built", "land"): "built_land_cov"}`` names the column with covariances; 0 in its place says
            that the two were measured independently.
        common : mapping of str to float, optional
            Relative errors that all cities share, such as ``{"built": 0.02}`` for a map that shows 2 % too
            much. They are bias: each note says how far they would move the figure; no interval holds them.

        Returns
        -------
        WeightedSample

        Raises
        ------
        DataError
            A column is unknown, or the values are no covariances.

        Examples
        --------
        >>> import pandas as pd
        >>> import citysample as cs
        >>> table = pd.DataFrame({"y": [4.0, 6.0, 9.0], "se": [0.5, 0.5, 1.0]})
        >>> survey = cs.CitySample.from_table(table, fpc=3).with_errors({"y": "se"})
        >>> row = survey.estimate("total(y)").rows[0]
        >>> round(row.se**2, 6)
        1.5
        """
        known = city_errors(self.table, {} if errors is None else errors, {} if common is None else common)
        return replace(self, errors=known)

    def estimate(
        self,
        indicators: Mapping[str, AnyIndicator] | AnyIndicator,
        *,
        by: str | Sequence[str | tuple[str, ...]] = (),
        variance: str = "design",
        interval: str = "auto",
        confidence_level: float = 0.95,
        df: str | float = "design",
        proxy: str | None = None,
        form: str = "design",
        replicates: int | None = None,
        seed: str = "replicates",
        fay: float = 0.5,
    ) -> Estimates:
        """Estimate national figures and figures of domains, with variances and intervals.

        Parameters
        ----------
        indicators : mapping of str to expression
            Names and what to estimate: an expression such as ``cs.Ratio("y", "x")``, its text
            ``"ratio(y, x)"``, or an :class:`Indicator` with unit and estimand. One expression
            alone is named by its text.
        by : str or sequence
            Breakdowns: ``"a"``; ``["a", "b"]`` for two; ``[("a", "b")]`` for their cross. The
            national row is always there.
        variance : str
            ``"design"``: the form that the draw recorded, or the replicate weights that were delivered.
            A form that fits the draw: ``"srs"``, ``"syg"``, ``"deville"``, ``"with_replacement"`` and others.
            Or replicates: ``"jk1"``, ``"jkn"``, ``"brr"``, ``"fay"``, ``"bootstrap"``, ``"exact"``,
            ``"generalized_bootstrap"``, ``"sdr"``.
        interval : str
            ``"auto"``: logit for shares, Woodruff for quantiles, log for totals and means of quantities that
            are never negative, else t. Or ``"t"``, ``"normal"``, ``"logit"``, ``"wilson"``, ``"beta"``,
            ``"log"``, ``"fieller"``, ``"exact"``, ``"percentile"``, ``"studentised"``.
        confidence_level : float
            Between 0 and 1, for example 0.95.
        df : str or float
            ``"design"`` (cities that are not certain, minus their strata), ``"nominal"``
            (all PSUs minus all strata), ``"satterthwaite"`` (from a proxy in the frame), or a number.
        proxy : str, optional
            Frame column for ``df="satterthwaite"``; the size of the cities if it is not given.
        form : str
            The variance form that the replicates stand for: that of the draw, or ``"with_replacement"``,
            which leaves out the finite population correction.
        replicates : int, optional
            Number of replicates; the default is 1,000 for the bootstraps, else what the design asks for.
        seed : str
            Seed of the bootstraps.
        fay : float
            Fay's coefficient for ``variance="fay"``, at least 0 and below 1.

        Returns
        -------
        Estimates

        Raises
        ------
        DataError
            A column is unknown, holds text, or has no value for a sampled city.
        EstimateError
            An option does not fit the draw, or a stratum has a single PSU and no rule.
        """
        from citysample.estimators.estimate import estimate
        from citysample.estimators.options import Options

        options = Options(variance, interval, confidence_level, df, proxy, form, replicates, seed, fay)
        return estimate(self, indicators, by=by, options=options)


def _indexed(data: pd.DataFrame, id: str) -> pd.DataFrame:
    """The data indexed by city id as text; ids checked, reserved names refused."""
    data = pandas_table(data)
    if id not in data.columns:
        if data.index.name != id:
            require_columns(data, [id], "DATA", "city id of the data")
        data = data.reset_index()
    data = with_text_names(data, "DATA")
    refuse_count_column(data)
    ids = text_ids(data[id], "DATA")
    indexed = data.drop(columns=[id])
    indexed.index = _object_index(ids)
    return indexed


def _without_known_columns(data: pd.DataFrame, sampled: pd.DataFrame) -> pd.DataFrame:
    """The columns that only the data have; a column that contradicts the frame is refused.

    People add their indicators to a copy of ``sample.csv``, and spreadsheets round and translate its
    cells. So the columns of the draw are left out unseen.
    """
    data = data.drop(columns=[column for column in CITY_COLUMNS if column in data.columns])
    shared = [column for column in data.columns if column in sampled.columns]
    for column in shared:
        pairs = zip(
            data.index, labels(sampled[column].reindex(data.index)), labels(data[column]), strict=True
        )
        differ = [city for city, here, there in pairs if not _same(here, there)]
        if differ:
            raise DataError(
                "DATA-COLUMN-CLASH",
                f"Column '{column}' of the data contradicts the city frame.",
                where=first_cities(differ),
                got=quoted(data.loc[differ, column]),
                expected="the values of the frame, or another name",
                remedy="The columns of the frame and of the draw are not needed in the data: delete them. "
                "If it is a new measurement, rename the column.",
            )
    return data.drop(columns=shared)


def _same(here: str | None, there: str | None) -> bool:
    """True for equal texts, whatever their case, and for numbers that a spreadsheet rounded."""
    if here is None or there is None:
        return here is there
    try:
        return math.isclose(float(here), float(there), rel_tol=1e-9)
    except ValueError:
        return here.lower() == there.lower()


def _object_index(ids: list[str]) -> pd.Index:
    import pandas as pd

    return pd.Index(ids, dtype=object, name="city_id")


def _refuse_not_sampled(sample: AnySample | StagedSample, data: pd.DataFrame) -> None:
    sampled = set(sample.rows.index)
    strange = [row for row in data.index if row not in sampled]
    if not strange:
        return
    known = set(sample.listed)
    what = "cities" if sample.rows.index.name == "city_id" else "units"
    outside = [row for row in strange if row not in known]
    short = {row.lstrip("0"): row for row in known}
    lost = [row for row in outside if row in short]
    hint = f"'{lost[0]}' looks like '{short[lost[0]]}' without its zeros: store ids as text. " if lost else ""
    raise DataError(
        "DATA-ID-NOT-SAMPLED",
        f"The data hold {len(strange)} {what} that are not in the sample.",
        where=f"{what} {quoted(strange)}",
        got=f"{len(outside)} of them are not even in the frame" if outside else "all are in the frame",
        expected=f"only the {sample.n} sampled {what}",
        remedy=f"{hint}Check the ids. Keep the sampled {what} only; one that was not drawn has no weight.",
    )
