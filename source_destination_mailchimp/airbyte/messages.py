"""Messages of the Airbyte protocol as the dicts of the wire: nothing of a message that we do not read is lost."""

from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line of input that is not a message."""

    number: int
    """Of the line, counted from 1."""

    raw: bytes = field(repr=False)
    """The line, cut to the length that the reader keeps. It may hold personal data."""

    stream: str | None = None
    """The stream it seems to belong to, where a lenient look finds one."""


def log(sentence: str, level: str = "INFO") -> Message:
    """Return a LOG message; levels are the protocol's (INFO, WARN, ERROR …)."""
    return {"type": "LOG", "log": {"level": level, "message": sentence}}
