"""The registry of sampling methods: how each selects, what it needs, which variance fits it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from citysample.errors import DesignError, did_you_mean
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.joint.brewer import joint_brewer, joint_brewer_feasible
from citysample.sampling.joint.chromy import joint_chromy
from citysample.sampling.joint.conditional_poisson import joint_conditional_poisson
from citysample.sampling.joint.pareto import joint_pareto, pareto_probabilities
from citysample.sampling.joint.pivotal import joint_ordered_pivotal, joint_pivotal
from citysample.sampling.joint.poisson import joint_poisson
from citysample.sampling.joint.sampford import joint_sampford
from citysample.sampling.joint.srs import joint_srs
from citysample.sampling.joint.systematic import joint_systematic
from citysample.sampling.randomness import permanent_random_numbers, random_start, random_stream
from citysample.sampling.select.brewer import select_brewer, uniforms_brewer
from citysample.sampling.select.chromy import select_chromy, uniforms_chromy
from citysample.sampling.select.conditional_poisson import (
    select_conditional_poisson,
    uniforms_conditional_poisson,
)
from citysample.sampling.select.cube import (
    select_cube,
    select_cube_stratified,
    uniforms_cube,
)
from citysample.sampling.select.local_cube import select_local_cube, uniforms_local_cube
from citysample.sampling.select.local_pivotal import select_local_pivotal, uniforms_local_pivotal
from citysample.sampling.select.pareto import select_pareto, uniforms_pareto
from citysample.sampling.select.pivotal import select_ordered_pivotal, select_pivotal, uniforms_pivotal
from citysample.sampling.select.poisson import select_poisson, uniforms_poisson
from citysample.sampling.select.sampford import select_sampford, uniforms_sampford
from citysample.sampling.select.srs import select_srs
from citysample.sampling.select.systematic import select_systematic
from citysample.sampling.tasks import SelectionTask

__all__ = ["FORM_NEEDS", "METHODS", "VARIANCE_FORMS", "SamplingMethod", "default_form", "sampling_method"]

Selector: TypeAlias = Callable[[SelectionTask, FloatArray], BoolArray]
JointProbabilities: TypeAlias = Callable[[SelectionTask, int, IntArray], FloatArray | None]


@dataclass(frozen=True, slots=True)
class SamplingMethod:
    """A sampling method.

    Parameters
    ----------
    name, title : str
        The name used everywhere, and words for people.
    select : callable
        Takes the task and its random numbers, returns the mask of the selected cities.
    variance : tuple of str
        Variance forms that fit; the default is the first for which the record of the draw holds what it
        needs.
    count : callable
        How many random numbers one draw takes, from N and n.
    randomness : {"permanent", "start", "stream"}
        Which random numbers the selector takes.
    equal_probability : bool
        True if pi_k = n/N unless the design says otherwise.
    fixed_size : bool
        True if each draw has exactly n cities.
    coordinated : bool
        True if draws with the same seed overlap as much as they can.
    ordered : {"never", "optional", "always"}
        Whether the cities may have an order in which the method walks through them.
    balanced, spread : bool
        True if the method takes balancing variables, or coordinates.
    joint : callable, optional
        Exact pi_kl of some cities of the task; None if there is no formula.
    zero_pairs : bool
        True if some pairs of cities may have pi_kl = 0, so that no unbiased variance estimator exists.
    exact_pi : callable, optional
        The exact pi_k of taking n cities, where they differ from those the method aims at.
    ranking : callable, optional
        Takes the probabilities and the random numbers, returns what the cities are ranked by; the n
        smallest are drawn, so the next ones can serve as substitutes.
    """

    name: str
    title: str
    select: Selector
    variance: tuple[str, ...]
    count: Callable[[int, int], int]
    randomness: Literal["permanent", "start", "stream"] = "stream"
    equal_probability: bool = False
    fixed_size: bool = True
    coordinated: bool = False
    ordered: Literal["never", "optional", "always"] = "never"
    balanced: bool = False
    spread: bool = False
    joint: JointProbabilities | None = None
    zero_pairs: bool = False
    exact_pi: Callable[[FloatArray, int], FloatArray] | None = None
    ranking: Callable[[FloatArray, FloatArray], FloatArray] | None = None

    def uniforms(self, seed: str, stratum: str, city_ids: Sequence[str], n: int) -> FloatArray:
        """The random numbers of one draw of n of these cities."""
        if self.randomness == "permanent":
            return permanent_random_numbers(seed, city_ids)
        if self.randomness == "start":
            return random_start(seed, stratum)
        return random_stream(seed, stratum, self.name, self.count(len(city_ids), n))

    def joint_of(self, task: SelectionTask, n: int, cities: IntArray) -> FloatArray | None:
        """Exact pi_kl of some cities in a draw of n, shape (m, m); None where there is no formula."""
        return None if self.joint is None else self.joint(task, n, cities)


def _plain(select: Callable[[FloatArray, FloatArray], BoolArray]) -> Selector:
    return lambda task, uniforms: select(task.pi, uniforms)


def _in_order(select: Callable[[FloatArray, FloatArray], BoolArray]) -> Selector:
    """A selector that walks through the cities in the order of the task."""

    def selector(task: SelectionTask, uniforms: FloatArray) -> BoolArray:
        if task.order is None:
            return select(task.pi, uniforms)
        selected = np.zeros(task.N, dtype=np.bool_)
        selected[task.order[select(task.pi[task.order], uniforms)]] = True
        return selected

    return selector


def _joint_in_order(
    joint: Callable[[FloatArray, IntArray | None], FloatArray],
) -> JointProbabilities:
    def function(task: SelectionTask, n: int, cities: IntArray) -> FloatArray:  # noqa: ARG001  one signature
        if task.order is None:
            return joint(task.pi, cities)
        place = np.empty(task.N, dtype=np.int64)
        place[task.order] = np.arange(task.N)
        return joint(task.pi[task.order], place[cities])

    return function


def _pivotal(task: SelectionTask, uniforms: FloatArray) -> BoolArray:
    if task.order is None:
        return select_pivotal(task.pi, uniforms)
    return _in_order(select_ordered_pivotal)(task, uniforms)


def _joint_pivotal(task: SelectionTask, n: int, cities: IntArray) -> FloatArray | None:
    """Exact in a given order; in random order only for so few cities that all orders can be tried."""
    if task.order is not None:
        return _joint_in_order(joint_ordered_pivotal)(task, n, cities)
    return joint_pivotal(task.pi)[np.ix_(cities, cities)] if task.N <= LARGEST_PIVOTAL else None


def _joint_brewer(task: SelectionTask, n: int, cities: IntArray) -> FloatArray | None:
    """Exact where the sets of cities are so few that the draws can be followed."""
    return joint_brewer(task.pi)[np.ix_(cities, cities)] if joint_brewer_feasible(task.N, n) else None


def _pareto_pi(pi: FloatArray, n: int) -> FloatArray:
    """Exact inclusion probabilities of the n smallest ranking variables with the odds of pi."""
    return pareto_probabilities(pi / (1.0 - pi), n)


def _joint_pareto(task: SelectionTask, n: int, cities: IntArray) -> FloatArray:
    return joint_pareto(task.pi / (1.0 - task.pi), n, cities)


def _cube(task: SelectionTask, uniforms: FloatArray) -> BoolArray:
    assert task.balance is not None
    if task.strata is None:
        return select_cube(task.pi, uniforms, task.balance)
    return select_cube_stratified(task.pi, uniforms, task.balance, task.strata)


def _local_pivotal(task: SelectionTask, uniforms: FloatArray) -> BoolArray:
    assert task.coordinates is not None
    return select_local_pivotal(task.pi, uniforms, task.coordinates)


def _local_cube(task: SelectionTask, uniforms: FloatArray) -> BoolArray:
    assert task.balance is not None
    assert task.coordinates is not None
    if task.strata is None:
        return select_local_cube(task.pi, uniforms, task.balance, task.coordinates)
    # Columns of pi_k in each stratum, given first, keep n_h: the landing gives up the last columns first.
    sizes = task.pi[:, None] * (task.strata[:, None] == np.unique(task.strata)[None, :])
    return select_local_cube(task.pi, uniforms, np.hstack([sizes, task.balance]), task.coordinates)


LARGEST_PIVOTAL = 8
"""Cities up to which all orders of a pivotal draw are tried for its joint probabilities."""
APPROXIMATIONS = ("deville2", "hajek", "brewer", "hartley_rao")
HIGH_ENTROPY = ("deville", *APPROXIMATIONS, "with_replacement")
EXACT_JOINT = ("deville", "syg", "ht", *APPROXIMATIONS, "with_replacement")
ALONG = ("local_mean", "successive_difference")
"""For an order: along the curve the record holds coordinates, else only the places in the order."""

METHODS: dict[str, SamplingMethod] = {
    method.name: method
    for method in (
        SamplingMethod(
            "srs",
            "simple random sampling",
            _plain(select_srs),
            ("srs", "syg", "ht", *HIGH_ENTROPY),
            count=lambda N, n: N,
            randomness="permanent",
            equal_probability=True,
            coordinated=True,
            joint=lambda task, n, cities: joint_srs(task.N, n)[np.ix_(cities, cities)],
            ranking=lambda pi, u: u,
        ),
        SamplingMethod(
            "systematic",
            "systematic sampling",
            _in_order(select_systematic),
            (*ALONG, *HIGH_ENTROPY),
            count=lambda N, n: 1,
            randomness="start",
            ordered="always",
            joint=_joint_in_order(joint_systematic),
            zero_pairs=True,
        ),
        SamplingMethod(
            "poisson",
            "Poisson sampling (random sample size)",
            _plain(select_poisson),
            ("poisson",),
            count=uniforms_poisson,
            randomness="permanent",
            fixed_size=False,
            coordinated=True,
            joint=lambda task, n, cities: joint_poisson(task.pi, cities),
        ),
        SamplingMethod(
            "pareto",
            "Pareto sampling",
            _plain(select_pareto),
            (*EXACT_JOINT, "rosen"),
            count=uniforms_pareto,
            randomness="permanent",
            coordinated=True,
            joint=_joint_pareto,
            exact_pi=_pareto_pi,
            ranking=lambda pi, u: u * (1.0 - pi) / (pi * (1.0 - u)),
        ),
        SamplingMethod(
            "sampford",
            "Sampford sampling",
            _plain(select_sampford),
            EXACT_JOINT,
            count=uniforms_sampford,
            joint=lambda task, n, cities: joint_sampford(task.pi, cities),
        ),
        SamplingMethod(
            "conditional_poisson",
            "conditional Poisson (maximum entropy) sampling",
            _plain(select_conditional_poisson),
            EXACT_JOINT,
            count=uniforms_conditional_poisson,
            joint=lambda task, n, cities: joint_conditional_poisson(task.pi, cities),
        ),
        SamplingMethod(
            "brewer",
            "Brewer sampling",
            _plain(select_brewer),
            EXACT_JOINT,
            count=uniforms_brewer,
            joint=_joint_brewer,
        ),
        SamplingMethod(
            "chromy",
            "Chromy's sequential sampling",
            _in_order(select_chromy),
            (*ALONG, *EXACT_JOINT),
            count=uniforms_chromy,
            ordered="always",
            joint=_joint_in_order(joint_chromy),
        ),
        SamplingMethod(
            "pivotal",
            "pivotal sampling",
            _pivotal,
            (*ALONG, *HIGH_ENTROPY),
            count=uniforms_pivotal,
            ordered="optional",
            joint=_joint_pivotal,
            zero_pairs=True,
        ),
        SamplingMethod(
            "local_pivotal",
            "local pivotal sampling, spatially balanced",
            _local_pivotal,
            ("local_mean", *HIGH_ENTROPY),
            count=uniforms_local_pivotal,
            spread=True,
            zero_pairs=True,
        ),
        SamplingMethod(
            "cube",
            "cube sampling, balanced",
            _cube,
            ("balanced", *HIGH_ENTROPY),
            count=uniforms_cube,
            balanced=True,
            zero_pairs=True,
        ),
        SamplingMethod(
            "local_cube",
            "local cube sampling, balanced and spatially balanced",
            _local_cube,
            ("local_mean", "balanced", *HIGH_ENTROPY),
            count=uniforms_local_cube,
            balanced=True,
            spread=True,
            zero_pairs=True,
        ),
    )
}

VARIANCE_FORMS: dict[str, tuple[str, ...]] = {
    **{name: method.variance for name, method in METHODS.items()},
    "legacy": ("poisson", *HIGH_ENTROPY),
    "controlled": ("balanced", *HIGH_ENTROPY),
    "with_replacement": ("with_replacement",),
}
"""The variance forms that fit a method of draw, in the order in which the default is looked for."""

FORM_NEEDS: dict[str, tuple[str, ...]] = {
    "syg": ("joint",),
    "ht": ("joint",),
    "balanced": ("balance", "imbalance"),
    "local_mean": ("coordinates",),
    "successive_difference": ("position",),
}
"""What a variance form needs of the record of the draw beside pi; other forms need nothing."""


def default_form(method: str, held: Collection[str]) -> str:
    """The variance form of a draw: the first that fits the method and finds what it needs.

    Parameters
    ----------
    method : str
        A key of ``VARIANCE_FORMS``.
    held : collection of str
        What the record of the draw holds, such as ``"position"``.

    Examples
    --------
    >>> default_form("systematic", ["position"]), default_form("systematic", [])
    ('successive_difference', 'deville')
    """
    return next(form for form in VARIANCE_FORMS[method] if set(FORM_NEEDS.get(form, ())) <= set(held))


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
