"""The sample design: decisions that an office takes before it draws, and the plan they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import DesignError, did_you_mean, quoted
from citysample.reference_frames.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    first_cities,
    numbers,
    require_columns,
)
from citysample.sampling.allocate.allocation import Allocation, Neyman, Proportional, allocate
from citysample.sampling.inclusion import inclusion_probabilities
from citysample.sampling.methods import SamplingMethod, sampling_method
from citysample.sampling.plan import SamplePlan
from citysample.sampling.record import SINGLE_PSU_RULES, Decision
from citysample.sampling.stratify.strata import Strata, form_strata

if TYPE_CHECKING:
    import pandas as pd

    from citysample.reference_frames.city_frame import CityFrame

__all__ = ["SampleDesign"]

THRESHOLD = (int, float, np.integer, np.floating)


@dataclass(frozen=True, slots=True)
class SampleDesign:
    """The decisions of a stratified city sample, taken before the draw.

    Parameters
    ----------
    strata : sequence of str
        Frame columns whose cross forms the strata. None: the country is one stratum.
    n : int, optional
        Sample size of the country; shorthand for ``allocation=Proportional(n)``.
    allocation : Equal, Proportional, Neyman or Explicit, optional
        How n is shared among the strata.
    method : str
        ``"srs"``, ``"systematic"`` or ``"pivotal"``. The last two draw with probability
        proportional to size.
    size : str, optional
        Frame column with the size measure. The default is the size column of the frame.
    certainty : float or sequence of str, optional
        Cities to take in any case: all with a size of at least this number, or these city ids.
        They are set aside; the rest of n is shared among the other cities of the strata.
    single_psu : str
        What the variance does with a stratum that has one random city: ``"fail"`` (default),
        ``"adjust"``, ``"average"`` or ``"certainty"``. With ``"fail"`` such a plan is refused.

    Examples
    --------
    >>> import pandas as pd
    >>> from citysample import CityFrame
    >>> table = pd.DataFrame({"id": list("abcdef"), "people": [9, 8, 7, 3, 2, 1], "zone": list("NNNSSS")})
    >>> frame = CityFrame.from_table(table, id="id", size="people")
    >>> plan = SampleDesign(strata=["zone"], n=4).plan(frame)
    >>> plan.strata[["N", "n"]].to_dict("index")
    {'N': {'N': 3, 'n': 2}, 'S': {'N': 3, 'n': 2}}
    """

    strata: Sequence[str] = ()
    n: int | None = None
    allocation: Allocation | None = None
    method: str = "srs"
    size: str | None = None
    certainty: float | Sequence[str] | None = None
    single_psu: str = "fail"

    def __post_init__(self) -> None:
        sampling_method(self.method)
        if isinstance(self.strata, str):
            object.__setattr__(self, "strata", (self.strata,))
        if (self.n is None) == (self.allocation is None):
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The design needs a sample size: either n or an allocation.",
                got="neither" if self.n is None else f"n = {self.n} and an allocation",
                expected="n = 40, or allocation = Neyman(n=40, proxy=...)",
                remedy="Give one of the two.",
            )
        if self.n is not None:
            object.__setattr__(self, "allocation", Proportional(self.n))
        if isinstance(self.certainty, THRESHOLD) and (
            isinstance(self.certainty, bool) or not 0 < self.certainty < np.inf
        ):
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The threshold for certainty cities must be a size.",
                got=f"certainty = {self.certainty!r}",
                expected="a size above 0, such as 500000, or a list of city ids",
                remedy="Correct certainty.",
            )
        if self.single_psu not in SINGLE_PSU_RULES:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "There is no such rule for single-PSU strata.",
                got=repr(self.single_psu),
                expected=f"one of {quoted(SINGLE_PSU_RULES)}",
                remedy="Correct single_psu.",
            )

    def plan(self, frame: CityFrame) -> SamplePlan:
        """Apply the decisions to a frame: strata, n_h and inclusion probabilities.

        Parameters
        ----------
        frame : CityFrame
            The city frame.

        Returns
        -------
        SamplePlan
            Ready to draw from.

        Raises
        ------
        FrameError
            A column is unknown or has missing values.
        DesignError
            The sample size does not fit, or a stratum would have one random city.
        """
        method = sampling_method(self.method)
        strata = form_strata(frame.table, self.strata)
        size = self._size(frame, method)
        decisions: list[Decision] = []
        certainty = self._certainty(frame, size, decisions)
        n_random = self._allocate(frame, strata, certainty)
        pi = np.ones(frame.N)
        for h, label in enumerate(strata.labels):
            members = np.flatnonzero((strata.codes == h) & ~certainty)
            if members.size:
                pi[members] = _stratum_probabilities(
                    method, size, members, int(n_random[h]), frame.table.index
                )
                decisions += _certainty_decisions(frame, label, members[pi[members] == 1.0], method)
        plan = SamplePlan.assemble(self, frame, strata, pi, size, tuple(decisions))
        self._refuse_single_psu(plan)
        return plan

    def _size(self, frame: CityFrame, method: SamplingMethod) -> FloatArray | None:
        if self.size is not None:
            require_columns(frame.table, [self.size], "FRAME", "size of the design")
            values = numbers(frame.table, self.size, "FRAME")
            if not (values > 0).all():
                raise DesignError(
                    "DESIGN-VALUE-INVALID",
                    f"Size measure '{self.size}' is not positive for {int((values <= 0).sum())} cities.",
                    where=first_cities(frame.table.index[values <= 0]),
                    expected="a number above 0 for each city",
                    remedy="Choose another size measure, or correct the frame.",
                )
            return values
        size = frame.sizes()
        needed = not method.equal_probability or isinstance(self.certainty, THRESHOLD)
        if size is None and needed:
            raise DesignError(
                "DESIGN-SIZE-MISSING",
                "The design needs a size measure and the frame names none.",
                where=f"method '{method.name}', certainty = {self.certainty!r}",
                expected="a column with a size above 0 for each city",
                remedy="Name the column: size = 'population'.",
            )
        return size

    def _certainty(self, frame: CityFrame, size: FloatArray | None, decisions: list[Decision]) -> BoolArray:
        if self.certainty is None:
            return np.zeros(frame.N, dtype=np.bool_)
        if isinstance(self.certainty, THRESHOLD):
            assert size is not None
            chosen = size >= self.certainty
            what = f"{int(chosen.sum())} cities with a size of {self.certainty:.15g} or more are taken"
        else:
            ids = [self.certainty] if isinstance(self.certainty, str) else list(dict.fromkeys(self.certainty))
            unknown = [city for city in ids if city not in frame.table.index]
            if unknown:
                raise DesignError(
                    "DESIGN-CERTAINTY-UNKNOWN",
                    f"{len(unknown)} take-all cities are not in the frame.",
                    where=first_cities(unknown),
                    remedy=did_you_mean(unknown[0], frame.table.index),
                )
            chosen = frame.table.index.isin(ids)
            what = f"{len(ids)} cities named in the design are taken"
        decisions.append(Decision("certainty", "design", what))
        return np.asarray(chosen, dtype=np.bool_)

    def _allocate(self, frame: CityFrame, strata: Strata, certainty: BoolArray) -> IntArray:
        assert self.allocation is not None
        H = len(strata.labels)
        N = np.bincount(strata.codes[~certainty], minlength=H)
        spread = None
        if isinstance(self.allocation, Neyman):
            proxy = self.allocation.proxy
            require_columns(frame.table, [proxy], "FRAME", "proxy of the Neyman allocation")
            spread = _standard_deviations(
                numbers(frame.table, proxy, "FRAME")[~certainty], strata.codes[~certainty], H
            )
        n_certainty = np.bincount(strata.codes[certainty], minlength=H)
        return allocate(self.allocation, strata.labels, N, n_certainty, spread)

    def _refuse_single_psu(self, plan: SamplePlan) -> None:
        table = plan.strata
        single = table.index[(table["n"] - table["n_certainty"] == 1)]
        if self.single_psu == "fail" and len(single):
            raise DesignError(
                "DESIGN-SINGLE-PSU",
                f"{len(single)} strata would have one random city, so their variance is unknown.",
                where=f"strata {quoted(single)}",
                got="n_h - certainty cities = 1",
                expected="0 or at least 2",
                remedy="Raise n or min_per_stratum, merge strata, take the city with certainty, "
                "or choose a rule now: single_psu = 'adjust', 'average' or 'certainty'.",
            )


def _stratum_probabilities(
    method: SamplingMethod, size: FloatArray | None, members: IntArray, n: int, cities: pd.Index[str]
) -> FloatArray:
    if method.equal_probability:
        return np.full(members.size, n / members.size)
    assert size is not None
    pi = inclusion_probabilities(size[members], n)
    if not (pi > 0.0).all():
        raise DesignError(
            "DESIGN-N-IMPOSSIBLE",
            "Cities are so small beside the others that they could never be drawn.",
            where=first_cities(cities[members[pi <= 0.0]]),
            got="an inclusion probability of 0",
            expected="a chance for each city",
            remedy="Raise n_h, put the largest cities into a stratum of their own, or correct the sizes.",
        )
    return pi


def _certainty_decisions(
    frame: CityFrame, label: str, certain: IntArray, method: SamplingMethod
) -> list[Decision]:
    if not certain.size:
        return []
    cause = "all cities of the stratum are taken" if method.equal_probability else "pi_k would be 1 or more"
    what = f"{certain.size} cities are certain, because {cause}: {quoted(frame.table.index[certain])}"
    return [Decision("certainty", label, what)]


def _standard_deviations(values: FloatArray, codes: IntArray, H: int) -> FloatArray:
    """S_h with divisor N_h - 1, shape (H,); 0 for a stratum with one city."""
    groups = [values[codes == h] for h in range(H)]
    return np.array([group.std(ddof=1) if group.size > 1 else 0.0 for group in groups])
