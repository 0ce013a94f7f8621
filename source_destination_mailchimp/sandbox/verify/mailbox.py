"""The addresses of the contacts that verify makes, and how it knows them again. Pure."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

MARK: Final = "mcverify"
_MADE_NAME: Final = re.compile(rf"{MARK}-[0-9a-f]{{8}}-q[0-9]{{2}}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`you+*@yourdomain`: what stands before and after the star."""

    before: str
    after: str

    @classmethod
    def read(cls, text: str) -> "Mailbox":
        """Read the pattern of --mailbox; raises ValueError for any that is not `you+*@yourdomain`."""
        found = re.fullmatch(r"([^\s@*+]+\+)\*(@[^\s@*]+\.[^\s@*]+)", text)
        if found is None:
            raise ValueError(f"--mailbox takes a pattern such as you+*@yourdomain.com, not {text!r}.")
        return cls(found[1], found[2])

    def address(self, run: str, question: int, letter: str) -> str:
        """Return the address of one contact of one question of one run."""
        return f"{self.before}{MARK}-{run}-q{question:02}-{letter}{self.after}"

    def is_ours(self, address: str) -> bool:
        """Tell whether an address is one that a run, this one or an earlier one, made."""
        made = rf"{re.escape(self.before)}{MARK}-[0-9a-f]{{8}}-q[0-9]{{2}}-[a-f]{re.escape(self.after)}"
        return re.fullmatch(made, address, re.IGNORECASE) is not None


def marker(run: str, question: int) -> str:
    """Return what begins the name of every tag, merge field and group of one question."""
    return f"{MARK}-{run}-q{question:02}"


def is_made_name(name: str) -> bool:
    """Tell whether the name of a tag, merge field or group is one that a run made."""
    return _MADE_NAME.match(name) is not None


def hash_of(address: str) -> str:
    """Return the subscriber hash: the MD5 of the lower-cased address."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
