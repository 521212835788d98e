"""One stage after the cities: the decisions that an office takes before it draws units inside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from citysample.errors import DesignError
from citysample.sampling.methods import sampling_method
from citysample.sampling.stages.draw_stage import StageMethod, StageSize
from citysample.sampling.tasks import SelectionTask

__all__ = ["Stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """How units are drawn inside the sampled cities, such as enumeration areas.

    Parameters
    ----------
    unit : str
        Column of the list of units with the id of the unit, unique inside its city, without ``/``.
    n : int, float or mapping of str to int
        Units to draw in each city, or in each stratum of it. An int: this number, or all where there are
        fewer. A float in (0, 1]: this share, to the nearest whole number, but at least 2 or all. A
        mapping: a number for each sampled city.
    city : str
        Column of the list of units with the city id. At a third stage the columns that named the units
        of the second stage must be there, too.
    method : str
        How the units are drawn: a sampling method that needs no coordinates and no balancing
        columns. ``systematic`` and ``chromy`` walk through the units in the order of their ids.
    size : str, optional
        Column with a size measure above 0: the units are drawn in proportion to it. Without it they are
        drawn with equal probabilities.
    strata : str, optional
        Column with the stratum of the unit inside its city.

    Examples
    --------
    >>> Stage(unit="area_id", n=5, method="systematic", size="households").n
    5
    """

    unit: str
    n: StageSize
    city: str = "city_id"
    method: str = "srs"
    size: str | None = None
    strata: str | None = None

    def __post_init__(self) -> None:
        method = sampling_method(self.method)
        if method.balanced or method.spread:
            raise DesignError(
                "DESIGN-OPTION-UNUSED",
                f"The method '{method.name}' cannot draw units inside cities.",
                got=f"method = '{method.name}'",
                expected="a method without coordinates and balancing columns, such as 'systematic'",
                remedy="Choose another method for this stage.",
            )
        if method.equal_probability and self.size is not None:
            raise DesignError(
                "DESIGN-OPTION-UNUSED",
                f"The method '{method.name}' draws with equal probabilities and has no use for a size.",
                got=f"method = '{method.name}', size = '{self.size}'",
                expected="no size, or a method such as 'systematic' or 'sampford'",
                remedy="Remove the size, or choose another method.",
            )
        if isinstance(self.n, Mapping):
            object.__setattr__(self, "n", {str(city): count for city, count in self.n.items()})

    def selection(self, seed: str) -> StageMethod:
        """The method of the stage with the random numbers of a seed."""
        method = sampling_method(self.method)
        return StageMethod(
            method.name,
            lambda rows, pi, uniforms: method.select(SelectionTask(pi), uniforms),
            lambda label, ids, n: method.uniforms(seed, label, ids, n),
            method.exact_pi,
        )
