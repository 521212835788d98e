"""The drawn sample, and samples that were drawn elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.reference_frames.columns import BoolArray
from citysample.sampling.randomness import permanent_random_numbers
from citysample.sampling.record import DrawRecord

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from citysample.sampling.plan import SamplePlan
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["CitySample"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CitySample:
    """The cities that were drawn. Made by :meth:`SamplePlan.draw`.

    Parameters
    ----------
    plan : SamplePlan
        The plan of the draw.
    seed : str
        The seed.
    selected : array (N,) of bool
        True for the sampled cities, in the order of the frame.
    """

    plan: SamplePlan
    seed: str
    selected: BoolArray

    def __repr__(self) -> str:
        return f"CitySample(n={self.n} of N={self.selected.size}, seed={self.seed!r})"

    @property
    def n(self) -> int:
        """Number of sampled cities."""
        return int(self.selected.sum())

    @property
    def cities(self) -> pd.DataFrame:
        """The sampled cities, indexed by ``city_id``.

        The columns of the frame, then ``stratum``, ``pi``, ``certainty``, ``design_weight``
        (d_k = 1/pi_k) and ``random_number`` (u_k).
        """
        table = self.plan.cities_table[self.selected].copy()
        table["design_weight"] = 1.0 / table["pi"]
        table["random_number"] = permanent_random_numbers(self.seed, table.index.tolist())
        return table

    def record(self) -> DrawRecord:
        """The record of the draw; the variance is computed from it."""
        table = self.plan.cities_table[self.selected]
        return DrawRecord(
            method=self.plan.design.method,
            strata=tuple(str(label) for label in self.plan.strata_table.index),
            psu=np.arange(len(table), dtype=np.int64),
            stratum=table["stratum"].cat.codes.to_numpy().astype(np.int64),
            pi=table["pi"].to_numpy(dtype=np.float64),
            certainty=table["certainty"].to_numpy(dtype=np.bool_),
            single_psu=self.plan.design.single_psu,
        )

    def with_data(
        self,
        data: pd.DataFrame,
        *,
        period: str | int | None = None,
        id: str = "city_id",
    ) -> WeightedSample:
        """Join the indicators of the sampled cities, by city id, and give design weights.

        Parameters
        ----------
        data : pandas.DataFrame
            One row for each city, with the city id as a column or as the index. Sampled cities
            without a row are accepted and listed in ``missing``; an estimate refuses them until a
            weighting step handles them. Columns that repeat the frame are left out, and so are those
            with the names of the draw (``stratum, pi, certainty, design_weight, random_number``) and
            ``weight``, whatever they hold: the draw knows them better.
        period : str or int, optional
            Reference period of the data.
        id : str
            Name of the id column, or of the index.

        Returns
        -------
        WeightedSample

        Raises
        ------
        DataError
            An id is repeated or not in the sample; a column contradicts the frame.
        """
        from citysample.weighting.weighted_sample import WeightedSample

        return WeightedSample.from_draw(self, data, period=period, id=id)

    @classmethod
    def from_table(
        cls,
        table: pd.DataFrame,
        *,
        id: str | None = None,
        strata: str | None = None,
        psu: str | None = None,
        weights: str | None = None,
        pi: str | None = None,
        fpc: str | float | None = None,
        method: str = "srs",
        certainty: str | Collection[str] | None = None,
        single_psu: str = "fail",
        period: str | int | None = None,
    ) -> WeightedSample:
        """A sample that was drawn elsewhere, with its data, as a weighted sample.

        Parameters
        ----------
        table : pandas.DataFrame
            One row for each sampled unit.
        id : str, optional
            Column with ids. Without it the rows are numbered.
        strata : str, optional
            Column with the stratum.
        psu : str, optional
            Column with the primary sampling unit (cluster). Without it each row is one.
        weights, pi : str, optional
            Column with design weights d_k > 0, or with inclusion probabilities in (0, 1].
            Without both, ``fpc`` gives them.
        fpc : str or float, optional
            Number of PSUs N_h in the population of the stratum, or the sampling fraction if it is
            at most 1: a column or one number. Needed for ``method="srs"``.
        method : str
            ``"srs"``, ``"systematic"``, ``"pivotal"`` (the last two need ``pi``), or
            ``"with_replacement"``.
        certainty : str or collection of str, optional
            Column that marks certainty units (True or 1), or their ids.
        single_psu : str
            Rule for strata with one unit: ``"fail"``, ``"adjust"``, ``"average"``, ``"certainty"``.
        period : str or int, optional
            Reference period of the data.

        Returns
        -------
        WeightedSample

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"zone": list("NNSS"), "y": [1.0, 3.0, 2.0, 6.0], "N_h": [4, 4, 8, 8]})
        >>> survey = CitySample.from_table(table, strata="zone", fpc="N_h")
        >>> survey.weights.tolist()
        [2.0, 2.0, 4.0, 4.0]
        """
        from citysample.weighting.drawn_elsewhere import weighted_sample_from_table

        return weighted_sample_from_table(
            table,
            id=id,
            strata=strata,
            psu=psu,
            weights=weights,
            pi=pi,
            fpc=fpc,
            method=method,
            certainty=certainty,
            single_psu=single_psu,
            period=period,
        )
