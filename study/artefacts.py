"""The files of a run directory, as bytes, from the nouns of the chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from citysample.reference_frames.workbook import workbook_bytes
from citysample.reporting.html_report import Fact, ReportContent, html_report
from citysample.reporting.tables import csv_bytes
from citysample.sampling.methods import sampling_method
from citysample.sampling.rounds.round_sample import RoundSample
from citysample.study.drawing import register_of
from citysample.study.record import substitutes_of

if TYPE_CHECKING:
    import pandas as pd

    from citysample.study.chain import Outcome, Step
    from citysample.study.record import AnyPlan

__all__ = ["artefacts"]

Maker = Callable[["Outcome", Mapping[str, object]], dict[str, bytes]]


def artefacts(outcome: Outcome, record: Mapping[str, object], steps: tuple[Step, ...]) -> dict[str, bytes]:
    """The files of the given steps, by name in the run directory."""
    files: dict[str, bytes] = {}
    for step in steps:
        files |= MAKERS[step](outcome, record)
    return files


def _plan(outcome: Outcome, _: Mapping[str, object]) -> dict[str, bytes]:
    return {"plan.csv": csv_bytes(outcome.plan.strata)}


def _sample(outcome: Outcome, _: Mapping[str, object]) -> dict[str, bytes]:
    assert outcome.sample is not None
    register = register_of(outcome.sample, outcome.inputs).to_frame()
    files = {"sample.csv": csv_bytes(outcome.sample.cities), "register.csv": csv_bytes(register)}
    waiting = substitutes_of(outcome.sample)
    if waiting is not None:
        files["substitutes.csv"] = csv_bytes(waiting)
    if outcome.staged is not None:
        files["units.csv"] = csv_bytes(outcome.staged.units)
    return files


def _weights(outcome: Outcome, _: Mapping[str, object]) -> dict[str, bytes]:
    return {"weights.csv": csv_bytes(weights_table(outcome))}


def _estimates(outcome: Outcome, _: Mapping[str, object]) -> dict[str, bytes]:
    assert outcome.estimates is not None
    assert outcome.sample is not None
    table = outcome.estimates.to_frame().set_index("name")
    contrasts = contrasts_table(outcome)
    sheets = {
        "Estimates": table,
        **({} if contrasts is None else {"Contrasts": contrasts}),
        "Strata": outcome.plan.strata,
        "Sample": outcome.sample.cities,
        **({} if outcome.staged is None else {"Units": outcome.staged.units}),
        "Weights": weights_table(outcome),
        "Decisions": decisions_table(outcome),
    }
    files = {"estimates.csv": csv_bytes(table), "results.xlsx": workbook_bytes(sheets)}
    return files if contrasts is None else {**files, "contrasts.csv": csv_bytes(contrasts)}


def _report(outcome: Outcome, record: Mapping[str, object]) -> dict[str, bytes]:
    return {"report.html": html_report(report_content(outcome, record))}


MAKERS: dict[str, Maker] = {
    "plan": _plan,
    "draw": _sample,
    "weight": _weights,
    "estimate": _estimates,
    "report": _report,
}
"""For each step, the function that makes its files."""


def weights_table(outcome: Outcome) -> pd.DataFrame:
    """The sampled cities with their name, stratum, inclusion probability and weight."""
    assert outcome.survey is not None
    frame = outcome.plan.frame
    columns = [*([frame.name] if frame.name else []), "stratum", "pi", "certainty", "weight"]
    return outcome.survey.cities[columns]


def contrasts_table(outcome: Outcome) -> pd.DataFrame | None:
    """The functions of figures with their units and the record of the run, if the study asks for some."""
    if outcome.contrasts is None or outcome.estimates is None:
        return None
    table = outcome.contrasts.to_frame().rename(columns={"text": "formula"})
    table.insert(2, "unit", [part.unit for part in outcome.inputs.study.contrast])
    table["record_id"] = outcome.estimates.rows[0].record_id
    return table.set_index("name")


def decisions_table(outcome: Outcome) -> pd.DataFrame:
    """Decisions taken by rule, as a table."""
    import pandas as pd

    taken = outcome.decisions
    columns = ["rule", "where", "what"]
    return pd.DataFrame([asdict(decision) for decision in taken], columns=columns).set_index("rule")


def _round_facts(plan: AnyPlan) -> tuple[Fact, ...]:
    """What became of the cities, in a later round."""
    if not isinstance(plan, RoundSample):
        return ()
    cases = (f"{case} {row['cities']} ({row['sampled']} sampled)" for case, row in plan.cases.iterrows())
    return (Fact("Round", f"{plan.name}; cities: {', '.join(cases)}"),)


def _unit_facts(outcome: Outcome) -> tuple[Fact, ...]:
    """The stages after the cities: units, and how they were drawn."""
    if outcome.staged is None:
        return ()
    staged = outcome.staged
    return tuple(
        Fact(
            f"Stage {record.stage}",
            f"{len(record.units)} units ({stage.unit}), {sampling_method(record.method).title}",
        )
        for stage, record in zip(staged.stages, staged.records, strict=True)
    )


def _error_facts(outcome: Outcome) -> tuple[Fact, ...]:
    """What the study knows of the errors inside the cities."""
    data = outcome.inputs.data_part()
    pairs = [f"{' and '.join(part.of)} (covariance {part.column})" for part in data.covariances]
    known = [f"{column} (standard error {error})" for column, error in data.errors.items()]
    common = [f"{column} {relative:+.3g}" for column, relative in data.common_errors.items()]
    inside = (Fact("Errors inside cities", ", ".join([*known, *pairs])),) if known else ()
    return inside + ((Fact("Common errors", ", ".join(common) + "; not in the intervals"),) if common else ())


def report_content(outcome: Outcome, record: Mapping[str, object]) -> ReportContent:
    """What the report shows."""
    assert outcome.estimates is not None
    assert outcome.sample is not None
    study = outcome.inputs.study
    plan, sample = outcome.plan, outcome.sample
    method = sampling_method(plan.design.method)
    certain = int(sample.cities["certainty"].sum())
    draw = record["draw"]
    number, reason = (draw["number"], draw["reason"]) if isinstance(draw, dict) else (1, "")
    facts = (
        Fact("Country", study.study.country or "not given"),
        Fact("City frame", f"{plan.frame.N} cities ({plan.frame.source})"),
        *_round_facts(plan),
        Fact("Sample", f"{sample.n} cities, {certain} of them with certainty"),
        Fact("Strata", f"{len(plan.strata)}, from {', '.join(plan.design.strata) or 'the whole country'}"),
        Fact("Method", method.title),
        *_unit_facts(outcome),
        Fact("Seed", sample.seed),
        Fact("Draw", f"number {number}" + (f", because: {reason}" if reason else "")),
        Fact("Reference period", (outcome.survey.period if outcome.survey else "") or "not given"),
        *_error_facts(outcome),
        Fact("Record", str(record["record_id"])),
    )
    inputs = record["inputs"]
    return ReportContent(
        title=study.study.title,
        facts=facts,
        estimates=outcome.estimates,
        strata=plan.strata,
        sample=sample.cities,
        name_column=plan.frame.name,
        size_column=plan.frame.size,
        decisions=decisions_table(outcome),
        inputs=dict(inputs) if isinstance(inputs, dict) else {},
        contrasts=contrasts_table(outcome),
    )
