"""Size classes of a design: the boundaries by a rule, the classes taken whole or left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from citysample.errors import DesignError, FrameError, did_you_mean, located, quoted
from citysample.reference_frames.classes import class_codes, class_labels, quantile_bounds
from citysample.reference_frames.columns import FloatArray, IntArray, first_cities
from citysample.sampling.stratify.anticipated import check_model
from citysample.sampling.stratify.boundaries import (
    cumulative_root_frequency,
    enough_bins,
    geometric,
    snapped,
)
from citysample.sampling.stratify.optimum import DIVISIONS, Optimum, optimum, take_none_bound

__all__ = ["SIZE_CLASS_RULES", "SizeClasses", "SizeClassification"]


@dataclass(frozen=True, slots=True)
class SizeClasses:
    """How the cities are divided into size classes, to be used as strata.

    Give the name to ``SampleDesign.strata``. The rule is applied to all cities of the frame when the
    design is planned, and its boundaries are recorded.

    Parameters
    ----------
    name : str
        Name of the class variable, new in the frame.
    column : str
        Number column that is divided.
    classes : int, optional
        Number of classes, a take-all and a take-none class included. Not needed with bounds.
    rule : str, optional
        ``"cumulative_root_frequency"`` (default), ``"geometric"``, ``"optimal"``, ``"quantiles"``, or
        ``"bounds"`` (default if bounds are given).
    bounds : sequence of float, optional
        For the rule ``"bounds"``. A city that reaches a bound belongs to the higher class.
    labels : sequence of str, optional
        One label for each class, the lowest class first. The default names the bounds.
    bins : int, optional
        For the rule ``"cumulative_root_frequency"``: number of bins. The default is 15 for each class,
        doubled until each class has cities.
    n : int, optional
        For the rule ``"optimal"``: cities to sample in the whole frame, those of a take-all class
        included. It is used for the boundaries only.
    r2, sigma, gamma : float
        For the rule ``"optimal"``: how closely the target follows the column. Give r2, their squared
        correlation, or sigma instead of it. The standard deviation of the target around a straight
        line is sigma times the size to the power gamma, 0.75 if not given.
    allocation, min_per_class : optional
        For the rule ``"optimal"``: ``"neyman"`` (default) or ``"proportional"``; and the smallest
        sample size of a class, 2 if not given.
    take_all : bool
        True: all cities of the highest class are taken with certainty.
    take_none : float or bool
        Share of the column's total, such as 0.02. The smallest cities, as many as have at most this
        share together, form the lowest class and are never drawn. With given bounds: True, and
        the lowest class is never drawn.

    Raises
    ------
    DesignError
        ``DESIGN-VALUE-INVALID``: a value is out of range, or does not go with the rule.

    Examples
    --------
    >>> people = np.array([1200.0, 1900.0, 2000.0, 7000.0, 9000.0])
    >>> found = SizeClasses("size_class", "population", bounds=[2000, 8000], take_all=True).classify(
    ...     people, ["a", "b", "c", "d", "e"]
    ... )
    >>> found.codes.tolist(), found.labels, found.take_all
    ([0, 0, 1, 1, 2], ('under 2000', '2000 to under 8000', '8000 and over'), (2,))
    """

    name: str
    column: str
    classes: int | None = None
    rule: str | None = None
    bounds: Sequence[float] | None = None
    labels: Sequence[str] | None = None
    bins: int | None = None
    n: int | None = None
    r2: float | None = None
    sigma: float | None = None
    gamma: float | None = None
    allocation: str | None = None
    min_per_class: int | None = None
    take_all: bool = False
    take_none: float | bool = False

    def __post_init__(self) -> None:
        if self.rule is None:
            rule = "cumulative_root_frequency" if self.bounds is None else "bounds"
            object.__setattr__(self, "rule", rule)
        for name in ("bounds", "labels"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else tuple(value))
        if self.rule not in SIZE_CLASS_RULES:
            raise DesignError(
                "DESIGN-VALUE-INVALID",
                f"There is no rule '{self.rule}' for size classes.",
                where=f"size classes '{self.name}'",
                remedy=did_you_mean(self.rule, SIZE_CLASS_RULES),
            )
        self._check_fit()
        self._check_classes()
        self._check_numbers()
        self._check_take_none()
        if self.rule == "optimal":
            with located(f"size classes '{self.name}'"):
                check_model(self.r2, self.sigma, _optimal_words(self)["gamma"])

    def classify(self, values: FloatArray, city_ids: Sequence[str]) -> SizeClassification:
        """Divide the cities of a frame.

        Parameters
        ----------
        values : array (N,)
            The column, one finite number for each city.
        city_ids : sequence of str, length N
            City ids, for messages.

        Returns
        -------
        SizeClassification
            The class of each city, the boundaries, and what was decided.

        Raises
        ------
        FrameError
            ``FRAME-VALUE-INVALID``: a value does not suit the rule. ``FRAME-CLASSES-INVALID``: the
            values do not fall into so many classes.
        DesignError
            ``DESIGN-N-IMPOSSIBLE``: n does not fit the optimal classes.
        """
        values = np.asarray(values, dtype=np.float64)
        self._check_values(values, city_ids)
        with located(f"size classes '{self.name}', column '{self.column}'"):
            found = SIZE_CLASS_RULES[str(self.rule)](self, values)
            labels = class_labels(found.bounds, self.labels)
        codes = class_codes(values, found.bounds)
        top = (len(labels) - 1,) if self.take_all else ()
        bottom = (0,) if self.take_none else ()
        return SizeClassification(
            codes=codes,
            bounds=tuple(found.bounds),
            labels=tuple(labels),
            take_all=top,
            take_none=bottom,
            decisions=(self._sentence(found), *self._ends(values, codes, labels)),
            optimum=found.optimum,
        )

    def _sentence(self, found: _Found) -> str:
        bounds = ", ".join(f"{bound:.15g}" for bound in found.bounds)
        return f"bounds of '{self.column}' {found.how}: {bounds}"

    def _ends(self, values: FloatArray, codes: IntArray, labels: list[str]) -> list[str]:
        """What is decided about a take-all and a take-none class."""
        texts = []
        if self.take_all:
            top = int((codes == len(labels) - 1).sum())
            texts.append(f"all {top} cities of '{labels[-1]}' are taken")
        if self.take_none:
            low = codes == 0
            text = f"the {int(low.sum())} cities of '{labels[0]}' are never drawn"
            total = float(values.sum())
            share = f"; they hold {100 * float(values[low].sum()) / total:.2g} % of '{self.column}'"
            texts.append(text + (share if total > 0 and not (values < 0).any() else ""))
        return texts

    def _check_fit(self) -> None:
        """Refuse values that the rule would not use, and ask for those that it needs."""
        for name, rules in USED_BY.items():
            given = getattr(self, name) is not None
            if given and self.rule not in rules:
                raise self._invalid(
                    name, f"no {name} with rule '{self.rule}'", f"Remove '{name}', or change the rule."
                )
        for name, rules in NEEDED_BY.items():
            if getattr(self, name) is None and self.rule in rules:
                raise self._invalid(name, f"a value of {name} for rule '{self.rule}'", f"Give '{name}'.")

    def _check_numbers(self) -> None:
        for name, least in (("bins", self.classes or 2), ("n", 1), ("min_per_class", 1)):
            value = getattr(self, name)
            if value is not None and not _is_whole(value, least):
                raise self._invalid(name, f"a whole number, {least} or more", f"Correct '{name}'.")
        if self.allocation is not None and self.allocation not in DIVISIONS:
            raise self._invalid("allocation", quoted(DIVISIONS), did_you_mean(self.allocation, DIVISIONS))

    def _check_classes(self) -> None:
        if self.bounds is not None:
            with located(f"size classes '{self.name}'"):
                class_labels(self.bounds, self.labels)
            if self.classes not in (None, len(self.bounds) + 1):
                expected = f"{len(self.bounds) + 1} classes for {len(self.bounds)} bounds, or no number"
                raise self._invalid("classes", expected, "Remove 'classes'.")
            return
        least = 3 if self.take_all and self.take_none else 2
        if not _is_whole(self.classes, least):
            raise self._invalid("classes", f"a whole number, {least} or more", "Correct 'classes'.")
        if self.labels is not None and len(set(self.labels)) != self.classes:
            raise self._invalid(
                "labels", f"{self.classes} different labels", "Give one label for each class."
            )

    def _check_take_none(self) -> None:
        if not isinstance(self.take_all, bool):
            raise self._invalid("take_all", "true or false", "Correct 'take_all'.")
        if self.rule == "bounds":
            fits, expected = isinstance(self.take_none, bool), "true or false, because the bounds are given"
        else:
            # False is equal to 0, and True to 1.
            share = isinstance(self.take_none, (int, float, np.floating)) and 0 < self.take_none < 1
            fits = self.take_none is False or share
            expected = "a share of the column's total, above 0 and below 1, or false"
        if not fits:
            raise self._invalid("take_none", expected, "Correct 'take_none'.")

    def _invalid(self, name: str, expected: str, remedy: str) -> DesignError:
        return DesignError(
            "DESIGN-VALUE-INVALID",
            f"'{name}' of the size classes is not valid.",
            where=f"size classes '{self.name}'",
            got=f"{name} = {getattr(self, name)!r}",
            expected=expected,
            remedy=remedy,
        )

    def _check_values(self, values: FloatArray, city_ids: Sequence[str]) -> None:
        if not values.size:
            raise FrameError(
                "FRAME-EMPTY",
                "There are no cities to divide into size classes.",
                where=f"size classes '{self.name}'",
                remedy="Add cities to the frame.",
            )
        allowed, expected = np.isfinite(values), "a finite number for each city"
        if self.rule == "geometric" and not self.take_none:
            allowed, expected = allowed & (values > 0), "a number above 0 for each city"
        elif self.rule == "optimal" or not isinstance(self.take_none, bool):
            allowed, expected = allowed & (values >= 0), "a number of 0 or more for each city"
        if not allowed.all():
            bad = np.flatnonzero(~allowed)
            raise FrameError(
                "FRAME-VALUE-INVALID",
                f"{bad.size} values do not suit the rule '{self.rule}' of the size classes.",
                where=f"column '{self.column}', {first_cities(city_ids[k] for k in bad.tolist())}",
                got=quoted(f"{value:.15g}" for value in values[bad]),
                expected=expected,
                remedy="Correct the values, or use another rule or column.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class SizeClassification:
    """The size classes of the cities of a frame. Made by :meth:`SizeClasses.classify`.

    Parameters
    ----------
    codes : array (N,) of int
        Class of each city, 0 for the smallest.
    bounds : tuple of float, length L - 1
        Boundaries. A city that reaches a bound belongs to the higher class.
    labels : tuple of str, length L
        Label of each class.
    take_all, take_none : tuple of int
        Codes of the classes that are taken whole, and of those that are never drawn.
    decisions : tuple of str
        What was decided by rule, for the record.
    optimum : Optimum or None
        For the rule ``"optimal"``: sample sizes, anticipated variance and bound.
    """

    codes: IntArray
    bounds: tuple[float, ...]
    labels: tuple[str, ...]
    take_all: tuple[int, ...]
    take_none: tuple[int, ...]
    decisions: tuple[str, ...]
    optimum: Optimum | None


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    bounds: list[float]
    how: str
    optimum: Optimum | None = None


def _given(spec: SizeClasses, values: FloatArray) -> _Found:
    assert spec.bounds is not None
    bounds = [float(bound) for bound in spec.bounds]
    counts = np.bincount(class_codes(values, bounds), minlength=len(bounds) + 1)
    if not counts.all():
        empty = np.flatnonzero(counts == 0)
        labels = class_labels(bounds, spec.labels)
        raise FrameError(
            "FRAME-CLASSES-INVALID",
            f"{empty.size} size classes have no cities.",
            got=quoted(labels[code] for code in empty),
            expected="at least one city in each class",
            remedy="Change the bounds.",
        )
    return _Found(bounds, "as given")


def _cumulative(spec: SizeClasses, values: FloatArray) -> _Found:
    used: list[int] = []

    def find(x: FloatArray, classes: int) -> list[float]:
        used.append(enough_bins(x, classes) if spec.bins is None else spec.bins)
        return cumulative_root_frequency(x, classes, used[0])

    found = _above_take_none(spec, values, find, "by cumulative root frequency")
    return replace(found, how=f"{found.how} in {used[0]} bins") if used else found


def _geometric(spec: SizeClasses, values: FloatArray) -> _Found:
    return _above_take_none(spec, values, geometric, "in geometric progression")


def _quantiles(spec: SizeClasses, values: FloatArray) -> _Found:
    return _above_take_none(spec, values, quantile_bounds, "with about equal numbers of cities")


def _above_take_none(
    spec: SizeClasses, values: FloatArray, find: Callable[[FloatArray, int], list[float]], how: str
) -> _Found:
    """The bounds of a rule for the cities above the take-none class, as sizes that occur."""
    assert spec.classes is not None
    if not spec.take_none:
        return _Found(snapped(values, find(values, spec.classes)), how)
    lowest = take_none_bound(values, float(spec.take_none))
    rest = values[values >= lowest]
    above = snapped(rest, find(rest, spec.classes - 1)) if spec.classes > 2 else []
    return _Found([lowest, *above], f"{how} above a take-none class")


def _optimal_words(spec: SizeClasses) -> dict[str, Any]:
    """What the rule "optimal" is told, with its defaults."""
    given = {name: getattr(spec, name) for name in OPTIMAL_DEFAULTS}
    return OPTIMAL_DEFAULTS | {name: value for name, value in given.items() if value is not None}


def _optimal(spec: SizeClasses, values: FloatArray) -> _Found:
    assert spec.classes is not None
    assert spec.n is not None
    words = _optimal_words(spec)
    found = optimum(
        values,
        spec.classes,
        spec.n,
        r2=spec.r2,
        sigma=spec.sigma,
        take_all=spec.take_all,
        take_none=float(spec.take_none),
        **words,
    )
    model = f"r2 = {spec.r2:g}" if spec.r2 is not None else f"sigma = {spec.sigma:g}"
    how = (
        f"for n = {spec.n} with {words['allocation']} allocation, {model}, gamma = {words['gamma']:g} "
        f"(anticipated cv {100 * found.cv:.3g} %; {found.note})"
    )
    return _Found(list(found.bounds), how, found)


Rule: TypeAlias = Callable[[SizeClasses, FloatArray], _Found]

SIZE_CLASS_RULES: dict[str, Rule] = {
    "cumulative_root_frequency": _cumulative,
    "geometric": _geometric,
    "optimal": _optimal,
    "quantiles": _quantiles,
    "bounds": _given,
}
"""How the boundaries of size classes are found."""
USED_BY: dict[str, tuple[str, ...]] = {
    "bounds": ("bounds",),
    "bins": ("cumulative_root_frequency",),
    **dict.fromkeys(("n", "r2", "sigma", "gamma", "allocation", "min_per_class"), ("optimal",)),
}
"""The rules that use a value which is not given by default."""
OPTIMAL_DEFAULTS: dict[str, Any] = {"gamma": 0.75, "allocation": "neyman", "min_per_class": 2}
"""What the rule "optimal" takes for values that are not given."""
NEEDED_BY: dict[str, tuple[str, ...]] = {"bounds": ("bounds",), "n": ("optimal",)}


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(value >= least)
