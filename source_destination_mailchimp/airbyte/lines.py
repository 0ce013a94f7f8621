"""Messages from standard input as the dicts they are, and a sign when none comes."""

import os
import select
from collections.abc import Callable, Iterator

import orjson

from source_destination_mailchimp.airbyte.messages import Message

CHUNK_BYTES = 1 << 20


def messages(
    descriptor: int, on_unreadable: Callable[[int], None], *, idle_seconds: float = 1.0
) -> Iterator[Message | None]:
    """Every message of a file descriptor; None after each `idle_seconds` in which nothing came.

    A line that is no JSON object is passed over; `on_unreadable` hears its number, never its content.
    """
    for number, line in enumerate(_lines(descriptor, idle_seconds)):
        if line is None:
            yield None
        elif line.strip():
            try:
                message = orjson.loads(line)
            except orjson.JSONDecodeError:
                message = None
            if isinstance(message, dict):
                yield message
            else:
                on_unreadable(number + 1)


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
