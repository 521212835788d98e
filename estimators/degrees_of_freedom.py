"""Degrees of freedom of a variance estimate, for all domains at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.estimators.forms.single_psu import form_of_stratum, merged_strata
from citysample.estimators.forms.stratified import variance_form
from citysample.reference_frames.columns import BoolArray, FloatArray, IntArray
from citysample.sampling.stages.draw_stage import ancestors

if TYPE_CHECKING:
    from citysample.sampling.record import DrawRecord

__all__ = [
    "balancing_constraints",
    "design_df",
    "df_of_successive_differences",
    "free_by_stratum",
    "merged_codes",
    "nominal_df",
    "random_counts",
]

SUCCESSIVE = "successive_difference"


def design_df(
    draw: DrawRecord, domains: BoolArray, form: str | None = None, counts: IntArray | None = None
) -> FloatArray:
    """Cities of the domain that are not certain, minus their strata; in certainty cities, units so.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    domains : array (n, D) or (n,) of bool
        True for the rows of each domain.
    form : str, optional
        The variance form. The default is that of the draw.
    counts : array (G, D) or (G,) of int, optional
        What :func:`random_counts` gives, if it is at hand.

    Returns
    -------
    array (D,) or ()
        sum_h (m_hd - 1), m_hd being the random PSUs of stratum h that hold rows of the domain, over strata
        with m_hd >= 1, less the constraints of a balanced draw. 0 if there is none, or one in each stratum.
        Strata that the rule ``"collapse"`` merges count as one. A certainty city with units drawn inside it
        counts as strata of units. For successive differences it is 2 (m - 1)^2 / (3 m - 4) in place of m - 1.

    Notes
    -----
    Certainty cities and take-all strata add no variance, so they give no degrees of freedom.
    Cities outside the domain say nothing of the spread inside it. For the country, and for a union
    of strata, it is the number of random cities minus their strata.

    References
    ----------
    Korn, E. L., Graubard, B. I. (1999). Analysis of Health Surveys, Wiley. R survey 4.1-1 (2021),
    ``degf`` of a subset, which counts take-all strata, too.

    Examples
    --------
    >>> from citysample.sampling.record import DrawRecord
    >>> certain = np.array([True, False, False, False])
    >>> pi = np.where(certain, 1.0, 0.5)
    >>> draw = DrawRecord("srs", ("all",), np.arange(4), np.zeros(4, int), pi, certain, "fail")
    >>> design_df(draw, np.array([[True, True], [True, False], [True, True], [True, True]])).tolist()
    [2.0, 1.0]
    """
    form = variance_form(draw, "design") if form is None else form
    counts = random_counts(draw, domains) if counts is None else counts
    free = free_by_stratum(draw, counts, form).sum(axis=0) - balancing_constraints(draw)
    return np.asarray(np.maximum(free, 0.0), dtype=np.float64)


def free_by_stratum(draw: DrawRecord, counts: IntArray, form: str) -> FloatArray:
    """Degrees of freedom of each row of :func:`random_counts`, before the constraints of a balanced draw.

    Those of merged strata stand at the lowest code of the group; the others of the group have 0.
    """
    H = len(draw.strata)
    codes = merged_codes(draw, form)
    if (codes != np.arange(H)).any():
        counts = np.concatenate([_summed(counts[:H], codes), counts[H:]])
    free: FloatArray = np.maximum(counts - 1.0, 0.0)
    ordered = [h for h in range(H) if form_of_stratum(draw, form, h) == SUCCESSIVE]
    if ordered:
        free[ordered] = df_of_successive_differences(counts[ordered])
    return free


def df_of_successive_differences(m: IntArray) -> FloatArray:
    """Degrees of freedom of the mean of m - 1 squared differences between neighbours.

    Parameters
    ----------
    m : array of int
        PSUs in the order of the draw.

    Returns
    -------
    array of float
        2 (m - 1)^2 / (3 m - 4), about two thirds of m - 1; 0 if m < 2.

    References
    ----------
    von Neumann, J., Kent, R. H., Bellinson, H. R., Hart, B. I. (1941). The mean square successive difference.
    Ann. Math. Statist. 12, 153-162. Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd edition,
    Springer, ch. 8.

    Examples
    --------
    >>> df_of_successive_differences(np.array([1, 2, 3, 12])).tolist()
    [0.0, 1.0, 1.6, 7.5625]
    """
    enough = np.maximum(m, 2).astype(np.float64)
    return np.where(m < 2, 0.0, 2.0 * (enough - 1.0) ** 2 / (3.0 * enough - 4.0))


def random_counts(draw: DrawRecord, domains: BoolArray) -> IntArray:
    """What was drawn first by chance and holds rows of the domain, stratum by stratum.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    domains : array (n, D) or (n,) of bool
        True for the rows of each domain.

    Returns
    -------
    array (G, D) or (G,) of int
        The random PSUs of each of the H strata; then the random units inside each certainty city, or inside
        each stratum of it, and the units inside certain units of certainty cities.
    """
    return np.concatenate([_psu_counts(draw, domains), _unit_counts(draw, domains)])


def merged_codes(draw: DrawRecord, form: str) -> IntArray:
    """For each stratum the lowest code of the strata that it is merged with for the variance, shape (H,)."""
    codes = np.arange(len(draw.strata), dtype=np.int64)
    for group in merged_strata(draw, form):
        members = [*group.single, *group.rest]
        codes[members] = min(members)
    return codes


def _psu_counts(draw: DrawRecord, domains: BoolArray) -> IntArray:
    """Random PSUs of each stratum that hold rows of each domain, shape (H, D) or (H,)."""
    if draw.links is None:
        held = _held(domains, draw.psu, draw.pi.size)
    else:
        held = _held(domains[draw.links.row], draw.links.psu, draw.pi.size)
    random = np.flatnonzero(~draw.certainty)
    stratum, H = draw.stratum[random], len(draw.strata)
    columns = np.atleast_2d(held[random].T)
    counts = np.stack([np.bincount(stratum[column], minlength=H) for column in columns], axis=1)
    return counts.reshape(H, *domains.shape[1:])


def _unit_counts(draw: DrawRecord, domains: BoolArray) -> IntArray:
    """Random units inside certain ones that hold rows of each domain, shape (G, D) or (G,)."""
    counts = [np.zeros((0, *domains.shape[1:]), dtype=np.int64)]
    if not draw.stages:
        return counts[0]
    certain = _certain_cities(draw)
    for stage, row in zip(draw.stages, ancestors(draw.stages), strict=True):
        first = certain[stage.parent_rows] & (stage.pi < 1.0)
        held = _held(domains, row, len(stage.units))
        groups = [group for rows in stage.groups() if (group := rows[first[rows]]).size]
        counts += [held[group].sum(axis=0, dtype=np.int64)[None] for group in groups]
        certain = certain[stage.parent_rows] & (stage.pi == 1.0)
    return np.concatenate(counts)


def _held(rows: BoolArray, unit: IntArray, m: int) -> BoolArray:
    """True where a unit holds rows of a domain, shape (m, D) or (m,)."""
    if m == unit.size and np.array_equal(unit, np.arange(m)):
        return rows
    held = np.zeros((m, *rows.shape[1:]), dtype=np.bool_)
    row, *column = np.nonzero(rows)
    held[(unit[row], *column)] = True
    return held


def _summed(counts: IntArray, codes: IntArray) -> IntArray:
    """Counts of merged strata, at the lowest code of each group; 0 at the others."""
    summed = np.zeros_like(counts)
    np.add.at(summed, codes, counts)
    return summed


def _certain_cities(draw: DrawRecord) -> BoolArray:
    """True for each city that is certain with all its PSUs, in the numbers of the parents of stage 2."""
    if draw.links is None:
        return draw.certainty
    certain = np.ones(int(draw.stages[0].parent_rows.max(initial=0)) + 1, dtype=np.bool_)
    certain[draw.city_rows()[draw.links.row[~draw.certainty[draw.links.psu]]]] = False
    return certain


def balancing_constraints(draw: DrawRecord) -> int:
    """Degrees of freedom that a balanced draw uses up, besides one for the size of each stratum.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.

    Returns
    -------
    int
        Rank of the expanded balancing variables minus 1, summed over the strata; 0 if not balanced.

    References
    ----------
    Deville, J.-C., Tille, Y. (2005). Variance approximation under balanced sampling. J. Statist.
    Planning Inference 128, 569-591.
    """
    if draw.balance is None:
        return 0
    expanded = draw.balance / draw.pi[:, None]
    return sum(int(np.linalg.matrix_rank(expanded[psus])) - 1 for _, psus in draw.random_psus())


def nominal_df(draw: DrawRecord, form: str | None = None) -> int:
    """All PSUs minus all strata: the rule of other software, which counts take-all strata.

    Parameters
    ----------
    draw : DrawRecord
        The record of the draw.
    form : str, optional
        The variance form. The default is that of the draw.

    Returns
    -------
    int
        m - H. Strata that the rule ``"collapse"`` merges count as one.

    References
    ----------
    R survey 4.1-1 (2021), ``degf`` of a design.
    """
    codes = merged_codes(draw, variance_form(draw, "design") if form is None else form)
    return int(draw.pi.size) - int(np.unique(codes[draw.stratum]).size)
