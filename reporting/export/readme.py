"""The text beside an export: how to run it, what agrees, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citysample.reporting.export.content import BOTH, NEITHER, VALUE

if TYPE_CHECKING:
    from citysample.reporting.export.content import Content

__all__ = ["FIRST_LINE", "readme_text"]

FIRST_LINE = "An export of citysample."
"""By this line an export is known."""

KINDS = {
    "stages": "strata and sampling fractions; each certain city is a stratum of its own, with fraction 1",
    "with_replacement": "sampling units compared within strata, without finite population correction; each "
    "certain city is a stratum of its own, with fraction 1",
    "joint": "joint inclusion probabilities of the sampled cities, in joint.csv",
    "poisson": "independent draws with the probabilities pi",
    "brewer": "strata and the probability of each city",
    "replicates": "replicate weights, in replicates.csv",
}
"""How each kind of design is expressed, in words."""

LINEAR = """
{title} has no other words for this design that give the variance exactly. The replicate weights reproduce the
variance of each total exactly. The standard error of another function is that of its linear part (Taylor) in
citysample.
"""

SINGLE = "Strata with one sampled unit: rule '{rule}'.\n"


def readme_text(content: Content, title: str, script: str, command: str) -> str:
    """The text."""
    design, figures = content.design, content.figures
    counts = {same: sum(figure.same == same for figure in figures) for same in (BOTH, VALUE, NEITHER)}
    legend = "\n".join(f"  {name}: {words}" for name, words in content.legend.items())
    reasons = "\n".join(f"  {reason}: {numbers}" for reason, numbers in _reasons(content).items())
    parts = [
        f"{FIRST_LINE}\n\nRun it: {command}.\n",
        "\nFiles\n"
        f"  data.csv: {len(content.table)} rows with weights, design and variables\n"
        f"  {script}: the script for {title}\n"
        "  expected.csv: the figures of citysample, all digits, and what should be found again\n",
        f"\nThe design: {KINDS[design.kind]}. Variance: '{design.form}'.\n",
        LINEAR.format(form=design.form, title=title)
        if design.replicates is not None and design.linear
        else "",
        f"\n{counts[BOTH]} figures should agree, with their standard errors; "
        f"{counts[VALUE]} in the estimate alone; {counts[NEITHER]} are not computed.\n",
        f"\nWhy not all agree, and which figures:\n{reasons}\n" if reasons else "",
        "\nIntervals and degrees of freedom are not compared: each program has its own rules.\n",
        f"\nColumns of data.csv\n{legend}\n",
    ]
    return "".join(parts)


def _reasons(content: Content) -> dict[str, str]:
    """For each reason the numbers of the figures."""
    found: dict[str, list[str]] = {}
    for figure in content.figures:
        if figure.reason:
            found.setdefault(figure.reason, []).append(str(figure.number))
    return {reason: ", ".join(numbers) for reason, numbers in found.items()}
