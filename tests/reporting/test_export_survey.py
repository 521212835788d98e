"""Exports to R, Stata and SAS: their figures computed again from the files alone, and what is refused."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.options import Options
from citysample.reporting.export.export import FILES, PROGRAMS, export_survey
from citysample.weighting.weighted_sample import WeightedSample

Refused = Callable[..., AbstractContextManager[None]]
Files = dict[str, bytes]

FIGURES = {
    "total": "total(y)",
    "per cent": "100 * ratio(y, x)",
    "less": "1 - mean(x)",
    "sum": "total(y) + 2 * total(x)",
    "log": "log(total(y) / total(x))",
    "median": "quantile(y, 0.45)",
}
STAGES: dict[str, Any] = {"strata": "zone", "psu": ["city", None], "fpc": ["N_h", "M"]}


CLUSTERS: dict[str, Any] = {"strata": "zone", "fpc": "N_h", "psu": "city"}


def cities(**change: Any) -> pd.DataFrame:
    """Two zones of three and two cities with two or three units each; "e" has all its units in the sample."""
    columns = {
        "zone": list("NNNNNNNSSSSS"),
        "city": list("aaabbccdddee"),
        "y": [3.0, 8, 4, 1, 7, 5, 9, 2, 6, 4, 8, 5],
        "x": [2.0, 3, 4, 2, 5, 3, 6, 1, 2, 3, 4, 4],
        "part": list("uvuvuvuvuvuv"),
        "N_h": [7] * 7 + [5] * 5,
        "M": [6, 6, 6, 4, 4, 5, 5, 9, 9, 9, 2, 2],
    }
    return pd.DataFrame({**columns, **change})


def survey(**design: Any) -> WeightedSample:
    return cs.CitySample.from_table(cities(), **(design or STAGES))


def exported(made: WeightedSample, program: str, variance: str = "design", **options: Any) -> Files:
    return export_survey(made, FIGURES, program, by="part", options=Options(variance=variance, **options))


def read(files: Files, name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(files[name]))


def squares(totals: pd.DataFrame, data: pd.DataFrame, stages: int, stage: int = 1) -> float:
    """The variance of a total from the columns of the design, stage by stage; written from the formula."""
    variance = 0.0
    names = [f"{what}{stage}" for what in ("stratum", "psu", "fraction")]
    for _, group in data.groupby(names[0]):
        f = group[names[2]].iloc[0]
        sums = totals.loc[group.index, "z"].groupby(group[names[1]]).sum()
        # One PSU: a certain one, or one that the rule takes for certain.
        if f < 1.0 and len(sums) > 1:
            variance += (1.0 - f) * len(sums) * float(sums.var())
        if stage < stages:
            variance += f * sum(
                squares(totals, unit, stages, stage + 1) for _, unit in group.groupby(names[1])
            )
    return variance


def linear_figures(files: Files) -> int:
    """Compare the standard errors of the totals with those from the columns alone; gives their number."""
    data, expected = read(files, "data.csv"), read(files, "expected.csv")
    stages = sum(name.startswith("psu") for name in data.columns)
    legend = files["README.txt"].decode()
    y = re.search(r"^  (v\d+): 'y'$", legend, re.MULTILINE)
    assert y is not None
    compared = 0
    for row in expected[expected["name"] == "total"].to_dict("records"):
        inside = 1.0 if row["by"] == "national" else (data["part"] == row["domain"])
        z = pd.DataFrame({"z": data["weight"] * data[y[1]] * inside})
        found = [z["z"].sum(), squares(z, data, stages) ** 0.5]
        np.testing.assert_allclose(found, [row["estimate"], row["se"]], rtol=1e-12)
        compared += 1
    return compared


def with_part(files: Files) -> Files:
    """The files with the labels of the domains beside their numbers."""
    data = read(files, "data.csv")
    data["part"] = data["by1"].map({1: "u", 2: "v"})
    return files | {"data.csv": data.to_csv(index=False).encode()}


@pytest.mark.parametrize("program", ["r", "stata"])
def test_the_columns_of_a_design_in_stages_give_the_variance(program: str) -> None:
    files = with_part(exported(survey(), program))
    assert linear_figures(files) == 3
    assert {"stratum2", "psu2", "fraction2"} <= set(read(files, "data.csv").columns)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    "design",
    [
        CLUSTERS,
        {"strata": "zone", "weights": "N_h", "psu": "city", "method": "with_replacement"},
        CLUSTERS | {"certainty": ["8", "9", "10"], "single_psu": "certainty"},
    ],
)  # fmt: skip
def test_the_columns_of_one_stage_give_the_variance(program: str, design: dict[str, Any]) -> None:
    assert linear_figures(with_part(exported(survey(**design), program))) == 3


def test_ultimate_clusters_take_the_units_inside_certain_cities() -> None:
    """A certain city has a variance by its own units, and no part in that between cities."""
    design: dict[str, Any] = {
        "strata": "zone",
        "psu": ["city", None],
        "pi": ["p", "q"],
        "method": ["pivotal", "srs"],
        "fpc": [None, "M"],
    }
    chances = {
        "p": [1.0] * 3 + [0.5] * 4 + [0.4] * 5,
        "q": [0.5] * 3 + [0.5] * 2 + [0.4] * 2 + [1 / 3] * 3 + [1.0] * 2,
    }
    made = cs.CitySample.from_table(cities(**chances), **design)
    files = with_part(exported(made, "stata", "with_replacement"))
    assert linear_figures(files) == 3
    assert read(files, "data.csv")["fraction1"].sum() == 0.0


FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "deville": ({"strata": "zone", "pi": "p", "method": "pivotal"}, "deville"),
    "brewer": ({"strata": "zone", "pi": "p", "method": "pivotal"}, "brewer"),
    "poisson": ({"pi": "p", "method": "poisson"}, "design"),
    "stages": (STAGES, "design"),
    "jkn": (CLUSTERS, "jkn"),
}


def multipliers(script: str, R: int) -> list[float]:
    """What the script says that each squared deviation is multiplied with."""
    shared = re.search(r"char r`r'\[jk_multiplier\] (\S+)|jkcoefs = ([\d.]+)", script)
    if shared is not None:
        return [float(shared[1] or shared[2])] * R
    listed = re.findall(r"^char r\d+\[jk_multiplier\] (\S+)$", script, re.MULTILINE)
    block = re.search(r"datalines;\n(.*?)\n;", script, re.DOTALL)
    return [float(text) for text in (listed or (block[1].split("\n") if block else []))]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("program", ["stata", "sas"])
def test_replicate_weights_give_the_variance_of_totals(program: str, name: str) -> None:
    design, variance = FORMS[name]
    made = cs.CitySample.from_table(cities(p=np.linspace(0.2, 0.8, 12)), **design)
    files = exported(made, program, variance)
    if program == "stata" and name == "stages":
        assert "replicates.csv" not in files
        return
    data, replicates = read(files, "data.csv"), read(files, "replicates.csv").to_numpy()
    scales = multipliers(files[PROGRAMS[program].file].decode(), replicates.shape[1])
    assert len(scales) == replicates.shape[1] >= 4
    assert (replicates >= 0.0).all()
    expected = read(files, "expected.csv")
    chosen = expected[(expected["name"] == "total") & (expected["by"] == "national")].iloc[0]
    assert chosen["same"] == "estimate and se"
    deviation = (replicates - data[["weight"]].to_numpy()).T @ data["y"].to_numpy()
    assert math.isclose(np.sqrt(scales @ deviation**2), chosen["se"], rel_tol=1e-12)


SAS_LINE = re.compile(r"^%figure\((\d+), (1|by1 eq \d), (\S+), (\S+), (.*), (.*)\)$", re.MULTILINE)
STATA_LINE = re.compile(r"^figure `handle' (\d+) \"(.*)\" \"(.*)\" (.*)$", re.MULTILINE)
R_LINE = re.compile(r"^  figure\((\d+), (\S+(?: == \d)?), c\(.*\),\s+quote\((.*)\)\),?$", re.MULTILINE)


def inside(data: pd.DataFrame, text: str) -> pd.Series:
    found = re.search(r"by1 (?:eq|==) (\d)", text)
    return data["weight"] * (1.0 if found is None else data["by1"] == int(found[1]))


def by_sas(data: pd.DataFrame, script: str) -> dict[int, float]:
    found = {}
    for number, where, factor, offset, above, below in SAS_LINE.findall(script):
        weight = inside(data, where)
        columns = {name: data[name] for name in data.columns}
        first, *second = ((weight * eval(text, {}, columns)).sum() for text in (above, below) if text)
        found[int(number)] = float(offset) + float(factor) * first / (second[0] if second else 1.0)
    return found


def by_formula(data: pd.DataFrame, lines: list[tuple[str, str, str]], log: str) -> dict[int, float]:
    found = {}
    for number, where, formula in lines:
        weight = inside(data, where)
        totals = {name: (weight * data[name]).sum() for name in data.columns if name.startswith("v")}
        text = formula.replace(f"{log}(", "math.log(").replace("^", "**")
        found[int(number)] = float(eval(text, {"math": math}, totals))
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_lines_of_the_script_give_the_estimates(program: str) -> None:
    files = exported(survey(), program)
    data, expected = read(files, "data.csv"), read(files, "expected.csv").set_index("figure")
    script = files[PROGRAMS[program].file].decode()
    if program == "sas":
        found = by_sas(data, script)
    elif program == "stata":
        lines = [
            (n, where, re.sub(r"_b\[t_(v\d)\]", r"\1", f)) for n, where, f, _ in STATA_LINE.findall(script)
        ]
        found = by_formula(data, lines, "ln")
    else:
        found = by_formula(data, R_LINE.findall(script), "log")
    assert len(found) == {"r": 15, "stata": 15, "sas": 12}[program]
    for number, value in found.items():
        np.testing.assert_allclose(value, expected["estimate"][number], rtol=1e-12)
    computed = set(expected.index[expected["same"] != "nothing"])
    quantiles = set(expected.index[expected["name"] == "median"]) if program == "r" else set()
    assert set(found) == computed - quantiles


def test_each_figure_says_what_agrees_and_why_not_more() -> None:
    said = {}
    for program in PROGRAMS:
        expected = read(exported(survey(), program), "expected.csv")
        assert (expected["reason"].isna() == (expected["same"] == "estimate and se")).all()
        said[program] = dict(zip(expected["name"], expected["same"], strict=True))
    both, value, nothing = "estimate and se", "estimate", "nothing"
    linear = dict.fromkeys(("total", "per cent", "less", "sum", "log"), both)
    assert said["r"] == linear | {"median": value}
    assert said["stata"] == linear | {"median": nothing}
    # Two stages are replicates for SAS, so only totals have the same standard error.
    assert said["sas"] == {
        "total": both, "per cent": value, "less": value, "sum": both, "log": nothing, "median": nothing
    }  # fmt: skip


def test_errors_inside_cities_are_left_out_and_said() -> None:
    made = cs.CitySample.from_table(cities(se=0.5), strata="zone", fpc="N_h").with_errors({"y": "se"})
    wanted = {"total": "total(y)", "ratio": "ratio(y, x)", "mean": "mean(x)"}
    expected = read(export_survey(made, wanted, "r", by="part"), "expected.csv")
    with_y = expected["expression"].str.contains("y")
    assert set(expected.loc[with_y, "same"]) == {"estimate"}
    assert set(expected.loc[~with_y, "same"]) == {"estimate and se"}
    assert expected.loc[expected["name"] == "total", "reason"].str.contains("inside the cities").all()


def test_delivered_replicates_are_exported_with_their_centre_and_scales() -> None:
    table = cities(r1=2.0, r2=[1.0] * 6 + [3.0] * 6, r3=[4.0] * 6 + [1.0] * 6, w=2.0)
    design: dict[str, Any] = {
        "replicates": ["r1", "r2", "r3"],
        "replicate_method": "other",
        "scale": 0.5,
        "mse": False,
    }
    made = cs.CitySample.from_table(
        table, weights="w", method="with_replacement", rscales=[1.0, 0.5, 0.25], **design
    )
    files = exported(made, "r")
    script = files["figures.R"].decode()
    assert "scale = 0.5, rscales = c(1.0, 0.5, 0.25), mse = FALSE" in script
    assert "withReplicates" in script
    np.testing.assert_array_equal(read(files, "replicates.csv"), table[["r1", "r2", "r3"]])
    for program in ("stata", "sas"):
        other = exported(made, program)
        scales = [0.5, 0.25, 0.125]
        assert multipliers(other[PROGRAMS[program].file].decode(), 3) == scales
        assert set(read(other, "expected.csv")["same"]) == {"estimate", "nothing"}


def test_names_and_texts_that_no_program_takes_are_changed() -> None:
    table = cities().rename(columns={"y": "Fläche (ha)", "x": "v1", "part": "weight"})
    table["weight"] = ['a,\n"b"', "Žilina"] * 6
    table["Fläche [ha]"], table["2025"] = 1.0, 2.0
    made = cs.CitySample.from_table(table, strata="zone", fpc="N_h")
    wanted = {
        "first": "total('Fläche (ha)')", "second": "total('Fläche [ha]')", "third": "total(v1)",
        "fourth": "total('2025')", "share": "proportion(weight, 'Žilina')",
    }  # fmt: skip
    files = export_survey(made, wanted, "r", by="weight")
    data = read(files, "data.csv")
    assert list(data.columns)[-5:] == ["Fl_che_ha_", "Fl_che_ha__2", "v1_", "x2025", "weight_2"]
    assert len({name.lower() for name in data.columns}) == len(data.columns)
    assert all(re.fullmatch(r"[A-Za-z]\w{0,31}", name, re.ASCII) for name in data.columns)
    assert data["weight_2"].tolist()[:2] == ['a, "b"', "Žilina"]
    assert len(files["data.csv"].decode().splitlines()) == 13
    np.testing.assert_array_equal(data["v1_"], table["v1"])


def test_a_domain_without_cities_is_in_the_table_and_not_in_the_script() -> None:
    frame = cs.CityFrame.from_table(
        pd.DataFrame({"id": [f"c{k}" for k in range(9)], "zone": ["N"] * 8 + ["S"], "y": range(1, 10)}),
        id="id",
    )
    sample = cs.SampleDesign(n=4).plan(frame).draw(seed="1")
    made = sample.with_data(pd.DataFrame({"id": sample.cities.index}), id="id")
    files = export_survey(made, {"total": "total(y)"}, "r", by="zone")
    expected = read(files, "expected.csv")
    empty = expected[expected["estimate"].isna()]
    assert list(empty["same"]) == ["nothing"]
    script = files["figures.R"].decode()
    assert script.count("\n  figure(") == len(expected) - 1


def test_a_quantile_on_a_step_is_left_to_nobody() -> None:
    made = cs.CitySample.from_table(cities(), fpc=24)
    expected = read(export_survey(made, {"a": "quantile(y, 0.5)", "b": "total(y)"}, "r"), "expected.csv")
    assert list(expected["same"]) == ["nothing", "estimate and se"]
    assert "rounding decides" in expected["reason"][0]


def test_what_cannot_be_exported_is_refused(refused: Refused) -> None:
    with refused("ESTIMATE-CHOICE-UNKNOWN", "'Stata'", "Did you mean 'stata'?"):
        export_survey(survey(), "total(y)", "Stata")
    with refused("ESTIMATE-EXPORT-IMPOSSIBLE", "SAS", "log(total(y))", "totals and ratios"):
        export_survey(survey(), "log(total(y))", "sas")
    joint = [[0.5, 0.25], [0.25, 0.75]]
    made = cs.CitySample.from_table(
        pd.DataFrame({"y": [1.0, 2.0], "p": [0.5, 0.75]}), pi="p", method="conditional_poisson", joint=joint
    )
    ht = Options(variance="ht")
    assert "joint.csv" in export_survey(made, "total(y)", "r", options=ht)
    with refused("ESTIMATE-EXPORT-IMPOSSIBLE", "'ht'", "semidefinite"):
        export_survey(made, "total(y)", "stata", options=ht)


def test_the_same_call_gives_the_same_bytes_and_known_names() -> None:
    for program in PROGRAMS:
        first, again = exported(survey(), program), exported(survey(), program)
        assert first == again
        assert set(first) <= set(FILES)
        assert all(not content.startswith(b"\xef\xbb\xbf") for content in first.values())
