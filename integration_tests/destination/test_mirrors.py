"""Streams that are whole lists, end to end: who leaves, what becomes of them, and on which four conditions."""

from collections.abc import Iterator
from typing import Any, assert_never, get_args

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.destination.between import Between
from integration_tests.destination.lists import (
    DOMAIN,
    carriers,
    global_state,
    list_stream,
    mirrored,
    numbered,
    seed_list,
    status,
    whole,
)
from integration_tests.destination.syncing import Account, Json, Result, Stream, config, connector, feed, succeeded
from source_destination_mailchimp.destination.form.settings import MirrorRemoval

PEOPLE = list_stream()
ANN, BOB = "ann@sandbox-people.org", "bob@sandbox-people.org"
TREATMENTS = get_args(MirrorRemoval)
STATUSES = ("subscribed", "pending", "unsubscribed", "cleaned", "transactional", "archived")


def mirror(account: Account, messages: list[Json], stream: Stream = PEOPLE, **keys: Any) -> Result:
    """One sync of a mirrored stream."""
    entry = keys.pop("entry", {})
    return feed(account, messages, [stream], streams=[mirrored(**entry)], **keys)


def end_of(status: str, treatment: MirrorRemoval) -> str:
    """Return the status of somebody who left the list."""
    match treatment:
        case "remove_tags":
            return status
        case "unsubscribe":
            return "unsubscribed" if status in ("subscribed", "pending") else status
        case "archive":
            ends = {"subscribed": "archived", "transactional": "archived", "pending": "unsubscribed"}
            return ends.get(status, status)
        case _:
            assert_never(treatment)


def left(result: Result) -> dict[str, int]:
    """Who left the list, by what became of them."""
    return {name.removeprefix("left-"): n for name, n in result.reasons.items() if name.startswith("left-")}


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_who_left_gets_what_the_setting_says(account: Account, treatment: MirrorRemoval) -> None:
    """Five of a hundred are not in the list any more: treated, counted as left, in no STATE; the rest stay."""
    people = seed_list(account, 100)
    account.seed(members=20, start=101)
    result = succeeded(mirror(account, whole(PEOPLE, people[5:]), mirror_removal=treatment))
    gone = {email: one for email, one in account.people().items() if email in people[:5]}
    assert {one.status for one in gone.values()} == {end_of("subscribed", treatment)}
    assert carriers(account) == set(people[5:])
    assert left(result) == {treatment.replace("_", "-"): 5}
    assert "5 contacts have left a mirrored list." in result.log
    assert result.outcomes == {"unchanged": 95}
    assert result.cursors == [95]
    state = next(one["state"] for one in result.messages if one["type"] == "STATE")
    assert state["destinationStats"] == {"recordCount": 95.0, "rejectedRecordCount": 0.0}
    again = lambda: succeeded(mirror(account, whole(PEOPLE, people[5:]), mirror_removal=treatment))  # noqa: E731
    assert account.writes_of(again) == []


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("before", STATUSES)
def test_every_status_leaves(account: Account, before: str, treatment: MirrorRemoval) -> None:
    """Nobody opted out or cleaned is archived; whoever cannot be taken further loses the tag."""
    account.put(ANN, before, tags=["list", "VIP"])
    account.put(BOB, "subscribed", tags=["List"])
    result = succeeded(mirror(account, whole(PEOPLE, [BOB]), mirror_removal=treatment))
    end = end_of(before, treatment)
    assert account.status(ANN) == end
    assert account.people()[ANN].tags == {"VIP"}
    told = treatment if end != before else "remove_tags"
    assert left(result) == {told.replace("_", "-"): 1}


def test_new_people_get_the_tag_and_leave_again(account: Account) -> None:
    """From an empty audience: everybody of the list carries the tag; who is gone the next time loses it."""
    people = numbered(range(1, 31))
    assert succeeded(mirror(account, whole(PEOPLE, people))).outcomes == {"created": 30}
    assert carriers(account) == set(people)
    assert left(succeeded(mirror(account, whole(PEOPLE, people[3:])))) == {"remove-tags": 3}
    assert carriers(account) == set(people[3:])


def test_many_leave_in_bulk(account: Account) -> None:
    """Six hundred lose the tag in two calls."""
    people = seed_list(account, 1200)
    account.control.forget_requests()
    succeeded(mirror(account, whole(PEOPLE, people[600:]), max_removals_percent=60))
    assert len(account.writes()) == 2
    assert carriers(account) == set(people[600:])


# The conditions


@pytest.mark.parametrize(
    ("case", "words", "cursors"),
    [
        ("no status", "no COMPLETE status was received for the stream", []),
        ("interrupted", "the source reports the stream as incomplete", []),
        ("complete, then interrupted", "the source reports the stream as incomplete", []),
        ("incremental", "the stream is incremental, so it contains only changes, not the whole list", [95]),
        ("no records", "no records were received", [0]),
        ("no address", "1 record has no valid email address", [96]),
        ("size too large", "95 records came and list_size_field (total) says 96", []),
        ("size too small", "95 records came and list_size_field (total) says 94", []),
        ("incremental, size", "An incremental stream contains only changes", [95]),
    ],
)
def test_the_log_says_which_condition_failed(account: Account, case: str, words: str, cursors: list[int]) -> None:
    """Nobody is taken off, everybody in the stream is written, and the sentence names the way out."""
    people = seed_list(account, 100)
    stream = list_stream(source_mode="incremental" if case.startswith("incremental") else "full_refresh")
    entry = {"list_size_field": "total"} if "size" in case else {}
    total = {"size too large": 96, "size too small": 94, "incremental, size": 100}.get(case)
    messages = whole(stream, [] if case == "no records" else people[5:], total=total)
    if case in ("no status", "interrupted") or "size" in case:
        messages.pop()
    if "interrupted" in case:
        messages.append(status(stream, "INCOMPLETE"))
    if case == "no address":
        messages[:] = [stream.record(email=None), *messages[:-2], stream.state(96), messages[-1]]
    result = succeeded(mirror(account, messages, stream, entry=entry))
    assert carriers(account) == set(people)
    assert words in result.log
    assert f"No contact loses the tag 'List' (stream {stream.name})" in result.log
    assert ("no STATE of the stream is sent" in result.log) is (not cursors)
    assert left(result) == {}
    assert result.cursors == cursors


@pytest.mark.parametrize("source_mode", ["full_refresh", "incremental"])
def test_the_size_of_the_list_is_a_proof_of_its_own(account: Account, source_mode: str) -> None:
    """Without any status, as self-hosted platforms send none to custom images; the column may be a text."""
    people = seed_list(account, 100)
    stream = list_stream(source_mode=source_mode)
    messages = whole(stream, people[5:], total="95")[:-1]
    result = succeeded(mirror(account, messages, stream, entry={"list_size_field": "total"}))
    assert carriers(account) == set(people[5:])
    assert result.cursors == [95]


def test_the_size_is_found_inside_an_object(account: Account) -> None:
    """The column may be a path, as everywhere in the form."""
    people = seed_list(account, 20)
    stream = Stream("people", ("email", "meta"), "append", "full_refresh")
    messages = [stream.record(email=email, meta={"total": 18}) for email in people[2:]]
    succeeded(mirror(account, messages, stream, entry={"list_size_field": "meta.total"}))
    assert carriers(account) == set(people[2:])


def test_no_state_leaves_before_the_stream_has_ended(account: Account) -> None:
    """Every STATE of a mirrored stream, and every STATE over all streams, waits for the removals."""
    people = seed_list(account, 100)
    other = list_stream("other")
    messages = [PEOPLE.record(email=people[50]), PEOPLE.state(1), other.record(email=BOB), other.state(2)]
    messages += [PEOPLE.record(email=email) for email in people[5:]]
    messages += [PEOPLE.state(3), global_state(4), status(PEOPLE), status(other)]
    carried: list[int] = []

    def watched() -> Iterator[Json]:
        yield from messages
        carried.append(len(carriers(account)))

    streams = [mirrored(), {"stream": "other"}]
    catalog = {"streams": [PEOPLE.configured_for(streams), other.configured_for(streams)]}
    result = Result()
    for message in connector(account.api_url).write_raw(config(account, streams=streams), catalog, watched()):
        if message["type"] == "STATE":
            is_others = message["state"].get("stream", {}).get("stream_descriptor") == {"name": "other"}
            assert is_others or (carried and len(carriers(account)) == 95)
        result.messages.append(message)
    assert carried == [100]
    kinds = [one["state"]["type"] for one in result.messages if one["type"] == "STATE"]
    assert kinds == ["STREAM", "STREAM", "STREAM", "GLOBAL"]
    assert carriers(account) == set(people[5:])


def test_a_list_that_blew_its_fuse_keeps_its_states(account: Account) -> None:
    """Counted before the first removal: nobody goes, the run ends as config_error, and the next one is whole."""
    people = seed_list(account, 200)
    result = mirror(account, whole(PEOPLE, people[21:]))
    assert result.error is not None
    assert result.error.failure_type is FailureType.config_error
    assert "21 of the 200 contacts with the tag 'List' are no longer in stream people" in result.complaint
    assert "percent allows 20." in result.complaint
    assert carriers(account) == set(people)
    assert result.cursors == []
    assert left(succeeded(mirror(account, whole(PEOPLE, people[20:])))) == {"remove-tags": 20}
    assert left(succeeded(mirror(account, whole(PEOPLE, people[110:]), max_removals_percent=50))) == {"remove-tags": 90}


def test_the_fuse_of_a_list_counts_its_own_people(account: Account) -> None:
    """Ten of a list of twenty always go; of the audience's ten thousand they would be few anyway."""
    people = seed_list(account, 20)
    account.seed(members=1000, start=21)
    result = mirror(account, whole(PEOPLE, people[11:]))
    assert "11 of the 20 contacts" in result.complaint
    succeeded(mirror(account, whole(PEOPLE, people[10:])))


def test_archived_carriers_do_not_loosen_a_lists_fuse(account: Account) -> None:
    """A hundred carriers and a thousand archived ones: eleven who left are too many, and none of them is counted."""
    people = seed_list(account, 100)
    seed_list(account, 1000, start=101, status="archived")
    assert "11 of the 100 contacts" in mirror(account, whole(PEOPLE, people[11:])).complaint


# Deleted records, changed addresses, races


def test_deletions_that_are_kept_are_counted_against_the_audience(account: Account) -> None:
    """Under `removal: keep` a deletion takes the list's tag; the limit is a share of the audience, as always."""
    people = seed_list(account, 40)
    stream = list_stream()
    gone, staying = people[:15], people[15:]
    deleted = [stream.record(email=email, _ab_cdc_deleted_at="2026-01-01T00:00:00Z") for email in gone]
    messages = [*deleted, *whole(stream, staying)]
    result = feed(account, messages, [stream], streams=[mirrored()], removal="keep", max_removals_percent=50)
    assert result.error is None, result.complaint
    assert carriers(account) == set(staying)


def test_a_deleted_record_is_not_in_the_list(account: Account) -> None:
    """It counts as a row, and its person loses the tag though `removal` keeps them."""
    people = seed_list(account, 20)
    messages = [PEOPLE.record(email=email, total=20) for email in people[1:]]
    messages.append(PEOPLE.record(email=people[0], total=20, _ab_cdc_deleted_at="2025-06-01T00:00:00Z"))
    result = succeeded(mirror(account, messages, entry={"list_size_field": "total"}))
    assert carriers(account) == set(people[1:])
    assert result.outcomes["untagged"] == 1
    assert left(result) == {}


def test_who_is_rejected_with_an_address_stays_in_the_list(account: Account) -> None:
    """A bad value costs the record, not the place in the list."""
    people = seed_list(account, 20)
    stream = Stream("people", ("email", "BORN"), "append", "full_refresh")
    messages = whole(stream, people[1:], BORN="12-25")[:-2]
    messages += [stream.record(email=people[0], BORN="never"), stream.state(20), status(stream)]
    result = succeeded(mirror(account, messages, stream, invalid_values="reject_record"))
    assert result.outcomes["rejected"] == 1
    assert carriers(account) == set(people)


def test_a_changed_address_is_no_departure(account: Account) -> None:
    """With an external id: renamed where Mailchimp renames, and in the list under the old address where not."""
    account.seed(merge_fields=[{"tag": "CRMID", "name": "CRM", "type": "text"}])
    account.put(ANN, "subscribed", tags=["List"], merge_fields={"CRMID": "1"})
    account.put(BOB, "unsubscribed", tags=["List"], merge_fields={"CRMID": "2"})
    stream = Stream("people", ("email", "id"), "append", "full_refresh")
    messages = [stream.record(email=f"new{number}@{DOMAIN}", id=str(number)) for number in (1, 2)]
    keys: dict[str, Any] = {"entry": {"external_id": "id -> CRMID"}, "max_removals_percent": 0}
    result = succeeded(mirror(account, [*messages, stream.state(2), status(stream)], stream, **keys))
    assert carriers(account) == {f"new1@{DOMAIN}", BOB}
    assert left(result) == {}


def test_who_leaves_mailchimp_while_leaving_the_list_is_not_added_again(raced: Account, between: Between) -> None:
    """Deleted for good between our look and our write: nobody is made of them, and nothing fails."""
    raced.put(ANN, "subscribed", tags=["List"])
    raced.put(BOB, "subscribed", tags=["List"])
    between.before("DELETE", "/3.0/lists/*/members/*", lambda: raced.forget(ANN))
    result = succeeded(mirror(raced, whole(PEOPLE, [BOB]), mirror_removal="archive"))
    assert between.is_done
    assert raced.status(ANN) is None
    assert left(result) == {}
    assert result.cursors == [1]


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive", "remove_tags"])
def test_a_departure_that_goes_wrong_is_planned_as_a_departure(
    raced: Account, between: Between, treatment: str
) -> None:
    """They opt out, lose the tag or come back meanwhile: never is the tag put on, never is anybody subscribed."""
    raced.put(ANN, "pending", tags=["List"])
    raced.put(BOB, "subscribed", tags=["List"])
    between.before("GET", "/3.0/lists/*/members/*", lambda: raced.act(ANN, "unsubscribe"))
    between.before("POST", "/3.0/lists/*", lambda: raced.act(ANN, "unsubscribe"))
    succeeded(mirror(raced, whole(PEOPLE, [BOB]), mirror_removal=treatment))
    assert raced.status(ANN) in ("unsubscribed", "pending")
    assert carriers(raced) == {BOB}


def test_a_removal_that_mailchimp_refuses_is_told(raced: Account, between: Between) -> None:
    """Who could not be taken off is not counted as left, and the log has Mailchimp's words."""
    raced.put(ANN, "unsubscribed", tags=["List"])
    raced.put(BOB, "subscribed", tags=["List"])
    between.before("POST", "/3.0/lists/*/members/*/tags", lambda: raced.forget(ANN))
    result = succeeded(mirror(raced, whole(PEOPLE, [BOB])))
    assert between.is_done
    assert "1 contact no longer in stream people could not be removed from its list." in result.log
    assert "The requested resource could not be found." in result.log
    assert left(result) == {}


def test_somebody_with_many_tags_leaves(account: Account) -> None:
    """The mirror tag is the sixtieth of theirs, which a member object does not show."""
    account.put(ANN, "subscribed", tags=[*(f"t{number:02}" for number in range(59)), "List"])
    account.put(BOB, "subscribed", tags=["List"])
    succeeded(mirror(account, whole(PEOPLE, [BOB])))
    assert carriers(account) == {BOB}
    assert len(account.people()[ANN].tags) == 59


def test_a_dry_run_says_who_would_leave_and_takes_nobody_off(account: Account) -> None:
    """Also over the fuse, which reports instead of stopping; no STATE is passed on."""
    people = seed_list(account, 100)
    result = succeeded(mirror(account, whole(PEOPLE, people[30:]), dry_run=True))
    assert carriers(account) == set(people)
    assert "30 of the 100 contacts with the tag 'List'" in result.log
    assert left(result) == {"remove-tags": 30}
    assert result.cursors == [] and account.writes() == []
