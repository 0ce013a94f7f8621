"""Every way an audience could be emptied by accident, one test for each, and nobody goes."""

from typing import Any

import pytest

from integration_tests.destination.lists import carriers, list_stream, mirrored, numbered, seed_list, status, whole
from integration_tests.destination.syncing import Account, Json, Result, Stream, feed, succeeded

PEOPLE = list_stream()
TIME = "2025-06-01T00:00:00Z"
COUNT = 60


@pytest.fixture
def people(account: Account) -> list[str]:
    """Sixty people who carry the list's tag, and twenty whom no list names."""
    found = seed_list(account, COUNT)
    account.seed(members=20, start=COUNT + 1, tags=["VIP"])
    return found


@pytest.fixture(params=["remove_tags", "unsubscribe", "archive"])
def treatment(request: pytest.FixtureRequest) -> str:
    """What the form would do to people who left."""
    return str(request.param)


def sync(account: Account, messages: list[Json], stream: Stream = PEOPLE, **keys: Any) -> Result:
    """A sync of a mirrored stream whose deletions archive."""
    entry = keys.pop("entry", {})
    return feed(account, messages, [stream], **{"removal": "archive", "streams": [mirrored(**entry)], **keys})


def assert_untouched(account: Account, people: list[str], *, but: int = 0) -> None:
    """Everybody is subscribed and carries the tag, except as many as always pass."""
    subscribed = {email for email, one in account.people().items() if one.status == "subscribed"}
    assert len(set(people) - carriers(account)) <= but
    assert len(set(people) - subscribed) <= but
    assert len({email for email, one in account.people().items() if "VIP" in one.tags}) == 20


def with_ids(stream: Stream, generation: int, minimum: int) -> Stream:
    """The stream with generation ids, as platforms and PyAirbyte send them."""
    extra = {"generation_id": generation, "minimum_generation_id": minimum, "sync_id": 7}
    return Stream(stream.name, stream.columns, stream.mode, stream.source_mode, extra)


def test_an_empty_source(account: Account, people: list[str], treatment: str) -> None:
    """The query found nothing, and the platform says COMPLETE."""
    result = succeeded(sync(account, whole(PEOPLE, []), mirror_removal=treatment))
    assert "no records were received. An empty list is treated as a mistake" in result.log
    assert_untouched(account, people)


def test_no_message_at_all(account: Account, people: list[str], treatment: str) -> None:
    """The source died before its first word."""
    succeeded(sync(account, [], mirror_removal=treatment))
    assert_untouched(account, people)


@pytest.mark.parametrize("rows", [1, 30, 59])
def test_a_cut_stream(account: Account, people: list[str], treatment: str, rows: int) -> None:
    """The connection broke after some records; a STATE had come, and no COMPLETE follows."""
    result = succeeded(sync(account, whole(PEOPLE, people[:rows])[:-1], mirror_removal=treatment))
    assert result.cursors == []
    assert_untouched(account, people)


def test_a_cut_stream_with_the_size_of_the_list(account: Account, people: list[str], treatment: str) -> None:
    """Fewer records came than the column says."""
    messages = whole(PEOPLE, people[:40], total=COUNT)[:-1]
    succeeded(sync(account, messages, entry={"list_size_field": "total"}, mirror_removal=treatment))
    assert_untouched(account, people)


def test_a_failed_partition_that_still_sends_a_final_state(account: Account, people: list[str], treatment: str) -> None:
    """The CDK sends its last STATE after a failed partition too; the status says INCOMPLETE."""
    messages = [*whole(PEOPLE, people[:40])[:-1], status(PEOPLE, "INCOMPLETE")]
    result = succeeded(sync(account, messages, mirror_removal=treatment))
    assert result.cursors == []
    assert_untouched(account, people)


def test_an_incremental_read_with_complete(account: Account, people: list[str], treatment: str) -> None:
    """COMPLETE says that the changes were read whole, not that they are the list."""
    stream = list_stream(source_mode="incremental")
    succeeded(sync(account, whole(stream, people[:3]), stream, mirror_removal=treatment))
    assert_untouched(account, people)


def test_an_incremental_read_with_the_size_of_the_list(account: Account, people: list[str], treatment: str) -> None:
    """The column holds the size of the table, of which only changes came."""
    stream = list_stream(source_mode="incremental")
    messages = whole(stream, people[:3], total=COUNT)
    succeeded(sync(account, messages, stream, entry={"list_size_field": "total"}, mirror_removal=treatment))
    assert_untouched(account, people)


def test_a_resumed_full_refresh(account: Account, people: list[str], treatment: str) -> None:
    """The first attempt is cut; as none of its STATEs left, the second begins at the start and is no remainder."""
    first = [PEOPLE.record(email=email) for email in people[:30]]
    cut = succeeded(
        sync(account, [*first[:20], PEOPLE.state(20), *first[20:], PEOPLE.state(30)], mirror_removal=treatment)
    )
    assert cut.cursors == []
    begins_at = cut.cursors[-1] if cut.cursors else 0
    succeeded(sync(account, whole(PEOPLE, people[begins_at:]), mirror_removal=treatment))
    assert_untouched(account, people)


@pytest.mark.parametrize("source_mode", ["full_refresh", "incremental"])
@pytest.mark.parametrize("is_mirrored", [True, False])
def test_clear(account: Account, people: list[str], treatment: str, source_mode: str, is_mirrored: bool) -> None:
    """Airbyte's Clear sends the stream as full refresh and overwrite, without records, with a new generation."""
    stream = with_ids(list_stream(mode="overwrite", source_mode=source_mode), 3, 3)
    streams = [mirrored()] if is_mirrored else []
    messages = [stream.state(0), status(stream)]
    succeeded(sync(account, messages, stream, streams=streams, mirror_removal=treatment))
    assert_untouched(account, people)


@pytest.mark.parametrize(("generation", "minimum"), [(1, 1), (2, 2), (9, 0)])
@pytest.mark.parametrize("mode", ["overwrite", "append", "append_dedup"])
def test_generation_ids(account: Account, people: list[str], mode: str, generation: int, minimum: int) -> None:
    """PyAirbyte sends generation 1 of 1 with every write: it orders nobody's removal."""
    stream = with_ids(list_stream(mode=mode), generation, minimum)
    succeeded(sync(account, whole(stream, people[:2])[:-1], stream))
    succeeded(sync(account, whole(stream, people[:2]), stream, streams=[]))
    assert_untouched(account, people)


def test_a_filter_that_lost_its_rows(account: Account, people: list[str], treatment: str) -> None:
    """The stream is whole, proven twice, and holds a third of what it did: the fuse holds, and says so."""
    messages = whole(PEOPLE, people[:20], total=20)
    result = sync(account, messages, entry={"list_size_field": "total"}, mirror_removal=treatment)
    assert "40 of the 60 contacts" in result.complaint
    assert result.cursors == []
    assert_untouched(account, people)


@pytest.mark.parametrize("value", [None, False, 0, "", "no", "null"])
def test_an_opt_in_column_that_turned_null_or_false(account: Account, people: list[str], value: Any) -> None:
    """Null changes nobody; a no for everybody stops at ten."""
    messages = [PEOPLE.record(email=email, opt_in=value) for email in people]
    result = sync(account, messages, streams=[{"stream": "people", "opt_in_field": "opt_in"}])
    is_no = value in (False, "no") and value is not None
    assert (result.error is not None) is is_no
    assert_untouched(account, people, but=10 if is_no else 0)


@pytest.mark.parametrize("value", [True, 1, "yes", TIME])
def test_a_deletion_mark_that_turned_true(account: Account, people: list[str], value: Any) -> None:
    """Everybody is marked as deleted: ten go, and the sync stops."""
    messages = [PEOPLE.record(email=email, deleted=value) for email in people]
    result = sync(account, messages, streams=[{"stream": "people", "deleted_field": "deleted"}])
    assert "max_removals_percent" in result.complaint
    assert_untouched(account, people, but=10)


@pytest.mark.parametrize("value", ["maybe", {"a": 1}, [1], "31.31.2025"])
def test_a_deletion_mark_that_turned_unreadable(account: Account, people: list[str], value: Any) -> None:
    """Every record is rejected, and nobody is taken for deleted, nor for gone from the list."""
    messages = whole(PEOPLE, people, deleted=value)
    sync(account, messages, entry={"deleted_field": "deleted"})
    assert_untouched(account, people)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_tags_column_that_turned_null(account: Account, people: list[str], value: Any) -> None:
    """A column that says nothing takes nothing off, though the stream owns every tag."""
    entry = {"stream": "people", "tags_field": "tags", "tags_mode": "replace_owned", "owned_tags": ["*"]}
    succeeded(sync(account, [PEOPLE.record(email=email, tags=value) for email in people], streams=[entry]))
    assert_untouched(account, people)


@pytest.mark.parametrize("rejected", [1, COUNT // 2, COUNT])
def test_rows_rejected_for_want_of_an_address(
    account: Account, people: list[str], treatment: str, rejected: int
) -> None:
    """Nobody knows whose records they were, so nobody can be missing."""
    messages = [PEOPLE.record(email=None if number < rejected else email) for number, email in enumerate(people)]
    sync(account, [*messages, PEOPLE.state(COUNT), status(PEOPLE)], mirror_removal=treatment)
    assert_untouched(account, people)


def test_an_address_column_that_was_renamed(account: Account, people: list[str], treatment: str) -> None:
    """The catalog has no column of that name: the sync stops before the first write."""
    stream = Stream("people", ("mailbox_of_person",), "append", "full_refresh")
    messages = [stream.record(mailbox_of_person=email) for email in people]
    result = sync(account, [*messages, status(stream)], stream, mirror_removal=treatment)
    assert "email_field" in result.complaint
    assert account.writes() == []
    assert_untouched(account, people)


def test_a_renamed_stream(account: Account, people: list[str], treatment: str) -> None:
    """The form knows the old name: no list is taken for empty, the sync stops and names the streams there are."""
    stream = list_stream("people_v2")
    result = sync(account, whole(stream, people[:5]), stream, mirror_removal=treatment)
    assert "stream people is not in this sync" in result.complaint
    assert account.writes() == []
    assert_untouched(account, people)


def test_two_connections_with_one_tag(account: Account, treatment: str) -> None:
    """Each would take the other's people off: the fuse stops the second, and the sentence says what to look for."""
    customers, guests = numbered(range(1, 41)), numbered(range(41, 81))
    succeeded(sync(account, whole(PEOPLE, customers), mirror_removal=treatment))
    result = sync(account, whole(PEOPLE, guests), mirror_removal=treatment)
    assert "If the tag is also used by another connection" in result.complaint
    assert carriers(account) == {*customers, *guests}
    assert {one.status for one in account.people().values()} == {"subscribed"}


def test_two_streams_with_one_tag(account: Account, people: list[str], treatment: str) -> None:
    """In one connection it stops before the first write."""
    other = list_stream("other")
    streams = [mirrored(), mirrored("LIST", "other")]
    messages = [*whole(PEOPLE, people[:30]), *whole(other, people[30:])]
    result = feed(account, messages, [PEOPLE, other], streams=streams, mirror_removal=treatment)
    assert "share the tag" in result.complaint
    assert_untouched(account, people)


def test_a_sync_that_is_stopped_by_the_fuse_ends_no_list(account: Account, people: list[str], treatment: str) -> None:
    """Records behind the one over the limit were never taken, so that nobody in them can be missing."""
    marked = [PEOPLE.record(email=email, deleted=True) for email in people[:30]]
    messages = [*marked, *whole(PEOPLE, people[30:])]
    result = sync(account, messages, entry={"deleted_field": "deleted"}, mirror_removal=treatment)
    assert "10 contacts removed or unsubscribed (10 deleted records)" in result.complaint
    assert result.cursors == []
    assert_untouched(account, people, but=10)


def test_a_sync_that_fails_on_the_way_ends_no_list(account: Account, people: list[str], treatment: str) -> None:
    """Mailchimp is down from the first write on: the list was seen, and nobody is taken off."""
    account.control.fault("503", method="POST", path="/3.0/lists/*")
    messages = whole(PEOPLE, [*people[3:], "new@sandbox-people.org"])
    result = sync(account, messages, mirror_removal=treatment)
    account.control.lift_faults()
    assert result.error is not None
    assert result.cursors == []
    assert_untouched(account, people)


def test_a_tag_that_marketers_gave_by_hand(account: Account, people: list[str], treatment: str) -> None:
    """A mirror tag that stood for something else before: the first sync of a small list stops at the fuse."""
    result = sync(account, whole(PEOPLE, people[:5]), mirror_removal=treatment)
    assert "55 of the 60 contacts" in result.complaint
    assert_untouched(account, people)
