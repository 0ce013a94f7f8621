"""Names of columns, merge fields and groups: when two mean the same, and how several are quoted in a sentence."""

from collections.abc import Iterable

_ASIDE = str.maketrans("", "", "_- ")
_MOST_IN_A_SENTENCE = 20


def normal_name(text: str) -> str:
    """Return a name without case, `_`, `-` and spaces: two names that are equal then mean the same."""
    return text.translate(_ASIDE).casefold()


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
