"""The sample plan: n_h of every stratum and pi_k of every city, before the draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, FrameError, quoted
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.city_sample import CitySample
from citysample.sampling.methods import sampling_method
from citysample.sampling.record import Decision
from citysample.sampling.stratify.strata import Strata

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.design import SampleDesign

__all__ = ["SamplePlan"]

CITY_COLUMNS = ("stratum", "pi", "certainty", "weight", "design_weight", "random_number")
"""Names of plan, draw and weights: no column of a frame has one, and data columns with one are left out."""
STRATA_COLUMNS = ("N", "n", "n_certainty", "pi_min", "pi_max", "size", "method", "variance")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SamplePlan:
    """What will be drawn. Made by :meth:`SampleDesign.plan`.

    Parameters
    ----------
    design : SampleDesign
        The decisions.
    frame : CityFrame
        The city frame.
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
        pi: FloatArray,
        sizes: FloatArray | None,
        decisions: tuple[Decision, ...],
    ) -> SamplePlan:
        """Put the arrays of a plan into tables."""
        import pandas as pd

        from citysample.sampling.methods import VARIANCE_FORMS

        _refuse_reserved_columns(frame, design)
        cities = frame.cities
        certain = pi == 1.0
        cities["stratum"] = pd.Categorical([strata.labels[h] for h in strata.codes], categories=strata.labels)
        cities["pi"] = pi
        cities["certainty"] = certain
        rows = []
        for h, values in enumerate(strata.values):
            members = strata.codes == h
            chance = pi[members & ~certain]
            rows.append(
                {
                    **{k: v for k, v in zip(design.strata, values, strict=True) if k != "stratum"},
                    "N": int(members.sum()),
                    "n": round(float(pi[members].sum())),
                    "n_certainty": int((members & certain).sum()),
                    "pi_min": float(chance.min()) if chance.size else float("nan"),
                    "pi_max": float(chance.max()) if chance.size else float("nan"),
                    "size": float("nan") if sizes is None else float(sizes[members].sum()),
                    "method": design.method,
                    "variance": VARIANCE_FORMS[design.method][0],
                }
            )
        table = pd.DataFrame(rows, index=pd.Index(strata.labels, dtype=object, name="stratum"))
        return cls(design, frame, table, cities, decisions)

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
        """Sample size."""
        return int(self.strata_table["n"].sum())

    def draw(self, seed: str | int) -> CitySample:
        """Draw the sample.

        The same frame, design and seed give the same cities on each machine. Announce frame and
        design before the seed is known.

        Parameters
        ----------
        seed : str or int
            The public seed, a text; an int stands for its digits.

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
        method = sampling_method(self.design.method)
        codes = self.cities_table["stratum"].cat.codes.to_numpy()
        pi = self.cities_table["pi"].to_numpy()
        ids = self.cities_table.index.tolist()
        selected = pi == 1.0
        for h, label in enumerate(self.strata_table.index):
            members = np.flatnonzero((codes == h) & (pi < 1.0))
            if members.size:
                uniforms = method.uniforms(str(seed), str(label), [ids[k] for k in members])
                selected[members] = method.select(pi[members], uniforms)
        return CitySample(self, str(seed), selected)


def _refuse_reserved_columns(frame: CityFrame, design: SampleDesign) -> None:
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
