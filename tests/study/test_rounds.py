"""Later rounds in study files: the panel is kept, the run directory is whole, and changes stop."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner

import citysample as cs
from citysample.cli import cli
from citysample.study.chain import default_directory, run_steps
from citysample.study.record import read_record

Refused = Callable[..., AbstractContextManager[None]]
Snapshot = Callable[[Path], dict[str, bytes]]
Edit = Callable[..., None]
WriteTable = Callable[[Path, list[list[str]]], None]

ROUND = """[study]
title = "Round {name}"

[frame]
file = "frame-{name}.csv"
size = "population"
name = "name"

[round]
name = "{name}"
previous = "{before}"
links = "links-{name}.csv"

[data]
file = "data-{name}.csv"

[estimation]
by = ["region"]

[[estimate]]
name = "Area"
formula = "total(measured)"
"""
GONE = ("000", "001", "004", "009", "012", "028")
NEW = [
    ["100", "Merged", "North", "5000", "60"],
    ["104a", "Part", "South", "2000", "20"],
    ["104b", "Part", "South", "1500", "20"],
    ["X12", "Twelve", "North", "2200", "33"],
    *([f"20{k}", f"New {k}", ("North", "South")[k % 2], str(1200 + k), "15"] for k in range(5)),
]
LINKS = [["000", "100"], ["009", "100"], ["004", "104a"], ["004", "104b"], ["012", "X12"]]


def invoke(*words: object) -> str:
    result = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["city_id"]: row for row in csv.DictReader(file)}


@pytest.fixture
def folder(
    tmp_path: Path, rows: Callable[..., list[list[str]]], write_table: WriteTable, study_text: str
) -> Path:
    """Study files of three rounds; the first is drawn."""
    first = study_text.split("[data]", maxsplit=1)[0].replace(
        "[design]", '[round]\nname = "2026"\n\n[design]'
    )
    second = [*(row for row in rows() if row[0] not in GONE), *NEW]
    third = [
        *(row for row in second if row[0] not in ("100", "003", "203")),
        ["300", "Both", "North", "1", "9"],
    ]
    (tmp_path / "first.toml").write_text(first, encoding="utf-8")
    write_table(tmp_path / "frame.csv", rows())
    for name, before, frame, links in (
        ("2030", "first-run", second, LINKS),
        ("2035", "round-2030-run", third, [["100", "300"], ["003", "300"]]),
    ):
        text = ROUND.format(name=name, before=before)
        (tmp_path / f"round-{name}.toml").write_text(text, encoding="utf-8")
        write_table(tmp_path / f"frame-{name}.csv", frame)
        write_table(tmp_path / f"links-{name}.csv", [["old_id", "new_id"], *links])
    run_steps(tmp_path / "first.toml", "draw", may_draw=True)
    return tmp_path


def measured(study: Path, write_table: WriteTable) -> None:
    """Draw, and write the data of the sampled cities."""
    invoke("draw", study)
    name = study.stem.removeprefix("round-")
    sampled = rows_of(default_directory(study) / "sample.csv")
    cells = [[city, row["area"]] for city, row in sampled.items()]
    write_table(study.with_name(f"data-{name}.csv"), [["city_id", "measured"], *cells])


def by_hand(folder: Path) -> list[cs.RoundSample]:
    """The rounds through the Python interface."""
    import pandas as pd

    def frame(name: str) -> cs.CityFrame:
        return cs.CityFrame.read(folder / name, id="city_id", size="population", name="name")

    def links(name: str) -> pd.DataFrame:
        return pd.read_csv(folder / name, dtype=object)

    first = cs.SampleDesign(["region"], 12).plan(frame("frame.csv")).draw("SMALL-1")
    second = first.next_round(frame("frame-2030.csv"), links("links-2030.csv"), name="2030")
    return [second, second.next_round(frame("frame-2035.csv"), links("links-2035.csv"), name="2035")]


def test_two_later_rounds_from_plan_to_report(folder: Path, write_table: WriteTable) -> None:
    compared = 0
    for name, expected in zip(("2030", "2035"), by_hand(folder), strict=True):
        study = folder / f"round-{name}.toml"
        directory = default_directory(study)
        planned = invoke("plan", study)
        assert "merge " in planned
        assert planned.splitlines()[-1].startswith("Next:  citysample draw")
        measured(study, write_table)
        printed = invoke("run", study)
        assert "Area" in printed
        found = rows_of(directory / "sample.csv")
        assert list(found) == expected.cities.index.tolist()
        for city, row in expected.cities.iterrows():
            assert float(found[str(city)]["design_weight"]) == row["design_weight"]
            assert float(found[str(city)]["random_number"]) == row["random_number"]
            assert found[str(city)]["role"] == row["role"]
            assert (found[str(city)]["pi"] == "") == (row["role"] in ("merge",))
            compared += 1
        data = expected.frame.cities.loc[expected.cities.index, ["area"]].rename(columns={"area": "measured"})
        figures = (
            expected.with_data(data.rename_axis("city_id")).estimate("total(measured)", by="region").rows
        )
        with (directory / "estimates.csv").open(encoding="utf-8-sig", newline="") as file:
            written = list(csv.DictReader(file))
        assert [float(row["estimate"]) for row in written] == [row.estimate for row in figures]
        assert [float(row["se"]) for row in written] == [row.se for row in figures]
        assert [row["period"] for row in written] == [name] * 4
        report = (directory / "report.html").read_text(encoding="utf-8")
        assert "births 2030: North" in report
        assert "merge 1 (1 sampled)" in report
        assert "drawn before; checked and kept" in invoke("draw", study)
    assert compared > 25


def test_the_register_names_all_rounds_and_keeps_the_numbers(folder: Path) -> None:
    for name in ("2030", "2035"):
        invoke("draw", folder / f"round-{name}.toml")
    first = rows_of(folder / "first-run" / "register.csv")
    last = rows_of(folder / "round-2035-run" / "register.csv")
    assert [column for column in last["002"] if column.startswith("sampled")] == [
        "sampled 2026", "sampled 2030", "sampled 2035",
    ]  # fmt: skip
    assert last["X12"]["first_id"] == "012"
    assert last["X12"]["random_number"] == first["012"]["random_number"]
    assert last["001"]["last_round"] == "2026"
    assert len(first) == 30
    assert len(last) == 30 + 8 + 1


def test_the_run_directory_is_whole_without_the_runs_before(folder: Path, snapshot: Snapshot) -> None:
    for name in ("2030", "2035"):
        invoke("draw", folder / f"round-{name}.toml")
    directory = folder / "round-2035-run"
    found = set(snapshot(directory))
    deep = "inputs/previous/inputs/previous/"
    assert {f"{deep}record.json", f"{deep}inputs/frame/frame.csv", "inputs/links/links-2035.csv"} <= found
    before = snapshot(directory)
    shutil.rmtree(folder / "first-run")
    assert "checked and kept" in invoke("draw", folder / "round-2035.toml")
    shutil.move(folder / "round-2030-run", folder / "elsewhere")
    study = folder / "round-2035.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("round-2030-run", "round-2035-run/inputs/previous"), encoding="utf-8")
    assert "checked and kept" in invoke("draw", study)
    changed = {name for name, content in snapshot(directory).items() if before[name] != content}
    assert changed == {"inputs/study.toml", "record.json"}


def test_substitutes_that_were_released_are_part_of_the_panel(folder: Path, edit: Edit) -> None:
    first = folder / "first.toml"
    edit(first, ("n = 12", "n = 12\nsubstitutes = 2"))
    shutil.rmtree(folder / "first-run")
    run_steps(first, "draw", may_draw=True)
    text = first.read_text(encoding="utf-8")
    first.write_text(text + "[fieldwork]\nrelease = { West = 2 }\nadded = ['002']\n", encoding="utf-8")
    invoke("draw", first)
    released = {
        city
        for city, row in rows_of(folder / "first-run" / "sample.csv").items()
        if row["role"] == "substitute"
    }
    assert len(released) == 2
    invoke("draw", folder / "round-2030.toml")
    sample = rows_of(folder / "round-2030-run" / "sample.csv")
    west = {city: row for city, row in sample.items() if row["stratum"] == "West"}
    assert released <= set(west)
    assert {float(row["pi"]) for row in west.values()} == {0.6}
    added = rows_of(folder / "first-run" / "sample.csv")["002"]
    assert (added["role"], added["design_weight"]) == ("added", "0.0")
    assert "002" not in sample


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("links-2030.csv", "009,100\n", "", ("round.links: removed: '009 -> 100'",)),
        ("links-2030.csv", "012,X12\n", "012,X12\n007,100\n", ("round.links: added: '007 -> 100'",)),
        ("round-2030.toml", "[data]", "births = 3\n[data]", ("births: 2 -> 3",)),
        ("round-2030.toml", '"2030"\nprevious', '"R2"\nprevious', ("round.round: '2030' -> 'R2'",)),
        ("frame-2030.csv", "City 2,", "City Two,", ("frame: name of city '002'",)),
    ],
)  # fmt: skip
def test_what_changed_since_the_round_was_drawn_stops(
    folder: Path, snapshot: Snapshot, edit: Edit, refused: Refused, name: str, old: str, new: str,
    words: tuple[str, ...],
) -> None:  # fmt: skip
    study = folder / "round-2030.toml"
    invoke("draw", study)
    before = snapshot(default_directory(study))
    edit(folder / name, (old, new))
    with refused("STUDY-DRAW-CHANGED", *words, "--again"):
        run_steps(study, "draw", may_draw=True)
    assert snapshot(default_directory(study)) == before
    outcome = run_steps(study, "draw", may_draw=True, again="corrected")
    assert outcome.drawn_now
    assert (default_directory(study) / "draws/draw-1/sample.csv").is_file()
    record = read_record(default_directory(study))
    assert record is not None
    assert record.draw is not None
    assert record.draw.number == 2


def test_another_sample_before_stops(folder: Path, edit: Edit, refused: Refused) -> None:
    study = folder / "round-2030.toml"
    invoke("draw", study)
    edit(folder / "first.toml", ("n = 12", "n = 15"))
    run_steps(folder / "first.toml", "draw", may_draw=True, again="more cities")
    with refused("STUDY-DRAW-CHANGED", "round.previous sample"):
        run_steps(study, "draw", may_draw=True)


def test_later_data_of_the_round_before_are_no_change(folder: Path, write_table: WriteTable) -> None:
    for name in ("2030", "2035"):
        invoke("draw", folder / f"round-{name}.toml")
    measured(folder / "round-2030.toml", write_table)
    invoke("run", folder / "round-2030.toml")
    assert "checked and kept" in invoke("draw", folder / "round-2035.toml")
    copies = folder / "round-2035-run/inputs/previous/inputs"
    assert (copies / "data/data-2030.csv").is_file()


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("no folder", "STUDY-PREVIOUS-INVALID", ("no record.json",)),
        ("no run", "STUDY-PREVIOUS-INVALID", ("no record.json",)),
        ("not drawn", "STUDY-PREVIOUS-INVALID", ("nothing was drawn",)),
        ("broken record", "STUDY-PREVIOUS-INVALID", ("cannot be read",)),
        ("edited frame", "STUDY-PREVIOUS-INVALID", ("inputs/frame/frame.csv",)),
        ("deleted frame", "STUDY-PREVIOUS-INVALID", ("not all of its inputs",)),
        ("edited record", "STUDY-DRAW-EDITED", ("record_id",)),
        ("edited register", "DESIGN-REGISTER-INVALID", ("register.csv",)),
        ("other seed", "STUDY-VALUE-INVALID", ("'OTHER'", "'SMALL-1'")),
        ("unknown link", "FRAME-LINK-INVALID", ("nowhere",)),
        ("name taken", "DESIGN-REGISTER-INVALID", ("'2026'",)),
    ],
)
def test_a_round_before_that_does_not_fit_is_refused(
    folder: Path, edit: Edit, refused: Refused, how: str, code: str, words: tuple[str, ...]
) -> None:
    study, before = folder / "round-2030.toml", folder / "first-run"
    record = before / "record.json"

    def not_drawn() -> None:
        shutil.rmtree(before)
        invoke("plan", folder / "first.toml")

    actions: dict[str, Callable[[], object]] = {
        "no folder": lambda: shutil.rmtree(before),
        "no run": lambda: edit(study, ("first-run", ".")),
        "not drawn": not_drawn,
        "broken record": lambda: record.write_bytes(record.read_bytes()[:300]),
        "edited frame": lambda: edit(before / "inputs/frame/frame.csv", ("City 3,", "City III,")),
        "deleted frame": (before / "inputs/frame/frame.csv").unlink,
        "edited record": lambda: edit(record, ('"pi": 0.4', '"pi": 0.5')),
        "edited register": lambda: edit(before / "register.csv", ("2026,2026,1", "2026,2026,0")),
        "other seed": lambda: edit(study, ("[frame]", 'seed = "OTHER"\n[frame]')),
        "unknown link": lambda: edit(folder / "links-2030.csv", ("X12", "nowhere")),
        "name taken": lambda: edit(study, ('name = "2030"', 'name = "2026"')),
    }
    actions[how]()
    with refused(code, *words):
        run_steps(study, "draw", may_draw=True)
    assert not default_directory(study).exists()


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("[data]", "[design]\nn = 3\n[data]", "STUDY-VALUE-INVALID", ("[design]", "one of the two")),
        ('previous = "first-run"\n', "", "STUDY-PART-MISSING", ("[design]", "previous")),
        ("[data]", "[fieldwork]\nadded = ['1']\n[data]", "STUDY-VALUE-INVALID", ("[fieldwork]",)),
        ("births", "births", "STUDY-VALUE-INVALID", ()),
    ],
)
def test_parts_that_clash_are_refused(
    folder: Path, edit: Edit, refused: Refused, old: str, new: str, code: str, words: tuple[str, ...]
) -> None:
    study = folder / "round-2030.toml"
    if old == "births":
        study, old, new = (
            folder / "first.toml",
            '[round]\nname = "2026"',
            '[round]\nname = "2026"\nbirths = 3',
        )
    edit(study, (old, new))
    with refused(code, *words):
        run_steps(study, "plan")


def test_links_are_not_overwritten(folder: Path, edit: Edit, refused: Refused) -> None:
    shutil.copy(folder / "links-2030.csv", folder / "register.csv")
    edit(folder / "round-2030.toml", ("links-2030.csv", "register.csv"))
    with refused("FILE-EXISTS", "an input of the study"):
        run_steps(folder / "round-2030.toml", "draw", out=folder, may_draw=True)
