"""What several streams want of an audience, put together, and cursors that never pass what was not handed out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.source.account import Account, ParentRecord
from source_destination_mailchimp.source.audience_reader import Demand, MemberPage, Reached, Swept, together
from source_destination_mailchimp.source.members import changed_members
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.reading import DEMANDS, READERS
from source_destination_mailchimp.source.states import printed
from source_destination_mailchimp.source.streams import BY_NAME, Way

CLOSED = datetime(2026, 6, 1, tzinfo=UTC)
times = st.one_of(st.none(), st.integers(0, 9).map(lambda hour: CLOSED + timedelta(hours=hour)))
demands = st.builds(
    Demand,
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=2).map(tuple),
    st.one_of(st.fixed_dictionaries({None: times}), st.fixed_dictionaries({None: times, "archived": times})),
    st.booleans(),
)


@given(st.lists(demands, min_size=1, max_size=4))
def test_together_serves_each(wanted: list[Demand]) -> None:
    """Fields, statuses, floors and the last look of all of them cover those of each one."""
    found = together(wanted)
    for demand in wanted:
        assert not found.fields or (demand.fields and set(demand.fields) <= set(found.fields))
        assert found.has_last_look or not demand.has_last_look
        for status, floor in demand.floors.items():
            covering = found.floors[status]
            assert covering is None or (floor is not None and covering <= floor)
    assert next(iter(found.floors)) is None


@given(demands)
def test_one_alone_stays_as_it_is(demand: Demand) -> None:
    """A single demand is not widened."""
    found = together([demand])
    assert (set(found.fields), found.floors, found.has_last_look) == (
        set(demand.fields),
        demand.floors,
        demand.has_last_look,
    )


def at(hour: int) -> datetime:
    """Return an hour before or after the beginning of the sync."""
    return CLOSED + timedelta(hours=hour)


def rows(*hours: int) -> list[dict[str, Any]]:
    """Return members who changed at these hours."""
    return [{"id": str(hour), "last_changed": printed(at(hour))} for hour in hours]


def partition(swept: list[Swept], save: Callable[[dict[str, Any]], None]) -> OpenPartition:
    """Return a partition whose sweep is given."""

    def sweep() -> Iterator[Swept]:
        yield from swept

    settings = SimpleNamespace(start_date=None, lookback=timedelta(0), lookback_seconds=0)
    account = cast(Account, SimpleNamespace(settings=settings, closed_at=lambda: CLOSED))
    parent = ParentRecord("a1", {"list_id": "a1"}, {})
    return OpenPartition(
        account=account,
        stream=BY_NAME["list_members"],
        parent=parent,
        saved={},
        warn=lambda sentence: None,
        expect=lambda count: None,
        save=save,
        sweep=sweep,
    )


def test_every_way_of_reading_has_a_reader() -> None:
    """A new way cannot be forgotten: each has its reader, and each stream is read in one of them."""
    unread = {way.name for way in Way if way not in READERS}
    assert not unread, f"source/reading.py has no reader for {unread}"
    assert {stream.way for stream in BY_NAME.values()} == set(Way)
    assert set(DEMANDS) < set(Way)


BOTH = Demand((), {None: None, "archived": None}, has_last_look=True)


def test_cursors_follow_their_own_status() -> None:
    """Each status has its cursor, at its newest member; the last look moves none."""
    swept: list[Swept] = [
        MemberPage(None, rows(-5, -3)),
        MemberPage(None, rows(-9)),
        MemberPage("archived", rows(-2)),
        MemberPage(None, rows(4), is_last_look=True),
    ]
    read = partition(swept, save=lambda bookmark: None)
    assert len(list(changed_members(read, BOTH))) == 4
    assert read.bookmark == {
        "last_changed": printed(at(-3)),
        "archived_last_changed": printed(at(-2)),
        "closed": True,
        "settled": 0,
    }


def test_a_cursor_does_not_pass_the_beginning_of_the_sync() -> None:
    """Who changed while the sync ran is handed out, and comes again with the next one."""
    read = partition([MemberPage(None, rows(-5, 3))], save=lambda bookmark: None)
    list(changed_members(read, BOTH))
    assert read.bookmark["last_changed"] == printed(CLOSED)


@pytest.mark.parametrize("is_archived_too", [False, True])
def test_what_is_saved_on_the_way_stands_for_what_was_handed_out(is_archived_too: bool) -> None:
    """In the middle only what the sweep vouches for is saved, marked as under way; a page's newest member is not."""
    saved: list[dict[str, Any]] = []
    swept: list[Swept] = [MemberPage(None, rows(-1)), MemberPage(None, rows(-8)), Reached(None, at(-7))]
    if is_archived_too:
        swept += [MemberPage("archived", rows(-2)), Reached("archived", at(-4))]
    read = partition(swept, saved.append)
    list(changed_members(read, BOTH))
    assert saved[0] == {"under_way": True, "settled": None, "last_changed": printed(at(-7)), "closed": True}
    if is_archived_too:
        assert saved[1] == {
            "under_way": True,
            "settled": None,
            "last_changed": printed(at(-1)),
            "archived_last_changed": printed(at(-4)),
            "closed": True,
        }
    assert "under_way" not in read.bookmark
