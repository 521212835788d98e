"""The city register: numbers stay with cities, files come back, and what contradicts is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.sampling.randomness import permanent_random_numbers
from citysample.sampling.rounds.register import (
    CityRegister,
    read_register,
    register_round,
)

Refused = Callable[..., AbstractContextManager[None]]


def three_rounds() -> CityRegister:
    """007 stays; Zürich has another id in 2030 and again in 2034; b dies; c is born in 2030."""
    first = register_round(
        CityRegister("CHE 1"), "2026", "CHE 1", ["007", "Zürich", "b"], np.array([True, True, False])
    )
    second = register_round(
        first, "2030", "CHE 1", ["007", "261", "c"], np.array([True, True, True]), {"261": "Zürich"}
    )
    return register_round(
        second, "2034", "CHE 1", ["c", "ZH-261", "007"], np.array([False, True, False]), {"ZH-261": "261"}
    )


def test_worked_register() -> None:
    table = three_rounds().to_frame()
    assert table.index.tolist() == ["007", "ZH-261", "b", "c"]
    assert table["first_id"].tolist() == ["007", "Zürich", "b", "c"]
    assert table["first_round"].tolist() == ["2026", "2026", "2026", "2030"]
    assert table["last_round"].tolist() == ["2034", "2034", "2026", "2034"]
    assert table["sampled 2026"].tolist() == [1, 1, 0, None]
    assert table["sampled 2030"].tolist() == [1, 1, None, 1]
    assert table["sampled 2034"].tolist() == [0, 1, None, 0]
    assert set(table["seed"]) == {"CHE 1"}
    expected = permanent_random_numbers("CHE 1", ["007", "Zürich", "b", "c"])
    assert table["random_number"].tolist() == expected.tolist()


def test_a_renamed_city_keeps_its_number_and_a_new_city_gets_its_own() -> None:
    register = three_rounds()
    found = register.random_numbers(["new", "again", "c"], {"again": "ZH-261"})
    assert found.tolist() == permanent_random_numbers("CHE 1", ["new", "Zürich", "c"]).tolist()
    back = register.random_numbers(["Zürich"], {"Zürich": "ZH-261"})
    assert back.tolist() == permanent_random_numbers("CHE 1", ["Zürich"]).tolist()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return three_rounds().write(tmp_path / "register.csv")


def test_a_register_comes_back_from_its_file(path: Path, tmp_path: Path) -> None:
    found = read_register(path, "CHE 1")
    assert found == three_rounds()
    again = found.write(tmp_path / "again.csv")
    assert again.read_bytes() == path.read_bytes()


@given(
    st.lists(
        st.tuples(st.text("ab0é'\",;= ", min_size=1, max_size=4).map(str.strip).filter(bool), st.booleans()),
        min_size=1,
        max_size=6,
        unique_by=lambda city: city[0],
    )
)
def test_any_ids_come_back(cities: list[tuple[str, bool]]) -> None:
    import tempfile

    ids, sampled = [city for city, _ in cities], np.array([taken for _, taken in cities])
    register = register_round(CityRegister("s"), "1", "s", ids, sampled)
    with tempfile.TemporaryDirectory() as folder:
        assert read_register(register.write(Path(folder) / "r.csv"), "s") == register


def test_a_file_that_a_spreadsheet_program_rounded_gives_exact_numbers(path: Path) -> None:
    """Fifteen digits, semicolons and decimal commas, as a French Excel saves them."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    saved = [lines[0].replace(",", ";")]
    for line in lines[1:]:
        cells = line.split(",")
        cells[3] = f"{float(cells[3]):.15g}".replace(".", ",")
        saved.append(";".join(cells))
    path.write_text("\r\n".join(saved) + "\r\n", encoding="utf-8-sig")
    assert "," in path.read_text(encoding="utf-8")
    assert read_register(path, "CHE 1") == three_rounds()


def test_another_seed_is_refused(path: Path, refused: Refused) -> None:
    with refused("DESIGN-REGISTER-INVALID", "'CHE 1' in the register", "'CHE 2' for the draw"):
        read_register(path, "CHE 2")
    with refused("DESIGN-REGISTER-INVALID", "another seed"):
        register_round(three_rounds(), "2038", "CHE 2", ["c"], np.array([True]))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("007,007", "7,7", ["not those of the seed", "'7'", "007 into 7"]),
        ("ZH-261,Zürich", "ZH-261,Zurich", ["not those of the seed", "'ZH-261'"]),
        ("b,b", "b,c", ["two rows"]),
        ("2026,2034,1,1,0", "2030,2034,1,1,0", ["'first_round'", "'007'"]),
        ("2026,2026,0,,", "2026,2030,0,,", ["'last_round'", "'b'"]),
        ("2030,2034,,1,0", "2030,2034,,2,0", ["'2'", "0, 1 or an empty cell"]),
        ("2026,2026,0,,", "2026,2026,,,", ["in no round", "'b'"]),
    ],
)
def test_a_damaged_register_is_refused(
    path: Path, old: str, new: str, words: list[str], refused: Refused
) -> None:
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8-sig")
    with refused("DESIGN-REGISTER-INVALID", *words):
        read_register(path, "CHE 1")


def test_numbers_that_are_missing_or_text_are_refused(path: Path, refused: Refused) -> None:
    text = path.read_text(encoding="utf-8-sig")
    number = text.splitlines()[1].split(",")[3]
    for cell in ("", "much"):
        path.write_text(text.replace(number, cell), encoding="utf-8-sig")
        with refused("DESIGN-REGISTER-INVALID", "'007'"):
            read_register(path, "CHE 1")


def test_a_file_that_is_no_register_is_refused(tmp_path: Path, refused: Refused) -> None:
    other = tmp_path / "other.csv"
    other.write_text("city_id,seed\na,s\n", encoding="utf-8")
    with refused("FILE-FORMAT", "no city register", "'first_id'"):
        read_register(other, "s")
    for name in ("register.xlsx", "register"):
        with refused("FILE-FORMAT", "CSV"):
            three_rounds().write(tmp_path / name)
        with refused("FILE-FORMAT", "CSV"):
            read_register(tmp_path / name, "s")


def test_a_file_is_not_replaced_in_silence(path: Path, refused: Refused) -> None:
    with refused("FILE-EXISTS"):
        three_rounds().write(path)
    three_rounds().write(path, overwrite=True)


@pytest.mark.parametrize(
    ("name", "ids", "renamed", "words"),
    [
        ("2034", ["c"], {}, ["name of the round", "'2034'"]),
        ("", ["c"], {}, ["name of the round"]),
        ("2038", ["c", "c"], {}, ["twice"]),
        ("2038", ["x", "y"], {"x": "c", "y": "c"}, ["twice"]),
        ("2038", ["x"], {"x": "nobody"}, ["does not know", "'nobody'"]),
        ("2038", ["Zürich"], {}, ["other cities", "'Zürich'"]),  # its number went on with ZH-261
        ("2038", ["x", "c"], {"x": "c"}, ["other cities", "'c'"]),
        ("2038", ["b"], {"b": "c"}, ["other cities", "'b'"]),
        ("2038", ["Zürich"], {"Zürich": "c"}, ["other cities", "'Zürich'"]),
    ],
)
def test_a_round_that_contradicts_the_register_is_refused(
    name: str, ids: list[str], renamed: dict[str, str], words: list[str], refused: Refused
) -> None:
    with refused("DESIGN-REGISTER-INVALID", *words):
        register_round(three_rounds(), name, "CHE 1", ids, np.ones(len(ids), dtype=np.bool_), renamed)
