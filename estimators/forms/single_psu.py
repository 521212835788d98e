"""Strata with one random PSU: which they are, what the rule of the design adds, and what it merges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import EstimateError, quoted
from citysample.estimators.forms.collapse import between_strata, nearest_groups
from citysample.estimators.forms.registry import FORMS
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import VARIANCE_FORMS, default_form
from citysample.sampling.record import Decision

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = [
    "MergedStrata",
    "fewest_psus",
    "form_of_stratum",
    "merged_strata",
    "refuse_single_psus",
    "single_psu_decisions",
    "single_psu_rule",
    "single_psu_strata",
]


@dataclass(frozen=True, slots=True)
class MergedStrata:
    """Strata that the rule ``"collapse"`` merges for the variance.

    Parameters
    ----------
    single : tuple of int
        Codes of the strata with one random PSU.
    rest : tuple of int
        Code of the stratum with more of them that they join; empty if all are single.
    """

    single: tuple[int, ...]
    rest: tuple[int, ...]


def form_of_stratum(draw: DrawRecord, form: str, h: int) -> str:
    """The form of a stratum: the one asked for, or its own if it was drawn by a method that does not fit."""
    method = draw.method_of(h)
    return form if form in VARIANCE_FORMS[method] else default_form(method, draw.held)


def fewest_psus(draw: DrawRecord, form: str, h: int) -> int:
    """PSUs that the form of a stratum needs at least."""
    return 1 if FORMS[form_of_stratum(draw, form, h)].one_psu else 2


def single_psu_strata(draw: DrawRecord, form: str) -> list[str]:
    """Labels of the strata with fewer PSUs that are not certain than the form needs."""
    return [draw.strata[h] for h, psus in draw.random_psus() if psus.size < fewest_psus(draw, form, h)]


def single_psu_rule(total: FloatArray, expanded: FloatArray, draw: DrawRecord, form: str) -> FloatArray:
    """Add what the strata with one random PSU contribute to the variance, by the rule of the design.

    Parameters
    ----------
    total : array (q, q)
        Estimated covariance matrix of the other strata.
    expanded : array (m, q)
        Expanded variables of the PSUs.
    draw : DrawRecord
        The record of the draw, with the rule.
    form : str
        A key of ``FORMS``.

    Returns
    -------
    array (q, q)
        The covariance matrix of all strata.

    Raises
    ------
    EstimateError
        ``ESTIMATE-SINGLE-PSU``: there are such strata, and the rule is ``"fail"`` or cannot be applied.

    Notes
    -----
    ``certainty`` adds nothing; ``adjust`` adds (1 - f) z-check^2, centred at 0; ``average`` adds the mean of
    the other strata with random PSUs. These rules are those of R survey 4.1-1, but ``average`` counts
    take-all strata neither above nor below the line, and in a domain all strata count. ``collapse`` adds
    :func:`between_strata` for each group of :func:`merged_strata`.

    A certainty city alone in its stratum is no case for a rule. For one of several units drawn inside a city
    there is no rule: such a draw is refused.

    References
    ----------
    R survey 4.1-1 (2021), help page ``surveyoptions``. Lumley, T. (2010). Complex Surveys, Wiley, sec. 2.3.
    """
    strata = draw.random_psus()
    single = [int(psus[0]) for h, psus in strata if psus.size < fewest_psus(draw, form, h)]
    if not single or draw.single_psu == "certainty":
        return total
    if draw.single_psu == "adjust":
        fraction = np.zeros(len(single)) if form == "with_replacement" else draw.pi[single]
        alone = expanded[single]
        return np.asarray(total + (alone * (1.0 - fraction)[:, None]).T @ alone, dtype=np.float64)
    if draw.single_psu == "average" and len(single) < len(strata):
        return total * (len(strata) / (len(strata) - len(single)))
    if draw.single_psu == "collapse":
        psus_of = dict(strata)
        for group in merged_strata(draw, form):
            lone, rest = (_psus(psus_of, codes) for codes in (group.single, group.rest))
            total = total + between_strata(expanded[lone], expanded[rest])
        return total
    raise _single_psu_error(draw, form)


def _psus(psus_of: dict[int, IntArray], codes: tuple[int, ...]) -> IntArray:
    """PSUs of these strata."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *(psus_of[h] for h in codes)])


def refuse_single_psus(draw: DrawRecord, form: str) -> None:
    """Refuse a draw that has strata with one random PSU."""
    if single_psu_strata(draw, form):
        raise _single_psu_error(draw, form)


def merged_strata(draw: DrawRecord, form: str) -> list[MergedStrata]:
    """The groups of strata that the rule ``"collapse"`` merges; empty under another rule.

    They follow from the draw and the scores alone, so they are the same for all estimates and domains.

    Raises
    ------
    EstimateError
        ``ESTIMATE-SINGLE-PSU``: there are no scores, or a single stratum has no other to join.
    """
    if draw.single_psu != "collapse":
        return []
    H = len(draw.strata)
    counts = np.zeros(H, dtype=np.int64)
    single = np.zeros(H, dtype=np.bool_)
    for h, psus in draw.random_psus():
        counts[h], single[h] = psus.size, psus.size < fewest_psus(draw, form, h)
    if not single.any():
        return []
    if draw.scores is None:
        raise _no_scores(draw, form)
    group = nearest_groups(draw.scores, counts > 0, single)
    found = []
    for code in np.unique(group[single]).tolist():
        members = group == code
        alone, rest = (np.flatnonzero(members & flag).tolist() for flag in (single, ~single))
        if len(alone) + len(rest) == 1:
            raise _single_psu_error(draw, form)
        found.append(MergedStrata(tuple(alone), tuple(rest)))
    return found


def single_psu_decisions(draw: DrawRecord, form: str) -> list[Decision]:
    """What the rule did with each stratum with one random PSU, or each group of merged strata."""
    if draw.single_psu != "collapse":
        return [
            Decision("single_psu", stratum, f"one random unit; rule '{draw.single_psu}' applied")
            for stratum in single_psu_strata(draw, form)
        ]
    scores = np.zeros(len(draw.strata)) if draw.scores is None else draw.scores
    decisions = []
    for group in merged_strata(draw, form):
        members = sorted(group.single + group.rest)
        names = ", ".join(f"'{draw.strata[h]}'" for h in members)
        single = ", ".join(f"'{draw.strata[h]}'" for h in group.single)
        values = ", ".join(f"{float(scores[h]):.4g}" for h in members)
        what = f"strata {names} merged for the variance, scores {values}; one random unit in {single}"
        decisions.append(Decision("single_psu", " + ".join(draw.strata[h] for h in members), what))
    return decisions


def _no_scores(draw: DrawRecord, form: str) -> EstimateError:
    return EstimateError(
        "ESTIMATE-SINGLE-PSU",
        "The rule 'collapse' needs to know which strata are similar, and the draw does not say.",
        where=f"strata {quoted(single_psu_strata(draw, form))}",
        got="single_psu = 'collapse', no scores of the strata",
        expected="a score for each stratum that was fixed before the data",
        remedy="Name a column that says it, such as the mean size of the cities of the stratum: collapse_by. "
        "Or choose another rule: 'adjust', 'average' or 'certainty'.",
    )


def _single_psu_error(draw: DrawRecord, form: str) -> EstimateError:
    names = single_psu_strata(draw, form)
    return EstimateError(
        "ESTIMATE-SINGLE-PSU",
        f"{len(names)} strata have one sampled unit that is not certain, so their variance is unknown.",
        where=f"strata {quoted(names)}",
        got=f"single_psu = '{draw.single_psu}'",
        expected="at least 2 such units in a stratum, or a rule that can be applied",
        remedy="Merge the stratum with a similar one, or choose a rule and report it: "
        "single_psu = 'collapse' (compare it with the most similar stratum; rather too large), "
        "'adjust' (centre at zero; cautious), 'average' (mean of the other strata), "
        "'certainty' (no contribution; too small).",
    )
