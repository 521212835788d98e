"""Names whose letters were decoded with the wrong code page, put right where that is certain."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

__all__ = ["repaired"]

WRONG = ("latin-1", "cp1252")
"""With these the bytes of a name were decoded."""
IN_NAMES = frozenset(" -'.,()/[]&\u2018\u2019\u2013\u2014")
"""Signs that stand in names beside letters."""
GREEK = 0x370
SIGNS = frozenset({"Cc", "Zs", "Sc", "Sk", "So", "Sm", "Po", "Ps", "Pe", "Pi", "Pf", "Pd", "Lm", "No", "Cf"})
"""Unicode categories of what stands where a letter was: control characters, blanks, signs."""


def repaired(name: str) -> str:
    r"""The name as it was meant, if its letters were UTF-8 or CP437 and were decoded as Latin-1.

    A name is changed only if it holds a sign that no name holds, beside a letter, and if the other
    reading holds letters only. Use it for lists that are known to have the defect.

    >>> repaired("Bogot\u00c3\u00a1"), repaired("Z\x81rich"), repaired("Zürich"), repaired("L'Haÿ")
    ('Bogotá', 'Zürich', 'Zürich', "L'Haÿ")
    """
    if name.isascii():
        return name
    for encoding in WRONG:
        try:
            content = name.encode(encoding)
        except UnicodeEncodeError:
            continue
        for right in ("utf-8", "cp437"):
            try:
                text = content.decode(right)
            except UnicodeDecodeError:
                continue
            latin = right == "utf-8" or (_has_sign(name) and all(ord(sign) < GREEK for sign in text))
            if latin and _is_name(text):
                return text
    return name


def _is_name(text: str) -> bool:
    """Letters and the signs of names only; no capital beyond ASCII after a small letter."""
    if not all(sign.isalnum() or sign in IN_NAMES for sign in text):
        return False
    return not any(old.islower() and new.isupper() and not new.isascii() for old, new in pairwise(text))


def _has_sign(name: str) -> bool:
    """A control character, or a sign that is no letter beside a letter."""
    for before, sign, after in zip(" " + name, name, name[1:] + " ", strict=False):
        kind = unicodedata.category(sign)
        odd = not sign.isascii() and kind in SIGNS and sign not in IN_NAMES
        if odd and (kind == "Cc" or before.isalpha() or after.isalpha()):
            return True
    return False
