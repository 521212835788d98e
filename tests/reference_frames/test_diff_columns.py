"""A comparison of frames whose columns have other names, its answers in several languages, and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import citysample as cs
from citysample.reference_frames.checks.diff_frames import diff_frames
from citysample.reference_frames.checks.proposals import parts_of_name
from citysample.reference_frames.commands import frames

COLUMNS = ("code", "Commune", "Région", "x", "y", "km2", "Pop")
OLD_NAMES = {name: f"{name}2020" for name in COLUMNS}
NEW_NAMES = {name: f"{name}2025" for name in COLUMNS}
ROWS = [
    ("a", "Alta", "Nord", 10.0, 1.0, 5.0, 40_000),
    ("k", "Kouri", "Sud", 10.0, 3.0, 5.0, 30_000),
    ("z", "Zégoua", "Sud", 12.0, 3.0, 5.0, 20_000),
    ("s", "San", "Est", 16.0, 3.0, 5.0, 25_000),
]
NEW_ROWS = [
    ("a", "Alta", "Nord", 10.0, 1.0, 5.0, 90_000),
    ("kz", "KOURI-ZEGOUA", "Sud", 12.0, 3.0, 9.0, 60_000),
    ("sj", "San José", "Nord", 10.0, -5.0, 5.0, 25_000),
]
ROLES = {"size": "Pop", "name": "Commune", "region": "Région", "lon": "x", "lat": "y", "area": "km2"}


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    old, new = (pd.DataFrame(rows, columns=list(COLUMNS)) for rows in (ROWS, NEW_ROWS))
    return old.rename(columns=OLD_NAMES), new.rename(columns=NEW_NAMES)


def both() -> list[cs.CityFrame]:
    return [
        cs.CityFrame.from_table(table, id=f"code{year}")
        for table, year in zip(tables(), (2020, 2025), strict=True)
    ]


def pairs() -> dict[str, Any]:
    return {role: (OLD_NAMES[column], NEW_NAMES[column]) for role, column in ROLES.items()}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(frames, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two workbooks; the frame is in the second sheet."""
    found = (tmp_path / "old.xlsx", tmp_path / "new.xlsx")
    for path, table in zip(found, tables(), strict=True):
        with pd.ExcelWriter(path, engine="openpyxl") as writer:
            pd.DataFrame({"note": ["x", "y"], "text": ["u", "v"]}).to_excel(
                writer, sheet_name="Notes", index=False
            )
            table.to_excel(writer, sheet_name="Communes", index=False)
    return found


def options() -> list[str]:
    given = [f"--{role}={OLD_NAMES[column]}={NEW_NAMES[column]}" for role, column in ROLES.items()]
    return [*given, "--id=code2020=code2025", "--sheet=Communes"]


def test_columns_may_have_other_names_in_the_two_frames() -> None:
    old, new = both()
    diff = old.diff(new, **pairs())
    assert len(diff.compared) == 6
    assert "sizes (Pop2020 and Pop2025)" in diff.compared
    assert diff.not_compared == ()
    assert diff.counts["population"] == 1


def test_a_frame_keeps_its_own_columns() -> None:
    old, new = tables()
    first = cs.CityFrame.from_table(old, id="code2020", size="Pop2020", name="Commune2020")
    second = cs.CityFrame.from_table(new, id="code2025", size="Pop2025", name="Commune2025")
    assert first.diff(second).compared == (
        "city ids",
        "sizes (Pop2020 and Pop2025)",
        "names (Commune2020 and Commune2025)",
    )


def test_the_remedy_for_an_unknown_column_says_how_to_give_both(refused: Any) -> None:
    old, new = both()
    with refused("FRAME-COLUMN-UNKNOWN", "size, new frame", "Pop2020=Pop2025", "('Pop2020', 'Pop2025')"):
        diff_frames(old, new, size="Pop2020")
    with refused("FRAME-COLUMN-UNKNOWN", "'Pop2025'", "size, old frame"):
        diff_frames(old, new, size="Pop2025")


def test_of_several_usual_names_none_is_taken_and_this_is_said() -> None:
    table = pd.DataFrame({"code": ["a"], "Population": [1.0], "Pop": [2.0], "Ville": ["A"]})
    frame = cs.CityFrame.from_table(table, id="code")
    diff = frame.diff(frame)
    assert "names (Ville)" in diff.compared
    assert "sizes: several columns fit, such as 'Population', 'Pop'; name one" in diff.not_compared


def test_the_command_takes_both_names_and_the_sheet(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "diff.xlsx"
    result = run("diff", *files, *options(), "--out", out)
    assert result.exit_code == 0, result.output
    assert "sizes (Pop2020 and Pop2025)" in result.output
    assert "  'a' Alta: 40 000 -> 90 000 (2.25)\n" in result.output
    rows = list(openpyxl.load_workbook(out)["changes"].iter_rows(values_only=True))
    assert rows[0] == (
        "row", "change", "old_id", "new_id", "old_name", "new_name", "old", "new", "amount"
    )  # fmt: skip
    assert rows[-1][1:] == ("population", "a", "a", "Alta", "Alta", 40_000, 90_000, 2.25)
    sizes = next(iter(openpyxl.load_workbook(out)["sizes"].iter_rows(min_row=2, values_only=True)))
    assert sizes[1:7] == ("a", "a", "Alta", "Alta", 40_000, 90_000)


@pytest.mark.parametrize("text", ["Pop2020=", "=Pop2025", "a=b=c"])
def test_half_a_pair_is_refused(files: tuple[Path, Path], text: str) -> None:
    result = run("diff", *files, "--sheet", "Communes", "--size", text)
    assert result.exit_code == 2
    assert "neither a column nor OLD=NEW" in result.output


def test_the_decimal_sign_holds_for_both_files(tmp_path: Path) -> None:
    paths = tmp_path / "old.csv", tmp_path / "new.csv"
    for path, size in zip(paths, ("1,500", "3,000"), strict=True):
        path.write_text(f"city_id;population\na;{size}\nb;2,250\n", encoding="utf-8")
    assert "'a': 1.5 -> 3 (2)" in run("diff", *paths, "--decimal", ",").output


def test_both_targets_are_free_or_nothing_is_written(
    files: tuple[Path, Path], tmp_path: Path, refused: Any
) -> None:
    there = tmp_path / "proposals.xlsx"
    there.write_bytes(b"mine")
    before = sorted(tmp_path.iterdir())
    first = ("diff", *files, *options(), "--out", tmp_path / "diff.xlsx", "--proposals")
    with refused("FILE-EXISTS", "proposals.xlsx"):
        run(*first, there)
    with refused("FILE-EXISTS", "Two tables would go to the same file"):
        run(*first, tmp_path / "folder" / ".." / "diff.xlsx")
    with refused("FILE-FORMAT", ".doc"):
        run(*first, tmp_path / "proposals.doc")
    with refused("FILE-UNWRITABLE", "the folder does not exist"):
        run(*first, tmp_path / "folder" / "proposals.xlsx")
    assert sorted(tmp_path.iterdir()) == before
    assert there.read_bytes() == b"mine"


def test_names_that_are_parts_of_a_new_name_are_proposed_as_a_merge() -> None:
    """Kouri is 222 km away, in the same region; San is far away in another one."""
    old, new = both()
    proposals = old.diff(new, **pairs()).proposals
    assert [(p.kind, p.old_id, p.new_id) for p in proposals] == [
        ("merged into", "z", "kz"),
        ("merged into", "k", "kz"),
    ]
    assert [p.distance_km for p in proposals] == pytest.approx([0.0, 222.1], abs=0.1)
    table = old.diff(new, **pairs()).proposals_frame().assign(confirmed=["oui", "Sí"])
    merged = old.diff(new, links=table, **pairs())
    assert [(c.old_ids, c.new_ids) for c in merged.changes if c.kind == "merge"] == [(("k", "z"), ("kz",))]
    assert merged.proposals == ()


def test_a_city_that_keeps_its_id_and_gets_a_longer_name_takes_the_other_one() -> None:
    old, new = (
        cs.CityFrame.from_table(pd.DataFrame(rows, columns=["id", "name"]), id="id", name="name")
        for rows in ([("k", "Kouri"), ("z", "Zégoua")], [("z", "Kouri-Zégoua")])
    )
    assert [(p.kind, p.old_id, p.new_id) for p in old.diff(new).proposals] == [("merged into", "k", "z")]
    same = cs.CityFrame.from_table(
        pd.DataFrame([("k", "Kouri"), ("z", "Kouri Sud")], columns=["id", "name"]), id="id", name="name"
    )
    assert same.diff(cs.CityFrame(same.table.loc[["z"]], name="name")).proposals == ()


def test_parts_are_whole_words_of_three_letters_or_more() -> None:
    assert parts_of_name("san jose de la sierra") >= {"san", "san jose", "jose de la sierra", "sierra"}
    assert "la" not in parts_of_name("san jose de la sierra")
    assert "san jose de la sierra" not in parts_of_name("san jose de la sierra")
    assert len(parts_of_name("san jose de la sierra")) == 12


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        *((yes, 1) for yes in ("yes", "Oui", "sí", "SI", "sim", "Ja")),
        *((no, 0) for no in ("no", "non", "Não", "nao", "nein", "", None)),
    ],
)
def test_answers_in_several_languages(answer: str | None, counts: int) -> None:
    old, new = both()
    links = pd.DataFrame({"old_id": ["k"], "new_id": ["kz"], "confirmed": [answer]})
    assert old.diff(new, links=links).counts["new id"] == counts
