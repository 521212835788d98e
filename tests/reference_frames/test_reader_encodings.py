"""Encodings on real city names: certain, detected with a note that shows names, or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysample.reference_frames.readers.encodings import detected
from citysample.reference_frames.readers.name_repair import repaired
from citysample.reference_frames.readers.read_table import parse_table

Refused = Callable[..., AbstractContextManager[None]]

SWISS = ["Zürich", "Genève", "Neuchâtel", "Köniz", "Delémont", "Münchenstein", "Küsnacht", "Vevey"]
SPANISH = ["A Coruña", "Cádiz", "León", "Alcalá", "Gijón", "Málaga", "Ávila", "Jaén", "Mérida"]
PORTUGUESE = ["São Paulo", "Brasília", "Goiânia", "Belém", "Maceió", "Macapá", "Uberlândia", "Florianópolis"]
POLISH = ["Łódź", "Kraków", "Gdańsk", "Białystok", "Częstochowa", "Toruń", "Świdnica", "Żory"]
CZECH = ["Plzeň", "Děčín", "České Budějovice", "Přerov", "Ústí nad Labem", "Třinec", "Žďár"]
HUNGARIAN = ["Győr", "Székesfehérvár", "Kecskemét", "Hódmezővásárhely", "Szombathely", "Érd", "Gödöllő"]
RUSSIAN = ["Москва", "Санкт-Петербург", "Новосибирск", "Екатеринбург", "Казань", "Самара"]
TURKISH = [
    "İstanbul",
    "Eskişehir",
    "Diyarbak\u0131r",
    "Şanl\u0131urfa",
    "Kahramanmaraş",
    "Muğla",
    "Ağr\u0131",
]
GREEK = ["Αθήνα", "Θεσσαλονίκη", "Πάτρα", "Ηράκλειο", "Λάρισα", "Βόλος"]
LITHUANIAN = ["Šiauliai", "Panevėžys", "Marijampolė", "Mažeikiai", "Kėdainiai", "Telšiai", "Tauragė"]

CASES = [
    (SWISS, ["cp1252", "latin-1", "cp850", "cp437", "mac_roman"]),
    (SPANISH, ["cp1252", "latin-1"]),
    (PORTUGUESE, ["cp1252", "latin-1", "cp850", "mac_roman"]),
    (POLISH, ["cp1250", "iso8859_2", "cp852"]),
    (CZECH, ["cp1250", "iso8859_2", "cp852"]),
    (HUNGARIAN, ["cp1250", "cp852"]),
    (RUSSIAN, ["cp1251", "koi8_r", "cp866"]),
    (TURKISH, ["cp1254"]),
    (GREEK, ["cp1253"]),
    (LITHUANIAN, ["cp1257"]),
]
ALL_NAMES = [*SWISS, *PORTUGUESE, *POLISH, *RUSSIAN, *TURKISH, "مدينة نصر", "東京", "Ḩolon"]


def as_table(names: list[str]) -> str:
    return "id;name\n" + "".join(f"{number:03d};{name}\n" for number, name in enumerate(names))


@pytest.mark.parametrize(
    ("names", "encoding"), [(names, encoding) for names, encodings in CASES for encoding in encodings]
)
def test_real_names_come_back_from_code_pages(names: list[str], encoding: str) -> None:
    text, note = detected(as_table(names).encode(encoding), "t.csv")
    assert text == as_table(names)
    assert note is not None
    assert note.startswith("encoding ")
    assert next(name for name in names if not name.isascii()) in note


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_certain_and_needs_no_note(encoding: str) -> None:
    text, note = detected(as_table(ALL_NAMES).encode(encoding), "t.csv")
    assert (text, note) == (as_table(ALL_NAMES), None)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_with_and_without_a_mark(encoding: str) -> None:
    text, note = detected(as_table(ALL_NAMES).encode(encoding), "t.csv")
    assert text == as_table(ALL_NAMES)
    assert note is not None
    assert note.startswith(f"encoding {encoding} detected; are these cells right? 'Zürich'")


def test_plain_ascii_has_no_note() -> None:
    assert detected(b"id;name\n1;Bern\n", "t.csv") == ("id;name\n1;Bern\n", None)


def test_the_note_names_encodings_that_fit_as_well() -> None:
    """With one letter, many code pages give a letter: the note says so, and shows the cell."""
    reading = parse_table("id,name\n1,Niño\n".encode("cp1252"), "t.csv", "t.csv")
    assert reading.table["name"].tolist() == ["Niño"]
    assert "cp1252 detected (cp1250" in reading.notes[0]
    assert "would fit, too); are these cells right? 'Niño'" in reading.notes[0]


def test_a_named_encoding_is_taken_and_needs_no_note() -> None:
    reading = parse_table("id,name\n1,Łódź\n".encode("cp1250"), "t.csv", "t.csv", encoding="cp1250")
    assert reading.table["name"].tolist() == ["Łódź"]
    assert reading.notes == ()


@pytest.mark.parametrize(
    "content", [b"id,name\n1,\x00\x01\x02\n", b"id,name\n1,\x81\x8d\x8f\x90\x9d\xff\xfe\x03\n"]
)
def test_what_is_no_text_is_refused(refused: Refused, content: bytes) -> None:
    with refused("FILE-ENCODING", "t.csv", "byte 0x"):
        detected(content, "t.csv")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), min_size=1))
def test_any_utf_8_text_is_certain(cells: list[str]) -> None:
    content = ("id\n" + "\n".join(cells)).encode()
    assert detected(content, "t.csv") == (content.decode().removeprefix("\ufeff"), None)


@pytest.mark.parametrize(
    ("right", "wrong"), [("utf-8", "latin-1"), ("utf-8", "cp1252"), ("cp437", "latin-1")]
)
def test_names_decoded_with_the_wrong_code_page_are_repaired(right: str, wrong: str) -> None:
    seen = 0
    for name in [*SWISS, *SPANISH, *PORTUGUESE, *POLISH, "Al \u2018Ayn"]:
        try:
            broken = name.encode(right).decode(wrong)
        except UnicodeError:
            continue
        assert repaired(broken) == name
        seen += name != broken
    assert seen >= 15


def test_names_that_are_right_are_never_changed() -> None:
    names = [
        *ALL_NAMES,
        *SPANISH,
        *CZECH,
        *GREEK,
        "Al \u2018Ayn",
        "L'Haÿ-les-Roses",
        "Mercier\u2013Est",
        "Ñuñoa (Ñ)",
    ]
    assert [repaired(name) for name in names] == names
