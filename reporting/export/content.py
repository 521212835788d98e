"""What is exported: the rows with their design and variables, and each figure with its formula."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citysample.estimators.domains import Domain, form_domains
from citysample.estimators.functions.expressions import Expression
from citysample.estimators.functions.statistics import Quantile
from citysample.estimators.functions.term import Leaf, QuantileLeaf, Term
from citysample.estimators.functions.variables import Variables
from citysample.estimators.quantiles import rank
from citysample.reference_frames.columns import CITIES
from citysample.reporting.export.formulas import formula_of

if TYPE_CHECKING:
    import pandas as pd

    from citysample.estimators.estimates import Estimate, Estimates
    from citysample.estimators.functions.indicator import Indicator
    from citysample.reporting.export.designs import Design
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["BOTH", "NEITHER", "VALUE", "Content", "Figure", "Limits", "content_of"]

BOTH, VALUE, NEITHER = "estimate and se", "estimate", "nothing"
"""What the other program is expected to find, too."""

DESIGN_WORDS = {
    "id": "city, or unit inside a city",
    "weight": "weight",
    "stratum": "stratum of the draw",
    "pi": "inclusion probability; empty where it is not known",
    "certain": "1 for what was in the sample whatever the chance",
}
"""Columns that each export has."""

STAGE_WORDS = {"stratum": "stratum", "psu": "sampling unit", "fraction": "sampling fraction in the stratum"}
"""Columns of each stage."""

LONGEST_NAME = 28
"""Letters of a column name; the programs allow 32."""

ON_A_STEP = 1e-8
"""Distance from p within which programs may differ in whether the distribution function reaches p."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One figure, as another program computes it.

    Parameters
    ----------
    number : int
        1, 2, ... in the order of the estimates.
    row : Estimate
        The figure of citysample.
    expression : str
        Its canonical text.
    formula : Expression or None
        Arithmetic on totals; None if there is none.
    quantile : QuantileLeaf or None
        The quantile, if it is one.
    inside : tuple of str and int, or None
        Column and value by which the domain is known; None for the country.
    same : str
        What the other program is expected to find: ``BOTH``, ``VALUE`` or ``NEITHER``.
    reason : str
        Why not both.
    """

    number: int
    row: Estimate
    expression: str
    formula: Expression | None
    quantile: QuantileLeaf | None
    inside: tuple[str, int] | None
    same: str
    reason: str

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The variables that the figure needs."""
        if self.quantile is not None:
            return (Term(self.quantile.column),)
        return () if self.formula is None else self.formula.terms()


Limits: TypeAlias = "Callable[[Figure, Design], tuple[str, str]]"
"""What a program is expected to find of a figure, and why not all."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """All that an export holds.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each sampled city, or unit.
    figures : tuple of Figure
        The figures.
    design : Design
        The design as the program takes it.
    names : dict of Leaf to str
        Column of each variable, ``v1``, ``v2``, ...
    legend : dict of str to str
        What each column holds, in words.
    """

    table: pd.DataFrame
    figures: tuple[Figure, ...]
    design: Design
    names: dict[Leaf, str]
    legend: dict[str, str]


def content_of(
    survey: WeightedSample,
    named: dict[str, Indicator],
    by: str | Sequence[str | tuple[str, ...]],
    estimates: Estimates,
    design: Design,
    limits: Limits,
) -> Content:
    """Collect the rows, the variables and the figures; ``limits`` says what the program can do of each."""
    domains = form_domains(survey, by)
    breakdowns = list(dict.fromkeys(domain.by for domain in domains[1:]))
    inside, codes = _domain_codes(domains, breakdowns)
    variables = Variables(survey)
    figures: list[Figure] = []
    for i, indicator in enumerate(named.values()):
        for d, domain in enumerate(domains):
            row = estimates.rows[i * len(domains) + d]
            figure = _figure(len(figures) + 1, row, indicator, domain, inside[d], survey, variables)
            figures.append(_limited(figure, limits, design))
    computed = [figure for figure in figures if figure.same != NEITHER]
    leaves = list(dict.fromkeys(leaf for figure in computed for leaf in figure.leaves))
    names: dict[Leaf, str] = {leaf: f"v{j}" for j, leaf in enumerate(leaves, start=1)}
    table, legend = _table(survey, design, names, codes, variables)
    legend |= {f"by{j}": f"number of the domain of '{name}'" for j, name in enumerate(breakdowns, start=1)}
    return Content(table, tuple(figures), design, names, legend)


def _domain_codes(
    domains: Sequence[Domain], breakdowns: Sequence[str]
) -> tuple[list[tuple[str, int] | None], dict[str, np.ndarray]]:
    """For each domain its column and number; and the columns."""
    codes = {
        f"by{j}": np.zeros(domains[0].mask.size, dtype=np.int64) for j, _ in enumerate(breakdowns, start=1)
    }
    inside: list[tuple[str, int] | None] = []
    for domain in domains:
        if domain.by not in breakdowns:
            inside.append(None)
            continue
        column = f"by{breakdowns.index(domain.by) + 1}"
        number = 1 + sum(found is not None and found[0] == column for found in inside)
        codes[column][domain.mask] = number
        inside.append((column, number))
    return inside, codes


def _figure(
    number: int,
    row: Estimate,
    indicator: Indicator,
    domain: Domain,
    inside: tuple[str, int] | None,
    survey: WeightedSample,
    variables: Variables,
) -> Figure:
    expression = indicator.function
    formula = formula_of(expression)
    quantile = expression.leaf if isinstance(expression, Quantile) else None
    same, reason = BOTH, ""
    touched = {column for leaf in expression.terms() for column in leaf.columns}
    if math.isnan(row.estimate):
        same, reason = NEITHER, row.note or "there is no estimate"
    elif quantile is not None:
        same, reason = _of_quantile(quantile, survey, domain, variables)
    elif formula is None:
        same, reason = NEITHER, "there is no formula of totals for it"
    elif touched & set(survey.errors.columns):
        same, reason = VALUE, "the errors inside the cities are in the standard error of citysample alone"
    elif math.isnan(row.se):
        same, reason = VALUE, row.note or "there is no standard error"
    return Figure(number, row, str(expression), formula, quantile, inside, same, reason)


def _limited(figure: Figure, limits: Limits, design: Design) -> Figure:
    """The figure with what the program is expected to find of it."""
    if figure.same == NEITHER:
        return figure
    same, reason = limits(figure, design)
    if same == NEITHER or figure.same == BOTH:
        return replace(figure, same=same, reason=reason)
    return figure


def _of_quantile(
    leaf: QuantileLeaf, survey: WeightedSample, domain: Domain, variables: Variables
) -> tuple[str, str]:
    if leaf.rule != "math":
        return NEITHER, "programs treat ties and the ends in different ways under this rule"
    ranking = rank(variables.of([leaf])[:, 0], survey.weights * domain.mask)
    if (np.abs(ranking.share - leaf.p) < ON_A_STEP).any():
        return NEITHER, "p is where the distribution function jumps, and rounding decides"
    return VALUE, "programs cut the limits behind the standard error of a quantile in different ways"


def _table(
    survey: WeightedSample,
    design: Design,
    names: dict[Leaf, str],
    codes: dict[str, np.ndarray],
    variables: Variables,
) -> tuple[pd.DataFrame, dict[str, str]]:
    import pandas as pd

    draw = survey.draw
    columns: dict[str, object] = {
        "id": [str(city) for city in survey.table.index],
        "weight": survey.weights,
        "stratum": [draw.strata[h] for h in draw.stratum[draw.psu]],
        "pi": draw.row_pi(),
        "certain": draw.certain_rows().astype(np.int64),
        **design.columns,
        **codes,
    }
    values = variables.of(list(names))
    columns |= {name: values[:, j] for j, name in enumerate(names.values())}
    legend = {**DESIGN_WORDS, **{name: _stage_words(name) for name in design.columns}}
    legend |= {name: _words(leaf) for leaf, name in names.items()}
    taken = {name.lower() for name in columns}
    for column in dict.fromkeys(column for leaf in names for column in leaf.columns):
        safe = _safe_name(column, taken)
        columns[safe] = survey.table[column].tolist()
        legend[safe] = f"column '{column}' of the data"
    return pd.DataFrame(columns), legend


def _safe_name(column: str, taken: set[str]) -> str:
    """A name that all programs take, and that no other column has, whatever its case."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", column)[:LONGEST_NAME]
    plain = plain if re.match(r"[A-Za-z]", plain) else f"x{plain}"[:LONGEST_NAME]
    # Names of replicates, variables and domains are made of a word and a number.
    plain = f"{plain}_" if re.fullmatch(r"(v|r|t|by|d)\d*", plain, re.IGNORECASE) else plain
    safe, number = plain, 2
    while safe.lower() in taken:
        safe, number = f"{plain}_{number}", number + 1
    taken.add(safe.lower())
    return safe


def _stage_words(name: str) -> str:
    """What a column of a stage is, in words."""
    return f"{STAGE_WORDS[name.rstrip('0123456789')]}, stage {name.lstrip('abcdefghijklmnopqrstuvwxyz')}"


def _words(leaf: Leaf) -> str:
    """What a variable is, in words."""
    assert isinstance(leaf, Term)
    if leaf.column == CITIES:
        found = "1 for each city"
    elif leaf.level is not None:
        found = f"1 where '{leaf.column}' is '{leaf.level}', else 0"
    else:
        found = f"'{leaf.column}'"
    found = f"logarithm of {found}" if leaf.logarithm else found
    found = f"{found} less its mean in the sample" if leaf.centred else found
    if leaf.times is not None:
        found += f", times '{leaf.times}'" + (" less its mean" if leaf.centred else "")
    return found if leaf.stratum is None else f"{found}; 0 outside stratum '{leaf.stratum}'"
