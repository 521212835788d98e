"""What has to be said beside the figures: notes and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import quoted
from citysample.estimators.functions.term import Term
from citysample.estimators.functions.totals import Total
from citysample.estimators.intervals.symmetric import t_quantile
from citysample.estimators.second_stage import common_shift
from citysample.sampling.record import Decision

if TYPE_CHECKING:
    from citysample.estimators.evidence import Evidence
    from citysample.estimators.figures import Figures
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["certainty_decisions", "common_notes", "denominator_notes"]


def certainty_decisions(survey: WeightedSample) -> list[Decision]:
    """Certainty units whose weight is not 1: they were kept as they are."""
    certain = survey.draw.certain_rows()
    heavy = survey.table.index[certain & (survey.weights != 1.0)]
    if not len(heavy):
        return []
    what = f"{len(heavy)} certainty units have a weight other than 1; they add no variance: {quoted(heavy)}"
    return [Decision("certainty", "estimates", what)]


def common_notes(figures: Sequence[Figures], evidence: Evidence) -> list[str]:
    """For each figure, how far errors that all cities share would move it; empty if none were named."""
    common = evidence.survey.errors.common
    notes = [""] * (len(figures) * evidence.D)
    for i, part in enumerate(figures):
        touched = {name for leaf in part.leaves for name in leaf.columns}
        for name, relative in common.items():
            if name not in touched:
                continue
            weights = evidence.survey.weights
            shift = common_shift(
                relative, name, part.leaves, part.variables, part.found.gradient, weights, evidence.masks
            )
            for d in range(evidence.D):
                value = float(part.found.value[d])
                moved = f"{100.0 * shift[d] / value:+.3g} %" if value else f"{shift[d]:+.4g}"
                words = f"a common error of {100.0 * relative:+.3g} % in '{name}' would move it by {moved}"
                before = notes[i * evidence.D + d]
                notes[i * evidence.D + d] = f"{before}; {words}" if before else words
    return notes


def denominator_notes(figures: Sequence[Figures], evidence: Evidence) -> list[str]:
    """A warning beside each quotient whose denominator is not clearly different from zero.

    The total of a quantity that is never negative is not looked at: it cannot have the other sign.
    """
    notes = [""] * (len(figures) * evidence.D)
    for i, part in enumerate(figures):
        sides = part.expression.quotient()
        if sides is None or not sides[1].terms() or _is_sure(part, evidence):
            continue
        rows = np.arange(i * evidence.D, (i + 1) * evidence.D)
        known = evidence.input_for(("denominator", "var_denominator"), part, rows)
        assert known.denominator is not None
        assert known.var_denominator is not None
        with np.errstate(invalid="ignore"):
            reach = t_quantile(known.df, evidence.confidence_level) * np.sqrt(known.var_denominator)
            unsure = np.abs(known.denominator) <= reach
        for row in rows[unsure].tolist():
            notes[row] = "the interval of the denominator covers 0: the quotient may be anything"
    return notes


def _is_sure(part: Figures, evidence: Evidence) -> bool:
    """True if the denominator is the total of a variable that is never negative."""
    sides = part.expression.quotient()
    assert sides is not None
    leaves = sides[1].terms()
    plain = isinstance(sides[1], Total) and isinstance(leaves[0], Term)
    return plain and bool((evidence.variables.of(leaves) >= 0.0).all())
