"""Write the samples on which R and citysample are compared. Run in this folder: python make_data.py.

The samples are drawn from the communes of examples/switzerland. Each draw has a fixed seed, so the
files are the same each time.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import citysample as cs

HERE = Path(__file__).resolve().parent
COMMUNES = HERE.parents[1] / "examples" / "switzerland"
SIZE_CLASSES = ["under 1000", "1000-4999", "5000-19999", "20000 and over"]
VARIABLES = [
    "population",
    "area_ha",
    "built_up_ha",
    "industrial_ha",
    "households",
    "households_1_person",
    "aged_65_or_over",
    "above_5000",
]
LABELS = ["commune", "canton", "region", "size_class"]
GROUPS = {
    "West": ("GE", "VD", "VS", "BE", "FR", "JU", "NE", "SO"),
    "North and South": ("AG", "BL", "BS", "ZH", "TI"),
    "East": ("AI", "AR", "GL", "GR", "SG", "SH", "TG"),
    "Centre": ("LU", "NW", "OW", "SZ", "UR", "ZG"),
}


def communes() -> pd.DataFrame:
    """All communes of the country with their measurements."""
    frame = pd.read_csv(COMMUNES / "frame.csv").drop(columns="name")
    table = frame.merge(pd.read_csv(COMMUNES / "measurements.csv"), on="commune", validate="1:1")
    bounds = [0, 1000, 5000, 20000, float("inf")]
    table["size_class"] = pd.cut(table["population"], bounds, right=False, labels=SIZE_CLASSES).astype(str)
    return table


def stratified(table: pd.DataFrame) -> pd.DataFrame:
    """Simple random samples in the regions; large cities in a take-all stratum; Zurich alone in one."""
    strata = table["region"].mask(table["population"] >= 50_000, "large cities")
    strata = strata.mask(table["population"] == table["population"].max(), "Zurich city")
    sizes = {
        "Central Switzerland": 9,
        "Eastern Switzerland": 13,
        "Espace Mittelland": 21,
        "Lake Geneva": 16,
        "Northwestern Switzerland": 12,
        "Ticino": 11,
        "Zurich": 10,
        "large cities": 7,
        "Zurich city": 1,
    }
    sample = _simple_random(table.assign(stratum=strata), sizes, "golden-stratified")
    # Weights that differ from N_h/n_h, as after an adjustment: the fpc must not be taken from them.
    sample["adjusted_weight"] = sample["weight"] * (1.0 + (sample["commune"] % 7) / 16.0)
    return sample


def single(table: pd.DataFrame) -> pd.DataFrame:
    """A sample with two strata of one sampled commune, and no take-all stratum."""
    sizes = dict.fromkeys(sorted(table["region"].unique()), 6) | {"Ticino": 1, "Zurich": 1}
    return _simple_random(table.assign(stratum=table["region"]), sizes, "golden-single")


def clusters(table: pd.DataFrame) -> pd.DataFrame:
    """Cantons as primary sampling units with all their communes; in the Centre all cantons."""
    group_of = {canton: group for group, cantons in GROUPS.items() for canton in cantons}
    cantons = pd.DataFrame({"canton": list(group_of), "stratum": list(group_of.values())})
    sizes = {"West": 3, "North and South": 2, "East": 3, "Centre": 6}
    frame = cs.CityFrame.from_table(cantons, id="canton")
    design = cs.SampleDesign(strata=["stratum"], allocation=cs.Explicit(sizes))
    drawn = design.plan(frame).draw("golden-clusters").cities
    sample = table.merge(drawn[["stratum"]].astype(str), left_on="canton", right_index=True)
    sample["N_h"] = sample["stratum"].map({group: len(members) for group, members in GROUPS.items()})
    sample["n_h"] = sample["stratum"].map(sizes)
    return _finish(sample)


def unequal(table: pd.DataFrame) -> pd.DataFrame:
    """Pivotal samples in the regions, with probability proportional to population."""
    frame = cs.CityFrame.from_table(table.assign(stratum=table["region"]), id="commune", size="population")
    design = cs.SampleDesign(strata=["stratum"], n=80, method="pivotal")
    drawn = design.plan(frame).draw("golden-pps").cities
    sample = drawn.reset_index(names="commune").astype({"commune": "int64", "stratum": "str"})
    sample["weight"] = sample["design_weight"]
    return _ordered(sample[["stratum", *LABELS, "pi", "weight", *VARIABLES]])


def _simple_random(table: pd.DataFrame, sizes: dict[str, int], seed: str) -> pd.DataFrame:
    frame = cs.CityFrame.from_table(table, id="commune")
    design = cs.SampleDesign(strata=["stratum"], allocation=cs.Explicit(sizes), single_psu="adjust")
    plan = design.plan(frame)
    sample = (
        plan.draw(seed).cities.reset_index(names="commune").astype({"commune": "int64", "stratum": "str"})
    )
    sample["N_h"] = sample["stratum"].map(plan.strata["N"])
    sample["n_h"] = sample["stratum"].map(plan.strata["n"])
    return _finish(sample)


def _finish(sample: pd.DataFrame) -> pd.DataFrame:
    sample["fraction"] = sample["n_h"] / sample["N_h"]
    sample["weight"] = sample["N_h"] / sample["n_h"]
    return _ordered(sample[["stratum", *LABELS, "N_h", "n_h", "fraction", "weight", *VARIABLES]])


def _ordered(sample: pd.DataFrame) -> pd.DataFrame:
    return sample.sort_values(["stratum", "commune"], ignore_index=True)


def tables() -> dict[str, pd.DataFrame]:
    """The samples by file name."""
    everyone = communes()
    return {
        "stratified": stratified(everyone),
        "single_psu": single(everyone),
        "clusters": clusters(everyone),
        "pps": unequal(everyone),
    }


if __name__ == "__main__":
    for name, sample in tables().items():
        # repr() is the shortest text that reads back as the same number.
        sample.to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")
