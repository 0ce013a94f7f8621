"""Characters that nobody sees: what is left of a text without them."""

import unicodedata

_AROUND = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def trimmed(text: str) -> str:
    """Return a text without blanks, controls and invisible signs at its ends; inside they may carry a meaning.

    Persian writes a joiner between letters, and families of emoji are held together by one.
    """
    text = text.strip()
    if text.isascii() and text.isprintable():
        return text
    first = 0
    last = len(text)
    while first < last and unicodedata.category(text[first]) in _AROUND:
        first += 1
    while last > first and unicodedata.category(text[last - 1]) in _AROUND:
        last -= 1
    return text[first:last]


def without_format_signs(text: str) -> str:
    """Return a text without the signs of Unicode's category Cf: marks of direction, joiners, soft hyphens, BOMs."""
    if text.isascii():
        return text
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
