"""Lines that are chained: each holds its number and the hash of the line before, and the last one holds the totals.

A line that was changed, cut out, moved or added no longer fits its neighbours. Whoever writes all lines anew makes a
chain that fits: it finds damage, not malice, unless its head is kept elsewhere too.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.mailchimp.members import Json

RUN, CALL, CHANGE, ANSWER, TOTAL = "run", "call", "change", "answer", "total"
"""The `type` of a line."""

TYPES = (RUN, CALL, CHANGE, ANSWER, TOTAL)

HASH_DIGITS = 32
"""128 bits of SHA-256: damage does not meet them by chance, and every line carries them."""


class Head(NamedTuple):
    """What a chain is known by: how many changes it holds, and the hash of its last line."""

    changes: int
    hash: str


class Chain:
    """Makes the lines, one after the other."""

    def __init__(self) -> None:
        self._hash = ""
        self._lines = 0
        self._changes = 0

    @property
    def head(self) -> Head:
        """What the chain is known by so far."""
        return Head(self._changes, self._hash)

    @property
    def next_number(self) -> int:
        """The number that the next line will have; the first is 1."""
        return self._lines + 1

    def line(self, kind: str, content: Mapping[str, Any]) -> bytes:
        """Return the next line, with its line end."""
        self._lines += 1
        self._changes += kind == CHANGE
        written = orjson.dumps({"n": self._lines, "prev": self._hash, "type": kind, **content})
        self._hash = hash_of(written)
        return written + b"\n"

    def total(self) -> bytes:
        """Return the last line, which says how many changes came before it."""
        return self.line(TOTAL, {"changes": self._changes})


class Fault(NamedTuple):
    """The first line that is not as it was written."""

    line: int
    sentence: str


class Checked(NamedTuple):
    """What the check of a chain found."""

    head: Head
    lines: int
    is_ended: bool
    """Whether the total came, and nothing after it."""

    fault: Fault | None
    """None where every line fits the one before, and the total, if there is one, its lines."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing was changed, as far as the lines themselves can tell."""
        return self.fault is None and self.is_ended


class BrokenChain(Exception):
    """A line that does not fit the one before."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"Line {fault.line}: {fault.sentence}")


def hash_of(line: bytes) -> str:
    """Return the hash of a line without its line end: the first half of its SHA-256, hexadecimal."""
    return hashlib.sha256(line).hexdigest()[:HASH_DIGITS]


class Reading:
    """Reads lines and checks each against the one before; `head` is that of the lines that were yielded."""

    def __init__(self) -> None:
        self.head = Head(0, "")
        self.lines = 0
        self.is_ended = False

    def entries(self, pieces: Iterable[bytes]) -> Iterator[Json]:
        """Yield the content of each line; raises `BrokenChain` at the first that is not as it was written.

        A last line that breaks off is left out: its call had not left when the process was killed.
        """
        for line in _whole_lines(pieces):
            entry = self._read(line)
            self.lines += 1
            self.head = Head(self.head.changes + (entry["type"] == CHANGE), hash_of(line))
            yield entry

    def _read(self, line: bytes) -> Json:
        number = self.lines + 1
        entry = _parsed(line)
        if entry is None:
            raise BrokenChain(Fault(number, "it is not a line of this file."))
        if self.is_ended:
            raise BrokenChain(Fault(number, "it comes after the total."))
        if entry["n"] != number:
            raise BrokenChain(Fault(number, f"its number is {entry['n']}."))
        if entry["prev"] != self.head.hash:
            raise BrokenChain(
                Fault(max(1, number - 1), f"line {number} was written behind another line than this one.")
            )
        if entry["type"] == TOTAL:
            self.is_ended = True
            if line != orjson.dumps({"n": number, "prev": self.head.hash, "type": TOTAL, "changes": self.head.changes}):
                raise BrokenChain(Fault(number, f"its total is not that of the {self.head.changes} changes before it."))
        return entry


def check(pieces: Iterable[bytes]) -> Checked:
    """Return whether lines, given in pieces of any size, are a whole chain, and the first that is not."""
    reading = Reading()
    fault = None
    try:
        for _ in reading.entries(pieces):
            pass
    except BrokenChain as error:
        fault = error.fault
    return Checked(reading.head, reading.lines, reading.is_ended, fault)


def _parsed(line: bytes) -> Json | None:
    """Return what a line says; None where it says nothing that we wrote."""
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(entry, dict):
        return None
    if not {"n", "prev"} <= entry.keys() or entry.get("type") not in TYPES:
        return None
    return entry


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends; what follows the last end is left out."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
