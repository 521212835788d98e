"""The design of a sample for other programs: strata and fractions, pi_kl, or replicate weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import CitySampleError, EstimateError
from citysample.estimators.forms.single_psu import form_of_stratum, single_psu_strata
from citysample.estimators.replicates.methods import make_replicates
from citysample.estimators.variances import ByForm, ByReplicates
from citysample.reference_frames.columns import FloatArray, IntArray
from citysample.sampling.methods import default_form
from citysample.sampling.stages.draw_stage import ancestors

if TYPE_CHECKING:
    from citysample.estimators.variances import Variances
    from citysample.sampling.record import DrawRecord
    from citysample.sampling.stages.draw_stage import StageRecord
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["Design", "Grammar", "design_for"]

SAME = 1e-12
"""Relative difference of weights and probabilities that are the same but for rounding."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a program can say of a design.

    Parameters
    ----------
    kinds : tuple of str
        Keys of ``KINDS``.
    stages : int
        Stages whose fractions it takes into account.
    single_psu : tuple of str
        Rules for strata with one sampled unit that it has in the same form.
    """

    kinds: tuple[str, ...]
    stages: int
    single_psu: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A design as another program takes it.

    Parameters
    ----------
    kind : str
        Key of ``KINDS``.
    form : str
        The variance form, or the method of the replicates.
    stages : int
        Stages with columns ``stratum1, psu1, fraction1``, ``stratum2, ...``; 0 if there are none.
    columns : mapping of str to array (n,)
        The columns of the design.
    single_psu : str
        Rule for strata with one sampled unit.
    replace : bool
        True if there are no finite population corrections.
    joint : array (n, n) or None
        pi_kl of the sampled units.
    replicates : array (n, R) or None
        Replicate weights.
    scale : float
        Factor of all replicates.
    rscales : array (R,)
        Factor of each replicate.
    mse : bool
        True: deviations from the estimate of the full sample; False: from the mean of the replicates.
    linear : bool
        True if the variance of a function of totals is that of its linear part; False if the function is
        computed anew in each replicate.
    """

    kind: str
    form: str
    stages: int = 0
    columns: Mapping[str, FloatArray | IntArray] = field(default_factory=dict)
    single_psu: str = "fail"
    replace: bool = False
    joint: FloatArray | None = None
    replicates: FloatArray | None = None
    scale: float = 1.0
    rscales: FloatArray = field(default_factory=lambda: np.ones(0))
    mse: bool = True
    linear: bool = True


def design_for(survey: WeightedSample, variances: Variances, grammar: Grammar) -> Design:
    """The design in the first way that gives the variance exactly.

    Raises
    ------
    EstimateError
        ``ESTIMATE-EXPORT-IMPOSSIBLE``: there is no such way.
    """
    if isinstance(variances, ByReplicates):
        return _given_replicates(survey, variances)
    assert isinstance(variances, ByForm)
    # R stops where all sampling fractions are 1.
    census = bool(survey.draw.certain_rows().all())
    for kind in () if census else grammar.kinds:
        found = KINDS[kind](survey, variances.form, grammar)
        if found is not None:
            return found
    return _made_replicates(survey, variances.form)


def _stages(survey: WeightedSample, form: str, grammar: Grammar) -> Design | None:
    """Simple random sampling at each stage, with the fractions of all stages."""
    draw = survey.draw
    if not _plain(draw, form, "srs") or not _rule_fits(draw, form, grammar):
        return None
    varying = [k for k, stage in enumerate(draw.stages, start=2) if (stage.pi < 1.0).any()]
    stages = max(varying, default=1)
    if stages > grammar.stages or not _equal_chances(draw):
        return None
    columns = _first_stage(draw)
    rows = ancestors(draw.stages) if draw.stages else ()
    for number, (stage, row) in enumerate(zip(draw.stages, rows, strict=True), start=2):
        if number <= stages:
            columns[f"stratum{number}"] = _groups(stage)[row]
            columns[f"psu{number}"] = row + 1
            columns[f"fraction{number}"] = stage.pi[row]
    return Design("stages", form, stages, columns, _rule(draw, form))


def _with_replacement(survey: WeightedSample, form: str, grammar: Grammar) -> Design | None:
    """Ultimate clusters: the units that were drawn first by chance, without corrections."""
    draw = survey.draw
    if not _plain(draw, form, "with_replacement") or not _rule_fits(draw, form, grammar):
        return None
    columns = _first_stage(draw)
    psu, stratum = columns["psu1"].astype(np.int64), columns["stratum1"].astype(np.int64)
    certain = draw.certainty[draw.psu]
    for stage, row in zip(draw.stages, ancestors(draw.stages) if draw.stages else (), strict=True):
        here = certain & (stage.pi[row] < 1.0)
        stratum[here] = stratum.max() + _groups(stage)[row[here]]
        psu[here] = psu.max() + 1 + row[here]
        certain &= stage.pi[row] == 1.0
    columns = {"stratum1": stratum, "psu1": psu, "fraction1": certain.astype(np.float64)}
    return Design("with_replacement", form, 1, columns, _rule(draw, form), replace=not certain.any())


def _joint(survey: WeightedSample, form: str) -> Design | None:
    """Exact pi_kl; units of different strata, and certain ones, are independent of each other."""
    draw = survey.draw
    if form not in ("syg", "ht") or not _units_alone(survey, form, form, ("certainty",)):
        return None
    joint = np.outer(draw.pi, draw.pi)
    np.fill_diagonal(joint, draw.pi)
    for h, psus in draw.random_psus():
        if psus.size > 1:
            joint[np.ix_(psus, psus)] = draw.joint[h]
    return Design("joint", form, joint=joint)


def _poisson(survey: WeightedSample, form: str) -> Design | None:
    """Independent draws."""
    if form != "poisson" or not _units_alone(survey, form, "poisson", ()):
        return None
    return Design("poisson", form)


def _brewer(survey: WeightedSample, form: str) -> Design | None:
    """Brewer's approximation: strata, and the probability of each unit as its fraction."""
    draw = survey.draw
    if form != "brewer" or not _units_alone(survey, form, "brewer", ("certainty",)):
        return None
    columns = _first_stage(draw) | {"fraction1": draw.pi}
    return Design("brewer", form, 1, columns, _rule(draw, form))


KINDS: dict[str, Callable[[WeightedSample, str, Grammar], Design | None]] = {
    "stages": _stages,
    "with_replacement": _with_replacement,
    "joint": lambda survey, form, _: _joint(survey, form),
    "poisson": lambda survey, form, _: _poisson(survey, form),
    "brewer": lambda survey, form, _: _brewer(survey, form),
}
"""Ways to express a design; each gives None where it would not give the variance exactly."""


def _made_replicates(survey: WeightedSample, form: str) -> Design:
    """Replicate weights whose variance of totals is that of the form."""
    try:
        made = make_replicates(survey.draw, form, "exact")
    except CitySampleError as error:
        raise EstimateError(
            "ESTIMATE-EXPORT-IMPOSSIBLE",
            "The other program cannot express this design, and there are no replicate weights for it.",
            where=error.where,
            got=f"variance form '{form}'. {error.what}",
            expected="a form that the program has, or one that cannot be negative",
            remedy="Estimate with another variance, such as 'deville', and export that; or check in R.",
        ) from None
    weights = survey.weights[:, None] * made.factors[:, made.unit].T
    return Design(
        "replicates",
        form,
        single_psu=_rule(survey.draw, form),
        replicates=weights,
        scale=made.scale,
        rscales=made.rscales,
    )


def _given_replicates(survey: WeightedSample, variances: ByReplicates) -> Design:
    """The replicate weights that the variance was computed with."""
    given = variances.replicates
    return Design(
        "replicates",
        variances.name,
        replicates=survey.weights[:, None] * given.factors[:, given.unit].T,
        scale=given.scale,
        rscales=given.rscales,
        mse=given.mse,
        linear=False,
    )


def _plain(draw: DrawRecord, form: str, wanted: str) -> bool:
    """True if all strata have this form, each row is in one PSU, and all units answered."""
    forms = {form_of_stratum(draw, form, h) for h, _ in draw.random_psus()} | {form}
    return forms == {wanted} and draw.links is None and draw.response is None


def _units_alone(survey: WeightedSample, form: str, wanted: str, rules: tuple[str, ...]) -> bool:
    """True if the rows are the units drawn, with weights 1/pi, and no single one is left to a rule."""
    draw = survey.draw
    if not _plain(draw, form, wanted) or draw.stages:
        return False
    if single_psu_strata(draw, form) and draw.single_psu not in rules:
        return False
    rows = np.array_equal(draw.psu, np.arange(draw.pi.size))
    return rows and np.allclose(survey.weights * draw.pi, 1.0, rtol=SAME, atol=SAME)


def _rule(draw: DrawRecord, form: str) -> str:
    return draw.single_psu if single_psu_strata(draw, form) else "fail"


def _rule_fits(draw: DrawRecord, form: str, grammar: Grammar) -> bool:
    """True if the program treats strata with one random PSU as the rule of the draw does."""
    rule = _rule(draw, form)
    # The other programs count take-all strata in the mean over strata; citysample does not.
    counted = rule == "average" and (bool(draw.certainty.any()) or bool(draw.stages))
    return rule == "fail" or (rule in grammar.single_psu and not counted)


def _first_stage(draw: DrawRecord) -> dict[str, FloatArray | IntArray]:
    """Stratum, PSU and fraction of each row; each certain PSU is a stratum of its own, with fraction 1."""
    stratum, fraction = draw.stratum + 1, draw.pi.copy()
    certain = np.flatnonzero(draw.certainty)
    stratum[certain] = len(draw.strata) + 1 + np.arange(certain.size)
    fraction[certain] = 1.0
    for _, psus in draw.random_psus():
        fraction[psus] = draw.pi[psus[0]]
    return {"stratum1": stratum[draw.psu], "psu1": draw.psu + 1, "fraction1": fraction[draw.psu]}


def _equal_chances(draw: DrawRecord) -> bool:
    """True if the units that were drawn together had equal probabilities, at each stage."""
    alike = [bool(np.ptp(draw.pi[psus]) <= SAME) for _, psus in draw.random_psus()]
    for stage in (stage for stage in draw.stages if (stage.pi < 1.0).any()):
        alike.append(default_form(stage.method, ()) == "srs")
        alike += [bool(np.ptp(stage.pi[group]) <= SAME) for group in stage.groups()]
    return all(alike)


def _groups(stage: StageRecord) -> IntArray:
    """Number of the group in which each unit of a later stage was drawn, 1, 2, ..."""
    number = np.zeros(len(stage.units), dtype=np.int64)
    for code, members in enumerate(stage.groups(), start=1):
        number[members] = code
    return number
