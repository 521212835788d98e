"""The drawn sample, and samples that were drawn elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.draw_record import approached_cities, approached_pi, record_of
from citysample.sampling.drawing import Drawn
from citysample.sampling.randomness import permanent_random_numbers
from citysample.sampling.record import Decision, DrawRecord
from citysample.sampling.releasing import check_added, check_release, decisions_after
from citysample.sampling.stages.drawn_cities import DrawnCities

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.balance import BalanceTable
    from citysample.sampling.plan import SamplePlan
    from citysample.sampling.rounds.register import CityRegister
    from citysample.weighting.elsewhere_joint import JointMatrix
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["CitySample"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CitySample(DrawnCities):
    """The cities that were drawn. Made by :meth:`SamplePlan.draw`.

    Parameters
    ----------
    plan : SamplePlan
        The plan of the draw.
    seed : str
        The seed.
    drawn : Drawn
        Main sample and substitutes, in the order of the frame.
    released : mapping of str to int
        Substitutes that were approached, by stratum.
    added : tuple of str
        Cities that were added on purpose after the draw.

    Attributes
    ----------
    selected : array (N,) of bool
        True for the cities of the frame that are in the sample, released substitutes included.
    pi : array (N,)
        Inclusion probabilities of all cities of the frame, for the cities approached.
    """

    plan: SamplePlan
    seed: str
    drawn: Drawn
    released: Mapping[str, int] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    selected: BoolArray = field(init=False)
    pi: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        state = (self.plan, self.drawn, self.released)
        for name, array in (("selected", approached_cities(*state)), ("pi", approached_pi(*state))):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        return f"CitySample(n={self.n} of N={self.frame.N}, seed={self.seed!r})"

    @classmethod
    def of_mask(cls, plan: SamplePlan, seed: str, selected: BoolArray) -> CitySample:
        """The sample of a plan that consists of these cities: to go through all samples, or through many.

        Parameters
        ----------
        plan : SamplePlan
            The plan.
        seed : str
            A name for the draw.
        selected : array (N,) of bool
            True for the sampled cities, in the order of the frame.
        """
        none = np.zeros(selected.size, dtype=np.int64)
        return cls(plan, seed, Drawn(np.asarray(selected), none, plan.arrays.aims, {}))

    @property
    def frame(self) -> CityFrame:
        """The frame of the draw, with the size classes of the design."""
        return self.plan.frame

    @property
    def covered(self) -> BoolArray:
        """True for the cities of the frame that had a chance to be drawn, shape (N,)."""
        return self.plan.arrays.codes >= 0

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided by rule, in the plan, at the draw and after it."""
        return self.plan.decisions + self.drawn.decisions + decisions_after(self)

    @property
    def n(self) -> int:
        """Number of sampled cities, those added on purpose not counted."""
        return int(self.selected.sum())

    @property
    def cities(self) -> pd.DataFrame:
        """The sampled cities, indexed by ``city_id``.

        The columns of the frame, then ``stratum``, ``pi``, ``certainty``, ``design_weight`` (d_k = 1/pi_k),
        ``random_number`` (u_k) and ``role``: ``random``, ``certainty``, ``purposive``, ``legacy``,
        ``substitute`` or ``added``. Added cities come last, with weight 0.
        """
        import pandas as pd

        table = self._table(self.selected)
        if not self.added:
            return table
        added = np.asarray(self.plan.cities_table.index.isin(self.added))
        return pd.concat([table, self._table(added, role="added", weight=0.0)])

    @property
    def substitutes(self) -> pd.DataFrame:
        """The substitutes that were not released yet, by stratum and rank, indexed by ``city_id``."""
        waiting = (self.drawn.rank > 0) & ~self.selected
        table = self.plan.cities_table[waiting].copy()
        table = table.drop(columns=["pi", "certainty"])
        table["substitute_rank"] = self.drawn.rank[waiting]
        keys = ["stratum", "substitute_rank"] if self.plan.design.over == "stratum" else ["substitute_rank"]
        return table.sort_values(keys, kind="stable")

    def _table(self, members: BoolArray, *, role: str = "", weight: float | None = None) -> pd.DataFrame:
        table = self.plan.cities_table[members].copy()
        table["pi"] = self.pi[members]
        table["certainty"] = table["pi"] == 1.0
        table["design_weight"] = 1.0 / table["pi"] if weight is None else weight
        table["random_number"] = permanent_random_numbers(self.seed, table.index.tolist())
        table["role"] = role or self._roles()[members]
        return table

    def _roles(self) -> npt.NDArray[np.object_]:
        """How each city would come into the sample, shape (N,)."""
        role = np.full(self.selected.size, "random", dtype=object)
        role[self.drawn.rank > 0] = "substitute"
        role[self.plan.arrays.pi == 1.0] = "certainty"
        if self.plan.arrays.kept is not None:
            role[self.plan.arrays.kept] = "legacy"
        role[np.asarray(self.plan.cities_table.index.isin(self.plan.design.purposive))] = "purposive"
        return role

    def release(self, count: int | Mapping[str, int]) -> CitySample:
        """Release the next substitutes of a stratum, in the order of their ranks.

        Use it when cities do not answer. The inclusion probabilities are computed again, for all the
        cities that were approached. Cities that refused stay in the sample, as nonrespondents.

        Parameters
        ----------
        count : int or mapping of str to int
            Substitutes to release, by stratum label; one number for a draw over the whole frame.

        Returns
        -------
        CitySample
            The sample with the released substitutes.

        Raises
        ------
        DataError
            ``DATA-SUBSTITUTE-INVALID``: more are asked for than there are.
        """
        return replace(self, released=check_release(self, count))

    def add(self, city_ids: Sequence[str]) -> CitySample:
        """Add cities on purpose after the draw.

        They have weight 0 in national figures: nobody knows what they stand for.

        Parameters
        ----------
        city_ids : sequence of str
            Ids of cities of the frame that are not in the sample.

        Returns
        -------
        CitySample
            The sample with the added cities, which are marked.
        """
        return replace(self, added=check_added(self, city_ids))

    def record(self) -> DrawRecord:
        """The record of the draw; the variance is computed from it."""
        return record_of(self)

    def spread(self, columns: Sequence[str] = ()) -> float:
        """Voronoi measure of how evenly the sample is spread; small is even.

        Parameters
        ----------
        columns : sequence of str
            Coordinates. The default is those of the design, or ``lon`` and ``lat``.

        References
        ----------
        Stevens, D. L., Olsen, A. R. (2004). Spatially balanced sampling of natural resources. J. Amer.
        Statist. Assoc. 99, 262-278.
        """
        from citysample.sampling.auxiliaries import coordinates, spread_columns
        from citysample.sampling.spread import voronoi_spread

        table = self.frame.table
        points = coordinates(table, spread_columns(table, columns or self.plan.design.spread))
        here = self.covered
        return voronoi_spread(self.pi[here], self.selected[here], points[here])

    def balance(self, columns: Sequence[str]) -> BalanceTable:
        """How well the sample reproduces known totals of the frame.

        Parameters
        ----------
        columns : sequence of str
            Number columns of the frame.

        Returns
        -------
        BalanceTable
            Frame total, estimated total and deviation of each column.
        """
        from citysample.sampling.auxiliaries import balancing_variables
        from citysample.sampling.balance import balance_table

        names = [columns] if isinstance(columns, str) else list(columns)
        here = self.covered
        X = balancing_variables(self.frame.table, names)
        return balance_table(self.pi[here], self.selected[here], X[here], names)

    def register(self, name: str = "round 1") -> CityRegister:
        """The register of the cities with their permanent random numbers, for the rounds to come.

        Parameters
        ----------
        name : str
            Name of this round, such as ``"2026"``.
        """
        from citysample.sampling.rounds.register import CityRegister, register_round

        ids = self.frame.table.index.tolist()
        return register_round(CityRegister(self.seed), name, self.seed, ids, self.selected)

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
        strata: str | Sequence[str | None] | None = None,
        psu: str | Sequence[str | None] | None = None,
        nest: bool = False,
        weights: str | None = None,
        pi: str | Sequence[str | None] | None = None,
        fpc: str | float | Sequence[str | float | None] | None = None,
        joint: JointMatrix | Mapping[str, JointMatrix] | None = None,
        method: str | Sequence[str] | None = None,
        certainty: str | Collection[str] | None = None,
        single_psu: str = "fail",
        collapse_by: str | None = None,
        response: str | None = None,
        order: str | None = None,
        coordinates: Sequence[str] = (),
        balance: Sequence[str] = (),
        replicates: str | Sequence[str] | None = None,
        replicate_method: str | None = None,
        scale: float | None = None,
        rscales: float | Sequence[float] | None = None,
        fay: float | None = None,
        combined: bool = True,
        mse: bool = True,
        period: str | int | None = None,
    ) -> WeightedSample:
        """A sample that was drawn elsewhere, with its data, as a weighted sample.

        Parameters
        ----------
        table : pandas.DataFrame
            One row for each sampled unit.
        id : str, optional
            Column with ids. Without it the rows are numbered.
        strata, psu : str or list, optional
            Columns with the stratum and with the sampling unit. Without psu each row is one. A list has an
            entry for each stage: ``psu=["district", "block"]``, the last one None if the rows are the units.
        nest : bool
            True if equal labels of units in different strata are different units.
        weights : str, optional
            Column with weights above 0. Without it they are 1 over the product of all probabilities.
        pi : str or list, optional
            Column with inclusion probabilities in (0, 1]; at later stages given the unit of the stage before.
        fpc : str, float or list, optional
            Units in the population of the stratum, or the sampling fraction if it is at most 1: a column
            or one number. Each stage of simple random sampling needs it.
        joint : array, data frame or mapping, optional
            pi_kl of the sampled units: in the order of the rows, or with ids; or a mapping by stratum.
        method : str or list, optional
            Sampling method, ``"srs"`` by default; ``"with_replacement"``; methods with unequal probabilities
            take ``pi``. Without a list a later stage is simple random if it has an fpc, else as the first.
        certainty : str or collection of str, optional
            Column that marks certainty units (True or 1), or the ids of their rows.
        single_psu, collapse_by : str
            Rule for strata with one unit: ``"fail"``, ``"collapse"``, ``"adjust"``, ``"average"``,
            ``"certainty"``. ``"collapse"`` needs a column that is constant in each stratum.
        response : str, optional
            Column with the probability of answering, in (0, 1].
        order, coordinates, balance : str or list of str, optional
            Columns with the place in the list of the draw, with coordinates, with balancing variables.
        replicates, replicate_method : str or list of str, optional
            Columns with replicate weights, or a pattern such as ``"rep_*"``; and how they were made: ``"jk1",
            "jkn", "brr", "fay"`` (with ``fay``), ``"bootstrap", "sdr"`` or ``"other"``.
        scale, rscales : float or list of float, optional
            Factors of all replicates and of each; needed for ``"other"`` and for ``"jkn"``.
        combined, mse : bool
            False if replicates hold factors of the weights; False to centre at the mean of the replicates.
        period : str or int, optional
            Reference period of the data.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"zone": list("NNSS"), "y": [1.0, 3.0, 2.0, 6.0], "N_h": [4, 4, 8, 8]})
        >>> CitySample.from_table(table, strata="zone", fpc="N_h").weights.tolist()
        [2.0, 2.0, 4.0, 4.0]
        """
        from citysample.weighting.delivered_replicates import ReplicateOptions
        from citysample.weighting.drawn_elsewhere import weighted_sample_from_table
        from citysample.weighting.elsewhere_options import Elsewhere

        delivered = ReplicateOptions(replicates, replicate_method, scale, rscales, fay, combined, mse)
        given = Elsewhere(
            id=id,
            strata=strata,
            psu=psu,
            nest=nest,
            weights=weights,
            pi=pi,
            fpc=fpc,
            joint=joint,
            method=method,
            certainty=certainty,
            single_psu=single_psu,
            collapse_by=collapse_by,
            response=response,
            order=order,
            coordinates=coordinates,
            balance=balance,
            replicates=delivered,
            period=period,
        )
        return weighted_sample_from_table(table, given)
