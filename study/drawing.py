"""From the inputs of a run to its sample: a new draw, or the panel of an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from citysample.errors import DesignError, StudyError, located, quoted
from citysample.sampling.rounds.register import CityRegister, read_register
from citysample.sampling.rounds.round_sample import AnySample, RoundSample
from citysample.study.decode import decode_study
from citysample.study.inputs import PREVIOUS, Inputs, no_previous_run
from citysample.study.record import NAME, AnyPlan, Record, decode_record, draw_part

if TYPE_CHECKING:
    from citysample.study.round_file import RoundPart
    from citysample.study.study_file import StudyFile

__all__ = ["after_fieldwork", "plan_of", "register_of", "sample_of", "seed_of"]

REGISTER = "register.csv"


def plan_of(inputs: Inputs) -> AnyPlan:
    """The plan of a draw, or the round that follows an earlier run."""
    part = inputs.study.round
    if part is None or part.previous is None:
        return inputs.design().plan(inputs.frame())
    where = inputs.resolve(part.previous)
    plan = _round_of(inputs, part, where)
    _refuse_other_register(where / REGISTER, register_of(plan.previous, _before(inputs, where)))
    return plan


def _round_of(inputs: Inputs, part: RoundPart, where: Path) -> RoundSample:
    """The round that keeps the sample of the run in a directory; all bytes come from the inputs."""
    before = _before(inputs, where)
    record = decode_record(inputs.files[PREVIOUS + NAME], where / NAME)
    sample = _drawn_before(before, record, where)
    seed = inputs.study.study.seed
    if seed is not None and seed != sample.seed:
        raise StudyError(
            "STUDY-VALUE-INVALID",
            "A later round has the seed of the first one.",
            where=f"{inputs.path}: study.seed",
            got=repr(seed),
            expected=repr(sample.seed),
            remedy="Leave out the seed.",
        )
    with located("round"):
        return sample.next_round(inputs.frame(), inputs.links(), name=part.name, births=part.births)


def _before(inputs: Inputs, where: Path) -> Inputs:
    """The inputs of the run before, from their copies."""
    copies = {
        name.removeprefix(PREVIOUS): content
        for name, content in inputs.files.items()
        if name.startswith(PREVIOUS + "inputs/")
    }
    path = where / "inputs" / "study.toml"
    return Inputs(path, decode_study(copies["inputs/study.toml"], str(path)), copies)


def _drawn_before(before: Inputs, record: Record, where: Path) -> AnySample:
    """The sample of the run before, drawn again and compared with its record."""
    if record.draw is None:
        raise no_previous_run(where, "a run in which nothing was drawn yet")
    part = before.study.round
    plan: AnyPlan
    if part is None or part.previous is None:
        plan = before.design().plan(before.frame())
    else:
        plan = _round_of(before, part, where / PREVIOUS)
    sample = sample_of(plan, before)
    again = draw_part(sample, before.study, 1, "", ())
    same = ("seed", "frame", "cities", "substitutes")
    other = [name for name in same if getattr(again, name) != getattr(record.draw, name)]
    if other:
        raise no_previous_run(where, f"a record whose draw has other {quoted(other)} than its inputs give")
    return after_fieldwork(sample, before.study)


def sample_of(plan: AnyPlan, inputs: Inputs) -> AnySample:
    """The sample as it was drawn, before the fieldwork."""
    if isinstance(plan, RoundSample):
        return plan
    part = inputs.design_part()
    return plan.draw(inputs.seed(), substitutes=part.substitutes, shift=part.shift, mirror=part.mirror)


def after_fieldwork(sample: AnySample, study: StudyFile) -> AnySample:
    """The sample with the substitutes released and the cities added that the study file names."""
    if isinstance(sample, RoundSample):
        return sample
    with located("fieldwork"):
        if study.fieldwork.release:
            sample = sample.release(study.fieldwork.release)
        return sample.add(study.fieldwork.added) if study.fieldwork.added else sample


def seed_of(plan: AnyPlan, inputs: Inputs) -> str:
    """The seed of the draw; a later round has that of the first."""
    return plan.seed if isinstance(plan, RoundSample) else inputs.seed()


def register_of(sample: AnySample, inputs: Inputs) -> CityRegister:
    """The city register, with the names of all rounds."""
    first = inputs
    while first.study.round is not None and first.study.round.previous is not None:
        first = _before(first, first.path.parent)
    return sample.register() if first.study.round is None else sample.register(first.study.round.name)


def _refuse_other_register(path: Path, register: CityRegister) -> None:
    """The register beside the run before must be that of its draw; a copy of the inputs has none."""
    if path.is_file() and read_register(path, register.seed) != register:
        raise DesignError(
            "DESIGN-REGISTER-INVALID",
            "The register of the round before contradicts its draw.",
            where=str(path),
            got="other cities, ids or rounds",
            expected="the register as citysample wrote it",
            remedy="Restore the file from a copy.",
        )
