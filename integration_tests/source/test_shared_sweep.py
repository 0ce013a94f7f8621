"""One sweep of an audience serves every stream of the run, and each gets what it would have got alone."""

from collections import Counter
from collections.abc import Sequence

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call
from integration_tests.source.syncing import Row, Sync, by_key, config, saved_state, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.source import audience_reader
from source_destination_mailchimp.source.shared_pages import Room
from source_destination_mailchimp.source.states import bookmarks
from source_destination_mailchimp.source.streams import BY_NAME

SHARING = ("list_members", "member_tags", "consent", "member_activity")


def _reads(seeded: Seeded, audience: str) -> int:
    """Return how many pages of an audience's members were read; questions for a count alone are not counted."""
    path = f"/3.0/lists/{audience}/members"
    asked = [row["path"] for row in seeded.sandbox.control.requests()]
    return sum(one.startswith(f"{path}?") and "fields=total_items" not in one for one in asked)


def _apart(seeded: Seeded, names: Sequence[str], state: Sync | None = None) -> dict[str, Sync]:
    found = {}
    for name in names:
        states = [saved_state(name, state.state(name))] if state and state.state(name) else []
        found[name] = sync(config(seeded.sandbox), name, state=states)
    return found


def _same(together: Sync, apart: dict[str, Sync]) -> None:
    for name, alone in apart.items():
        key = BY_NAME[name].primary_key
        assert by_key(together.records[name], key) == by_key(alone.records[name], key), name
        assert _bookmarks(together, name) == _bookmarks(alone, name), name


def _bookmarks(found: Sync, stream: str) -> dict[str, Row]:
    """Return the bookmarks of a stream by audience, but for when the sync was.

    They are saved in the order in which audiences were through.
    """
    saved = bookmarks(found.state(stream), BY_NAME[stream].cursor_field or "")
    for bookmark in saved.values():
        bookmark.pop("swept", None)
    return saved


@pytest.mark.parametrize("names", [SHARING, SHARING[1:], SHARING[:2], SHARING[2:]])
def test_streams_together_read_what_they_read_apart(seeded: Seeded, names: Sequence[str]) -> None:
    """Rows and states of streams that share a sweep are those of each stream read alone."""
    _same(sync(config(seeded.sandbox), *names), _apart(seeded, names))


def test_later_syncs_share_too(seeded: Seeded) -> None:
    """With states, a stream that wants everybody and one that wants who changed each get what they want."""
    first = sync(config(seeded.sandbox), *SHARING)
    path = f"/lists/{seeded.audience}/members/{member_hash('person9@sandbox-people.org')}"
    call(seeded.sandbox, "PATCH", path, {"merge_fields": {"FNAME": "Somebody else"}})
    call(seeded.sandbox, "DELETE", f"/lists/{seeded.audience}/members/{member_hash('person8@sandbox-people.org')}")
    seeded.sandbox.control.clock(advance_seconds=2)
    apart = _apart(seeded, SHARING, first)
    together = sync(config(seeded.sandbox), *SHARING, state=first.states)
    assert len(together.records["list_members"]) == 2
    for name, alone in apart.items():
        key = BY_NAME[name].primary_key
        assert by_key(together.records[name], key) == by_key(alone.records[name], key), name


def test_an_audience_is_swept_once(seeded: Seeded) -> None:
    """Four streams cost the pages that one of them costs."""
    counts = Counter[str]()
    for names in (SHARING[:1], SHARING):
        seeded.sandbox.control.forget_requests()
        sync(config(seeded.sandbox), *names)
        counts[names[-1]] = _reads(seeded, seeded.audience)
    assert counts["member_activity"] == counts["list_members"]


def test_who_is_behind_a_full_file_reads_alone(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file for pages has no room, a stream that comes later sweeps by itself, and nothing is lost."""
    apart = _apart(seeded, SHARING)

    monkeypatch.setattr(audience_reader, "Room", lambda: Room(10))
    _same(sync(config(seeded.sandbox), *SHARING), apart)


def test_a_stream_that_fails_does_not_stop_those_it_shares_with(seeded: Seeded) -> None:
    """Where the activity feed is refused, members, tags and consent are read to their end."""
    seeded.sandbox.control.fault("403", path="/3.0/lists/*/members/*/activity-feed", rate=1.0)
    found = sync(config(seeded.sandbox), *SHARING, fails=True)
    assert any("member_activity" in error for error in found.errors)
    assert len(found.records["list_members"]) == 1065
    assert {row["email_id"] for row in found.records["member_tags"]}
    assert bookmarks(found.state("consent"), "changed_at")
