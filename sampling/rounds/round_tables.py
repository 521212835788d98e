"""Tables of a later round: what became of the cities, and the strata of all draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citysample.reference_frames.columns import first_cities
from citysample.sampling.record import Decision
from citysample.sampling.rounds.next_round import CASES

if TYPE_CHECKING:
    import pandas as pd

    from citysample.sampling.rounds.round_sample import RoundSample

__all__ = ["births_label", "decisions_of_round", "table_of_cases", "table_of_strata"]


def births_label(name: str, stratum: str) -> str:
    """Label of the births of a round in a stratum."""
    return f"births {name}: {stratum}"


def table_of_cases(sample: RoundSample) -> pd.DataFrame:
    """Cities and sampled cities of each case that occurs, indexed by ``case``."""
    import pandas as pd

    new, old = np.array(sample.links.new_cases), np.array(sample.links.old_cases)
    rows = {}
    for case in CASES:
        found, drawn = (
            (old == case, sample.previous.selected) if case == "death" else (new == case, sample.selected)
        )
        if found.any():
            rows[case] = [int(found.sum()), int((found & drawn).sum())]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["cities", "sampled"])
    return table.rename_axis("case")


def table_of_strata(sample: RoundSample) -> pd.DataFrame:
    """The strata of all draws, with the columns of a plan; N and n are those of the draw."""
    import pandas as pd

    from citysample.sampling.city_sample import CitySample

    before = (
        sample.previous.plan.strata if isinstance(sample.previous, CitySample) else sample.previous.strata
    )
    if sample.births is None:
        return before
    born = sample.births.plan.strata.rename(index=lambda label: births_label(sample.name, str(label)))
    table = pd.concat([before, born])
    text = [column for column in before.columns if before[column].dtype == object and column not in born]
    table[text] = table[text].fillna("")
    return table.rename_axis("stratum")


def decisions_of_round(sample: RoundSample) -> tuple[Decision, ...]:
    """What the links between the frames led to, and how many births were drawn."""
    links = sample.links
    decisions = []
    for case, meaning in CASES.items():
        ids, cases = (
            (sample.previous.frame.table.index, links.old_cases)
            if case == "death"
            else (sample.frame.table.index, links.new_cases)
        )
        found = [city for city, here in zip(ids, cases, strict=True) if here == case]
        if found and case != "same":
            decisions.append(Decision(f"round {sample.name}", first_cities(found), f"{case}: {meaning}"))
    if sample.births is not None:
        decisions += [
            Decision(
                "births", births_label(sample.name, str(label)), f"{row['n']} of {row['N']} cities are drawn"
            )
            for label, row in sample.births.plan.strata.iterrows()
        ]
    return tuple(decisions)
