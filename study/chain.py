"""The steps of a study, from the study file to the run directory. A draw happens once."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from citysample.errors import FileError, StudyError, quoted
from citysample.sampling.plan import CITY_COLUMNS
from citysample.sampling.record import Decision
from citysample.study.drawing import after_fieldwork, plan_of, sample_of, seed_of
from citysample.study.files import recover, write_files
from citysample.study.frame_changes import decision_changes, frame_changes
from citysample.study.inputs import Inputs, load_inputs, sha256
from citysample.study.record import (
    NAME as RECORD,
)
from citysample.study.record import (
    OF_FIGURES,
    DrawPart,
    Record,
    decisions_as_json,
    draw_part,
    edited,
    new_record,
    read_record,
    with_artefacts,
    with_decisions,
    with_figures,
)
from citysample.study.staged_draw import has_new_units, stage_changes, with_units

if TYPE_CHECKING:
    from citysample.estimators.contrasts import Contrasts
    from citysample.estimators.estimates import Estimates
    from citysample.estimators.options import Options
    from citysample.sampling.rounds.round_sample import AnySample
    from citysample.sampling.stages.staged_sample import StagedSample
    from citysample.study.record import AnyPlan
    from citysample.weighting.weighted_sample import WeightedSample

__all__ = ["ARTEFACTS", "RECORD", "STEPS", "Outcome", "Step", "command", "default_directory", "run_steps"]

Step: TypeAlias = Literal["plan", "draw", "weight", "estimate", "report"]
STEPS: tuple[Step, ...] = ("plan", "draw", "weight", "estimate", "report")

DRAWS = "draws/"
"""Folder for the files of earlier draws."""

ARTEFACTS: dict[str, tuple[str, ...]] = {
    "plan": ("plan.csv",),
    "draw": ("sample.csv", "register.csv"),
    "weight": ("weights.csv",),
    "estimate": ("estimates.csv", "results.xlsx"),
    "report": ("report.html",),
}
"""The files that each step writes into the run directory."""
OF_THE_DRAW = ("sample.csv", "register.csv", "substitutes.csv", "units.csv")
"""Files of the draw that nobody may edit; the last two are there if substitutes or units were drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a command did.

    Parameters
    ----------
    directory : Path
        The run directory.
    inputs : Inputs
        The study file and its tables.
    plan : SamplePlan or RoundSample
        The plan; in a later round the round itself, which is known before it is kept.
    sample : CitySample, RoundSample or None
        The draw, or the panel of a later round.
    survey : WeightedSample or None
        The weighted sample.
    estimates : Estimates or None
        The figures.
    contrasts : Contrasts or None
        Functions of the figures, if the study asks for some.
    removed : tuple of str
        Files of an earlier run with other inputs, removed because they no longer fit.
    drawn_now : bool
        True if the sample was drawn by this command, False if it was there.
    data_notes : tuple of str
        What was detected while the data were read.
    staged : StagedSample or None
        The units drawn inside the cities, as far as their lists are there.
    """

    directory: Path
    inputs: Inputs
    plan: AnyPlan
    sample: AnySample | None = None
    survey: WeightedSample | None = None
    estimates: Estimates | None = None
    contrasts: Contrasts | None = None
    removed: tuple[str, ...] = ()
    drawn_now: bool = False
    data_notes: tuple[str, ...] = ()
    staged: StagedSample | None = None

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was detected while the files were read, and the decisions of plan and estimates."""
        notes = (("the city frame", self.plan.frame.notes), ("the data", self.data_notes))
        readings = tuple(Decision("reading", where, note) for where, found in notes for note in found)
        drawn = self.plan.decisions if self.sample is None else self.sample.decisions
        return readings + drawn + (self.estimates.decisions if self.estimates else ())


def default_directory(study: Path) -> Path:
    """The run directory of a study file if none is given: ``NAME-run`` beside it."""
    return study.parent / f"{study.stem}-run"


def command(step: str, study: Path, directory: Path) -> str:
    """The command line of a step, ready to be copied into a shell."""
    words = ["citysample", step, str(study)]
    if directory != default_directory(study):
        words += ["--out", str(directory)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def run_steps(
    study: str | Path,
    until: Step,
    *,
    out: str | Path | None = None,
    may_draw: bool = False,
    again: str | None = None,
    progress: Callable[[Step], None] | None = None,
) -> Outcome:
    """Go through the steps of a study up to ``until`` and write the run directory.

    Parameters
    ----------
    study : str or Path
        The study file.
    until : str
        Last step, one of ``STEPS``.
    out : str or Path, optional
        Run directory; see :func:`default_directory`.
    may_draw : bool
        True if a sample may be drawn where there is none (``draw`` and ``run``).
    again : str, optional
        Reason for a new draw in place of the one that is there.
    progress : callable
        Called with the name of each step before it starts.

    Returns
    -------
    Outcome

    Raises
    ------
    CitySampleError
        Anything that is wrong with the inputs. The run directory is then as it was before.
    """
    announce = progress or (lambda _step: None)
    path = Path(study)
    announce("plan")
    inputs = load_inputs(path)
    directory = default_directory(path) if out is None else Path(out)
    recover(directory)
    earlier = read_record(directory)
    plan = plan_of(inputs)
    outcome = Outcome(directory, inputs, plan)
    last = STEPS.index(until)
    contents: dict[str, bytes] = {}
    draw = None if earlier is None else earlier.draw
    if draw is not None or last >= STEPS.index("draw"):
        announce("draw")
        outcome, draw, contents = _draw(outcome, earlier, may_draw=may_draw, again=again)
    # The hash of the record does not cover figures, so that they can carry it.
    record = new_record(inputs, plan, draw)
    if last >= STEPS.index("weight"):
        announce("weight")
        outcome = _weight(outcome)
    if last >= STEPS.index("estimate"):
        announce("estimate")
        assert outcome.sample is not None
        options = inputs.options(outcome.sample.seed)
        outcome = _estimate(outcome, options, str(record["record_id"]))
        assert outcome.estimates is not None
        record = with_figures(record, options, outcome.estimates, outcome.contrasts)
    record = with_decisions(record, outcome.decisions)
    return _write(outcome, record, earlier, contents, until, announce)


def _draw(
    outcome: Outcome, earlier: Record | None, *, may_draw: bool, again: str | None
) -> tuple[Outcome, DrawPart | None, dict[str, bytes]]:
    """The draw that is there, checked, or a new one."""
    there = None if earlier is None else earlier.draw
    if there is None and not may_draw:
        raise _no_draw(outcome, "There is no draw yet.")
    study = outcome.inputs.study
    sample = sample_of(outcome.plan, outcome.inputs)
    drawn_now = replace(outcome, sample=after_fieldwork(sample, study), drawn_now=True)
    if there is None:
        return *with_units(drawn_now, draw_part(sample, study, 1, again or "", ())), {}
    assert earlier is not None
    if again is not None:
        history = (*there.earlier, f"{DRAWS}draw-{there.number}")
        new = draw_part(sample, study, there.number + 1, again, history)
        changes = _changes(outcome, there)
        drawn_now, new = with_units(drawn_now, new)
        if not changes and not stage_changes(there.stages, new.stages):
            raise StudyError(
                "STUDY-DRAW-SAME",
                "A new draw would give the same cities.",
                where=str(outcome.directory),
                got="the same frame, seed and design",
                expected="another frame, seed, design or stage",
                remedy="Change the study file first. Nothing was drawn.",
            )
        return drawn_now, new, _archive(outcome.directory, there, earlier)
    _refuse_changed(outcome, _changes(outcome, there))
    _refuse_edited(outcome.directory, earlier)
    drawn = draw_part(sample, study, there.number, there.reason, there.earlier)
    if (drawn.cities, drawn.substitutes) != (there.cities, there.substitutes):
        raise edited(outcome.directory / RECORD, "cities or probabilities differ from the draw")
    kept, now = with_units(replace(drawn_now, drawn_now=False), there)
    _refuse_changed(outcome, stage_changes(there.stages, now.stages))
    if not may_draw and has_new_units(there.stages, now.stages):
        raise _no_draw(outcome, "There are units inside the cities that are not drawn yet.")
    return kept, now, {}


def _no_draw(outcome: Outcome, what: str) -> StudyError:
    return StudyError(
        "STUDY-NO-DRAW",
        what,
        where=str(outcome.directory),
        expected="a run directory with a draw",
        remedy=f"Draw the sample first: {command('draw', outcome.inputs.path, outcome.directory)}",
    )


def _archive(directory: Path, draw: DrawPart, record: Record) -> dict[str, bytes]:
    kept = [name for name in record.artefacts if not name.startswith(DRAWS)]
    names = [RECORD, *(name for name in kept if (directory / name).is_file())]
    return {f"{DRAWS}draw-{draw.number}/{name}": (directory / name).read_bytes() for name in names}


def _changes(outcome: Outcome, draw: DrawPart) -> list[str]:
    """What differs from the frame, seed and design of the draw, one line each."""
    changes: list[str] = []
    seed = seed_of(outcome.plan, outcome.inputs)
    if draw.seed != seed:
        changes.append(f"study.seed: '{draw.seed}' -> '{seed}'")
    if draw.frame != outcome.plan.fingerprint:
        changes += frame_changes(outcome.directory, outcome.inputs.frame())
    return changes + decision_changes(draw.design, decisions_as_json(outcome.plan, outcome.inputs.study))


def _refuse_changed(outcome: Outcome, changes: list[str]) -> None:
    """Frame, seed, design and stages must be those of the draw."""
    if changes:
        raise StudyError(
            "STUDY-DRAW-CHANGED",
            "The sample is drawn already, and the study changed since.",
            where=str(outcome.directory),
            got="\n            ".join(changes),
            expected="the frame, seed and design of the draw",
            remedy="Undo the change. To draw anew on purpose: "
            f"{command('draw', outcome.inputs.path, outcome.directory)} --again --reason '...'; "
            "the old draw is archived. Or use another run directory: --out DIR.",
        )


def _refuse_edited(directory: Path, record: Record) -> None:
    for name in (name for name in OF_THE_DRAW if name == "sample.csv" or name in record.artefacts):
        path = directory / name
        if not path.is_file() or sha256(path.read_bytes()) != record.artefacts.get(name):
            raise edited(path, "the file is gone" if not path.is_file() else "other bytes than were written")


def _weight(outcome: Outcome) -> Outcome:
    assert outcome.sample is not None
    part = outcome.inputs.data_part()
    period = part.period if part.period != "" else None
    reading = outcome.inputs.data()
    rows = outcome.sample if outcome.staged is None else outcome.staged
    survey = rows.with_data(reading.table, period=period, id=outcome.inputs.data_id())
    survey = outcome.inputs.with_errors(survey)
    own = [column for column in CITY_COLUMNS if column in reading.table.columns]
    left_out = (f"columns {quoted(own)} of the data are those of the draw, and were left out",) if own else ()
    return replace(outcome, survey=survey, data_notes=reading.notes + left_out)


def _estimate(outcome: Outcome, options: Options, record_id: str) -> Outcome:
    """The figures, and the functions of figures."""
    assert outcome.survey is not None
    inputs = outcome.inputs
    estimates = outcome.survey.estimate(
        inputs.indicators(), by=inputs.study.estimation.by, **asdict(options)
    ).with_record_id(record_id)
    wanted = inputs.contrasts()
    contrasts = estimates.contrast(wanted) if wanted else None
    return replace(outcome, estimates=estimates, contrasts=contrasts)


def _write(
    outcome: Outcome,
    record: dict[str, object],
    earlier: Record | None,
    contents: dict[str, bytes],
    until: Step,
    progress: Callable[[Step], None],
) -> Outcome:
    """Write all files of the steps done, in one step; drop later files that no longer fit."""
    from citysample.study.artefacts import artefacts

    if until == "report":
        progress("report")
    made = artefacts(outcome, record, _steps_done(outcome, until))
    made |= outcome.inputs.files | contents
    _refuse_foreign(outcome, made, earlier)
    same_run = earlier is not None and earlier.record_id == record["record_id"]
    later = {
        name: digest for name, digest in (earlier.artefacts if earlier else {}).items() if name not in made
    }
    kept = {name: digest for name, digest in later.items() if same_run or name.startswith(DRAWS)}
    removed = tuple(name for name in later if name not in kept)
    if same_run and earlier is not None and earlier.estimates is not None and outcome.estimates is None:
        # The figures stay in the run directory, so what the record says of them stays, too.
        record |= {key: getattr(earlier, key) for key in OF_FIGURES}
    hashes = {name: sha256(data) for name, data in made.items()}
    everything = {**made, RECORD: with_artefacts(record, {**kept, **hashes})}
    write_files(outcome.directory, everything, removed)
    return replace(outcome, removed=removed)


def _refuse_foreign(outcome: Outcome, made: dict[str, bytes], earlier: Record | None) -> None:
    """No input, and no file that citysample did not write, is overwritten."""
    study = outcome.inputs.study
    names = [study.frame.file, *(stage.file for stage in study.stage)]
    names += [study.data.file] if study.data else []
    names += [study.round.links] if study.round and study.round.links else []
    inputs = {outcome.inputs.path.resolve(), *(outcome.inputs.resolve(name).resolve() for name in names)}
    known = {} if earlier is None else earlier.artefacts
    for name, data in made.items():
        path = outcome.directory / name
        foreign = name not in known and path.is_file() and path.read_bytes() != data
        if path.resolve() in inputs or foreign:
            raise FileError(
                "FILE-EXISTS",
                "A file would be overwritten that citysample did not write.",
                where=str(path),
                got="an input of the study" if path.resolve() in inputs else "another file of this name",
                expected="a run directory for the files of the run alone",
                remedy="Move the file away, or use another run directory: --out DIR.",
            )


def _steps_done(outcome: Outcome, until: Step) -> tuple[Step, ...]:
    """Steps whose nouns exist: a plan of a study that is drawn already writes the sample, too."""
    done: list[Step] = ["plan"]
    if outcome.sample is not None:
        done.append("draw")
    if outcome.survey is not None:
        done.append("weight")
    if outcome.estimates is not None:
        done.append("estimate")
    if until == "report":
        done.append("report")
    return tuple(done)


def missing_rows(outcome: Outcome) -> str:
    """Sampled cities or units without data, for a message; empty if there are none."""
    missing = outcome.survey.missing if outcome.survey else ()
    what = "units" if outcome.staged else "cities"
    return f"{len(missing)} sampled {what} have no data yet: {quoted(missing)}" if missing else ""
