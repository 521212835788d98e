"""The rules that share a sample among strata, as a study file names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from citysample.sampling.allocate.rule_checks import (
    Cost,
    PerStratum,
    check_bounds,
    check_costs,
    check_count,
    check_positive,
    invalid,
    is_count,
    is_number,
)

__all__ = [
    "Allocation",
    "Bethel",
    "Controlled",
    "Equal",
    "Explicit",
    "Neyman",
    "Optimal",
    "Power",
    "Proportional",
    "Target",
    "needed_columns",
]


@dataclass(frozen=True, slots=True)
class Equal:
    """The same number of cities in each stratum, as far as the strata allow.

    Use it when a figure is wanted for each stratum rather than for the country.

    Parameters
    ----------
    n : int
        Sample size of the country, certainty cities included.
    min_per_stratum : int or mapping of str to int
        Smallest number of randomly drawn cities in a stratum; 2 are needed for a variance. A
        stratum with fewer cities is taken whole. A mapping names strata; the others keep 2.
    max_per_stratum : int or mapping of str to int, optional
        Largest number of randomly drawn cities in a stratum. What a stratum cannot take is shared
        among the others.
    """

    n: int
    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None

    def __post_init__(self) -> None:
        check_count("n", self.n)
        check_bounds(self.min_per_stratum, self.max_per_stratum)


@dataclass(frozen=True, slots=True)
class Proportional:
    """Cities in proportion to the number of cities N_h in the stratum.

    Use it when nothing is known about the strata: each city has about the same weight.

    Parameters
    ----------
    n, min_per_stratum, max_per_stratum
        As in :class:`Equal`.
    """

    n: int
    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None

    def __post_init__(self) -> None:
        check_count("n", self.n)
        check_bounds(self.min_per_stratum, self.max_per_stratum)


@dataclass(frozen=True, slots=True)
class Neyman:
    """Cities in proportion to N_h S_h, with S_h the standard deviation of a proxy variable.

    Use it when a frame column behaves like the indicator. It is the allocation with the smallest
    variance of the estimated total of the proxy under stratified SRS, in whole numbers.

    Parameters
    ----------
    n, min_per_stratum, max_per_stratum
        As in :class:`Equal`.
    proxy : str
        A number column of the frame, known for every city.
    """

    n: int
    proxy: str
    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None

    def __post_init__(self) -> None:
        check_count("n", self.n)
        check_bounds(self.min_per_stratum, self.max_per_stratum)


@dataclass(frozen=True, slots=True)
class Optimal:
    """The best allocation where a city costs more in one stratum than in another.

    With ``budget`` it is the sample with the smallest variance of the estimated total of the proxy
    that the budget pays for. With ``n`` it is the cost-optimal mix at that size.

    Parameters
    ----------
    proxy : str
        As in :class:`Neyman`.
    cost : str or mapping of str to float
        What a city costs: a number column of the frame (its mean over the stratum counts), or the
        cost by stratum label. Above 0.
    n : int, optional
        Sample size of the country, certainty cities included.
    budget : float, optional
        What all cities of the sample may cost together, certainty cities included.
    min_per_stratum, max_per_stratum
        As in :class:`Equal`.

    Notes
    -----
    n_h is about proportional to N_h S_h / sqrt(c_h). With ``n`` it minimises
    sum N_h^2 S_h^2 / (c_h n_h) in whole numbers; with ``budget`` it minimises sum N_h^2 S_h^2 / n_h
    among all whole numbers with sum c_h n_h <= budget.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., Wiley, section 5.5.
    """

    proxy: str
    cost: Cost
    n: int | None = None
    budget: float | None = None
    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None

    def __post_init__(self) -> None:
        if (self.n is None) == (self.budget is None):
            raise invalid(
                "The cost-optimal allocation needs a sample size or a budget.",
                got="neither" if self.n is None else f"n = {self.n} and budget = {self.budget}",
                expected="n or budget",
                remedy="Give one of the two.",
            )
        if self.n is not None:
            check_count("n", self.n)
        else:
            check_positive("budget", self.budget)
        check_costs(self.cost)
        check_bounds(self.min_per_stratum, self.max_per_stratum)


@dataclass(frozen=True, slots=True)
class Power:
    """A compromise between good figures for the country and good figures for each stratum.

    Parameters
    ----------
    n, min_per_stratum, max_per_stratum
        As in :class:`Equal`.
    total : str
        A number column of the frame, 0 or more, such as the population. X_h is its total over the
        stratum; it says how much the stratum matters.
    q : float
        Power of X_h, 0 to 1. With 1 large strata get most of the sample, as for a national total;
        with 0 all strata are equally important.
    proxy : str, optional
        A number column whose coefficient of variation CV_h = S_h / mean_h differs between strata.
        Without it the CV_h are taken to be equal.

    Notes
    -----
    n_h is about proportional to X_h^q CV_h. In whole numbers it minimises
    sum (X_h^q CV_h)^2 / n_h. X_h, S_h and the mean are those of the cities drawn by chance.

    References
    ----------
    Bankier, M. D. (1988). Power allocations: determining sample sizes for subnational areas.
    Amer. Statist. 42, 174-177.
    """

    n: int
    total: str
    q: float = 0.5
    proxy: str | None = None
    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None

    def __post_init__(self) -> None:
        check_count("n", self.n)
        if not is_number(self.q) or not 0 <= self.q <= 1:
            raise invalid(
                "'q' of the power allocation must be a number from 0 to 1.",
                got=repr(self.q),
                expected="0 <= q <= 1; 0.5 is usual",
                remedy="Correct 'q'.",
            )
        check_bounds(self.min_per_stratum, self.max_per_stratum)


@dataclass(frozen=True, slots=True)
class Target:
    """The precision that one indicator must reach.

    Parameters
    ----------
    variable : str
        A number column of the frame that behaves like the indicator. The CV of its estimated total
        is meant; the CV of a mean and of the share of a 0/1 column is the same number.
    cv : float
        Largest coefficient of variation, such as 0.05.
    over : str, optional
        Number column of a denominator: the CV of the ratio of the two totals is meant.
    by : str, optional
        A column of the strata: the target holds for each of its levels. Without it, for the country.
    """

    variable: str
    cv: float
    over: str | None = None
    by: str | None = None

    def __post_init__(self) -> None:
        check_positive("cv", self.cv, where=f"target for '{self.variable}'")


@dataclass(frozen=True, slots=True)
class Bethel:
    """The cheapest sample that reaches precision targets for several indicators and domains at once.

    Parameters
    ----------
    targets : sequence of Target
        What must be reached.
    cost : str or mapping of str to float, optional
        As in :class:`Optimal`. Without it each city costs 1, and the sample is the smallest one.
    min_per_stratum, max_per_stratum
        As in :class:`Equal`.

    Notes
    -----
    Minimises sum c_h n_h subject to CV_j <= target_j for each target j, under stratified SRS.

    References
    ----------
    Bethel, J. (1989). Sample allocation in multivariate surveys. Survey Methodology 15, 47-57.
    Chromy, J. R. (1987). Design optimization with multiple objectives. Proc. Survey Research
    Methods Section, ASA, 194-199.
    """

    targets: Sequence[Target]
    cost: Cost | None = None
    min_per_stratum: PerStratum = 2
    max_per_stratum: PerStratum | None = None

    def __post_init__(self) -> None:
        if isinstance(self.targets, Target):
            object.__setattr__(self, "targets", (self.targets,))
        if (
            not isinstance(self.targets, Sequence)
            or not self.targets
            or not all(isinstance(target, Target) for target in self.targets)
        ):
            raise invalid(
                "The allocation by precision targets needs at least one target.",
                got=repr(self.targets),
                expected="targets = [Target('population', cv=0.05)]",
                remedy="Give the targets as a list.",
            )
        if self.cost is not None:
            check_costs(self.cost)
        check_bounds(self.min_per_stratum, self.max_per_stratum)


@dataclass(frozen=True, slots=True)
class Explicit:
    """A given number of cities n_h for each stratum.

    Parameters
    ----------
    n_by_stratum : mapping of str to int
        n_h for each stratum label, certainty cities included.
    """

    n_by_stratum: Mapping[str, int]

    def __post_init__(self) -> None:
        for stratum, n in self.n_by_stratum.items():
            if not is_count(n) or n < 0:
                raise invalid(
                    "The sample size of a stratum must be a whole number.",
                    where=f"stratum '{stratum}'",
                    got=repr(n),
                    expected="int >= 0",
                    remedy="Correct the explicit allocation.",
                )

    @property
    def n(self) -> int:
        """Sample size of the country."""
        return sum(self.n_by_stratum.values())


@dataclass(frozen=True, slots=True)
class Controlled:
    """Marginal allocation: the cross of the strata has more cells than the sample has cities.

    The strata form a table. Each row and each column of the table gets its proportional share,
    rounded up or down. A cell gets 0 or more cities by chance, so that each city has the same
    inclusion probability. :mod:`citysample.sampling.allocate.controlled` has the method and what it
    means for the variance.

    Parameters
    ----------
    n : int
        Sample size of the country, certainty cities included.
    rows : sequence of str, optional
        Columns of the strata that form the rows of the table; the others form its columns. It may
        be left out for strata of one or two columns: the first one forms the rows.
    """

    n: int
    rows: Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_count("n", self.n)
        if isinstance(self.rows, str):
            object.__setattr__(self, "rows", (self.rows,))


Allocation: TypeAlias = Equal | Proportional | Neyman | Optimal | Power | Bethel | Explicit | Controlled


def needed_columns(rule: Allocation) -> dict[str, str]:
    """The number columns of the frame that a rule needs, with the role of each, for messages.

    Parameters
    ----------
    rule : Allocation
        The rule.

    Returns
    -------
    dict of str to str
        Role by name of the column.

    Examples
    --------
    >>> needed_columns(Power(40, total="population", proxy="area"))
    {'population': 'total of the power allocation', 'area': 'proxy of the power allocation'}
    """
    roles: dict[str, str] = {}
    if isinstance(rule, Neyman):
        roles[rule.proxy] = "proxy of the Neyman allocation"
    elif isinstance(rule, Power):
        roles[rule.total] = "total of the power allocation"
        if rule.proxy is not None:
            roles.setdefault(rule.proxy, "proxy of the power allocation")
    elif isinstance(rule, Optimal):
        roles[rule.proxy] = "proxy of the optimal allocation"
    elif isinstance(rule, Bethel):
        for target in rule.targets:
            roles.setdefault(target.variable, "variable of a precision target")
            if target.over is not None:
                roles.setdefault(target.over, "denominator of a precision target")
    if isinstance(rule, (Optimal, Bethel)) and isinstance(rule.cost, str):
        roles.setdefault(rule.cost, "cost of the allocation")
    return roles
