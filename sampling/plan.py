"""The sample plan: n_h of every stratum and pi_k of every city, before the draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, FrameError, quoted
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.methods import default_form
from citysample.sampling.plan_checks import WARNING
from citysample.sampling.record import Decision
from citysample.sampling.stratify.strata import WHOLE_COUNTRY, Strata

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.city_sample import CitySample
    from citysample.sampling.design import SampleDesign
    from citysample.sampling.plan_joint import JointProbabilities
    from citysample.sampling.rounds.coordination import ExpectedOverlap

__all__ = ["PlanArrays", "SamplePlan"]

CITY_COLUMNS = (
    "stratum",
    "pi",
    "certainty",
    "weight",
    "design_weight",
    "random_number",
    "role",
    "substitute_rank",
)
"""Names of plan, draw and weights: no column of a frame has one, and data columns with one are left out."""
STRATA_COLUMNS = ("N", "n", "n_certainty", "pi_min", "pi_max", "size", "method", "variance")
TAKE_NONE = "take-none"
"""Label of the cities that are not drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanArrays:
    """The plan as arrays over the N cities of the frame.

    Parameters
    ----------
    codes : array (N,) of int
        Stratum of each city, -1 for cities that are not drawn.
    aims : array (N,)
        Probabilities that the draw aims at: 1 for certainty cities, 0 for those that are not drawn.
    pi : array (N,)
        Inclusion probabilities.
    size : array (N,) or None
        Size measure.
    kept : array (N,) of bool or None
        Cities of an earlier sample that stay.
    balance : array (N, p) or None
        Balancing variables.
    coordinates : array (N, q) or None
        Coordinates.
    order : array (N,) of int or None
        The cities in the order of the draw.
    fingerprint : str
        Fingerprint of the frame that the design was applied to.
    """

    codes: IntArray
    aims: FloatArray
    pi: FloatArray
    size: FloatArray | None
    kept: BoolArray | None
    balance: FloatArray | None
    coordinates: FloatArray | None
    order: IntArray | None
    fingerprint: str

    @property
    def held(self) -> tuple[str, ...]:
        """What the record of a draw will hold for variance forms, as far as a default can need it."""
        found = {"coordinates": self.coordinates, "position": self.order}
        return ("balance", "imbalance", *(name for name, values in found.items() if values is not None))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SamplePlan:
    """What will be drawn. Made by :meth:`SampleDesign.plan`.

    Parameters
    ----------
    design : SampleDesign
        The decisions.
    frame : CityFrame
        The city frame, with the size classes of the design.
    arrays : PlanArrays
        Strata and probabilities as arrays.
    strata_table, cities_table : pandas.DataFrame
        The tables behind ``strata`` and ``cities``, which are copies.
    decisions : tuple of Decision
        Decisions taken by rule.

    Notes
    -----
    ``strata`` has one row for each stratum: the stratum columns, ``N`` cities, ``n`` of them in
    the sample, ``n_certainty`` with certainty, ``pi_min`` and ``pi_max`` of the random part,
    ``size`` (total of the size measure), ``method`` and ``variance`` (the form that fits).
    ``cities`` has one row for each city of the frame, with ``stratum``, ``pi`` and ``certainty``.
    """

    design: SampleDesign
    frame: CityFrame
    arrays: PlanArrays
    strata_table: pd.DataFrame
    cities_table: pd.DataFrame
    decisions: tuple[Decision, ...] = ()

    def __repr__(self) -> str:
        return f"SamplePlan({len(self.strata_table)} strata, n={self.n} of N={self.frame.N})"

    @classmethod
    def assemble(
        cls,
        design: SampleDesign,
        frame: CityFrame,
        strata: Strata,
        arrays: PlanArrays,
        decisions: tuple[Decision, ...],
    ) -> SamplePlan:
        """Put the arrays of a plan into tables."""
        import pandas as pd

        cities = frame.cities
        left_out = arrays.codes < 0
        labels = [*strata.labels, *([TAKE_NONE] if left_out.any() else [])]
        cities["stratum"] = pd.Categorical([labels[h] for h in arrays.codes], categories=labels)
        cities["pi"] = arrays.pi
        cities["certainty"] = arrays.pi == 1.0
        rows = [
            {
                **{k: v for k, v in zip(design.strata, values, strict=True) if k != "stratum"},
                **_stratum_row(design, arrays, arrays.codes == h),
            }
            for h, values in enumerate(strata.values)
        ]
        if left_out.any():
            rows.append(
                {
                    **{k: "" for k in design.strata if k != "stratum"},
                    **_stratum_row(design, arrays, left_out),
                    "method": "not drawn",
                    "variance": "",
                }
            )
        table = pd.DataFrame(rows, index=pd.Index(labels, dtype=object, name="stratum"))
        return cls(design, frame, arrays, table, cities, decisions)

    @property
    def strata(self) -> pd.DataFrame:
        """A copy of the table of strata, indexed by stratum label."""
        return self.strata_table.copy()

    @property
    def cities(self) -> pd.DataFrame:
        """A copy of the table of cities with their inclusion probabilities."""
        return self.cities_table.copy()

    @property
    def n(self) -> int:
        """Sample size; the expected one, rounded, if the size is random."""
        return round(float(self.arrays.pi.sum()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be looked at before the draw."""
        return tuple(decision.what for decision in self.decisions if decision.rule == WARNING)

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the frame that the design was applied to."""
        return self.arrays.fingerprint

    def groups(self) -> list[tuple[str, IntArray]]:
        """Cities that are drawn together and are neither certain nor left out, with their label."""
        aims, codes = self.arrays.aims, self.arrays.codes
        chance = (aims > 0.0) & (aims < 1.0)
        if self.design.over == "frame":
            return [(WHOLE_COUNTRY, np.flatnonzero(chance))] if chance.any() else []
        found = (
            (str(label), np.flatnonzero(chance & (codes == h)))
            for h, label in enumerate(self.strata_table.index)
        )
        return [(label, members) for label, members in found if members.size]

    def joint(self, stratum: str, *, how: str = "auto", draws: int = 10_000) -> JointProbabilities:
        """Joint inclusion probabilities pi_kl of the random cities of a stratum.

        Parameters
        ----------
        stratum : str
            Label of the stratum; ``"all"`` for a draw over the whole frame.
        how : str
            ``"auto"`` (exact where there is a formula, else Monte Carlo), ``"exact"``, ``"monte_carlo"``,
            or an approximation from pi_k alone: ``"hajek"``, ``"hartley_rao"``,
            ``"brewer_donadio"``, ``"fixed_point"``.
        draws : int
            Draws of the Monte Carlo.

        Returns
        -------
        JointProbabilities
        """
        from citysample.sampling.plan_joint import joint_probabilities

        return joint_probabilities(self, stratum, how, draws)

    def expected_overlap(
        self, other: SamplePlan, *, shift: float = 0.0, mirror: bool = False
    ) -> ExpectedOverlap:
        """Expected number of cities that samples of this plan and of another one have in common.

        Both are drawn with the same seed. Cities are matched by id.

        Parameters
        ----------
        other : SamplePlan
            The plan of the other round, with the same method: ``srs``, ``poisson`` or ``pareto``.
        shift, mirror
            How the other round moves the random numbers, as in :meth:`draw`.

        Returns
        -------
        ExpectedOverlap
            The number, and by which formula: ``exact``, or ``poisson``, which is exact for ``poisson`` and
            near for ``srs`` and ``pareto``.

        Raises
        ------
        DesignError
            ``DESIGN-COORDINATION-INVALID``: the methods are different or cannot be coordinated.
        """
        from citysample.sampling.rounds.plan_overlap import plan_overlap

        return plan_overlap(self, other, shift, mirror=mirror)

    def draw(
        self,
        seed: str | int,
        *,
        substitutes: int | Mapping[str, int] = 0,
        shift: float = 0.0,
        mirror: bool = False,
    ) -> CitySample:
        """Draw the sample.

        The same frame, design and seed give the same cities on each machine. Announce frame and
        design before the seed is known.

        Parameters
        ----------
        seed : str or int
            The public seed, a text; an int stands for its digits.
        substitutes : int or mapping of str to int
            Substitutes to draw in each stratum, or by stratum label. They are ranked; see
            :meth:`CitySample.release`.
        shift : float
            A new public number in [0, 1) that is added to the permanent random numbers, on the
            circle; only for ``srs``, ``poisson`` and ``pareto``. Samples with the same seed and shift have
            as many cities in common as they can; :func:`rotation_shift` gives the shift of a rotation.
        mirror : bool
            True to use 1 - u_k: as few cities as possible are those of the sample with the same seed and no
            mirror (negative coordination). Not beside a shift.

        Returns
        -------
        CitySample
            The cities, with their inclusion probabilities and design weights.
        """
        if not isinstance(seed, (str, int)) or isinstance(seed, bool) or not str(seed).strip():
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The draw needs a seed.",
                got=repr(seed),
                expected="a text that is not empty, such as 'KEN-NSC-2026'",
                remedy="Choose a seed and publish it.",
            )
        from citysample.sampling.city_sample import CitySample
        from citysample.sampling.drawing import draw_cities

        drawn = draw_cities(self, str(seed), substitutes, shift, mirror=mirror)
        return CitySample(self, str(seed), drawn)


def _stratum_row(design: SampleDesign, arrays: PlanArrays, members: BoolArray) -> dict[str, object]:
    pi = arrays.pi[members]
    chance = pi[(pi > 0.0) & (pi < 1.0)]
    return {
        "N": int(members.sum()),
        "n": round(float(pi.sum())),
        "n_certainty": int((pi == 1.0).sum()),
        "pi_min": float(chance.min()) if chance.size else float("nan"),
        "pi_max": float(chance.max()) if chance.size else float("nan"),
        "size": float("nan") if arrays.size is None else float(arrays.size[members].sum()),
        "method": design.method,
        "variance": default_form(design.recorded_as, arrays.held),
    }


def refuse_reserved_columns(frame: CityFrame, design: SampleDesign) -> None:
    """Columns that the plan writes must not be taken; a sole stratum column may be called 'stratum'."""
    free = {"stratum"} if tuple(design.strata) == ("stratum",) else set()
    taken = [name for name in CITY_COLUMNS if name in frame.table.columns and name not in free]
    taken += [name for name in STRATA_COLUMNS if name in design.strata]
    if taken:
        raise FrameError(
            "FRAME-COLUMN-RESERVED",
            "The frame has columns that the plan would overwrite.",
            got=f"columns {quoted(taken)}",
            expected="other names; the plan writes these columns itself",
            remedy="Rename the columns in the frame.",
        )
