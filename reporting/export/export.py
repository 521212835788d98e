"""Export of a survey and its figures to R, Stata and SAS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citysample.errors import EstimateError, did_you_mean
from citysample.estimators.estimate import estimate
from citysample.estimators.options import AnyIndicator, Options, named_indicators
from citysample.estimators.variances import variances_of
from citysample.reporting.export.content import BOTH, NEITHER, Content, Figure, Limits, content_of
from citysample.reporting.export.designs import Grammar, design_for
from citysample.reporting.export.r_script import r_script
from citysample.reporting.export.readme import readme_text
from citysample.reporting.export.sas_script import sas_limits, sas_script
from citysample.reporting.export.stata_script import stata_limits, stata_script

if TYPE_CHECKING:
    import pandas as pd

    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["FILES", "PROGRAMS", "Program", "export_survey"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that figures are exported to.

    Parameters
    ----------
    title : str
        Its name for people.
    file : str
        Name of the script.
    command : str
        How the script is run.
    grammar : Grammar
        What it can say of a design.
    script : callable
        Writes the script.
    limits : callable
        What it is expected to find of a figure, and why not all.
    """

    title: str
    file: str
    command: str
    grammar: Grammar
    script: Callable[[Content], str]
    limits: Limits


PROGRAMS: dict[str, Program] = {
    "r": Program(
        "R",
        "figures.R",
        "Rscript figures.R, with the package survey",
        Grammar(
            ("stages", "with_replacement", "joint", "poisson", "brewer"),
            stages=99,
            single_psu=("adjust", "average", "certainty"),
        ),
        r_script,
        lambda figure, design: (BOTH, ""),
    ),
    "stata": Program(
        "Stata",
        "figures.do",
        "do figures.do, in Stata 14 or later",
        Grammar(("stages", "with_replacement"), stages=99, single_psu=("certainty",)),
        stata_script,
        stata_limits,
    ),
    "sas": Program(
        "SAS",
        "figures.sas",
        "set the folder in figures.sas and run it, in SAS 9.4 with SAS/STAT",
        Grammar(("stages", "with_replacement"), stages=1, single_psu=("certainty",)),
        sas_script,
        sas_limits,
    ),
}
"""The programs by name."""

FILES = (
    *("data.csv", "joint.csv", "replicates.csv", "expected.csv", "README.txt"),
    *(program.file for program in PROGRAMS.values()),
)
"""Names of all files that an export may have."""


def export_survey(
    survey: WeightedSample,
    indicators: Mapping[str, AnyIndicator] | AnyIndicator,
    program: str,
    *,
    by: str | Sequence[str | tuple[str, ...]] = (),
    options: Options | None = None,
) -> dict[str, bytes]:
    """Data, a script and the expected figures for another program.

    Use it to let somebody check estimates and standard errors with the program they trust.

    Parameters
    ----------
    survey : WeightedSample
        The sample.
    indicators : mapping of str to expression, or one alone
        As in :meth:`WeightedSample.estimate`.
    program : str
        ``"r"``, ``"stata"`` or ``"sas"``.
    by : str or sequence
        Breakdowns, as there.
    options : Options, optional
        How the variances are computed, as there; the default is the form that the draw recorded.

    Returns
    -------
    dict of str to bytes
        Files by name: ``data.csv``, a script, ``expected.csv``, ``README.txt``; ``joint.csv`` with joint
        inclusion probabilities or ``replicates.csv`` with replicate weights where the program needs them.

    Raises
    ------
    EstimateError
        ``ESTIMATE-EXPORT-IMPOSSIBLE``: the program can express the design in no way, or no figure.
        ``ESTIMATE-CHOICE-UNKNOWN``: there is no such program.

    Notes
    -----
    A design that the program has no words for is exported as replicate weights that give the variance of
    totals exactly (Fay's generalised replication).

    Examples
    --------
    >>> import pandas as pd
    >>> import citysample as cs
    >>> survey = cs.CitySample.from_table(pd.DataFrame({"y": [1.0, 3.0, 8.0]}), fpc=9)
    >>> sorted(export_survey(survey, "mean(y)", "stata"))
    ['README.txt', 'data.csv', 'expected.csv', 'figures.do']
    """
    chosen = _program(program)
    options = options or Options()
    estimates = estimate(survey, indicators, by=by, options=options)
    named = named_indicators(indicators)
    design = design_for(survey, variances_of(survey, options), chosen.grammar)
    content = content_of(survey, named, by, estimates, design, chosen.limits)
    _refuse_nothing(content, chosen)
    return _files(content, chosen)


def _program(name: str) -> Program:
    if name not in PROGRAMS:
        raise EstimateError(
            "ESTIMATE-CHOICE-UNKNOWN",
            f"There is no export to '{name}'.",
            where="program",
            got=repr(name),
            remedy=did_you_mean(name, PROGRAMS),
        )
    return PROGRAMS[name]


def _refuse_nothing(content: Content, program: Program) -> None:
    if all(figure.same == NEITHER for figure in content.figures):
        first = content.figures[0]
        raise EstimateError(
            "ESTIMATE-EXPORT-IMPOSSIBLE",
            f"{program.title} can compute none of the figures.",
            where=f"'{first.row.name}'",
            got=f"{first.expression}: {first.reason}",
            expected="at least one figure that it can compute",
            remedy="Add a total, a mean or a ratio to the figures, or export to R.",
        )


def _files(content: Content, program: Program) -> dict[str, bytes]:
    import pandas as pd

    design = content.design
    files = {"data.csv": _csv(content.table)}
    if design.joint is not None:
        joint = pd.DataFrame(design.joint, columns=[f"p{k + 1}" for k in range(design.joint.shape[1])])
        files["joint.csv"] = _csv(joint)
    if design.replicates is not None:
        R = design.replicates.shape[1]
        files["replicates.csv"] = _csv(
            pd.DataFrame(design.replicates, columns=[f"r{r + 1}" for r in range(R)])
        )
    files[program.file] = program.script(content).encode("utf-8")
    files["expected.csv"] = _csv(_expected(content.figures))
    files["README.txt"] = readme_text(content, program.title, program.file, program.command).encode("utf-8")
    return files


def _expected(figures: Sequence[Figure]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "figure": figure.number,
            "name": figure.row.name,
            "by": figure.row.by,
            "domain": figure.row.domain,
            "expression": figure.expression,
            "estimate": figure.row.estimate,
            "se": figure.row.se,
            "same": figure.same,
            "reason": figure.reason,
        }
        for figure in figures
    ]
    return pd.DataFrame(rows)


def _csv(table: pd.DataFrame) -> bytes:
    """CSV without byte-order mark, one line for each row: not all programs read more.

    Floats are the shortest text that reads back the same.
    """
    plain = table.copy()
    for name in table.select_dtypes(exclude="number").columns:
        plain[name] = table[name].map(_one_line)
    return bytes(plain.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value
