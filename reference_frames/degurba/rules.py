"""The rules of the Degree of Urbanisation: every threshold is a field, every edition is a named set."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from citysample.errors import FrameError, did_you_mean

__all__ = ["LEVEL2", "RULES", "SMOOTHINGS", "STEPS", "ClusterRule", "DegurbaRules", "rules_named"]

LEVEL2 = {
    30: "urban centre",
    23: "dense urban cluster",
    22: "semi-dense urban cluster",
    21: "suburban or peri-urban cell",
    13: "rural cluster",
    12: "low density rural cell",
    11: "very low density rural cell",
    10: "water",
}
"""Codes of cells at level 2, those of the layer GHS-SMOD. A missing cell has the code 0."""

SMOOTHINGS = ("eight cells", "land cells")
STEPS = ("fill", "smooth")


@dataclass(frozen=True, slots=True)
class ClusterRule:
    """What makes cells a cluster.

    Parameters
    ----------
    density : float
        Least density of a cell, in people per km2 of permanent land.
    total : float
        Least number of people in the whole cluster.
    contiguity : int
        4: cells of a cluster share sides. 8: they share sides or corners.
    """

    density: float
    total: float
    contiguity: int


@dataclass(frozen=True, slots=True)
class DegurbaRules:
    """All thresholds of the grid classification. Change one with ``dataclasses.replace``.

    Use a named set, ``RULES["2022"]``, ``RULES["2023"]`` or ``RULES["2024"]``, or a changed copy of it.

    Parameters
    ----------
    centre, cluster : ClusterRule
        Urban centres and urban clusters (level 1).
    dense, semi_dense, rural_cluster : ClusterRule
        Dense and semi-dense urban clusters and rural clusters (level 2).
    semi_dense_distance : int
        A semi-dense cluster with a cell within this many cells (km), also diagonally, of an urban
        centre or a dense cluster is not semi-dense but suburban.
    low_density : float
        Least density of a low density rural cell, in people per km2 of permanent land.
    built_up : float, "optimal" or None
        A cell with at least this built-up share of its land counts as dense enough for urban centres
        and dense clusters. ``"optimal"``: the mean built-up share in dense clusters of the grid,
        rounded up to whole per cent. None: built-up land does not count.
    smoothing : str
        ``"eight cells"``: a cell joins a centre if at least 5 of the 8 cells around it belong to it.
        ``"land cells"``: if more than half of those around it that are land or populated do; water
        never joins.
    gap_area : float
        Gaps in a centre with less than this area are filled, in km2.
    steps : tuple of str
        What is done to centres, in this order: ``"fill"`` the gaps, ``"smooth"`` the edges, both or
        neither. See the notes.
    land_share : float
        A cell with less land than this share, without people and without built-up land, is water.

    Raises
    ------
    FrameError
        ``FRAME-RULES-INVALID``: a value is out of range.

    Notes
    -----
    ``"2022"`` and ``"2023"`` are the rules of the layers GHS-SMOD R2022A and R2023A. ``"2024"`` is
    ``"2023"`` with the semi-dense clusters as redefined in July 2024; it is the default.

    The order of the steps matters. Smoothing cuts the corners of a gap: a square gap of 16 cells shrinks
    to 12. Here gaps are measured before that, so it stays; flexurba smooths first and then fills it.
    ``steps=("smooth", "fill")`` is the order of flexurba.

    References
    ----------
    European Commission et al. (2021), Applying the Degree of Urbanisation - A methodological manual.
    Schiavina, Melchiorri, Pesaresi et al. (2022, 2023), GHSL Data Package (GHS-SMOD R2022A, R2023A).
    Van Migerode, Poorthuis, Derudder (2024), flexurba (thresholds before and since July 2024).

    Examples
    --------
    >>> from dataclasses import replace
    >>> replace(RULES["2024"], built_up=0.2).built_up
    0.2
    """

    centre: ClusterRule = ClusterRule(1_500, 50_000, 4)
    cluster: ClusterRule = ClusterRule(300, 5_000, 8)
    dense: ClusterRule = ClusterRule(1_500, 5_000, 4)
    semi_dense: ClusterRule = ClusterRule(900, 2_500, 4)
    semi_dense_distance: int = 2
    rural_cluster: ClusterRule = ClusterRule(300, 500, 8)
    low_density: float = 50
    built_up: float | Literal["optimal"] | None = "optimal"
    smoothing: str = "land cells"
    gap_area: float = 15
    steps: tuple[str, ...] = ("fill", "smooth")
    land_share: float = 0.5

    def __post_init__(self) -> None:
        for field, value, expected, fits in _checks(self):
            if not fits:
                raise _invalid(f"The rule '{field}' is out of range.", repr(value), expected)


def _checks(rules: DegurbaRules) -> Iterator[tuple[str, object, str, bool]]:
    """Field, value, what is expected, and whether the value fits."""
    for field in ("centre", "cluster", "dense", "semi_dense", "rural_cluster"):
        rule = getattr(rules, field)
        fits = isinstance(rule, ClusterRule) and _at_least_0(rule.density) and _at_least_0(rule.total)
        expected = "a ClusterRule: density and total at least 0, contiguity 4 or 8"
        yield field, rule, expected, fits and rule.contiguity in (4, 8)
    distance = rules.semi_dense_distance
    whole = isinstance(distance, int) and distance >= 0
    yield "semi_dense_distance", distance, "a whole number of cells, at least 0", whole
    for field in ("low_density", "gap_area"):
        value = getattr(rules, field)
        yield field, value, "a number, at least 0", _at_least_0(value)
    known = rules.built_up is None or rules.built_up == "optimal" or _share(rules.built_up)
    yield "built_up", rules.built_up, "a share above 0 and at most 1, 'optimal' or None", known
    yield "land_share", rules.land_share, "a share above 0 and at most 1", _share(rules.land_share)
    yield "smoothing", rules.smoothing, f"one of {SMOOTHINGS}", rules.smoothing in SMOOTHINGS
    once = isinstance(rules.steps, tuple) and len(set(rules.steps)) == len(rules.steps)
    yield "steps", rules.steps, f"each of {STEPS} at most once", once and set(rules.steps) <= set(STEPS)


def _at_least_0(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value >= 0


def _share(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 < value <= 1


def _invalid(what: str, got: str, expected: str) -> FrameError:
    return FrameError(
        "FRAME-RULES-INVALID",
        what,
        where="rules of the Degree of Urbanisation",
        got=got,
        expected=expected,
        remedy="Correct the value, or use a named set of rules.",
    )


_2023 = DegurbaRules(semi_dense=ClusterRule(300, 5_000, 8), semi_dense_distance=3)

RULES: dict[str, DegurbaRules] = {
    "2022": replace(_2023, built_up=0.5, smoothing="eight cells"),
    "2023": _2023,
    "2024": DegurbaRules(),
}
"""Named sets of rules, by edition."""


def rules_named(rules: str | DegurbaRules) -> DegurbaRules:
    """The set of rules with this name; rules are returned as they are.

    >>> rules_named("2022").smoothing
    'eight cells'
    """
    if isinstance(rules, DegurbaRules):
        return rules
    if rules not in RULES:
        raise FrameError(
            "FRAME-RULES-INVALID",
            f"There are no rules with the name {rules!r}.",
            expected="a name, or DegurbaRules",
            remedy=did_you_mean(rules, RULES),
        )
    return RULES[rules]
