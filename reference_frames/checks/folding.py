"""Texts compared as people compare them: without case, accents and blanks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

__all__ = [
    "TOTAL_WORDS",
    "core_name",
    "fold",
    "fold_name",
    "is_total",
    "joined",
    "looks_like_date",
    "same_texts",
]

# Letters that no decomposition of Unicode reduces to a plain letter.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}  # dotless i
)
# Only these marks are accents; vowel signs of other scripts are letters and stay.
ACCENTS = re.compile("[\u0300-\u036f]")
ASCII_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
BLANKS = re.compile(r"[\s\u200b\u200e\u200f\ufeff]+")

TOTAL_WORDS = (
    "total", "totals", "totale", "totales", "totaux", "totais", "subtotal", "sub total", "grand total",
    "sous total", "gesamtsumme", "insgesamt", "ukupno", "ogolem", "toplam", "jumlah", "tong cong",
    "итого", "всего", "المجموع", "الإجمالي", "合计", "总计", "합계",
)  # fmt: skip
"""First or last words of a row that sums up other rows, in the languages of many offices."""

TOTAL_NAMES = ("gesamt", "summe", "suma", "somme", "ensemble", "sum", "all cities", "all")
"""Words that mean a sum only if they are the whole name: there may be a city called Suma Norte."""

METRO_BEFORE = (
    "greater", "gran", "grand", "grande", "metropolitan", "metro", "metropolitan area of",
    "area metropolitana de", "area metropolitana del", "zona metropolitana de", "zona metropolitana del",
    "region metropolitana de", "regiao metropolitana de", "regiao metropolitana do", "conurbacion de",
    "aglomeracion de", "agglomeration de", "agglomeration of", "agglomeration", "metropole de",
)  # fmt: skip
METRO_AFTER = (
    "metropolitan", "metropolitan area", "metropolitan region", "metro", "metro area", "urban agglomeration",
    "agglomeration", "conurbation",
)  # fmt: skip
BEFORE = re.compile(rf"(?:{'|'.join(sorted(METRO_BEFORE, key=len, reverse=True))}) (?=\w)")
AFTER = re.compile(rf"(?<=\w) (?:{'|'.join(sorted(METRO_AFTER, key=len, reverse=True))})$")

MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
DATE = re.compile(
    rf"(?:(?:19|20)\d\d-[01]\d-[0-3]\d(?:[ t]\d\d:\d\d.*)?"  # 2026-03-01
    rf"|[0-3]?\d[./][0-3]?\d[./](?:19|20)\d\d"  # 1/3/2026
    rf"|[0-3]?\d[- ]{MONTH}(?:[- ](?:\d\d|\d{{4}}))?"  # 1-Mar, 1 March 2026
    rf"|{MONTH}[- ](?:\d\d|\d{{4}}))",  # Mar-26
    re.ASCII | re.IGNORECASE,
)


def fold(text: str) -> str:
    """The text without case, accents, and blanks that do not separate words.

    >>> fold("  São  Tomé ") == fold("SAO TOME"), fold("Nord ") == fold("Nord")
    (True, True)
    """
    if text.isascii():
        return BLANKS.sub(" ", text.lower()).strip()
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(LETTERS)
    return BLANKS.sub(" ", ACCENTS.sub("", letters)).strip()


def fold_name(name: str) -> str:
    """As :func:`fold`, and punctuation counts as a blank.

    >>> fold_name("Saint-Louis (Sénégal)")
    'saint louis senegal'
    """
    if name.isascii():
        return BLANKS.sub(" ", ASCII_SIGNS.sub(" ", name.lower())).strip()
    # \w would not do: it splits words at the vowel signs of Indian scripts.
    letters = [" " if unicodedata.category(letter)[0] in "PS" else letter for letter in fold(name)]
    return " ".join("".join(letters).split())


def core_name(folded: str) -> str | None:
    """The city's name in the name of a metropolitan area; None if it is none.

    >>> core_name("gran valparaiso"), core_name("dhaka metropolitan area"), core_name("granada")
    ('valparaiso', 'dhaka', None)
    """
    for pattern, match in ((BEFORE, BEFORE.match(folded)), (AFTER, AFTER.search(folded))):
        if match:
            return pattern.sub("", folded, count=1)
    return None


def is_total(name: str) -> bool:
    """True for the name of a row that sums up others.

    >>> is_total("TOTAL Nord"), is_total("Sub-total"), is_total("Totana")
    (True, True, False)
    """
    return bool(_total_pattern().fullmatch(fold_name(name)))


@lru_cache(maxsize=1)
def _total_pattern() -> re.Pattern[str]:
    words = "|".join(fold_name(word) for word in TOTAL_WORDS)
    return re.compile(rf"(?:{words})(?: .*)?|.* (?:{words})|{'|'.join(TOTAL_NAMES)}")


def looks_like_date(text: str) -> bool:
    """True for the forms in which spreadsheet programs show a date.

    >>> looks_like_date("2026-03-01"), looks_like_date("3-Mar"), looks_like_date("MX-09-014")
    (True, True, False)
    """
    return bool(DATE.fullmatch(text.strip()))


def same_texts(keys: Sequence[str | None]) -> list[tuple[int, ...]]:
    """Positions of equal keys, for each key that stands more than once. None equals nothing.

    >>> same_texts(["a", "b", None, "a", None])
    [(0, 3)]
    """
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(place)
    return [tuple(found) for found in places.values() if len(found) > 1]


def joined(keys: Iterable[Sequence[str | None]]) -> list[str | None]:
    """One key for several; None where a part is missing."""
    return [None if None in parts else "\x1f".join(part or "" for part in parts) for parts in keys]
