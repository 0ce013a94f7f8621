"""The one error of a setting: which setting, what is wrong with it, and the way out; never what was in it."""

import difflib
import re
from collections.abc import Iterable

from source_destination_mailchimp.mailchimp.errors import Misconfigured

_SHOWABLE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]{0,29}")


class Problem(ValueError):
    """One thing that is wrong with one setting.

    `setting` is the path as the form names it (`streams[0].email_field`), `wrong` continues the sentence after a colon,
    and `way_out` is a sentence of its own. A validator of a settings model may raise it: its path is then relative to
    the model.
    """

    def __init__(self, setting: str, wrong: str, way_out: str) -> None:
        super().__init__(setting, wrong, way_out)
        self.setting = setting
        self.wrong = wrong
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.setting}: {self.wrong}. {self.way_out}"

    def within(self, path: str) -> "Problem":
        """Return the same problem seen from outside the part of the form at `path`."""
        if not path:
            return self
        setting = f"{path}.{self.setting}" if self.setting else path
        return Problem(setting, self.wrong, self.way_out)


class BadSetting(Misconfigured):
    """Settings that cannot be meant, one sentence per problem."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


def unknown_key(setting: str, key: str, known: Iterable[str]) -> Problem:
    """Return the problem of a key that the form does not have, with the nearest one that it has."""
    found = difflib.get_close_matches(key.lower(), list(known), n=1)
    way_out = f"Did you mean {found[0]}?" if found else "Remove it, or check how it is spelled."
    return Problem(setting, "not a setting of this connector", way_out)


def path_of(parts: Iterable[str | int]) -> str:
    """Return a place in the form as a user writes it: `streams[0].fields[2]`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif path:
            path += f".{_shown(part)}"
        else:
            path = _shown(part)
    return path


def listed(values: Iterable[object], last: str = "or") -> str:
    """Return values as a list in a sentence: `a, b or c`."""
    words = [str(value) for value in values]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _shown(key: str) -> str:
    """Return a key for a sentence; one that may be a secret or an address in the wrong place is not repeated."""
    return key if _SHOWABLE_KEY.fullmatch(key) else f"(a key of {len(key)} characters)"
