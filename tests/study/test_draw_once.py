"""A draw happens once; what changed since is named, and a new draw archives the old one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import citysample as cs
from citysample.study.chain import Outcome, default_directory, run_steps
from citysample.study.inputs import sha256

Snapshot = Callable[[Path], dict[str, bytes]]
Refused = Callable[..., AbstractContextManager[None]]
Edit = Callable[..., None]


def cities(study: Path) -> list[str]:
    """The sampled cities, from the file."""
    with (default_directory(study) / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["city_id"] for row in csv.DictReader(file)]


def again(study: Path, reason: str) -> Outcome:
    return run_steps(study, "draw", may_draw=True, again=reason)


# what is edited in the study file, words of the list of changes
CHANGES: list[tuple[str, str, tuple[str, ...]]] = [
    ("SMALL-1", "SMALL-2", ("study.seed", "'SMALL-1' -> 'SMALL-2'")),
    ("n = 12", "n = 13", ("design.allocation", "12", "13")),
    ("n = 12", 'n = 12\nmethod = "pivotal"', ("design.method", "'srs' -> 'pivotal'")),
    ("n = 12", 'n = 12\nsingle_psu = "adjust"', ("design.single_psu", "'fail' -> 'adjust'")),
    ("n = 12", "n = 12\ncertainty = 9500", ("design.certainty", "None -> 9500")),
    ('strata = ["region"]', "strata = []", ("design.strata", "['region'] -> []")),
    ("n = 12", '[design.allocation]\nkind = "equal"\nn = 12', ("design.allocation", "'equal'")),
]


@pytest.mark.parametrize("step", ["plan", "draw", "weight", "report"])
@pytest.mark.parametrize(("old", "new", "words"), CHANGES)
def test_a_changed_seed_or_design_stops_with_a_list_of_changes(
    finished: Path, snapshot: Snapshot, edit: Edit, refused: Refused, old: str, new: str,
    words: tuple[str, ...], step: str,
) -> None:  # fmt: skip
    before = snapshot(default_directory(finished))
    edit(finished, (old, new))
    with refused("STUDY-DRAW-CHANGED", *words, "--again", "--out"):
        run_steps(finished, step, may_draw=True)  # type: ignore[arg-type]  # on purpose
    assert snapshot(default_directory(finished)) == before


@pytest.mark.parametrize("change", ["value", "city gone", "city more", "class variable", "column"])
def test_a_changed_frame_stops(
    finished: Path, snapshot: Snapshot, edit: Edit, refused: Refused, change: str,
    rows: Callable[..., list[list[str]]], write_table: Callable[..., None],
) -> None:  # fmt: skip
    before = snapshot(default_directory(finished))
    table = rows()
    if change == "value":
        table[3][3] = str(int(table[3][3]) + 1)
    elif change == "city gone":
        table = table[:-1]
    elif change == "city more":
        table.append(["999", "New", "North", "1500", "10"])
    elif change == "column":
        table = [[*row, "1" if k else "extra"] for k, row in enumerate(table)]
    else:
        edit(
            finished, ("[design]", '[[frame.classes]]\nname = "c"\ncolumn = "area"\nbounds = [30]\n[design]')
        )
    write_table(finished.with_name("frame.csv"), table)
    with refused("STUDY-DRAW-CHANGED", "frame"):
        run_steps(finished, "report", may_draw=True)
    assert snapshot(default_directory(finished)) == before


def test_another_order_of_rows_and_columns_is_no_change(
    finished: Path, rows: Callable[..., list[list[str]]], write_table: Callable[..., None]
) -> None:
    drawn = cities(finished)
    estimates = (default_directory(finished) / "plan.csv").read_bytes()
    table = [row[:1] + row[:0:-1] for row in [rows()[0], *rows()[:0:-1]]]
    write_table(finished.with_name("frame.csv"), table)
    outcome = run_steps(finished, "report", may_draw=True)
    assert not outcome.drawn_now
    assert cities(finished) == drawn
    assert (default_directory(finished) / "plan.csv").read_bytes() == estimates


def test_city_ids_as_certainty_are_the_same_design_in_the_second_run(
    write_study: Callable[..., Path], measure: Callable[..., list[str]]
) -> None:
    study = write_study(("n = 12", 'n = 12\ncertainty = ["000", "001"]'))
    drawn = measure(study)
    assert {"000", "001"} <= set(drawn)
    outcome = run_steps(study, "report", may_draw=True)
    assert not outcome.drawn_now
    assert cities(study) == drawn


def test_changed_data_are_accepted_and_later_files_refreshed(
    finished: Path, measure: Callable[..., list[str]], snapshot: Snapshot
) -> None:
    directory = default_directory(finished)
    before = snapshot(directory)
    measure(finished, plus=1)
    outcome = run_steps(finished, "report")
    after = snapshot(directory)
    assert outcome.removed == ()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"estimates.csv", "results.xlsx", "report.html", "record.json", "inputs/data/data.csv"}


def test_changed_data_remove_the_later_files_of_the_old_data(
    finished: Path, measure: Callable[..., list[str]], snapshot: Snapshot
) -> None:
    measure(finished, plus=1)
    directory = default_directory(finished)
    run_steps(finished, "report")
    (finished.with_name("data.csv")).write_bytes(
        finished.with_name("data.csv").read_bytes().replace(b".", b"1.")
    )
    outcome = run_steps(finished, "weight")
    assert set(outcome.removed) == {"estimates.csv", "results.xlsx", "report.html"}
    left = {name for name in snapshot(directory) if "/" not in name}
    assert left == {"plan.csv", "sample.csv", "register.csv", "weights.csv", "record.json", "inputs"}
    record = json.loads((directory / "record.json").read_bytes())
    assert record["estimates"] is None
    assert not {"estimates.csv", "results.xlsx", "report.html"} & set(record["artefacts"])


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("edited sample", "STUDY-DRAW-EDITED"),
        ("deleted sample", "STUDY-DRAW-EDITED"),
        ("edited register", "STUDY-DRAW-EDITED"),
        ("edited probability", "STUDY-DRAW-EDITED"),
        ("edited stratum", "STUDY-DRAW-EDITED"),
        ("exchanged city", "STUDY-DRAW-EDITED"),
        ("edited number of the draw", "STUDY-DRAW-EDITED"),
        ("edited reason", "STUDY-DRAW-EDITED"),
        ("deleted record", "STUDY-RECORD-INVALID"),
        ("truncated record", "STUDY-RECORD-INVALID"),
        ("empty record", "STUDY-RECORD-INVALID"),
        ("record of another program", "STUDY-RECORD-INVALID"),
        ("record of a newer schema", "STUDY-RECORD-INVALID"),
        ("record that is not UTF-8", "STUDY-RECORD-INVALID"),
        ("deeply nested record", "STUDY-RECORD-INVALID"),
    ],
)
def test_a_draw_that_somebody_edited_stops(
    finished: Path, snapshot: Snapshot, refused: Refused, how: str, code: str
) -> None:
    directory = default_directory(finished)
    sample, record = directory / "sample.csv", directory / "record.json"
    register = directory / "register.csv"
    content = json.loads(record.read_bytes())
    draw = content["draw"]
    first = next(iter(draw["cities"]))
    actions: dict[str, Callable[[], object]] = {
        "edited sample": lambda: sample.write_bytes(sample.read_bytes().replace(b"North", b"Nord")),
        "deleted sample": sample.unlink,
        "edited register": lambda: register.write_bytes(register.read_bytes().replace(b",1", b",0")),
        "edited probability": lambda: draw["cities"][first].update(pi=0.5),
        "edited stratum": lambda: draw["cities"][first].update(stratum="West "),
        "exchanged city": lambda: draw["cities"].update({"zzz": draw["cities"].pop(first)}),
        "edited number of the draw": lambda: draw.update(number=7),
        "edited reason": lambda: draw.update(reason="none"),
        "deleted record": record.unlink,
        "truncated record": lambda: record.write_bytes(record.read_bytes()[:500]),
        "empty record": lambda: record.write_bytes(b""),
        "record of another program": lambda: record.write_bytes(b'{"songs": []}'),
        "record of a newer schema": lambda: content.update(schema=99),
        "record that is not UTF-8": lambda: record.write_bytes(b'{"schema": "\xff"}'),
        "deeply nested record": lambda: record.write_bytes(b"[" * 100_000),
    }
    unchanged = record.read_bytes()
    actions[how]()
    if record.is_file() and record.read_bytes() == unchanged and "sample" not in how:
        record.write_text(json.dumps(content), encoding="utf-8")
    before = snapshot(directory)
    with refused(code, str(directory)):
        run_steps(finished, "report", may_draw=True)
    assert snapshot(directory) == before


def test_a_new_draw_archives_the_old_one(finished: Path, snapshot: Snapshot, edit: Edit) -> None:
    directory = default_directory(finished)
    before = {name: data for name, data in snapshot(directory).items() if data != b"folder"}
    edit(finished, ("SMALL-1", "SMALL-2"))
    outcome = again(finished, "frame corrected")
    assert outcome.drawn_now
    after = snapshot(directory)
    archived = {name: after[f"draws/draw-1/{name}"] for name in before}
    assert archived == before
    assert len(archived) == 11
    draw = json.loads(after["record.json"])["draw"]
    assert (draw["number"], draw["reason"], draw["seed"]) == (2, "frame corrected", "SMALL-2")
    assert draw["earlier"] == ["draws/draw-1"]
    assert set(outcome.removed) >= {"weights.csv", "estimates.csv", "results.xlsx", "report.html"}


def test_draws_are_counted_and_each_is_archived_once(finished: Path, snapshot: Snapshot, edit: Edit) -> None:
    directory = default_directory(finished)
    drawn = [cities(finished)]
    for number in (2, 3, 4):
        finished.with_name("data.csv").unlink(missing_ok=True)
        edit(finished, (f"SMALL-{number - 1}", f"SMALL-{number}"))
        again(finished, f"reason {number}")
        drawn.append(cities(finished))
    record = json.loads((directory / "record.json").read_bytes())
    assert (record["draw"]["number"], record["draw"]["reason"]) == (4, "reason 4")
    assert record["draw"]["earlier"] == ["draws/draw-1", "draws/draw-2", "draws/draw-3"]
    found = snapshot(directory)
    assert [name for name in found if name.count("draws/") > 1] == []
    samples = [name for name in found if name.endswith("sample.csv")]
    assert samples == [*(f"draws/draw-{k}/sample.csv" for k in (1, 2, 3)), "sample.csv"]
    assert [name for name in record["artefacts"] if name not in found] == []
    archived = [list(json.loads(found[f"draws/draw-{k}/record.json"])["draw"]["cities"]) for k in (1, 2, 3)]
    assert [sorted(ids) for ids in archived] == [sorted(ids) for ids in drawn[:3]]
    assert len({tuple(ids) for ids in drawn}) == 4


def test_archived_draws_stay_through_later_runs(
    finished: Path, edit: Edit, measure: Callable[..., list[str]], snapshot: Snapshot
) -> None:
    edit(finished, ("SMALL-1", "SMALL-2"))
    again(finished, "a reason")
    directory = default_directory(finished)
    archived = {name: data for name, data in snapshot(directory).items() if name.startswith("draws/")}
    finished.with_name("data.csv").unlink()
    measure(finished)
    run_steps(finished, "report", may_draw=True)
    after = snapshot(directory)
    assert {name: data for name, data in after.items() if name.startswith("draws/")} == archived
    assert len([name for name in archived if archived[name] != b"folder"]) == 11
    assert json.loads(after["record.json"])["draw"]["number"] == 2


def test_the_first_draw_keeps_the_reason_it_was_given(write_study: Callable[..., Path]) -> None:
    study = write_study()
    again(study, "moved here from another folder")
    draw = json.loads((default_directory(study) / "record.json").read_bytes())["draw"]
    assert (draw["number"], draw["reason"]) == (1, "moved here from another folder")


@pytest.mark.parametrize("step", ["weight", "estimate", "report"])
def test_a_step_before_the_draw_is_refused(
    write_study: Callable[..., Path], snapshot: Snapshot, refused: Refused, step: str
) -> None:
    study = write_study()
    run_steps(study, "plan")
    before = snapshot(default_directory(study))
    with refused("STUDY-NO-DRAW", "citysample draw"):
        run_steps(study, step)  # type: ignore[arg-type]  # on purpose
    assert snapshot(default_directory(study)) == before
    assert "plan.csv" in before


def test_drawing_twice_keeps_the_first_draw(write_study: Callable[..., Path], snapshot: Snapshot) -> None:
    study = write_study()
    first = run_steps(study, "draw", may_draw=True)
    before = snapshot(default_directory(study))
    second = run_steps(study, "draw", may_draw=True)
    assert (first.drawn_now, second.drawn_now) == (True, False)
    assert isinstance(second.sample, cs.CitySample)
    assert snapshot(default_directory(study)) == before


def test_a_run_directory_without_byte_order_marks_is_kept(finished: Path, snapshot: Snapshot) -> None:
    directory = default_directory(finished)
    new = snapshot(directory)
    text = (directory / "record.json").read_text(encoding="utf-8")
    tables = sorted(directory.glob("*.csv"))
    for path in tables:
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        text = text.replace(sha256(content), sha256(content[3:]))
        path.write_bytes(content[3:])
    names = ["estimates.csv", "plan.csv", "register.csv", "sample.csv", "weights.csv"]
    assert [path.name for path in tables] == names
    (directory / "record.json").write_text(text, encoding="utf-8")
    assert snapshot(directory) != new
    outcome = run_steps(finished, "report")
    assert (outcome.drawn_now, outcome.removed) == (False, ())
    assert snapshot(directory) == new
