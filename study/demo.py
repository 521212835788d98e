"""The Switzerland example from plan to report, beside the true values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citysample.errors import FileError
from citysample.estimators.functions.variables import Variables
from citysample.estimators.influence import linearise
from citysample.reference_frames.text_table import parse_text_table
from citysample.reporting.tables import csv_bytes
from citysample.study.chain import Outcome, Step, run_steps
from citysample.study.files import write_files

if TYPE_CHECKING:
    import pandas as pd

    from citysample.estimators.estimates import Estimate

__all__ = ["Comparison", "compare_with_truth", "run_demo"]

EXAMPLE = "examples/switzerland"
MEASURED = "indicators.csv"


@dataclass(frozen=True, slots=True)
class Comparison:
    """An estimate beside the true value, which is known in the example only.

    Parameters
    ----------
    row : Estimate
        The estimate.
    truth : float
        The value from all cities.
    """

    row: Estimate
    truth: float

    @property
    def covered(self) -> bool | None:
        """True if the interval contains the truth; None if there is no interval."""
        if np.isnan(self.row.lower):
            return None
        return self.row.lower <= self.truth <= self.row.upper


def run_demo(
    folder: str | Path, progress: Callable[[Step], None] | None = None
) -> tuple[Outcome, list[Comparison]]:
    """Run the example in a folder: draw, measure the sampled communes, estimate, report.

    Parameters
    ----------
    folder : str or Path
        Folder for the example; it is made if it is not there.
    progress : callable, optional
        Called with the name of each step before it starts.

    Returns
    -------
    tuple of Outcome and list of Comparison
        The run, and each figure beside the truth.
    """
    folder = Path(folder)
    example = files("citysample").joinpath(EXAMPLE)
    copies = {name: example.joinpath(name).read_bytes() for name in ("study.toml", "frame.csv", "SOURCE.md")}
    first_time = not (folder / "study.toml").exists()
    _refuse_other_files(folder, {**copies, MEASURED: b""} if first_time else copies)
    write_files(folder, copies)
    study = folder / "study.toml"
    drawn = run_steps(study, "draw", may_draw=True)
    assert drawn.sample is not None
    census = parse_text_table(
        example.joinpath("measurements.csv").read_bytes(), "measurements.csv", text=["commune"]
    ).set_index("commune")
    measured = census.loc[drawn.sample.cities.index].rename_axis("commune")
    measurements = {MEASURED: csv_bytes(measured)}
    _refuse_other_files(folder, measurements)
    write_files(folder, measurements)
    outcome = run_steps(study, "report", may_draw=True, progress=progress)
    return outcome, compare_with_truth(outcome, census)


def _refuse_other_files(folder: Path, copies: dict[str, bytes]) -> None:
    for name, content in copies.items():
        path = folder / name
        if path.exists() and (not path.is_file() or path.read_bytes() != content):
            raise FileError(
                "FILE-EXISTS",
                "There is another file where the example would go.",
                where=str(path),
                got="other content than that of the example",
                expected="a new folder, or the folder of an earlier demo",
                remedy="Choose another folder: citysample demo --out FOLDER",
            )


def compare_with_truth(outcome: Outcome, census: pd.DataFrame) -> list[Comparison]:
    """Put each estimate beside its value from all cities of the frame.

    Parameters
    ----------
    outcome : Outcome
        A run with estimates.
    census : pandas.DataFrame
        The indicators of all cities, indexed by city id.
    """
    assert outcome.estimates is not None
    assert outcome.survey is not None
    everyone = replace(outcome.survey, table=outcome.plan.frame.table.join(census), missing=())
    comparisons = []
    for row in outcome.estimates.rows:
        function = outcome.inputs.indicators()[row.name].function
        leaves = function.terms()
        variables = Variables(everyone).of(leaves)
        inside = np.ones(len(everyone.table), dtype=np.bool_)
        if row.by != "national":
            inside = (everyone.table[row.by] == row.domain).to_numpy()
        truth = float(linearise(function, leaves, variables[inside], np.ones(int(inside.sum()))).value[0])
        comparisons.append(Comparison(row, truth))
    return comparisons
