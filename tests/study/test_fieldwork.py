"""Fieldwork in the study file: substitutes in the order of their ranks, cities added on purpose."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner

from citysample.cli import cli
from citysample.study.chain import default_directory, run_steps

Refused = Callable[..., AbstractContextManager[None]]
Write = Callable[..., Path]
WriteTable = Callable[[Path, list[list[str]]], None]
METHODS = ["srs", "pareto", "systematic", "pivotal", "conditional_poisson"]


def table(study: Path, name: str) -> dict[str, dict[str, str]]:
    with (default_directory(study) / name).open(encoding="utf-8-sig", newline="") as file:
        return {row["city_id"]: row for row in csv.DictReader(file)}


def invoke(command: str, study: Path) -> str:
    result = CliRunner().invoke(cli, [command, str(study)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def fieldwork(study: Path, text: str) -> None:
    content = study.read_text(encoding="utf-8").split("[fieldwork]")[0]
    study.write_text(f"{content}[fieldwork]\n{text}\n", encoding="utf-8")


def drawn(write_study: Write, method: str = "srs") -> Path:
    """Four cities and three substitutes in each of three regions of ten cities."""
    study = write_study(("n = 12", f'n = 12\nmethod = "{method}"\nprobabilities = "equal"\nsubstitutes = 3'))
    assert "substitutes.csv" in invoke("draw", study)
    return study


@pytest.mark.parametrize("method", METHODS)
def test_substitutes_are_released_in_the_order_of_their_ranks(write_study: Write, method: str) -> None:
    study = drawn(write_study, method)
    waiting, main = table(study, "substitutes.csv"), table(study, "sample.csv")
    assert len(waiting) == 9
    assert len(main) == 12
    assert [float(row["pi"]) for row in main.values()] == pytest.approx([0.4] * 12, rel=1e-9)
    west = sorted((row["substitute_rank"], city) for city, row in waiting.items() if row["stratum"] == "West")
    assert [rank for rank, _ in west] == ["1", "2", "3"]
    for count in (1, 2, 3):
        fieldwork(study, f"release = {{ West = {count} }}")
        assert "checked and kept" in invoke("draw", study)
        sample = table(study, "sample.csv")
        released = {city for city, row in sample.items() if row["role"] == "substitute"}
        assert released == {city for _, city in west[:count]}
        assert set(main) | released == set(sample)
        left = table(study, "substitutes.csv")
        assert set(left) == set(waiting) - released
        for row in sample.values():
            pi = (4 + count) / 10 if row["stratum"] == "West" else 0.4
            assert float(row["pi"]) == pytest.approx(pi, rel=1e-9)
            assert float(row["design_weight"]) == pytest.approx(1 / pi, rel=1e-9)
        west_weights = [float(row["design_weight"]) for row in sample.values() if row["stratum"] == "West"]
        assert sum(west_weights) == pytest.approx(10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("release = { West = 4 }", ("'West'", "0 to 3")),
        ("release = { East = 1 }", ("'East'", "a stratum with substitutes")),
    ],
)
def test_more_substitutes_than_there_are_refused(
    write_study: Write, refused: Refused, text: str, words: tuple[str, ...]
) -> None:
    study = drawn(write_study)
    before = table(study, "sample.csv")
    fieldwork(study, text)
    with refused("DATA-SUBSTITUTE-INVALID", "fieldwork", *words):
        run_steps(study, "draw", may_draw=True)
    assert table(study, "sample.csv") == before


def test_added_cities_have_no_weight_in_national_figures(write_study: Write, write_table: WriteTable) -> None:
    study = drawn(write_study)
    main, waiting = table(study, "sample.csv"), table(study, "substitutes.csv")
    others = [f"{k:03d}" for k in range(30) if f"{k:03d}" not in {*main, *waiting}][:2]
    data = [["city_id", "built"], *([city, row["area"]] for city, row in main.items())]
    write_table(study.with_name("data.csv"), data)
    invoke("run", study)
    before = (default_directory(study) / "estimates.csv").read_text(encoding="utf-8-sig")
    fieldwork(study, f"added = {others}")
    write_table(study.with_name("data.csv"), [*data, *([city, "1000000"] for city in others)])
    invoke("run", study)
    sample = table(study, "sample.csv")
    assert list(sample)[-2:] == others
    for city in others:
        row = sample[city]
        assert (row["role"], row["certainty"], float(row["design_weight"])) == ("added", "False", 0.0)
    after = (default_directory(study) / "estimates.csv").read_text(encoding="utf-8-sig")
    cut = [[line.rsplit(",", 1)[0] for line in text.splitlines()] for text in (before, after)]
    assert cut[0] == cut[1]  # all but the id of the record
    assert len(cut[0]) == 9
    assert set(table(study, "weights.csv")) == set(main)


@pytest.mark.parametrize(("city", "code"), [("999", "DATA-ID-NOT-SAMPLED"), ("sampled", "DATA-ID-DUPLICATE")])
def test_cities_that_cannot_be_added_are_refused(
    write_study: Write, refused: Refused, city: str, code: str
) -> None:
    study = drawn(write_study)
    fieldwork(study, f"added = ['{city if city != 'sampled' else next(iter(table(study, 'sample.csv')))}']")
    with refused(code, "fieldwork"):
        run_steps(study, "draw", may_draw=True)


def test_an_edited_list_of_substitutes_stops(write_study: Write, refused: Refused) -> None:
    study = drawn(write_study)
    path = default_directory(study) / "substitutes.csv"
    path.write_bytes(path.read_bytes().replace(b",1\n", b",2\n"))
    with refused("STUDY-DRAW-EDITED", "substitutes.csv"):
        run_steps(study, "draw", may_draw=True)
