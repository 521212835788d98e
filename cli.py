"""The command ``citysample``. Thin: it parses, calls and prints; heavy imports wait for a command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from citysample import __version__
from citysample.reference_frames.commands import frames
from citysample.reference_frames.console import CONTEXT, InOrder, print_done, print_notes
from citysample.study.console import print_comparison, print_doubts, print_estimates, print_plan

if TYPE_CHECKING:
    from citysample.study.chain import Outcome, Step

Command = TypeVar("Command", bound=Callable[..., object])

STEP_WORDS = {
    "plan": "Plan the sample",
    "draw": "Draw the sample",
    "weight": "Join the data and weight",
    "estimate": "Estimate",
    "report": "Write tables and report",
}
NEXT = {
    "plan": "publish frame and design, choose the seed; then: {draw}",
    "draw": "collect the indicators of the sampled cities, name the file under [data]; then: {weight}",
    "weight": "{estimate}",
    "estimate": "{report}",
    "report": "open {page}",
}


@click.group(cls=InOrder, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="citysample")
def cli() -> None:
    """Draw a national sample of cities, weight it, and estimate national figures with intervals.

    A study file says what to do; each step is a command, and `run` goes through all of them.

    \b
    Example:
      citysample demo                 a complete example with real data
      citysample frames list          the countries with a city frame to start from
      citysample init my-study        write a study file to fill in
      citysample run my-study/study.toml
    """


cli.add_command(frames)


def _study_command(function: Command) -> Command:
    study = click.argument("study", type=click.Path(path_type=Path))
    out = click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="Run directory. Default: the folder NAME-run beside the study file NAME.toml.",
    )
    return study(out(function))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a complete study.toml to fill in.

    FOLDER is where it goes; default: here. A file that is there is not overwritten.

    \b
    Example:
      citysample init my-study
    """
    from citysample.study.chain import command, default_directory
    from citysample.study.template import write_template

    path = write_template(folder)
    plan_it = command("plan", path, default_directory(path))
    print_done([str(path)], f"fill in {path.name}, put the city frame beside it; then: {plan_it}")


@cli.command()
@_study_command
def plan(study: Path, out: Path | None) -> None:
    """Form the strata and allocate the sample size.

    Also computes the inclusion probability of each city. Nothing is drawn.
    Writes plan.csv into the run directory.

    \b
    Example:
      citysample plan study.toml
    """
    outcome = _run(study, "plan", out)
    print_plan(outcome)
    print_doubts(outcome)
    _finish(outcome, "plan")


@cli.command()
@_study_command
@click.option("--again", is_flag=True, help="Draw anew although there is a draw. The old one is archived.")
@click.option("--reason", help="Why the sample is drawn anew; it goes into the record.")
def draw(study: Path, out: Path | None, again: bool, reason: str | None) -> None:
    """Draw the sample, once.

    If there is a draw, it is checked and kept. Writes sample.csv into the run directory.

    \b
    Example:
      citysample draw study.toml
      citysample draw study.toml --again --reason "frame corrected, decision of 3 March"
    """
    if again != (reason is not None and bool(reason.strip())):
        raise click.UsageError("A new draw needs both: --again --reason '...'")
    outcome = _run(study, "draw", out, may_draw=True, again=reason)
    assert outcome.sample is not None
    state = "drawn now" if outcome.drawn_now or again else "drawn before; checked and kept"
    click.echo(f"{outcome.sample.n} of {outcome.plan.frame.N} cities, seed '{outcome.sample.seed}', {state}.")
    if outcome.staged is not None:
        click.echo(f"{outcome.staged.n} units inside them.")
    for path in outcome.inputs.missing_lists():
        click.echo(f"The list of units '{path}' is not there yet, so none are drawn from it.")
    _finish(outcome, "draw")


@cli.command()
@_study_command
def weight(study: Path, out: Path | None) -> None:
    """Join the indicators and compute weights.

    The indicators of the sampled cities are joined by city id. Writes weights.csv into the run directory.

    \b
    Example:
      citysample weight study.toml
    """
    from citysample.study.chain import missing_rows

    outcome = _run(study, "weight", out)
    assert outcome.survey is not None
    print_notes(outcome.data_notes)
    weights, rows = outcome.survey.weights, "units" if outcome.staged else "cities"
    click.echo(
        f"{len(weights)} {rows}, weights from {weights.min():.4g} to {weights.max():.4g}, "
        f"sum {weights.sum():.6g} (frame: {outcome.plan.frame.N} cities)."
    )
    if missing_rows(outcome):
        click.echo(missing_rows(outcome))
    _finish(outcome, "weight")


@cli.command()
@_study_command
def estimate(study: Path, out: Path | None) -> None:
    """Estimate figures with intervals.

    The country and each domain of `by` under [estimation], with standard errors.
    Writes estimates.csv and results.xlsx into the run directory.

    \b
    Example:
      citysample estimate study.toml
    """
    outcome = _run(study, "estimate", out)
    print_estimates(outcome)
    _finish(outcome, "estimate")


@cli.command()
@_study_command
def report(study: Path, out: Path | None) -> None:
    """Write the HTML report.

    report.html shows the strata, the sample, and the estimates with their intervals drawn.

    \b
    Example:
      citysample report study.toml
    """
    _finish(_run(study, "report", out), "report")


@cli.command()
@_study_command
@click.option("--to", "program", required=True, help="The other program: r, stata or sas.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where the files go. Default: the folder export-PROGRAM in the run directory.",
)
def export(study: Path, out: Path | None, program: str, folder: Path | None) -> None:
    """Export the figures to R, Stata or SAS, to check them there.

    Writes the data with the design, a script for the program, and the figures that it should find.

    \b
    Example:
      citysample export study.toml --to r
    """
    from citysample.study.export import export_run

    outcome = _run(study, "estimate", out)
    target, names = export_run(outcome, program, folder)
    print_done([str(target / name) for name in names], f"read {target / 'README.txt'}")


@cli.command()
@_study_command
def run(study: Path, out: Path | None) -> None:
    """Go through all steps, plan to report.

    A draw that is there is checked and kept. Without a [data] part the run ends after the draw.

    \b
    Example:
      citysample run study.toml
      citysample run study.toml --out runs/2026
    """
    from citysample.study.inputs import load_inputs

    last: Step = "report" if load_inputs(study).study.data is not None else "draw"
    outcome = _run(study, last, out, may_draw=True)
    if outcome.estimates is not None:
        print_estimates(outcome)
    _finish(outcome, last, everything=True)


@cli.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("citysample-demo"),
    show_default=True,
    help="Folder for the example.",
)
def demo(out: Path) -> None:
    """Run a complete example with real data.

    It draws 120 of the 2,896 communes of Switzerland. The true values stand beside the estimates.

    \b
    Example:
      citysample demo
      citysample demo --out switzerland
    """
    from citysample.study.demo import run_demo

    with _progress() as announce:
        outcome, comparisons = run_demo(out, announce)
    assert outcome.sample is not None
    click.echo(
        f"Drawn: {outcome.sample.n} of {outcome.plan.frame.N} communes of Switzerland "
        f"in {len(outcome.plan.strata)} strata, seed '{outcome.sample.seed}'.\n"
    )
    print_comparison(comparisons)
    _finish(outcome, "report", everything=True)


def _run(
    study: Path, until: Step, out: Path | None, *, may_draw: bool = False, again: str | None = None
) -> Outcome:
    from citysample.study.chain import run_steps

    with _progress() as announce:
        return run_steps(study, until, out=out, may_draw=may_draw, again=again, progress=announce)


@contextmanager
def _progress() -> Iterator[Callable[[Step], None]]:
    """A line that says which step is running; on a terminal only, and gone at the end."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _step: None
        return
    with console.status("Start") as status:
        yield lambda step: status.update(f"{STEP_WORDS[step]} ...")


def _finish(outcome: Outcome, step: Step, *, everything: bool = False) -> None:
    from citysample.study.chain import ARTEFACTS, RECORD, STEPS, command
    from citysample.study.record import is_later_round, substitutes_of

    directory = outcome.directory
    steps = STEPS[: STEPS.index(step) + 1] if everything else (step,)
    names = [*(name for each in steps for name in ARTEFACTS[each]), RECORD]
    if "draw" in steps and outcome.sample is not None and substitutes_of(outcome.sample) is not None:
        names.insert(names.index("sample.csv") + 1, "substitutes.csv")
    if "draw" in steps and outcome.staged is not None:
        names.insert(names.index("sample.csv") + 1, "units.csv")
    if "estimate" in steps and outcome.contrasts is not None:
        names.insert(names.index("estimates.csv") + 1, "contrasts.csv")
    for name in outcome.removed:
        click.echo(f"Removed {directory / name}: it belonged to other inputs.")
    commands = {each: command(each, outcome.inputs.path, directory) for each in STEPS}
    page = directory / "report.html"
    # A later round has no design to publish and no seed to choose.
    then = "{draw}" if step == "plan" and is_later_round(outcome.plan) else NEXT[step]
    print_done([str(directory / name) for name in names], then.format(**commands, page=page))


def main() -> None:
    """Run the command; an error of citysample ends it with exit code 2 and no traceback."""
    from citysample.errors import CitySampleError

    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a letter shows a question mark; it does not stop the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        cli()
    except CitySampleError as error:
        click.echo(f"Error {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
