"""What states are packed with: digests, and members of an audience with a short note each."""

import hashlib
import re
import zlib
from base64 import b64decode, b64encode, b85decode, b85encode
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

NAME_BYTES = 16
"""A member's name in a path is an MD5."""

DIGEST_BYTES = 5
"""Of 3,000 rows one changed one in 360 million is taken for one of those that are known."""

_STEP_BYTES = DIGEST_BYTES - 1
_PLAIN = "."
_FAR = b"\xff" * _STEP_BYTES
_DIGEST = re.compile(rf"[0-9a-f]{{{2 * NAME_BYTES}}}")


class UnreadableState(ValueError):
    """A saved state that neither this connector nor the official one has written."""


def pack(content: Any) -> str:
    """Return JSON content as text that is as short as it gets."""
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return b85encode(zlib.compress(text)).decode()


def unpack(text: Any) -> Any:
    """Return what `pack` made a text of; raises `UnreadableState` for anything else."""
    try:
        return orjson.loads(zlib.decompress(b85decode(text)))
    except (ValueError, TypeError, zlib.error) as error:
        raise UnreadableState("its packed content is damaged") from error


def digest(content: Any) -> int:
    """Return a number that differs when anything in the content does, whatever the order of its keys."""
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest())


def pack_digests(digests: Iterable[int]) -> str:
    """Return digests as Base64 of the steps between them, in order: a byte less for each than the digests take.

    Where they are so few that most steps are long, they stand as they are, behind a mark.
    """
    ordered = sorted(digests)
    packed = bytearray()
    before = 0
    for number in ordered:
        step = (number - before).to_bytes(DIGEST_BYTES)
        is_near = step[0] == 0 and step[1:] != _FAR
        packed += step[1:] if is_near else _FAR + step
        before = number
    if len(packed) > DIGEST_BYTES * len(ordered):
        return _PLAIN + pack_bytes(b"".join(number.to_bytes(DIGEST_BYTES) for number in ordered))
    return pack_bytes(bytes(packed))


def unpack_digests(text: Any) -> set[int]:
    """Return what `pack_digests` made a text of; nothing for None."""
    if isinstance(text, str) and text.startswith(_PLAIN):
        plain = bytes_of(text.removeprefix(_PLAIN))
        return {int.from_bytes(plain[at : at + DIGEST_BYTES]) for at in range(0, len(plain), DIGEST_BYTES)}
    data = bytes_of(text)
    found = set()
    at = before = 0
    while at < len(data):
        step = data[at : at + _STEP_BYTES]
        at += _STEP_BYTES
        if step == _FAR:
            step = data[at : at + DIGEST_BYTES]
            at += DIGEST_BYTES
        before += int.from_bytes(step)
        found.add(before)
    return found


def pack_bytes(data: bytes) -> str:
    """Return bytes as text."""
    return b64encode(data).decode()


def bytes_of(text: Any) -> bytes:
    """Return what `pack_bytes` made a text of; no bytes for None."""
    try:
        return b64decode(text or "", validate=True)
    except (ValueError, TypeError) as error:
        raise UnreadableState("its content is not Base64") from error


class Roster:
    """Members of one audience with one short note each: 16 bytes of name, `width` bytes of note."""

    def __init__(self, notes: dict[str, bytes], width: int) -> None:
        self.notes = notes
        self.width = width

    @classmethod
    def unpack(cls, text: str | None, width: int) -> "Roster":
        """Return what `pack` made a text of; nobody for None."""
        data = bytes_of(text)
        size = NAME_BYTES + width
        if len(data) % size:
            raise UnreadableState("its list of members is cut off")
        notes = {}
        for start in range(0, len(data), size):
            name = data[start : start + NAME_BYTES].hex()
            notes[name] = data[start + NAME_BYTES : start + size]
        return cls(notes, width)

    def note(self, name: str, note: bytes) -> None:
        """Remember a member; a name that is no digest cannot be packed, and is passed over."""
        if is_digest(name):
            self.notes[name] = note

    def pack(self) -> str:
        """Return everybody as Base64, in a stable order."""
        packed = bytearray()
        for name in sorted(self.notes):
            packed += bytes.fromhex(name)
            packed += self.notes[name]
        return pack_bytes(bytes(packed))


def is_digest(name: str) -> bool:
    """Return whether a member's name is one that a roster can hold."""
    return _DIGEST.fullmatch(name) is not None


def object_of(what: str, value: Any) -> Mapping[str, Any]:
    """Return an object of a saved state, an empty one for none."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UnreadableState(f"{what} is not an object")
    return value
