"""From bytes to text: the encoding is certain, or detected with a note that shows some names."""

from __future__ import annotations

import codecs
import re

from citysample.errors import FileError, quoted

__all__ = ["decoded", "detected"]

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""A file that starts so is in this encoding. The longer mark of UTF-32 starts like that of UTF-16."""

CODE_PAGES = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp850",
    "cp1254",
    "cp1253",
    "cp1257",
    "iso8859_2",
    "cp852",
    "cp437",
    "mac_roman",
    "koi8_r",
    "cp866",
)
"""Encodings with one byte for each letter. The first of two that fit equally is taken."""

ALPHABETS = {
    "German": "äöüß",
    "French": "àâæçèéêëîïôùûüÿœ",
    "Italian": "àèéìíòóùú",
    "Spanish": "áéíñóúü",
    "Catalan": "àçèéíïòóúü·",
    "Portuguese": "àáâãçéêíóôõúü",
    "Nordic": "åäæéöø",
    "Icelandic": "áæéíðóöúýþ",
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Hungarian": "áéíóöőúüű",
    "Romanian": "âîăşţșț",
    "South Slavic": "ćčđšž",
    "Lithuanian": "ąčėęįšūųž",
    "Latvian": "āčēģīķļņšūž",
    "Estonian": "äõöüšž",
    "Turkish": "âçîöüğıİş",
    "Albanian": "çë",
    "Greek": "αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",
    "Cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґјљњћџђўѓќѕ",
}
"""Letters beyond ASCII of the languages in which city names are most often written in code pages."""

WESTERN = "".join(
    ALPHABETS[name] for name in ("German", "French", "Italian", "Spanish", "Portuguese", "Nordic")
)
RARER = {"Icelandic": 0.99}
"""Read with the code page of Iceland, Turkish text seems Icelandic, too."""
WESTERN_WEIGHT = 0.95
"""A country with several languages fits all of them together, but one language is better evidence."""
FITS = 0.8
"""Share of the letters beyond ASCII that must belong to one alphabet."""
END_OF_FILE = b"\x1a"
"""Programs of the time of DOS end a file with this sign."""
SHOWN = 3
LONGEST_SHOWN = 40
GREEK = 0x370
"""From this letter on, alphabets do not mix with the Latin one."""
CELL_STARTS = frozenset(',;\t|\r\n"')
CELL_ENDS = re.compile(r"[,;\t|\r\n]")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
CONTROLS = re.compile("[\\x00-\\x08\\x0e-\\x1f\\ufffd]")
INSIDE = frozenset("\u2019\u2018\u00b4`\u2013\u2014")
MARKS = INSIDE | frozenset("\u00ab\u00bb\u201c\u201d\u201e\u00b0\u00ba\u00aa\u00a7\u00a0\u20ac\u00a3\u00b2")
"""Signs that stand in tables beside names; those of INSIDE stand inside names, too."""


def decoded(content: bytes, where: str, encoding: str) -> str:
    """The text of a file whose encoding is named.

    Raises
    ------
    FileError
        ``FILE-ENCODING`` if there is no such encoding, or the bytes are not in it.
    """
    try:
        return content.decode(encoding)
    except UnicodeError as error:
        got = str(error).split(":", maxsplit=1)[0]
        remedy = "Save the file as UTF-8, or name its encoding, such as encoding = 'cp1252'."
    except (LookupError, ValueError):  # a null character in the name is a ValueError
        got = f"encoding {encoding!r}"
        remedy = "Use the name of an encoding, such as 'utf-8' or 'cp1252'."
    raise FileError(
        "FILE-ENCODING",
        "The text of the file cannot be decoded.",
        where=where,
        got=got,
        expected=f"text in {encoding}",
        remedy=remedy,
    )


def detected(content: bytes, where: str) -> tuple[str, str | None]:
    """The text of a file, and a note that names its encoding unless it is UTF-8.

    A byte-order mark and valid UTF-8 are certain. Among code pages, the one is taken whose letters
    belong to the alphabet of one language, and stand in words as letters do. For other scripts
    charset-normalizer proposes. The note shows cells, so that a person sees whether they are right.

    Raises
    ------
    FileError
        ``FILE-ENCODING`` if nothing fits.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            text = decoded(content, where, encoding)
            return text, None if mark == codecs.BOM_UTF8 else _note(text, [encoding])
    if b"\0" in content:
        return _wide(content, where)
    content = content.removesuffix(END_OF_FILE)
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    encodings = _code_pages(content) or _proposed(content)
    if not encodings:
        raise FileError(
            "FILE-ENCODING",
            "The encoding of the file is not clear.",
            where=where,
            got=_odd_byte(content),
            expected="UTF-8, or a code page whose letters make words",
            remedy="Save the file as UTF-8, or name its encoding, such as encoding = 'cp1252'.",
        )
    text = content.decode(encodings[0])
    return text, _note(text, encodings)


def _note(text: str, encodings: list[str]) -> str:
    cells = dict.fromkeys(cell.strip(" \"'") for cell in CELL_ENDS.split(text) if not cell.isascii())
    shown = quoted([cell[:LONGEST_SHOWN] for cell in list(cells)[:SHOWN]])
    others = f" ({', '.join(encodings[1:])} would fit, too)" if encodings[1:] else ""
    return f"encoding {encodings[0]} detected{others}" + (
        f"; are these cells right? {shown}" if shown else ""
    )


def _wide(content: bytes, where: str) -> tuple[str, str]:
    """UTF-16 without a byte-order mark: every other byte of its ASCII signs is null."""
    counts = {"utf-16-le": content[1::2].count(0), "utf-16-be": content[::2].count(0)}
    encoding = max(counts, key=counts.__getitem__)
    text = content.decode(encoding, errors="replace")
    if CONTROLS.search(text):
        raise FileError(
            "FILE-ENCODING",
            "The file holds null characters, so it is no text file.",
            where=where,
            got=_odd_byte(content),
            expected="a text file",
            remedy="Open the file in the program that wrote it, and save it as CSV in UTF-8.",
        )
    return text, _note(text, [encoding])


def _code_pages(content: bytes) -> list[str]:
    """The code page that fits best, if one fits, and others that fit as well with other letters."""
    fits = {}
    texts = {}
    for encoding in CODE_PAGES:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not CONTROLS.search(text):
            texts[encoding], fits[encoding] = text, _fit(text)
    best = max(fits, key=fits.__getitem__, default=None)
    if best is None or fits[best] < FITS:
        return []
    others = [name for name in fits if fits[name] == fits[best] and texts[name] != texts[best]]
    return [best, *others]


def _fit(text: str) -> float:
    """Share of the letters beyond ASCII that belong to the best alphabet, 0 to 1."""
    counts: dict[str, int] = {}
    odd = 0
    padded = f" {text} "
    for found in BEYOND_ASCII.finditer(padded):
        place = found.start()
        before, sign, after = padded[place - 1], padded[place], padded[place + 1]
        if sign in MARKS and not _is_inside(before, sign, after):
            continue
        if sign.isalpha() and _stands_well(before, sign, after):
            letter = sign if sign == "İ" else sign.lower()
            counts[letter] = counts.get(letter, 0) + 1
        else:
            odd += 1
    total = sum(counts.values()) + odd
    if total == 0:
        return 1.0
    by_language = (
        RARER.get(name, 1.0) * sum(counts.get(letter, 0) for letter in letters)
        for name, letters in ALPHABETS.items()
    )
    western = WESTERN_WEIGHT * sum(counts.get(letter, 0) for letter in set(WESTERN))
    return max(*by_language, western) / total


def _is_inside(before: str, sign: str, after: str) -> bool:
    """True if a sign stands where a letter should: inside a word, and it is no apostrophe or dash."""
    if sign == "\u00a0":
        return before.isalpha() and after.islower()
    return sign not in INSIDE and before.isalpha() and after.isalpha()


def _stands_well(before: str, sign: str, after: str) -> bool:
    """True if a letter stands as letters do in names.

    A capital begins a word or stands among capitals; a small letter does neither. Greek and
    Cyrillic letters do not touch Latin ones.
    """
    if ord(sign) >= GREEK and (before + after).isascii() and (before.isalpha() or after.isalpha()):
        return False
    if sign.isupper():
        return not before.isalpha() or (before.isupper() and not after.islower())
    return not (before.isupper() and after.isupper()) and before not in CELL_STARTS


def _proposed(content: bytes) -> list[str]:
    """The encoding that charset-normalizer proposes, if it proposes one."""
    from charset_normalizer import from_bytes

    best = from_bytes(content).best()
    if best is None:
        return []
    try:
        text = content.decode(best.encoding)
    except (UnicodeDecodeError, LookupError):
        return []
    return [] if CONTROLS.search(text) else [best.encoding]


def _odd_byte(content: bytes) -> str:
    position = next(place for place, byte in enumerate(content) if byte == 0 or byte > 127)
    return f"byte {content[position]:#04x} at position {position}"
