"""The parts of a study file on estimates: what they say reaches the figures, and the record."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import citysample as cs
from citysample.estimators.contrasts import Contrast
from citysample.estimators.forms.registry import FORMS
from citysample.estimators.intervals.methods import INTERVALS
from citysample.estimators.options import AnyIndicator
from citysample.estimators.replicates.methods import REPLICATE_METHODS
from citysample.study.chain import STEPS, Outcome, default_directory, run_steps
from citysample.study.decode import decode_study
from citysample.study.inputs import load_inputs
from citysample.study.record import contrasts_as_json, read_record

Measure = Callable[..., list[str]]
Write = Callable[..., Path]
Edit = Callable[..., None]
Snapshot = Callable[[Path], dict[str, bytes]]

BY = 'by = ["region"]'
PERIOD = "period = 2025"
ERRORS = PERIOD + '\nerrors = { built = "built_se", roads = "roads_se" }\ncommon_errors = { built = 0.02 }\n'
COVARIANCE = '[[data.covariances]]\nof = ["built", "roads"]\ncolumn = "both_cov"\n'
FIGURES = """
[[estimate]]
name = "median"
formula = "quantile(area, 0.5)"

[[estimate]]
name = "sealed"
formula = "total(built) + total(roads)"

[[contrast]]
name = "North minus South"
formula = "figure('sealed', 'region', 'North') - figure('sealed', 'region', 'South')"
unit = "ha"

[[contrast]]
name = "roads per built"
formula = "sealed / figure('Built-up area') - 1"
"""
BOOTSTRAP = BY + '\nvariance = "bootstrap"\nreplicates = 60\nconfidence_level = 0.9\n'
END = 'unit = "share"\n'


def measured(study: Path, measure: Measure) -> pd.DataFrame:
    """The data of the sampled cities with errors inside the cities, written beside the study."""
    measure(study)
    path = study.with_name("data.csv")
    data = pd.read_csv(path, dtype={"city_id": str}).astype({"city_id": object})
    data["roads"] = 1.0 + np.arange(len(data)) % 5
    data["built_se"], data["roads_se"] = 0.1 * data["built"], 0.25
    data["both_cov"] = 0.5 * data["built_se"] * data["roads_se"]
    data.to_csv(path, index=False)
    return data


def record_of(study: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((default_directory(study) / "record.json").read_bytes())
    return record


def rows_of(study: Path, name: str) -> list[dict[str, str]]:
    with (default_directory(study) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def decode(text: str) -> cs.StudyError:
    with pytest.raises(cs.StudyError) as caught:
        decode_study(text.encode("utf-8"), "study.toml")
    return caught.value


@pytest.fixture
def full(write_study: Write, measure: Measure) -> tuple[Path, pd.DataFrame, Outcome]:
    """A study with a quantile, contrasts, errors inside the cities and a bootstrap, run to its end."""
    study = write_study((PERIOD, ERRORS + COVARIANCE), (BY, BOOTSTRAP), (END, END + FIGURES))
    data = measured(study, measure)
    return study, data, run_steps(study, "report")


def test_the_figures_are_those_of_the_python_interface(full: tuple[Path, pd.DataFrame, Outcome]) -> None:
    study, data, outcome = full
    frame = cs.CityFrame.read(study.with_name("frame.csv"), id="city_id", size="population", name="name")
    survey = cs.SampleDesign(["region"], 12).plan(frame).draw("SMALL-1").with_data(data, period=2025)
    pair = {("built", "roads"): "both_cov"}
    survey = survey.with_errors({"built": "built_se", "roads": "roads_se", **pair}, common={"built": 0.02})
    formulas: dict[str, AnyIndicator] = {
        "Built-up area": "total(built)",
        "Share built up": cs.Indicator("ratio(built, area)", unit="share"),
        "median": "quantile(area, 0.5)",
        "sealed": "total(built) + total(roads)",
    }
    expected = survey.estimate(
        formulas, by="region", variance="bootstrap", replicates=60, seed="SMALL-1", confidence_level=0.9
    )
    assert outcome.estimates is not None
    assert np.array_equal(outcome.estimates.covariance, expected.covariance, equal_nan=True)
    written = rows_of(study, "estimates.csv")
    compared = 0
    for row, figure in zip(written, expected.rows, strict=True):
        assert (row["name"], row["domain"], row["note"]) == (figure.name, figure.domain, figure.note)
        for column in ("estimate", "se", "lower", "upper", "df"):
            value = getattr(figure, column)
            assert row[column] == ("" if math.isnan(value) else repr(value))
            compared += 1
    assert compared == 80
    found = expected.contrast(
        {
            "North minus South": "figure('sealed', 'region', 'North') - figure('sealed', 'region', 'South')",
            "roads per built": "sealed / figure('Built-up area') - 1",
        }
    )
    contrasts = rows_of(study, "contrasts.csv")
    for row, contrast in zip(contrasts, found.rows, strict=True):
        assert (row["name"], row["formula"]) == (contrast.name, contrast.text)
        for column in ("estimate", "se", "lower", "upper", "df", "confidence_level"):
            assert float(row[column]) == getattr(contrast, column)
    assert [row["unit"] for row in contrasts] == ["ha", ""]


def test_errors_inside_the_cities_and_common_ones_reach_figures_and_report(
    full: tuple[Path, pd.DataFrame, Outcome], edit: Edit
) -> None:
    study, _, with_errors = full
    report = (default_directory(study) / "report.html").read_text(encoding="utf-8")
    for text in ("built (standard error built_se)", "built and roads (covariance both_cov)", "built +0.02"):
        assert text in report
    notes = [row["note"] for row in rows_of(study, "estimates.csv")]
    assert sum("common error of +2 % in 'built'" in note for note in notes) >= 12
    edit(study, (ERRORS + COVARIANCE, PERIOD))
    without = run_steps(study, "report")
    assert with_errors.estimates is not None
    assert without.estimates is not None
    pairs = list(zip(with_errors.estimates.rows, without.estimates.rows, strict=True))
    larger = [a.se > b.se for a, b in pairs if a.name != "median"]
    assert larger == [True] * 12
    assert "Errors inside cities" not in (default_directory(study) / "report.html").read_text("utf-8")


def test_independent_errors_add_less_than_those_that_go_together(
    full: tuple[Path, pd.DataFrame, Outcome], edit: Edit
) -> None:
    study, _, together = full
    edit(study, ('column = "both_cov"', "column = 0"))
    apart = run_steps(study, "estimate")
    assert together.estimates is not None
    assert apart.estimates is not None
    sealed = [
        a.se > b.se
        for a, b in zip(together.estimates.rows, apart.estimates.rows, strict=True)
        if a.name == "sealed"
    ]
    assert sealed == [True] * 4


def test_the_record_holds_the_options_and_the_contrasts(full: tuple[Path, pd.DataFrame, Outcome]) -> None:
    study, _, _ = full
    record = record_of(study)
    assert record["estimation"] == {
        "variance": "bootstrap", "interval": "auto", "confidence_level": 0.9, "df": "design", "proxy": None,
        "form": "design", "replicates": 60, "seed": "SMALL-1", "fay": 0.5,
    }  # fmt: skip
    assert [part["name"] for part in record["contrasts"]] == ["North minus South", "roads per built"]
    assert [sorted(part) for part in record["contrasts"]] == [
        ["confidence_level", "df", "formula", "name"]
    ] * 2
    assert "60 replicates" in str(record["decisions"])
    assert record["study"]["data"]["covariances"] == [{"of": ["built", "roads"], "column": "both_cov"}]
    assert record["study"]["data"]["common_errors"] == {"built": 0.02}
    assert "contrasts.csv" in record["artefacts"]
    again = read_record(default_directory(study))
    assert again is not None
    assert (again.estimation, again.contrasts) == (record["estimation"], record["contrasts"])


def test_an_earlier_step_keeps_what_the_record_says_of_figures(
    full: tuple[Path, pd.DataFrame, Outcome], snapshot: Snapshot
) -> None:
    study, _, _ = full
    before = snapshot(default_directory(study))
    for step in STEPS:
        run_steps(study, step)
        assert snapshot(default_directory(study)) == before
    assert "contrasts.csv" in before


def test_a_bootstrap_elsewhere_gives_the_same_bytes(
    full: tuple[Path, pd.DataFrame, Outcome], snapshot: Snapshot, tmp_path: Path
) -> None:
    study, _, _ = full
    run_steps(study, "report", out=tmp_path / "elsewhere", may_draw=True)
    assert snapshot(default_directory(study)) == snapshot(tmp_path / "elsewhere")


def test_a_contrast_that_is_gone_leaves_no_file(full: tuple[Path, pd.DataFrame, Outcome]) -> None:
    study, _, _ = full
    text = study.read_text(encoding="utf-8")
    study.write_text(text.split("[[contrast]]", maxsplit=1)[0], encoding="utf-8")
    outcome = run_steps(study, "report")
    assert outcome.removed == ("contrasts.csv",)
    assert not (default_directory(study) / "contrasts.csv").exists()
    assert record_of(study)["contrasts"] is None


def test_the_seed_of_the_replicates_may_be_another(
    full: tuple[Path, pd.DataFrame, Outcome], edit: Edit
) -> None:
    study, _, first = full
    edit(study, ("replicates = 60", 'replicates = 60\nseed = "another"'))
    second = run_steps(study, "estimate")
    assert record_of(study)["estimation"]["seed"] == "another"
    assert first.estimates is not None
    assert second.estimates is not None
    assert [a.se != b.se for a, b in zip(first.estimates.rows, second.estimates.rows, strict=True)] == [
        True
    ] * 16
    assert second.sample is not None
    assert second.sample.seed == "SMALL-1"


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ('variance = "bootstrap"', 1000),
        ('variance = "bootstrap"\ninterval = "percentile"', 1000),
        ('variance = "generalized_bootstrap"\nreplicates = 50\nform = "with_replacement"', 50),
        ('variance = "jkn"', None),
        ('variance = "exact"\nfay = 0.0', None),
        ('variance = "with_replacement"', None),
        ('df = "satterthwaite"\nproxy = "population"', None),
        ('df = "satterthwaite"', None),
        ("df = 7.5", None),
        ('interval = "log"', None),
    ],
)
def test_each_option_reaches_the_estimates(
    write_study: Write, measure: Measure, keys: str, asked: int | None
) -> None:
    study = write_study((BY, f"{BY}\n{keys}"))
    measure(study)
    outcome = run_steps(study, "report")
    options = load_inputs(study).options("SMALL-1")
    assert options.replicates == asked
    assert outcome.survey is not None
    assert outcome.estimates is not None
    arguments = {key: json.loads(value) for key, value in (line.split(" = ") for line in keys.splitlines())}
    if options.variance in REPLICATE_METHODS:
        arguments["seed"] = "SMALL-1"
    direct = outcome.survey.estimate(outcome.inputs.indicators(), by=["region"], **arguments)
    assert np.array_equal(outcome.estimates.covariance, direct.covariance, equal_nan=True)
    limits = [(row.lower, row.upper, row.df) for row in direct.rows]
    assert str([(row.lower, row.upper, row.df) for row in outcome.estimates.rows]) == str(limits)
    assert len(limits) == 8


@pytest.mark.parametrize(
    ("old", "new", "place", "expected"),
    [
        (BY, 'variance = "bootstrp"', "estimation.variance", "'bootstrap'"),
        (BY, 'variance = "replicates"', "estimation.variance", "'jkn'"),
        (BY, 'interval = "lgo"', "estimation.interval", "'log'"),
        (BY, 'variance = "jkn"\nform = "srss"', "estimation.form", "'srs'"),
        ('unit = "share"', 'interval = "wislon"', "estimate[1].interval", "'wilson'"),
        (BY, "replicates = 50", "estimation.replicates", "a variance by replicates"),
        (BY, 'seed = "a"', "estimation.seed", "a variance by replicates"),
        (BY, 'form = "srs"', "estimation.form", "a variance by replicates"),
        (BY, "fay = 0.3", "estimation.fay", "a variance by replicates"),
        (BY, 'variance = "jkn"\nfay = 0.3', "estimation.fay", "'fay' or 'exact'"),
        (BY, 'variance = "jkn"\nseed = "a"', "estimation.seed", "'bootstrap'"),
        (BY, 'proxy = "area"', "estimation.proxy", "df = 'satterthwaite'"),
        (PERIOD, 'covariances = [{ of = ["a"], column = 0 }]', "data.covariances[0].of", "two of the"),
        (PERIOD, 'covariances = [{ of = ["a", "b"], column = 0 }]', "data.covariances[0].of", "errors]"),
        (PERIOD, 'errors = { a = "s", b = "t" }\ncovariances = [{ of = ["a", "b"], column = 0 }, '
         '{ of = ["b", "a"], column = "c" }]', "data.covariances[1].of", "two of the columns"),
        (PERIOD, 'errors = { a = "s" }\ncovariances = [{ of = ["a", "a"], column = 0 }]',
         "data.covariances[0].of", "two of the columns"),
        (PERIOD, 'errors = { a = "s", b = "t" }\ncovariances = [{ of = ["a", "b"], column = 1 }]',
         "data.covariances[0].column", "the name of a column"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_located(
    study_text: str, old: str, new: str, place: str, expected: str
) -> None:
    assert old in study_text
    error = decode(study_text.replace(old, new))
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", f"study.toml: {place}")
    assert expected in str(error.expected)


def test_two_contrasts_of_one_name_are_refused(study_text: str) -> None:
    one = '\n[[contrast]]\nname = "a"\nformula = "b"\n'
    error = decode(study_text + one + one)
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", "study.toml: contrast")


def test_every_variance_and_interval_is_known(study_text: str) -> None:
    for name in ("design", *FORMS, *REPLICATE_METHODS):
        study = decode_study(study_text.replace(BY, f'variance = "{name}"').encode(), "study.toml")
        assert study.estimation.variance == name
    for name in ("auto", "woodruff", *INTERVALS):
        text = study_text.replace(BY, f'interval = "{name}"').replace(END, f'{END}interval = "{name}"\n')
        study = decode_study(text.encode(), "study.toml")
        assert (study.estimation.interval, study.estimate[1].interval) == (name, name)
    assert (len(FORMS), len(REPLICATE_METHODS), len(INTERVALS)) >= (14, 8, 10)


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ((PERIOD, 'errors = { built = "nothing" }'), "DATA-COLUMN-UNKNOWN", "[data]"),
        ((PERIOD, "common_errors = { nothing = 0.1 }"), "DATA-COLUMN-UNKNOWN", "[data]"),
        (
            (END, END + '[[contrast]]\nname = "a"\nformula = "nothing"\n'),
            "EXPRESSION-INVALID",
            "contrast 'a'",
        ),
        ((END, END + '[[contrast]]\nname = "a"\nformula = "total(built)"\n'), "EXPRESSION-INVALID", "'a'"),
    ],
)
def test_a_column_or_figure_that_is_not_there_is_located(
    write_study: Write, measure: Measure, snapshot: Snapshot, change: tuple[str, str], code: str, place: str
) -> None:
    study = write_study(change)
    measure(study)
    before = snapshot(study.parent)
    with pytest.raises(cs.CitySampleError) as caught:
        run_steps(study, "report")
    assert caught.value.code == code
    assert place in str(caught.value.where)
    assert snapshot(study.parent) == before


def test_a_contrast_without_df_is_valid_json() -> None:
    values = (1.0, 0.0, math.nan, math.nan, 0.95)
    rows = tuple(Contrast("a", "b", *values, df, "") for df in (math.nan, math.inf, 3.0))
    found = contrasts_as_json(cs.Contrasts(rows, np.zeros((3, 3))))
    assert [part["df"] for part in found] == [None, "infinite", 3.0]
    json.dumps(found, allow_nan=False)


def test_a_stratum_with_one_random_city_is_collapsed(write_study: Write, measure: Measure) -> None:
    design = 'single_psu = "collapse"\ncollapse_by = "population"\n[design.allocation]\nkind = "explicit"\n'
    study = write_study(("n = 12", design + "n_by_stratum = { North = 1, South = 4, West = 4 }"))
    measure(study)
    outcome = run_steps(study, "report")
    assert outcome.estimates is not None
    country = outcome.estimates.rows[0]
    assert country.se > 0.0
    assert country.lower < country.estimate < country.upper
    assert "single_psu" in [decision["rule"] for decision in record_of(study)["decisions"]]
    assert record_of(study)["draw"]["design"]["collapse_by"] == "population"
