"""The surveys that are exported to R: a case for each kind of design, on the data of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import citysample as cs
from citysample.estimators.options import Options
from citysample.reporting.export.export import export_survey
from citysample.weighting.weighted_sample import WeightedSample

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "conformance" / "data"


def read(name: str) -> pd.DataFrame:
    """A sample of the matrix."""
    return pd.read_csv(DATA / f"{name}.csv")


def joint(name: str) -> Any:
    """Joint probabilities, in the order of the rows."""
    return np.loadtxt(DATA / f"{name}.csv", delimiter=",", skiprows=1)


def figures(y: str, x: str, z: str, flag: str) -> dict[str, str]:
    """Every kind of figure that has a formula, and a median."""
    return {
        "Total": f"total({y})",
        "Units": "total(cities)",
        "Mean": f"mean({x})",
        "Ratio, in per cent": f"100 * ratio({y}, {x})",
        "Share": f"proportion({flag})",
        "Complement": f"1 - ratio({y}, {x})",
        "Difference": f"(total({y}) - total({x})) / total({z})",
        "Rate": f"log(total({y}) / total({x})) / -5",
        "Powers": f"exp(ratio({y}, {z})) - (total({x}) / total({z})) ** 0.1",
        "Geometric mean": f"geometric_mean({z})",
        "Correlation": f"correlation({y}, {x})",
        "Slope": f"coefficient({y}, {x}, {x}, {z})",
        "Constant": f"coefficient({y}, intercept, {x})",
        "Median": f"quantile({y}, 0.5)",
    }


SCHOOLS = figures("api00", "api99", "tested", "awards, 'Yes'")
TOWNS = figures("tax", "people", "employed", "large, 'yes'")
VOTES = figures("bush", "kerry", "votes", "size, 'large'")


@dataclass(frozen=True)
class Case:
    """A survey, its figures, and how they are estimated."""

    survey: Callable[[], WeightedSample]
    indicators: dict[str, str]
    by: Any
    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    def export(self, program: str = "r") -> dict[str, bytes]:
        options = Options(**self.options)
        return export_survey(self.survey(), self.indicators, program, by=self.by, options=options)


def table(name: str, **design: Any) -> Callable[[], WeightedSample]:
    """A survey from a table of the matrix."""
    matrix = design.pop("matrix", None)
    return lambda: cs.CitySample.from_table(
        read(name), **design, **({"joint": joint(matrix)} if matrix else {})
    )


def drawn() -> WeightedSample:
    """A national sample of Swiss communes with certain ones and letters of all kinds in its strata."""
    frame = cs.CityFrame.read(
        HERE.parents[2] / "examples" / "switzerland" / "frame.csv",
        id="commune",
        size="population",
        name="name",
    )
    design = cs.SampleDesign(strata=["region"], certainty=20000, n=60)
    sample = design.plan(frame).draw(seed="export")
    measured = pd.read_csv(
        HERE.parents[2] / "examples" / "switzerland" / "measurements.csv", dtype={"commune": str}
    )
    chosen = measured[measured["commune"].isin(sample.cities.index)]
    return sample.with_data(chosen.rename(columns={"built_up_ha": "bebaute Fläche, ha"}), id="commune")


def homes() -> WeightedSample:
    """Homes in areas in cities; the cities of the stratum "large" are certain, and areas in them are not."""
    return cs.CitySample.from_table(
        pd.read_csv(HERE.parent / "two_stage.csv"),
        strata=["stratum", None, None],
        psu=["city", "area", None],
        fpc=["N", "M", "K"],
    )


COMMUNES = {
    "Built-up land, m²": "10000 * ratio('bebaute Fläche, ha', population)",
    "Households": "total(households)",
    "Relation": "coefficient(households, population)",
}
HOMES = {
    "Persons": "total(persons)",
    "Persons per room": "ratio(persons, rooms)",
    "Rented": "proportion(tenure, 'rent')",
    "Homes": "total(cities)",
}
ZONES = {"strata": ["zone", None], "psu": ["cluster", "town"], "fpc": ["clusters", "towns"]}
FEW = {"strata": "county", "fpc": "N_h"}

CASES: dict[str, Case] = {
    "simple": Case(table("apisrs", weights="pw", fpc="fpc"), SCHOOLS, "stype", "stages"),
    "stratified": Case(
        table("apistrat", strata="stype", weights="pw", fpc="fpc"), SCHOOLS, "awards", "stages"
    ),
    "certainty": Case(drawn, COMMUNES, ["region"], "stages"),
    "two_stages": Case(table("mu284_two_stage", **ZONES), TOWNS, ["large", "zone"], "stages"),
    "three_stages": Case(homes, HOMES, ["tenure", "kind"], "stages"),
    "ultimate": Case(homes, HOMES, ["tenure", "kind"], "with_replacement", {"variance": "with_replacement"}),
    "census": Case(
        table("apisrs", fpc=1.0),
        {"Mean": "mean(api00)", "Share": "ratio(api99, api00)"},
        "stype",
        "replicates",
    ),
    "clusters_replaced": Case(
        table("apiclus1", psu="district", weights="pw", method="with_replacement"),
        SCHOOLS,
        "stype",
        "with_replacement",
    ),
    "adjust": Case(table("few", **FEW, single_psu="adjust"), SCHOOLS, "stype", "stages"),
    "average": Case(table("few", **FEW, single_psu="average"), SCHOOLS, "stype", "stages"),
    "joint_syg": Case(
        table("mu284_pps", pi="pi", method="conditional_poisson", matrix="mu284_pps_joint"),
        TOWNS,
        "large",
        "joint",
        {"variance": "syg"},
    ),
    "joint_ht": Case(
        table("mu284_pps", pi="pi", method="conditional_poisson", matrix="mu284_pps_joint"),
        TOWNS,
        "large",
        "joint",
        {"variance": "ht"},
    ),
    "joint_strata": Case(
        table(
            "mu284_zones", pi="pi", method="conditional_poisson", strata="zone", matrix="mu284_zones_joint"
        ),
        TOWNS,
        "zone",
        "joint",
    ),
    "poisson": Case(table("mu284_poisson", pi="pi", method="poisson"), TOWNS, "large", "poisson"),
    "brewer": Case(
        table("mu284_zones", pi="pi", method="pivotal", strata="zone"),
        TOWNS,
        "large",
        "brewer",
        {"variance": "brewer"},
    ),
    "brewer_certainty": Case(
        table("mu284_pps", pi="pi", method="pivotal"), TOWNS, "large", "brewer", {"variance": "brewer"}
    ),
    "deville": Case(table("mu284_pps", pi="pi", method="pivotal"), TOWNS, "large", "replicates"),
    "collapse": Case(
        table("few", **FEW, single_psu="collapse", collapse_by="N_h"), SCHOOLS, "stype", "replicates"
    ),
    "jackknife": Case(
        table("apistrat", strata="stype", weights="pw", fpc="fpc"),
        SCHOOLS,
        "awards",
        "replicates",
        {"variance": "jkn"},
    ),
    "bootstrap": Case(
        table("mu284_two_stage", **ZONES),
        TOWNS,
        "zone",
        "replicates",
        {"variance": "bootstrap", "replicates": 50, "seed": "export"},
    ),
}
"""The cases by name of their folder."""
