"""The sample design: decisions that an office takes before it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from citysample.errors import DesignError, quoted
from citysample.sampling.allocate.rules import Allocation, Controlled, Proportional
from citysample.sampling.methods import SamplingMethod, sampling_method
from citysample.sampling.record import SINGLE_PSU_RULES

if TYPE_CHECKING:
    from citysample.reference_frames.city_frame import CityFrame
    from citysample.sampling.allocate.summary import StrataSummary
    from citysample.sampling.plan import SamplePlan
    from citysample.sampling.stratify.collapse import Collapse
    from citysample.sampling.stratify.size_classes import SizeClasses

__all__ = ["Legacy", "SampleDesign"]

NUMBER = (int, float, np.integer, np.floating)
OVER = ("stratum", "frame")
PROBABILITIES = ("equal", "size")


@dataclass(frozen=True, slots=True)
class Legacy:
    """Cities of an earlier probability sample that stay in the sample.

    Parameters
    ----------
    pi : str
        Frame column with the inclusion probability that each city of the frame had in the earlier
        draw: 0 for a city that was not in the frame then.
    kept : str
        Frame column that marks the cities that were drawn then: 1 or True, else 0 or False.
    """

    pi: str
    kept: str


@dataclass(frozen=True, slots=True)
class SampleDesign:
    """The decisions of a stratified city sample, taken before the draw.

    Parameters
    ----------
    strata : sequence of str
        Frame columns, or names of ``size_classes``, whose cross forms the strata. None: the country is
        one stratum.
    n : int, optional
        Sample size of the country; shorthand for ``allocation=Proportional(n)``.
    allocation : optional
        How n is shared among the strata: ``Equal``, ``Proportional``, ``Neyman``, ``Optimal``, ``Power``,
        ``Bethel``, ``Controlled`` or ``Explicit``.
    method : str
        How the cities are drawn, a name of :doc:`/how-to/choose-a-design`.
    over : {"stratum", "frame"}
        Whether each stratum is drawn by itself, or the whole frame in one draw. ``cube`` over the frame
        keeps the sizes of the strata.
    probabilities : {"equal", "size"}, optional
        Equal within a stratum, or proportional to the size. The default is ``"equal"`` for ``srs`` and
        ``"size"`` for the other methods.
    size : str, optional
        Frame column with the size measure, or a formula such as ``"sqrt(population)"``. The default is
        the size column of the frame.
    certainty : float or sequence of str, optional
        Cities to take in any case: all with a size of at least this number, or these city ids.
        They are set aside; the rest of n is shared among the other cities of the strata.
    purposive : sequence of str
        City ids that were chosen on purpose before the draw. They are taken like certainty cities,
        stand for themselves alone, and are marked.
    take_none : float, optional
        Cities with a size below this number are not drawn. The figures do not speak for them.
    size_classes : sequence of SizeClasses
        Size classes with good boundaries, to be used in ``strata``.
    collapse : Collapse, optional
        How strata with few cities are merged with their neighbours.
    balance : sequence of str
        Balancing columns of ``cube`` and ``local_cube``, the most important first.
    spread : sequence of str
        Coordinates of ``local_pivotal`` and ``local_cube``, and of the curve. The default is ``lon`` and
        ``lat``.
    order : sequence of str
        Columns in whose order ``systematic``, ``chromy`` and ``pivotal`` walk through the cities, or
        ``"curve"`` for a space-filling curve.
    legacy : Legacy, optional
        An earlier sample that stays in the sample.
    response : float or mapping of str to float
        Expected response rate of the cities, for the country or by stratum. The plan warns of strata that
        may end with fewer than two cities.
    single_psu : str
        What the variance does with a stratum that has one random city: ``"fail"`` (default), ``"collapse"``,
        ``"adjust"``, ``"average"`` or ``"certainty"``. With ``"fail"`` such a plan is refused.
    collapse_by : str, optional
        Frame column by which ``single_psu="collapse"`` finds the most similar stratum: that with the nearest
        mean. The default is the logarithm of the size.

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
    over: Literal["stratum", "frame"] = "stratum"
    probabilities: Literal["equal", "size"] | None = None
    size: str | None = None
    certainty: float | Sequence[str] | None = None
    purposive: Sequence[str] = ()
    take_none: float | None = None
    size_classes: Sequence[SizeClasses] = ()
    collapse: Collapse | None = None
    balance: Sequence[str] = ()
    spread: Sequence[str] = ()
    order: Sequence[str] = ()
    legacy: Legacy | None = None
    response: float | Mapping[str, float] = 1.0
    single_psu: str = "fail"
    collapse_by: str | None = None

    def __post_init__(self) -> None:
        method = sampling_method(self.method)
        for name in ("strata", "purposive", "balance", "spread", "order"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        object.__setattr__(self, "size_classes", tuple(self.size_classes))
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
        for name in ("certainty", "take_none"):
            self._check_threshold(name)
        _check_choice("over", self.over, OVER)
        _check_choice("probabilities", self.probabilities, (None, *PROBABILITIES))
        _check_choice("single_psu", self.single_psu, SINGLE_PSU_RULES)
        if self.collapse_by is not None and self.single_psu != "collapse":
            raise DesignError(
                "DESIGN-OPTION-UNUSED",
                "Only the rule 'collapse' uses collapse_by.",
                got=f"collapse_by = '{self.collapse_by}', single_psu = '{self.single_psu}'",
                expected="single_psu = 'collapse'",
                remedy="Say single_psu = 'collapse', or remove collapse_by.",
            )
        self._check_response()
        self._check_method(method)

    @property
    def equal_probability(self) -> bool:
        """True if all cities of a stratum that are not certain have the same inclusion probability."""
        if self.probabilities is None:
            return sampling_method(self.method).equal_probability
        return self.probabilities == "equal"

    @property
    def recorded_as(self) -> str:
        """The name under which the variance knows the draw, a key of ``VARIANCE_FORMS``."""
        if self.legacy is not None:
            return "legacy"
        return "controlled" if isinstance(self.allocation, Controlled) else self.method

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
        from citysample.sampling.planning import make_plan

        return make_plan(self, frame)

    def summary(self, frame: CityFrame, columns: Sequence[str]) -> StrataSummary:
        """Counts, totals and variances of the strata, to find a sample size with :func:`size_for_targets`.

        Parameters
        ----------
        frame : CityFrame
            The city frame.
        columns : sequence of str
            Number columns of the frame: the proxy of the allocation, the variables of the targets.

        Returns
        -------
        StrataSummary
            The strata; certainty cities stand beside the others. The sample size of the design plays no part.
        """
        from citysample.sampling.planning import summary_of

        return summary_of(self, frame, [columns] if isinstance(columns, str) else columns)

    def _check_threshold(self, name: str) -> None:
        value = getattr(self, name)
        if isinstance(value, NUMBER) and (isinstance(value, bool) or not 0 < value < np.inf):
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                "The threshold must be a size.",
                got=f"{name} = {value!r}",
                expected="a size above 0, such as 500000"
                + (", or a list of city ids" if name == "certainty" else ""),
                remedy=f"Correct {name}.",
            )

    def _check_response(self) -> None:
        rates = self.response.values() if isinstance(self.response, Mapping) else [self.response]
        for rate in rates:
            if isinstance(rate, bool) or not isinstance(rate, NUMBER) or not 0.0 < rate <= 1.0:
                raise DesignError(
                    "DESIGN-VALUE-INVALID",
                    "The expected response must be a rate.",
                    got=f"response = {rate!r}",
                    expected="a number above 0 and up to 1, such as 0.85",
                    remedy="Correct response.",
                )

    def _check_method(self, method: SamplingMethod) -> None:
        """Refuse options that the method would not use, and ask for those it needs."""
        if method.name == "srs" and self.probabilities == "size":
            _refuse(
                "probabilities = 'size'",
                "'srs'",
                "equal probabilities",
                "Use 'pareto' or 'pivotal', for example.",
            )
        if self.balance and not method.balanced:
            _refuse(f"balance = {quoted(self.balance)}", f"'{method.name}'", "no balance", "Use 'cube'.")
        if method.balanced and not self.balance and not (method.name == "cube" and self.over == "frame"):
            _refuse(
                "no balance", f"'{method.name}'", "balancing columns", "Name them: balance = ['population']."
            )
        if self.order and method.ordered == "never":
            _refuse(
                f"order = {quoted(self.order)}",
                f"'{method.name}'",
                "no order",
                "Use 'systematic', 'chromy' or 'pivotal'.",
            )
        if self.spread and not method.spread and tuple(self.order) != ("curve",):
            _refuse(
                f"spread = {quoted(self.spread)}",
                f"'{method.name}'",
                "no spread",
                "Use 'local_pivotal', or order = 'curve'.",
            )
        if isinstance(self.allocation, Controlled) and (
            self.method != "srs" or self.over == "frame" or self.legacy
        ):
            _refuse(
                "a controlled allocation",
                f"'{method.name}'",
                "method = 'srs' in each stratum",
                "Use 'srs', or 'cube' with over = 'frame'.",
            )


def _check_choice(name: str, value: object, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise DesignError(
            "DESIGN-VALUE-INVALID",
            "There is no such rule for single-PSU strata."
            if name == "single_psu"
            else f"'{name}' has no such value.",
            got=repr(value),
            expected=f"one of {quoted(choice for choice in allowed if choice is not None)}",
            remedy=f"Correct {name}.",
        )


def _refuse(option: str, method: str, expected: str, remedy: str) -> None:
    raise DesignError(
        "DESIGN-OPTION-UNUSED",
        f"The option does not go with the method {method}.",
        got=option,
        expected=expected,
        remedy=remedy,
    )
