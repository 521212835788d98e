"""The variance over all strata: forms summed, certainty cities left out, single-PSU rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, did_you_mean, quoted
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.forms.single_psu import (
    fewest_psus,
    form_of_stratum,
    refuse_single_psus,
    single_psu_rule,
    single_psu_strata,
)
from citysample.estimators.forms.two_phase import two_phase
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import VARIANCE_FORMS, default_form
from citysample.sampling.stages.draw_stage import ancestors
from citysample.weighting.design_weights import linked_totals, psu_totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from citysample.sampling.record import DrawRecord
    from citysample.sampling.stages.draw_stage import StageRecord

__all__ = ["design_covariance", "single_psu_strata", "stratified_covariance", "variance_form"]

ROWS_AT_ONCE = 500
"""Rows of the identity matrix that are handled together, for the memory that they take."""


def variance_form(draw: DrawRecord, name: str) -> str:
    """The form to use: that of the draw for ``"design"``, else the named one if it fits the draw."""
    valid = VARIANCE_FORMS[draw.method]
    if name == "design":
        return draw.form or default_form(draw.method, draw.held)
    if name not in FORMS:
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no variance form '{name}'.",
            where="variance",
            got=repr(name),
            remedy=did_you_mean(name, ["design", *valid]),
        )
    if name not in valid:
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            f"The variance form '{name}' does not fit a sample drawn by '{draw.method}'.",
            got=repr(name),
            expected=f"one of {quoted(['design', *valid])}",
            remedy="Use 'design': it is the form that the draw recorded.",
        )
    return name


def design_covariance(z: FloatArray, weights: FloatArray, draw: DrawRecord, form: str) -> FloatArray:
    """Estimated covariance matrix of q estimators from their linearised variables.

    Parameters
    ----------
    z : array (n, q)
        Linearised variables of the rows.
    weights : array (n,)
        Weights w_k.
    draw : DrawRecord
        The record of the draw.
    form : str
        A key of ``FORMS`` for the cities.

    Returns
    -------
    array (q, q)
        V-hat_1 + sum_i pi_i V-hat_i. V-hat_1 is the form over the cities of their expanded totals.
        V-hat_i is the form over the units drawn inside city i, of their expanded totals with the full
        weights; the units inside units follow in the same way, with the product of the probabilities.

    Raises
    ------
    EstimateError
        ``ESTIMATE-SINGLE-PSU``: one city in a stratum and no rule, or one of several units inside a city.

    Notes
    -----
    Certainty cities add nothing to the first term; the units drawn inside them still add theirs, with
    pi_i = 1. ``with_replacement`` is the ultimate-cluster form: it takes the expanded totals of the
    random cities alone, and inside certainty cities those of the units that are drawn first.
    Inside cities the form is that of the method of the stage. Where units answered by chance, the
    probabilities of the record add the variance of the response; see :func:`two_phase`.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, result 4.3.2.
    """
    expanded = z * weights[:, None]
    first = _draw_covariance(expanded, draw, form)
    if draw.response is None:
        return first
    return two_phase(first, expanded, draw.response, _diagonal(draw, form))


def _draw_covariance(expanded: FloatArray, draw: DrawRecord, form: str) -> FloatArray:
    """The form of the draw, all stages, as a quadratic form of the expanded rows (n, q)."""
    if draw.links is None:
        psus = psu_totals(expanded, np.ones(len(expanded)), draw.psu, draw.pi.size)
    else:
        # The part of an expanded row that goes to a PSU is theta/pi over the sum of all its theta/pi.
        whole = draw.weights() * draw.conditional_pi()
        psus = linked_totals(
            expanded / whole[:, None], draw.pi, draw.links.row, draw.links.psu, draw.links.share
        )
    first = stratified_covariance(psus, draw, form)
    return first + _later_stages(expanded, draw, form) if draw.stages else first


def _diagonal(draw: DrawRecord, form: str) -> FloatArray:
    """Q_kk of the rows: how often the form of the draw counts the square of each, shape (n,)."""
    n = draw.psu.size
    found = np.empty(n)
    for first in range(0, n, ROWS_AT_ONCE):
        rows = np.arange(first, min(first + ROWS_AT_ONCE, n))
        one = np.zeros((n, rows.size))
        one[rows, np.arange(rows.size)] = 1.0
        found[rows] = np.diag(_draw_covariance(one, draw, form))
    return found


def _later_stages(expanded: FloatArray, draw: DrawRecord, form: str) -> FloatArray:
    """The sum over the stages of (probability of the parent) times (form of its expanded units)."""
    total = np.zeros((expanded.shape[1], expanded.shape[1]))
    chance = share_of_cities(draw, form)
    for stage, row in zip(draw.stages, ancestors(draw.stages), strict=True):
        m = len(stage.units)
        units = np.stack([np.bincount(row, weights=column, minlength=m) for column in expanded.T], axis=1)
        inside = form if form == "with_replacement" else default_form(stage.method, ())
        for group in stage.groups():
            share = chance[stage.parent_rows[group[0]]]
            random = group[stage.pi[group] < 1.0]
            if not random.size or (inside == "with_replacement" and share != 1.0):
                continue
            if random.size == 1 and not FORMS[inside].one_psu:
                raise _single_unit(stage, int(random[0]))
            total += share * FORMS[inside].function(units[random], stage.pi[random])
        chance = chance[stage.parent_rows] * stage.pi
    return total


def share_of_cities(draw: DrawRecord, form: str) -> FloatArray:
    """What part of the variance inside each city the form over the cities does not hold yet: pi_i.

    For a city that belongs to several PSUs it is 1 - Q(a)/w^2: a are the parts theta/pi of its PSUs, w is
    their sum, and Q(a) is how often the form holds the variance inside the city already.
    """
    if draw.links is None:
        return np.where(draw.certainty, 1.0, draw.pi)
    city = draw.city_rows()
    cities, first = np.unique(city, return_index=True)
    one = np.zeros((city.size, cities.size))
    one[first, np.arange(cities.size)] = 1.0
    parts = linked_totals(one, draw.pi, draw.links.row, draw.links.psu, draw.links.share)
    held = np.diag(stratified_covariance(parts, draw, form)) / parts.sum(axis=0) ** 2
    share = np.ones(int(draw.stages[0].parent_rows.max(initial=0)) + 1)
    share[cities] = np.clip(1.0 - held, 0.0, 1.0)
    return share


def _single_unit(stage: StageRecord, row: int) -> EstimateError:
    return EstimateError(
        "ESTIMATE-SINGLE-PSU",
        "One of several units was drawn, so the variance between them is unknown.",
        where=f"'{stage.parents[row]}', stratum '{stage.strata[row]}'",
        got=f"1 of {stage.N[row]} units at stage {stage.stage}",
        expected="at least 2 units, or all of them",
        remedy="Draw more units. Or use variance = 'with_replacement': it compares the cities alone, "
        "and needs 2 units in certainty cities only.",
    )


def _form_value(expanded: FloatArray, draw: DrawRecord, form: str, h: int, psus: IntArray) -> FloatArray:
    """The form of one stratum, with the arrays of the record that it needs."""
    chosen = FORMS[form_of_stratum(draw, form, h)]
    # Joint probabilities are computed when they are asked for, which may take long.
    held: dict[str, Callable[[], FloatArray | IntArray | None]] = {
        "joint": lambda: draw.joint.get(h),
        "balance": lambda: None if draw.balance is None else draw.balance[psus],
        "imbalance": lambda: draw.imbalance.get(h),
        "coordinates": lambda: None if draw.coordinates is None else draw.coordinates[psus],
        "position": lambda: None if draw.position is None else draw.position[psus],
        "squares": lambda: _squares(draw, h),
    }
    arrays = [held[name]() for name in chosen.needs]
    missing = [name for name, array in zip(chosen.needs, arrays, strict=True) if array is None]
    if missing:
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            f"The record of the draw does not hold what the variance form '{form}' needs.",
            where=f"stratum '{draw.strata[h]}'",
            got=f"no {quoted(missing)}",
            expected="exact joint inclusion probabilities for 'syg' and 'ht'; what a balanced draw kept and "
            "missed for 'balanced'; coordinates for 'local_mean'; the order of the draw for "
            "'successive_difference'",
            remedy="Use 'design': it is the form that the draw recorded.",
        )
    more = [held[name]() for name in chosen.uses]
    return chosen.function(expanded[psus], draw.pi[psus], *arrays, *more)


def _squares(draw: DrawRecord, h: int) -> FloatArray | None:
    """sum_U pi_k^2 over the cities of a stratum that are not certain; None if the frame is not known."""
    if draw.population is None:
        return None
    pi = draw.population.pi[draw.population.stratum == h]
    return np.asarray((pi[pi < 1.0] ** 2).sum(), dtype=np.float64)


def stratified_covariance(expanded: FloatArray, draw: DrawRecord, form: str) -> FloatArray:
    """Estimated covariance matrix of q estimators: the form of each stratum, summed.

    Parameters
    ----------
    expanded : array (m, q)
        Expanded linearised variables z-check_k = sum of w z over the rows of PSU k.
    draw : DrawRecord
        Strata, inclusion probabilities, certainty and the single-PSU rule.
    form : str
        A key of ``FORMS``.

    Returns
    -------
    array (q, q)
        V-hat = sum_h form(z-check in h, pi in h) over the PSUs that are not certain.

    Raises
    ------
    EstimateError
        ``ESTIMATE-SINGLE-PSU``: a stratum has one random PSU and the rule is ``"fail"``.

    Notes
    -----
    What strata with one random PSU add is said by :func:`single_psu_rule`; the others keep their own form.
    """
    if draw.single_psu == "fail":
        refuse_single_psus(draw, form)
    total = np.zeros((expanded.shape[1], expanded.shape[1]))
    for h, psus in draw.random_psus():
        if psus.size >= fewest_psus(draw, form, h):
            total += _form_value(expanded, draw, form, h, psus)
    return single_psu_rule(total, expanded, draw, form)
