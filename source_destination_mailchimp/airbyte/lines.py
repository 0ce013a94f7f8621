"""Lines of standard input as messages, and a sign when none comes."""

import os
import re
import select
from collections.abc import Iterator

import orjson

from source_destination_mailchimp.airbyte.lossless_json import has_half_characters, may_lose_digits, read_json
from source_destination_mailchimp.airbyte.messages import Damaged, Line, Unreadable

CHUNK_BYTES = 1 << 20
KEPT_BYTES = 1 << 16
"""How much of an unreadable line is kept: whoever stores it must not need memory for a line without an end."""

LONGEST_LINE_BYTES = 1 << 28
"""A longer line is not even put together: to parse it would take more memory than a connector is given."""

HEAVY_LINE_BYTES = 1 << 24
"""A longer line is read patiently: where memory runs out, orjson may end the process, and Python's reader raises."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")

_TEXT = rb'"((?:[^"\\]|\\.){0,500})"'
_STREAM = re.compile(rb'"stream"\s{0,20}:\s{0,20}' + _TEXT)
_NAMESPACE = re.compile(rb'"namespace"\s{0,20}:\s{0,20}' + _TEXT)
_DATA = re.compile(rb'"data"\s{0,20}:')


def messages(descriptor: int, *, idle_seconds: float = 1.0) -> Iterator[Line | None]:
    """Yield what every line of a file descriptor is, and None after each `idle_seconds` in which nothing came.

    Blank lines are passed over; they are counted all the same.
    """
    number = 0
    unfinished = _Unfinished()
    for chunk in _chunks(descriptor, idle_seconds):
        if chunk is None:
            yield None
            continue
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            number += 1
            line = unfinished.ended_by(end)
            if line is None:
                yield Unreadable(number, unfinished.forget())
            elif line and not line.isspace():
                yield read_line(line, number)
        unfinished.add(rest)
    line = unfinished.ended_by(b"")
    if line is None:
        yield Unreadable(number + 1, unfinished.forget(), is_cut=True)
    elif line and not line.isspace():
        yield read_line(line, number + 1, is_last=True)


def read_line(line: bytes, number: int, *, is_last: bool = False) -> Line:
    """Return the message that a line holds: a JSON object; anything else is unreadable.

    `is_last` is a line whose end never came: whole it is a line like any other, else it is one that was cut.
    """
    try:
        if len(line) > HEAVY_LINE_BYTES or may_lose_digits(line):
            return _read_patiently(line, number, is_last=is_last)
        message = orjson.loads(line)
    except (orjson.JSONDecodeError, MemoryError, SystemError):  # the last where orjson's memory ran out
        return _read_patiently(line, number, is_last=is_last)
    if message.__class__ is dict:
        found: Line = message
        return found
    return _unreadable(line, number, is_last=is_last)


def _read_patiently(line: bytes, number: int, *, is_last: bool) -> Line:
    """Return what a line holds that the fast reader refuses, or would take digits from."""
    try:
        text, is_utf8 = _decoded(line.removeprefix(_BYTE_ORDER_MARK))
        message = read_json(text)
    except (ValueError, MemoryError):
        return _unreadable(line, number, is_last=is_last)
    if not isinstance(message, dict):
        return _unreadable(line, number, is_last=is_last)
    if not is_utf8:
        if message.get("type") == "STATE":
            # Another STATE than the one that was sent could begin the next sync at the wrong place.
            return _unreadable(line, number, is_last=is_last)
        return Damaged(message)
    if _HALF_CHARACTER.search(line) and has_half_characters(message):
        return Damaged(message)
    return message


def _decoded(line: bytes) -> tuple[str, bool]:
    """Return a line as text, and whether all of it is UTF-8."""
    try:
        return line.decode(), True
    except UnicodeDecodeError:
        return line.decode(errors="replace"), False


def _unreadable(line: bytes, number: int, *, is_last: bool) -> Unreadable:
    stream, namespace = _stream_of(line)
    return Unreadable(number, line[:KEPT_BYTES], stream, namespace, is_last)


def _stream_of(line: bytes) -> tuple[str | None, str | None]:
    """Return stream and namespace that a broken RECORD names, (None, None) unless there is one answer.

    Its data may have columns of the same names, so what stands before the data counts first.
    """
    data = _DATA.search(line)
    if data is not None:
        head = line[: data.start()]
        if _STREAM.search(head):
            line = head
    streams = {found[1] for found in _STREAM.finditer(line)}
    namespaces = {found[1] for found in _NAMESPACE.finditer(line)}
    if len(streams) != 1 or len(namespaces) > 1:
        return None, None
    namespace = _unquoted(namespaces.pop()) if namespaces else None
    return _unquoted(streams.pop()), namespace


def _unquoted(text: bytes) -> str | None:
    try:
        found = read_json(f'"{text.decode()}"')
    except ValueError:
        return None
    return str(found)


class _Unfinished:
    """The pieces of a line whose end has not come: put together once, since adding each would cost the square."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._head: bytes | None = None
        """The beginning of a line that is too long for the memory there is; the rest of it is not kept."""

    def add(self, piece: bytes) -> None:
        """Take a piece that is not the last one."""
        if not piece or self._head is not None:
            return
        self._pieces.append(piece)
        self._bytes += len(piece)
        if self._bytes > LONGEST_LINE_BYTES:
            self._give_up()

    def ended_by(self, piece: bytes) -> bytes | None:
        """Return the whole line, None where it was too long to be kept."""
        if self._head is not None:
            return None
        if not self._pieces:
            return piece
        try:
            line = b"".join((*self._pieces, piece))
        except MemoryError:
            self._give_up()
            return None
        self.forget()
        return line

    def forget(self) -> bytes:
        """Begin a new line; returns the beginning of one that was given up."""
        head = self._head or b""
        self._pieces = []
        self._bytes = 0
        self._head = None
        return head

    def _give_up(self) -> None:
        head = b""
        for piece in self._pieces:
            head += piece[: KEPT_BYTES - len(head)]
            if len(head) == KEPT_BYTES:
                break
        self._head = head
        self._pieces = []


def _chunks(descriptor: int, idle_seconds: float) -> Iterator[bytes | None]:
    """Yield what comes as it comes, and None after each `idle_seconds` of silence."""
    while True:
        readable, _, _ = select.select([descriptor], [], [], idle_seconds)
        if not readable:
            yield None
            continue
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            return
        yield chunk
