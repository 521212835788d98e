"""The script for Stata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citysample.reporting.export.content import BOTH, NEITHER, VALUE
from citysample.reporting.export.formulas import Syntax, formula_text

if TYPE_CHECKING:
    from citysample.reporting.export.content import Content, Figure
    from citysample.reporting.export.designs import Design

__all__ = ["stata_limits", "stata_script"]

SYNTAX = Syntax("_b[t_{}]", {"log": "ln", "exp": "exp"})

HEAD = """\
* Made by citysample: its figures in Stata (14 or later).
* In this folder: do figures.do
* It writes results.dta and compares it with expected.csv.

version 14
clear all
set more off
"""

READ = """\
import delimited using "{file}", varnames(1) case(preserve) encoding("utf-8") asdouble clear
"""

REPLICATES = """\
generate long row = _n
save "replicates.dta", replace
"""

MERGE = """\
generate long row = _n
merge 1:1 row using "replicates.dta", assert(match) nogenerate
"""

FIGURE = """
* A figure: a formula of the totals of some variables, which are 0 outside the domain. The standard error is
* that of the linear part; nlcom differentiates numerically, so 6 digits agree.
capture program drop figure
program define figure
    args handle number inside formula
    macro shift 4
    local totals
    foreach variable in `*' {{
        quietly generate double t_`variable' = `variable' * (`inside')
        local totals `totals' t_`variable'
    }}
{estimate}
    post `handle' (`number') (b[1, 1]) (sqrt(V[1, 1]))
    drop `totals'
end

tempname handle
postfile `handle' long figure double(estimate_here se_here) using "results.dta", replace
"""

LINEAR = """\
    quietly svy: total `totals'
    quietly nlcom (`formula')
    matrix b = r(b)
    matrix V = r(V)"""

REPLICATED = """\
    quietly svy jackknife value = (`formula'){mse}: total `totals'
    matrix b = e(b)
    matrix V = e(V)"""

TAIL = """\
postclose `handle'

* The same to six digits, where the same is expected.
import delimited using "expected.csv", varnames(1) case(preserve) encoding("utf-8") asdouble clear
merge 1:1 figure using "results.dta", keep(match) nogenerate
generate byte agrees = abs(estimate_here - estimate) <= 1e-6 * abs(estimate)
replace agrees = 0 if same == "estimate and se" & abs(se_here - se) > 1e-6 * abs(se) + 1e-8 * abs(estimate)
list figure estimate estimate_here se se_here same agrees, noobs separator(0)
count if agrees == 1
"""


def stata_limits(figure: Figure, design: Design) -> tuple[str, str]:
    """What Stata is expected to find of a figure, and why not all."""
    if figure.quantile is not None:
        return NEITHER, "Stata has no quantiles with survey weights"
    if not design.mse:
        return VALUE, "Stata centres replicates that are not taken from the estimate in another way"
    return BOTH, ""


def stata_script(content: Content) -> str:
    """The script: the design, and a line for each figure."""
    design = content.design
    parts = [HEAD]
    if design.replicates is not None:
        parts += [READ.format(file="replicates.csv"), REPLICATES]
    parts.append(READ.format(file="data.csv"))
    parts.append(MERGE if design.replicates is not None else "")
    parts.append(_svyset(design))
    mse = ", mse" if design.mse else ""
    estimate = LINEAR if design.linear else REPLICATED.format(mse=mse)
    parts.append(FIGURE.format(estimate=estimate))
    parts += [_line(content, figure) for figure in content.figures if figure.same != NEITHER]
    return "".join([*parts, TAIL])


def _svyset(design: Design) -> str:
    if design.replicates is not None:
        return _replicates(design)
    stages = []
    for k in range(1, design.stages + 1):
        weight = " [pweight = weight]" if k == 1 else ""
        fraction = "" if design.replace else f" fpc(fraction{k})"
        # What holds for all stages stands after the last one.
        single = " singleunit(certainty)" if k == design.stages else ""
        stages.append(f"psu{k}{weight}, strata(stratum{k}){fraction}{single}")
    return "svyset " + " || ".join(stages) + "\n"


def _replicates(design: Design) -> str:
    """Jackknife weights with their multipliers: V = sum of multiplier times squared deviation."""
    R = design.rscales.size
    mse = " mse" if design.mse else ""
    scales = [float(design.scale * factor) for factor in design.rscales]
    lines = [f"svyset [pweight = weight], jkrweight(r1-r{R}) vce(jackknife){mse}\n"]
    if len(set(scales)) == 1:
        lines.append(f"forvalues r = 1/{R} {{\n    char r`r'[jk_multiplier] {scales[0]!r}\n}}\n")
    else:
        lines += [f"char r{r}[jk_multiplier] {scale!r}\n" for r, scale in enumerate(scales, start=1)]
    return "".join(lines)


def _line(content: Content, figure: Figure) -> str:
    assert figure.formula is not None
    inside = "1" if figure.inside is None else "{} == {}".format(*figure.inside)
    names = " ".join(content.names[leaf] for leaf in figure.leaves)
    formula = formula_text(figure.formula, content.names, SYNTAX)
    return f'figure `handle\' {figure.number} "{inside}" "{formula}" {names}\n'
