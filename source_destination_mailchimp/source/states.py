"""Saved states: the official connector's and our own, which has the same shape and more keys in it."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson

Bookmark = dict[str, Any]
"""What is saved of one partition: the official cursor, and our own keys beside it."""

ACCOUNT_KEY = "account_id"
DIGESTS_KEY = "changed"
ROSTER_LIMIT = 250_000
"""Most members of an audience that a state remembers one by one."""

NAME_BYTES = 16
"""A member's name in a path is an MD5."""

CURSOR_KEYS = ("last_changed", "archived_last_changed")
"""Cursors of streams of members, for those present and for archived people; saved beside a stream's official one."""

_PARTITION_NAMES = ("id", "list_id", "campaign_id", "segment_id")
_OWN_KEYS = {"states", "state", "use_global_cursor", "lookback_window", "parent_state", "state_type", "slices"}
_DIGEST = re.compile(rf"[0-9a-f]{{{2 * NAME_BYTES}}}")
_TIME = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


class UnreadableState(ValueError):
    """A saved state that neither this connector nor the official one has written."""


def moment(text: str) -> datetime:
    """Return a time as any version of either connector saved it; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise UnreadableState(f"{text!r} is not a time") from error
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found


def printed(when: datetime) -> str:
    """Return a time as Mailchimp prints it."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


def printed_floor(floor: datetime | None) -> str:
    """Return a floor as Mailchimp prints times; "" for none, which is before all of them."""
    if floor is None:
        return ""
    return printed(floor)


def bookmarks(state: Mapping[str, Any], cursor_field: str) -> dict[str, Bookmark]:
    """Return bookmarks by partition; "" is the whole stream, or every partition that has none of its own.

    Read are: this connector's states, the official per-partition states with or without a global cursor, the official
    states of single streams, and those of its versions before 2.0 (`{list id: {cursor field: time}}`).
    """
    found = _of_partitions(state.get("states"))
    if state.get("use_global_cursor") and isinstance(state.get("state"), Mapping):
        found[""] = dict(state["state"])
    if state.get("state_type") == "date-range":
        found[""] = {cursor_field: _end_of(_a_list("slices", state.get("slices")))}
    if cursor_field in state:
        found[""] = _of_the_whole_stream(state)
    elif "states" not in state:
        found |= _of_old_versions(state, cursor_field)
    for bookmark in found.values():
        for key in (cursor_field, *CURSOR_KEYS):
            if bookmark.get(key):  # empty where nothing was read yet
                bookmark[key] = printed(moment(bookmark[key]))
    return found


def _of_partitions(states: Any) -> dict[str, Bookmark]:
    found = {}
    for entry in _a_list("states", states):
        entry = _an_object("an entry of states", entry)
        partition = _an_object("a partition", entry.get("partition"))
        cursor = _an_object("a cursor", entry.get("cursor"))
        found[_name_of(partition)] = dict(cursor)
    return found


def _a_list(what: str, value: Any) -> list[Any]:
    """Return a list of a saved state, an empty one for none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableState(f"{what} is no list")
    return value


def _an_object(what: str, value: Any) -> Mapping[str, Any]:
    """Return an object of a saved state, an empty one for none."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UnreadableState(f"{what} is no object")
    return value


def saved_object(bookmark: Bookmark, key: str) -> Mapping[str, Any] | None:
    """Return an object that a bookmark holds under one of our own keys; None where it has none."""
    if bookmark.get(key) is None:
        return None
    return _an_object(key, bookmark[key])


def _of_the_whole_stream(state: Mapping[str, Any]) -> Bookmark:
    found = dict(state)
    for key in (*_OWN_KEYS, ACCOUNT_KEY):
        found.pop(key, None)
    return found


def _of_old_versions(state: Mapping[str, Any], cursor_field: str) -> dict[str, Bookmark]:
    found = {}
    for key, value in state.items():
        if key in _OWN_KEYS:
            continue
        if isinstance(value, Mapping) and cursor_field in value:
            found[key] = dict(value)
    return found


def _name_of(partition: Mapping[str, Any]) -> str:
    for name in _PARTITION_NAMES:
        if partition.get(name) is not None:
            return str(partition[name])
    known = ", ".join(_PARTITION_NAMES)
    raise UnreadableState(f"a partition without any of {known}")


def _end_of(slices: Iterable[Any]) -> str | None:
    ends = []
    for one in slices:
        one = _an_object("a slice", one)
        for name in ("most_recent_cursor_value", "end", "start"):
            if one.get(name):
                ends.append(str(one[name]))
                break
    return max(ends, default=None)


def state_of(found: Mapping[str, Bookmark], *, is_partitioned: bool, account_id: str) -> dict[str, Any]:
    """Return the state to save, in the official connector's shape."""
    if not is_partitioned:
        return {**found.get("", {}), ACCOUNT_KEY: account_id}
    states = []
    for key, bookmark in found.items():
        if not key:
            # What an official global cursor said of every partition; each of them has its own by now.
            continue
        partition = {"id": key, "parent_slice": {}}
        states.append({"partition": partition, "cursor": bookmark})
    return {"use_global_cursor": False, "states": states, ACCOUNT_KEY: account_id}


def digest(row: Any) -> str:
    """Return a short fingerprint of a row: it differs when anything in the row does."""
    text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    found = hashlib.blake2b(text, digest_size=6)
    return found.hexdigest()


def mentions_later(row: Any, than: str) -> bool:
    """Return whether any time in a row is later: the only sign of a change that a foreign state lets us see."""
    border = moment(than)
    return any(time > border for time in _times(row))


def _times(value: Any) -> Iterator[datetime]:
    """Yield every time anywhere in a value."""
    if isinstance(value, str) and _TIME.match(value):
        with suppress(UnreadableState):
            yield moment(value)
        return
    inner: Iterable[Any] = ()
    if isinstance(value, Mapping):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for item in inner:
        yield from _times(item)


class Roster:
    """Members of one audience with one short note each, packed for a state: 16 bytes of name, `width` bytes of note."""

    def __init__(self, notes: dict[str, bytes], width: int) -> None:
        self.notes = notes
        self.width = width

    @classmethod
    def unpack(cls, text: str | None, width: int) -> "Roster":
        """Return what `pack` made a text of; nobody for None."""
        try:
            data = b64decode(text or "", validate=True)
        except (ValueError, TypeError) as error:
            raise UnreadableState("the remembered members are not Base64") from error
        size = NAME_BYTES + width
        notes = {}
        for start in range(0, len(data), size):
            name = data[start : start + NAME_BYTES].hex()
            notes[name] = data[start + NAME_BYTES : start + size]
        return cls(notes, width)

    def note(self, name: str, note: bytes) -> None:
        """Remember a member; a name that is no digest cannot be packed, and is passed over."""
        if _DIGEST.fullmatch(name):
            self.notes[name] = note

    def pack(self) -> str | None:
        """Return everybody as Base64, in a stable order; None when there are too many to remember."""
        if len(self.notes) > ROSTER_LIMIT:
            return None
        packed = bytearray()
        for name in sorted(self.notes):
            packed += bytes.fromhex(name)
            packed += self.notes[name]
        return b64encode(packed).decode()
