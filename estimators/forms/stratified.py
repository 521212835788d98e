"""The variance over all strata: forms summed, certainty cities left out, single-PSU rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, did_you_mean, quoted
from citysample.estimators.forms.approximations import FORMS
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import VARIANCE_FORMS
from citysample.sampling.stages.draw_stage import ancestors
from citysample.weighting.design_weights import linked_totals, psu_totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from citysample.sampling.record import DrawRecord
    from citysample.sampling.stages.draw_stage import StageRecord

__all__ = ["design_covariance", "single_psu_strata", "stratified_covariance", "variance_form"]


def variance_form(draw: DrawRecord, name: str) -> str:
    """The form to use: that of the draw for ``"design"``, else the named one if it fits the draw."""
    valid = VARIANCE_FORMS[draw.method]
    if name == "design":
        return valid[0]
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


def single_psu_strata(draw: DrawRecord, form: str) -> list[str]:
    """Labels of the strata with fewer PSUs that are not certain than the form needs."""
    return [draw.strata[h] for h, psus in draw.random_psus() if psus.size < _fewest(draw, form, h)]


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
    Inside cities the form is that of the method of the stage.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, result 4.3.2.
    """
    if draw.links is not None:
        estimated = z / draw.conditional_pi()[:, None]
        expanded = linked_totals(estimated, draw.pi, draw.links.row, draw.links.psu, draw.links.share)
    else:
        expanded = psu_totals(z, weights, draw.psu, draw.pi.size)
    first = stratified_covariance(expanded, draw, form)
    return first + _later_stages(z * weights[:, None], draw, form) if draw.stages else first


def _later_stages(expanded: FloatArray, draw: DrawRecord, form: str) -> FloatArray:
    """The sum over the stages of (probability of the parent) times (form of its expanded units)."""
    total = np.zeros((expanded.shape[1], expanded.shape[1]))
    chance = _share_of_cities(draw, form)
    for stage, row in zip(draw.stages, ancestors(draw.stages), strict=True):
        m = len(stage.units)
        units = np.stack([np.bincount(row, weights=column, minlength=m) for column in expanded.T], axis=1)
        inside = form if form == "with_replacement" else VARIANCE_FORMS[stage.method][0]
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


def _share_of_cities(draw: DrawRecord, form: str) -> FloatArray:
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


def form_of_stratum(draw: DrawRecord, form: str, h: int) -> str:
    """The form of a stratum: the one asked for, or its own if it was drawn by a method that does not fit."""
    valid = VARIANCE_FORMS[draw.method_of(h)]
    return form if form in valid else valid[0]


def _fewest(draw: DrawRecord, form: str, h: int) -> int:
    """PSUs that the form of a stratum needs at least."""
    return 1 if FORMS[form_of_stratum(draw, form, h)].one_psu else 2


def _form_value(expanded: FloatArray, draw: DrawRecord, form: str, h: int, psus: IntArray) -> FloatArray:
    """The form of one stratum, with the arrays of the record that it needs."""
    chosen = FORMS[form_of_stratum(draw, form, h)]
    # Joint probabilities are computed when they are asked for, which may take long.
    held: dict[str, Callable[[], FloatArray | None]] = {
        "joint": lambda: draw.joint.get(h),
        "balance": lambda: None if draw.balance is None else draw.balance[psus],
        "imbalance": lambda: draw.imbalance.get(h),
    }
    arrays = [held[name]() for name in chosen.needs]
    missing = [name for name, array in zip(chosen.needs, arrays, strict=True) if array is None]
    if missing:
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            f"The record of the draw does not hold what the variance form '{form}' needs.",
            where=f"stratum '{draw.strata[h]}'",
            got=f"no {quoted(missing)}",
            expected="exact joint inclusion probabilities for 'syg'; "
            "what a balanced draw kept and missed for 'balanced'",
            remedy="Use 'design': it is the form that the draw recorded.",
        )
    return chosen.function(expanded[psus], draw.pi[psus], *arrays)


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
    Rules for a stratum with one random PSU: ``certainty`` adds nothing; ``adjust`` adds
    (1 - f) z-check^2, centred at 0; ``average`` adds the mean of the other strata with random PSUs.
    The rules are those of R survey 4.1-1 (help page ``surveyoptions``), but ``average`` counts
    take-all strata neither above nor below the line, and in a domain all strata count.
    """
    total = np.zeros((expanded.shape[1], expanded.shape[1]))
    strata = draw.random_psus()
    single = [psus for h, psus in strata if psus.size < _fewest(draw, form, h)]
    if single and draw.single_psu == "fail":
        raise _single_psu_error(draw, form)
    for h, psus in strata:
        if psus.size >= _fewest(draw, form, h):
            total += _form_value(expanded, draw, form, h, psus)
    if single and draw.single_psu == "adjust":
        for psus in single:
            fraction = 0.0 if form == "with_replacement" else float(draw.pi[psus[0]])
            total += (1.0 - fraction) * np.outer(expanded[psus[0]], expanded[psus[0]])
    if single and draw.single_psu == "average":
        if len(single) == len(strata):
            raise _single_psu_error(draw, form)
        total *= len(strata) / (len(strata) - len(single))
    return total


def _single_psu_error(draw: DrawRecord, form: str) -> EstimateError:
    names = single_psu_strata(draw, form)
    return EstimateError(
        "ESTIMATE-SINGLE-PSU",
        f"{len(names)} strata have one sampled unit that is not certain, so their variance is unknown.",
        where=f"strata {quoted(names)}",
        got=f"single_psu = '{draw.single_psu}'",
        expected="at least 2 such units in a stratum, or a rule that can be applied",
        remedy="Merge the stratum with a similar one, or choose a rule and report it: "
        "single_psu = 'adjust' (centre at zero; cautious), 'average' (mean of the other strata), "
        "'certainty' (no contribution; too small).",
    )
