"""Two frames compared by id: each kind of change planted once, and what must hold always."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import citysample as cs
from citysample.reference_frames.checks.diff_frames import diff_frames
from citysample.reference_frames.checks.frame_diff import CHANGES, FrameDiff
from citysample.reference_frames.checks.proposals import likeness
from citysample.reference_frames.commands import frames

ROLES = {"id": "code", "size": "population", "name": "name"}
LINKS = pd.DataFrame(
    [("m1", "M"), ("m2", "M"), ("s", "s"), ("s", "s2"), ("r1", "R1"), ("r1", "R2"), ("r2", "R2"), ("n", "N")],
    columns=["old_id", "new_id"],
)


def frame(rows: dict[str, tuple[Any, ...]]) -> cs.CityFrame:
    """A frame from {id: (name, region, lon, lat, area, population)}."""
    columns = ["name", "region", "lon", "lat", "area_km2", "population"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return cs.CityFrame.from_table(table.rename_axis("code").reset_index(), **ROLES)


SAME = {
    f"a{k}": (f"Town {letter}", "North", 10.0 + k, 1.0, 10.0, 50_000 + k) for k, letter in enumerate("PQRST")
}
OLD = frame(
    {
        **SAME,
        "m1": ("Mandu", "North", 10.0, 3.0, 10.0, 30_000),
        "m2": ("Mandu Sud", "North", 10.1, 3.0, 10.0, 20_000),
        "s": ("Sapele", "North", 12.0, 3.0, 10.0, 90_000),
        "r1": ("Rana", "North", 14.0, 3.0, 10.0, 40_000),
        "r2": ("Rapti", "North", 14.1, 3.0, 10.0, 40_000),
        "n": ("Neiva", "North", 16.0, 3.0, 10.0, 60_000),
        "v": ("Vila", "North", 10.0, 5.0, 10.0, 60_000),
        "w": ("Wanda", "North", 12.0, 5.0, 10.0, 60_000),
        "x": ("Xela", "North", 14.0, 5.0, 10.0, 60_000),
        "p": ("Pala", "North", 16.0, 5.0, 10.0, 60_000),
        "d1": ("Kisumu-Ndogo", "South", 10.0, -3.0, 10.0, 60_000),
        "d2": ("Old Harbour", "South", 12.0, -3.0, 10.0, 60_000),
    }
)
NEW = frame(
    {
        **{city: (*row[:5], row[5] + 1000) for city, row in SAME.items()},
        "M": ("Mandu", "North", 10.05, 3.0, 10.0, 55_000),
        "s": ("Sapele", "North", 12.0, 3.0, 10.0, 50_000),
        "s2": ("Sapele West", "North", 11.9, 3.0, 10.0, 50_000),
        "R1": ("Rana", "North", 14.0, 3.0, 10.0, 50_000),
        "R2": ("Rapti", "North", 14.1, 3.0, 10.0, 40_000),
        "N": ("NEIVA", "North", 16.0, 3.0, 10.0, 61_000),
        "v": ("Vila", "North", 10.0, 5.1, 10.0, 61_000),
        "w": ("Wandu", "North", 12.0, 5.0, 10.0, 61_000),
        "x": ("Xela", "East", 14.0, 5.0, 10.0, 61_000),
        "p": ("PALA", "north ", 16.0, 5.0, 10.0, 120_000),
        "b1": ("Kisumu Ndogo", "South", 10.05, -3.0, 10.0, 61_000),
        "b2": ("Great Port", "South", 12.05, -3.0, 400.0, 900_000),
    }
)


def kinds(diff: FrameDiff) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    result: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for change in diff.changes:
        result.setdefault(change.kind, []).append((change.old_ids, change.new_ids))
    return result


def test_each_kind_of_change_is_found_once_and_nothing_else() -> None:
    diff = OLD.diff(NEW, links=LINKS)
    assert kinds(diff) == {
        "birth": [((), ("b1",)), ((), ("b2",))],
        "death": [(("d1",), ()), (("d2",), ())],
        "new id": [(("n",), ("N",))],
        "merge": [(("m1", "m2"), ("M",))],
        "split": [(("s",), ("s", "s2"))],
        "regrouped": [(("r1", "r2"), ("R1", "R2"))],
        "moved": [(("v",), ("v",))],
        "renamed": [(("w",), ("w",))],
        "region": [(("x",), ("x",))],
        "population": [(("p",), ("p",))],
    }
    assert set(kinds(diff)) == set(CHANGES)
    assert sum(diff.counts.values()) == 12
    assert (diff.N_old, diff.N_new, diff.N_both) == (17, 17, 10)
    assert diff.not_compared == ()


def test_amounts_are_distances_and_ratios() -> None:
    table = OLD.diff(NEW, links=LINKS).to_frame().set_index("change")
    assert table["amount"].dropna().to_dict() == pytest.approx(
        {"merge": 1.1, "split": 10 / 9, "regrouped": 9 / 8, "moved": 11.1195, "population": 2.0}, abs=1e-4
    )
    cells = {
        str(kind): tuple(row[["old_id", "new_id", "old_name", "new_name", "old", "new"]])
        for kind, row in table.iterrows()
    }
    assert cells["merge"] == ("m1; m2", "M", "Mandu; Mandu Sud", "Mandu", "", "")
    assert cells["moved"] == ("v", "v", "Vila", "Vila", "10, 5", "10, 5.1")
    assert cells["renamed"] == ("w", "w", "Wanda", "Wandu", "", "")
    assert cells["region"] == ("x", "x", "Xela", "Xela", "North", "East")
    assert cells["population"] == ("p", "p", "Pala", "PALA", 60_000.0, 120_000.0)


def test_the_text_has_names_and_blanks_between_groups() -> None:
    text = str(OLD.diff(NEW, links=LINKS))
    for line in (
        "  'b1' Kisumu Ndogo\n",
        "  'm1' Mandu, 'm2' Mandu Sud -> 'M' Mandu (1.1)\n",
        "  'w' Wanda -> 'w' Wandu\n",
        "  'x' Xela: North -> East\n",
        "  'p' PALA: 60 000 -> 120 000 (2)\n",
    ):
        assert line in text
    assert "a merge has one row for each old id, all with the same new id" in " ".join(text.split())
    assert not re.search(r"\d,\d{3}", text)


def test_sizes_are_compared_for_cities_merges_and_splits() -> None:
    table = OLD.diff(NEW, links=LINKS).populations_frame()
    assert len(table) == 13
    assert table["old"].sum() == OLD.cities["population"].drop(["d1", "d2"]).sum()
    assert table["new"].sum() == NEW.cities["population"].drop(["b1", "b2"]).sum()
    assert table.loc[table["large"], "old_id"].tolist() == ["p"]


def test_names_and_footprints_only_propose() -> None:
    proposals = OLD.diff(NEW, links=LINKS).proposals
    assert [(p.kind, p.old_id, p.new_id, p.same_region) for p in proposals] == [
        ("same city", "d1", "b1", True),
        ("merged into", "d2", "b2", True),
    ]
    assert proposals[0].likeness == 1.0
    assert [p.distance_km for p in proposals] == pytest.approx([5.55, 5.55], abs=0.01)


def test_without_links_linked_cities_are_births_and_deaths_with_proposals() -> None:
    diff = diff_frames(OLD, NEW)
    assert (
        diff.counts["merge"] == diff.counts["split"] == diff.counts["regrouped"] == diff.counts["new id"] == 0
    )
    assert {change.old_ids for change in diff.changes if change.kind == "death"} == {
        (city,) for city in ("d1", "d2", "m1", "m2", "r1", "r2", "n")
    }
    pairs = {(p.old_id, p.new_id) for p in diff.proposals}
    assert {("n", "N"), ("r1", "R1"), ("r2", "R2"), ("m1", "M"), ("d1", "b1"), ("d2", "b2")} <= pairs


def test_a_filled_in_table_of_proposals_is_a_table_of_links() -> None:
    first = OLD.diff(NEW, links=LINKS)
    table = first.proposals_frame()
    assert table["confirmed"].tolist() == ["", ""]
    none = OLD.diff(NEW, links=table)
    assert none.changes == OLD.diff(NEW).changes
    table["confirmed"] = [" Yes ", "no"]
    both = pd.concat([LINKS.assign(confirmed="yes"), table])
    second = OLD.diff(NEW, links=both)
    assert kinds(second)["new id"] == [(("d1",), ("b1",)), (("n",), ("N",))]
    assert kinds(second)["death"] == [(("d2",), ())]
    assert second.proposals == ()


def test_a_vanished_city_confirmed_as_part_of_a_city_that_stays_is_a_merge() -> None:
    old = frame({"a": ("A", "N", 0.0, 1.0, 10.0, 100), "b": ("Bbb", "N", 0.01, 1.0, 1.0, 50)})
    new = frame({"a": ("A", "N", 0.0, 1.0, 12.0, 160)})
    table = old.diff(new).proposals_frame().assign(confirmed="yes")
    assert table["proposal"].tolist() == ["merged into"]
    diff = old.diff(new, links=table)
    assert kinds(diff) == {"merge": [(("a", "b"), ("a",))]}
    assert diff.changes[0].amount == pytest.approx(160 / 150)


CITIES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True)


@given(CITIES, CITIES, st.data())
def test_each_city_has_one_fate_and_turning_the_frames_round_turns_the_changes_round(
    olds: list[str], news: list[str], data: st.DataObject
) -> None:
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(olds), st.sampled_from(news)), max_size=5))
    links = pd.DataFrame(pairs, columns=["old_id", "new_id"])
    old, new = (plain_frame(ids) for ids in (olds, news))
    diff = diff_frames(old, new, links=links)
    by_kind = {kind: [c for c in diff.changes if c.kind == kind] for kind in CHANGES}
    fates = Counter(city for kind in list(CHANGES)[:6] for c in by_kind[kind] for city in c.old_ids)
    stay = [p.old_ids for p in diff.populations if p.old_ids == p.new_ids and len(p.old_ids) == 1]
    fates.update(city for (city,) in stay)
    assert fates == Counter(olds)
    back = diff_frames(new, old, links=links.rename(columns={"old_id": "new_id", "new_id": "old_id"}))
    swapped = {"birth": "death", "death": "birth", "merge": "split", "split": "merge"}
    assert {(c.kind, c.old_ids, c.new_ids) for c in back.changes} == {
        (swapped.get(c.kind, c.kind), c.new_ids, c.old_ids) for c in diff.changes
    }
    assert all(
        p.ratio == pytest.approx(1 / q.ratio) for p, q in zip(diff.populations, back.populations, strict=True)
    ) or (
        {(p.old_ids, p.new_ids) for p in diff.populations}
        == {(q.new_ids, q.old_ids) for q in back.populations}
    )


def plain_frame(ids: list[str]) -> cs.CityFrame:
    table = pd.DataFrame({"code": ids, "population": [100.0 for _ in ids]})
    return cs.CityFrame.from_table(table, id="code", size="population")


@given(CITIES)
def test_a_frame_has_not_changed_against_itself(ids: list[str]) -> None:
    diff = diff_frames(plain_frame(ids), plain_frame(ids[::-1]))
    assert diff.changes == ()
    assert diff.proposals == ()
    assert diff.N_both == len(ids)
    assert "No changes." in str(diff)


@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_likeness_is_symmetric_and_1_for_equal_names(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1.0
    assert 0.0 <= likeness(one, other) <= 1.0


def test_like_names_far_apart_or_in_another_region() -> None:
    old = frame({"a": ("San José", "North", 0.0, 1.0, 1.0, 100)})
    far = frame({"b": ("San José", "North", 1.0, 1.0, 1.0, 100)})
    assert old.diff(far).proposals == ()
    unknown = frame(
        {
            "b": ("San Jose", "South", None, 1.0, 1.0, 100),
            "c": ("San Jose", "NORTH", None, 1.0, 1.0, 100),
            "d": ("Santa Fe", "North", None, 1.0, 1.0, 100),
        }
    )
    assert [(p.new_id, p.same_region) for p in old.diff(unknown).proposals] == [("c", True), ("b", False)]
    here = frame({"b": ("Xyz", "North", 0.004, 1.0, 1.0, 100)})
    assert [(p.kind, p.likeness) for p in old.diff(here).proposals] == [("same city", None)]


def test_frames_with_other_ids_are_named_and_only_equal_names_compared() -> None:
    ids = [f"{k}" for k in range(600)]
    old = cs.CityFrame.from_table(
        pd.DataFrame({"id": ids, "name": [f"Town {k}" for k in ids]}), id="id", name="name"
    )
    table = pd.DataFrame({"id": [f"N{k}" for k in ids], "name": [f"TOWN {k}" for k in ids]})
    diff = old.diff(cs.CityFrame.from_table(table, id="id", name="name"))
    assert "No id is in both frames. Do both use the same permanent ids?" in str(diff)
    assert len(diff.proposals) == 600
    assert {(p.old_id, p.new_id) for p in diff.proposals} == {(k, f"N{k}") for k in ids}
    assert any("so only equal names" in line for line in diff.not_compared)


def test_what_was_not_compared_is_said() -> None:
    old, new = plain_frame(["a"]), plain_frame(["a"])
    diff = old.diff(new)
    assert diff.compared == ("city ids", "sizes (population)")
    assert [line.split(":")[0] for line in diff.not_compared] == [
        "names",
        "regions",
        "longitudes",
        "latitudes",
    ]
    table = NEW.cities.reset_index().rename(columns={"city_id": "code"})
    table.loc[table["code"] == "p", ["lon", "population"]] = None
    part = cs.CityFrame.from_table(table, id="code", name="name")
    lines = OLD.diff(part, links=LINKS).not_compared
    assert "sizes: 1 cities of the new frame have none" in lines
    assert "longitudes: 1 cities of the new frame have none" in lines


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ({"old_id": ["zz"], "new_id": ["M"]}, ["1 links", "old_id 'zz'", "ids of the old frame"]),
        ({"old_id": ["m1", "m2"], "new_id": ["zz", None]}, ["2 links", "new_id 'zz', ''"]),
        ({"old_id": ["m1"]}, ["no column 'new_id'", "columns 'old_id'"]),
        ({"old_id": ["m1"], "new_id": ["M"], "confirmed": ["Peut-être"]}, ["'Peut-être'", "yes, no, or"]),
    ],
)
def test_bad_links_are_refused(links: dict[str, list[Any]], words: list[str], refused: Any) -> None:
    with refused("FRAME-LINK-INVALID", *words):
        OLD.diff(NEW, links=pd.DataFrame(links))


def test_bad_options_are_refused(refused: Any) -> None:
    with refused("FRAME-COLUMN-UNKNOWN", "'people'", "size, old frame"):
        OLD.diff(NEW, size="people")
    with refused("FRAME-VALUE-INVALID", "moved_km = -1"):
        OLD.diff(NEW, moved_km=-1)
    with refused("FRAME-VALUE-INVALID", "large_ratio = 1"):
        OLD.diff(NEW, large_ratio=1)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(frames, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_the_command_proposes_and_takes_the_answers_back(tmp_path: Path, ending: str) -> None:
    old, new, links, proposals, out = (
        tmp_path / f"{name}{ending}" for name in ("old", "new", "links", "proposals", "diff")
    )
    OLD.write(old)
    NEW.write(new)
    result = run("diff", old, new, "--size", "population", "--proposals", proposals)
    assert result.exit_code == 0
    assert "death: 7. A city of the old frame has no city of the new frame." in result.output
    assert f"Wrote: {proposals}" in result.output
    table = read(proposals)
    table["confirmed"] = [
        "yes" if pair == ("n", "N") else "no" for pair in zip(table["old_id"], table["new_id"], strict=True)
    ]
    write(table, links)
    result = run("diff", old, new, "--size", "population", "--links", links, "--out", out)
    assert result.exit_code == 0
    assert "new id: 1. A city has another id; a link says so.\n  'n' Neiva -> 'N' NEIVA\n" in result.output
    assert "Proposals" not in result.output
    assert Counter(read(out)["change"])["death"] == 6


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")


def write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_excel(path, index=False)


def test_bad_input_of_the_command_is_refused(tmp_path: Path, refused: Any) -> None:
    old, twice = tmp_path / "old.csv", tmp_path / "twice.csv"
    OLD.write(old)
    pd.DataFrame({"city_id": ["a", "a"]}).to_csv(twice, index=False)
    with refused("FRAME-ID-DUPLICATE", "'a'"):
        run("diff", old, twice)
    with refused("FILE-NOT-FOUND", "nothing.csv"):
        run("diff", old, tmp_path / "nothing.csv")
    with refused("FRAME-COLUMN-UNKNOWN", "'code'"):
        run("diff", old, old, "--id", "code")
