"""Characters that nobody sees: what is left of a text without them."""

import re
import unicodedata

_AROUND = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_OF_A_FLAG = range(0xE0020, 0xE0080)
"""Signs of Cf that spell the flag of England and others behind a black one: without them the flag is another."""

_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters, marks and signs to Unicode, and blank to readers: those that Hangul and Braille are filled up with."""

_NEVER_SEEN = re.compile(
    f"[{''.join(sorted(_FILLERS))}\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Fillers, and selectors of variants. [Unicode: Default_Ignorable_Code_Point]"""


def trimmed(text: str) -> str:
    """Return a text without blanks, controls and invisible signs at its ends; inside they may carry a meaning.

    Persian writes a joiner between letters, and families of emoji are held together by one.
    """
    text = text.strip()
    if text.isascii() and text.isprintable():
        return text
    first = 0
    last = len(text)
    while first < last and _is_around(text[first]):
        first += 1
    while last > first and _is_around(text[last - 1]):
        last -= 1
    return text[first:last]


def without_invisible_signs(text: str) -> str:
    """Return a text without anything invisible in it: marks of direction, joiners, soft hyphens, BOMs, fillers."""
    if text.isascii():
        return text
    seen = _NEVER_SEEN.sub("", text)
    return "".join(sign for sign in seen if unicodedata.category(sign) != "Cf")


def _is_around(sign: str) -> bool:
    """Return whether a sign means nothing at the end of a text."""
    if sign in _FILLERS:
        return True
    return unicodedata.category(sign) in _AROUND and ord(sign) not in _OF_A_FLAG
