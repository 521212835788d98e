"""The script for SAS: PROC SURVEYMEANS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from citysample.estimators.functions.term import Leaf
from citysample.reporting.export.content import BOTH, NEITHER, VALUE
from citysample.reporting.export.formulas import as_quotient

if TYPE_CHECKING:
    from citysample.reporting.export.content import Content, Figure
    from citysample.reporting.export.designs import Design

__all__ = ["sas_limits", "sas_script"]

HEAD = """\
/* Made by citysample: its figures in SAS 9.4 (SAS/STAT, PROC SURVEYMEANS).
   Set the folder, then run the whole program. It writes results.csv and compares it with expected.csv. */

%let folder = .;

%macro read(file, columns);
data from_&file;
  infile "&folder/&file..csv" dsd firstobs = 2 lrecl = 1000000 truncover encoding = "utf-8" termstr = lf;
  input &columns;
run;
%mend;
"""

TOTALS = """
/* PSUs of each stratum in the population. */
proc sql;
  create table totals as
  select stratum1, count(distinct psu1) / min(fraction1) as _total_ from from_data group by stratum1;
quit;
"""

REPLICATES = """
data from_data;
  merge from_data from_replicates;
run;
"""

COEFFICIENTS = """
data coefficients;
  input JKCoefficient;
  datalines;
{values}
;
"""

FIGURE = """
/* A figure: offset + factor * total of t1 / total of t2; t2 is missing for totals. */
%macro figure(number, inside, factor, offset, t1, t2);
data zeroed;
  set from_data;
  t1 = (&t1) * (&inside);
  {denominator}
run;
ods exclude all;
%if %length(&t2) = 0 %then %do;
proc surveymeans data = zeroed sum {options};
  {statements}
  var t1;
  ods output statistics = found(rename = (sum = value stddev = error));
run;
%end;
%else %do;
proc surveymeans data = zeroed {options};
  {statements}
  var t1 t2;
  ratio t1 / t2;
  ods output ratio = found(rename = (ratio = value stderr = error));
run;
%end;
ods exclude none;
data found;
  set found;
  figure = &number;
  estimate_here = &offset + (&factor) * value;
  se_here = abs(&factor) * error;
  keep figure estimate_here se_here;
run;
proc append base = results data = found force;
run;
%mend;

"""

TAIL = """
proc export data = results outfile = "&folder/results.csv" dbms = csv replace;
run;

/* The same to nine digits, where the same is expected. */
%read(expected, figure name :$400. by :$200. domain :$200. expression :$1000. estimate se same :$20.
  reason :$400.)
data compared;
  merge results(in = here) from_expected;
  by figure;
  if here;
  agrees = abs(estimate_here - estimate) <= 1e-9 * abs(estimate);
  if same = "estimate and se" and abs(se_here - se) > 1e-9 * abs(se) + 1e-11 * abs(estimate) then agrees = 0;
run;
proc print data = compared noobs;
  var figure estimate estimate_here se se_here same agrees;
run;
"""


def sas_limits(figure: Figure, design: Design) -> tuple[str, str]:
    """What SAS is expected to find of a figure, and why not all."""
    if figure.quantile is not None:
        return NEITHER, "PROC SURVEYMEANS has another rule for quantiles"
    assert figure.formula is not None
    quotient = as_quotient(figure.formula)
    if quotient is None:
        return NEITHER, "PROC SURVEYMEANS has totals and ratios of two totals, no other functions"
    if not design.mse:
        return VALUE, "SAS takes the deviations of the replicates from the estimate, not from their mean"
    if design.replicates is not None and design.linear and quotient.denominator is not None:
        return (
            VALUE,
            "SAS computes the ratio in each replicate; its standard error is near that of citysample",
        )
    return BOTH, ""


def sas_script(content: Content) -> str:
    """The program: the design, and a line for each figure."""
    design = content.design
    parts = [HEAD, f"\n%read(data, {_columns(content)})\n"]
    if design.replicates is not None:
        replicates, options, statements = _replicates(design)
        parts.append(replicates)
    else:
        # With replacement no totals are needed: SAS gives a certain city, alone in its stratum, no variance.
        with_totals = design.kind == "stages"
        parts.append(TOTALS if with_totals else "")
        options = "total = totals" if with_totals else ""
        statements = "strata stratum1;\n  cluster psu1;\n  weight weight;"
    denominator = "%if %length(&t2) > 0 %then %do; t2 = (&t2) * (&inside); %end;"
    parts.append(FIGURE.format(options=options, statements=statements, denominator=denominator))
    parts += [_line(content, figure) for figure in content.figures if figure.same != NEITHER]
    return "".join([*parts, TAIL])


def _replicates(design: Design) -> tuple[str, str, str]:
    """Steps that read the replicates, options and statements of PROC SURVEYMEANS."""
    R = design.rscales.size
    scales = [float(design.scale * factor) for factor in design.rscales]
    steps, coefficients = f"%read(replicates, r1-r{R})\n" + REPLICATES, repr(scales[0])
    if len(set(scales)) > 1:
        steps += COEFFICIENTS.format(values="\n".join(repr(scale) for scale in scales))
        coefficients = "coefficients"
    statements = f"weight weight;\n  repweights r1-r{R} / jkcoefs = {coefficients};"
    return steps, "varmethod = jackknife", statements


def _columns(content: Content) -> str:
    """Columns of the data, texts with the bytes that they take."""
    words = []
    for name, values in content.table.items():
        texts = [value for value in values if isinstance(value, str)]
        longest = max((len(text.encode("utf-8")) for text in texts), default=0)
        words.append(f"{name} :${max(longest, 1)}." if texts else str(name))
    return " ".join(words)


def _line(content: Content, figure: Figure) -> str:
    assert figure.formula is not None
    quotient = as_quotient(figure.formula)
    assert quotient is not None
    inside = "1" if figure.inside is None else "{} eq {}".format(*figure.inside)
    t1 = _sum(quotient.numerator, content.names)
    t2 = "" if quotient.denominator is None else _sum(quotient.denominator, content.names)
    return f"%figure({figure.number}, {inside}, {quotient.factor!r}, {quotient.offset!r}, {t1}, {t2})\n"


def _sum(coefficients: Mapping[Leaf, float], names: Mapping[Leaf, str]) -> str:
    """A sum of variables."""
    parts = [
        names[leaf] if factor == 1.0 else f"({factor!r}) * {names[leaf]}"
        for leaf, factor in coefficients.items()
    ]
    return " + ".join(parts)
