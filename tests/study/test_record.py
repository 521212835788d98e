"""The record: hashes, probabilities and figures are those of the files and of the direct computation."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest

import citysample as cs
from citysample.study.chain import STEPS, default_directory, run_steps
from citysample.study.record import decode_record, read_record

Snapshot = Callable[[Path], dict[str, bytes]]
Edit = Callable[..., None]


def refuse_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def load(study: Path) -> dict[str, Any]:
    content = (default_directory(study) / "record.json").read_bytes()
    record: dict[str, Any] = json.loads(content, parse_constant=refuse_constant)
    return record


def table(study: Path, name: str) -> list[dict[str, str]]:
    with (default_directory(study) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def direct(study: Path, design: cs.SampleDesign) -> tuple[cs.SamplePlan, cs.WeightedSample]:
    """The same plan and sample through the Python interface."""
    frame = cs.CityFrame.read(study.with_name("frame.csv"), id="city_id", size="population", name="name")
    plan = design.plan(frame)
    data = pd.read_csv(study.with_name("data.csv"), dtype={"city_id": str}).astype({"city_id": object})
    return plan, plan.draw("SMALL-1").with_data(data, period=2025)


def test_the_hashes_are_those_of_the_files(finished: Path, snapshot: Snapshot) -> None:
    found = snapshot(default_directory(finished))
    files = {name: data for name, data in found.items() if data != b"folder" and name != "record.json"}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    record = load(finished)
    assert record["artefacts"] == hashes
    assert record["inputs"] == {name: hashes[name] for name in hashes if name.startswith("inputs/")}
    assert (len(hashes), len(record["inputs"])) == (10, 3)


def test_the_copies_are_the_inputs(finished: Path, snapshot: Snapshot) -> None:
    found = snapshot(default_directory(finished) / "inputs")
    names = {"study.toml": "study.toml", "frame/frame.csv": "frame.csv", "data/data.csv": "data.csv"}
    copies = {name: found[copy] for copy, name in names.items()}
    assert copies == {name: finished.with_name(name).read_bytes() for name in names.values()}
    assert len(copies) == 3


def test_the_record_id_is_on_each_figure(finished: Path) -> None:
    record_id = load(finished)["record_id"]
    assert len(record_id) == 16
    rows = table(finished, "estimates.csv")
    assert [row["record_id"] for row in rows] == [record_id] * 8
    report = (default_directory(finished) / "report.html").read_text(encoding="utf-8")
    assert record_id in report


@pytest.mark.parametrize("method", ["srs", "systematic", "pivotal"])
def test_probabilities_read_back_exactly(
    write_study: Callable[..., Path], measure: Callable[..., list[str]], method: str
) -> None:
    study = write_study(("n = 12", f'n = 11\nmethod = "{method}"\ncertainty = 9500'))
    measure(study)
    run_steps(study, "plan")
    plan, survey = direct(study, cs.SampleDesign(["region"], 11, method=method, certainty=9500))
    expected = {city: float(pi) for city, pi in survey.cities["pi"].items()}
    recorded = {city: part["pi"] for city, part in load(study)["draw"]["cities"].items()}
    assert recorded == expected
    read = read_record(default_directory(study))
    assert read is not None
    assert read.draw is not None
    assert {city: part.pi for city, part in read.draw.cities.items()} == expected
    assert {row["city_id"]: float(row["pi"]) for row in table(study, "sample.csv")} == expected
    assert len(expected) == 11
    strata = load(study)["strata"]
    for label, row in plan.strata.iterrows():
        assert strata[label]["pi_min"] == row["pi_min"]
        assert strata[label]["size"] == row["size"]
    assert len(strata) == 3


def test_the_figures_are_those_of_the_python_interface(finished: Path) -> None:
    _, survey = direct(finished, cs.SampleDesign(["region"], 12))
    formulas = {"Built-up area": cs.Total("built"), "Share built up": cs.Ratio("built", "area")}
    expected = survey.estimate(formulas, by="region").to_frame()
    rows = table(finished, "estimates.csv")
    compared = 0
    for row, (_, figure) in zip(rows, expected.iterrows(), strict=True):
        assert (row["name"], row["by"], row["domain"]) == (figure["name"], figure["by"], figure["domain"])
        for column in ("estimate", "se", "cv", "lower", "upper", "df", "deff", "frame_share"):
            assert float(row[column]) == figure[column]
            compared += 1
    assert compared == 64
    assert [row["unit"] for row in rows] == ["ha"] * 4 + ["share"] * 4
    assert {row["period"] for row in rows} == {"2025"}


def test_the_record_says_how_each_figure_was_computed(finished: Path) -> None:
    record = load(finished)
    rows = table(finished, "estimates.csv")
    keys = ("name", "by", "domain", "variance_method", "interval_method")
    assert len(record["estimates"]) == len(rows) == 8
    for part, row in zip(record["estimates"], rows, strict=True):
        assert [part[key] for key in keys] == [row[key] for key in keys]
        assert (part["df"], part["confidence_level"]) == (float(row["df"]), 0.95)
        assert cs.parse(part["formula"]).terms()
    assert {decision["rule"] for decision in record["decisions"]} == {"interval"}
    assert record["study"]["study"]["seed"] == record["draw"]["seed"] == "SMALL-1"
    assert record["schema"] == 1
    assert record["versions"]["citysample"] == cs.__version__
    assert set(record["versions"]) >= {"python", "numpy", "pandas", "scipy"}


def test_the_record_of_each_step_is_complete(finished: Path) -> None:
    expected = load(finished)
    seen = 0
    for step in STEPS:
        out = finished.parent / "steps"
        run_steps(finished, step, out=out, may_draw=step == "draw")
        record = json.loads((out / "record.json").read_bytes())
        if step in ("estimate", "report"):
            assert record["estimates"] == expected["estimates"]
            assert record["decisions"] == expected["decisions"]
            seen += 1
        if step != "plan":
            assert record["record_id"] == expected["record_id"]
            assert record["draw"] == expected["draw"]
        assert set(record["artefacts"]) == set(record["inputs"]) | {
            path.name for path in out.iterdir() if path.is_file() and path.name != "record.json"
        }
    assert seen == 2


def test_figures_that_do_not_exist_are_valid_json(
    write_study: Callable[..., Path], measure: Callable[..., list[str]], edit: Edit
) -> None:
    study = write_study(
        ("n = 12", "n = 30"), ("ratio(built, area)", "log(total(built) - total(built))"), ("share", "ratio")
    )
    measure(study)
    run_steps(study, "report", may_draw=True)
    assert len(load(study)["estimates"]) == 8
    rows = table(study, "estimates.csv")
    assert [row["estimate"] for row in rows[4:]] == [""] * 4
    edit(study, ("A small study", "Another title"))
    run_steps(study, "report", may_draw=True)
    assert load(study)["study"]["study"]["title"] == "Another title"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A small study", "Another title"),
        ("2025", "2026"),
        ('unit = "ha"', 'unit = "hectare"'),
        ("[data]", "[data]  # a remark"),
    ],
)
def test_the_record_id_changes_with_each_byte_of_the_study(
    finished: Path, edit: Edit, old: str, new: str
) -> None:
    before = load(finished)["record_id"]
    edit(finished, (old, new))
    run_steps(finished, "report")
    after = load(finished)["record_id"]
    assert after != before
    assert {row["record_id"] for row in table(finished, "estimates.csv")} == {after}


def test_there_is_no_record_before_the_first_run(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    assert read_record(tmp_path / "not there") is None


def test_a_record_decodes_to_what_was_written(finished: Path) -> None:
    path = default_directory(finished) / "record.json"
    record = decode_record(path.read_bytes(), path)
    content = load(finished)
    assert record.record_id == content["record_id"]
    assert record.artefacts == content["artefacts"]
    assert record.draw is not None
    assert (record.draw.number, record.draw.N, record.draw.earlier) == (1, 30, ())
    assert list(record.draw.cities) == list(content["draw"]["cities"])
    assert len(record.draw.cities) == 12


def test_artefacts_of_a_forged_record_are_not_removed_elsewhere(finished: Path, edit: Edit) -> None:
    victim = finished.with_name("precious.txt")
    victim.write_bytes(b"precious")
    path = default_directory(finished) / "record.json"
    record = load(finished)
    record["artefacts"]["../precious.txt"] = "0" * 64
    path.write_text(json.dumps(record), encoding="utf-8")
    edit(finished, ("A small study", "Another title"))
    with pytest.raises(cs.CitySampleError):
        run_steps(finished, "report")
    assert victim.read_bytes() == b"precious"
