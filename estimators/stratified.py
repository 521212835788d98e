"""The variance over all strata: forms summed, certainty cities left out, single-PSU rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, did_you_mean, quoted
from citysample.estimators.variance import FORMS
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import VARIANCE_FORMS
from citysample.weighting.design_weights import linked_totals, psu_totals

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

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
        The first-phase term over the cities; for units drawn inside the cities, the term of the second
        stage is added: sum_i pi_i V-hat_i, with V-hat_i the form inside city i of the variables
        expanded with the full weights.

    References
    ----------
    Sarndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, result 4.3.2.
    """
    if draw.links is not None:
        expanded = linked_totals(z, draw.pi, draw.links.row, draw.links.psu, draw.links.share)
        return stratified_covariance(expanded, draw, form)
    first = stratified_covariance(psu_totals(z, weights, draw.psu, draw.pi.size), draw, form)
    if draw.second_stage is None or form == "with_replacement":
        return first
    return first + _second_stage_covariance(z * weights[:, None], draw)


def _second_stage_covariance(expanded: FloatArray, draw: DrawRecord) -> FloatArray:
    stage = draw.second_stage
    assert stage is not None
    form = FORMS[VARIANCE_FORMS[stage.method][0]]
    total = np.zeros((expanded.shape[1], expanded.shape[1]))
    for code in np.unique(stage.stratum):
        rows = np.flatnonzero((stage.stratum == code) & (stage.pi < 1.0))
        if not rows.size:
            continue
        city = draw.psu[rows[0]]
        if rows.size == 1 and not form.one_psu:
            raise EstimateError(
                "ESTIMATE-SINGLE-PSU",
                "One unit was drawn inside a city, so the variance inside it is unknown.",
                where=f"stratum '{draw.strata[draw.stratum[city]]}', unit {rows[0] + 1}",
                got="1 unit",
                expected="at least 2 units in each sampled city, or all of them",
                remedy="Draw more units, or use variance = 'with_replacement', which needs the cities alone.",
            )
        total += draw.pi[city] * form.function(expanded[rows], stage.pi[rows])
    return total


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
    extra = {"joint": draw.joint.get(h), "balance": None if draw.balance is None else draw.balance[psus]}
    arrays = [extra[name] for name in chosen.needs]
    if any(array is None for array in arrays):
        raise EstimateError(
            "ESTIMATE-VARIANCE-INVALID",
            f"The record of the draw does not hold what the variance form '{form}' needs.",
            where=f"stratum '{draw.strata[h]}'",
            got=f"no {quoted(chosen.needs)}",
            expected="joint inclusion probabilities for 'syg', balancing variables for 'balanced'",
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
