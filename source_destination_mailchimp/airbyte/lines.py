"""Lines of standard input as messages, and a sign when none comes."""

import os
import select
from collections.abc import Iterator

import orjson

from source_destination_mailchimp.airbyte.messages import Message, Unreadable

CHUNK_BYTES = 1 << 20
KEPT_BYTES = 1 << 16
"""How much of an unreadable line is kept: whoever stores it must not need memory for a line without an end."""


def messages(descriptor: int, *, idle_seconds: float = 1.0) -> Iterator[Message | Unreadable | None]:
    """Yield what every line of a file descriptor is, and None after each `idle_seconds` in which nothing came.

    Blank lines are passed over; they are counted all the same.
    """
    number = 0
    for line in _lines(descriptor, idle_seconds):
        if line is None:
            yield None
            continue
        number += 1
        if line.strip():
            yield read_line(line, number)


def read_line(line: bytes, number: int) -> Message | Unreadable:
    """Return the message that a line holds: a JSON object; anything else is unreadable."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Unreadable(number, line[:KEPT_BYTES])
    if not isinstance(message, dict):
        return Unreadable(number, line[:KEPT_BYTES])
    return message


def _lines(descriptor: int, idle_seconds: float) -> Iterator[bytes | None]:
    rest = b""
    while True:
        readable, _, _ = select.select([descriptor], [], [], idle_seconds)
        if not readable:
            yield None
            continue
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        yield from whole
    if rest:
        yield rest
