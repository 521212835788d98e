"""Inputs that are missing, misplaced or odd, and run directories that cannot be written."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import citysample as cs
from citysample.study.chain import default_directory, missing_rows, run_steps
from citysample.study.inputs import load_inputs

Snapshot = Callable[[Path], dict[str, bytes]]
Refused = Callable[..., AbstractContextManager[None]]
Write = Callable[..., Path]
Measure = Callable[..., list[str]]


def test_a_data_file_that_is_not_there_yet(write_study: Write, refused: Refused, snapshot: Snapshot) -> None:
    study = write_study()
    run_steps(study, "draw", may_draw=True)
    before = snapshot(default_directory(study))
    assert len([name for name in before if before[name] != b"folder"]) == 6
    for step in ("weight", "report"):
        with refused("FILE-NOT-FOUND", str(study.with_name("data.csv"))):
            run_steps(study, step)
    assert snapshot(default_directory(study)) == before


@pytest.mark.parametrize(("cut", "word"), [("[data]", "[data]"), ("[[estimate]]", "[[estimate]]")])
def test_a_part_that_is_missing_is_named(
    write_study: Write, measure: Measure, refused: Refused, study_text: str, cut: str, word: str
) -> None:
    study = write_study()
    measure(study)
    study.write_text(study_text.split(cut, maxsplit=1)[0], encoding="utf-8")
    with refused("STUDY-PART-MISSING", word, str(study)):
        run_steps(study, "estimate")


def test_data_with_cities_that_were_not_drawn(
    write_study: Write, measure: Measure, refused: Refused, snapshot: Snapshot
) -> None:
    study = write_study()
    drawn = measure(study)
    other = next(f"{k:03d}" for k in range(30) if f"{k:03d}" not in drawn)
    with study.with_name("data.csv").open("a", encoding="utf-8") as file:
        file.write(f"{other},1.5\nnowhere,2\n")
    before = snapshot(default_directory(study))
    with refused("DATA-ID-NOT-SAMPLED", f"'{other}'", "'nowhere'", "1 of them"):
        run_steps(study, "report")
    assert snapshot(default_directory(study)) == before


def test_sampled_cities_without_a_row(write_study: Write, measure: Measure, refused: Refused) -> None:
    study = write_study()
    drawn = measure(study, leave_out=2)
    outcome = run_steps(study, "weight")
    assert outcome.survey is not None
    assert sorted(outcome.survey.missing) == sorted(drawn[-2:])
    assert missing_rows(outcome) == f"2 sampled cities have no data yet: '{drawn[-2]}', '{drawn[-1]}'"
    with (default_directory(study) / "weights.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["city_id"] for row in csv.DictReader(file)] == drawn
    with refused("DATA-VALUE-MISSING", drawn[-2], drawn[-1], "no row in the data"):
        run_steps(study, "estimate")


def test_a_study_file_that_is_a_folder(tmp_path: Path, refused: Refused) -> None:
    with refused("FILE-UNREADABLE", str(tmp_path), "a folder"):
        run_steps(tmp_path, "plan")


@pytest.mark.parametrize("path", [".", "..", "/", "nowhere/study.toml", "x" * 300])
def test_a_study_path_that_is_no_file(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(cs.FileError) as caught:
        run_steps(path, "plan")
    assert caught.value.code in ("FILE-UNREADABLE", "FILE-NOT-FOUND")
    assert snapshot(tmp_path) == {}


@pytest.mark.parametrize(("name", "new"), [("frame.csv", "d" * 300), ("data.csv", "d" * 300 + ".csv")])
def test_a_file_name_that_is_too_long(write_study: Write, refused: Refused, name: str, new: str) -> None:
    study = write_study((name, new))
    with refused("FILE-UNREADABLE", new):
        run_steps(study, "draw", may_draw=True)


def test_a_run_directory_whose_name_is_too_long(write_study: Write, refused: Refused, tmp_path: Path) -> None:
    with refused("FILE-UNWRITABLE", "d" * 300):
        run_steps(write_study(), "plan", out=tmp_path / ("d" * 300))


def test_a_data_file_that_cannot_be_looked_at(
    write_study: Write, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, real = write_study(), os.stat

    def stat(path: str | Path, *arguments: object, **options: object) -> os.stat_result:
        if str(path).endswith("data.csv"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *arguments, **options)  # type: ignore[arg-type]  # on purpose

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(Path, "read_bytes", denied(Path.read_bytes))
    with refused("FILE-UNREADABLE", "data.csv", "Permission denied"):
        run_steps(study, "weight", may_draw=True)


def denied(real: Callable[[Path], bytes]) -> Callable[[Path], bytes]:
    def read_bytes(path: Path) -> bytes:
        if path.name == "data.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    return read_bytes


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_run_directory_that_is_a_file(write_study: Write, refused: Refused, below: str) -> None:
    study = write_study()
    place = study.with_name("frame.csv")
    content = place.read_bytes()
    with refused("FILE-UNWRITABLE", str(place)):
        run_steps(study, "plan", out=place / below)
    assert place.read_bytes() == content


def test_a_run_directory_that_is_read_only(
    finished: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, edit: Callable[..., None]
) -> None:  # fmt: skip
    real, directory = Path.open, default_directory(finished)

    def denied_open(path: Path, mode: str = "r", *arguments: object, **options: object) -> object:
        if directory in path.parents and "w" in mode:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, mode, *arguments, **options)  # type: ignore[call-overload]  # on purpose

    edit(finished, ("A small study", "Another title"))
    before = snapshot(directory)
    monkeypatch.setattr(Path, "open", denied_open)
    with pytest.raises(cs.FileError) as caught:
        run_steps(finished, "report")
    monkeypatch.undo()
    assert caught.value.code in ("FILE-UNWRITABLE", "FILE-IN-USE")
    assert snapshot(directory) == before


@pytest.mark.parametrize("name", ["estimates.csv", "results.xlsx", "report.html", "record.json"])
def test_an_output_open_in_another_program(
    finished: Path, refused: Refused, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch,
    measure: Measure, name: str,
) -> None:  # fmt: skip
    directory, real = default_directory(finished), os.replace
    measure(finished, plus=1)
    before = snapshot(directory)

    def replace(source: Path, target: Path) -> None:
        if directory / name in (Path(source), Path(target)):
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with refused("FILE-IN-USE", str(directory / name), "Close the file"):
        run_steps(finished, "report")
    monkeypatch.undo()
    assert snapshot(directory) == before
    assert run_steps(finished, "report").removed == ()


def test_a_run_directory_behind_a_link(finished: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(default_directory(finished), target_is_directory=True)
    before = snapshot(default_directory(finished))
    outcome = run_steps(finished, "report", out=tmp_path / "link")
    assert not outcome.drawn_now
    assert snapshot(default_directory(finished)) == before


def test_the_folder_of_the_study_as_run_directory(write_study: Write, measure: Measure) -> None:
    study = write_study()
    inputs = {name: study.with_name(name).read_bytes() for name in ("study.toml", "frame.csv")}
    measure(study, out=study.parent)
    run_steps(study, "report", out=study.parent)
    assert {name: study.with_name(name).read_bytes() for name in inputs} == inputs
    assert study.with_name("report.html").is_file()


@pytest.mark.parametrize("name", ["weights.csv", "sample.csv", "estimates.csv", "plan.csv"])
def test_an_input_is_never_overwritten_by_an_output(
    write_study: Write, measure: Measure, edit: Callable[..., None], name: str
) -> None:
    study = write_study()
    measure(study)
    edit(study, ('"data.csv"', f'"study-run/{name}"'))
    own = study.with_name("data.csv").read_bytes()
    (study.parent / "study-run" / name).write_bytes(own)
    with pytest.raises(cs.CitySampleError):
        run_steps(study, "report")
    assert (study.parent / "study-run" / name).read_bytes() == own


@pytest.mark.parametrize("name", ["plan.csv", "report.html", "results.xlsx", "weights.csv"])
def test_a_file_that_citysample_did_not_write_is_not_overwritten(
    write_study: Write, measure: Measure, refused: Refused, name: str
) -> None:
    study = write_study()
    measure(study)
    out = study.parent / "mine"
    out.mkdir()
    (out / name).write_bytes(b"my own work")
    with refused("FILE-EXISTS", str(out / name)):
        run_steps(study, "report", out=out, may_draw=True)
    assert (out / name).read_bytes() == b"my own work"
    assert [path.name for path in out.iterdir()] == [name]


def test_frame_and_data_of_the_same_name(write_study: Write, measure: Measure, snapshot: Snapshot) -> None:
    study = write_study(('"data.csv"', '"fieldwork/frame.csv"'))
    measure(study)
    (study.parent / "fieldwork").mkdir()
    study.with_name("data.csv").rename(study.parent / "fieldwork" / "frame.csv")
    run_steps(study, "report")
    found = snapshot(default_directory(study))
    assert found["inputs/frame/frame.csv"] == study.with_name("frame.csv").read_bytes()
    assert found["inputs/data/frame.csv"] == (study.parent / "fieldwork" / "frame.csv").read_bytes()


def test_the_frame_as_data_is_refused(write_study: Write, measure: Measure, refused: Refused) -> None:
    study = write_study(('"data.csv"', '"frame.csv"'))
    measure(study)
    with refused("DATA-ID-NOT-SAMPLED", "18 cities"):
        run_steps(study, "report")


def test_absolute_paths_and_other_delimiters(
    write_study: Write, rows: Callable[[], list[list[str]]], tmp_path: Path
) -> None:
    other = tmp_path / "Länder 2026.txt"
    text = "\r\n".join(";".join(["n.d." if cell == "City 3" else cell for cell in row]) for row in rows())
    other.write_bytes(text.replace("North", "Nörd").encode("cp1252"))
    options = f'"{other.as_posix()}"\ndelimiter = ";"\nencoding = "cp1252"\nmissing = ["n.d."]'
    frame = load_inputs(write_study(('"frame.csv"', options))).frame()
    assert frame.N == 30
    assert frame.cities["name"].isna().sum() == 1
    assert sorted(frame.cities["region"].unique()) == ["Nörd", "South", "West"]


@pytest.mark.parametrize("part", ["frame", "data"])
@pytest.mark.parametrize(
    "option",
    ['delimiter = ""', 'delimiter = ";;"', "delimiter = '\\t'", 'encoding = "a\\u0000b"', 'encoding = "x"'],
)
def test_delimiters_and_encodings_that_are_none(
    write_study: Write, measure: Measure, edit: Callable[..., None], part: str, option: str
) -> None:
    study = write_study()
    measure(study)
    edit(study, (f'file = "{part}.csv"', f'file = "{part}.csv"\n{option}'))
    with pytest.raises(cs.CitySampleError) as caught:
        run_steps(study, "report")
    assert option.split(" ", maxsplit=1)[0] in str(caught.value)


# text that is replaced, new text, code, words that say which estimate or option
ESTIMATES = [
    ("ratio(built, area)", "ratio(built area)", "EXPRESSION-INVALID", ("Share built up", "built area")),
    ("ratio(built, area)", "ratoi(built, area)", "EXPRESSION-INVALID", ("Share built up", "'ratio'")),
    ("ratio(built, area)", "3 + 4", "EXPRESSION-INVALID", ("Share built up",)),
    ("ratio(built, area)", "ratio(biult, area)", "DATA-COLUMN-UNKNOWN", ("Share built up", "'built'")),
    ("ratio(built, area)", "proportion(region, 'Nort')", "ESTIMATE-LEVEL-UNKNOWN",
     ("Share built up", "'North'")),
    ('by = ["region"]', 'variance = "balanced"', "ESTIMATE-VARIANCE-INVALID", ("'srs'",)),
    ('by = ["region"]', 'interval = "percentile"', "ESTIMATE-INTERVAL-INVALID", ("Built-up area",)),
    ('by = ["region"]', 'by = ["regoin"]', "DATA-COLUMN-UNKNOWN", ("by", "'region'")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "words"), ESTIMATES)
def test_an_estimate_that_cannot_be_computed_is_named(
    finished: Path, refused: Refused, edit: Callable[..., None], snapshot: Snapshot, old: str, new: str,
    code: str, words: tuple[str, ...],
) -> None:  # fmt: skip
    before = snapshot(default_directory(finished))
    edit(finished, (old, new))
    with refused(code, *words):
        run_steps(finished, "report")
    assert snapshot(default_directory(finished)) == before
    assert len(ESTIMATES) == 8


def test_the_ids_are_city_id_if_the_study_names_no_column(
    write_study: Write, measure: Measure, edit: Callable[..., None], refused: Refused
) -> None:
    study = write_study()
    measure(study)
    expected = run_steps(study, "report").estimates
    edit(study, ('id = "city_id"\n', ""))
    found = run_steps(study, "report").estimates
    assert expected is not None
    assert found is not None
    assert found.to_frame()["estimate"].tolist() == expected.to_frame()["estimate"].tolist()
    edit(study.with_name("data.csv"), ("city_id", "commune"))
    with refused("DATA-COLUMN-UNKNOWN", "'city_id'"):
        run_steps(study, "report")
