"""The script for R, package survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citysample.reporting.export.content import NEITHER
from citysample.reporting.export.formulas import Syntax, formula_text

if TYPE_CHECKING:
    from citysample.reporting.export.content import Content, Figure
    from citysample.reporting.export.designs import Design

__all__ = ["r_script"]

SYNTAX = Syntax("{}", {"log": "log", "exp": "exp"})

HEAD = """\
# Made by citysample: its figures in R, package survey (4.1 or later).
# In this folder: Rscript figures.R
# It writes results.csv and compares it with expected.csv.

suppressMessages(library(survey))
options(survey.lonely.psu = "{rule}")
data <- read.csv("data.csv", encoding = "UTF-8")
"""

DESIGNS: dict[str, str] = {
    "stages": """\
design <- svydesign(
  ids = ~{ids}, strata = ~{strata}, fpc = ~{fractions}, weights = ~weight, data = data
)
""",
    "with_replacement": """\
design <- svydesign(ids = ~psu1, strata = ~stratum1, {fpc}weights = ~weight, data = data)
""",
    "joint": """\
joint <- unname(as.matrix(read.csv("joint.csv")))
design <- svydesign(
  ids = ~1, fpc = ~pi, pps = ppsmat(joint, tolerance = 0), variance = "{variance}", data = data
)
""",
    "poisson": """\
design <- svydesign(ids = ~1, fpc = ~pi, pps = poisson_sampling(data$pi), data = data)
""",
    "brewer": """\
design <- svydesign(
  ids = ~psu1, strata = ~stratum1, fpc = ~fraction1, pps = "brewer", data = data
)
""",
    "replicates": """\
replicates <- as.matrix(read.csv("replicates.csv"))
design <- svrepdesign(
  weights = ~weight, repweights = replicates, data = data, type = "other", combined.weights = TRUE,
  scale = {scale}, rscales = {rscales}, mse = {mse}
)
""",
}
"""How each kind of design is written."""

LINEAR = """
# A figure: a formula of the totals of some variables, which are 0 outside the domain. Its standard error is
# that of the total of its linearised variable, which loses fewer digits than vcov() of the totals.
figure <- function(number, inside, variables, formula) {
  values <- as.matrix(data[variables]) * inside
  totals <- coef(svytotal(values, design))
  estimate <- eval(deriv(formula, variables), as.list(totals))
  linearised <- drop(values %*% c(attr(estimate, "gradient")))
  # Where the variance is 0, rounding may make it negative.
  variance <- max(c(vcov(svytotal(linearised, design))), 0)
  data.frame(figure = number, estimate = c(estimate), se = sqrt(variance))
}
"""

REPLICATED = """
# A figure: a formula of the totals of some variables, which are 0 outside the domain. Each replicate has
# its own value.
figure <- function(number, inside, variables, formula) {
  values <- as.matrix(data[variables]) * inside
  found <- withReplicates(design, function(w, data) eval(formula, as.list(colSums(w * values))))
  data.frame(figure = number, estimate = unname(c(coef(found))), se = unname(c(SE(found))))
}
"""

QUANTILE = """
# A quantile; no standard error, since the programs cut its limits in different ways.
quantile_of <- function(number, inside, variable, p) {
  chosen <- data[[variable]][inside]
  found <- svyquantile(~value, svydesign(ids = ~1, weights = data$weight[inside],
                       data = data.frame(value = chosen)), p, ci = FALSE, qrule = "math")
  data.frame(figure = number, estimate = unname(c(coef(found))), se = NA)
}
"""

TAIL = """\
)

results$estimate <- sprintf("%.17g", results$estimate)
results$se <- ifelse(is.na(results$se), "", sprintf("%.17g", results$se))
connection <- file("results.csv", open = "wb")
write.table(results, connection, sep = ",", quote = FALSE, row.names = FALSE, eol = "\\n")
close(connection)

# The same to nine digits, where the same is expected; a standard error below 1e-8 of its estimate is zero.
both <- merge(read.csv("expected.csv", encoding = "UTF-8"), read.csv("results.csv"), by = "figure",
              suffixes = c("", ".here"))
size <- abs(both$estimate)
value <- abs(both$estimate.here - both$estimate) <= 1e-9 * size
error <- abs(both$se.here - both$se) <= 1e-9 * both$se + 1e-12 * size |
  pmax(both$se.here, both$se) <= 1e-8 * size
both$agrees <- value & (both$same != "estimate and se" | error)
print(both[c("figure", "estimate", "estimate.here", "se", "se.here", "same", "agrees")], row.names = FALSE)
cat(sum(both$agrees), "of", nrow(both), "figures agree.\\n")
"""


def r_script(content: Content) -> str:
    """The script: the design, and a line for each figure."""
    figures = [figure for figure in content.figures if figure.same != NEITHER]
    parts = [HEAD.format(rule=_rule(content.design)), _design(content.design)]
    parts.append(LINEAR if content.design.linear else REPLICATED)
    parts.append(QUANTILE if any(figure.quantile is not None for figure in figures) else "")
    lines = [_line(content, figure) for figure in figures]
    parts += ["\neverywhere <- rep(TRUE, nrow(data))\nresults <- rbind(\n", ",\n".join(lines), "\n", TAIL]
    return "".join(parts)


def _rule(design: Design) -> str:
    """What R does with a stratum with one sampled unit."""
    return design.single_psu if design.replicates is None else "fail"


def _design(design: Design) -> str:
    numbers = range(1, design.stages + 1)
    fractions = "" if design.replace else "fpc = ~fraction1, "
    alike = bool((design.rscales == design.rscales[:1]).all())
    rscales = repr(float(design.rscales[0])) if alike and design.rscales.size else _vector(design)
    return DESIGNS[design.kind].format(
        ids=" + ".join(f"psu{k}" for k in numbers),
        strata=" + ".join(f"stratum{k}" for k in numbers),
        fractions=" + ".join(f"fraction{k}" for k in numbers),
        fpc=fractions,
        variance="HT" if design.form == "ht" else "YG",
        scale=repr(float(design.scale)),
        rscales=rscales,
        mse="TRUE" if design.mse else "FALSE",
    )


def _vector(design: Design) -> str:
    return "c(" + ", ".join(repr(float(value)) for value in design.rscales) + ")"


def _line(content: Content, figure: Figure) -> str:
    inside = "everywhere" if figure.inside is None else "data${} == {}".format(*figure.inside)
    if figure.quantile is not None:
        name = content.names[figure.leaves[0]]
        return f'  quantile_of({figure.number}, {inside}, "{name}", {figure.quantile.p!r})'
    assert figure.formula is not None
    names = [content.names[leaf] for leaf in figure.leaves]
    variables = ", ".join(f'"{name}"' for name in names)
    formula = formula_text(figure.formula, content.names, SYNTAX)
    return f"  figure({figure.number}, {inside}, c({variables}),\n         quote({formula}))"
