"""Saved states: every shape the official connector has written, and ours."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_mailchimp.source.packing import (
    DIGEST_BYTES,
    Roster,
    UnreadableState,
    digest,
    pack_digests,
    unpack,
    unpack_digests,
)
from source_destination_mailchimp.source.roster_room import RosterRoom
from source_destination_mailchimp.source.states import bookmarks, global_cursor, moment, state_of

NOON = "2026-03-01T12:00:00+00:00"
MARK = {"last_changed": NOON}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, {}),
        ({"states": [{"partition": {"id": "a", "parent_slice": {}}, "cursor": MARK}]}, {"a": MARK}),
        ({"states": [{"partition": {"list_id": "a"}, "cursor": MARK}]}, {"a": MARK}),
        ({"states": [{"partition": {"segment_id": 7, "parent_slice": {}}, "cursor": MARK}]}, {"7": MARK}),
        ({"states": [], "use_global_cursor": True, "state": MARK}, {}),
        ({"states": [], "use_global_cursor": False, "state": MARK}, {}),
        ({"a": MARK, "b": MARK}, {"a": MARK, "b": MARK}),
        ({"last_changed": "2026-03-01T12:00:00"}, {"": MARK}),
        ({"last_changed": "2026-03-01T13:00:00+01:00", "account_id": "x"}, {"": MARK}),
        ({"last_changed": "2026-03-01T12:00:00.000Z"}, {"": MARK}),
        ({"last_changed": "2026-03-01T12:00:00+0000"}, {"": MARK}),
        ({"state_type": "date-range", "slices": [{"start": "2020-01-01T00:00:00Z", "end": NOON}]}, {"": MARK}),
        ({"__ab_full_refresh_sync_complete": True}, {}),
        ({"states": [{"partition": {"id": "a"}, "cursor": {"last_changed": ""}}]}, {}),
        ({"last_changed": NOON, "closed": True, "members": "AAAA"}, {"": MARK}),
        ({"states": [{"partition": {"id": "a"}, "cursor": {**MARK, "closed": True}}]}, {"a": MARK}),
    ],
)
def test_positions_are_found(state: dict[str, Any], expected: dict[str, Any]) -> None:
    """A position is read from whatever version wrote it, and printed as Mailchimp prints times."""
    assert bookmarks(state, "last_changed") == expected


@pytest.mark.parametrize(
    "state",
    [
        {"last_changed": "soon"},
        {"last_changed": 1700000000},
        {"states": [{"partition": {"unknown": "a"}, "cursor": MARK}]},
        {"packed": "x"},
        {"packed": 7},
    ],
)
def test_what_nobody_wrote_is_refused(state: dict[str, Any]) -> None:
    """A position that cannot be understood is not taken for none: that would read everything again unasked."""
    with pytest.raises(UnreadableState):
        bookmarks(state, "last_changed")


@pytest.mark.parametrize("key", ["a", ""])
def test_what_is_written_is_read(key: str) -> None:
    """Our own state comes back whole, with the keys that the official connector does not know."""
    found = {key: {**MARK, "closed": True, "members": "AAAA"}}
    state = state_of(found, "acc")
    assert state["account_id"] == "acc"
    assert bookmarks(state, "last_changed") == found


@given(st.sets(st.integers(0, 256**DIGEST_BYTES - 1), max_size=50))
def test_digests_come_back_whole(numbers: set[int]) -> None:
    """Every digest survives packing, whatever the steps between them."""
    assert unpack_digests(pack_digests(numbers)) == numbers


def test_digests_take_four_bytes() -> None:
    """Of some thousand rows each takes four bytes."""
    numbers = {digest(number) for number in range(3000)}
    assert len(pack_digests(numbers)) <= 3000 * 4 * 4 / 3 + 20


def test_what_is_damaged_is_said() -> None:
    """Text that is no packed state is one, never an exception of a library."""
    damaged: tuple[object, ...] = ("", "AAAA", None, {}, "é")
    for text in damaged:
        with pytest.raises(UnreadableState):
            unpack(text)


@given(st.dictionaries(st.binary(min_size=16, max_size=16), st.binary(min_size=2, max_size=2), max_size=50))
def test_a_roster_comes_back_whole(notes: dict[bytes, bytes]) -> None:
    """Every name and note survives packing, and the packed text does not depend on their order."""
    named = {name.hex(): note for name, note in notes.items()}
    packed = Roster(named, 2).pack()
    assert Roster.unpack(packed, 2).notes == named
    assert Roster(dict(reversed(named.items())), 2).pack() == packed


def test_a_roster_without_notes() -> None:
    """Names alone take sixteen bytes each."""
    assert Roster.unpack(Roster({"0" * 32: b"", "f" * 32: b""}, 0).pack(), 0).notes.keys() == {"0" * 32, "f" * 32}


def test_rosters_have_a_limit_together() -> None:
    """More members than the limit, of all audiences together, are not remembered; room that is given up is free."""
    room = RosterRoom(10)
    assert room.take("a", 6)
    assert not room.take("b", 5)
    assert room.take("b", 4)
    assert room.take("a", 5)
    assert not room.take("b", 6)


def test_digests_tell_rows_apart() -> None:
    """A digest depends on every value and on no order of keys."""
    assert digest({"a": 1, "b": {"c": None}}) == digest({"b": {"c": None}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_a_time_without_zone_is_utc() -> None:
    """As old states wrote them."""
    assert moment("2026-03-01T12:00:00") == moment(NOON)


_NAMES = st.sampled_from(
    [
        *("states", "state", "use_global_cursor", "partition", "cursor", "id", "last_changed", "packed"),
        *("state_type", "slices", "start", "end", "an audience"),
    ]
)
_VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just(NOON))
_CONTENT = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=8
)


@example({"use_global_cursor": True, "state": "x"})
@example({"use_global_cursor": True, "state": {"last_changed": 7}})
@example({"state_type": "date-range", "slices": [{"end": 7}]})
@example({"packed": {}})
@given(st.dictionaries(_NAMES, _CONTENT, max_size=4))
def test_whatever_stands_in_a_state(state: dict[str, Any]) -> None:
    """It is read, or refused as unreadable, which is a sentence; nothing else is ever raised."""
    with suppress(UnreadableState):
        for key, bookmark in bookmarks(state, "last_changed").items():
            assert isinstance(key, str)
            assert moment(bookmark["last_changed"])
    with suppress(UnreadableState):
        assert isinstance(global_cursor(state, "last_changed"), str)
