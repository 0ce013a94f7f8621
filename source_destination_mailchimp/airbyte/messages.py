"""Messages of the Airbyte protocol as the dicts of the wire: nothing of a message that we do not read is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from source_destination_mailchimp.mailchimp.members import with_masked_addresses

Message = dict[str, Any]


class InputError(Exception):
    """The input is not what the protocol promises: the run ends, with this sentence, which holds nothing of a record.

    Whoever sent it has to act; a later try of the same input would end the same.
    """


class InputBrokenOff(InputError):
    """The input ended in the middle of a line: whoever sent it died, and a later try may well succeed."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A message of which some text is not as it was written: half a character, or bytes that are not UTF-8."""

    message: Message = field(repr=False)
    """Half characters are still in it; bytes that are not UTF-8 have become U+FFFD."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line of input that is not a message."""

    number: int
    """Of the line, counted from 1."""

    raw: bytes = field(repr=False)
    """The line, cut to the length that the reader keeps. It may hold personal data."""

    stream: str | None = None
    """The stream it seems to belong to, where a lenient look finds one."""

    namespace: str | None = None
    """The namespace beside it."""

    is_cut: bool = False
    """Whether it is the last line and lacks its end: the input broke off."""


Line = Message | Damaged | Unreadable
"""What a line of input can be."""


def log(sentence: str, level: str = "INFO") -> Message:
    """Return a LOG message; levels are the protocol's (INFO, WARN, ERROR …).

    No address is in it, whatever the sentence was made from: a stream, a folder or a tag may be named like one.
    """
    return {"type": "LOG", "log": {"level": level, "message": with_masked_addresses(sentence)}}


def part(message: object, name: str) -> Mapping[str, Any]:
    """Return an object that is part of a message, an empty one where there is none, whatever stands in its place."""
    if isinstance(message, Mapping):
        found = message.get(name)
        if isinstance(found, Mapping):
            return found
    return {}
