"""Names of columns, tags, groups and choices: when two are one, and how several are quoted in a sentence."""

import unicodedata
from collections.abc import Iterable

_ASIDE = str.maketrans("", "", "_- ")
_MOST_IN_A_SENTENCE = 20


def same_name(text: str) -> str:
    """Return what all spellings of one name have in common: two texts are one name if this is equal for both.

    Case is aside, as in Mailchimp [observed], and so is how an accent is written: "ö" as one character or as "o" and
    a mark. It stays a spelling of the name that Mailchimp understands, so "ß" and "ss" are two: "Maße" is not "Masse".
    """
    if text.isascii():
        return text.lower()
    return same_spelling(same_spelling(text).lower())


def same_spelling(text: str) -> str:
    """Return a text with every accent in its character: what a reader cannot tell apart is equal then, case counts."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text)


def normal_name(text: str) -> str:
    """Return a name without case, `_`, `-` and spaces: two names that are equal then mean the same."""
    return same_name(text.translate(_ASIDE))


def quoted_names(names: Iterable[str]) -> str:
    """Return names for a sentence, in quotes, at most twenty of them."""
    every = list(names)
    if not every:
        return "no columns"
    shown = ", ".join(f'"{name}"' for name in every[:_MOST_IN_A_SENTENCE])
    more = len(every) - _MOST_IN_A_SENTENCE
    if more > 0:
        return f"{shown} and {more} more"
    return shown
