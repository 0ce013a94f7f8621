"""Saved states: every shape the official connector has written, and ours."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.source.states import (
    ROSTER_LIMIT,
    Roster,
    UnreadableState,
    bookmarks,
    digest,
    mentions_later,
    moment,
    state_of,
)

NOON = "2026-03-01T12:00:00+00:00"
MARK = {"last_changed": NOON}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, {}),
        ({"states": [{"partition": {"id": "a", "parent_slice": {}}, "cursor": MARK}]}, {"a": MARK}),
        ({"states": [{"partition": {"list_id": "a"}, "cursor": MARK}]}, {"a": MARK}),
        ({"states": [{"partition": {"segment_id": 7, "parent_slice": {}}, "cursor": MARK}]}, {"7": MARK}),
        ({"states": [], "use_global_cursor": True, "state": MARK}, {"": MARK}),
        ({"states": [], "use_global_cursor": False, "state": MARK}, {}),
        ({"a": MARK, "b": MARK}, {"a": MARK, "b": MARK}),
        ({"last_changed": "2026-03-01T12:00:00"}, {"": MARK}),
        ({"last_changed": "2026-03-01T13:00:00+01:00", "account_id": "x"}, {"": MARK}),
        ({"last_changed": "2026-03-01T12:00:00.000Z"}, {"": MARK}),
        ({"last_changed": "2026-03-01T12:00:00+0000"}, {"": MARK}),
        ({"state_type": "date-range", "slices": [{"start": "2020-01-01T00:00:00Z", "end": NOON}]}, {"": MARK}),
        ({"__ab_full_refresh_sync_complete": True}, {}),
        ({"states": [{"partition": {"id": "a"}, "cursor": {"last_changed": ""}}]}, {"a": {"last_changed": ""}}),
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
    ],
)
def test_what_nobody_wrote_is_refused(state: dict[str, Any]) -> None:
    """A position that cannot be understood is not taken for none: that would read everything again unasked."""
    with pytest.raises(UnreadableState):
        bookmarks(state, "last_changed")


@pytest.mark.parametrize("is_partitioned", [True, False])
def test_what_is_written_is_read(is_partitioned: bool) -> None:
    """Our own state comes back whole, with the keys that the official connector does not know."""
    found = {"a" if is_partitioned else "": {**MARK, "closed": True, "members": "AAAA"}}
    state = state_of(found, is_partitioned=is_partitioned, account_id="acc")
    assert state["account_id"] == "acc"
    assert bookmarks(state, "last_changed") == found


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


def test_a_roster_has_a_limit() -> None:
    """More people than a state should hold are not remembered at all."""
    assert Roster({f"{n:032x}": b"" for n in range(ROSTER_LIMIT + 1)}, 0).pack() is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"opens": {"last_open": "2026-03-01T12:00:01+00:00"}}, True),
        ({"times": [{"timestamp": "2026-03-01T13:00:00+02:00"}]}, False),
        ({"send_time": NOON, "title": "2027-01-01"}, False),
        ({"name": "2026-99-99T99:99:99", "count": 3, "nothing": None}, False),
    ],
)
def test_later_times_are_found_anywhere(row: dict[str, Any], expected: bool) -> None:
    """Any time in a row counts, in whatever zone; what only looks like one does not."""
    assert mentions_later(row, NOON) is expected


def test_digests_tell_rows_apart() -> None:
    """A digest depends on every value and on no order of keys."""
    assert digest({"a": 1, "b": {"c": None}}) == digest({"b": {"c": None}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_a_time_without_zone_is_utc() -> None:
    """As old states wrote them."""
    assert moment("2026-03-01T12:00:00") == moment(NOON)
