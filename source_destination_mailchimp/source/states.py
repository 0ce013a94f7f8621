"""Saved states: the official connector's, of which we take the cursors, and our own, which are packed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from source_destination_mailchimp.source.packing import UnreadableState, object_of, pack, unpack

Bookmark = dict[str, Any]
"""What is saved of one partition: the official cursor, and our own keys beside it."""

ACCOUNT_KEY = "account_id"
PACKED_KEY = "packed"
"""In a state of our own: everything that it holds, by partition."""

TIME_KEY = "time"
"""In a bookmark of our own, of streams that Mailchimp has no cursor for: when what it stands for was read."""

CURSOR_KEYS = ("last_changed", "archived_last_changed")
"""Cursors of streams of members, for those present and for archived people; saved beside a stream's official one."""

_PARTITION_NAMES = ("id", "list_id", "campaign_id", "segment_id")
_OWN_KEYS = {"states", "state", "use_global_cursor", "lookback_window", "parent_state", "state_type", "slices"}


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
    states of single streams, and those of its versions before 2.0 (`{list id: {cursor field: time}}`). Of the official
    ones nothing but the cursor is taken, and of a global one not even that: it does not say which audiences it stands
    for.
    """
    if PACKED_KEY in state:
        return _our_own(state[PACKED_KEY], cursor_field)
    found = _of_partitions(state.get("states"))
    if state.get("state_type") == "date-range":
        found[""] = {cursor_field: _end_of(_a_list("slices", state.get("slices")))}
    if cursor_field in state:
        found[""] = {cursor_field: state[cursor_field]}
    elif "states" not in state:
        found |= _of_old_versions(state, cursor_field)
    cursors: dict[str, Bookmark] = {}
    for key, bookmark in found.items():
        value = bookmark.get(cursor_field)
        if value:  # empty where nothing was read yet
            cursors[key] = {cursor_field: printed(moment(value))}
    return cursors


def global_cursor(state: Mapping[str, Any], cursor_field: str) -> str:
    """Return the cursor that an official state has for all partitions together; "" for none.

    Nothing is read from there on, as `bookmarks` says; but it has to be a time, and one in the future is to be said.
    """
    if PACKED_KEY in state or not state.get("use_global_cursor"):
        return ""
    value = object_of("state", state.get("state")).get(cursor_field)
    return printed(moment(value)) if value else ""


def _our_own(packed: Any, cursor_field: str) -> dict[str, Bookmark]:
    found: dict[str, Bookmark] = {}
    for key, bookmark in object_of("what is packed in it", unpack(packed)).items():
        found[key] = dict(object_of("a bookmark", bookmark))
        for name in (cursor_field, TIME_KEY, *CURSOR_KEYS):
            if found[key].get(name):
                moment(found[key][name])
    return found


def _of_partitions(states: Any) -> dict[str, Mapping[str, Any]]:
    found = {}
    for entry in _a_list("states", states):
        entry = object_of("an entry of states", entry)
        partition = object_of("a partition", entry.get("partition"))
        cursor = object_of("a cursor", entry.get("cursor"))
        found[_name_of(partition)] = cursor
    return found


def _a_list(what: str, value: Any) -> list[Any]:
    """Return a list of a saved state, an empty one for none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableState(f"{what} is not a list")
    return value


def _of_old_versions(state: Mapping[str, Any], cursor_field: str) -> dict[str, Mapping[str, Any]]:
    found = {}
    for key, value in state.items():
        if key in _OWN_KEYS:
            continue
        if isinstance(value, Mapping) and cursor_field in value:
            found[key] = value
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
        one = object_of("a slice", one)
        for name in ("most_recent_cursor_value", "end", "start"):
            if one.get(name):
                ends.append(str(one[name]))
                break
    return max(ends, default=None)


def state_of(found: Mapping[str, Bookmark], account_id: str) -> dict[str, Any]:
    """Return the state to save."""
    return {ACCOUNT_KEY: account_id, PACKED_KEY: pack(found)}
