"""The registry of sampling methods: how each selects, what it needs, which variance fits it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from citysample.errors import DesignError, did_you_mean
from citysample.reference_frames.columns import BoolArray, FloatArray
from citysample.sampling.randomness import permanent_random_numbers, random_start, random_stream
from citysample.sampling.select.pivotal import select_pivotal
from citysample.sampling.select.srs import select_srs
from citysample.sampling.select.systematic import select_systematic

__all__ = ["METHODS", "VARIANCE_FORMS", "SamplingMethod", "sampling_method"]

Selector: TypeAlias = Callable[[FloatArray, FloatArray], BoolArray]


@dataclass(frozen=True, slots=True)
class SamplingMethod:
    """A sampling method.

    Parameters
    ----------
    name, title : str
        The name used everywhere, and words for people.
    select : callable
        Selector of :mod:`citysample.sampling.select`.
    randomness : {"permanent", "start", "stream"}
        Which random numbers the selector takes.
    equal_probability : bool
        True if pi_k = n/N; False if pi_k is proportional to size.
    """

    name: str
    title: str
    select: Selector
    randomness: Literal["permanent", "start", "stream"]
    equal_probability: bool

    def uniforms(self, seed: str, stratum: str, city_ids: list[str]) -> FloatArray:
        """The random numbers of one stratum."""
        if self.randomness == "permanent":
            return permanent_random_numbers(seed, city_ids)
        if self.randomness == "start":
            return random_start(seed, stratum)
        return random_stream(seed, stratum, self.name, 2 * len(city_ids))


METHODS: dict[str, SamplingMethod] = {
    method.name: method
    for method in (
        SamplingMethod("srs", "simple random sampling", select_srs, "permanent", equal_probability=True),
        SamplingMethod(
            "systematic",
            "systematic sampling, probability proportional to size",
            select_systematic,
            "start",
            equal_probability=False,
        ),
        SamplingMethod(
            "pivotal",
            "pivotal sampling in random order, probability proportional to size",
            select_pivotal,
            "stream",
            equal_probability=False,
        ),
    )
}

VARIANCE_FORMS: dict[str, tuple[str, ...]] = {
    "srs": ("srs", "deville", "hajek", "with_replacement"),
    "systematic": ("deville", "hajek", "with_replacement"),
    "pivotal": ("deville", "hajek", "with_replacement"),
    "with_replacement": ("with_replacement",),
}
"""The variance forms that fit a method of draw; the first is the one that the draw records."""


def sampling_method(name: str) -> SamplingMethod:
    """The method of that name, or an error that suggests the nearest."""
    if name not in METHODS:
        raise DesignError(
            "DESIGN-METHOD-UNKNOWN",
            f"There is no sampling method '{name}'.",
            got=repr(name),
            remedy=did_you_mean(str(name), METHODS),
        )
    return METHODS[name]
