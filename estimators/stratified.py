"""The variance over all strata: forms summed, certainty cities left out, single-PSU rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, did_you_mean, quoted
from citysample.estimators.variance import FORMS
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.methods import VARIANCE_FORMS

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = ["single_psu_strata", "stratified_covariance", "variance_form"]


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


def single_psu_strata(draw: DrawRecord) -> list[str]:
    """Labels of the strata with exactly one PSU that is not certain."""
    return [draw.strata[h] for h, psus in draw.random_psus() if psus.size == 1]


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
    single = [psus for _, psus in strata if psus.size == 1]
    if single and draw.single_psu == "fail":
        raise _single_psu_error(draw)
    for _, psus in strata:
        if psus.size > 1:
            total += FORMS[form](expanded[psus], draw.pi[psus])
    if single and draw.single_psu == "adjust":
        for psus in single:
            fraction = 0.0 if form == "with_replacement" else float(draw.pi[psus[0]])
            total += (1.0 - fraction) * np.outer(expanded[psus[0]], expanded[psus[0]])
    if single and draw.single_psu == "average":
        if len(single) == len(strata):
            raise _single_psu_error(draw)
        total *= len(strata) / (len(strata) - len(single))
    return total


def _single_psu_error(draw: DrawRecord) -> EstimateError:
    names = single_psu_strata(draw)
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
