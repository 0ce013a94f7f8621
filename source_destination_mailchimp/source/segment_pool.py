"""What is remembered of the segments of one audience: each one's row, and who was in it when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from source_destination_mailchimp.source.packing import (
    NAME_BYTES,
    UnreadableState,
    bytes_of,
    object_of,
    pack_bytes,
)
from source_destination_mailchimp.source.states import Bookmark

NAMES_KEY = "names"
TIMES_KEY = "times"
SEGMENTS_KEY = "segments"

_TIME_BYTES = 4
_MORE = 0x80
"""In a number of several bytes: another one follows."""


@dataclass(frozen=True, slots=True)
class KnownSegment:
    """A segment as it was handed on."""

    row: int
    """The digest of its row."""

    members: dict[str, int] | None
    """Name of a member → the second of their last change, 0 for none; None where they are too many to remember."""


def pack_segments(segments: Mapping[int, KnownSegment]) -> Bookmark:
    """Return segments as a bookmark in which each name stands once, however many segments it is in.

    A segment is the places of its members in the list of names, as steps from one to the next. The times beside the
    names are the latest ones; a segment that was handed on with an earlier one says so.
    """
    latest: dict[str, int] = {}
    for known in segments.values():
        for name, seconds in (known.members or {}).items():
            latest[name] = max(latest.get(name, 0), seconds)
    names = sorted(latest)
    places = {name: place for place, name in enumerate(names)}
    packed: dict[str, list[Any]] = {}
    for segment_id, known in segments.items():
        if known.members is None:
            packed[str(segment_id)] = [known.row, None, {}]
            continue
        steps = _steps(sorted(places[name] for name in known.members))
        earlier = {}
        for name, seconds in known.members.items():
            if seconds != latest[name]:
                earlier[str(places[name])] = seconds
        packed[str(segment_id)] = [known.row, pack_bytes(steps), earlier]
    return {
        NAMES_KEY: pack_bytes(b"".join(bytes.fromhex(name) for name in names)),
        TIMES_KEY: pack_bytes(_planes([latest[name] for name in names])),
        SEGMENTS_KEY: packed,
    }


def unpack_segments(saved: Bookmark) -> dict[int, KnownSegment]:
    """Return what `pack_segments` made a bookmark of; raises `UnreadableState` for anything else."""
    data = bytes_of(saved.get(NAMES_KEY))
    names = [data[start : start + NAME_BYTES].hex() for start in range(0, len(data), NAME_BYTES)]
    try:
        times = _of_planes(bytes_of(saved.get(TIMES_KEY)), len(names))
        found = {}
        for key, (row, steps, earlier) in object_of(SEGMENTS_KEY, saved.get(SEGMENTS_KEY)).items():
            if steps is None:
                found[int(key)] = KnownSegment(int(row), None)
                continue
            members = {names[place]: times[place] for place in _places(bytes_of(steps))}
            for place, seconds in earlier.items():
                members[names[int(place)]] = int(seconds)
            found[int(key)] = KnownSegment(int(row), members)
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise UnreadableState("the segments that it remembers are damaged") from error
    return found


def _planes(numbers: list[int]) -> bytes:
    """Return the first bytes of all numbers, then the second ones, and so on: times of one year share their first."""
    rows = [number.to_bytes(_TIME_BYTES) for number in numbers]
    return b"".join(bytes(row[plane] for row in rows) for plane in range(_TIME_BYTES))


def _of_planes(data: bytes, count: int) -> list[int]:
    if len(data) != count * _TIME_BYTES:
        raise UnreadableState("the times that it remembers are cut")
    return [int.from_bytes(data[place::count]) for place in range(count)]


def _steps(places: list[int]) -> bytes:
    """Return rising numbers as the steps between them, each in as few bytes as it needs, seven bits a byte."""
    packed = bytearray()
    before = -1
    for place in places:
        step = place - before
        before = place
        while step >= _MORE:
            packed.append(step % _MORE + _MORE)
            step //= _MORE
        packed.append(step)
    return bytes(packed)


def _places(data: bytes) -> list[int]:
    found = []
    place, step, worth = -1, 0, 1
    for byte in data:
        step += byte % _MORE * worth
        worth *= _MORE
        if byte < _MORE:
            place += step
            found.append(place)
            step, worth = 0, 1
    return found
